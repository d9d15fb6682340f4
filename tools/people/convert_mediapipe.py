"""Make the networks of faces, hands, bodies and outlines from the .tflite files inside MediaPipe's wheel.

    pip download --no-deps --only-binary=:all: --python-version 311 --platform manylinux_2_28_x86_64 mediapipe==0.10.21
    pip install tflite==2.18.0 flatbuffers
    python -m people.convert_mediapipe WHEEL --out models [NAME ...]        (in tools/)

Nothing of the wheel is installed or run. `people.check_mediapipe` compares with the original's interpreter.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from flatbuffers import flexbuffers
from onnx import TensorProto, helper
from shipping import sha256_of

from people.blocking import blocked
from people.halving import halved
from people.mediapipe_networks import NETWORKS, WHEEL_SHA256, read_network
from people.tflite_converting import Converter
from people.writing import Writer, named

MAKER = "tools/people/convert_mediapipe.py"
MATRIX = "Landmarks2TransformMatrix"
AVERAGED = 16


def converted(data: bytes, name: str, *, finished: bool = True) -> Any:
    """One network as ONNX; `finished` joins the parts of the face mesh with irises."""
    converter = Converter(data)
    writer, inputs, outputs = converter.convert()
    height, width = converter.net.shape(converter.net.inputs[0])[1:3]
    names = dict(zip(NETWORKS[name].outputs, outputs, strict=True))
    if name == "face-mesh-iris" and finished:
        names = {"mesh": joined_mesh(converter, names), "presence": names["presence"]}
    for output, tensor in names.items():
        named(writer, tensor, output)
    if name == "pose-landmarks":
        halved(writer, names["mask"], (height, width))
    blocked(writer)
    picture = helper.make_tensor_value_info(inputs[0], TensorProto.FLOAT, [1, 3, height, width])
    results = [helper.make_tensor_value_info(o, TensorProto.FLOAT, None) for o in names]
    model = writer.model(name, [picture], results)
    return with_shapes(model)


def with_shapes(model: Any) -> Any:
    """The same model, its outputs with their shapes, without what was inferred in between."""
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    del model.graph.output[:]
    model.graph.output.extend(inferred.graph.output)
    model.producer_name = MAKER
    onnx.checker.check_model(model, full_check=True)
    return model


def joined_mesh(converter: Converter, names: dict[str, str]) -> str:
    """(1, 1434): the 468 points, those round eyes and lips refined, and five points of each iris.

    The custom operators of the file say which points a part refines. The z of an iris is the mean of that of the
    first 16 points, its contour of its eye.

    Source: the graph face_landmark_with_attention, its options of LandmarksRefinementCalculator.
    """
    writer = converter.writer
    parts = [flexbuffers.Loads(o.options) for o in converter.net.operators if o.kind == MATRIX]
    lips, left, right = (part["subset_idxs"] for part in parts)
    mesh = writer.node("Reshape", [names["mesh"], writer.constant([468, 3], np.int64)])
    xy, z = _columns(writer, mesh, 0, 2), _columns(writer, mesh, 2, 3)
    for part, indices in (("lips", lips), ("left_eye", left), ("right_eye", right)):
        rows = writer.constant(np.array(indices)[:, None], np.int64)
        xy = writer.node("ScatterND", [xy, rows, _points(writer, names[part])])
    irises = []
    for part, eye in (("left_iris", left), ("right_iris", right)):
        of_eye = writer.node("Gather", [z, writer.constant(eye[:AVERAGED], np.int64)], axis=0)
        mean = writer.node("ReduceMean", [of_eye], axes=[0], keepdims=1)
        depth = writer.node("Expand", [mean, writer.constant([5, 1], np.int64)])
        irises.append(writer.node("Concat", [_points(writer, names[part]), depth], axis=1))
    refined = writer.node("Concat", [xy, z], axis=1)
    return writer.node("Flatten", [writer.node("Concat", [refined, *irises], axis=0)], axis=0)


def _points(writer: Writer, source: str) -> str:
    return writer.node("Reshape", [source, writer.constant([-1, 2], np.int64)])


def _columns(writer: Writer, source: str, first: int, last: int) -> str:
    return writer.node("Slice", [source, *(writer.constant([v], np.int64) for v in (first, last, 1))])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("wheel", type=Path)
    parser.add_argument("names", nargs="*", default=list(NETWORKS))
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_intermixed_args()
    if sha256_of(arguments.wheel) != WHEEL_SHA256:
        raise SystemExit(f"{arguments.wheel} is another wheel: its SHA-256 should be {WHEEL_SHA256}")
    for name in arguments.names:
        model = converted(read_network(arguments.wheel, name), name)
        target = arguments.out / f"{name}.onnx"
        onnx.save(model, target)
        print(f"{target}  {target.stat().st_size}  {sha256_of(target)}")


if __name__ == "__main__":
    main()
