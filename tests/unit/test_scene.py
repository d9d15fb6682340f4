"""What there is to see at one moment: whose results go with which frame."""

from __future__ import annotations

import time

import numpy as np
import pytest

from vision_app.live.scene import Scene
from vision_app.results.values import Classification, Frame


def frame(index: int) -> Frame:
    return Frame(np.zeros((4, 6, 3), np.uint8), index, time.perf_counter())


def answer(model: str) -> Classification:
    return Classification(model, np.array([0.75, 0.25], np.float32), ("a", "b"))


def models_of(scene: Scene) -> list[str]:
    shot = scene.now()
    assert shot is not None
    return [result.model for result in shot.results]


@pytest.fixture
def scene() -> Scene:
    """A frame of a first source with the results of two models."""
    made = Scene()
    made.begin(1)
    made.set_slots([0, 1])
    seen = frame(0)
    assert made.put_frame(1, seen)
    assert made.put_answers(1, seen, ((0, answer("first")), (1, answer("second"))), 0.01)
    assert models_of(made) == ["first", "second"]
    return made


def test_results_of_a_model_that_is_gone_vanish_at_once(scene: Scene) -> None:
    scene.set_slots([1])
    assert models_of(scene) == ["second"]
    scene.set_slots([])
    shot = scene.now()
    assert shot is not None
    assert (shot.results, shot.result_frame, shot.result_age_s) == ((), None, None)


def test_results_of_a_source_do_not_go_with_the_next(scene: Scene) -> None:
    scene.begin(2)
    assert scene.put_frame(2, frame(0))
    assert models_of(scene) == []
    assert not scene.put_answers(1, frame(1), ((0, answer("late")),), 0.01)
    assert models_of(scene) == []


def test_frames_of_a_replaced_source_are_not_taken(scene: Scene) -> None:
    scene.begin(2)
    assert not scene.put_frame(1, frame(5))
    shot = scene.now()
    assert shot is not None
    assert shot.frame.index == 0
