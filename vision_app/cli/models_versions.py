"""`vision-app models versions`: the versions of a model that was trained here, and going back to an old one."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from vision_app.cli.console import EXIT_OK, Commands, Parser, add_debug_flag, out, out_json
from vision_app.messages import Message, told

if TYPE_CHECKING:
    from vision_app.learn.versions import Version

_DESCRIPTION = Message("""\
Every training of a model of the same name makes a new version; the older ones are kept.

  vision-app models versions mine
  vision-app evaluate --model mine --compare mine@2 --samples samples/
  vision-app models versions mine --roll-back 2
""")


def register_versions(commands: Commands[Parser]) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "versions",
        help="list the versions of a model of your own, or go back to an old one",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", metavar="NAME", help="a model that was trained here")
    change = parser.add_mutually_exclusive_group()
    change.add_argument(
        "--roll-back", metavar="N", type=int, help="use version N again; the current one is kept as well"
    )
    change.add_argument(
        "--keep", metavar="N", type=int, help="delete all but the N newest; the current one always stays"
    )
    parser.add_argument("--json", action="store_true", help="as JSON")
    add_debug_flag(parser, hidden=True)
    parser.set_defaults(handler=_versions)


def _versions(parsed: argparse.Namespace) -> int:
    from vision_app.errors import ConfigError
    from vision_app.learn.versions import prune, roll_back, versions

    deleted: list[int] = []
    if parsed.roll_back is not None:
        roll_back(parsed.model, parsed.roll_back)
    elif parsed.keep is not None:
        if parsed.keep < 1:
            raise ConfigError("--keep must be at least 1, got {keep}", keep=parsed.keep)
        deleted = prune(parsed.model, parsed.keep)
    found = versions(parsed.model)
    if parsed.json:
        record = {"versions": [v.to_json() for v in found], "deleted": deleted}
        out_json(record)
        return EXIT_OK
    for line in map(_line, found):
        out(line)
    if parsed.roll_back is not None:
        out(Message("{model} is version {roll_back} again", model=parsed.model, roll_back=parsed.roll_back))
    if deleted:
        out(Message("deleted: {deleted}", deleted=", ".join(map(str, deleted))))
    return EXIT_OK


def _line(version: Version) -> str:
    if version.problem:
        return Message(
            "  {number:3d}  cannot be read: {problem}", number=version.number, problem=version.problem
        )
    from vision_app.learn.accounting import held_out_share

    training = version.training
    accuracy = held_out_share(training)
    facts = [
        str(training.get("date", "")),
        told(Message("{count} samples", count=training["samples"])) if "samples" in training else "",
        "" if accuracy is None else told(Message("right: {share}", share=accuracy)),
        f"{version.bytes / 1e6:.1f} MB",
    ]
    mark = "*" if version.current else " "
    current = told(Message("  (current)")) if version.current else ""
    return f"{mark} {version.number:3d}  {'  '.join(filter(None, facts))}{current}"
