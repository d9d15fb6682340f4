"""The moving card: deterministic, where it says it is, and in time."""

from __future__ import annotations

import itertools
import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision_app.errors import SourceError
from vision_app.sources import SourceOptions, card_box, open_source


def test_the_same_index_has_the_same_pixels() -> None:
    with open_source("synthetic:640x360") as one, open_source("synthetic:640x360") as other:
        frames = [(one.read(), other.read()) for _ in range(20)]
    assert all(a and b and np.array_equal(a.image, b.image) for a, b in frames)
    assert len({a.image.tobytes() for a, _ in frames if a}) == 20


def test_the_card_is_where_card_box_says() -> None:
    with open_source("synthetic:640x360", SourceOptions(every=17)) as source:
        for _ in range(30):
            frame = source.read()
            assert frame is not None
            left, top, right, bottom = card_box(frame.index, (640, 360))
            bright = np.zeros((360, 640), bool)
            bright[top:bottom, left:right] = True
            assert frame.image[bright].min(axis=0)[1] >= 200
            text = frame.image[:, :, 2] == 255
            assert frame.image[~bright & ~text][:, 2].max() < 255


@pytest.mark.slow
@given(st.integers(0, 10**9), st.tuples(st.integers(16, 8192), st.integers(16, 8192)))
def test_the_card_stays_inside_and_moves_steadily(index: int, size_wh: tuple[int, int]) -> None:
    left, top, right, bottom = card_box(index, size_wh)
    assert 0 <= left < right <= size_wh[0]
    assert 0 <= top < bottom <= size_wh[1]
    after = card_box(index + 1, size_wh)
    assert abs(after[0] - left) <= max(1, size_wh[0] // 160)
    assert after != (left, top, right, bottom)


def test_start_end_and_every_limit_it() -> None:
    with open_source("synthetic:64x48", SourceOptions(start_s=1.0, end_s=2.0, every=4)) as source:
        frames = list(itertools.takewhile(lambda f: f is not None, iter(source.read, 0)))
        assert source.info.frame_count == len(frames) == 8
    assert [f.index for f in frames if f] == [30, 34, 38, 42, 46, 50, 54, 58]
    assert next(f.position_s for f in frames if f) == 1.0


def test_a_late_reader_of_a_paced_one_gets_the_newest() -> None:
    with open_source("synthetic:64x48@200") as source:
        first = source.read()
        time.sleep(0.2)
        late = source.read()
        assert first and late
        assert late.index - first.index >= 35
        assert source.info.live
        assert late.position_s is None


def test_a_paced_one_is_not_faster_than_its_rate() -> None:
    with open_source("synthetic:64x48@50") as source:
        started = time.perf_counter()
        frames = [source.read() for _ in range(10)]
        took = time.perf_counter() - started
    assert took >= 9 / 50 - 0.001
    assert all(f and started - 0.1 < f.captured_s <= started + took for f in frames)


def test_close_ends_a_wait_at_once() -> None:
    source = open_source("synthetic:64x48@0.1")
    assert source.read() is not None
    got: list[object] = []
    thread = threading.Thread(target=lambda: got.append(source.read()))
    thread.start()
    started = time.perf_counter()
    source.close()
    thread.join(5)
    assert got == [None]
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("synthetic:", "must have the form synthetic:WIDTHxHEIGHT"),
        ("synthetic:640", "must have the form"),
        ("synthetic:640x360@", "must have the form"),
        ("synthetic:640x360@fast", "must have the form"),
        ("synthetic:0x0", "16 to 8192 pixels"),
        ("synthetic:99999x10", "16 to 8192 pixels"),
        ("synthetic:640x360@0", "above 0"),
        ("synthetic:640x360@9999", "at most 1000"),
    ],
)
def test_a_bad_spec_is_explained(spec: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        open_source(spec)
