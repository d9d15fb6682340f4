"""Suppression and merging, against their definitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision_app.results.values import Detections
from vision_app.tasks import nms
from vision_app.tasks.nms import iou_one_to_many, non_maximum_suppression, overlapping_groups


def merge_overlapping(xyxy, scores, classes, share):
    found = Detections("m", xyxy, scores, classes, ("a", "b", "c"))
    merged = found.merged(overlapping_groups(xyxy, scores, classes, share, 1000))
    return merged.xyxy, merged.scores, merged.class_ids


@st.composite
def boxes(draw, most=30):
    n = draw(st.integers(0, most))
    grid = st.integers(0, 40)
    rows = [
        (x, y, x + w, y + h)
        for x, y, w, h in draw(st.lists(st.tuples(grid, grid, grid, grid), min_size=n, max_size=n))
    ]
    # distinct scores: the order among equals is tested on its own
    scores = draw(st.permutations([(i + 1) / (n + 1) for i in range(n)]))
    classes = draw(st.lists(st.integers(0, 2), min_size=n, max_size=n))
    return (
        np.array(rows, np.float32).reshape(-1, 4),
        np.array(scores, np.float32),
        np.array(classes, np.int64),
    )


def _definition(xyxy, scores, classes, iou):
    """O(n²): a box stays when no better kept box of its class overlaps it by more than iou."""
    kept = []
    for i in np.argsort(-scores):
        clash = any(
            classes[i] == classes[k] and iou_one_to_many(xyxy[i], xyxy[k][None])[0] > iou for k in kept
        )
        if not clash:
            kept.append(int(i))
    return kept


@given(boxes(), st.sampled_from([0.0, 0.3, 0.45, 0.7, 1.0]))
def test_equals_the_definition(found, iou):
    xyxy, scores, classes = found
    assert non_maximum_suppression(xyxy, scores, classes, iou, 1000).tolist() == _definition(*found, iou)


@given(boxes(), st.sampled_from([0.3, 0.7]))
def test_doing_it_twice_changes_nothing(found, iou):
    xyxy, scores, classes = found
    once = non_maximum_suppression(xyxy, scores, classes, iou, 1000)
    twice = non_maximum_suppression(xyxy[once], scores[once], classes[once], iou, 1000)
    assert twice.tolist() == list(range(len(once)))


@given(boxes(), st.integers(1, 5))
def test_a_limit_keeps_the_best(found, limit):
    xyxy, scores, classes = found
    everything = non_maximum_suppression(xyxy, scores, classes, 0.5, 1000)
    assert non_maximum_suppression(xyxy, scores, classes, 0.5, limit).tolist() == everything[:limit].tolist()


def test_classes_do_not_suppress_each_other_unless_asked():
    xyxy = np.array([[0, 0, 10, 10], [0, 0, 10, 10]], np.float32)
    scores, classes = np.array([0.9, 0.8], np.float32), np.array([0, 1])
    assert non_maximum_suppression(xyxy, scores, classes, 0.5, 10).tolist() == [0, 1]
    assert non_maximum_suppression(xyxy, scores, None, 0.5, 10).tolist() == [0]


def test_disjoint_boxes_all_stay():
    xyxy = np.array([[i * 20, 0, i * 20 + 10, 10] for i in range(50)], np.float32)
    assert len(non_maximum_suppression(xyxy, np.full(50, 0.5, np.float32), None, 0.1, 100)) == 50


@given(boxes(), st.sampled_from([0.3, 0.5]))
def test_merged_boxes_span_inputs_and_keep_the_best_score(found, share):
    xyxy, scores, classes = found
    merged, kept_scores, kept_classes = merge_overlapping(xyxy, scores, classes, share)
    assert set(kept_classes.tolist()) == set(classes.tolist())
    for label in set(classes.tolist()):
        assert kept_scores[kept_classes == label].max() == scores[classes == label].max()
    if len(xyxy):
        assert merged[:, :2].min() >= xyxy[:, :2].min()
        assert merged[:, 2:].max() <= xyxy[:, 2:].max()


@pytest.mark.parametrize(("share", "count"), [(0.5, 1), (0.99, 2)])
def test_a_part_inside_a_whole_is_joined(share, count):
    xyxy = np.array([[0, 0, 100, 100], [60, 20, 110, 60]], np.float32)
    merged, _, _ = merge_overlapping(xyxy, np.array([0.6, 0.9], np.float32), np.zeros(2, np.int64), share)
    assert len(merged) == count
    if count == 1:
        assert merged[0].tolist() == [0, 0, 110, 100]


@pytest.mark.parametrize("iou", [0.0, 0.45, 1.0])
def test_very_many_boxes_are_suppressed_as_few_are(monkeypatch, iou):
    """Block by block against what is kept: the same boxes as when OpenCV compares all."""
    rng = np.random.default_rng(0)
    centres = np.repeat(rng.uniform(0, 900, (150, 2)), 12, axis=0) + rng.normal(0, 4, (1800, 2))
    sides = rng.uniform(10, 60, (1800, 2))
    xyxy = np.concatenate([centres - sides, centres + sides], axis=1).astype(np.float32)
    scores = rng.random(1800).astype(np.float32)
    monkeypatch.setattr(nms, "_BLOCK", 100_000)
    at_once = non_maximum_suppression(xyxy, scores, None, iou, 5000).tolist()
    monkeypatch.setattr(nms, "_BLOCK", 64)
    assert non_maximum_suppression(xyxy, scores, None, iou, 5000).tolist() == at_once
    assert non_maximum_suppression(xyxy, scores, None, iou, 70).tolist() == at_once[:70]


@pytest.mark.parametrize("shift", [0.0, -5000.0])
def test_many_classes_are_each_suppressed_alone(shift):
    rng = np.random.default_rng(0)
    centres = np.repeat(rng.uniform(0, 900, (40, 2)), 10, axis=0) + rng.normal(0, 3, (400, 2)) + shift
    sides = rng.uniform(10, 300, (400, 2))
    xyxy = np.concatenate([centres - sides, centres + sides], axis=1).astype(np.float32)
    scores, classes = rng.random(400).astype(np.float32), rng.integers(0, 60, 400) * 1000
    assert non_maximum_suppression(xyxy, scores, classes, 0.3, 400).tolist() == _definition(
        xyxy, scores, classes, 0.3
    )


def test_a_box_that_is_no_number_takes_none_of_the_others_away():
    xyxy = np.array([[0, 0, 10, 10], [np.nan, 0, 10, 10], [1, 0, 11, 10], [0, 0, 10, 10]], np.float32)
    scores, classes = np.array([0.9, 0.8, 0.7, 0.6], np.float32), np.array([0, 1, 0, 1])
    assert non_maximum_suppression(xyxy, scores, classes, 0.5, 10).tolist() == [0, 1, 3]
