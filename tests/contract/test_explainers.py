"""Every explainer through one suite: a map in the pixels of the frame, or one clear sentence."""

from __future__ import annotations

import itertools
import json

import cv2
import numpy as np
import pytest

from vision_app.engine.predictors import load_model
from vision_app.errors import ConfigError, ModelError
from vision_app.explaining.base import Choice
from vision_app.explaining.heatmap import Heatmap, normalised, region_of
from vision_app.explaining.painting import METHOD_WORDS, paint
from vision_app.explaining.probe import Probe
from vision_app.explaining.table import EXPLAINERS, maps_of, usual_method
from vision_app.tasks.preprocess import Geometry

MODELS = ("sketch-cnn", "sketch-mlp", "sketch-vit", "sketch-hybrid", "sketch-capsnet", "sketch-yolo")
# what each method can be asked of; of the others it says why not
FITS = {
    "cam": {"sketch-cnn", "sketch-vit", "sketch-hybrid", "sketch-capsnet", "sketch-yolo"},
    "eigen": {"sketch-cnn", "sketch-vit", "sketch-hybrid", "sketch-capsnet", "sketch-yolo"},
    "recipro": {"sketch-cnn", "sketch-vit", "sketch-hybrid", "sketch-capsnet"},
    "rollout": {"sketch-vit", "sketch-hybrid"},
    "attention": {"sketch-vit", "sketch-hybrid"},
    "features": {"sketch-cnn", "sketch-vit", "sketch-hybrid", "sketch-capsnet", "sketch-yolo"},
    "occlusion": set(MODELS),
    "rise": set(MODELS),
    "similarity": {"sketch-cnn", "sketch-vit", "sketch-hybrid", "sketch-capsnet", "sketch-yolo"},
    "routing": {"sketch-capsnet"},
}
FRAME = np.full((120, 200, 3), 235, np.uint8)
cv2.circle(FRAME, (100, 60), 34, (20, 20, 20), 6)


@pytest.fixture(scope="module")
def probes():
    return {name: Probe(load_model(name, provider="cpu")) for name in MODELS}


def first(probe: Probe, method: str, choice: Choice | None = None) -> Heatmap:
    return next(maps_of(probe, FRAME, method, choice))


def test_every_method_is_tested_and_has_words():
    assert FITS.keys() == EXPLAINERS.keys() == METHOD_WORDS.keys()


def test_the_command_knows_the_same_methods():
    from vision_app.cli.explain import _EPILOG

    listed = {line.split()[0] for line in _EPILOG.splitlines() if line.startswith("  ")}
    assert listed == set(EXPLAINERS)


@pytest.mark.parametrize(("method", "name"), [*itertools.product(EXPLAINERS, MODELS)])
def test_a_map_or_one_sentence(probes, method, name):
    if name not in FITS[method]:
        with pytest.raises(ModelError, match=rf"^{name}: .*") as caught:
            first(probes[name], method)
        assert "\n" not in str(caught.value)
        assert "take" in str(caught.value) or "--list" in str(caught.value)
        return
    found = first(probes[name], method)
    assert np.isfinite(found.values).all()
    assert found.values.min() >= 0
    assert found.values.max() <= 1
    assert found.frame_wh == (200, 120)
    x, y = found.peak_xy
    assert 0 <= x < 200
    assert 0 <= y < 120
    assert found.method in EXPLAINERS
    assert json.loads(json.dumps(found.as_record()))["peak_xy"] == [round(x, 1), round(y, 1)]
    before = FRAME.copy()
    painted = paint(FRAME, found)
    assert painted.shape == FRAME.shape
    assert (before == FRAME).all()


@pytest.mark.parametrize("method", [m for m, e in EXPLAINERS.items() if e.by_class])
def test_a_class_can_be_chosen(probes, method):
    name = "sketch-capsnet" if method == "routing" else "sketch-cnn"
    found = first(probes[name], method, Choice(class_id=4))
    assert (found.class_id, found.label) == (4, probes[name].model.labels[4])
    with pytest.raises(ConfigError, match=r"class 99: .* has the classes 0 to 9"):
        first(probes[name], method, Choice(class_id=99))


@pytest.mark.parametrize("method", [m for m, e in EXPLAINERS.items() if not e.live and m != "recipro"])
def test_what_goes_on_can_be_ended_and_ends_by_itself(probes, method):
    steps = maps_of(probes["sketch-mlp"], FRAME, method)
    a, b = next(steps), next(steps)
    assert 0 < a.progress < b.progress < 1
    steps.close()  # ended
    *_, last = maps_of(probes["sketch-mlp"], FRAME, method)
    assert last.progress == 1


def test_the_usual_methods(probes):
    usual = {name: usual_method(probe) for name, probe in probes.items()}
    assert usual == {
        "sketch-cnn": "cam",
        "sketch-mlp": "occlusion",
        "sketch-vit": "rollout",
        "sketch-hybrid": "rollout",
        "sketch-capsnet": "routing",
        "sketch-yolo": "cam",
    }


def test_wrong_choices_are_refused(probes):
    for choice, words in (
        (Choice(block=7), "block 7: sketch-vit has 6 blocks"),
        (Choice(head=5), "head 5: block 6 of sketch-vit has 4 heads"),
        (Choice(layer="stem"), "layer 'stem' is no attention"),
        (Choice(at=(999, 5)), "outside what the network sees"),
    ):
        with pytest.raises(ConfigError, match=words):
            first(probes["sketch-vit"], "attention", choice)
    with pytest.raises(ConfigError, match="method 'gradcam' is none of cam, eigen"):
        first(probes["sketch-vit"], "gradcam")


def test_where_a_map_lies():
    crop = Geometry((300, 200), (100, 100), (0.5, 0.5), (-25, 0))
    assert region_of(crop) == (50, 0, 250, 200)
    letterbox = Geometry((200, 100), (100, 100), (0.5, 0.5), (0, 25))
    assert region_of(letterbox) == (0, -50, 200, 150)
    values = np.array([[9.0, 0.0], [0.0, 1.0], [0.0, 0.0], [0.0, 0.0]], np.float32)
    found = Heatmap(normalised(values, from_zero=True)[0], (0, -50, 200, 150), (200, 100), "cam")
    assert found.peak_xy == (
        150,
        25,
    )  # the strongest cell lies in the border, which is no place of the picture
    part, box = found.on_frame()
    assert (part.shape, box) == ((100, 200), (0, 0, 200, 100))
    assert found.cell_at(199, 0) == (1, 1)
    assert found.scaled((2, 2)).peak_xy == (300, 50)
