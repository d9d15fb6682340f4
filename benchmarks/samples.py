"""The sample store: samples a second that are on the disk, 20 000 samples, and 200 kills.

    python benchmarks/samples.py [--kills 200] [--samples 20000] [--folder DIR]

The disk decides the first figures: run it on the disk that the samples will be on.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import psutil
from machine import describe_machine, print_table

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.sample_kills import run_kills
from vision_app.results.values import Frame, ImageU8
from vision_app.samples.capture import CaptureSession
from vision_app.samples.duplicates import find_lookalikes
from vision_app.samples.pictures import encode_jpeg
from vision_app.samples.sample import NewSample
from vision_app.samples.store import SampleStore
from vision_app.sources import open_source

_BURST = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--samples", type=int, default=20_000)
    parser.add_argument("--folder", type=Path, help="where to work (default: the system's temporary folder)")
    arguments = parser.parse_args()
    print(f"{describe_machine()}\n")
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        _measure_capture(Path(folder))
        _measure_many(Path(folder) / "many", arguments.samples)
        if arguments.kills:
            _measure_kills(Path(folder) / "kills", arguments.kills)


def _frames(size_wh: tuple[int, int]) -> list[ImageU8]:
    with open_source(f"synthetic:{size_wh[0]}x{size_wh[1]}") as source:
        return [frame.image for _ in range(30) if (frame := source.read()) is not None]


def _measure_capture(folder: Path) -> None:
    rows = []
    for size_wh in ((640, 480), (1280, 720)):
        images = _frames(size_wh)
        with SampleStore.open(folder / f"burst-{size_wh[0]}") as store:
            with CaptureSession(store, rate_hz=None) as session:
                session.start_burst("as fast as it goes")
                started_s = time.perf_counter()
                for i in range(_BURST):
                    session.offer(Frame(images[i % 30], i, 0.0), wait_s=60)
                session.stop()
                session.flush()
                fast = _BURST / (time.perf_counter() - started_s)
                session.set_rate(30)
                session.start_burst("a camera of 30 a second")
                waits = _like_a_camera(session, images, 30, 5.0)
                progress = session.progress
            one = NewSample("one by one", "s", encode_jpeg(images[0]), ".jpg", images[0])
            alone_ms = _median_ms(partial(store.add, one), 50)
        rows.append(
            (
                f"{size_wh[0]} x {size_wh[1]}",
                f"{fast:.0f}",
                f"{progress.counted}, {progress.dropped} dropped",
                f"{max(waits) * 1e3:.2f}",
                f"{alone_ms:.1f}",
            )
        )
    print_table(
        (
            "frames",
            "samples/s on the disk",
            "5 s at 30 fps: counted",
            "longest offer(), ms",
            "one alone, ms (median)",
        ),
        rows,
    )


def _like_a_camera(session: CaptureSession, images: list[ImageU8], fps: int, seconds: float) -> list[float]:
    """Offer frames at their times; gives how long each offer took."""
    waits, begun = [], time.perf_counter()
    for i in range(round(fps * seconds)):
        time.sleep(max(0.0, begun + i / fps - time.perf_counter()))
        started_s = time.perf_counter()
        session.offer(Frame(images[i % 30], i, 0.0))
        waits.append(time.perf_counter() - started_s)
    session.stop()
    session.flush()
    return waits


def _measure_many(folder: Path, count: int) -> None:
    rng = np.random.default_rng(0)
    with SampleStore.open(folder) as store:
        for first in range(0, count, 500):
            news = []
            for i in range(first, min(first + 500, count)):
                image = _textured(rng)
                news.append(
                    NewSample(f"class {i % 10}", f"burst {i // 40}", encode_jpeg(image), ".jpg", image)
                )
            store.add_many(news)
    process, before = psutil.Process(), psutil.Process().memory_info().rss
    store = SampleStore.open(folder)
    memory_mb = (process.memory_info().rss - before) / 1e6
    rows = [("memory of an open store, MB", f"{memory_mb:.0f}")]
    store.close()
    for name, writable in (("write", True), ("read", False)):
        open_it = partial(SampleStore.open, folder, writable=writable)
        cpu_s = time.process_time()
        wall_ms = _median_ms(lambda open_it=open_it: open_it().close(), 5)  # type: ignore[misc]
        cpu_ms = (time.process_time() - cpu_s) / 5 * 1e3
        rows.append((f"open to {name}, ms (of processor time)", f"{wall_ms:.0f} ({cpu_ms:.0f})"))
    with SampleStore.open(folder) as store:
        ids = store.ids()
        rows += [
            ("list the ids of a class, ms", f"{_median_ms(lambda: store.ids('class 3'), 20):.2f}"),
            ("list all samples, ms", f"{_median_ms(store.samples, 5):.0f}"),
            ("thumbnail, first time, ms", f"{_each_ms(store, ids[:200]):.2f}"),
            ("thumbnail, kept, ms", f"{_each_ms(store, ids[:200]):.2f}"),
        ]
        started_s = time.perf_counter()
        found = find_lookalikes(store.samples())
        rows.append(
            (f"compare all with all ({len(found)} found), s", f"{time.perf_counter() - started_s:.1f}")
        )
        for name, change in (
            ("rename a class", lambda: store.rename("class 1", "other")),
            ("merge two classes", lambda: store.merge("class 2", "class 3")),
            ("undo that", store.undo),
            ("delete 1000", lambda: store.delete(ids[:1000])),
        ):
            started_s = time.perf_counter()
            change()
            rows.append((f"{name}, ms", f"{(time.perf_counter() - started_s) * 1e3:.0f}"))
    print()
    print_table((f"{count} samples", ""), rows)


def _textured(rng: np.random.Generator) -> ImageU8:
    coarse = rng.integers(0, 255, (6, 8, 3), np.uint8)
    return cv2.resize(coarse, (320, 240), interpolation=cv2.INTER_CUBIC)  # type: ignore[return-value]


def _each_ms(store: SampleStore, ids: list[str]) -> float:
    started_s = time.perf_counter()
    for sample_id in ids:
        store.thumbnail(sample_id)
    return (time.perf_counter() - started_s) / len(ids) * 1e3


def _median_ms(what: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        started_s = time.perf_counter()
        what()
        taken.append(time.perf_counter() - started_s)
    return statistics.median(taken) * 1e3


def _measure_kills(folder: Path, count: int) -> None:
    folder.mkdir()
    result = run_kills(folder, count)
    print()
    print_table(("killed while", "times"), [*result.kills.items(), ("in all", sum(result.kills.values()))])
    print(
        f"\n{len(result.acknowledged)} samples, every counted one there with its hash, no half-written file, no repair "
        f"by hand; {result.unacknowledged} were on the disk though the kill cut off their acknowledgement; "
        f"{result.adopted} openings took in pictures that no line named; the slowest opening took "
        f"{max(result.open_s, default=0.0):.2f} s"
    )


if __name__ == "__main__":
    main()
