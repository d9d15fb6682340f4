"""Writing a small graph of our own: inputs, constants and nodes in, one ONNX file out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from vision_app.graph.files import set_metadata

_OPSET, _IR_VERSION = 17, 8


class GraphWriter:
    """One graph, written node by node. Every value is known by the name that making it has given back.

    >>> g = GraphWriter("twice")
    >>> x = g.input("x", ["batch", 2])
    >>> g.output("y", g.node("Add", x, x), ["batch", 2])
    >>> len(g.content({})) > 0
    True

    Args:
        name: of the graph.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._inputs: list[Any] = []
        self._outputs: list[Any] = []
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def input(self, name: str, shape: Sequence[int | str]) -> str:
        """A float32 input; a side that is a name is free."""
        self._inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape)))
        return name

    def output(self, name: str, value: str, shape: Sequence[int | str]) -> None:
        """A value as a float32 output."""
        self._nodes.append(helper.make_node("Identity", [value], [name], name=name))
        self._outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape)))

    def constant(self, array: NDArray[Any] | Sequence[int] | float) -> str:
        """Numbers: arrays and single numbers of floats as float32, of whole numbers as int64."""
        made = np.asarray(array)
        made = made.astype(np.int64 if made.dtype.kind in "iu" else np.float32)
        name = f"constant{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(made).reshape(made.shape), name))
        return name

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """A node with one output."""
        return self.nodes(operator, 1, *inputs, **attributes)[0]

    def nodes(self, operator: str, count: int, *inputs: str, **attributes: Any) -> list[str]:
        """A node with several outputs."""
        first = f"{operator.lower()}{len(self._nodes)}"
        made = [first] if count == 1 else [f"{first}.{i}" for i in range(count)]
        self._nodes.append(helper.make_node(operator, list(inputs), made, name=first, **attributes))
        return made

    def content(self, metadata: Mapping[str, str]) -> bytes:
        """The file, checked, with entries of metadata."""
        graph = helper.make_graph(
            self._nodes, self._name, self._inputs, self._outputs, initializer=self._constants
        )
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION
        )
        for key, value in metadata.items():
            set_metadata(model, key, value)
        onnx.checker.check_model(model, full_check=True)
        content: bytes = model.SerializeToString()
        return content
