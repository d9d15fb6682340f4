"""MoveNet MultiPose on the shared COCO pictures: persons found, and points that lie in their masks."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from vision_app.engine.predictors import load_model
from vision_app.results.values import Keypoints
from vision_app.tasks import TaskOptions
from vision_app.tasks.nms import iou_one_to_many

PERSON = 1
LEAST_SIDE_PX = 64
SURE_PERSON, SURE_POINT = 0.2, 0.3
FREE_SHARE = 0.03
"""A mask is widened by this share of the longer side of its box: outlines are drawn by hand."""


def persons(folder: Path) -> dict[str, list[dict]]:
    """The whole persons of each picture that are large enough; pictures with crowds are left out."""
    data = json.loads((folder / "instances.json").read_text(encoding="utf-8"))
    found: dict[int, list[dict]] = {}
    crowded = set()
    for one in data["annotations"]:
        if one["category_id"] != PERSON:
            continue
        if one.get("iscrowd"):
            crowded.add(one["image_id"])
        elif min(one["bbox"][2:]) >= LEAST_SIDE_PX:
            found.setdefault(one["image_id"], []).append(one)
    return {i["file_name"]: found.get(i["id"], []) for i in data["images"] if i["id"] not in crowded}


def mask_of(one: dict, size_wh: tuple[int, int]) -> np.ndarray:
    mask = np.zeros(size_wh[::-1], np.uint8)
    for polygon in one["segmentation"]:
        cv2.fillPoly(mask, [np.rint(np.reshape(polygon, (-1, 2))).astype(np.int32)], 1)
    reach = max(1, round(FREE_SHARE * max(one["bbox"][2:])))
    return cv2.dilate(mask, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))


def inside(points: np.ndarray, mask: np.ndarray) -> list[bool]:
    """Of each sure point whether it lies in the mask."""
    sure = points[points[:, 2] > SURE_POINT]
    columns, rows = np.clip(sure[:, :2], 0, np.array(mask.shape[::-1]) - 1).astype(int).T
    return mask[rows, columns].astype(bool).tolist()


def matched(result: Keypoints, wanted: list[dict]) -> list[tuple[int, dict]]:
    """Rows of the result and the person that each is: the surest first, each person once."""
    free, pairs = list(wanted), []
    for row in np.argsort(-result.detections.scores):
        if not free:
            break
        xywh = np.array([one["bbox"] for one in free], np.float32)
        boxes = np.concatenate([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]], axis=1)
        overlaps = iou_one_to_many(result.detections.xyxy[row], boxes)
        if overlaps.max() >= 0.5:
            pairs.append((int(row), free.pop(int(overlaps.argmax()))))
    return pairs


@pytest.mark.slow
def test_persons_are_found_and_their_points_lie_in_them(shared_data: Path) -> None:
    model = load_model("movenet-multipose", options=TaskOptions(conf=SURE_PERSON))
    known = hit = poses = masked = 0
    within: list[bool] = []
    for name, wanted in persons(shared_data / "coco").items():
        image = cv2.imread(str(shared_data / "coco" / "images" / name))
        result, _ = model.predict(image)
        assert isinstance(result, Keypoints)
        pairs = matched(result, wanted)
        known, hit, poses = known + len(wanted), hit + len(pairs), poses + len(result.detections)
        for row, one in pairs:
            if "segmentation" not in one:  # some pictures have boxes only
                continue
            masked += 1
            within += inside(result.points[row], mask_of(one, image.shape[1::-1]))
    print(
        f"found {hit} of {known}; {poses} poses; {np.mean(within):.4f} of {len(within)} points of {masked} inside"
    )
    assert hit / known >= 0.5
    assert np.mean(within) >= 0.95
    assert len(within) / masked > 10
