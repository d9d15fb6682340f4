"""Compare the converted networks with the original's own interpreter, on noise and on real pictures.

    pip install tflite==2.18.0 flatbuffers ai-edge-litert          (in an environment of its own)
    python -m people.check_mediapipe WHEEL --pictures FOLDER [NAME ...]        (in tools/)

Ends with status 1 when an output is further off than the tolerance. The latencies of ONNX Runtime and LiteRT, one
thread each, are medians of runs taken in turn.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from people.convert_mediapipe import converted
from people.mediapipe_networks import NETWORKS, read_network

Array = NDArray[Any]

TOLERANCE = 1e-3
# values of up to 741 / in 256ths of the crop, and logits of up to 1900
WIDER = {
    "pose-detection": {"boxes": 2e-3},
    "pose-landmarks": {"landmarks": 1e-2, "mask": 4.0, "heatmap": 1e-2},
}
ON_NOISE = {"landmarks": 0.3}
ROUNDS = 60
# LiteRT lacks the custom operators of these; people.ask_mediapipe asks the interpreter of MediaPipe itself
CUSTOM = ("face-mesh-iris",)


def pictures(folder: Path, size_hw: tuple[int, int], low: float) -> list[Array]:
    """(1, H, W, 3) float32 RGB: noise, then the pictures of a folder."""
    noise = np.random.default_rng(0).integers(0, 256, (*size_hw, 3), np.uint8)
    found = [cv2.imread(str(p)) for p in sorted(folder.iterdir()) if p.suffix in (".jpg", ".png")]
    raw = [noise, *(cv2.resize(p[..., ::-1], size_hw[::-1]) for p in found if p is not None)]
    return [(p.astype(np.float32) * ((1 - low) / 255) + low)[None] for p in raw]


def original(data: bytes) -> Any:
    interpreter = Interpreter(model_content=data, num_threads=1)
    interpreter.allocate_tensors()
    return interpreter


def run_original(interpreter: Any, tensor: Array) -> list[Array]:
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], tensor)
    interpreter.invoke()
    return [interpreter.get_tensor(d["index"]) for d in interpreter.get_output_details()]


def check(wheel: Path, name: str, folder: Path) -> bool:
    """Whether one network agrees; prints its line."""
    data = read_network(wheel, name)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    model = converted(data, name, finished=False).SerializeToString()
    session = onnxruntime.InferenceSession(model, options, ["CPUExecutionProvider"])
    interpreter = original(data)
    size = tuple(session.get_inputs()[0].shape[2:])
    inputs = pictures(folder, size, NETWORKS[name].low)
    worst: dict[str, float] = {}
    fine = True
    for number, tensor in enumerate(inputs):
        feed = {"picture": np.ascontiguousarray(tensor.transpose(0, 3, 1, 2))}
        ours = session.run(None, feed)
        for output, mine, theirs in zip(
            NETWORKS[name].outputs, ours, run_original(interpreter, tensor), strict=True
        ):
            wanted = theirs.transpose(0, 3, 1, 2) if theirs.ndim == 4 and theirs.shape[1] > 1 else theirs
            off = float(np.abs(mine.reshape(wanted.shape) - wanted).max())
            allowed = WIDER.get(name, {}).get(output, TOLERANCE)
            if number == 0:
                allowed = max(allowed, ON_NOISE.get(output, 0.0))
            fine &= off <= allowed
            worst[output] = max(worst.get(output, 0.0), off)
    feed = {"picture": np.ascontiguousarray(inputs[-1].transpose(0, 3, 1, 2))}
    mine_ms, theirs_ms = latencies(
        lambda: session.run(None, feed), lambda: run_original(interpreter, inputs[-1])
    )
    shown = "  ".join(f"{o} {v:.1e}" for o, v in worst.items())
    print(f"{'ok ' if fine else 'OFF'} {name:30} ORT {mine_ms:6.2f} ms  LiteRT {theirs_ms:6.2f} ms  {shown}")
    return fine


def latencies(ours: Any, theirs: Any) -> tuple[float, float]:
    """Medians in milliseconds, taken in turn."""
    spent: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for times, run in zip(spent, (ours, theirs), strict=True):
            started = time.perf_counter()
            run()
            times.append(time.perf_counter() - started)
    return float(np.median(spent[0])) * 1e3, float(np.median(spent[1])) * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("wheel", type=Path)
    parser.add_argument("names", nargs="*", default=[n for n in NETWORKS if n not in CUSTOM])
    parser.add_argument("--pictures", type=Path, required=True)
    arguments = parser.parse_intermixed_args()
    fine = [check(arguments.wheel, name, arguments.pictures) for name in arguments.names]
    if not all(fine):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
