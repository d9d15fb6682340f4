"""Loaded models: a card, a session and a task that together turn a picture into a result.

A predictor can be one model, a detector over sliding windows, or a detector with a classifier on its boxes.
"""

from __future__ import annotations

import copy
import dataclasses
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from vision_app.cards.binding import bind_outputs
from vision_app.cards.card import CHANNELS, ModelCard
from vision_app.cards.describe import describe
from vision_app.cards.inputs import PictureInput, picture_input
from vision_app.cards.lookup import ModelFile, find_model
from vision_app.cards.tensors import picture_name
from vision_app.engine.feeding import Feeds, State, names_of
from vision_app.engine.windows import Patience, check_windows, default_stride, windows
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
from vision_app.runtime import Session, TensorSpec, ThreadPolicy
from vision_app.tasks import TASKS, TaskOptions, make_task
from vision_app.tasks.nms import merge_overlapping
from vision_app.tasks.preprocess import Geometry, check_input_pixels

_MERGE_SHARE = 0.5
_LEAST_SCALE_OF_WHOLE_NUMBERS = 0.5
_LARGEST_BATCH = 8


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


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model says about one picture, and what it was computed from.

    Attributes:
        result: in the pixels of the picture.
        timings: seconds by stage.
        geometry: where the picture lies in the input tensor.
        outputs: tensors by their names in the file: those that the task reads, and what else was wanted.
        state: what a network with a state remembers now.
    """

    result: Result
    timings: Timings
    geometry: Geometry
    outputs: Mapping[str, NDArray[Any]]
    state: State


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
        picture = _check_input(self.card, self.session)
        check_input_pixels(self.card.input.size_hw, self.card.name)
        self._feeds = Feeds(self.card, self.session)
        self._free_hw = picture.size_hw == (None, None) and not self.card.extra.get("fixed_size")
        self._task = make_task(self.card, options or TaskOptions(), self._free_hw)
        self._copies = picture.batch
        self._names = bind_outputs(self.card, self._task.roles, _of_one(self.session.outputs, picture.batch))
        self._wanted = names_of(tuple(self._names.values()), self._feeds.kept)
        shapes = [o.shape for o in self.session.outputs if o.name in self._wanted]
        self._batches = (
            picture.free_batch and self._feeds.only_picture and all(s and s[0] is None for s in shapes)
        )

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

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self.card.labels

    @property
    def remembers(self) -> bool:
        """Whether the network has a state: what it says depends on the pictures before."""
        return self._feeds.remembers

    @property
    def output_names(self) -> Mapping[str, str]:
        """What the task calls an output, to its name in the file."""
        return self._names

    def predict(self, image: ImageU8) -> tuple[Result, Timings]:
        """Prepare, infer, decode. A network with a state starts afresh."""
        answer = self.answer(image)
        return answer.result, answer.timings

    def answer(self, image: ImageU8, *, more: Sequence[str] = (), state: State | None = None) -> Answer:
        """What the model says, with further tensors of the same run.

        Args:
            image: (H, W, 3) uint8 BGR.
            more: names in the file of outputs that are wanted beside what the task reads.
            state: what the network remembers, for one that does; None to start afresh.

        Raises:
            ModelError: the model failed to run, or its outputs are not what its card says.
        """
        started = time.perf_counter()
        tensor, geometry = self._task.prepare(image)
        if self._copies > 1:  # a file that was made for so many pictures gets the same one as often
            tensor = np.repeat(tensor, self._copies, axis=0)
        feeds = self._feeds.of(tensor, geometry, state)
        prepared = time.perf_counter()
        outputs = self.session.run(feeds, names_of(self._wanted, more) if more else self._wanted)
        if self._copies > 1:
            outputs = {n: o[:1] if o.shape[:1] == (self._copies,) else o for n, o in outputs.items()}
        inferred = time.perf_counter()
        result = self.decode(outputs, geometry)
        decoded = time.perf_counter()
        timings = Timings(
            prepare_s=prepared - started, infer_s=inferred - prepared, decode_s=decoded - inferred
        )
        return Answer(result, timings, geometry, outputs, self._feeds.next(outputs))

    def decode(self, outputs: Mapping[str, NDArray[Any]], geometry: Geometry) -> Result:
        """The result of outputs by their names in the file.

        Raises:
            ModelError: they are not what the card says.
        """
        return self._task.decode({role: outputs[name] for role, name in self._names.items()}, geometry)

    def predict_many(self, images: Sequence[ImageU8]) -> tuple[list[Result], Timings]:
        """The results of several pictures: in few runs where the file takes several at once, else one by one."""
        results: list[Result] = []
        timings = Timings()
        for start in range(0, len(images), _LARGEST_BATCH):
            part = images[start : start + _LARGEST_BATCH]
            batch = self._batch(part) if self._batches and len(part) > 1 else None
            if batch is not None:
                results += batch[0]
                timings = timings + batch[1]
                continue
            for image in part:
                result, spent = self.predict(image)
                results.append(result)
                timings = timings + spent
        return results, timings

    def _batch(self, images: Sequence[ImageU8]) -> tuple[list[Result], Timings] | None:
        """All in one run; None where their tensors differ in size."""
        started = time.perf_counter()
        prepared = [(tensor.copy(), geometry) for tensor, geometry in map(self._task.prepare, images)]
        tensors = [tensor for tensor, _ in prepared]
        if len({t.shape for t in tensors}) != 1:
            return None
        ready = time.perf_counter()
        outputs = self.session.run({self._feeds.picture: np.concatenate(tensors)}, self._wanted)
        inferred = time.perf_counter()
        results = [
            self._task.decode({r: outputs[name][i : i + 1] for r, name in self._names.items()}, geometry)
            for i, (_, geometry) in enumerate(prepared)
        ]
        decoded = time.perf_counter()
        return results, Timings(
            prepare_s=ready - started, infer_s=inferred - ready, decode_s=decoded - inferred
        )

    def warm_up(self, frame_wh: tuple[int, int]) -> None:
        """Run once on a picture of that size: allocates, tunes, and finds a card that does not fit."""
        noise = np.random.default_rng(0).integers(64, 192, (frame_wh[1], frame_wh[0], 3), np.uint8)
        self.predict(noise)


def _of_one(outputs: Sequence[TensorSpec], batch: int) -> list[TensorSpec]:
    """Outputs as they are for one picture, of a file that takes several at once."""
    return [
        dataclasses.replace(o, shape=(1, *o.shape[1:])) if batch > 1 and o.shape[:1] == (batch,) else o
        for o in outputs
    ]


def _check_input(card: ModelCard, session: Session) -> PictureInput:
    """The input that takes the picture; refuses a card that contradicts the file."""
    picture = picture_input(session, picture_name(card.inputs))
    if picture.layout != card.input.layout:
        raise ModelError(
            f"{card.name}: input.layout is {card.input.layout} in the card, the file takes {session.inputs[0]}"
        )
    for axis, (fixed, said) in enumerate(zip(picture.size_hw, card.input.size_hw, strict=True)):
        if fixed is not None and fixed != said:
            raise ModelError(
                f"{card.name}: input.size_hw[{axis}] is {said} in the card, the file takes {session.inputs[0]}"
            )
    if CHANNELS[card.input.colour] != picture.channels:
        raise ModelError(
            f"{card.name}: input.colour is {card.input.colour} in the card, which is {CHANNELS[card.input.colour]} "
            f"values a pixel; the file takes {picture.channels}: {session.inputs[0]}"
        )
    if picture.whole_numbers and abs(card.input.scale) < _LEAST_SCALE_OF_WHOLE_NUMBERS:
        raise ModelError(
            f"{card.name}: the file takes whole numbers from 0 to 255, the card's input.scale of "
            f"{card.input.scale:.4g} would make all of them 0; set input.scale to 1"
        )
    return picture


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
        self.stride = stride or default_stride(self.window)
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
        size_wh = (image.shape[1], image.shape[0])
        patience = Patience(self.name, size_wh, self.window, self.stride)
        whole, timings = self._detect(image)
        parts = [whole]
        for left, top, right, bottom in windows(size_wh, self.window, self.stride):
            patience.next()
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
        check_windows(self.name, frame_wh, self.window, self.stride)
        started_s = time.perf_counter()
        self.detector.warm_up(frame_wh)
        whole_s = time.perf_counter() - started_s
        part_wh = (min(self.window, frame_wh[0]), min(self.window, frame_wh[1]))
        self.detector.warm_up(part_wh)
        started_s = time.perf_counter()
        self.detector.warm_up(part_wh)
        part_s = time.perf_counter() - started_s
        check_windows(self.name, frame_wh, self.window, self.stride, seconds=part_s, extra_s=whole_s)


Detector = LoadedModel | SlicedDetector
"""What a classifier of boxes can stand on."""


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
        return found.with_detections(found.detections.with_attached(classes)), timings

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
