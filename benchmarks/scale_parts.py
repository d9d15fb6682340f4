"""Single steps at many sizes, in this process: what is done to boxes, and what is done to samples."""

from __future__ import annotations

import gc
import tempfile
import time
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import cv2
import numpy as np
from growth import Axis, Cost

from vision_app import overlay
from vision_app.cards.card import parse_card_text
from vision_app.engine.bytetrack import ByteTrack
from vision_app.learn.splitting import divide
from vision_app.results.values import Detections, FloatArray, Frame, Packet, Timings
from vision_app.samples.duplicates import find_lookalikes
from vision_app.samples.pictures import encode_jpeg
from vision_app.samples.sample import NewSample
from vision_app.samples.store import SampleStore
from vision_app.sinks.jsonl import JsonlSink
from vision_app.sources.base import SourceInfo
from vision_app.tasks.base import TaskOptions
from vision_app.tasks.boxes import BoxDecoder

_PICTURE_WH = (1280, 720)
_COVERED = 1 / 3
_DUPLICATES = 8
_LEAST_S, _FEWEST = 0.2, 3
_IN_A_BURST, _CLASSES = 40, 10
_THUMBNAILS = 100


def axes(folder: Path) -> list[Axis]:
    """All axes of single steps."""
    return [_steps_of_boxes(folder), _samples(folder)]


def repeated(step: Callable[[], object]) -> Cost:
    """Processor time and time on the wall of one call: the mean of as many as take a fifth of a second."""
    step()
    gc.collect()
    calls, began_cpu_s, began_s = 0, time.process_time(), time.perf_counter()
    while calls < _FEWEST or time.perf_counter() - began_s < _LEAST_S:
        step()
        calls += 1
    return Cost((time.process_time() - began_cpu_s) / calls, (time.perf_counter() - began_s) / calls)


def once(step: Callable[[], object]) -> Cost:
    """The same for a step that cannot be repeated."""
    began_cpu_s, began_s = time.process_time(), time.perf_counter()
    step()
    return Cost(time.process_time() - began_cpu_s, time.perf_counter() - began_s)


def _objects(count: int, frame: int = 0) -> FloatArray:
    """(N, 4) boxes of things that move, and cover a third of the picture together, however many they are."""
    rng = np.random.default_rng(count)
    width, height = _PICTURE_WH
    side = np.sqrt(_COVERED * width * height / count)
    sides = side * rng.uniform(0.6, 1.4, (count, 2))
    centres = rng.uniform(0, 1, (count, 2)) * _PICTURE_WH + frame * rng.normal(0, 0.03 * side, (count, 2))
    return np.concatenate([centres - sides / 2, centres + sides / 2], axis=1).astype(np.float32)


def _found(count: int, frame: int = 0) -> Detections:
    scores = np.random.default_rng(count + frame).uniform(0.3, 1, count).astype(np.float32)
    classes = np.zeros(count, np.int64)
    return Detections("m", _objects(count, frame), scores, classes, ("thing",), np.arange(count) + 1)


def _steps_of_boxes(folder: Path) -> Axis:
    cv2.setNumThreads(1)
    image = np.zeros((*_PICTURE_WH[::-1], 3), np.uint8)
    card = parse_card_text(
        '{"schema": 1, "name": "m", "title": "m", "task": "detect", "licence": "Apache-2.0", "input": {"size_hw":'
        '[736, 1280], "layout": "NCHW", "colour": "BGR", "scale": 1.0, "resize": "letterbox-centre", "stride": 32},'
        '"output": {"layout": "yolo-v8", "activation": "none"}, "labels": ["thing"]}',
        "card",
    )

    def decode(count: int) -> Cost:
        """Each thing is found several times, as networks do."""
        rng = np.random.default_rng(0)
        boxes = np.repeat(_objects(count), _DUPLICATES, axis=0)
        boxes += rng.normal(0, 0.05, boxes.shape) * (boxes[:, 2:3] - boxes[:, :1])
        rows = np.concatenate(
            [
                (boxes[:, :2] + boxes[:, 2:]) / 2,
                boxes[:, 2:] - boxes[:, :2],
                rng.uniform(0.3, 1, (len(boxes), 1)),
            ],
            axis=1,
        )
        decoder = BoxDecoder(card, TaskOptions(max_det=count), False)
        _, geometry = decoder.prepare(image)
        outputs = {"boxes": np.ascontiguousarray(rows.T[None].astype(np.float32))}
        return repeated(lambda: decoder.detections(decoder.find(outputs, geometry), geometry))

    def track(count: int) -> Cost:
        frames = [_found(count, frame) for frame in range(8)]

        def follow() -> None:
            tracker = ByteTrack()
            for number, found in enumerate(frames):
                tracker.update(found.xyxy, found.scores, number / 30)

        cost = repeated(follow)
        return Cost(cost.cpu_s / len(frames), cost.wall_s / len(frames))

    def draw(count: int) -> Cost:
        found = _found(count)
        return repeated(lambda: overlay.render(image, (found,)))

    def write(count: int) -> Cost:
        packet = Packet(Frame(image, 0, 0.0, 0.0), (_found(count),), Timings(), None, True)
        with tempfile.TemporaryDirectory(dir=folder) as name:
            sink = JsonlSink(Path(name) / "r.jsonl")
            sink.open(SourceInfo("m", "synthetic", _PICTURE_WH, 30.0, live=False, frame_count=None))
            cost = repeated(lambda: sink.write(packet))
            sink.close()
        return cost

    return Axis(
        "steps",
        "boxes",
        (1, 3, 10, 30, 100, 300, 1_000, 3_000),
        (1, 10, 100, 300, 1_000, 3_000),
        {
            f"decode and suppress ({_DUPLICATES} candidates each)": decode,
            "track": track,
            "draw": draw,
            "write as JSON": write,
        },
        "one call; the boxes cover a third of 1280 x 720 together, whatever their number",
    )


def _samples(folder: Path) -> Axis:
    @cache
    def store_of(count: int) -> tuple[Path, Cost]:
        path = folder / f"samples-{count}"
        return path, once(partial(_fill, path, count))

    def opened(count: int, use: Callable[[SampleStore], Cost]) -> Cost:
        with SampleStore.open(store_of(count)[0], writable=False) as store:
            return use(store)

    def thumbnails(store: SampleStore) -> Cost:
        ids = store.ids()
        chosen = ids[:: max(1, len(ids) // _THUMBNAILS)][:_THUMBNAILS]
        return repeated(lambda: [store.thumbnail(one) for one in chosen])

    def split(store: SampleStore) -> Cost:
        samples, labels = store.samples(), store.labels
        return repeated(lambda: divide(samples, labels, 0.2, 0))

    def lookalikes(store: SampleStore) -> Cost:
        samples = store.samples()
        return once(lambda: find_lookalikes(samples))

    return Axis(
        "samples",
        "samples",
        (100, 300, 1_000, 3_000, 10_000, 20_000),
        (100, 300, 1_000, 3_000),
        {
            "add them, 500 at a time": lambda n: store_of(n)[1],
            "open the store": lambda n: repeated(
                lambda: SampleStore.open(store_of(n)[0], writable=False).close()
            ),
            "list them": lambda n: opened(n, lambda s: repeated(s.samples)),
            f"{_THUMBNAILS} thumbnails": lambda n: opened(n, thumbnails),
            "split by session": lambda n: opened(n, split),
            "compare all with all": lambda n: opened(n, lookalikes),
        },
        f"pictures of 160 x 120, {_CLASSES} classes, bursts of {_IN_A_BURST}",
    )


def _fill(folder: Path, count: int) -> None:
    rng = np.random.default_rng(0)
    with SampleStore.open(folder) as store:
        for first in range(0, count, 500):
            news = []
            for i in range(first, min(first + 500, count)):
                coarse = rng.integers(0, 255, (6, 8, 3), np.uint8)
                image = np.asarray(cv2.resize(coarse, (160, 120), interpolation=cv2.INTER_CUBIC), np.uint8)
                label = f"class {i // _IN_A_BURST % _CLASSES}"
                news.append(NewSample(label, f"burst {i // _IN_A_BURST}", encode_jpeg(image), ".jpg", image))
            store.add_many(news)
