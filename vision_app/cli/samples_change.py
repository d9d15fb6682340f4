"""`vision-app samples rename`, `merge`, `relabel`, `delete`, `empty-trash`, `undo` and `redo`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from vision_app.cli.console import EXIT_OK, Commands, Parser, add_debug_flag, out, out_json, say
from vision_app.messages import Message

if TYPE_CHECKING:
    from vision_app.samples.store import SampleStore


def register_rename(commands: Commands[Parser]) -> None:
    """Add the subcommand."""
    parser = _parser(commands, "rename", Message("give a class another name"), _rename)
    parser.add_argument("old", metavar="OLD")
    parser.add_argument("new", metavar="NEW")


def register_merge(commands: Commands[Parser]) -> None:
    """Add the subcommand."""
    parser = _parser(commands, "merge", Message("put all samples of a class into another"), _merge)
    parser.add_argument("old", metavar="CLASS")
    parser.add_argument("into", metavar="INTO")


def register_relabel(commands: Commands[Parser]) -> None:
    """Add the subcommand."""
    parser = _parser(commands, "relabel", Message("move samples to a class"), _relabel)
    parser.add_argument("label", metavar="CLASS")
    parser.add_argument("ids", metavar="ID", nargs="+", help="as vision-app samples list shows them")


def register_delete(commands: Commands[Parser]) -> None:
    """Add the subcommand."""
    parser = _parser(commands, "delete", Message("put samples or a class into the trash"), _delete)
    parser.add_argument("ids", metavar="ID", nargs="*", help="as vision-app samples list shows them")
    parser.add_argument("--class", metavar="NAME", dest="label", help="the class with all its samples")


def register_empty_trash(commands: Commands[Parser]) -> None:
    """Add the subcommand."""
    parser = _parser(
        commands, "empty-trash", Message("remove deleted pictures from the disk for good"), _empty_trash
    )
    parser.add_argument(
        "--yes", action="store_true", help="do it: nothing done before can be undone afterwards"
    )


def register_undo(commands: Commands[Parser]) -> None:
    """Add the subcommand."""
    _parser(commands, "undo", Message("take back the last rename, merge, relabel or delete"), _undo)


def register_redo(commands: Commands[Parser]) -> None:
    """Add the subcommand."""
    _parser(commands, "redo", Message("do again what was taken back"), _redo)


def _parser(commands: Commands[Parser], name: str, text: str, change: object) -> Parser:
    parser = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    parser.add_argument("--samples", metavar="DIR", type=Path, required=True, help="the sample store")
    parser.add_argument("--json", action="store_true", help="what was done, as JSON")
    add_debug_flag(parser, hidden=True)
    parser.set_defaults(handler=_change, change=change)
    return parser


def _change(parsed: argparse.Namespace) -> int:
    from vision_app.samples.store import SampleStore

    with SampleStore.open(parsed.samples, create=False) as store:
        for notice in store.notices:
            say(Message("vision-app: {notice}", notice=notice))
        done: str | None = parsed.change(store, parsed)
        if parsed.json:
            classes = [
                {"label": c.label, "samples": c.count, "background": c.background} for c in store.classes
            ]
            out_json({"done": done, "undo": store.undo_text, "classes": classes}, indent=None)
        else:
            out(done or Message("there is nothing to do"))
    return EXIT_OK


def _rename(store: SampleStore, parsed: argparse.Namespace) -> str | None:
    store.rename(parsed.old, parsed.new)
    return store.undo_text


def _merge(store: SampleStore, parsed: argparse.Namespace) -> str | None:
    store.merge(parsed.old, parsed.into)
    return store.undo_text


def _relabel(store: SampleStore, parsed: argparse.Namespace) -> str | None:
    store.relabel(parsed.ids, parsed.label)
    return store.undo_text


def _delete(store: SampleStore, parsed: argparse.Namespace) -> str | None:
    from vision_app.errors import ConfigError

    if bool(parsed.ids) == (parsed.label is not None):
        raise ConfigError("what is to be deleted? Give ids of samples, or --class NAME")
    if parsed.label is not None:
        store.delete_class(parsed.label)
    else:
        store.delete(parsed.ids)
    return store.undo_text


def _empty_trash(store: SampleStore, parsed: argparse.Namespace) -> str | None:
    from vision_app.errors import ConfigError

    count = len(store.deleted())
    if count and not parsed.yes:
        raise ConfigError(
            "{count} deleted pictures are in the trash; --yes removes them from the disk for good, "
            "and nothing done before can be undone then",
            count=count,
        )
    return (
        Message("{empty_trash} pictures removed for good", empty_trash=store.empty_trash()) if count else None
    )


def _undo(store: SampleStore, parsed: argparse.Namespace) -> str | None:
    text = store.undo()
    return None if text is None else Message("undone: {text}", text=text)


def _redo(store: SampleStore, parsed: argparse.Namespace) -> str | None:
    text = store.redo()
    return None if text is None else Message("done again: {text}", text=text)
