"""What every operation of the OpenCV bench holds to: a new row of the table is tried by the same suite."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.filter_examples import ALL, small, usual, variants
from vision_app.filters.chain import FilterChain, parse_chain
from vision_app.filters.operation import Operation
from vision_app.filters.parameters import Real, Whole
from vision_app.filters.pictures import draw_pattern
from vision_app.filters.table import OPERATIONS

SIZES_WH = [(1, 1), (2, 1), (1, 7), (5, 3), (16, 16), (31, 32), (200, 65), (1, 300), (357, 25), (25, 357)]
HANGUL = re.compile("[가-힣]")
each_operation = pytest.mark.parametrize("operation", ALL, ids=lambda operation: operation.name)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """As in the program: the pool of OpenCV would fight with that of the models."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    yield
    cv2.setNumThreads(before)


def frames(operation: Operation, count: int = 3) -> list[np.ndarray]:
    return [small(operation.picture, 4 * i) for i in range(count)]


@each_operation
def test_the_same_pictures_give_the_same_pixels_also_after_a_reset(
    operation: Operation, tmp_path: Path
) -> None:
    for step in variants(operation, tmp_path)[:3]:
        stream = FilterChain((step,)).start()
        first = [stream.process(image).copy() for image in frames(operation)]
        stream.reset()
        again = [stream.process(image) for image in frames(operation)]
        other = FilterChain((step,)).start()
        for a, b, image in zip(first, again, frames(operation), strict=True):
            assert np.array_equal(a, b)
            assert np.array_equal(a, other.process(image))


@each_operation
def test_its_input_is_never_written(operation: Operation, tmp_path: Path) -> None:
    for step in variants(operation, tmp_path):
        stream = FilterChain((step,)).start()
        for image in frames(operation, 2):
            before = image.copy()
            image.flags.writeable = False
            stream.process(image)
            assert np.array_equal(image, before), str(step)


@each_operation
@pytest.mark.parametrize("size_wh", SIZES_WH, ids=str)
def test_any_size_grey_and_colour(operation: Operation, size_wh: tuple[int, int], tmp_path: Path) -> None:
    width, height = size_wh
    rng = np.random.default_rng(width * height)
    for step in variants(operation, tmp_path):
        for shape in ((height, width), (height, width, 3)):
            stream = FilterChain((step,)).start()
            pictures = (
                rng.integers(0, 256, shape, np.uint8),
                np.zeros(shape, np.uint8),
                np.full(shape, 255, np.uint8),
            )
            for image in pictures:
                made = stream.process(image)
                assert made.dtype == np.uint8
                assert made.shape[:2] == (height, width), str(step)
                wanted = {"same": len(shape), "grey": 2, "colour": 3}[operation.gives]
                assert made.ndim == wanted, str(step)
                assert stream.bgr(image).shape == (height, width, 3)


@pytest.mark.slow
@each_operation
def test_8k(operation: Operation, tmp_path: Path) -> None:
    image = cv2.resize(draw_pattern(operation.picture), (7680, 4320), interpolation=cv2.INTER_LINEAR)
    assert image.shape == (4320, 7680, 3)
    stream = FilterChain((usual(operation, tmp_path),)).start()
    for _ in range(2 if operation.remembers else 1):
        assert stream.process(image).shape[:2] == (4320, 7680)


@each_operation
def test_it_can_be_written_and_read_with_every_value(operation: Operation, tmp_path: Path) -> None:
    for step in variants(operation, tmp_path):
        assert parse_chain(str(step)).steps == (step,)
        assert parse_chain(f"!{step}").steps[0].on is False


@each_operation
def test_what_is_out_of_range_is_refused_by_name_and_range(operation: Operation, tmp_path: Path) -> None:
    from vision_app.errors import ConfigError

    for parameter in operation.parameters:
        wrong = ["no such thing" * 40 + "\0"]
        if isinstance(parameter, Whole | Real):
            wrong = [str(parameter.low - 1), str(parameter.high + 1), "nan", "", "1e999", "one"]
        for value in wrong:
            with pytest.raises(
                ConfigError, match=rf"^{operation.name}: {parameter.name} must be "
            ) as refused:
                usual(operation, tmp_path, **{parameter.name: value})
            if isinstance(parameter, Whole | Real):
                assert (
                    f"from {parameter.low:g} to {parameter.high:g}{' ' * bool(parameter.unit)}{parameter.unit}"
                    in str(refused.value)
                )


@each_operation
def test_its_words_are_there_in_both_languages(operation: Operation) -> None:
    assert OPERATIONS[operation.name] is operation
    for words in (operation.line, operation.lesson):
        assert HANGUL.search(words.ko)
        assert not HANGUL.search(words.en)
    for text in (operation.lesson.en, operation.lesson.ko):
        assert len(re.findall(r"[.!?](?:\s|$)", text)) >= 3, "three sentences"
    assert "\n" not in operation.line.en
    for parameter in operation.parameters:
        assert parameter.words.en
        assert parameter.words.ko
    assert operation.cost_ms > 0
