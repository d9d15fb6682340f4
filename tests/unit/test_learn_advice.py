"""What the user is told after a training, for curves of known shape."""

from __future__ import annotations

import math

import pytest

from vision_app.learn.advice import advise, needed_patience, noise
from vision_app.learn.options import EpochRecord, TrainingOptions


def told(losses: list[float], reason: str = "early-stopping", **options) -> str:
    history = [EpochRecord(i, 0.1, 1.0, loss, 0.9, 1e-3) for i, loss in enumerate(losses, start=1)]
    best = min(range(len(losses)), key=lambda i: losses[i]) + 1
    return " ".join(advise(history, best, reason, TrainingOptions(**options)))


def fall(start: float, end: float, count: int) -> list[float]:
    return [start + (end - start) * i / (count - 1) for i in range(count)]


def test_it_says_why_and_which_epoch():
    text = told([1.0, 0.5, 0.4, 0.45, 0.46, 0.47], patience=3)
    assert "after epoch 6" in text
    assert "for 3 epochs in a row" in text
    assert "best was epoch 3 (validation loss 0.4000)" in text
    assert "Patience 3 looks right" in text


def test_still_improving_when_stopped():
    text = told([1.0, 0.5, *fall(0.4, 0.3995, 6)], patience=5, min_delta=0.01)
    assert "too small" in text
    assert "still improving" in text


def test_noise_larger_than_min_delta():
    wave = [0.5 + 0.05 * (-1) ** i - 0.004 * i for i in range(8)]
    text = told([1.0, 0.7, 0.40, *wave], patience=8, min_delta=0.001)
    assert "too small" in text
    assert "up and down" in text


def test_wasted_epochs():
    text = told([1.0, 0.5, 0.4, *fall(0.45, 2.0, 30)], patience=30)
    assert "too large" in text
    assert "last 30 of 33 epochs" in text
    assert "patience of 3 " in text


def test_all_epochs_used_up():
    assert "still improving" in told(fall(1.0, 0.2, 20), "epochs", epochs=20)
    rest = told([1.0, 0.2, *fall(0.3, 0.4, 18)], "epochs", epochs=20, patience=30)
    assert "still improving" not in rest
    assert "all 20 epochs" in rest


def test_a_perfect_accuracy_needs_no_other_patience():
    history = [EpochRecord(i, 0.1, 1.0, 0.2, 1.0, 1e-3) for i in range(1, 32)]
    text = " ".join(
        advise(history, 1, "early-stopping", TrainingOptions(monitor="val_accuracy", patience=30))
    )
    assert "100.0 %" in text
    assert "too" not in text


def test_stopped_by_the_user():
    text = told([1.0, 0.9], "stopped")
    assert "by you after epoch 2" in text
    assert "Patience" not in text


def test_nothing_held_out():
    history = [EpochRecord(i, 1.0 / i, 1.0, math.nan, math.nan, 1e-3) for i in (1, 2, 3)]
    text = " ".join(advise(history, 3, "epochs", TrainingOptions(epochs=3)))
    assert "training loss 0.3333" in text
    assert "Nothing was held out" in text


@pytest.mark.parametrize(
    ("scores", "best", "needed"),
    [([3, 2, 1], 3, 1), ([3, 4, 2], 3, 2), ([1.0, 0.995, 0.991, 0.5], 4, 3), ([1], 1, 1)],
)
def test_needed_patience(scores, best, needed):
    assert needed_patience([float(s) for s in scores], best, 0.01, higher_is_better=False) == needed


def test_a_trend_is_not_noise():
    assert noise(fall(1.0, 0.0, 20), 1) == pytest.approx(0.0, abs=1e-9)
    assert noise([0.5, 0.6, 0.5, 0.6, 0.5, 0.6], 1) == pytest.approx(0.1)
    assert noise([1.0, 0.5], 2) is None
