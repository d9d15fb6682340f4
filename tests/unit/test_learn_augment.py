"""Views of a sample: the first is the sample, the others differ a little, and all are the same each time."""

from __future__ import annotations

import hashlib

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision_app.learn.augment import PLAIN, View, changed, views_of

SHA = hashlib.sha256(b"sample").hexdigest()


def picture(width: int = 64, height: int = 48) -> np.ndarray:
    image = np.zeros((height, width, 3), np.uint8)
    image[:, : width // 2] = (40, 90, 160)
    image[:, width // 2 :] = (200, 150, 60)
    image.flags.writeable = False
    return image


def test_the_plain_view_is_the_picture_itself():
    image = picture()
    assert changed(image, PLAIN, SHA) is image
    assert PLAIN.key == "plain"


@given(st.integers(1, 6), st.integers(0, 5), st.integers(1, 90), st.integers(1, 90))
@settings(max_examples=60, deadline=None)
def test_views_are_pictures_of_any_size_and_the_same_each_time(number, seed, width, height):
    image = picture(width, height)
    view = View(number, seed)
    one, two = changed(image, view, SHA), changed(image, view, SHA)
    assert np.array_equal(one, two)
    assert one.dtype == np.uint8
    assert one.flags.c_contiguous
    assert 1 <= one.shape[0] <= height
    assert 1 <= one.shape[1] <= width
    assert one.shape[0] * one.shape[1] >= 0.5 * (width - 1) * (height - 1)
    assert not np.shares_memory(one, image)


def test_samples_views_and_seeds_differ():
    image = cv2.resize(np.random.default_rng(0).integers(0, 255, (9, 9, 3), np.uint8), (64, 48))
    other = hashlib.sha256(b"another").hexdigest()
    drawn = [changed(image, View(n, seed), sha) for n in (1, 2) for seed in (0, 1) for sha in (SHA, other)]
    assert len({d.tobytes() for d in drawn}) == len(drawn)
    keys = {View(n, seed, flip).key for n in (0, 1, 2) for seed in (0, 1) for flip in (True, False)}
    assert len(keys) == 9


def test_without_flip_nothing_is_mirrored_and_with_it_half_are():
    image = picture(200, 200)

    def mirrored(view: View) -> bool:
        result = changed(image, view, SHA)
        return bool(result[:, 0, 0].mean() > result[:, -1, 0].mean())  # the blue side is on the left

    assert not any(mirrored(View(n, flip=False)) for n in range(1, 40))
    assert 10 < sum(mirrored(View(n)) for n in range(1, 41)) < 30


def test_the_changes_are_slight():
    image = np.full((60, 80, 3), 128, np.uint8)
    means = [changed(image, View(n), SHA).mean() for n in range(1, 60)]
    assert 88 < min(means) < 120
    assert 136 < max(means) < 168


def test_wrong_numbers_are_refused():
    for wrong in (lambda: View(-1), lambda: View(0, -1), lambda: views_of(0)):
        with pytest.raises(ValueError, match=r"from 0|at least one"):
            wrong()
