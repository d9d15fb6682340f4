"""The names of a file's tensors in a card: which input is what, and which output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from vision_app.cards.reader import Reader, is_number
from vision_app.messages import Message

InputKind = Literal["picture", "size", "constant", "state"]
SizeOrder = Literal["hw", "wh"]
SizeOf = Literal["frame", "tensor"]


@dataclass(frozen=True, slots=True)
class FurtherInput:
    """One input of a file that has several.

    Attributes:
        name: its name in the file.
        kind: `picture`, the picture itself; `size`, (1, 2) height and width in pixels, as the file's type;
            `constant`, always the same; `state`, what the network gave the time before.
        order: of a size: `hw` or `wh`.
        of: of a size: of the `frame` or of the picture's `tensor`.
        shape: of a constant or state.
        values: of a constant: its numbers in order, or one for all; of a state: one number to begin with.
        next: of a state: the output that is its next value.
    """

    name: str
    kind: InputKind
    order: SizeOrder = "hw"
    of: SizeOf = "frame"
    shape: tuple[int, ...] = ()
    values: tuple[float, ...] = (0.0,)
    next: str = ""


def parse_inputs(r: Reader) -> tuple[FurtherInput, ...]:
    """The field `inputs` of a card.

    Raises:
        ModelError: naming the field.
    """
    rows = r.take("inputs", Message("a list of objects"), lambda v: isinstance(v, list), [])
    inputs = tuple(_parse_input(r.item("inputs", i, row)) for i, row in enumerate(rows))
    names = [i.name for i in inputs]
    if len(set(names)) != len(names):
        raise r.error("inputs", Message("inputs of different names"), names)
    if inputs and [i.kind for i in inputs].count("picture") != 1:
        raise r.error("inputs", Message("a list in which one input is a picture"), [i.kind for i in inputs])
    return inputs


def _parse_input(r: Reader) -> FurtherInput:
    kind = r.choice("kind", get_args(InputKind))
    name = r.text("name")
    fields: dict[str, Any] = {}
    if kind == "size":
        fields["order"] = r.choice("order", get_args(SizeOrder), "hw")
        fields["of"] = r.choice("of", get_args(SizeOf), "frame")
    if kind in ("constant", "state"):
        fields["shape"] = tuple(r.take("shape", Message("a list of sizes"), _is_shape, [1]))
        fields["values"] = tuple(
            float(v) for v in r.take("values", Message("a list of numbers"), _are_numbers, [0.0])
        )
        count = 1
        for size in fields["shape"]:
            count *= size
        if len(fields["values"]) not in (1, count):
            raise r.error(
                "values", Message("1 number or {count}, as shape says", count=count), list(fields["values"])
            )
    if kind == "state":
        fields["next"] = r.text("next")
    r.finish(("name", "kind", *fields))
    return FurtherInput(name, kind, **fields)


def _is_shape(value: object) -> bool:
    return isinstance(value, list) and all(type(n) is int and 1 <= n <= 1 << 20 for n in value)


def _are_numbers(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(is_number(n) for n in value)


def parse_outputs(r: Reader) -> dict[str, str]:
    """The field `outputs` of a card: what the task calls an output, to its name in the file.

    Raises:
        ModelError: naming the field.
    """

    def check(v: Any) -> bool:
        return isinstance(v, dict) and all(isinstance(x, str) and x for x in v.values())

    outputs = dict(r.take("outputs", Message("an object of output names"), check, {}))
    if len(set(outputs.values())) != len(outputs):
        raise r.error("outputs", Message("an object of different output names"), outputs)
    return outputs


def inputs_as_data(inputs: Sequence[FurtherInput]) -> list[dict[str, Any]]:
    """Inputs as `parse_inputs` reads them back."""
    rows: list[dict[str, Any]] = []
    for one in inputs:
        row: dict[str, Any] = {"name": one.name, "kind": one.kind}
        if one.kind == "size":
            row |= {"order": one.order, "of": one.of}
        if one.kind in ("constant", "state"):
            row |= {"shape": list(one.shape), "values": list(one.values)}
        if one.kind == "state":
            row["next"] = one.next
        rows.append(row)
    return rows


def picture_name(inputs: Sequence[FurtherInput]) -> str:
    """The name of the input that the picture is; "" where the card does not say."""
    return next((i.name for i in inputs if i.kind == "picture"), "")


Names = Mapping[str, str]
"""What a task calls an output, to its name in the file."""
