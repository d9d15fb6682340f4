"""Cameras: what the system lists, how a name is understood, which modes a camera takes."""

from __future__ import annotations

import cv2
import pytest

from vision_app.errors import SourceError
from vision_app.sources import CameraDescription, Mode, list_cameras, probe_modes
from vision_app.sources.cameras import camera_index, match_camera, without_duplicates

LOGITECH = CameraDescription(0, "Logitech C920", "V4L2", "/dev/video0")
BUILT_IN = CameraDescription(2, "Integrated Camera", "V4L2", "/dev/video2")
VIRTUAL = CameraDescription(4, "OBS Virtual Camera", "V4L2", "/dev/video4")
CAMERAS = (LOGITECH, BUILT_IN, VIRTUAL)


def test_the_list_of_this_machine_is_sorted_and_unique() -> None:
    cameras = list_cameras()
    assert [c.index for c in cameras] == sorted({c.index for c in cameras})


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Logitech C920", LOGITECH),
        ("logitech c920", LOGITECH),
        ("c920", LOGITECH),
        ("integrated", BUILT_IN),
        ("virtual", VIRTUAL),
        ("elgato", None),
        ("  ", None),
    ],
)
def test_a_camera_is_found_by_its_name_or_a_part_of_it(name: str, found: CameraDescription | None) -> None:
    assert match_camera(name, CAMERAS) == found


def test_an_ambiguous_part_names_those_that_fit() -> None:
    with pytest.raises(SourceError, match=r"2 \(Integrated Camera\), 4 \(OBS Virtual Camera\)"):
        match_camera("camera", CAMERAS)


def test_a_full_name_wins_over_a_part() -> None:
    plain = CameraDescription(6, "Camera", "V4L2", "/dev/video6")
    assert match_camera("camera", (*CAMERAS, plain)) == plain


@pytest.mark.parametrize(
    ("spec", "index"),
    [
        ("0", 0),
        ("12", 12),
        ("/dev/video3", 3),
        ("./0", None),
        ("-1", None),
        ("²", None),
        ("/dev/videoX", None),
    ],
)
def test_digits_and_device_nodes_are_indices(spec: str, index: int | None) -> None:
    assert camera_index(spec) == index


def test_a_device_under_two_back_ends_is_listed_once() -> None:
    path = "\\\\?\\usb#vid_046d&pid_082d&mi_00#7&1&0&0000#"
    better = CameraDescription(0, "C920", "MSMF", path + "{e5323777-f976-4f5b}\\global", 0x46D, 0x82D)
    other = CameraDescription(1, "C920", "DSHOW", path.upper() + "{65e8773d-8f56}\\global", 0x46D, 0x82D)
    only = CameraDescription(0, "OBS Virtual Camera", "DSHOW", None)
    twin = CameraDescription(
        1, "C920", "MSMF", path.replace("7&1", "7&2") + "{e5323777}\\global", 0x46D, 0x82D
    )
    assert without_duplicates([better, twin, other, only]) == (better, only, twin)


class FakePort:
    """A camera with three sizes; asked for anything else it takes the nearest smaller one."""

    SIZES = ((640, 480), (1280, 720), (1920, 1080))

    def __init__(self, *, opened: bool = True) -> None:
        self.opened, self.released = opened, False
        self.wanted = [0.0, 0.0]
        self.compressed = False

    def isOpened(self) -> bool:
        return self.opened

    def set(self, prop: int, value: float) -> bool:
        if prop == cv2.CAP_PROP_FOURCC:
            self.compressed = int(value) == cv2.VideoWriter.fourcc(*"MJPG")
        else:
            self.wanted[prop == cv2.CAP_PROP_FRAME_HEIGHT] = value
        return True

    def _size_wh(self) -> tuple[int, int]:
        fits = [s for s in self.SIZES if s[0] <= self.wanted[0] and s[1] <= self.wanted[1]]
        return fits[-1] if fits else self.SIZES[0]

    def get(self, prop: int) -> float:
        if prop == cv2.CAP_PROP_FPS:
            return 30.0 if self._size_wh()[0] < 1280 or self.compressed else 5.0
        return self._size_wh()[prop == cv2.CAP_PROP_FRAME_HEIGHT]

    def release(self) -> None:
        self.released = True


def test_modes_are_what_the_camera_really_takes() -> None:
    port = FakePort()
    asked: list[tuple[int, int]] = []
    modes = probe_modes(BUILT_IN, lambda *where: (asked.append(where), port)[1])
    assert modes == (Mode(640, 480, 30.0), Mode(1280, 720, 30.0), Mode(1920, 1080, 30.0))
    assert asked == [(2, cv2.CAP_V4L2)]
    assert port.released


def test_the_rest_of_the_sizes_is_left_unasked_when_the_camera_is_wanted_elsewhere() -> None:
    port = FakePort()
    answers = iter([False, True])
    modes = probe_modes(BUILT_IN, lambda *_: port, lambda: next(answers))
    assert modes == (Mode(640, 480, 30.0),)
    assert port.released


def test_a_camera_that_does_not_open_is_an_error() -> None:
    port = FakePort(opened=False)
    with pytest.raises(SourceError, match=r"camera 2 \(Integrated Camera\) cannot be opened"):
        probe_modes(BUILT_IN, lambda *_: port)
    assert port.released


def test_no_camera_here_means_no_modes() -> None:
    with pytest.raises(SourceError, match="cannot be opened"):
        probe_modes(CameraDescription(97, "nothing", "V4L2"))
