"""`vision-app bench`: models measured on this machine, beside their published accuracy."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from vision_app.cli.console import (
    EXIT_FAILED,
    EXIT_OK,
    Commands,
    Parser,
    add_debug_flag,
    out,
    out_json,
    out_table,
    say,
)
from vision_app.messages import Message, told
from vision_app.paths import path_of

if TYPE_CHECKING:
    from vision_app.bench.rows import Row


def register(commands: Commands[Parser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "bench",
        help="measure models on this machine",
        description="Measure models on this machine, each in a process of its own: size, load time, latency, rate, "
        "memory, beside the published accuracy.",
    )
    parser.add_argument("--models", metavar="A,B", help="names or .onnx files (default: all on this disk)")
    parser.add_argument("--source", metavar="S", help="frames to measure on (default: the shipped clip)")
    parser.add_argument(
        "--providers",
        metavar="P,Q",
        default="cpu",
        help="providers to measure on, such as cpu,cuda (default: cpu)",
    )
    parser.add_argument("--frames", metavar="N", type=int, help="frames of each run (default: 60)")
    parser.add_argument(
        "--rounds",
        metavar="N",
        type=int,
        help="measure each model so often, in turns, and take medians (default: 1)",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as JSON, an array of objects")
    form.add_argument("--markdown", action="store_true", help="as a Markdown table")
    parser.add_argument(
        "--plot", metavar="FILE", help="accuracy against latency as a picture: .png, .svg, .pdf (extra: plot)"
    )
    add_debug_flag(parser, hidden=True)
    parser.set_defaults(handler=_bench)


def _bench(parsed: argparse.Namespace) -> int:
    from vision_app.bench.running import Plan, openvino_line, run_bench

    if parsed.plot:  # before minutes of measuring
        from vision_app.bench.plot import check_can_plot

        check_can_plot(path_of(parsed.plot))
    given = {"frames": parsed.frames, "rounds": parsed.rounds}
    plan = Plan(
        _names(parsed.models),
        parsed.source,
        _names(parsed.providers),
        **{key: value for key, value in given.items() if value is not None},
    )
    rows = run_bench(plan, say)
    if parsed.json:
        out_json([row.as_record() for row in rows])
    elif parsed.markdown:
        from vision_app.bench.tables import markdown

        out(markdown(rows))
    else:
        _show(rows)
    good = [row for row in rows if not row.error]
    if good and not parsed.json and {"cpu", "auto"} & set(plan.providers):
        line = openvino_line(plan, rows, say)
        out(f"\n{told(line)}" if parsed.markdown else line)
    if parsed.plot:
        from vision_app.bench.plot import plot

        say(plot(good, path_of(parsed.plot)))
    return EXIT_OK if good else EXIT_FAILED


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def _show(rows: list[Row]) -> None:
    from vision_app.bench.running import machine
    from vision_app.bench.tables import LEGEND, plain_table, terminal_table

    good = [row for row in rows if not row.error]
    if good and sys.stdout.isatty():
        out_table(terminal_table(good))
    elif good:
        for line in plain_table(good):
            out(line)
    for row in rows:
        if row.error:
            out(
                Message(
                    "{name} on {provider}: {error}", name=row.name, provider=row.provider, error=row.error
                )
            )
    if good:
        for line in ("", machine(), LEGEND):
            out(line)
