"""The peers, their models and the pictures. Without the extra `export` these tests are skipped."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest

from vision_app.results.values import ImageU8

# the peer is shared with the benchmarks, which are scripts
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

BUILT_SIZE = 320


@pytest.fixture(scope="session")
def ultralytics() -> None:
    """Skips where ultralytics is not installed."""
    from peers import quiet

    pytest.importorskip("torch", reason="parity with ultralytics needs the extra `export`")
    with quiet():
        pytest.importorskip("ultralytics", reason="parity with ultralytics needs the extra `export`")


@pytest.fixture(scope="session")
def photos(shared_data: Path) -> dict[str, ImageU8]:
    """Real photos of several sizes, by name."""
    paths = sorted((shared_data / "photos").iterdir())
    return {p.stem: cv2.imread(str(p)) for p in paths}


@pytest.fixture(scope="session")
def coco_images(shared_data: Path) -> dict[str, ImageU8]:
    """The first hundred COCO images, by name."""
    paths = sorted((shared_data / "coco" / "images").iterdir())[:100]
    return {p.stem: cv2.imread(str(p)) for p in paths}


@pytest.fixture(scope="session")
def odd_images(photos: dict[str, ImageU8]) -> dict[str, ImageU8]:
    """Pictures of sizes that trip up careless geometry."""
    bus = photos["ultralytics_bus"]
    grey = cv2.cvtColor(cv2.cvtColor(bus, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    zidane = photos["ultralytics_zidane"]
    return {
        "portrait": bus,
        "landscape": zidane,
        "tiny": cv2.resize(bus, (33, 57), interpolation=cv2.INTER_AREA),
        "strip": cv2.resize(zidane, (3000, 200)),
        "tower": cv2.resize(bus, (201, 2001)),
        "grey": grey,
        "odd": zidane[:-3, :-5],
    }


@pytest.fixture(scope="session")
def built(
    ultralytics: None, photos: dict[str, ImageU8], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Path]:
    """Builds and exports a model of a YAML recipe, once."""
    from peers import build_onnx

    made: dict[tuple[object, ...], Path] = {}
    images = list(photos.values())

    def build(recipe: str, **export: object) -> Path:
        key = (recipe, *sorted(export.items()))
        if key not in made:
            folder = tmp_path_factory.mktemp("built")
            made[key] = build_onnx(recipe, folder, images, BUILT_SIZE, **export)
        return made[key]

    return build
