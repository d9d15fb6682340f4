"""Rewriting a network for 8-bit integers: which parts, with which ranges, with which biases.

With `vision_app.graph` and `vision_app.catalogue.counting` the only importer of onnx, and the only one of
ONNX Runtime's quantiser.
"""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from onnxruntime.quantization import CalibrationMethod, QuantType
from onnxruntime.quantization.calibrate import create_calibrator
from onnxruntime.quantization.qdq_quantizer import QDQQuantizer

from vision_app.errors import ModelError
from vision_app.graph.rewrites.editing import Draft
from vision_app.graph.rewrites.softmax import spell_out_softmax
from vision_app.messages import Message, listed
from vision_app.quantise.infinite import without_scale
from vision_app.quantise.parts import (
    WEIGHTED,
    depthwise,
    layers_of,
    products_of_activations,
    tail,
    with_bias,
)
from vision_app.quantise.preparing import prepared, quiet
from vision_app.quantise.ranges import RULES, Histogram, histograms
from vision_app.quantise.watching import EXTREMES
from vision_app.results.values import FloatArray
from vision_app.runtime import Session

# what ONNX Runtime computes in 8 bits, or moves without looking at it; normalisations and softmax stay in float
_AROUND = (
    *("Add", "Mul", "Sigmoid", "Relu", "Clip", "LeakyRelu", "Concat", "Split", "Slice", "Pad", "Resize"),
    *("MaxPool", "AveragePool", "GlobalAveragePool"),
    *("Reshape", "Transpose", "Flatten", "Squeeze", "Unsqueeze"),
)
# a network with one of these is a transformer: between its products, 8 bits would only be converted to and fro
_TRANSFORMER = frozenset({"LayerNormalization", "Erf", "Gelu"})
_MEAN_FRAMES = 16
_SMALLEST_VARIANCE = 1e-6

Tensors = Callable[[], Iterator[FloatArray]]
"""Gives the input tensors anew each time it is called."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where in a network the values are rounded to 8 bits; providers are fast with different ones.

    Attributes:
        title: what it is, for the card.
        around: what lies between the layers with weights is in 8 bits as well; otherwise only what goes into them.
        depthwise_in_float: depthwise convolutions stay in float. They have one input channel an output, so
            there is little to win, and one scale for all their channels costs more accuracy than all else.
        fold_stem: the slices before the first convolution of YOLOX become a part of it.
    """

    title: str
    around: bool
    depthwise_in_float: bool
    fold_stem: bool


PLACEMENTS = {
    "cpu": Placement(
        Message("8 bits from layer to layer"), around=True, depthwise_in_float=False, fold_stem=False
    ),
    "openvino": Placement(
        Message("8 bits into each layer but the depthwise ones"),
        around=False,
        depthwise_in_float=True,
        fold_stem=True,
    ),
}
"""Provider to the placement that it is fast with. Why: docs/decisions/0007-int8-by-provider.md."""


def placement_for(provider: str) -> Placement:
    """The placement for a provider.

    Raises:
        ModelError: nobody has measured which is right for it.
    """
    if provider not in PLACEMENTS:
        raise ModelError(
            "there is no INT8 for provider '{provider}'; it can be made for {placements}",
            provider=provider,
            placements=listed(PLACEMENTS, " and "),
        )
    return PLACEMENTS[provider]


class Network:
    """A float network, prepared, with the ranges of its activations: makes 8-bit versions of it.

    Args:
        source: the float32 .onnx file.
        tensors: input tensors to calibrate on.
        folder: an empty folder for files in between.
        placement: where the values are rounded.
        step: told how many of the tensors the ranges have been taken from.

    Raises:
        ModelError: the network cannot be prepared or does not run.
    """

    def __init__(
        self,
        source: Path,
        tensors: Tensors,
        folder: Path,
        placement: Placement = PLACEMENTS["cpu"],
        step: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._tensors, self._step = tensors, step
        self._folder = folder
        self._path = folder / "prepared.onnx"
        self._model = prepared(source, self._path, fold_stem=placement.fold_stem)
        self._input = self._model.graph.input[0].name
        transformer = any(n.op_type in _TRANSFORMER for n in self._model.graph.node)
        self._kinds = [*WEIGHTED, *(_AROUND if placement.around and not transformer else ())]
        self._options = {} if placement.around else {"OpTypesToExcludeOutputQuantization": list(WEIGHTED)}
        self._fixed = tail(self._model) | products_of_activations(self._model)
        if placement.depthwise_in_float:
            self._fixed |= depthwise(self._model)
        self._ranges = self._calibrate()
        self._fixed |= without_scale(self._model, self._ranges)
        self.layers = layers_of(self._model, self._fixed)

    def _calibrate(self) -> Any:
        with tempfile.TemporaryDirectory(dir=self._folder) as name, quiet():
            calibrator = create_calibrator(
                self._path,
                self._kinds,
                augmented_model_path=str(Path(name) / "augmented.onnx"),
                calibrate_method=CalibrationMethod.MinMax,
            )
            calibrator.collect_data(_Reader(self._input, self._tensors(), self._step))
            return calibrator.compute_data()

    def write(self, target: Path, in_float: Iterable[str] = (), ranges: str = EXTREMES) -> None:
        """Write the 8-bit version.

        Args:
            target: where to.
            in_float: names of layers (keys of `layers`) that stay in float.
            ranges: how wide the ranges of the activations are, a key of `RANGE_WORDS`.
        """
        left = self._fixed | {name for layer in in_float for name in self.layers[layer]}
        model = copy.deepcopy(self._model)
        self._correct_biases(model, left)
        made = self._quantised(model, self._ranges_by(ranges), exclude=left)
        _cut_unused(made)
        spell_out_softmax(Draft(made))
        onnx.checker.check_model(made)
        target.write_bytes(made.SerializeToString())

    def harms(self, images: int = 3) -> Iterator[tuple[str, float]]:
        """Name of each layer, and how much the outputs suffer when it alone is in 8 bits.

        The measure is the squared error over the variance, by output channel.
        """
        inputs = [t.copy() for t, _ in zip(self._tensors(), range(images), strict=False)]
        wanted = [Session(self._path, "cpu").run({self._input: t}) for t in inputs]
        alone = self._folder / "alone.onnx"
        for layer, nodes in self.layers.items():
            model = copy.deepcopy(self._model)
            self._correct_biases(model, {n.name for n in model.graph.node} - set(nodes))
            made = self._quantised(model, self._ranges, only=nodes)
            alone.write_bytes(made.SerializeToString())
            session = Session(alone, "cpu")
            errors = [
                _error(list(w.values()), list(session.run({self._input: t}).values()))
                for w, t in zip(wanted, inputs, strict=True)
            ]
            yield layer, float(np.mean(errors))

    def _ranges_by(self, rule: str) -> Any:
        """The ranges of the activations that a rule gives."""
        if rule == EXTREMES:
            return self._ranges
        ranges = copy.deepcopy(self._ranges)
        for name, seen in self._histograms.items():
            data = ranges.data[name]
            low, high = RULES[rule](seen)
            data.lowest, data.highest = np.full_like(data.lowest, low), np.full_like(data.highest, high)
        return ranges

    @cached_property
    def _histograms(self) -> dict[str, Histogram]:
        """What the activations were, by name; another run over all tensors, as it is hardly ever needed."""
        ends = {name: data.range_value for name, data in self._ranges.data.items()}
        return histograms(self._path, ends, self._input, self._tensors())

    def _quantised(
        self, model: Any, ranges: Any, *, only: Sequence[str] = (), exclude: Iterable[str] = ()
    ) -> Any:
        with quiet():
            quantizer = QDQQuantizer(
                model,
                per_channel=True,
                reduce_range=False,
                weight_qType=QuantType.QInt8,
                activation_qType=QuantType.QUInt8,
                tensors_range=ranges,
                nodes_to_quantize=list(only),
                nodes_to_exclude=sorted(exclude),
                op_types_to_quantize=self._kinds,
                extra_options=dict(self._options),
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
        for node in with_bias(model):
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
        names = sorted({node.input[0] for node in with_bias(tapped)} - {self._input})
        taken = {output.name for output in tapped.graph.output}
        tapped.graph.output.extend(helper.make_empty_tensor_value_info(n) for n in names if n not in taken)
        path = self._folder / "tapped.onnx"
        path.write_bytes(tapped.SerializeToString())
        session = Session(path, "cpu")
        sums: dict[str, NDArray[np.float64]] = {}
        frames = 0
        for tensor, _ in zip(self._tensors(), range(_MEAN_FRAMES), strict=False):
            frames += 1
            outputs = session.run({self._input: tensor})
            for name, value in ((self._input, tensor), *outputs.items()):
                if name in names or name == self._input:
                    mean = value[0].reshape(value.shape[1], -1).mean(1, dtype=np.float64)
                    sums[name] = sums.get(name, 0.0) + mean
        return {name: total / frames for name, total in sums.items()}


class _Reader:
    """Hands tensors to ONNX Runtime's calibrator one by one."""

    def __init__(self, name: str, tensors: Iterator[FloatArray], step: Callable[[int], None]) -> None:
        self._name, self._tensors, self._step = name, tensors, step
        self._given = 0

    def get_next(self) -> dict[str, FloatArray] | None:
        self._step(self._given)
        self._given += 1
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


def _cut_unused(model: Any) -> None:
    """Drop the float weights that only the prepared network needed."""
    used = {name for node in model.graph.node for name in node.input}
    used.update(output.name for output in model.graph.output)
    kept = [tensor for tensor in model.graph.initializer if tensor.name in used]
    if len(kept) < len(model.graph.initializer):
        del model.graph.initializer[:]
        model.graph.initializer.extend(kept)
