"""Two users of one machine: nobody else is told what a second start was asked for, nor can ask for something."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from vision_app.gui.instance import Instance, Wish
from vision_app.gui.private_folder import private_folder

pytestmark = pytest.mark.skipif(
    not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can be two users"
)

_SOMEBODY_ELSE = 65534
_AS_SOMEBODY_ELSE = f"""
import os, socket, sys
from pathlib import Path
os.setgroups([])
os.setgid({_SOMEBODY_ELSE})
os.setuid({_SOMEBODY_ELSE})
"""
_LISTENS = """
end = socket.socket(socket.AF_UNIX)
end.bind(sys.argv[1])
end.listen()
os.chmod(sys.argv[1], 0o777)
print("listening", flush=True)
other, _ = end.accept()
print(other.recv(65536), flush=True)
"""
_ASKS = """
end = socket.socket(socket.AF_UNIX)
end.connect(sys.argv[1])
try:
    end.sendall(b'{"source": "evil.mp4", "models": []}\\n')
    print(end.recv(100))
except OSError:
    print(b"")
"""


def somebody_else(code: str, *arguments: str | Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _AS_SOMEBODY_ELSE + code, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def code_of(process: subprocess.Popen[str]) -> int:
    process.communicate()
    return process.returncode


@pytest.fixture
def common(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of temporary files, in which everybody may write."""
    folder = tmp_path / "t"
    folder.mkdir()
    folder.chmod(0o1777)
    for path in (tmp_path, *tmp_path.parents):
        if path != Path("/") and path.owner() == "root" and path.name.startswith(("pytest", "test")):
            path.chmod(0o755)
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.mark.parametrize(
    "how", ["os.mkdir(sys.argv[1])", "os.symlink('/tmp', sys.argv[1])", "open(sys.argv[1], 'w')"]
)
def test_a_name_that_somebody_else_holds_is_said(common: Path, qapp: QApplication, how: str) -> None:
    assert code_of(somebody_else(how, common / "vision-app-0")) == 0
    first = Instance(common / "desktop.json")
    assert first.is_first()
    assert "vision-app-0" in first.trouble
    first.close()


def test_the_folder_is_closed_to_others(common: Path, qapp: QApplication) -> None:
    (common / "vision-app-0").mkdir()
    (common / "vision-app-0").chmod(0o777)
    first = Instance(common / "desktop.json")
    assert first.is_first() and first.trouble == ""
    assert private_folder() == common / "vision-app-0"
    assert (common / "vision-app-0").stat().st_mode & 0o777 == 0o700
    assert code_of(somebody_else("os.listdir(sys.argv[1])", common / "vision-app-0")) != 0
    first.close()


def test_somebody_else_who_answers_is_told_nothing(common: Path, qtbot: QtBot) -> None:
    first, second = Instance(common / "desktop.json"), Instance(common / "desktop.json")
    assert first.is_first()
    assert first._server is not None
    first._server.close()
    private_folder().chmod(0o777)
    listener = somebody_else(_LISTENS, first._name)
    assert listener.stdout is not None
    assert listener.stdout.readline() == "listening\n"
    assert not second.is_first()
    assert not second.hand_over(Wish("rtsp://joe:secret@cam/1"))
    assert "belongs to somebody else" in second.trouble
    assert listener.communicate()[0] == "b''\n"
    first.close()


def test_what_somebody_else_asks_for_is_not_done(common: Path, qtbot: QtBot) -> None:
    first = Instance(common / "desktop.json")
    assert first.is_first()
    asked: list[Wish] = []
    first.asked.connect(asked.append)
    private_folder().chmod(0o755)
    Path(first._name).chmod(0o777)
    asking = somebody_else(_ASKS, first._name)
    qtbot.waitUntil(lambda: asking.poll() is not None, timeout=20_000)
    assert asking.communicate()[0] == "b''\n"
    assert asked == []
    first.close()
    first.deleteLater()
