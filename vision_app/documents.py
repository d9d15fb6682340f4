"""JSON, JSON lines and TOML that anybody may have written: read within limits, or refused in one line.

Every file of the program that people edit, copy or are sent goes through here. What comes out is plain data
that no later step stumbles over: finite numbers of at most 64 bits, texts that can be written as UTF-8 and
hold no NUL, brackets that are not nested beyond reason. `docs/security.md` states the limits.
"""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from vision_app.errors import VisionError
from vision_app.messages import Message, message_of, reason_of

LARGEST_BYTES = 8 << 20
"""A longer file is none of ours: the labels of 100 000 classes fit into it."""
DEEPEST = 32
"""Brackets within brackets."""
MOST_KEY_PARTS = 16
"""Names in one dotted key of TOML, whose parser takes the square of their number in time."""
MOST_DIGITS = 19
"""Digits of a whole number: those of 64 bits."""

NOT_JSON = Message("not valid JSON")
"""How the problem of a text begins that is no JSON at all."""

Format = Literal["JSON", "TOML"]

_LARGEST_WHOLE = 1 << 63
# a string that nobody closes ends with its line or with the text, so that every text is passed over just once
_TOKENS: dict[Format, re.Pattern[str]] = {
    "JSON": re.compile(
        r"""(?P<string>"(?:[^"\\\n]|\\.)*"?)|(?P<open>[\[{])|(?P<close>[\]}])|(?P<word>[\w.+-]+)"""
    ),
    "TOML": re.compile(
        r"""(?P<string>\"{3}(?:\\.|[^\\])*?(?:"{3,5}|\Z)|'{3}.*?(?:'{3,5}|\Z)|"(?:[^"\\\n]|\\.)*"?|'[^'\n]*'?)"""
        r"""|(?P<comment>\#[^\n]*)|(?P<open>[\[{])|(?P<close>[\]}])|(?P<end>[=,\n])|(?P<dot>\.)|(?P<word>[\w+-]+)""",
        re.DOTALL,
    ),
}
# what has to be there before a number can be too long or a key can have too many parts
_SUSPICIOUS: dict[Format, re.Pattern[str]] = {
    "JSON": re.compile(rf"\d{{{MOST_DIGITS + 1}}}"),
    "TOML": re.compile(rf"\d[\d_]{{{MOST_DIGITS}}}|0[xob]|\.(?:[^.\n]*\.){{{MOST_KEY_PARTS - 1}}}"),
}
_LONG_NUMBER = re.compile(rf"[+-]?(?:\d{{{MOST_DIGITS + 1},}}|0[xob][0-9A-Fa-f]{{17,}})")
_NO_NUMBER = re.compile(r"[+-]?(?:nan|inf|NaN|Infinity|[\d.]+[eE]\+?\d{3,})")
_HEADER = re.compile(r"\s*\[[^=,]*")
_IS_SET = re.compile(r"[ \t]*[=.]")
_ESCAPED_NUL = re.compile(r"\\u0000")
_HALF_CHARACTER = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
_AT_LINE = re.compile(r"\s*\(at line (\d+), column \d+\)$")
_AT_END = re.compile(r"\s*\(at end of document\)$")
_JSON_SAYS = {
    str(said): said
    for said in (
        Message("Expecting value"),
        Message("Expecting ',' delimiter"),
        Message("Expecting ':' delimiter"),
        Message("Expecting property name enclosed in double quotes"),
        Message("Illegal trailing comma before end of object"),
        Message("Illegal trailing comma before end of array"),
        Message("Extra data"),
        Message("Unterminated string starting at"),
        Message("Invalid control character at"),
    )
}
"""What the standard library says. Source: Lib/json/decoder.py."""
_JSON_PLACE = re.compile(r": line \d+ column \d+ \(char \d+\)$")


class DocumentError(VisionError):
    """A document cannot be read.

    Attributes:
        where: the file, or whatever it came from.
        line: the line that is wrong, from 1; None where no line is.
        problem: what is wrong, without the place.
    """

    def __init__(self, where: str, problem: str, line: int | None = None) -> None:
        self.where, self.problem, self.line = where, problem, line
        super().__init__(
            Message("{where} line {line}: {problem}", where=where, line=line, problem=problem)
            if line
            else Message("{where}: {problem}", where=where, problem=problem)
        )


class _WrongError(Exception):
    """What is wrong with a text, and on which line; `DocumentError` without the file."""

    def __init__(self, problem: str, line: int | None = None) -> None:
        self.problem, self.line = problem, line
        super().__init__(problem)


def read_json(path: Path, most_bytes: int = LARGEST_BYTES) -> Any:
    """The content of a JSON file.

    Args:
        path: the file.
        most_bytes: a longer one is refused.

    Raises:
        FileNotFoundError: there is no such file.
        DocumentError: it cannot be read, or something in it is wrong.
    """
    return parse_json(_bytes_of(path, most_bytes), str(path), most_bytes)


def read_toml(path: Path, most_bytes: int = LARGEST_BYTES) -> tuple[dict[str, Any], str]:
    """The content of a TOML file, and its text.

    Args:
        path: the file.
        most_bytes: a longer one is refused.

    Raises:
        FileNotFoundError: there is no such file.
        DocumentError: it cannot be read, or something in it is wrong.
    """
    text = _text_of(_bytes_of(path, most_bytes), str(path))
    return parse_toml(text, str(path)), text


def read_text(path: Path, most_bytes: int = LARGEST_BYTES) -> str:
    """The text of a file in UTF-8, with or without a byte order mark.

    Args:
        path: the file.
        most_bytes: a longer one is refused.

    Raises:
        FileNotFoundError: there is no such file.
        DocumentError: it cannot be read, is too long or is no text.
    """
    return _text_of(_bytes_of(path, most_bytes), str(path))


def parse_json(data: str | bytes, where: str, most_bytes: int = LARGEST_BYTES) -> Any:
    """What a JSON text says.

    Args:
        data: the text, or its bytes in UTF-8.
        where: what it came from, for messages.
        most_bytes: a longer one is refused.

    Raises:
        DocumentError: something in it is wrong.
    """
    if len(data) > most_bytes:
        raise DocumentError(where, _too_long(most_bytes))
    text = _text_of(data, where)
    try:
        _check_tokens(text, "JSON")
        return _checked(json.loads(text), text, "JSON")
    except json.JSONDecodeError as error:
        problem = _JSON_PLACE.sub("", str(error))
        raise DocumentError(
            where,
            Message("{not_json}: {problem}", not_json=NOT_JSON, problem=_JSON_SAYS.get(problem, problem)),
            error.lineno,
        ) from None
    except _WrongError as error:
        raise DocumentError(where, error.problem, error.line) from None
    except (ValueError, RecursionError):  # what the limits above did not foresee
        raise DocumentError(where, NOT_JSON) from None


def parse_toml(text: str, where: str) -> dict[str, Any]:
    """What a TOML text says.

    Args:
        text: the text.
        where: what it came from, for messages.

    Raises:
        DocumentError: something in it is wrong.
    """
    text = _text_of(text, where)
    try:
        _check_tokens(text, "TOML")
        return _checked(tomllib.loads(text), text, "TOML")  # type: ignore[no-any-return]
    except tomllib.TOMLDecodeError as error:
        problem, line = _toml_problem(str(error), text)
        raise DocumentError(where, Message("not valid TOML: {problem}", problem=problem), line) from None
    except _WrongError as error:
        raise DocumentError(where, error.problem, error.line) from None
    except (ValueError, RecursionError, OverflowError):  # a date of the year 0, say
        raise DocumentError(
            where, Message("not valid TOML: a value in it is none that can be read")
        ) from None


def json_lines(data: bytes, where: str) -> Iterator[tuple[int, Any | DocumentError]]:
    """The lines of a JSON lines text, one wrong line does not hide the others.

    Args:
        data: the text.
        where: what it came from, for messages.

    Yields:
        The number of each line that is not blank, from 1, and what it says, or what is wrong with it.
    """
    for number, line in enumerate(data.split(b"\n"), 1):
        if line.strip():
            try:
                yield number, parse_json(line, where)
            except DocumentError as error:
                yield number, DocumentError(where, error.problem, number)


def whole(value: object) -> int | None:
    """The value if it is a whole number, and no truth value; else None.

    >>> whole(3), whole(True), whole("3"), whole(3.0)
    (3, None, None, None)
    """
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def finite(value: object) -> float | None:
    """The value as a float if it is a number that has one, and no truth value; else None.

    >>> finite(2), finite("2"), finite(float("inf")), finite(10**400)
    (2.0, None, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _bytes_of(path: Path, most_bytes: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(most_bytes + 1)  # the size that the system states is 0 for pipes and devices
    except (FileNotFoundError, NotADirectoryError) as error:
        raise FileNotFoundError(error.errno, error.strerror, str(path)) from None
    except (OSError, ValueError) as error:  # ValueError: a name with a NUL
        reason = reason_of(error) if isinstance(error, OSError) else message_of(error)
        raise DocumentError(
            str(path).replace("\0", "\\0"), Message("cannot be read: {reason}", reason=reason)
        ) from error
    if len(data) > most_bytes:
        raise DocumentError(str(path), _too_long(most_bytes))
    return data


def _too_long(most_bytes: int) -> str:
    size = f"{most_bytes >> 20} MB" if most_bytes >= 1 << 20 else f"{most_bytes >> 10} KB"
    return Message("a file of this kind has at most {size}; is this another file?", size=size)


def _text_of(data: str | bytes, where: str) -> str:
    if isinstance(data, bytes):
        data = data.removeprefix(b"\xef\xbb\xbf")
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            shown = f"0x{data[error.start]:02x}"
            problem = Message(
                "cannot be read: not text in UTF-8 (the byte {shown}); save it as that", shown=shown
            )
            raise DocumentError(where, problem, line) from None
    else:
        text = data
    nul = text.find("\0")
    if nul >= 0:
        raise DocumentError(
            where, Message("a NUL character, which no text has"), text.count("\n", 0, nul) + 1
        )
    return text


def _check_tokens(text: str, kind: Format) -> None:
    """Find what a parser would choke on before it sees the text, with its line.

    Raises:
        _WrongError: brackets are nested too deeply, a key has too many parts, a number has too many digits.
    """
    if text.count("[") + text.count("{") <= DEEPEST and not _SUSPICIOUS[kind].search(text):
        return  # the lines of a manifest are many and well behaved
    depth = dots = 0
    for token in _TOKENS[kind].finditer(text):
        what = token.lastgroup
        problem: str | None = None
        if what == "dot":
            dots += 1
            if dots >= MOST_KEY_PARTS:
                problem = Message("a key of more than {most_key_parts} parts", most_key_parts=MOST_KEY_PARTS)
        elif what == "word":
            problem = None if dots else _long_number(token[0])
        elif what != "string":
            dots = 0
            depth += (what == "open") - (what == "close")
            if depth > DEEPEST:
                problem = Message("brackets are nested more than {deepest} deep", deepest=DEEPEST)
        if problem:
            raise _WrongError(problem, _line_at(text, token.start()))


def _line_at(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1


def _long_number(word: str) -> str | None:
    digits = word.replace("_", "")
    if len(digits) > MOST_DIGITS and _LONG_NUMBER.fullmatch(digits):
        return Message(
            "a number of {count} digits; at most {most_digits} make sense",
            count=len(digits.lstrip("+-")),
            most_digits=MOST_DIGITS,
        )
    return None


def _checked(data: Any, text: str, kind: Format) -> Any:
    """The data, when no value in it makes trouble later.

    Raises:
        _WrongError: a number is not finite or too large, a text holds a NUL or half a character.
    """
    todo = [(data, "", 0)]
    while todo:
        value, name, depth = todo.pop()
        if isinstance(value, dict):
            for key, item in value.items():
                _check_text(key, Message("a key"), text)
                todo.append((item, key, depth + 1))
        elif isinstance(value, list):
            todo.extend((item, name, depth + 1) for item in value)
        elif isinstance(value, str):
            _check_text(value, name, text)
        elif isinstance(value, float) and not math.isfinite(value):
            raise _WrongError(
                Message("{name} is not a finite number", name=_name(name)), _line_of_no_number(text, kind)
            )
        elif isinstance(value, int) and not -_LARGEST_WHOLE <= value < 2 * _LARGEST_WHOLE:
            raise _WrongError(Message("{name} is a number of more than 64 bits", name=_name(name)))
        if depth > 4 * DEEPEST:  # TOML's headers and dotted keys nest as well
            raise _WrongError(
                Message("{name} is nested more than {deepest} deep", name=_name(name), deepest=4 * DEEPEST)
            )
    return data


def _line_of_no_number(text: str, kind: Format) -> int | None:
    for token in _TOKENS[kind].finditer(text):
        if token.lastgroup != "word" or not _NO_NUMBER.fullmatch(token[0]):
            continue
        line_start = text.rfind("\n", 0, token.start()) + 1
        is_name = kind == "TOML" and (
            _HEADER.fullmatch(text, line_start, token.start()) or _IS_SET.match(text, token.end())
        )
        if not is_name:
            return _line_at(text, token.start())
    return None


def _check_text(value: str, name: str, text: str) -> None:
    if "\0" in value:
        problem, escape = Message("has a NUL character, which no text has"), _ESCAPED_NUL
    elif not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value):
        problem, escape = Message("has half a character (a lone surrogate)"), _HALF_CHARACTER
    else:
        return
    found = escape.search(text)
    raise _WrongError(f"{_name(name)} {problem}", _line_at(text, found.start()) if found else None)


def _name(name: str) -> str:
    shown = ascii(name)[1:-1] if not name.isprintable() else name
    return (shown if len(shown) <= 60 else f"{shown[:57]}...") or Message("the value")


def _toml_problem(message: str, text: str) -> tuple[str, int]:
    if found := _AT_LINE.search(message):
        return message[: found.start()], int(found[1])
    return _AT_END.sub(Message(" at its end"), message), text.rstrip().count("\n") + 1
