"""The layers of a network as rows for people and for programs."""

from __future__ import annotations

from typing import Any

from vision_app.graph.inside import Inside
from vision_app.graph.layers import Layer
from vision_app.graph.receptive import Window
from vision_app.messages import Message

COLUMNS = (
    "#",
    "name",
    "kind",
    "kernel",
    "stride",
    "padding",
    Message("output shape"),
    Message("receptive field"),
    "multiplications",
)
_SEES_ALL = ("dense", Message("global average pooling"), Message("global max pooling"), "attention")


def rows_of(inside: Inside) -> list[tuple[str, ...]]:
    """One row of words a layer, in the order of `COLUMNS`; "-" for what a layer has not."""
    return [_row(layer) for layer in inside.layers]


def _row(layer: Layer) -> tuple[str, ...]:
    kind = f"{layer.kind} + {layer.activation}" if layer.activation else layer.kind
    window = layer.window
    return (
        str(layer.number),
        layer.name,
        kind,
        "-" if window is None else _pair(window.kernel),
        "-" if window is None else _pair(window.stride),
        "-" if window is None else _padding(window),
        "x".join(str(d) for d in layer.shape[1:]) or "-",
        seen(layer),
        "-" if layer.multiplications is None else f"{layer.multiplications:,}",
    )


def seen(layer: Layer) -> str:
    """How much of the picture one place of a layer sees, in words."""
    if layer.field is not None:
        return _pair(layer.field.size_hw)
    return Message("whole picture") if layer.kind in _SEES_ALL else "-"


def record_of(layer: Layer) -> dict[str, Any]:
    """A layer as plain values."""
    window = layer.window
    return {
        "number": layer.number,
        "name": layer.name,
        "kind": layer.kind,
        "activation": layer.activation or None,
        "kernel": None if window is None else list(window.kernel),
        "stride": None if window is None else list(window.stride),
        "padding": None if window is None else [*window.before, *window.after],
        "dilation": None if window is None else list(window.dilation),
        "groups": layer.groups,
        "output_shape": list(layer.shape),
        "receptive_field": None if layer.field is None else list(layer.field.size_hw),
        "multiplications": layer.multiplications,
        "tensor": layer.tensor,
    }


def _pair(pair: tuple[int, int]) -> str:
    return f"{pair[0]}x{pair[1]}"


def _padding(window: Window) -> str:
    (top, left), (bottom, right) = window.before, window.after
    if top == left == bottom == right:
        return str(top)
    return f"{top},{left},{bottom},{right}"
