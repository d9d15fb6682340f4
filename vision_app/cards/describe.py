"""A card for a model that comes without one: from its own metadata, else from its shapes.

What cannot be known is never guessed: the error then names the card field that decides.
"""

from __future__ import annotations

import ast
import dataclasses
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from vision_app.cards.card import (
    METADATA_KEY,
    InputSpec,
    ModelCard,
    OutputSpec,
    Resize,
    parse_card_text,
)
from vision_app.cards.guessing import UndecidedError, card_of_what_it_gives
from vision_app.cards.inputs import PictureInput, picture_input
from vision_app.documents import finite
from vision_app.errors import ModelError
from vision_app.messages import Message
from vision_app.results.skeletons import Skeleton, named_skeleton, unnamed_skeleton
from vision_app.runtime import Session, TensorSpec

# Source: ultralytics.engine.exporter, which names the outputs
_MAIN_NAME, _PROTOTYPES_NAME = "output0", "output1"
_MOST_STRIDE = 1024
_HOW = Message("; say it with a card: vision-app models add FILE --card CARD.json")


def describe(session: Session, name: str, settings: Mapping[str, Any] | None = None) -> ModelCard:
    """The card of a model that has no card file.

    Args:
        session: the loaded model.
        name: name to give it when it does not bring one.
        settings: fields of the card that somebody knows; shapes can leave open what they say.

    Raises:
        ModelError: it is not a vision model.
        UndecidedError: a card has to decide; names the fields.
    """
    if METADATA_KEY in session.metadata:
        return parse_card_text(
            session.metadata[METADATA_KEY], Message("{path}: embedded card", path=session.path)
        )
    picture = picture_input(session)
    if "names" in session.metadata and "task" in session.metadata:
        layout = (settings or {}).get("output.layout", "")
        return _from_ultralytics(session, picture, name, layout if isinstance(layout, str) else "")
    card = card_of_what_it_gives(session, picture, name, settings or {})
    if "names" in session.metadata:  # the exports of YOLOv5's own repository
        card = dataclasses.replace(card, labels=_parse_names(session.metadata["names"], session))
    return card


def main_output(session: Session) -> TensorSpec:
    """The output that says what the model does: by its name, else the first of those that can be boxes or scores.

    Files have outputs that somebody added: feature maps, attention, the raw heads behind the boxes.
    """
    for output in session.outputs:
        if output.name == _MAIN_NAME:
            return output
    flat = [o for o in session.outputs if len(o.shape) == 3 or len([d for d in o.shape[1:] if d != 1]) == 1]
    return (flat or session.outputs)[0]


def _from_ultralytics(session: Session, picture: PictureInput, name: str, layout: str = "") -> ModelCard:
    """Source: ultralytics.engine.exporter, which writes names, task, imgsz, stride, end2end, license."""
    meta = session.metadata
    labels = _parse_names(meta["names"], session)
    task = meta["task"]
    size_hw = _size(picture, _literal(meta.get("imgsz", "None")))
    described = meta.get("description", "").lower().replace("-", "")
    is_detr = meta.get("head") == "RTDETRDecoder" or "rtdetr" in described
    common: dict[str, Any] = {
        "name": name,
        "title": meta.get("description", name),
        "family": _family(meta.get("description", "")),
        "licence": meta.get("license", Message("not stated in the file")),
        "labels": labels,
        "origin_url": meta.get("docs", ""),
    }
    if task == "classify":
        # Source: ultralytics.data.augment.classify_transforms, which crops for square inputs only
        resize: Resize = "crop" if size_hw[0] == size_hw[1] else "squash"
        spec = InputSpec(size_hw, picture.layout, resize=resize, interpolation="bilinear", antialias=True)
        return ModelCard(task="classify", input=spec, output=OutputSpec("classes"), **common)
    if task in ("semantic", "depth"):
        # Source: ultralytics.models.yolo.semantic and .depth, whose export has chosen the classes where it can
        ids = all(o.dtype != "tensor(float)" or len(o.shape) == 3 for o in session.outputs)
        layout = layout or ("metres" if task == "depth" else "class-ids" if ids else "class-scores")
        fit: Resize = "squash" if task == "depth" else "letterbox-centre"
        spec = InputSpec(size_hw, picture.layout, resize=fit, antialias=False, stride=_stride(meta))
        return ModelCard(task=task, input=spec, output=OutputSpec(layout), **common)
    if task not in _EXTRAS:
        raise ModelError(
            "{path}: the file says task '{task}', which is not supported yet", path=session.path, task=task
        )
    spec = InputSpec(
        size_hw,
        picture.layout,
        resize="squash" if is_detr else "letterbox-centre",
        antialias=False,
        stride=_stride(meta),
    )
    if picture.whole_numbers:
        spec = dataclasses.replace(spec, scale=1.0)
    layout = layout or _detection_layout(session, len(labels), _EXTRAS[task](session), is_detr)
    keypoints = _skeleton(session) if task == "pose" else None
    return ModelCard(task=task, input=spec, output=OutputSpec(layout), keypoints=keypoints, **common)


def _mask_weights(session: Session) -> int:
    """How many prototypes there are, and so weights of a box's mask."""
    prototypes = [o.shape[1] for o in session.outputs if o.name == _PROTOTYPES_NAME and len(o.shape) == 4]
    if not prototypes:
        prototypes = [o.shape[1] for o in session.outputs if len(o.shape) == 4]
    if len(prototypes) != 1 or prototypes[0] is None:
        listed = ", ".join(str(o) for o in session.outputs)
        raise ModelError(
            "{path}: the file says task 'segment', which needs one output of prototypes (1, M, h, "
            "w), its outputs are {listed}",
            path=session.path,
            listed=listed,
        )
    return prototypes[0]


def _keypoint_shape(session: Session) -> tuple[int, int]:
    """Number of keypoints, and of values of each."""
    shape = _literal(session.metadata.get("kpt_shape", "None"))
    if not (
        isinstance(shape, list | tuple)
        and len(shape) == 2
        and all(type(n) is int for n in shape)
        and shape[0] > 0
        and shape[1] in (2, 3)
    ):
        said = session.metadata.get("kpt_shape")
        raise ModelError(
            "{path}: its metadata 'kpt_shape' must be [keypoints, 2 or 3], got {said!r}{how}",
            path=session.path,
            said=said,
            how=_HOW,
        )
    return shape[0], shape[1]


_EXTRAS: dict[str, Callable[[Session], int]] = {
    "detect": lambda _: 0,
    "segment": _mask_weights,
    "pose": lambda session: math.prod(_keypoint_shape(session)),
    "obb": lambda _: 1,
}
"""Tasks with boxes, and how many values a box has beyond box and class scores."""


def _skeleton(session: Session) -> Skeleton:
    """The keypoints of a file: by its own names of them, else 17 are those of COCO."""
    count, _ = _keypoint_shape(session)
    coco = named_skeleton("coco-17")
    by_class = _literal(session.metadata.get("kpt_names", "None"))
    names = next(iter(by_class.values()), None) if isinstance(by_class, dict) else None
    if not isinstance(names, list | tuple) or len(names) != count:
        return coco if count == len(coco) else unnamed_skeleton(count)
    named = tuple(_text(name) for name in names)
    return coco if named == coco.names else Skeleton(named)


def _stride(meta: Mapping[str, str]) -> int:
    value = _literal(meta.get("stride", "32"))
    strides = [finite(v) for v in (value if isinstance(value, list | tuple) else [value])]
    known = [s for s in strides if s is not None and 1 <= s <= _MOST_STRIDE]
    return int(max(known)) if known and len(known) == len(strides) else 32


def _parse_names(text: str, session: Session) -> tuple[str, ...]:
    names = _literal(text)
    if isinstance(names, dict):
        numbered = names.keys() == set(range(len(names))) and not any(isinstance(k, bool) for k in names)
        names = [names[i] for i in range(len(names))] if numbered else None
    if not isinstance(names, list | tuple) or not names or not all(isinstance(n, str | int) for n in names):
        raise ModelError(
            "{path}: its metadata 'names' must list the classes, got {text!r}{how}",
            path=session.path,
            text=text[:60],
            how=_HOW,
        )
    return tuple(_text(n) for n in names)


def _text(value: object) -> str:
    """A name from a file's metadata, which may hold half characters and NUL that no output takes."""
    return str(value).encode("utf-8", "replace").decode("utf-8").replace("\0", "�")


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None  # a list as a key of a dict, say


def _family(description: str) -> str:
    found = re.search(r"(YOLO\s?v?\d+|RT-?DETR)", description, re.IGNORECASE)
    return found.group(1) if found else "YOLO"


def _size(picture: PictureInput, announced: Any) -> tuple[int, int]:
    """Height and width: those of the input where they are fixed, else the announced ones, else 640."""
    if isinstance(announced, int):
        announced = [announced, announced]
    if not (
        isinstance(announced, list | tuple)
        and len(announced) == 2
        and all(type(a) is int and a >= 1 for a in announced)
    ):
        announced = (640, 640)
    height, width = picture.size_hw
    return height or announced[0], width or announced[1]


def _detection_layout(session: Session, classes: int, extras: int, is_detr: bool) -> str:
    """Source: ultralytics.nn.backends.base, which reads the same entries."""
    shape, meta = main_output(session).shape, session.metadata
    if is_detr:
        # 6 numbers are 4 sides and 2 classes, or 4 sides, score and class: since 8.4 the head, which the file
        # then names, picks the best
        width = shape[2] if len(shape) == 3 else None
        if width is not None and classes != 2:
            return "rtdetr-topk" if width == 6 else "rtdetr"
        return "rtdetr-topk" if "head" in meta else "rtdetr"
    arguments = _literal(meta.get("args", "{}"))
    with_nms = isinstance(arguments, dict) and bool(arguments.get("nms"))
    if with_nms or meta.get("end2end", "").lower() == "true":
        return "yolo-end2end"
    if len(shape) == 3:
        if shape[1] == 4 + classes + extras:
            return "yolo-v8"
        if shape[2] == 5 + classes + extras and classes > 1:
            return "yolo-v5"
        if shape[2] == 6 + extras:
            return "yolo-end2end"
        if "end2end" in meta:  # all sides free: a file that says that it is not end to end can only be this
            return "yolo-v8"
    raise UndecidedError(
        Message(
            "{path}: an output of {output} with {classes} classes fits no known layout",
            path=session.path,
            output=main_output(session),
            classes=classes,
        ),
        "output.layout",
    )
