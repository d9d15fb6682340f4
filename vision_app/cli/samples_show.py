"""`vision-app samples stats`, `check` and `list`: what there is, and whether it is sound."""

from __future__ import annotations

import argparse
from pathlib import Path

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
from vision_app.paths import path_of

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
    from vision_app.samples.stats import sample_stats

    samples = open_samples(parsed.samples)
    lookalikes = None if parsed.no_lookalikes else find_lookalikes(samples.samples)
    stats = sample_stats(samples, lookalikes)
    if parsed.json:
        out_json(stats.as_record())
        return EXIT_OK
    for notice in samples.notices:
        say(f"vision-app: {notice}")
    for c in stats.classes:
        sides = f", {c.train} train, {c.val} val" if c.train or c.val else ""
        background = "  (background)" if c.background else ""
        out(f"{c.count:6d}  {c.label}{background}: {c.sessions} session{'s' * (c.sessions != 1)}{sides}")
    out(f"{stats.total:6d}  in all")
    for line in stats.advice:
        out(f"- {line}")
    return EXIT_OK


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
        say(f"vision-app: {notice}")
    for c in wrong[:_MOST_SHOWN]:
        out(f"{c.sample.path}: {c.state}: {c.detail}")
    if len(wrong) > _MOST_SHOWN:
        out(f"... and {len(wrong) - _MOST_SHOWN} more")
    out(f"{len(checked)} samples, {len(wrong)} wrong")
    return EXIT_FAILED if wrong else EXIT_OK


def _list(parsed: argparse.Namespace) -> int:
    from vision_app.errors import SampleError
    from vision_app.samples.dataset import open_samples

    found = open_samples(parsed.samples)
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
            }
            for s in samples
        ]
        out_json(records)
    else:
        for s in samples:
            out_row(s.id, s.label, s.session, str(s.path))
    return EXIT_OK
