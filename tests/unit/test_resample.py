"""The resampler gives what Pillow gives: that is what classifiers saw when they were trained."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vision_app.cards.card import InputSpec
from vision_app.tasks import resample
from vision_app.tasks.preprocess import Preprocessor
from vision_app.tasks.resample import Resampler

KERNELS = {"bilinear": "BILINEAR", "bicubic": "BICUBIC", "area": "BOX"}
sides = st.integers(1, 90)


def pillow(image, size_wh, kernel):
    pil = pytest.importorskip("PIL.Image", reason="compares with Pillow, of the extra `dev`")
    # One axis at a time: Pillow 13 takes the height first where that is less work, all before it the width.
    # Photos that keep their shape are resampled alike by both (`test_photos`).
    method = pil.Resampling[KERNELS[kernel]]
    resized = pil.fromarray(image).resize((size_wh[0], image.shape[0]), method).resize(size_wh, method)
    return np.asarray(resized).transpose(2, 0, 1).astype(np.float32)


def pictures(height, width, seed):
    """Noise on a ramp with hard edges: rough enough for the kernel to overshoot."""
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (height, width, 3), np.uint8)
    image[: height // 2, : width // 2] = 255
    image[height // 2 :, width // 2 :, 0] = 0
    return image


def compare(image, size_wh, kernel, crop=None):
    height, width = image.shape[:2]
    left, top, right, bottom = crop or (0, 0, *size_wh)
    ours = Resampler((width, height), size_wh, (left, top, right, bottom), kernel)(image)
    theirs = pillow(image, size_wh, kernel)[:, top:bottom, left:right]
    difference = np.abs(ours - theirs)
    assert (
        difference.max() <= 2
    )  # Pillow's weights are whole numbers of 1/2^22: ties may fall either way, twice
    if difference.size > 3000:
        assert difference.mean() <= 0.1


@settings(max_examples=60, deadline=None)
@given(sides, sides, sides, sides, st.sampled_from(sorted(KERNELS)), st.integers(0, 9))
@example(1, 1, 7, 9, "bicubic", 0)
@example(90, 1, 1, 90, "bilinear", 0)
def test_any_size_to_any_size(height, width, new_height, new_width, kernel, seed):
    compare(pictures(height, width, seed), (new_width, new_height), kernel)


@settings(max_examples=60, deadline=None)
@given(sides, sides, sides, sides, st.sampled_from(sorted(KERNELS)), st.integers(1, 40))
@example(80, 3, 7, 9, "bicubic", 1)
@example(80, 2, 1280, 2, "bilinear", 1)
def test_rows_of_the_picture_are_worked_on_a_few_at_a_time(
    height, width, new_height, new_width, kernel, rows
):
    image, size_wh = pictures(height, width, 0), (new_width, new_height)
    whole = Resampler((width, height), size_wh, (0, 0, *size_wh), kernel)(image).copy()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resample, "_BAND_BYTES", rows * 12 * width)
        patch.setattr(resample, "_ROWS", 4)
        parts = Resampler((width, height), size_wh, (0, 0, *size_wh), kernel)
    assert np.array_equal(parts(image), whole)
    assert np.array_equal(parts(image), whole)


@settings(max_examples=30, deadline=None)
@given(st.data(), st.sampled_from(sorted(KERNELS)))
def test_a_part_is_the_same_as_the_whole_cut(data, kernel):
    width, height = data.draw(sides), data.draw(sides)
    left, top = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    right, bottom = data.draw(st.integers(left + 1, width)), data.draw(st.integers(top + 1, height))
    compare(pictures(61, 83, 0), (width, height), kernel, (left, top, right, bottom))


@pytest.mark.parametrize("kernel", KERNELS)
def test_photos(kernel, shared_data):
    pil = pytest.importorskip("PIL.Image", reason="compares with Pillow, of the extra `dev`")
    for path in sorted((shared_data / "photos").iterdir()):
        image = cv2.imread(str(path))
        size_wh = (round(256 * image.shape[1] / image.shape[0]), 256)
        ours = Resampler((image.shape[1], image.shape[0]), size_wh, (0, 0, *size_wh), kernel)(image)
        theirs = np.asarray(pil.fromarray(image).resize(size_wh, pil.Resampling[KERNELS[kernel]]))
        difference = np.abs(ours - theirs.transpose(2, 0, 1))
        assert difference.mean() <= 0.01
        assert difference.max() <= 1


def test_the_outcome_does_not_depend_on_what_was_resampled_before():
    prepare = Preprocessor(InputSpec((24, 24), resize="squash", interpolation="bicubic")).prepare
    first, second = pictures(50, 70, 1), pictures(50, 70, 2)
    alone = prepare(second, (24, 24))[0].copy()
    prepare(first, (24, 24))
    assert np.array_equal(prepare(second, (24, 24))[0], alone)
