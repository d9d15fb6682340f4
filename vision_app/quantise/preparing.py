"""Reading a float network and making it ready for 8 bits, or refusing it."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import onnx
from onnx import version_converter
from onnxruntime.quantization.shape_inference import quant_pre_process

from vision_app.errors import ModelError
from vision_app.graph.rewrites.editing import Draft
from vision_app.graph.rewrites.pooling import fold_pool_edges
from vision_app.graph.rewrites.products import multiply_by_a_column
from vision_app.graph.rewrites.stem import fold_focus
from vision_app.quantise.parts import weighted_nodes
from vision_app.quantise.widening import widen_stored
from vision_app.runtime import first_line

# a scale for each channel needs 13; 17 is what the exporters write
_LOWEST_OPSET, _OPSET = 13, 17
_QUANTISED = ("QuantizeLinear", "DynamicQuantizeLinear", "QLinear", "ConvInteger", "MatMulInteger")


def check_quantisable(path: Path) -> None:
    """Refuse what cannot be quantised, before any work is done.

    Raises:
        ModelError: the file cannot be read, is quantised already, is not in float32 or has no layers with weights.
    """
    model = _load(path)
    kinds = {node.op_type for node in model.graph.node}
    done = sorted(k for k in kinds if k.startswith(_QUANTISED))
    if done:
        raise ModelError(
            "{name} is quantised already (it has {done}); take its float32 version",
            name=path.name,
            done=done[0],
        )
    types = {tensor.data_type for tensor in model.graph.initializer if len(tensor.dims) > 1}
    half = {onnx.TensorProto.FLOAT16, onnx.TensorProto.BFLOAT16}
    if types & half:
        raise ModelError("{name} computes in 16 bits; take its float32 version to quantise", name=path.name)
    if not weighted_nodes(model):
        raise ModelError(
            "{name} has no convolution or matrix product with weights to quantise", name=path.name
        )


def _load(path: Path) -> Any:
    """The network, with weights that are only stored in 16 bits as float32."""
    try:
        model = onnx.load(str(path))
        widen_stored(model)
    except Exception as error:  # protobuf and onnx raise types of their own
        raise ModelError(
            "{path}: not a readable ONNX model: {reason}", path=path, reason=first_line(error)
        ) from error
    return model


def prepared(source: Path, target: Path, *, fold_stem: bool = False) -> Any:
    """Fold what can be folded (normalisations, constants), infer all shapes, name all nodes."""
    model = _load(source)
    opsets = {entry.domain: entry.version for entry in model.opset_import}
    try:
        if opsets.get("", _OPSET) < _LOWEST_OPSET:
            model = version_converter.convert_version(model, _OPSET)
        fold_pool_edges(Draft(model))
        multiply_by_a_column(Draft(model))
        if fold_stem:
            fold_focus(model)
        source = target.with_name("newer.onnx")
        onnx.save(model, str(source))
        with quiet():
            quant_pre_process(str(source), str(target), skip_symbolic_shape=True)
    except Exception as error:  # onnx and ONNX Runtime raise many types of their own
        raise ModelError(
            "{source}: cannot be prepared for 8 bits: {reason}", source=source, reason=first_line(error)
        ) from error
    model = onnx.load(str(target))
    names = [node.name for node in model.graph.node]
    for number, node in enumerate(model.graph.node):
        if not node.name or names.count(node.name) > 1:
            node.name = f"{node.op_type}_{number}"
    onnx.save(model, str(target))
    return model


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """The quantiser gives advice through the root logger; there is nobody to take it."""
    root = logging.getLogger()

    def refuse(record: logging.LogRecord) -> bool:
        return "quantization" not in record.pathname

    silent = logging.NullHandler()
    root.addHandler(silent)  # or the first message would set up a handler of its own
    root.addFilter(refuse)
    try:
        yield
    finally:
        root.removeFilter(refuse)
        root.removeHandler(silent)
