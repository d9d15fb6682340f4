"""Four cameras for as long as you like, two of which are killed and started again every minute.

    python benchmarks/soak.py CLIP CLIP [--minutes 60] [--every 60]

The site runs in a process of its own; its memory, file handles and threads are read every ten seconds. At the end the
file of events is compared with itself: each line whole, each id once, every `stream lost` followed by a `stream back`.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from machine import describe_machine
from mjpeg_clips import Cameras, encoded

SIZE_WH = (640, 360)
FPS = 10.0
_LOOK_EVERY_S = 10.0
_RULES = """
[[stream.rule]]
kind = "presence"
name = "anybody"
classes = ["person"]
snapshot = true
[[stream.rule]]
kind = "zone"
name = "middle"
points = [[0.3, 0.1], [0.7, 0.1], [0.7, 1.0], [0.3, 1.0]]
classes = ["person", "car", "truck"]
clip = true
"""


def site_file(folder: Path, urls: Sequence[str]) -> Path:
    text = ""
    for i, url in enumerate(urls):
        text += f'[[stream]]\nname = "s{i}"\nsource = "{url}"\n{_RULES}'
    path = folder / "site.toml"
    path.write_text(text, encoding="utf-8")
    return path


def checked(path: Path) -> str:
    """What is wrong with a file of events; in words."""
    lines = [
        line for file in sorted(path.parent.glob("events*.jsonl")) for line in file.read_text().splitlines()
    ]
    events = [json.loads(line) for line in lines]
    ids = [event["id"] for event in events]
    faults = []
    if len(set(ids)) != len(ids):
        faults.append("ids stand twice")
    for stream in {event["stream"] for event in events}:
        kinds = [e["kind"] for e in events if e["stream"] == stream and e["kind"].startswith("stream")]
        if kinds[::2] != ["stream lost"] * len(kinds[::2]) or kinds[1::2] != ["stream back"] * len(
            kinds[1::2]
        ):
            faults.append(f"{stream}: lost and back do not alternate")
    missing = [
        e[k] for e in events for k in ("snapshot", "clip") if e[k] and not (path.parent / e[k]).exists()
    ]
    if missing:
        faults.append(f"{len(missing)} pictures or clips are missing, such as {missing[0]}")
    lost = sum(event["kind"] == "stream lost" for event in events)
    return f"{len(events)} events, {lost} times a stream was lost; " + (
        "; ".join(faults) or "all is complete"
    )


def main() -> None:
    import psutil

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument(
        "--every", type=float, default=60.0, help="seconds between two kills of the same streams"
    )
    parsed = parser.parse_args()
    print(describe_machine())
    reels = [encoded(clip, SIZE_WH, FPS, 60) for clip in parsed.clips]
    cameras = [Cameras([reels[i % len(reels)]], FPS) for i in range(4)]
    for camera in cameras:
        camera.start()
    with tempfile.TemporaryDirectory() as temporary:
        path = site_file(Path(temporary), [camera.url() for camera in cameras])
        process = psutil.Popen([sys.executable, "-m", "vision_app", "site", "run", str(path), "--quiet"])
        begun_s, next_kill_s, down = time.monotonic(), parsed.every, False
        try:
            while (elapsed_s := time.monotonic() - begun_s) < parsed.minutes * 60:
                time.sleep(_LOOK_EVERY_S)
                if process.poll() is not None:
                    raise SystemExit(f"the site has ended with {process.returncode}")
                memory = process.memory_full_info()
                print(
                    f"{elapsed_s / 60:5.1f} min  {memory.uss / 1e6:6.1f} MB  {process.num_fds()} handles  "
                    f"{process.num_threads()} threads",
                    flush=True,
                )
                if down:
                    for camera in cameras[:2]:
                        camera.start()
                    down = False
                elif elapsed_s >= next_kill_s:
                    next_kill_s += parsed.every
                    for camera in cameras[:2]:
                        camera.kill()
                    down = True
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()
        print(f"ended with {process.returncode}; {checked(path.parent / 'events.jsonl')}")
    for camera in cameras:
        camera.kill()


if __name__ == "__main__":
    main()
