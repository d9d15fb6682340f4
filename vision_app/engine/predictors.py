"""Loaded models: a card, a session and a task that together turn a picture into a result.

A predictor can be one model, a detector over sliding windows, or a detector with a classifier on its boxes.
"""

from __future__ import annotations

import copy
import dataclasses
import time
from collections.abc import Iterator
from typing import Protocol, runtime_checkable

import numpy as np

from vision_app.cards.card import ModelCard
from vision_app.cards.describe import describe, picture_input
from vision_app.cards.lookup import ModelFile, find_model
from vision_app.errors import ConfigError, ModelError
from vision_app.results.values import (
    BoxResult,
    Classification,
    Detections,
    FloatArray,
    Frame,
    ImageU8,
    Result,
    Timings,
)
from vision_app.runtime import Session, ThreadPolicy
from vision_app.tasks import TASKS, TaskOptions, make_task
from vision_app.tasks.nms import merge_overlapping
from vision_app.tasks.preprocess import Geometry

WINDOW_OVERLAP = 0.2
_MERGE_SHARE = 0.5


class Predictor(Protocol):
    """Says something about a picture. Safe to call from many threads."""

    @property
    def name(self) -> str:
        """Name of the model."""
        ...

    @property
    def provider(self) -> str:
        """The provider that ONNX Runtime really uses."""
        ...

    @property
    def task(self) -> str:
        """Name of the task."""
        ...

    def predict(self, image: ImageU8) -> tuple[Result, Timings]:
        """The result of a (H, W, 3) uint8 BGR picture, in its pixels, and the seconds it took.

        Raises:
            ModelError: the model failed to run, or its outputs are not what its card says.
        """
        ...


@runtime_checkable
class Follower(Protocol):
    """A predictor that has to see its results in the order of the frames, such as one with a tracker."""

    def follow(self, result: Result, frame: Frame) -> Result:
        """The result of the next frame, changed or not."""
        ...


class LoadedModel:
    """One model, ready to run.

    Args:
        file: the weights and their card.
        options: thresholds and classes.
        provider: wanted provider.
        threads: thread policy of the CPU provider.

    Raises:
        ModelError: the file or the card cannot be used.
        ConfigError: an option does not fit the model.
    """

    def __init__(
        self,
        file: ModelFile,
        options: TaskOptions | None = None,
        provider: str = "auto",
        threads: ThreadPolicy | None = None,
    ) -> None:
        self.session = Session(file.path, provider, threads)
        self.card: ModelCard = file.card or describe(self.session, file.name)
        free_hw = _check_input(self.card, self.session)
        self._free_hw = free_hw
        self._task = make_task(self.card, options or TaskOptions(), free_hw)

    def with_options(self, options: TaskOptions) -> LoadedModel:
        """The same model, asked otherwise: it shares the session, so nothing is loaded.

        Raises:
            ConfigError: an option does not fit the model.
        """
        other = copy.copy(self)
        other._task = make_task(self.card, options, self._free_hw)
        return other

    @property
    def name(self) -> str:
        """Name of the model."""
        return self.card.name

    @property
    def task(self) -> str:
        """Name of the task."""
        return self.card.task

    @property
    def provider(self) -> str:
        """The provider that ONNX Runtime really uses."""
        return self.session.provider

    def prepare(self, image: ImageU8) -> tuple[FloatArray, Geometry]:
        """The input tensor of a picture, valid until this thread's next call, and how the two lie."""
        return self._task.prepare(image)

    def predict(self, image: ImageU8) -> tuple[Result, Timings]:
        """Prepare, infer, decode."""
        started = time.perf_counter()
        tensor, geometry = self._task.prepare(image)
        prepared = time.perf_counter()
        outputs = self.session.run(tensor)
        inferred = time.perf_counter()
        result = self._task.decode(outputs, geometry)
        decoded = time.perf_counter()
        timings = Timings(
            prepare_s=prepared - started, infer_s=inferred - prepared, decode_s=decoded - inferred
        )
        return result, timings

    def warm_up(self, frame_wh: tuple[int, int]) -> None:
        """Run once on a picture of that size: allocates, tunes, and finds a card that does not fit."""
        noise = np.random.default_rng(0).integers(64, 192, (frame_wh[1], frame_wh[0], 3), np.uint8)
        self.predict(noise)


def _check_input(card: ModelCard, session: Session) -> bool:
    """Whether height and width are free; refuses a card that contradicts the file."""
    picture = picture_input(session)
    if picture.layout != card.input.layout:
        raise ModelError(
            f"{card.name}: input.layout is {card.input.layout} in the card, the file takes {session.inputs[0]}"
        )
    for axis, (fixed, said) in enumerate(zip(picture.size_hw, card.input.size_hw, strict=True)):
        if fixed is not None and fixed != said:
            raise ModelError(
                f"{card.name}: input.size_hw[{axis}] is {said} in the card, the file takes {session.inputs[0]}"
            )
    return picture.size_hw == (None, None)


def load_model(
    reference: str,
    options: TaskOptions | None = None,
    provider: str = "auto",
    threads: ThreadPolicy | None = None,
) -> LoadedModel:
    """Load a model by name or file.

    Raises:
        ModelError: it cannot be found or used.
        ConfigError: an option does not fit it.
    """
    return LoadedModel(find_model(reference), options, provider, threads)


class SlicedDetector:
    """Runs a detector over overlapping windows and over the whole picture, and merges: for small objects.

    Args:
        detector: a loaded detector.
        window: side of the square windows in frame pixels; 0 for the size of the model's input.
        stride: step between windows in frame pixels; 0 for four fifths of the window.

    Raises:
        ConfigError: the model is not a detector, or the stride is larger than the window.

    Source: Akyon et al., "Slicing Aided Hyper Inference", 2022.
    """

    def __init__(
        self, detector: LoadedModel, window: int = 0, stride: int = 0, options: TaskOptions | None = None
    ) -> None:
        if detector.task != "detect":
            raise ConfigError(
                f"--sliced needs a detector, {detector.name} is a model to {detector.task}: of what lies in "
                "several windows only boxes can be joined"
            )
        self.detector = detector
        self.window = window or max(detector.card.input.size_hw)
        self.stride = stride or max(1, round(self.window * (1 - WINDOW_OVERLAP)))
        if self.stride > self.window:
            raise ConfigError(
                f"the stride of the windows ({self.stride}) must not be larger than they are ({self.window}): "
                "what lies between them would not be seen"
            )
        self._limit = (options or TaskOptions()).max_det

    name = property(lambda self: self.detector.name)
    provider = property(lambda self: self.detector.provider)
    task = property(lambda self: self.detector.task)

    def predict(self, image: ImageU8) -> tuple[Result, Timings]:
        """Detections of all windows and of the whole picture, merged."""
        whole, timings = self._detect(image)
        parts = [whole]
        for left, top, right, bottom in windows((image.shape[1], image.shape[0]), self.window, self.stride):
            found, spent = self._detect(image[top:bottom, left:right])
            shift = np.array([left, top, left, top], np.float32)
            parts.append(dataclasses.replace(found, xyxy=found.xyxy + shift))
            timings = timings + spent
        started = time.perf_counter()
        xyxy, scores, class_ids = merge_overlapping(
            np.concatenate([p.xyxy for p in parts]),
            np.concatenate([p.scores for p in parts]),
            np.concatenate([p.class_ids for p in parts]),
            _MERGE_SHARE,
            self._limit,
        )
        merged = dataclasses.replace(whole, xyxy=xyxy, scores=scores, class_ids=class_ids)
        return merged, timings + Timings(decode_s=time.perf_counter() - started)

    def _detect(self, image: ImageU8) -> tuple[Detections, Timings]:
        result, timings = self.detector.predict(image)
        assert isinstance(result, Detections)
        return result, timings

    def warm_up(self, frame_wh: tuple[int, int]) -> None:
        """Run once on the whole picture and once on a window."""
        self.detector.warm_up(frame_wh)
        self.detector.warm_up((min(self.window, frame_wh[0]), min(self.window, frame_wh[1])))


Detector = LoadedModel | SlicedDetector
"""What a classifier of boxes can stand on."""


def windows(size_wh: tuple[int, int], window: int, stride: int) -> Iterator[tuple[int, int, int, int]]:
    """Left, top, right, bottom of windows that cover a picture; the last ones are moved back inside.

    Nothing when one window covers the whole picture.

    >>> list(windows((100, 60), 60, 50))
    [(0, 0, 60, 60), (40, 0, 100, 60)]
    """
    width, height = size_wh
    if width <= window and height <= window:
        return
    for top in _starts(height, window, stride):
        for left in _starts(width, window, stride):
            yield left, top, min(left + window, width), min(top + window, height)


def _starts(length: int, window: int, stride: int) -> list[int]:
    last = max(0, length - window)
    return [*range(0, last, stride), last]


class BoxClassifier:
    """A detector whose boxes are each classified by a second model.

    Args:
        detector: finds the boxes.
        classifier: names what is in each of them.

    Raises:
        ConfigError: one of them is not what it has to be.
    """

    def __init__(self, detector: Detector, classifier: LoadedModel) -> None:
        if not TASKS[detector.task].finds_boxes:
            raise ConfigError(f"boxes come from a detector, {detector.name} is a model to {detector.task}")
        if classifier.task != "classify":
            raise ConfigError(
                f"--classify-boxes needs a classifier, {classifier.name} is a model to {classifier.task}"
            )
        self.detector = detector
        self.classifier = classifier

    name = property(lambda self: self.detector.name)
    provider = property(lambda self: self.detector.provider)
    task = property(lambda self: self.detector.task)

    def predict(self, image: ImageU8) -> tuple[Result, Timings]:
        """What was detected, each box with the classification of its part of the picture."""
        found, timings = self.detector.predict(image)
        assert isinstance(found, BoxResult)
        classes: list[Classification] = []
        for box in found.detections.xyxy:
            result, spent = self.classifier.predict(cut_out(image, box))
            assert isinstance(result, Classification)
            classes.append(result)
            timings = timings + spent
        detections = dataclasses.replace(found.detections, box_classes=tuple(classes))
        return found.with_detections(detections), timings

    def warm_up(self, frame_wh: tuple[int, int]) -> None:
        """Warm both models up."""
        self.detector.warm_up(frame_wh)
        self.classifier.warm_up(frame_wh)


def composed(
    model: LoadedModel,
    options: TaskOptions,
    *,
    sliced: bool = False,
    slice_size: int = 0,
    slice_stride: int = 0,
    classifier: LoadedModel | None = None,
) -> LoadedModel | SlicedDetector | BoxClassifier:
    """A model with what detectors can have on top; a model without boxes stays as it is.

    Args:
        model: the model.
        options: thresholds and limits, for merging the windows.
        sliced: detect in overlapping windows too.
        slice_size: side of the windows, pixels; 0 for the size of the model's input.
        slice_stride: step between the windows, pixels; 0 for four fifths of their side.
        classifier: names what is in each box; None for none.

    Raises:
        ConfigError: the windows or the classifier do not fit.
    """
    if not TASKS[model.task].finds_boxes:
        return model
    detector: Detector = SlicedDetector(model, slice_size, slice_stride, options) if sliced else model
    return BoxClassifier(detector, classifier) if classifier else detector


def cut_out(image: ImageU8, box: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> ImageU8:
    """The part of a picture inside a box: whole pixels that it touches, at least one."""
    height, width = image.shape[:2]
    left = min(max(int(np.floor(box[0])), 0), width - 1)
    top = min(max(int(np.floor(box[1])), 0), height - 1)
    right = min(max(int(np.ceil(box[2])), left + 1), width)
    bottom = min(max(int(np.ceil(box[3])), top + 1), height)
    return image[top:bottom, left:right]
