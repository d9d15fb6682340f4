"""Are photos of other things called unknown, and real classes not? Trained models on held-out people.

    python benchmarks/unknown.py DATA [--seeds 5]

DATA holds `sign_digits/train`, `sign_digits/val` (other people), `photos`, `coco/images` and `clips`. A model is
trained on `train` alone, `val` and `photos` are only evaluated on. The background class, where there is one, is
filled from half of the COCO pictures or from frames of the clips; the other half of the COCO pictures is unseen.
Then ways to tell an unknown picture are compared on the same embeddings, each with a threshold that rejects 5 %
of the validation samples.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from machine import describe_machine, print_table

if TYPE_CHECKING:
    from vision_app.learn.head import Head
    from vision_app.learn.materials import Materials

BACKGROUND = "none of these"
_FRAME_STEP = 60


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--seeds", type=int, default=5, help="trainings of each kind (default: 5)")
    parsed = parser.parse_args()
    print(describe_machine())
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VISION_APP_MODELS"] = str(Path(folder) / "models")
        os.environ.setdefault("VISION_APP_CACHE", str(Path(folder) / "cache"))
        trained_models(parsed.data, Path(folder), parsed.seeds)
        ways_to_tell(parsed.data, parsed.seeds)


def trained_models(data: Path, scratch: Path, seeds: int) -> None:
    from vision_app.cards.lookup import DEFAULT_MODEL, find_model
    from vision_app.learn.evaluating import evaluate
    from vision_app.learn.matching import pictures_of_others
    from vision_app.learn.options import TrainingOptions
    from vision_app.learn.training import Trainer
    from vision_app.samples.dataset import open_samples

    coco = sorted((data / "coco" / "images").iterdir())
    others = {"photos": pictures_of_others(data / "photos"), "unseen COCO": coco[1::2]}
    people = open_samples(data / "sign_digits" / "val")
    base = find_model(DEFAULT_MODEL)
    table = []
    for kind in ("no background", "COCO pictures as background", "frames of clips as background"):
        rows = []
        for seed in range(seeds):
            with samples_folder(data, scratch, kind, coco[::2]) as root:
                samples = with_background(open_samples(root))
                name = f"signs-{seed}-{kind.split()[0].lower()}"
                Trainer(samples, base, name, TrainingOptions(seed=seed)).run()
            first, second = (evaluate(find_model(name), people, others=paths) for paths in others.values())
            rows.append(
                (
                    first.metrics.rejected,
                    first.others_unknown or 0.0,
                    second.others_unknown or 0.0,
                    first.metrics.accuracy,
                )
            )
        columns = list(zip(*rows, strict=True))
        worst = [max(columns[0]), *(min(c) for c in columns[1:])]
        cells = (f"{statistics.median(c):.1%} ({w:.1%})" for c, w in zip(columns, worst, strict=True))
        table.append([kind, *cells])
    print(f"\nThe model, median (worst) of {seeds} trainings: share called unknown, and accuracy\n")
    print_table(["", "real, other people", *others, "accuracy"], table)


def with_background(samples: Any) -> Any:
    import dataclasses

    return dataclasses.replace(samples, background=BACKGROUND if BACKGROUND in samples.labels else None)


@contextmanager
def samples_folder(data: Path, scratch: Path, kind: str, coco: list[Path]) -> Iterator[Path]:
    """The training samples, with a background class where the kind says so."""
    root = scratch / "samples"
    shutil.copytree(data / "sign_digits" / "train", root)
    background = root / BACKGROUND
    if not kind.startswith("no "):
        background.mkdir()
    if kind.startswith("COCO"):
        for path in coco:
            shutil.copy(path, background / path.name)
    elif kind.startswith("frames"):
        for clip in sorted((data / "clips").iterdir()):
            for number, frame in enumerate(frames(clip)):
                cv2.imwrite(str(background / f"{clip.stem}-{number}.jpg"), frame)
    try:
        yield root
    finally:
        shutil.rmtree(root)


def frames(clip: Path) -> Iterator[np.ndarray[Any, np.dtype[Any]]]:
    capture = cv2.VideoCapture(str(clip))
    number = 0
    while True:
        good, frame = capture.read()
        if not good:
            return
        if number % _FRAME_STEP == 0:
            yield frame
        number += 1


def ways_to_tell(data: Path, seeds: int) -> None:
    """Scores that a threshold could be set on, on the same embeddings and heads."""
    from vision_app.cards.lookup import DEFAULT_MODEL, find_model
    from vision_app.learn.embedding import Embedder
    from vision_app.learn.head import fit_head
    from vision_app.learn.materials import gather
    from vision_app.learn.options import TrainingOptions
    from vision_app.samples.dataset import open_samples

    embedder = Embedder(find_model(DEFAULT_MODEL))
    samples = open_samples(data / "sign_digits" / "train")
    people = embedder.embed(open_samples(data / "sign_digits" / "val").samples).vectors[:, 0]
    photos = np.stack([embedder.embed_image(image(p)) for p in sorted((data / "photos").iterdir())])
    coco = np.stack([embedder.embed_image(image(p)) for p in sorted((data / "coco" / "images").iterdir())])
    rates: dict[str, list[tuple[float, ...]]] = {}
    for seed in range(seeds):
        options = TrainingOptions(seed=seed)
        materials = gather(samples, embedder, options, lambda *_: None, lambda: False)
        head = fit_head(materials.train, materials.validation, len(materials.labels), options).head
        for name, (score, threshold) in scores_of(materials, head).items():
            rates.setdefault(name, []).append(
                tuple(float((score(e) < threshold).mean()) for e in (people, photos, coco))
            )
    embedder.close()
    print(f"\nWays to tell without a background class, mean of {seeds} heads: share called unknown\n")
    table = [
        [name, *(f"{statistics.mean(v):.1%}" for v in zip(*of, strict=True))] for name, of in rates.items()
    ]
    print_table(["", "real, other people", "photos", "COCO"], table)


def scores_of(m: Materials, head: Head) -> dict[str, tuple[Callable[[Any], Any], float]]:
    """Ways to score how known embeddings look, each with a threshold that rejects 5 % of the validation samples."""
    from vision_app.learn.calibration import calibrate

    found = calibrate(
        train_embeddings=m.train_plain,
        train_targets=m.train_y,
        val_embeddings=m.validation.x,
        val_scores=head.logits(m.validation.x).astype(np.float32),
        val_targets=m.validation.y,
        classes=len(m.labels),
        val_views=m.validation_views,
    )
    assert found.familiarity is not None
    means = np.stack([m.train_plain[m.train_y == c].mean(axis=0) for c in range(len(m.labels))])
    ways: dict[str, Callable[[Any], Any]] = {
        "best probability": lambda e: head.probabilities(e).max(axis=1),
        "energy": lambda e: np.log(np.exp(head.logits(e)).sum(axis=1)),
        "distance to class means": lambda e: -np.linalg.norm(e[:, None] - means[None], axis=2).min(axis=1),
        "cosine to the nearest sample": lambda e: (unit(e) @ unit(m.train_plain).T).max(axis=1),
        "cosine to prototypes": found.familiarity.similarity,
    }
    scored = {
        name: (score, float(np.sort(score(m.validation.x))[int(0.05 * len(m.validation))]))
        for name, score in ways.items()
    }

    def in_the_file(embeddings: Any) -> Any:
        return found.probabilities(head.logits(embeddings).astype(np.float32), embeddings).max(axis=1)

    return {**scored, "what the file does": (in_the_file, found.reject_below or 0.0)}


def unit(rows: Any) -> Any:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def image(path: Path) -> Any:
    from vision_app.samples.pictures import read_picture

    return read_picture(path)


if __name__ == "__main__":
    main()
