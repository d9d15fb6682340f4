"""Kills and hangs the real show of a kiosk, and watches a kiosk for an hour.

    python benchmarks/kiosk_soak.py restarts [--kills 50 --stops 25 --hangs 25] --out DIR
    python benchmarks/kiosk_soak.py soak [--minutes 60] --out DIR
    python benchmarks/kiosk_soak.py plot --out DIR --png docs/images/kiosk-soak.png

Needs a screen: start it in a virtual one with a window manager, such as Xvfb with openbox. The watchdog runs in
this process, show and curtain are the real ones. `restarts` ends the show by SIGKILL, stops it by SIGSTOP, and
lets the thread of its window hang, and measures how long it takes to notice, to start again, and to the next
live picture. `soak` writes memory, handles, threads and pictures every ten seconds to DIR/soak.csv.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import os
import signal
import statistics
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from vision_app.kiosk.logs import open_log
from vision_app.kiosk.programme import load_programme
from vision_app.kiosk.watchdog import Limits, Watchdog, curtain_command

LIMIT_S = 3.0
"""From noticing that a show is dead or hung to the next live picture."""
_SETTLE_S = 1.0
_COLUMNS = (
    *(
        "seconds",
        "watchdog_mb",
        "curtain_mb",
        "show_mb",
        "watchdog_handles",
        "curtain_handles",
        "show_handles",
    ),
    *("show_threads", "pictures", "starts", "show_cpu_s", "load"),
)
_TIMES = ("noticed_s", "started_s", "picture_s", "all_s", "cpu_s")
_PROGRAMME = """\
languages = ["en", "ko"]
source = "{source}"
fallback = "none"
idle_s = {idle_s}
{attract}
[[station]]
title = {{ en = "What is this?", ko = "이건 무엇일까요?" }}
models = ["efficientnet-lite0"]
seconds = 20
overlay = false

[[station]]
title = {{ en = "Who is there?", ko = "누가 있나요?" }}
models = ["{detector}"]
seconds = 20

[[station]]
title = {{ en = "Both at once", ko = "둘을 함께" }}
models = ["efficientnet-lite0-int8", {{ name = "{detector}", conf = 0.4 }}]
seconds = 20
"""


@dataclass(frozen=True)
class Restart:
    """One restart, in seconds.

    Attributes:
        how: kill, stop or hang.
        noticed_s: from the deed to the watchdog's noticing it.
        started_s: from noticing to the new process.
        picture_s: from noticing to the next live picture.
        all_s: from the deed to the next live picture.
        cpu_s: processor time of the new show until then: what it takes on a machine of its own.
        load: how many processes wanted a core at the same time.
    """

    how: str
    noticed_s: float
    started_s: float
    picture_s: float
    all_s: float
    cpu_s: float
    load: float


def write_programme(folder: Path, source: str, detector: str, idle_s: float = 30, attract: str = "") -> Path:
    path = folder / "kiosk.toml"
    text = _PROGRAMME.format(source=source, detector=detector, idle_s=idle_s, attract=attract)
    path.write_text(text, encoding="utf-8")
    return path


def make_watchdog(
    path: Path, folder: Path, healthy_s: float = 60.0
) -> tuple[Watchdog, list[tuple[str, float]]]:
    programme = load_programme(path)
    events: list[tuple[str, float]] = []
    show = [sys.executable, str(Path(__file__).resolve()), "show", str(path)]
    watchdog = Watchdog(
        show,
        curtain_command(path),
        stations=len(programme.stations),
        log=open_log(folder / "kiosk.log"),
        limits=Limits(max_memory_mb=programme.max_memory_mb, healthy_s=healthy_s),
        observe=lambda name, _: events.append((name, time.monotonic())),
    )
    return watchdog, events


def run_show_that_can_hang(argv: list[str]) -> int:
    """The real show, with one addition: at SIGUSR1 the thread of its window hangs."""
    from vision_app.gui.kiosk.__main__ import main

    signal.signal(signal.SIGUSR1, lambda *_: time.sleep(3600))
    return main(["show", *argv])


def measure_restarts(deeds: Sequence[str], path: Path, folder: Path) -> list[Restart]:
    watchdog, events = make_watchdog(path, folder, healthy_s=0.0)
    found: list[Restart] = []

    def live(after_s: float) -> float:
        """Wait for the first picture of a show that was started after a moment; when it came."""
        while True:
            show = watchdog.show
            if show is not None and show.began_s > after_s and show.pulse.first_picture_s is not None:
                return show.began_s + show.pulse.first_picture_s
            time.sleep(0.01)

    def work() -> None:
        try:
            live(0.0)
            for number, how in enumerate(deeds):
                time.sleep(_SETTLE_S)
                events.clear()
                done_s = time.monotonic()
                sign = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP, "hang": signal.SIGUSR1}[how]
                show = watchdog.show
                assert show is not None
                os.kill(show.pid, sign)
                picture_s = live(done_s)
                when: dict[str, float] = dict(reversed(events))
                noticed_s: float = when.get("hung", when["died"])
                restart = Restart(
                    how,
                    noticed_s - done_s,
                    when["start"] - noticed_s,
                    picture_s - noticed_s,
                    picture_s - done_s,
                    processor_s(watchdog),
                    os.getloadavg()[0],
                )
                found.append(restart)
                print(number, restart, flush=True)
                with (folder / "restarts.jsonl").open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(restart)) + "\n")
        finally:
            watchdog.stop()

    threading.Thread(target=work, daemon=True).start()
    watchdog.run()
    return found


def processor_s(watchdog: Watchdog) -> float:
    import psutil

    show = watchdog.show
    assert show is not None
    return float(sum(psutil.Process(show.pid).cpu_times()[:2]))


def print_restarts(found: Sequence[Restart]) -> bool:
    from machine import describe_machine, print_table

    print(describe_machine())

    def cell(values: Sequence[float]) -> str:
        return f"{statistics.median(values):.2f} / {max(values):.2f}"

    rows = []
    for how in dict.fromkeys(r.how for r in found):
        mine = [r for r in found if r.how == how]
        columns = ([getattr(r, n) for r in mine] for n in _TIMES)
        rows.append([how, len(mine), *map(cell, columns)])
    header = ("deed", "times", "noticed", "new process", "live picture", "all", "processor time")
    loads = [r.load for r in found]
    print(f"Seconds, median / max; the middle two from noticing. Load {min(loads):.1f} to {max(loads):.1f}.")
    print_table(header, rows)
    return all(r.picture_s <= LIMIT_S for r in found)


def sample(watchdog: Watchdog, began_s: float) -> dict[str, float]:
    import psutil

    row: dict[str, float] = dict.fromkeys(_COLUMNS, 0)
    row["seconds"] = round(time.monotonic() - began_s, 1)
    own = psutil.Process()
    show, curtain = watchdog.show, watchdog.curtain
    for name, pid in (
        ("watchdog", own.pid),
        ("curtain", curtain and curtain.pid),
        ("show", show and show.pid),
    ):
        if not pid:
            continue
        try:
            process = psutil.Process(pid)
            row[f"{name}_mb"] = round(process.memory_info().rss / 1e6, 1)
            row[f"{name}_handles"] = process.num_fds()
            if name == "show":
                row["show_threads"] = process.num_threads()
                row["show_cpu_s"] = round(sum(process.cpu_times()[:2]), 1)
        except psutil.Error:
            continue
    if show is not None and show.pulse.last is not None:
        row["pictures"] = show.pulse.last.pictures
    row["starts"] = watchdog.starts
    row["load"] = round(os.getloadavg()[0], 2)
    return row


def soak(minutes: float, path: Path, folder: Path) -> None:
    watchdog, _ = make_watchdog(path, folder)
    began_s = time.monotonic()

    def work() -> None:
        with (folder / "soak.csv").open("w", encoding="utf-8", newline="") as file:
            rows = csv.DictWriter(file, _COLUMNS)
            rows.writeheader()
            while time.monotonic() - began_s < minutes * 60:
                time.sleep(10)
                rows.writerow(sample(watchdog, began_s))
                file.flush()
        watchdog.stop()

    threading.Thread(target=work, daemon=True).start()
    watchdog.run()


def read_soak(folder: Path) -> list[dict[str, float]]:
    with (folder / "soak.csv").open(encoding="utf-8") as file:
        return [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]


def plot(folder: Path, png: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    rows = read_soak(folder)
    minutes = [r["seconds"] / 60 for r in rows]
    figure, axes = plt.subplots(3, 1, figsize=(9, 7), sharex=True, constrained_layout=True)
    for name, colour in (("show", "#0072B2"), ("curtain", "#D55E00"), ("watchdog", "#009E73")):
        axes[0].plot(minutes, [r[f"{name}_mb"] for r in rows], color=colour, label=name)
        axes[1].plot(minutes, [r[f"{name}_handles"] for r in rows], color=colour, label=name)
    pairs = list(itertools.pairwise(rows))
    rates = [(b["pictures"] - a["pictures"]) / (b["seconds"] - a["seconds"]) for a, b in pairs]
    axes[2].plot(minutes[1:], rates, color="#444444")
    for axis, title in zip(axes, ("resident memory, MB", "open handles", "pictures a second"), strict=True):
        axis.set_ylabel(title)
        axis.set_ylim(bottom=0)
        axis.grid(color="#DDDDDD")
    axes[0].legend(loc="center right")
    axes[2].set_xlabel("minutes")
    png.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(png, dpi=110)


def print_soak(folder: Path) -> None:
    rows = read_soak(folder)
    steady = [r for r in rows if r["seconds"] > 120]
    tenth = max(1, len(steady) // 10)
    print(
        f"{rows[-1]['seconds'] / 60:.1f} min, {rows[-1]['starts']:.0f} start(s), {rows[-1]['pictures']:.0f} pictures"
    )
    for name in ("show", "curtain", "watchdog"):
        for what in ("mb", "handles"):
            values = [r[f"{name}_{what}"] for r in steady]
            print(
                f"{name} {what}: first tenth {statistics.median(values[:tenth]):g}, last tenth "
                f"{statistics.median(values[-tenth:]):g}, lowest {min(values):g}, highest {max(values):g}"
            )


def main() -> int:
    if sys.argv[1:2] == ["show"]:
        return run_show_that_can_hang(sys.argv[2:])
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("restarts", "soak", "plot"))
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--stops", type=int, default=25)
    parser.add_argument("--hangs", type=int, default=25)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--source", default="synthetic:1280x720@30")
    parser.add_argument("--detector", default="yolox-nano")
    parser.add_argument("--idle", type=float, default=30)
    parser.add_argument("--clip", action="store_true", help="the shipped clip behind the invitation")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--png", type=Path)
    parsed = parser.parse_args()
    folder: Path = parsed.out
    folder.mkdir(parents=True, exist_ok=True)
    if parsed.what == "plot":
        print_soak(folder)
        if parsed.png:
            plot(folder, parsed.png)
        return 0
    attract = '[attract]\npicture = "clip"' if parsed.clip else ""
    path = write_programme(folder, parsed.source, parsed.detector, parsed.idle, attract)
    if parsed.what == "soak":
        soak(parsed.minutes, path, folder)
        print_soak(folder)
        return 0
    deeds = ["kill"] * parsed.kills + ["stop"] * parsed.stops + ["hang"] * parsed.hangs
    return 0 if print_restarts(measure_restarts(deeds, path, folder)) else 1


if __name__ == "__main__":
    sys.exit(main())
