"""Anchors, decoding and joining of the detectors."""

import numpy as np
import pytest

from vision_app.people.geometry import TurnedBox
from vision_app.people.ssd import (
    FACE_FULL,
    FACE_SHORT,
    PALM,
    POSE,
    anchors,
    decode,
    weighted_suppression,
    whole_square,
)

SQUARE = TurnedBox(100, 50, 200, 200)


@pytest.mark.parametrize(
    ("spec", "count"), [(FACE_SHORT, 896), (FACE_FULL, 2304), (PALM, 2016), (POSE, 2254)]
)
def test_as_many_anchors_as_the_networks_have(spec, count: int) -> None:
    made = anchors(spec)
    assert made.shape == (count, 2)
    cells, boxes = spec.grids[0]
    assert np.allclose(made[0], 0.5 / cells)
    assert np.allclose(made[boxes], [1.5 / cells, 0.5 / cells])


def outputs(spec, at: int, values: list[float], logit: float):
    count = len(anchors(spec))
    boxes = np.zeros((1, count, len(values)), np.float32)
    boxes[0, at] = values
    logits = np.full((1, count, 1), -300, np.float32)
    logits[0, at] = logit
    return boxes, logits


def test_a_box_stands_where_its_anchor_and_its_values_say() -> None:
    values = [12.8, 0, 64, 32, *[0] * 12]
    found = decode(*outputs(FACE_SHORT, 0, values, 300), FACE_SHORT, SQUARE, 0.5)
    x, y = (0.1 + 0.5 / 16) * 200, 0.5 / 16 * 200 - 50
    assert np.allclose(found.xyxy, [[x - 50, y - 25, x + 50, y + 25]], atol=1e-3)
    assert np.allclose(found.marks[0], [0.5 / 16 * 200, y], atol=1e-3)
    assert found.scores.tolist() == [1.0]


def test_nothing_is_found_below_the_threshold() -> None:
    found = decode(*outputs(PALM, 5, [0] * 18, -0.1), PALM, SQUARE, 0.5)
    assert (found.xyxy.shape, found.marks.shape, found.scores.shape) == ((0, 4), (0, 7, 2), (0,))


def test_duplicates_become_their_weighted_mean() -> None:
    rows = np.array([[0, 0, 10, 10, 1], [0, 0, 10, 8, 4], [50, 50, 60, 60, 9]], np.float32)
    made, scores = weighted_suppression(rows, np.array([0.6, 0.9, 0.7], np.float32))
    assert np.allclose(made[0], [0, 0, 10, (0.6 * 10 + 0.9 * 8) / 1.5, (0.6 * 1 + 0.9 * 4) / 1.5])
    assert np.allclose(made[1], rows[2])
    assert np.allclose(scores, [0.9, 0.7])


def test_boxes_without_area_survive() -> None:
    rows = np.zeros((2, 4), np.float32)
    made, _ = weighted_suppression(rows, np.array([0.6, 0.9], np.float32))
    assert np.isfinite(made).all()


def test_the_square_round_a_picture_with_a_margin() -> None:
    image = np.zeros((50, 100, 3), np.uint8)
    assert whole_square(image, 0.25) == TurnedBox(50, 25, 150, 150)
