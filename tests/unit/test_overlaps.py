"""Pairs of boxes that overlap, against a look at every pair."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision_app.tasks import overlaps
from vision_app.tasks.nms import iou_one_to_many
from vision_app.tasks.overlaps import overlapping_pairs


def every_pair(some, others):
    table = np.array([iou_one_to_many(box, others) for box in some]).reshape(len(some), len(others))
    i, j = np.nonzero(table > 0)
    return i.tolist(), j.tolist(), table[i, j]


@pytest.fixture
def no_short_cut(monkeypatch):
    monkeypatch.setattr(overlaps, "_FEW_PAIRS", 0)


@st.composite
def scenes(draw):
    """Boxes of very different sizes and shapes, some empty or inside out."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    found = []
    for _ in range(2):
        count = draw(st.integers(0, 60))
        sides = np.exp(rng.uniform(np.log(0.3), np.log(2000), (count, 2)))
        corners = rng.uniform(-500, 2000, (count, 2))
        if draw(st.booleans()):
            sides, corners = np.round(sides), np.round(corners)
        sides[rng.random(count) < 0.1] *= -1
        found.append(np.concatenate([corners, corners + sides], axis=1))
    return found


@settings(max_examples=150, deadline=None)
@given(scenes())
def test_on_grids_the_pairs_are_those_of_a_look_at_every_pair(scene):
    few, overlaps._FEW_PAIRS = overlaps._FEW_PAIRS, 0
    try:
        i, j, iou = overlapping_pairs(*scene)
    finally:
        overlaps._FEW_PAIRS = few
    real = [s[(s[:, :2] < s[:, 2:]).all(axis=1)] for s in scene]
    names = [np.flatnonzero((s[:, :2] < s[:, 2:]).all(axis=1)) for s in scene]
    want_i, want_j, want_iou = every_pair(*real)
    assert i.tolist() == names[0][want_i].tolist()
    assert j.tolist() == names[1][want_j].tolist()
    assert iou == pytest.approx(want_iou)


@pytest.mark.usefixtures("no_short_cut")
def test_a_million_at_a_time_is_no_other_answer(monkeypatch):
    rng = np.random.default_rng(0)
    corners = rng.uniform(0, 100, (80, 2))
    boxes = np.concatenate([corners, corners + rng.uniform(1, 60, (80, 2))], axis=1)
    whole = overlapping_pairs(boxes, boxes)
    monkeypatch.setattr(overlaps, "_AT_ONCE", 7)
    parts = list(overlaps.overlaps(boxes, boxes))
    assert len(parts) > 100
    assert [c.tolist() for c in overlapping_pairs(boxes, boxes)] == [c.tolist() for c in whole]


@pytest.mark.usefixtures("no_short_cut")
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_box_that_is_no_number_overlaps_none(bad):
    boxes = np.array([[0.0, 0, 10, 10], [bad, 0, 10, 10]])
    i, j, _ = overlapping_pairs(boxes, boxes)
    assert (i.tolist(), j.tolist()) == ([0], [0])


@pytest.mark.usefixtures("no_short_cut")
def test_few_pairs_are_looked_at_where_few_boxes_are_near_each_other(monkeypatch):
    """Twice as many boxes over twice the area are twice as many looks, not four times."""
    looked = []

    def counted(a, b):
        for i, j in candidates(a, b):
            looked.append(len(i))
            yield i, j

    candidates = overlaps._candidates
    monkeypatch.setattr(overlaps, "_candidates", counted)
    looks = []
    for side in (30, 60):
        x, y = np.mgrid[:side, :side].reshape(2, -1) * 10.0
        boxes = np.stack([x, y, x + 12, y + 12], axis=1)
        looked.clear()
        overlapping_pairs(boxes, boxes)
        looks.append(sum(looked))
    assert looks[1] < 4.6 * looks[0] < 4.6 * 40 * 900
