"""How good a model over time is: confusion, and what is reported of a stream."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.movement_examples import movement
from tests.temporal_examples import LABELS, store_of
from vision_app.cards.lookup import find_model
from vision_app.cli import main
from vision_app.errors import SampleError
from vision_app.results.movements import MovementEvent
from vision_app.samples.movements import open_movements
from vision_app.samples.sample import new_movement
from vision_app.samples.store import SampleStore
from vision_app.temporal.evaluating import Reported, Stream, Truth, evaluate_movements, matched
from vision_app.temporal.options import TRAINING, TemporalOptions
from vision_app.temporal.training import MovementTrainer


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Models with one that knows circles and swipes."""
    folder = tmp_path_factory.mktemp("evaluated")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("VISION_APP_MODELS", str(folder / "models"))
        options = TemporalOptions(head="gru", training=replace(TRAINING, epochs=40, width=24))
        MovementTrainer(store_of(folder, 12), "table:2", "moves", options).run()
    return folder


@pytest.fixture(autouse=True)
def _models(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISION_APP_MODELS", str(folder / "models"))


def test_movements_by_themselves_and_as_a_stream(tmp_path: Path) -> None:
    made = evaluate_movements(find_model("moves"), store_of(tmp_path, 6, seed=7))
    assert (made.metrics.count, made.part, made.left_out) == (24, "all", 0)
    assert made.metrics.accuracy >= 0.9
    assert made.metrics.confusion.sum() == 24
    events = made.events
    assert events.movements == 18
    assert events.recall is not None and events.recall >= 0.75
    assert events.precision is not None and events.precision >= 0.75
    assert events.delay_s is not None and events.delay_s <= 0.6  # with the way to rest


def test_what_was_learnt_from_is_left_out(folder: Path) -> None:
    made = evaluate_movements(find_model("moves"), open_movements(folder / "store"))
    assert made.part == "held-out"
    assert made.left_out + made.metrics.count == 48
    every = evaluate_movements(find_model("moves"), open_movements(folder / "store"), "all")
    assert every.metrics.count == 48
    assert any("learnt from" in notice for notice in every.notices)


def test_the_command_prints_the_confusion_and_the_stream(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = str(store_of(tmp_path, 3, seed=8).root)
    command = ["evaluate", "--model", "moves", "--samples", store]
    assert main(command) == 0
    said = capsys.readouterr().out
    assert "is \\ said" in said and "as a stream of" in said and "moves: " in said
    assert all(label in said for label in LABELS)
    assert main([*command, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["events"]["movements"] == 9
    assert set(record["events"]) >= {"precision", "recall", "delay_s", "false_a_minute"}
    assert main([*command, "--report", "x.html"]) == 2
    assert "--report is for pictures; moves is a model of movements" in capsys.readouterr().err


def test_movements_of_other_features_are_refused(tmp_path: Path) -> None:
    with SampleStore.open(tmp_path / "hands") as store:
        store.add(new_movement("swipe", "one", movement()))
    with pytest.raises(SampleError, match="was recorded with hands; the model takes 'table:2'"):
        evaluate_movements(find_model("moves"), open_movements(tmp_path / "hands"))


def _report(label: str, start_s: float, end_s: float, at_s: float) -> Reported:
    return Reported(MovementEvent(label, start_s, end_s, 0.9), at_s)


def test_reports_are_matched_once_by_class_and_time() -> None:
    truths = [Truth("a", 1, 2), Truth("b", 3, 4), Truth("a", 5, 6)]
    reported = [
        _report("a", 1.1, 1.9, 2.1),
        _report("a", 1.8, 2.2, 2.3),  # once more
        _report("a", 3.1, 3.9, 4.0),  # the other class
        _report("b", 8, 9, 9.1),  # nothing was there
    ]
    made = matched(truths, reported, 60)
    assert (made.movements, made.reported, made.found) == (3, 4, 1)
    assert made.precision == 0.25 and made.recall == pytest.approx(1 / 3)
    assert made.delays_s == (pytest.approx(0.1),)
    assert made.to_json()["false_a_minute"] == 3.0
    nothing = matched([], [], 0.0)
    assert (nothing.precision, nothing.recall, nothing.delay_s) == (None, None, None)


def test_a_stream_goes_on_where_the_recording_before_ended() -> None:
    stream = Stream("hands")
    one = movement()
    stream.add(one, "wave")
    stream.add(None, "")
    stream.add(one, "nod")
    first, second = stream.truths
    assert (first.label, second.label) == ("wave", "nod")
    assert second.start_s - first.end_s == pytest.approx(0.8 + 1 / 30)
    assert len(stream.sequence()) == 2 * len(one)
    stream.add(one, "nod")
    joined = stream.sequence()
    assert len(joined) == 3 * len(one) + 7
    paths = joined.values[:, -5:-3]  # of the palm
    assert np.abs(np.diff(paths, axis=0)).max() < 1.0
