"""What a training says about itself: the figures are those of the model that was made."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tiny_classifiers import grid_model, write_samples
from vision_app.cards.lookup import ModelFile, find_model
from vision_app.graph import load_model, metadata_of
from vision_app.learn.options import TrainingOptions, TrainingProgress, TrainingResult
from vision_app.learn.producing import TRAINING_KEY
from vision_app.learn.training import Trainer
from vision_app.samples.dataset import open_samples

OPTIONS = TrainingOptions(epochs=30, learning_rate=0.02, monitor="val_accuracy")


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelFile]:
    monkeypatch.setenv("VISION_APP_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("VISION_APP_CACHE", str(tmp_path / "cache"))
    (tmp_path / "base").mkdir()
    yield find_model(str(grid_model(tmp_path / "base")))


def train(samples: Path, base: ModelFile, told: list[TrainingProgress] | None = None) -> TrainingResult:
    progress = None if told is None else told.append
    return Trainer(open_samples(samples), base, "mine", OPTIONS, on_progress=progress).run()


def test_the_figures_are_those_of_the_best_epoch(base: ModelFile, tmp_path: Path) -> None:
    """Half of what is held out in its own folder lies in the wrong class: it cannot be told as well as the rest."""
    samples = tmp_path / "samples"
    write_samples(samples / "train", {"red": 12, "blue": 12})
    write_samples(samples / "val", {"red": 4, "blue": 4}, first=100)
    for number in (100, 101):
        red, blue = (samples / "val" / label / f"{number:04d}.png" for label in ("red", "blue"))
        other = red.read_bytes()
        red.write_bytes(blue.read_bytes())
        blue.write_bytes(other)
    result = train(samples, base)
    best = result.history[result.best_epoch - 1]
    assert result.best_epoch < result.epochs, "it went on for a while"
    assert best.val_accuracy == max(record.val_accuracy for record in result.history)
    assert result.validation_accuracy == best.val_accuracy == 0.5
    assert result.train_accuracy == best.train_accuracy == 1.0
    assert result.validation_loss == best.val_loss


def test_every_epoch_is_told_of_with_those_before_it(base: ModelFile, tmp_path: Path) -> None:
    told: list[TrainingProgress] = []
    result = train(write_samples(tmp_path / "samples"), base, told)
    epochs = [p for p in told if p.phase == "training"]
    assert [p.history for p in epochs] == [result.history[: i + 1] for i in range(result.epochs)]


def test_result_file_and_card_have_the_same_rejection(base: ModelFile, tmp_path: Path) -> None:
    result = train(write_samples(tmp_path / "samples"), base)
    summary = json.loads(metadata_of(load_model(result.model_path), TRAINING_KEY))
    assert 0 < summary["calibration"]["reject_below"] < 1
    assert result.reject_below == summary["reject_below"] == summary["calibration"]["reject_below"]
    assert result.temperature == pytest.approx(summary["calibration"]["temperature"], abs=1e-5)
