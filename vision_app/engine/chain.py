"""Chains: models one after the other, with what is remembered between the frames of a stream."""

from __future__ import annotations

import copy
import time
from collections.abc import Sequence
from typing import Any

from vision_app.engine.finding import Finding, HasParts, Part
from vision_app.engine.memory import Followed, GoesOnCounting, Memory, Recurrent, Track
from vision_app.engine.pacing import Pace, least_overlap, moved
from vision_app.engine.predictors import LoadedModel
from vision_app.engine.region_rules import Boxes, Whole, Windows
from vision_app.engine.stages import Flow, ModelStage, RegionRule, RegionStage, Stage
from vision_app.errors import ConfigError
from vision_app.messages import Message
from vision_app.results.values import BoxResult, FloatArray, Frame, ImageU8, Result, Timings
from vision_app.tasks import TaskOptions

Step = Stage | Memory


class Chain:
    """Stages in a row. A predictor; of one stream, if it remembers something.

    The steps before the first memory may be done for many frames at once; those from it on are done in the order of
    the frames.

    Args:
        steps: the stages, at least one of them with a model.
        name: its name; that of its first model where it has none.
        pace: which frames are looked at; on the others objects are where their tracks expect them. None for all.

    Raises:
        ConfigError: there is no model in it, or it cannot be spared a frame.
    """

    def __init__(self, steps: Sequence[Step], name: str = "", pace: Pace | None = None) -> None:
        self.steps = tuple(steps)
        self.models = tuple(dict.fromkeys(_models(self.steps)))
        if not self.models:
            raise ConfigError("{name} has no model", name=name or Message("a chain"))
        self.name = name or self.models[0].name
        at = next((i for i, step in enumerate(self.steps) if isinstance(step, Memory)), len(self.steps))
        self._free, self._ordered = self.steps[:at], self.steps[at:]
        self._memories = tuple(step for step in self._ordered if isinstance(step, Memory))
        self._pace = pace
        if pace is not None and [type(step) for step in self._ordered] != [Track]:
            raise ConfigError(
                "{name} has to look at every frame: it remembers more of them than where its objects are",
                name=self.name,
            )
        self._before = self._after = self._fresh()
        self._story: tuple[str, int, int] | None = None
        self._index: int | None = None

    @property
    def of_whole_frames(self) -> LoadedModel | None:
        """The first of its models that sees whole frames; None where all of them see parts only."""
        return next(
            (model for model, rule in _looks(self.steps) if rule is None or isinstance(rule, Whole)), None
        )

    @property
    def provider(self) -> str:
        """The provider that ONNX Runtime really uses."""
        return self.models[0].provider

    @property
    def fell_back_from(self) -> str | None:
        """The provider that could not be had, of the first model that has not got its own."""
        return next((m.fell_back_from for m in self.models if m.fell_back_from), None)

    @property
    def task(self) -> str:
        """Name of the task of what it gives."""
        return _last(self.steps).task

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes of what it gives."""
        return _last(self.steps).labels

    @property
    def finds_boxes(self) -> bool:
        """Whether what it gives has places."""
        return _last(self.steps).finds_boxes

    @property
    def remembers(self) -> bool:
        """Whether it has to see the frames in order."""
        return bool(self._memories)

    @property
    def may_rest(self) -> bool:
        """Whether it may be spared frames in which nothing has changed: nothing in it counts frames or time."""
        return all(getattr(memory, "may_rest", False) for memory in self._memories)

    def with_steps(self, *more: Step) -> Chain:
        """The same with further steps behind it."""
        return Chain((*self.steps, *more), self.name, self._pace)

    def for_stream(self) -> Chain:
        """The same models with a memory of its own, for another stream."""
        return Chain(self.steps, self.name, None if self._pace is None else self._pace.fresh())

    def going_on_from(self, before: Chain) -> Chain:
        """The same with what another one remembers, where both remember things of the same kinds."""
        states = {
            m.name: (b, a) for m, b, a in zip(before._memories, before._before, before._after, strict=True)
        }
        other = copy.copy(self)
        own = zip(self._memories, self._before, self._after, strict=True)
        pairs = [states.get(m.name, (b, a)) for m, b, a in own]
        other._before, other._after = tuple(b for b, _ in pairs), tuple(a for _, a in pairs)
        other._story, other._index = before._story, before._index
        return other

    def predict(self, image: ImageU8) -> tuple[Result, Timings]:
        """What it says about a picture by itself, with nothing to remember."""
        flow = Flow(image)
        for step in self._free:
            step.run(flow)  # type: ignore[union-attr]
        self._run_ordered(flow, self._fresh())
        return self._told(flow)

    def begin(self, frame: Frame) -> Flow:
        """Do what needs no memory; from any thread."""
        flow = Flow(frame.for_models, frame)
        for step in self._free:
            step.run(flow)  # type: ignore[union-attr]
        return flow

    def follow(self, begun: Flow, frame: Frame) -> tuple[Result, Timings]:
        """Do the rest; in the order of the frames, one at a time."""
        begun.frame = frame
        if self._memories:
            story = (frame.source_id, frame.epoch, frame.scene)
            if self._story is None or story[:2] != self._story[:2]:
                before = self._fresh()
            elif story != self._story:
                before = self._after_cut()
            elif frame.again and frame.index == self._index:
                before = self._before
            else:
                before = self._after
            expected = self._expected(frame) if self._pace is not None and self._pace.adapts else None
            after = self._run_ordered(begun, before)
            self._before, self._after, self._story, self._index = before, after, story, frame.index
            if self._pace is not None:
                self._learn(self._pace, expected, begun.result, frame.turn)
        return self._told(begun)

    def spares(self, frame: Frame, in_flight: int) -> bool:
        """Whether it need not look at a frame; asked once of each, from any thread."""
        return self._pace is not None and not self._pace.looks(frame.turn, in_flight) and not frame.again

    def coast(self, frame: Frame) -> tuple[Result, Timings] | None:
        """Its objects where their tracks expect them; None after a jump, and before anything was looked at."""
        started = time.perf_counter()
        expected = self._expected(frame)
        if expected is None:
            return None
        found, boxes = expected
        return moved(found, boxes, frame.size_wh), Timings(decode_s=time.perf_counter() - started)

    def _expected(self, frame: Frame) -> tuple[BoxResult, FloatArray] | None:
        """What was found last, and where the boxes of that are on this frame."""
        if (frame.source_id, frame.epoch, frame.scene) != self._story:
            return None
        (track,) = self._memories
        assert isinstance(track, Track)
        return track.expected(self._after[0], Flow(frame.for_models, frame))

    def _learn(
        self, pace: Pace, expected: tuple[BoxResult, FloatArray] | None, found: Result | None, turn: int
    ) -> None:
        if expected is not None and isinstance(found, BoxResult):
            before, boxes = expected
            overlap, changed = least_overlap(before.detections.track_ids, boxes, found.detections)
            pace.learn(turn, overlap, changed=changed)

    def warm_up(self, frame_wh: tuple[int, int]) -> None:
        """Run every model once on pictures of sizes that it will see.

        Raises:
            ModelError: one cannot be used.
            ConfigError: a frame would take minutes.
        """
        for step in self.steps:
            if isinstance(step, Finding):
                step.warm_up(frame_wh)
        for model, rule in _looks(self.steps):
            if isinstance(rule, Windows):
                rule.warm_up(model, frame_wh)
                continue
            for size_wh in (frame_wh,) if rule is None else rule.example_sizes(frame_wh):
                model.warm_up(size_wh)

    def _fresh(self) -> tuple[Any, ...]:
        return tuple(memory.start() for memory in self._memories)

    def _after_cut(self) -> tuple[Any, ...]:
        return tuple(
            memory.after_cut(state) if isinstance(memory, GoesOnCounting) else memory.start()
            for memory, state in zip(self._memories, self._after, strict=True)
        )

    def _run_ordered(self, flow: Flow, states: tuple[Any, ...]) -> tuple[Any, ...]:
        now = list(states)
        number = 0
        for step in self._ordered:
            if isinstance(step, Memory):
                now[number] = step.recall(now[number], flow)
                number += 1
            else:
                step.run(flow)
        return tuple(m.remember(state, flow) for m, state in zip(self._memories, now, strict=True))

    def _told(self, flow: Flow) -> tuple[Result, Timings]:
        assert flow.result is not None, Message("a chain has a model")
        return flow.result, flow.timings


def _models(steps: Sequence[Step]) -> list[LoadedModel | Part]:
    found: list[LoadedModel | Part] = []
    for step in steps:
        if isinstance(step, HasParts):
            found += step.parts
        if isinstance(step, ModelStage | Recurrent):
            found.append(step.model)
        elif isinstance(step, Followed):
            found += _models(step.search)
    return found


def _last(steps: Sequence[Step]) -> LoadedModel | Finding:
    """The model, or the step that finds something by itself, whose answers are the result."""
    found: list[LoadedModel | Finding] = []
    for step in steps:
        if isinstance(step, Finding):
            found.append(step)
        elif isinstance(step, Recurrent) or (isinstance(step, ModelStage) and step.gives != "attached"):
            found.append(step.model)
        elif isinstance(step, Followed) and not found:
            found.append(_last(step.search))
    return found[-1]


def _looks(steps: Sequence[Step]) -> list[tuple[LoadedModel, RegionRule | None]]:
    """Each model with the rule of the parts that it sees; None for whole frames."""
    looks: list[tuple[LoadedModel, RegionRule | None]] = []
    rule: RegionRule | None = None
    for step in steps:
        if isinstance(step, RegionStage):
            rule = step.rule
        elif isinstance(step, Followed):
            looks += _looks(step.search)
            rule = next((s.rule for s in reversed(step.search) if isinstance(s, RegionStage)), None)
        elif isinstance(step, ModelStage | Recurrent):
            looks.append((step.model, rule))
            rule = None
    return looks


def composed(
    model: LoadedModel | Chain,
    options: TaskOptions,
    *,
    sliced: bool = False,
    slice_size: int = 0,
    slice_stride: int = 0,
    classifier: LoadedModel | None = None,
    track: bool = False,
    detect_every: int = 1,
    fps: float | None = None,
) -> LoadedModel | Chain:
    """A model or chain with what can be had on top where there are boxes; what has none stays as it is.

    Args:
        model: the model, or a chain of a card.
        options: thresholds and limits, for merging the windows.
        sliced: look into overlapping windows too; of a chain of a card, that is a matter of the card.
        slice_size: side of the windows, pixels; 0 for the size of the model's input.
        slice_stride: step between the windows, pixels; 0 for four fifths of their side.
        classifier: names what is in each box; None for none.
        track: give each object an id that it keeps.
        detect_every: with ids, look at every so many frames only; `AUTO` for as seldom as the movement allows.
        fps: frames a second of the source; None where it is unknown.

    Raises:
        ConfigError: the windows or the classifier do not fit, or it has to look at every frame.
    """
    if isinstance(model, LoadedModel) and model.remembers:
        if sliced:
            raise ConfigError(
                "{name} remembers the frames before: it cannot look into windows", name=model.name
            )
        model = Chain([Recurrent(model)])
    if not model.finds_boxes:
        return model
    steps: list[Step] = []
    if isinstance(model, Chain):
        if sliced:
            raise ConfigError(
                "{name} is a chain of models: its card says what they look at, not windows", name=model.name
            )
        steps += model.steps
    elif sliced:
        windows = Windows(slice_size or max(model.card.input.size_hw), slice_stride)
        steps += [RegionStage(windows), ModelStage(model, "merged", options.max_det)]
    else:
        steps += [ModelStage(model)]
    if classifier is not None:
        if classifier.task != "classify":
            raise ConfigError(
                "--classify-boxes needs a classifier, {name} is a model to {task}",
                name=classifier.name,
                task=classifier.task,
            )
        steps += [RegionStage(Boxes()), ModelStage(classifier, "attached")]
    if track and not any(isinstance(step, Track) for step in steps):
        steps += [Track(fps)]
    plain = isinstance(model, LoadedModel) and len(steps) == 1
    pace = Pace(detect_every, fps) if track and detect_every != 1 else None
    return model if plain else Chain(steps, model.name, pace)
