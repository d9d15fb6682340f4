"""How large the gradient is at each layer of a deep network, plain and residual, while it is trained.

The two networks have the same layers, the same first weights and see the same pictures; the residual one adds
what a pair of layers read to what they make. Needs the extra `train`; the program ships the numbers of one such
training in `assets/lessons/depth.json`, made by `tools/measure_depth.py`.

Source: He et al., "Deep Residual Learning for Image Recognition", 2016, https://arxiv.org/abs/1512.03385;
vanishing gradients: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
networks", 2010.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vision_app.errors import TrainingError
from vision_app.results.values import FloatArray

SIDE = 16
CLASSES = ("circle", "square", "triangle", "cross")
WIDTH = 12
_BATCH = 64
_RATE = 0.05
_MOMENTUM = 0.9


@dataclass(frozen=True, slots=True)
class DepthStep:
    """One moment of a training.

    Attributes:
        step: how many batches it has seen.
        gradients: root of the mean square of the gradient of each layer's weights, first layer first.
        loss: cross entropy of the batch.
        accuracy: share of the test pictures that it names rightly.
    """

    step: int
    gradients: tuple[float, ...]
    loss: float
    accuracy: float


def shapes(count: int, seed: int) -> tuple[FloatArray, NDArray[np.int64]]:
    """Drawn pictures: (count, 1, 16, 16) float32 about 0, and which of `CLASSES` each one shows."""
    rng = np.random.default_rng(seed)
    pictures = np.zeros((count, 1, SIDE, SIDE), np.float32)
    names = rng.integers(0, len(CLASSES), count)
    for i, name in enumerate(names):
        canvas = np.zeros((SIDE * 4, SIDE * 4), np.uint8)
        x, y = (int(v) for v in rng.integers(22, 42, 2))
        r = int(rng.integers(12, 20))
        thick = int(rng.integers(4, 8))
        corners = {
            "square": [(-r, -r), (r, -r), (r, r), (-r, r)],
            "triangle": [(0, -r), (r, r), (-r, r)],
        }
        word = CLASSES[int(name)]
        if word == "circle":
            cv2.circle(canvas, (x, y), r, 255, thick)
        elif word == "cross":
            cv2.line(canvas, (x - r, y - r), (x + r, y + r), 255, thick)
            cv2.line(canvas, (x + r, y - r), (x - r, y + r), 255, thick)
        else:
            points = np.array([(x + dx, y + dy) for dx, dy in corners[word]], np.int32)
            cv2.polylines(canvas, [points], isClosed=True, color=255, thickness=thick)
        small = cv2.resize(canvas, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        pictures[i, 0] = small + rng.normal(0, 0.1, (SIDE, SIDE)) - 0.2
    return pictures, names.astype(np.int64)


def train(
    depth: int,
    *,
    residual: bool,
    steps: int,
    every: int,
    seed: int = 0,
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[DepthStep]:
    """Train one network and tell of it as it goes.

    Args:
        depth: how many convolutions it has, an odd number: one, then pairs.
        residual: whether each pair adds what it read to what it makes.
        steps: how many batches.
        every: tell of each such batch; the first one always.
        seed: of weights and pictures.
        cancelled: asked before each batch; true ends it.

    Raises:
        TrainingError: torch is not installed.
    """
    try:
        import torch
    except ImportError as error:
        raise TrainingError(
            "training the two networks here needs the extra train: pip install 'vision-app[train]'; the numbers that "
            "are shipped need nothing"
        ) from error
    torch.manual_seed(seed)
    network, layers = _network(torch, depth, residual=residual)
    optimiser = torch.optim.SGD(network.parameters(), lr=_RATE, momentum=_MOMENTUM)
    pictures, names = (torch.from_numpy(a) for a in shapes(2048, seed))
    unseen, truth = (torch.from_numpy(a) for a in shapes(512, seed + 1))
    order = np.random.default_rng(seed)
    for step in range(1, steps + 1):
        if cancelled():
            return
        chosen = torch.from_numpy(order.integers(0, len(pictures), _BATCH))
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(network(pictures[chosen]), names[chosen])
        loss.backward()
        if step == 1 or step % every == 0:
            gradients = tuple(float(la.weight.grad.pow(2).mean().sqrt()) for la in layers)
            with torch.no_grad():
                right = float((network(unseen).argmax(1) == truth).float().mean())
            yield DepthStep(step, gradients, float(loss.detach()), right)
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()


def _network(torch: Any, depth: int, *, residual: bool) -> tuple[Any, list[Any]]:
    if depth < 3 or depth % 2 == 0:
        raise ValueError(f"depth is an odd number of convolutions from 3, got {depth}")
    nn = torch.nn
    layers = [nn.Conv2d(1 if i == 0 else WIDTH, WIDTH, 3, padding=1) for i in range(depth)]

    class Network(nn.Module):  # type: ignore[misc,name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.ModuleList(layers)
            self.head = nn.Linear(WIDTH, len(CLASSES))

        def forward(self, x: Any) -> Any:
            x = torch.relu(self.layers[0](x))
            for i in range(1, depth, 2):
                made = self.layers[i + 1](torch.relu(self.layers[i](x)))
                x = torch.relu(x + made) if residual else torch.relu(made)
            return self.head(x.mean(dim=(2, 3)))

    return Network(), layers
