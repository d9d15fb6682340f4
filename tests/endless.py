"""A model whose run never ends, as a stranger may send it."""

from pathlib import Path

import onnx
from onnx import TensorProto, helper


def endless_model(path: Path, size: int = 32) -> Path:
    """A classifier of three classes, of which one run goes on for ever."""
    always = helper.make_node("Identity", ["go_on_in"], ["go_on"])
    add = helper.make_node("Add", ["sum_in", "one"], ["sum"])
    body = helper.make_graph(
        [always, add],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("go_on_in", TensorProto.BOOL, []),
            helper.make_tensor_value_info("sum_in", TensorProto.FLOAT, [1, 3]),
        ],
        [
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("sum", TensorProto.FLOAT, [1, 3]),
        ],
    )
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMean", ["picture"], ["means"], axes=[2, 3], keepdims=0),
            helper.make_node("Loop", ["", "yes", "means"], ["scores"], body=body),
        ],
        "endless",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 3, size, size])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, 3])],
        [
            helper.make_tensor("yes", TensorProto.BOOL, [], [True]),
            helper.make_tensor("one", TensorProto.FLOAT, [1], [1.0]),
        ],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    return path
