"""Ultralytics as a peer: models built from its own YAML, its own predictions. Never imported by the app.

Needs the extra `export`. Nothing is downloaded: weights are random, their seed is fixed, and they are tuned
just enough that there is something to detect.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vision_app.results.values import Classification, Detections, FloatArray, ImageU8

# mean and standard deviation of the raw outputs of the tuned layers
_LOGITS = (-5.0, 1.2)
_CLASSES = (0.0, 1.5)
_DISTANCES = (3.0, 0.7)  # in strides, from an anchor to the sides of its box


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without the peer's warnings, its downloads and its installing of packages."""
    os.environ.setdefault("YOLO_OFFLINE", "true")
    os.environ.setdefault("YOLO_AUTOINSTALL", "false")
    os.environ.setdefault("YOLO_VERBOSE", "false")
    os.environ.setdefault("YOLO_CONFIG_DIR", tempfile.mkdtemp(prefix="peer-settings-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def build_onnx(recipe: str, folder: Path, images: Sequence[ImageU8], size: int = 320, **export: Any) -> Path:
    """Build a model from one of ultralytics' YAML files and export it to ONNX.

    Args:
        recipe: name of the YAML file, such as `yolo11n.yaml`.
        folder: where the ONNX file is put.
        images: pictures on which the batch normalisation is calibrated, so that outputs depend on the input.
        size: side of the square input, pixels.
        **export: arguments of ultralytics' export, such as `dynamic=True`.

    Returns:
        The ONNX file. Its name tells the arguments, but not `data`.
    """
    with quiet():
        import torch
        from ultralytics import RTDETR, YOLO

        torch.manual_seed(0)
        model = (RTDETR if "rtdetr" in recipe else YOLO)(recipe)
        batch = np.stack([cv2.resize(i, (size, size)) for i in images])[..., ::-1].transpose(0, 3, 1, 2)
        with torch.no_grad():
            _calibrate(torch, model.model, torch.from_numpy(np.ascontiguousarray(batch)).float() / 255)
        told = (f"{k}_{v}" for k, v in sorted(export.items()) if k != "data")
        name = "-".join([Path(recipe).stem, *told])
        with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(scratch):  # it writes where it runs
            made = Path(model.export(format="onnx", imgsz=size, simplify=False, device="cpu", **export))
            return Path(shutil.move(made.resolve(), folder / f"{name}.onnx"))


def _calibrate(torch: Any, network: Any, batch: Any) -> None:
    """Batch normalisation as after training; class scores and boxes as varied as after training."""
    network.eval()
    norms = [m for m in network.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain average
        norm.train()
    network(batch)
    network.eval()
    layers = dict.fromkeys(_class_layers(network.model[-1]), _LOGITS)
    if hasattr(network.model[-1], "linear"):
        layers[network.model[-1].linear] = _CLASSES
    layers |= dict.fromkeys(_distance_layers(network.model[-1]), _DISTANCES)
    raw: dict[Any, Any] = {}
    hooks = [
        layer.register_forward_hook(lambda module, _, out: raw.__setitem__(module, out)) for layer in layers
    ]
    network(batch)
    for hook in hooks:
        hook.remove()
    for layer, out in raw.items():
        mean, std = layers[layer]
        gain = std / out.std()
        layer.bias[:] = (layer.bias - out.mean()) * gain + mean
        layer.weight *= gain


def _class_layers(head: Any) -> Iterator[Any]:
    for name in ("cv3", "one2one_cv3"):
        for branch in getattr(head, name, None) or ():
            yield branch[-1]
    yield from getattr(head, "dec_score_head", ())


def _distance_layers(head: Any) -> Iterator[Any]:
    """Heads with a distribution for each side give sensible boxes untuned; plain distances may be negative."""
    if getattr(head, "reg_max", 0) == 1:
        for name in ("cv2", "one2one_cv2"):
            for branch in getattr(head, name, None) or ():
                yield branch[-1]


class UltralyticsPeer:
    """The same ONNX file under ultralytics' own pre- and post-processing.

    Args:
        path: the ONNX file.
        size: side of the input, pixels.
        task: `detect` or `classify`.
    """

    def __init__(self, path: Path, size: int, task: str = "detect") -> None:
        with quiet():
            from ultralytics import RTDETR, YOLO

            self._model = RTDETR(str(path)) if "rtdetr" in path.name else YOLO(str(path), task=task)
        self._size = size

    def _predict(self, image: ImageU8, **options: Any) -> Any:
        with quiet():
            return self._model.predict(
                image, imgsz=self._size, device="cpu", verbose=False, save=False, **options
            )[0]

    def detect(self, image: ImageU8, **options: Any) -> Detections:
        """Detections of a (H, W, 3) uint8 BGR picture; options as ultralytics names them."""
        found = self._predict(image, **options)
        boxes = found.boxes
        return Detections(
            model="ultralytics",
            xyxy=boxes.xyxy.numpy().astype(np.float32),
            scores=boxes.conf.numpy().astype(np.float32),
            class_ids=boxes.cls.numpy().astype(np.int64),
            labels=tuple(str(found.names[i]) for i in range(len(found.names))),
        )

    def tensor(self, image: ImageU8) -> FloatArray:
        """The input tensor that the peer makes of a picture."""
        self._predict(image)
        with quiet():
            tensor: FloatArray = self._model.predictor.preprocess([image]).numpy()
        return tensor

    def classify(self, image: ImageU8) -> Classification:
        """Probabilities of a (H, W, 3) uint8 BGR picture."""
        found = self._predict(image)
        labels = tuple(str(found.names[i]) for i in range(len(found.names)))
        return Classification("ultralytics", found.probs.data.numpy().astype(np.float32), labels, 5)


def suppress(
    output: FloatArray, conf: float, iou: float, *, multi_label: bool = False, agnostic: bool = False
) -> Detections:
    """Ultralytics' non-maximum suppression of a raw (1, 4 + C, N) output; boxes in tensor pixels."""
    with quiet():
        import torch
        from ultralytics.utils.nms import non_max_suppression

        found = non_max_suppression(
            torch.from_numpy(np.ascontiguousarray(output)),
            conf,
            iou,
            multi_label=multi_label,
            agnostic=agnostic,
            max_det=300,
            max_time_img=60.0,
        )[0].numpy()
    labels = tuple(f"class {i}" for i in range(output.shape[1] - 4))
    return Detections("ultralytics", found[:, :4], found[:, 4], found[:, 5].astype(np.int64), labels)


def iou_matrix(a: FloatArray, b: FloatArray) -> FloatArray:
    """Intersection over union of every box of (N, 4) with every box of (M, 4), xyxy; (N, M)."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    inter = np.prod(np.clip(high - low, 0, None), axis=2)
    area_a, area_b = (np.prod(x[:, 2:] - x[:, :2], axis=1) for x in (a, b))
    union = area_a[:, None] + area_b[None] - inter
    overlap: FloatArray = np.divide(inter, union, out=np.zeros_like(inter), where=union > 0)
    return overlap
