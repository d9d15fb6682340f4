"""The trained networks as ONNX files with their cards."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import torch
from shipping import tidy
from torch import Tensor, nn

from sketches.classifiers import CapsNet
from sketches.crops import SIDE, TRIALS
from sketches.detector import SketchYolo
from sketches.signs import LABELS
from vision_app.cards.card import InputSpec, ModelCard, OutputSpec, Published
from vision_app.exporting.counting import count

MAKER = "vision_app training/sketches"
DETECTOR = "sketch-yolo"
DETECTOR_SIDE = 320
CONF, IOU = 0.73, 0.5
"""Thresholds of the card. Below this score it takes more than one thing in twenty photos for a sign."""

_OPSET = 17
_TOLERANCE = 2e-3
_YEAR = 2026
_FAMILIES = {
    "sketch-mlp": ("Sketch MLP", "MLP"),
    "sketch-cnn": ("Sketch CNN", "ResNet (CNN)"),
    "sketch-vit": ("Sketch ViT", "ViT (Transformer)"),
    "sketch-hybrid": ("Sketch Hybrid", "Hybrid (CNN + Transformer)"),
    "sketch-capsnet": ("Sketch CapsNet", "Capsules"),
}
_ABOUT = (
    "Finds hand-drawn signs on paper: circle, triangle, square, star, heart, arrow, cross, lightning, smiley, cloud. "
    "Trained from nothing on scenes that training/sketches draws; no photo and no foreign weight went into it. "
)


class _FirstOutput(nn.Module):  # type: ignore[misc]
    """The scores alone, for counting."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        out = self.network(x)
        return out[0] if isinstance(out, tuple) else out


def write_detector(network: SketchYolo, path: Path) -> None:
    """Write it with a free batch, height and width, and compare with torch.

    Raises:
        ValueError: ONNX Runtime and torch do not agree.
    """
    axes = {0: "batch", 2: "height", 3: "width"}
    _write(
        network.eval(),
        torch.zeros(2, 3, DETECTOR_SIDE, DETECTOR_SIDE - 64),
        path,
        outputs={"boxes": {0: "batch", 2: "places"}},
        axes=axes,
    )
    for shape in ((1, 3, 320, 320), (2, 3, 192, 320), (1, 3, 416, 256)):
        _compare(network, path, torch.rand(shape, generator=torch.Generator().manual_seed(0)) * 255)


def write_classifier(network: nn.Module, path: Path) -> None:
    """Write it with a free batch, and compare with torch.

    Raises:
        ValueError: ONNX Runtime and torch do not agree.
    """
    outputs = {"logits": {0: "batch"}}
    if isinstance(network, CapsNet):
        outputs = {"probabilities": {0: "batch"}, "drawn": {0: "batch"}}
    _write(network.eval(), torch.zeros(2, 3, SIDE, SIDE), path, outputs=outputs, axes={0: "batch"})
    for batch in (1, 5):
        x = torch.rand((batch, 3, SIDE, SIDE), generator=torch.Generator().manual_seed(batch))
        _compare(network, path, x)


def _write(
    network: nn.Module,
    example: Tensor,
    path: Path,
    *,
    outputs: Mapping[str, dict[int, str]],
    axes: dict[int, str],
) -> None:
    """The tracing exporter folds batch normalisation and keeps one Softmax a block."""
    raw = path.with_suffix(".raw.onnx")
    torch.onnx.export(
        network,
        (example,),
        str(raw),
        dynamo=False,
        opset_version=_OPSET,
        input_names=["images"],
        output_names=list(outputs),
        dynamic_axes={"images": axes, **outputs},
    )
    options = ort.SessionOptions()
    # BASIC keeps to standard operators: what is written runs on every provider
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(path)
    ort.InferenceSession(str(raw), options, providers=["CPUExecutionProvider"])
    raw.unlink()
    tidy(path, MAKER)


def _compare(network: nn.Module, path: Path, x: Tensor) -> None:
    with torch.inference_mode():
        wanted = network(x)
    wanted = wanted if isinstance(wanted, tuple) else (wanted,)
    got = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"]).run(None, {"images": x.numpy()})
    for one, other in zip(wanted, got, strict=True):
        difference = np.abs(one.numpy() - other).max() / max(1.0, float(one.abs().max()))
        if not difference < _TOLERANCE:
            raise ValueError(f"{path.name}: differs from torch by {difference:.1e}")


def detector_card(network: SketchYolo, measured: Mapping[str, Any], training: Mapping[str, Any]) -> ModelCard:
    """The card of sketch-yolo.

    Args:
        network: for its size.
        measured: what was measured on it.
        training: recipe and outcome of the training.
    """
    return ModelCard(
        name=DETECTOR,
        title="Sketch YOLO",
        task="detect",
        family="YOLO",
        licence="Apache-2.0",
        input=InputSpec(
            size_hw=(DETECTOR_SIDE, DETECTOR_SIDE),
            colour="BGR",
            scale=1.0,
            resize="letterbox-centre",
            antialias=True,
        ),
        output=OutputSpec(layout="yolo-v8", conf=CONF, iou=IOU),
        labels=LABELS,
        year=_YEAR,
        published=_published(network, DETECTOR_SIDE),
        notes=_ABOUT + _precision(measured) + "How it was trained and what it gets wrong: docs/sketches.md.",
        extra={"measured": dict(measured), "training": dict(training)},
    )


def classifier_card(
    name: str, network: nn.Module, measured: Mapping[str, Any], training: Mapping[str, Any]
) -> ModelCard:
    """The card of one of the five classifiers.

    Args:
        name: key of `CLASSIFIERS`.
        network: for its size.
        measured: what was measured on it.
        training: recipe and outcome of the training.
    """
    title, family = _FAMILIES[name]
    capsules = isinstance(network, CapsNet)
    notes = _ABOUT.replace(
        "Finds hand-drawn signs on paper", "Names a hand-drawn sign that fills the picture"
    )
    if capsules:
        notes += "The second output is the sign drawn again by the winning capsule, 24 x 24 grey levels from 0 to 1. "
    return ModelCard(
        name=name,
        title=title,
        task="classify",
        family=family,
        licence="Apache-2.0",
        input=InputSpec(size_hw=(SIDE, SIDE), resize="squash"),
        output=OutputSpec(layout="classes", activation="none" if capsules else "softmax"),
        labels=LABELS,
        year=_YEAR,
        published=_published(network, SIDE),
        notes=notes + _accuracy(measured) + "Compared with the other four in docs/sketches.md.",
        extra={"measured": dict(measured), "training": dict(training)},
    )


def _precision(measured: Mapping[str, Any]) -> str:
    if not measured:
        return ""
    return (
        f"On {measured['scenes']} scenes of another domain than that of the training: mAP50 {measured['map50']:.1f} %, "
        f"mAP50-95 {measured['map']:.1f} %. "
    )


def _accuracy(measured: Mapping[str, Any]) -> str:
    if not measured:
        return ""
    shares = ", ".join(f"{trial} {measured[trial]:.1f} %" for trial in TRIALS)
    return f"Accuracy on signs of another domain than that of the training: {shares}. "


def _published(network: nn.Module, side: int) -> Published:
    counted = count(_FirstOutput(network), (side, side))
    return Published(
        source="docs/sketches.md; parameters, multiply-adds and layers with weights on the longest path are counted",
        params=counted.params,
        macs=counted.macs,
        depth=counted.depth,
    )
