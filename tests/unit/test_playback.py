"""Playing files, folders and images for a screen: what pause, step, seek, speed and loop do, frame by frame."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.clips import constant, presentation_times, read_code, variable, write_clip
from tests.file_server import FileServer
from tests.mjpeg_server import MjpegServer
from vision_app.errors import SourceError
from vision_app.results.values import Frame
from vision_app.sources import LiveSource, SourceOptions
from vision_app.sources.playback import PlaybackSource, PlayState, open_playback
from vision_app.sources.reels import SLIDE_S


class Player:
    """Reads a source in a thread, as a pipeline does, and writes down what it gives."""

    def __init__(self, source: PlaybackSource) -> None:
        self.source = source
        self.frames: list[Frame] = []
        self.states: list[PlayState] = []
        source.watch(self.states.append)
        self.thread = threading.Thread(target=self._read)
        self.thread.start()

    def _read(self) -> None:
        while (frame := self.source.read()) is not None:
            self.frames.append(frame)

    @property
    def codes(self) -> list[int]:
        """The numbers in the pictures of a clip."""
        return [read_code(frame.image) for frame in self.frames]

    def wait_for(self, count: int) -> Frame:
        """The frame after so many were given."""
        wait_until(lambda: len(self.frames) >= count)
        return self.frames[count - 1]

    def next_code(self, act) -> int:
        """The number in the picture that comes of doing something."""
        count = len(self.frames)
        act()
        return read_code(self.wait_for(count + 1).image)


def wait_until(condition) -> None:
    deadline = time.perf_counter() + 20
    while not condition():
        assert time.perf_counter() < deadline
        time.sleep(0.002)


@contextmanager
def playing(spec: str, report=lambda _: None, *, options=None, loop=False, paused=False) -> Iterator[Player]:
    source = open_playback(spec, options, report, loop=loop)
    assert isinstance(source, PlaybackSource)
    if paused:
        source.pause()
    player = Player(source)
    try:
        yield player
    finally:
        source.close()
        player.thread.join(10)
        assert not player.thread.is_alive()


@pytest.fixture
def clip(tmp_path: Path) -> str:
    return str(write_clip(tmp_path / "clip.mp4", constant(50)))


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    for i in range(5):
        (folder / f"{i}.png").write_bytes(picture(40 * i))
    return folder


def picture(level: int) -> bytes:
    return cv2.imencode(".png", np.full((24, 32, 3), level, np.uint8))[1].tobytes()


def test_a_clip_is_played_at_its_own_pace_to_its_end_and_stays_there(tmp_path: Path) -> None:
    with playing(str(write_clip(tmp_path / "clip.mkv", times := variable(10)))) as player:
        wait_until(lambda: player.states[-1] is PlayState.ENDED)
        assert player.codes == list(range(10))
        assert [frame.index for frame in player.frames] == list(range(10))
        shown = [frame.captured_s - player.frames[0].captured_s for frame in player.frames]
        assert all(late >= due / 1000 - 0.002 for late, due in zip(shown, times, strict=True))
        assert player.states == [PlayState.PLAYING, PlayState.ENDED]
        assert player.source.position_s == pytest.approx(times[-1] / 1000, abs=0.002)
        assert player.thread.is_alive()


def test_to_play_on_after_the_end_is_to_begin_again(tmp_path: Path) -> None:
    with playing(str(write_clip(tmp_path / "clip.mp4", constant(4)))) as player:
        wait_until(lambda: player.states[-1] is PlayState.ENDED)
        player.source.pause()
        assert player.source.state is PlayState.ENDED
        player.source.resume()
        wait_until(lambda: len(player.states) == 4)
        assert player.states[2:] == [PlayState.PLAYING, PlayState.ENDED]
        assert player.codes == [0, 1, 2, 3, 0, 1, 2, 3]


def test_a_loop_begins_again_until_it_is_switched_off(tmp_path: Path) -> None:
    with playing(str(write_clip(tmp_path / "clip.mp4", constant(4, 10))), loop=True) as player:
        player.wait_for(10)
        player.source.set_loop(False)
        wait_until(lambda: player.states[-1] is PlayState.ENDED)
        assert player.codes[:10] == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1]
        assert player.codes[-1] == 3
        assert player.states == [PlayState.PLAYING, PlayState.ENDED]


def test_paused_from_the_start_it_shows_the_first_frame_and_waits(clip: str) -> None:
    with playing(clip, paused=True) as player:
        player.wait_for(1)
        time.sleep(0.15)
        assert player.codes == [0]
        assert player.source.paused


def test_steps_go_forwards_and_back_through_every_frame(clip: str) -> None:
    with playing(clip, paused=True) as player:
        source = player.source
        player.wait_for(1)
        assert player.next_code(lambda: source.seek(0.8)) == 20
        for wanted in (21, 22, 23):
            assert player.next_code(lambda: source.step(1)) == wanted
        for wanted in range(22, 9, -1):
            assert player.next_code(lambda: source.step(-1)) == wanted
            assert player.frames[-1].index == wanted
            assert source.position_s == pytest.approx(wanted * 0.04)
        assert player.next_code(lambda: source.step(5)) == 15
        assert player.next_code(lambda: source.step(-7)) == 8
        assert player.next_code(lambda: source.step(-100)) == 0
        assert player.next_code(lambda: source.step(1)) == 1
        assert player.source.state is PlayState.PAUSED


def test_steps_back_through_uneven_times(tmp_path: Path) -> None:
    times = [0, 50, 100, 6000, 6010, 6020, 14000, 14010]
    with playing(str(write_clip(tmp_path / "clip.mkv", times)), paused=True) as player:
        player.wait_for(1)
        assert player.next_code(lambda: player.source.seek(14.005)) == 7
        assert [player.next_code(lambda: player.source.step(-1)) for _ in range(7)] == [6, 5, 4, 3, 2, 1, 0]


def test_stepping_past_the_end_ends_and_back_again_goes_on(clip: str) -> None:
    with playing(clip, paused=True) as player:
        player.wait_for(1)
        assert player.next_code(lambda: player.source.seek(1.92)) == 48
        assert player.next_code(lambda: player.source.step(1)) == 49
        player.source.step(1)
        wait_until(lambda: player.source.state is PlayState.ENDED)
        assert player.next_code(lambda: player.source.step(-1)) == 48
        assert player.source.state is PlayState.PAUSED


@pytest.mark.parametrize("container", ["mp4", "mkv", "avi"])
def test_seeking_is_exact_whatever_the_container(tmp_path: Path, container: str) -> None:
    codec = "mpeg4" if container == "avi" else "libx264"
    path = write_clip(tmp_path / f"clip.{container}", constant(100), codec=codec)
    with playing(str(path), paused=True) as player:
        player.wait_for(1)
        for wanted in (70, 3, 99, 0, 41):
            assert player.next_code(lambda: player.source.seek(wanted * 0.04)) == wanted  # noqa: B023
            assert player.frames[-1].position_s == pytest.approx(wanted * 0.04, abs=0.001)
            if (
                container != "avi"
            ):  # this one has no rate, so its frames are numbered as if it had 30 a second
                assert player.frames[-1].index == wanted
        assert player.source.duration_s == pytest.approx(4.0, abs=0.1)
        assert player.source.can_seek


def test_seeking_past_the_end_shows_the_last_frame(tmp_path: Path) -> None:
    times = variable(20)
    with playing(str(write_clip(tmp_path / "clip.mkv", times)), paused=True) as player:
        player.wait_for(1)
        assert player.next_code(lambda: player.source.seek(1000)) == 19


def test_seeking_while_it_plays_goes_on_from_there(clip: str) -> None:
    with playing(clip) as player:
        player.wait_for(3)
        player.source.seek(1.6)
        wait_until(lambda: player.states[-1] is PlayState.ENDED)
        codes = player.codes
        assert codes[codes.index(40) :] == list(range(40, 50))
        assert 39 not in codes


def test_seeking_after_the_end_waits_there(tmp_path: Path) -> None:
    with playing(str(write_clip(tmp_path / "clip.mp4", constant(4)))) as player:
        wait_until(lambda: player.states[-1] is PlayState.ENDED)
        assert player.next_code(lambda: player.source.seek(0.04)) == 1
        assert player.source.state is PlayState.PAUSED
        player.source.resume()
        wait_until(lambda: player.states[-1] is PlayState.ENDED)
        assert player.codes[-2:] == [2, 3]


def test_many_seeks_end_at_the_last_one(clip: str) -> None:
    with playing(clip, paused=True) as player:
        player.wait_for(1)
        for i in range(40):
            player.source.seek(i * 0.04)
        wait_until(lambda: player.codes[-1] == 39)
        assert len(player.frames) < 41


def test_twice_the_speed_takes_half_the_time(clip: str) -> None:
    def seconds(speed: float) -> float:
        with playing(clip) as player:
            player.source.set_speed(speed)
            wait_until(lambda: player.states[-1] is PlayState.ENDED)
            assert player.codes == list(range(50))
            return player.frames[-1].captured_s - player.frames[0].captured_s

    assert 0.48 <= seconds(4) < seconds(2)
    with playing(clip, paused=True) as player:
        player.source.set_speed(100)
        assert player.source.speed == 4
        player.source.set_speed(0)
        assert player.source.speed == 0.25


def test_a_pause_costs_no_frame(clip: str) -> None:
    with playing(clip) as player:
        player.source.set_speed(4)
        for count in (5, 15, 25):
            player.wait_for(count)
            player.source.pause()
            time.sleep(0.05)
            player.source.resume()
        wait_until(lambda: player.states[-1] is PlayState.ENDED)
        assert player.codes == list(range(50))


def test_the_present_frame_can_be_had_again(clip: str) -> None:
    with playing(clip, paused=True) as player:
        first = player.wait_for(1)
        assert player.next_code(player.source.refresh) == 0
        assert player.frames[-1].image is first.image
        assert player.frames[-1].captured_s > first.captured_s


def test_a_part_of_a_file(clip: str) -> None:
    with playing(clip, options=SourceOptions(start_s=0.4, end_s=0.8), paused=True) as player:
        assert read_code(player.wait_for(1).image) == 10
        assert player.source.position_s == 0
        assert player.source.duration_s == pytest.approx(0.4)
        assert player.next_code(lambda: player.source.seek(0.2)) == 15
        assert player.next_code(lambda: player.source.seek(99)) == 19
        player.source.step(1)
        wait_until(lambda: player.source.state is PlayState.ENDED)
        assert player.next_code(player.source.resume) == 10


def test_every_second_frame(clip: str) -> None:
    with playing(clip, options=SourceOptions(every=2), paused=True) as player:
        player.wait_for(1)
        assert player.next_code(lambda: player.source.step(1)) == 2
        assert player.next_code(lambda: player.source.step(2)) == 6
        assert player.frames[-1].index == 6


def test_a_file_that_is_cut_off_plays_as_far_as_it_goes_and_says_so(tmp_path: Path) -> None:
    options = {"movflags": "faststart"}
    path = write_clip(tmp_path / "clip.mp4", constant(50), noise=True, container_options=options)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    told: list[str] = []
    with playing(str(path), told.append) as player:
        player.source.set_speed(4)
        wait_until(lambda: player.states[-1] is PlayState.ENDED)
        assert 10 < len(player.frames) < 50
        assert len(told) == 1
        assert "truncated or damaged" in told[0]
        player.source.resume()
        wait_until(lambda: len(player.states) == 4)
        assert len(told) == 1


def test_a_file_that_is_damaged_in_the_middle_never_ends_it(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", constant(50), noise=True)
    data = bytearray(path.read_bytes())
    data[len(data) // 3 : len(data) // 2] = bytes(len(data) // 2 - len(data) // 3)
    path.write_bytes(data)
    with playing(str(path)) as player:
        player.source.set_speed(4)
        wait_until(lambda: player.states[-1] is PlayState.ENDED)
        assert player.codes[:10] == list(range(10))


def test_a_file_that_vanishes_is_said_and_the_picture_stays(clip: str) -> None:
    told: list[str] = []
    with playing(clip, told.append, paused=True) as player:
        player.wait_for(1)
        Path(clip).unlink()
        player.source.seek(1.0)
        wait_until(lambda: told)
        assert "clip.mp4" in told[0]
        assert player.thread.is_alive()
        assert player.codes == [0]


def test_a_folder_is_a_slide_show(images: Path) -> None:
    with playing(str(images), paused=True) as player:
        source = player.source
        player.wait_for(1)
        assert (source.frame_count, source.duration_s, source.can_seek) == (5, 5 * SLIDE_S, True)

        def level(act) -> int:
            count = len(player.frames)
            act()
            return int(player.wait_for(count + 1).image[0, 0, 0])

        assert [level(lambda: source.step(1)) for _ in range(4)] == [40, 80, 120, 160]
        assert [level(lambda: source.step(-1)) for _ in range(2)] == [120, 80]
        assert level(lambda: source.seek(3.5 * SLIDE_S)) == 120
        assert source.position_s == 3 * SLIDE_S
        assert Path(player.frames[-1].file or "").name == "3.png"
        assert level(lambda: source.step(-3)) == 0


def test_slides_follow_each_other(images: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vision_app.sources.reels.SLIDE_S", 0.05)
    monkeypatch.setattr("vision_app.sources.reels.ImagesReel.frame_time_s", 0.05)
    with playing(str(images / "*.png"), loop=True) as player:
        player.wait_for(7)
        assert [int(f.image[0, 0, 0]) for f in player.frames[:7]] == [0, 40, 80, 120, 160, 0, 40]
        gaps = np.diff([f.captured_s for f in player.frames[:7]])
        assert gaps.min() > 0.04


def test_an_image_that_cannot_be_read_is_left_out_and_told_once(images: Path) -> None:
    (images / "2.png").write_bytes(b"no image")
    told: list[str] = []
    with playing(str(images), told.append, paused=True) as player:
        player.wait_for(1)
        for step in (1, 1, -1, 1):
            count = len(player.frames)
            player.source.step(step)
            player.wait_for(count + 1)
        assert [int(f.image[0, 0, 0]) for f in player.frames] == [0, 40, 120, 40, 120]
        assert len(told) == 1
        assert "2.png" in told[0]


def test_a_single_image_stands_still(images: Path) -> None:
    with playing(str(images / "3.png"), loop=True) as player:
        player.wait_for(1)
        player.source.resume()
        time.sleep(0.05)
        assert len(player.frames) == 1
        assert player.states == [PlayState.PAUSED]
        assert player.source.duration_s is None


def test_a_whole_file_on_a_server_is_played_from_its_start(tmp_path: Path) -> None:
    content = write_clip(tmp_path / "clip.mp4", constant(20, 10)).read_bytes()
    told: list[str] = []
    with FileServer(content) as server, playing(server.url, told.append) as player:
        wait_until(lambda: player.states[-1] is PlayState.ENDED)
        assert player.codes == list(range(20))
        assert not player.source.can_seek
        player.source.seek(0.1)
        wait_until(lambda: told)
        assert "only be played from its start" in told[0]
        assert player.next_code(player.source.resume) == 0


def test_what_is_live_stays_live(tmp_path: Path) -> None:
    with ExitStack() as stack:
        stream = stack.enter_context(open_playback(stack.enter_context(MjpegServer()).url))
        assert isinstance(stream, LiveSource)
        card = stack.enter_context(open_playback("synthetic:64x48"))
        assert card.info.live
        assert card.info.fps == 30


def test_what_cannot_be_opened_is_said_as_by_open_source(tmp_path: Path) -> None:
    (tmp_path / "notes.mp4").write_text("notes")
    for spec in (str(tmp_path / "notes.mp4"), str(tmp_path / "nothing.mp4"), str(tmp_path), ""):
        with pytest.raises(SourceError):
            open_playback(spec)
    with pytest.raises(SourceError, match="a start or end time needs a video file"):
        (tmp_path / "a.png").write_bytes(picture(9))
        open_playback(str(tmp_path / "a.png"), SourceOptions(start_s=1))


def test_recordings_of_this_program_can_be_gone_through(tmp_path: Path) -> None:
    options = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    path = write_clip(tmp_path / "clip.mp4", constant(60), container_options=options)
    assert len(presentation_times(path)) == 60
    with playing(str(path), paused=True) as player:
        player.wait_for(1)
        assert player.next_code(lambda: player.source.seek(1.6)) == 40
        assert player.next_code(lambda: player.source.step(-1)) == 39
        assert player.next_code(lambda: player.source.seek(99)) == 59
        assert player.source.duration_s == pytest.approx(2.4, abs=0.1)
