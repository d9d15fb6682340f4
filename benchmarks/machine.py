"""Prints tables, with the name of the machine that a measurement was made on."""

from __future__ import annotations

from collections.abc import Sequence

from vision_app.bench.running import machine as describe_machine

__all__ = ["describe_machine", "print_table"]


def print_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A Markdown table."""
    print("| " + " | ".join(header) + " |")
    print("|" + "---|" * len(header))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
