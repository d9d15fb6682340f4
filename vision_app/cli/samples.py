"""`vision-app samples`: what models of one's own learn from. A subcommand is one function, and one row."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from vision_app.cli import samples_capture, samples_change, samples_move, samples_show
from vision_app.cli.console import EXIT_OK, Commands, Parser, add_debug_flag, out
from vision_app.messages import Message

_EXAMPLES = Message("""\
examples:
  vision-app samples capture --source 0 --class cup --count 40 --samples mine
  vision-app samples capture --source 0 --class cup --class pen --count 40 --samples mine    in turns, after 3-2-1
  vision-app samples import photos/ --samples mine           one folder a class; zips and clips too
  vision-app samples stats --samples mine                    how many of what, and what to do about it
  vision-app samples undo --samples mine

DIR of --samples is a sample store, made by the first capture or import. Reading commands take a plain folder with
one folder a class as well.
""")

# each adds one subcommand's parser, with `set_defaults(handler=...)`; imports nothing heavy
SUBCOMMANDS: tuple[Callable[[Commands[Parser]], None], ...] = (
    samples_capture.register_capture,
    samples_move.register_import,
    samples_move.register_export,
    samples_show.register_stats,
    samples_show.register_check,
    samples_show.register_list,
    samples_change.register_rename,
    samples_change.register_merge,
    samples_change.register_relabel,
    samples_change.register_delete,
    samples_change.register_empty_trash,
    samples_change.register_undo,
    samples_change.register_redo,
)


def register(commands: Commands[Parser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "samples",
        help="capture, import, export and check what a model learns from",
        description="Labelled pictures to teach a model of your own with.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_debug_flag(parser, hidden=True)
    parser.set_defaults(handler=lambda _: _show_help(parser))
    subcommands = parser.add_subparsers(dest="subcommand", metavar="SUBCOMMAND", title="subcommands")
    for register_one in SUBCOMMANDS:
        register_one(subcommands)


def _show_help(parser: argparse.ArgumentParser) -> int:
    out(parser.format_help().rstrip())
    return EXIT_OK
