"""The film of the signs: the same each time, with boxes that hold the ink, and the one in the shipped clip."""

from __future__ import annotations

from itertools import islice

import cv2
import numpy as np
import pytest
from sketches.film import FRAMES, FilmFrame, film_frames
from sketches.signs import LABELS

from vision_app.resources import demo_clip

PHOTO_FRAMES = 300
HAND_AND_PERSON_FRAMES = 120 + 75


@pytest.fixture(scope="module")
def film() -> dict[int, FilmFrame]:
    """Every fortieth frame and the last one."""
    return {i: f for i, f in enumerate(film_frames()) if i % 40 == 0 or i == FRAMES - 1}


@pytest.mark.slow
def test_a_seed_gives_the_same_film_again(film) -> None:
    again = next(islice(film_frames(), 40, None))
    assert np.array_equal(again.image, film[40].image)
    assert np.array_equal(again.xyxy, film[40].xyxy)
    other = next(islice(film_frames(seed=7), 40, None))
    assert not np.array_equal(other.image, film[40].image)


def test_signs_are_drawn_one_after_the_other_and_stay(film) -> None:
    counts = [len(f.class_ids) for f in film.values()]
    assert counts[0] == 0
    assert counts == sorted(counts)
    assert len(set(counts)) >= 6
    for frame in film.values():
        assert frame.image.shape == (720, 1280, 3)
        assert frame.image.dtype == np.uint8
        assert frame.class_ids.tolist() == list(range(len(frame.class_ids)))
        assert frame.xyxy.shape == (len(frame.class_ids), 4)
    assert film[FRAMES - 1].class_ids.tolist() == list(range(len(LABELS)))


def test_boxes_are_those_of_the_ink(film) -> None:
    last = film[FRAMES - 1]
    for box, name in zip(last.xyxy, LABELS, strict=True):
        assert max(box[2] - box[0], box[3] - box[1]) >= 110, name
        left, top = np.floor(box[:2]).astype(int) - 10
        right, bottom = np.ceil(box[2:]).astype(int) + 10
        part = last.image[top:bottom, left:right].astype(int)
        paper = np.median(part.reshape(-1, 3), axis=0)
        rows, columns = np.nonzero(np.abs(part - paper).max(axis=2) > 45)
        inked = [columns.min() + left, rows.min() + top, columns.max() + 1 + left, rows.max() + 1 + top]
        assert np.abs(inked - box).max() <= 3, name


def test_the_shipped_clip_has_it_after_the_photos(film) -> None:
    clip = cv2.VideoCapture(str(demo_clip()), cv2.CAP_FFMPEG)
    assert clip.get(cv2.CAP_PROP_FRAME_COUNT) == PHOTO_FRAMES + FRAMES + HAND_AND_PERSON_FRAMES
    for index in (120, FRAMES - 1):
        clip.set(cv2.CAP_PROP_POS_FRAMES, PHOTO_FRAMES + index)
        good, image = clip.read()
        assert good
        assert cv2.PSNR(image, film[index].image) > 32
    clip.release()
