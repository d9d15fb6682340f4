"""What is missing is said in one sentence with the packages, never by an abort."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from vision_app.errors import VisionError
from vision_app.gui import system
from vision_app.gui.system import check_system

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="libraries of Linux")


def without(*names: str) -> Callable[[str], object]:
    def load(library: str) -> object:
        if any(name in library for name in names):
            raise OSError(f"{library}: cannot open shared object file")
        return object()

    return load


def test_a_bare_debian_is_told_which_packages_to_install() -> None:
    missing = ("libEGL", "libGL.", "libxcb-cursor", "libxcb-icccm", "libxkbcommon-x11")
    with pytest.raises(VisionError) as told:
        check_system({"DISPLAY": ":0"}, without(*missing))
    line = str(told.value)
    assert "sudo apt install libegl1 libgl1 libxcb-cursor0 libxcb-icccm4 libxkbcommon-x11-0" in line
    assert "\n" not in line


def test_wayland_needs_no_libraries_of_x11() -> None:
    check_system({"WAYLAND_DISPLAY": "wayland-0"}, without("libxcb"))


def test_without_a_screen_the_other_form_is_named() -> None:
    with pytest.raises(VisionError, match=r"DISPLAY nor WAYLAND_DISPLAY is set.*vision-app --source"):
        check_system({}, without())


def test_a_library_that_nobody_foresaw_is_named() -> None:
    with pytest.raises(VisionError, match=r"cannot be loaded: .*libqxcb"):
        check_system({"DISPLAY": ":0"}, without("libqxcb"))


def test_no_pyside_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        system.importlib.util, "find_spec", lambda name: None if name == "PySide6" else found(name)
    )
    with pytest.raises(VisionError, match=r"pip install 'vision-app\[gui\]'"):
        check_system({"DISPLAY": ":0"}, without())


def test_this_system_without_a_screen_is_fine() -> None:
    check_system(dict(os.environ) | {"QT_QPA_PLATFORM": "offscreen"})


def test_the_real_program_ends_with_one_line_where_the_screen_is_dead(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from vision_app.errors import VisionError\n"
        "from vision_app.cli import desktop\n"
        "try:\n    desktop.start()\n"
        "except VisionError as error:\n    print(error)\n    sys.exit(2)\n"
    )
    environment = {k: v for k, v in os.environ.items() if k not in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment | {"DISPLAY": ":987", "XDG_CONFIG_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 1
    assert "':987' (DISPLAY) does not answer" in done.stdout or "sudo apt install" in done.stdout
