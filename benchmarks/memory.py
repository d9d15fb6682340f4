"""Resident memory of a long headless run: how high it is, and whether it stays flat.

python benchmarks/memory.py [--frames 20000] [--model efficientnet-lite0] [--save clip.mp4]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from machine import describe_machine, print_table

_SAMPLES = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=20_000)
    parser.add_argument("--model", default="efficientnet-lite0")
    parser.add_argument("--size", default="1280x720")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results.part.jsonl"
        command = [
            *(sys.executable, "-m", "vision_app", "--source", f"synthetic:{arguments.size}", "--quiet"),
            *("--max-frames", str(arguments.frames), "--model", arguments.model),
            *("--json", str(Path(folder) / "results.jsonl")),
        ]
        rows = []
        with subprocess.Popen(command) as process:
            watched = psutil.Process(process.pid)
            step = arguments.frames // _SAMPLES
            wanted, done, offset = step, 0, 0
            peak = 0.0
            while process.poll() is None:
                try:
                    memory = watched.memory_info().rss / 1e6
                    peak = max(peak, memory)
                    if results.exists():
                        with results.open("rb") as file:
                            file.seek(offset)
                            new = file.read()
                        offset += len(new)
                        done += new.count(b"\n")
                    if done >= wanted:
                        rows.append([done, f"{memory:.0f}", watched.num_fds(), watched.num_threads()])
                        wanted += step
                except (psutil.NoSuchProcess, FileNotFoundError):
                    break
                time.sleep(0.05)
    print(describe_machine(), f"- {arguments.model}, {arguments.size}\n")
    print_table(["frames", "resident MB", "file handles", "threads"], rows)
    print(f"\npeak {peak:.0f} MB, exit code {process.returncode}")


if __name__ == "__main__":
    main()
