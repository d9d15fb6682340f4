"""`vision-app models list`: every model of the catalogue, installed or not."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from vision_app.cli.console import EXIT_OK, Commands, Parser, add_debug_flag, cell, out, out_json, say
from vision_app.messages import Message, told

if TYPE_CHECKING:
    from vision_app.cards.lookup import CatalogueEntry

_COLUMNS = (
    Message("name"),
    Message("here"),
    Message("task"),
    Message("family"),
    Message("size"),
    Message("licence"),
    Message("source"),
)
_LEFT_OUT = "-"
_WIDE = 120
"""Columns of a terminal that has room for the source."""


def register_list(commands: Commands[Parser]) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "list", help="list all models", description="List all models: those on this disk and those to get."
    )
    parser.add_argument("--task", metavar="T", help="models of this task only: classify, detect")
    parser.add_argument(
        "--family", metavar="F", help="models whose family has this text in its name: resnet, vit, yolo"
    )
    parser.add_argument("--installed", action="store_true", help="models on this disk only")
    parser.add_argument("--json", action="store_true", help="as JSON, with sizes, hashes and addresses")
    add_debug_flag(parser, hidden=True)
    parser.set_defaults(handler=_list)


def _list(parsed: argparse.Namespace) -> int:
    from vision_app.cards.lookup import entries

    found = [e for e in entries() if _wanted(e, parsed)]
    for entry in found:
        if entry.problem:
            say(Message("vision-app: {problem}", problem=entry.problem))
    if parsed.json:
        out_json([e.as_record() for e in found])
    elif not found:
        out(Message("no model is like that; vision-app models list shows all"))
    else:
        _show(found)
    return EXIT_OK


def _wanted(entry: CatalogueEntry, parsed: argparse.Namespace) -> bool:
    card = entry.about
    if parsed.task is not None and (card is None or card.task != parsed.task):
        return False
    if parsed.family is not None and (card is None or parsed.family.lower() not in card.family.lower()):
        return False
    return entry.installed or not parsed.installed


def _row(entry: CatalogueEntry) -> tuple[str, ...]:
    size = entry.stated_bytes
    card = entry.about
    return (
        entry.name,
        entry.place or _LEFT_OUT,
        card.task if card else _LEFT_OUT,
        card.family if card else _LEFT_OUT,
        f"{size / 1e6:.1f} MB" if size else _LEFT_OUT,
        card.licence if card else _LEFT_OUT,
        entry.source or _LEFT_OUT,
    )


def _show(found: list[CatalogueEntry]) -> None:
    """As a table in a terminal; piped, one line a model, in columns, nothing cut off."""
    rows = [_row(e) for e in found]
    if not sys.stdout.isatty():
        widths = [max(len(row[i]) for row in rows) for i in range(len(_COLUMNS))]
        for row in rows:
            out("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console()
    shown = len(_COLUMNS) if console.width >= _WIDE else len(_COLUMNS) - 1
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in _COLUMNS[:shown]:
        table.add_column(
            told(name), justify="right" if name == "size" else "left", overflow="fold", no_wrap=name == "name"
        )
    for entry, row in zip(found, rows, strict=True):
        table.add_row(*(cell(text) for text in row[:shown]), style="bold" if entry.installed else "")
    console.print(table)
    installed = sum(e.installed for e in found)
    out(
        Message(
            "{count} models, {installed} on this disk; vision-app models pull NAME gets one that has "
            "an address",
            count=len(found),
            installed=installed,
        )
    )
