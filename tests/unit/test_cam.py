"""The class activation map is the score itself, place by place; maps follow the thing that they explain."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from vision_app.engine.predictors import load_model
from vision_app.explaining.attention import entropy_bits, roll
from vision_app.explaining.base import Choice, Target, View
from vision_app.explaining.cam import class_map, projection
from vision_app.explaining.probe import Probe
from vision_app.explaining.table import EXPLAINERS, maps_of, view_of

NOISE = np.random.default_rng(1).integers(0, 255, (260, 300, 3), np.uint8)


@pytest.mark.parametrize(
    ("name", "tolerance"),
    [("efficientnet-lite0", 1e-4), ("sketch-cnn", 1e-4), ("efficientnet-lite0-int8", 0.6)],
)
def test_the_average_of_the_map_and_the_bias_make_the_score(name, tolerance):
    probe = Probe(load_model(name, provider="cpu"))
    view = view_of(probe, NOISE, EXPLAINERS["cam"], Choice())
    head = probe.inside.head
    assert head is not None
    scores = next(iter(view.tensors.values()))[0]
    for class_id in (0, 3, len(scores) - 1):
        raw = class_map(probe.inside, view, Target(class_id, ""))
        assert raw.mean() + head.bias[class_id] == pytest.approx(scores[class_id], abs=tolerance)


def _signs(probe: Probe) -> tuple[np.ndarray, View]:
    """A circle left and a cross right."""
    paper = np.full((320, 640, 3), 235, np.uint8)
    cv2.circle(paper, (160, 160), 80, (30, 30, 30), 9)
    for a, b in (((400, 80), (560, 240)), ((560, 80), (400, 240))):
        cv2.line(paper, a, b, (30, 30, 30), 9)
    return paper, view_of(probe, paper, EXPLAINERS["cam"], Choice())


def test_the_map_of_a_detector_follows_the_class_and_the_box():
    probe = Probe(load_model("sketch-yolo", provider="cpu"))
    paper, _ = _signs(probe)
    labels = probe.model.labels
    peaks = {
        name: next(maps_of(probe, paper, "cam", Choice(class_id=labels.index(name)))).peak_xy
        for name in ("circle", "cross")
    }
    assert peaks["circle"][0] < 320 < peaks["cross"][0]
    boxed = next(maps_of(probe, paper, "cam", Choice(box=(400, 80, 560, 240))))
    assert boxed.label == "cross"
    x, y = boxed.peak_xy
    assert 380 < x < 580
    assert 60 < y < 260


def test_of_two_alike_the_one_that_was_clicked_is_explained():
    probe = Probe(load_model("sketch-yolo", provider="cpu"))
    paper = np.full((320, 640, 3), 235, np.uint8)
    cv2.circle(paper, (160, 160), 80, (30, 30, 30), 9)
    cv2.circle(paper, (480, 160), 60, (120, 120, 120), 5)
    found = next(maps_of(probe, paper, "cam", Choice(box=(415, 95, 545, 225))))
    assert found.label == "circle"
    x, _ = found.peak_xy
    assert 400 < x < 560
    left = found.values[:, : found.values.shape[1] // 2]
    assert left.max() == 0


def test_covering_the_sign_costs_its_score_and_covering_paper_does_not():
    probe = Probe(load_model("sketch-yolo", provider="cpu"))
    paper, _ = _signs(probe)
    *_, found = maps_of(probe, paper, "occlusion", Choice(box=(400, 80, 560, 240)))
    assert found.high > 0.2
    x, y = found.peak_xy
    assert 360 < x < 600
    assert 30 < y < 280


def test_the_first_component_is_that_of_the_decomposition():
    places = np.random.default_rng(2).normal(size=(11, 5, 4)).astype(np.float32)
    features = places.reshape(11, -1).T
    centred = features - features.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    expected = (centred @ axes[0]).reshape(5, 4)
    for given in (places, np.tile(places, (9, 1, 1))):  # fewer channels than places, and more
        got = projection(given)
        assert abs(np.corrcoef(got.ravel(), expected.ravel())[0, 1]) > 0.9999


def test_a_strong_response_is_a_yes():
    places = np.zeros((6, 4, 4), np.float32)
    places[:, 1, 2] = -5.0
    assert np.unravel_index(projection(places).argmax(), (4, 4)) == (1, 2)


def test_rolled_attention_keeps_sums_and_follows_a_chain():
    one = np.full((2, 3, 3), 1 / 3, np.float32)
    np.testing.assert_allclose(roll([one, one, one]).sum(axis=1), 1, rtol=1e-6)
    only = np.zeros((1, 3, 3), np.float32)
    only[0, :, 2] = 1
    rolled = roll([only])
    np.testing.assert_allclose(rolled[0], [0.5, 0, 0.5])


def test_entropy_of_a_head():
    spread = np.full((1, 8, 8), 1 / 8, np.float32)
    sharp = np.eye(8, dtype=np.float32)[None]
    assert entropy_bits(np.concatenate([spread, sharp])) == pytest.approx([3, 0], abs=1e-5)


def test_pointing_at_a_place_shows_what_is_like_it():
    probe = Probe(load_model("sketch-yolo", provider="cpu"))
    paper, _ = _signs(probe)
    found = next(maps_of(probe, paper, "similarity", Choice(at=(400.0, 80.0))))
    row, column = found.cell_at(400, 80) or (0, 0)
    assert found.values[row, column] == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(("scores", "labels", "activation"), [(1, 2, "sigmoid"), (3, 3, "sigmoid")])
def test_one_neuron_and_independent_classes(tmp_path, scores, labels, activation):
    from onnx import helper

    from tests import tiny_models as tiny
    from vision_app.cards.card import parse_card
    from vision_app.cards.lookup import ModelFile
    from vision_app.engine.predictors import LoadedModel
    from vision_app.explaining.lessons.walk import walk

    rng = np.random.default_rng(0)
    nodes = [
        helper.make_node("Conv", ["images", "k"], ["c"], kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c"], ["r"]),
        helper.make_node("GlobalAveragePool", ["r"], ["p"]),
        helper.make_node("Flatten", ["p"], ["f"]),
        helper.make_node("Gemm", ["f", "w"], ["y"]),
    ]
    constants = {
        "k": rng.normal(size=(4, 3, 3, 3)).astype(np.float32),
        "w": rng.normal(size=(4, scores)).astype(np.float32),
    }
    path = tiny.save(
        tmp_path / "m.onnx", nodes, [tiny.picture((1, 3, 32, 32))], [tiny_output("y", (1, scores))], constants
    )
    names = [f"class {i}" for i in range(labels)]
    card = parse_card(tiny.card("m", labels=names, output__activation=activation), "m")
    probe = Probe(LoadedModel(ModelFile("m", path, card), provider="cpu"))
    image = NOISE[:64, :64]
    maps = [next(maps_of(probe, image, "cam", Choice(class_id=i))) for i in range(labels)]
    assert {m.method for m in maps} == {"cam"}
    if scores == 1:
        view = view_of(probe, image, EXPLAINERS["cam"], Choice())
        no, yes = (class_map(probe.inside, view, Target(i, "")) for i in (0, 1))
        np.testing.assert_allclose(no, -yes)
    for i in range(labels):
        next(maps_of(probe, image, "recipro", Choice(class_id=i)))
        assert walk(probe, image, Choice(class_id=i)).worst < 1e-5


def tiny_output(name, shape):
    from onnx import TensorProto, helper

    return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))
