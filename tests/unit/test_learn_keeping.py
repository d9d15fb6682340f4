"""A new version stays only when it is better on what neither has learnt from; else the older one is in use again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.tiny_classifiers import grid_model, write_samples
from vision_app.cards.lookup import find_model
from vision_app.cards.versions import current_version
from vision_app.cli import main
from vision_app.learn.keeping import keep_if_better
from vision_app.learn.options import TrainingOptions
from vision_app.learn.training import Trainer
from vision_app.samples.dataset import SampleSet, open_samples

GOOD = TrainingOptions(epochs=60, learning_rate=0.05, learn_from_all="never", patience=60)


@pytest.fixture
def samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SampleSet:
    monkeypatch.setenv("VISION_APP_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("VISION_APP_CACHE", str(tmp_path / "cache"))
    grid_model(tmp_path)
    return open_samples(write_samples(tmp_path / "samples", {"red": 60, "green": 60, "blue": 60}))


def trained(samples: SampleSet, options: TrainingOptions) -> None:
    base = find_model(str(samples.root.parent / "grid.onnx"))
    Trainer(samples, base, "mine", options).run()


def confused(samples: SampleSet) -> SampleSet:
    """Other pictures, those of red and green in each other's folder."""
    root = write_samples(samples.root.parent / "confused", {"red": 40, "green": 40, "blue": 40}, first=500)
    (root / "red").rename(root / "x")
    (root / "green").rename(root / "red")
    (root / "x").rename(root / "green")
    return open_samples(root)


def trained_badly(samples: SampleSet) -> None:
    base = find_model(str(samples.root.parent / "grid.onnx"))
    Trainer(confused(samples), base, "mine", GOOD).run()


def test_a_better_version_stays(samples: SampleSet) -> None:
    trained_badly(samples)
    trained(samples, GOOD)
    decision = keep_if_better("mine", 1, 2, samples)
    assert decision.kept, decision.reason
    assert decision.reason.startswith("kept: mine@2 is better than mine@1")
    assert "McNemar" in decision.reason
    assert current_version("mine") == 2


def test_a_worse_one_and_an_equal_one_go(samples: SampleSet) -> None:
    trained(samples, GOOD)
    for number in (2, 3):
        if number == 2:
            trained_badly(samples)
        else:
            trained(samples, GOOD)
        decision = keep_if_better("mine", 1, number, samples)
        assert not decision.kept
        assert decision.reason.startswith("version 1 stays in use: ")
        assert current_version("mine") == 1


def test_one_that_knows_another_class_stays(samples: SampleSet) -> None:
    trained(samples, GOOD)
    write_samples(samples.root, {"grey": 30})
    more = open_samples(samples.root)
    trained(more, GOOD)
    decision = keep_if_better("mine", 1, 2, more)
    assert (decision.kept, decision.comparison) == (True, None)
    assert "it knows 'grey', which version 1 does not" in decision.reason


def test_on_the_command_line(samples: SampleSet, capsys: pytest.CaptureFixture[str]) -> None:
    base = str(samples.root.parent / "grid.onnx")
    command = [
        "train",
        "--samples",
        str(samples.root),
        "--base",
        base,
        "--name",
        "mine",
        "--json",
        "--if-better",
    ]
    assert main([*command, "--lr", "0.05"]) == 0
    assert "kept" not in json.loads(capsys.readouterr().out)  # there was none before
    assert main([*command, "--lr", "0.0000001", "--epochs", "1"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["kept"] is False
    assert "stays in use" in record["kept_because"]
    assert current_version("mine") == 1
