"""`vision-app batch`: many clips, by this machine or by several."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

from vision_app.cli.console import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_OK,
    Commands,
    Parser,
    add_debug_flag,
    counting,
    out,
    say,
)
from vision_app.cli.run import add_flags
from vision_app.cli.values import seconds
from vision_app.errors import ConfigError
from vision_app.messages import Message
from vision_app.paths import path_of

if TYPE_CHECKING:
    from vision_app.batch.run import BatchRun, Progress

_EPILOG = """\
  vision-app batch archive/ --out results --model yolox-nano
  vision-app batch archive/ --out results --engine dask --address tcp://10.0.0.5:8786

One file of results a clip, as `vision-app run --json` writes it. To go on after an interrupt, give the same command
again: what is done is kept. docs/batch.md says how several machines are set up.
"""
_OWN = (
    "sources",
    "out",
    "engine",
    "address",
    "span",
    "overwrite",
    "command",
    "config",
    "debug",
    "handler",
    "quiet",
)


def register(commands: Commands[Parser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "batch",
        help=Message("run models on an archive of clips, on several machines if wanted"),
        description=Message("Run models on many clips and folders; every clip gets a file of results."),
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "sources",
        metavar="SRC",
        nargs="+",
        help=Message("clips, folders, addresses of object storage (with fsspec)"),
    )
    parser.add_argument("--out", metavar="DIR", required=True, help=Message("folder of the results"))
    parser.add_argument(
        "--engine",
        metavar="NAME",
        default="local",
        help=Message("local: this machine; dask: the workers of a Dask scheduler"),
    )
    parser.add_argument(
        "--address", metavar="A", default="", help=Message("of the scheduler, such as tcp://10.0.0.5:8786")
    )
    parser.add_argument(
        "--span",
        metavar="S",
        type=seconds(1),
        default=60.0,
        help=Message("about how many seconds of a clip are one task for a worker (default: 60)"),
    )
    parser.add_argument("--overwrite", action="store_true", help=Message("replace results that are there"))
    parser.add_argument("--quiet", action="store_true", help=Message("print errors only"))
    add_flags(parser, ("filters", "models"))
    parser.add_argument(
        "--config", metavar="FILE", help=Message("settings file (TOML) to use instead of the user's own")
    )
    add_debug_flag(parser)
    parser.set_defaults(handler=_batch)


def _batch(parsed: argparse.Namespace) -> int:
    from vision_app.batch.clips import find_clips
    from vision_app.batch.run import BatchOptions, BatchRun
    from vision_app.headless.settings import load_settings

    given = {name: value for name, value in vars(parsed).items() if name not in _OWN}
    settings = load_settings(given, None if parsed.config is None else path_of(parsed.config))
    if settings.save or settings.csv or settings.log or settings.summary or settings.json:
        raise ConfigError(
            "batch writes results as JSON lines into --out; other outputs of the settings file are for run"
        )
    clips = find_clips([str(path_of(s)) if "://" not in s else s for s in parsed.sources])
    shown = _Shown(quiet=parsed.quiet)
    options = BatchOptions(path_of(parsed.out), parsed.engine, parsed.address, parsed.span, parsed.overwrite)
    run = BatchRun(clips, settings, options, shown.say, shown.update)
    interrupted = _stop_on_signals(run)
    progress = run.run()
    shown.end(progress)
    if interrupted:
        say(Message("vision-app: interrupted; the same command goes on from here"))
        return EXIT_INTERRUPTED
    return EXIT_FAILED if progress.failed else EXIT_OK


def _stop_on_signals(run: BatchRun) -> list[int]:
    """The first Ctrl-C or SIGTERM ends the batch after what is being worked on, the second at once."""
    came: list[int] = []

    def handle(number: int, frame: Any) -> None:
        came.append(number)
        if len(came) > 1:
            raise KeyboardInterrupt
        run.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handle)
    return came


class _Shown:
    """Progress on a terminal, and notices between."""

    def __init__(self, *, quiet: bool) -> None:
        self._live = sys.stderr.isatty() and not quiet
        self._quiet = quiet
        self._began_s = time.monotonic()
        self._first: int | None = None

    def say(self, line: str) -> None:
        """A notice."""
        say(Message("vision-app: {message}", message=line))

    def update(self, progress: Progress) -> None:
        """How far it is, and how long it will still take."""
        if self._first is None:
            self._first = progress.done_spans
        if not self._live:
            return
        done, passed_s = progress.done_spans - self._first, time.monotonic() - self._began_s
        left: str = ""
        if done:
            left_s = passed_s / done * (progress.spans - progress.done_spans)
            left = Message(", {left_s:.0f} s left", left_s=left_s)
        rate = progress.frames / max(passed_s, 1e-3)
        counting(
            Message(
                "{done_clips} of {clips} clips, {done_spans} of {spans} spans, {rate:.1f} frames/s{left}   ",
                done_clips=progress.done_clips,
                clips=progress.clips,
                done_spans=progress.done_spans,
                spans=progress.spans,
                rate=rate,
                left=left,
            )
        )

    def end(self, progress: Progress) -> None:
        """The last line."""
        if self._live:
            print(file=sys.stderr)  # noqa: T201  # behind the figures that rose
        if self._quiet:
            return
        seconds = time.monotonic() - self._began_s
        out(
            Message(
                "{done} of {clips} clips done, {frames} frames in {seconds:.1f} s, {failed} failed",
                done=progress.done_clips,
                clips=progress.clips,
                frames=progress.frames,
                seconds=seconds,
                failed=len(progress.failed),
            )
        )
