"""The help and the complaints of argparse, in the language of the user."""

from __future__ import annotations

import argparse
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from vision_app.messages import Message, told


def speak_argparse() -> None:
    """Let argparse take its own words from our catalogue.

    It looks them up by the functions `_` and `ngettext` of its module, which are those of `gettext`. Setting
    `gettext` itself up would need compiled files, and a variable that every child process inherits.
    """

    def plural(one: str, many: str, count: int) -> str:
        return told(Message(one if count == 1 else many))

    def word(text: str | None) -> str | None:
        return text and told(Message(text))  # a group without a description has None

    setattr(argparse, "_", word)  # noqa: B010 - a private name
    setattr(argparse, "ngettext", plural)  # noqa: B010


def width_of(text: str) -> int:
    """Columns of a terminal that a text takes: a Korean syllable takes two.

    >>> width_of("ab"), width_of("가나")
    (2, 4)
    """
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def padded(text: str, width: int) -> str:
    """The text with spaces after it up to a width in columns."""
    return text + " " * (width - width_of(text))


def wrapped(text: str, width: int) -> list[str]:
    """The words of a text in lines of at most so many columns.

    >>> wrapped("하나 둘 셋 넷", 8)
    ['하나 둘', '셋 넷']
    """
    lines: list[str] = []
    for word in text.split():
        if lines and width_of(lines[-1]) + 1 + width_of(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


@lru_cache(maxsize=8)
def translating(formatter: type[argparse.HelpFormatter]) -> type[argparse.HelpFormatter]:
    """A formatter of argparse that translates what it shows."""

    class Translating(formatter):  # type: ignore[valid-type, misc]
        """Texts are looked up when they are shown: each is its own key."""

        def start_section(self, heading: str | None) -> None:
            super().start_section(None if heading is None else told(Message(heading)))

        def add_text(self, text: str | None) -> None:
            known = text is None or text is argparse.SUPPRESS
            super().add_text(text if known else told(_as_message(str(text))))

        def _get_help_string(self, action: argparse.Action) -> str | None:
            text: str | None = super()._get_help_string(action)
            return None if text is None else told(_as_message(text))

        def _split_lines(self, text: str, width: int) -> list[str]:
            return wrapped(text, width)

        def _fill_text(self, text: str, width: int, indent: str) -> str:
            if issubclass(formatter, argparse.RawDescriptionHelpFormatter):
                filled: str = super()._fill_text(text, width, indent)
                return filled
            return "\n".join(indent + line for line in wrapped(text, width - len(indent)))

    return Translating


def _as_message(text: str) -> Message:
    return text if isinstance(text, Message) else Message(text)


def aligned(rows: Iterable[Sequence[str]], gap: str = "  ") -> list[str]:
    """Rows of cells as lines, each column as wide as its widest cell.

    >>> aligned([("이름", "1"), ("a", "2")])
    ['이름  1', 'a     2']
    """
    table: list[Any] = [list(row) for row in rows]
    widths = [max(width_of(row[i]) for row in table) for i in range(len(table[0]))] if table else []
    return [
        gap.join(padded(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]
