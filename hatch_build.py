"""Compiles the translations (.ts, made with pyside6-lupdate) to what Qt loads (.qm), while the package is built.

Qt's own compiler is a part of PySide6, a hundred megabytes that nobody should have to fetch in order to install a
headless program; the format is small, so it is written here. `python hatch_build.py` compiles in a checkout.
"""

from __future__ import annotations

import struct
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run by hand, or by a test
    BuildHookInterface = object  # type: ignore[assignment, misc]

ROOT = Path(__file__).resolve().parent
TRANSLATIONS = "vision_app/gui/translations"

# Source: qtbase/src/corelib/kernel/qtranslator.cpp and qttools/src/linguist/shared/qm.cpp
_MAGIC = bytes.fromhex("3cb86418caef9c95cd211cbf60a1bddd")
_HASHES, _MESSAGES, _LANGUAGE = 0x42, 0x69, 0xA7
_END, _TRANSLATION, _SOURCE, _CONTEXT, _COMMENT = 1, 3, 6, 7, 8


class Message(NamedTuple):  # no dataclass: hatchling loads this file without a module of its name
    """One finished translation.

    Attributes:
        context: class or table that the text belongs to.
        source: the text in English.
        comment: what tells it from the same text elsewhere; mostly "".
        translation: the text in the other language.
    """

    context: str
    source: str
    comment: str
    translation: str


def read_ts(path: Path) -> tuple[str, list[Message]]:
    """The language of a .ts file and its finished translations.

    Raises:
        ValueError: a translation has plural forms, which are not written here.
    """
    root = ET.fromstring(path.read_text(encoding="utf-8"))
    messages = []
    for context in root.iter("context"):
        name = context.findtext("name", "")
        for message in context.iter("message"):
            translation = message.find("translation")
            if translation is None or translation.get("type") in ("unfinished", "obsolete", "vanished"):
                continue
            if message.get("numerus") == "yes":
                raise ValueError(f"{path}: plural forms are not supported: {message.findtext('source')}")
            messages.append(
                Message(
                    name,
                    message.findtext("source", ""),
                    message.findtext("comment", ""),
                    "".join(translation.itertext()),
                )
            )
    return root.get("language", ""), messages


def elf_hash(text: bytes) -> int:
    """The hash by which Qt finds a message.

    >>> elf_hash(b"File")
    315429
    """
    value = 0
    for byte in text:
        value = (value << 4) + byte
        high = value & 0xF0000000
        if high:
            value ^= high >> 24
        value &= ~high
    return value or 1


def compiled(language: str, messages: Iterable[Message]) -> bytes:
    """A .qm file."""
    hashes, body = [], bytearray()
    for message in messages:
        source, comment = message.source.encode(), message.comment.encode()
        hashes.append((elf_hash(source + comment), len(body)))
        parts = (
            (_TRANSLATION, message.translation.encode("utf-16-be")),
            (_SOURCE, source),
            (_CONTEXT, message.context.encode()),
            (_COMMENT, comment),
        )
        for tag, data in parts:
            body += struct.pack(">BI", tag, len(data)) + data
        body.append(_END)
    table = b"".join(struct.pack(">II", *pair) for pair in sorted(hashes))
    sections = ((_LANGUAGE, language.encode()), (_HASHES, table), (_MESSAGES, bytes(body)))
    return _MAGIC + b"".join(struct.pack(">BI", tag, len(data)) + data for tag, data in sections)


def compile_all(folder: Path) -> list[Path]:
    """Compile every .ts of a folder whose .qm is missing or out of date; returns what is there now."""
    made = []
    for source in sorted(folder.glob("*.ts")):
        target = source.with_suffix(".qm")
        data = compiled(*read_ts(source))
        if not target.is_file() or target.read_bytes() != data:
            part = target.with_suffix(".qm.part")
            part.write_bytes(data)
            part.replace(target)
        made.append(target)
    return made


class CustomBuildHook(BuildHookInterface):  # type: ignore[misc]
    """Runs before a wheel, an editable installation or a source archive is made."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and let the files into the package although git ignores them."""
        for path in compile_all(Path(self.root) / TRANSLATIONS):
            build_data["artifacts"].append(f"/{path.relative_to(self.root).as_posix()}")


if __name__ == "__main__":
    for compiled_file in compile_all(ROOT / TRANSLATIONS):
        print(compiled_file)  # noqa: T201
