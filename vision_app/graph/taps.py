"""Any tensor of a model as one more output."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import onnx
from onnx import TensorProto, helper

from vision_app.errors import ModelError
from vision_app.graph.wiring import Wiring, cut

_QUANTISED: dict[str, tuple[int, int]] = {
    "QLinearConv": (6, 7),
    "QLinearMatMul": (6, 7),
    "QGemm": (7, 8),
    "QLinearAdd": (6, 7),
    "QLinearMul": (6, 7),
    "QLinearGlobalAveragePool": (3, 4),
    "QLinearAveragePool": (3, 4),
    "QLinearSigmoid": (3, 4),
    "QLinearLeakyRelu": (3, 4),
    "QuantizeLinear": (1, 2),
}
"""Operator to the inputs that say scale and zero point of its output."""
_KEEPS_QUANTISATION = frozenset(
    {
        "MaxPool",
        "Reshape",
        "Transpose",
        "Flatten",
        "Squeeze",
        "Unsqueeze",
        "Identity",
        "Slice",
        "Relu",
        "Clip",
    }
)


def refuse_closed(model: Any, where: str) -> None:
    """Refuse a file whose graph cannot be given further outputs.

    Raises:
        ModelError: its weights are elsewhere, or its layers lie in an inner graph or function; says which.
    """
    if any(t.data_location == TensorProto.EXTERNAL for t in model.graph.initializer):
        raise ModelError(
            "{where}: cannot be looked into: its weights are in a separate file; make one file of it first",
            where=where,
        )
    if not model.graph.node:
        raise ModelError("{where}: cannot be looked into: the file has no graph of operators", where=where)
    known = {(f.domain, f.name) for f in model.functions}
    if known and all((n.domain, n.op_type) in known or n.op_type == "Constant" for n in model.graph.node):
        raise ModelError(
            "{where}: cannot be looked into: its layers are packed into functions; export it with "
            "functions inlined",
            where=where,
        )
    inner = [n.op_type for n in model.graph.node if n.op_type in ("If", "Loop", "Scan", "EPContext")]
    if inner and not any(n.op_type.endswith(("Conv", "Gemm", "MatMul")) for n in model.graph.node):
        raise ModelError(
            "{where}: cannot be looked into: its layers lie inside an operator '{inner}', from which "
            "nothing can be led out",
            where=where,
            inner=inner[0],
        )


def with_outputs(model: Any, names: Iterable[str]) -> bytes:
    """A model that also gives some of its tensors.

    Args:
        model: an onnx ModelProto; not changed.
        names: of tensors; an output of the model among them is not added twice.

    Raises:
        ModelError: there is no tensor of such a name.
    """
    made = onnx.ModelProto()
    made.CopyFrom(model)
    has = {o.name for o in made.graph.output}
    known = {name for node in made.graph.node for name in node.output} | {i.name for i in made.graph.input}
    for name in dict.fromkeys(names):
        if name in has:
            continue
        if name not in known:
            raise ModelError("the model has no tensor called '{name}'", name=name)
        made.graph.output.append(onnx.ValueInfoProto(name=name))  # its type follows from the graph
    content: bytes = made.SerializeToString()
    return content


def tail_after(model: Any, names: Iterable[str], outputs: Iterable[str]) -> bytes:
    """The part of a model that comes after some tensors, as a model whose inputs are those tensors.

    Args:
        model: an onnx ModelProto; not changed.
        names: of tensors of floats.
        outputs: names of the outputs that are wanted.

    Raises:
        ModelError: the outputs depend on more than those tensors.
    """
    wanted = set(outputs)
    given = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names]
    declared = [o for o in model.graph.output if o.name in wanted]
    content: bytes = cut(model, given, declared).SerializeToString()
    return content


def normalised_after(model: Any, name: str) -> str:
    """The tensor that a layer normalisation makes of another one; "" where none reads it."""
    for node in model.graph.node:
        if node.op_type == "LayerNormalization" and node.input[0] == name:
            return str(node.output[0])
    return ""


def as_floats(model: Any, wiring: Wiring, name: str) -> str:
    """The tensor that has the same numbers as floats; a conversion is added where the model has none.

    Args:
        model: an onnx ModelProto; may get one more node, which nothing reads.
        wiring: its connections.
        name: of a tensor.
    """
    source = name
    for _ in range(8):
        node = wiring.producer.get(source)
        if node is None:
            return name
        places = _QUANTISED.get(node.op_type)
        if places is not None:
            scale, zero = (node.input[p] if len(node.input) > p else "" for p in places)
            if node.op_type == "QuantizeLinear" and source == name:
                return str(node.input[0])
            made = wiring.unused_name(f"vision_app/{name}/floats")
            inputs = [name, scale, zero] if zero else [name, scale]
            dequantise = helper.make_node("DequantizeLinear", inputs, [made], name=made)
            model.graph.node.append(dequantise)
            wiring.producer[made] = dequantise
            return made
        if node.op_type not in _KEEPS_QUANTISATION:
            return name
        source = node.input[0]
    return name
