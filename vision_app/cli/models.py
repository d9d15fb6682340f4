"""`vision-app models`: the catalogue. A subcommand is one function that registers it, and one row."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from vision_app.cli import (
    models_change,
    models_export,
    models_info,
    models_list,
    models_pull,
    models_quantize,
    models_rewrite,
    models_versions,
)
from vision_app.cli.console import EXIT_OK, Commands, Parser, add_debug_flag, out

# each adds one subcommand's parser, with `set_defaults(handler=...)`; imports nothing heavy
SUBCOMMANDS: tuple[Callable[[Commands[Parser]], None], ...] = (
    models_list.register_list,
    models_info.register_info,
    models_pull.register_pull,
    models_change.register_add,
    models_change.register_remove,
    models_change.register_verify,
    models_export.register_export,
    models_quantize.register_quantize,
    models_rewrite.register_rewrite,
    models_versions.register_versions,
)


def register(commands: Commands[Parser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "models",
        help="list, fetch, add, check and remove models",
        description="The catalogue of models: what there is, what lies on this disk, and how to change that.",
    )
    add_debug_flag(parser, hidden=True)
    parser.set_defaults(handler=lambda _: _show_help(parser))
    subcommands = parser.add_subparsers(dest="subcommand", metavar="SUBCOMMAND", title="subcommands")
    for register_one in SUBCOMMANDS:
        register_one(subcommands)


def _show_help(parser: argparse.ArgumentParser) -> int:
    out(parser.format_help().rstrip())
    return EXIT_OK
