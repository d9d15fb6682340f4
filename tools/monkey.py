"""Does random things in the real window for some minutes, and tells of errors, pauses and memory.

    xvfb-run -s "-screen 0 1366x768x24" python tools/monkey.py --minutes 10 [--seed 0] [--source FILE]
    QT_QPA_PLATFORM=offscreen python tools/monkey.py --minutes 5

The same seed chooses the same way among what is offered. The window lives in folders of its own, which are removed
at the end: no settings, samples or models of whoever runs it are touched. Nothing leaves the machine: file managers
and browsers are not opened, and the network is out of reach. The exit code is 1 when an error was seen.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import os
import random
import shutil
import sys
import tempfile
import threading
import time
import traceback
import tracemalloc
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from monkey_ways import Pause, Seen

if TYPE_CHECKING:
    from PySide6.QtCore import QObject
    from PySide6.QtWidgets import QApplication

    from vision_app.gui.app import Desktop

PAUSE_S = 0.1
"""A pause of the window's thread from which on it is noted what was being done."""
_LOOKS_EVERY_S = 0.02
_BEATS_EVERY_MS = 10
_WARM_UP_S = 8.0
_STUCK_S = 40.0
"""After so long in one action the run is given up, with the stack: the window hangs, or waits in a loop of its own."""
_PAUSES_TOLD = 10
_BETWEEN_MS = (0, 0, 10, 40, 150)
_FOLDERS = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_PICTURES_DIR", "XDG_VIDEOS_DIR")


class Watch(threading.Thread):
    """Notes where the window's thread stands when its beat is late, and how much of that time it worked."""

    def __init__(self, seen: Seen, seed: int) -> None:
        super().__init__(name="watch", daemon=True)
        self.seed, self.began_s = seed, time.perf_counter()
        self._seen, self._main = seen, threading.get_ident()
        self.ended = threading.Event()

    def run(self) -> None:
        """Look, until the end."""
        seen, beat_s, worked_s = self._seen, 0.0, 0.0
        pause: Pause | None = None
        while not self.ended.wait(_LOOKS_EVERY_S):
            now_s = time.perf_counter()
            if now_s - seen.step_s > _STUCK_S:
                self._give_up()
            late_s = now_s - seen.beat_s
            if seen.beat_s != beat_s:
                beat_s, worked_s, pause = seen.beat_s, self._worked_s(), None
            if late_s > PAUSE_S:
                if pause is None:
                    pause = Pause(seen.doing, _place(sys._current_frames().get(self._main)))
                    seen.pauses.append(pause)
                pause.seconds, pause.worked_s = late_s, self._worked_s() - worked_s

    def _worked_s(self) -> float:
        """Processor time of the window's thread so far, where the system tells of another thread's."""
        clock = getattr(time, "pthread_getcpuclockid", None)
        return 0.0 if clock is None else time.clock_gettime(clock(self._main))

    def _give_up(self) -> None:
        stack = traceback.format_stack(sys._current_frames().get(self._main))
        self._seen.errors[f"stuck for {_STUCK_S:.0f} s: {self._seen.doing}"] += 1
        self._seen.traces[next(reversed(self._seen.errors))] = "".join(stack)
        _report(self._seen, time.perf_counter() - self.began_s, self.seed)
        sys.stdout.flush()
        os._exit(1)


def _place(frame: object) -> str:
    """The innermost lines of this project in a stack."""
    lines = traceback.extract_stack(frame)  # type: ignore[arg-type]
    ours = [f"{Path(s.filename).name}:{s.lineno} {s.name}" for s in lines if "vision_app" in s.filename]
    return " < ".join(reversed(ours[-3:])) or "Qt"


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description="Does random things in the window.")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--source", help="what to open; the demo clip by default")
    parser.add_argument(
        "--log", type=Path, help="write each action there, with the time and the memory before it"
    )
    parser.add_argument(
        "--trace", action="store_true", help="tell where what Python holds at the end was made"
    )
    parser.add_argument(
        "--files", type=Path, nargs="*", default=[], help="files for dialogs that ask for one"
    )
    parsed = parser.parse_args()
    parsed.files = [path.absolute() for path in parsed.files]
    parsed.log = parsed.log and parsed.log.absolute()
    with tempfile.TemporaryDirectory(prefix="monkey-") as folder:
        for variable in _FOLDERS:
            os.environ[variable] = str(Path(folder) / variable.lower())
        os.environ["HOME"] = folder
        os.chdir(folder)
        for variable in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            os.environ[variable] = "http://127.0.0.1:9"
        seen = Seen()
        began_s = time.perf_counter()
        _play(parsed, Path(folder), seen)
        _report(seen, time.perf_counter() - began_s, parsed.seed)
    sys.stdout.flush()
    os._exit(1 if seen.errors else 0)  # what a library does at the end is not what is looked at here


def _play(parsed: argparse.Namespace, folder: Path, seen: Seen) -> None:
    from PySide6.QtCore import Qt, QTimer
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    from vision_app.gui.app import Desktop, make_application, quicken
    from vision_app.gui.instance import Wish
    from vision_app.gui.settings import Settings
    from vision_app.resources import demo_clip

    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    quicken()
    app = make_application()
    app.setQuitOnLastWindowClosed(False)
    nowhere = _shut_off(app)
    desktop = Desktop(app, Settings(folder / "desktop.json"))
    _note_errors(seen)
    desktop.begin(Wish(parsed.source or str(demo_clip()), ()))
    beat = QTimer()
    beat.setTimerType(Qt.TimerType.PreciseTimer)
    beat.timeout.connect(lambda: setattr(seen, "beat_s", time.perf_counter()))
    beat.start(_BEATS_EVERY_MS)
    QTest.qWait(int(1000 * _WARM_UP_S))
    seen.step_s = time.perf_counter()
    if parsed.trace:
        tracemalloc.start(6)
    watch = Watch(seen, parsed.seed)
    watch.start()
    files = _copies([*parsed.files, demo_clip()], folder)
    with ExitStack() as stack:
        seen.log = parsed.log and stack.enter_context(parsed.log.open("w", encoding="utf-8", buffering=1))
        _let_loose(desktop, random.Random(parsed.seed), seen, files, 60 * parsed.minutes)
        seen.log = None
    seen.doing = "closing"
    watch.ended.set()
    if parsed.trace:
        _told_where(seen)
    for window in QApplication.topLevelWidgets():
        window.close()
    QTest.qWait(200)
    del nowhere


def _told_where(seen: Seen) -> None:
    """What there is at the end, what of it Python holds, and where that was made."""
    from vision_app.memory import resident_mb

    gc.collect()
    lines = [f"resident {resident_mb()} MB"]
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)
        lines.append(f"after malloc_trim {resident_mb()} MB")
    lines.append(f"held by Python {tracemalloc.get_traced_memory()[0] / 1e6:.0f} MB, of which")
    for found in tracemalloc.take_snapshot().statistics("traceback")[:20]:
        places = " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(found.traceback))
        lines.append(f"  {found.size / 1e6:.1f} MB in {found.count}: {places}")
    kinds = Counter(type(o).__name__ for o in gc.get_objects())
    lines.append("objects: " + ", ".join(f"{name} {count}" for name, count in kinds.most_common(40)))
    lines.append("threads: " + ", ".join(t.name for t in threading.enumerate()))
    seen.told = lines


def _shut_off(app: QApplication) -> QObject:
    """Let no file manager and no browser be opened; keep what it gives."""
    from PySide6.QtCore import QObject, QUrl, Slot
    from PySide6.QtGui import QDesktopServices

    class Nowhere(QObject):
        """Takes what would be opened elsewhere."""

        @Slot(QUrl)
        def take(self, url: QUrl) -> None:
            """Do nothing."""

    nowhere = Nowhere(app)
    for scheme in ("file", "http", "https"):
        QDesktopServices.setUrlHandler(scheme, nowhere, "take")  # type: ignore[arg-type]
    return nowhere


def _note_errors(seen: Seen) -> None:
    """After the desktop is made: its own hook tells of errors in a notice."""
    from PySide6.QtCore import QtMsgType, qInstallMessageHandler

    def thread(args: threading.ExceptHookArgs) -> None:
        seen.error(args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback)

    def qt(kind: QtMsgType, _: object, text: str) -> None:
        if kind in (QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg):
            seen.errors[f"Qt: {text}"] += 1

    sys.excepthook, threading.excepthook = seen.error, thread
    qInstallMessageHandler(qt)


def _let_loose(desktop: Desktop, rng: random.Random, seen: Seen, files: list[Path], seconds: float) -> None:
    from monkey_ways import Monkey
    from PySide6.QtCore import QTimer
    from PySide6.QtTest import QTest

    from vision_app.memory import resident_mb

    monkey = Monkey(desktop, rng, seen, files)
    end_s, noted_s = time.perf_counter() + seconds, 0.0
    ticks = QTimer()  # not a loop: a dialog with a loop of its own would hold it
    ticks.setSingleShot(True)

    def tick() -> None:
        nonlocal noted_s
        ticks.start(rng.choice(_BETWEEN_MS))
        if monkey.waiting or time.perf_counter() > end_s:
            return
        seen.step_s = time.perf_counter()
        before_mb = resident_mb() or 0.0
        try:
            monkey.step()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told at the end
            monkey.waiting = False
            if "already deleted" not in str(error):  # what it held in its hand may be gone: its own fault
                seen.error(type(error), error, error.__traceback__)
        seen.note(before_mb)
        if not desktop.window.isVisible():
            desktop.window.show()
        if time.perf_counter() - noted_s > 10:
            noted_s = time.perf_counter()
            seen.memory_mb.append(resident_mb() or 0.0)

    ticks.timeout.connect(tick)
    ticks.start(0)
    while time.perf_counter() < end_s:
        QTest.qWait(100)
        seen.step_s = time.perf_counter()
    ticks.stop()


def _copies(files: list[Path], folder: Path) -> list[Path]:
    """Copies of files, which may be overwritten."""
    (folder / "files").mkdir()
    return [Path(shutil.copy(file, folder / "files")) for file in files]


def _report(seen: Seen, seconds: float, seed: int) -> None:
    print(f"{sum(seen.actions.values())} actions in {seconds:.0f} s, seed {seed}")
    print("  " + ", ".join(f"{name} {count}" for name, count in seen.actions.most_common()))
    print(f"errors: {sum(seen.errors.values())} of {len(seen.errors)} kinds")
    for line, count in seen.errors.most_common(30):
        print(f"  {count} x {line}")
        if trace := seen.traces.get(line):
            print("    " + trace.strip().replace("\n", "\n    "))
    print(f"pauses over {1000 * PAUSE_S:.0f} ms: {len(seen.pauses)}")
    for words, key in (("longest", Pause.lasted), ("most processor time", Pause.worked)):
        print(f"  {words}:")
        for pause in sorted(seen.pauses, key=key, reverse=True)[:_PAUSES_TOLD]:
            print(f"    {pause}")
    memory = seen.memory_mb
    if memory:
        third = memory[len(memory) // 3]
        print(
            f"memory, MB: {memory[0]:.0f} at first, {third:.0f} after a third, {memory[-1]:.0f} at the end, "
            f"{max(memory):.0f} at most"
        )
    for line in seen.told:
        print(line)


if __name__ == "__main__":
    sys.exit(main())
