"""The marks of frames: what remembers frames has to know of a new source, a jump, and a second look."""

from pathlib import Path

import numpy as np
import pytest

from tests import tiny_models as tiny
from tests.clips import constant, write_clip
from vision_app.results.values import Frame, new_epoch
from vision_app.sources import open_source
from vision_app.sources.base import SourceInfo
from vision_app.sources.oriented import OrientedSource
from vision_app.sources.playback import open_playback


@pytest.fixture
def clip(tmp_path: Path) -> str:
    return str(write_clip(tmp_path / "clip.mp4", constant(5, 40)))


def test_every_source_that_is_opened_has_a_number_of_its_own(clip, tmp_path):
    import cv2

    cv2.imwrite(str(tmp_path / "a.png"), tiny.solid((9, 9, 9)))
    specs = [clip, clip, str(tmp_path / "a.png"), "synthetic:64x48", "synthetic:64x48@50"]
    seen = []
    for spec in specs:
        with open_source(spec) as source:
            seen.append(source.read().epoch)
    assert len(set(seen)) == len(specs)
    assert 0 not in seen
    assert new_epoch() > max(seen)


def test_frames_that_follow_each_other_have_the_same_number(clip):
    with open_source(clip) as source:
        assert len({frame.epoch for frame in iter(source.read, None)}) == 1


def test_a_jump_in_a_clip_is_another_number_and_a_step_is_none(clip):
    source = open_playback(clip)
    try:
        first, second = source.read(), source.read()
        assert (first.epoch, first.again) == (second.epoch, False)
        source.pause()
        source.step(1)
        assert source.read().epoch == first.epoch
        source.refresh()
        looked = source.read()
        assert (looked.epoch, looked.again) == (first.epoch, True)
        source.seek(0.0)
        sought = source.read()
        assert sought.epoch != first.epoch
        assert not sought.again
        source.step(2)
        ahead = source.read()
        assert ahead.epoch not in (first.epoch, sought.epoch)
        source.step(-1)
        assert source.read().epoch not in (first.epoch, sought.epoch, ahead.epoch)
    finally:
        source.close()


def test_a_clip_that_begins_again_is_another_number(clip):
    source = open_playback(clip, loop=True)
    try:
        epochs = [source.read().epoch for _ in range(12)]
    finally:
        source.close()
    assert [len(set(epochs[i : i + 5])) for i in (0, 5)] == [1, 1]
    assert len(set(epochs)) == 3


class Numbered:
    """A source whose frames say what they are told to."""

    def __init__(self):
        self.info = SourceInfo("x", "camera", (4, 3), 30.0, live=True, frame_count=None)
        self.epoch = 7

    def read(self):
        return Frame(np.zeros((3, 4, 3), np.uint8), 0, 0.0, epoch=self.epoch)

    def close(self):
        pass


@pytest.mark.parametrize("mirror", [True, False])
def test_pictures_that_are_turned_otherwise_are_another_number(mirror):
    inner = Numbered()
    source = OrientedSource(inner, mirror=True)
    assert source.read().epoch == 7
    shown = source.orient(mirror=mirror, rotate_deg=0)
    assert shown is not None
    if mirror:
        assert shown.epoch == source.read().epoch == 7, "nothing has changed"
        return
    assert shown.epoch == source.read().epoch != 7
    inner.epoch = 8
    assert source.read().epoch == 8, "a jump of the source itself still shows"
