"""How the desktop does under load, measured inside the real window.

    python benchmarks/gui.py --model yolox_nano.onnx [--seconds 15] [--swaps 20] [--source synthetic:1280x720@30]

Paint rate, age of the frame when its picture has been painted, stalls of the window's thread (a timer of one
millisecond that comes late), the same while models are swapped, and the time from the start of the process to the
first live picture. Needs a screen; without one: `xvfb-run -s "-screen 0 1920x1080x24" python benchmarks/gui.py ...`.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from machine import describe_machine

if TYPE_CHECKING:
    from vision_app.gui.app import Desktop

SOURCE = "synthetic:1280x720@30"
OTHER_MODEL = "efficientnet-lite0"
WINDOW_WH = (1280, 800)
WARM_UP_S = 3.0
_PROBE_MS = 1
_FIRST_PICTURE = """
import sys, time
from pathlib import Path
from PySide6.QtCore import QTimer
from vision_app.gui import app as desktop_app
from vision_app.gui.view import LiveView

began_s, settings, source, model = float(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4]
paint = LiveView.paintEvent

def painted(view, event):
    paint(view, event)
    if view.picture is not None and not hasattr(view, "told"):
        view.told = True
        print(time.time() - began_s, flush=True)
        QTimer.singleShot(0, view.window().close)

LiveView.paintEvent = painted
sys.exit(desktop_app.run(source, [model], settings_file=settings))
"""


@dataclass(frozen=True)
class Stalls:
    """How late the window's thread was, milliseconds."""

    late_ms: Sequence[float]

    def share(self, share: float) -> float:
        """The lateness that `share` of all probes do not exceed."""
        ordered = sorted(self.late_ms)
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0

    def line(self) -> str:
        """p50, p99 and the longest."""
        return f"p50 {self.share(0.5):.1f}, p99 {self.share(0.99):.1f}, longest {self.share(1.0):.1f} ms"


class Probe:
    """A timer of one millisecond that notes how late it comes."""

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self._late_ms: list[float] = []
        self._last_s = 0.0
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_PROBE_MS)
        self._timer.timeout.connect(self._tick)

    def _tick(self) -> None:
        now_s = time.perf_counter()
        self._late_ms.append(max(0.0, 1000 * (now_s - self._last_s) - _PROBE_MS))
        self._last_s = now_s

    def start(self) -> None:
        """Begin to note."""
        self._late_ms = []
        self._last_s = time.perf_counter()
        self._timer.start()

    def stop(self) -> Stalls:
        """What was noted since the start."""
        self._timer.stop()
        return Stalls(self._late_ms)


def run_loop(until: Callable[[], bool], at_most_s: float) -> bool:
    """Run the window's events until something is true; false when that takes too long."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    look = QTimer()
    end_s = time.perf_counter() + at_most_s
    look.timeout.connect(lambda: loop.quit() if until() or time.perf_counter() > end_s else None)
    look.start(20)
    loop.exec()
    look.stop()
    return until()


def wait(seconds: float) -> None:
    """Run the window's events for some time."""
    run_loop(lambda: False, seconds)


def first_picture_s(source: str, model: str, tries: int) -> list[float]:
    """Seconds from the start of a process to its first live picture, for each try."""
    found = []
    for _ in range(tries):
        with tempfile.TemporaryDirectory() as folder:
            arguments = [str(time.time()), str(Path(folder) / "desktop.json"), source, model]
            done = subprocess.run(
                [sys.executable, "-c", _FIRST_PICTURE, *arguments],
                check=True,
                capture_output=True,
                text=True,
                timeout=60,
            )
        found.append(float(done.stdout.split()[0]))
    return found


def steady(desktop: Desktop, probe: Probe, seconds: float, report: dict[str, float]) -> None:
    """Measure while nothing changes."""
    from vision_app.engine.timing import Durations

    view = desktop.window.view
    view.ages = Durations()
    painted = view.ages
    began_s = time.perf_counter()
    probe.start()
    wait(seconds)
    stalls = probe.stop()
    took_s = time.perf_counter() - began_s
    figures = desktop.session.figures()
    infer_ms = figures.stages_ms.get("infer", (0.0, 0.0))
    frame_ms = 1000 / max(figures.source_fps, 1.0)
    report |= {
        "paint_fps": painted.count / took_s,
        "source_fps": figures.source_fps,
        "inferred_fps": figures.inferred_fps,
        "age_p50_ms": 1000 * painted.percentile(0.5),
        "age_p95_ms": 1000 * painted.percentile(0.95),
        "infer_p50_ms": infer_ms[0],
        "age_budget_ms": infer_ms[0] + 2 * frame_ms,
        "stall_p50_ms": stalls.share(0.5),
        "stall_p99_ms": stalls.share(0.99),
        "stall_max_ms": stalls.share(1.0),
    }
    say(f"painted            {report['paint_fps']:.1f} of {figures.source_fps:.1f} pictures a second")
    say(
        f"inferred           {figures.inferred_fps:.1f} a second, {infer_ms[0]:.1f} ms each (p95 {infer_ms[1]:.1f})"
    )
    say(
        f"age when painted   p50 {report['age_p50_ms']:.1f}, p95 {report['age_p95_ms']:.1f} ms "
        f"(budget: inference + 2 frame times = {report['age_budget_ms']:.1f} ms)"
    )
    say(f"stalls             {stalls.line()} (budget: p99 16 ms)")


def swapping(desktop: Desktop, probe: Probe, model: str, swaps: int, report: dict[str, float]) -> None:
    """Measure while one model takes the place of another."""
    from vision_app.engine.request import ModelRequest
    from vision_app.live.status import ModelState

    session = desktop.session
    slot = session.model_statuses()[0].slot
    probe.start()
    began_s = time.perf_counter()
    done = 0
    for i in range(swaps):
        wanted = ModelRequest(OTHER_MODEL if i % 2 == 0 else model)
        session.change_model(slot, wanted)

        def is_there(wanted: ModelRequest = wanted) -> bool:
            status = next(m for m in session.model_statuses() if m.slot == slot)
            return status.request == wanted and status.pending is None and status.state is ModelState.READY

        done += run_loop(is_there, 20.0)
        wait(0.2)
    stalls = probe.stop()
    report |= {
        "swaps": done,
        "swap_stall_p99_ms": stalls.share(0.99),
        "swap_stall_max_ms": stalls.share(1.0),
    }
    took_s = time.perf_counter() - began_s
    say(f"{done} swaps in {took_s:.0f} s   {stalls.line()} (budget: longest 50 ms)")


def say(text: str) -> None:
    print(text, flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", required=True, help="an .onnx file, such as YOLOX-Nano's")
    parser.add_argument("--source", default=SOURCE)
    parser.add_argument("--seconds", type=float, default=15.0, help="length of the steady part")
    parser.add_argument("--swaps", type=int, default=20)
    parser.add_argument("--starts", type=int, default=5, help="processes whose start is timed")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    arguments = parser.parse_args(argv)

    from vision_app.gui.system import check_system

    check_system()
    report: dict[str, float] = {}
    say(describe_machine())
    if arguments.starts:
        starts_s = sorted(first_picture_s(arguments.source, arguments.model, arguments.starts))
        report |= {"start_median_s": starts_s[len(starts_s) // 2], "start_longest_s": starts_s[-1]}
        say(
            f"first live picture {report['start_median_s']:.2f} s after the start (median of {len(starts_s)}, "
            f"longest {starts_s[-1]:.2f}; budget 2 s)"
        )
    measure_window(arguments, report)
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0


def measure_window(arguments: argparse.Namespace, report: dict[str, float]) -> None:
    from vision_app.gui.app import Desktop, make_application, quicken
    from vision_app.gui.instance import Wish
    from vision_app.gui.settings import Settings

    quicken()
    app = make_application()
    with tempfile.TemporaryDirectory() as folder:
        desktop = Desktop(app, Settings(Path(folder) / "desktop.json"))
        desktop.window.resize(*WINDOW_WH)
        desktop.begin(Wish(arguments.source, (arguments.model,)))
        probe = Probe()
        ready = run_loop(lambda: desktop.session.figures().inferred_fps > 0, 30.0)
        if not ready:
            raise SystemExit("no model ran within 30 s")
        wait(WARM_UP_S)
        wide, high = desktop.window.view.size_px()
        say(f"picture area       {wide} x {high} pixels")
        for name in ("models", "speed"):
            desktop.window.docks.show(name)
            say(f"-- {arguments.source}, {Path(arguments.model).name}, {name} panel in front")
            steady(desktop, probe, arguments.seconds, report)
        swapping(desktop, probe, arguments.model, arguments.swaps, report)
        desktop.window.close()


if __name__ == "__main__":
    sys.exit(main())
