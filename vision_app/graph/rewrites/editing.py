"""What rewrites share: looking at constants, swapping nodes, dropping what nothing reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from vision_app.graph.wiring import attribute, node_inputs


@dataclass(slots=True)
class Draft:
    """A model while it is rewritten in place, and where it was.

    Attributes:
        model: an onnx ModelProto.
        places: names of tensors that were computed one way before and are computed another way now.
    """

    model: Any
    places: list[str] = field(default_factory=list)

    @property
    def graph(self) -> Any:
        """The main graph."""
        return self.model.graph

    def constants(self) -> dict[str, NDArray[Any]]:
        """Values of the weights and of the nodes that hold one, by name; weights that can be given anew are none."""
        given = {i.name for i in self.graph.input}
        values = {
            t.name: numpy_helper.to_array(t)
            for t in self.graph.initializer
            if t.name not in given and t.data_location != onnx.TensorProto.EXTERNAL
        }
        for node in self.graph.node:
            if node.op_type == "Constant" and (value := attribute(node, "value", None)) is not None:
                values[node.output[0]] = numpy_helper.to_array(value)
        return values

    def producers(self) -> dict[str, Any]:
        """The node that makes each tensor."""
        return {name: node for node in self.graph.node for name in node.output if name}

    def uses(self) -> dict[str, int]:
        """How often each tensor is read, as an output of the model too."""
        counts: dict[str, int] = {}
        for node in self.graph.node:
            for name in node_inputs(node):
                counts[name] = counts.get(name, 0) + 1
        for output in self.graph.output:
            counts[output.name] = counts.get(output.name, 0) + 1
        return counts

    def add_constant(self, wanted: str, value: NDArray[Any]) -> str:
        """Store a value; returns the name that it got."""
        name = self.new_name(wanted)
        self.graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def new_name(self, wanted: str) -> str:
        """A name that nothing has yet."""
        taken = {n for node in self.graph.node for n in (*node.output, node.name)}
        taken.update(t.name for t in self.graph.initializer)
        taken.update(i.name for i in self.graph.input)
        name, number = wanted, 2
        while name in taken:
            name, number = f"{wanted}_{number}", number + 1
        return name

    def swap(self, node: Any, others: Sequence[Any]) -> None:
        """Put other nodes in the place of one."""
        nodes = self.graph.node
        at = next(i for i, one in enumerate(nodes) if one is node)
        # one by one: filled anew, the list would hold copies of all the others, and who still has one of them in
        # hand could neither find nor change it
        del nodes[at]
        for number, other in enumerate(others):
            nodes.insert(at + number, other)

    def read_instead(self, old: str, new: str) -> None:
        """Whoever reads a tensor reads another one."""
        for node in self.graph.node:
            for i, name in enumerate(node.input):
                if name == old:
                    node.input[i] = new

    def drop_unread(self) -> None:
        """Remove nodes whose outputs nobody reads, and the weights and shapes of those."""
        drop_unread(self.graph)


def drop_unread(graph: Any) -> None:
    """Remove nodes whose outputs nobody reads, their weights, and notes of shapes of tensors that are gone."""
    while True:
        used = {n for node in graph.node for n in node_inputs(node)} | {o.name for o in graph.output}
        kept = [node for node in graph.node if used.intersection(node.output)]
        if len(kept) == len(graph.node):
            break
        _replace(graph.node, kept)
    _replace(graph.initializer, [tensor for tensor in graph.initializer if tensor.name in used])
    made = {n for node in graph.node for n in node.output}
    _replace(graph.value_info, [info for info in graph.value_info if info.name in made])


def _replace(field_of_graph: Any, items: Sequence[Any]) -> None:
    kept = {id(item) for item in items}
    for number in reversed(range(len(field_of_graph))):  # see `swap`
        if id(field_of_graph[number]) not in kept:
            del field_of_graph[number]
