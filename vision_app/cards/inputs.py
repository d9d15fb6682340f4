"""What a file takes: which input is the picture, how it wants it, and what the others are."""

from __future__ import annotations

import math
from typing import NamedTuple

from vision_app.cards.card import Colour, TensorLayout
from vision_app.cards.tensors import FurtherInput
from vision_app.errors import ModelError
from vision_app.runtime import PICTURE_TYPES, Session, TensorSpec


class NoPictureError(ModelError):
    """A file takes no picture."""


_CHANNELS: dict[int, Colour] = {1: "GREY", 3: "RGB", 4: "RGBA"}
_SMALLEST_FLAT = 64


class PictureInput(NamedTuple):
    """The input that takes the picture.

    Attributes:
        name: its name in the file.
        layout: order of its axes.
        size_hw: height and width, a free side is None.
        free_batch: whether many pictures fit at once.
        channels: how many values a pixel has.
        batch: how many pictures it wants at once: 1, or what the file was made for.
        whole_numbers: whether it takes the 0 to 255 of the pixels as they are.
    """

    name: str
    layout: TensorLayout
    size_hw: tuple[int | None, int | None]
    free_batch: bool
    channels: int = 3
    batch: int = 1
    whole_numbers: bool = False

    @property
    def colour(self) -> Colour:
        """The order of the channels that most files of so many have."""
        return _CHANNELS[self.channels]


def picture_input(session: Session, name: str = "") -> PictureInput:
    """The input that takes the picture.

    Args:
        session: the loaded model.
        name: which input the picture is; "" for the only one, or for the one beside inputs that are known.

    Raises:
        ModelError: the model does not take one picture.
    """
    where = session.path
    listed = ", ".join(str(i) for i in session.inputs[:4])
    if name:
        spec = next((i for i in session.inputs if i.name == name), None)
        if spec is None:
            raise ModelError(
                "{where}: inputs of the card name the picture '{name}', the file has {listed}",
                where=where,
                name=name,
                listed=listed,
            )
    else:
        others = {i.name for i in known_inputs(session)}
        rest = [i for i in session.inputs if i.name not in others]
        if len(rest) != 1:
            raise NoPictureError(
                "{where}: expected a model of one picture, it has {count} inputs: {listed}; a card's "
                "inputs say what they are",
                where=where,
                count=len(session.inputs),
                listed=listed,
            )
        spec = rest[0]
    form = _form(spec)
    if form is None:
        raise NoPictureError(
            "{where}: not a vision model: its input must be a picture, (N, 3, H, W) or (N, H, W, 3) "
            "with 1, 3 or 4 channels, it is {spec}",
            where=where,
            spec=spec,
        )
    if spec.dtype not in PICTURE_TYPES:
        raise NoPictureError(
            "{where}: the picture must be of floats or uint8, it is {spec}", where=where, spec=spec
        )
    layout, channels, size_hw = form
    batch = spec.shape[0] if spec.shape else 1
    whole = spec.dtype == "tensor(uint8)"
    return PictureInput(spec.name, layout, size_hw, batch is None, channels, batch or 1, whole)


def _form(spec: TensorSpec) -> tuple[TensorLayout, int, tuple[int | None, int | None]] | None:
    """Axes, channels, height and width of an input; None for one that is no picture."""
    shape = spec.shape
    if len(shape) == 4:
        for channels in (3, 1, 4):
            if shape[1] == channels:
                return "NCHW", channels, (shape[2], shape[3])
            if shape[3] == channels:
                return "NHWC", channels, (shape[1], shape[2])
        if shape[1] is None and shape[2] is None and shape[3] is None:
            return "NCHW", 3, (None, None)
    if len(shape) == 3 and all(d is None or d >= 8 for d in shape[1:]):
        return "NHW", 1, (shape[1], shape[2])
    if len(shape) == 2 and shape[1] is not None and shape[1] >= _SMALLEST_FLAT:
        for channels in (1, 3):
            side = math.isqrt(shape[1] // channels)
            if side * side * channels == shape[1]:
                return "flat", channels, (side, side)
    return None


def known_inputs(session: Session) -> tuple[FurtherInput, ...]:
    """The inputs beside the picture whose meaning their names and shapes tell."""
    found = []
    for spec in session.inputs if len(session.inputs) > 1 else ():
        one = _known(spec)
        if one is not None:
            found.append(one)
    return tuple(found)


def _known(spec: TensorSpec) -> FurtherInput | None:
    name = spec.name.lower()
    small = math.prod(d or 1 for d in spec.shape) if spec.shape else 1
    if small == 2 and "scale" in name:
        # Source: PaddleDetection deploy/python/preprocess.py; with 1 the boxes are in pixels of the tensor
        return FurtherInput(spec.name, "constant", shape=_shape(spec, 2), values=(1.0, 1.0))
    if small == 2 and any(w in name for w in ("orig", "target_size")):
        # Source: lyuwenyu/RT-DETR and Peterande/D-FINE tools/deployment/export_onnx.py: width, height
        return FurtherInput(spec.name, "size", order="wh", of="tensor")
    if small == 2 and any(w in name for w in ("shape", "size", "im_info")):
        return FurtherInput(spec.name, "size", order="hw", of="tensor")
    if small == 1:
        for words, value in _CONSTANTS:
            if any(w in name for w in words):
                return FurtherInput(spec.name, "constant", shape=_shape(spec, 1), values=(value,))
    return None


_CONSTANTS: tuple[tuple[tuple[str, ...], float], ...] = (
    (("iou", "nms_thr"), 0.5),
    (("max_out", "max_det", "topk", "top_k", "max_box"), 300.0),
    (("score", "conf", "thres"), 0.05),
)
"""Inputs of files that remove duplicates themselves; the score is low, so that the program's own threshold decides."""


def _shape(spec: TensorSpec, count: int) -> tuple[int, ...]:
    return tuple(d or 1 for d in spec.shape) if spec.shape else ()


def inputs_for_card(session: Session, picture: PictureInput) -> tuple[FurtherInput, ...]:
    """What a card says of the inputs of a file that takes more than the picture; empty for the picture alone."""
    others = known_inputs(session)
    return (FurtherInput(picture.name, "picture"), *others) if others else ()
