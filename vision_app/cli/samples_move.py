"""`vision-app samples import` and `export`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vision_app.cli.console import (
    EXIT_BAD_INPUT,
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_OK,
    Commands,
    Parser,
    add_debug_flag,
    counting,
    out,
    out_json,
    say,
)
from vision_app.cli.samples_capture import saved_line
from vision_app.cli.samples_interrupts import Interrupts
from vision_app.cli.values import number, whole_number
from vision_app.messages import Message
from vision_app.paths import path_of

if TYPE_CHECKING:
    from vision_app.samples.importing import Imported
    from vision_app.samples.sample import Sample
    from vision_app.samples.store import SampleStore

_IMPORT = Message("""\
Bring pictures into a sample store: a folder or zip with one folder a class (train/ and val/ above them are
understood), a folder or zip of one class, a clip, a single picture, or another store. Importing the same again adds
nothing twice, and goes on where an import was cut off.
""")


def register_import(commands: Commands[Parser]) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "import",
        help="bring in folders, zips and clips",
        description=_IMPORT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("sources", metavar="PATH", type=Path, nargs="+", help=Message("folder, zip, clip, picture or store"))
    add(
        "--samples",
        metavar="DIR",
        type=Path,
        required=True,
        help=Message("the sample store; made when there is none"),
    )
    add(
        "--class",
        metavar="NAME",
        dest="label",
        help=Message("the class of all of it, when no folders name it"),
    )
    add("--every", metavar="N", type=whole_number(1), help=Message("of a clip: each N-th frame"))
    add(
        "--rate",
        metavar="R",
        type=number(0.001, 1000),
        help=Message(
            "of a clip: so many frames a second (default: 2); of a table that counts frames, their rate"
        ),
    )
    add(
        "--crop",
        metavar="PART",
        default="whole",
        help=Message("of a clip: whole, centre or region:L,T,R,B (default: whole)"),
    )
    add(
        "--session",
        metavar="NAME",
        help=Message("the session of all of it (default: the clip, or the inner folder)"),
    )
    add(
        "--json",
        action="store_true",
        help=Message("a JSON line for each batch that is on the disk, and one at the end"),
    )
    add(
        "--movement",
        action="store_true",
        help=Message("the clips are movements: hands or a body over time; also tables of landmarks (CSV)"),
    )
    add(
        "--base",
        metavar="NAME",
        help=Message("of a movement: hands, body, hands+body, or a classifier (default: hands)"),
    )
    add(
        "--span",
        metavar="FROM-TO",
        dest="spans",
        action="append",
        type=_span,
        help=Message("of a movement: a part of the clip, seconds; may be given several times"),
    )
    add(
        "--idle",
        metavar="NAME",
        help=Message(
            "of movements: the class for what lies between them, cut out of its clips and between spans"
        ),
    )
    add("--keep-pictures", action="store_true", help=Message("of a movement: keep its pictures too"))
    add("--quiet", action="store_true", help=Message("print errors only"))
    add_debug_flag(parser)
    parser.set_defaults(handler=_import)


def register_export(commands: Commands[Parser]) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "export",
        help="write a folder or zip that other programs read",
        description="Write samples as a folder or zip with one folder a class. It appears once it is whole.",
    )
    add = parser.add_argument
    add("target", metavar="PATH", type=Path, help=Message("a new folder, or a file that ends in .zip"))
    add(
        "--samples",
        metavar="DIR",
        type=Path,
        required=True,
        help=Message("the sample store, or a plain folder"),
    )
    add("--overwrite", action="store_true", help=Message("replace what is there"))
    add("--json", action="store_true", help=Message("what was written, as JSON"))
    add_debug_flag(parser)
    parser.set_defaults(handler=_export)


def _span(text: str) -> tuple[float, float]:
    first, _, last = text.partition("-")
    span = float(first), float(last)
    if not 0 <= span[0] < span[1] < float("inf"):
        raise ValueError(text)
    return span


def _import(parsed: argparse.Namespace) -> int:
    from vision_app.errors import ConfigError, VisionError
    from vision_app.samples.importing import Imported
    from vision_app.samples.store import SampleStore

    importing = _movements(parsed) if parsed.movement else _pictures(parsed)
    for source in parsed.sources:
        if not path_of(source).exists():
            raise ConfigError("no such file or folder: {source}", source=source)
    total = Imported()
    tell = _Telling(parsed)
    failure: VisionError | None = None
    with Interrupts() as interrupts, SampleStore.open(parsed.samples) as store:
        for notice in store.notices:
            say(Message("vision-app: {notice}", notice=notice))
        for source in parsed.sources:
            if interrupts.asked:
                total.stopped = True
                break
            try:
                importing(store, source, total, tell, lambda: interrupts.asked)
            except VisionError as error:
                failure = error
                break
    tell.end(total)
    if failure is not None:
        if total.added == 0 and total.known == 0:
            raise failure  # nothing could be had of it: bad input
        say(Message("vision-app: {message}", message=failure))
        return EXIT_FAILED
    if total.stopped:
        return EXIT_INTERRUPTED
    if total.added or total.known:
        return EXIT_OK
    return EXIT_BAD_INPUT if total.refused else EXIT_FAILED  # nothing of it could be read


_Importing = Callable[["SampleStore", Path, "Imported", "_Telling", Callable[[], bool]], object]
"""Brings one source in."""


def _pictures(parsed: argparse.Namespace) -> _Importing:
    """How pictures are brought in."""
    from vision_app.errors import ConfigError
    from vision_app.samples.crops import parse_crop
    from vision_app.samples.importing import ImportRequest, import_samples

    for flag, given in _OF_MOVEMENTS.items():
        if getattr(parsed, given):
            raise ConfigError("{flag} is for movements: add --movement", flag=flag)
    if parsed.every is not None and parsed.rate is not None:
        raise ConfigError("--every and --rate both say which frames of a clip to take: give one of them")
    crop = parse_crop(parsed.crop)
    if crop.kind == "box":
        raise ConfigError(
            "--crop {crop} needs a detector; vision-app samples capture --source CLIP has one",
            crop=parsed.crop,
        )
    return lambda store, source, total, tell, stop: import_samples(
        store,
        ImportRequest(source, parsed.label, parsed.every, parsed.rate, parsed.session, crop),
        into=total,
        progress=tell.progress,
        on_saved=tell.saved,
        stop=stop,
    )


_OF_MOVEMENTS = {"--base": "base", "--span": "spans", "--idle": "idle", "--keep-pictures": "keep_pictures"}


def _movements(parsed: argparse.Namespace) -> _Importing:
    """How movements are brought in."""
    from vision_app.engine.rows import Looker, tracks_of
    from vision_app.errors import ConfigError
    from vision_app.samples.movement_cutting import MovementRequest
    from vision_app.samples.movement_importing import TABLE_SUFFIXES, import_movements

    if parsed.every is not None:
        raise ConfigError("--every is for pictures: every frame of a movement counts")
    if parsed.crop != "whole":
        raise ConfigError("--crop is for pictures: a movement is looked for in whole frames")
    if parsed.spans and (len(parsed.sources) > 1 or path_of(parsed.sources[0]).is_dir()):
        raise ConfigError("--span says which part of one clip to take; give that clip alone")
    tables = all(path_of(source).suffix.lower() in TABLE_SUFFIXES for source in parsed.sources)
    looker = None if tables else Looker(tracks_of(parsed.base or "hands"))

    def bring_in(
        store: SampleStore, source: Path, total: Imported, tell: _Telling, stop: Callable[[], bool]
    ) -> object:
        request = MovementRequest(
            source,
            parsed.label,
            parsed.base or "hands",
            tuple(parsed.spans or ()),
            parsed.idle,
            parsed.session,
            parsed.rate,
            parsed.keep_pictures,
        )
        return import_movements(
            store, request, into=total, looker=looker, progress=tell.progress, on_saved=tell.saved, stop=stop
        )

    return bring_in


class _Telling:
    """Says how an import goes, to a person or to a program."""

    def __init__(self, parsed: argparse.Namespace) -> None:
        self._json = parsed.json
        self._people = not (parsed.json or parsed.quiet)
        self._bar = self._people and sys.stderr.isatty()
        self._counted = 0

    def progress(self, done: Imported) -> None:
        """Show the count in a terminal."""
        if self._bar:
            counting(Message("{added} added, {known} known ", added=done.added, known=done.known))

    def saved(self, samples: Sequence[Sample]) -> None:
        """Acknowledge samples that are on the disk."""
        self._counted += len(samples)
        if self._json:
            out(saved_line(samples, self._counted))
            sys.stdout.flush()

    def end(self, done: Imported) -> None:
        """Say what came of it."""
        if self._bar:
            say("")
        if self._json:
            out_json({"event": "done", **done.as_record()}, indent=None)
            return
        for message in done.messages:
            say(Message("vision-app: {message}", message=message))
        if self._people:
            for label, count in done.by_label.items():
                out(Message("{label}: {count} more", label=label, count=count))
            out(
                Message(
                    "{added} added, {known} were there already, {refused} refused",
                    added=done.added,
                    known=done.known,
                    refused=done.refused,
                )
            )


def _export(parsed: argparse.Namespace) -> int:
    from vision_app.samples.dataset import open_samples
    from vision_app.samples.exporting import export_samples

    done = export_samples(
        open_samples(parsed.samples, movements=True), parsed.target, overwrite=parsed.overwrite
    )
    if parsed.json:
        out_json(done.as_record(), indent=None)
    else:
        out(
            Message(
                "wrote {samples} samples of {classes} classes to {path}",
                samples=done.samples,
                classes=done.classes,
                path=done.path,
            )
        )
    return EXIT_OK
