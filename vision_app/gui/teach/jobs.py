"""What takes long and is no training: bringing samples in, copying them out, comparing, evaluating. One at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from vision_app.bundles.bundle import Bundle, Target, bundle, usual_folder
from vision_app.cancelling import CancelledError
from vision_app.cards.lookup import find_model
from vision_app.errors import SampleError
from vision_app.gui.pieces.background import Background
from vision_app.gui.pieces.texts import percent
from vision_app.gui.teach.controller import TeachController
from vision_app.learn.evaluating import (
    Comparison,
    Evaluation,
    compare,
    evaluate,
)
from vision_app.learn.keeping import Decision, keep_if_better
from vision_app.learn.report import write_report
from vision_app.learn.versions import Version, roll_back, versions
from vision_app.messages import told
from vision_app.samples.dataset import open_samples
from vision_app.samples.duplicates import Lookalike, find_lookalikes
from vision_app.samples.exporting import Exported, export_samples
from vision_app.samples.importing import Imported, ImportRequest, import_samples
from vision_app.samples.movement_cutting import MovementRequest
from vision_app.samples.movement_importing import import_movements
from vision_app.samples.movements import open_movements
from vision_app.sequences.model import sequence_input
from vision_app.temporal.evaluating import MovementEvaluation, evaluate_movements

_CLIP_RATE_HZ = 2.0
"""Samples that are taken of a second of a clip that is brought in."""
_TELL_EVERY_S = 0.1

T = TypeVar("T")


class Jobs(QObject):
    """Runs them in a thread of its own; everything is told in the thread of this object."""

    began = Signal(str)
    """What is being done, in words."""
    progressed = Signal(int, int)
    """How many are done, and of how many; 0 when nobody knows."""
    ended = Signal()
    """It is over, whatever came of it."""
    told = Signal(str)
    """One line for the user."""
    failed = Signal(str)
    """One line: what could not be done, and why."""
    found_lookalikes = Signal(object)
    """A list of `Lookalike`."""
    evaluated = Signal(object)
    """An `Evaluation`."""
    compared = Signal(object)
    """A `Comparison`."""
    versions_read = Signal(str, object)
    """Name of a model, and a list of `Version`; empty when it was not trained here."""
    rolled_back = Signal(str, int)
    """Name of a model, and the number of the version that it is now."""

    def __init__(self, controller: TeachController, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._controller = controller
        self._background = Background("jobs", self)
        self._stop = threading.Event()
        self._told_s = 0.0
        self._running = 0

    @property
    def running(self) -> bool:
        """Whether something is being done."""
        return self._running > 0

    def cancel(self) -> None:
        """End what is being done; what came of it so far is kept."""
        self._stop.set()

    def _run(self, words: str, job: Callable[[], T], then: Callable[[T], None]) -> None:
        if not self._running:
            self._stop.clear()
        self._running += 1
        self.began.emit(words)

        def over() -> None:
            self._running -= 1
            if not self._running:
                self.ended.emit()

        def done(outcome: T) -> None:
            over()
            then(outcome)

        def failed(text: str) -> None:
            over()
            self.failed.emit(text)
            self._controller.store_changed.emit()

        self._background.run(job, done, failed)

    def _tell(self, done: int, total: int = 0) -> None:
        now_s = time.monotonic()
        if now_s - self._told_s > _TELL_EVERY_S or done == total:
            self._told_s = now_s
            with suppress(RuntimeError):  # Qt deleted this object while the thread was still ending
                self.progressed.emit(done, total)

    # samples ---------------------------------------------------------------------------------------------

    def bring_in(self, source: Path, label: str | None) -> None:
        """Bring in a folder, a clip or a zip; what is known already is not taken twice."""
        store = self._controller.store
        if store is None:
            return

        def work() -> Imported:
            return import_samples(
                store,
                ImportRequest(source, label=label, rate_hz=_CLIP_RATE_HZ),
                progress=lambda done: self._tell(done.added + done.known + done.refused),
                on_saved=self._controller.saved,
                stop=self._stop.is_set,
            )

        def brought(done: Imported) -> None:
            words = self.tr("{added} samples brought in, {known} were here already, {refused} refused.")
            text = words.format(added=done.added, known=done.known, refused=done.refused)
            self.told.emit(" ".join([text, *map(told, done.messages[:1])]))
            self._controller.store_changed.emit()

        self._run(self.tr("Bringing in {place}").format(place=source.name), work, brought)

    def bring_in_movement(
        self, clip: Path, label: str, span: tuple[float, float], base: str, *, pictures: bool
    ) -> None:
        """Bring in the part of a clip that was marked as a movement."""
        store = self._controller.store
        if store is None:
            return

        def work() -> Imported:
            request = MovementRequest(clip, label, base, (span,), store.idle, pictures=pictures)
            return import_movements(store, request, stop=self._stop.is_set)

        def brought(done: Imported) -> None:
            if done.refused:
                self.failed.emit(" ".join(map(told, done.messages[:1])))
            else:
                words = (
                    self.tr("{name}: the movement is kept.")
                    if done.added
                    else self.tr("{name}: it is known.")
                )
                self.told.emit(words.format(name=label))
            self._controller.store_changed.emit()

        self._run(self.tr("Looking at {place}").format(place=clip.name), work, brought)

    def send_out(self, target: Path) -> None:
        """Copy all samples into a folder or a zip, one folder a class."""
        store = self._controller.store
        if store is None:
            return

        def work() -> Exported:
            samples = open_samples(store.folder, movements=True)

            def progress(done: int) -> None:
                if self._stop.is_set():
                    raise CancelledError("the evaluation was cancelled")
                self._tell(done, len(samples))

            return export_samples(samples, target, overwrite=target.suffix == ".zip", progress=progress)

        def sent(done: Exported) -> None:
            words = self.tr("{count} samples copied to {place}")
            self.told.emit(words.format(count=done.samples, place=done.path))

        self._run(self.tr("Copying to {place}").format(place=target.name), work, sent)

    def take_elsewhere(self, name: str, target: Target, folder: Path) -> None:
        """Write a model into a new folder as something that runs without this program, or as a kiosk."""

        def work() -> Bundle:
            return bundle(find_model(name), target, folder / usual_folder(name, target), progress=self._tell)

        def written(done: Bundle) -> None:
            words = self.tr("{name} is in {place}; begin with {start}")
            self.told.emit(words.format(name=done.name, place=done.folder, start=done.start.name))

        self._run(self.tr("Exporting {name}").format(name=name), work, written)

    def keep_if_better(self, name: str, before: int, after: int) -> None:
        """Go back to the older version unless the new one is better on what neither has learnt from."""
        store = self._controller.store
        if store is None:
            return

        def work() -> Decision:
            samples = open_samples(store.folder)
            earlier = store.earlier_labels()
            return keep_if_better(name, before, after, samples, earlier=earlier, cancelled=self._stop.is_set)

        def decided(made: Decision) -> None:
            self.told.emit(told(made.reason))
            if not made.kept:
                self.rolled_back.emit(name, before)

        self._run(self.tr("Comparing two versions"), work, decided)

    def look_for_lookalikes(self) -> None:
        """Find pictures that are alike in two classes or two sessions."""
        store = self._controller.store
        if store is None:
            return

        def found(pairs: list[Lookalike]) -> None:
            self.found_lookalikes.emit(pairs)

        self._run(
            self.tr("Looking for pictures that are alike"),
            lambda: find_lookalikes([s for s in store.samples() if not s.movement]),
            found,
        )

    # models ----------------------------------------------------------------------------------------------

    def evaluate(self, reference: str) -> None:
        """Measure a model on the samples that it has not learnt from."""
        store = self._controller.store
        if store is None:
            return

        def work() -> Evaluation | MovementEvaluation:
            file = find_model(reference)
            if sequence_input(file.card) is not None:
                movements = open_movements(store.folder)
                try:
                    return evaluate_movements(file, movements)
                except SampleError:  # it has learnt from all of them, as it does from few: that is said
                    return evaluate_movements(file, movements, "all")
            return evaluate(
                file,
                open_samples(store.folder),
                earlier=store.earlier_labels(),
                on_evaluated=self._tell,
                cancelled=self._stop.is_set,
            )

        def measured(found: Evaluation | MovementEvaluation) -> None:
            if isinstance(found, MovementEvaluation):
                self.told.emit(self._movement_words(found))
            else:
                self.evaluated.emit(found)

        self._run(self.tr("Evaluating {model}").format(model=reference), work, measured)

    def _movement_words(self, found: MovementEvaluation) -> str:
        words = self.tr(
            "{name}: {share} of {count} movements right that it has not learnt from; in a stream {found} of {all} are "
            "reported"
        )
        if found.learnt:
            words = self.tr(
                "{name}: {share} of {count} movements right; in a stream {found} of {all} are reported"
            )
        text = words.format(
            name=found.model,
            share=percent(found.metrics.accuracy, 1),
            count=len(found.samples),
            found=found.events.found,
            all=found.events.movements,
        )
        delay_s = found.events.delay_s
        if delay_s is not None:
            text += ", " + self.tr("{seconds} s after their end").format(seconds=f"{delay_s:.2f}")
        if found.learnt:
            words = self.tr("The model has learnt from {count} of these movements.")
            text += ". " + words.format(count=found.learnt)
        return " ".join([text, *map(told, found.remarks)])

    def compare(self, first: Version, second: Version) -> None:
        """Measure two versions on the same samples: those that neither has learnt from, else all."""
        store = self._controller.store
        if store is None:
            return

        def measured(one: Version, samples: object, part: str) -> Evaluation:
            return evaluate(
                find_model(one.reference),
                samples,  # type: ignore[arg-type]
                earlier=store.earlier_labels(),
                part=part,  # type: ignore[arg-type]
                on_evaluated=self._tell,
                cancelled=self._stop.is_set,
            )

        def work() -> Comparison:
            samples = open_samples(store.folder)
            names = first.reference, second.reference
            both = [measured(one, samples, "held-out") for one in (first, second)]
            if not {j.id for j in both[0].judged} & {j.id for j in both[1].judged}:
                both = [measured(one, samples, "all") for one in (first, second)]
            return compare(both[0], both[1], names)

        self._run(self.tr("Comparing two versions"), work, self.compared.emit)

    def write_report(self, path: Path, evaluation: Evaluation) -> None:
        """Write the report of an evaluation."""
        self._run(
            self.tr("Writing the report"),
            lambda: write_report(path, evaluation, overwrite=True),
            lambda written: self.told.emit(self.tr("Report: {path}").format(path=written)),
        )

    def read_versions(self, name: str) -> None:
        """Find the versions of a model."""
        self._background.run(
            lambda: versions(name),
            lambda found: self.versions_read.emit(name, found),
            lambda _: self.versions_read.emit(name, []),
        )

    def roll_back(self, name: str, number: int) -> None:
        """Use an older version again; the newer ones are kept."""
        self._run(
            self.tr("Going back to version {number}").format(number=number),
            lambda: roll_back(name, number),
            lambda _: self.rolled_back.emit(name, number),
        )

    def close(self) -> None:
        """End what is being done, and wait for it."""
        self._stop.set()
        self._background.close()
