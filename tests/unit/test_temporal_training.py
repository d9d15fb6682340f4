"""From movements in a store to a model that runs; what cannot be learnt from is said in one sentence."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.temporal_examples import LABELS, path_of, store_of
from vision_app.cancelling import CancelledError
from vision_app.cards.lookup import find_model
from vision_app.cli import main
from vision_app.errors import ConfigError, TrainingError
from vision_app.learn.versions import roll_back, versions
from vision_app.runtime import Session
from vision_app.sequences.model import SequenceModel, sequence_input
from vision_app.sequences.sequence import Sequence
from vision_app.temporal.heads import HeadKind
from vision_app.temporal.options import TRAINING, TemporalOptions
from vision_app.temporal.training import MovementTrainer, features_for

QUICK = replace(TRAINING, epochs=30, width=16)


@pytest.fixture(autouse=True)
def _own_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISION_APP_MODELS", str(tmp_path / "models"))


def loaded(name: str) -> SequenceModel:
    file = find_model(name)
    assert file.card is not None
    return SequenceModel(Session(file.path, "cpu"), file.card)


def held_out(rate_hz: float, seed: int = 99) -> list[Sequence]:
    random = np.random.default_rng(seed)
    paths = [(label, path_of(label, random, rate_hz)) for label in LABELS for _ in range(5)]
    return [Sequence(p, np.arange(len(p)) / rate_hz, np.ones(len(p), bool), label) for label, p in paths]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["gru", "cnn"])
def test_a_model_over_time_is_trained_and_runs(tmp_path: Path, kind: HeadKind) -> None:
    movements = store_of(tmp_path, 10)
    told = []
    trainer = MovementTrainer(
        movements, "table:2", "moves", TemporalOptions(head=kind, training=QUICK), on_progress=told.append
    )
    result = trainer.run()
    assert result.labels == LABELS and result.background == "rest"
    assert result.model_path.is_file() and result.version == 1
    assert {p.phase for p in told} == {"training", "writing"}
    shares = [p.share for p in told]
    assert shares == sorted(shares) and shares[-1] == 1.0 > shares[0]
    assert result.train_samples + result.validation_samples == 40
    assert result.to_json()["over_time"] == kind
    model = loaded("moves")
    spec = sequence_input(model.card)
    assert spec is not None and (spec.features, spec.rate_hz) == ("table:2", 15.0)
    right = 0
    for rate_hz in (15.0, 30.0, 60.0):
        for one in held_out(rate_hz):
            right += model.labels[int(model.whole(one).probabilities.argmax())] == one.label
    assert right >= 54  # of 60


def test_the_rate_of_the_camera_does_not_matter(tmp_path: Path) -> None:
    movements = store_of(tmp_path, 10)
    MovementTrainer(movements, "table:2", "moves", TemporalOptions(training=QUICK)).run()
    model = loaded("moves")
    fine = [one for one in held_out(60.0) if one.label != "rest"]
    for one in fine:
        answers = [
            model.whole(
                replace(one, values=one.values[::k], times_s=one.times_s[::k], present=one.present[::k])
            )
            for k in (1, 2, 4)
        ]
        for other in answers[1:]:
            np.testing.assert_allclose(other.probabilities, answers[0].probabilities, atol=0.05)


def test_the_same_seed_gives_the_same_model_and_versions_are_kept(tmp_path: Path) -> None:
    movements = store_of(tmp_path, 4)
    options = TemporalOptions(training=replace(QUICK, epochs=4))
    first = MovementTrainer(movements, "table:2", "moves", options).run()
    one = held_out(30.0)[0]
    before = loaded("moves").whole(one).probabilities
    second = MovementTrainer(movements, "table:2", "moves", options).run()
    assert (first.version, second.version) == (1, 2)
    np.testing.assert_array_equal(loaded("moves").whole(one).probabilities, before)
    assert [v.number for v in versions("moves")] == [2, 1]
    roll_back("moves", 1)
    assert loaded("moves").card.extra["training"]["version"] == 1


def test_all_is_learnt_from_where_there_is_little(tmp_path: Path) -> None:
    options = TemporalOptions(training=replace(QUICK, epochs=3))
    result = MovementTrainer(store_of(tmp_path, 4), "table:2", "moves", options).run()
    assert result.learnt_from_all
    never = replace(options, training=replace(options.training, learn_from_all="never"))
    assert not MovementTrainer(store_of(tmp_path, 4), "table:2", "moves", never).run().learnt_from_all


def test_it_can_be_cancelled_and_stopped(tmp_path: Path) -> None:
    movements = store_of(tmp_path, 4)
    trainer = MovementTrainer(movements, "table:2", "moves", on_progress=lambda _: trainer.cancel())
    with pytest.raises(CancelledError):
        trainer.run()
    assert not (tmp_path / "models" / "moves.onnx").exists()
    stopped = MovementTrainer(movements, "table:2", "moves", on_progress=lambda _: stopped.stop())
    result = stopped.run()
    assert (result.epochs, result.stopped_because) == (1, "stopped")


def test_one_class_and_one_sequence_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="only one class, 'swipe'"):
        MovementTrainer(store_of(tmp_path, 4, ("swipe",), idle=None), "table:2", "m").check()
    with pytest.raises(
        TrainingError, match="'rest', 'clockwise', 'counter' and 'swipe' have one sample only"
    ):
        MovementTrainer(store_of(tmp_path / "b", 1), "table:2", "m").check()


def test_without_an_idle_class_it_says_so(tmp_path: Path) -> None:
    movements = store_of(tmp_path, 4, LABELS[1:3], idle=None)
    options = TemporalOptions(training=replace(QUICK, epochs=2))
    result = MovementTrainer(movements, "table:2", "m", options).run()
    assert any("there is no idle class" in w for w in result.warnings)


def test_the_base_must_have_been_recorded(tmp_path: Path) -> None:
    movements = store_of(tmp_path, 2)
    assert features_for(movements, None) == features_for(movements, "table") == "table:2"
    with pytest.raises(TrainingError, match=r"recorded for table:2; 'hands' cannot be made of them"):
        features_for(movements, "hands")


def test_what_cannot_be_mirrored_is_refused(tmp_path: Path) -> None:
    options = TemporalOptions(training=replace(QUICK, flip=True))
    with pytest.raises(TrainingError, match="nobody knows how to mirror table:2"):
        MovementTrainer(store_of(tmp_path, 4), "table:2", "m", options).check()


def test_options_that_mean_nothing_are_refused() -> None:
    with pytest.raises(ConfigError, match="--over-time must be one of gru"):
        TemporalOptions(head="bert")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="rate_hz must be a number from 5 to 60"):
        TemporalOptions(rate_hz=1)
    with pytest.raises(ConfigError, match=r"--width of a transformer must be a multiple of 4.*got 50"):
        TemporalOptions(head="transformer", training=replace(TRAINING, width=50))


def test_the_command_trains_and_says_what_does_not_fit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = str(store_of(tmp_path, 4).root)
    command = ["train", "--over-time", "lstm", "--samples", store, "--name", "moves"]
    assert main([*command, "--epochs", "2", "--width", "8", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["over_time"], said["base"], said["version"]) == ("lstm", "table:2", 1)
    assert (said["options"]["epochs"], said["options"]["width"]) == (2, 8)
    assert loaded("moves").input.form == "step"
    assert main([*command, "--epochs", "2"]) == 0
    assert "moves: version 2, 4 classes on table:2" in capsys.readouterr().out
    assert main([*command, "--views", "4"]) == 2
    assert "--views is for pictures; leave it out with --over-time" in capsys.readouterr().err
    assert main([*command, "--base", "hands"]) == 2
    assert "were recorded for table:2" in capsys.readouterr().err
