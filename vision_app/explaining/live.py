"""Looks into a model while it runs: on the runs that are made anyway, in a thread of its own.

The session with further outputs is made aside and put in place of the model's own when it is ready, so the picture
never stops. What is computed from the tensors is computed elsewhere than where the model runs, on the newest run
only; a run that comes while the one before is still worked on is skipped.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from vision_app.engine.predictors import Answer, LoadedModel, Watch
from vision_app.errors import VisionError
from vision_app.explaining.base import Choice, View
from vision_app.explaining.heatmap import Heatmap
from vision_app.explaining.probe import Probe
from vision_app.explaining.table import explainer_for, needs_of
from vision_app.graph.inside import Inside
from vision_app.messages import Message, message_of
from vision_app.results.values import ImageU8
from vision_app.runtime import ThreadPolicy

_log = logging.getLogger(__name__)

_EXCHANGE = threading.Lock()
"""Held while a model's watch is set or compared and taken away."""


class Watching(Protocol):
    """What is computed from each run.

    Attributes:
        every_s: least seconds from one run that is looked at to the next: what nobody can follow is not computed.
    """

    @property
    def every_s(self) -> float:
        """See above."""
        ...

    def needs(self, inside: Inside) -> tuple[str, ...]:
        """The tensors that it reads.

        Raises:
            VisionError: the network has nothing of the kind.
        """
        ...

    def steps(self, probe: Probe, view: View) -> Iterator[object]:
        """What it gives for one run: one thing, or one better than the other."""
        ...


@dataclass(frozen=True, slots=True)
class MapOf:
    """The map of one explainer."""

    method: str
    choice: Choice = field(default_factory=Choice)
    every_s: float = 0.0

    def needs(self, inside: Inside) -> tuple[str, ...]:
        """What the explainer reads."""
        return needs_of(explainer_for(self.method), inside, self.choice)

    def steps(self, probe: Probe, view: View) -> Iterator[Heatmap]:
        """Its maps."""
        return explainer_for(self.method).maps(probe, view, self.choice)


OnSeen = Callable[[Watching, View, object], object]
"""Told what was computed from which run."""
OnSaid = Callable[[Watching, str], object]
"""Told why nothing can be computed, in one line."""


class LiveProbe:
    """Watches one running model. All methods return at once; may be called from any thread.

    Args:
        model: the model as it runs.
        on_seen: called by this object's thread.
        on_said: the same.
        on_ready: told the roles of the tensors when they have been found.
        threads: thread policy of the session with further outputs.
    """

    def __init__(
        self,
        model: LoadedModel,
        on_seen: OnSeen,
        on_said: OnSaid,
        on_ready: Callable[[Probe], object] = lambda _: None,
        threads: ThreadPolicy | None = None,
    ) -> None:
        self.model = model
        self._on_seen, self._on_said, self._on_ready = on_seen, on_said, on_ready
        self._probe = Probe(model, threads=threads or ThreadPolicy.for_live())
        self._changed = threading.Condition()
        self._wanted: Watching | None = None
        self._turn = 0
        self._ready = -1
        self._newest: tuple[int, Watching, ImageU8, Answer] | None = None
        self._watch: Watch | None = None
        self._closed = False
        self.thread = threading.Thread(target=self._run, name="live-probe", daemon=True)
        self.thread.start()

    def look(self, wanted: Watching | None) -> None:
        """Compute this from now on; None for nothing, and then the model runs as if nobody had ever looked."""
        with self._changed:
            self._wanted = wanted
            self._turn += 1
            self._newest = None
            if wanted is None:
                self._unwatch()
            self._changed.notify_all()

    def close(self) -> None:
        """End it; the model runs as before. Its thread ends when what it computes is done."""
        with self._changed:
            self._closed = True
            self._turn += 1
            self._unwatch()
            self._changed.notify_all()

    def _unwatch(self) -> None:
        """Take this object's watch away, not that of another one that has come since. The lock is held."""
        watch, self._watch = self._watch, None
        with _EXCHANGE:
            if watch is not None and self.model.watch is watch:
                self.model.watch = None

    # the thread ------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._probe.inside  # noqa: B018  # found once, here
        except VisionError as error:
            self._refuse(error)
        except Exception as error:  # noqa: BLE001  # a thread's boundary: told to the user
            _log.debug("%s cannot be looked into", self._probe.name, exc_info=True)
            self._refuse(error)
        else:
            if not self._closed:
                self._on_ready(self._probe)
            self._serve()

    def _refuse(self, error: Exception) -> None:
        """Nothing can be looked at in this model: say so whenever something is wanted."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._is_new())
                if self._closed:
                    return
                self._ready, wanted = self._turn, self._wanted
            if wanted is not None:
                self._on_said(wanted, message_of(error))

    def _is_new(self) -> bool:
        """Whether something else is wanted than was made ready. The lock is held."""
        return self._turn != self._ready and self._wanted is not None

    def _serve(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._newest is not None or self._is_new())
                if self._closed:
                    return
                turn, wanted, newest = self._turn, self._wanted, self._newest
                self._newest = None
            if wanted is None:
                continue
            try:
                if turn != self._ready:
                    self._ready = turn
                    self._prepare(turn, wanted)
                elif newest is not None and newest[0] == turn:
                    started_s = time.perf_counter()
                    self._compute(*newest)
                    self._rest(turn, started_s + wanted.every_s)
            except VisionError as error:
                self._stop(turn, wanted, message_of(error))
            except Exception as error:  # noqa: BLE001  # a thread's boundary: told to the user
                _log.debug("%s cannot be explained", self._probe.name, exc_info=True)
                self._stop(turn, wanted, Message("{kind}: {error}", kind=type(error).__name__, error=error))

    def _rest(self, turn: int, until_s: float) -> None:
        with self._changed:
            self._changed.wait_for(
                lambda: self._closed or turn != self._turn, max(0.0, until_s - time.perf_counter())
            )

    def _prepare(self, turn: int, wanted: Watching) -> None:
        names = wanted.needs(self._probe.inside)
        session = self._probe.with_outputs(names).session

        def take(image: ImageU8, answer: Answer) -> None:
            with self._changed:
                if turn == self._turn:
                    self._newest = (turn, wanted, image, answer)
                    self._changed.notify_all()

        with self._changed:
            if turn == self._turn and not self._closed:
                self._watch = Watch(session, names, take)
                with _EXCHANGE:
                    self.model.watch = self._watch

    def _compute(self, turn: int, wanted: Watching, image: ImageU8, answer: Answer) -> None:
        view = View(image, answer.geometry, answer.result, answer.outputs)
        for seen in wanted.steps(self._probe, view):
            if turn != self._turn:
                return
            self._on_seen(wanted, view, seen)

    def _stop(self, turn: int, wanted: Watching, words: str) -> None:
        with self._changed:
            if turn != self._turn or self._closed:
                return
            self._unwatch()
        self._on_said(wanted, words)
