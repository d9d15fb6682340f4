"""The command line: arguments in, exit codes out. Heavy modules are imported only when they are needed.

Exit codes: 0 done, 1 failed while running, 2 bad input, 130 interrupted with all outputs finished.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from vision_app import __version__
from vision_app.errors import VisionError

if TYPE_CHECKING:
    from vision_app.headless import HeadlessRun

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130

_DESCRIPTION = """\
Real-time computer vision on webcams, videos, photos and streams, through ONNX Runtime.

  vision-app --source clip.mp4                        classify a video with the shipped model
  vision-app --source photos/ --model yolo11n.onnx    detect in a folder of photos
  vision-app --source 0 --no-save --json -            first camera, results as JSON lines
"""

_SOURCES = """\
sources:
  0, 1, "HD Webcam"            camera by number or name (vision-app cameras lists them)
  clip.mp4                     video file
  photo.jpg, photos/, "*.png"  image, folder, pattern
  http://..., rtsp://...       stream or remote file
  synthetic:1280x720@30        a moving test card as a live source; without @30 as fast as it can be read

Without --save, --json, --csv and --summary the results go to runs/<source>-<n>/. Every flag can also stand
in the settings file (see doctor) or in a variable VISION_APP_<FLAG>.
"""

# flag, metavar (None for a switch), help; the group titles stand between them
_RUN_FLAGS: tuple[tuple[str, str | None, str] | str, ...] = (
    "input",
    ("source", "S", "camera number or name, file, folder, pattern, URL or synthetic:WxH[@FPS]"),
    ("start", "S", "start at this time of a video: seconds or HH:MM:SS"),
    ("end", "S", "stop at this time of a video"),
    ("every", "N", "take each N-th frame only"),
    ("max-frames", "N", "stop after that many frames"),
    ("size", "WxH", "picture size to ask of a camera"),
    ("fps", "F", "rate to ask of a camera"),
    ("give-up-after", "S", "end with an error after that long without a live frame (default: try for ever)"),
    "models",
    ("model", "M", "name or .onnx file; repeat for several at once (default: efficientnet-lite0)"),
    ("provider", "P", "auto, cpu, cuda or any name that ONNX Runtime knows (default: auto)"),
    ("top-k", "K", "classes that a classifier lists (default: 5)"),
    ("conf", "C", "lowest score of a detection (default: the card's, or 0.25)"),
    ("iou", "I", "overlap above which two boxes of a class are one (default: the card's, or 0.7)"),
    ("max-det", "N", "most detections a frame (default: 300)"),
    ("classes", "A,B", "keep these classes only: names or numbers"),
    ("agnostic", None, "look for duplicate boxes across classes"),
    ("multi-label", None, "a place may be several classes at once"),
    ("sliced", None, "detect in overlapping windows too, for small objects"),
    ("slice-size", "PX", "side of the windows (default: the model's input)"),
    ("slice-stride", "PX", "step between the windows (default: 80 %% of their side)"),
    ("classify-boxes", "M", "run this classifier on every detected box"),
    ("track", None, "give each object an id that it keeps (needs the extra: track)"),
    "output",
    ("save", "PATH", "annotated video or images: a file or a folder"),
    ("json", "FILE", "results as JSON lines; - for standard output"),
    ("csv", "FILE", "results as a table; - for standard output"),
    ("summary", "FILE", "figures of the whole run as JSON; - for standard output"),
    ("no-save", None, "write no files but those that are named"),
    ("overwrite", None, "replace outputs that exist"),
    ("quiet", None, "print errors only"),
    "speed",
    (
        "policy",
        "P",
        "every: lose no frame; latest: drop stale ones (default: every for files, latest for live)",
    ),
    ("workers", "N", "frames worked on at the same time (default: one a core; 1 for live)"),
    ("threads", "N", "threads inside one run of a model (default: 1; cores - 1 for live)"),
)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        _say(f"{self.prog}: {message} (try: {self.prog} --help)")
        raise SystemExit(EXIT_BAD_INPUT)


def _say(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201


def _out(text: str) -> None:
    print(text)  # noqa: T201


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    parser = _Parser(
        prog="vision-app",
        description=_DESCRIPTION,
        epilog="vision-app run --help lists every flag; run is understood when it is left out.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"vision-app {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    run = commands.add_parser(
        "run",
        help="run models on a source",
        description="Run models on a source.",
        epilog=_SOURCES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_run_flags(run)
    cameras = commands.add_parser(
        "cameras", help="list the cameras", description="List the cameras and their modes."
    )
    cameras.add_argument(
        "--no-modes", action="store_true", help="do not open the cameras to find their modes"
    )
    doctor = commands.add_parser(
        "doctor", help="check this installation", description="Check this installation and say what is wrong."
    )
    for command in (cameras, doctor):
        command.add_argument("--json", action="store_true", help="as JSON")
        command.add_argument("--debug", action="store_true", help=argparse.SUPPRESS)
    return parser


def _add_run_flags(parser: argparse.ArgumentParser) -> None:
    group: argparse._ActionsContainer = parser
    for row in _RUN_FLAGS:
        if isinstance(row, str):
            group = parser.add_argument_group(row)
            continue
        name, metavar, text = row
        if metavar is None:
            group.add_argument(f"--{name}", action="store_true", default=argparse.SUPPRESS, help=text)
        else:
            action = "append" if name == "model" else "store"
            group.add_argument(
                f"--{name}", metavar=metavar, action=action, default=argparse.SUPPRESS, help=text
            )
    other = parser.add_argument_group("other")
    other.add_argument(
        "--config", metavar="FILE", help="settings file (TOML) to use instead of the user's own"
    )
    other.add_argument("--debug", action="store_true", help="show the whole traceback of an error")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: arguments without the program's name; None for those of the process.

    Returns:
        The exit code.
    """
    # BLAS reads these when NumPy is imported: its own pool would fight with ONNX Runtime's threads
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = build_parser()
    if not arguments:
        parser.print_help()
        return EXIT_OK
    if arguments[0].startswith("-") and arguments[0] not in ("-h", "--help", "--version"):
        arguments.insert(0, "run")
    parsed = parser.parse_args(arguments)
    commands: dict[str, Callable[[argparse.Namespace], int]] = {
        "run": _run,
        "cameras": _cameras,
        "doctor": _doctor,
    }
    try:
        return commands[parsed.command](parsed)
    except VisionError as error:
        return _failed(error, EXIT_BAD_INPUT, debug=parsed.debug)
    except KeyboardInterrupt:
        _say("vision-app: interrupted")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        _close_broken_stdout()
        return EXIT_FAILED


def _failed(error: BaseException, code: int, *, debug: bool) -> int:
    if debug:
        traceback.print_exception(error)
    _say(f"vision-app: {' '.join(str(error).split())}")
    return code


def _close_broken_stdout() -> None:
    """Keep the interpreter from complaining at its exit that standard output is gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(parsed: argparse.Namespace) -> int:
    from vision_app.config import load_settings
    from vision_app.headless import HeadlessRun

    given = {k: v for k, v in vars(parsed).items() if k not in ("command", "config", "debug")}
    settings = load_settings(given, Path(parsed.config) if parsed.config else None)
    run = HeadlessRun(settings, _say_notice)
    with _Interrupts(run) as interrupts:
        run.start()
        try:
            _wait(run, show=not settings.quiet)
        except VisionError as error:
            _finish(run, quiet=settings.quiet)
            return _failed(error, EXIT_FAILED, debug=parsed.debug)
        except Exception as error:  # noqa: BLE001  # a fault of the program's own: keep the outputs, then say it
            _finish(run, quiet=settings.quiet)
            return _failed(
                RuntimeError(f"internal error: {type(error).__name__}: {error}"), EXIT_FAILED, debug=True
            )
        _finish(run, quiet=settings.quiet)
        if run.failed:
            return EXIT_FAILED
        return EXIT_INTERRUPTED if interrupts.count else EXIT_OK


def _say_notice(message: str) -> None:
    _say(f"vision-app: {message}")


class _Interrupts:
    """The first Ctrl-C or SIGTERM ends the run cleanly, the second at once."""

    def __init__(self, run: HeadlessRun) -> None:
        self._run = run
        self.count = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> _Interrupts:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: object) -> None:
        self.count += 1
        if not self._run.started:
            raise KeyboardInterrupt
        if self.count > 1:
            _say("vision-app: stopped at once; what was written is in files named .part")
            # threads that are inside C code would abort the process at a regular exit
            os._exit(EXIT_INTERRUPTED)
        self._run.stop()


def _wait(run: HeadlessRun, *, show: bool) -> None:
    if not (show and sys.stderr.isatty()):
        while not run.join(0.2):
            pass
        return
    from vision_app.progress import RunProgress

    with RunProgress(run) as progress:
        while not run.join(0.1):
            progress.update()


def _finish(run: HeadlessRun, *, quiet: bool) -> None:
    """Write the summary and tell the user where everything is."""
    text = run.write_summary()
    if text is not None:
        _out(text)
    if quiet:
        return
    tell = _say if run.uses_stdout or text is not None else _out
    for line in summary_lines(run.summary()):
        tell(line)
    sys.stdout.flush()


def summary_lines(summary: dict[str, Any]) -> list[str]:
    """The summary of a run as lines for a person."""
    frames, dropped = summary["frames"], summary["dropped"]
    lines = [
        f"{frames} frame{'s' * (frames != 1)} in {summary['seconds']:.1f} s ({summary['fps']:.1f} fps)"
        + (f", {dropped} dropped" if dropped else "")
    ]
    for model in summary["models"]:
        lines.append(f"  {model['model']}: {model['task']} on {model['provider']}")
    stages = ", ".join(
        f"{stage} {figures['p50']:.1f}/{figures['p95']:.1f}"
        for stage, figures in summary["stages_ms"].items()
    )
    lines.append(f"  p50/p95 ms: {stages}")
    if "age_ms" in summary:
        age = summary["age_ms"]
        lines.append(f"  frame age when written, p50/p95 ms: {age['p50']:.0f}/{age['p95']:.0f}")
    lines += [f"  wrote {path}" for path in summary["outputs"]]
    return lines


def _cameras(parsed: argparse.Namespace) -> int:
    from vision_app.sources.cameras import list_cameras, probe_modes

    rows: list[dict[str, Any]] = []
    for camera in list_cameras():
        modes = () if parsed.no_modes else probe_modes(camera)
        rows.append(
            {
                "index": camera.index,
                "name": camera.name,
                "backend": camera.backend,
                "path": camera.path,
                "modes": [f"{m.width}x{m.height}@{m.fps:g}" for m in modes],
            }
        )
    if parsed.json:
        _out(json.dumps(rows, indent=2, ensure_ascii=False))
        return EXIT_OK
    if not rows:
        _out("no camera found; plug one in, or check that it is not in use and that you may open it")
    for row in rows:
        _out(f"{row['index']}  {row['name']}  ({row['backend']})")
        if row["modes"]:
            _out("   " + "  ".join(row["modes"]))
    return EXIT_OK


def _doctor(parsed: argparse.Namespace) -> int:
    from vision_app.doctor import examine

    checks = examine()
    if parsed.json:
        _out(json.dumps([c.as_record() for c in checks], indent=2, ensure_ascii=False))
    else:
        width = max(len(c.name) for c in checks)
        for c in checks:
            _out(f"{c.mark} {c.name:<{width}}  {c.found}")
            if c.cure:
                _out(f"  {'':<{width}}  {c.cure}")
    return EXIT_FAILED if any(c.fatal for c in checks) else EXIT_OK
