"""`vision-app doctor`: what is installed, what is used, what is wrong."""

from __future__ import annotations

import argparse

from vision_app.cli.console import EXIT_FAILED, EXIT_OK, Commands, Parser, add_debug_flag, out, out_json
from vision_app.cli.helping import padded, width_of
from vision_app.messages import told


def register(commands: Commands[Parser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "doctor", help="check this installation", description="Check this installation and say what is wrong."
    )
    parser.add_argument("--json", action="store_true", help="as JSON")
    add_debug_flag(parser, hidden=True)
    parser.set_defaults(handler=_doctor)


def _doctor(parsed: argparse.Namespace) -> int:
    from vision_app.doctor import examine

    checks = examine()
    if parsed.json:
        out_json([c.as_record() for c in checks])
    else:
        width = max(width_of(told(c.name)) for c in checks)
        for c in checks:
            out(f"{c.mark} {padded(told(c.name), width)}  {told(c.found)}")
            if c.cure:
                out(f"     {' ' * width}  {told(c.cure)}")
    return EXIT_FAILED if any(c.fatal for c in checks) else EXIT_OK
