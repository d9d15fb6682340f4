"""The pipeline: one reader, workers that run the models, one finisher that hands on in order.

    source -> reader thread -> handover -> worker threads -> (in order) finisher thread -> consumer

All front ends stand on it. It owns its threads; whoever made the source and the consumer gives them away to it. The
workers may be shared by several pipelines: many streams, one set of threads, one session of each model.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from vision_app.cancelling import CancelledError
from vision_app.engine.consumer import Answers, Consumer
from vision_app.engine.gating import MotionGate
from vision_app.engine.handover import Handover, Policy
from vision_app.engine.predictors import Predictor, follows, spares
from vision_app.engine.rewriting_later import RewritingLater
from vision_app.engine.timing import Effort, PipelineStats
from vision_app.engine.workers import Workers
from vision_app.errors import VisionError
from vision_app.messages import Message
from vision_app.results.values import Frame, Result, Timings
from vision_app.sources.base import Source, SourceInfo

_Work = tuple[Frame, tuple[Predictor, ...]]


@dataclass(frozen=True, slots=True)
class _Begun:
    """A frame with what each model has said without the frames before."""

    frame: Frame
    answers: tuple[tuple[Predictor, Any], ...]


class _Rested:
    """Stands for the answer of a model that need not look: nothing has changed since it did."""


_RESTED = _Rested()


class _Spared:
    """Stands for the answer of a model that need not look: its tracks say where its objects are."""


_SPARED = _Spared()


class Pipeline:
    """Moves frames from a source through models to a consumer.

    Args:
        source: an open source; closed at the end.
        predictors: warmed-up models; each sees every frame.
        consumer: takes frames and results; begun by `start`, ended at the end.
        policy: whether every frame counts or only the newest.
        workers: those that several pipelines share, or how many of its own.
        max_frames: end after that many frames.
        gate: says which frames the models need not look at; their answers are then those of the frame before. None
            where they look at all.
        weight: its share of workers that several pipelines have in common, beside the others'.
    """

    def __init__(
        self,
        source: Source,
        predictors: Sequence[Predictor],
        consumer: Consumer,
        policy: Policy,
        *,
        workers: Workers | int = 1,
        max_frames: int | None = None,
        gate: MotionGate | None = None,
        weight: float = 1.0,
    ) -> None:
        self._source = source
        self._predictors = tuple(predictors)
        self._consumer = consumer
        self._changing = threading.Lock()
        self._offering = threading.Lock()
        self._newest: Frame | None = None
        self._workers = Workers(workers) if isinstance(workers, int) else workers
        self._owns_workers = isinstance(workers, int)
        self._in_flight = self._workers.count + 1
        self._handover: Handover[_Work, Answers] = Handover(
            policy, in_flight=self._in_flight, limit=max_frames
        )
        self._workers.serve(self._handover, self._begin, self._follow, weight=weight)
        self._gate = gate
        self._gated_for: tuple[Predictor, ...] = ()
        self._last: dict[int, tuple[Predictor, Result]] = {}
        self._rested_s, self._last_s, self._story = 0.0, 0.0, ("", 0)
        self._was_resting = False
        self._reader = threading.Thread(target=self._read, name="reader", daemon=True)
        self._finisher = threading.Thread(target=self._finish, name="finisher", daemon=True)
        self._error: BaseException | None = None
        self._opened = False
        self._later = RewritingLater()
        self.stats = PipelineStats()

    @property
    def predictors(self) -> tuple[Predictor, ...]:
        """The models in use. They may be replaced while frames flow: between two frames, never within one."""
        return self._predictors

    @predictors.setter
    def predictors(self, predictors: Sequence[Predictor]) -> None:
        with self._changing:
            self._predictors = tuple(predictors)

    @property
    def gate(self) -> MotionGate | None:
        """What spares the models frames in which nothing has changed. May be set while frames flow."""
        return self._gate

    @gate.setter
    def gate(self, gate: MotionGate | None) -> None:
        self._gate = gate

    @property
    def threads(self) -> tuple[threading.Thread, ...]:
        """All its threads, those of shared workers too."""
        return (self._reader, *self._workers.threads, self._finisher)

    def open(self) -> None:
        """Make the consumer ready, so that nothing stands in the way of `start`; a second call does nothing.

        Raises:
            SinkError: an output cannot be written; nothing was begun.
        """
        if self._opened:
            return
        try:
            self._consumer.begin(self._source.info, self.stats)
        except BaseException:
            self._handover.stop()  # shared workers must not wait for it
            self._source.close()
            raise
        self._opened = True

    def drop(self) -> None:
        """Let go of what `open` made ready: it will not be started."""
        self.stop()
        if self._opened:
            self._consumer.on_end(None)

    def start(self) -> None:
        """Start all threads.

        Raises:
            SinkError: an output cannot be written; nothing was begun.
        """
        self.open()
        self.stats.started_s = time.perf_counter()
        self._workers.start()
        self._reader.start()
        self._finisher.start()

    def stop(self) -> None:
        """End soon: frames that are being worked on are still handed on. Returns at once."""
        self._handover.stop()
        self._source.close()

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for the end.

        Returns:
            Whether the pipeline has ended.

        Raises:
            VisionError: what a thread failed with; everything before it has been handed on.
        """
        deadline_s = None if timeout_s is None else time.perf_counter() + timeout_s
        for thread in (self._finisher, self._reader):
            thread.join(None if deadline_s is None else max(deadline_s - time.perf_counter(), 0.0))
            if thread.is_alive():
                return False
        if self._owns_workers and not self._workers.join(deadline_s):
            return False
        if self._error is not None:
            raise self._error
        return True

    def again(self, frame: Frame | None = None) -> None:
        """Let the models see the newest frame once more, after they or what they are asked have changed.

        For the policy `LATEST`, which never waits.

        Args:
            frame: another version of the newest frame, to take its place; nothing happens if a newer one has come.
        """
        with self._offering:
            newest = self._newest
            if newest is None or (frame is not None and frame.index != newest.index):
                return
            # as if it came now: the age of a result is that of the look, not that of a picture that stands still
            self._newest = replace(frame or newest, captured_s=time.perf_counter(), again=frame is None)
            if frame is not None:
                self._consumer.on_frame(self._newest)
            self._handover.put((self._newest, self._predictors))

    def _read(self) -> None:
        try:
            while (frame := self._source.read()) is not None:
                with self._offering:
                    self._newest = frame
                    self._consumer.on_frame(frame)
                    goes_on = self._handover.put((frame, self._predictors))
                if not goes_on:
                    break
            self._handover.finish()
        except BaseException as error:  # noqa: BLE001  # a thread's boundary: raised again by join
            self._handover.finish(error)
        finally:
            self._source.close()

    def _begin(self, work: _Work, turn: int) -> _Begun:
        """What can be said of a frame without those before it; by many threads at once."""
        frame, predictors = replace(work[0], turn=turn), work[1]
        answers: list[tuple[Predictor, Any]] = []
        gate = self._gate
        rests = gate is not None and not self._looks(gate, frame, predictors)
        woken, self._was_resting = self._was_resting and not rests, rests
        predictor: Any  # the protocols are asked for by `follows` and `spares`
        for predictor in predictors:
            spared = spares(predictor) and predictor.spares(frame, self._in_flight)
            if rests and getattr(predictor, "may_rest", True):
                answers.append((predictor, _RESTED))
                continue
            if spared and not woken:  # what has changed while all rested is looked at now
                answers.append((predictor, _SPARED))
                continue
            ask: Callable[[], Any] = partial(predictor.predict, frame.for_models)
            if follows(predictor):
                ask = partial(predictor.begin, frame)
            answer = self._asked(predictor, frame, ask)
            if answer is not None:
                answers.append((predictor, answer))
        return _Begun(frame, tuple(answers))

    def _looks(self, gate: MotionGate, frame: Frame, predictors: tuple[Predictor, ...]) -> bool:
        """Whether the models have to look at a frame."""
        with self._changing:
            if predictors != self._gated_for:
                self._gated_for = predictors
                gate.reset()
        return gate.opens(frame)

    def _follow(self, begun: _Begun) -> Answers:
        """The rest, in the order of the frames."""
        rested = bool(begun.answers) and all(first is _RESTED for _, first in begun.answers)
        frame = self._clocked(begun.frame, rested)
        looked = not begun.answers
        timings = Timings(read_s=frame.read_s)
        answered, results = [], []
        last: dict[int, tuple[Predictor, Result]] = {}
        predictor: Any  # as in `_begin`
        for predictor, first in begun.answers:
            if first is _RESTED:
                if id(predictor) in self._last:
                    last[id(predictor)] = self._last[id(predictor)]
                    answered.append(predictor)
                    results.append(last[id(predictor)][1])
                continue
            answer = None
            if first is _SPARED:
                answer = self._asked(predictor, frame, partial(predictor.coast, frame))
            if answer is None:
                looked = True
                answer = self._looked(predictor, frame, first)
            if answer is not None:
                result, spent = answer
                answered.append(predictor)
                results.append(result)
                last[id(predictor)] = predictor, result
                timings = timings + spent
        if self._gate is not None:
            self._last = last
        effort = Effort.RESTED if rested else Effort.LOOKED if looked else Effort.EXPECTED
        return Answers(frame, tuple(answered), tuple(results), timings, effort)

    def _looked(self, predictor: Any, frame: Frame, begun: Any) -> Any:
        """What a model says that looks at a frame, also one that was to be spared it and has nothing to go by."""
        if follows(predictor):
            if begun is _SPARED:
                begun = self._asked(predictor, frame, partial(predictor.begin, frame))
            if begun is not None:
                begun = self._asked(predictor, frame, partial(predictor.follow, begun, frame))
        return begun

    def _clocked(self, frame: Frame, rested: bool) -> Frame:
        """The frame with the time that stood still for what remembers frames."""
        if self._gate is None:
            return frame
        time_s = frame.captured_s if frame.position_s is None else frame.position_s
        story = (frame.source_id, frame.epoch)
        if story != self._story:
            self._rested_s, self._story = 0.0, story
        elif rested:
            self._rested_s += max(time_s - self._last_s, 0.0)
        self._last_s = time_s
        return replace(frame, rested_s=self._rested_s) if self._rested_s else frame

    def _asked(self, predictor: Predictor, frame: Frame, ask: Callable[[], Any]) -> Any:
        """What a model answers; None when it failed and was taken out."""
        try:
            return ask()
        except CancelledError as error:
            self._take_out(predictor, error)
        except VisionError as error:
            self._take_out(
                predictor,
                type(error)(Message("frame {index}: {error}", index=frame.index, error=error)),
                error,
            )
        except Exception as error:  # noqa: BLE001  # the consumer decides what becomes of it
            self._take_out(predictor, error)
        return None

    def _take_out(self, predictor: Predictor, error: Exception, cause: Exception | None = None) -> None:
        """Go on without a model that failed, unless the consumer would rather end."""
        error.__cause__ = cause
        with self._changing:
            known = predictor in self._predictors
        if known:  # frames that were already on their way with it are not worth a second message
            self._consumer.on_model_failed(predictor, error)
            with self._changing:
                self._predictors = tuple(p for p in self._predictors if p is not predictor)

    def _finish(self) -> None:
        try:
            while (answers := self._handover.collect()) is not None:
                self._hand_on(answers)
        except BaseException as error:  # noqa: BLE001  # a thread's boundary: raised again by join
            self._error = error
        finally:
            self._handover.stop()
            self._source.close()
            self._later.end()
            self._consumer.on_end(self._error)
            self.stats.ended_s = time.perf_counter()

    def _hand_on(self, answers: Answers) -> None:
        frame = answers.frame
        self._later.look(self._predictors)
        spent = self._consumer.on_answers(answers)
        self.stats.dropped = self._handover.dropped
        age_s = time.perf_counter() - frame.captured_s
        self.stats.count(answers.timings + spent, age_s, answers.effort)
        if answers.predictors:
            self.stats.spared_lately.add(not answers.looked)


def default_policy(info: SourceInfo) -> Policy:
    """The newest frame for live sources, every frame for all others."""
    return Policy.LATEST if info.live else Policy.EVERY
