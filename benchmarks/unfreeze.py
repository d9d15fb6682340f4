"""What unfreezing the last blocks adds, and what it costs.

    python benchmarks/unfreeze.py DATA [--blocks 2] [--seeds 3]

DATA holds `sign_digits/train` and `sign_digits/val` (other people). Every decision is made on `train`, a fifth or
more of which is held out; `val` is looked at once, at the end, by the frozen and by the unfrozen model.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from machine import describe_machine, print_table


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--base", default="efficientnet-lite0", help="the classifier to start from")
    parser.add_argument("--blocks", type=int, default=2, help="how many last blocks (default: 2)")
    parser.add_argument("--seeds", type=int, default=3, help="trainings (default: 3)")
    parser.add_argument("--held-out", type=float, default=0.4, help="share of train held out (default: 0.4)")
    parsed = parser.parse_args()
    print(describe_machine())
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VISION_APP_MODELS"] = str(Path(folder) / "models")
        os.environ.setdefault("VISION_APP_CACHE", str(Path(folder) / "cache"))
        measure(parsed)


def measure(parsed: argparse.Namespace) -> None:
    from vision_app.cards.lookup import find_model
    from vision_app.learn.evaluating import compare, evaluate
    from vision_app.learn.metrics import paired_difference
    from vision_app.learn.options import TrainingOptions
    from vision_app.learn.training import Trainer
    from vision_app.samples.dataset import open_samples

    samples = open_samples(parsed.data / "sign_digits" / "train")
    people = open_samples(parsed.data / "sign_digits" / "val")
    base = find_model(parsed.base)
    rows, one, two = [], [], []
    for seed in range(parsed.seeds):
        cells: list[Any] = [seed]
        found = []
        for blocks in (0, parsed.blocks):
            name = f"signs-{seed}-{blocks}"
            options = TrainingOptions(seed=seed, unfreeze=blocks, validation_share=parsed.held_out)
            started_s, started_cpu_s = time.perf_counter(), time.process_time()
            result = Trainer(samples, base, name, options).run()
            wall_s, cpu_s = time.perf_counter() - started_s, time.process_time() - started_cpu_s
            assert result.validation_accuracy is not None
            judged = evaluate(find_model(name), people)
            found.append(judged)
            cells += [
                f"{result.validation_accuracy:.1%}",
                f"{judged.metrics.accuracy:.1%}",
                f"{wall_s:.0f} s ({cpu_s:.0f} s)",
            ]
            if blocks:
                cells.append("yes" if result.frozen_validation_accuracy is not None else "no")
                print(f"seed {seed}: " + " ".join(result.advice[-2:]))
        comparison = compare(found[1], found[0], ("unfrozen", "frozen"))
        print(f"seed {seed}, other people: {comparison.verdict}")
        one += [j.right for j in found[1].judged]
        two += [j.right for j in found[0].judged]
        rows.append(cells)
    print()
    print_table(
        [
            "seed",
            "frozen: held out",
            "other people",
            "time (CPU)",
            "unfrozen: held out",
            "other people",
            "time (CPU)",
            "kept",
        ],
        rows,
    )
    p = paired_difference(np.array(one), np.array(two))
    print(
        f"\nall seeds together, other people: {100 * p.difference:+.1f} points "
        f"(95 %: {100 * p.interval.low:+.1f} to {100 * p.interval.high:+.1f}, the same pictures in every seed)"
    )


if __name__ == "__main__":
    main()
