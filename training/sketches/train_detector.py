"""Trains sketch-yolo from nothing: `python -m sketches.train_detector FOLDER`.

The folder keeps the scenes, a checkpoint after each epoch and the log; a training that was cut off goes on.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sketches.decay import decayed
from sketches.detector import SketchYolo
from sketches.detector_loss import detector_loss
from sketches.judging import Found, Precision, precision_of
from sketches.scenes import VALIDATION_FIRST, Batch, Part, SceneSet, augmented, collate
from sketches.signs import LABELS
from vision_app.learn.stopping import EarlyStopping
from vision_app.tasks.nms import non_maximum_suppression


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How it is trained.

    Attributes:
        scenes: scenes to train on.
        validation: scenes that choose the best epoch.
        epochs: at most that many passes.
        sizes: side of the pictures, pixels, and the share of the epochs up to which it is used.
        batch: pictures of one step.
        learning_rate: of AdamW at its height.
        weight_decay: of AdamW.
        patience: epochs without a better mAP50 after which it stops.
        min_delta: what counts as better.
        seed: of the weights and of all that is drawn at random.
    """

    scenes: int = 14_000
    validation: int = 500
    epochs: int = 12
    sizes: tuple[tuple[int, float], ...] = ((224, 0.55), (320, 1.0))
    batch: int = 32
    learning_rate: float = 2.5e-3
    weight_decay: float = 0.02
    patience: int = 3
    min_delta: float = 0.001
    seed: int = 0


class Average:
    """An average of the weights over the last steps: steadier than the weights themselves."""

    def __init__(self, network: SketchYolo, decay: float = 0.998) -> None:
        self.network = deepcopy(network).eval()
        self.steps = 0
        self._decay = decay

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def add(self, network: SketchYolo) -> None:
        """Take the weights of one more step."""
        self.steps += 1
        decay = self._decay * (1 - math.exp(-self.steps / 300))
        for mine, other in zip(
            self.network.state_dict().values(), network.state_dict().values(), strict=True
        ):
            if mine.dtype.is_floating_point:
                mine.lerp_(other, 1 - decay)
            else:
                mine.copy_(other)


def find(network: SketchYolo, images: NDArray[np.uint8], lowest: float = 0.01) -> list[Found]:
    """What a network finds in pictures (N, 3, H, W) uint8 BGR, duplicates removed."""
    with torch.inference_mode():
        out = network(torch.from_numpy(images).float()).numpy()
    found = []
    for one in out:
        scores, classes = one[4:].max(axis=0), one[4:].argmax(axis=0)
        keep = scores > lowest
        centre, size = one[:2, keep].T, one[2:4, keep].T
        boxes = np.concatenate([centre - size / 2, centre + size / 2], axis=1).astype(np.float32)
        kept = non_maximum_suppression(boxes, scores[keep], classes[keep], 0.6, 100)
        found.append((boxes[kept], scores[keep][kept], classes[keep][kept].astype(np.int64)))
    return found


def judge(network: SketchYolo, scenes: SceneSet) -> Precision:
    """Average precision on scenes."""
    found: list[Found] = []
    for first in range(0, len(scenes), 50):
        some = [scenes[i] for i in range(first, min(first + 50, len(scenes)))]
        found += find(network, np.stack([s.image.transpose(2, 0, 1) for s in some]))
    return precision_of(list(scenes), found)


def _batches(scenes: SceneSet, recipe: Recipe, epoch: int, size: int) -> Iterator[Batch]:
    order = np.random.default_rng([recipe.seed, epoch]).permutation(len(scenes))

    def make(chosen: NDArray[np.int64]) -> Batch:
        parts = []
        for i in chosen.tolist():
            scene = scenes[i]
            parts.append(
                augmented(scene, np.random.default_rng([recipe.seed, epoch, i]), scene.image.shape[0])
            )
        return collate(parts, size)

    groups = [order[i : i + recipe.batch] for i in range(0, len(order) - recipe.batch + 1, recipe.batch)]
    with ThreadPoolExecutor(1) as ahead:  # one batch is made while the one before it is learnt
        coming = ahead.submit(make, groups[0])
        for following in [*groups[1:], None]:
            ready = coming.result()
            if following is not None:
                coming = ahead.submit(make, following)
            yield ready


def train(recipe: Recipe, folder: Path) -> Path:
    """Train, keep the best weights.

    Returns:
        File with the state of the best network, for `torch.load(..., weights_only=True)`.
    """
    cv2.setNumThreads(1)
    torch.manual_seed(recipe.seed)
    scenes = SceneSet(Part("train", 0, recipe.scenes), folder)
    held_out = SceneSet(Part("train", VALIDATION_FIRST, recipe.validation), folder)
    network = SketchYolo(len(LABELS)).to(memory_format=torch.channels_last)
    average = Average(network)
    optimiser = torch.optim.AdamW(
        decayed(network, recipe.weight_decay), lr=recipe.learning_rate, betas=(0.9, 0.99)
    )
    steps = recipe.epochs * (recipe.scenes // recipe.batch)
    stopping = EarlyStopping(mode="max", min_delta=recipe.min_delta, patience=recipe.patience)
    log: list[dict[str, Any]] = []
    checkpoint, best = folder / "checkpoint.pt", folder / "best.pt"
    step = 0
    if checkpoint.is_file():
        kept = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(kept["network"])
        average.network.load_state_dict(kept["average"])
        optimiser.load_state_dict(kept["optimiser"])
        step, average.steps, log = kept["step"], kept["step"], json.loads(kept["log"])
        if any(stopping.step(row["map50"]).stop for row in log):
            return best
    for epoch in range(len(log), recipe.epochs):
        size = next(s for s, share in recipe.sizes if epoch < share * recipe.epochs)
        started, sums, count = time.monotonic(), {"box": 0.0, "class": 0.0}, 0
        network.train()
        for batch in _batches(scenes, recipe, epoch, size):
            rate = _rate(step, steps) * recipe.learning_rate
            for group in optimiser.param_groups:
                group["lr"] = rate
            loss, parts = _loss(network, batch)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 10.0)
            optimiser.step()
            average.add(network)
            step, count = step + 1, count + 1
            sums = {k: v + parts[k] for k, v in sums.items()}
            if count % 50 == 0:
                means = " ".join(f"{k} {v / count:.3f}" for k, v in sums.items())
                print(
                    f"epoch {epoch + 1} step {count} {means} {time.monotonic() - started:.0f} s", flush=True
                )
        score = judge(average.network, held_out)
        log.append(
            {
                "epoch": epoch + 1,
                "size": size,
                "map50": round(score.map50, 4),
                "map": round(score.map, 4),
                "seconds": round(time.monotonic() - started, 1),
                **{k: round(v / max(1, count), 4) for k, v in sums.items()},
            }
        )
        print(json.dumps(log[-1]), flush=True)
        decision = stopping.step(score.map50)
        if decision.best:
            _save(best, average.network.state_dict())
        _save(
            checkpoint,
            {
                "network": network.state_dict(),
                "average": average.network.state_dict(),
                "optimiser": optimiser.state_dict(),
                "step": step,
                "log": json.dumps(log),
            },
        )
        (folder / "log.json").write_text(json.dumps({"recipe": asdict(recipe), "epochs": log}, indent=1))
        if decision.stop:
            break
    return best


def _loss(network: SketchYolo, batch: Batch) -> tuple[Tensor, dict[str, float]]:
    x = torch.from_numpy(batch.images).float().to(memory_format=torch.channels_last)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        raw = network.raw(x)
    return detector_loss(
        raw,
        torch.from_numpy(batch.boxes),
        torch.from_numpy(batch.classes),
        torch.from_numpy(batch.unclear),
    )


def _save(path: Path, state: Any) -> None:
    part = path.with_suffix(".part")
    torch.save(state, part)
    part.replace(path)


def _rate(step: int, steps: int) -> float:
    """A short rise, then half a cosine down to a fiftieth."""
    rise = min(300, steps // 10)
    if step < rise:
        return (step + 1) / rise
    return 0.02 + 0.98 * (1 + math.cos(math.pi * (step - rise) / max(1, steps - rise))) / 2


def main() -> None:
    """Train as the shipped network was trained."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--epochs", type=int, default=Recipe().epochs)
    parser.add_argument("--scenes", type=int, default=Recipe().scenes)
    parser.add_argument("--seed", type=int, default=Recipe().seed)
    given = parser.parse_args()
    recipe = Recipe(epochs=given.epochs, scenes=given.scenes, seed=given.seed)
    print(train(recipe, given.folder))


if __name__ == "__main__":
    main()
