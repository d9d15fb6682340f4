"""Makes the shipped sketch networks from nothing: `python -m sketches.make FOLDER`.

    pip install -e '.[cpu,train,dev]'
    PYTHONPATH=tools:training python -m sketches.make FOLDER [--part detector|classifiers|ship] [--photos FOLDER ...]

FOLDER keeps scenes, checkpoints and logs: the detector goes on where it was cut off, what is done is not done again.
`ship` exports, rounds the detector to 8 bits, measures everything with the program itself and writes `models/`. Two
cores need an hour and a quarter. The photos, without signs in them, are only for counting false alarms.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import torch
from shipping import sha256_of, tidy, write_card
from torch import nn

from sketches import train_classifiers, train_detector
from sketches.classifiers import CLASSIFIERS
from sketches.crops import SIDE
from sketches.detector import SketchYolo
from sketches.export import (
    DETECTOR,
    DETECTOR_SIDE,
    MAKER,
    classifier_card,
    detector_card,
    write_classifier,
    write_detector,
)
from sketches.judging import precision_of
from sketches.measuring import (
    accuracy_in_trials,
    alarms_in,
    as_table,
    found_in,
    milliseconds,
    opened,
    pictures_in,
    read_json,
    recall_at,
)
from sketches.scene import Scene
from sketches.scenes import Part, SceneSet
from sketches.signs import LABELS
from vision_app.cards.card import ModelCard, load_card
from vision_app.quantise.network import Network
from vision_app.resources import models_dir
from vision_app.results.values import FloatArray

INT8 = f"{DETECTOR}-int8"
TEST_SCENES, CALIBRATION_SCENES = 2000, 256
_CALIBRATION_FIRST = 2_000_000
_LAYERS_IN_FLOAT = 3
MOST_POINTS_LOST = 1.0


def trained_detector(folder: Path) -> SketchYolo:
    """The best weights of a training."""
    network = SketchYolo(len(LABELS))
    network.load_state_dict(torch.load(folder / "best.pt", weights_only=True))
    network.eval()
    return network


def trained_classifier(name: str, folder: Path) -> nn.Module:
    """The best weights of a training."""
    network = CLASSIFIERS[name](len(LABELS))
    network.load_state_dict(torch.load(folder / f"{name}.pt", weights_only=True))
    return network.eval()


def detector_facts(path: Path, scenes: Sequence[Scene], photos: Sequence[Path]) -> dict[str, Any]:
    """Precision on the scenes of the test, and what is found at the card's threshold there and in photos."""
    conf = load_card(path.with_suffix(".json")).output.conf
    assert conf is not None
    found = found_in(path, scenes)
    recall, right = recall_at(scenes, found, conf)
    facts: dict[str, Any] = {
        "scenes": len(scenes),
        **as_table(precision_of(scenes, found)),
        "recall": round(100 * recall, 2),
        "precision": round(100 * right, 2),
    }
    if photos:
        facts |= {"photos": len(photos), "false_alarms": round(len(alarms_in(path, photos)) / len(photos), 3)}
    return facts


def quantise(source: Path, target: Path, tensors: Sequence[FloatArray]) -> None:
    """Write the 8-bit detector; the first layers, which see three channels only, stay in float."""
    with tempfile.TemporaryDirectory() as name:
        network = Network(source, lambda: iter(tensors), Path(name))
        network.write(target, list(network.layers)[:_LAYERS_IN_FLOAT])
    tidy(target, MAKER)


def calibration_tensors(path: Path, folder: Path) -> list[FloatArray]:
    """Inputs of scenes that were not trained on."""
    model = opened(path)
    scenes = SceneSet(Part("train", _CALIBRATION_FIRST, CALIBRATION_SCENES), folder)
    return [model.prepare(scene.image)[0].copy() for scene in scenes]


def ship_detector(folder: Path, out: Path, photos: Sequence[Path]) -> None:
    """Export, round to 8 bits, measure, and write both with their cards.

    Raises:
        SystemExit: rounding loses more than a point.
    """
    network, log = trained_detector(folder), read_json(folder / "log.json")
    fp32, int8 = out / f"{DETECTOR}.onnx", out / f"{INT8}.onnx"
    training = training_facts(DETECTOR, log)
    write_detector(network, fp32)
    card = detector_card(network, {}, training)
    write_card(card, fp32)
    quantise(fp32, int8, calibration_tensors(fp32, folder))
    write_card(_as_int8(card), int8)
    scenes = list(SceneSet(Part("shifted", 0, TEST_SCENES), folder))
    facts = {path: detector_facts(path, scenes, photos) for path in (fp32, int8)}
    times = milliseconds((fp32, int8), (1, 3, DETECTOR_SIDE, DETECTOR_SIDE))
    for path, ms in zip((fp32, int8), times, strict=True):
        facts[path]["ms_one_thread"] = round(ms, 2)
        print(path.name, json.dumps(facts[path]))
    lost = facts[fp32]["map50"] - facts[int8]["map50"]
    if lost > MOST_POINTS_LOST:
        raise SystemExit(f"refused: 8 bits lose {lost:.2f} points of mAP50")
    write_card(detector_card(network, facts[fp32], training), fp32)
    write_card(_as_int8(detector_card(network, facts[int8], training)), int8)
    _log_beside(out, DETECTOR, log)


def _as_int8(card: ModelCard) -> ModelCard:
    notes = f"{DETECTOR} in whole numbers of 8 bits, calibrated on scenes that it was not trained on. {card.notes}"
    return replace(card, name=INT8, title=f"{card.title} INT8", notes=notes)


def ship_classifiers(folder: Path, out: Path, names: Sequence[str]) -> None:
    """Export, measure, and write them with their cards."""
    paths = [out / f"{name}.onnx" for name in names]
    networks = {name: trained_classifier(name, folder) for name in names}
    logs = {name: read_json(folder / f"{name}-log.json") for name in names}
    for path in paths:
        write_classifier(networks[path.stem], path)
        write_card(_card(path.stem, networks, logs, {}), path)
    times = milliseconds(paths, (1, 3, SIDE, SIDE))
    for path, ms in zip(paths, times, strict=True):
        accuracy = {k: round(100 * v, 2) for k, v in accuracy_in_trials(path).items()}
        measured = {**accuracy, "ms_one_thread": round(ms, 3)}
        print(path.name, json.dumps(measured))
        write_card(_card(path.stem, networks, logs, measured), path)
        _log_beside(out, path.stem, logs[path.stem])


def _card(
    name: str, networks: Mapping[str, nn.Module], logs: Mapping[str, Any], measured: dict[str, Any]
) -> ModelCard:
    return classifier_card(name, networks[name], measured, training_facts(name, logs[name]))


def training_facts(name: str, log: dict[str, Any]) -> dict[str, Any]:
    """What the card says of the training of a network."""
    score = "map50" if name == DETECTOR else "accuracy"
    epochs = log["epochs"]
    best = max(epochs, key=lambda row: row[score])
    return {
        "seed": log["recipe"]["seed"],
        "epochs": len(epochs),
        "best_epoch": best["epoch"],
        "validation": best[score],
        "minutes": round(sum(row["seconds"] for row in epochs) / 60, 1),
        "log": f"training/{name}.json",
    }


def _log_beside(out: Path, name: str, log: dict[str, Any]) -> None:
    log = {**log, "torch": torch.__version__, "processor": platform.processor() or platform.machine()}
    (out / "training" / f"{name}.json").write_text(json.dumps(log, indent=1) + "\n", encoding="utf-8")


def ship(folder: Path, out: Path, photos: Sequence[Path]) -> None:
    """Export and measure all, and replace what is shipped once everything is well."""
    with tempfile.TemporaryDirectory() as name:
        made = Path(name)
        (made / "training").mkdir()
        ship_detector(folder, made, photos)
        ship_classifiers(folder, made, list(CLASSIFIERS))
        for path in [p for p in made.rglob("*") if p.is_file()]:
            target = out / path.relative_to(made)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    for path in sorted(out.glob("sketch-*.onnx")):
        print(
            f"| `{path.name}` | {path.stat().st_size} | `{sha256_of(path)}` | `training/sketches/make.py` |"
        )


def main() -> None:
    """Make all, or a part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--part", choices=("detector", "classifiers", "ship"), help="only this part")
    parser.add_argument("--photos", nargs="*", type=Path, default=[], help="folders of photos without signs")
    parser.add_argument("--out", type=Path, default=models_dir(), help="where the models are written")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    cv2.setNumThreads(1)
    if given.part in (None, "detector"):
        train_detector.train(train_detector.Recipe(seed=given.seed), given.folder)
    if given.part in (None, "classifiers"):
        for name in [n for n in CLASSIFIERS if not (given.folder / f"{n}.pt").is_file()]:
            train_classifiers.train(name, train_classifiers.Recipe(seed=given.seed), given.folder)
    if given.part in (None, "ship"):
        ship(given.folder, given.out, pictures_in(given.photos))


if __name__ == "__main__":
    main()
