"""The same ONNX file under ultralytics and under the app: the same boxes, masks and keypoints.

Masks are compared in frame pixels: ours with those of ultralytics' `retina_masks=True`, which are made for the
frame as ours are. Its default makes them for the letterboxed picture and leaves the scaling to who uses them.
Prototypes of random networks are noise around a constant; trained ones are smooth patches of either sign. So
that there are objects with edges, the files get a mean over 5 x 5 cells around zero behind their prototypes,
for both sides alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper

from tests.parity.agreement import Agreement, compare
from tests.parity.conftest import BUILT_SIZE
from vision_app.engine.predictors import load_model
from vision_app.results.values import Detections, FloatArray, ImageU8, Keypoints, Masks
from vision_app.tasks import TaskOptions

pytestmark = [pytest.mark.parity, pytest.mark.usefixtures("ultralytics")]

CONF, IOU = 0.25, 0.7
LEAST_MASK_IOU = 0.999
LEAST_POLYGON_IOU = 0.98  # at most a pixel off, which in small masks is much
MOST_PX = 0.5
MOST_CONFIDENCE = 1e-3
SOME = ("darknet_dog", "skimage_astronaut", "ultralytics_zidane")
SEGMENTERS = {
    "yolov8": ("yolov8n-seg.yaml", {}),
    "yolo11": ("yolo11n-seg.yaml", {}),
    "yolo11 free size": ("yolo11n-seg.yaml", {"dynamic": True}),
    "yolo26": ("yolo26n-seg.yaml", {}),
    "yolo26 end to end": ("yolo26n-seg.yaml", {"nms": False}),
}
POSERS = {
    "yolo11": ("yolo11n-pose.yaml", {}),
    "yolo11 free size": ("yolo11n-pose.yaml", {"dynamic": True}),
    "yolo26": ("yolo26n-pose.yaml", {}),
    "yolo26 end to end": ("yolo26n-pose.yaml", {"nms": False}),
}


def pictures(photos: dict[str, ImageU8], odd_images: dict[str, ImageU8]) -> list[ImageU8]:
    return [*(photos[name] for name in SOME), odd_images["tiny"], odd_images["odd"]]


def with_smooth_prototypes(path: Path) -> Path:
    """The file with its prototypes around zero, and each cell the mean of 5 x 5."""
    model = onnx.load(str(path))
    name = next(o.name for o in model.graph.output if len(o.type.tensor_type.shape.dim) == 4)
    for node in model.graph.node:
        for names in (node.input, node.output):
            for i, used in enumerate(names):
                if used == name:
                    names[i] = "rough"
    sides = {"kernel_shape": [5, 5], "pads": [2, 2, 2, 2]}
    model.graph.node.extend(
        [
            helper.make_node("GlobalAveragePool", ["rough"], ["level"]),
            helper.make_node("Sub", ["rough", "level"], ["levelled"]),
            helper.make_node("AveragePool", ["levelled"], [name], **sides),
        ]
    )
    smooth = path.with_name(f"smooth-{path.name}")
    onnx.save(model, str(smooth))
    return smooth


def peer_detections(found: object, labels: tuple[str, ...]) -> Detections:
    boxes = found.boxes
    return Detections(
        "ultralytics",
        boxes.xyxy.numpy().astype(np.float32),
        boxes.conf.numpy().astype(np.float32),
        boxes.cls.numpy().astype(np.int64),
        labels,
    )


def pairs(ours: Detections, peer: Detections) -> Iterable[tuple[int, int]]:
    """Objects that both found: of one class, with the same score and box."""
    for i in range(len(ours)):
        apart = np.abs(peer.xyxy - ours.xyxy[i]).max(axis=1, initial=0)
        apart += 1e3 * (peer.class_ids != ours.class_ids[i]) + 1e3 * np.abs(peer.scores - ours.scores[i])
        j = int(apart.argmin()) if len(peer) else 0
        if len(peer) and apart[j] < 1:
            yield i, j


def agreement(ours: Detections, peer: Detections, image: ImageU8) -> Agreement:
    return compare(ours, peer, (image.shape[1], image.shape[0]), IOU, 300, agnostic=False)


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    return float((one & other).sum() / max(1, (one | other).sum()))


@pytest.mark.parametrize("family", SEGMENTERS)
def test_segmentation(family, built: Callable[..., Path], photos, odd_images):
    from peers import UltralyticsPeer

    recipe, arguments = SEGMENTERS[family]
    path = with_smooth_prototypes(built(recipe, **arguments))
    model = load_model(str(path), TaskOptions(conf=CONF, iou=IOU))
    peer = UltralyticsPeer(path, BUILT_SIZE, "segment")
    overlaps: list[float] = []
    for image in pictures(photos, odd_images):
        ours, _ = model.predict(image)
        found = peer._predict(image, conf=CONF, iou=IOU, retina_masks=True)
        assert isinstance(ours, Masks)
        theirs = peer_detections(found, ours.detections.labels)
        assert agreement(ours.detections, theirs, image).unexplained == ()
        masks = found.masks.data.numpy().astype(bool) if len(theirs) else ()
        for i, j in pairs(ours.detections, theirs):
            ours_whole = ours.masks[i].on_frame((image.shape[1], image.shape[0]))
            overlaps.append(overlap(ours_whole, masks[j]))
            assert 0 < masks[j].sum() < masks[j].size
    assert len(overlaps) > 100
    assert min(overlaps) >= LEAST_MASK_IOU


def test_polygons_are_those_of_ultralytics(built: Callable[..., Path], photos):
    """Of masks in one part: its `masks.xy` joins several parts by lines that belong to none."""
    import cv2
    from peers import UltralyticsPeer

    path = with_smooth_prototypes(built("yolo11n-seg.yaml"))
    image = photos["skimage_astronaut"]
    ours, _ = load_model(str(path), TaskOptions(conf=CONF, iou=IOU)).predict(image)
    peer = UltralyticsPeer(path, BUILT_SIZE, "segment")
    found = peer._predict(image, conf=CONF, iou=IOU, retina_masks=True)
    assert isinstance(ours, Masks)
    records = ours.as_record()["detections"]

    def filled(polygons: list[FloatArray]) -> np.ndarray:
        picture = np.zeros(image.shape[:2], np.uint8)
        for polygon in polygons:
            cv2.fillPoly(picture, [np.rint(polygon).astype(np.int32).reshape(-1, 1, 2)], 1)
        return picture.astype(bool)

    overlaps = [
        overlap(filled([np.array(p) for p in records[i]["polygons"]]), filled([found.masks.xy[j]]))
        for i, j in pairs(ours.detections, peer_detections(found, ours.detections.labels))
        if len(records[i]["polygons"]) == 1
    ]
    assert len(overlaps) > 10
    assert min(overlaps) >= LEAST_POLYGON_IOU


@pytest.mark.parametrize("family", POSERS)
def test_pose(family, built: Callable[..., Path], photos, odd_images):
    from peers import UltralyticsPeer

    recipe, arguments = POSERS[family]
    path = built(recipe, **arguments)
    model = load_model(str(path), TaskOptions(conf=CONF, iou=IOU))
    peer = UltralyticsPeer(path, BUILT_SIZE, "pose")
    compared = 0
    for image in pictures(photos, odd_images):
        ours, _ = model.predict(image)
        found = peer._predict(image, conf=CONF, iou=IOU)
        assert isinstance(ours, Keypoints)
        assert ours.skeleton.names[0] == "nose"
        theirs = peer_detections(found, ours.detections.labels)
        assert agreement(ours.detections, theirs, image).unexplained == ()
        points = found.keypoints.data.numpy()
        for i, j in pairs(ours.detections, theirs):
            assert np.abs(ours.points[i, :, :2] - points[j, :, :2]).max() <= MOST_PX
            assert np.abs(ours.points[i, :, 2] - points[j, :, 2]).max() <= MOST_CONFIDENCE
            compared += 1
    assert compared > 100
