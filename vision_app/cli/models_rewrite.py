"""`vision-app models rewrite`: the graph of a model made faster, with the same results."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from vision_app.cli.console import EXIT_OK, Commands, Parser, add_debug_flag, out, out_json
from vision_app.messages import Message

if TYPE_CHECKING:
    from vision_app.engine.rewritten import Record

_DESCRIPTION = """\
Replace what ONNX Runtime computes badly in a model's graph by what it computes well. What comes out is compared with
the file and timed on this machine; it is kept beside the model, never in its place, and only where it is the same and
faster. models add does this by itself, and a run of ten seconds does it in the background. --no-rewrite runs a file as
it is.
"""


def register_rewrite(commands: Commands[Parser]) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "rewrite",
        help="make the graph of a model faster, with the same results",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", metavar="NAME|FILE", help="name of the catalogue, or an .onnx file")
    parser.add_argument("--again", action="store_true", help="do it though it was done before")
    parser.add_argument("--json", action="store_true", help="what was tried and measured, as JSON")
    add_debug_flag(parser, hidden=True)
    parser.set_defaults(handler=_rewrite)


def _rewrite(parsed: argparse.Namespace) -> int:
    from vision_app.cards.lookup import find_model
    from vision_app.engine.rewriting import rewrite

    file = find_model(parsed.model)
    record = rewrite(file, again=parsed.again)
    if parsed.json:
        out_json({"name": file.name, **record.as_json()})
        return EXIT_OK
    out(Message("{name}: {what}", name=file.name, what=summary(record)))
    for line in steps(record):
        out(Message("  {line}", line=line))
    return EXIT_OK


def summary(record: Record) -> Message:
    """What a record says in one line."""
    if record.refused:
        return Message("left alone: {reason}", reason=record.refused)
    if record.path is None:
        return Message("nothing in it becomes faster")
    return Message(
        "{speed:.2f} x as fast, loads {load:.2f} x as fast (one thread, measured once on this machine); "
        "outputs differ by {difference:.0e} at most",
        speed=record.speed,
        load=record.load,
        difference=record.difference,
    )


def steps(record: Record) -> list[Message]:
    """A line for each rewrite that found something."""
    return [_step(step) for step in record.steps]


def _step(step: Mapping[str, Any]) -> Message:
    if step["kept"]:
        return Message(
            "{title}: {speed:.2f} x, loads {load:.2f} x",
            title=Message(step["title"]),
            speed=step["speed"],
            load=step["load"],
        )
    return Message("{title}: not kept, {why}", title=Message(step["title"]), why=step["why"])
