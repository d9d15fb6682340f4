"""What a chain does with one frame: parts of it are taken, models say what they show, and the answers are joined.

regions  which parts of the frame the next model sees
model    says something about each of them; its answers become, join or hang on the result of the frame
memory   see `vision_app.engine.memory`
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from vision_app import cancelling
from vision_app.engine.predictors import LoadedModel
from vision_app.engine.windows import Patience
from vision_app.errors import ConfigError, ModelError
from vision_app.results.regions import Region, whole_frame
from vision_app.results.values import BoxResult, Frame, ImageU8, Result, Timings
from vision_app.tasks.nms import overlapping_groups

_MERGE_SHARE = 0.5


class Flow:
    """One frame on its way through a chain.

    Attributes:
        image: its picture.
        frame: the frame; None for a picture that belongs to no stream.
        regions: parts that the next model is to see; None for the whole.
        result: what is known so far, in pixels of the frame; None before the first model.
        patience: makes what looks at the clock while a model of that name goes through many regions; None for few.
        timings: seconds spent.
    """

    __slots__ = ("frame", "image", "patience", "regions", "result", "timings")

    def __init__(self, image: ImageU8, frame: Frame | None = None) -> None:
        self.image, self.frame = image, frame
        self.regions: Sequence[Region] | None = None
        self.result: Result | None = None
        self.patience: Callable[[str], Patience] | None = None
        self.timings = Timings()

    @property
    def frame_wh(self) -> tuple[int, int]:
        """Size of the frame, pixels."""
        return self.image.shape[1], self.image.shape[0]

    @property
    def time_s(self) -> float:
        """When the frame was: in its clip, or when it was taken; 0 for a picture without a frame.

        Time in which no model had to look does not count.
        """
        if self.frame is None:
            return 0.0
        time_s = self.frame.captured_s if self.frame.position_s is None else self.frame.position_s
        return time_s - self.frame.rested_s


class Stage(Protocol):
    """One step that needs no memory. Safe to use from many threads."""

    def run(self, flow: Flow) -> None:
        """Do it, and leave what came of it in the flow.

        Raises:
            ModelError: a model failed to run.
        """
        ...


class RegionRule(Protocol):
    """Which parts of a frame are looked at."""

    def regions(self, flow: Flow) -> Sequence[Region]:
        """The parts of this frame, by what is known of it."""
        ...

    def example_sizes(self, frame_wh: tuple[int, int]) -> tuple[tuple[int, int], ...]:
        """Widths and heights that such parts have, to warm a model up with."""
        ...


class RegionStage:
    """Takes parts of the frame for the next model.

    Args:
        rule: which.
    """

    def __init__(self, rule: RegionRule) -> None:
        self.rule = rule

    def run(self, flow: Flow) -> None:
        """Put them into the flow."""
        flow.regions = self.rule.regions(flow)


class ModelStage:
    """Asks a model about the parts of the frame.

    Args:
        model: the model.
        gives: what its answers are to the frame, a key of `JOINS`.
        limit: most objects that are kept where answers are merged.

    Raises:
        ConfigError: the model's answers cannot be that.
    """

    def __init__(self, model: LoadedModel, gives: str = "result", limit: int = 300) -> None:
        if gives not in JOINS:
            raise ConfigError(
                "what a model gives must be one of {joins}, got '{gives}'",
                joins=", ".join(JOINS),
                gives=gives,
            )
        if gives in ("merged", "objects") and not model.finds_boxes:
            raise ConfigError(
                "{name} is a model to {task}: its answers for several parts of a picture cannot be "
                "{gives}, for they have no places",
                name=model.name,
                task=model.task,
                gives=gives,
            )
        self.model, self.gives, self.limit = model, gives, limit
        self._nothing: Result | None = None

    def run(self, flow: Flow) -> None:
        """Ask, and join the answers with what is known."""
        regions = (whole_frame(flow.image),) if flow.regions is None else flow.regions
        patience, flow.regions, flow.patience = flow.patience, None, None
        before_each = cancelling.check if patience is None else patience(self.model.name).next
        answers, spent = self.model.predict_many([region.image for region in regions], before_each)
        started = time.perf_counter()
        placed = [
            answer if region.is_whole else answer.mapped(region.to_frame, region.frame_wh)
            for region, answer in zip(regions, answers, strict=True)
        ]
        JOINS[self.gives](self, flow, regions, placed)
        flow.timings = flow.timings + spent + Timings(decode_s=time.perf_counter() - started)

    def nothing(self) -> Result:
        """The answer of the model to a picture without any object."""
        if self._nothing is None:
            result, _ = self.model.predict(np.zeros((64, 64, 3), np.uint8))
            assert isinstance(result, BoxResult)
            self._nothing = result.take(np.zeros(0, np.intp))
        return self._nothing


Join = Callable[[ModelStage, Flow, Sequence[Region], list[Result]], None]


def _as_result(stage: ModelStage, flow: Flow, regions: Sequence[Region], answers: list[Result]) -> None:
    """The answer for the one part is the result."""
    if len(answers) != 1:
        raise ModelError(
            "{name}: of {count} parts of the picture only one can be the result; the chain must "
            "merge them, join them as objects, or attach them",
            name=stage.model.name,
            count=len(answers),
        )
    flow.result = answers[0]


def _as_objects(stage: ModelStage, flow: Flow, regions: Sequence[Region], answers: list[Result]) -> None:
    """What is found in the parts are the objects, one part's after the other's."""
    flow.result = _joined(stage, answers)


def _merged(stage: ModelStage, flow: Flow, regions: Sequence[Region], answers: list[Result]) -> None:
    """What is found in the parts, seen twice where they overlap, are the objects."""
    every = _joined(stage, answers)
    found = every.detections
    groups = overlapping_groups(found.xyxy, found.scores, found.class_ids, _MERGE_SHARE, stage.limit)
    flow.result = every.merged(groups)


def _joined(stage: ModelStage, answers: list[Result]) -> BoxResult:
    with_boxes = [answer for answer in answers if isinstance(answer, BoxResult)]
    if not with_boxes:
        nothing = stage.nothing()
        assert isinstance(nothing, BoxResult)
        return nothing
    return with_boxes[0].joined(with_boxes[1:])


def _attached(stage: ModelStage, flow: Flow, regions: Sequence[Region], answers: list[Result]) -> None:
    """Each answer hangs on the object that its part shows."""
    if not isinstance(flow.result, BoxResult):
        return
    found = flow.result.detections
    rows = [list(row) for row in found.attached] if found.attached else [[] for _ in range(len(found))]
    for region, answer in zip(regions, answers, strict=True):
        if region.of is None:
            raise ModelError(
                "{name}: a part of the picture that shows no object cannot be attached", name=stage.model.name
            )
        rows[region.of].append(answer)
    flow.result = flow.result.with_detections(found.replaced(attached=tuple(tuple(row) for row in rows)))


JOINS: dict[str, Join] = {
    "result": _as_result,
    "merged": _merged,
    "objects": _as_objects,
    "attached": _attached,
}
"""What the answers of a model can be to a frame."""
