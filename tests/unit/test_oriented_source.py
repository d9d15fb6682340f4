"""Turned and mirrored pictures."""

import numpy as np
import pytest

from vision_app.results.values import Frame
from vision_app.sources.base import SourceInfo
from vision_app.sources.oriented import OrientedSource

# one letter a pixel: a b
#                    c d
#                    e f
LETTERS = np.array([list("ab"), list("cd"), list("ef")])


class OnePicture:
    """A source whose frames are all the same 2 x 3 picture."""

    def __init__(self):
        self.info = SourceInfo("letters", "camera", (2, 3), 30.0, live=True, frame_count=None)
        codes = np.vectorize(ord)(LETTERS).astype(np.uint8)
        self.image = np.repeat(codes[..., None], 3, axis=2)
        self.image.flags.writeable = False
        self.closed = False

    def read(self):
        return None if self.closed else Frame(self.image, 7, 1.0)

    def close(self):
        self.closed = True


def text(frame):
    return ["".join(chr(p) for p in row) for row in frame.image[..., 0]]


@pytest.mark.parametrize(
    ("mirror", "rotate_deg", "wanted"),
    [
        (False, 0, ["ab", "cd", "ef"]),
        (True, 0, ["ba", "dc", "fe"]),
        (False, 90, ["eca", "fdb"]),
        (False, 180, ["fe", "dc", "ba"]),
        (False, 270, ["bdf", "ace"]),
        (True, 90, ["ace", "bdf"]),
        (True, 270, ["fdb", "eca"]),
    ],
)
def test_pictures_are_turned_clockwise_then_mirrored(mirror, rotate_deg, wanted):
    source = OrientedSource(OnePicture(), mirror=mirror, rotate_deg=rotate_deg)
    frame = source.read()
    assert text(frame) == wanted
    assert frame.size_wh == source.info.size_wh == (len(wanted[0]), len(wanted))
    assert frame.index == 7
    assert not frame.image.flags.writeable
    assert frame.image.flags.c_contiguous


def test_what_is_neither_turned_nor_mirrored_costs_no_copy():
    inner = OnePicture()
    assert OrientedSource(inner).read().image is inner.image


def test_changed_while_it_runs_it_gives_the_last_frame_as_it_looks_now():
    source = OrientedSource(OnePicture())
    assert source.orient(mirror=False, rotate_deg=180) is None
    assert text(source.read()) == ["fe", "dc", "ba"]
    again = source.orient(mirror=True, rotate_deg=0)
    assert text(again) == text(source.read()) == ["ba", "dc", "fe"]


def test_other_angles_are_refused_and_closing_closes_the_other():
    inner = OnePicture()
    with OrientedSource(inner) as source, pytest.raises(ValueError, match="45"):
        source.orient(mirror=False, rotate_deg=45)
    assert inner.closed
