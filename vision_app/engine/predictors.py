"""Loaded models: a card, a session and a task that together turn a picture into a result.

A predictor is one model, or a chain of them: see `vision_app.engine.chain`.
"""

from __future__ import annotations

import copy
import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from vision_app import limits
from vision_app.cards.binding import bind_outputs
from vision_app.cards.card import CHANNELS, ModelCard
from vision_app.cards.guessing import guessed_fields
from vision_app.cards.inputs import PictureInput, picture_input
from vision_app.cards.lookup import ModelFile, find_model
from vision_app.cards.tensors import picture_name
from vision_app.engine.feeding import Feeds, State, names_of
from vision_app.engine.loading import described, rewritten_content, session_of, with_free_sides
from vision_app.errors import ModelError
from vision_app.results.values import (
    FloatArray,
    Frame,
    ImageU8,
    Result,
    Timings,
)
from vision_app.runtime import Session, TensorSpec, ThreadPolicy
from vision_app.sequences.model import SEQUENCE
from vision_app.tasks import TaskOptions, make_task
from vision_app.tasks.embed import EmbedTask
from vision_app.tasks.preprocess import Geometry, check_input_pixels

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
    """A predictor that remembers the frames of a stream, such as one with a tracker.

    Frames may begin in any order, from many threads; they are followed in their own order, one at a time.
    """

    def begin(self, frame: Frame) -> Any:
        """What can be said without the frames before, to be given to `follow`.

        Raises:
            ModelError: a model failed to run.
        """
        ...

    def follow(self, begun: Any, frame: Frame) -> tuple[Result, Timings]:
        """The result of the next frame, and the seconds that it took with its begin.

        Raises:
            ModelError: a model failed to run.
        """
        ...


@runtime_checkable
class Sparing(Follower, Protocol):
    """A follower that need not look at every frame, for it knows where its objects are going."""

    def spares(self, frame: Frame, in_flight: int) -> bool:
        """Whether it need not look at a frame; asked once of each, from any thread.

        Args:
            frame: the frame, with its `turn`.
            in_flight: how many frames may be worked on at once.
        """
        ...

    def coast(self, frame: Frame) -> tuple[Result, Timings] | None:
        """What it expects on the next frame, in place of `follow`; None where it has nothing to go by."""
        ...


def follows(predictor: Predictor) -> bool:
    """Whether it remembers frames. Asked of each frame, where `isinstance` would take ten microseconds."""
    return _abilities(type(predictor))[0]


def spares(predictor: Predictor) -> bool:
    """Whether it can be spared frames."""
    return _abilities(type(predictor))[1]


@lru_cache(maxsize=256)
def _abilities(kind: type) -> tuple[bool, bool]:
    return issubclass(kind, Follower), issubclass(kind, Sparing)


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


@dataclass(frozen=True, slots=True)
class Watch:
    """Somebody who looks at further tensors of every run of a model. Handed in by a front end.

    Attributes:
        session: the same network, with these tensors as further outputs; runs in place of the model's own.
        names: of the tensors.
        take: given each picture with its answer, by the thread that ran it; must return at once and not raise.
    """

    session: Session
    names: tuple[str, ...]
    take: Callable[[ImageU8, Answer], object]


class LoadedModel:
    """One model, ready to run.

    Attributes:
        guesses: fields of the card that were guessed because the file says nothing of itself; "" for none.
        runs_as_it_is: the file itself was wanted, no faster graph that was made of it.
        watch: somebody who looks at further tensors of its runs; may be set and taken away at any moment, and without
            one nothing of it costs anything.

    Args:
        file: the weights and their card.
        options: thresholds and classes.
        provider: wanted provider.
        threads: thread policy of the CPU provider.
        content: the same network in memory, which runs in place of the file.

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
        content: bytes | None = None,
    ) -> None:
        options = options or TaskOptions()
        self.runs_as_it_is = options.no_rewrite
        if options.rectangle and content is None:
            file = with_free_sides(file)
        if content is None:
            content = rewritten_content(file, provider, options)
        self.session = session_of(file.path, provider, threads, content)
        self.watch: Watch | None = None
        self.card: ModelCard = file.card or described(self.session, file.name)
        self.guesses = "" if file.card else guessed_fields(self.card)
        if SEQUENCE in self.card.extra:
            raise ModelError(
                "{name} takes movements over time, not single pictures: run it on a source with vision-app --source",
                name=self.card.name,
            )
        picture = _check_input(self.card, self.session)
        check_input_pixels(self.card.input.size_hw, self.card.name)
        self._feeds = Feeds(self.card, self.session)
        self._free_hw = picture.size_hw == (None, None) and not self.card.extra.get("fixed_size")
        self._task = make_task(self.card, options, self._free_hw)
        self._copies = picture.batch
        height, width = self.card.input.size_hw
        if self._copies * height * width > limits.current().input_pixels:
            raise ModelError(
                "{path}: made for batches of {copies} pictures of {height} x {width}, which is more than "
                "the limit input-pixels; export it with a batch of 1 or a free batch",
                path=file.path,
                copies=self._copies,
                height=height,
                width=width,
            )
        self._names = bind_outputs(self.card, self._task.roles, _of_one(self.session.outputs, picture.batch))
        self._wanted = names_of(tuple(self._names.values()), self._feeds.kept)
        shapes = [o.shape for o in self.session.outputs if o.name in self._wanted]
        # on a processor a batch gains nothing with one thread a run, and takes its memory many times
        self._batches = (
            picture.free_batch
            and self._feeds.only_picture
            and self.session.provider != "CPUExecutionProvider"
            and all(s and s[0] is None for s in shapes)
        )

    def with_options(self, options: TaskOptions) -> LoadedModel:
        """The same model, asked otherwise: it shares the session, so nothing is loaded.

        Raises:
            ConfigError: an option does not fit the model.
        """
        other = copy.copy(self)
        other._task = make_task(self.card, options, self._free_hw)
        return other

    def knowing(self, names: tuple[str, ...], vectors: FloatArray) -> LoadedModel:
        """The same model, which names the nearest of known vectors: a model to embed.

        Args:
            names: a name each.
            vectors: (N, D) of length 1.
        """
        assert isinstance(self._task, EmbedTask)
        other = copy.copy(self)
        other._task = self._task.knowing(names, vectors)
        return other

    def on_session(self, session: Session) -> LoadedModel:
        """The same model on another session of the same network, watched by nobody."""
        other = copy.copy(self)
        other.session, other.watch = session, None
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
    def finds_boxes(self) -> bool:
        """Whether what it says has places."""
        return self._task.finds_boxes

    @property
    def fell_back_from(self) -> str | None:
        """The provider that was wanted and could not be had."""
        return self.session.fell_back_from

    @property
    def remembers(self) -> bool:
        """Whether the network has a state: what it says depends on the pictures before."""
        return self._feeds.remembers

    @property
    def free_hw(self) -> bool:
        """Whether it takes any height and width that its stride divides."""
        return self._free_hw

    @property
    def picture_name(self) -> str:
        """Name of the input that takes the picture."""
        return self._feeds.picture

    @property
    def read_names(self) -> tuple[str, ...]:
        """Names of the outputs that the task reads, and of those that hold a state."""
        return self._wanted

    def feeds(self, image: ImageU8) -> dict[str, NDArray[Any]]:
        """All inputs of a run for a picture; the tensor of the picture is valid until this thread's next call."""
        tensor, geometry = self._task.prepare(image)
        if self._copies > 1:
            tensor = np.repeat(tensor, self._copies, axis=0)
        return self._feeds.of(tensor, geometry, None)

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
        watch = self.watch
        if watch is not None:
            more = names_of(more, watch.names)
        session = self.session if watch is None else watch.session
        outputs = session.run(feeds, names_of(self._wanted, more) if more else self._wanted)
        if self._copies > 1:
            outputs = {n: o[:1] if o.shape[:1] == (self._copies,) else o for n, o in outputs.items()}
        inferred = time.perf_counter()
        result = self.decode(outputs, geometry)
        decoded = time.perf_counter()
        timings = Timings(
            prepare_s=prepared - started, infer_s=inferred - prepared, decode_s=decoded - inferred
        )
        answer = Answer(result, timings, geometry, outputs, self._feeds.next(outputs))
        if watch is not None:
            watch.take(image, answer)
        return answer

    def decode(self, outputs: Mapping[str, NDArray[Any]], geometry: Geometry) -> Result:
        """The result of outputs by their names in the file.

        Raises:
            ModelError: they are not what the card says.
        """
        return self._task.decode({role: outputs[name] for role, name in self._names.items()}, geometry)

    def predict_many(
        self, images: Sequence[ImageU8], before_each: Callable[[], None] = lambda: None
    ) -> tuple[list[Result], Timings]:
        """The results of several pictures: in few runs where the file takes several at once, else one by one.

        Args:
            images: (H, W, 3) uint8 BGR each.
            before_each: called before a picture's turn; ends the work by raising.

        Raises:
            ModelError: the model failed to run, or its outputs are not what its card says.
        """
        results: list[Result] = []
        timings = Timings()
        for start in range(0, len(images), _LARGEST_BATCH):
            part = images[start : start + _LARGEST_BATCH]
            batch = None
            if self._batches and len(part) > 1:
                for _ in part:
                    before_each()
                batch = self._batch(part)
            if batch is not None:
                results += batch[0]
                timings = timings + batch[1]
                continue
            for image in part:
                before_each()
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
            "{name}: input.layout is {layout} in the card, the file takes {input}",
            name=card.name,
            layout=card.input.layout,
            input=session.inputs[0],
        )
    for axis, (fixed, said) in enumerate(zip(picture.size_hw, card.input.size_hw, strict=True)):
        if fixed is not None and fixed != said:
            raise ModelError(
                "{name}: input.size_hw[{axis}] is {said} in the card, the file takes {input}",
                name=card.name,
                axis=axis,
                said=said,
                input=session.inputs[0],
            )
    if CHANNELS[card.input.colour] != picture.channels:
        raise ModelError(
            "{name}: input.colour is {colour} in the card, which is {channels} values a pixel; the "
            "file takes {picture_channels}: {input}",
            name=card.name,
            colour=card.input.colour,
            channels=CHANNELS[card.input.colour],
            picture_channels=picture.channels,
            input=session.inputs[0],
        )
    if picture.whole_numbers and abs(card.input.scale) < _LEAST_SCALE_OF_WHOLE_NUMBERS:
        raise ModelError(
            "{name}: the file takes whole numbers from 0 to 255, the card's input.scale of "
            "{scale:.4g} would make all of them 0; set input.scale to 1",
            name=card.name,
            scale=card.input.scale,
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
