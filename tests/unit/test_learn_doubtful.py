"""Frames that a model was unsure of: a bounded ring, off by default, on the disk once they are named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vision_app.learn.doubtful import EVERY_S, DoubtfulFrames, is_doubtful
from vision_app.results.values import Classification
from vision_app.samples.store import SampleStore


def said(
    *probabilities: float, reject_below: float | None = None, background: int | None = None
) -> Classification:
    labels = tuple("abc"[: len(probabilities)])
    values = np.array(probabilities, np.float32)
    return Classification("m", values, labels, 5, reject_below, background)


IMAGE = np.full((60, 80, 3), 90, np.uint8)
UNSURE = (0.5, 0.4, 0.1)


@pytest.mark.parametrize(
    ("what", "doubt"),
    [
        (said(0.5, 0.4, 0.1), True),
        (said(0.8, 0.1, 0.1), False),
        (said(0.8, 0.1, 0.1, reject_below=0.9), True),
        (said(0.8, 0.1, 0.1, background=0), False),
        (said(0.45, 0.4, 0.15, background=0), True),
    ],
)
def test_what_a_doubt_is(what: Classification, doubt: bool) -> None:
    assert is_doubtful(what) is doubt


def test_nothing_is_collected_unless_it_was_asked_for() -> None:
    frames = DoubtfulFrames()
    assert not frames.on
    assert not frames.offer(IMAGE, said(*UNSURE))
    frames.switch(True)
    assert frames.offer(IMAGE, said(*UNSURE))
    assert not frames.offer(IMAGE, said(0.9, 0.05, 0.05))
    frames.switch(False)
    assert len(frames) == 1


def test_the_ring_is_bounded_and_takes_one_frame_of_a_moment() -> None:
    now_s = [0.0]
    frames = DoubtfulFrames(most=3, clock=lambda: now_s[0])
    frames.switch(True)
    for _ in range(10):
        assert frames.offer(IMAGE, said(*UNSURE))
        assert not frames.offer(IMAGE, said(*UNSURE))
        now_s[0] += EVERY_S
    assert [f.number for f in frames.newest_first()] == [10, 9, 8]
    frames.clear()
    assert len(frames) == 0


def test_a_name_makes_it_a_sample_and_nothing_else_reaches_the_disk(tmp_path: Path) -> None:
    frames = DoubtfulFrames()
    frames.switch(True)
    with SampleStore.open(tmp_path / "samples") as store:
        store.add_class("b")
        before = sorted(p.name for p in tmp_path.rglob("*.jpg"))
        frames.offer(np.zeros((900, 2600, 3), np.uint8), said(*UNSURE))
        assert sorted(p.name for p in tmp_path.rglob("*.jpg")) == before
        (frame,) = frames.newest_first()
        assert (frame.guess, frame.unknown) == ("a", False)
        frames.drop(frame.number)
        sample = frames.keep(frame, "b", store, "doubts")
        assert (sample.label, sample.session, sample.path.is_file()) == ("b", "doubts", True)
        assert len(frames) == 0
