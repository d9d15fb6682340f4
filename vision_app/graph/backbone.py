"""A classifier without its head, and a new head put on: one ONNX file comes out.

The five steps of fine-tuning meet here: the pre-trained model is taken apart at its embedding, the part before
stays as it is (frozen), and layers trained on new data take the place of the old ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from vision_app.errors import ModelError
from vision_app.graph.embedding import EMBEDDING_KEY, EmbeddingPoint, Source, find_embedding
from vision_app.graph.familiarity import Familiarity, gated_scores
from vision_app.graph.files import load_model, set_metadata
from vision_app.graph.wiring import Wiring, cut

LayerActivation = Literal["none", "relu", "gelu"]

EMBEDDING_NAME = "embedding"
OUTPUT_NAME = "probabilities"
_PREFIX = "vision_app"
_LOWEST_OPSET_OF_ERF = 9
_REDUCE_AXES_ARE_INPUT = 18


@dataclass(frozen=True, slots=True, eq=False)
class DenseLayer:
    """One layer of a head: activation(x @ weight + bias).

    Attributes:
        weight: (inputs, outputs) float32.
        bias: (outputs,) float32.
        activation: what follows; `none` for the last layer.
    """

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    activation: LayerActivation = "none"

    def __post_init__(self) -> None:
        if self.weight.ndim != 2 or self.bias.shape != self.weight.shape[1:]:
            raise ValueError(
                f"a layer needs (inputs, outputs) weights and (outputs,) biases, got {self.weight.shape} "
                f"and {self.bias.shape}"
            )
        if self.activation not in get_args(LayerActivation):
            raise ValueError(f"unknown activation {self.activation!r}")


class Backbone:
    """The part of a classifier up to its embedding, taken out of a file.

    Args:
        path: the classifier's .onnx file.

    Raises:
        ModelError: it cannot be read, keeps its weights elsewhere, or has no embedding.
    """

    def __init__(self, path: Path) -> None:
        model = load_model(path)
        if any(t.data_location == TensorProto.EXTERNAL for t in model.graph.initializer):
            raise ModelError(
                "{path}: its weights are in a separate file; make one file of it first", path=path
            )
        self.point: EmbeddingPoint = find_embedding(model, str(path))
        self._model, self.output = _without_head(model, self.point)

    @property
    def width(self) -> int:
        """How many numbers an embedding has."""
        return self.point.width

    def content(self) -> bytes:
        """The backbone as an ONNX model: a picture in, (N, width) float32 out."""
        content: bytes = self._model.SerializeToString()
        return content

    def with_head(
        self,
        layers: Sequence[DenseLayer],
        metadata: Mapping[str, str],
        familiarity: Familiarity | None = None,
    ) -> bytes:
        """The backbone with a new head and a softmax: a classifier in one ONNX model.

        Args:
            layers: the head, first layer first; the last one gives a score a class.
            metadata: entries to put into the file.
            familiarity: evens out the scores of what is far from all samples; None for no such gate.

        Raises:
            ModelError: the layers cannot be said in the operators of this file's version.
            ValueError: the layers do not fit the embedding or each other.
        """
        _check_fit(layers, self.width)
        opset = Wiring(self._model).opset
        if opset < _LOWEST_OPSET_OF_ERF and any(layer.activation == "gelu" for layer in layers):
            raise ModelError(
                "GELU needs ONNX operators of version 9, the base model has {opset}; take relu", opset=opset
            )
        model = onnx.ModelProto()
        model.CopyFrom(self._model)
        _add_head(model, self.output, layers, familiarity)
        set_metadata(model, EMBEDDING_KEY, self.output)
        for key, value in metadata.items():
            set_metadata(model, key, value)
        content: bytes = model.SerializeToString()
        return content


def with_embedding_output(path: Path) -> bytes:
    """A classifier with its embedding, (N, width) float32, as one more output: the last one.

    Raises:
        ModelError: it cannot be read, or has no embedding.
    """
    model = load_model(path)
    point = find_embedding(model, str(path))
    name = _finish_embedding(model, point)
    model.graph.output.append(_declaration(model, name, point.width))
    content: bytes = model.SerializeToString()
    return content


def _without_head(model: Any, point: EmbeddingPoint) -> tuple[Any, str]:
    wiring = Wiring(model)
    name = _finish_embedding(model, point)
    inputs = [i for i in model.graph.input if i.name in wiring.inputs]
    return cut(model, inputs, [_declaration(model, name, point.width)]), name


def _declaration(model: Any, name: str, width: int) -> Any:
    """(batch of the input, width) float32."""
    wiring = Wiring(model)
    batch: int | str = "batch"
    first = next((i for i in model.graph.input if i.name in wiring.inputs), None)
    if first is not None and first.type.tensor_type.shape.dim:
        dim = first.type.tensor_type.shape.dim[0]
        batch = dim.dim_value if dim.HasField("dim_value") else (dim.dim_param or "batch")
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, [batch, width])


def _finish_embedding(model: Any, point: EmbeddingPoint) -> str:
    """Add what makes (N, width) float32 of the sources; the name of that tensor."""
    wiring = Wiring(model)
    parts = [_finish_source(model, wiring, source) for source in point.sources]
    name = parts[0]
    if len(parts) > 1:
        name = _append(model, wiring, "Concat", parts, "joined", axis=1)
    if not point.is_float32:
        name = _append(model, wiring, "Cast", [name], "as_float", to=TensorProto.FLOAT)
    return name


def _finish_source(model: Any, wiring: Wiring, source: Source) -> str:
    name = source.tensor
    if source.scale is not None:
        name = _append(
            model, wiring, "DequantizeLinear", [name, source.scale, *filter(None, [source.zero])], "floats"
        )
    if source.axes == 4 and not source.channels_last:
        name = _append(model, wiring, "GlobalAveragePool", [name], "pooled")
    elif source.axes > 2:
        name = _mean(model, wiring, name, list(range(1, source.axes - 1)))
    if source.flatten or (source.axes == 4 and not source.channels_last):
        name = _append(model, wiring, "Flatten", [name], EMBEDDING_NAME, axis=1)
    return name


def _mean(model: Any, wiring: Wiring, name: str, axes: list[int]) -> str:
    if wiring.opset < _REDUCE_AXES_ARE_INPUT:
        return _append(model, wiring, "ReduceMean", [name], EMBEDDING_NAME, axes=axes, keepdims=0)
    constant = wiring.unused_name(f"{_PREFIX}/axes")
    model.graph.initializer.append(numpy_helper.from_array(np.array(axes, np.int64), constant))
    return _append(model, Wiring(model), "ReduceMean", [name, constant], EMBEDDING_NAME, keepdims=0)


def _append(model: Any, wiring: Wiring, op_type: str, inputs: list[str], name: str, **attributes: Any) -> str:
    made = wiring.unused_name(f"{_PREFIX}/{name}")
    node = helper.make_node(op_type, inputs, [made], name=made, **attributes)
    model.graph.node.append(node)
    wiring.producer[made] = node
    return made


def _check_fit(layers: Sequence[DenseLayer], width: int) -> None:
    if not layers or layers[-1].activation != "none":
        raise ValueError("a head has at least one layer, and the last one gives plain scores")
    for layer in layers:
        if layer.weight.shape[0] != width:
            raise ValueError(f"a layer takes {layer.weight.shape[0]} numbers, it is given {width}")
        width = layer.weight.shape[1]


def _add_head(
    model: Any, embedding: str, layers: Sequence[DenseLayer], familiarity: Familiarity | None
) -> None:
    wiring = Wiring(model)
    name = embedding
    for number, layer in enumerate(layers):
        names = []
        for part, value in (("weight", layer.weight), ("bias", layer.bias)):
            tensor = wiring.unused_name(f"{_PREFIX}/head.{number}.{part}")
            array = np.ascontiguousarray(value, np.float32)
            model.graph.initializer.append(numpy_helper.from_array(array, tensor))
            names.append(tensor)
        name = _append(model, wiring, "Gemm", [name, *names], f"head.{number}")
        if layer.activation == "relu":
            name = _append(model, wiring, "Relu", [name], f"head.{number}.relu")
        elif layer.activation == "gelu":
            name = _add_gelu(model, wiring, name, number)
    if familiarity is not None:
        name = gated_scores(model, wiring, embedding, name, familiarity)
    taken = wiring.unused_name(OUTPUT_NAME)
    model.graph.node.append(helper.make_node("Softmax", [name], [taken], name=f"{_PREFIX}/softmax", axis=1))
    declared = _declaration(model, taken, layers[-1].weight.shape[1])
    del model.graph.output[:]
    model.graph.output.append(declared)


def _add_gelu(model: Any, wiring: Wiring, name: str, number: int) -> str:
    """GELU: x * (1 + erf(x / sqrt 2)) / 2. Source: Hendrycks and Gimpel, https://arxiv.org/abs/1606.08415."""
    constants = {}
    for part, value in (("root", np.sqrt(2.0)), ("one", 1.0), ("half", 0.5)):
        constants[part] = wiring.unused_name(f"{_PREFIX}/head.{number}.{part}")
        model.graph.initializer.append(numpy_helper.from_array(np.float32(value), constants[part]))
    scaled = _append(model, wiring, "Div", [name, constants["root"]], f"head.{number}.scaled")
    erf = _append(model, wiring, "Erf", [scaled], f"head.{number}.erf")
    plus = _append(model, wiring, "Add", [erf, constants["one"]], f"head.{number}.plus")
    share = _append(model, wiring, "Mul", [plus, constants["half"]], f"head.{number}.share")
    return _append(model, wiring, "Mul", [name, share], f"head.{number}.gelu")
