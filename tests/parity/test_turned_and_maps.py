"""Turned boxes, class maps and depth of the same ONNX file under ultralytics and under the app."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.parity.conftest import BUILT_SIZE
from vision_app.engine.predictors import load_model
from vision_app.results.maps import ClassMap, DepthMap
from vision_app.results.turned import TurnedBoxes
from vision_app.tasks import TaskOptions

pytestmark = [pytest.mark.parity, pytest.mark.usefixtures("ultralytics")]

CONF, IOU = 0.25, 0.7
SOME = ("darknet_dog", "skimage_astronaut", "ultralytics_zidane")
TURNED = {
    "yolov8": ("yolov8n-obb.yaml", {}),
    "yolo11": ("yolo11n-obb.yaml", {}),
    "yolo11 free size": ("yolo11n-obb.yaml", {"dynamic": True}),
    "yolo26": ("yolo26n-obb.yaml", {}),
    "yolo26 end to end": ("yolo26n-obb.yaml", {"nms": False}),
}


@pytest.mark.parametrize("family", TURNED)
def test_turned_boxes(family, built: Callable[..., Path], photos, odd_images):
    from peers import UltralyticsPeer

    recipe, arguments = TURNED[family]
    path = built(recipe, **arguments)
    model = load_model(str(path), TaskOptions(conf=CONF, iou=IOU))
    assert model.task == "obb"
    peer = UltralyticsPeer(path, BUILT_SIZE, "obb")
    compared = 0
    for image in [*(photos[name] for name in SOME), odd_images["odd"]]:
        ours, _ = model.predict(image)
        assert isinstance(ours, TurnedBoxes)
        theirs = peer._predict(image, conf=CONF, iou=IOU).obb
        expected = theirs.xyxyxyxy.numpy().reshape(-1, 4, 2)
        scores = theirs.conf.numpy()
        assert len(ours.detections) == len(scores)
        for i in range(len(scores)):
            same = (ours.detections.class_ids[i] == theirs.cls.numpy()) & (
                np.abs(scores - ours.detections.scores[i]) < 1e-3
            )
            assert same.any()
            # the corners may begin at another one: a box turned by a half is the same box
            apart = min(
                np.abs(np.roll(expected[same], k, axis=1) - ours.corners[i]).max(axis=(1, 2)).min()
                for k in range(4)
            )
            assert apart < 0.1
            compared += 1
    assert compared > 5


def test_class_maps(built: Callable[..., Path], photos):
    from peers import UltralyticsPeer

    path = built("yolo26n-sem.yaml")
    model = load_model(str(path))
    peer = UltralyticsPeer(path, BUILT_SIZE, "semantic")
    for name in SOME:
        image = photos[name]
        ours, _ = model.predict(image)
        assert isinstance(ours, ClassMap)
        theirs = peer._predict(image).semantic_mask.data.numpy()
        height, width = image.shape[:2]
        # torch's "nearest" takes the pixel to the left and above, ours the nearest
        y = np.arange(height) * ours.ids.shape[0] // height
        x = np.arange(width) * ours.ids.shape[1] // width
        assert (ours.ids[np.ix_(y, x)] == theirs.reshape(height, width)).mean() > 0.999
        assert (ours.on_frame((width, height)) == theirs.reshape(height, width)).mean() > 0.9


def test_depth(built: Callable[..., Path], photos):
    from peers import UltralyticsPeer

    path = built("yolo26n-depth.yaml")
    model = load_model(str(path))
    peer = UltralyticsPeer(path, BUILT_SIZE, "depth")
    for name in SOME:
        image = photos[name]
        ours, _ = model.predict(image)
        assert isinstance(ours, DepthMap)
        assert not ours.inverse
        theirs = peer._predict(image).depth.data.numpy().reshape(image.shape[:2])
        values = ours.on_frame((image.shape[1], image.shape[0]))
        assert np.median(np.abs(values / theirs - 1)) < 0.005
