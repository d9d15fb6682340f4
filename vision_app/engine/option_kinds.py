"""What the values of an option can be: how each is read from a file, parsed from a text, and described."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any, Protocol

from vision_app.cards.parts import PART_FORM, Part, checked_part, parse_part
from vision_app.messages import Message


class Kind(Protocol):
    """What the values of an option are."""

    @property
    def wanted(self) -> str:
        """What a value must be, to follow "must be"."""
        ...

    def read(self, value: Any) -> Any:
        """A value of a file, as TOML or JSON has it.

        Raises:
            ValueError: it is not `wanted`.
        """
        ...

    def parse(self, text: str) -> Any:
        """The same, from the text of a flag or variable."""
        ...


@dataclass(frozen=True, slots=True)
class Number:
    """A number within limits."""

    low: float
    high: float

    @property
    def wanted(self) -> str:
        """What it must be."""
        return Message("a number from {low:g} to {high:g}", low=self.low, high=self.high)

    def read(self, value: Any) -> float:
        """A number, not a text."""
        good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if not good or not self.low <= value <= self.high:
            raise ValueError(self.wanted)
        return float(value)

    def parse(self, text: str) -> float:
        """A number."""
        try:
            return self.read(float(text))
        except ValueError:
            raise ValueError(self.wanted) from None


AUTO = "auto"
"""In the place of a number: the program finds it."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number within limits.

    Attributes:
        low: the smallest.
        high: the largest.
        auto: what 0, or the word auto, stands for; "" when they are no values.
        unit: of what, after the number: " pixels".
    """

    low: int
    high: int
    auto: str = ""
    unit: str = ""

    @property
    def wanted(self) -> str:
        """What it must be."""
        or_auto = Message(", or auto for {auto}", auto=self.auto) if self.auto else ""
        return Message(
            "a whole number from {low} to {high}{unit}{or_auto}",
            low=self.low,
            high=self.high,
            unit=self.unit,
            or_auto=or_auto,
        )

    def read(self, value: Any) -> int:
        """A whole number, not a text but auto."""
        if self.auto and value == AUTO:
            return 0
        if type(value) is not int or not (self.low <= value <= self.high or (self.auto and value == 0)):
            raise ValueError(self.wanted)
        return value

    def parse(self, text: str) -> int:
        """A whole number."""
        if self.auto and text == AUTO:
            return 0
        if not re.fullmatch(r"\+?\d{1,12}", text):
            raise ValueError(self.wanted)
        return self.read(int(text))


_TRUTH = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}


@dataclass(frozen=True, slots=True)
class Switch:
    """On or off."""

    @property
    def wanted(self) -> str:
        """What it must be."""
        return Message("true or false")

    def read(self, value: Any) -> bool:
        """True or false, not a text."""
        if not isinstance(value, bool):
            raise ValueError(self.wanted)  # noqa: TRY004 - it is a value in a file
        return value

    def parse(self, text: str) -> bool:
        """Also 1 and 0, yes and no, on and off."""
        if text.lower() not in _TRUTH:
            raise ValueError(self.wanted)
        return _TRUTH[text.lower()]


@dataclass(frozen=True, slots=True)
class Text:
    """A text that says something."""

    @property
    def wanted(self) -> str:
        """What it must be."""
        return Message("a text")

    def read(self, value: Any) -> str:
        """A text without the spaces around it."""
        if not isinstance(value, str) or not value.strip() or "\0" in value:
            raise ValueError(self.wanted)
        return value.strip()

    def parse(self, text: str) -> str:
        """The same."""
        return self.read(text)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some words.

    Attributes:
        words: which.
    """

    words: tuple[str, ...]

    @property
    def wanted(self) -> str:
        """What it must be."""
        return Message("one of {words}", words=", ".join(self.words))

    def read(self, value: Any) -> str:
        """One of them."""
        if value not in self.words:
            raise ValueError(self.wanted)
        return str(value)

    def parse(self, text: str) -> str:
        """The same."""
        return self.read(text.strip())


@dataclass(frozen=True, slots=True)
class PartOfFrame:
    """A part of a frame, in shares of its width and height."""

    @property
    def wanted(self) -> str:
        """What it must be."""
        return PART_FORM

    def read(self, value: Any) -> Part:
        """A list of four numbers, or a text."""
        return parse_part(value) if isinstance(value, str) else checked_part(value)

    def parse(self, text: str) -> Part:
        """Four numbers between commas, or a word."""
        return parse_part(text)


@dataclass(frozen=True, slots=True)
class Names:
    """Any number of names or numbers."""

    @property
    def wanted(self) -> str:
        """What it must be."""
        return Message(
            'one or more names, separated by commas, or in a file a list such as ["person", "dog"]'
        )

    def read(self, value: Any) -> tuple[str, ...]:
        """A list of texts or whole numbers."""
        if not isinstance(value, list | tuple):
            raise ValueError(self.wanted)  # noqa: TRY004 - it is a value in a file
        names = tuple(str(item) if type(item) is int else item for item in value)
        if not all(isinstance(name, str) and name.strip() and "\0" not in name for name in names):
            raise ValueError(self.wanted)
        return tuple(name.strip() for name in names)

    def parse(self, text: str) -> tuple[str, ...]:
        """Names between commas; one in double quotes may have commas of its own."""
        names = self.read([unquoted(name) for name in split_quoted(text, ",")])
        if not names:
            raise ValueError(self.wanted)
        return names


def split_quoted(text: str, separator: str) -> list[str]:
    """The parts between separators that do not stand in double quotes, as they are written.

    >>> split_quoted('dog,"chain saw, chainsaw",cat', ",")
    ['dog', '"chain saw, chainsaw"', 'cat']
    """
    return re.findall(
        rf'(?:"[^"]*"|[^{separator}])+|(?<={separator})(?={separator}|$)|^(?={separator}|$)', text
    )


def unquoted(text: str) -> str:
    """A name without the double quotes and spaces around it."""
    text = text.strip()
    return text[1:-1].strip() if len(text) >= 2 and text[0] == text[-1] == '"' else text
