"""The loop over epochs of a head over time: what decides, what counts, what ends it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from vision_app.errors import TrainingError
from vision_app.learn.options import EpochRecord
from vision_app.temporal.augmenting import Changes
from vision_app.temporal.batches import Batch, scale_of
from vision_app.temporal.fitting import clip, fit, refit
from vision_app.temporal.options import TRAINING, TemporalOptions

PLAIN = Changes(speed=0, warp=0, shift=0, scale=0, jitter=0, drop=0, context=0)
QUICK = TemporalOptions(
    head="mlp", training=replace(TRAINING, epochs=12, width=8, dropout=0.0), changes=PLAIN
)


def _batch(counts: tuple[int, ...], apart: float = 2.0, seed: int = 0) -> Batch:
    """Classes whose mean differs, so many of each."""
    random = np.random.default_rng(seed)
    y = np.repeat(np.arange(len(counts)), counts)
    values = random.normal(size=(len(y), 6, 2)).astype(np.float32) + apart * y[:, None, None]
    real = np.ones(values.shape[:2], bool)
    return Batch(values.astype(np.float32), real, real, y)


def _options(**training: object) -> TemporalOptions:
    return replace(QUICK, training=replace(QUICK.training, **training))  # type: ignore[arg-type]


def test_it_learns_and_gives_the_weights_of_the_best_epoch() -> None:
    train, held_out = _batch((30, 30)), _batch((20, 20), seed=1)
    made = fit(train, held_out, 2, QUICK)
    best = min(made.history, key=lambda r: r.val_loss)
    assert made.best_epoch == best.epoch and made.best is best
    assert best.val_accuracy > 0.9
    right = made.head.logits(held_out).argmax(1) == held_out.y
    assert right.mean() == pytest.approx(best.val_accuracy)
    log_p = np.log(made.head.probabilities(held_out)[np.arange(40), held_out.y])
    assert -log_p.mean() == pytest.approx(best.val_loss, rel=1e-4)


def test_held_out_sequences_are_judged_in_a_stream_too() -> None:
    train, held_out = _batch((30, 30)), _batch((20, 20), seed=1)
    options = replace(_options(width=6), head="gru", changes=replace(PLAIN, context=0.3))
    made = fit(train, held_out, 2, options)
    log_p = np.log(made.head.probabilities(held_out)[np.arange(40), held_out.y])
    assert made.best.val_loss > -log_p.mean() + 1e-3  # what comes before makes it harder


def test_it_stops_when_waiting_is_no_longer_worth_it() -> None:
    held_out = _batch((20, 20), seed=1)
    held_out = replace(held_out, y=1 - held_out.y)  # it can only become worse
    made = fit(_batch((30, 30)), held_out, 2, _options(patience=3, epochs=50))
    assert made.stopped_because == "early-stopping"
    assert len(made.history) == made.best_epoch + 3


def test_it_stops_when_asked_and_tells_of_each_epoch() -> None:
    told: list[tuple[int, int]] = []

    def until(record: EpochRecord, best: int) -> bool:
        told.append((record.epoch, best))
        return record.epoch < 3

    made = fit(_batch((10, 10)), None, 2, QUICK, until)
    assert made.stopped_because == "stopped" and [epoch for epoch, _ in told] == [1, 2, 3]
    assert math.isnan(made.best.val_loss) and told[-1][1] == made.best_epoch


def test_classes_count_alike_unless_they_are_not_to() -> None:
    train = _batch((95, 5), apart=0.7)
    asked = _batch((50, 50), apart=0.7, seed=1)
    found = {}
    for kind in ("balanced", "none"):
        head = fit(train, None, 2, _options(class_weights=kind, epochs=40)).head
        found[kind] = float((head.logits(asked).argmax(1) == 1).mean())
    assert found["balanced"] > found["none"] + 0.1


@pytest.mark.parametrize(("schedule", "last"), [("cosine", 0.1), ("constant", 1.0)])
def test_the_learning_rate_rises_first_and_then_follows_its_schedule(schedule: str, last: float) -> None:
    made = fit(_batch((80, 80)), None, 2, _options(schedule=schedule))
    rates = [r.learning_rate / TRAINING.learning_rate for r in made.history]
    assert rates[0] < 0.5 < max(rates)
    assert rates[-1] == pytest.approx(last, abs=0.1)


def test_an_lstm_learns_at_twice_the_rate() -> None:
    options = _options(schedule="constant", epochs=4)
    rates = [
        fit(_batch((80, 80)), None, 2, replace(options, head=kind)).history[-1].learning_rate  # type: ignore[arg-type]
        for kind in ("gru", "lstm")
    ]
    assert rates == [TRAINING.learning_rate, 2 * TRAINING.learning_rate]


def test_a_learning_rate_that_is_too_high_is_said() -> None:
    train = _batch((10, 10))
    train = replace(train, values=train.values * np.float32(1e20))
    train.values[0] = np.inf
    with (
        np.errstate(all="ignore"),
        pytest.raises(TrainingError, match=r"the training came apart.*lower --lr"),
    ):
        fit(train, None, 2, _options(epochs=2))


def test_all_is_learnt_from_for_as_many_epochs_as_were_the_best() -> None:
    told: list[int] = []
    head = refit(_batch((20, 20)), 2, QUICK, 5, lambda record, _: told.append(record.epoch) is None)
    assert told == [1, 2, 3, 4, 5]
    asked = _batch((20, 20), seed=1)
    assert (head.logits(asked).argmax(1) == asked.y).mean() > 0.8


def test_long_gradients_are_shortened_all_alike() -> None:
    gradients = {"a": np.array([3.0, 0.0]), "b": np.array([[4.0]])}
    clip(gradients)
    np.testing.assert_allclose(gradients["a"], [0.6, 0])
    np.testing.assert_allclose(gradients["b"], [[0.8]])
    clip(gradients)
    np.testing.assert_allclose(gradients["b"], [[0.8]])


def test_rows_that_were_not_seen_do_not_count_in_the_scale() -> None:
    batch = _batch((4, 4))
    seen = batch.present.copy()
    seen[0] = False
    values = batch.values.copy()
    values[0] = 1e6
    scale = scale_of(replace(batch, values=values, present=seen))
    assert np.abs(scale.mean).max() < 10
    nothing = scale_of(replace(batch, present=np.zeros_like(seen)))
    np.testing.assert_allclose(nothing.mean, batch.values.mean((0, 1)), rtol=1e-5)
