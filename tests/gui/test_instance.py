"""A second start speaks to the first; a crash does not lock anybody out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalSocket
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from vision_app.errors import VisionError
from vision_app.gui.instance import Instance, Wish, parse_wish
from vision_app.gui.private_folder import private_folder

_SECOND = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from vision_app.gui.instance import Instance, Wish
app = QCoreApplication([])
second = Instance(Path(sys.argv[1]))
print(second.is_first(), flush=True)
second.hand_over(Wish("clip.mp4", ("yolox-nano",)))
"""
_CRASHES = """
import os, sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from vision_app.gui.instance import Instance
app = QCoreApplication([])
first = Instance(Path(sys.argv[1]))
print(first.is_first(), flush=True)
os._exit(9)
"""


def test_a_second_start_hands_over_what_it_was_asked_for(tmp_path: Path, qtbot: QtBot) -> None:
    settings = tmp_path / "desktop.json"
    first = Instance(settings)
    assert first.is_first()
    asked: list[Wish] = []
    first.asked.connect(asked.append)
    second = subprocess.Popen(
        [sys.executable, "-c", _SECOND, str(settings)], stdout=subprocess.PIPE, text=True
    )
    qtbot.waitUntil(lambda: second.poll() is not None, timeout=60_000)
    assert second.communicate()[0].strip() == "False"
    assert second.returncode == 0
    assert asked == [Wish("clip.mp4", ("yolox-nano",))]
    first.close()
    first.deleteLater()


def test_the_lock_of_a_crash_is_taken_over(tmp_path: Path, qapp: QApplication) -> None:
    settings = tmp_path / "desktop.json"
    crashed = subprocess.run(
        [sys.executable, "-c", _CRASHES, str(settings)], capture_output=True, text=True, check=False
    )
    assert (crashed.stdout.strip(), crashed.returncode) == ("True", 9)
    assert list(private_folder().glob("*.lock"))
    first = Instance(settings)
    assert first.is_first()
    first.close()


def test_other_settings_are_another_program(tmp_path: Path, qapp: QApplication) -> None:
    one, other = Instance(tmp_path / "one.json"), Instance(tmp_path / "other.json")
    assert one.is_first()
    assert other.is_first()
    one.close()
    other.close()


def test_a_first_one_that_does_not_answer_is_said(tmp_path: Path, qapp: QApplication) -> None:
    settings = tmp_path / "desktop.json"
    first = Instance(settings)
    assert first.is_first()
    assert first._server is not None
    first._server.close()  # it has the lock, and is deaf
    second = Instance(settings)
    assert not second.is_first()
    with pytest.raises(VisionError, match="does not answer"):
        second.hand_over(Wish())
    first.close()


@pytest.mark.parametrize(
    "words",
    [b"", b"{", b"[]", b'{"source": 3}', b'{"models": "yolo"}', b'{"models": [1]}', b"\xff\n"],
    ids=repr,
)
def test_strange_words_are_no_wish(words: bytes) -> None:
    assert parse_wish(words) is None


def test_a_talkative_stranger_is_hung_up_on(tmp_path: Path, qtbot: QtBot) -> None:
    first = Instance(tmp_path / "desktop.json")
    assert first.is_first()
    asked: list[Wish] = []
    first.asked.connect(asked.append)
    stranger = QLocalSocket()
    stranger.connectToServer(first._name)
    stranger.write(b"x" * 200_000)
    qtbot.waitUntil(
        lambda: stranger.state() == QLocalSocket.LocalSocketState.UnconnectedState, timeout=20_000
    )
    assert asked == []
    first.close()
    first.deleteLater()
