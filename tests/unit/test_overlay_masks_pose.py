"""What a viewer relies on with masks and keypoints: tint, outline and joints are where they belong."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from vision_app.overlay import render
from vision_app.overlay.colours import index_colour
from vision_app.overlay.skeletons import _SIDES
from vision_app.results.masks import BoxMask
from vision_app.results.skeletons import Skeleton, named_skeleton
from vision_app.results.values import Detections, ImageU8, Keypoints, Masks

GREY = np.full((480, 640, 3), 128, np.uint8)
LABELS = ("", "", "")  # no chips, so that shapes stand alone


def found(boxes: list[list[float]], **more: Any) -> Detections:
    count = len(boxes)
    xyxy = np.array(boxes, np.float32).reshape(-1, 4)
    return Detections("m", xyxy, np.ones(count, np.float32), np.zeros(count, np.int64), LABELS, **more)


def ring() -> Masks:
    inside = np.ones((200, 200), np.bool_)
    inside[80:120, 80:120] = False
    return Masks(found([[100, 200, 300, 400]]), (BoxMask(100, 200, inside),))


def is_colour(image: ImageU8, colour: tuple[int, int, int]) -> np.ndarray:
    return (image == np.array(colour, np.uint8)).all(axis=2)


def without_chip(image: ImageU8) -> ImageU8:
    """The part below the label, which with an empty name shows the score."""
    return image[200:]


def test_a_mask_is_drawn_on_its_own_pixels_only() -> None:
    masks = ring()
    drawn = render(GREY, [masks])
    whole = masks.masks[0].on_frame((640, 480))
    changed = (drawn != GREY).any(axis=2)
    assert np.array_equal(without_chip(changed), without_chip(whole))


def test_the_outline_has_the_colour_of_the_object_and_the_inside_shows_the_picture() -> None:
    image = GREY.copy()
    image[300:310, 150:160] = 20
    drawn = render(image, [ring()])
    colour = index_colour(0)
    assert tuple(drawn[300, 100]) == colour
    assert tuple(drawn[399, 200]) == colour
    assert tuple(drawn[350, 150]) not in (colour, (128, 128, 128))
    assert drawn[305, 155].sum() < drawn[350, 150].sum()  # the dark patch is still seen


def test_a_tracked_mask_has_the_colour_of_its_track() -> None:
    masks = ring()
    tracked = masks.with_detections(found([[100, 200, 300, 400]], track_ids=np.array([5])))
    assert is_colour(render(GREY, [tracked]), index_colour(5)).sum() > 500


def test_small_masks_lie_on_top() -> None:
    large, small = np.ones((300, 300), np.bool_), np.ones((60, 60), np.bool_)
    boxes = found([[200, 200, 260, 260], [100, 100, 400, 400]], track_ids=np.array([1, 2]))
    drawn = render(GREY, [Masks(boxes, (BoxMask(200, 200, small), BoxMask(100, 100, large)))])
    assert tuple(drawn[259, 230]) == index_colour(1)


def person(confidence: dict[int, float] | None = None) -> Keypoints:
    skeleton = named_skeleton("coco-17")
    points = np.zeros((1, 17, 3), np.float32)
    points[0, :, 0] = np.linspace(120, 380, 17)
    points[0, :, 1] = np.where(np.arange(17) % 2, 150, 350)
    points[0, :, 2] = 0.9
    for k, value in (confidence or {}).items():
        points[0, k, 2] = value
    return Keypoints(found([[100, 100, 400, 400]]), points, skeleton, 0.25)


def test_joints_have_the_colour_of_their_side() -> None:
    keypoints = person()
    drawn = render(GREY, [keypoints])
    for k in range(17):
        x, y = np.rint(keypoints.points[0, k, :2]).astype(int)
        assert tuple(drawn[y, x]) == _SIDES[keypoints.skeleton.side(k)]


def test_a_guess_is_not_drawn_nor_a_limb_to_it() -> None:
    hidden = person(dict.fromkeys(range(17), 0.1))
    assert np.array_equal(render(GREY, [hidden]), render(GREY, [hidden.detections]))
    one = render(GREY, [person({k: 0.1 for k in range(17) if k != 9})])
    changed = (one != render(GREY, [hidden.detections])).any(axis=2)
    x, y = np.rint(person().points[0, 9, :2]).astype(int)
    rows, columns = np.nonzero(changed)
    assert changed[y, x]
    assert np.hypot(rows - y, columns - x).max() < 12


def test_points_of_unknown_meaning_have_the_colour_of_the_object() -> None:
    points = np.array([[[200, 200, 1], [300, 300, 1]]], np.float32)
    drawn = render(GREY, [Keypoints(found([[100, 100, 400, 400]]), points, Skeleton(("a", "b")))])
    assert tuple(drawn[200, 200]) == tuple(drawn[300, 300]) == index_colour(0)
    assert tuple(drawn[250, 250]) == (128, 128, 128)  # no limb


def test_limbs_of_a_small_object_are_thin() -> None:
    large, small = person(), person()
    factor = np.array([0.1, 0.1, 1], np.float32)
    small = Keypoints(found([[10, 10, 40, 40]]), large.points * factor, large.skeleton)
    image = np.full((2160, 3840, 3), 128, np.uint8)
    drawn = render(image, [small])
    whole = (drawn != render(image, [small.detections])).any(axis=2)
    assert 0 < whole[:100, :100].mean() < 0.5


@settings(max_examples=80, deadline=None)
@given(
    size=st.tuples(st.integers(1, 200), st.integers(1, 200)),
    place=st.tuples(st.integers(0, 250), st.integers(0, 250)),
    shape=st.tuples(st.integers(0, 250), st.integers(0, 250)),
    seed=st.integers(0, 99),
)
def test_anything_is_drawn_without_an_error(size: Any, place: Any, shape: Any, seed: int) -> None:
    image = np.full((size[1], size[0], 3), 128, np.uint8)
    rng = np.random.default_rng(seed)
    mask = BoxMask(*place, rng.random(shape) > 0.4)
    box = [[*place, place[0] + shape[1], place[1] + shape[0]]]
    points = rng.uniform(-50, 300, (1, 17, 3)).astype(np.float32)
    results = [Masks(found(box), (mask,)), Keypoints(found(box), points, named_skeleton("coco-17"))]
    drawn = render(image, results)
    assert drawn.shape == image.shape
    assert (image == 128).all()
