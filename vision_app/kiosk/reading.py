"""How tables of a kiosk file are read: known keys, checked values, errors that name the line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vision_app.documents import finite
from vision_app.errors import ConfigError
from vision_app.kiosk.lines import KeyPath
from vision_app.messages import Message, listed, message_of

if TYPE_CHECKING:
    from vision_app.filters.chain import FilterChain

LANGUAGES = ("en", "ko")
"""Languages that a kiosk can show. Titles come from the file, everything else from `texts`."""

Words = Mapping[str, str]
"""One text by language."""
Parser = Callable[[Any], Any]
"""Takes a value out of TOML; raises ValueError with what it must be."""

_LONGEST_TEXT = 400
_LONGEST_SHOWN = 60


def place(path: Path, lines: Mapping[KeyPath, int], key: KeyPath) -> str:
    """`kiosk.toml line 14`: where a key stands, or the nearest thing around it that stands anywhere."""
    for length in range(len(key), 0, -1):
        if key[:length] in lines:
            return Message("{path} line {lines}", path=path, lines=lines[key[:length]])
    return str(path)


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the file.

    Attributes:
        what: what a user calls it, as in "is not a key of a station".
        path: the file.
        key: where the table is.
        lines: where everything stands.
    """

    what: str
    path: Path
    key: KeyPath
    lines: Mapping[KeyPath, int]

    @property
    def line(self) -> int:
        """Where the table begins; 0 if that is unknown."""
        return self.lines.get(self.key, 0)

    def inner(self, name: str, what: str, number: int | None = None) -> Table:
        """A table in this one, or one of a list of them."""
        key = (*self.key, name) if number is None else (*self.key, name, number)
        return Table(what, self.path, key, self.lines)

    def at(self, *names: str) -> str:
        """File and line of the first of these keys that is there."""
        for name in names:
            if (*self.key, name) in self.lines:
                return place(self.path, self.lines, (*self.key, name))
        return place(self.path, self.lines, self.key)

    def wrong(self, name: str, wanted: str, got: Any) -> ConfigError:
        """The error about a value."""
        came = (
            Message("something else") if name == "pin" else _shown(got)
        )  # a PIN in clear goes into no message
        return ConfigError(
            "{where}: {name} must be {wanted}, got {came}",
            where=self.at(name),
            name=name,
            wanted=wanted,
            came=came,
        )

    def values(
        self, data: Mapping[str, Any], parsers: Mapping[str, Parser], required: Iterable[str] = ()
    ) -> dict[str, Any]:
        """All values, checked.

        Raises:
            ConfigError: a key is unknown or missing, or a value is wrong.
        """
        values = {}
        for name, value in data.items():
            if name not in parsers:
                raise self._unknown(name, parsers)
            try:
                values[name] = parsers[name](value)
            except ValueError as error:
                raise self.wrong(name, message_of(error), value) from None
        for name in required:
            if name not in values:
                raise ConfigError(
                    "{where}: {what} needs the key '{name}'", where=self.at(), what=self.what, name=name
                )
        return values

    def _unknown(self, name: str, parsers: Mapping[str, Parser]) -> ConfigError:
        near = difflib.get_close_matches(name, parsers, n=1)
        hint = (
            Message("did you mean {near}?", near=near[0])
            if near
            else Message("it can have {parsers}", parsers=", ".join(parsers))
        )
        return ConfigError(
            "{where}: '{name}' is not a key of {what}; {hint}",
            where=self.at(name),
            name=name,
            what=self.what,
            hint=hint,
        )


def _shown(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= _LONGEST_SHOWN else f"{shown[:_LONGEST_SHOWN]}..."


def anything(value: Any) -> Any:
    """Whatever it is: somebody else reads it."""
    return value


def text(value: Any) -> str:
    """A text that says something."""
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise ValueError(Message("a text in quotation marks"))
    return value.strip()


def texts(value: Any) -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(value, list) or not value:
        raise ValueError(Message('a list such as ["person", "dog"]'))
    return tuple(str(item) if type(item) is int else text(item) for item in value)


def words(value: Any) -> Words:
    """One text for all languages, or a table with one for each."""
    if isinstance(value, str):
        return dict.fromkeys(LANGUAGES, _line(value))
    wanted = Message('a text, or one in each language: { en = "...", ko = "..." }')
    if not isinstance(value, dict) or not value:
        raise ValueError(wanted)
    for language in value:
        if language not in LANGUAGES:
            raise ValueError(
                Message("in the languages {languages} only", languages=listed(LANGUAGES, " and "))
            )
    return {language: _line(said) for language, said in value.items()}


def _line(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        raise ValueError(Message("a text of at most {longest_text} characters", longest_text=_LONGEST_TEXT))
    return " ".join(value.split())


def filters(value: Any) -> FilterChain:
    """OpenCV operations, one or several in each text of a list."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(Message('a list such as ["clahe:2.0,8", "canny:80,160"]'))
    from vision_app.filters.chain import chain_of  # late: the watchdog needs no OpenCV

    try:
        return chain_of(value)
    except ConfigError as error:
        raise ValueError(
            Message('a list such as ["clahe:2.0,8", "canny:80,160"] ({error})', error=error)
        ) from None


def fingerprint(value: Any) -> str:
    """The fingerprint of a certificate; "" for none."""
    from vision_app.sources.trust import parse_fingerprint  # late: the watchdog needs no sources

    return parse_fingerprint(value) if value else ""


def languages(value: Any) -> tuple[str, ...]:
    """Which languages, in which order."""
    listed = [value] if isinstance(value, str) else value
    known = isinstance(listed, list) and all(item in LANGUAGES for item in listed)
    if not known or not listed or len(set(listed)) != len(listed):
        raise ValueError(Message('"en", "ko", or both in the order in which they are shown: ["en", "ko"]'))
    return tuple(listed)


def switch(value: Any) -> bool:
    """On or off."""
    if not isinstance(value, bool):
        raise ValueError(Message("true or false"))  # noqa: TRY004 - it is a value in a file
    return value


def number(low: float, high: float) -> Callable[[Any], float]:
    """A number within limits."""

    def parse(value: Any) -> float:
        number = finite(value)
        if number is None or not low <= number <= high:
            raise ValueError(Message("a number from {low:g} to {high:g}", low=low, high=high))
        return number

    return parse


def whole(low: int, high: int) -> Callable[[Any], int]:
    """A whole number within limits."""

    def parse(value: Any) -> int:
        if type(value) is not int or not low <= value <= high:
            raise ValueError(Message("a whole number from {low} to {high}", low=low, high=high))
        return value

    return parse


share = number(0, 1)


def one_of(*options: str | int) -> Parser:
    """One of a few values."""

    def parse(value: Any) -> Any:
        if isinstance(value, bool) or value not in options:
            raise ValueError(
                Message(
                    "one of {options}",
                    options=", ".join(f'"{o}"' if isinstance(o, str) else str(o) for o in options),
                )
            )
        return value

    return parse


def optional(parser: Parser) -> Parser:
    """The same, or an empty text for none."""
    return lambda value: None if value == "" else parser(value)


def size(value: Any) -> tuple[int, int]:
    """Width and height."""
    found = re.fullmatch(r"(\d{2,5})x(\d{2,5})", str(value))
    if found is None:
        raise ValueError(Message('WIDTHxHEIGHT, such as "1280x720"'))
    return int(found[1]), int(found[2])


def pin_hash(value: Any) -> str:
    """A hash of a PIN as `kiosk pin` writes it; "" for none. A PIN in clear is refused."""
    from vision_app.kiosk.pin import is_hash

    if value == "" or (isinstance(value, str) and is_hash(value)):
        return str(value)
    raise ValueError(Message("a hash that 'vision-app kiosk pin' makes, never the PIN itself"))
