"""What filters cost beside the bare calls of OpenCV, and whether the window waits for them.

    python benchmarks/filters.py [--rounds 31] [--chains 40] [--window SECONDS] [--json FILE]

Each operation at its defaults on the picture it is tried on, 1280 x 720, one thread: the chain as the program runs
it against the exported script's own statements, in turns within one run, so that a busy machine slows both. Then
chains of three, drawn at random: which of those that bare OpenCV does 30 times a second the program does too.
With --window the stalls of the window's thread while a chain of three runs on a 720p source at 30 a second, with
the panel open and a slider moving; it needs a screen (xvfb-run).
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from machine import describe_machine

from vision_app.filters.chain import FilterChain, Step, parse_chain
from vision_app.filters.operation import Mat, Operation
from vision_app.filters.parameters import PictureFile
from vision_app.filters.pictures import draw_pattern
from vision_app.filters.script import script
from vision_app.filters.table import OPERATIONS

FRAME_MS = 1000 / 30
WINDOW_CHAIN = "clahe:2,8|gaussian:5|canny:80,160"


def say(text: str) -> None:
    print(text, flush=True)


def bare(chain: FilterChain) -> Callable[[Mat], Mat]:
    """The exported script's statements as a function of a picture."""
    lines = script(chain).splitlines()
    start, loop = lines.index("capture = cv2.VideoCapture(0)"), lines.index("while True:")
    setup = lines[:start] + lines[start + 1 : loop]
    body = [line[4:] for line in lines[loop + 4 : lines.index('    cv2.imshow("image", image)')]]
    if "image = image.copy()" not in body:
        body.insert(0, "")  # the script draws on the picture of the camera; here it is used again and again
    names: dict[str, Any] = {}
    exec(compile("\n".join(setup), "setup", "exec"), names)
    code = compile("\n".join(body), "body", "exec")

    def run(image: Mat) -> Mat:
        names["image"] = image
        exec(code, names)
        return names["image"]  # type: ignore[no-any-return]

    return run


def usual(operation: Operation, held: Path) -> Step:
    """An operation at its defaults."""
    needs = [p.name for p in operation.parameters if isinstance(p, PictureFile) and p.needed]
    return Step(operation, dict.fromkeys(needs, str(held)))


def compare(chain: FilterChain, images: list[np.ndarray[Any, Any]], rounds: int) -> tuple[float, float]:
    """Milliseconds of the chain and of the bare statements, in turns: the quickest of each."""
    stream, plain = chain.start(), bare(chain)
    ours: list[float] = []
    theirs: list[float] = []
    for i in range(rounds + 2):
        image = images[i % len(images)]
        copies = image.copy(), image.copy()
        turns = ((ours, stream.process, copies[0]), (theirs, plain, copies[1]))
        for which, work, copied in turns if i % 2 else turns[::-1]:
            start = time.perf_counter()
            work(copied)
            which.append(1000 * (time.perf_counter() - start))
    return min(ours[2:]), min(theirs[2:])


def operations(held: Path, rounds: int) -> list[dict[str, Any]]:
    """Every operation."""
    rows: list[dict[str, Any]] = []
    say(f"{'operation':<14} {'ms':>7} {'bare':>7} {'ratio':>6}")
    for operation in OPERATIONS.values():
        images = [np.asarray(draw_pattern(operation.picture, index)) for index in (0, 3)]
        ours, theirs = compare(FilterChain((usual(operation, held),)), images, rounds)
        rows.append({"operation": operation.name, "ms": ours, "bare_ms": theirs})
        say(f"{operation.name:<14} {ours:7.2f} {theirs:7.2f} {ours / theirs:6.3f}")
    whole = sum(row["ms"] for row in rows) / sum(row["bare_ms"] for row in rows)
    say(f"all of them together: {whole:.3f} of the bare calls")
    return rows


def threes(held: Path, count: int, rounds: int) -> list[dict[str, Any]]:
    """Chains of three."""
    draw = random.Random(1)
    names = list(OPERATIONS)
    images = [np.asarray(draw_pattern("moving", index)) for index in (0, 3)]
    rows: list[dict[str, Any]] = []
    for _ in range(count):
        chosen = draw.sample(names, 3)
        chain = FilterChain(tuple(usual(OPERATIONS[name], held) for name in chosen))
        ours, theirs = compare(chain, images, rounds)
        rows.append({"chain": "|".join(chosen), "ms": ours, "bare_ms": theirs})
    live = [row for row in rows if row["bare_ms"] <= FRAME_MS]
    reached = [row for row in live if row["ms"] <= FRAME_MS]
    ratios = sorted(row["ms"] / row["bare_ms"] for row in rows)
    say(
        f"chains of three: bare OpenCV does {len(live)} of {len(rows)} in {FRAME_MS:.1f} ms, the program "
        f"{len(reached)} of those; "
        f"ratio median {statistics.median(ratios):.3f}, highest {ratios[-1]:.3f}"
    )
    return rows


def window(seconds: float) -> dict[str, float]:
    """Stalls of the window while filters run."""
    from gui import Probe, run_loop, wait
    from PySide6.QtCore import QTimer

    from vision_app.gui.app import Desktop, make_application, quicken
    from vision_app.gui.instance import Wish
    from vision_app.gui.settings import Settings

    app = make_application()
    quicken()
    with tempfile.TemporaryDirectory() as folder:
        desktop = Desktop(app, Settings(Path(folder) / "desktop.json"))
        desktop.begin(Wish("synthetic:1280x720@30", ()))
        run_loop(lambda: desktop.window.view.picture is not None, 20)
        desktop.window.docks.show("filters")
        panel = desktop.window.docks.panel("filters")
        wait(3)
        probe = Probe()
        probe.start()
        wait(seconds)
        before = probe.stop()
        say(f"window without filters: stalls {before.line()}")
        panel.controller.set_chain(parse_chain(WINDOW_CHAIN))  # type: ignore[union-attr]
        wait(3)
        slider = QTimer()
        place = [80]

        def move() -> None:
            place[0] = 40 + (place[0] - 39) % 120
            panel.set_value(2, "low", place[0])  # type: ignore[union-attr]

        slider.timeout.connect(move)
        slider.start(50)
        view = desktop.window.view
        painted, began = view.ages.count, time.perf_counter()
        probe.start()
        wait(seconds)
        stalls = probe.stop()
        slider.stop()
        rate = (view.ages.count - painted) / (time.perf_counter() - began)
        filtered = desktop.session.filtered
        spent = 0.0 if filtered is None else 1000 * filtered.spent_s
        say(
            f"window with {WINDOW_CHAIN}: {rate:.1f} pictures a second, {spent:.1f} ms each; stalls {stalls.line()}"
        )
        desktop.window.close()
        return {
            "before_stall_p99_ms": before.share(0.99),
            "fps": rate,
            "stall_p99_ms": stalls.share(0.99),
            "stall_max_ms": stalls.share(1.0),
        }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--chains", type=int, default=40)
    parser.add_argument("--window", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--json", type=Path)
    parsed = parser.parse_args()
    say(describe_machine())
    cv2.setNumThreads(1)
    report: dict[str, Any] = {}
    if parsed.rounds:
        with tempfile.TemporaryDirectory() as folder:
            held = Path(folder) / "held.png"
            cv2.imwrite(str(held), draw_pattern("pattern")[200:400, 300:600])
            report["operations"] = operations(held, parsed.rounds)
            report["chains"] = threes(held, parsed.chains, parsed.rounds)
    if parsed.window:
        report["window"] = window(parsed.window)
    if parsed.json:
        parsed.json.write_text(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
