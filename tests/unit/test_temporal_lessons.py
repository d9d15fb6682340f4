"""The lesson of vanishing gradients shows what it is about, and all heads stand side by side."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.temporal_examples import store_of
from vision_app.cancelling import CancelledError
from vision_app.explaining.lessons.reach import shipped_reaches
from vision_app.temporal.layers import LastRow, Pass, stack
from vision_app.temporal.lessons import (
    COMPARED,
    LESSON_KINDS,
    compare,
    gradient_reach,
    memory_lesson,
    memory_task,
)
from vision_app.temporal.materials import gather
from vision_app.temporal.options import TRAINING, TemporalOptions
from vision_app.temporal.recurrent import Gru, Lstm, gates_of


@pytest.mark.slow
def test_the_plain_recurrence_forgets_and_the_others_do_not() -> None:
    told = []
    made = {r.kind: r for r in memory_lesson(30, steps=120, on_progress=lambda *a: told.append(a))}
    plain, gated, attending = made["rnn"], made["gru"], made["transformer"]
    assert all(r.gradients.shape == (30,) and (r.gradients >= 1e-12).all() for r in made.values())
    assert all(r.gradients.max() == 1 for r in made.values())
    assert plain.before[0] < 1e-3 and attending.before[0] > 0.1
    assert plain.before[0] < made["lstm"].before[0]
    assert attending.accuracy > 0.95
    assert plain.accuracy < 0.7 and plain.frames < 30
    assert gated.frames > plain.frames or gated.accuracy > plain.accuracy
    assert told[-1] == ("transformer", 120, 120) and len(told) == 4 * 120


def test_only_the_first_frame_of_the_task_tells_the_class() -> None:
    x, y = memory_task(8, 100, np.random.default_rng(0))
    assert (np.sign(x[:, 0, 0]) == 2 * y - 1).all()
    assert not x[:, 1:, 0].any() and x[:, 1:, 1].any()
    assert 30 < y.sum() < 70


def test_the_reach_of_a_network_that_sees_the_last_frame_is_one() -> None:
    x = np.random.default_rng(0).normal(size=(3, 5, 2))
    assert gradient_reach(stack(LastRow()), {}, x, np.array([0, 1, 0])).tolist() == [0, 0, 0, 0, 1]


@pytest.mark.slow
def test_all_heads_stand_side_by_side(tmp_path: Path) -> None:
    options = TemporalOptions(training=replace(TRAINING, epochs=2, width=8))
    materials = gather(store_of(tmp_path, 4), "table:2", options)
    told = []
    rows = compare(materials, options, idle=0, on_progress=lambda *a: told.append(a))
    assert [r.kind for r in rows] == list(COMPARED)
    assert told[:2] == [("mlp", 1, 2), ("mlp", 2, 2)]
    for row in rows:
        assert row.accuracy is not None and 0 <= row.accuracy <= 1
        assert row.parameters == row.head.parameters > 50
        assert row.train_s > 0 and row.frame_ms > 0 and row.epochs == 2


def test_both_can_be_cancelled(tmp_path: Path) -> None:
    with pytest.raises(CancelledError):
        memory_lesson(10, cancelled=lambda: True)
    options = TemporalOptions(training=replace(TRAINING, epochs=2, width=8))
    materials = gather(store_of(tmp_path, 4), "table:2", options)
    with pytest.raises(CancelledError):
        compare(materials, options, cancelled=lambda: True)


def test_what_is_shipped_is_what_is_measured() -> None:
    """Two networks of it, one trained anew: other machines round differently on the way through the training."""
    shipped = {one.kind: one for one in shipped_reaches(20)}
    assert set(shipped) == set(LESSON_KINDS)
    (plain,) = memory_lesson(20, kinds=("rnn",), steps=1)
    np.testing.assert_allclose(shipped["rnn"].before, plain.before, rtol=0.02)
    (attending,) = memory_lesson(20, kinds=("transformer",), steps=1)
    np.testing.assert_allclose(shipped["transformer"].before, attending.before, rtol=0.02)
    assert shipped["rnn"].accuracy < 0.6
    assert shipped["lstm"].accuracy > 0.95
    assert shipped_reaches(21) == ()


def test_gates_are_those_that_make_the_states() -> None:
    """From each state and its gates the next state follows; one unit and one sequence, so that the mean is the gate."""
    random = np.random.default_rng(3)
    x = random.normal(size=(1, 6, 2))
    gru, lstm = Gru("r", 2, 1), Lstm("r", 2, 1)
    weights = gru.initial(random)
    states, gates = (
        gru.forward(weights, x, Pass(np.ones((1, 6), bool)))[0][0, :, 0],
        gates_of(gru, weights, x),
    )
    before = np.concatenate([[0], states[:-1]])
    given = (x @ weights["r.input"] + weights["r.bias"])[0, :, 2]
    new = np.tanh(
        given + gates["reset"] * (before * weights["r.recurrent"][0, 2] + weights["r.candidate"][0])
    )
    np.testing.assert_allclose(states, (1 - gates["keep"]) * new + gates["keep"] * before)
    weights = lstm.initial(random)
    states, gates = (
        lstm.forward(weights, x, Pass(np.ones((1, 6), bool)))[0][0, :, 0],
        gates_of(lstm, weights, x),
    )
    before, cell = np.concatenate([[0], states[:-1]]), 0.0
    given = (x @ weights["r.input"] + weights["r.bias"])[0, :, 2]
    for t in range(6):
        seen = np.tanh(given[t] + before[t] * weights["r.recurrent"][0, 2])
        cell = gates["forget"][t] * cell + gates["input"][t] * seen
        assert states[t] == pytest.approx(gates["output"][t] * np.tanh(cell))
