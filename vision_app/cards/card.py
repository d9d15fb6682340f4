"""Model cards: everything that has to be known about a model, as validated data.

A card is a JSON object; `docs/model-cards.md` describes every field. Mean, scale, size, labels, licence,
URL and hash live here and never in code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from vision_app.cards.boxes import BoxSpec, boxes_as_data, parse_boxes
from vision_app.cards.parts import Part, checked_part
from vision_app.cards.reader import Reader, is_number
from vision_app.cards.tensors import FurtherInput, inputs_as_data, parse_inputs, parse_outputs
from vision_app.documents import DocumentError, parse_json, read_json
from vision_app.errors import ModelError
from vision_app.messages import Message, message_of
from vision_app.resources import assets_dir
from vision_app.results.skeletons import Skeleton, parse_skeleton, skeleton_as_data

SCHEMA_VERSION = 1
METADATA_KEY = "vision_app.card"
"""Key of the ONNX metadata entry that holds an embedded card."""

Resize = Literal["squash", "crop", "letterbox-centre", "letterbox-topleft"]
Interpolation = Literal["nearest", "bilinear", "bicubic", "area"]
TensorLayout = Literal["NCHW", "NHWC", "NHW", "flat"]
Colour = Literal["RGB", "BGR", "GREY", "RGBA"]
CHANNELS: dict[Colour, int] = {"RGB": 3, "BGR": 3, "GREY": 1, "RGBA": 4}
"""How many values a pixel has."""
Activation = Literal["none", "softmax", "sigmoid", "independent"]

CARD_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Download:
    """Where the weights can be had, and how to know that they are the right ones."""

    url: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class InputSpec:
    """How a frame becomes the input tensor: resize, colour order, then `(x * scale - mean) / std`.

    Attributes:
        size_hw: height and width in pixels for which the model was made.
        layout: order of the axes of the tensor; `flat` is (N, C * H * W).
        colour: order of the channels; `GREY` is one, `RGBA` has a fourth that is opaque.
        scale: factor on the 0 to 255 pixel values; below 0, with a mean of -1 at -1/255, it makes a negative.
        mean: subtracted after scaling, one a channel.
        std: divided by after that, one a channel.
        resize: `squash` ignores the aspect; `crop` scales the shorter side to size / crop_pct and cuts out
            the centre; `letterbox-centre` and `letterbox-topleft` keep the aspect and pad.
        interpolation: the resampling kernel.
        antialias: widen the kernel when shrinking, as Pillow, timm and torchvision do (OpenCV does not).
        crop_pct: share of the scaled picture that `crop` keeps, in (0, 1].
        pad: grey level of the letterbox border.
        stride: height and width of a free-size input must be multiples of it.
        region: the part of a frame that a classifier looks at; None for all of it.
    """

    size_hw: tuple[int, int]
    layout: TensorLayout = "NCHW"
    colour: Colour = "RGB"
    scale: float = 1 / 255
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    resize: Resize = "crop"
    interpolation: Interpolation = "bilinear"
    antialias: bool = True
    crop_pct: float = 1.0
    pad: int = 114
    stride: int = 32
    region: Part | None = None


@dataclass(frozen=True, slots=True)
class OutputSpec:
    """How the output tensors are to be read.

    Attributes:
        layout: `classes` for (1, C) scores, or one of the detection layouts of `vision_app.tasks.layouts`.
        activation: what is still to be applied to the class scores: `softmax`, or `sigmoid` where each class stands
            for itself; `none` for probabilities that sum to 1, `independent` for such as each stand for themselves.
        conf: the score threshold that the model's authors use; None for the program's own default.
        iou: their non-maximum suppression threshold; None for the program's own default.
        reject_below: a classifier's picture whose best probability is lower is unknown; None for never.
        background: label of the class that stands for none of the others: what it wins is unknown as well.
        temperature: what the file divides its class scores by before the softmax; it is done already.
        boxes: how boxes and their scores are written, for layouts that leave it open.
    """

    layout: str
    activation: Activation = "none"
    conf: float | None = None
    iou: float | None = None
    reject_below: float | None = None
    background: str | None = None
    temperature: float | None = None
    boxes: BoxSpec = field(default_factory=BoxSpec)


@dataclass(frozen=True, slots=True)
class Published:
    """Figures that the authors published, with the place where they stand."""

    source: str
    top1: float | None = None
    ap: float | None = None
    params: float | None = None
    macs: float | None = None
    depth: int | None = None


@dataclass(frozen=True, slots=True)
class InsideSpec:
    """What is to be looked at in the network, where its structure leaves a choice.

    Attributes:
        map: name of the tensor that is its last map: (N, C, H, W), or (N, T, D) for tokens.
    """

    map: str


@dataclass(frozen=True, slots=True)
class ModelCard:
    """One model: what it is, whose it is, what goes in and what comes out.

    Attributes:
        inputs: what the file takes beside the picture, and which input the picture is; empty for the picture alone.
        outputs: what the task calls an output, to the name that the file gives it; empty where the file's names or
            shapes leave no doubt.
        inside: what to look at inside the network; None where its structure says it.
    """

    name: str
    title: str
    task: str
    family: str
    licence: str
    input: InputSpec
    output: OutputSpec
    labels: tuple[str, ...]
    year: int | None = None
    origin_url: str = ""
    download: Download | None = None
    published: Published | None = None
    keypoints: Skeleton | None = None
    inputs: tuple[FurtherInput, ...] = ()
    outputs: Mapping[str, str] = field(default_factory=dict)
    inside: InsideSpec | None = None
    notes: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


def _is_web_address(value: object) -> bool:
    try:
        return isinstance(value, str) and urlsplit(value).scheme in ("http", "https")
    except ValueError:
        return False


def _field_names(cls: Any) -> tuple[str, ...]:
    return tuple(f.name for f in fields(cls))


def parse_card(data: object, where: str) -> ModelCard:
    """Make a card from parsed JSON.

    Args:
        data: the JSON object.
        where: file or place that it came from, for messages.

    Raises:
        ModelError: naming the field, what it must be, and what it is.
    """
    r = Reader(data, where)
    r.whole("schema", SCHEMA_VERSION, SCHEMA_VERSION)
    name = r.take(
        "name",
        Message("lower-case letters, digits, dots, dashes and underscores"),
        lambda v: isinstance(v, str) and CARD_NAME.fullmatch(v) is not None,
    )
    card = ModelCard(
        name=name,
        title=r.text("title", name),
        task=r.text("task"),
        family=r.text("family", "unknown"),
        licence=r.text("licence"),
        input=_parse_input(r.required_section("input")),
        output=_parse_output(r.required_section("output")),
        labels=_parse_labels(r),
        year=r.whole("year", 1950, 2100, None),
        origin_url=r.text("origin_url", ""),
        download=_parse_download(r.section("download", optional=True)),
        published=_parse_published(r.section("published", optional=True)),
        keypoints=_parse_keypoints(r),
        inputs=parse_inputs(r),
        outputs=parse_outputs(r),
        inside=_parse_inside(r.section("inside", optional=True)),
        notes=r.text("notes", ""),
        extra=_parse_extra(r),
    )
    r.finish(("schema", *_field_names(ModelCard)))
    if card.output.background is not None and card.output.background not in card.labels:
        raise r.error("output.background", Message("one of the labels"), card.output.background)
    if card.input.region is not None and card.task != "classify":
        raise r.error(
            "input.region", Message("left out for a model that is no classifier"), card.input.region
        )
    return card


def _parse_region(r: Reader) -> Part | None:
    def check(value: Any) -> bool:
        try:
            checked_part(value)
        except ValueError:
            return False
        return True

    value = r.take(
        "region", Message("[left, top, right, bottom] as shares from 0 to 1, or centre"), check, None
    )
    return None if value is None else checked_part(value)


def _parse_input(r: Reader) -> InputSpec:
    def is_size(v: Any) -> bool:
        return isinstance(v, list) and len(v) == 2 and all(type(x) is int and 1 <= x <= 8192 for x in v)

    default = InputSpec((1, 1))
    spec = InputSpec(
        size_hw=tuple(r.take("size_hw", Message("[height, width], each from 1 to 8192 pixels"), is_size)),
        layout=r.choice("layout", get_args(TensorLayout), default.layout),
        colour=r.choice("colour", get_args(Colour), default.colour),
        scale=r.take("scale", Message("a number other than 0, from -1e9 to 1e9"), _is_scale),
        mean=r.triple("mean", default.mean),
        std=r.triple("std", default.std, positive=True),
        resize=r.choice("resize", get_args(Resize)),
        interpolation=r.choice("interpolation", get_args(Interpolation), default.interpolation),
        antialias=r.take(
            "antialias", Message("true or false"), lambda v: isinstance(v, bool), default.antialias
        ),
        crop_pct=r.number("crop_pct", 0.01, 1.0, default.crop_pct),
        pad=r.whole("pad", 0, 255, default.pad),
        stride=r.whole("stride", 1, 1024, default.stride),
        region=_parse_region(r),
    )
    r.finish(_field_names(InputSpec))
    return spec


def _is_scale(v: Any) -> bool:
    return is_number(v) and 1e-9 <= abs(v) <= 1e9


def _parse_output(r: Reader) -> OutputSpec:
    spec = OutputSpec(
        layout=r.text("layout"),
        activation=r.choice("activation", get_args(Activation), "none"),
        conf=r.number("conf", 0.0, 1.0, None),
        iou=r.number("iou", 0.0, 1.0, None),
        reject_below=r.number("reject_below", 0.0, 1.0, None),
        background=r.take("background", Message("a label, as text"), lambda v: isinstance(v, str), None),
        temperature=r.number("temperature", 1e-6, 1e6, None),
        boxes=parse_boxes(r.section("boxes", optional=True)),
    )
    r.finish(_field_names(OutputSpec))
    return spec


def _parse_download(r: Reader | None) -> Download | None:
    if r is None:
        return None
    download = Download(
        url=r.take(
            "url",
            Message("an http or https address"),
            _is_web_address,
        ),
        bytes=r.whole("bytes", 1, 1 << 40),
        sha256=r.take(
            "sha256",
            Message("64 hexadecimal digits in lower case"),
            lambda v: isinstance(v, str) and _SHA256.fullmatch(v) is not None,
        ),
    )
    r.finish(_field_names(Download))
    return download


def _parse_inside(r: Reader | None) -> InsideSpec | None:
    if r is None:
        return None
    spec = InsideSpec(
        r.take("map", Message("the name of a tensor"), lambda v: isinstance(v, str) and v != "")
    )
    r.finish(_field_names(InsideSpec))
    return spec


def _parse_published(r: Reader | None) -> Published | None:
    if r is None:
        return None
    published = Published(
        source=r.text("source"),
        top1=r.number("top1", 0.0, 100.0, None),
        ap=r.number("ap", 0.0, 100.0, None),
        params=r.number("params", 0.0, 1e13, None),
        macs=r.number("macs", 0.0, 1e16, None),
        depth=r.whole("depth", 1, 100_000, None),
    )
    r.finish(_field_names(Published))
    return published


def _parse_extra(r: Reader) -> dict[str, Any]:
    extra: dict[str, Any] = r.take("extra", Message("an object"), lambda v: isinstance(v, dict), {})
    weights = extra.get("weights", {})
    if not isinstance(weights, dict):
        raise r.error("extra.weights", Message("an object"), weights)
    size, sha = weights.get("bytes", 0), weights.get("sha256", "")
    if type(size) is not int or not 0 <= size <= 1 << 40:
        raise r.error("extra.weights.bytes", Message("the size of the file in bytes"), size)
    if not isinstance(sha, str):
        raise r.error("extra.weights.sha256", Message("a hash as text"), sha)
    return extra


def _parse_labels(r: Reader) -> tuple[str, ...]:
    def check(v: Any) -> bool:
        return isinstance(v, str) or (isinstance(v, list) and bool(v) and all(isinstance(x, str) for x in v))

    value = r.take("labels", Message("a list of names, or the name of a shipped list"), check)
    if isinstance(value, list):
        return tuple(value)
    try:
        return named_labels(value)
    except ModelError as error:
        raise r.error("labels", message_of(error), value) from None


def _parse_keypoints(r: Reader) -> Skeleton | None:
    value = r.take("keypoints", Message("a skeleton"), lambda v: isinstance(v, str | dict), None)
    try:
        return None if value is None else parse_skeleton(value)
    except ValueError as error:
        raise r.error("keypoints", message_of(error), value) from None


@lru_cache
def named_labels(name: str) -> tuple[str, ...]:
    """A shipped list of labels, such as `coco-80` or `imagenet-1k`.

    Raises:
        ModelError: there is no such list; the message names those that there are.
    """
    folder = assets_dir() / "labels"
    known = sorted(p.stem for p in folder.glob("*.txt"))
    if name not in known:
        raise ModelError("a list of names, or one of the shipped lists {known}", known=", ".join(known))
    return tuple((folder / f"{name}.txt").read_text(encoding="utf-8").splitlines())


def load_card(path: Path) -> ModelCard:
    """Read and check a card file.

    Raises:
        ModelError: the file cannot be read, is not JSON, or has a wrong field.
    """
    try:
        return parse_card(read_json(path), str(path))
    except FileNotFoundError:
        raise ModelError("no such model card: {path}", path=path) from None
    except DocumentError as error:
        raise ModelError("{error}; a model card must be JSON (docs/model-cards.md)", error=error) from None


def parse_card_text(text: str, where: str) -> ModelCard:
    """Make a card from JSON text.

    Raises:
        ModelError: the text is not JSON, or a field is wrong.
    """
    try:
        return parse_card(parse_json(text, where), where)
    except DocumentError as error:
        raise ModelError("{error}; a model card must be JSON (docs/model-cards.md)", error=error) from None


def card_as_json(card: ModelCard) -> str:
    """The card as JSON text that `parse_card_text` reads back as an equal card."""
    data: dict[str, Any] = {"schema": SCHEMA_VERSION}
    for key in _field_names(ModelCard):
        value = getattr(card, key)
        if value is None or value in ("", {}, ()):
            continue
        if isinstance(value, Skeleton):
            value = skeleton_as_data(value)
        elif key == "inputs":
            value = inputs_as_data(value)
        elif is_dataclass(value):
            value = _as_data(value)
        data[key] = _shared_label_name(value) if key == "labels" else value
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _as_data(value: Any) -> dict[str, Any]:
    data = {k: getattr(value, k) for k in _field_names(type(value)) if getattr(value, k) is not None}
    if isinstance(data.get("boxes"), BoxSpec):
        data["boxes"] = boxes_as_data(data["boxes"])
        if not data["boxes"]:
            del data["boxes"]
    return data


def _shared_label_name(labels: tuple[str, ...]) -> str | list[str]:
    for path in sorted((assets_dir() / "labels").glob("*.txt")):
        if named_labels(path.stem) == labels:
            return path.stem
    return list(labels)
