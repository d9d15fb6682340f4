"""The blocks of a network, found in its graph, and cutting it in two between them.

A network can be divided at each tensor that everything passes through. What lies between two such tensors and
has layers with weights is a part; parts are joined into blocks:

- a part whose paths meet again in an addition or a concatenation is a block: a residual unit, an inception
  module;
- attention and the residual feed-forward unit after it are one block: a layer of a transformer;
- a single layer before a concatenating block belongs to it: the squeezing layer of a fire module;
- layers in a row without a shortcut are a block, in groups of three where there are more than five: a
  MobileNet block that changes the size, the layers of VGG.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from vision_app.errors import ModelError
from vision_app.graph.backbone import DenseLayer, _add_head
from vision_app.graph.embedding import EMBEDDING_KEY
from vision_app.graph.files import set_metadata
from vision_app.graph.wiring import Wiring, cut, node_inputs

LONGEST_ROW = 5
_GROUP = 3
_WEIGHTED = frozenset({"Conv", "ConvTranspose", "Gemm", "MatMul"})
_JOINS = frozenset({"Add", "Sum", "Concat"})
_VIEWS = frozenset({"Reshape", "Transpose", "Identity", "Dropout", "Cast"})
_FEWEST_NUMBERS = 2


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a network.

    Attributes:
        start: name of the tensor that it reads; the network can be cut there.
        layers: how many layers with weights it has.
        kind: `residual`, `branches` (joined by a concatenation), `attention`, `transformer` (attention and
            feed-forward) or `row` (no shortcut).
    """

    start: str
    layers: int
    kind: str


class _Part(NamedTuple):
    start: str
    layers: int
    join: str
    attends: bool


def parsed(content: bytes) -> Any:
    """An ONNX file in memory as a model that can be worked on."""
    return onnx.load_from_string(content)


def blocks_of(content: bytes) -> tuple[Block, ...]:
    """The blocks of a network in memory that ends in its embedding, first to last."""
    return find_blocks(parsed(content))


def as_classifier(backbone: Any, layers: Sequence[DenseLayer]) -> bytes:
    """A network that ends in its embedding with a head and a softmax, as an ONNX file in memory.

    Args:
        backbone: an onnx ModelProto.
        layers: the head, first layer first.
    """
    model = onnx.ModelProto()
    model.CopyFrom(backbone)
    embedding = model.graph.output[0].name
    _add_head(model, embedding, layers, None)
    set_metadata(model, EMBEDDING_KEY, embedding)
    content: bytes = model.SerializeToString()
    return content


def find_blocks(backbone: Any) -> tuple[Block, ...]:
    """The blocks of a network that ends in its embedding, first to last.

    Args:
        backbone: an onnx ModelProto: a picture in, the embedding out.
    """
    blocks: list[Block] = []
    row: list[_Part] = []
    for part in _parts(Wiring(backbone)):
        if not part.join:
            row.append(part)
            continue
        layers, start = part.layers, part.start
        if part.join == "Concat" and len(row) == 1:
            layers, start = layers + row[0].layers, row[0].start
            row = []
        blocks += _rows(row)
        row = []
        if part.join != "Concat" and not part.attends and blocks and blocks[-1].kind == "attention":
            before = blocks.pop()
            blocks.append(Block(before.start, before.layers + layers, "transformer"))
            continue
        kind = "attention" if part.attends else "branches" if part.join == "Concat" else "residual"
        blocks.append(Block(start, layers, kind))
    return (*blocks, *_rows(row))


def _rows(parts: Sequence[_Part]) -> list[Block]:
    if len(parts) <= LONGEST_ROW:
        groups = [parts] if parts else []
    else:  # counted from the end, where it matters what is together
        first = len(parts) % _GROUP
        groups = [parts[:first]] if first else []
        groups += [parts[i : i + _GROUP] for i in range(first, len(parts), _GROUP)]
    return [Block(group[0].start, sum(p.layers for p in group), "row") for group in groups]


def _parts(wiring: Wiring) -> list[_Part]:
    """What lies between the points where everything passes through one tensor, where it has weights."""
    points = set(wiring.cut_points())
    found: list[_Part] = []
    start = wiring.inputs[0]
    layers, attends = 0, False
    for node in wiring.model.graph.node:
        varying = [name for name in node_inputs(node) if name and name not in wiring.constants]
        if not varying:
            continue
        if node.op_type in _WEIGHTED and len(wiring.varying_inputs(node)) < len([n for n in node.input if n]):
            layers += 1
        attends |= node.op_type == "Softmax"
        end = next((name for name in node.output if name in points), None)
        if end is None:
            continue
        if layers:
            found.append(_Part(start, layers, _join(wiring, node), attends))
        start, layers, attends = end, 0, False
    return found


def _join(wiring: Wiring, node: Any) -> str:
    """The operator in which the paths of a part meet again; "" where there is one path only, or a gate."""
    while node.op_type in _VIEWS and (before := wiring.producer.get(node.input[0])) is not None:
        node = before
    return node.op_type if node.op_type in _JOINS and len(set(wiring.varying_inputs(node))) > 1 else ""


class SplitNetwork:
    """A network in two: a front that stays as it is, and a tail whose weights can be set.

    Args:
        backbone: an onnx ModelProto: a picture in, the embedding out. It is changed: weights that were shared
            with the front become the tail's own.
        start: name of the tensor that the tail reads.
        name: of the model, for messages.

    Raises:
        ModelError: it cannot be cut there.
    """

    def __init__(self, backbone: Any, start: str, name: str) -> None:
        self.start, self.output = start, backbone.graph.output[0].name
        _own_identities(backbone)
        wiring = Wiring(backbone)
        if start not in wiring.cut_points():
            raise ModelError("{name}: it cannot be cut at '{start}'", name=name, start=start)
        tail_nodes = wiring.needed_nodes([self.output], [start])
        self.renamed = _own_weights(backbone, tail_nodes)
        wiring = Wiring(backbone)
        inputs = [i for i in backbone.graph.input if i.name in wiring.inputs]
        between = helper.make_tensor_value_info(start, TensorProto.FLOAT, None)
        self.model = backbone
        self.front = cut(backbone, inputs, [between])
        self.tail = cut(backbone, [between], [backbone.graph.output[0]])

    def set_shape(self, shape: Sequence[int]) -> None:
        """Say what the tail's input looks like, for one picture; what follows from it can then be inferred."""
        declared = helper.make_tensor_value_info(self.start, TensorProto.FLOAT, list(shape))
        self.tail.graph.input[0].CopyFrom(declared)

    def trainable(self) -> dict[str, NDArray[np.float32]]:
        """The tail's weights that can be trained, by name.

        Those of layers and of normalisations; what a normalisation has counted (its running mean and variance)
        and single numbers are left as they are.
        """
        wiring = Wiring(self.tail)
        frozen: set[str] = set()
        read: set[str] = set()
        for node in self.tail.graph.node:
            constant = all(name in wiring.constants for name in node_inputs(node) if name)
            names = list(node.input)
            if node.op_type == "BatchNormalization":
                frozen.update(names[3:])
            elif constant or node.op_type in (
                "Clip",
                "Pow",
                "Gather",
                "Where",
                "Resize",
                "Pad",
                "Max",
                "Min",
            ):
                frozen.update(names)
            read.update(names)
        return {
            t.name: numpy_helper.to_array(t)
            for t in self.tail.graph.initializer
            if t.data_type == TensorProto.FLOAT
            and t.name in read - frozen
            and int(np.prod(t.dims)) >= _FEWEST_NUMBERS
        }


def with_weights(model: Any, weights: Mapping[str, NDArray[np.float32]]) -> Any:
    """A copy of a model with some weights set.

    Args:
        model: an onnx ModelProto.
        weights: name to value, of the shape that it has.

    Raises:
        ValueError: there is none of that name and shape.
    """
    left = dict(weights)
    made = onnx.ModelProto()
    made.CopyFrom(model)
    for tensor in made.graph.initializer:
        if tensor.name not in left:
            continue
        value = left.pop(tensor.name)
        if tuple(tensor.dims) != value.shape:
            raise ValueError(f"'{tensor.name}' is {tuple(tensor.dims)}, got {value.shape}")
        tensor.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(value, np.float32), tensor.name))
    if left:
        raise ValueError(f"there is no weight called '{next(iter(left))}'")
    return made


def _own_identities(model: Any) -> None:
    """Weights that exporters share by an Identity, because they happened to be equal, become weights of their own."""
    weights = {t.name: t for t in model.graph.initializer}
    outputs = {o.name for o in model.graph.output}
    kept = []
    for node in model.graph.node:
        if node.op_type == "Identity" and node.input[0] in weights and node.output[0] not in outputs:
            copy = onnx.TensorProto()
            copy.CopyFrom(weights[node.input[0]])
            copy.name = node.output[0]
            model.graph.initializer.append(copy)
            weights[copy.name] = copy
        else:
            kept.append(node)
    if len(kept) < len(model.graph.node):
        copies = [onnx.NodeProto.FromString(node.SerializeToString()) for node in kept]
        del model.graph.node[:]
        model.graph.node.extend(copies)


def _own_weights(model: Any, tail_nodes: Sequence[Any]) -> dict[str, str]:
    """Give the tail copies of weights that the front reads as well; old name to new name."""
    in_tail = {id(node) for node in tail_nodes}
    of_front = {
        name for node in model.graph.node if id(node) not in in_tail for name in node_inputs(node) if name
    }
    weights = {t.name: t for t in model.graph.initializer}
    renamed: dict[str, str] = {}
    for node in tail_nodes:
        for i, name in enumerate(node.input):
            if name not in weights or name not in of_front:
                continue
            if name not in renamed:
                copy = onnx.TensorProto()
                copy.CopyFrom(weights[name])
                copy.name = renamed[name] = f"{name}/unfrozen"
                model.graph.initializer.append(copy)
            node.input[i] = renamed[name]
    return renamed
