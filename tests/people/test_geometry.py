"""Turned boxes: there and back again."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision_app.people.geometry import (
    TurnedBox,
    as_tensor,
    bounds,
    cut_out,
    overlap,
    to_picture,
    turned,
    wrapped,
)

IMAGE = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
SIDE = 32
boxes = st.builds(
    TurnedBox,
    st.floats(-50, 200),
    st.floats(-50, 200),
    st.floats(5, 300),
    st.floats(5, 300),
    st.floats(-3, 3),
)


def test_an_upright_box_of_its_own_size_is_the_picture() -> None:
    crop = cut_out(IMAGE, TurnedBox(40, 30, 80, 60), (80, 60), repeat_edge=False)
    assert np.array_equal(crop, IMAGE)


def test_a_quarter_turn_clockwise() -> None:
    """What is right of the box's middle in the picture is up in the crop."""
    crop = cut_out(IMAGE, TurnedBox(40, 30, 60, 60, math.pi / 2), (60, 60), repeat_edge=True)
    rows, columns = np.mgrid[1:60, 1:60]
    assert np.abs(crop[1:, 1:].astype(int) - IMAGE[columns, 70 - rows]).max() <= 1


def test_outside_is_black_or_the_edge() -> None:
    far = TurnedBox(-40, 30, 40, 40)
    assert not cut_out(IMAGE, far, (8, 8), repeat_edge=False).any()
    assert np.array_equal(cut_out(IMAGE, far, (8, 8), repeat_edge=True)[4, 4], IMAGE[30, 0])


@given(boxes, st.floats(0, 1), st.floats(0, 1))
def test_points_go_where_the_crop_was_taken(box: TurnedBox, x: float, y: float) -> None:
    shares = np.array([[x, y, 0.5]], np.float32)
    matrix = box.matrix((SIDE, SIDE))
    expected = matrix @ np.array([x * SIDE, y * SIDE, 1], np.float32)
    point = to_picture(shares, box)[0]
    assert np.allclose(point[:2], expected, atol=1e-2)
    assert point[2] == pytest.approx(0.5 * box.width, rel=1e-5)


@given(st.floats(-100, 100))
def test_wrapped_is_the_same_angle(angle: float) -> None:
    assert -math.pi - 1e-9 <= wrapped(angle) <= math.pi + 1e-9
    assert math.cos(wrapped(angle)) == pytest.approx(math.cos(angle), abs=1e-9)


def test_turned_keeps_lengths_and_depth() -> None:
    points = np.array([[1, 0, 7], [0, 2, 8]], np.float32)
    made = turned(points, math.pi / 2)
    assert np.allclose(made, [[0, 1, 7], [-2, 0, 8]], atol=1e-6)


def test_a_tensor_is_rgb_in_its_range() -> None:
    blue = np.zeros((2, 2, 3), np.uint8)
    blue[..., 0] = 255
    assert as_tensor(blue, 0.0)[0, :, 0, 0].tolist() == [0, 0, 1]
    assert np.allclose(as_tensor(blue, -1.0)[0, :, 0, 0], [-1, -1, 1])


def test_overlap() -> None:
    one, half = TurnedBox(5, 5, 10, 10), TurnedBox(10, 5, 10, 10)
    assert overlap(one, one) == 1
    assert overlap(one, half) == pytest.approx(1 / 3)
    assert overlap(one, TurnedBox(50, 5, 10, 10)) == 0


def test_bounds_stay_within_the_picture() -> None:
    points = np.array([[-5, 3, 0], [70, 90, 0]], np.float32)
    assert bounds(points, (60, 80)).tolist() == [0, 3, 60, 80]
