"""A stand with several monitors: the show is on the one that is asked for, and none is taken in silence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from vision_app.cli import main
from vision_app.gui.kiosk.placing import chosen_screen
from vision_app.kiosk.monitors import Monitor, attached_monitors
from vision_app.kiosk.watchdog import curtain_command, show_command

_STATION = '[[station]]\ntitle = "One"\nmodels = ["efficientnet-lite0-int8"]\n'
_SCREENS = {
    "synchronousWindowSystemEvents": False,
    "windowFrameMargins": False,
    "screens": [
        {"name": name, "x": x, "y": 0, "width": width, "height": height, "dpr": 1}
        | {"logicalDpi": 96, "logicalBaseDpi": 96}
        for name, x, width, height in (("DP-1", 0, 1280, 720), ("HDMI-1", 1280, 800, 600))
    ],
}


@pytest.fixture
def two_monitors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What this process starts sees two monitors; the first is the main one."""
    layout = tmp_path / "screens.json"
    layout.write_text(json.dumps(_SCREENS), encoding="utf-8")
    monkeypatch.setenv("QT_QPA_PLATFORM", f"offscreen:configfile={layout}")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A kiosk file that names no monitor."""
    path = tmp_path / "kiosk.toml"
    path.write_text(_STATION, encoding="utf-8")
    return path


@pytest.mark.usefixtures("two_monitors")
def test_the_monitors_are_told_as_qt_has_them() -> None:
    assert attached_monitors() == (
        Monitor(1, "DP-1", (1280, 720), main=True),
        Monitor(2, "HDMI-1", (800, 600)),
    )


@pytest.mark.usefixtures("two_monitors")
@pytest.mark.parametrize("wanted", ["3", "DP-7"])
@pytest.mark.parametrize("words", [("kiosk", "run"), ("kiosk", "check", "--no-source"), ("--kiosk",)])
def test_a_monitor_that_is_not_there_is_one_line_with_those_that_are(
    file: Path, words: tuple[str, ...], wanted: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, str(file), "--screen", wanted]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].endswith(
        f"--screen: there is no monitor {wanted}; attached: "
        "1 (DP-1, 1280 x 720, the main one); 2 (HDMI-1, 800 x 600)"
    )


@pytest.mark.usefixtures("two_monitors")
def test_the_key_of_the_file_is_named_with_its_line(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text('screen = "DP-7"\n' + _STATION, encoding="utf-8")
    assert main(["kiosk", "run", str(file)]) == 2
    assert "line 1: there is no monitor DP-7; attached: 1 (DP-1" in capsys.readouterr().err
    assert main(["kiosk", "check", "--no-source", "--screen", "hdmi-1", str(file)]) == 0


@pytest.mark.parametrize("wanted", ["-1", "17", " "])
def test_what_can_be_no_monitor_is_said(file: Path, wanted: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kiosk", "check", f"--screen={wanted}", str(file)]) == 2
    assert "--screen must be the number of a monitor, from 1 to 16" in capsys.readouterr().err


def test_the_flag_is_refused_where_there_is_no_kiosk(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--source", "demo", "--screen", "2"]) == 2
    assert "--screen goes with --kiosk" in capsys.readouterr().err


def test_show_and_curtain_are_told_of_the_monitor(file: Path) -> None:
    for command in (show_command(file, "HDMI-1"), curtain_command(file, "HDMI-1")):
        assert command[-1] == "--screen=HDMI-1"


def test_without_such_a_monitor_the_main_one_is_chosen(qapp: object) -> None:
    assert chosen_screen(0) is chosen_screen("not there") is chosen_screen(9)


_RUN = """
import sys
import vision_app.gui
from pathlib import Path
from PySide6.QtWidgets import QApplication
app = QApplication([])
from vision_app.gui.kiosk import placing
from vision_app.gui.kiosk.window import KioskWindow
from vision_app.kiosk.pin import PinGate
window = KioskWindow(PinGate("", Path(sys.argv[1])), ("en",), on_top=False)
window.guard.allow_leaving()
lines = []
window.place.moved.connect(lines.append)
def where():
    app.processEvents()
    return window.geometry().getRect()
window.begin("HDMI-1")
print(where())
all_monitors = placing.monitors
placing.monitors = lambda: all_monitors()[:1]
app.screenRemoved.emit(app.screens()[1])
print(where())
placing.monitors = all_monitors
app.screenAdded.emit(app.screens()[1])
print(where())
print("\\n".join(lines))
"""


@pytest.mark.usefixtures("two_monitors")
def test_a_show_whose_monitor_is_unplugged_moves_and_comes_back(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", _RUN, str(tmp_path / "pin.json")],
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines() == [
        "(1280, 0, 800, 600)",
        "(0, 0, 1280, 720)",
        "(1280, 0, 800, 600)",
        "screen: there is no monitor HDMI-1; attached: 1 (DP-1, 1280 x 720, the main one); "
        "shown on the main one until it is there",
        "monitor HDMI-1 is there again",
    ]
