"""`vision-app models pull`: fetch weights of the catalogue."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from vision_app.cli.console import (
    EXIT_FAILED,
    EXIT_OK,
    Commands,
    Parser,
    add_debug_flag,
    failed,
    out,
    say,
)
from vision_app.cli.values import seconds
from vision_app.messages import Message

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

    from vision_app.cards.card import ModelCard


def register_pull(commands: Commands[Parser]) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "pull",
        help="fetch weights",
        description=(
            "Fetch the weights of models of the catalogue. What was cut off is resumed, and nothing is installed "
            "before its SHA-256 is the one of the card."
        ),
    )
    parser.add_argument("names", metavar="NAME", nargs="+", help="names as vision-app models list shows them")
    parser.add_argument(
        "--overwrite", action="store_true", help="replace a file that is not the one of the card"
    )
    parser.add_argument(
        "--timeout",
        metavar="S",
        type=seconds(0.001),
        default=30.0,
        help="longest silence of a server (default: 30)",
    )
    parser.add_argument("--quiet", action="store_true", help="print errors only")
    add_debug_flag(parser)
    parser.set_defaults(handler=_pull)


def _pull(parsed: argparse.Namespace) -> int:
    from vision_app.cards.lookup import find_card
    from vision_app.errors import DownloadError

    cards = [find_card(name) for name in dict.fromkeys(parsed.names)]  # all names before the first byte
    code = EXIT_OK
    for card in cards:
        try:
            _pull_one(card, parsed)
        except DownloadError as error:
            code = failed(error, EXIT_FAILED, debug=parsed.debug)
        except KeyboardInterrupt:
            say(
                Message(
                    "vision-app: {name}: what has come is kept; the same command goes on from there",
                    name=card.name,
                )
            )
            raise
    return code


def _pull_one(card: ModelCard, parsed: argparse.Namespace) -> None:
    from vision_app.catalogue.download import pull

    tell = _silent if parsed.quiet else out
    with _bars(show=not parsed.quiet) as bars:
        pulled = pull(
            card.name,
            overwrite=parsed.overwrite,
            timeout_s=parsed.timeout,
            progress=_progress(bars, card, parsed.quiet),
            waiting=lambda: tell(
                Message("{name}: another process is fetching it; waiting for that", name=card.name)
            ),
        )
    if pulled.fetched:
        tell(Message("{name}: ready at {path}", name=card.name, path=pulled.path))
    else:
        tell(Message("{name}: is here already: {path}", name=card.name, path=pulled.path))


def _silent(text: str) -> None:
    """Say nothing."""


def _bars(*, show: bool) -> AbstractContextManager[Bars | None]:
    if not (show and sys.stderr.isatty()):
        return nullcontext()
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def _progress(bars: Bars | None, card: ModelCard, quiet: bool) -> Callable[[int, int], None] | None:
    """A line when the first bytes come; after that a bar in a terminal, and nothing elsewhere."""
    from vision_app.cards.lookup import shown_url

    if quiet:
        return None
    task = None

    def report(done: int, total: int) -> None:
        nonlocal task
        if task is None:
            source = shown_url(card.download.url) if card.download else ""
            resumed = Message(", going on at {done:.1f} MB", done=done / 1e6) if done else ""
            say(
                Message(
                    "{name}: {total:.1f} MB, licence {licence}, from {source}{resumed}",
                    name=card.name,
                    total=total / 1e6,
                    licence=card.licence,
                    source=source,
                    resumed=resumed,
                )
            )
            task = bars.add_task(card.name, total=total, completed=done) if bars is not None else True
        if bars is not None:
            bars.update(task, completed=done)  # type: ignore[arg-type]

    return report
