"""Weights that are only stored in 16 bits are quantised like those of 32."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tests.unit.test_quantise import small_network, tensors, work_folder
from vision_app.quantise.network import Network
from vision_app.quantise.preparing import check_quantisable
from vision_app.quantise.widening import widen_stored
from vision_app.runtime import Session


def stored_in_16_bits(source: Path, target: Path) -> Path:
    """The network with each weight in 16 bits and a Cast behind it."""
    model = onnx.load(source)
    casts = []
    for tensor in model.graph.initializer:
        half = numpy_helper.to_array(tensor).astype(np.float16)
        casts.append(helper.make_node("Cast", [f"{tensor.name}.16"], [tensor.name], to=TensorProto.FLOAT))
        tensor.CopyFrom(numpy_helper.from_array(half, f"{tensor.name}.16"))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.save(model, target)
    return target


def test_the_same_network_comes_out(tmp_path: Path) -> None:
    path = stored_in_16_bits(small_network(tmp_path / "a.onnx"), tmp_path / "b.onnx")
    model = onnx.load(path)
    widen_stored(model)
    assert {t.data_type for t in model.graph.initializer} == {TensorProto.FLOAT}
    assert not [n for n in model.graph.node if n.op_type == "Cast"]
    onnx.save(model, tmp_path / "c.onnx")
    tensor = next(tensors()())
    assert np.array_equal(Session(path).run_single(tensor), Session(tmp_path / "c.onnx").run_single(tensor))


def test_it_can_be_quantised(tmp_path: Path) -> None:
    path = stored_in_16_bits(small_network(tmp_path / "a.onnx"), tmp_path / "b.onnx")
    check_quantisable(path)
    Network(path, tensors(), work_folder(tmp_path / "w")).write(tmp_path / "int8.onnx")
    kinds = {t.data_type for t in onnx.load(tmp_path / "int8.onnx").graph.initializer}
    assert TensorProto.INT8 in kinds
    assert TensorProto.FLOAT16 not in kinds


def test_a_weight_with_two_uses_stays(tmp_path: Path) -> None:
    path = stored_in_16_bits(small_network(tmp_path / "a.onnx"), tmp_path / "b.onnx")
    model = onnx.load(path)
    model.graph.node.append(helper.make_node("Identity", ["first.w.16"], ["kept"]))
    widen_stored(model)
    assert "first.w.16" in {t.name for t in model.graph.initializer}
