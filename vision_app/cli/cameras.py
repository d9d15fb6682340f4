"""`vision-app cameras`: which cameras there are."""

from __future__ import annotations

import argparse
from typing import Any

from vision_app.cli.console import EXIT_OK, Commands, Parser, add_debug_flag, out, out_json
from vision_app.messages import Message


def register(commands: Commands[Parser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "cameras", help="list the cameras", description="List the cameras and their modes."
    )
    parser.add_argument("--no-modes", action="store_true", help="do not open the cameras to find their modes")
    parser.add_argument("--json", action="store_true", help="as JSON")
    add_debug_flag(parser, hidden=True)
    parser.set_defaults(handler=_cameras)


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
        out_json(rows)
        return EXIT_OK
    if not rows:
        out(Message("no camera found; plug one in, or check that it is not in use and that you may open it"))
    for row in rows:
        out(f"{row['index']}  {row['name']}  ({row['backend']})")
        if row["modes"]:
            out("   " + "  ".join(row["modes"]))
    return EXIT_OK
