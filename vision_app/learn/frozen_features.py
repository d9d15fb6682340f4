"""The frozen front of a split network: what it makes of pictures is computed once and kept."""

from __future__ import annotations

import errno
import hashlib
import math
import os
import shutil
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision_app.cancelling import CancelledError
from vision_app.errors import ModelError, SampleError, TrainingError, disk_reason
from vision_app.graph.blocks import SplitNetwork
from vision_app.learn.augment import View, changed
from vision_app.learn.cache import default_folder
from vision_app.learn.embedding import Embedder
from vision_app.messages import Message
from vision_app.results.values import FloatArray, ImageU8, IntArray
from vision_app.runtime import Session, ThreadPolicy, cpu_count
from vision_app.samples.pictures import decode_picture, read_bytes
from vision_app.samples.sample import Sample
from vision_app.scratch import scratch_folder
from vision_app.tasks.preprocess import Preprocessor

MEMORY_BYTES = 256 * 1024 * 1024
"""Activations beyond this are kept on the disk."""
DISK_BYTES = 8 * 1024 * 1024 * 1024

_HALF_LIMIT = 6e4

OnPictures = Callable[[int, int], None]
"""Is told how many pictures are done, and of how many."""


@dataclass(frozen=True, slots=True, eq=False)
class Activations:
    """What the front gives of some pictures.

    Attributes:
        x: (N, views, ...) float16 or float32, perhaps on the disk.
        y: (N,) class ids.
    """

    x: NDArray[Any]
    y: IntArray


class Told:
    """Counts pictures over several calls."""

    def __init__(self, on_pictures: OnPictures | None, total: int) -> None:
        self._on_pictures, self._total, self._done = on_pictures, total, 0

    def add(self, count: int) -> None:
        """So many more are done."""
        self._done += count
        if self._on_pictures is not None:
            self._on_pictures(self._done, self._total)


class FrozenFeatures:
    """The frozen front: pictures to activations at the cut.

    Args:
        embedder: the whole network, loaded.
        split: the network in two.
        stack: ends what is kept on the disk.
    """

    def __init__(self, embedder: Embedder, split: SplitNetwork, stack: ExitStack) -> None:
        self._card = embedder.card
        self._stack = stack
        provider = "cpu" if embedder.session.provider == "CPUExecutionProvider" else "auto"
        self._threads = cpu_count() if provider == "cpu" else 1
        self._session = Session(
            embedder.file.path,
            provider,
            ThreadPolicy.for_files(self._threads),
            content=split.front.SerializeToString(),
        )
        self._preprocessor = Preprocessor(embedder.card.input)

    def of_image(self, image: ImageU8) -> FloatArray:
        """(1, ...) float32 of one picture."""
        tensor, _ = self._preprocessor.prepare(image, self._card.input.size_hw)
        result: FloatArray = np.asarray(self._session.run_single(tensor), np.float32)
        if len(result) != 1:
            raise ModelError(
                "{name}: one picture gives {count} rows where it is cut: these blocks cannot be unfrozen",
                name=self._card.name,
                count=len(result),
            )
        return result

    def activations(
        self,
        samples: Sequence[Sample],
        y: IntArray,
        views: Sequence[View],
        told: Told,
        cancelled: Callable[[], bool],
    ) -> Activations:
        """Activations of all views; samples that cannot be read any more are left out.

        Raises:
            CancelledError: it was cancelled.
            TrainingError: no picture can be read, or the disk has no room.
        """
        stop = threading.Event()
        store: NDArray[Any] | None = None
        good = np.zeros(len(samples), np.bool_)

        def work(sample: Sample) -> FloatArray | None:
            if stop.is_set() or cancelled():
                return None
            try:
                data = read_bytes(sample.path)
                image = decode_picture(data, str(sample.path)).image
            except SampleError:
                return None
            digest = hashlib.sha256(data).hexdigest()
            return np.concatenate([self.of_image(changed(image, view, digest)) for view in views])

        with ThreadPoolExecutor(self._threads, "front") as pool:
            try:
                for i, rows in enumerate(pool.map(work, samples)):
                    if cancelled():
                        raise CancelledError("the training was cancelled")
                    told.add(len(views))
                    if rows is None:
                        continue
                    if store is None:
                        store = self._storage((len(samples), *rows.shape), rows)
                    elif store.dtype == np.float16 and np.abs(rows).max() > _HALF_LIMIT:
                        store = store.astype(np.float32)  # rare: what does not fit into 16 bits
                    store[i] = rows
                    good[i] = True
            except BaseException:
                stop.set()
                raise
        if store is None:
            raise TrainingError("none of {count} pictures can be read any more", count=len(samples))
        return Activations(store, y) if good.all() else Activations(store[good], y[good])

    def _storage(self, shape: tuple[int, ...], first: FloatArray) -> NDArray[Any]:
        dtype = np.dtype(np.float16 if np.abs(first).max() <= _HALF_LIMIT else np.float32)
        size = math.prod(shape) * dtype.itemsize
        if size <= MEMORY_BYTES:
            return np.empty(shape, dtype)
        if size > DISK_BYTES:
            raise TrainingError(
                "what the frozen layers make of {shape} samples in {shape_1} views needs {size:.0f} GB "
                "on the disk, at most {disk_bytes:.0f} GB are taken: unfreeze fewer blocks, or take "
                "fewer --views",
                shape=shape[0],
                shape_1=shape[1],
                size=size / 1e9,
                disk_bytes=DISK_BYTES / 1e9,
            )
        try:
            return np.memmap(self._reserved(size), dtype, "r+", shape=shape)
        except OSError as error:
            raise TrainingError(
                "{scratch_place}: {size:.1f} GB of activations cannot be kept: {reason}; unfreeze fewer "
                "blocks, or take fewer --views",
                scratch_place=_scratch_place(),
                size=size / 1e9,
                reason=disk_reason(error),
            ) from error

    def _reserved(self, size: int) -> Path:
        """A scratch file whose room on the disk is taken: writing to a map beyond it would end the process."""
        place = _scratch_place()
        place.mkdir(parents=True, exist_ok=True)
        folder = self._stack.enter_context(scratch_folder(place, "unfreezing"))
        if shutil.disk_usage(place).free < size * 1.02:
            raise OSError(errno.ENOSPC, Message("the disk is full"))
        path = folder / "activations"
        with path.open("wb") as file:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, size)
            else:
                file.truncate(size)
        return path


def _scratch_place() -> Path:
    """Beside the kept embeddings: the system's own folder for such files is often in memory."""
    return default_folder().parent
