"""Several streams in one process against as many processes: frames a second in all, and resident memory.

    python benchmarks/streams.py --model yolox-nano --source clip.mp4 [--streams 4 --frames 150 --rounds 3]

Both ways read the same source so many times and write JSON lines. Rounds are interleaved; medians count.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from machine import describe_machine, print_table

from vision_app.memory import resident_mb
from vision_app.resources import demo_clip


def run(commands: list[list[str]]) -> tuple[float, float]:
    """Seconds until all have ended, and the most memory that they had together, 10^6 bytes."""
    started_s = time.perf_counter()
    processes = [subprocess.Popen(c, stdout=subprocess.DEVNULL) for c in commands]
    most_mb = 0.0
    while any(p.poll() is None for p in processes):
        most_mb = max(most_mb, sum(resident_mb(p.pid) or 0.0 for p in processes))
        time.sleep(0.05)
    assert all(p.returncode == 0 for p in processes)
    return time.perf_counter() - started_s, most_mb


def summary_fps(paths: list[Path]) -> float:
    """Frames a second in all, from the first frame to the last, as the summaries say."""
    summaries = [json.loads(p.read_text(encoding="utf-8")) for p in paths]
    return float(sum(s["frames"] for s in summaries) / max(s["seconds"] for s in summaries))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="yolox-nano")
    parser.add_argument("--source", default=str(demo_clip()))
    parser.add_argument("--streams", type=int, default=4)
    parser.add_argument("--frames", type=int, default=150)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    figures: dict[str, list[tuple[float, float]]] = {"one process": [], "as many processes": []}
    with tempfile.TemporaryDirectory() as folder:
        base = [sys.executable, "-m", "vision_app", "run", "--model", asked.model, "--quiet", "--overwrite"]
        base += ["--max-frames", str(asked.frames)]
        outs = [Path(folder) / f"{i}.json" for i in range(asked.streams)]
        sources = [part for _ in outs for part in ("--source", asked.source)]
        together = [[*base, *sources, "--json", f"{folder}/all.jsonl", "--summary", str(outs[0])]]
        apart = [
            [*base, "--source", asked.source, "--json", f"{folder}/{i}.jsonl", "--summary", str(out)]
            for i, out in enumerate(outs)
        ]
        for _ in range(asked.rounds):
            for name, commands, summaries in (
                ("one process", together, outs[:1]),
                ("as many processes", apart, outs),
            ):
                _, mb = run(commands)
                figures[name].append((summary_fps(summaries), mb))
    print(describe_machine())
    rows = [
        [name, f"{statistics.median(f for f, _ in v):.1f}", f"{statistics.median(m for _, m in v):.0f}"]
        for name, v in figures.items()
    ]
    print_table([f"{asked.streams} streams of {asked.source}, {asked.model}", "frames/s in all", "MB"], rows)


if __name__ == "__main__":
    main()
