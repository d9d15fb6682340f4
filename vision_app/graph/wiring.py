"""Who makes and who reads each tensor of a graph, and cutting parts out of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import onnx
from onnx import helper

from vision_app.errors import ModelError

_SAME_SHAPE = frozenset({"Identity", "Cast", "QuantizeLinear", "DequantizeLinear"})


class Wiring:
    """The connections of one model.

    Args:
        model: an onnx ModelProto; its nodes are in topological order, as the format demands.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        self.weights = {t.name: t for t in model.graph.initializer}
        self.producer: dict[str, Any] = {}
        self.constants: set[str] = set(self.weights)
        self.constants.update(t.values.name for t in model.graph.sparse_initializer)
        for node in model.graph.node:
            reads = [name for name in node_inputs(node) if name]
            if node.op_type == "Constant" or (reads and all(name in self.constants for name in reads)):
                self.constants.update(node.output)
            self.producer.update((name, node) for name in node.output if name)

    @property
    def inputs(self) -> list[str]:
        """Names of the inputs that are no weights."""
        return [i.name for i in self.model.graph.input if i.name not in self.weights]

    @property
    def opset(self) -> int:
        """Version of the standard operators."""
        return opset_of(self.model)

    def varying_inputs(self, node: Any) -> list[str]:
        """Inputs of a node that depend on the picture."""
        return [name for name in node.input if name and name not in self.constants]

    def constant_shape(self, name: str) -> tuple[int, ...] | None:
        """Shape of a constant through quantisation, casts and transposes; None when it is not known."""
        if name in self.weights:
            return tuple(int(d) for d in self.weights[name].dims)
        node = self.producer.get(name)
        if node is None:
            return None
        if node.op_type == "Constant":
            value = next((a.t for a in node.attribute if a.name == "value"), None)
            return None if value is None else tuple(int(d) for d in value.dims)
        if node.op_type in _SAME_SHAPE:
            return self.constant_shape(node.input[0])
        if node.op_type == "Transpose":
            shape = self.constant_shape(node.input[0])
            if shape is None:
                return None
            order = attribute(node, "perm", list(range(len(shape)))[::-1])
            return tuple(shape[i] for i in order)
        return None

    def element_type(self, name: str) -> int:
        """ONNX element type of a constant as the layer sees it; float32 where it is not known."""
        if name in self.weights:
            return int(self.weights[name].data_type)
        node = self.producer.get(name)
        if node is None:
            return int(onnx.TensorProto.FLOAT)
        if node.op_type == "Constant":
            value = next((a.t for a in node.attribute if a.name == "value"), None)
            return int(onnx.TensorProto.FLOAT) if value is None else int(value.data_type)
        if node.op_type == "Cast":
            return int(attribute(node, "to", onnx.TensorProto.FLOAT))
        if node.op_type == "DequantizeLinear":
            return self.element_type(node.input[1])
        if node.op_type in ("Identity", "Transpose"):
            return self.element_type(node.input[0])
        return int(onnx.TensorProto.FLOAT)

    def unused_name(self, wanted: str) -> str:
        """A name that no tensor and no node has."""
        taken = {*self.producer, *self.weights, *(n.name for n in self.model.graph.node)}
        taken.update(i.name for i in self.model.graph.input)
        name, number = wanted, 2
        while name in taken:
            name, number = f"{wanted}_{number}", number + 1
        return name

    def needed_nodes(self, outputs: Sequence[str], until: Sequence[str] = ()) -> list[Any]:
        """The nodes that some tensors depend on, in order.

        Args:
            outputs: names of the tensors.
            until: names of tensors that are given, so that nothing before them is needed.
        """
        needed: set[int] = set()
        known = set(until)
        todo = [name for name in outputs if name not in known]
        while todo:
            name = todo.pop()
            node = self.producer.get(name)
            if node is None or id(node) in needed:
                continue
            needed.add(id(node))
            todo.extend(i for i in node_inputs(node) if i and i not in known)
        return [node for node in self.model.graph.node if id(node) in needed]

    def cut_points(self) -> list[str]:
        """Tensors that everything passes through, in order: what comes after them needs nothing before them.

        A model can be divided at each of them into two.
        """
        last_read: dict[str, int] = {}
        for position, node in enumerate(self.model.graph.node):
            last_read.update((name, position) for name in node_inputs(node) if name)
        end = len(self.model.graph.node)
        last_read.update((o.name, end) for o in self.model.graph.output)
        live = {name for name in self.inputs if name in last_read}
        found: list[str] = []
        for position, node in enumerate(self.model.graph.node):
            live.update(n for n in node.output if n in last_read and n not in self.constants)
            live = {name for name in live if last_read[name] > position}
            if len(live) == 1 and (only := next(iter(live))) in node.output:
                found.append(only)
        return found


def opset_of(model: Any) -> int:
    """Version of the standard operators that a model uses."""
    return next((int(o.version) for o in model.opset_import if o.domain in ("", "ai.onnx")), 1)


def readers_of(model: Any) -> dict[str, list[Any]]:
    """Which nodes read each tensor, in order."""
    readers: dict[str, list[Any]] = {}
    for node in model.graph.node:
        for name in dict.fromkeys(node.input):
            readers.setdefault(name, []).append(node)
    return readers


def node_inputs(node: Any) -> Iterator[str]:
    """All tensors that a node reads, those that its inner graphs take from outside included."""
    yield from node.input
    for item in node.attribute:
        for graph in [item.g] if item.type == onnx.AttributeProto.GRAPH else item.graphs:
            own = {o for n in graph.node for o in n.output} | {i.name for i in graph.input}
            own.update(t.name for t in graph.initializer)
            for inner in graph.node:
                yield from (name for name in node_inputs(inner) if name not in own)
            yield from (o.name for o in graph.output if o.name not in own)


def attribute(node: Any, name: str, default: Any) -> Any:
    """Value of an attribute of a node."""
    found = next((a for a in node.attribute if a.name == name), None)
    return default if found is None else helper.get_attribute_value(found)


def cut(model: Any, inputs: Sequence[Any], outputs: Sequence[Any]) -> Any:
    """The part of a model between some tensors, as a model of its own.

    Weights that nothing reads any more are left out, and so are the metadata entries.

    Args:
        model: an onnx ModelProto; not changed.
        inputs: declarations (ValueInfoProto) of the tensors that are given.
        outputs: declarations of the tensors that are wanted.

    Raises:
        ModelError: an output cannot be computed from these inputs.
    """
    wiring = Wiring(model)
    given = {i.name for i in inputs}
    nodes = wiring.needed_nodes([o.name for o in outputs], sorted(given))
    read = {name for node in nodes for name in node_inputs(node)} | {o.name for o in outputs}
    made = {name for node in nodes for name in node.output}
    missing = sorted(name for name in read if name and name not in made | given | wiring.constants)
    if missing:
        raise ModelError("the graph cannot be cut there: '{missing}' would be missing", missing=missing[0])
    graph = helper.make_graph(
        nodes,
        model.graph.name or "graph",
        list(inputs),
        list(outputs),
        [t for t in model.graph.initializer if t.name in read],
        sparse_initializer=[t for t in model.graph.sparse_initializer if t.values.name in read],
    )
    part = helper.make_model(
        graph,
        opset_imports=list(model.opset_import),
        functions=list(model.functions),
        ir_version=max(int(model.ir_version), 4),  # from 4 on, weights need not be inputs
    )
    part.producer_name = "vision-app"
    return part
