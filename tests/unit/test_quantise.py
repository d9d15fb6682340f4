"""INT8 versions of small networks with known weights."""

import logging
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests import tiny_models
from tests.clips import constant, write_clip
from vision_app.errors import ConfigError, ModelError, SourceError
from vision_app.graph.rewrites.stem import fold_focus
from vision_app.quantise.frames import PackedFrames, collect
from vision_app.quantise.network import PLACEMENTS, Network, mean_rounding_error
from vision_app.quantise.preparing import check_quantisable
from vision_app.quantise.writing import Request
from vision_app.runtime import Session


def small_network(path: Path, *, fragile: bool = False, opset: int = 17, shape=(1, 3, 32, 32)) -> Path:
    """Three convolutions with SiLU, and a classifier of three classes.

    When fragile, a channel of the second is far larger than the others, and nobody looks at it.
    """
    rng = np.random.default_rng(3)
    names = ("first", "second", "third")
    constants = {f"{n}.w": rng.normal(0, 0.3, (6, 3 if n == "first" else 6, 3, 3)) for n in names}
    constants |= {f"{n}.b": rng.normal(0, 0.1, 6) for n in names}
    if fragile:
        constants["second.b"][0] = 300
        constants["third.w"][:, 0] = 0
    constants |= {"fc.w": rng.normal(0, 1, (3, 6)), "fc.b": np.zeros(3)}
    nodes, value = [], "images"
    for name in names:
        nodes += [
            helper.make_node("Conv", [value, f"{name}.w", f"{name}.b"], [f"{name}.c"], name, pads=[1] * 4),
            helper.make_node("Sigmoid", [f"{name}.c"], [f"{name}.s"]),
            helper.make_node("Mul", [f"{name}.c", f"{name}.s"], [f"{name}.o"]),
        ]
        value = f"{name}.o"
    nodes += [
        helper.make_node("GlobalAveragePool", [value], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["flat"]),
        helper.make_node("Gemm", ["flat", "fc.w", "fc.b"], ["logits"], "fc", transB=1),
    ]
    output = helper.make_tensor_value_info("logits", TensorProto.FLOAT, [shape[0], 3])
    floats = {k: v.astype(np.float32) for k, v in constants.items()}
    return tiny_models.save(path, nodes, [tiny_models.picture(shape)], [output], floats, opset=opset)


def tensors(count: int = 8, side: int = 32):
    rng = np.random.default_rng(5)
    made = [rng.normal(0, 1, (1, 3, side, side)).astype(np.float32) for _ in range(count)]
    return lambda: iter(made)


def work_folder(path: Path) -> Path:
    path.mkdir()
    return path


def error(path: Path, int8: Path) -> float:
    pairs = [(Session(path, "cpu").run_single(t), Session(int8, "cpu").run_single(t)) for t in tensors()()]
    return float(
        np.mean([np.abs(a - b).mean() for a, b in pairs]) / np.mean([np.abs(a).mean() for a, _ in pairs])
    )


@pytest.mark.parametrize("opset", [11, 17])
def test_the_int8_version_computes_nearly_the_same(tmp_path: Path, opset: int) -> None:
    path = small_network(tmp_path / "a.onnx", opset=opset)
    network = Network(path, tensors(), work_folder(tmp_path / "w"))
    network.write(tmp_path / "b.onnx")
    assert error(path, tmp_path / "b.onnx") < 0.05
    kinds = [n.op_type for n in onnx.load(tmp_path / "b.onnx").graph.node]
    assert kinds.count("DequantizeLinear") >= 8


def test_layers_that_are_left_in_float_keep_their_weights(tmp_path: Path) -> None:
    path = small_network(tmp_path / "a.onnx")
    network = Network(path, tensors(), work_folder(tmp_path / "w"))
    network.write(tmp_path / "b.onnx", network.layers)
    model = onnx.load(tmp_path / "b.onnx")
    assert not any("Quantize" in n.op_type for n in model.graph.node)
    assert error(path, tmp_path / "b.onnx") < 1e-5


def test_the_fragile_layers_are_found(tmp_path: Path) -> None:
    """The large channel stretches the range of what the second gives and the third takes."""
    path = small_network(tmp_path / "a.onnx", fragile=True)
    network = Network(path, tensors(), work_folder(tmp_path / "w"))
    harms = dict(network.harms())
    worst = sorted(harms, key=lambda name: -harms[name])[:2]
    assert set(worst) == {"second", "third"}
    network.write(tmp_path / "all.onnx")
    network.write(tmp_path / "but.onnx", worst)
    assert error(path, tmp_path / "but.onnx") < error(path, tmp_path / "all.onnx") / 3


def test_a_free_size_is_calibrated_at_several_sizes(tmp_path: Path) -> None:
    path = small_network(tmp_path / "a.onnx", shape=("N", 3, "H", "W"))
    both = [*tensors(4, 32)(), *tensors(4, 48)()]
    Network(path, lambda: iter(both), work_folder(tmp_path / "w")).write(tmp_path / "b.onnx")
    assert Session(tmp_path / "b.onnx", "cpu").run_single(both[-1]).shape == (1, 3)
    assert error(path, tmp_path / "b.onnx") < 0.05


def test_what_follows_the_last_layers_stays_in_float(tmp_path: Path) -> None:
    """Boxes in hundreds of pixels and scores below one share a tensor: one scale for both would end the scores."""
    rng = np.random.default_rng(0)
    nodes = [
        helper.make_node("Conv", ["images", "w"], ["raw"], "boxes"),
        helper.make_node("Mul", ["raw", "large"], ["pixels"], "pixels"),
        helper.make_node("Conv", ["images", "w"], ["logits"], "scores"),
        helper.make_node("Sigmoid", ["logits"], ["share"], "share"),
        helper.make_node("Concat", ["pixels", "share"], ["output"], "both", axis=1),
    ]
    output = helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 8, 32, 32])
    constants = {"w": rng.normal(0, 0.3, (4, 3, 1, 1)).astype(np.float32), "large": np.float32(600)}
    path = tiny_models.save(tmp_path / "a.onnx", nodes, [tiny_models.picture()], [output], constants)
    Network(path, tensors(), work_folder(tmp_path / "w")).write(tmp_path / "b.onnx")
    one = next(tensors()())
    wanted, got = Session(path, "cpu").run_single(one), Session(tmp_path / "b.onnx", "cpu").run_single(one)
    assert np.abs(wanted[:, 4:] - got[:, 4:]).max() < 0.02


def test_the_mean_of_a_distribution_is_taken_by_whole_planes(tmp_path: Path) -> None:
    """As the sides of YOLO's boxes have it; ONNX Runtime's own softmax would take a fifth of an 8-bit YOLO's time."""
    rng = np.random.default_rng(0)
    nodes = [
        helper.make_node("Conv", ["images", "w"], ["logits"], "boxes"),
        helper.make_node("Reshape", ["logits", "apart"], ["sides"], "sides"),
        helper.make_node("Transpose", ["sides"], ["turned"], "turned", perm=[0, 2, 1, 3]),
        helper.make_node("Softmax", ["turned"], ["shares"], "shares", axis=1),
        helper.make_node("Conv", ["shares", "lengths"], ["means"], "means"),
        helper.make_node("Reshape", ["means", "flat"], ["output"], "output"),
    ]
    output = helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 4, 1024])
    constants = {
        "w": rng.normal(0, 1, (64, 3, 1, 1)).astype(np.float32),
        "apart": np.array([1, 4, 16, 1024]),
        "flat": np.array([1, 4, 1024]),
        "lengths": np.arange(16, dtype=np.float32).reshape(1, 16, 1, 1),
    }
    path = tiny_models.save(tmp_path / "a.onnx", nodes, [tiny_models.picture()], [output], constants)
    Network(path, tensors(), work_folder(tmp_path / "w")).write(tmp_path / "b.onnx")
    kinds = {node.op_type for node in onnx.load(str(tmp_path / "b.onnx")).graph.node}
    assert "QuantizeLinear" in kinds
    assert "Softmax" not in kinds
    assert error(path, tmp_path / "b.onnx") < 0.02


def squeezed_network(path: Path) -> Path:
    """Pixels dealt out to four pictures, a convolution, a depthwise one and a last one."""
    rng = np.random.default_rng(1)
    floats = {
        "stem.w": rng.normal(0, 0.3, (8, 12, 3, 3)),
        "stem.b": rng.normal(0, 0.1, 8),
        "deep.w": rng.normal(0, 0.3, (8, 1, 3, 3)),
        "deep.b": rng.normal(0, 0.1, 8),
        "last.w": rng.normal(0, 0.3, (4, 8, 1, 1)),
        "last.b": rng.normal(0, 0.1, 4),
    }
    constants = {k: v.astype(np.float32) for k, v in floats.items()}
    constants |= {n: np.array([v]) for n, v in {"0": 0, "1": 1, "2": 2, "3": 3, "end": 2**63 - 1}.items()}
    nodes = []
    for down, right in ((0, 0), (1, 0), (0, 1), (1, 1)):
        rows, part = f"rows{down}{right}", f"part{down}{right}"
        nodes.append(helper.make_node("Slice", ["images", str(down), "end", "2", "2"], [rows]))
        nodes.append(helper.make_node("Slice", [rows, str(right), "end", "3", "2"], [part]))
    nodes += [
        helper.make_node("Concat", ["part00", "part10", "part01", "part11"], ["dealt"], axis=1),
        helper.make_node("Conv", ["dealt", "stem.w", "stem.b"], ["stem"], "stem", pads=[1] * 4),
        helper.make_node("Relu", ["stem"], ["a"]),
        helper.make_node("Conv", ["a", "deep.w", "deep.b"], ["deep"], "deep", pads=[1] * 4, group=8),
        helper.make_node("Relu", ["deep"], ["b"]),
        helper.make_node("Conv", ["b", "last.w", "last.b"], ["last"], "last"),
        helper.make_node("Relu", ["last"], ["output"]),
    ]
    output = helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 4, 16, 16])
    return tiny_models.save(path, nodes, [tiny_models.picture()], [output], constants)


def test_a_focus_stem_is_folded_into_its_convolution_without_a_difference(tmp_path: Path) -> None:
    path = squeezed_network(tmp_path / "a.onnx")
    model = onnx.load(path)
    assert fold_focus(model)
    assert [n.op_type for n in model.graph.node if n.op_type in ("Slice", "Concat")] == []
    onnx.save(model, tmp_path / "b.onnx")
    for one in tensors()():
        wanted, got = (
            Session(path, "cpu").run_single(one),
            Session(tmp_path / "b.onnx", "cpu").run_single(one),
        )
        np.testing.assert_allclose(got, wanted, atol=1e-5)


def test_other_slices_are_not_taken_for_a_focus_stem(tmp_path: Path) -> None:
    model = onnx.load(squeezed_network(tmp_path / "a.onnx"))
    model.graph.node[0].input[1] = "1"  # the first corner twice
    before = model.SerializeToString()
    assert not fold_focus(model)
    assert model.SerializeToString() == before


def test_for_openvino_only_what_goes_into_products_is_rounded(tmp_path: Path) -> None:
    path = squeezed_network(tmp_path / "a.onnx")
    network = Network(path, tensors(), work_folder(tmp_path / "w"), PLACEMENTS["openvino"])
    assert list(network.layers) == ["stem", "last"]
    network.write(tmp_path / "b.onnx")
    assert error(path, tmp_path / "b.onnx") < 0.05
    model = onnx.load(tmp_path / "b.onnx")
    rounded = [n.input[0] for n in model.graph.node if n.op_type == "QuantizeLinear"]
    assert sorted(rounded) == ["b", "images"]
    by_name = {n.name: n for n in model.graph.node if n.name}
    assert by_name["deep"].input[1] == "deep.w"


def test_the_mean_rounding_error_of_groups_is_that_of_each_group() -> None:
    rng = np.random.default_rng(0)
    weights, means = rng.normal(size=(4, 2, 3, 3)), rng.normal(size=4)
    whole = mean_rounding_error(weights, means)
    halves = [mean_rounding_error(weights[i : i + 2], means[i : i + 2]) for i in (0, 2)]
    np.testing.assert_allclose(whole, np.concatenate(halves))


def test_the_quantiser_leaves_the_log_as_it_was(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    before = (list(logging.getLogger().handlers), list(logging.getLogger().filters))
    Network(small_network(tmp_path / "a.onnx"), tensors(), work_folder(tmp_path / "w"))
    assert (list(logging.getLogger().handlers), list(logging.getLogger().filters)) == before
    assert not caplog.records


class TestRefused:
    def test_quantised_already(self, tmp_path: Path) -> None:
        path = small_network(tmp_path / "a.onnx")
        Network(path, tensors(), work_folder(tmp_path / "w")).write(tmp_path / "b.onnx")
        with pytest.raises(ModelError, match="quantised already"):
            check_quantisable(tmp_path / "b.onnx")

    def test_half_precision(self, tmp_path: Path) -> None:
        model = onnx.load(small_network(tmp_path / "a.onnx"))
        for tensor in model.graph.initializer:
            tensor.CopyFrom(
                numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), tensor.name)
            )
        onnx.save(model, tmp_path / "half.onnx")
        with pytest.raises(ModelError, match=r"computes in 16 bits; take its float32 version"):
            check_quantisable(tmp_path / "half.onnx")

    def test_no_weights(self, tmp_path: Path) -> None:
        with pytest.raises(ModelError, match="no convolution or matrix product"):
            check_quantisable(tiny_models.colour_classifier(tmp_path / "a.onnx"))

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({"frames": 3}, "at least 4 frames"),
            ({"min_agreement": 1.5}, "from 0 to 1, got 1.5"),
            ({"seconds": 0.0}, "above 0 seconds"),
        ],
    )
    def test_numbers_out_of_range(self, given: dict[str, float], message: str) -> None:
        with pytest.raises(ConfigError, match=message):
            Request("m", "s", **given)  # type: ignore[arg-type]


class TestFrames:
    def test_those_of_a_clip_are_spread_over_it_and_never_shared(self, tmp_path: Path) -> None:
        samples = collect(str(write_clip(tmp_path / "a.mp4", constant(60))), 6, 1.0, lambda _: None)
        assert (len(samples.calibration), len(samples.held_out)) == (6, 6)
        calibration = {image.tobytes() for image in samples.calibration}
        assert len(calibration) == 6
        assert not calibration & {image.tobytes() for image in samples.held_out}

    def test_a_short_source_is_shared_out(self, tmp_path: Path) -> None:
        samples = collect(str(write_clip(tmp_path / "a.mp4", constant(9))), 64, 1.0, lambda _: None)
        assert (len(samples.calibration), len(samples.held_out)) == (5, 4)

    def test_too_few(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match="7 frames are too few"):
            collect(str(write_clip(tmp_path / "a.mp4", constant(7))), 64, 1.0, lambda _: None)

    def test_a_live_source_is_spread_over_the_time(self) -> None:
        samples = collect("synthetic:64x48@60", 5, 0.5, lambda _: None)
        assert (len(samples.calibration), len(samples.held_out)) == (5, 5)

    def test_a_source_without_an_end_ends(self) -> None:
        samples = collect("synthetic:64x48", 5, 0.5, lambda _: None)
        assert (len(samples.calibration), len(samples.held_out)) == (5, 5)

    def test_packing_loses_nothing(self) -> None:
        image = np.random.default_rng(0).integers(0, 256, (33, 47, 3)).astype(np.uint8)
        packed = PackedFrames()
        packed.append(image)
        np.testing.assert_array_equal(packed[0], image)


def pooled_network(path: Path, *, pool_alone: bool = True) -> Path:
    """A convolution and a MaxPool behind a Pad with minus infinity, which something else may read too."""
    rng = np.random.default_rng(8)
    constants = {
        "w": rng.normal(0, 0.3, (4, 3, 3, 3)).astype(np.float32),
        "pads": np.int64([0, 0, 1, 1, 0, 0, 1, 1]),
        "least": np.float32(-np.inf),
        "fc": rng.normal(0, 1, (4, 4, 1, 1)).astype(np.float32),
        "zero": np.float32(0),
    }
    nodes = [
        helper.make_node("Conv", ["images", "w"], ["c"], "conv", pads=[1] * 4),
        helper.make_node("Pad", ["c", "pads", "least"], ["p"], "pad"),
        helper.make_node("MaxPool", ["p"], ["m"], "pool", kernel_shape=[3, 3], strides=[2, 2]),
        helper.make_node("Conv", ["m", "fc"], ["logits"], "last"),
    ]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, None)]
    if not pool_alone:
        nodes.append(helper.make_node("Max", ["p", "zero"], ["other"], "max"))
        outputs.append(helper.make_tensor_value_info("other", TensorProto.FLOAT, None))
    return tiny_models.save(path, nodes, [tiny_models.picture((1, 3, 32, 32))], outputs, constants)


@pytest.mark.parametrize("pool_alone", [True, False])
def test_minus_infinity_at_the_edge_of_a_pool_has_no_scale(tmp_path: Path, pool_alone: bool) -> None:
    path = pooled_network(tmp_path / "a.onnx", pool_alone=pool_alone)
    network = Network(
        path, tensors(), work_folder(tmp_path / "w")
    )  # a warning of NumPy would be an error here
    network.write(tmp_path / "b.onnx")
    assert error(path, tmp_path / "b.onnx") < 0.05
    made = onnx.load(tmp_path / "b.onnx")
    assert ("Pad" in {n.op_type for n in made.graph.node}) is not pool_alone
    scales = [numpy_helper.to_array(t) for t in made.graph.initializer if t.name.endswith("_scale")]
    assert scales
    assert all(np.isfinite(s).all() for s in scales)
