"""The desktop application, from the command line."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from vision_app.cli.console import Commands, Parser, add_debug_flag
from vision_app.errors import ConfigError


def register(commands: Commands[Parser]) -> None:
    """Add `desktop` to the command line; `vision-app` alone means it too."""
    parser = commands.add_parser("desktop", help="the desktop application (also: vision-app alone)")
    parser.add_argument(
        "--source", metavar="S", help="camera, file, folder, URL or synthetic:WxH@FPS to open"
    )
    parser.add_argument(
        "--model",
        metavar="M",
        action="append",
        default=[],
        help="name or .onnx file, options after a colon; repeat for several",
    )
    add_debug_flag(parser)
    parser.set_defaults(handler=_handle)


def _handle(arguments: argparse.Namespace) -> int:
    return start(arguments.source, arguments.model)


def start(source: str | None = None, models: Sequence[str] = ()) -> int:
    """Run the desktop until its window is closed.

    Args:
        source: what to open; None for what is remembered, a camera, or the demo clip.
        models: names or .onnx files to run; empty for what is remembered.

    Returns:
        The exit code.

    Raises:
        VisionError: PySide6, a system library or a screen is missing; the line says what to do.
    """
    from vision_app.engine.request import requested
    from vision_app.gui.system import check_system

    for model in models:
        try:
            requested(model)
        except ConfigError as error:
            raise ConfigError("--model {error}", error=error) from None

    check_system()
    from vision_app.gui.app import run

    return run(source, models)
