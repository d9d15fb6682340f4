"""Measures one model in this process, which is best a fresh one."""

from __future__ import annotations

import dataclasses
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from vision_app import runtime
from vision_app.bench.rows import Row
from vision_app.cards.lookup import find_model
from vision_app.catalogue.counting import count
from vision_app.engine.build import Pool
from vision_app.engine.consumer import SinkWriter
from vision_app.engine.handover import Policy
from vision_app.engine.pipeline import Pipeline
from vision_app.engine.predictors import LoadedModel
from vision_app.errors import SourceError
from vision_app.memory import peak_mb, resident_mb
from vision_app.results.values import Frame, ImageU8, Result, Timings
from vision_app.runtime import ThreadPolicy
from vision_app.sinks.null import NullSink
from vision_app.sources import Source, SourceInfo, SourceOptions, open_source
from vision_app.sources.closing import ClosesAtExit

_PICTURES = 8


@dataclass(frozen=True, slots=True)
class Job:
    """What to measure.

    Attributes:
        model: name or file.
        provider: wanted provider.
        source: whatever `open_source` understands.
        frames: how many frames each of the two runs has.
    """

    model: str
    provider: str
    source: str
    frames: int


class _Recorder:
    """A model that remembers how long each frame took."""

    def __init__(self, model: LoadedModel) -> None:
        self._model = model
        self.timings: list[Timings] = []

    name = property(lambda self: self._model.name)
    provider = property(lambda self: self._model.provider)
    task = property(lambda self: self._model.task)

    def predict(self, image: ImageU8) -> tuple[Result, Timings]:
        """Pass it on."""
        result, timings = self._model.predict(image)
        self.timings.append(timings)
        return result, timings


class _Replay(ClosesAtExit):
    """A source of pictures in memory, over and over: reading costs nothing, as from a camera's driver."""

    def __init__(self, info: SourceInfo, images: Sequence[ImageU8], frames: int) -> None:
        self.info = dataclasses.replace(info, frame_count=frames)
        self._images = images
        self._next = 0

    def read(self) -> Frame | None:
        """The next picture."""
        number, self._next = self._next, self._next + 1
        if number >= (self.info.frame_count or 0):
            return None
        image = self._images[number % len(self._images)]
        return Frame(image, number, time.perf_counter(), None, self.info.source_id)

    def close(self) -> None:
        """Nothing is open."""


def measure(job: Job) -> Row:
    """Load, run under the live policy, run under the file policy.

    Raises:
        VisionError: the model, the provider or the source cannot be had.
    """
    cv2.setNumThreads(1)
    file = find_model(job.model)
    started = time.perf_counter()
    model = Pool(ThreadPolicy.for_live()).get(file, job.provider)
    load_s = time.perf_counter() - started
    card = model.card
    info, images = _pictures(job)
    model.predict(images[0])
    recorder = _Recorder(model)
    fps_live = _rate(_Replay(info, images, job.frames), recorder, 1)
    memory, peak = resident_mb(), peak_mb()  # before the graph is counted and a second session is made
    provider, timings = model.provider, recorder.timings
    tensor_hw = _tensor_hw(model, images[0])
    del model, recorder
    threads = ThreadPolicy.for_files(runtime.cpu_count())
    worker = Pool(threads).get(file, job.provider)
    worker.predict(images[0])
    source: Source = _Replay(info, images, job.frames) if info.live else open_source(job.source)
    fps_file = _rate(source, worker, runtime.cpu_count(), job.frames)
    counts = count(file.path, _input_shape(worker, tensor_hw))
    infer = np.array([t.infer_s for t in timings]) * 1e3
    whole = [(t.prepare_s + t.infer_s + t.decode_s) * 1e3 for t in timings]
    return Row(
        name=card.name,
        provider=f"{job.provider}: {provider}" if job.provider == "auto" else provider,
        family=card.family,
        task=card.task,
        input_hw=tensor_hw,
        params=counts.params,
        macs=counts.macs,
        file_bytes=file.path.stat().st_size,
        load_ms=round(load_s * 1e3, 1),
        infer_p50_ms=round(float(np.percentile(infer, 50)), 3),
        infer_p95_ms=round(float(np.percentile(infer, 95)), 3),
        frame_p50_ms=round(statistics.median(whole), 3),
        fps_live=fps_live,
        fps_file=fps_file,
        memory_mb=memory,
        memory_peak_mb=peak,
        published=_published(card.published),
    )


def _published(published: Any) -> dict[str, Any] | None:
    return None if published is None else dataclasses.asdict(published)


def _pictures(job: Job) -> tuple[SourceInfo, list[ImageU8]]:
    """A few pictures, spread over the source where its length is known."""
    with open_source(job.source) as source:
        info = source.info
    every = max(1, min(info.frame_count or 1, job.frames) // _PICTURES)
    images: list[ImageU8] = []
    with open_source(job.source, SourceOptions(every=1 if info.live else every)) as source:
        while len(images) < _PICTURES and (frame := source.read()) is not None:
            images.append(frame.image)
    if not images:
        raise SourceError("{source_id}: gave no frame to measure on", source_id=info.source_id)
    return info, images


def _rate(source: Source, predictor: Any, workers: int, frames: int | None = None) -> float | None:
    """Frames a second from the first result to the last; None where there was only one."""
    pipeline = Pipeline(
        source, [predictor], SinkWriter([NullSink()]), Policy.EVERY, workers=workers, max_frames=frames
    )
    pipeline.start()
    pipeline.join()
    stats = pipeline.stats
    if stats.frames < 2 or stats.first_result_s is None:
        return None
    return round((stats.frames - 1) / (stats.elapsed_s - stats.first_result_s), 2)


def _tensor_hw(model: LoadedModel, image: ImageU8) -> tuple[int, int]:
    tensor = model.prepare(image)[0]
    high = 2 if model.card.input.layout == "NCHW" else 1
    return int(tensor.shape[high]), int(tensor.shape[high + 1])


def _input_shape(model: LoadedModel, hw: tuple[int, int]) -> tuple[int, ...]:
    return (1, 3, *hw) if model.card.input.layout == "NCHW" else (1, *hw, 3)
