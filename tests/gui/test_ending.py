"""Being asked to end, also before there is a loop that could."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import vision_app.gui

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")

_PROGRAM = """
import os, signal, sys
from PySide6.QtCore import QCoreApplication, QTimer
from vision_app.gui.ending import end_when_asked
app = QCoreApplication([])
end_when_asked(lambda: app.exit(7))
if {before}:
    os.kill(os.getpid(), signal.{name})
else:
    QTimer.singleShot(50, lambda: os.kill(os.getpid(), signal.{name}))
ticking = QTimer()
ticking.timeout.connect(lambda: None)
ticking.start(20)
sys.exit(app.exec())
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("before", [True, False])
def test_a_signal_ends_the_loop_whether_it_has_begun_or_not(before: bool, name: str) -> None:
    code = _PROGRAM.format(before=before, name=name)
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 7


def test_every_window_listens_in_this_one_way() -> None:
    folder = Path(vision_app.gui.__file__).parent
    own = [
        path.name
        for path in folder.rglob("*.py")
        if re.search(r"signal\.signal\(", path.read_text(encoding="utf-8"))
    ]
    assert own == ["ending.py"]
