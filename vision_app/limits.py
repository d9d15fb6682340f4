"""How much work a file may ask for, judged before the work: one place for all of it.

A small file can claim a billion pixels, and whatever believes it takes the memory of the machine. Each limit is
wide enough for what people bring; `--limit NAME=VALUE` and the variable `VISION_APP_LIMIT` move it. The variable
also carries the limits to the processes that this one starts.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from typing import Any

from vision_app.errors import ConfigError
from vision_app.messages import Message

VARIABLE = "VISION_APP_LIMIT"
FORM = Message("NAME=VALUE, such as picture-pixels=400M")

_VALUE = re.compile(r"([0-9]{1,15})\s*([kKmMgG]?)")
_UNITS = {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000}


def _limit(default: int, low: int, high: int, text: str) -> Any:
    return field(default=default, metadata={"low": low, "high": high, "text": text})


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits in force. The fields' metadata hold the range of each and what it is, for the docs."""

    picture_pixels: int = _limit(
        100_000_000, 64, 1 << 30, Message("width x height of a still picture; 100 million decode to 300 MB")
    )
    picture_bytes: int = _limit(200_000_000, 1_000, 1 << 32, Message("size of a picture's file"))
    jpeg_scans: int = _limit(
        64, 1, 1_000_000, Message("passes of a progressive JPEG, of which each goes over all of the picture")
    )
    frame_pixels: int = _limit(
        40_000_000, 64, 1 << 30, Message("width x height of a video's or stream's frame; 8K has 33 million")
    )
    input_pixels: int = _limit(
        4096 * 4096,
        64,
        1 << 30,
        Message("height x width of the picture that a model takes, by its file or card"),
    )
    model_memory: int = _limit(
        750_000_000,
        1_000_000,
        1 << 50,
        Message("bytes for each core, at least two, that the models of a process work in"),
    )


NAMES = tuple(f.name.replace("_", "-") for f in fields(Limits))
"""The limits as a user writes them."""


def current() -> Limits:
    """The limits in force: the defaults, and what `VISION_APP_LIMIT` says.

    Raises:
        ConfigError: the variable says something else.
    """
    return _parsed(os.environ.get(VARIABLE, ""))


def put_in_force(texts: Iterable[str]) -> None:
    """Let limits hold from here on, in this process and those that it starts; those that are not named stay.

    Args:
        texts: `NAME=VALUE` each.

    Raises:
        ConfigError: one is not a limit, or its value is out of range.
    """
    given = [text for text in texts if text.strip()]
    if given:
        merged = parse(given, current())
        os.environ[VARIABLE] = ",".join(
            f"{f.name.replace('_', '-')}={getattr(merged, f.name)}"
            for f in fields(Limits)
            if getattr(merged, f.name) != f.default
        )


def parse(texts: Iterable[str], base: Limits | None = None, where: str = "--limit") -> Limits:
    """Limits with some of them moved.

    Args:
        texts: `NAME=VALUE` each; K, M and G stand for a thousand, a million and a thousand million.
        base: what holds for the others; None for the defaults.
        where: what to call the place in messages.

    Raises:
        ConfigError: one is not a limit, or its value is out of range.

    >>> parse(["picture-pixels=400M"]).picture_pixels
    400000000
    """
    limits = base or Limits()
    for text in texts:
        name, _, value = (part.strip() for part in text.partition("="))
        found = _VALUE.fullmatch(value)
        if name not in NAMES:
            near = difflib.get_close_matches(name[:60], NAMES, n=1)
            hint = Message("did you mean {near}?", near=near[0]) if near else f"known: {', '.join(NAMES)}"
            raise ConfigError(
                "{where}: {name!r} is not a limit; {hint}", where=where, name=name[:60], hint=hint
            )
        bounds = next(f.metadata for f in fields(Limits) if f.name == name.replace("-", "_"))
        number = int(found[1]) * _UNITS[found[2].lower()] if found else -1
        if not bounds["low"] <= number <= bounds["high"]:
            raise ConfigError(
                "{where}: {name} must be a whole number from {low} to {high}, with or without K, M or G, "
                "got {value!r}",
                where=where,
                name=name,
                low=bounds["low"],
                high=bounds["high"],
                value=value[:60],
            )
        limits = replace(limits, **{name.replace("-", "_"): number})
    return limits


@lru_cache(maxsize=8)
def _parsed(text: str) -> Limits:
    return parse((part for part in text.split(",") if part.strip()), where=VARIABLE)


def excess(name: str, amount: int) -> str | None:
    """What to say of something that is over a limit; None when it is not.

    Args:
        name: a limit as a user writes it.
        amount: how much of it there would be.

    Returns:
        The end of a sentence that has said what came.

    >>> excess("picture-pixels", 529_000_000)
    'at most 100 million are allowed; --limit picture-pixels=529M allows it'
    """
    most: int = getattr(current(), name.replace("-", "_"))
    if amount <= most:
        return None
    highest = next(f.metadata["high"] for f in fields(Limits) if f.name == name.replace("-", "_"))
    if amount > highest:
        return Message("at most {shown} are allowed, and no limit allows more", shown=shown(most))
    return Message(
        "at most {shown} are allowed; --limit {name}={short} allows it",
        shown=shown(most),
        name=name,
        short=_short(amount, highest),
    )


def excess_of_pixels(name: str, size_wh: tuple[int, int]) -> str | None:
    """What to say of a picture, frame or input that has too many pixels; None when it has not.

    >>> excess_of_pixels("picture-pixels", (23_000, 23_000))
    '23000 x 23000 pixels; at most 100 million are allowed; --limit picture-pixels=529M allows it'
    """
    width, height = size_wh
    over = excess(name, width * height)
    return None if over is None else f"{width} x {height} pixels; {over}"


def shown(amount: int) -> str:
    """A number for a person.

    >>> shown(100_000_000), shown(64), shown(16_777_216)
    ('100 million', '64', '16.8 million')
    """
    return f"{amount / 1e6:.3g} million" if amount >= 1_000_000 else str(amount)


def _short(amount: int, highest: int) -> str:
    """The least round value that allows an amount."""
    for unit, factor in (("G", 10**9), ("M", 10**6), ("K", 10**3)):
        if amount >= 10 * factor and -(-amount // factor) * factor <= highest:
            return f"{-(-amount // factor)}{unit}"
    return str(amount)
