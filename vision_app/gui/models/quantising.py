"""Makes 8-bit versions of a model in another thread, and keeps them until one of them is chosen."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal

from vision_app.cancelling import Cancellation
from vision_app.gui.models.calibration import Take
from vision_app.gui.pieces.background import Background, one_line
from vision_app.messages import told
from vision_app.quantise.watching import Version, Watch

if TYPE_CHECKING:
    from vision_app.quantise.searching import Search
    from vision_app.quantise.writing import Made

_TELL_EVERY_S = 0.1

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Goal:
    """What is wanted of the new model.

    Attributes:
        name: what it is to be called.
        provider: the one that it is for.
        agreement: least share of agreement; None for any.
        speed: how many times as fast as the original at least; None for any.
    """

    name: str
    provider: str
    agreement: float | None = None
    speed: float | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What came of a search.

    Attributes:
        versions: all that were tried.
        problem: one line why none was taken; "" when one was.
    """

    versions: tuple[Version, ...]
    problem: str = ""


class Quantising(QObject):
    """One search after the other; everything is told in the thread of this object.

    Args:
        background: where the work is done.
        parent: Qt's owner.
    """

    said = Signal(str)
    """One line: what is being done now."""
    stepped = Signal(int, int)
    """How much of it is done, and of how much."""
    tried = Signal(object)
    """A `Version` that has been compared."""
    found = Signal(object)
    """A `Found`: the search is over, whether a version was taken or not."""
    made = Signal(object, object)
    """The `Version` that is a model now, and the `Made` that says so."""
    failed = Signal(str)
    """One line why it could not be done; "" when it was called off."""

    def __init__(self, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._cancellation = Cancellation()
        self._versions = ExitStack()
        self._search: Search | None = None
        self._told_s = 0.0
        self.running = False
        """Whether something is being done."""

    def start(self, model: str, goal: Goal, take: Take) -> None:
        """Take pictures, try versions, and make the one that fits the goal a model.

        Args:
            model: name or file of the float model.
            goal: what is wanted.
            take: takes the pictures.
        """
        self.let_go()
        versions, watch = self._versions, self._watch()

        def work() -> tuple[Search, Found, Made | None]:
            from vision_app.quantise.searching import searched
            from vision_app.quantise.writing import Request

            request = Request(
                model,
                take(watch),
                name=goal.name,
                provider=goal.provider,
                min_agreement=goal.agreement,
                min_speed=goal.speed,
            )
            search = versions.enter_context(searched(request, watch))
            problem = "" if search.problem is None else one_line(search.problem)
            made = None if search.best is None else search.register(search.best)
            return search, Found(search.versions, problem), made

        def done(outcome: tuple[Search, Found, Made | None]) -> None:
            self._search, found, made = outcome
            self.running = False
            self.found.emit(found)
            if made is not None:
                self.made.emit(self._search.best, made)

        self._run(work, done)

    def take(self, version: Version) -> None:
        """Make another of the versions the model."""
        search = self._search
        if search is None or self.running:
            return

        def done(made: Made) -> None:
            self.running = False
            self.made.emit(version, made)

        self._run(lambda: search.register(version), done)

    def _run(self, work: Callable[[], T], done: Callable[[T], None]) -> None:
        self._cancellation = cancellation = Cancellation()
        self.running = True

        def scoped() -> T:
            with cancellation.scope():
                cancellation.check()
                return work()

        def failed(text: str) -> None:
            self.running = False
            self.failed.emit("" if cancellation.cancelled else text)

        self._background.run(scoped, done, failed, owner=self)

    def _watch(self) -> Watch:
        def step(done: int, total: int) -> None:
            now_s = time.monotonic()
            if done >= total or now_s - self._told_s > _TELL_EVERY_S:
                self._told_s = now_s
                with suppress(RuntimeError):  # Qt deleted this object while the thread was still ending
                    self.stepped.emit(done, total)

        def say(text: str) -> None:
            with suppress(RuntimeError):
                self.said.emit(told(text))

        def tried(version: Version) -> None:
            with suppress(RuntimeError):
                self.tried.emit(version)

        return Watch(say, step, tried)

    def cancel(self) -> None:
        """End what is being done as soon as it can; nothing half-made is left."""
        self._cancellation.cancel()

    def let_go(self) -> None:
        """End what is being done, and delete the versions; what is a model stays one."""
        self.cancel()
        self._search = None
        versions, self._versions = self._versions, ExitStack()
        self._background.run(versions.close)
