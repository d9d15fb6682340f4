"""An archive on two Dask workers of one core each, beside one local process on the same cores.

    python benchmarks/batch.py CLIP [--clips 40] [--model nanodet-g-int8] [--kill]

Links the clip as often as wanted, runs both ways in turn, and compares the results line by line. With --kill one worker
is killed in the middle.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ADDRESS = "tcp://127.0.0.1:18790"


def start(*arguments: str) -> subprocess.Popen[bytes]:
    """A process of Dask."""
    command = [sys.executable, "-m", f"distributed.cli.dask_{arguments[0]}", *arguments[1:]]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def batch(archive: Path, out: Path, model: str, *more: str) -> subprocess.Popen[bytes]:
    """The command, as a user runs it."""
    command = [
        sys.executable,
        "-m",
        "vision_app",
        "batch",
        str(archive),
        "--out",
        str(out),
        "--model",
        model,
        *more,
    ]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def results(folder: Path) -> dict[str, list[Any]]:
    """All lines but how long they took."""
    found = {}
    for path in sorted(folder.glob("*.jsonl")):
        found[path.name] = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        for record in found[path.name]:
            del record["timings_ms"]
    return found


def main() -> None:
    """Run both ways."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clip", type=Path)
    parser.add_argument("--clips", type=int, default=40)
    parser.add_argument("--model", default="nanodet-g-int8")
    parser.add_argument("--kill", action="store_true")
    parsed = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        archive = folder / "archive"
        archive.mkdir()
        for number in range(parsed.clips):
            (archive / f"clip-{number:03d}{parsed.clip.suffix}").symlink_to(parsed.clip.resolve())
        began_s = time.perf_counter()
        assert batch(archive, folder / "local", parsed.model).wait() == 0
        local_s = time.perf_counter() - began_s
        cluster = [
            start("scheduler", "--host", "127.0.0.1", "--port", ADDRESS.rpartition(":")[2], "--no-dashboard")
        ]
        worker = ("worker", ADDRESS, "--nthreads", "1", "--no-dashboard", "--no-nanny")
        cluster += [start(*worker, "--local-directory", str(folder / f"w{i}")) for i in range(2)]
        time.sleep(5)
        began_s = time.perf_counter()
        far = batch(archive, folder / "far", parsed.model, "--engine", "dask", "--address", ADDRESS)
        if parsed.kill:
            time.sleep(local_s / 2)
            cluster[1].kill()
        assert far.wait() == 0
        far_s = time.perf_counter() - began_s
        for process in cluster:
            process.kill()
        here, there = results(folder / "local"), results(folder / "far")
        frames = sum(map(len, here.values()))
        same = "equal" if here == there else "DIFFERENT"
        print(
            f"{parsed.clips} clips, {frames} frames: local {local_s:.1f} s, two workers {far_s:.1f} s "
            f"({far_s / local_s:.2f}){', one killed' * parsed.kill}; results {same}"
        )


if __name__ == "__main__":
    main()
