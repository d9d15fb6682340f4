"""An ONNX graph while it is written and rewritten: nodes in order, constants as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Array = NDArray[Any]
OPSET = 17


class Writer:
    """Collects ONNX nodes; constants are shared, and stored in 16 bits where that is exact.

    Attributes:
        nodes: the nodes; `model` sorts them.
        constants: the array of each constant, floats in 32 bits.
        factors: by what a constant is multiplied when the file is loaded, where it is not 1: 16 bits hold the array,
            but not the product.
    """

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: dict[str, Array] = {}
        self.factors: dict[str, float] = {}
        self._count = 0
        self._known: dict[tuple[Any, ...], str] = {}

    def node(self, kind: str, inputs: Sequence[str], outputs: int = 1, **attributes: Any) -> str:
        """Add a node and return the name of its (first) output."""
        self._count += 1
        name = f"{kind.lower()}_{self._count}"
        names = [name] if outputs == 1 else [f"{name}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, name=name, **attributes))
        return names[0]

    def constant(self, value: Any, dtype: Any = None, *, factor: float = 1.0) -> str:
        """A constant of the graph."""
        array = np.asarray(value, dtype, order="C")
        if array.dtype in (np.float64, np.float16):
            array = array.astype(np.float32)
        key = (array.dtype.str, array.shape, array.tobytes(), factor)
        if key not in self._known:
            self._count += 1
            name = f"constant_{self._count}"
            self._known[key] = name
            self.constants[name] = array
            if factor != 1:
                self.factors[name] = factor
        return self._known[key]

    def model(self, name: str, inputs: list[Any], outputs: list[Any]) -> Any:
        """The finished model: what is used of the constants and nodes, in an order in which it can run."""
        kept = self._in_order({i.name for i in inputs}, {o.name for o in outputs})
        used = {i for n in kept for i in n.input}
        loading: list[Any] = []
        stored: list[Any] = []
        for constant, array in self.constants.items():
            if constant in used:
                self._store(constant, array, stored, loading)
        graph = helper.make_graph([*loading, *kept], name, inputs, outputs, stored)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)

    def _in_order(self, inputs: set[str], outputs: set[str]) -> list[Any]:
        sources = {o: n for n in self.nodes for o in n.output}
        todo = [sources[o] for o in outputs]
        seen: set[str] = set()
        while todo:
            node = todo.pop()
            if node.name not in seen:
                seen.add(node.name)
                todo.extend(sources[i] for i in node.input if i in sources)
        known = {*inputs, *self.constants, ""}
        waiting = [n for n in self.nodes if n.name in seen]
        ordered = []
        while waiting:
            ready = next(n for n in waiting if all(i in known for i in n.input))
            waiting.remove(ready)
            ordered.append(ready)
            known.update(ready.output)
        return ordered

    def _store(self, name: str, array: Array, stored: list[Any], loading: list[Any]) -> None:
        at_load = name
        if name in self.factors:
            at_load = f"{name}_unscaled"
            factor = f"{name}_factor"
            stored.append(numpy_helper.from_array(np.float32(self.factors[name]), factor))
        if _fits_16_bits(array):
            stored.append(numpy_helper.from_array(array.astype(np.float16), f"{name}_16"))
            loading.append(
                helper.make_node("Cast", [f"{name}_16"], [at_load], name=at_load, to=TensorProto.FLOAT)
            )
        else:
            stored.append(numpy_helper.from_array(array, at_load))
        if name in self.factors:
            loading.append(helper.make_node("Mul", [at_load, factor], [name], name=name))


def _fits_16_bits(array: Array) -> bool:
    if array.dtype != np.float32 or array.size <= 16:
        return False
    with np.errstate(over="ignore"):
        half = array.astype(np.float16)
    return bool(np.array_equal(half.astype(np.float32), array))


def named(writer: Writer, source: str, name: str) -> None:
    """Give a tensor the name of an output."""
    writer.nodes.append(helper.make_node("Identity", [source], [name], name=name))
