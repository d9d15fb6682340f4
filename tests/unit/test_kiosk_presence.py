"""Whether somebody is there: on a real clip with people and empty stretches, and against noise, light and flicker."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from vision_app.kiosk.presence import Motion, Presence, persons
from vision_app.results.values import Classification, Detections, ImageU8

LABELS = ("person", "dog")
EVERY_S = 0.2


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture(scope="module")
def walk(shared_data: Path) -> list[ImageU8]:
    """Five pictures a second of a room through which people come one by one."""
    capture = cv2.VideoCapture(str(shared_data / "clips" / "intel_one-by-one-person-detection.mp4"))
    step = round(capture.get(cv2.CAP_PROP_FPS) * EVERY_S)
    frames = []
    for index in range(100 * round(1 / EVERY_S) * step):
        if not capture.grab():
            break
        if index % step == 0:
            frames.append(cv2.resize(capture.retrieve()[1], (384, 216), interpolation=cv2.INTER_AREA))
    capture.release()
    return frames


def moving(frames: list[ImageU8]) -> list[bool]:
    motion = Motion()
    return [motion.see(frame) for frame in frames]


def stretch(frames: list[ImageU8], begin_s: float, end_s: float) -> list[ImageU8]:
    return frames[round(begin_s / EVERY_S) : round(end_s / EVERY_S)]


# looked up by eye: the room is empty, or somebody walks through the picture
@pytest.mark.parametrize(("begin_s", "end_s"), [(0, 5.5), (46.5, 50), (71.2, 74), (88.5, 92)])
def test_an_empty_room_does_not_move(walk: list[ImageU8], begin_s: float, end_s: float) -> None:
    assert not any(moving(stretch(walk, begin_s, end_s)))


@pytest.mark.parametrize(("begin_s", "end_s"), [(7, 9), (23, 25), (50.8, 52.5), (74.8, 77), (92.6, 95)])
def test_people_who_come_are_seen(walk: list[ImageU8], begin_s: float, end_s: float) -> None:
    assert sum(moving(stretch(walk, begin_s, end_s))) >= 4


def test_the_invitation_comes_and_goes_with_the_people(walk: list[ImageU8]) -> None:
    """With a patience of 3 s: nobody at 5 s, somebody at 9 s, nobody at 74 s, somebody at 76 s."""
    clock = Clock()
    presence = Presence(3.0, clock)
    there = []
    for frame in walk:
        presence.look(frame, ())
        there.append(presence.present)
        clock.now_s += EVERY_S
    at = {second: there[round(second / EVERY_S)] for second in (5, 9, 74, 76.5)}
    assert at == {5: False, 9: True, 74: False, 76.5: True}


@pytest.fixture(scope="module")
def room(walk: list[ImageU8]) -> ImageU8:
    return walk[10]


def noisy(image: ImageU8, sigma: float, seed: int) -> ImageU8:
    noise = np.random.default_rng(seed).normal(0, sigma, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("sigma", [0, 6, 15, 30])
def test_noise_is_no_motion(room: ImageU8, sigma: float) -> None:
    large = cv2.resize(room, (640, 360))
    assert not any(moving([noisy(large, sigma, i) for i in range(30)]))


def test_a_noisy_picture_still_shows_people(walk: list[ImageU8]) -> None:
    frames = [noisy(frame, 15, i) for i, frame in enumerate(stretch(walk, 4, 9))]
    seen = moving(frames)
    assert not any(seen[: round(1.5 / EVERY_S)])
    assert sum(seen) >= 4


def test_exposure_and_lamps_bring_nobody(room: ImageU8) -> None:
    ramp = [np.clip(room * (0.7 + 0.01 * i), 0, 255).astype(np.uint8) for i in range(30)]
    lamp = [room] * 8 + [np.clip(room.astype(np.int16) + 60, 0, 255).astype(np.uint8)] * 8
    assert sum(moving(ramp)) < Presence.COMES_AFTER
    assert sum(moving(lamp)) < Presence.COMES_AFTER


def test_single_pixels_are_no_motion(room: ImageU8) -> None:
    frames = []
    for i in range(20):
        frame = room.copy()
        frame[(7 * i) % 200, (13 * i) % 380] = 255
        frames.append(frame)
    assert not any(moving(frames))


def test_something_small_that_walks_is_motion(room: ImageU8) -> None:
    frames = []
    for i in range(20):
        frame = room.copy()
        frame[120:180, 20 + 12 * i : 44 + 12 * i] = 20
        frames.append(frame)
    assert sum(moving(frames)) >= 12


def found(*classes: int) -> Detections:
    n = len(classes)
    return Detections(
        "m", np.zeros((n, 4), np.float32), np.ones(n, np.float32), np.array(classes, np.int64), LABELS
    )


def test_persons_are_counted_whoever_finds_them() -> None:
    classes = Classification("c", np.array([1, 0], np.float32), LABELS)
    assert persons([found(0, 1, 0), classes, found(0)]) == 2
    assert persons([found(1), classes]) == 0


def test_somebody_who_stands_still_is_there_as_long_as_a_detector_says_so(room: ImageU8) -> None:
    clock = Clock()
    presence = Presence(2.0, clock)
    for _ in range(50):
        clock.now_s += EVERY_S
        presence.look(room, (found(0),))
    assert presence.present
    for _ in range(11):
        clock.now_s += EVERY_S
        presence.look(room, (found(1),))
    assert not presence.present


def test_one_look_is_not_enough_to_come_back(room: ImageU8) -> None:
    clock = Clock()
    presence = Presence(2.0, clock)
    clock.now_s += 60
    assert not presence.present
    presence.look(room, (found(0),))
    clock.now_s += 5
    presence.look(room, (found(0),))
    assert not presence.present
    clock.now_s += EVERY_S
    presence.look(room, (found(0),))
    assert not presence.present
    clock.now_s += EVERY_S
    presence.look(room, (found(0),))
    assert presence.present


def test_a_touch_always_counts() -> None:
    clock = Clock()
    presence = Presence(2.0, clock)
    clock.now_s += 60
    presence.touched()
    assert presence.present


def test_without_pictures_nobody_leaves() -> None:
    clock = Clock()
    presence = Presence(10.0, clock)
    for _ in range(100):
        clock.now_s += 1
        presence.hold()
    assert presence.present
    clock.now_s += 6
    assert not presence.present


def test_another_source_is_no_motion(room: ImageU8) -> None:
    clock = Clock()
    presence = Presence(1.0, clock)
    for _ in range(10):
        clock.now_s += EVERY_S
        presence.look(room, ())
    presence.new_view()
    for _ in range(10):
        clock.now_s += EVERY_S
        presence.look(255 - room, ())
    assert not presence.present
