"""What a model needs beside its file to be run elsewhere: every number from a picture to an answer."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vision_app.cards.card import ModelCard
from vision_app.cards.inputs import PictureInput, picture_input
from vision_app.cards.lookup import ModelFile
from vision_app.cards.parts import WHOLE, Part
from vision_app.engine.loading import described, session_of
from vision_app.engine.points import landmarks_of
from vision_app.errors import ModelError
from vision_app.messages import Message
from vision_app.runtime import Session
from vision_app.tasks.preprocess import channel_affine

A_PAGE = Message("a page")
A_SCRIPT = Message("a script")
_ONE_NEURON = 1


class BundleError(ModelError):
    """A model cannot be taken there, or the files cannot be written."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """From a picture to an answer, as plain values.

    Attributes:
        name: the model.
        title: for people.
        licence: of the weights.
        labels: its classes.
        size_hw: height and width of the input, pixels.
        layout: order of the axes of the input.
        colour: order of its channels.
        divisor: `pixel / divisor + shift` is the value of a channel of the input, in their order there.
        shift: see `divisor`.
        pad: grey of the borders of a letterbox, 0 to 255.
        resize: how a picture is fitted into the input.
        interpolation: kernel of the resampling.
        antialias: whether it is widened with the scale, as Pillow does; else it is OpenCV's.
        crop_pct: share of the scaled picture that `crop` keeps.
        region: the part of a frame that it looks at; None for all of it.
        activation: what makes probabilities of the output.
        reject_below: a lower best probability is unknown; None for never.
        background: index of the class that means none of the others; None when there is none.
        input: name of the input.
        output: name of the output.
        dims: shape of the input tensor.
    """

    name: str
    title: str
    licence: str
    labels: tuple[str, ...]
    size_hw: tuple[int, int]
    layout: str
    colour: str
    divisor: tuple[float, ...]
    shift: tuple[float, ...]
    pad: int
    resize: str
    interpolation: str
    antialias: bool
    crop_pct: float
    region: Part | None
    activation: str
    reject_below: float | None
    background: int | None
    input: str
    output: str
    dims: tuple[int, ...]

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


def card_and_session(file: ModelFile) -> tuple[ModelCard, Session]:
    """The card of a model, whatever says it, and the model itself, loaded.

    Raises:
        ModelError: it cannot be loaded or described.
    """
    session = session_of(file.path, "cpu")
    return file.card or described(session, file.name), session


def recipe_of(file: ModelFile, target: Message) -> Recipe:
    """Everything that a page or a script has to know of a classifier.

    Args:
        file: the classifier.
        target: what it is for, as an error says it: `A_PAGE`, `A_SCRIPT`.

    Raises:
        BundleError: it cannot be run there, with the reason and what can be done instead.
        ModelError: it cannot be loaded.
    """
    card, session = card_and_session(file)
    if card.task != "classify":
        raise BundleError(
            "{name} is a model to {task}; {target} runs classifiers, such as those that were taught here",
            name=card.name,
            task=card.task,
            target=target,
        )
    if (chain := landmarks_of(card)) is not None:
        raise BundleError(
            "{name} looks at landmarks that the chain '{chain}' finds first, and {target} has no chain; "
            "take it as a station of a kiosk (kiosk), or teach it on pictures",
            name=card.name,
            chain=chain,
            target=target,
        )
    taken = picture_input(session)
    _check_tensor(card, session, taken, target)
    divisor, shift = channel_affine(card.input)
    background = card.output.background
    spec = card.input
    region = None if spec.region == WHOLE else spec.region
    return Recipe(
        name=card.name,
        title=card.title or card.name,
        licence=card.licence,
        labels=card.labels,
        size_hw=spec.size_hw,
        layout=spec.layout,
        colour=spec.colour,
        divisor=tuple(float(v) for v in divisor),
        shift=tuple(float(v) for v in shift),
        pad=spec.pad,
        resize=spec.resize,
        interpolation=spec.interpolation,
        antialias=spec.antialias,
        crop_pct=spec.crop_pct,
        region=region,
        activation=card.output.activation,
        reject_below=card.output.reject_below,
        background=None if background is None else card.labels.index(background),
        input=taken.name,
        output=session.outputs[0].name,
        dims=_dims(card),
    )


def _check_tensor(card: ModelCard, session: Session, taken: PictureInput, target: Message) -> None:
    kind = next(i.dtype for i in session.inputs if i.name == taken.name)
    count = len(session.outputs)
    last = session.outputs[0].shape
    wrong = (
        Message("its input is {kind}, not float", kind=kind)
        if kind != "tensor(float)"
        else Message("it has {inputs} inputs and {count} outputs", inputs=len(session.inputs), count=count)
        if len(session.inputs) > 1 or count > 1
        else Message("it wants {count} pictures at once", count=taken.batch)
        if taken.batch != 1
        else Message("its pixels have four channels")
        if card.input.colour == "RGBA"
        else Message("it has one output for two classes")
        if last and last[-1] == _ONE_NEURON and len(card.labels) > 1
        else ""
    )
    if wrong:
        raise BundleError(
            "{name} cannot be run by {target}: {wrong}; take its file (onnx) or a station of a kiosk (kiosk)",
            name=card.name,
            target=target,
            wrong=wrong,
        )


def _dims(card: ModelCard) -> tuple[int, ...]:
    height, width = card.input.size_hw
    channels = 1 if card.input.colour == "GREY" else 3
    return {
        "NHWC": (1, height, width, channels),
        "NHW": (1, height, width),
        "flat": (1, channels * height * width),
    }.get(card.input.layout, (1, channels, height, width))


def stem_of(name: str) -> str:
    """The name of a model as that of a Python module.

    >>> stem_of("my-signs.2")
    'my_signs_2'
    """
    text = "".join(c if c.isalnum() else "_" for c in Path(name).name)
    return text if text[:1].isalpha() else f"model_{text}"
