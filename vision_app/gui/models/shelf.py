"""The catalogue for the window: read, pulled, added to and removed from, never in the window's thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from vision_app.cards.lookup import CatalogueEntry, entries
from vision_app.errors import VisionError
from vision_app.gui.pieces.background import Background, one_line, while_there
from vision_app.live.latency import LatencyStore
from vision_app.messages import told
from vision_app.results.values import ImageU8

_TELL_EVERY_MS = 80
_SILENCE_S = 15.0
_JOIN_S = 2.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a download is.

    Attributes:
        done: bytes that are here.
        total: bytes that there will be.
        waits: another process is fetching the same model.
    """

    done: int = 0
    total: int = 0
    waits: bool = False


class _Pull:
    """One download in a thread of its own."""

    def __init__(self, name: str, on_end: Callable[[_Pull, str, bool], None]) -> None:
        from vision_app.cancelling import Cancellation

        self.name = name
        self.progress = self.told = Progress()
        """How far it is, written by its thread; and what the window was told last."""
        self._on_end = on_end
        self.cancellation = Cancellation()
        self.thread = threading.Thread(target=self._run, name=f"pull {name}", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        from vision_app.cancelling import CancelledError
        from vision_app.catalogue.download import pull

        problem, cancelled = "", False
        try:
            pull(
                self.name,
                timeout_s=_SILENCE_S,
                progress=self._tell,
                waiting=self._wait,
                cancellation=self.cancellation,
            )
        except CancelledError:
            cancelled = True
        except (VisionError, OSError) as error:
            problem = one_line(error)
        except Exception as error:  # noqa: BLE001  # a thread's boundary: told to the user
            problem = f"{self.name}: {type(error).__name__}: {error}"
        self._on_end(self, problem, cancelled)

    def _tell(self, done: int, total: int) -> None:
        self.progress = Progress(done, total)

    def _wait(self) -> None:
        self.progress = Progress(waits=True)


@dataclass(frozen=True, slots=True)
class Unsaid:
    """Why a file could not be added.

    Attributes:
        finding: what was found, in one line.
        fields: the fields of a card that decide; empty where nothing that could be said would help.
        choices: the values that are possible, of those fields that have a few.
        classes: how many classes there are; 0 where that is not known.
    """

    finding: str
    fields: tuple[str, ...] = ()
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    classes: int = 0


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file would see on a photo.

    Attributes:
        image: (H, W, 3) uint8 BGR, a tile for each way to read it.
        ways: how many there are.
        remarks: what looks odd, or was guessed, a line each.
    """

    image: ImageU8
    ways: int
    remarks: tuple[str, ...] = ()


def _previewed(file: Path, settings: Mapping[str, Any], photo: Path | None) -> Preview:
    from vision_app.cards.guessing import guessed_fields
    from vision_app.cards.lookup import ModelFile
    from vision_app.cards.overrides import read_labels
    from vision_app.catalogue.place import name_of
    from vision_app.catalogue.trial import candidates, contact_sheet, real_picture, try_out
    from vision_app.engine.loading import session_of
    from vision_app.engine.predictors import LoadedModel
    from vision_app.errors import ModelError
    from vision_app.pictures.reading import UnreadableError, decode, read_file

    said = dict(settings)
    if isinstance(said.get("labels"), str):
        said["labels"] = read_labels(said["labels"])
    try:
        picture = real_picture() if photo is None else decode(read_file(photo)).image
    except UnreadableError as error:
        raise ModelError("{photo}: {error}", photo=photo, error=error) from None
    found = candidates(session_of(file, "cpu"), name_of(file), said)
    remarks: tuple[str, ...] = ()
    if len(found) == 1:
        card = found[0].card
        trial = try_out(LoadedModel(ModelFile(card.name, file, card), provider="cpu"), picture)
        remarks = (*trial.faults, *trial.remarks, *filter(None, [guessed_fields(card, said)]))
    return Preview(contact_sheet(file, found, picture, 480), len(found), remarks)


class Shelf(QObject):
    """All models of the catalogue, and what can be done with them. Every method returns at once.

    Args:
        latencies: what was measured on this machine; it is read here.
        parent: Qt's owner.
    """

    changed = Signal()
    """Models came or went, or what is known of them is different."""
    progressed = Signal(str, object)
    """Name of a model that is being pulled, and a `Progress`; None once it has ended."""
    pulled = Signal(str)
    """Name of a model that is on this disk now."""
    failed = Signal(str, str)
    """Name of a model, and one line why it could not be pulled or removed."""
    removed = Signal(str)
    """Name of a model that was removed from this disk."""

    _ended = Signal(object, str, bool)

    def __init__(self, latencies: LatencyStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.latencies = latencies
        self.entries: tuple[CatalogueEntry, ...] = ()
        self.sizes: Mapping[str, int] = {}
        self.problem = ""
        """Why the catalogue cannot be read; "" when it can."""
        self.loaded = False
        self.providers: tuple[str, ...] = ()
        self._pulls: dict[str, _Pull] = {}
        self._ending: set[_Pull] = set()
        self._closed = False
        self._background = Background("models", self)
        self._ended.connect(self._end, Qt.ConnectionType.QueuedConnection)
        self._teller = QTimer(self)
        self._teller.setInterval(_TELL_EVERY_MS)
        self._teller.timeout.connect(self._tell)
        self._background.run(latencies.load)
        self._background.run(_providers, self._learn)
        self.reload()

    def entry(self, name: str) -> CatalogueEntry | None:
        """A model of the catalogue."""
        return next((e for e in self.entries if e.name == name), None)

    def progress(self, name: str) -> Progress | None:
        """How far the download of a model is; None when there is none."""
        pull = self._pulls.get(name)
        return None if pull is None else pull.progress

    def reload(self) -> None:
        """Read the catalogue again."""
        self._background.run(_read, self._show, self._cannot_read)

    def pull(self, name: str) -> None:
        """Bring a model onto this disk; goes on where an earlier try ended."""
        if name in self._pulls or self._closed:
            return
        self._pulls[name] = _Pull(name, self._on_end)
        self._teller.start()
        self.progressed.emit(name, Progress())

    def cancel(self, name: str) -> None:
        """End a download; what has come is kept."""
        pull = self._pulls.pop(name, None)
        if pull is not None:
            # its thread may still be making a connection; nobody needs to wait for that
            self._ending.add(pull)
            self._background.run(pull.cancellation.cancel)
            self.progressed.emit(name, None)

    def remove(self, name: str) -> None:
        """Delete one of the user's models from this disk."""
        from vision_app.catalogue.place import remove

        def then(_: object) -> None:
            self.removed.emit(name)
            self.reload()

        self._background.run(lambda: remove(name), then, lambda text: self.failed.emit(name, text))

    def preview(
        self,
        file: Path,
        settings: Mapping[str, Any],
        photo: Path | None,
        then: Callable[[Preview], None],
        failed: Callable[[str], None],
    ) -> None:
        """See what a file would see on a photo, were it added so.

        Args:
            file: the .onnx file.
            settings: card fields that the user has said; `labels` may be a file of names.
            photo: a picture; None for the shipped one.
            then: called with what each way to read it sees, and what looks odd.
            failed: called with one line why not.
        """
        self._background.run(lambda: _previewed(file, settings, photo), then, failed)

    def add(
        self,
        file: Path,
        settings: Mapping[str, Any] | None,
        name: str | None,
        then: Callable[[str], None],
        failed: Callable[[Unsaid], None],
    ) -> None:
        """Copy a file into the catalogue.

        Args:
            file: the .onnx file.
            settings: card fields that the user has said; `labels` may be a file of names.
            name: its name; one made of the file's when None.
            then: called with the name that it has now.
            failed: called with why not, and the fields of a card that would help.
        """

        def job() -> str | Unsaid:
            from vision_app.cards.overrides import UnsaidError, read_labels
            from vision_app.catalogue.place import NameTakenError, add

            said = dict(settings or {})
            try:
                if isinstance(said.get("labels"), str):
                    said["labels"] = read_labels(said["labels"])
                return add(file, name=name, settings=said).name
            except UnsaidError as error:
                return Unsaid(told(error.finding), error.fields, error.choices, error.classes)
            except NameTakenError as error:
                return Unsaid(told(error.message.without("flags")), ("name",))

        def ended(outcome: str | Unsaid) -> None:
            if isinstance(outcome, Unsaid):
                while_there(failed)(outcome)
            else:
                self.reload()
                while_there(then)(outcome)

        self._background.run(job, ended, lambda text: while_there(failed)(Unsaid(text)))

    def keep_latencies(self) -> None:
        """Write what was measured."""
        self._background.run(self.latencies.save)

    def close(self) -> None:
        """End all downloads and jobs; what has come is kept."""
        self._closed = True
        self._teller.stop()
        pulls = (*self._pulls.values(), *self._ending)
        for pull in pulls:
            pull.cancellation.cancel()
        deadline_s = time.monotonic() + _JOIN_S
        for pull in pulls:
            pull.thread.join(max(deadline_s - time.monotonic(), 0.01))
        self._background.run(self.latencies.save)
        self._background.finish()

    # what comes of it ------------------------------------------------------------------------------------

    def _on_end(self, pull: _Pull, problem: str, cancelled: bool) -> None:
        """Called by the thread of a download."""
        if not self._closed:
            self._ended.emit(pull, problem, cancelled)

    def _tell(self) -> None:
        if not self._pulls:
            self._teller.stop()
        for name, pull in self._pulls.items():
            progress = pull.progress
            if progress != pull.told:
                pull.told = progress
                self.progressed.emit(name, progress)

    def _end(self, pull: _Pull, problem: str, cancelled: bool) -> None:
        if pull in self._ending:
            self._ending.discard(pull)
            self.reload()  # it may have been complete before it heard of that
            return
        name = pull.name
        self._pulls.pop(name, None)
        self.progressed.emit(name, None)
        if problem:
            self.failed.emit(name, problem)
        elif not cancelled:
            self.pulled.emit(name)
            self.reload()

    def _show(self, read: tuple[tuple[CatalogueEntry, ...], Mapping[str, int]]) -> None:
        self.entries, self.sizes = read
        self.problem, self.loaded = "", True
        self.changed.emit()

    def _cannot_read(self, text: str) -> None:
        self.problem, self.loaded = text, True
        self.changed.emit()

    def _learn(self, providers: tuple[str, ...]) -> None:
        self.providers = providers
        self.changed.emit()


def _read() -> tuple[tuple[CatalogueEntry, ...], dict[str, int]]:
    """All entries, and the size of each: asking for it later would ask the disk."""
    found = tuple(entries())
    sizes = {}
    for entry in found:
        try:
            size = entry.stated_bytes
        except OSError:  # it went in between
            size = None
        if size is not None:
            sizes[entry.name] = size
    return found, sizes


def _providers() -> tuple[str, ...]:
    """The providers of the installed ONNX Runtime."""
    from vision_app.runtime import available_providers

    try:
        providers = available_providers()
    except VisionError:
        providers = ()
    return providers
