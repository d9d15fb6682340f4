"""Kills and restarts a real MJPEG server in mid-stream and measures how soon frames come again.

    python -m benchmarks.reconnect [--times 20]

Prints, for each restart, how long the server was away and the time from its return to the next frame, and the
threads and open file handles before and after. Fails if a recovery takes longer than 3 s or something leaks.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import threading
import time

import psutil

from tests.mjpeg_server import MjpegServer
from vision_app.sources import Source, open_source

LIMIT_S = 3.0
AWAY_S = (0.5, 1.0, 2.0, 0.7, 1.5)
LONG_AWAY_S = 12.0
"""Once in the middle it is away for so long that the back-off has grown to its longest delay."""


def handles(process: psutil.Process) -> int:
    count: int = process.num_fds() if hasattr(process, "num_fds") else process.num_handles()
    return count


def recover_once(server: MjpegServer, source: Source, away_s: float) -> float:
    server.kill()
    time.sleep(away_s)
    server.start()
    while True:
        frame = source.read()
        if frame is None:
            raise SystemExit("the source ended")
        if frame.captured_s > server.returned_s:
            return frame.captured_s - server.returned_s


def settled(process: psutil.Process, wanted: tuple[int, int]) -> tuple[int, int]:
    deadline_s = time.perf_counter() + 8
    while True:
        now = (threading.active_count(), handles(process))
        if now == wanted or time.perf_counter() > deadline_s:
            return now
        time.sleep(0.05)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=20)
    times = parser.parse_args().times
    process = psutil.Process()
    server = MjpegServer(size_wh=(1280, 720))
    print(f"{platform.platform()}, {psutil.cpu_count()} cores, Python {platform.python_version()}")
    with server, open_source(server.url) as warm_up:
        warm_up.read()
    before = settled(process, (-1, -1))
    took: list[float] = []
    with server, open_source(server.url) as source:
        source.read()
        during = (threading.active_count(), handles(process))
        for i in range(times):
            away_s = LONG_AWAY_S if i == times // 2 else AWAY_S[i % len(AWAY_S)]
            took.append(recover_once(server, source, away_s))
            print(f"{i + 1:3d}  away {away_s:4.1f} s, next frame {took[-1]:.2f} s after the return")
        after_during = settled(process, during)
    after = settled(process, before)
    print(f"recovery: median {statistics.median(took):.2f} s, longest {max(took):.2f} s, limit {LIMIT_S:g} s")
    print(
        f"while streaming: {during[0]} threads and {during[1]} handles, then {after_during[0]} and {after_during[1]}"
    )
    print(f"outside: {before[0]} threads and {before[1]} handles before, {after[0]} and {after[1]} after")
    return 0 if max(took) <= LIMIT_S and after == before else 1


if __name__ == "__main__":
    raise SystemExit(main())
