"""YOLO and RT-DETR of ultralytics, through its own exporter; the card is read from the metadata that it writes."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import os
import re
import shutil
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs

from vision_app.cards.card import InputSpec, ModelCard
from vision_app.cards.describe import describe
from vision_app.errors import ModelError
from vision_app.exporting.base import OPSET, BuildOrder, Built, ExportRequest, Library
from vision_app.exporting.libraries import require, unknown_model
from vision_app.exporting.network import forward, seeded, spread_outputs, wake_up
from vision_app.exporting.pictures import batch_of
from vision_app.messages import Message
from vision_app.paths import path_of
from vision_app.results.values import FloatArray
from vision_app.runtime import Session

ORIGIN = "https://docs.ultralytics.com/models/"
LICENCE = "AGPL-3.0"
_SIDE = {"classify": 224}
_DEFAULT_SIDE = 640
_FAMILIES = re.compile(r"(yolov3|yolov5|yolov8|yolov9|yolov10|yolo11|yolo12|yolo26|rtdetr)")
# its class names come from these files of the package when there are no weights to carry them
_NAMES_OF = {
    "detect": "coco.yaml",
    "segment": "coco.yaml",
    "pose": "coco-pose.yaml",
    "classify": "ImageNet.yaml",
}
# mean and standard deviation of the raw outputs of a trained head: most places hold nothing
_CLASS_LOGITS = (-5.0, 1.2)
_CLASSIFIER_LOGITS = (0.0, 3.0)
_CLEAR = 5e-4  # in logits
_MASKS = (0.0, 0.3)
_DISTANCES = (3.0, 0.7)  # from an anchor to the sides of its box, in strides

_ENVIRONMENT = {
    "YOLO_AUTOINSTALL": "false",  # never installs packages
    "YOLO_VERBOSE": "false",
    "YOLO_OFFLINE": "true",  # no analytics, no look for updates
}


def cache_dir() -> Path:
    """Where the .pt files that ultralytics downloads are kept."""
    return platformdirs.user_cache_path("vision-app") / "ultralytics"


def resolve(model: str, request: ExportRequest) -> str:
    """The stem of one of ultralytics' files, or the path of a .pt file that is trusted.

    Raises:
        ModelError: there is no such model, or a file is not trusted.
    """
    if model.lower().endswith((".pt", ".pth")):
        return _trusted_file(path_of(model), trust=request.trust)
    name = model.lower().replace("_", "-")
    with _isolated():
        known = _known()
    if name not in known:
        raise unknown_model("ultralytics", name, known)
    return name


def _trusted_file(path: Path, *, trust: bool) -> str:
    if not trust:
        raise ModelError(
            "{name} is a Python pickle: loading it runs whatever code is inside; add --trust if it "
            "is yours or from someone you trust",
            name=path.name,
        )
    if not path.is_file():
        raise ModelError("no such file: {path}", path=path)
    return str(path.resolve())


def _known() -> list[str]:
    from_package = require("ultralytics.utils.downloads").GITHUB_ASSETS_STEMS
    return sorted(
        s for s in from_package if _FAMILIES.match(s) and not re.search(r"obb|world|sem|depth|reid|objv1", s)
    )


@contextlib.contextmanager
def _isolated() -> Iterator[None]:
    """Ultralytics with settings of its own: the user's are neither read nor written, nothing is sent.

    It reads the variables once, when it is imported. Told that it is offline it still downloads weights that
    it is asked for, but tries once and reports nothing to anyone.
    """
    settings = cache_dir() / "settings"
    wanted = {**_ENVIRONMENT, "YOLO_CONFIG_DIR": str(settings)}
    before = {k: os.environ.get(k) for k in wanted}
    os.environ.update(wanted)
    try:
        settings.mkdir(parents=True, exist_ok=True)
        own = require("ultralytics.utils").SETTINGS
        dict.update(own, {k: False for k, v in own.items() if v is True})  # in memory only
        require("ultralytics.utils.events").events.enabled = False
        require("ultralytics.utils").LOGGER.setLevel(logging.ERROR)
        yield
    finally:
        for key, value in before.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value


def build(order: BuildOrder) -> Built:
    """The network of a file, of a downloaded checkpoint, or of its YAML with random weights.

    Raises:
        ModelError: its task is none that the engine has.
    """
    with _isolated():
        model = _random(order) if order.random_weights else _load(order)
        if model.task not in _NAMES_OF:
            raise ModelError(
                "{model}: a network for the task '{task}'; exported are {names_of}",
                model=order.model,
                task=model.task,
                names_of=", ".join(_NAMES_OF),
            )
        network = model.model.float().eval()
        side = _side(model)
        end2end = getattr(network.model[-1], "one2one_cv2", None) is not None
        reference = _as_exported(network, end2end=end2end)
    stem = Path(order.model).stem.lower()
    is_detr = _is_detr(network)
    return Built(
        write=lambda path: _write(model, side, path, end2end=end2end),
        forward=forward(reference),
        card=lambda session: _card(session, stem),
        weights=_weights(order),
        network=reference,
        origin=ORIGIN,
        count_depth=False,
        unordered=end2end or is_detr,
        decided=_clear_queries(reference.model[-1]) if is_detr else None,
        units=_units(network, model.task, side, end2end=end2end),
    )


def _weights(order: BuildOrder) -> str:
    if order.random_weights:
        return "random"
    path = Path(order.model)
    return Message("the file {name}", name=path.name) if path.suffix else f"{path.name}.pt"


def _load(order: BuildOrder) -> Any:
    """Weights of the releases are read by ultralytics' restricted loader, which runs no code of theirs."""
    tasks = require("ultralytics.nn.tasks")
    path = Path(order.model)
    official = path.suffix == ""
    if official:
        cache_dir().mkdir(parents=True, exist_ok=True)
        path = cache_dir() / f"{order.model}.pt"
    tasks.SAFE_LOAD = official  # type: ignore[attr-defined]
    model = require("ultralytics").YOLO(str(path))
    model.model.pt_path = str(order.scratch / f"{path.stem}.pt")  # the exporter writes beside it
    return model


def _random(order: BuildOrder) -> Any:
    ultralytics = require("ultralytics")
    is_detr = order.model.startswith("rtdetr")
    recipe = re.sub(r"^(yolov[35].*)u$", r"\1", order.model)
    with seeded(order.seed):
        model = (ultralytics.RTDETR if is_detr else ultralytics.YOLO)(f"{recipe}.yaml")
        model.model.pt_path = str(order.scratch / f"{order.model}.pt")
        if model.task in _NAMES_OF:
            model.model.names = _class_names(_NAMES_OF[model.task], model.model)
            side = _side(model)
            spec = InputSpec(
                (side, side) if model.task == "classify" else (side // 2, side // 2), resize="squash"
            )
            batch = batch_of(order.pictures, spec)
            wake_up(model.model, batch)
            spread_outputs(model.model, batch, _head_layers(model.model.model[-1]))
    return model


def _class_names(file: str, network: Any) -> dict[int, str]:
    utils = require("ultralytics.utils")
    names: dict[int, str] = utils.YAML.load(utils.ROOT / "cfg" / "datasets" / file)["names"]
    return names if len(names) == len(network.names) else network.names


def _head_layers(head: Any) -> dict[Any, tuple[float, float]]:
    """The layers that give class scores and distances, with the spread of their outputs after training."""
    layers: dict[Any, tuple[float, float]] = {}
    for name in ("cv3", "one2one_cv3"):
        layers |= {branch[-1]: _CLASS_LOGITS for branch in getattr(head, name, None) or ()}
    if getattr(head, "reg_max", 0) == 1:  # others give a distribution for each side, sensible untuned
        for name in ("cv2", "one2one_cv2"):
            layers |= {branch[-1]: _DISTANCES for branch in getattr(head, name, None) or ()}
    if hasattr(head, "proto"):
        layers |= {branch[-1]: _MASKS for branch in head.cv4} | {head.proto.cv3.bn: _MASKS}
    layers |= dict.fromkeys(getattr(head, "dec_score_head", None) or (), _CLASS_LOGITS)
    if getattr(head, "enc_score_head", None) is not None:
        layers[head.enc_score_head] = _CLASS_LOGITS
    if getattr(head, "linear", None) is not None:
        layers[head.linear] = _CLASSIFIER_LOGITS
    return layers


def _side(model: Any) -> int:
    """Side of the input for which the network was trained, pixels."""
    size = model.overrides.get("imgsz")
    side = max(size) if isinstance(size, list | tuple) and size else size
    return side if isinstance(side, int) else _SIDE.get(model.task, _DEFAULT_SIDE)


def _clear_queries(decoder: Any) -> Callable[[], bool]:
    """Whether RT-DETR's encoder chose its queries clearly: the best one left out scores less by more than rounding.

    A query that rounding lets in or out changes all the rows that are made of it.
    """
    scores: list[Any] = []

    def remember(_: Any, __: Any, output: Any) -> None:
        scores[:] = [output]

    decoder.enc_score_head.register_forward_hook(remember)

    def clear() -> bool:
        chosen = min(decoder.num_queries, scores[0].shape[1] - 1)
        best = scores[0].max(dim=-1).values.topk(chosen + 1, dim=1).values
        return bool((best[:, -2] - best[:, -1] > _CLEAR).all())

    return clear


def _units(network: Any, task: str, side: int, *, end2end: bool) -> FloatArray | None:
    """Factors that turn the pixels of the first output into shares of the input's side."""
    if task == "classify" or _is_detr(network):
        return None
    head = network.model[-1]
    classes = 2 if end2end else head.nc  # score and class
    channels = [1 / side] * 4 + [1.0] * classes
    if task == "segment":
        channels += [1.0] * head.nm
    elif task == "pose":
        points, numbers = head.kpt_shape
        channels += ([1 / side] * 2 + [1.0] * (numbers - 2)) * points
    return np.array(channels, np.float32)


def _is_detr(network: Any) -> bool:
    return type(network.model[-1]).__name__ == "RTDETRDecoder"


def _as_exported(network: Any, *, end2end: bool) -> Any:
    """A copy whose heads give what they give in an export. Source: ultralytics.engine.exporter.Exporter."""
    heads = require("ultralytics.nn.modules")
    copy = deepcopy(network)
    for module in copy.modules():
        if isinstance(module, heads.Detect | heads.RTDETRDecoder):
            module.dynamic, module.export, module.format, module.shape = True, True, "onnx", None
        elif isinstance(module, heads.Classify):
            module.export, module.format = True, "onnx"
    if end2end:
        copy.model[-1].end2end = True
    return copy.eval()


def _write(model: Any, side: int, path: Path, *, end2end: bool) -> None:
    more = {"nms": False} if end2end else {}  # asks for the head that needs no suppression
    with _isolated():
        made = model.export(
            format="onnx", imgsz=side, dynamic=True, simplify=False, device="cpu", opset=OPSET, **more
        )
    shutil.move(made, path)


def _card(session: Session, stem: str) -> ModelCard:
    card = describe(session, re.sub(r"[^a-z0-9._-]", "-", stem))
    family = next(iter(_FAMILIES.findall(stem)), "").replace("rtdetr", "RT-DETR")
    return dataclasses.replace(
        card, title=stem, licence=LICENCE, origin_url=ORIGIN, family=family or card.family
    )


def _how_to_bring(model: str) -> str:
    return Message(
        "put {model}.pt of https://github.com/ultralytics/assets/releases into {cache_dir}, or "
        "export ultralytics:/path/{model}.pt --trust",
        model=model,
        cache_dir=cache_dir(),
    )


ULTRALYTICS = Library("ultralytics", "yolo11n", resolve, build, _how_to_bring)
