"""The command line: arguments in, exit codes out. A command is one module and one row.

Heavy modules are imported only when they are needed, so that the help appears at once.

Exit codes: 0 done, 1 failed while running, 2 bad input, 130 interrupted with all outputs finished.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence

from vision_app import __version__, limits
from vision_app.cancelling import CancelledError
from vision_app.cli import (
    batch,
    bench,
    cameras,
    desktop,
    doctor,
    evaluate,
    explain,
    filters,
    kiosk,
    models,
    report,
    run,
    samples,
    site,
    train,
)
from vision_app.cli.console import (
    EXIT_BAD_INPUT,
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    Handler,
    Parser,
    Registers,
    close_broken_stdout,
    failed,
    say,
)
from vision_app.cli.helping import speak_argparse
from vision_app.errors import ModelError, VisionError, disk_reason
from vision_app.messages import Message, ToldFormatter, language_of_environment, speak

COMMANDS: tuple[Registers, ...] = (
    run,
    desktop,
    models,
    samples,
    train,
    evaluate,
    explain,
    filters,
    batch,
    report,
    bench,
    kiosk,
    site,
    cameras,
    doctor,
)

_DESCRIPTION = Message("""\
Real-time computer vision on webcams, videos, photos and streams, through ONNX Runtime.

  vision-app                                          the desktop application
  vision-app --source clip.mp4                        classify a video with the shipped model
  vision-app --source photos/ --model yolo11n.onnx    detect in a folder of photos
  vision-app --source 0 --no-save --json -            first camera, results as JSON lines
""")


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    parser = Parser(
        prog="vision-app",
        description=_DESCRIPTION,
        epilog="vision-app run --help lists every flag; run is understood when it is left out.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"vision-app {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for module in COMMANDS:
        module.register(commands)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: arguments without the program's name; None for those of the process.

    Returns:
        The exit code.
    """
    # ONNX Runtime reads it when it is imported, which the quantiser does by itself (see vision_app/runtime.py)
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    speak(language_of_environment())
    speak_argparse()
    if logging.lastResort is not None:  # it writes what goes into no log to the terminal
        logging.lastResort.setFormatter(ToldFormatter())
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = build_parser()
    if not arguments:
        arguments = ["desktop"]
    if arguments[0].startswith("-") and arguments[0] not in ("-h", "--help", "--version"):
        arguments.insert(0, "run")
    parsed = parser.parse_args(arguments)
    handler: Handler = parsed.handler
    from vision_app.scratch import sweep_usual  # not for the help

    try:
        limits.put_in_force(getattr(parsed, "limit", ()))
        _ = limits.current()  # a variable that is wrong is said now, not in the middle of the work
        sweep_usual()
        return handler(parsed)
    except (KeyboardInterrupt, CancelledError):
        say(Message("vision-app: interrupted"))
        return EXIT_INTERRUPTED
    except VisionError as error:
        return failed(error, EXIT_BAD_INPUT, debug=parsed.debug)
    except MemoryError as error:
        return failed(
            ModelError("there is not enough memory for it: {error}", error=error),
            EXIT_FAILED,
            debug=parsed.debug,
        )
    except BrokenPipeError:
        close_broken_stdout()
        return EXIT_FAILED
    except OSError as error:  # what no command has foreseen of the world's faults
        name = f"{error.filename}: " if isinstance(error.filename, str) else ""
        return failed(
            VisionError("{name}{reason}", name=name, reason=disk_reason(error)),
            EXIT_FAILED,
            debug=parsed.debug,
        )
