"""Reading a sample store: what its state in memory says."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from vision_app.errors import SampleError
from vision_app.results.values import ImageU8
from vision_app.samples import layout
from vision_app.samples.drawing import draw_movement
from vision_app.samples.movements import read_movement
from vision_app.samples.pictures import read_picture
from vision_app.samples.sample import Facts, Sample, SampleClass
from vision_app.samples.state import ClassState, StoredSample, StoreState
from vision_app.samples.thumbnails import Thumbnails


class StoreView:
    """The part of a store that reads. Every method may be called from any thread.

    Args:
        folder: where the store is.
        state: what its manifest says, with the places of the files.

    Attributes:
        folder: where the store is.
        notices: what opening found and put right, a line each.
    """

    def __init__(self, folder: Path, state: StoreState) -> None:
        self.folder = folder
        self.notices: tuple[str, ...] = ()
        self._state = state
        self._looking = threading.RLock()  # held for moments, around the state in memory
        self._revision = 0
        self._thumbnails = Thumbnails(folder / layout.THUMBNAILS)

    @property
    def revision(self) -> int:
        """Rises with every change: who shows the store looks again when it has."""
        return self._revision

    @property
    def classes(self) -> tuple[SampleClass, ...]:
        """Every class in the order of creation, with its number of samples."""
        with self._looking:
            return tuple(
                SampleClass(c.label, c.folder, len(self._present(c)), c.background, c.movement)
                for c in self._state.classes
                if c.alive
            )

    @property
    def labels(self) -> tuple[str, ...]:
        """The label of every class in the order of creation."""
        with self._looking:
            return tuple(c.label for c in self._state.classes if c.alive)

    def earlier_labels(self) -> dict[str, tuple[str, ...]]:
        """Labels that each class had before the one it has now: what a model that learnt before knows it by."""
        with self._looking:
            return self._state.earlier_labels()

    @property
    def background(self) -> str | None:
        """Label of the class of pictures that stands for "none of these"."""
        return self._standing_for_none(movement=False)

    @property
    def idle(self) -> str | None:
        """Label of the class of movements that stands for what lies between movements."""
        return self._standing_for_none(movement=True)

    def _standing_for_none(self, *, movement: bool) -> str | None:
        with self._looking:
            wanted = (
                c.label for c in self._state.classes if c.alive and c.background and c.movement == movement
            )
            return next(wanted, None)

    def __len__(self) -> int:
        with self._looking:
            return sum(len(self._present(c)) for c in self._state.classes if c.alive)

    def ids(self, label: str | None = None) -> list[str]:
        """Ids of the samples of a class, or of all classes, oldest first within a class.

        Raises:
            SampleError: there is no such class.
        """
        with self._looking:
            chosen = [self._state.need_class(label)] if label is not None else self._state.classes
            return [i for c in chosen if c.alive for i in self._present(c)]

    def samples(self, label: str | None = None) -> list[Sample]:
        """The samples of a class, or of all.

        Raises:
            SampleError: there is no such class.
        """
        with self._looking:
            return [self._sample(self._state.entries[i]) for i in self.ids(label)]

    def sample(self, sample_id: str) -> Sample:
        """One sample, also a deleted one.

        Raises:
            SampleError: there is none of that id.
        """
        with self._looking:
            return self._sample(self._entry(sample_id))

    def facts(self, sample_id: str) -> Facts:
        """What else is known about a sample.

        Raises:
            SampleError: there is none of that id.
        """
        with self._looking:
            e = self._entry(sample_id)
            return Facts(e.time, e.source_id, e.size_wh, e.crop, e.origin, e.original, e.movement)

    def deleted(self) -> list[Sample]:
        """The samples in the trash, oldest first."""
        with self._looking:
            return [self._sample(e) for e in self._state.entries.values() if e.deleted and e.place]

    def missing(self) -> list[Sample]:
        """The samples whose files were not found; the other methods leave them out."""
        with self._looking:
            return [
                self._sample(e) for e in self._state.entries.values() if e.place is None and not e.deleted
            ]

    def known(self, sha256: str, label: str) -> str | None:
        """Id of a sample that came with this content and label; None when there is none, or it was deleted.

        It may have been given another label since.
        """
        with self._looking:
            return self._state.known.get((sha256, label))

    def has_original(self, original: str, label: str) -> bool:
        """Whether there is a movement that was made of this file and span, and came with this label.

        It may have been given another label since; one that was deleted does not count.
        """
        with self._looking:
            return any(
                e.original == original and e.first_label == label and not e.deleted and e.movement is not None
                for e in self._state.entries.values()
            )

    def read(self, sample_id: str) -> ImageU8:
        """The picture of a sample, or of a movement a drawing: (H, W, 3) uint8 BGR.

        Raises:
            SampleError: there is none of that id, or its file is gone or damaged.
        """
        return self._of_file(sample_id, _shown)

    def thumbnail(self, sample_id: str) -> ImageU8:
        """A small picture of a sample, at most `thumbnails.SIDE_PX` a side: (h, w, 3) uint8 BGR.

        Raises:
            SampleError: there is none of that id, or its file is gone or damaged.
        """
        return self._of_file(sample_id, lambda s: self._thumbnails.get(s.sha256, lambda: _shown(s)))

    # -- parts -------------------------------------------------------------------------------------------

    def _of_file(self, sample_id: str, use: Callable[[Sample], ImageU8]) -> ImageU8:
        """Use the file of a sample; again when another thread has moved it meanwhile."""
        while True:
            sample = self.sample(sample_id)
            try:
                return use(sample)
            except SampleError:
                if self.sample(sample_id).path == sample.path:
                    raise

    def _entry(self, sample_id: str) -> StoredSample:
        found = self._state.entries.get(sample_id)
        if found is None:
            raise SampleError(
                "there is no sample {sample_id!r} in {folder}", sample_id=sample_id, folder=self.folder
            )
        return found

    def _sample(self, e: StoredSample) -> Sample:
        path = self.folder / (e.place or layout.home_of(e))
        movement = e.movement is not None
        return Sample(e.id, path, e.of.label, e.session, e.sha256, e.split, e.fingerprint, movement)

    def _present(self, of: ClassState) -> list[str]:
        entries = self._state.entries
        return [i for i in of.members if entries[i].place is not None]

    def _count_missing(self) -> int:
        return sum(e.place is None and not e.deleted for e in self._state.entries.values())


def _shown(sample: Sample) -> ImageU8:
    return draw_movement(read_movement(sample.path)) if sample.movement else read_picture(sample.path)
