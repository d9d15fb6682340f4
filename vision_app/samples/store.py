"""The sample store: a folder that keeps labelled pictures, and loses none that it has counted.

A sample is counted once its file is synced to the disk under its final name and its line in the manifest is
synced too. Whatever a crash leaves behind is put right by the next opening. One process writes at a time; any
number may read.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from vision_app.errors import SampleError
from vision_app.locking import HeldLock, try_lock
from vision_app.paths import path_of
from vision_app.samples import clock, layout
from vision_app.samples.disk import PendingFiles, sync_folder, why
from vision_app.samples.labels import clean_label
from vision_app.samples.manifest import (
    MANIFEST,
    Event,
    ManifestWriter,
    create_manifest,
    read_manifest,
    unwritable,
)
from vision_app.samples.records import add_event
from vision_app.samples.repair import Repaired, repair
from vision_app.samples.sample import NewMovement, NewSample, Sample
from vision_app.samples.state import ClassState, StoredSample, StoreState
from vision_app.samples.view import StoreView


def is_store(folder: Path) -> bool:
    """Whether a folder is a sample store."""
    return (folder / MANIFEST).is_file()


class SampleStore(StoreView):
    """Labelled pictures on the disk. Every method may be called from any thread.

    Made by `open`. Reading never waits for the disk writes of another thread.

    Attributes:
        folder: where it is.
        writable: whether this one may change it.
        notices: what opening found and put right, a line each.
    """

    def __init__(
        self, folder: Path, state: StoreState, writer: ManifestWriter | None, lock: HeldLock | None
    ) -> None:
        super().__init__(folder, state)
        self.writable = writer is not None
        self._writer = writer
        self._lock = lock
        self._writing = threading.RLock()  # held while the disk is written
        self._last_ms = 0

    @classmethod
    def open(cls, folder: Path, *, writable: bool = True, create: bool = True) -> Self:
        """Open a store.

        Args:
            folder: the store.
            writable: to change it; what a crash left is put right then.
            create: make it where there is nothing yet; for a writable one.

        Raises:
            SampleError: it is no store, another program writes to it, or the disk does not allow it.
        """
        folder = path_of(folder).absolute()
        if not writable:
            return cls._open_for_reading(folder)
        _check_place(folder, create)
        try:
            for name in (layout.PICTURES, layout.INCOMING):
                (folder / name).mkdir(parents=True, exist_ok=True)
            lock = try_lock(folder / layout.LOCK)
        except OSError as error:
            raise unwritable(folder, error) from error
        if lock is None:
            raise SampleError(
                "samples {folder}: another program is writing to it; close that first, or use another folder",
                folder=folder,
            )
        try:
            return cls._open_for_writing(folder, lock)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def _open_for_reading(cls, folder: Path) -> Self:
        if not is_store(folder):
            raise SampleError(
                "samples {folder}: no sample store; vision-app samples capture or import makes one",
                folder=folder,
            )
        state = StoreState()
        text = read_manifest(folder / MANIFEST, state.takes)
        try:
            strays = layout.locate(state, layout.find_files(folder))
        except OSError as error:
            raise SampleError(
                "samples {folder} cannot be read: {reason}", folder=folder, reason=why(error)
            ) from error
        store = cls(folder, state, None, None)
        store.notices = Repaired(
            wrong_lines=text.wrong_lines, missing=store._count_missing(), unlisted=len(strays)
        ).notices()
        return store

    @classmethod
    def _open_for_writing(cls, folder: Path, lock: HeldLock) -> Self:
        manifest = folder / MANIFEST
        try:
            if not manifest.exists():
                create_manifest(manifest, clock.as_iso(clock.now_ms()))
            state = StoreState()
            text = read_manifest(manifest, state.takes)
            if text.whole_bytes == 0:  # not even its first line is whole
                manifest.unlink()
                create_manifest(manifest, clock.as_iso(clock.now_ms()))
                text = read_manifest(manifest, state.takes)
            writer = ManifestWriter(manifest, text.whole_bytes)
            store = cls(folder, state, writer, lock)
            done = repair(store.folder, state, store._log)
        except OSError as error:
            raise unwritable(folder, error) from error
        done.wrong_lines = text.wrong_lines
        done.missing = store._count_missing()
        store._last_ms = clock.latest_ms(state.entries)
        store.notices = done.notices()
        return store

    def close(self) -> None:
        """Let others write. All that was counted is on the disk already."""
        with self._writing:
            if self._writer is not None:
                self._writer.close()
                self._writer = None
            if self._lock is not None:
                self._lock.release()
                self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- adding ------------------------------------------------------------------------------------------

    def add(self, new: NewSample | NewMovement) -> Sample:
        """Keep one picture or movement; it is on the disk when this returns.

        Raises:
            SampleError: it cannot be kept.
        """
        return self.add_many([new])[0]

    def add_many(self, news: Sequence[NewSample | NewMovement]) -> list[Sample]:
        """Keep pictures or movements in one go, which costs little more than one; all are on the disk after it.

        Raises:
            SampleError: they cannot be kept, because the disk is full, say. Then none of them is counted.
        """
        with self._writing:
            writer = self._need_writer()
            try:
                classes = {n.label: self._class_for(n.label, isinstance(n, NewMovement)) for n in news}
                events = [add_event(new, self._next_id(), classes[new.label].label) for new in news]
                pending = PendingFiles(self.folder / layout.INCOMING)
                try:
                    for event, new in zip(events, news, strict=True):
                        pending.write(event["file"], new.data)
                    pending.place(
                        self.folder / layout.folder_of(classes[n.label]) / e["file"]
                        for e, n in zip(events, news, strict=True)
                    )
                    writer.append(events)
                except (
                    OSError
                ):  # anything else, such as an interrupt, leaves whole files that are taken in later
                    pending.discard()
                    raise
            except OSError as error:
                raise unwritable(self.folder, error) from error
            with self._looking:
                samples = [self._added(event) for event in events]
                self._revision += 1
        return samples

    def add_class(self, label: str, *, background: bool = False, movement: bool = False) -> str:
        """Make a class without samples, unless there is one of that label.

        Args:
            label: its label.
            background: it stands for "none of these", or of movements for what lies between them.
            movement: its samples are movements.

        Returns:
            The label as it is kept.

        Raises:
            SampleError: the label cannot be one, or the disk does not allow it.
        """
        with self._writing:
            self._need_writer()
            try:
                label = self._class_for(label, movement).label
            except OSError as error:
                raise unwritable(self.folder, error) from error
            if background and (self.idle if movement else self.background) != label:
                self.set_background(label)
            return label

    # -- edits, each of which can be undone --------------------------------------------------------------

    def rename(self, old: str, new: str) -> None:
        """Give a class another label.

        Raises:
            SampleError: there is no such class, the new label is taken, or the disk does not allow it.
        """
        with self._writing:
            new = clean_label(new)
            of = self._state.need_class(old)
            if new != of.label:
                folder = self._state.free_folder(new, of)
                self._edit({"op": "rename", "from": old, "to": new, "folder": folder})

    def merge(self, old: str, into: str) -> None:
        """Put all samples of one class into another; the first class is gone then.

        Raises:
            SampleError: one of them does not exist, or the disk does not allow it.
        """
        self._edit({"op": "merge", "from": old, "into": into})

    def delete(self, ids: Iterable[str]) -> None:
        """Put samples into the trash.

        Raises:
            SampleError: there is none of an id, or the disk does not allow it.
        """
        self._edit_ids({"op": "delete"}, ids)

    def delete_class(self, label: str) -> None:
        """Put a class with all its samples into the trash.

        Raises:
            SampleError: there is no such class, or the disk does not allow it.
        """
        self._edit({"op": "delete-class", "class": label})

    def restore(self, ids: Iterable[str]) -> None:
        """Take samples out of the trash, into the class that they were in.

        Raises:
            SampleError: there is none of an id, or the disk does not allow it.
        """
        self._edit_ids({"op": "restore"}, ids)

    def relabel(self, ids: Iterable[str], label: str) -> None:
        """Move samples to a class, which is made when there is none.

        Raises:
            SampleError: there is none of an id, or the disk does not allow it.
        """
        with self._writing:
            ids = list(ids)
            kinds = {self._entry(sample_id).of.movement for sample_id in ids}
            to = self.add_class(label, movement=kinds == {True})
            self._edit_ids({"op": "relabel", "to": to}, ids)

    def set_background(self, label: str | None, *, movement: bool = False) -> None:
        """Say which class stands for "none of these" among those of its kind.

        Args:
            label: the class; None for none.
            movement: where there is no label: of which kind none is to be.

        Raises:
            SampleError: there is no such class, or the disk does not allow it.
        """
        if label is None:
            if (self.idle if movement else self.background) is not None:
                self._edit({"op": "background", "class": None, "movement": movement})
        elif label not in (self.background, self.idle):
            self._edit({"op": "background", "class": label})

    @property
    def undo_text(self) -> str | None:
        """What `undo` would take back, in words; None when there is nothing."""
        with self._looking:
            return self._state.undoable[-1].text if self._state.undoable else None

    @property
    def redo_text(self) -> str | None:
        """What `redo` would do again, in words; None when there is nothing."""
        with self._looking:
            return self._state.redoable[-1].text if self._state.redoable else None

    def undo(self) -> str | None:
        """Take back the last edit, also one from before the program was started.

        Returns:
            What was taken back; None when there was nothing.

        Raises:
            SampleError: what came since stands in the way.
        """
        return self._replay("undo")

    def redo(self) -> str | None:
        """Do again what was taken back last.

        Returns:
            What was done again; None when there was nothing.

        Raises:
            SampleError: what came since stands in the way.
        """
        return self._replay("redo")

    def empty_trash(self) -> int:
        """Remove deleted samples for good; what was done before cannot be undone any more.

        Returns:
            How many were removed.

        Raises:
            SampleError: the disk does not allow it.
        """
        with self._writing:
            gone = [e for e in self._state.entries.values() if e.deleted]
            if gone:
                self._edit({"op": "forget", "ids": [e.id for e in gone]})
                for entry in gone:
                    self._unlink(entry)
            return len(gone)

    # -- parts -------------------------------------------------------------------------------------------

    def _need_writer(self) -> ManifestWriter:
        if self._writer is None:
            raise SampleError(
                "samples {folder}: it was opened for reading only, or is closed", folder=self.folder
            )
        return self._writer

    def _log(self, events: Sequence[Event]) -> None:
        self._need_writer().append(events)

    def _edit(self, event: Event) -> None:
        with self._writing:
            writer = self._need_writer()
            with self._looking:
                self._state.apply(event)
            try:
                writer.append([event])
            except OSError as error:
                self._reload()
                raise unwritable(self.folder, error) from error
            layout.bring_home(self.folder, self._state, self._looking)
            self._revision += 1

    def _edit_ids(self, event: Event, ids: Iterable[str]) -> None:
        chosen = list(dict.fromkeys(ids))
        if chosen:
            self._edit({**event, "ids": chosen})

    def _replay(self, op: str) -> str | None:
        with self._writing:
            edits = self._state.undoable if op == "undo" else self._state.redoable
            if not edits:
                return None
            text = edits[-1].text
            self._edit({"op": op, "n": edits[-1].number})
            return text

    def _reload(self) -> None:
        """What is on the disk counts."""
        state = StoreState()
        read_manifest(self.folder / MANIFEST, state.takes)
        layout.locate(state, layout.find_files(self.folder))
        with self._looking:
            self._state = state
            self._revision += 1

    def _class_for(self, label: str, movement: bool) -> ClassState:
        """The class of a label, made when there is none, with its folder.

        Raises:
            SampleError: there is one of the other kind.
            OSError: it cannot be written.
        """
        label = clean_label(label)
        of = self._state.live_class(label)
        if of is not None and of.movement != movement:
            raise SampleError(
                "{label!r} is a class of movements already; give the pictures another class"
                if of.movement
                else "{label!r} is a class of pictures already; give the movements another class",
                label=label,
            )
        if of is None:
            event: Event = {"op": "class", "label": label, "folder": self._state.free_folder(label)}
            if movement:
                event["movement"] = True
            self._log([event])
            with self._looking:
                self._state.apply(event)
                self._revision += 1
            of = self._state.need_class(label)
        path = self.folder / layout.folder_of(of)
        if not path.is_dir():
            path.mkdir(parents=True, exist_ok=True)
            sync_folder(path.parent)
        return of

    def _next_id(self) -> str:
        """Ids rise, also when the clock does not."""
        self._last_ms = max(self._last_ms + 1, clock.now_ms())
        return clock.as_id(self._last_ms)

    def _added(self, event: Event) -> Sample:
        self._state.apply(event)
        entry = self._state.entries[event["id"]]
        entry.place = layout.home_of(entry)
        return self._sample(entry)

    def _unlink(self, entry: StoredSample) -> None:
        if entry.place is not None:
            (self.folder / entry.place).unlink(missing_ok=True)


def _check_place(folder: Path, create: bool) -> None:
    if is_store(folder):
        return
    if not create:
        raise SampleError(
            "samples {folder}: no sample store; vision-app samples capture or import makes one", folder=folder
        )
    if folder.exists() and not folder.is_dir():
        raise SampleError("samples {folder}: a folder was wanted, this is a file", folder=folder)
    if folder.is_dir():
        own = {
            layout.PICTURES,
            layout.MOVEMENTS,
            layout.INCOMING,
            layout.TRASH,
            layout.THUMBNAILS,
            layout.ASIDE,
            layout.LOCK,
        }
        others = [p.name for p in folder.iterdir() if p.name not in own and not p.name.startswith(".")]
        if others:
            raise SampleError(
                "samples {folder}: holds other files ({other}...) and is no sample store; give an empty "
                "folder, and bring pictures in with: vision-app samples import",
                folder=folder,
                other=others[0],
            )
