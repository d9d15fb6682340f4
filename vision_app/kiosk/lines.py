"""On which line of a TOML file each key stands: `tomllib` says what a file holds, but not where."""

from __future__ import annotations

import re

KeyPath = tuple[str | int, ...]

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BLANK = re.compile(r"[ \t]*")
_SPACE = re.compile(r"(?:\s|#[^\n]*)*")
_STRINGS = (
    re.compile(r'"""(?:\\.|[^\\])*?"{3,5}', re.DOTALL),
    re.compile(r"'''.*?'{3,5}", re.DOTALL),
    re.compile(r'"(?:\\.|[^"\\\n])*"'),
    re.compile(r"'[^'\n]*'"),
)
_PLAIN_VALUE = re.compile(r"[^,\]}\n#]*")
_ESCAPE = re.compile(r'\\(["\\])')


def key_lines(text: str) -> dict[KeyPath, int]:
    r"""The line of every key and of every item of a list.

    Args:
        text: a valid TOML document: `tomllib.loads` has accepted it.

    Returns:
        Path of keys and indices to the number of the line, from 1, on which it stands first.

    >>> key_lines('a = 1\n[[b]]\nc = [\n  {d = 2}]\n')[("b", 0, "c", 0, "d")]
    4
    """
    return _Scanner(text).scan()


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text.replace("\r\n", "\n")
        self._at = 0
        self._lines: dict[KeyPath, int] = {}
        self._counts: dict[KeyPath, int] = {}
        self._counted_to = 0
        self._line = 1

    def scan(self) -> dict[KeyPath, int]:
        table: KeyPath = ()
        self._skip(_SPACE)
        while self._at < len(self._text):
            before = self._at
            if self._peek() == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_SPACE)
            if self._at == before:  # not TOML after all: what is known so far is enough
                break
        return self._lines

    def _header(self) -> KeyPath:
        repeated = self._text.startswith("[[", self._at)
        self._at += 2 if repeated else 1
        names = self._key()
        path = self._resolved(names[:-1])
        self._mark((*path, names[-1]))
        path = (*path, names[-1])
        self._at += 2 if repeated else 1
        if repeated:
            number = self._counts.get(path, -1) + 1
            self._counts[path] = number
            path = (*path, number)
            self._mark(path)
            return path
        return self._within(path)

    def _resolved(self, names: tuple[str, ...]) -> KeyPath:
        path: KeyPath = ()
        for name in names:
            self._mark((*path, name))
            path = self._within((*path, name))
        return path

    def _within(self, path: KeyPath) -> KeyPath:
        """The path, and if it is a list of tables, the newest of them."""
        return (*path, self._counts[path]) if path in self._counts else path

    def _pair(self, table: KeyPath) -> None:
        path = table
        for name in self._key():
            path = (*path, name)
            self._mark(path)
        self._skip(_BLANK)
        self._at += 1  # the equals sign
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        self._skip(_BLANK)
        if self._peek() == "{":
            self._items(path, "}")
        elif self._peek() == "[":
            self._items(path, "]")
        elif self._string() is None and (plain := _PLAIN_VALUE.match(self._text, self._at)):
            self._at = plain.end()

    def _items(self, path: KeyPath, end: str) -> None:
        self._at += 1
        number = 0
        self._skip(_SPACE)
        while self._peek() not in (end, ""):
            before = self._at
            if end == "}":
                self._pair(path)
            else:
                self._mark((*path, number))
                self._value((*path, number))
            number += 1
            self._skip(_SPACE)
            if self._peek() == ",":
                self._at += 1
                self._skip(_SPACE)
            if self._at == before:
                return
        self._at += 1

    def _key(self) -> tuple[str, ...]:
        names: list[str] = []
        while True:
            self._skip(_BLANK)
            start = self._at
            if (string := self._string()) is not None:
                names.append(string)
            elif bare := _BARE_KEY.match(self._text, self._at):
                self._at = bare.end()
                names.append(bare[0])
            else:
                names.append("")
            self._skip(_BLANK)
            if self._peek() != "." or self._at == start:
                return tuple(names)
            self._at += 1

    def _string(self) -> str | None:
        for number, pattern in enumerate(_STRINGS):
            if found := pattern.match(self._text, self._at):
                self._at = found.end()
                quotes = 3 if number < 2 else 1
                return _ESCAPE.sub(r"\1", found[0][quotes:-quotes])
        return None

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self._text, self._at)
        if found:
            self._at = found.end()

    def _mark(self, path: KeyPath) -> None:
        # positions only rise, so every newline is counted once
        self._line += self._text.count("\n", self._counted_to, self._at)
        self._counted_to = self._at
        self._lines.setdefault(path, self._line)
