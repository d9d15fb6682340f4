"""The peers' side of `table.py`: one measurement with somebody else's program, as one line of JSON.

    PYTHON benchmarks/peer_worker.py '{"kind": "openvino", "model": "nanodet-g.onnx", "frames": 50}'

Runs in the peer's own Python: it needs numpy and the peer, not this program. What is missing is told as
`{"absent": "..."}`.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Callable
from typing import Any

from stopwatch import Laps, boxes_to_suppress, picture_tensor, pictures_of, report

_WARM_UP = 3


def ultralytics(job: dict[str, Any]) -> None:
    """`predict` over a whole clip; the answer is the number of boxes."""
    os.environ |= {"YOLO_OFFLINE": "true", "YOLO_AUTOINSTALL": "false", "YOLO_VERBOSE": "false"}
    os.environ.setdefault("YOLO_CONFIG_DIR", tempfile.mkdtemp(prefix="peer-settings-"))
    import ultralytics as peer
    from ultralytics import YOLO

    laps, count, boxes = Laps(), 0, 0
    with tempfile.TemporaryDirectory() as name:
        results = YOLO(job["model"], task="detect").predict(
            job["source"],
            stream=True,
            conf=0.25,
            iou=0.7,
            device="cpu",
            verbose=False,
            save=False,
            project=name,
        )
        for result in results:
            if not count:
                laps.begin(skip=1)
            count += 1
            boxes += len(result.boxes)
            if count == job["frames"]:
                break
        laps.end(count)
    report(laps, boxes, peer)


def openvino(job: dict[str, Any]) -> None:
    """OpenVINO's own runtime on the same file, one thread, in the precision that is asked for or that it chooses."""
    import openvino as ov

    core = ov.Core()
    model = core.read_model(job["model"])
    name = model.inputs[0].any_name
    shape = tuple(job["shape"])
    model.reshape({name: ov.PartialShape(list(shape))})
    settings = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY"}
    if job["precision"]:
        settings["INFERENCE_PRECISION_HINT"] = job["precision"]
    request = core.compile_model(model, "CPU", settings).create_infer_request()
    tensor = picture_tensor(shape)
    report(Laps.of(lambda: request.infer({name: tensor}), job["frames"]), 0, ov)


def litert(job: dict[str, Any]) -> None:
    """LiteRT on the file that the network was converted from, one thread."""
    import ai_edge_litert
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=job["model"], num_threads=1)
    interpreter.allocate_tensors()
    told = interpreter.get_input_details()[0]
    tensor = picture_tensor(tuple(int(n) for n in told["shape"]))

    def run() -> None:
        interpreter.set_tensor(told["index"], tensor)
        interpreter.invoke()

    report(Laps.of(run, job["frames"]), 0, ai_edge_litert)


def mediapipe(job: dict[str, Any]) -> None:
    """One of mediapipe's own pipelines over frames that follow each other; the answer is how many it found."""
    import cv2
    import mediapipe as mp

    pictures = pictures_of(job["source"], job["frames"])
    made: dict[str, tuple[Callable[[], Any], str]] = {
        "hands": (lambda: mp.solutions.hands.Hands(max_num_hands=2), "multi_hand_landmarks"),
        "body": (lambda: mp.solutions.pose.Pose(model_complexity=1), "pose_landmarks"),
        "faces": (lambda: mp.solutions.face_detection.FaceDetection(model_selection=1), "detections"),
        "face mesh": (
            lambda: mp.solutions.face_mesh.FaceMesh(refine_landmarks=True, max_num_faces=4),
            "multi_face_landmarks",
        ),
    }
    make, field = made[job["solution"]]
    found, laps = 0, Laps()
    with make() as solution:
        for number, picture in enumerate(pictures):
            if number == _WARM_UP:
                laps.begin(skip=number)
            answer = getattr(solution.process(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)), field)
            found += 0 if answer is None else len(answer) if isinstance(answer, list | tuple) else 1
    laps.end(len(pictures))
    report(laps, found, mp)


def torchvision(job: dict[str, Any]) -> None:
    """Torchvision's suppression by class, one thread; the answer is how many boxes stay."""
    import torch
    import torchvision as peer
    from torchvision.ops import batched_nms

    torch.set_num_threads(1)
    boxes, scores, classes = map(torch.from_numpy, boxes_to_suppress(job["boxes"], job["classes"]))
    kept = batched_nms(boxes, scores, classes, 0.5)
    report(Laps.of(lambda: batched_nms(boxes, scores, classes, 0.5), job["frames"]), len(kept), peer)


def opencv_nms(job: dict[str, Any]) -> None:
    """OpenCV's suppression by class; the answer is how many boxes stay."""
    import cv2

    boxes, scores, classes = boxes_to_suppress(job["boxes"], job["classes"])
    xywh = boxes.astype("float64")
    xywh[:, 2:] -= xywh[:, :2]
    kept = cv2.dnn.NMSBoxesBatched(xywh, scores, classes, 0.0, 0.5)
    report(
        Laps.of(lambda: cv2.dnn.NMSBoxesBatched(xywh, scores, classes, 0.0, 0.5), job["frames"]),
        len(kept),
        cv2,
    )


def opencv(job: dict[str, Any]) -> None:
    """`cv2.VideoCapture`; the answer is how many frames."""
    import cv2

    capture = cv2.VideoCapture(job["source"])
    capture.read()
    laps, count = Laps(), 0
    laps.begin()
    while count < job["frames"] and capture.read()[0]:
        count += 1
    laps.end(count)
    report(laps, count, cv2)


def pyav(job: dict[str, Any]) -> None:
    """PyAV as its documentation shows, frames as BGR arrays; the answer is how many frames."""
    import av

    laps, count = Laps(), 0
    with av.open(job["source"]) as container:
        container.streams.video[0].thread_type = "AUTO"
        for frame in container.decode(video=0):
            frame.to_ndarray(format="bgr24")
            if not count:
                laps.begin(skip=1)
            count += 1
            if count > job["frames"]:
                break
    laps.end(count)
    report(laps, count - 1, av)


KINDS: dict[str, Callable[[dict[str, Any]], None]] = {
    "ultralytics": ultralytics,
    "openvino": openvino,
    "litert": litert,
    "mediapipe": mediapipe,
    "torchvision": torchvision,
    "opencv nms": opencv_nms,
    "opencv": opencv,
    "pyav": pyav,
}

if __name__ == "__main__":
    work = json.loads(sys.argv[1])
    try:
        KINDS[work["kind"]](work)
    except ImportError as error:
        with contextlib.suppress(BrokenPipeError):
            print(json.dumps({"absent": str(error)}))
