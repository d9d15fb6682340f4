"""The real window on a real (virtual) screen, used with keyboard and mouse by xdotool: as a user would."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests import tiny_models as tiny
from tests.clips import write_clip

NEEDED = ("Xvfb", "xdotool", "import")
missing = [name for name in NEEDED if shutil.which(name) is None]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        bool(missing), reason=f"a real window needs {', '.join(missing)} (xvfb, xdotool, imagemagick)"
    ),
]
pytest.importorskip(
    "PySide6.QtCore", reason="the desktop needs pip install 'vision-app[gui]'", exc_type=ImportError
)

PATIENCE_S = 60.0
START = (
    "import sys; from vision_app.cli.desktop import start; sys.exit(start(sys.argv[1] or None, sys.argv[2:]))"
)


def until(condition: Callable[[], object], what: str) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end_s, f"this did not happen: {what}"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """A virtual screen with a window manager, where there is one."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x800x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        name = f":{pipe.readline().strip()}"
    manager = None
    if shutil.which("openbox"):
        manager = subprocess.Popen(["openbox"], env=os.environ | {"DISPLAY": name}, stderr=subprocess.DEVNULL)
    yield name
    for process in (manager, server):
        if process is not None:
            process.terminate()
            process.wait()


class Program:
    """The program, its folder, and the user's hands."""

    def __init__(self, display: str, folder: Path, source: str, *models: str) -> None:
        self.folder = folder
        self.environment = os.environ | {
            "DISPLAY": display,
            "QT_QPA_PLATFORM": "xcb",
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "XDG_PICTURES_DIR": str(folder / "pictures"),
            "XDG_VIDEOS_DIR": str(folder / "videos"),
        }
        self.errors = (folder / "stderr.txt").open("a+")
        command = [sys.executable, "-c", START, source, *models]
        self.process = subprocess.Popen(command, env=self.environment, stderr=self.errors)
        self.window = ""

    def appear(self) -> None:
        until(self._find, "a window appears")
        self.do("windowactivate", "--sync", self.window)

    def _find(self) -> bool:
        assert self.process.poll() is None, self.complaints()
        search = [
            "xdotool",
            "search",
            "--onlyvisible",
            "--pid",
            str(self.process.pid),
            "--name",
            "vision_app",
        ]
        found = subprocess.run(search, env=self.environment, capture_output=True, text=True, check=False)
        self.window = found.stdout.split()[0] if found.stdout.split() else ""
        return bool(self.window)

    def do(self, *words: str) -> None:
        subprocess.run(["xdotool", *words], env=self.environment, check=True, stdout=subprocess.DEVNULL)

    def press(self, keys: str) -> None:
        self.do("key", "--clearmodifiers", keys)

    def screen(self) -> np.ndarray:
        path = self.folder / "screen.png"
        subprocess.run(["import", "-window", "root", str(path)], env=self.environment, check=True)
        return cv2.imread(str(path))

    def shows(self, bgr: tuple[int, int, int], share: float = 0.15) -> bool:
        """Whether so much of the screen has a colour, as pictures of one colour do in the middle."""
        near = np.abs(self.screen().astype(int) - bgr).max(axis=2) < 40
        return bool(near.mean() > share)

    @property
    def settings(self) -> dict:
        path = self.folder / "config" / "vision-app" / "desktop.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}

    def files(self, pattern: str) -> list[Path]:
        return sorted(self.folder.glob(pattern))

    def close(self) -> int:
        self.press("ctrl+q")
        return self.process.wait(PATIENCE_S)

    def complaints(self) -> str:
        self.errors.flush()
        self.errors.seek(0)
        return self.errors.read()

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.errors.close()


@pytest.fixture
def start(display: str, tmp_path: Path) -> Iterator[Callable[..., Program]]:
    made: list[Program] = []

    def begin(source: str = "", *models: str) -> Program:
        made.append(Program(display, tmp_path, source, *models))
        return made[-1]

    yield begin
    for program in made:
        program.end()


BLUE, GREEN = (200, 30, 30), (30, 200, 30)


def one_colour(path: Path, bgr: tuple[int, int, int]) -> str:
    assert cv2.imwrite(str(path), np.full((360, 640, 3), bgr, np.uint8))
    return str(path)


def test_open_choose_switch_record_close(start: Callable[..., Program], tmp_path: Path) -> None:
    first, second = tiny.colour_model(tmp_path, "first"), tiny.colour_model(tmp_path, "second")
    blue, green = one_colour(tmp_path / "blue.png", BLUE), one_colour(tmp_path / "green.png", GREEN)
    program = start(blue, str(first))
    program.appear()
    until(lambda: program.shows(BLUE), "the picture is on the screen")

    # a second start hands its wish over to this window, and ends
    for source, models, colour in ((green, (), GREEN), ("synthetic:640x360@30", (str(second),), None)):
        other = start(source, *models)
        assert other.process.wait(PATIENCE_S) == 0
        if colour is not None:
            until(lambda colour=colour: program.shows(colour), "the other picture is on the screen")
    until(lambda: len(program.settings.get("models", [])) == 2, "the second model runs beside the first")
    assert program.process.poll() is None

    program.press("ctrl+r")
    until(lambda: program.files("videos/vision_app/*"), "a recording begins")
    time.sleep(1.5)
    program.press("ctrl+r")
    until(lambda: program.files("videos/vision_app/recording-*.mp4"), "the recording is whole")
    program.press("ctrl+s")
    until(lambda: program.files("pictures/vision_app/snapshot-*.png"), "a snapshot is written")
    program.press("F11")
    until(lambda: program.screen()[5, 640].max() < 250, "the picture fills the screen")
    program.press("Escape")
    program.press("ctrl+d")
    until(lambda: program.settings.get("draw") is False, "the results are not drawn")

    assert program.close() == 0
    assert program.complaints() == ""
    (video,) = program.files("videos/vision_app/recording-*.mp4")
    recorded = cv2.VideoCapture(str(video))
    assert recorded.read()[1].shape == (360, 640, 3)
    recorded.release()
    (picture,) = program.files("pictures/vision_app/*.png")
    assert cv2.imread(str(picture)).shape == (360, 640, 3)
    assert program.settings["source"]["spec"] == "synthetic:640x360@30"


def test_what_was_there_is_there_again(start: Callable[..., Program], tmp_path: Path) -> None:
    clip = str(write_clip(tmp_path / "clip.mp4", range(0, 4000, 40)))
    program = start(clip)
    program.appear()
    until(lambda: (program.settings.get("source") or {}).get("spec") == clip, "the source is remembered")
    assert program.close() == 0
    again = start()
    again.appear()
    until(lambda: again.settings["source"]["spec"] == clip, "it is opened again")
    assert again.close() == 0
    assert again.complaints() == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "kill"])
def test_a_polite_signal_finishes_the_recording(
    start: Callable[..., Program], number: signal.Signals
) -> None:
    program = start("synthetic:320x240@30")
    program.appear()
    until(lambda: (program.settings.get("source") or {}).get("spec"), "the source runs")
    program.press("ctrl+r")
    until(lambda: program.files("videos/vision_app/*"), "a recording begins")
    time.sleep(1.0)
    program.process.send_signal(number)
    assert program.process.wait(PATIENCE_S) == 0
    (video,) = program.files("videos/vision_app/*.mp4")
    assert cv2.VideoCapture(str(video)).read()[0]
    assert program.complaints() == ""


@pytest.mark.parametrize("size", [4, 21], ids=["refused", "long"])
def test_windows_that_take_long_end_with_the_window(
    start: Callable[..., Program], tmp_path: Path, size: int
) -> None:
    rows = np.array([[[2, 2, 9, 9, 0.9, 0]]], np.float32)
    net = tiny.constant_model(tmp_path / "boxes.onnx", rows, (1, 3, 32, 32))
    tiny.write_card(net, task="detect", output={"layout": "yolo-end2end", "conf": 0.25})
    program = start("synthetic:1280x720@30", f"{net}:sliced,slice_size={size}")
    program.appear()
    until(lambda: program.settings.get("models"), "the model is remembered")
    time.sleep(3.0)
    before = program.screen()
    until(lambda: np.abs(program.screen().astype(int) - before).max() > 40, "the picture goes on")
    assert program.close() == 0
    assert program.complaints() == ""


def test_after_a_crash_it_starts_again(start: Callable[..., Program]) -> None:
    program = start("synthetic:320x240@30")
    program.appear()
    program.process.kill()
    program.process.wait()
    again = start("synthetic:320x240@30")
    again.appear()
    assert again.close() == 0
