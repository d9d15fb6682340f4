"""What each thing that one does in the window takes of its thread, and what it leaves behind.

    python benchmarks/window_ways.py [--times 10] [--only language,theme] [--source FILE]

Every way is done `--times` times in the real window, with two models on the demo clip. `longest` is the most processor
time that the window's thread took without a break: while it lasts no picture is painted and no key is heard; it is
processor time, so that other programs on the machine do not count; `stood` is the same by the clock. `all` is all of it
until the window is quiet again, once. What is left behind is what came from after the first quarter of the times to the
end: widgets, all Qt objects, threads, sessions of models, and resident memory in MB (and after `malloc_trim`, where
that is to be had: what is then left is held by somebody). Needs a screen; without one:
`xvfb-run -a -s "-screen 0 1366x768x24" python ...`.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from machine import describe_machine, print_table

if TYPE_CHECKING:
    from vision_app.gui.app import Desktop

_PROBE_MS = 1
_QUIET_S = 0.25
_MODELS = ("nanodet-g", "efficientnet-lite0")
_ADDED = "efficientnet-lite0-int8"
_FOLDERS = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_PICTURES_DIR", "XDG_VIDEOS_DIR")


class Probe:
    """A timer that notes the processor time of the window's thread between two of its turns."""

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self.longest_s = self.stood_s = 0.0
        self._last_s, self._seen_s = time.thread_time(), time.perf_counter()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start(_PROBE_MS)

    def begin(self) -> None:
        """Forget what was."""
        self.longest_s = self.stood_s = 0.0
        self._last_s, self._seen_s = time.thread_time(), time.perf_counter()

    def _tick(self) -> None:
        now_s, seen_s = time.thread_time(), time.perf_counter()
        self.longest_s = max(self.longest_s, now_s - self._last_s)
        self.stood_s = max(self.stood_s, seen_s - self._seen_s)
        self._last_s, self._seen_s = now_s, seen_s


@dataclass(frozen=True)
class Counts:
    """What there is."""

    widgets: int
    objects: int
    threads: int
    sessions: int
    resident_mb: float
    held_mb: float


def counts() -> Counts:
    """What there is now, after all that waits for its end has come to it."""
    from PySide6.QtCore import QCoreApplication, QEvent, QObject
    from PySide6.QtWidgets import QApplication
    from shiboken6 import isValid

    from vision_app.memory import resident_mb
    from vision_app.runtime import Session

    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    found = [o for o in gc.get_objects() if issubclass(type(o), QObject) and isValid(o)]
    roots = {id(o): o for o in found if o.parent() is None}
    objects = sum(1 + len(o.findChildren(QObject)) for o in roots.values())
    sessions = sum(issubclass(type(o), Session) for o in gc.get_objects())
    resident = resident_mb() or 0.0
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)
    held = resident_mb() or 0.0
    return Counts(len(QApplication.allWidgets()), objects, threading.active_count(), sessions, resident, held)


def wait(seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
    """Run the window's events for some time, or until something is true."""
    from PySide6.QtCore import QEventLoop, QTimer

    if until():
        return True
    loop, look = QEventLoop(), QTimer()
    end_s = time.perf_counter() + seconds
    look.timeout.connect(lambda: loop.quit() if until() or time.perf_counter() > end_s else None)
    look.start(10)
    loop.exec()
    look.stop()
    return until()


class Ways:
    """Things to do in a window, by their name; each leaves the window as it found it."""

    def __init__(self, desktop: Desktop, folder: Path) -> None:
        self._desktop, self._window, self._folder = desktop, desktop.window, folder
        self._turn = 0

    def all(self) -> dict[str, Callable[[], Any]]:
        """All of them."""
        from vision_app.memory import give_back

        return {
            "nothing": lambda: wait(0.5),
            "scheme": self._scheme,
            "language": self._language,
            "text size": self._text_size,
            "panels": self._panels,
            "pages of Look inside": self._inside,
            "pages of Teach": self._teach,
            "catalogue unfolded": self._catalogue,
            "catalogue filtered": self._filtered,
            "a filter": self._filter,
            "model added, removed": self._model,
            "card's options": self._options,
            "source changed": self._source,
            "chooser": self._chooser,
            "snapshot": self._snapshot,
            "full screen": self._full_screen,
            "resized": self._resized,
            "memory given back": give_back,
            **{f"dialog {name}": self._dialog(opened) for name, opened in self._dialogs().items()},
        }

    def _panel(self, name: str) -> Any:
        return self._window.docks.panel(name)

    def _next(self, values: Sequence[Any]) -> Any:
        self._turn += 1
        return values[self._turn % len(values)]

    def _scheme(self) -> None:
        self._desktop.settings.update(scheme=self._next(("dark", "light")))

    def _language(self) -> None:
        self._desktop.settings.update(language=self._next(("ko", "en")))

    def _text_size(self) -> None:
        self._desktop.settings.update(text_scale=self._next((1.2, 1.0)))

    def _panels(self) -> None:
        for name in ("models", "speed", "filters", "teach", "inside"):
            self._window.docks.show(name)
            wait(0.05)

    def _inside(self) -> None:
        from vision_app.gui.inside.panel import LESSONS

        self._window.docks.show("inside")
        for page in ("maps", "layers", "families", "compare", *LESSONS):
            self._panel("inside").open(page)
            wait(0.4)
        self._window.docks.show("models")

    def _teach(self) -> None:
        self._window.docks.show("teach")
        for place in (1, 2, 0):
            self._panel("teach").tabs.setCurrentIndex(place)
            wait(0.05)
        self._window.docks.show("models")

    def _catalogue(self) -> None:
        self._window.docks.show("models")
        for fold in self._panel("models").catalogue.families.values():
            fold.set_open(not fold.open)

    def _filtered(self) -> None:
        catalogue = self._panel("models").catalogue
        catalogue.filter.setText(self._next(("yolo", "")))

    def _filter(self) -> None:
        panel = self._panel("filters")
        self._window.docks.show("filters")
        panel.add_operation("blur")
        wait(0.1)
        panel.controller.remove(0)

    def _model(self) -> None:
        from vision_app.engine.request import ModelRequest
        from vision_app.live.status import ModelState

        session = self._desktop.session
        slot = session.add_model(ModelRequest(_ADDED))

        def ran() -> bool:
            return any(m.slot == slot and m.infer_p50_ms for m in session.model_statuses())

        wait(20, ran)
        session.remove_model(slot)
        assert all(m.state is ModelState.READY for m in session.model_statuses())

    def _options(self) -> None:
        self._window.docks.show("models")
        for card in self._panel("models").cards.values():
            card.tune.click()

    def _source(self) -> None:
        from vision_app.resources import demo_clip

        self._window.commands.open(self._next(("synthetic:1280x720@30", str(demo_clip()))))
        wait(0.5)

    def _chooser(self) -> None:
        self._window.bar.choose()
        wait(0.3)
        self._window.bar.chooser.hide()

    def _snapshot(self) -> None:
        self._window.outputs.snapshot()

    def _full_screen(self) -> None:
        self._window.toggle_full_screen()
        wait(0.2)
        self._window.toggle_full_screen()

    def _resized(self) -> None:
        self._window.resize(*self._next(((1024, 700), (1366, 768))))

    def _dialogs(self) -> dict[str, Callable[[], Any]]:
        window, filters = self._window, self._panel("filters")
        from vision_app.gui.shortcuts import ShortcutsDialog
        from vision_app.gui.sources.stream_dialog import StreamDialog

        def last(kind: type, opened: Callable[[], Any]) -> Callable[[], Any]:
            def do() -> Any:
                opened()
                return window.findChildren(kind)[-1]

            return do

        def learnt(opened: Callable[[], Any]) -> Callable[[], Any]:
            def do() -> Any:
                if not filters.controller.chain.steps:
                    filters.add_operation("blur")
                return opened()

            return do

        def samples() -> Any:
            self._panel("teach").show_samples()
            return self._panel("teach").dialog

        return {
            "Preferences": window.show_preferences,
            "Shortcuts": last(ShortcutsDialog, window.show_shortcuts),
            "Stream": last(StreamDialog, window.commands.ask_for_stream),
            "Code": filters.open_code,
            "Robustness": learnt(filters.open_robustness),
            "Learnt": filters.show_learnt,
            "Lesson": learnt(lambda: filters.show_lesson(0)),
            "Samples": samples,
            "Heads": self._panel("teach").show_heads,
            "Views": self._panel("teach").show_views,
        }

    def _dialog(self, opened: Callable[[], Any]) -> Callable[[], Any]:
        def do() -> None:
            dialog = opened()
            wait(0.3)
            dialog.close()

        return do


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument(
        "--only", default="", help="names of ways, or beginnings of them, with commas between"
    )
    parser.add_argument("--source", help="what to open; the demo clip by default")
    arguments = parser.parse_args()
    arguments.source = arguments.source and str(Path(arguments.source).absolute())
    with tempfile.TemporaryDirectory(prefix="window-ways-") as folder:
        for variable in _FOLDERS:
            os.environ[variable] = str(Path(folder) / variable.lower())
        os.environ["HOME"] = folder
        _measure(arguments, Path(folder))
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.flush()
    os._exit(0)  # what a library does at the end is not what is measured here


def _measure(arguments: argparse.Namespace, folder: Path) -> None:
    from vision_app.gui.app import Desktop, make_application, quicken
    from vision_app.gui.instance import Wish
    from vision_app.gui.settings import Settings
    from vision_app.resources import demo_clip

    quicken()
    app = make_application()
    desktop = Desktop(app, Settings(folder / "desktop.json"))
    desktop.settings.update(scheme="light", language="en")
    desktop.begin(Wish(arguments.source or str(demo_clip()), _MODELS))
    if not wait(60, lambda: desktop.session.figures().inferred_fps > 0):
        raise SystemExit("no model ran within a minute")
    ways = Ways(desktop, folder).all()
    for name in ("panels", "pages of Teach", "pages of Look inside", "catalogue unfolded"):
        ways[name]()  # everything has been seen once, as after some use
        wait(3.0)
    wanted = [w.strip() for w in arguments.only.split(",") if w.strip()]
    probe = Probe()
    print(describe_machine(), f"- load {os.getloadavg()[0]:.1f}, {counts().widgets} widgets", flush=True)
    rows = []
    for name, way in ways.items():
        if wanted and not any(name.startswith(w) for w in wanted):
            continue
        rows.append(_row(name, way, probe, arguments.times))
        print(*rows[-1], sep="\t", file=sys.stderr, flush=True)
    heads = [
        "way",
        "longest, ms",
        "stood, ms",
        "all, ms",
        "widgets",
        "objects",
        "threads",
        "sessions",
        "MB",
        "MB held",
        "MB at end",
    ]
    print_table(heads, rows)
    desktop.window.close()


def _row(name: str, way: Callable[[], Any], probe: Probe, times: int) -> list[object]:
    early, before = max(times // 4, 1), counts()
    longest_s = stood_s = spent_s = 0.0
    for done in range(times):
        if done == early:
            before = counts()
        probe.begin()
        began_s = time.thread_time()
        way()
        wait(_QUIET_S)
        longest_s, stood_s = max(longest_s, probe.longest_s), max(stood_s, probe.stood_s)
        spent_s += time.thread_time() - began_s
    after = counts()
    return [
        name,
        f"{1000 * longest_s:.0f}",
        f"{1000 * stood_s:.0f}",
        f"{1000 * spent_s / times:.0f}",
        after.widgets - before.widgets,
        after.objects - before.objects,
        after.threads - before.threads,
        after.sessions - before.sessions,
        f"{after.resident_mb - before.resident_mb:+.1f}",
        f"{after.held_mb - before.held_mb:+.1f}",
        f"{after.resident_mb:.0f}",
    ]


if __name__ == "__main__":
    main()
