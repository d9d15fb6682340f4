"""From a frame to a tensor and back."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision_app.cards.card import InputSpec
from vision_app.tasks.preprocess import Preprocessor, smallest_rectangle

SIZES = st.tuples(st.integers(1, 700), st.integers(1, 700))
LETTERBOX = InputSpec((64, 96), resize="letterbox-centre", antialias=False)


@pytest.mark.parametrize("resize", ["letterbox-centre", "letterbox-topleft", "squash", "crop"])
@given(size=SIZES, data=st.data())
def test_a_box_that_goes_into_the_tensor_comes_back(resize, size, data):
    width, height = size
    spec = dataclasses.replace(LETTERBOX, resize=resize, antialias=False)
    image = np.zeros((height, width, 3), np.uint8)
    _, geometry = Preprocessor(spec).prepare(image, spec.size_hw)
    x = sorted(data.draw(st.lists(st.floats(0, width), min_size=2, max_size=2)))
    y = sorted(data.draw(st.lists(st.floats(0, height), min_size=2, max_size=2)))
    box = np.array([[x[0], y[0], x[1], y[1]]], np.float32)
    inside = box * np.array(geometry.scale_xy * 2, np.float32) + np.array(geometry.offset_xy * 2, np.float32)
    assert np.allclose(geometry.boxes_to_frame(inside), box, atol=0.02)


@given(size=SIZES)
def test_boxes_are_clipped_to_the_frame(size):
    image = np.zeros((size[1], size[0], 3), np.uint8)
    _, geometry = Preprocessor(LETTERBOX).prepare(image, LETTERBOX.size_hw)
    far = np.array([[-1e4, -1e4, 1e4, 1e4]], np.float32)
    assert geometry.boxes_to_frame(far).tolist() == [[0, 0, size[0], size[1]]]


def test_a_letterbox_pads_with_the_grey_of_the_card_and_keeps_the_picture():
    image = np.full((10, 40, 3), 200, np.uint8)
    tensor, geometry = Preprocessor(LETTERBOX).prepare(image, (64, 96))
    grey, bright = np.float32(114 / 255), np.float32(200 / 255)
    assert np.allclose(tensor[0, :, 0, :], grey)
    assert np.allclose(tensor[0, :, 32, :], bright)
    assert geometry.scale_xy == (96 / 40, 96 / 40)
    assert geometry.offset_xy == (0, 20)


def test_a_frame_of_another_size_does_not_leave_its_border_behind():
    preprocessor = Preprocessor(LETTERBOX)
    wide = preprocessor.prepare(np.full((10, 100, 3), 255, np.uint8), (64, 96))[0].copy()
    preprocessor.prepare(np.full((100, 10, 3), 9, np.uint8), (64, 96))
    again = preprocessor.prepare(np.full((10, 100, 3), 255, np.uint8), (64, 96))[0]
    assert np.array_equal(wide, again)


@pytest.mark.parametrize(("colour", "first"), [("RGB", 30), ("BGR", 10)])
def test_the_channel_order_of_the_card(colour, first):
    spec = InputSpec((8, 8), colour=colour, scale=1.0, resize="squash", antialias=False)
    image = np.full((8, 8, 3), (10, 20, 30), np.uint8)
    tensor, _ = Preprocessor(spec).prepare(image, (8, 8))
    assert tensor[0, :, 0, 0].tolist() == [first, 20, 40 - first]


def test_normalisation_is_scale_then_mean_then_std():
    spec = InputSpec((4, 4), scale=0.5, mean=(1, 2, 3), std=(2, 4, 5), resize="squash", antialias=False)
    image = np.full((4, 4, 3), 100, np.uint8)
    tensor, _ = Preprocessor(spec).prepare(image, (4, 4))
    assert np.allclose(tensor[0, :, 0, 0], [(50 - 1) / 2, (50 - 2) / 4, (50 - 3) / 5])


def test_both_layouts_hold_the_same_values():
    spec = InputSpec((32, 48), resize="letterbox-centre", antialias=False, mean=(0.4, 0.5, 0.6))
    image = np.random.default_rng(1).integers(0, 255, (37, 91, 3), np.uint8)
    planes, _ = Preprocessor(spec).prepare(image, (32, 48))
    pixels, _ = Preprocessor(dataclasses.replace(spec, layout="NHWC")).prepare(image, (32, 48))
    assert np.array_equal(planes.transpose(0, 2, 3, 1), pixels)


@pytest.mark.slow
@pytest.mark.parametrize("antialias", [True, False])
@given(size=SIZES)
def test_any_size_can_be_cropped(antialias, size):
    spec = InputSpec((32, 32), crop_pct=0.875, antialias=antialias)
    tensor, _ = Preprocessor(spec).prepare(np.full((size[1], size[0], 3), 77, np.uint8), (32, 32))
    assert tensor.shape == (1, 3, 32, 32)
    assert np.allclose(tensor, 77 / 255, atol=1e-6)


def test_the_frame_is_not_written_and_may_be_read_only():
    image = np.random.default_rng(2).integers(0, 255, (48, 64, 3), np.uint8)
    before = image.copy()
    image.flags.writeable = False
    for resize in ("letterbox-centre", "crop"):
        Preprocessor(InputSpec((64, 64), resize=resize, antialias=False)).prepare(image, (64, 64))
    assert np.array_equal(image, before)


@pytest.mark.parametrize(
    ("frame_wh", "expected"),
    [((1280, 720), (384, 640)), ((720, 1280), (640, 384)), ((640, 640), (640, 640)), ((3000, 10), (32, 640))],
)
def test_the_smallest_rectangle_around_a_frame(frame_wh, expected):
    spec = InputSpec((640, 640), resize="letterbox-centre")
    assert smallest_rectangle(spec, frame_wh, (640, 640)) == expected


@given(size=SIZES)
def test_the_smallest_rectangle_keeps_the_scale_of_the_square(size):
    spec = InputSpec((320, 320), resize="letterbox-centre", antialias=False)
    image = np.zeros((size[1], size[0], 3), np.uint8)
    rectangle = smallest_rectangle(spec, size, (320, 320))
    preprocessor = Preprocessor(spec)
    _, square = preprocessor.prepare(image, (320, 320))
    _, small = preprocessor.prepare(image, rectangle)
    assert all(side % spec.stride == 0 and side <= 320 for side in rectangle)
    assert np.allclose(small.scale_xy, square.scale_xy, rtol=0.02)
