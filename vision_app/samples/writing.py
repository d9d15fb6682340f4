"""The thread that encodes pictures and keeps them, a batch at a time."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vision_app.errors import SampleError
from vision_app.messages import Message, message_of
from vision_app.results.values import ImageU8
from vision_app.samples.pictures import encode_jpeg
from vision_app.samples.sample import CropRecord, NewSample, Sample
from vision_app.samples.store import SampleStore

_QUEUE = 64
_BATCH = 16


@dataclass(frozen=True, slots=True)
class Taken:
    """A picture on its way to the disk.

    Attributes:
        label: its class.
        session: the burst that it is of.
        image: (H, W, 3) uint8 BGR; a part of a frame, never written again.
        crop: which part.
        source_id: where the frame is from.
        idle: it was taken while nothing else was captured.
    """

    label: str
    session: str
    image: ImageU8
    crop: CropRecord
    source_id: str
    idle: bool


OnKept = Callable[[Sequence[Taken], Sequence[Sample]], None]
OnLost = Callable[[Sequence[Taken], str], None]


class BatchWriter:
    """Keeps pictures in a store, those that wait together in one go. What fits no queue is refused.

    Args:
        store: a writable store.
        on_kept: told of pictures that are on the disk now, from the writing thread.
        on_lost: told of pictures that could not be kept, and why.
    """

    def __init__(self, store: SampleStore, on_kept: OnKept, on_lost: OnLost) -> None:
        self._store = store
        self._on_kept = on_kept
        self._on_lost = on_lost
        self._queue: queue.Queue[Taken | None] = queue.Queue(_QUEUE)
        self._thread = threading.Thread(target=self._run, name="samples-writer", daemon=True)
        self._thread.start()

    def put(self, taken: Taken, wait_s: float) -> bool:
        """Hand a picture over.

        Args:
            taken: the picture.
            wait_s: how long to wait for room.

        Returns:
            Whether there was room.
        """
        try:
            self._queue.put(taken, block=wait_s > 0, timeout=wait_s or None)
        except queue.Full:
            return False
        return True

    def close(self) -> None:
        """Keep what waits, and end."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        end = False
        while not end:
            batch, end = self._next_batch()
            if batch:
                self._keep(batch)

    def _next_batch(self) -> tuple[list[Taken], bool]:
        """What waits, at least one; and whether that was all."""
        item = self._queue.get()
        batch: list[Taken] = []
        while item is not None:
            batch.append(item)
            if len(batch) == _BATCH:
                return batch, False
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return batch, False
        return batch, True

    def _keep(self, batch: list[Taken]) -> None:
        try:
            samples = self._store.add_many(
                [
                    NewSample(t.label, t.session, encode_jpeg(t.image), ".jpg", t.image, t.source_id, t.crop)
                    for t in batch
                ]
            )
        except SampleError as error:
            self._on_lost(batch, message_of(error))
        except Exception as error:  # noqa: BLE001  # the thread must live: it is said in the progress
            self._on_lost(batch, Message("samples could not be kept: {error}", error=error))
        else:
            self._on_kept(batch, samples)
