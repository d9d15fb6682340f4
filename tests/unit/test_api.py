"""The public API: what docs/api.md shows works, what is offered is there, and nothing is loaded before it is used."""

import doctest
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import vision_app
from tests import tiny_models as tiny
from vision_app.cards import lookup

ROOT = Path(vision_app.__file__).parents[1]
PAGE = ROOT / "docs" / "api.md"


@pytest.fixture
def models(tmp_path, monkeypatch):
    monkeypatch.setenv(lookup.MODELS_VARIABLE, str(tmp_path / "models"))
    monkeypatch.setenv("VISION_APP_CACHE", str(tmp_path / "cache"))
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


def test_the_examples_of_the_page(models, monkeypatch):
    monkeypatch.chdir(ROOT)
    text = PAGE.read_text(encoding="utf-8")
    examples = "\n".join(re.findall(r"```pycon\n(.*?)```", text, re.DOTALL))
    test = doctest.DocTestParser().get_doctest(examples, {}, "api.md", str(PAGE), 0)
    assert len(test.examples) > 20
    told = []
    runner = doctest.DocTestRunner(optionflags=doctest.IGNORE_EXCEPTION_DETAIL)
    runner.run(test, out=told.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(told)


def test_all_that_is_offered_is_there_and_on_the_page():
    page = PAGE.read_text(encoding="utf-8")
    assert set(vision_app.__all__) == {"__version__", *vision_app._HOME}
    for name in vision_app.__all__:
        assert getattr(vision_app, name) is not None
        assert name.startswith("_") or re.search(rf"\b{name}\b", page), f"{name} is not on the page"
    assert set(vision_app.__all__) <= set(dir(vision_app))
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = vision_app.nonsense


def test_importing_it_loads_nothing():
    code = (
        "import sys, vision_app; vision_app.VisionError; "
        "print([m for m in ('numpy', 'cv2', 'onnxruntime', 'av') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_options_of_a_model_are_checked(models):
    path = tiny.colour_model(models)
    with pytest.raises(vision_app.ConfigError, match="'konf' is not an option of a model; did you mean conf"):
        vision_app.load_model(path, konf=1)
    with pytest.raises(vision_app.ConfigError, match="top_k must be"):
        vision_app.load_model(path, top_k=0)
    with pytest.raises(vision_app.ConfigError, match="is a model to classify: it has no track"):
        vision_app.load_model(path, track=True)
    assert len(vision_app.load_model(path, top_k=2).predict(tiny.solid((0, 0, 255)))[0].top()) == 2


def test_packets_of_several_models_and_a_source_that_is_closed(models):
    path = tiny.colour_model(models)
    source = vision_app.open_source("synthetic:64x48", fps=10)
    some = []
    for packet in vision_app.packets(source, path, vision_app.load_model(path)):
        some.append(packet)
        if len(some) == 3:
            break
    assert [p.frame.index for p in some] == [0, 1, 2]
    assert [len(p.results) for p in some] == [2, 2, 2]
    assert some[0].timings.infer_s > 0


def test_a_chain_forgets_one_source_before_the_next(models):
    rows = np.float32([[[0, 0, 16, 32, 0.9, 0]]])
    path = tiny.constant_outputs(models / "finder.onnx", [rows])
    tiny.write_card(path, task="detect", output={"layout": "yolo-end2end"})
    tracker = vision_app.load_model(path, track=True)
    for _ in range(2):
        ids = []
        for packet in vision_app.packets(_clip(models), tracker):
            ids.append(packet.results[0].track_ids.tolist())
        assert ids == [[-1], [1], [1]]


def test_two_sources_of_one_chain_have_memories_of_their_own(models):
    rows = np.float32([[[0, 0, 16, 32, 0.9, 0]]])
    path = tiny.constant_outputs(models / "finder.onnx", [rows])
    tiny.write_card(path, task="detect", output={"layout": "yolo-end2end"})
    tracker = vision_app.load_model(path, track=True)
    both = zip(*(vision_app.packets(_clip(models), tracker) for _ in range(2)), strict=True)
    ids = [[packet.results[0].track_ids.tolist() for packet in pair] for pair in both]
    assert ids == [[[-1], [-1]], [[1], [1]], [[1], [1]]]


def _clip(folder):
    import cv2

    images = folder / "images"
    images.mkdir(exist_ok=True)
    for i in range(3):
        cv2.imwrite(str(images / f"{i}.png"), tiny.solid((9, 9, 9)))
    return images


def test_a_run_without_outputs_writes_nothing(models, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tiny.colour_model(models)
    summary = vision_app.run(_clip(models), model=path)
    assert summary["frames"] == 3
    assert not Path("runs").exists()
    log = tmp_path / "a.csv"
    vision_app.run([_clip(models)], model=[path], log=[log.name])
    assert log.is_file()


def test_draw_takes_packets_and_pictures(models):
    image = tiny.solid((9, 9, 9), (200, 100))
    result = vision_app.load_model(tiny.colour_model(models)).predict(image)[0]
    packet = vision_app.Packet(vision_app.Frame(image, 0, 0.0), (result,), vision_app.Timings())
    drawn = vision_app.draw(image, result)
    assert np.array_equal(drawn, vision_app.draw(packet))
    assert not np.array_equal(drawn, image)
