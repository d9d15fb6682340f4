"""A program that runs for hours emits millions of signals: it must live through that."""

from __future__ import annotations

import subprocess
import sys

_EMITS = """
import vision_app.gui
from PySide6.QtCore import QCoreApplication, QObject, Signal

class Bell(QObject):
    rung = Signal(object)

app = QCoreApplication([])
bell = Bell()
for _ in range(50_000):
    bell.rung.emit(None)
print("alive")
"""


def test_emitting_many_signals_does_not_end_the_program() -> None:
    run = subprocess.run(
        [sys.executable, "-c", _EMITS], capture_output=True, text=True, timeout=120, check=False
    )
    assert (run.returncode, run.stdout.strip(), run.stderr) == (0, "alive", "")
