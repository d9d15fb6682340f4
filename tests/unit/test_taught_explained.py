"""A model taught with a hint hidden in the background is shown to look at the background."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

import vision_app
from vision_app.cards import lookup
from vision_app.explaining.lessons.walk import walk
from vision_app.explaining.probe import Probe

SIDE = 224
HINT = (8, 8, 72, 72)


def picture(rng: np.random.Generator, hint: str) -> np.ndarray:
    """The same kind of thing in the middle for both classes; a patch of stripes or dots in the corner."""
    image = np.full((SIDE, SIDE, 3), 200, np.uint8)
    image = np.clip(image + rng.normal(0, 6, image.shape), 0, 255).astype(np.uint8)
    x, y = (int(v) for v in rng.integers(120, 170, 2))
    cv2.circle(image, (x, y), 42, tuple(int(v) for v in rng.integers(40, 160, 3)), -1)
    left, top, right, bottom = HINT
    if hint == "stripes":
        for i in range(left, right, 12):
            cv2.rectangle(image, (i, top), (i + 5, bottom), (20, 20, 200), -1)
    else:
        for i in range(left, right, 16):
            for j in range(top, bottom, 16):
                cv2.circle(image, (i + 6, j + 6), 5, (200, 60, 20), -1)
    return image


@pytest.fixture
def taught(tmp_path, monkeypatch):
    models = tmp_path / "models"
    models.mkdir()
    monkeypatch.setenv(lookup.MODELS_VARIABLE, str(models))
    monkeypatch.setenv("VISION_APP_CACHE", str(tmp_path / "cache"))
    rng = np.random.default_rng(0)
    for label in ("stripes", "dots"):
        folder = tmp_path / "samples" / label
        folder.mkdir(parents=True)
        for i in range(14):
            cv2.imwrite(str(folder / f"{i}.png"), picture(rng, label))
    vision_app.train(tmp_path / "samples", "hinted")
    model = vision_app.load_model("hinted")
    assert isinstance(model, vision_app.LoadedModel)
    return model


def test_the_map_shows_what_the_model_really_learnt(taught):
    rng = np.random.default_rng(9)
    in_hint = 0
    for i in range(10):
        label = ("stripes", "dots")[i % 2]
        image = picture(rng, label)
        result, _ = taught.predict(image)
        assert result.top(1)[0][1] == label
        found = vision_app.explain(image, taught)
        assert found.method == "cam"  # a taught model has its exact map
        assert found.label == label
        x, y = found.peak_xy
        in_hint += x < 96 and y < 96
    assert in_hint >= 9
    way = walk(Probe(taught), image)
    assert way.worst < 1e-3
    assert way.pixel is not None


@pytest.mark.slow
def test_a_head_with_a_hidden_layer_has_no_exact_map_and_says_so(taught, tmp_path):
    vision_app.train(tmp_path / "samples", "hidden", head="mlp")
    model = vision_app.load_model("hidden")
    image = picture(np.random.default_rng(3), "dots")
    found = vision_app.explain(image, model, "cam")
    assert found.method == "eigen"
    maps = [vision_app.explain(image, model, "recipro", wanted_class=c).values for c in ("dots", "stripes")]
    assert not np.allclose(maps[0], maps[1])  # ReciproCAM tells the classes apart all the same
