"""Eight cameras in one process, beside eight processes and the most that the machine can do.

    python benchmarks/site.py CLIP CLIP ... [--streams 8] [--fps 10] [--seconds 30] [--model nanodet-g-int8]

The clips are served over loopback as MJPEG of 640 x 360. Each way runs by itself in a process of its own: one site
with gating off and on, a site of a picture that stands still, one process a stream, and one stream alone. The limit is
what `session.run` and all around it do on one file, as fast as they can, with as many threads as cores. Processor time
is that of the processes that look, without the server.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from machine import describe_machine
from mjpeg_clips import Cameras, encoded

SIZE_WH = (640, 360)
_WARM_S = 4.0


def site_file(folder: Path, urls: Sequence[str], model: str, gate: str) -> Path:
    """A site of these streams."""
    text = [f'models = ["{model}"]']
    for i, url in enumerate(urls):
        text += ["[[stream]]", f'name = "s{i}"', f'source = "{url}"', f'gate = "{gate}"']
    path = folder / "site.toml"
    path.write_text("\n".join(text) + "\n", encoding="utf-8")
    return path


def worker(path: Path, seconds: float) -> None:
    """Run a site and print its figures over a span that begins once all is warm."""
    import psutil

    from vision_app.site.reading import load_site
    from vision_app.site.run import SiteRun, check

    ages: dict[str, list[float]] = {}

    def show(update: Any) -> None:
        ages.setdefault(update.stream, []).append((time.perf_counter() - update.frame.captured_s) * 1e3)

    run = SiteRun(check(load_site(path)), lambda message: print(message, file=sys.stderr), show)
    run.start()
    while any(facts.frames < 5 for facts in run.facts().values()):
        time.sleep(0.1)
    time.sleep(_WARM_S)
    me = psutil.Process()
    before, begun_s, cpu_s = run.facts(), time.perf_counter(), sum(me.cpu_times()[:2])
    for measured_ms in ages.values():
        measured_ms.clear()
    time.sleep(seconds)
    after, spent_s = run.facts(), sum(me.cpu_times()[:2]) - cpu_s
    took_s = time.perf_counter() - begun_s
    streams = {}
    for name, one in after.items():
        frames = one.frames - before[name].frames
        rested = round(one.rested * one.frames) - round(before[name].rested * before[name].frames)
        sorted_ms = sorted(ages.get(name, [0.0]))
        streams[name] = {
            "frames": frames / took_s,
            "inferred": (frames - rested) / took_s,
            "dropped": (one.dropped - before[name].dropped) / took_s,
            "rested": rested / max(frames, 1),
            "age_p50": sorted_ms[len(sorted_ms) // 2],
            "age_p95": sorted_ms[int(len(sorted_ms) * 0.95)],
        }
    print(json.dumps({"streams": streams, "cpu_s": spent_s / took_s, "rss": me.memory_info().rss}))
    run.stop()
    run.join(20)


def measured(paths: Sequence[Path], seconds: float) -> dict[str, Any]:
    """The figures of one or several processes, joined."""
    command = [sys.executable, __file__, "--worker"]
    running = [
        subprocess.Popen([*command, str(path), "--seconds", str(seconds)], stdout=subprocess.PIPE, text=True)
        for path in paths
    ]
    parts = [json.loads(process.communicate()[0].splitlines()[-1]) for process in running]
    streams = [one for part in parts for one in part["streams"].values()]
    inferred = [one["inferred"] for one in streams]
    return {
        "inferred": inferred,
        "sum": sum(inferred),
        "fair": min(inferred) / max(inferred) if max(inferred) else 1.0,
        "rested": sum(one["rested"] for one in streams) / len(streams),
        "dropped": sum(one["dropped"] for one in streams),
        "age_p50": sorted(one["age_p50"] for one in streams)[len(streams) // 2],
        "age_p95": max(one["age_p95"] for one in streams),
        "cpu_s": sum(part["cpu_s"] for part in parts),
        "rss_mb": sum(part["rss"] for part in parts) / 1e6,
    }


def limit(clip: Path, model: str) -> tuple[float, float]:
    """Frames a second of one file as fast as it goes, and processor seconds a frame."""
    import psutil

    command = [sys.executable, "-m", "vision_app", "--source", str(clip), "--model", model, "--no-save"]
    process = psutil.Popen([*command, "--summary", "-"], stdout=subprocess.PIPE, text=True)
    out = process.communicate()[0]
    summary = json.loads(out)
    return summary["fps"], summary["frames"]


def row(name: str, figures: dict[str, Any]) -> None:
    per_frame_ms = figures["cpu_s"] / figures["sum"] * 1e3 if figures["sum"] else float("nan")
    print(
        f"| {name} | {figures['sum']:.1f} | {figures['fair']:.2f} | {figures['rested'] * 100:.0f} % | "
        f"{figures['age_p50']:.0f} / {figures['age_p95']:.0f} | {figures['cpu_s']:.2f} | {per_frame_ms:.1f} | "
        f"{figures['rss_mb']:.0f} |",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clips", nargs="*", type=Path)
    parser.add_argument("--worker", type=Path)
    parser.add_argument("--streams", type=int, default=8)
    parser.add_argument("--fps", type=float, default=10.0)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--model", default="nanodet-g-int8")
    parsed = parser.parse_args()
    if parsed.worker is not None:
        worker(parsed.worker, parsed.seconds)
        return
    print(describe_machine())
    reels = [encoded(clip, SIZE_WH, parsed.fps, 60) for clip in parsed.clips]
    moving, still = Cameras(reels, parsed.fps), Cameras([reel[:1] for reel in reels], parsed.fps)
    moving.start()
    still.start()
    print(
        "| way | looks/s | least / most | rested | age p50 / worst p95 ms | processor s/s | ms a look | MB |"
    )
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as temporary:

        def folder(name: str) -> Path:
            path = Path(temporary) / name
            path.mkdir()
            return path

        urls = [moving.url(i) for i in range(parsed.streams)]
        off = site_file(folder("off"), urls, parsed.model, "off")
        row("one site, gating off", measured([off], parsed.seconds))
        on = site_file(folder("on"), urls, parsed.model, "on")
        row("one site, gating on", measured([on], parsed.seconds))
        rest = site_file(folder("still"), [still.url(i) for i in range(parsed.streams)], parsed.model, "on")
        row("one site, nothing moves", measured([rest], parsed.seconds))
        each = [site_file(folder(f"p{i}"), [url], parsed.model, "off") for i, url in enumerate(urls)]
        row(f"{parsed.streams} processes, gating off", measured(each, parsed.seconds))
        alone = site_file(folder("alone"), urls[:1], parsed.model, "off")
        row("one stream alone, gating off", measured([alone], parsed.seconds))
    fps, _ = limit(parsed.clips[0], parsed.model)
    print(f"\nlimit: {fps:.1f} frames a second of {parsed.clips[0].name} as a file, decoding included")
    moving.kill()
    still.kill()


if __name__ == "__main__":
    main()
