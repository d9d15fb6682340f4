"""What a file is that cannot be run or is no model for pictures, so far as its graph tells."""

from __future__ import annotations

from pathlib import Path

from vision_app.errors import ModelError
from vision_app.graph.files import load_model
from vision_app.messages import Message

_TENSORRT = ("EfficientNMS", "TRT", "BatchedNMS")
_OLDEST_OPSET = 7
_LEARNING = "ai.onnx.ml"
_KNOWN = ("", "ai.onnx", _LEARNING, "com.microsoft", "ai.onnx.training", "com.microsoft.nchwc")
_MOST_NAMED = 4


def reason_not_to_run(path: Path) -> str:
    """Why ONNX Runtime cannot load a file, in words; "" where the graph does not tell."""
    try:
        model = load_model(path)
    except ModelError:
        return ""
    operators = {(node.domain, node.op_type) for node in model.graph.node}
    opsets = {o.domain: o.version for o in model.opset_import}
    tensorrt = sorted(op for _, op in operators if any(word in op for word in _TENSORRT))
    if tensorrt:
        return Message(
            "it was made for TensorRT: {tensorrt} runs nowhere else; export it again without the "
            "suppression inside (--end2end off)",
            tensorrt=", ".join(tensorrt),
        )
    other = sorted({domain for domain, _ in operators if domain not in _KNOWN})
    if other:
        names = sorted(op for domain, op in operators if domain in other)[:_MOST_NAMED]
        return Message(
            "it uses operators of {other}, which are not in ONNX Runtime: {names}; export it without "
            "them, such as without the preparation of the picture inside",
            other=", ".join(other),
            names=", ".join(names),
        )
    opset = opsets.get("", opsets.get("ai.onnx", _OLDEST_OPSET))
    if opset < _OLDEST_OPSET:
        made = (
            Message(
                " by {producer_name} {producer_version}",
                producer_name=model.producer_name,
                producer_version=model.producer_version,
            ).rstrip()
            if model.producer_name
            else ""
        )
        return Message(
            "it was made{made} for ONNX opset {opset}, which is too old: ONNX Runtime reads "
            "{oldest_opset} and later; export it again with a newer version of what made it",
            made=made,
            opset=opset,
            oldest_opset=_OLDEST_OPSET,
        )
    return ""


def looks_like(path: Path) -> str:
    """What kind of network a file is that takes no picture, in words; "" where nothing tells."""
    try:
        graph = load_model(path).graph
    except ModelError:
        return ""
    weights = {w.name for w in graph.initializer}
    inputs = [i for i in graph.input if i.name not in weights]
    names = " ".join(i.name.lower() for i in inputs)
    operators = {(node.domain, node.op_type) for node in graph.node}
    if any(domain == _LEARNING for domain, _ in operators):
        return Message("a model of scikit-learn or the like, which takes numbers of a table")
    if any(word in names for word in ("input_ids", "token", "attention_mask")):
        return Message("a language model, which takes the numbers of words")
    kinds = {i.type.tensor_type.elem_type for i in inputs}
    ranks = {len(i.type.tensor_type.shape.dim) for i in inputs}
    if any(word in names for word in ("audio", "wav", "mel", "speech")):
        return Message("a model for sound")
    if kinds <= {6, 7} and ranks <= {1, 2}:
        return Message("a language model, which takes the numbers of words")
    if any(op in ("LSTM", "GRU", "RNN") for _, op in operators) and max(ranks, default=0) <= 3:
        return Message("a model of sequences")
    if max(ranks, default=0) <= 2:
        return Message("a model of a table of numbers")
    return ""
