"""Teaching on landmarks of hands: the learning curve, and the time from the click to the new model live.

    python benchmarks/teach_landmarks.py SIGN_DIGITS [--draws 5]

SIGN_DIGITS has train/ and val/ with a folder for each sign. A draw takes so many samples of each class from train/ by
chance; val/, other people, only judges. All of it is the program's own way: samples, training, the model in the
catalogue, the chain that runs it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from machine import describe_machine, print_table

from vision_app.engine.build import Surroundings, build
from vision_app.engine.request import ModelRequest
from vision_app.learn.evaluating import evaluate
from vision_app.learn.landmarks import base_of, embedder_of
from vision_app.learn.options import TrainingOptions
from vision_app.learn.training import Trainer
from vision_app.results.values import ImageU8
from vision_app.runtime import ThreadPolicy
from vision_app.samples.dataset import open_samples

COUNTS = (3, 5, 10, 20, 45)
NAME = "signs"


def drawn(source: Path, target: Path, count: int, seed: int) -> Path:
    """A folder with so many samples of each class."""
    shutil.rmtree(target, ignore_errors=True)
    generator = np.random.default_rng(seed)
    for folder in sorted(p for p in source.iterdir() if p.is_dir()):
        (target / folder.name).mkdir(parents=True)
        paths = sorted(folder.iterdir())
        for i in generator.permutation(len(paths))[:count]:
            shutil.copy(paths[i], target / folder.name / paths[i].name)
    return target


class Teacher:
    """A running program whose samples were embedded while they were taken.

    Args:
        train: all samples there are.
    """

    def __init__(self, train: Path) -> None:
        self.base = base_of("hands")
        self.embedder = embedder_of(self.base, "cpu")
        self.embedder.embed(open_samples(train).samples)

    def teach(self, folder: Path, seed: int = 0) -> None:
        """Train on a folder, as the Teach panel does."""
        trainer = Trainer(open_samples(folder), self.base, NAME, TrainingOptions(seed=seed))
        trainer.embedder = self.embedder
        trainer.run()


def judged(val: Path) -> float:
    from vision_app.cards.lookup import find_model

    return float(evaluate(find_model(NAME), open_samples(val)).metrics.accuracy)


def click_to_live(teacher: Teacher, folder: Path, image: ImageU8) -> float:
    """Seconds until the first picture is answered by the new model; the chain it stands on runs already."""
    around = Surroundings(ThreadPolicy(intra_op=1))
    running = build(ModelRequest("hands"), around)
    running.predictor.predict(image)
    clicked = time.perf_counter()
    teacher.teach(folder)
    build(ModelRequest(NAME), around, before=running).predictor.predict(image)
    return time.perf_counter() - clicked


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--draws", type=int, default=5)
    arguments = parser.parse_args()
    train, val = arguments.folder / "train", arguments.folder / "val"
    image = np.asarray(cv2.imread(str(open_samples(val).samples[0].path)), np.uint8)
    with tempfile.TemporaryDirectory() as place:
        os.environ["VISION_APP_MODELS"], os.environ["VISION_APP_CACHE"] = f"{place}/models", f"{place}/cache"
        teacher, rows = Teacher(train), []
        for count in COUNTS:
            shares, seconds = [], []
            for seed in range(arguments.draws):
                folder = drawn(train, Path(place) / "samples", count, seed)
                seconds.append(click_to_live(teacher, folder, image))
                shares.append(100 * judged(val))
            rows.append(
                [
                    count,
                    f"{statistics.mean(shares):.1f}",
                    f"{min(shares):.1f}",
                    f"{max(shares):.1f}",
                    f"{statistics.median(seconds):.2f}",
                    f"{max(seconds):.2f}",
                ]
            )
            print(rows[-1], flush=True)
    print(
        describe_machine(), f"- {len(open_samples(val).samples)} samples of val/, {arguments.draws} draws\n"
    )
    print_table(
        ["samples a class", "right, mean %", "least", "most", "click to live, median s", "longest"], rows
    )


if __name__ == "__main__":
    main()
