"""Trains the five classifiers on the same pictures: `python -m sketches.train_classifiers FOLDER`."""

from __future__ import annotations

import argparse
import json
import math
import time
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from sketches.classifiers import CLASSIFIERS, CapsNet, lengths
from sketches.crops import TRIALS, Crop, Trial, crops_of, make_crop
from sketches.decay import decayed
from sketches.domains import SHIFTED, TRAIN
from sketches.scenes import VALIDATION_FIRST, Part, SceneSet
from sketches.signs import LABELS
from vision_app.learn.stopping import EarlyStopping

_MARGIN_IN, _MARGIN_OUT, _OTHERS = 0.9, 0.1, 0.5
_DRAWING_WEIGHT = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How all of them are trained.

    Attributes:
        scenes: scenes whose signs are cut out.
        singles: signs drawn one by one, besides.
        validation: signs that choose the best epoch, half of each sort.
        validation_scenes: scenes from which the first half is cut out.
        epochs: at most that many passes.
        batch: pictures of one step.
        learning_rate: of AdamW at its height.
        weight_decay: of AdamW.
        patience: epochs without a better accuracy after which it stops.
        seed: of the weights and of all that is drawn at random.
    """

    scenes: int = 14_000
    singles: int = 10_000
    validation: int = 2_000
    validation_scenes: int = 500
    epochs: int = 8
    batch: int = 128
    learning_rate: float = 1.5e-3
    weight_decay: float = 0.05
    patience: int = 4
    seed: int = 0


Arrays = tuple[NDArray[np.uint8], NDArray[np.int64]]


def _arrays(crops: list[Crop]) -> Arrays:
    return np.stack([c.image for c in crops]), np.array([c.class_id for c in crops], np.int64)


def samples(recipe: Recipe, folder: Path) -> tuple[Arrays, Arrays]:
    """Pictures (N, 48, 48, 3) uint8 BGR and classes, to train on and to validate on; made once, then kept."""
    path = folder / f"crops-{recipe.scenes}-{recipe.singles}-{recipe.validation}.npz"
    if not path.is_file():
        rng = np.random.default_rng(recipe.seed)
        some = [c for s in SceneSet(Part("train", 0, recipe.scenes), folder) for c in crops_of(s, rng)]
        some += [make_crop(TRAIN, i, "upright") for i in range(recipe.singles)]
        held_out_scenes = SceneSet(Part("train", VALIDATION_FIRST, recipe.validation_scenes), folder)
        held_out = [c for s in held_out_scenes for c in crops_of(s, rng)]
        held_out = held_out[: recipe.validation // 2]
        held_out += [make_crop(TRAIN, VALIDATION_FIRST + i, "upright") for i in range(recipe.validation // 2)]
        (x, y), (vx, vy) = _arrays(some), _arrays(held_out)
        np.savez(path, x=x, y=y, vx=vx, vy=vy)
    with np.load(path, allow_pickle=False) as data:
        return (data["x"], data["y"]), (data["vx"], data["vy"])


def as_input(images: NDArray[np.uint8]) -> Tensor:
    """(N, 3, 48, 48) RGB from 0 to 1, from (N, 48, 48, 3) uint8 BGR."""
    return torch.from_numpy(np.ascontiguousarray(images[..., ::-1].transpose(0, 3, 1, 2))).float() / 255


def _changed(x: Tensor, generator: torch.Generator) -> Tensor:
    """Turned, moved, scaled, mirrored and tinted a little."""
    count = x.shape[0]

    def draw(*shape: int) -> Tensor:
        return torch.rand(shape, generator=generator)

    turn = (draw(count) - 0.5) * math.radians(24)
    scale = torch.exp((draw(count) - 0.5) * 0.3)
    flip = torch.where(draw(count) < 0.5, -1.0, 1.0)
    cos, sin = torch.cos(turn) * scale, torch.sin(turn) * scale
    shift = (draw(count, 2) - 0.5) * 0.24
    matrix = torch.stack(
        [torch.stack([cos * flip, -sin, shift[:, 0]], 1), torch.stack([sin * flip, cos, shift[:, 1]], 1)], 1
    )
    grid = functional.affine_grid(matrix, list(x.shape), align_corners=False)
    moved = functional.grid_sample(x, grid, padding_mode="border", align_corners=False)
    gain, lift = 0.7 + 0.6 * draw(count, 3, 1, 1), (draw(count, 1, 1, 1) - 0.5) * 0.2
    return (moved * gain + lift).clamp(0, 1)


def _loss(network: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    if not isinstance(network, CapsNet):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = network(x)
        return functional.cross_entropy(logits.float(), y, label_smoothing=0.05)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        large = network.capsules(x)
    length = lengths(large)
    there = functional.one_hot(y, network.classes).float()
    margin = there * functional.relu(_MARGIN_IN - length).pow(2)
    margin = margin + _OTHERS * (1 - there) * functional.relu(length - _MARGIN_OUT).pow(2)
    wanted = functional.avg_pool2d(x.mean(1, keepdim=True), 2).squeeze(1)
    drawn = functional.mse_loss(network.drawn(large, y), wanted)
    return margin.sum(1).mean() + _DRAWING_WEIGHT * drawn


@torch.inference_mode()  # type: ignore[untyped-decorator]
def accuracy(network: nn.Module, images: NDArray[np.uint8], classes: NDArray[np.int64]) -> float:
    """Share of the pictures whose class is named rightly."""
    network.eval()
    right = 0
    for i in range(0, len(images), 500):
        out = network(as_input(images[i : i + 500]))
        scores = out[0] if isinstance(out, tuple) else out
        right += int((scores.argmax(1).numpy() == classes[i : i + 500]).sum())
    return float(right / len(images))


def train(name: str, recipe: Recipe, folder: Path) -> nn.Module:
    """Train one of them, keep the best weights, write the log beside them."""
    torch.manual_seed(recipe.seed)
    (x, y), (vx, vy) = samples(recipe, folder)
    network = CLASSIFIERS[name](len(LABELS))
    optimiser = torch.optim.AdamW(decayed(network, recipe.weight_decay), lr=recipe.learning_rate)
    stopping = EarlyStopping(mode="max", min_delta=0.001, patience=recipe.patience)
    steps = len(x) // recipe.batch
    generator = torch.Generator().manual_seed(recipe.seed)
    best: dict[str, Any] = {}
    log = []
    for epoch in range(recipe.epochs):
        started, total = time.monotonic(), 0.0
        network.train()
        order = np.random.default_rng([recipe.seed, epoch]).permutation(len(x))
        for step in range(steps):
            rate = _rate(epoch * steps + step, recipe.epochs * steps)
            for group in optimiser.param_groups:
                group["lr"] = recipe.learning_rate * rate
            chosen = order[step * recipe.batch : (step + 1) * recipe.batch]
            loss = _loss(network, _changed(as_input(x[chosen]), generator), torch.from_numpy(y[chosen]))
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimiser.step()
            total += float(loss.detach())
        score = accuracy(network, vx, vy)
        log.append(
            {
                "epoch": epoch + 1,
                "loss": round(total / steps, 4),
                "accuracy": round(score, 4),
                "seconds": round(time.monotonic() - started, 1),
            }
        )
        print(name, json.dumps(log[-1]), flush=True)
        decision = stopping.step(score)
        if decision.best:
            best = deepcopy(network.state_dict())
        if decision.stop:
            break
    network.load_state_dict(best)
    torch.save(best, folder / f"{name}.pt")
    (folder / f"{name}-log.json").write_text(json.dumps({"recipe": asdict(recipe), "epochs": log}, indent=1))
    return network.eval()


def _rate(step: int, steps: int) -> float:
    """A short rise, and half a cosine down to a fiftieth."""
    rise = min(200, max(1, steps // 10))
    return min(1.0, (step + 1) / rise) * (0.02 + 0.98 * (1 + math.cos(math.pi * step / steps)) / 2)


def trial_accuracy(network: nn.Module, trial: Trial, count: int = 2000) -> float:
    """Accuracy on signs of the shifted domain, which none of them has seen."""
    images, classes = _arrays([make_crop(SHIFTED, i, trial) for i in range(count)])
    return float(accuracy(network, images, classes))


def main() -> None:
    """Train all of them, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", default=list(CLASSIFIERS))
    parser.add_argument("--epochs", type=int, default=Recipe().epochs)
    parser.add_argument("--seed", type=int, default=Recipe().seed)
    given = parser.parse_args()
    cv2.setNumThreads(1)
    for name in given.names:
        network = train(name, Recipe(epochs=given.epochs, seed=given.seed), given.folder)
        print(name, {trial: round(trial_accuracy(network, trial), 4) for trial in TRIALS}, flush=True)


if __name__ == "__main__":
    main()
