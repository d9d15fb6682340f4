"""A backbone for heads on numbers that are no picture."""

from __future__ import annotations

import onnx
from onnx import TensorProto, helper

from vision_app.graph.backbone import Backbone

_OPSET = 17


class PointsBackbone(Backbone):
    """A backbone that changes nothing: what goes in is the embedding.

    Args:
        width: how many numbers an object has.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self.output = "embedding"
        given = helper.make_tensor_value_info("features", TensorProto.FLOAT, ["batch", width])
        made = helper.make_tensor_value_info(self.output, TensorProto.FLOAT, ["batch", width])
        node = helper.make_node("Identity", ["features"], [self.output], name="features")
        graph = helper.make_graph([node], "landmarks", [given], [made])
        self._model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=8)
        onnx.checker.check_model(self._model)

    @property
    def width(self) -> int:
        """How many numbers an object has."""
        return self._width
