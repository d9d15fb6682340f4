"""A model on a stream: where it starts afresh, and what of it counts."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from tests.movement_model import WIDTH, write_waver
from vision_app.engine.loading import card_within
from vision_app.runtime import Session
from vision_app.sequences.events import EventFinder
from vision_app.sequences.following import FORGET_S, YOUNG_S, Follower, begins
from vision_app.sequences.model import SEQUENCE, SequenceModel
from vision_app.sequences.resampling import Row

RATE = 15.0


@pytest.fixture
def follower(tmp_path: Path) -> Follower:
    path = write_waver(tmp_path / "waver.onnx")
    card = card_within(path, SEQUENCE)
    assert card is not None
    return Follower(SequenceModel(Session(path, "cpu"), card))


def row(number: int, place: float, *, present: bool = True) -> Row:
    values = np.zeros(WIDTH, np.float32)
    values[[0, 41]] = 1, place
    return Row(number / RATE, values, present)


def test_nothing_is_said_before_anything_was_seen(follower: Follower) -> None:
    state, event = follower.step(follower.start(), row(0, 0.0, present=False))
    assert state.answer.tolist() == [0.0, 1.0]
    assert event is None


def test_after_a_second_without_anything_it_starts_afresh(follower: Follower) -> None:
    state = follower.start()
    for i in range(30):
        state, _ = follower.step(state, row(i, np.sin(i)))
    assert state.answer[0] > 0.9
    for i in range(30, 30 + round(FORGET_S * RATE) + 2):
        state, _ = follower.step(state, row(i, 0.0, present=False))
    assert state.answer.tolist() == [0.0, 1.0]
    assert len(state.head) == 0


def test_what_is_said_at_once_after_a_new_start_does_not_count(follower: Follower) -> None:
    state = follower.start()
    for i in range(40):
        state, _ = follower.step(state, row(i, 0.0, present=False))
    counted = []
    for i in range(40, 50):
        state, _ = follower.step(state, row(i, 3.0 * (i % 2)))
        counted.append(float(state.answer[0]))
    young = int(YOUNG_S * RATE)
    assert counted[: young - 1] == [0.0] * (young - 1)
    assert counted[-1] > 0.9


def test_a_movement_is_reported_once(follower: Follower) -> None:
    state, events = follower.start(), []
    for i in range(90):
        place = np.sin(2 * np.pi * 1.25 * (i / RATE - 2)) if 30 <= i <= 45 else 0.0
        state, event = follower.step(state, row(i, 1.5 * float(place)))
        events += [] if event is None else [event]
    (event,) = events
    assert event.label == "wave"
    assert event.start_s == pytest.approx(2.0, abs=0.2)
    assert event.end_s == pytest.approx(3.0, abs=0.2)


def test_a_beginning_is_what_moves_after_a_rest() -> None:
    finder, state, found = EventFinder(("wave", "idle"), 1), None, []
    noise = np.random.default_rng(0).normal(0, 0.01, 60)
    for i in range(60):
        moving = 20 <= i < 32 or i >= 45
        place = float(noise[i]) + (0.3 * (i - 20) if moving else 0.3 * 12 * (i >= 32))
        one = row(i, place)
        if begins(state, one):
            found.append(i)
        state, _ = finder.step(state, one, np.float32([0, 1]))
    assert found[0] in (20, 21)  # what moves shows across two rows
    assert 45 in found
    assert not [i for i in found if 22 <= i < 32 or i > 46], "what goes on does not begin"
    assert not begins(state, row(60, 9.0, present=False))
    assert not begins(None, row(0, 0.0))


def test_a_step_starts_afresh_there_and_a_window_does_not(
    follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lengths() -> list[int]:
        state, made = follower.start(), []
        for i in range(30):
            state, _ = follower.step(state, row(i, 0.0 if i < 15 else 0.4 * i))
            made.append(len(state.head))
        return made

    assert lengths() == [min(i + 1, 12) for i in range(30)]
    monkeypatch.setattr(
        follower.model, "input", dataclasses.replace(follower.model.input, form="step"), raising=True
    )
    monkeypatch.setattr(follower.model, "start", lambda: ())  # a window stands for the state here
    assert lengths()[15] == 1
