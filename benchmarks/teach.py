"""Teaching: from the click to the new model live, beside a plain PyTorch script; accuracy; kills.

python benchmarks/teach.py speed [--rounds 3]          5 classes x 40 samples of 640 x 480, memory, the peer
python benchmarks/teach.py accuracy SIGN_DIGITS        train/ and val/ of a folder: learning curve, scikit-learn
python benchmarks/teach.py kills [--count 100]         SIGKILL at random instants of embedding and training
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import cv2
import numpy as np
from machine import describe_machine, print_table

CLASSES, SAMPLES, SIZE_WH = 5, 40, (640, 480)
PEER_EPOCHS = 30


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    speed = verbs.add_parser("speed")
    speed.add_argument("--rounds", type=int, default=3)
    speed.add_argument("--no-peer", action="store_true")
    accuracy = verbs.add_parser("accuracy")
    accuracy.add_argument("folder", type=Path)
    accuracy.add_argument("--seeds", type=int, default=5)
    kills = verbs.add_parser("kills")
    kills.add_argument("--count", type=int, default=100)
    for name in ("ours", "peer"):  # each of them alone in a process, so that its memory is its own
        part = verbs.add_parser(name)
        part.add_argument("folder", type=Path)
        part.add_argument("--views", type=int, default=1)
        part.add_argument("--warm", action="store_true")
        part.add_argument("--phases", action="store_true", help="print each phase when it begins")
    arguments = parser.parse_args()
    if arguments.verb == "speed":
        measure_speed(arguments.rounds, with_peer=not arguments.no_peer)
    elif arguments.verb == "accuracy":
        measure_accuracy(arguments.folder, arguments.seeds)
    elif arguments.verb == "kills":
        measure_kills(arguments.count)
    else:
        if arguments.verb == "ours":
            done = ours(arguments.folder, arguments.views, phases=arguments.phases)
        else:
            done = peer(arguments.folder)
        print(json.dumps(done))


# speed ----------------------------------------------------------------------------------------------------


def write_samples(root: Path) -> Path:
    """Scenes of noise and shapes, a colour and a shape a class, as JPEG files."""
    draw: list[Callable[[Any, tuple[int, int], int], object]] = [
        lambda image, at, r: cv2.circle(image, at, r, (40, 60, 220), -1),
        lambda image, at, r: cv2.rectangle(image, at, (at[0] + r, at[1] + r), (60, 200, 60), -1),
        lambda image, at, r: cv2.line(image, at, (at[0] + r, at[1] - r), (220, 90, 40), 24),
        lambda image, at, r: cv2.ellipse(image, at, (r, r // 3), 30, 0, 360, (40, 220, 220), -1),
        lambda image, at, r: cv2.putText(
            image, "AB", at, cv2.FONT_HERSHEY_SIMPLEX, r / 40, (230, 230, 230), 12
        ),
    ]
    width, height = SIZE_WH
    generator = np.random.default_rng(0)
    for number, shape in enumerate(draw):
        folder = root / f"class {number}"
        folder.mkdir(parents=True)
        for i in range(SAMPLES):
            small = generator.integers(30, 200, (12, 16, 3), np.uint8)
            image = cv2.resize(small, SIZE_WH, interpolation=cv2.INTER_CUBIC)
            at = (int(generator.integers(120, width - 220)), int(generator.integers(160, height - 160)))
            shape(image, at, int(generator.integers(60, 120)))
            cv2.imwrite(str(folder / f"{i:03d}.jpg"), image)
    return root


def ours(folder: Path, views: int, *, phases: bool = False) -> dict[str, Any]:
    """From the click to the first result of the new model, in a program that is already running."""
    imports_s = -time.perf_counter()
    from vision_app.cards.lookup import find_model
    from vision_app.engine.predictors import load_model
    from vision_app.learn.options import TrainingOptions, TrainingProgress
    from vision_app.learn.training import Trainer
    from vision_app.samples.dataset import open_samples
    from vision_app.samples.pictures import read_picture

    imports_s += time.perf_counter()
    clicked, cpu = time.perf_counter(), time.process_time()
    samples = open_samples(folder)
    seen: set[str] = set()

    def told(progress: TrainingProgress) -> None:
        if phases and progress.phase not in seen:
            seen.add(progress.phase)
            print(progress.phase, flush=True)

    base, options = find_model("efficientnet-lite0"), TrainingOptions(views=views)
    result = Trainer(samples, base, "taught", options, on_progress=told).run()
    made = time.perf_counter()
    model = load_model("taught")
    model.predict(read_picture(samples.samples[0].path))
    live = time.perf_counter()
    return {
        "imports": imports_s,
        "click to live": live - clicked,
        "load new model": live - made,
        "accuracy": result.validation_accuracy,
        "epochs": result.epochs,
        "processor": time.process_time() - cpu,
        "memory_mb": peak_memory_mb(),
        **result.timings_s,
    }


def peer(folder: Path) -> dict[str, Any]:
    """What the tutorials do: timm's efficientnet_lite0, frozen, a new linear layer, PyTorch on the CPU.

    The samples go through the backbone once and are kept in memory, which is kind: most scripts send them
    through it in every epoch. Random weights: their values do not change the time.
    """
    imports_s = -time.perf_counter()
    import timm
    import torch
    from PIL import Image

    imports_s += time.perf_counter()
    clicked, cpu = time.perf_counter(), time.process_time()
    torch.manual_seed(0)
    backbone = timm.create_model("efficientnet_lite0", pretrained=False, num_classes=0).eval()
    transform = timm.data.create_transform(**timm.data.resolve_data_config({}, model=backbone))
    paths = sorted(folder.glob("*/*.jpg"))
    labels = sorted({p.parent.name for p in paths})
    y = torch.tensor([labels.index(p.parent.name) for p in paths])
    embeddings = []
    with torch.no_grad():
        for start in range(0, len(paths), 32):
            batch = [transform(Image.open(p).convert("RGB")) for p in paths[start : start + 32]]
            embeddings.append(backbone(torch.stack(batch)))
    embedded = time.perf_counter()
    x = torch.cat(embeddings)
    order = torch.randperm(len(y))
    train = order[len(y) // 5 :]
    head = torch.nn.Linear(x.shape[1], len(labels))
    optimiser = torch.optim.AdamW(head.parameters(), lr=1e-3)
    for _ in range(PEER_EPOCHS):
        for batch in train[torch.randperm(len(train))].split(32):
            optimiser.zero_grad()
            torch.nn.functional.cross_entropy(head(x[batch]), y[batch]).backward()
            optimiser.step()
    with torch.no_grad():
        whole = torch.nn.Sequential(backbone, head)
        whole(transform(Image.open(paths[0]).convert("RGB"))[None])
    live = time.perf_counter()
    return {
        "imports": imports_s,
        "click to live": live - clicked,
        "embed": embedded - clicked,
        "processor": time.process_time() - cpu,
        "memory_mb": peak_memory_mb(),
    }


def peak_memory_mb() -> float:
    """Largest resident memory of this process so far."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure_speed(rounds: int, *, with_peer: bool) -> None:
    ways: list[tuple[str, list[str]]] = [
        ("vision_app, nothing kept", ["ours"]),
        ("vision_app, embedded while capturing", ["ours", "--warm"]),
        ("vision_app, 4 views, nothing kept", ["ours", "--views", "4"]),
        ("vision_app, 4 views, embedded while capturing", ["ours", "--views", "4", "--warm"]),
    ]
    if with_peer:
        ways.append(("PyTorch and timm, frozen backbone", ["peer"]))
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name, _ in ways}
    with tempfile.TemporaryDirectory() as place:
        folder = write_samples(Path(place) / "samples")
        for _ in range(rounds):  # in turns, so that all see the same noise
            for name, way in ways:
                runs[name].append(one_run(folder, way, Path(place)))
    print(describe_machine(), f"- {CLASSES} classes x {SAMPLES} samples of {SIZE_WH[0]} x {SIZE_WH[1]}\n")
    stages = ("load", "embed", "train", "calibrate", "write", "verify", "register", "load new model")
    rows = []
    for name, found in runs.items():

        def middle(key: str, found: list[dict[str, Any]] = found) -> str:
            values = [run[key] for run in found if key in run]
            return f"{statistics.median(values):.2f}" if values else "-"

        memory = f"{statistics.median(run['memory_mb'] for run in found):.0f}"
        rows.append(
            [
                name,
                middle("imports"),
                middle("click to live"),
                middle("processor"),
                *map(middle, stages),
                memory,
            ]
        )
    print_table(["median seconds", "imports", "click to live", "processor time", *stages, "peak MB"], rows)


def one_run(folder: Path, way: list[str], place: Path) -> dict[str, Any]:
    """One measurement in a process of its own."""
    warm = "--warm" in way
    if not warm:
        shutil.rmtree(place / "cache", ignore_errors=True)
    shutil.rmtree(place / "models", ignore_errors=True)
    variables = {"VISION_APP_MODELS": str(place / "models"), "VISION_APP_CACHE": str(place / "cache")}
    command = [sys.executable, __file__, way[0], str(folder), *way[1:]]
    if warm:  # one before, which fills what is kept
        subprocess.run(command, env={**os.environ, **variables}, capture_output=True, check=True)
        shutil.rmtree(place / "models", ignore_errors=True)
    done = subprocess.run(
        command, env={**os.environ, **variables}, capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


# accuracy -------------------------------------------------------------------------------------------------


def measure_accuracy(folder: Path, seeds: int) -> None:
    """The samples of train/ alone decide everything; val/, other people, is looked at in the end."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from vision_app.cards.lookup import find_model
    from vision_app.learn.augment import views_of
    from vision_app.learn.embedding import Embedder
    from vision_app.learn.head import LabelledEmbeddings, fit_head, of_views, refit_head
    from vision_app.learn.options import TrainingOptions
    from vision_app.samples.dataset import open_samples

    samples = open_samples(folder)
    embedder = Embedder(find_model("efficientnet-lite0"))
    embedded = embedder.embed(samples.samples, views_of(4))
    embedder.close()
    x = embedded.vectors
    y = np.array([samples.labels.index(s.label) for s in embedded.samples])
    is_val = np.array([s.split == "val" for s in embedded.samples])
    test_x, test_y = x[is_val, 0], y[is_val]
    classes, pool = len(samples.labels), np.flatnonzero(~is_val)

    def head_of(train: Any, held: Any, options: TrainingOptions) -> Any:
        views = options.views
        fit = fit_head(
            of_views(x[train, :views], y[train]), LabelledEmbeddings(x[held, 0], y[held]), classes, options
        )
        if min(np.bincount(y[np.concatenate([train, held])])) >= 10:
            return fit.head
        both = np.concatenate([train, held])
        everything = of_views(x[both, :views], y[both])
        return refit_head(everything, classes, options, fit.best_epoch, lambda *_: True)

    def right(head: Any) -> float:
        return float((head.logits(test_x).argmax(1) == test_y).mean())

    rows = []
    for count in (2, 5, 10, 20, 45):
        found: dict[str, list[float]] = {}
        for seed in range(seeds):
            generator = np.random.default_rng(seed)
            train, held = [], []
            for c in range(classes):
                chosen = generator.permutation(pool[y[pool] == c])[:count]
                split = max(1, round(0.2 * len(chosen)))
                held += list(chosen[:split])
                train += list(chosen[split:])
            a, b = np.array(train), np.array(held)
            both = np.concatenate([a, b])
            options = TrainingOptions(seed=seed)
            found.setdefault("1 view", []).append(right(head_of(a, b, options)))
            found.setdefault("4 views", []).append(right(head_of(a, b, replace(options, views=4))))
            plain, scaled = (
                LogisticRegression(max_iter=5000),
                make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000)),
            )
            for name, model in (("scikit-learn", plain), ("scikit-learn, scaled", scaled)):
                found.setdefault(name, []).append(model.fit(x[a, 0], y[a]).score(test_x, test_y))
                key = f"{name}, all samples"
                found.setdefault(key, []).append(model.fit(x[both, 0], y[both]).score(test_x, test_y))
        rows.append([count, *(f"{100 * statistics.mean(v):.1f}" for v in found.values())])
    print(f"share of {len(test_y)} samples of val/ that is right, percent, mean of {seeds} draws\n")
    print_table(["samples a class", *found], rows)
    followed = fit_head(
        LabelledEmbeddings(x[~is_val, 0], y[~is_val]),
        LabelledEmbeddings(test_x, test_y),
        classes,
        TrainingOptions(),
    )
    their = LogisticRegression(max_iter=5000).fit(x[~is_val, 0], y[~is_val])
    scaled = make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000)).fit(x[~is_val, 0], y[~is_val])
    print(
        f"\nwith train/ and val/ followed as the command does: {100 * followed.best.val_accuracy:.1f} "
        f"(val/ decides when to stop), scikit-learn {100 * their.score(test_x, test_y):.1f}, "
        f"scaled {100 * scaled.score(test_x, test_y):.1f}"
    )


# kills ----------------------------------------------------------------------------------------------------


def measure_kills(count: int) -> None:
    """Kill trainings at random instants; after each, what is there must load, run and fit its card."""
    from vision_app.cards.lookup import find_model, known_weights, sha256
    from vision_app.engine.predictors import LoadedModel

    choose = random.Random(1)
    with tempfile.TemporaryDirectory() as place:
        folder = write_samples(Path(place) / "samples")
        for path in folder.glob("*/*.jpg"):  # fewer, so that the instants lie closer
            if int(path.stem) >= 8:
                path.unlink()
        os.environ["VISION_APP_MODELS"] = f"{place}/models"
        os.environ["VISION_APP_CACHE"] = f"{place}/cache"
        command = [sys.executable, __file__, "ours", str(folder), "--phases"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        taken = json.loads(done.stdout.splitlines()[-1])
        lasts_s = {  # how long each phase lasts
            "embedding": taken["embed"],
            "training": taken["train"] + taken["calibrate"],
            "writing": taken["write"] + taken["verify"] + taken["register"],
        }
        versions, killed, card_apart = {1}, dict.fromkeys(lasts_s, 0), 0
        for _ in range(count):
            phase = choose.choice(list(lasts_s))
            if phase == "embedding" or choose.random() < 0.2:
                shutil.rmtree(f"{place}/cache", ignore_errors=True)
            with subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            ) as process:
                assert process.stdout is not None
                for line in process.stdout:
                    if line.strip() == phase:
                        break
                time.sleep(choose.uniform(0, 1.2) * lasts_s[phase])
                process.kill()
                killed[phase] += process.wait() == -signal.SIGKILL
            file = find_model("taught")
            if file.card is None:
                card_apart += 1
            else:
                assert known_weights(file.card) == (file.path.stat().st_size, sha256(file.path))
            model = LoadedModel(file, provider="cpu")
            model.warm_up((64, 48))
            versions.add(model.card.extra["training"]["version"])
        subprocess.run(command, capture_output=True, check=True)
        kept = {int(p.stem) for p in Path(f"{place}/models/.versions/taught").glob("*.onnx")}
        left = [p for p in Path(f"{place}/models").rglob("*") if "trained-" in p.name or ".part" in p.name]
    print(describe_machine(), "\n")
    print(
        f"{sum(killed.values())} of {count} runs killed (the others were faster): "
        f"{', '.join(f'{n} while {phase}' for phase, n in killed.items())}; {len(versions)} versions came to be, "
        f"{len(kept)} of them kept, the model loaded and ran after each ({card_apart} times by the card inside), "
        f"the run afterwards succeeded, {len(left)} files left over"
    )


if __name__ == "__main__":
    main()
