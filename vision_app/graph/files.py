"""Reading and writing ONNX files, and the card inside of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx

from vision_app.cards.card import METADATA_KEY, ModelCard, card_as_json
from vision_app.errors import ModelError, disk_reason

FREE_HEIGHT, FREE_WIDTH = "height", "width"


@dataclass(frozen=True, slots=True)
class GraphFacts:
    """What can be told of a model without loading it for inference.

    Attributes:
        inputs: how many inputs it has, weights not counted.
        outputs: how many outputs it has.
        external: some weights are in another file.
    """

    inputs: int
    outputs: int
    external: bool


def inspect(model_path: Path) -> GraphFacts:
    """Count inputs and outputs.

    Raises:
        ModelError: the file is not a readable ONNX model.
    """
    model = load_model(model_path)
    graph = model.graph
    weights = {w.name for w in graph.initializer}
    external = any(w.data_location == onnx.TensorProto.EXTERNAL or w.external_data for w in tensors_of(model))
    return GraphFacts(sum(i.name not in weights for i in graph.input), len(graph.output), external)


def check_weights_are_inside(path: Path) -> None:
    """Refuse a model whose weights lie in a file that is missing or outside of the model's own folder.

    Older versions of ONNX Runtime would read any file of this machine that a model names.

    Raises:
        ModelError: there are such weights, or the file is not a readable ONNX model.
    """
    folder = path.parent.resolve()
    for tensor in tensors_of(load_model(path)):
        place = next((entry.value for entry in tensor.external_data if entry.key == "location"), None)
        if place is None:
            continue
        file = (folder / place).resolve()
        if not file.is_relative_to(folder) or not file.is_file():
            raise ModelError(
                "{path}: its weights are in a separate file that is missing or outside its folder: {place}",
                path=path,
                place=place,
            )


def tensors_of(model: Any) -> Iterator[Any]:
    """Every tensor that a model holds, wherever: weights, sparse ones, constants, in sub-graphs and functions."""
    graphs = [model.graph, *(g for t in model.training_info for g in (t.initialization, t.algorithm))]
    nodes = [node for function in model.functions for node in function.node]
    attributes = [a for function in model.functions for a in function.attribute_proto]
    while graphs or nodes or attributes:
        if graphs:
            graph = graphs.pop()
            yield from graph.initializer
            yield from _parts(graph.sparse_initializer)
            nodes.extend(graph.node)
        elif nodes:
            attributes.extend(nodes.pop().attribute)
        else:
            attribute = attributes.pop()
            if attribute.HasField("t"):
                yield attribute.t
            if attribute.HasField("g"):
                graphs.append(attribute.g)
            sparse = [attribute.sparse_tensor] if attribute.HasField("sparse_tensor") else []
            yield from (*attribute.tensors, *_parts((*sparse, *attribute.sparse_tensors)))
            graphs.extend(attribute.graphs)


def _parts(sparse: Iterable[Any]) -> Iterator[Any]:
    for tensor in sparse:
        yield tensor.values
        yield tensor.indices


def embed_card(model_path: Path, card: ModelCard, target: Path) -> None:
    """Write a copy of a model that carries its card, so that one file is enough.

    Args:
        model_path: the model.
        card: the card to put in; an older one is replaced.
        target: where the copy goes; may be `model_path` itself.

    Raises:
        ModelError: the model cannot be read or written.
    """
    model = load_model(model_path)
    set_metadata(model, METADATA_KEY, card_as_json(card))
    save_model(model, target)


def free_input_size(model_path: Path, target: Path) -> None:
    """Write a copy of a fully convolutional model that takes any stride-aligned height and width.

    Input height and width and all dimensions of the outputs but the last become symbolic. Whether the graph
    really works at other sizes is for the caller to check: constants made for one size may be inside.

    Args:
        model_path: a model of one picture, (N, 3, H, W).
        target: where the copy goes; may be `model_path` itself.

    Raises:
        ModelError: the model cannot be read or written, or does not take a picture.
    """
    model = load_model(model_path)
    shape = model.graph.input[0].type.tensor_type.shape.dim
    if len(shape) != 4:
        raise ModelError(
            "{model_path}: its input has {count} dimensions, a picture has 4",
            model_path=model_path,
            count=len(shape),
        )
    for dim, name in ((shape[2], FREE_HEIGHT), (shape[3], FREE_WIDTH)):
        dim.Clear()
        dim.dim_param = name
    for i, output in enumerate(model.graph.output):
        for j, dim in enumerate(output.type.tensor_type.shape.dim):
            if 0 < j < len(output.type.tensor_type.shape.dim) - 1:
                dim.Clear()
                dim.dim_param = f"output_{i}_{j}"
    del model.graph.value_info[:]
    save_model(model, target)


def metadata_of(model: Any, key: str) -> str | None:
    """One metadata entry of a model, None when it has no such entry."""
    return next((p.value for p in model.metadata_props if p.key == key), None)


def set_metadata(model: Any, key: str, value: str) -> None:
    """Set one metadata entry of a model; the others stay."""
    entries = [p for p in model.metadata_props if p.key != key]
    del model.metadata_props[:]
    model.metadata_props.extend(entries)
    model.metadata_props.add(key=key, value=value)


def load_model(path: Path) -> Any:
    """Read a model; weights that lie in other files are left there.

    Raises:
        ModelError: it is not a readable ONNX model.
    """
    try:
        return onnx.load(str(path), load_external_data=False)
    except Exception as error:  # protobuf raises types of its own
        raise ModelError("{path}: not a readable ONNX model: {error}", path=path, error=error) from error


def save_model(model: Any, target: Path) -> None:
    """Write a model beside its place, and rename it once it is whole.

    Raises:
        ModelError: it cannot be written.
    """
    save_bytes(model.SerializeToString(), target)


def save_bytes(content: bytes, target: Path) -> None:
    """Write a file beside its place, and rename it once it is whole.

    Raises:
        ModelError: it cannot be written.
    """
    part = target.with_name(f".{target.name}.part")
    try:
        part.write_bytes(content)
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise ModelError(
            "{target}: cannot be written: {reason}", target=target, reason=disk_reason(error)
        ) from error
