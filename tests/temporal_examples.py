"""Movements of a point in the plane, drawn by formulas: circles both ways, a swipe, and rest."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vision_app.samples.movement_cutting import MovementRequest
from vision_app.samples.movement_importing import import_movements
from vision_app.samples.movements import MovementSet, open_movements
from vision_app.samples.store import SampleStore

LABELS = ("rest", "clockwise", "counter", "swipe")
RATE_HZ = 30.0


def path_of(label: str, random: np.random.Generator, rate_hz: float = RATE_HZ) -> np.ndarray:
    """(T, 2) float32 places of one movement of about a second."""
    seconds = random.uniform(0.8, 1.2)
    share = np.linspace(0, 1, int(seconds * rate_hz))
    centre, size = random.normal(0, 0.2, 2), random.uniform(0.8, 1.2)
    turn = 2 * np.pi * share + random.uniform(0, 2 * np.pi)
    if label == "swipe":
        made = np.stack([np.sin(np.pi * (share - 0.5)), 0 * share], axis=1)
    elif label == "rest":
        made = 0.05 * np.cumsum(random.normal(0, 0.3, (len(share), 2)), axis=0)
    else:
        made = np.stack([np.cos(turn), np.sin(turn) * (1 if label == "counter" else -1)], axis=1)
    return (centre + size * made + random.normal(0, 0.02, made.shape)).astype(np.float32)


def write_table(path: Path, count: int, labels: tuple[str, ...] = LABELS, seed: int = 0) -> Path:
    """A CSV with so many movements of each class, in recordings of five."""
    random = np.random.default_rng(seed)
    lines = ["class,recording,sequence,time_s,x,y"]
    for label in labels:
        for i in range(count):
            for t, (x, y) in enumerate(path_of(label, random)):
                lines.append(f"{label},{label}-{i // 5},{i},{t / RATE_HZ:.4f},{x:.4f},{y:.4f}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def store_of(
    folder: Path, count: int, labels: tuple[str, ...] = LABELS, *, idle: str | None = "rest", seed: int = 0
) -> MovementSet:
    """A store with so many movements of each class."""
    folder.mkdir(parents=True, exist_ok=True)
    table = write_table(folder / "moves.csv", count, labels, seed)
    with SampleStore.open(folder / "store") as store:
        done = import_movements(store, MovementRequest(source=table, idle=idle))
        assert not done.messages, done.messages
    return open_movements(folder / "store")
