"""Writing kiosk files: a new one that works at once, and another PIN into one that is there."""

from __future__ import annotations

import os
import re
from pathlib import Path

from vision_app.documents import DocumentError, parse_toml, read_toml
from vision_app.errors import ConfigError, disk_reason
from vision_app.kiosk.lines import key_lines
from vision_app.kiosk.programme import load_programme
from vision_app.messages import message_of
from vision_app.replacing import replace_text
from vision_app.resources import assets_dir

_TABLE = re.compile(r"^\s*\[", re.MULTILINE)
_PIN = re.compile(r"^(\s*(?:pin|\"pin\"|'pin')\s*=\s*)(?:\"[^\"\n]*\"|'[^'\n]*'|[^#\n]*?)(\s*(?:#.*)?)$")


def template() -> str:
    """The commented kiosk file that comes with the program."""
    return (assets_dir() / "kiosk" / "kiosk.toml").read_text(encoding="utf-8")


def write_new(path: Path, pin: str, *, overwrite: bool = False) -> None:
    """Write a new kiosk file, readable for its owner only.

    Args:
        path: where.
        pin: hash of the PIN; "" for none.
        overwrite: replace a file that is there.

    Raises:
        ConfigError: a file is there, or it cannot be written.
    """
    if path.is_dir():
        raise ConfigError(
            "{path} is a folder; give the name of a file, such as {path_}",
            path=path,
            path_=path / "kiosk.toml",
        )
    if not overwrite and os.path.lexists(path):
        raise ConfigError("{path} exists; choose another name, or --overwrite to replace it", path=path)
    _write(path, with_pin(template(), pin), mode=0o600)


def set_pin(path: Path, pin: str) -> None:
    """Put another PIN into a kiosk file; everything else in it stays as it is.

    Raises:
        ConfigError: the file is not a kiosk file, or cannot be written.
    """
    try:
        before, text = read_toml(path)
        fresh = with_pin(text, pin)
        after = parse_toml(fresh, str(path))
    except FileNotFoundError:
        load_programme(path)  # says what is wrong
        raise
    except DocumentError as error:
        raise ConfigError(message_of(error)) from None
    if {**before, "pin": pin} != after:
        raise ConfigError(
            '{path}: its key pin is written in an unusual way; change it by hand: pin = "{pin}"',
            path=path,
            pin=pin,
        )
    _write(path, fresh, mode=path.stat().st_mode & 0o777)


def with_pin(text: str, pin: str) -> str:
    r"""The text of a kiosk file with a PIN.

    >>> with_pin('pin = ""  # mine\n[attract]\n', "x")
    'pin = "x"  # mine\n[attract]\n'
    """
    lines = text.splitlines(keepends=True)
    number = key_lines(text).get(("pin",))
    if number is not None:
        line = lines[number - 1]
        bare = line.rstrip("\r\n")
        lines[number - 1] = _PIN.sub(lambda m: f'{m[1]}"{pin}"{m[2]}', bare) + line[len(bare) :]
        return "".join(lines)
    header = _TABLE.search(text)
    at = len(text) if header is None else header.start()
    return f'{text[:at]}pin = "{pin}"\n{text[at:]}'


def _write(path: Path, text: str, mode: int) -> None:
    try:
        replace_text(path, text, mode)
    except OSError as error:
        raise ConfigError(
            "{path}: cannot be written: {reason}", path=path, reason=disk_reason(error)
        ) from error
