"""From probabilities to movements: each once, when it began and ended, soon after its end."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from vision_app.results.movements import MovementEvent
from vision_app.sequences.events import EventFinder
from vision_app.sequences.resampling import Row

LABELS = ("wave", "circle", "idle")
WAVE, CIRCLE, IDLE = 0, 1, 2
RATE = 15.0


def probabilities(label: int, sure: float = 0.94) -> np.ndarray:
    made = np.full(3, (1 - sure) / 2, np.float32)
    made[label] = sure
    return made


class Told:
    """Feeds a finder row by row and keeps what it reports, and when."""

    def __init__(self, idle: int | None = IDLE, least: float = 0.0, rate_hz: float = RATE) -> None:
        self.finder, self.state = EventFinder(LABELS, idle, least), None
        self.now_s, self.rate, self.place = 10.0, rate_hz, 0.0
        self.events: list[tuple[float, MovementEvent]] = []

    def pass_(
        self,
        seconds: float,
        says: Callable[[float], np.ndarray] | int = IDLE,
        *,
        moves: float = 0.0,
        present: bool = True,
    ) -> Told:
        begun_s = self.now_s
        while self.now_s < begun_s + seconds - 1e-9:
            self.place += moves / self.rate
            said = probabilities(says) if isinstance(says, int) else says(self.now_s - begun_s)
            row = Row(self.now_s, np.array([self.place, 0.0], np.float32), present)
            self.state, event = self.finder.step(self.state, row, said)
            if event is not None:
                self.events.append((self.now_s, event))
            self.now_s += 1 / self.rate
        return self


def test_a_movement_is_reported_once_with_its_times_and_soon() -> None:
    told = Told().pass_(2).pass_(1, WAVE, moves=2).pass_(3, IDLE)
    ((at_s, event),) = told.events
    assert event.label == "wave"
    assert event.start_s == pytest.approx(12.0, abs=0.15)
    assert event.end_s == pytest.approx(13.0, abs=0.15)
    assert event.score == pytest.approx(0.94, abs=0.01)
    assert at_s - 13.0 <= 0.3


def test_the_answer_does_not_wait_until_the_window_has_forgotten() -> None:
    told = Told().pass_(2).pass_(1, WAVE, moves=2).pass_(2, WAVE).pass_(2)
    ((at_s, event),) = told.events
    assert event.end_s == pytest.approx(13.0, abs=0.15)
    assert at_s - 13.0 <= 0.3


def test_a_model_that_is_sure_only_at_the_end_still_knows_when_it_began() -> None:
    told = Told().pass_(2).pass_(0.8, IDLE, moves=2).pass_(0.2, WAVE, moves=2).pass_(0.4, WAVE).pass_(2)
    ((at_s, event),) = told.events
    assert event.start_s == pytest.approx(12.0, abs=0.15)
    assert at_s - 13.0 <= 0.3


@pytest.mark.parametrize("rate_hz", [15.0, 30.0])
def test_the_same_movement_again_is_another_one(rate_hz: float) -> None:
    told = Told(rate_hz=rate_hz)
    for _ in range(3):
        told.pass_(1.5).pass_(1, WAVE, moves=2)
    told.pass_(1)
    assert [e.label for _, e in told.events] == ["wave"] * 3


def test_one_after_the_other_without_a_pause() -> None:
    told = Told().pass_(1).pass_(1, WAVE, moves=2).pass_(1, CIRCLE, moves=-2).pass_(1)
    assert [e.label for _, e in told.events] == ["wave", "circle"]


def test_what_moves_while_it_goes_on_is_not_over() -> None:
    told = Told().pass_(1).pass_(6, CIRCLE, moves=2).pass_(1)
    ((_, event),) = told.events
    assert event.end_s - event.start_s == pytest.approx(6, abs=0.4)


def test_the_way_back_of_the_hand_is_no_second_movement() -> None:
    told = Told().pass_(1).pass_(1, WAVE, moves=2).pass_(0.4, WAVE).pass_(0.6, WAVE, moves=-3).pass_(2)
    assert len(told.events) == 1


def test_a_flicker_is_no_movement() -> None:
    told = Told().pass_(2)
    for _ in range(10):
        told.pass_(1 / RATE, WAVE, moves=2).pass_(0.5)
    assert told.events == []


def test_an_unsure_model_reports_nothing() -> None:
    told = Told().pass_(1).pass_(1, lambda _: np.float32([0.5, 0.1, 0.4]), moves=2).pass_(1)
    assert told.events == []
    strict = Told(least=0.9).pass_(1).pass_(1, lambda _: np.float32([0.85, 0.05, 0.1]), moves=2).pass_(1)
    assert strict.events == []


def test_a_gap_reports_nothing_of_its_own() -> None:
    told = Told().pass_(2).pass_(0.5, IDLE, present=False).pass_(2)
    told.pass_(0.5, WAVE, present=False).pass_(1)
    assert told.events == []


def test_a_hand_that_leaves_ends_its_movement() -> None:
    told = Told().pass_(1).pass_(1, WAVE, moves=2).pass_(2, WAVE, present=False)
    ((at_s, event),) = told.events
    assert event.end_s == pytest.approx(12.0, abs=0.1)
    assert at_s - 12.0 <= 0.45


def test_without_an_idle_class_resting_is_reported_once_at_most() -> None:
    told = Told(idle=None).pass_(3, WAVE).pass_(1, CIRCLE, moves=2).pass_(3, WAVE)
    assert [e.label for _, e in told.events].count("circle") == 1
    assert len(told.events) <= 3


def test_the_movement_that_is_being_made() -> None:
    told = Told().pass_(1)
    assert told.finder.current(told.state) is None
    told.pass_(0.8, WAVE, moves=2)
    current = told.finder.current(told.state)
    assert current is not None
    assert (current.label, round(current.start_s)) == ("wave", 11)
    assert told.finder.current(None) is None


def test_the_state_before_is_left_as_it_was() -> None:
    told = Told().pass_(2).pass_(0.5, WAVE, moves=2)
    before = told.state
    first = Told().finder.step(before, Row(told.now_s, np.ones(2, np.float32), True), probabilities(WAVE))
    again = Told().finder.step(before, Row(told.now_s, np.ones(2, np.float32), True), probabilities(WAVE))
    assert first[0].open == again[0].open
    np.testing.assert_array_equal(first[0].smooth, again[0].smooth)
    assert len(told.state.activity) < 5 * RATE


def test_memory_does_not_grow() -> None:
    told = Told().pass_(60, CIRCLE, moves=1)
    assert len(told.state.activity) <= 4.1 * RATE
