"""The blur, pixel by pixel: who stays clear, who does not, and that doubt blurs everything."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from vision_app.kiosk.privacy import (
    HOLD_S,
    MARGIN,
    MAX_AGE_S,
    PeopleBlur,
    blur_everything,
    dissolved,
    tells_persons,
)
from vision_app.results.masks import BoxMask
from vision_app.results.skeletons import Skeleton
from vision_app.results.values import (
    Classification,
    Detections,
    Frame,
    ImageU8,
    Keypoints,
    Masks,
    Result,
)

LABELS = ("dog", "person")
FRONT = (40.0, 20.0, 140.0, 170.0)
OTHER = (200.0, 40.0, 260.0, 120.0)
SIZE_WH = (320, 180)


@pytest.fixture
def image() -> ImageU8:
    """Noise: no pixel of it survives a blur by chance."""
    return np.random.default_rng(3).integers(0, 256, (SIZE_WH[1], SIZE_WH[0], 3), np.uint8)


def frame(image: ImageU8, at_s: float = 10.0) -> Frame:
    return Frame(image, 0, at_s)


def people(*boxes: tuple[float, ...], classes: tuple[int, ...] | None = None) -> Detections:
    n = len(boxes)
    return Detections(
        "finder",
        np.array(boxes, np.float32).reshape(n, 4),
        np.full(n, 0.9, np.float32),
        np.array(classes or (1,) * n, np.int64),
        LABELS,
    )


def clear(out: ImageU8, image: ImageU8) -> np.ndarray:
    """(H, W) bool: which pixels are those of the frame."""
    return (out == image).all(axis=2)


def inside(box: tuple[float, ...]) -> tuple[slice, slice]:
    left, top, right, bottom = (int(v) for v in box)
    return slice(top, bottom), slice(left, right)


def test_only_the_front_person_is_clear(image: ImageU8) -> None:
    out = PeopleBlur()(frame(image), (people(OTHER, FRONT),))
    same = clear(out, image)
    assert same[inside(FRONT)].all()
    assert same[inside(OTHER)].mean() < 0.01
    assert same[:15, :].all(), "the room stays as it is"


def test_others_are_blurred_a_little_beyond_their_boxes(image: ImageU8) -> None:
    same = clear(PeopleBlur()(frame(image), (people(FRONT, OTHER),)), image)
    wide, high = OTHER[2] - OTHER[0], OTHER[3] - OTHER[1]
    grown = (OTHER[0] - wide * MARGIN + 1, OTHER[1] - high * MARGIN + 1, OTHER[2] + wide * MARGIN, OTHER[3])
    assert same[inside(grown)].mean() < 0.01


def test_with_surroundings_everything_else_is_blurred(image: ImageU8) -> None:
    same = clear(PeopleBlur(surroundings=True)(frame(image), (people(FRONT, OTHER),)), image)
    assert same[inside(FRONT)].all()
    same[inside((20, 0, 160, 180))] = False
    assert same.mean() < 0.01


def test_nobody_there_is_a_clear_room_or_a_blurred_one(image: ImageU8) -> None:
    assert clear(PeopleBlur()(frame(image), (people(),)), image).all()
    assert clear(PeopleBlur(surroundings=True)(frame(image), (people(),)), image).mean() < 0.01


def test_animals_are_nobody(image: ImageU8) -> None:
    out = PeopleBlur()(frame(image), (people(OTHER, classes=(0,)),))
    assert clear(out, image).all()


_classes = Classification("c", np.array([0.5, 0.5], np.float32), LABELS)
_dogs = Detections("d", np.zeros((1, 4), np.float32), np.ones(1, np.float32), np.zeros(1, np.int64), ("dog",))


@pytest.mark.parametrize(
    "results", [(), (_classes,), (_dogs,)], ids=["no results", "a classifier", "no person class"]
)
def test_without_a_word_about_people_everything_is_blurred(
    image: ImageU8, results: tuple[Result, ...]
) -> None:
    for surroundings in (False, True):
        out = PeopleBlur(surroundings=surroundings)(frame(image), results)
        assert clear(out, image).mean() < 0.01


def test_old_results_blur_everything(image: ImageU8) -> None:
    blur, results = PeopleBlur(), (people(FRONT),)
    assert clear(blur(frame(image, 10.0), results), image).all()
    assert clear(blur(frame(image, 10.0 + MAX_AGE_S), results), image).all()
    assert clear(blur(frame(image, 10.1 + MAX_AGE_S), results), image).mean() < 0.01
    assert clear(blur(frame(image, 10.2 + MAX_AGE_S), (people(FRONT),)), image).all(), (
        "a new word about people"
    )


def test_equal_results_are_not_taken_for_old_ones(image: ImageU8) -> None:
    blur = PeopleBlur()
    for step in range(20):
        assert clear(blur(frame(image, 10 + 0.5 * step), (people(),)), image).all()


def test_whoever_was_lost_for_a_moment_stays_blurred(image: ImageU8) -> None:
    blur = PeopleBlur()
    blur(frame(image, 10.0), (people(FRONT, OTHER),))
    lost = clear(blur(frame(image, 10.2), (people(FRONT),)), image)
    assert lost[inside(OTHER)].mean() < 0.01
    gone = clear(blur(frame(image, 10.3 + HOLD_S), (people(FRONT),)), image)
    assert gone.all()


def test_the_front_person_does_not_change_with_every_frame(image: ImageU8) -> None:
    blur = PeopleBlur()
    first, second = (40.0, 20.0, 140.0, 170.0), (180.0, 20.0, 280.0, 172.0)
    blur(frame(image, 10.0), (people(first),))
    same = clear(blur(frame(image, 10.1), (people(first, second),)), image)
    assert same[inside(first)].all()
    assert same[inside(second)].mean() < 0.01
    larger = (160.0, 0.0, 310.0, 178.0)
    same = clear(blur(frame(image, 12.0), (people(first, larger),)), image)
    assert same[inside(larger)].all()
    assert same[inside(first)][:, :80].mean() < 0.01


def test_where_two_overlap_the_one_behind_is_blurred(image: ImageU8) -> None:
    behind = (110.0, 10.0, 180.0, 100.0)
    same = clear(PeopleBlur()(frame(image), (people(FRONT, behind),)), image)
    assert same[inside(behind)].mean() < 0.01
    assert same[inside((40, 110, 100, 170))].all()


def with_points(found: Detections, masks: tuple[BoxMask, ...]) -> Keypoints:
    """Bodies of one point each."""
    points = np.zeros((len(found), 1, 3), np.float32)
    return Keypoints(found, points, Skeleton(("nose",), ()), masks=masks)


@pytest.mark.parametrize("shaped", [Masks, with_points])
def test_with_masks_the_front_person_is_cut_out(shaped, image: ImageU8) -> None:
    behind = (110.0, 10.0, 180.0, 100.0)
    mask = np.zeros((150, 100), np.bool_)
    mask[20:120, 60:95] = True
    empty = BoxMask(110, 10, np.zeros((90, 70), np.bool_))
    masks = (BoxMask(40, 20, mask), empty)
    results = (shaped(people(FRONT, behind), masks),)
    same = clear(PeopleBlur()(frame(image), results), image)
    assert same[20:170, 40:140][mask].all()
    assert same[inside((145, 10, 180, 100))].mean() < 0.01


def test_everybody(image: ImageU8) -> None:
    same = clear(PeopleBlur(everybody=True)(frame(image), (people(FRONT, OTHER),)), image)
    assert same[inside(FRONT)].mean() < 0.01
    assert clear(blur_everything(frame(image), ()), image).mean() < 0.01


def test_the_frame_itself_is_not_touched(image: ImageU8) -> None:
    before = image.copy()
    image.flags.writeable = False
    out = PeopleBlur()(frame(image), (people(FRONT, OTHER),))
    assert (image == before).all()
    assert out.shape == image.shape
    assert out.flags.writeable


def test_boxes_at_and_beyond_the_border(image: ImageU8) -> None:
    out = PeopleBlur()(frame(image), (people((-5, -5, 400, 400), (300, 170, 320, 180), (10, 10, 10, 10)),))
    assert out.shape == image.shape


def test_no_face_can_be_made_out(shared_data: Path) -> None:
    """Two real faces: after the blur nothing of the size of an eye differs from its surroundings."""
    image = cv2.imread(str(shared_data / "photos" / "ultralytics_zidane.jpg"))
    for width in (320, 640, 1280):
        small = cv2.resize(image, (width, width * 9 // 16), interpolation=cv2.INTER_AREA)
        out = dissolved(small)
        fine = np.abs(
            out.astype(np.float32) - cv2.GaussianBlur(out.astype(np.float32), (0, 0), width / 160)
        ).mean()
        before = np.abs(
            small.astype(np.float32) - cv2.GaussianBlur(small.astype(np.float32), (0, 0), width / 160)
        ).mean()
        assert fine < 0.25 * before


@pytest.mark.parametrize(
    ("labels", "classes", "tells"),
    [
        (("person",), (), True),
        (("Person ",), (), True),
        (("cat",), (), False),
        (("cat", "person"), ("cat",), False),
        (("cat", "person"), ("cat", "PERSON"), True),
        (("cat", "person"), ("1",), True),
        (("cat", "person"), ("0",), False),
    ],
)
def test_which_detectors_tell_persons(labels: tuple[str, ...], classes: tuple[str, ...], tells: bool) -> None:
    assert tells_persons(labels, classes) is tells


def test_what_is_just_outside_a_box_is_blurred_too(image: ImageU8) -> None:
    """Boxes are not exact: a twentieth of a box beside it may still be the person. In numbers, not by the constant."""
    out = PeopleBlur()(frame(image), (people(FRONT, OTHER),))
    left, top, right, bottom = (int(v) for v in OTHER)
    for part in (np.s_[top:bottom, left - 4 : left], np.s_[top:bottom, right : right + 4]):
        assert not np.array_equal(out[part], image[part])
    for part in (np.s_[top - 5 : top, left:right], np.s_[bottom : bottom + 5, left:right]):
        assert not np.array_equal(out[part], image[part])
    far = np.s_[top:bottom, right + 12 : right + 30]
    assert np.array_equal(out[far], image[far])
