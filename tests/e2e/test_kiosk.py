"""The real kiosk on a real (virtual) screen with a window manager: every way out is tried, only the PIN is one."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from vision_app.kiosk.pin import hash_pin

TOOLS = ("Xvfb", "openbox", "xdotool", "xprop")
MISSING = [tool for tool in TOOLS if shutil.which(tool) is None]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason=f"needs {', '.join(MISSING)}"),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs X11 and /proc"),
    pytest.mark.skipif(find_spec("PySide6") is None, reason="needs pip install 'vision-app[gui]'"),
]
PIN = "2468"
RUN = (
    "import argparse, sys\n"
    "from vision_app.cli.kiosk import run_kiosk\n"
    "sys.exit(run_kiosk(argparse.Namespace(file=sys.argv[1], screen=None, debug=False)))"
)
PROGRAMME = """\
languages = ["en", "ko"]
source = "synthetic:640x360@30"
fallback = "none"
pin = "{pin}"
[[station]]
title = {{ en = "One", ko = "하나" }}
models = ["efficientnet-lite0-int8"]
seconds = 600
[[station]]
title = {{ en = "Two", ko = "둘" }}
models = ["efficientnet-lite0-int8"]
seconds = 600
"""


@pytest.fixture(scope="module")
def screen() -> Iterator[dict[str, str]]:
    """A screen with a window manager that has its usual keys; gives the environment for it."""
    reads, writes = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writes), "-screen", "0", "1280x720x24", "-nolisten", "tcp"],
        pass_fds=[writes],
        stderr=subprocess.DEVNULL,
    )
    os.close(writes)
    with os.fdopen(reads) as told:
        display = f":{told.readline().strip()}"
    environment = {**os.environ, "DISPLAY": display}
    for name in ("WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        environment.pop(name, None)
    manager = subprocess.Popen(["openbox"], env=environment, stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    yield environment
    for process in (manager, server):
        process.terminate()
        process.wait(10)


class Kiosk:
    """A running kiosk and the keyboard and mouse in front of it."""

    def __init__(self, folder: Path, screen: dict[str, str], text: str = PROGRAMME) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir(exist_ok=True)
        self.environment = {k: v for k, v in screen.items() if not k.startswith("XDG_")} | {
            "HOME": str(self.home),
            "TMPDIR": str(folder / "tmp"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        (folder / "tmp").mkdir(exist_ok=True)
        self.file = folder / "kiosk.toml"
        self.file.write_text(text.format(pin=hash_pin(PIN)), encoding="utf-8")
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUN, str(self.file)],
            env=self.environment,
            cwd=folder,
            stderr=subprocess.PIPE,
            text=True,
        )

    def tool(self, *words: str | int) -> str:
        done = subprocess.run(
            ["xdotool", *map(str, words)], env=self.environment, capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    def pids(self, part: str) -> list[int]:
        """Processes of this kiosk that are the show, or the curtain."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    words = (entry / "cmdline").read_bytes().split(b"\0")
                    state = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
                except OSError:
                    continue
                if str(self.file).encode() in words and part.encode() in words and state != "Z":
                    found.append(int(entry.name))
        return found

    def window_of(self, pid: int) -> str:
        return (self.tool("search", "--onlyvisible", "--pid", pid).splitlines() or [""])[-1]

    def show(self, *, other_than: int = 0) -> int:
        """Wait until the show is on the screen, active; its process."""

        def there() -> bool:
            pids = [pid for pid in self.pids("show") if pid != other_than]
            return bool(pids) and bool(self.window_of(pids[0])) and self.in_front() == pids[0]

        wait_for(there, "the show in front")
        return next(pid for pid in self.pids("show") if pid != other_than)

    def in_front(self) -> int:
        """Process of the active window."""
        text = self.tool("getactivewindow", "getwindowpid")
        return int(text) if text.isdigit() else 0

    def log(self) -> str:
        return "".join(p.read_text(encoding="utf-8") for p in self.home.rglob("*.log"))

    def type_pin(self, pin: str) -> None:
        self.tool("key", "ctrl+alt+shift+k")
        time.sleep(0.3)
        self.tool("key", *pin)
        self.tool("key", "Return")

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(20) in (0, 130)
        assert self.process.stderr is not None
        self.process.stderr.close()
        wait_for(lambda: not self.pids("show") and not self.pids("curtain"), "the end of all processes")


def wait_for(condition: Callable[[], object], what: str, within_s: float = 40.0) -> None:
    deadline_s = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline_s, f"{what} did not come within {within_s:g} s"
        time.sleep(0.1)


@pytest.fixture
def kiosk(tmp_path: Path, screen: dict[str, str]) -> Iterator[Kiosk]:
    kiosk = Kiosk(tmp_path, screen)
    yield kiosk
    kiosk.end()


KEYS = (
    *(
        "Escape",
        "alt+F4",
        "ctrl+w",
        "ctrl+q",
        "ctrl+c",
        "F11",
        "alt+F9",
        "alt+space",
        "alt+Tab",
        "alt+Escape",
    ),
    *("super", "super+d", "super+e", "ctrl+Escape", "ctrl+alt+Left", "ctrl+alt+d", "shift+F10", "Menu", "F1"),
    *(
        "ctrl+shift+q",
        "ctrl+n",
        "ctrl+o",
        "ctrl+s",
        "ctrl+p",
        "alt+F5",
        "alt+F10",
        "alt+F2",
        "ctrl+z",
        "Print",
    ),
)


def test_no_key_leads_out(kiosk: Kiosk) -> None:
    show = kiosk.show()
    window = kiosk.window_of(show)
    for key in KEYS:
        kiosk.tool("key", "--delay", "30", key)
    time.sleep(1.0)
    assert kiosk.pids("show") == [show]
    assert kiosk.in_front() == show
    state = subprocess.run(
        ["xprop", "-id", window, "_NET_WM_STATE"],
        env=kiosk.environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "_NET_WM_STATE_FULLSCREEN" in state
    assert "HIDDEN" not in state
    assert kiosk.process.poll() is None


def test_nothing_that_a_window_manager_does_leads_out(kiosk: Kiosk, screen: dict[str, str]) -> None:
    show = kiosk.show()
    window = kiosk.window_of(show)
    kiosk.tool("windowquit", window)  # asks it to close
    time.sleep(0.8)
    assert kiosk.pids("show") == [show]
    kiosk.tool("windowminimize", window)
    wait_for(lambda: kiosk.in_front() == show, "the window, minimised, again")
    kiosk.tool("windowstate", "--remove", "FULLSCREEN", window)
    kiosk.tool("windowsize", window, 300, 200)
    wait_for(lambda: "1280x720" in kiosk.tool("getwindowgeometry", window), "the whole screen")
    for button in (2, 3, 1):
        kiosk.tool("mousemove", 640, 360, "click", button)
    kiosk.tool("mousemove", 200, 200, "mousedown", 1, "mousemove", 900, 500, "mouseup", 1)
    time.sleep(0.5)
    assert kiosk.pids("show") == [show]
    assert kiosk.in_front() == show


def test_another_window_does_not_stay_in_front(kiosk: Kiosk) -> None:
    show = kiosk.show()
    code = (
        "from PySide6.QtWidgets import QApplication, QWidget\n"
        "from PySide6.QtCore import QTimer\n"
        "app = QApplication([]); w = QWidget(); w.setWindowTitle('intruder'); w.showMaximized(); w.activateWindow()\n"
        "QTimer.singleShot(8000, app.quit); app.exec()"
    )
    intruder = subprocess.Popen([sys.executable, "-c", code], env=kiosk.environment)
    try:
        wait_for(lambda: kiosk.tool("search", "--name", "intruder"), "the other window")
        time.sleep(1.0)
        wait_for(lambda: kiosk.in_front() == show, "the show in front of it")
    finally:
        intruder.terminate()
        intruder.wait(20)


def test_whoever_kills_the_window_gets_the_curtain_and_then_the_show_again(kiosk: Kiosk) -> None:
    show = kiosk.show()
    curtain = kiosk.pids("curtain")
    assert len(curtain) == 1
    seen = set()
    kiosk.tool("windowkill", kiosk.window_of(show))
    deadline_s = time.monotonic() + 40
    while time.monotonic() < deadline_s and not [p for p in kiosk.pids("show") if p != show]:
        seen.add(kiosk.in_front())
    fresh = kiosk.show(other_than=show)
    assert fresh != show
    assert seen <= {0, show, curtain[0], fresh}, "no other window was ever in front"
    assert kiosk.pids("curtain") == curtain
    assert "show: died" in kiosk.log()


def test_a_stopped_show_is_replaced_and_the_curtain_takes_no_key(kiosk: Kiosk) -> None:
    show = kiosk.show()
    os.kill(show, signal.SIGSTOP)
    wait_for(lambda: show not in kiosk.pids("show"), "the end of the stopped show")
    for key in ("alt+F4", "ctrl+q", "Escape", "alt+Tab"):
        kiosk.tool("key", key)
    kiosk.show(other_than=show)
    assert "gave no sign of life for 3 s" in kiosk.log()


def test_only_the_right_pin_ends_it_and_guessing_takes_long(kiosk: Kiosk) -> None:
    show = kiosk.show()
    kiosk.tool("key", *PIN, "Return")
    time.sleep(0.3)
    assert kiosk.process.poll() is None, "without the pad digits do nothing"
    for wrong in ("1111", "24680", "246"):
        kiosk.type_pin(wrong)
        time.sleep(0.6)
    kiosk.type_pin(PIN)
    time.sleep(1.0)
    assert kiosk.process.poll() is None, "the third wrong one has to be waited out"
    os.kill(show, signal.SIGKILL)
    kiosk.show(other_than=show)
    kiosk.type_pin(PIN)
    time.sleep(0.5)
    wait_for(lambda: kiosk.type_pin(PIN) or time.sleep(1) or kiosk.process.poll() is not None, "the end")
    assert kiosk.process.wait(20) == 0
    assert "ended by the PIN" in kiosk.log()


def test_the_pad_opens_by_a_long_press_and_works_by_touch(kiosk: Kiosk) -> None:
    kiosk.show()
    kiosk.tool("mousemove", 8, 8, "mousedown", 1)
    time.sleep(3.6)
    kiosk.tool("mouseup", 1)
    time.sleep(0.3)
    # where the keys are on a screen of 1280 x 720: see PinPad
    unit = min(720 / 1080, 720 / 1010, 1280 / 620)
    left, top = 640 - 280 * unit, 360 - 475 * unit
    for digit in PIN:
        row, column = divmod(int(digit) - 1, 3)
        x = left + (32 + column * 172 + 76) * unit
        y = top + (330 + row * 128 + 54) * unit
        kiosk.tool("mousemove", round(x), round(y), "click", 1)
        time.sleep(0.1)
    kiosk.tool(
        "mousemove",
        round(left + (32 + 2 * 172 + 76) * unit),
        round(top + (330 + 3 * 128 + 54) * unit),
        "click",
        1,
    )
    assert kiosk.process.wait(20) == 0


def test_a_dead_watchdog_leaves_nothing_behind(tmp_path: Path, screen: dict[str, str]) -> None:
    kiosk = Kiosk(tmp_path, screen)
    show = kiosk.show()
    os.kill(show, signal.SIGSTOP)
    kiosk.process.kill()
    kiosk.process.wait()
    assert kiosk.process.stderr is not None
    kiosk.process.stderr.close()
    wait_for(lambda: not kiosk.pids("show") and not kiosk.pids("curtain"), "the end of show and curtain", 10)


def test_a_run_writes_its_log_and_its_state_and_nothing_else(kiosk: Kiosk) -> None:
    kiosk.show()
    kiosk.tool("key", "space")
    kiosk.type_pin("9999")
    time.sleep(1.0)
    for key in ("ctrl+s", "ctrl+r", "Print", "s", "r"):
        kiosk.tool("key", key)
    time.sleep(0.5)
    kiosk.tool("key", "Escape")
    kiosk.type_pin(PIN)
    assert kiosk.process.wait(20) == 0
    files = sorted(str(p.relative_to(kiosk.folder)) for p in kiosk.folder.rglob("*") if p.is_file())
    ours = [f for f in files if not re.match(r"home/\.cache/(fontconfig|mesa_shader|qtshadercache)", f)]
    state = r"home/\.local/state/vision-app/kiosk/kiosk-[0-9a-f]{8}\.(log|lock|pin\.json)"
    assert [f for f in ours if f != "kiosk.toml" and not re.fullmatch(state, f)] == []
    log = kiosk.log()
    assert "9999" not in log
    assert PIN not in re.sub(r"20\d\d-\S+ \S+", "", log).replace("process", "")


def test_two_at_once_and_a_file_with_a_mistake(kiosk: Kiosk) -> None:
    kiosk.show()
    second = subprocess.run(
        [sys.executable, "-c", RUN, str(kiosk.file)],
        env=kiosk.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert second.returncode == 2
    assert "running already" in second.stderr.splitlines()[-1]
    wrong = kiosk.folder / "wrong.toml"
    wrong.write_text(
        kiosk.file.read_text(encoding="utf-8").replace("efficientnet-lite0-int8", "efficientnet-lite9")
    )
    third = subprocess.run(
        [sys.executable, "-c", RUN, str(wrong)],
        env=kiosk.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert third.returncode == 2
    line = third.stderr.splitlines()[-1]
    assert f"{wrong} line 7: no model is called 'efficientnet-lite9'; did you mean" in line


def test_a_screen_that_does_not_answer_is_one_line(tmp_path: Path, screen: dict[str, str]) -> None:
    kiosk = Kiosk(tmp_path, {**screen, "DISPLAY": ":4242"})
    assert kiosk.process.wait(60) == 2
    assert kiosk.process.stderr is not None
    line = kiosk.process.stderr.read().splitlines()[-1]
    kiosk.process.stderr.close()
    assert line.startswith("vision-app: the screen ':4242' (DISPLAY) does not answer")


def test_who_kills_the_curtain_and_then_the_show_never_sees_the_desktop(kiosk: Kiosk) -> None:
    show = kiosk.show()
    (before,) = kiosk.pids("curtain")
    time.sleep(3.1)  # one that dies at once after its start is not started for ever
    os.kill(before, signal.SIGKILL)
    wait_for(
        lambda: [p for p in kiosk.pids("curtain") if p != before and kiosk.window_of(p)], "another curtain"
    )
    for _ in range(10):
        assert kiosk.in_front() == show, "it came behind the show"
        time.sleep(0.1)
    (curtain,) = kiosk.pids("curtain")
    os.kill(show, signal.SIGKILL)
    wait_for(lambda: kiosk.in_front() == curtain, "the curtain in front")
    assert kiosk.show(other_than=show) != show
