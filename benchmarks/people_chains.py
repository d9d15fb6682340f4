"""Networks and chains of people: one-thread latency beside LiteRT, and clips in file and live fashion.

    python benchmarks/people_chains.py [--data FOLDER] [--wheel WHEEL] [--seconds S]

LiteRT is measured in the same run, in turn with ONNX Runtime, where `ai_edge_litert` and `tflite` are installed and
the wheel of MediaPipe is given. Prints Markdown.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from machine import describe_machine
from numpy.typing import NDArray

from vision_app.cards.asking import TaskOptions
from vision_app.engine.build import Pool, Surroundings, build
from vision_app.engine.chain import Chain
from vision_app.engine.finding import Part
from vision_app.engine.request import ModelRequest
from vision_app.resources import models_dir
from vision_app.results.values import Frame, ImageU8
from vision_app.runtime import ThreadPolicy

ROUNDS = 60
CHAINS = (
    "hands",
    "hands-lite",
    "body",
    "faces",
    "face-mesh",
    "face-mesh-468",
    "outline",
    "people",
    "nanodet-g-int8",
)
RATE = 30


def p(values: list[float], share: float) -> float:
    return float(np.percentile(values, share * 100)) * 1e3


def networks(wheel: Path | None) -> None:
    """One-thread latency of each network, in turn with LiteRT: the fastest run and the median."""
    print("| network | ONNX Runtime, fastest / median ms | LiteRT ms |\n|---|---|---|")
    one = ThreadPolicy(intra_op=1)
    totals = np.zeros((2, 2))
    for path in sorted((models_dir() / "people").glob("*.onnx")):
        part = Part(f"people/{path.stem}", "cpu", one)
        width, height = part.spatial()
        tensor = np.random.default_rng(0).uniform(0, 1, (1, 3, height, width)).astype(np.float32)
        ours = [lambda part=part, tensor=tensor: part.session.run({"picture": tensor})]
        other = litert(wheel, path.stem, tensor) if wheel else None
        times = in_turn([*ours, *([other] if other else [])])
        if other:
            totals += times
        print(f"| {path.stem} | {shown(times[0])} | {shown(times[1]) if other else '-'} |", flush=True)
    if totals.any():
        print(f"| all that both run | {shown(totals[0])} | {shown(totals[1])} |")


def shown(times: NDArray[np.float64]) -> str:
    return " / ".join(f"{t:.2f}" for t in times)


def litert(wheel: Path, name: str, tensor: np.ndarray[Any, Any]) -> Callable[[], object] | None:
    """A run of the original; None where LiteRT or its operators are not there."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))
    try:
        from ai_edge_litert.interpreter import Interpreter
        from people.mediapipe_networks import read_network

        interpreter = Interpreter(model_content=read_network(wheel, name), num_threads=1)
        interpreter.allocate_tensors()
    except (ImportError, RuntimeError):
        return None
    index = interpreter.get_input_details()[0]["index"]
    nhwc = np.ascontiguousarray(tensor.transpose(0, 2, 3, 1))

    def run() -> None:
        interpreter.set_tensor(index, nhwc)
        interpreter.invoke()

    return run


def in_turn(runs: list[Callable[[], object]]) -> NDArray[np.float64]:
    """(R, 2): fastest and median of each run in milliseconds; the runs take turns."""
    spent: list[list[float]] = [[] for _ in runs]
    for run in runs:
        run()
    for _ in range(ROUNDS):
        for times, run in zip(spent, runs, strict=True):
            started = time.perf_counter()
            run()
            times.append(time.perf_counter() - started)
    return np.array([(min(times), np.median(times)) for times in spent]) * 1e3


def frames_of(data: Path, name: str) -> list[ImageU8]:
    """A clip at 1280 x 720."""
    capture = cv2.VideoCapture(str(data / "gestures" / "asl_gestures" / f"{name}.mkv"))
    made: list[ImageU8] = []
    while True:
        read_it, image = capture.read()
        if not read_it:
            return made
        made.append(np.asarray(cv2.resize(image, (1280, 720)), np.uint8))


def predictors(names: tuple[str, ...]) -> list[Any]:
    around = Surroundings(ThreadPolicy.for_live(), (1280, 720), RATE)
    pool = Pool(around.threads)
    return [build(ModelRequest(name, TaskOptions()), around, pool=pool).predictor for name in names]


def live(frames: list[ImageU8], names: tuple[str, ...], seconds: float) -> str:
    """Frames at 30 a second; what comes while the models are busy is dropped, as a camera's is."""
    running = predictors(names)
    started, ages, hit = time.perf_counter(), [], 0
    last = -1
    while time.perf_counter() - started < seconds:
        number = int((time.perf_counter() - started) * RATE)
        if number == last:
            time.sleep(0.0005)
            continue
        last = number
        captured = started + number / RATE
        image = frames[number % len(frames)]
        frame = Frame(image, number, captured, None, "camera")
        for one in running:
            if isinstance(one, Chain):
                one.follow(one.begin(frame), frame)
            else:
                one.predict(image)
        ages.append(time.perf_counter() - captured)
        hit += 1
    rate = hit / (time.perf_counter() - started)
    return f"| {' + '.join(names)} | {rate:.1f} | {p(ages, 0.5):.1f} | {p(ages, 0.95):.1f} |"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="folder with gestures/asl_gestures")
    parser.add_argument("--wheel", type=Path, help="the wheel of MediaPipe, for LiteRT")
    parser.add_argument("--seconds", type=float, default=6.0)
    arguments = parser.parse_args()
    print(describe_machine())
    print()
    networks(arguments.wheel)
    if arguments.data:
        frames = frames_of(arguments.data, "book")
        print(
            "\n| live, 1280 x 720 at 30 a second | results a second | frame age p50 ms | p95 ms |\n|---|---|---|---|"
        )
        for name in CHAINS:
            print(live(frames, (name,), arguments.seconds), flush=True)
        print(live(frames, ("hands", "body", "faces"), arguments.seconds))
        print(live(frames, ("hands-lite", "body", "faces"), arguments.seconds))


if __name__ == "__main__":
    main()
