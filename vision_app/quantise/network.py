"""Rewriting a network for 8-bit integers: which parts, with which ranges, with which biases.

With `vision_app.graph` and `vision_app.counting` the only importer of onnx, and the only one of ONNX Runtime's
quantiser.
"""

from __future__ import annotations

import contextlib
import copy
import logging
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper, version_converter
from onnxruntime.quantization import CalibrationMethod, QuantType
from onnxruntime.quantization.calibrate import create_calibrator
from onnxruntime.quantization.qdq_quantizer import QDQQuantizer
from onnxruntime.quantization.shape_inference import quant_pre_process

from vision_app.datatypes import FloatArray
from vision_app.errors import ModelError
from vision_app.runtime import Session, first_line

# a scale for each channel needs 13; 17 is what the exporters write
_LOWEST_OPSET, _OPSET = 13, 17
_WEIGHTED = ("Conv", "ConvTranspose", "Gemm", "MatMul")
# what ONNX Runtime computes in 8 bits, or moves without looking at it; normalisations and softmax stay in float
_AROUND = (
    *("Add", "Mul", "Sigmoid", "Relu", "Clip", "LeakyRelu", "Concat", "Split", "Slice", "Pad", "Resize"),
    *(
        "MaxPool",
        "AveragePool",
        "GlobalAveragePool",
        "Reshape",
        "Transpose",
        "Flatten",
        "Squeeze",
        "Unsqueeze",
    ),
)
# a network with one of these is a transformer: between its products, 8 bits would only be converted to and fro
_TRANSFORMER = frozenset({"LayerNormalization", "Erf", "Gelu"})
_QUANTISED = ("QuantizeLinear", "DynamicQuantizeLinear", "QLinear", "ConvInteger", "MatMulInteger")
_MEAN_FRAMES = 16
_SMALLEST_VARIANCE = 1e-6

Tensors = Callable[[], Iterator[FloatArray]]
"""Gives the input tensors anew each time it is called."""


def check_quantisable(path: Path) -> None:
    """Refuse what cannot be quantised, before any work is done.

    Raises:
        ModelError: the file cannot be read, is quantised already, is not in float32 or has no layers with weights.
    """
    model = _load(path)
    kinds = {node.op_type for node in model.graph.node}
    done = sorted(k for k in kinds if k.startswith(_QUANTISED))
    if done:
        raise ModelError(f"{path.name} is quantised already (it has {done[0]}); take its float32 version")
    types = {tensor.data_type for tensor in model.graph.initializer if len(tensor.dims) > 1}
    half = {onnx.TensorProto.FLOAT16, onnx.TensorProto.BFLOAT16}
    if types & half:
        raise ModelError(f"{path.name} has 16-bit weights; take its float32 version to quantise")
    if not weighted_nodes(model):
        raise ModelError(f"{path.name} has no convolution or matrix product with weights to quantise")


def weighted_nodes(model: Any) -> list[Any]:
    """Convolutions and products with weights of the network's own, in order."""
    constant = {tensor.name for tensor in model.graph.initializer}
    constant.update(node.output[0] for node in model.graph.node if node.op_type == "Constant")
    return [
        n
        for n in model.graph.node
        if n.op_type in _WEIGHTED and len(n.input) > 1 and any(i in constant for i in n.input[:2])
    ]


class Network:
    """A float network, prepared, with the ranges of its activations: makes 8-bit versions of it.

    Args:
        source: the float32 .onnx file.
        tensors: input tensors to calibrate on.
        folder: an empty folder for files in between.

    Raises:
        ModelError: the network cannot be prepared or does not run.
    """

    def __init__(self, source: Path, tensors: Tensors, folder: Path) -> None:
        self._tensors = tensors
        self._folder = folder
        self._path = folder / "prepared.onnx"
        self._model = _prepared(source, self._path)
        self._input = self._model.graph.input[0].name
        around = () if any(n.op_type in _TRANSFORMER for n in self._model.graph.node) else _AROUND
        self._kinds = [*_WEIGHTED, *around]
        self._fixed = _tail(self._model) | _products_of_activations(self._model)
        self.layers = _layers(self._model, self._fixed)
        self._ranges = self._calibrate()

    def _calibrate(self) -> Any:
        with tempfile.TemporaryDirectory(dir=self._folder) as name, _quiet():
            calibrator = create_calibrator(
                self._path,
                self._kinds,
                augmented_model_path=str(Path(name) / "augmented.onnx"),
                calibrate_method=CalibrationMethod.MinMax,
            )
            calibrator.collect_data(_Reader(self._input, self._tensors()))
            return calibrator.compute_data()

    def write(self, target: Path, in_float: Iterable[str] = ()) -> None:
        """Write the 8-bit version.

        Args:
            target: where to.
            in_float: names of layers (keys of `layers`) that stay in float.
        """
        left = self._fixed | {name for layer in in_float for name in self.layers[layer]}
        model = copy.deepcopy(self._model)
        self._correct_biases(model, left)
        made = self._quantised(model, exclude=left)
        _cut_unused(made)
        onnx.checker.check_model(made)
        target.write_bytes(made.SerializeToString())

    def harms(self, images: int = 3) -> Iterator[tuple[str, float]]:
        """Name of each layer, and how much the outputs suffer when it alone is in 8 bits.

        The measure is the squared error over the variance, by output channel.
        """
        inputs = [t.copy() for t, _ in zip(self._tensors(), range(images), strict=False)]
        wanted = [Session(self._path, "cpu").run(t) for t in inputs]
        alone = self._folder / "alone.onnx"
        for layer, nodes in self.layers.items():
            model = copy.deepcopy(self._model)
            self._correct_biases(model, {n.name for n in model.graph.node} - set(nodes))
            made = self._quantised(model, only=nodes)
            alone.write_bytes(made.SerializeToString())
            session = Session(alone, "cpu")
            errors = [_error(w, session.run(t)) for w, t in zip(wanted, inputs, strict=True)]
            yield layer, float(np.mean(errors))

    def _quantised(self, model: Any, *, only: Sequence[str] = (), exclude: Iterable[str] = ()) -> Any:
        with _quiet():
            quantizer = QDQQuantizer(
                model,
                per_channel=True,
                reduce_range=False,
                weight_qType=QuantType.QInt8,
                activation_qType=QuantType.QUInt8,
                tensors_range=self._ranges,
                nodes_to_quantize=list(only),
                nodes_to_exclude=sorted(exclude),
                op_types_to_quantize=self._kinds,
                extra_options={},
            )
            quantizer.quantize_model()
            quantizer.model.topological_sort()
        return quantizer.model.model

    def _correct_biases(self, model: Any, left: set[str]) -> None:
        """Subtract from each bias what rounding the weights adds to the output on average.

        Source: Nagel et al., Data-Free Quantization Through Weight Equalization and Bias Correction,
        https://arxiv.org/abs/1906.04721, section 4.2, with the inputs' means taken from the calibration frames.
        """
        values = {tensor.name: tensor for tensor in model.graph.initializer}
        uses = [name for node in model.graph.node for name in node.input]
        for node in _with_bias(model):
            if node.name in left or node.input[0] not in self._means or uses.count(node.input[2]) > 1:
                continue
            weights, bias = (numpy_helper.to_array(values[name]) for name in node.input[1:3])
            shift = mean_rounding_error(weights, self._means[node.input[0]])
            corrected = (bias - shift).astype(np.float32)
            values[node.input[2]].CopyFrom(numpy_helper.from_array(corrected, node.input[2]))

    @cached_property
    def _means(self) -> dict[str, NDArray[np.float64]]:
        """Mean over frames and places of each channel of the inputs of layers with a bias, by tensor name."""
        tapped = copy.deepcopy(self._model)
        names = sorted({node.input[0] for node in _with_bias(tapped)} - {self._input})
        taken = {output.name for output in tapped.graph.output}
        tapped.graph.output.extend(helper.make_empty_tensor_value_info(n) for n in names if n not in taken)
        path = self._folder / "tapped.onnx"
        path.write_bytes(tapped.SerializeToString())
        session = Session(path, "cpu")
        sums: dict[str, NDArray[np.float64]] = {}
        frames = 0
        for tensor, _ in zip(self._tensors(), range(_MEAN_FRAMES), strict=False):
            frames += 1
            outputs = zip((o.name for o in session.outputs), session.run(tensor), strict=True)
            for name, value in ((self._input, tensor), *outputs):
                if name in names or name == self._input:
                    mean = value[0].reshape(value.shape[1], -1).mean(1, dtype=np.float64)
                    sums[name] = sums.get(name, 0.0) + mean
        return {name: total / frames for name, total in sums.items()}


class _Reader:
    """Hands tensors to ONNX Runtime's calibrator one by one."""

    def __init__(self, name: str, tensors: Iterator[FloatArray]) -> None:
        self._name, self._tensors = name, tensors

    def get_next(self) -> dict[str, FloatArray] | None:
        tensor = next(self._tensors, None)
        return None if tensor is None else {self._name: tensor}

    def __iter__(self) -> _Reader:
        return self

    def __next__(self) -> dict[str, FloatArray]:
        one = self.get_next()
        if one is None:
            raise StopIteration
        return one


def mean_rounding_error(weights: NDArray[Any], means: NDArray[np.float64]) -> NDArray[np.float64]:
    """What rounding weights to 8 bits, one scale a channel, adds to each output channel on average.

    Args:
        weights: (outputs, inputs of one group, ...) of a convolution or of a product with transposed weights.
        means: (inputs,) mean of each input channel.

    Returns:
        (outputs,) the mean error.

    >>> mean_rounding_error(np.array([[127.0, 0.4]], np.float32), np.array([1.0, 10.0])).round(3).tolist()
    [-4.0]
    """
    flat = weights.reshape(len(weights), weights.shape[1], -1).astype(np.float64)
    scale = np.maximum(np.abs(flat).max((1, 2), keepdims=True) / 127, 1e-12)
    error = (np.round(flat / scale) * scale - flat).sum(2)
    groups = len(means) // weights.shape[1]
    by_group = error.reshape(groups, -1, weights.shape[1])
    return np.asarray(np.einsum("goi,gi->go", by_group, means.reshape(groups, -1)).reshape(-1))


def _error(wanted: Sequence[NDArray[Any]], got: Sequence[NDArray[Any]]) -> float:
    """Mean over the outputs of squared error over variance, by channel: the shorter of the last two axes."""
    errors = []
    for a, b in zip(wanted, got, strict=True):
        if a.ndim >= 3 and a.shape == b.shape:
            rest = tuple(i for i in range(a.ndim) if i != a.ndim - (2 if a.shape[-2] < a.shape[-1] else 1))
            variance = np.maximum(a.var(rest, keepdims=True), _SMALLEST_VARIANCE)
        else:
            variance = max(float(a.var()), _SMALLEST_VARIANCE)
        errors.append(float(np.mean((a - b) ** 2 / variance)) if a.shape == b.shape else 1.0)
    return float(np.mean(errors))


def _load(path: Path) -> Any:
    try:
        return onnx.load(str(path))
    except Exception as error:  # protobuf and onnx raise types of their own
        raise ModelError(f"{path}: not a readable ONNX model: {first_line(error)}") from error


def _prepared(source: Path, target: Path) -> Any:
    """Fold what can be folded (normalisations, constants), infer all shapes, name all nodes."""
    model = _load(source)
    opsets = {entry.domain: entry.version for entry in model.opset_import}
    try:
        if opsets.get("", _OPSET) < _LOWEST_OPSET:
            source = target.with_name("newer.onnx")
            onnx.save(version_converter.convert_version(model, _OPSET), str(source))
        with _quiet():
            quant_pre_process(str(source), str(target), skip_symbolic_shape=True)
    except Exception as error:  # onnx and ONNX Runtime raise many types of their own
        raise ModelError(f"{source}: cannot be prepared for 8 bits: {first_line(error)}") from error
    model = onnx.load(str(target))
    names = [node.name for node in model.graph.node]
    for number, node in enumerate(model.graph.node):
        if not node.name or names.count(node.name) > 1:
            node.name = f"{node.op_type}_{number}"
    onnx.save(model, str(target))
    return model


def _producers(model: Any) -> dict[str, Any]:
    return {name: node for node in model.graph.node for name in node.output if name}


def _tail(model: Any) -> set[str]:
    """What comes after the last layers with weights: there, boxes in pixels and scores share one tensor.

    A convolution right behind a softmax is no layer: it takes the mean of a distribution, as YOLO's boxes do.
    """
    producers, weighted = _producers(model), {n.name for n in weighted_nodes(model)}
    tail: set[str] = set()
    todo = [output.name for output in model.graph.output]
    while todo:
        node = producers.get(todo.pop())
        if node is None or node.name in tail:
            continue
        if node.name in weighted and not _behind_softmax(node, producers):
            continue
        tail.add(node.name)
        todo.extend(node.input)
    return tail


def _behind_softmax(node: Any, producers: dict[str, Any]) -> bool:
    before = producers.get(node.input[0])
    while before is not None and before.op_type in ("Transpose", "Reshape"):
        before = producers.get(before.input[0])
    return before is not None and before.op_type == "Softmax"


def _products_of_activations(model: Any) -> set[str]:
    weighted = {n.name for n in weighted_nodes(model)}
    return {n.name for n in model.graph.node if n.op_type in _WEIGHTED and n.name not in weighted}


def _layers(model: Any, fixed: set[str]) -> dict[str, list[str]]:
    """Each layer with weights, and with it what follows up to the next one; what precedes all goes to the first."""
    weighted = [n.name for n in weighted_nodes(model) if n.name not in fixed]
    layers: dict[str, list[str]] = {name: [] for name in weighted}
    if not weighted:
        raise ModelError("the network has no layer that could be computed in 8 bits")
    owner: dict[str, str] = {}
    for node in model.graph.node:
        before = next((owner[i] for i in node.input if i in owner), weighted[0])
        mine = node.name if node.name in layers else before
        if node.name not in fixed:
            layers[mine].append(node.name)
        owner.update((name, mine) for name in node.output if not _is_before_all(node, owner, layers))
    return layers


def _is_before_all(node: Any, owner: dict[str, str], layers: dict[str, list[str]]) -> bool:
    return node.name not in layers and not any(i in owner for i in node.input)


def _with_bias(model: Any) -> list[Any]:
    constant = {tensor.name for tensor in model.graph.initializer}
    return [
        n
        for n in model.graph.node
        if len(n.input) == 3
        and n.input[1] in constant
        and n.input[2] in constant
        and (n.op_type == "Conv" or (n.op_type == "Gemm" and _transposed(n)))
    ]


def _transposed(gemm: Any) -> bool:
    return any(a.name == "transB" and a.i for a in gemm.attribute) and not any(
        a.name == "transA" and a.i for a in gemm.attribute
    )


def _cut_unused(model: Any) -> None:
    """Drop the float weights that only the prepared network needed."""
    used = {name for node in model.graph.node for name in node.input}
    used.update(output.name for output in model.graph.output)
    kept = [tensor for tensor in model.graph.initializer if tensor.name in used]
    if len(kept) < len(model.graph.initializer):
        del model.graph.initializer[:]
        model.graph.initializer.extend(kept)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
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
