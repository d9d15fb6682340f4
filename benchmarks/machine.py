"""Prints tables, with the name of the machine that a measurement was made on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from vision_app.bench.running import machine as describe_machine

__all__ = ["SHORT_RUN", "describe_machine", "print_table", "put_into", "table_of"]

SHORT_RUN = (
    "**A short run on a busy machine**: it shows what is measured; the figures themselves mean little."
)


def print_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A Markdown table."""
    print(table_of(header, rows))


def table_of(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """The same as text."""
    lines = [header, *rows]
    shown = ["| " + " | ".join(map(str, line)) + " |" for line in lines]
    return "\n".join([shown[0], "|" + "---|" * len(header), *shown[1:]])


def put_into(page: Path, name: str, text: str) -> None:
    """Replace what stands between `<!-- NAME -->` and `<!-- /NAME -->` in a page.

    Raises:
        SystemExit: the page has no such place.
    """
    before = page.read_text(encoding="utf-8")
    place = re.compile(f"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    after, count = place.subn(lambda found: f"{found[1]}\n{text.strip()}\n\n{found[2]}", before)
    if count != 1:
        raise SystemExit(
            f"{page}: <!-- {name} --> to <!-- /{name} --> was wanted once, is there {count} times"
        )
    page.write_text(after, encoding="utf-8")
