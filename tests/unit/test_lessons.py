"""The numbers of the lessons are those of ONNX Runtime."""

from __future__ import annotations

import functools

import cv2
import numpy as np
import onnxruntime as ort
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from vision_app.engine.predictors import load_model
from vision_app.errors import ConfigError
from vision_app.explaining.base import Choice
from vision_app.explaining.lessons.depth import pair_of, shipped_runs
from vision_app.explaining.lessons.heads import head_numbers, tensors_of
from vision_app.explaining.lessons.sliding import (
    KERNELS,
    Sliding,
    dense,
    formula,
    output_size,
    pooled,
    relu,
)
from vision_app.explaining.lessons.walk import shown, walk
from vision_app.explaining.probe import Probe
from vision_app.explaining.table import EXPLAINERS, view_of


@functools.lru_cache(maxsize=512)
def _session(op_type: str, extra: int, **attributes: object) -> ort.InferenceSession:
    names = ["x", "w", "b"][: 1 + extra]
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names]
    node = helper.make_node(op_type, names, ["y"], **attributes)
    graph = helper.make_graph(
        [node], "g", inputs, [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    return ort.InferenceSession(model.SerializeToString(), options)


@given(
    st.integers(1, 12),
    st.integers(1, 12),
    st.sampled_from([1, 2, 3, 5]),
    st.integers(1, 3),
    st.integers(0, 3),
    st.integers(1, 3),
    st.integers(0, 10_000),
)
@settings(max_examples=80, deadline=None)
def test_the_sliding_window_is_onnx_runtimes_convolution(
    height, width, kernel, stride, padding, dilation, seed
):
    sizes = [output_size(n, kernel, stride, padding, dilation) for n in (height, width)]
    assume(min(sizes) > 0)
    rng = np.random.default_rng(seed)
    pixels, weight = (rng.normal(size=s).astype(np.float32) for s in ((height, width), (kernel, kernel)))
    bias = np.float32(rng.normal())
    lesson = Sliding(pixels, weight, stride, padding, dilation, float(bias))
    session = _session("Conv", 2, strides=(stride,) * 2, pads=(padding,) * 4, dilations=(dilation,) * 2)
    feeds = {"x": pixels[None, None], "w": weight[None, None], "b": bias[None]}
    theirs = session.run(None, feeds)[0][0, 0]
    assert list(lesson.output_hw) == sizes == list(theirs.shape)
    np.testing.assert_allclose(lesson.output, theirs, rtol=1e-4, atol=1e-5)
    for step in lesson.steps():
        inside = ((step.cells >= 0) & (step.cells < pixels.shape)).all(axis=-1)
        assert (step.window[~inside] == 0).all()
        np.testing.assert_array_equal(step.window[inside], pixels[tuple(step.cells[inside].T)])


@given(st.integers(2, 9), st.integers(2, 9), st.integers(1, 3), st.integers(1, 3), st.booleans())
@settings(max_examples=40, deadline=None)
def test_pooling_is_onnx_runtimes(height, width, size, stride, largest):
    assume(min(height, width) >= size)
    values = np.random.default_rng(height * 100 + width).normal(size=(height, width)).astype(np.float32)
    session = _session(
        "MaxPool" if largest else "AveragePool", 0, kernel_shape=(size,) * 2, strides=(stride,) * 2
    )
    theirs = session.run(None, {"x": values[None, None]})[0][0, 0]
    np.testing.assert_allclose(pooled(values, size, stride, largest=largest), theirs, rtol=1e-5, atol=1e-6)


def test_relu_and_dense_are_onnx_runtimes():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(3, 4)).astype(np.float32)
    weight, bias = rng.normal(size=(5, 12)).astype(np.float32), rng.normal(size=5).astype(np.float32)
    theirs = _session("Gemm", 2, transB=1).run(None, {"x": values.reshape(1, -1), "w": weight, "b": bias})[0][
        0
    ]
    np.testing.assert_allclose(dense(values, weight, bias), theirs, rtol=1e-5)
    np.testing.assert_array_equal(relu(values), _session("Relu", 0).run(None, {"x": values})[0])


def test_the_example_of_the_notes():
    five = np.arange(25, dtype=np.float32).reshape(5, 5)
    kernel = np.array(KERNELS["sobel-x"], np.float32)
    assert Sliding(five, kernel).output_hw == (3, 3)
    assert Sliding(five, kernel, stride=2).output_hw == (2, 2)
    assert Sliding(five, kernel, padding=1).output_hw == (5, 5)
    assert formula(5, 3, 2, 0, 1).endswith("= 2")
    lesson = Sliding(five, kernel)
    assert (lesson.multiplications, lesson.dense_multiplications) == (81, 225)
    assert (lesson.weights, lesson.dense_weights) == (10, 234)
    with pytest.raises(ValueError, match="does not fit"):
        Sliding(five, kernel, dilation=3)


@pytest.mark.parametrize("name", ["sketch-vit", "sketch-hybrid"])
def test_a_head_computed_here_is_that_of_onnx_runtime(name):
    probe = Probe(load_model(name, provider="cpu"))
    image = np.random.default_rng(4).integers(0, 255, (64, 64, 3), np.uint8)
    inside = probe.inside
    for number, point in enumerate(inside.attention, start=1):
        answer = probe.answer(image, tensors_of(point))
        view = view_of(probe, image, EXPLAINERS["attention"], Choice(block=number))
        view = type(view)(view.image, view.geometry, view.result, answer.outputs)
        for head in (1, 4):
            numbers = head_numbers(inside, view, point, head)
            assert numbers.difference < 1e-4
            assert numbers.scale == pytest.approx(numbers.query.shape[1] ** -0.5, rel=1e-3)
            assert numbers.looks_at(0).shape == numbers.tokens.grid_hw == (8, 8)
        with pytest.raises(ConfigError, match="head 5: it has 4 heads"):
            head_numbers(inside, view, point, 5)


WAYS = (
    *("sketch-mlp", "sketch-cnn", "sketch-vit", "sketch-hybrid", "sketch-capsnet", "sketch-yolo"),
    *("efficientnet-lite0", "efficientnet-lite0-int8"),
)


@pytest.mark.parametrize("name", WAYS)
def test_every_step_from_a_result_to_a_pixel_is_what_onnx_runtime_has(name):
    probe = Probe(load_model(name, provider="cpu"))
    paper = np.full((160, 160, 3), 235, np.uint8)
    cv2.circle(paper, (80, 80), 45, (30, 30, 30), 7)
    way = walk(probe, paper)
    assert way.end == ""
    assert way.pixel is not None
    assert way.worst < 1e-3
    kinds = {step.made.rule for step in shown(way.steps)}
    assert "sum" in kinds or name == "sketch-capsnet"
    assert way.steps[0].operator == "result"
    if name in ("sketch-vit", "sketch-hybrid"):
        softmaxes = [s for s in way.steps if s.operator == "Softmax"]
        assert softmaxes
    # what a step is made of is one of the numbers of the step before
    for before, after in zip(way.steps, way.steps[1:], strict=False):
        places = {(p.tensor, p.index) for p in before.made.parts}
        places |= {(p.other, p.other_index) for p in before.made.parts}
        assert (after.tensor, after.index) in places or before.operator == "Softmax"


def test_the_shipped_training_shows_vanishing_and_the_skip_connection():
    plain, residual = pair_of(41)
    assert plain.first_to_last < 1e-6
    assert residual.first_to_last > 1e-2
    assert residual.moments[-1].accuracy > 0.9 > plain.moments[-1].accuracy
    for run in shipped_runs():
        assert all(len(m.gradients) == run.depth for m in run.moments)
