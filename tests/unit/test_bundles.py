"""A model taken elsewhere: the script and the kiosk run as they are, and what cannot be taken is refused."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import numpy as np
import pytest

from tests.tiny_classifiers import grid_model
from vision_app.bundles.bundle import bundle, usual_folder
from vision_app.bundles.recipe import A_PAGE, BundleError, recipe_of, stem_of
from vision_app.cards.card import parse_card
from vision_app.cards.lookup import ModelFile
from vision_app.cli import main
from vision_app.engine.predictors import LoadedModel
from vision_app.kiosk.checking import check_programme
from vision_app.kiosk.programme import load_programme
from vision_app.results.values import Classification

SIZES_WH = ((320, 180), (32, 32), (57, 41), (30, 200), (3000, 20))

RECIPES: dict[str, dict[str, Any]] = {
    "crop, bicubic": {
        "input__resize": "crop",
        "input__interpolation": "bicubic",
        "input__antialias": True,
        "input__crop_pct": 0.875,
    },
    "squash, bilinear": {
        "input__resize": "squash",
        "input__interpolation": "bilinear",
        "input__antialias": True,
    },
    "letterbox": {"input__resize": "letterbox-centre", "input__antialias": True, "input__pad": 90},
    "letterbox, top left, area": {
        "input__resize": "letterbox-topleft",
        "input__interpolation": "area",
        "input__antialias": True,
    },
    "as OpenCV": {"input__resize": "crop", "input__interpolation": "bilinear", "input__antialias": False},
    "BGR, a part": {
        "input__colour": "BGR",
        "input__antialias": True,
        "input__mean": [0.1, 0.2, 0.3],
        "input__std": [0.5, 0.6, 0.7],
        "input__region": [0.1, 0.2, 0.77, 0.9],
    },
    "the middle": {"input__region": "centre", "input__antialias": True},
}


def grid(folder: Path, **changes: Any) -> ModelFile:
    path = grid_model(folder, **changes)
    return ModelFile("grid", path, parse_card(json.loads(path.with_suffix(".json").read_text()), "test"))


def noise(size_wh: tuple[int, int], seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    small = random.integers(0, 256, (6, 9, 3), dtype=np.uint8)
    return cv2.resize(small, size_wh, interpolation=cv2.INTER_CUBIC)


def script_of(folder: Path) -> ModuleType:
    path = folder / "grid.py"
    spec = importlib.util.spec_from_file_location(f"script_{abs(hash(path))}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("changes", RECIPES.values(), ids=RECIPES)
def test_the_script_says_what_the_program_says(tmp_path: Path, changes: dict[str, Any]) -> None:
    file = grid(tmp_path, **changes)
    module = script_of(bundle(file, "python", tmp_path / "out").folder)
    model = LoadedModel(file, provider="cpu")
    for size_wh in SIZES_WH:
        image = noise(size_wh)
        wanted, _ = model.predict(image)
        assert isinstance(wanted, Classification)
        np.testing.assert_allclose(module.probabilities(image), wanted.probabilities, atol=2e-6)


def test_the_script_runs_alone_and_calls_unknown_what_the_card_does(tmp_path: Path) -> None:
    picture = tmp_path / "사진.png"
    picture.write_bytes(cv2.imencode(".png", noise((64, 48)))[1].tobytes())

    def said(out: str, **changes: Any) -> str:
        start = bundle(grid(tmp_path, **changes), "python", tmp_path / out).start
        code = subprocess.run(
            [sys.executable, "-I", start, picture], capture_output=True, check=True, cwd="/"
        )
        return code.stdout.decode()

    label, _, share = said("a").strip().rpartition(" ")
    assert label.startswith("thing ")
    assert 0 < float(share) <= 1
    assert said("b", output__reject_below=0.999).startswith("unknown ")
    assert said("c", output__background=label).startswith("unknown ")


def test_the_kiosk_starts_as_it_is(tmp_path: Path) -> None:
    title = 'Grid "one" \\ 격자\n[station]'
    done = bundle(grid(tmp_path, title=title), "kiosk", tmp_path / "stand")
    programme = load_programme(done.start)
    assert [f.text for f in check_programme(programme) if f.forbids] == []
    (station,) = programme.stations
    assert station.title["ko"] == 'Grid "one" \\ 격자 [station]'
    assert station.models[0].reference == str(done.folder / "grid.onnx")


def test_the_file_has_its_card_inside_and_beside(tmp_path: Path) -> None:
    file = grid(tmp_path)
    done = bundle(file, "onnx", tmp_path / "out")
    beside = parse_card(json.loads((done.folder / "grid.json").read_text()), "test")
    (done.folder / "grid.json").unlink()
    model = LoadedModel(ModelFile("grid", done.start, None), provider="cpu")
    assert model.card == beside
    assert beside == file.card


def test_a_folder_is_not_written_over_unasked_and_keeps_what_is_not_ours(tmp_path: Path) -> None:
    file, folder = grid(tmp_path), tmp_path / "out"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    (folder / "grid.py").write_text("old")
    with pytest.raises(BundleError, match="is there and not empty"):
        bundle(file, "python", folder)
    assert (folder / "grid.py").read_text() == "old"
    bundle(file, "python", folder, overwrite=True)
    assert (folder / "mine.txt").read_text() == "mine"
    assert "LABELS" in (folder / "grid.py").read_text()
    with pytest.raises(BundleError, match="is no folder"):
        bundle(file, "python", folder / "mine.txt", overwrite=True)
    assert [p.name for p in tmp_path.iterdir() if ".part" in p.name] == []


@pytest.mark.parametrize("target", ["page", "python"])
def test_what_cannot_be_run_there_is_refused_with_what_can_be_done(tmp_path: Path, target: str) -> None:
    asked = target, tmp_path / "out"
    with pytest.raises(BundleError, match=r"chain 'hands' .* station of a kiosk"):
        bundle(grid(tmp_path, extra={"landmarks": "hands"}), *asked)  # type: ignore[arg-type]
    detector = grid(tmp_path, task="detect", output={"layout": "yolo-v8"})
    with pytest.raises(BundleError, match=r"grid is a model to detect"):
        bundle(detector, *asked)  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


def test_a_page_is_refused_where_it_could_not_resample_the_same(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"as OpenCV does .* \(python\)"):
        bundle(grid(tmp_path, **RECIPES["as OpenCV"]), "page", tmp_path / "out")


def test_the_recipe_holds_the_numbers_of_the_card(tmp_path: Path) -> None:
    recipe = recipe_of(grid(tmp_path, **RECIPES["BGR, a part"]), A_PAGE)
    assert recipe.dims == (1, 3, 32, 32)
    assert recipe.region == (0.1, 0.2, 0.77, 0.9)
    np.testing.assert_allclose(np.array(recipe.shift), np.array([-0.1 / 0.5, -0.2 / 0.6, -0.3 / 0.7]), 1e-6)
    assert json.loads(json.dumps(recipe.to_json()))["labels"][3] == "thing 3"


def test_names_of_scripts_can_be_imported() -> None:
    assert [stem_of(name) for name in ("my-signs.2", "2nd")] == ["my_signs_2", "model_2nd"]


def test_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code = main(["models", "export", "sketch-cnn", "--to", "python", "--json"])
    record = json.loads(capsys.readouterr().out)
    assert (code, record["to"], record["files"]) == (0, "python", ["sketch-cnn.onnx", "sketch_cnn.py"])
    assert (tmp_path / usual_folder("sketch-cnn", "python") / "sketch_cnn.py").is_file()
    for arguments, said in (
        (["sketch-cnn"], "is in the catalogue already; to take it elsewhere"),
        (["sketch-cnn", "--to", "kiosk", "--trust"], "--trust belongs to the network of a library"),
        (["sketch-cnn", "--to", "kiosk", "--seed", "0"], "--seed belongs to the network of a library"),
        (["sketch-cnn", "--to", "kiosk", "--runtime", "x.tgz"], "--runtime is for a page"),
        (["timm:vit", "--runtime", "x.tgz"], "--runtime is for a page"),
        (["nothing-here", "--to", "kiosk"], "nothing-here"),
    ):
        assert main(["models", "export", *arguments]) == 2
        assert said in capsys.readouterr().err
