"""How time and memory grow with length, boxes, models, sources, size of the picture, and samples.

    python benchmarks/scale.py [--quick] [--only length,boxes] [--rounds 3] [--plots docs/images]
        [--into docs/benchmarks.md] [--json FILE]

Whole runs are processes of their own, single steps are called here; everything is measured in turns. The exponent is
that of `constant + factor * size ** exponent`: 1 is linear, "flat" rises by less than 1.3 over the whole range. What
grows faster than linear is listed at the end, and makes the exit status 1. All sizes take about half an hour, --quick
three minutes.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import tempfile
from pathlib import Path

import scale_parts
import scale_runs
from growth import measure, plot, table, too_fast
from machine import SHORT_RUN, describe_machine, put_into, table_of


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="fewer and smaller sizes, one round")
    parser.add_argument("--only", default="", help="keys of the axes, with commas")
    parser.add_argument("--rounds", type=int, default=3, help="medians of so many (default: 3)")
    parser.add_argument("--once-above", type=float, default=60.0, help="seconds (default: 60)")
    parser.add_argument("--plots", type=Path, help="folder of the pictures scale-KEY.png")
    parser.add_argument(
        "--into", type=Path, help="a page that has a place for the tables: docs/benchmarks.md"
    )
    parser.add_argument("--json", type=Path, help="all figures")
    parser.add_argument("--folder", type=Path, help="where to work (default: the system's temporary folder)")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.folder) as name:
        axes = [*scale_runs.axes(Path(name)), *scale_parts.axes(Path(name))]
        wanted = asked.only.split(",") if asked.only else [axis.key for axis in axes]
        if unknown := set(wanted) - {axis.key for axis in axes}:
            parser.error(f"--only: {', '.join(sorted(unknown))}: not of {', '.join(a.key for a in axes)}")
        axes = [axis for axis in axes if axis.key in wanted]
        measured = measure(
            axes,
            quick=asked.quick,
            rounds=1 if asked.quick else asked.rounds,
            once_above_s=asked.once_above,
            say=lambda text: print(text, file=sys.stderr, flush=True),
        )
    found = too_fast(axes, measured)
    parts = [SHORT_RUN] if asked.quick else []
    parts.append(describe_machine())
    for axis in axes:
        parts += [f"**{axis.title}**: {axis.note}", table_of(*table(axis, measured[axis.key]))]
        if asked.plots:
            path = asked.plots / f"scale-{axis.key}.png"
            plot(axis, measured[axis.key], path)
            parts.append(f"![{axis.title}: time and memory]({path.parent.name}/{path.name})")
    parts.append("\n".join(found) if found else "Nothing grows faster than linear.")
    text = "\n\n".join(parts)
    print(text)
    if asked.into:
        put_into(asked.into, "scale", text)
    if asked.json:
        figures = {key: [dataclasses.asdict(line) for line in lines] for key, lines in measured.items()}
        asked.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
