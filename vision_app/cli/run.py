"""`vision-app run`, which is also understood without its name: models on a source, headless."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from vision_app.cancelling import CancelledError, interruptible
from vision_app.cli.console import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_OK,
    Commands,
    Parser,
    add_debug_flag,
    failed,
    out,
    out_json,
    say,
)
from vision_app.engine.options import RUN, Option, of_front_end
from vision_app.errors import ConfigError, SinkError, VisionError
from vision_app.interrupts import end_at_once, heard
from vision_app.memory import keep_for_pictures
from vision_app.messages import Message, spoken, told
from vision_app.paths import path_of

if TYPE_CHECKING:
    from vision_app.headless.run import HeadlessRun

_SOURCES = """\
sources:
  0, 1, "HD Webcam"            camera by number or name (vision-app cameras lists them)
  clip.mp4                     video file
  photo.jpg, photos/, "*.png"  image, folder, pattern
  http://..., rtsp://...       stream or remote file
  synthetic:1280x720@30        a moving test card as a live source; without @30 as fast as it can be read
  demo                         the shipped clip

models:
  yolox-nano                                   the flags below are asked of every model that has such an option
  yolox-nano:conf=0.4,classes=person,dog,track options of this model alone: NAME:OPTION=VALUE,...; values of a list go
                                               on until the next option, a value with a comma stands in double quotes
  sketch-yolo --model yolox-nano:conf=0.4      several at once, each with its own; 'C:\\nets\\x.onnx:conf=0.4' works too

Without --save, --json, --csv and --summary the results go to runs/<source>-<n>/. Every flag can also stand
in the settings file (see doctor) or in a variable VISION_APP_<FLAG>.
"""


def _option_row(option: Option) -> tuple[str, str | None, str]:
    """A flag for one option of the models, with its default in the help."""
    default = option.default_words or ("" if option.metavar == "" else str(option.default))
    text = option.help[spoken()]
    text += told(Message(" (default: {default})", default=default)) if default else ""
    return option.name.replace("_", "-"), option.metavar or None, text.replace("%", "%%")


_REPEATED = ("source", "model")

# flag, metavar (None for a switch), help; the group titles stand between them
_RUN_FLAGS: tuple[tuple[str, str | None, str] | str, ...] = (
    "input",
    (
        "source",
        "S",
        Message("camera number or name, file, folder, pattern, URL or synthetic:WxH[@FPS]; may be repeated"),
    ),
    ("start", "S", Message("start at this time of a video: seconds or HH:MM:SS")),
    ("end", "S", Message("stop at this time of a video")),
    ("every", "N", Message("take each N-th frame only")),
    ("max-frames", "N", Message("stop after that many frames of each source")),
    ("size", "WxH", Message("picture size to ask of a camera")),
    ("fps", "F", Message("rate to ask of a camera")),
    ("every-s", "N", Message("fetch a still picture behind http(s):// again every N seconds")),
    ("insecure", None, Message("take any certificate from an encrypted source: it may be somebody else's")),
    (
        "fingerprint",
        "SHA256",
        Message("take the certificate with this fingerprint, and remember it for its host"),
    ),
    (
        "give-up-after",
        "S",
        Message("end with an error after that long without a live frame (default: try for ever)"),
    ),
    "filters",
    (
        "filter",
        "CHAIN",
        Message(
            "OpenCV operations before the models, such as 'clahe:2.0,8|canny:80,160' (vision-app filters list)"
        ),
    ),
    (
        "show-original",
        None,
        Message("the filtered picture is for the models alone; show and save the original"),
    ),
    "models",
    ("model", "M", Message("name, name@version or .onnx file; repeat for several (default: nanodet-g-int8)")),
    *(_option_row(option) for option in of_front_end(RUN)),
    (
        "gate",
        None,
        "spare the models frames in which nothing has changed: their results are those of the frame before",
    ),
    "window",
    ("gui", None, Message("open the source in the desktop application; takes --source and --model")),
    (
        "kiosk",
        "FILE",
        Message("show a kiosk file full screen (see vision-app kiosk --help); takes --screen"),
    ),
    (
        "screen",
        "N|NAME",
        Message("with --kiosk: the monitor instead of that of the file, its number from 1 or its name"),
    ),
    "output",
    ("save", "PATH", Message("annotated video or images: a file or a folder")),
    ("json", "FILE", Message("results as JSON lines; - for standard output")),
    ("csv", "FILE", Message("results as a table; - for standard output")),
    (
        "log",
        "FILE",
        Message("results in the format that the ending names: .jsonl, .csv, or that of a plug-in; repeat"),
    ),
    ("summary", "FILE", Message("figures of the whole run as JSON; - for standard output")),
    ("no-save", None, "write no files but those that are named"),
    ("overwrite", None, Message("replace outputs that exist")),
    (
        "panel",
        "P",
        Message("rate, latency and models in a corner of what is saved: auto (clips, not photos), on or off"),
    ),
    ("quiet", None, Message("print errors only")),
    "speed",
    (
        "policy",
        "P",
        Message("every: lose no frame; latest: drop stale ones (default: every for files, latest for live)"),
    ),
    ("workers", "N", Message("frames worked on at the same time (default: one a core; 1 for live)")),
    ("threads", "N", Message("threads inside one run of a model (default: 1; cores - 1 for live)")),
)


def register(commands: Commands[Parser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "run",
        help="run models on a source",
        description="Run models on a source.",
        epilog=_SOURCES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_flags(parser)
    other = parser.add_argument_group("other")
    other.add_argument(
        "--config", metavar="FILE", help="settings file (TOML) to use instead of the user's own"
    )
    add_debug_flag(other)
    parser.set_defaults(handler=_run)


def add_flags(parser: Parser, groups: Sequence[str] = ()) -> None:
    """Add the flags of a run.

    Args:
        parser: of the command.
        groups: titles of the groups that it takes; none for all.
    """
    group: argparse._ActionsContainer = parser
    wanted = True
    for row in _RUN_FLAGS:
        if isinstance(row, str):
            wanted = not groups or row in groups
            group = parser.add_argument_group(row) if wanted else group
            continue
        if not wanted:
            continue
        name, metavar, text = row
        if metavar is None:
            group.add_argument(f"--{name}", action="store_true", default=argparse.SUPPRESS, help=text)
        else:
            action = "append" if name in _REPEATED else "store"
            group.add_argument(
                f"--{name}", metavar=metavar, action=action, default=argparse.SUPPRESS, help=text
            )


def _run(parsed: argparse.Namespace) -> int:
    from vision_app.headless.run import HeadlessRun
    from vision_app.headless.settings import load_settings

    given = {k: v for k, v in vars(parsed).items() if k not in ("command", "config", "debug", "handler")}
    if "kiosk" in given or "gui" in given:
        return _show(parsed, given)
    if "screen" in given:
        raise ConfigError("--screen goes with --kiosk FILE: it names the monitor of a kiosk")
    settings = load_settings(given, None if parsed.config is None else path_of(parsed.config))
    keep_for_pictures()
    run = HeadlessRun(settings, _notice)
    with _Interrupts(run) as interrupts:
        interruptible(run.start, run.cancellation)
        try:
            _wait(run, interrupts, show=not settings.quiet)
        except VisionError as error:
            _finish(run, quiet=settings.quiet)
            if isinstance(error, CancelledError):
                return EXIT_INTERRUPTED
            return failed(error, EXIT_FAILED, debug=parsed.debug)
        except Exception as error:  # noqa: BLE001  # a fault of the program's own: keep the outputs, then say it
            _finish(run, quiet=settings.quiet)
            return failed(
                RuntimeError(
                    Message("internal error: {name}: {error}", name=type(error).__name__, error=error)
                ),
                EXIT_FAILED,
                debug=True,
            )
        if not _finish(run, quiet=settings.quiet) or run.failed:
            return EXIT_FAILED
        return EXIT_INTERRUPTED if interrupts.count else EXIT_OK


def _show(parsed: argparse.Namespace, given: dict[str, Any]) -> int:
    """Hand over to the front end that was asked for; a flag that it would ignore is refused.

    Raises:
        ConfigError: there is such a flag.
    """
    window, taken = (
        ("kiosk", ("kiosk", "limit", "screen"))
        if "kiosk" in given
        else ("gui", ("gui", "limit", "source", "model"))
    )
    ignored = [f"--{name.replace('_', '-')}" for name in given if name not in taken]
    if parsed.config:
        ignored.append("--config")
    if ignored:
        where = Message("in the kiosk file") if window == "kiosk" else Message("in the window")
        raise ConfigError(
            "{ignored} cannot be given with --{window}: that is chosen {where}",
            ignored=", ".join(ignored),
            window=window,
            where=where,
        )
    if window == "kiosk":
        from vision_app.cli.kiosk import run_kiosk

        return run_kiosk(
            argparse.Namespace(file=given["kiosk"], screen=given.get("screen"), debug=parsed.debug)
        )
    from vision_app.cli.desktop import start

    sources = given.get("source", [])
    if len(sources) > 1:
        raise ConfigError(
            "--gui shows one source at a time, got {count}: {sources}",
            count=len(sources),
            sources=", ".join(map(str, sources)),
        )
    return start(sources[0] if sources else None, given.get("model", ()))


def _notice(message: str) -> None:
    say(Message("vision-app: {message}", message=message))


_CANCEL_AFTER_S = 10.0
"""How long a frame that is worked on may take to be finished once the run was asked to end."""
_END_AFTER_S = 20.0


class _Interrupts:
    """The first Ctrl-C or SIGTERM ends the run cleanly, the second at once."""

    def __init__(self, run: HeadlessRun) -> None:
        self._run = run
        self.count = 0
        self._asked_s = 0.0
        self._heard = heard(self._handle)

    def __enter__(self) -> _Interrupts:
        self._heard.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._heard.__exit__(None, None, None)

    def _handle(self, number: int, frame: object) -> None:
        self.count += 1
        if self.count > 1:
            self.end_at_once()
        self._asked_s = time.monotonic()
        self._run.stop()

    def look(self) -> None:
        """See to it that the run does end once it was asked to."""
        if not self.count:
            return
        waited_s = time.monotonic() - self._asked_s
        if waited_s > _CANCEL_AFTER_S:
            self._run.cancel()
        if waited_s > _END_AFTER_S:
            self.end_at_once()

    def end_at_once(self) -> NoReturn:
        """End the process where it is."""
        if self._run.started:
            say(Message("vision-app: stopped at once; what was written is in files named .part"))
        end_at_once(EXIT_INTERRUPTED)


def _wait(run: HeadlessRun, interrupts: _Interrupts, *, show: bool) -> None:
    if interrupts.count:  # it came while the last step of the start was done
        run.stop()
    if not (show and sys.stderr.isatty()):
        while not run.join(0.2):
            interrupts.look()
        return
    from vision_app.headless.progress import RunProgress

    with RunProgress(run) as progress:
        while not run.join(0.1):
            interrupts.look()
            progress.update()


def _finish(run: HeadlessRun, *, quiet: bool) -> bool:
    """Write the summary and tell the user where everything is. Figures that no file takes are told in any case."""
    fine, on_stdout = True, False
    try:
        on_stdout = run.write_summary(out_json)
    except SinkError as error:
        say(Message("vision-app: {error}", error=error))
        fine = False
    if quiet and fine:
        return True
    tell = say if run.uses_stdout or on_stdout else out
    for line in summary_lines(run.summary()):
        tell(line)
    sys.stdout.flush()
    return fine


def summary_lines(summary: dict[str, Any]) -> list[str]:
    """The summary of a run as lines for a person."""
    frames, dropped = summary["frames"], summary["dropped"]
    lines: list[str] = [
        Message(
            "{frames} frame{s} in {seconds:.1f} s ({fps:.1f} fps)",
            frames=frames,
            s="s" * (frames != 1),
            seconds=summary["seconds"],
            fps=summary["fps"],
        )
        + (Message(", {dropped} dropped", dropped=dropped) if dropped else "")
        + (
            Message(", {rested} of them without a change", rested=summary["rested"])
            if "rested" in summary
            else ""
        )
        + (
            Message(", {expected} of them between looks, by tracks", expected=summary["expected"])
            if "expected" in summary
            else ""
        )
    ]
    for model in summary["models"]:
        lines.append(
            Message(
                "  {model}: {task} on {provider}",
                model=model["model"],
                task=model["task"],
                provider=model["provider"],
            )
        )
    stages = ", ".join(
        f"{stage} {figures['p50']:.1f}/{figures['p95']:.1f}"
        for stage, figures in summary["stages_ms"].items()
    )
    lines.append(f"  p50/p95 ms: {stages}")
    if "age_ms" in summary:
        age = summary["age_ms"]
        lines.append(
            Message(
                "  frame age when written, p50/p95 ms: {p50:.0f}/{p95:.0f}", p50=age["p50"], p95=age["p95"]
            )
        )
    lines += [Message("  wrote {path}", path=path) for path in summary["outputs"]]
    return lines
