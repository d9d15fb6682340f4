"""Takes the fields out of a card's JSON one by one, and says precisely which one is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from vision_app.documents import finite
from vision_app.errors import ModelError
from vision_app.messages import Message


class Reader:
    """Takes fields out of one JSON object."""

    def __init__(self, data: object, where: str, path: str = "") -> None:
        self._where, self._path = where, path
        if not isinstance(data, dict):
            raise self.error("", Message("an object"), data)
        self._data = dict(data)
        self._asked: list[str] = []

    def error(self, key: str, wanted: str, came: object) -> ModelError:
        """The error of a field that is not what it must be."""
        name = f"{self._path}{key}".rstrip(".") or "card"
        shown = json.dumps(came, ensure_ascii=False, default=str)
        shown = shown if len(shown) <= 60 else shown[:57] + "..."
        return ModelError(
            "{where}: {name} must be {wanted}, got {shown}",
            where=self._where,
            name=name,
            wanted=wanted,
            shown=shown,
        )

    def take(self, key: str, wanted: str, check: Callable[[Any], bool], default: Any = ...) -> Any:
        """A field that passes a check; its default where it is missing."""
        self._asked.append(key)
        if key not in self._data:
            if default is ...:
                raise ModelError(
                    "{where}: {path}{key} is missing; it must be {wanted}",
                    where=self._where,
                    path=self._path,
                    key=key,
                    wanted=wanted,
                )
            return default
        value = self._data.pop(key)
        if value is None and default is None:
            return None
        if not check(value):
            raise self.error(key, wanted, value)
        return value

    def text(self, key: str, default: Any = ...) -> str:
        """A text."""
        return str(self.take(key, Message("a text"), lambda v: isinstance(v, str), default))

    def choice(self, key: str, options: tuple[str, ...], default: Any = ...) -> Any:
        """One of several texts."""
        return self.take(
            key, Message("one of {options}", options=", ".join(options)), lambda v: v in options, default
        )

    def number(self, key: str, low: float, high: float, default: Any = ...) -> Any:
        """A number within limits."""
        wanted = Message("a number from {low:g} to {high:g}", low=low, high=high)
        value = self.take(key, wanted, lambda v: is_number(v) and low <= v <= high, default)
        return None if value is None else float(value)

    def whole(self, key: str, low: int, high: int, default: Any = ...) -> Any:
        """A whole number within limits."""
        wanted = Message("a whole number from {low} to {high}", low=low, high=high)
        return self.take(key, wanted, lambda v: type(v) is int and low <= v <= high, default)

    def triple(self, key: str, default: Any, *, positive: bool = False) -> Any:
        """Three numbers."""

        def check(v: Any) -> bool:
            return (
                isinstance(v, list)
                and len(v) == 3
                and all(is_number(x) and (x > 0 or not positive) for x in v)
            )

        value = self.take(
            key, Message("three numbers above 0") if positive else Message("three numbers"), check, default
        )
        return tuple(float(x) for x in value)

    def section(self, key: str, *, optional: bool = False) -> Reader | None:
        """An object within this one."""
        value = self.take(key, Message("an object"), lambda v: isinstance(v, dict), None if optional else ...)
        return None if value is None else Reader(value, self._where, f"{self._path}{key}.")

    def item(self, key: str, index: int, value: object) -> Reader:
        """The object at one place of a list that was taken."""
        return Reader(value, self._where, f"{self._path}{key}[{index}].")

    def required_section(self, key: str) -> Reader:
        """An object that must be there."""
        section = self.section(key)
        assert section is not None
        return section

    def finish(self, known: Sequence[str] = ()) -> None:
        """Refuse what was not taken.

        Args:
            known: the fields that there are; those that were asked for when empty.
        """
        if self._data:
            key = next(iter(self._data))
            raise ModelError(
                "{where}: {path}{key} is not a field of a card; known: {listed}",
                where=self._where,
                path=self._path,
                key=key,
                listed=", ".join(known or self._asked),
            )


def is_number(value: object) -> bool:
    """Whether a JSON value is a finite number."""
    return finite(value) is not None
