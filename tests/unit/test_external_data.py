"""Weights in another file are found wherever they hang on a model: a copy of the file alone could not be loaded."""

from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper

from vision_app.catalogue.place import add
from vision_app.errors import ModelError
from vision_app.graph import inspect


def outside(name: str = "w") -> onnx.TensorProto:
    tensor = helper.make_tensor(name, TensorProto.FLOAT, [3], [0, 0, 0])
    tensor.ClearField("float_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", "w.bin"), ("offset", "0"), ("length", "12")):
        tensor.external_data.add(key=key, value=value)
    return tensor


def model_of(*nodes: onnx.NodeProto, **more) -> onnx.ModelProto:
    graph = helper.make_graph(
        list(nodes) or [helper.make_node("Identity", ["x"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 32, 32])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        **more,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])


def branch(node: onnx.NodeProto) -> onnx.GraphProto:
    return helper.make_graph([node], "b", [], [helper.make_tensor_value_info("z", TensorProto.FLOAT, None)])


def in_a_function() -> onnx.ModelProto:
    model = model_of()
    inner = helper.make_node("Constant", [], ["z"], value=outside())
    model.functions.append(
        helper.make_function("own", "F", [], ["z"], [inner], [helper.make_opsetid("", 17)])
    )
    return model


def sparse() -> onnx.SparseTensorProto:
    indices = helper.make_tensor("i", TensorProto.INT64, [3], [0, 1, 2])
    return helper.make_sparse_tensor(outside(), indices, [10])


CONSTANT = helper.make_node("Constant", [], ["z"], value=outside())
DEEPER = helper.make_node("If", ["c"], ["z"], then_branch=branch(CONSTANT), else_branch=branch(CONSTANT))
PLACES = {
    "weight": model_of(initializer=[outside()]),
    "constant": model_of(CONSTANT),
    "sub-graph": model_of(
        helper.make_node("If", ["c"], ["y"], then_branch=branch(DEEPER), else_branch=branch(DEEPER))
    ),
    "sparse weight": model_of(sparse_initializer=[sparse()]),
    "sparse constant": model_of(helper.make_node("Constant", [], ["z"], sparse_value=sparse())),
    "function": in_a_function(),
}


@pytest.mark.parametrize("place", PLACES)
def test_it_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.setenv("VISION_APP_MODELS", str(tmp_path / "models"))
    path = tmp_path / "m.onnx"
    path.write_bytes(PLACES[place].SerializeToString())
    (tmp_path / "w.bin").write_bytes(bytes(12))
    assert inspect(path).external
    with pytest.raises(ModelError, match="its weights are in a separate file"):
        add(path)


def test_a_whole_model_has_none(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    inside = helper.make_node(
        "Constant", [], ["z"], value=helper.make_tensor("w", TensorProto.FLOAT, [1], [0])
    )
    path.write_bytes(model_of(inside).SerializeToString())
    assert not inspect(path).external
