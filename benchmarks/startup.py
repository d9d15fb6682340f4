"""Time from the command to the first result, and to the help text, as whole processes.

    python benchmarks/startup.py [--runs 7]

The first result is the first line of `--json -`. The bare figure is what OpenCV and ONNX Runtime need by
themselves for the same frame and model.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time

from machine import describe_machine, print_table

from vision_app.cards.lookup import weights_path
from vision_app.resources import demo_clip

_BARE = """
import cv2, numpy as np, onnxruntime as ort
cv2.setNumThreads(1)
o = ort.SessionOptions(); o.intra_op_num_threads = 1
s = ort.InferenceSession({model!r}, o)
frame = cv2.VideoCapture({clip!r}).read()[1]
x = (cv2.resize(frame, (224, 224)).astype(np.float32).transpose(2, 0, 1)[None] - 127) / 128
print(s.run(None, {{s.get_inputs()[0].name: x}})[0].argmax(), flush=True)
"""


def first_line_s(command: list[str]) -> float:
    """Seconds until the command has printed its first line; the rest of it is killed."""
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        assert process.stdout.readline(), command
        seconds = time.perf_counter() - started
        process.kill()
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    app = [sys.executable, "-m", "vision_app"]
    clip = str(demo_clip())
    commands = {
        "first result, vision-app": [*app, "--source", clip, "--json", "-"],
        "first result, bare OpenCV + ONNX Runtime": [
            sys.executable,
            "-c",
            _BARE.format(model=str(weights_path("efficientnet-lite0")), clip=clip),
        ],
        "vision-app --help": [*app, "--help"],
    }
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(runs + 1):
        for name, command in commands.items():
            seconds[name].append(first_line_s(command))
    print(describe_machine(), f"- {runs} runs in turn after one to warm up\n")
    print_table(
        ["what", "median s", "best s", "worst s"],
        [
            [n, f"{statistics.median(v[1:]):.3f}", f"{min(v[1:]):.3f}", f"{max(v[1:]):.3f}"]
            for n, v in seconds.items()
        ],
    )


if __name__ == "__main__":
    main()
