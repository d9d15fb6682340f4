"""Heads over time: accuracy beside PyTorch and nearest neighbours, curves, click to live, cost of a frame.

python benchmarks/over_time.py accuracy GESTURES [--data libras,points] [--heads gru,...] [--seeds 2] [--no-peer]
python benchmarks/over_time.py curves GESTURES             5, 10, 20 sequences a class
python benchmarks/over_time.py speed [--rounds 3]          5 classes x 20 movements of hands, and a frame of each head

GESTURES is a folder with libras_movement.csv and kazuhito_point_history.csv. A head learns from all sequences of the
other folds for all epochs: nothing of the fold that it is judged by decides anything.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from machine import describe_machine, print_table

from vision_app.temporal.augmenting import Changes
from vision_app.temporal.batches import Batch, scale_of
from vision_app.temporal.dtw import nearest
from vision_app.temporal.fitting import fit
from vision_app.temporal.heads import HeadKind, Shape
from vision_app.temporal.options import TRAINING, TemporalOptions

HEADS: tuple[HeadKind, ...] = ("mlp", "cnn", "gru", "lstm", "transformer")
FOLDS = 4
EVERY = 4
"""Of the windows of the point history so many are one: each is the one before, shifted by one frame."""


@dataclass(frozen=True, slots=True)
class Data:
    """Sequences in the order in which they were recorded.

    Attributes:
        values: (N, T, F) float32.
        y: (N,) class ids.
        fold: (N,) from 0; of a class each fold is one block of time.
        purge: so many sequences on both sides of a block are not learnt from: they share frames with it.
    """

    values: np.ndarray
    y: np.ndarray
    fold: np.ndarray
    purge: int = 0

    def sides(self, fold: int) -> tuple[np.ndarray, np.ndarray]:
        """What is learnt from, and what is asked about."""
        asked = self.fold == fold
        near = asked.copy()
        for shift in range(1, self.purge + 1):
            near[shift:] |= asked[:-shift]
            near[:-shift] |= asked[shift:]
        return np.flatnonzero(~near), np.flatnonzero(asked)

    def batch(self, which: np.ndarray) -> Batch:
        """Some of the sequences."""
        rows = self.values[which]
        real = np.ones(rows.shape[:2], bool)
        return Batch(rows, real, real, self.y[which])


def libras(folder: Path) -> Data:
    """15 movements of a hand, 24 of each in the order of recording: four blocks of six."""
    table = np.loadtxt(folder / "libras_movement.csv", delimiter=",", dtype=np.float32)
    return Data(
        table[:, :-1].reshape(len(table), -1, 2),
        table[:, -1].astype(np.int64) - 1,
        np.arange(len(table)) % 24 // 6,
    )


def points(folder: Path) -> Data:
    """16 frames of the path of a finger tip; blocks of time within each of the four classes."""
    table = np.loadtxt(folder / "kazuhito_point_history.csv", delimiter=",", dtype=np.float32)[::EVERY]
    y = table[:, 0].astype(np.int64)
    fold = np.zeros(len(y), np.int64)
    for label in np.unique(y):
        rows = np.flatnonzero(y == label)
        fold[rows] = np.arange(len(rows)) * FOLDS // len(rows)
    return Data(table[:, 1:].reshape(len(table), -1, 2), y, fold, purge=-(-16 // EVERY))


DATA = {"libras": libras, "points": points}


def options_of(kind: HeadKind, seed: int) -> TemporalOptions:
    """The product's own, without a part held out."""
    training = replace(TRAINING, seed=seed, patience=TRAINING.epochs)
    return TemporalOptions(head=kind, training=training)


def ours(data: Data, kind: HeadKind, sides: tuple[np.ndarray, np.ndarray], seed: int) -> tuple[float, int]:
    """Share that is right, and parameters."""
    train, asked = data.batch(sides[0]), data.batch(sides[1])
    head = fit(train, None, int(data.y.max()) + 1, options_of(kind, seed)).head
    return float((head.logits(asked).argmax(1) == asked.y).mean()), head.parameters


def peer(data: Data, kind: HeadKind, sides: tuple[np.ndarray, np.ndarray], seed: int) -> float:
    """The same in PyTorch."""
    from temporal_peer import train as train_peer

    options = options_of(kind, seed)
    batch = data.batch(sides[0])
    _, rows, width = data.values.shape
    shape = Shape(kind, width, int(data.y.max()) + 1, rows, options.training.width, options.training.dropout)
    made = train_peer(batch, shape, options.training, Changes())
    return made.right(data.batch(sides[1]))


def by_dtw(data: Data, sides: tuple[np.ndarray, np.ndarray]) -> float:
    """The nearest sequence by dynamic time warping."""
    train, asked = data.batch(sides[0]), data.batch(sides[1])
    scale = scale_of(train)
    return float((nearest(scale.applied(train), scale.applied(asked)) == asked.y).mean())


def accuracy(parsed: argparse.Namespace) -> None:
    """Each head on each fold."""
    print(describe_machine())
    for name in parsed.data.split(","):
        data = DATA[name](parsed.gestures)
        sides = [data.sides(fold) for fold in range(FOLDS)]
        rows = []
        for kind in parsed.heads.split(","):
            started = time.perf_counter()
            made = [[ours(data, kind, s, seed) for s in sides] for seed in range(parsed.seeds)]
            spent = (time.perf_counter() - started) / (FOLDS * parsed.seeds)
            right = np.array([[share for share, _ in seed] for seed in made])
            row = [kind, f"{right.mean():.3f}", " ".join(f"{x:.2f}" for x in right.mean(0)), f"{spent:.1f}"]
            if not parsed.no_peer:
                theirs = [peer(data, kind, s, seed) for seed in range(parsed.seeds) for s in sides]
                row.append(f"{np.mean(theirs):.3f}")
            rows.append([*row, str(made[0][0][1])])
            print(name, *rows[-1], file=sys.stderr, flush=True)
        if not parsed.no_dtw:
            right = np.array([by_dtw(data, s) for s in sides])
            shown = ["1-NN, DTW", f"{right.mean():.3f}", " ".join(f"{x:.2f}" for x in right), ""]
            rows.append([*shown, *([] if parsed.no_peer else [""]), "0"])
        print(f"\n{name}: {len(data.y)} sequences, {FOLDS} folds, {parsed.seeds} seeds")
        heads = [
            "head",
            "right",
            "by fold",
            "s a fold",
            *([] if parsed.no_peer else ["PyTorch"]),
            "parameters",
        ]
        print_table(heads, rows)


def curves(parsed: argparse.Namespace) -> None:
    """Fewer sequences a class."""
    print(describe_machine())
    for name, counts in (("libras", (5, 10, 18)), ("points", (5, 10, 20))):
        data = DATA[name](parsed.gestures)
        rows: dict[str, list[str]] = {kind: [kind] for kind in (*parsed.heads.split(","), "1-NN, DTW")}
        for count in counts:
            sides = []
            for fold in range(FOLDS):
                random = np.random.default_rng(fold)
                train, asked = data.sides(fold)
                few = [
                    random.choice(train[data.y[train] == c], count, replace=False) for c in np.unique(data.y)
                ]
                sides.append((np.concatenate(few), asked))
            for kind, row in rows.items():
                judged = (
                    [by_dtw(data, s) for s in sides]
                    if kind == "1-NN, DTW"
                    else [ours(data, kind, s, 0)[0] for s in sides]  # type: ignore[arg-type]
                )
                row.append(f"{np.mean(judged):.3f}")
                print(name, count, kind, row[-1], file=sys.stderr, flush=True)
        print(f"\n{name}: share right, by sequences a class")
        print_table(["head", *map(str, counts)], list(rows.values()))


def speed(parsed: argparse.Namespace) -> None:
    """From the click until the new model has said something, and what a frame costs."""
    from vision_app.cards.lookup import find_model
    from vision_app.runtime import Session, ThreadPolicy
    from vision_app.samples.movements import open_movements
    from vision_app.sequences.model import SequenceModel
    from vision_app.sequences.resampling import Row
    from vision_app.temporal.training import MovementTrainer

    print(describe_machine())
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VISION_APP_MODELS"] = str(Path(folder) / "models")
        store = _hands(Path(folder))
        for kind in parsed.heads.split(","):
            spent, used, costs, result = [], [], [], None
            for _ in range(parsed.rounds):
                started, cpu = time.perf_counter(), time.process_time()
                movements = open_movements(store)
                result = MovementTrainer(movements, "hands", f"by-{kind}", TemporalOptions(head=kind)).run()
                file = find_model(f"by-{kind}")
                assert file.card is not None
                model = SequenceModel(Session(file.path, "cpu", ThreadPolicy(1)), file.card)
                row = Row(0.0, np.zeros(model.input.width, np.float32), True)
                state, _ = model.step(model.start(), row)
                spent.append(time.perf_counter() - started)
                used.append(time.process_time() - cpu)
                for _ in range(500):
                    begun = time.perf_counter()
                    state, _ = model.step(state, row)
                    costs.append(1e3 * (time.perf_counter() - begun))
            assert result is not None
            rows.append(
                [
                    kind,
                    f"{min(spent):.1f} / {np.median(spent):.1f}",
                    f"{np.median(used):.1f}",
                    f"{result.epochs}",
                    f"{result.validation_accuracy:.2f}",
                    f"{np.percentile(costs, 50):.3f} / {np.percentile(costs, 95):.3f}",
                    f"{result.parameters}",
                ]
            )
            print(*rows[-1], file=sys.stderr, flush=True)
    print_table(
        [
            "head",
            "click to live s, best / median",
            "processor s",
            "epochs",
            "right",
            "ms a frame p50 / p95",
            "parameters",
        ],
        rows,
    )


def _hands(folder: Path) -> Path:
    """A store of 5 classes x 20 movements of one hand: 1 to 2 s at 30 frames a second."""
    from vision_app.samples.sample import new_movement
    from vision_app.samples.store import SampleStore
    from vision_app.sequences.layouts import HAND_WIDTH, HANDS_WIDTH
    from vision_app.sequences.recorded import Recorded

    random = np.random.default_rng(0)
    shape = random.normal(0, 0.05, (21, 2))
    with SampleStore.open(folder / "store") as store:
        for label in range(5):
            new = []
            for i in range(20):
                count = int(30 * random.uniform(1, 2))
                share = np.linspace(0, 1, count)
                turn = 2 * np.pi * share * (1 if label % 2 else -1) * (1 + label // 2)
                path = 0.5 + 0.15 * np.stack([np.cos(turn), np.sin(turn) * (label != 4)], 1)
                rows = np.zeros((count, HANDS_WIDTH), np.float32)
                rows[:, HAND_WIDTH] = 1
                points = path[:, None] + shape + random.normal(0, 0.003, (count, 21, 2))
                full = np.concatenate([points, np.zeros((count, 21, 1))], 2)
                rows[:, HAND_WIDTH + 1 :] = full.reshape(count, -1)
                recorded = Recorded(np.arange(count) / 30, {"hands": rows})
                new.append(new_movement(f"class {label}", f"take {i // 5}", recorded))
            store.add_many(new)
    return folder / "store"


def main() -> None:
    """Arguments in, tables out."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name, run in (("accuracy", accuracy), ("curves", curves), ("speed", speed)):
        verb = verbs.add_parser(name)
        verb.set_defaults(run=run)
        verb.add_argument("--heads", default=",".join(HEADS))
        if name != "speed":
            verb.add_argument("gestures", type=Path)
    verbs.choices["accuracy"].add_argument("--data", default=",".join(DATA))
    verbs.choices["accuracy"].add_argument("--seeds", type=int, default=1)
    verbs.choices["accuracy"].add_argument("--no-peer", action="store_true")
    verbs.choices["accuracy"].add_argument("--no-dtw", action="store_true")
    verbs.choices["speed"].add_argument("--rounds", type=int, default=3)
    parsed = parser.parse_args()
    parsed.run(parsed)


if __name__ == "__main__":
    main()
