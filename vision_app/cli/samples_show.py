"""`vision-app samples stats`, `check` and `list`: what there is, and whether it is sound."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from vision_app.cli.console import (
    EXIT_FAILED,
    EXIT_OK,
    Commands,
    Parser,
    add_debug_flag,
    out,
    out_json,
    out_row,
    say,
)
from vision_app.messages import Message, told
from vision_app.paths import path_of

if TYPE_CHECKING:
    from vision_app.samples.movement_stats import MovementStats
    from vision_app.samples.movements import MovementSet
    from vision_app.samples.stats import SampleStats

_MOST_SHOWN = 50


def register_stats(commands: Commands[Parser]) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "stats",
        help="how many of what, and what to do about it",
        description="Count samples and sessions, look for pictures that are alike and should not be, and advise.",
    )
    _add_samples(parser)
    parser.add_argument(
        "--no-lookalikes", action="store_true", help="do not compare pictures with each other"
    )
    _add_rest(parser)
    parser.set_defaults(handler=_stats)


def register_check(commands: Commands[Parser]) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "check",
        help="verify every file",
        description="Compare every file with its hash. The exit code is 1 when something is wrong.",
    )
    _add_samples(parser)
    parser.add_argument("--deep", action="store_true", help="decode every picture too")
    _add_rest(parser)
    parser.set_defaults(handler=_check)


def register_list(commands: Commands[Parser]) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "list", help="one line a sample", description="List samples: id, class, session and file."
    )
    _add_samples(parser)
    parser.add_argument("--class", metavar="NAME", dest="label", help="of this class only")
    _add_rest(parser)
    parser.set_defaults(handler=_list)


def _add_samples(parser: Parser) -> None:
    parser.add_argument(
        "--samples", metavar="DIR", type=Path, required=True, help="the sample store, or a plain folder"
    )


def _add_rest(parser: Parser) -> None:
    parser.add_argument("--json", action="store_true", help="as JSON")
    add_debug_flag(parser, hidden=True)


def _stats(parsed: argparse.Namespace) -> int:
    from vision_app.samples.dataset import open_samples
    from vision_app.samples.duplicates import find_lookalikes
    from vision_app.samples.movement_stats import movement_stats
    from vision_app.samples.stats import sample_stats

    movements = _movements(parsed.samples)
    every = open_samples(parsed.samples, movements=True)
    samples = replace(
        every,
        samples=tuple(s for s in every.samples if not s.movement),
        labels=tuple(n for n in every.labels if movements is None or n not in movements.labels),
    )
    moving = None if movements is None else movement_stats(movements)
    if moving is not None and not samples.samples:
        stats = None
    else:
        stats = sample_stats(samples, None if parsed.no_lookalikes else find_lookalikes(samples.samples))
    if parsed.json:
        record = {"samples": 0, "classes": [], "advice": []} if stats is None else stats.as_record()
        out_json(record if moving is None else record | {"movements": moving.as_record()})
        return EXIT_OK
    for notice in samples.notices:
        say(Message("vision-app: {notice}", notice=notice))
    if stats is not None:
        _out_pictures(stats)
    if moving is not None:
        _out_movements(moving)
    return EXIT_OK


def _out_pictures(stats: SampleStats) -> None:
    for c in stats.classes:
        sides = Message(", {train} train, {val} val", train=c.train, val=c.val) if c.train or c.val else ""
        background = "  (background)" if c.background else ""
        out(
            Message(
                "{count:6d}  {label}{background}: {sessions} session{s}{sides}",
                count=c.count,
                label=c.label,
                background=background,
                sessions=c.sessions,
                s="s" * (c.sessions != 1),
                sides=sides,
            )
        )
    out(Message("{total:6d}  in all", total=stats.total))
    for line in stats.advice:
        out(f"- {told(line)}")


def _movements(folder: Path) -> MovementSet | None:
    """The movements of a store; None where there are none."""
    from vision_app.samples.movements import open_movements
    from vision_app.samples.store import SampleStore, is_store

    if not is_store(path_of(folder)):
        return None
    with SampleStore.open(folder, writable=False) as store:
        if not any(sample.movement for sample in store.samples()):
            return None
    return open_movements(folder)


def _out_movements(stats: MovementStats) -> None:
    for c in stats.classes:
        idle = Message("  (idle)") if c.idle else ""
        low, mean, high = c.seconds
        out(
            Message(
                "{count:6d}  {label}{idle}: movements of {low:.1f} to {high:.1f} s, {mean:.1f} in the mean; "
                "{sessions} session{s}, something seen in {seen:.0%} of the frames",
                count=c.count,
                label=c.label,
                idle=idle,
                low=low,
                high=high,
                mean=mean,
                sessions=c.sessions,
                s="s" * (c.sessions != 1),
                seen=c.seen,
            )
        )
    for line in stats.advice:
        out(f"- {told(line)}")


def _check(parsed: argparse.Namespace) -> int:
    from vision_app.samples.dataset import open_samples
    from vision_app.samples.stats import check_samples
    from vision_app.samples.store import SampleStore, is_store

    plain = not is_store(path_of(parsed.samples))
    if plain:
        found = open_samples(parsed.samples)
        samples, notices = list(found.samples), found.notices
    else:
        with SampleStore.open(parsed.samples, writable=False) as store:
            samples, notices = [*store.samples(), *store.missing()], store.notices
    # a plain folder has no hashes to compare with: what can be wrong is that a picture cannot be read
    checked = list(check_samples(samples, deep=parsed.deep or plain))
    wrong = [c for c in checked if c.state != "ok"]
    if parsed.json:
        record = {
            "samples": len(checked),
            "ok": len(checked) - len(wrong),
            "wrong": [c.as_record() for c in wrong],
            "notices": list(notices),
        }
        out_json(record)
        return EXIT_FAILED if wrong else EXIT_OK
    for notice in notices:
        say(Message("vision-app: {notice}", notice=notice))
    for c in wrong[:_MOST_SHOWN]:
        out(f"{c.sample.path}: {c.state}: {told(c.detail)}")
    if len(wrong) > _MOST_SHOWN:
        out(Message("... and {count} more", count=len(wrong) - _MOST_SHOWN))
    out(Message("{count} samples, {wrong_count} wrong", count=len(checked), wrong_count=len(wrong)))
    return EXIT_FAILED if wrong else EXIT_OK


def _list(parsed: argparse.Namespace) -> int:
    from vision_app.errors import SampleError
    from vision_app.samples.dataset import open_samples

    found = open_samples(parsed.samples, movements=True)
    if parsed.label is not None and parsed.label not in found.labels:
        raise SampleError(
            "there is no class {label!r}; the classes are: {labels}",
            label=parsed.label,
            labels=", ".join(map(repr, found.labels)),
        )
    samples = found.samples if parsed.label is None else found.of_label(parsed.label)
    if parsed.json:
        records = [
            {
                "id": s.id,
                "class": s.label,
                "session": s.session,
                "split": s.split,
                "sha256": s.sha256,
                "path": str(s.path),
                "movement": s.movement,
            }
            for s in samples
        ]
        out_json(records)
    else:
        for s in samples:
            out_row(s.id, s.label, s.session, str(s.path))
    return EXIT_OK
