"""Tiny classifiers that are taught in a moment: solid colours, a backbone of a few numbers."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from onnx import TensorProto, helper

from tests import tiny_models
from vision_app.cards.card import parse_card
from vision_app.cards.lookup import ModelFile

COLOURS = {"red": (30, 30, 220), "green": (40, 200, 40), "blue": (220, 60, 30)}


def write_pictures(
    root: Path, counts: dict[str, int], seed: int = 0, side_px: int = 32, noise: float = 25.0
) -> Path:
    """An ImageFolder of noisy solid colours; a label that is no colour is pure noise."""
    random = np.random.default_rng(seed)
    for label, count in counts.items():
        (root / label).mkdir(parents=True, exist_ok=True)
        for i in range(count):
            base = np.array(COLOURS.get(label.lower(), (128, 128, 128)), float)
            spread = noise if label.lower() in COLOURS else 90.0
            image = base + random.normal(0, spread, (side_px, side_px, 3)) + random.normal(0, noise)
            cv2.imwrite(str(root / label / f"{i:03d}.png"), np.clip(image, 0, 255).astype(np.uint8))
    return root


def convolutional(path: Path, channels: int = 8, blocks: int = 3, classes: int = 3) -> Path:
    """A small residual network: a stem, residual blocks of two convolutions, pooling, one dense layer."""
    random = np.random.default_rng(0)
    constants: dict[str, np.ndarray] = {}

    def conv(number: int, inputs: int, name: str, source: str) -> list[object]:
        constants[f"w{number}"] = random.normal(0, 0.4 / np.sqrt(inputs), (channels, inputs, 3, 3)).astype(
            np.float32
        )
        constants[f"b{number}"] = random.normal(0, 0.1, channels).astype(np.float32)
        return [helper.make_node("Conv", [source, f"w{number}", f"b{number}"], [name], pads=[1, 1, 1, 1])]

    nodes = conv(0, 3, "c0", "images")
    nodes.append(helper.make_node("Relu", ["c0"], ["x0"]))
    for i in range(blocks):
        a, b = 2 * i + 1, 2 * i + 2
        nodes += conv(a, channels, f"c{a}", f"x{i}")
        nodes.append(helper.make_node("Relu", [f"c{a}"], [f"r{a}"]))
        nodes += conv(b, channels, f"c{b}", f"r{a}")
        nodes.append(helper.make_node("Add", [f"c{b}", f"x{i}"], [f"sum{i}"]))
        nodes.append(helper.make_node("Relu", [f"sum{i}"], [f"x{i + 1}"]))
    nodes.append(helper.make_node("GlobalAveragePool", [f"x{blocks}"], ["pool"]))
    nodes.append(helper.make_node("Flatten", ["pool"], ["flat"]))
    constants["fc"] = random.normal(0, 0.3, (channels, classes)).astype(np.float32)
    constants["fc_bias"] = np.zeros(classes, np.float32)
    nodes.append(helper.make_node("Gemm", ["flat", "fc", "fc_bias"], ["logits"]))
    output = helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, classes])
    tiny_models.save(path, nodes, [tiny_models.picture((1, 3, 32, 32))], [output], constants)
    tiny_models.write_card(path)
    return path


def model_file(path: Path) -> ModelFile:
    """The model with the card beside it."""
    return ModelFile(path.stem, path, parse_card(tiny_models.card(path.stem), "test"))
