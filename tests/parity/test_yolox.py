"""YOLOX against a second reading of its paper and repository: loops over the grid, torchvision's suppression."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from tests.parity.agreement import compare
from vision_app.engine.predictors import load_model
from vision_app.results.values import Detections, ImageU8
from vision_app.tasks import TaskOptions

pytestmark = pytest.mark.parity

SIZE = 416
IOU = 0.45


def letterbox(image: ImageU8) -> tuple[np.ndarray, float]:
    """Source: yolox/data/data_augment.py, preproc: top left, grey 114, BGR from 0 to 255."""
    padded = np.full((SIZE, SIZE, 3), 114, np.uint8)
    ratio = min(SIZE / image.shape[0], SIZE / image.shape[1])
    width, height = int(image.shape[1] * ratio), int(image.shape[0] * ratio)
    padded[:height, :width] = cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)
    return padded.transpose(2, 0, 1)[None].astype(np.float32), ratio


def decode(raw: np.ndarray, conf: float) -> tuple[list[list[float]], list[float], list[int]]:
    """Source: yolox/models/yolo_head.py, decode_outputs, and yolox/utils/boxes.py, postprocess."""
    boxes, scores, class_ids = [], [], []
    row = 0
    for stride in (8, 16, 32):
        for y in range(SIZE // stride):
            for x in range(SIZE // stride):
                dx, dy, log_w, log_h, objectness, *classes = raw[row].tolist()
                row += 1
                best = max(range(len(classes)), key=classes.__getitem__)
                score = objectness * classes[best]
                if score <= conf:
                    continue
                centre_x, centre_y = (dx + x) * stride, (dy + y) * stride
                width, height = math.exp(log_w) * stride, math.exp(log_h) * stride
                boxes.append(
                    [
                        centre_x - width / 2,
                        centre_y - height / 2,
                        centre_x + width / 2,
                        centre_y + height / 2,
                    ]
                )
                scores.append(score)
                class_ids.append(best)
    assert row == len(raw)
    return boxes, scores, class_ids


@pytest.mark.parametrize(("conf", "at_least"), [(0.3, 20), (0.01, 150)])
def test_the_real_file(conf, at_least, shared_models, photos, odd_images):
    torch = pytest.importorskip("torch", reason="parity needs the extra `export`")
    ops = pytest.importorskip("torchvision.ops", reason="parity needs the extra `export`")
    model = load_model(str(shared_models / "yolox_nano_416_fp32.onnx"), TaskOptions(conf=conf, iou=IOU))
    boxes_seen = 0
    for name, image in {**photos, **odd_images}.items():
        ours, _ = model.predict(image)
        assert isinstance(ours, Detections)
        tensor, ratio = letterbox(image)
        boxes, scores, class_ids = decode(model.session.run_single(tensor)[0], conf)
        kept = []
        if boxes:
            kept = ops.batched_nms(
                torch.tensor(boxes), torch.tensor(scores), torch.tensor(class_ids), IOU
            ).tolist()
        expected = Detections(
            "loops",
            np.array([boxes[i] for i in kept], np.float32).reshape(-1, 4) / np.float32(ratio),
            np.array([scores[i] for i in kept], np.float32),
            np.array([class_ids[i] for i in kept], np.int64),
            ours.labels,
        )
        outcome = compare(ours, expected, (image.shape[1], image.shape[0]), IOU, 300, agnostic=False)
        assert outcome.unexplained == (), name
        assert outcome.excused <= 1, name
        boxes_seen += outcome.boxes
    assert boxes_seen >= at_least
