"""A live HLS broadcast as it is shown: pictures a second, age, gaps, jumps back.

    python benchmarks/hls.py [--seconds 24] [--pieces 2 6]

The server on loopback knows when each of its pictures was taken, so that the age that is said can be held against the
true one.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
from machine import describe_machine, print_table

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.clips import read_code
from tests.hls_server import HlsServer, piece
from vision_app.sources import open_source

FPS = 10


def measure(piece_s: float, seconds: float) -> tuple[object, ...]:
    """One row of the table."""
    for number in range(8 + int(seconds / piece_s)):
        piece(number, piece_s, FPS)
    told: list[str] = []
    rows: list[tuple[float, int, float, float]] = []
    with HlsServer(piece_s, FPS) as server, open_source(server.url, report=told.append) as source:
        ends_s = time.perf_counter() + seconds
        while time.perf_counter() < ends_s:
            frame = source.read()
            assert frame is not None
            now_s = time.perf_counter()
            # The picture shows its number modulo 256: the one nearest to the last, or to what there must be.
            near = rows[-1][1] if rows else server.newest(now_s)
            number = near + (read_code(frame.image) - near + 128) % 256 - 128
            rows.append((now_s, number, now_s - server.taken_s(number), now_s - frame.captured_s))
    data = np.array(rows)
    back = int((np.diff(data[:, 1]) <= 0).sum())
    return (
        f"{piece_s:g} s",
        f"{(len(data) - 1) / (data[-1, 0] - data[0, 0]):.2f} of {FPS}",
        f"{np.percentile(data[:, 2], 95):.2f}",
        f"{np.percentile(data[:, 3], 95):.2f}",
        f"{np.diff(data[:, 0]).max():.2f}",
        back,
        len(told),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=24.0)
    parser.add_argument("--pieces", type=float, nargs="+", default=[2.0, 6.0])
    arguments = parser.parse_args()
    print(describe_machine())
    head = [
        "pieces",
        "pictures a second",
        "true age p95 s",
        "age said p95 s",
        "longest gap s",
        "jumps back",
        "said",
    ]
    print_table(head, [measure(p, arguments.seconds) for p in arguments.pieces])


if __name__ == "__main__":
    main()
