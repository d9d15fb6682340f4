"""What a screen gets: pictures a second, their age, stalls, model swaps, and memory over many frames.

python benchmarks/live.py [--model MODEL] [--other MODEL] [--seconds 15] [--swaps 20] [--frames 20000]

`stall` is how much later than asked a thread wakes up that does nothing else, as a window's would: it waits for
the interpreter's lock, and for a core. A process of its own that does the same tells what the machine alone costs.
"""

from __future__ import annotations

import argparse
import math
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

import psutil
from machine import describe_machine, print_table

from vision_app.engine.request import ModelRequest
from vision_app.live.session import LiveSession
from vision_app.live.status import ModelState, ModelStatus, OutputStatus, Picture, SourceStatus

_WAKE_S = 0.005
_SAMPLES = 10
_WARM_UP_S = 2.0


class Screen:
    """Takes pictures and measures when they come."""

    def __init__(self) -> None:
        self.ages_s: list[float] = []
        self.result_ages_s: list[float] = []
        self.gaps_s: list[float] = []
        self.frames = 0
        self._last_s = 0.0
        self._last_index = -1

    def clear(self) -> None:
        """Forget what was measured."""
        self.ages_s, self.result_ages_s, self.gaps_s = [], [], []

    def on_picture(self, picture: Picture) -> None:
        """Measure."""
        now_s = time.perf_counter()
        self.gaps_s.append(now_s - self._last_s)
        self._last_s = now_s
        if picture.frame_index != self._last_index:
            self.frames += 1
            self._last_index = picture.frame_index
            self.ages_s.append(now_s - picture.captured_s)
            if picture.result_age_s is not None:
                self.result_ages_s.append(picture.result_age_s)

    def on_source(self, status: SourceStatus) -> None:
        """Say what is wrong."""
        if status.message:
            print(status.message)

    def on_models(self, models: tuple[ModelStatus, ...]) -> None:
        """Say what is wrong."""
        for model in models:
            if model.error:
                print(model.error)

    def on_output(self, status: OutputStatus) -> None:
        """Nothing is written."""

    def on_notice(self, text: str) -> None:
        """Say it."""
        print(text)


class Idler:
    """A thread that wakes up every few milliseconds and notes by how much too late."""

    def __init__(self) -> None:
        self.stalls_s: list[float] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="idler", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.is_set():
            asked_s = time.perf_counter() + _WAKE_S
            time.sleep(_WAKE_S)
            self.stalls_s.append(time.perf_counter() - asked_s)

    def stop(self) -> None:
        """End."""
        self._stop.set()
        self._thread.join()


_BARE_IDLER = """
import sys, time
end_s, wake_s, stalls = time.perf_counter() + float(sys.argv[1]), float(sys.argv[2]), []
while time.perf_counter() < end_s:
    asked_s = time.perf_counter() + wake_s
    time.sleep(wake_s)
    stalls.append(time.perf_counter() - asked_s)
print(*stalls)
"""


def bare_idler(seconds: float) -> subprocess.Popen[str]:
    """The same in a process that does nothing else; its standard output gives the stalls."""
    command = [sys.executable, "-c", _BARE_IDLER, str(seconds), str(_WAKE_S)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def percentile_ms(values_s: Sequence[float], share: float) -> str:
    """A percentile in milliseconds."""
    ordered = sorted(values_s)
    return f"{ordered[max(0, math.ceil(share * len(ordered)) - 1)] * 1e3:.1f}" if ordered else "-"


def wait_until_ready(session: LiveSession) -> None:
    """Wait until nothing is being loaded any more."""
    while any(m.pending is not None or m.state is ModelState.LOADING for m in session.models):
        time.sleep(0.002)


def measure_steady(session: LiveSession, screen: Screen, idler: Idler, seconds: float) -> list[list[object]]:
    """Let it run, then say how it went."""
    time.sleep(_WARM_UP_S)
    screen.clear()
    idler.stalls_s.clear()
    process = psutil.Process()
    bare = bare_idler(seconds)
    before, started_s = process.cpu_times(), time.perf_counter()
    time.sleep(seconds)
    spent_s = time.perf_counter() - started_s
    after = process.cpu_times()
    figures = session.figures()
    infer_p50_ms, infer_p95_ms = figures.stages_ms.get("infer", (0.0, 0.0))
    budget_ms = infer_p50_ms + 2e3 / 30
    bare_stalls_s = [float(text) for text in bare.communicate()[0].split()]
    cores = (after.user + after.system - before.user - before.system) / spent_s
    return [
        ["pictures a second", f"{len(screen.gaps_s) / spent_s:.1f}"],
        ["frames a second through the models", f"{figures.inferred_fps:.1f}"],
        ["inference p50 / p95, ms", f"{infer_p50_ms:.1f} / {infer_p95_ms:.1f}"],
        ["compose p50 / p95, ms", " / ".join(f"{v:.1f}" for v in figures.stages_ms["compose"])],
        [
            "frame age p50 / p95, ms",
            f"{percentile_ms(screen.ages_s, 0.5)} / {percentile_ms(screen.ages_s, 0.95)}",
        ],
        ["budget for p95: inference p50 + 2 frame times, ms", f"{budget_ms:.1f}"],
        ["age of drawn results p95, ms", percentile_ms(screen.result_ages_s, 0.95)],
        ["stall p50 / p99 / longest, ms", stalls(idler.stalls_s)],
        ["the same in a process that does nothing, ms", stalls(bare_stalls_s)],
        ["cores in use", f"{cores:.2f}"],
    ]


def stalls(values_s: Sequence[float]) -> str:
    """Median, 99th percentile and longest."""
    return " / ".join(percentile_ms(values_s, share) for share in (0.5, 0.99, 1.0))


def measure_swaps(
    session: LiveSession, slot: int, references: Sequence[str], swaps: int, *, screen: Screen, idler: Idler
) -> list[list[object]]:
    """Replace the model again and again, each time once the last one runs."""
    wait_until_ready(session)
    screen.clear()
    idler.stalls_s.clear()
    taken_s, asking_s = [], []
    for i in range(swaps):
        started_s = time.perf_counter()
        session.change_model(slot, ModelRequest(references[(i + 1) % len(references)]))
        asking_s.append(time.perf_counter() - started_s)
        wait_until_ready(session)
        taken_s.append(time.perf_counter() - started_s)
        time.sleep(0.3)
    return [
        ["model swaps", swaps],
        [
            "asking for it, median / longest, ms",
            f"{percentile_ms(asking_s, 0.5)} / {percentile_ms(asking_s, 1.0)}",
        ],
        ["one swap, median / longest, ms", f"{percentile_ms(taken_s, 0.5)} / {percentile_ms(taken_s, 1.0)}"],
        [
            "gap between pictures p50 / p99 / longest, ms",
            " / ".join(percentile_ms(screen.gaps_s, share) for share in (0.5, 0.99, 1.0)),
        ],
        ["stall p50 / p99 / longest, ms", stalls(idler.stalls_s)],
    ]


def measure_memory(session: LiveSession, screen: Screen, frames: int, spec: str) -> list[list[object]]:
    """Show many frames and look at memory, handles and threads in between."""
    process = psutil.Process()
    session.open(spec)
    first = screen.frames
    rows: list[list[object]] = []
    for i in range(_SAMPLES + 1):
        while screen.frames - first < i * frames // _SAMPLES:
            time.sleep(0.05)
        memory_mb = process.memory_info().rss / 1e6
        rows.append([screen.frames - first, f"{memory_mb:.0f}", process.num_fds(), process.num_threads()])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--model", default="efficientnet-lite0")
    parser.add_argument("--other", default="efficientnet-lite0-int8", help="what the model is swapped with")
    parser.add_argument("--source", default="synthetic:1280x720@30")
    parser.add_argument("--view", default="1600x900")
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--swaps", type=int, default=20)
    parser.add_argument("--frames", type=int, default=20_000)
    parser.add_argument(
        "--frames-source", default="synthetic:640x360@400", help="for the memory over many frames"
    )
    arguments = parser.parse_args()
    width, height = (int(side) for side in arguments.view.split("x"))
    screen, idler = Screen(), Idler()
    session = LiveSession(screen, max_fps=1000.0)
    session.set_view((width, height))
    session.open(arguments.source)
    slot = session.add_model(ModelRequest(arguments.model))
    wait_until_ready(session)
    print(describe_machine(), f"- {arguments.model}, {arguments.source}, view {arguments.view}\n")
    print_table(["steady", ""], measure_steady(session, screen, idler, arguments.seconds))
    print()
    references = (arguments.model, arguments.other)
    print_table(
        ["swapping", ""],
        measure_swaps(session, slot, references, arguments.swaps, screen=screen, idler=idler),
    )
    print()
    if arguments.frames:
        rows = measure_memory(session, screen, arguments.frames, arguments.frames_source)
        print_table(["frames shown", "resident MB", "file handles", "threads"], rows)
    started_s = time.perf_counter()
    session.close()
    print(f"\nclosed in {(time.perf_counter() - started_s) * 1e3:.0f} ms")
    idler.stop()


if __name__ == "__main__":
    main()
