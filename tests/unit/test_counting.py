"""Parameters and multiply-accumulates against numbers worked out by hand and published ones."""

from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper

from tests import tiny_models
from vision_app.cards.lookup import find_model
from vision_app.catalogue.counting import count

RNG = np.random.default_rng(0)


def _weights(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype(np.float32)


def _network(path: Path, shape=(1, 3, 32, 32)) -> Path:
    """A convolution of stride 2, a depthwise one, a mean and a product."""
    nodes = [
        helper.make_node("Conv", ["images", "w1", "b1"], ["a"], strides=[2, 2], pads=[1, 1, 1, 1]),
        helper.make_node("Conv", ["a", "w2"], ["b"], group=8, pads=[1, 1, 1, 1]),
        helper.make_node("GlobalAveragePool", ["b"], ["c"]),
        helper.make_node("Flatten", ["c"], ["d"]),
        helper.make_node("Gemm", ["d", "w3", "b3"], ["output"], transB=1),
    ]
    constants = {
        "w1": _weights(8, 3, 3, 3),
        "b1": _weights(8),
        "w2": _weights(8, 1, 3, 3),
        "w3": _weights(5, 8),
        "b3": _weights(5),
    }
    output = helper.make_tensor_value_info("output", TensorProto.FLOAT, [shape[0], 5])
    return tiny_models.save(path, nodes, [tiny_models.picture(shape)], [output], constants)


PARAMS = 8 * 27 + 8 + 8 * 9 + 5 * 8 + 5


def macs(side: int) -> int:
    return side * side * 8 * 27 + side * side * 8 * 9 + 5 * 8


def test_counts_what_one_counts_by_hand(tmp_path: Path) -> None:
    counts = count(_network(tmp_path / "a.onnx"), (1, 3, 32, 32))
    assert (counts.params, counts.macs) == (PARAMS, macs(16))


def test_free_dimensions_take_the_given_size(tmp_path: Path) -> None:
    path = _network(tmp_path / "a.onnx", ("N", 3, "H", "W"))
    assert count(path, (1, 3, 64, 64)).macs == macs(32)


def test_products_count_by_their_inner_dimension(tmp_path: Path) -> None:
    nodes = [helper.make_node("MatMul", ["images", "w"], ["output"])]
    output = helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 3, 8, 5])
    path = tiny_models.save(
        tmp_path / "a.onnx", nodes, [tiny_models.picture((1, 3, 8, 4))], [output], {"w": _weights(4, 5)}
    )
    counts = count(path, (1, 3, 8, 4))
    assert (counts.params, counts.macs) == (20, 3 * 8 * 5 * 4)


def test_an_unknown_shape_is_not_guessed(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Mystery", ["images"], ["a"], domain="somewhere"),
        helper.make_node("Conv", ["a", "w"], ["output"]),
    ]
    output = helper.make_tensor_value_info("output", TensorProto.FLOAT, None)
    path = tiny_models.save(
        tmp_path / "a.onnx", nodes, [tiny_models.picture()], [output], {"w": _weights(4, 3, 1, 1)}
    )
    assert count(path, (1, 3, 32, 32)).macs is None


def test_the_shipped_network_is_near_its_published_figures() -> None:
    file = find_model("efficientnet-lite0")
    assert file.card is not None and file.card.published is not None
    counts = count(file.path, (1, 3, 224, 224))
    assert counts.macs == pytest.approx(file.card.published.macs, rel=0.06)
    assert counts.params == pytest.approx(file.card.published.params, rel=0.02)


def test_its_int8_version_counts_the_same() -> None:
    float_counts, int8_counts = (
        count(find_model(name).path, (1, 3, 224, 224))
        for name in ("efficientnet-lite0", "efficientnet-lite0-int8")
    )
    assert int8_counts == float_counts
