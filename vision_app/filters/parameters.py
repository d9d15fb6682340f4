"""What can be set at an operation: the kinds of values, their ranges, and how they are written in a chain.

A value is what Python has for it: int, float, str, bool, or a tuple of numbers. `parse` takes the text of a chain
or a value of a settings file; `format` gives the text back.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vision_app.filters.words import Words
from vision_app.messages import Message

Value = int | float | str | bool | tuple[float, ...] | tuple[tuple[float, ...], ...]

_WHOLE = re.compile(r"[+-]?\d{1,9}")
_REAL = re.compile(r"[+-]?(\d{1,20}(\.\d{0,25})?|\.\d{1,25})([eE][+-]?\d{1,3})?")
_LARGEST_KERNEL = 31
_LARGEST_NUMBER = 10_000.0


class BadValueError(ValueError):
    """A value is not what its parameter takes; the text says what it takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """What all kinds have.

    Attributes:
        name: how it is called in a chain, in code and in files.
        words: how it is called on the screen.
        unit: of its values; "" for plain numbers and for what is no number.
    """

    name: str
    words: Words
    unit: str = ""

    @property
    def default(self) -> Value:
        """The value when none is given."""
        raise NotImplementedError

    @property
    def takes(self) -> str:
        """What it takes, with range and unit, to stand behind "must be"."""
        raise NotImplementedError

    def parse(self, given: Any) -> Value:
        """The value of a text or of a plain value.

        Raises:
            BadValueError: it is none.
        """
        raise NotImplementedError

    def format(self, value: Value) -> str:
        """The shortest text that `parse` reads as this value."""
        return str(value)

    @property
    def _in_unit(self) -> str:
        return f" {self.unit}" if self.unit else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole(Parameter):
    """A whole number from `low` to `high`.

    Attributes:
        odd: only odd numbers, as the side of a kernel that has a middle.
    """

    start: int
    low: int
    high: int
    odd: bool = False

    @property
    def default(self) -> int:
        """The value when none is given."""
        return self.start

    @property
    def takes(self) -> str:
        """Its range."""
        kind = Message("an odd number") if self.odd else Message("a whole number")
        return Message(
            "{kind} from {low} to {high}{in_unit}",
            kind=kind,
            low=self.low,
            high=self.high,
            in_unit=self._in_unit,
        )

    def parse(self, given: Any) -> int:
        """A whole number inside the range."""
        text = str(given).strip()
        if isinstance(given, bool | float) or not _WHOLE.fullmatch(text):
            raise BadValueError(self.takes)
        number = int(text)
        if not self.low <= number <= self.high or (self.odd and number % 2 == 0):
            raise BadValueError(self.takes)
        return number


@dataclass(frozen=True, slots=True, kw_only=True)
class Real(Parameter):
    """A number from `low` to `high`.

    Attributes:
        step: how far a slider moves at a time.
    """

    start: float
    low: float
    high: float
    step: float

    @property
    def default(self) -> float:
        """The value when none is given."""
        return self.start

    @property
    def takes(self) -> str:
        """Its range."""
        return Message(
            "a number from {low:g} to {high:g}{in_unit}", low=self.low, high=self.high, in_unit=self._in_unit
        )

    def parse(self, given: Any) -> float:
        """A number inside the range."""
        text = str(given).strip()
        if isinstance(given, bool) or not _REAL.fullmatch(text) or not self.low <= float(text) <= self.high:
            raise BadValueError(self.takes)
        return float(text)

    def format(self, value: Value) -> str:
        """As short as possible.

        >>> Real(name="x", words=Words("", ""), start=0, low=0, high=9, step=1).format(2.50)
        '2.5'
        """
        return short(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Parameter):
    """One of some words; the first is the default.

    Attributes:
        options: each word with what it is called on the screen.
    """

    options: tuple[tuple[str, Words], ...]

    @property
    def default(self) -> str:
        """The first."""
        return self.options[0][0]

    @property
    def takes(self) -> str:
        """All of them."""
        return Message("one of {options}", options=", ".join(name for name, _ in self.options))

    def parse(self, given: Any) -> str:
        """One of the words."""
        text = str(given).strip()
        if text not in dict(self.options):
            raise BadValueError(self.takes)
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch(Parameter):
    """On or off."""

    start: bool

    @property
    def default(self) -> bool:
        """The value when none is given."""
        return self.start

    @property
    def takes(self) -> str:
        """Both."""
        return Message("on or off")

    def parse(self, given: Any) -> bool:
        """On or off; also true, false, yes, no, 1 and 0."""
        text = str(given).strip().lower()
        if text in {"on", "true", "yes", "1"}:
            return True
        if text in {"off", "false", "no", "0"}:
            return False
        raise BadValueError(self.takes)

    def format(self, value: Value) -> str:
        """On or off."""
        return "on" if value else "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Corners(Parameter):
    """Four points of a picture in percent of its width and height: x y of each, clockwise from the top left."""

    start: tuple[float, ...] = (0.0, 0.0, 100.0, 0.0, 100.0, 100.0, 0.0, 100.0)

    @property
    def default(self) -> tuple[float, ...]:
        """The corners of the picture."""
        return self.start

    @property
    def takes(self) -> str:
        """Eight numbers, and what they have to form."""
        return Message(
            "eight numbers from -100 to 200 % (x y of four corners, clockwise from the top left; no three of them "
            "on one line, and nothing folded over)"
        )

    def parse(self, given: Any) -> tuple[float, ...]:
        """The eight numbers of a convex shape that has an area."""
        numbers = _numbers(given, self.takes, 200.0)
        if len(numbers) != 8 or min(numbers) < -100.0 or not is_convex(numbers):
            raise BadValueError(self.takes)
        return numbers

    def format(self, value: Value) -> str:
        """The numbers with blanks between."""
        assert isinstance(value, tuple)
        return " ".join(short(number) for number in value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix(Parameter):
    """Rows of numbers, as wide as high, odd: `0 -1 0; -1 5 -1; 0 -1 0`."""

    start: tuple[tuple[float, ...], ...]

    @property
    def default(self) -> tuple[tuple[float, ...], ...]:
        """The value when none is given."""
        return self.start

    @property
    def takes(self) -> str:
        """The form."""
        return Message(
            "as many rows as columns, an odd number from 1 to {largest_kernel}, numbers from "
            "-{largest_number:g} to {largest_number:g}, rows parted by semicolons: 0 -1 0; -1 5 -1; "
            "0 -1 0",
            largest_kernel=_LARGEST_KERNEL,
            largest_number=_LARGEST_NUMBER,
        )

    def parse(self, given: Any) -> tuple[tuple[float, ...], ...]:
        """The rows."""
        parts = given.split(";") if isinstance(given, str) else given
        if not isinstance(parts, Sequence):
            raise BadValueError(self.takes)
        rows = tuple(_numbers(part, self.takes, _LARGEST_NUMBER) for part in parts)
        side = len(rows)
        if side % 2 == 0 or side > _LARGEST_KERNEL or any(len(row) != side for row in rows):
            raise BadValueError(self.takes)
        return rows

    def format(self, value: Value) -> str:
        """The rows with semicolons between."""
        assert isinstance(value, tuple)
        return "; ".join(" ".join(short(n) for n in row) for row in value if isinstance(row, tuple))


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureFile(Parameter):
    """The path of a picture; "" for none.

    Attributes:
        needed: whether the operation can do nothing without one.
    """

    needed: bool = False

    @property
    def default(self) -> str:
        """None."""
        return ""

    @property
    def takes(self) -> str:
        """A path."""
        return Message("the path of a picture")

    def parse(self, given: Any) -> str:
        """The path as it is; whether it can be read is seen when the chain starts."""
        text = str(given)
        if not isinstance(given, str) or not text.isprintable():
            raise BadValueError(self.takes)
        return text


def short(value: Any) -> str:
    """A number as short as it can be written.

    >>> short(2.0), short(0.1), short(-3)
    ('2', '0.1', '-3')
    """
    number = float(value)
    return str(int(number)) if number.is_integer() else repr(number)


def is_convex(corners: Sequence[float]) -> bool:
    """Whether four points go round once, clockwise on the screen, with a turn at each.

    >>> is_convex((0, 0, 9, 0, 9, 9, 0, 9)), is_convex((0, 0, 9, 9, 9, 0, 0, 9)), is_convex((0,) * 8)
    (True, False, False)
    """
    points = [(corners[2 * i], corners[2 * i + 1]) for i in range(4)]
    for i in range(4):
        (ax, ay), (bx, by), (cx, cy) = points[i], points[(i + 1) % 4], points[(i + 2) % 4]
        if (bx - ax) * (cy - by) - (by - ay) * (cx - bx) <= 1e-6:
            return False
    return True


def _numbers(given: Any, wanted: str, limit: float) -> tuple[float, ...]:
    parts = given.split() if isinstance(given, str) else given
    if not isinstance(parts, Sequence):
        raise BadValueError(wanted)
    numbers = []
    for part in parts:
        text = str(part)
        if isinstance(part, bool) or not _REAL.fullmatch(text):
            raise BadValueError(wanted)
        number = float(text)
        if not math.isfinite(number) or abs(number) > limit:
            raise BadValueError(wanted)
        numbers.append(number)
    return tuple(numbers)
