"""What shares of right samples count is said in words, and where two of them differ, why."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.tiny_classifiers import coloured, grid_model, write_samples
from vision_app.cards.lookup import ModelFile, find_model
from vision_app.learn.accounting import counted_in_training, held_out_share, remarks_on
from vision_app.learn.advice import advise
from vision_app.learn.evaluating import Evaluation, compare, evaluate
from vision_app.learn.metrics import measure
from vision_app.learn.options import TrainingOptions, TrainingResult
from vision_app.learn.training import Trainer
from vision_app.learn.versions import version
from vision_app.samples.dataset import SampleSet, open_samples

QUICK = TrainingOptions(epochs=30, learning_rate=0.02, learn_from_all="never")


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISION_APP_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("VISION_APP_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def base(tmp_path: Path) -> ModelFile:
    (tmp_path / "base").mkdir()
    return find_model(str(grid_model(tmp_path / "base")))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_samples(tmp_path / "samples", {"red": 15, "green": 15, "grey": 15})


def with_background(root: Path) -> SampleSet:
    return replace(open_samples(root), background="grey")


def train(samples: SampleSet, base: ModelFile, options: TrainingOptions = QUICK) -> TrainingResult:
    return Trainer(samples, base, "mine", options).run()


def add(root: Path, folder: str, colour: str, count: int) -> None:
    """Pictures of a colour that are said to be of a class."""
    for number in range(count):
        cv2.imwrite(str(root / folder / f"later-{number}.png"), coloured(colour, 900 + number))


def words(found: Evaluation) -> str:
    return "\n".join(found.remarks)


def test_the_words_on_unknown_are_the_column_of_the_matrix(root: Path, base: ModelFile) -> None:
    train(with_background(root), base)
    found = evaluate(find_model("mine"), with_background(root))
    m = found.metrics
    assert m.background_unknown > 0 == m.real_unknown, "the case that was told as 0.0 % beside a full column"
    assert m.real_unknown + m.background_unknown == sum(
        len(found.cell(i, None)) for i in range(len(found.labels))
    )
    assert m.real_count + m.background_count == m.count
    assert f"{m.real_unknown} of the {m.real_count} samples of real classes" in words(found)
    of = f"Of the {m.background_count} samples of 'grey' {m.background_unknown} were called unknown"
    assert of in words(found)
    record = found.to_json()
    assert (record["real_unknown"], record["background_unknown"]) == (m.real_unknown, m.background_unknown)


def test_the_same_samples_need_no_reason(root: Path, base: ModelFile) -> None:
    train(open_samples(root), base)
    assert "Its training told" not in words(evaluate(find_model("mine"), open_samples(root)))


def test_samples_that_came_later_are_the_reason(root: Path, base: ModelFile) -> None:
    result = train(open_samples(root), base)
    assert result.validation_accuracy is not None
    count, right = (
        result.validation_samples,
        round(result.validation_accuracy * result.validation_samples),
    )
    add(root, "red", "green", 2)
    found = evaluate(find_model("mine"), open_samples(root))
    assert found.metrics.count == count + 2
    told = f"Its training told {100 * result.validation_accuracy:.1f} %: {right} of the {count} samples"
    assert told in words(found)
    assert f"{right} of {count} of them are right here." in words(found)
    assert "2 others count here, taken or changed since: 0 right." in words(found)
    assert "do not count here" not in words(found)


def test_samples_that_went_are_the_reason(root: Path, base: ModelFile) -> None:
    train(open_samples(root), base)
    gone = evaluate(find_model("mine"), open_samples(root)).judged[0].path
    gone.unlink()
    found = evaluate(find_model("mine"), open_samples(root))
    assert "1 of them do not count here: deleted" in words(found)
    assert "others count here" not in words(found)


def test_a_model_that_learnt_from_the_held_out_ones_says_so(root: Path, base: ModelFile) -> None:
    result = train(open_samples(root), base, replace(QUICK, learn_from_all="always"))
    assert "has its weights" not in " ".join(result.advice)
    assert "on all of them" in " ".join(result.advice)
    add(root, "red", "red", 3)
    found = evaluate(find_model("mine"), open_samples(root))
    assert found.metrics.count == 3
    assert "It has learnt from those as well in the end" in words(found)


def test_a_model_of_before_does_not_know_which_samples_those_were() -> None:
    metrics = measure(np.eye(2, dtype=np.float32), np.array([0, 1]), ["a", "b"])
    training = {"validation_accuracy": 0.5, "validation_samples": 4}
    (line,) = remarks_on(metrics, training, [(False, True)] * 2, says_unknown=False)
    assert line.startswith("Its training told 50.0 %: 2 of the 4 samples")
    assert "moved or deleted since" in line
    assert remarks_on(metrics, {}, [(False, True)] * 2, says_unknown=False) == ()
    assert held_out_share({"validation_accuracy": 0.5}) == "50.0 % of those held out"
    assert held_out_share({}) is None


def test_the_list_of_versions_tells_of_how_many(root: Path, base: ModelFile) -> None:
    result = train(open_samples(root), base)
    assert held_out_share(version("mine", 1).training) == f"100.0 % of {result.validation_samples} held out"


def test_a_comparison_says_what_was_compared(root: Path, base: ModelFile) -> None:
    train(open_samples(root), base)
    train(open_samples(root), base)
    sides = [evaluate(find_model(name), open_samples(root)) for name in ("mine@1", "mine@2")]
    count = sides[0].metrics.count
    basis = compare(*sides, ("mine@1", "mine@2")).basis
    assert f"Of the same {count} samples mine@1 has {count} right and mine@2 {count}" in basis
    assert "Neither has learnt from any of them." in basis
    leaking = [
        evaluate(find_model(name), open_samples(root), part="all", threads=1) for name in ("mine@1", "mine@2")
    ]
    learnt = len(leaking[0].judged) - count
    assert f"mine@1 has learnt from {learnt} of them" in compare(*leaking, ("mine@1", "mine@2")).basis


def test_a_training_says_how_it_counts_unknown(root: Path, base: ModelFile) -> None:
    result = train(with_background(root), base)
    (line,) = counted_in_training(result)
    assert "called unknown or not" in line
    assert counted_in_training(replace(result, reject_below=None, background=None)) == ()
    assert "has its weights" in " ".join(
        advise(result.history, result.best_epoch, result.stopped_because, QUICK)
    )
