"""Values of flags that are no options of a model: read, or refused in words that say what they must be."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TypeVar

from vision_app.engine.option_kinds import Number, Whole
from vision_app.messages import Message, told

_MOST = 999_999_999_999
DAY_S = 86_400

T = TypeVar("T")


def whole_number(low: int, high: int = _MOST) -> Callable[[str], int]:
    """Reads a whole number within limits, as `type` of an argument."""
    return _reading(Whole(low, high).parse, Whole(low, high).wanted if high < _MOST else _from(low))


def number(low: float, high: float) -> Callable[[str], float]:
    """Reads a number within limits, as `type` of an argument."""
    return _reading(Number(low, high).parse, Number(low, high).wanted)


def seconds(low: float, high: float = DAY_S) -> Callable[[str], float]:
    """Reads seconds within limits, as `type` of an argument."""
    return _reading(
        Number(low, high).parse, Message("seconds from {low:g} to {high:.10g}", low=low, high=high)
    )


def _from(low: int) -> Message:
    return Message("a whole number from {low}", low=low)


def _reading(parse: Callable[[str], T], wanted: str) -> Callable[[str], T]:
    def read(text: str) -> T:
        try:
            return parse(text)
        except ValueError:
            raise argparse.ArgumentTypeError(
                told(Message("must be {wanted}, got '{text}'", wanted=wanted, text=text))
            ) from None

    return read
