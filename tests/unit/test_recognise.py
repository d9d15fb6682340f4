"""What a file is, by what it gives for one picture: each shape that public files have, without any weights."""

import numpy as np
import pytest

from vision_app.cards.readings import Seen, written_as
from vision_app.cards.recognise import readings

RNG = np.random.default_rng(5)
HW = (320, 320)
CELLS = 1600 + 400 + 100


def scores(*shape):
    return RNG.random(shape, np.float32)


def logits(*shape):
    return RNG.normal(0, 3, shape).astype(np.float32)


def centred(n, hw=HW):
    """Boxes of centre and size in pixels."""
    places = RNG.random((n, 2)) * [hw[1], hw[0]]
    return np.concatenate([places, RNG.random((n, 2)) * 30 + 2], axis=1).astype(np.float32)


def cornered(n, hw=HW):
    boxes = centred(n, hw)
    return np.concatenate([boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2], axis=1)


def table(*columns):
    return np.concatenate(columns, axis=1)[None]


def priors(whole=np.ceil):
    sides = ((8, 3), (16, 2), (32, 2), (64, 3))
    return int(sum(whole(HW[0] / s) * whole(HW[1] / s) * k for s, k in sides))


def final(k, first="class"):
    whole, share = RNG.integers(0, 80, (k, 1)).astype(np.float32), scores(k, 1)
    return np.concatenate(
        [cornered(k), whole, share] if first == "class" else [cornered(k), share, whole], axis=1
    )


def heads(values, each=3, flat=False):
    sizes = (40, 20, 10)
    if flat:
        return {f"o{s}": logits(1, each * values, s, s) for s in sizes}
    return {f"o{s}": logits(1, each, s, s, values) for s in sizes}


def scales(**widths):
    each = widths.pop("each", 1)
    return {
        f"{name}_{stride}": (logits if name in ("boxes", "dis") else scores)(
            1, each * (320 // stride) ** 2, width
        )
        for name, width in widths.items()
        for stride in (8, 16, 32)
    }


ONE = {
    "yolo-v8": (np.concatenate([centred(CELLS).T, scores(80, CELLS)])[None], "yolo-v8", 80),
    "yolo-v8 of one class": (np.concatenate([centred(CELLS).T, scores(1, CELLS)])[None], "yolo-v8", 1),
    "yolo-v8, a row a place": (table(centred(CELLS), scores(CELLS, 80)), "yolo-v8-rows", 80),
    "yolo-v5": (table(centred(3 * CELLS), scores(3 * CELLS, 8)), "yolo-v5", 7),
    "yolo-v6": (table(centred(CELLS), np.ones((CELLS, 1), np.float32), scores(CELLS, 20)), "yolo-v5", 20),
    "yolox": (table(logits(CELLS, 4), scores(CELLS, 81)), "yolox", 80),
    "yolox of one class": (table(logits(CELLS, 4), scores(CELLS, 2)), "yolox", 1),
    "end to end": (final(300, "score")[None], "yolo-end2end", 80),
    "rt-detr": (table(centred(300, (1, 1)) * [1, 1, 0.02, 0.02], scores(300, 80)), "rtdetr", 80),
    "rows of seven": (np.concatenate([np.zeros((9, 1)), final(9)], axis=1).astype(np.float32), "final-rows", 80),
    "fastestdet": (
        np.concatenate([scores(1, 20, 20), logits(4, 20, 20), scores(80, 20, 20)])[None], "fastestdet", 80
    ),
    "nanodet-plus": (table(scores(CELLS + 25, 80), logits(CELLS + 25, 32)), "gfl", 80),
    "class ids": (RNG.integers(0, 19, (1, 320, 320)).astype(np.uint8), "class-ids", 19),
    "class scores": (logits(1, 21, 80, 80), "class-scores", 21),
    "class scores, channels last": (logits(1, 320, 320, 4), "class-scores", 4),
    "a picture three times as large": (scores(1, 3, 960, 960), "image-unit", 1),
    "a picture of the same size, 0 to 255": (255 * scores(1, 3, 640, 640), "image-255", 1),
}  # fmt: skip


@pytest.mark.parametrize("case", ONE)
def test_files_of_one_output(case):
    array, layout, classes = ONE[case]
    (reading,) = readings(Seen({"output": array}, HW))
    assert (reading.layout, reading.classes) == (layout, classes)


SEVERAL = {
    "ultraface": ({"scores": scores(1, priors(), 2), "boxes": cornered(priors())[None] / 320}, "boxes-scores", 1),
    "ultraface, raw": ({"scores": scores(1, priors(), 2), "boxes": logits(1, priors(), 4)}, "ssd", 1),
    "yolo-nas": ({"boxes": cornered(CELLS)[None], "scores": scores(1, CELLS, 80)}, "boxes-scores", 80),
    "scores turned": ({"boxes": cornered(CELLS)[None], "scores": scores(1, 80, CELLS)}, "boxes-scores", 80),
    "rf-detr": ({"dets": centred(300, (1, 1))[None] * [1, 1, 0.02, 0.02], "labels": logits(1, 300, 90)},
                "boxes-scores", 90),
    "d-fine": ({"labels": RNG.integers(0, 80, (1, 300)), "boxes": cornered(300)[None], "scores": scores(1, 300)},
               "final-tensors", 80),
    "tensorflow": ({"detection_boxes": scores(1, 100, 4), "detection_scores": scores(1, 100),
                    "detection_classes": RNG.integers(1, 90, (1, 100)).astype(np.float32),
                    "num_detections": np.float32([100])}, "final-tensors", 80),
    "nanodet": (scales(cls=80, dis=32), "gfl", 80),
    "picodet": (scales(cls=80, dis=32), "gfl", 80),
    "scrfd": (scales(score=1, bbox=4, kps=10, each=2), "scrfd", 1),
    "yunet": (scales(cls=1, obj=1, bbox=4, kps=10), "yunet", 1),
    "old yunet": ({"loc": logits(priors(np.floor), 14), "conf": scores(priors(np.floor), 2),
                   "iou": scores(priors(np.floor), 1)}, "ssd", 1),
    "raw heads": (heads(85), "yolo-anchors", 80),
    "raw heads, flat": (heads(7, flat=True), "yolo-anchors", 2),
    "centernet": ({"hm": scores(1, 80, 80, 80), "wh": logits(1, 2, 80, 80), "reg": scores(1, 2, 80, 80)},
                  "centernet", 80),
}  # fmt: skip


@pytest.mark.parametrize("case", SEVERAL)
def test_files_of_several_outputs(case):
    outputs, layout, classes = SEVERAL[case]
    (reading,) = readings(Seen(outputs, HW))
    assert (reading.layout, reading.classes) == (layout, classes)
    assert set(reading.outputs.values()) <= set(outputs)
    assert reading.outputs["boxes"] in outputs


UNDECIDED = {
    "decoded cells, objectness or not": (
        table(centred(CELLS), scores(CELLS, 9)),
        {"yolo-v5", "yolo-v8-rows"},
    ),
    "one map from 0 to 1": (scores(1, 1, 320, 320), {"class-scores", "inverse-depth"}),
    "one map of both signs": (logits(1, 1, 320, 320), {"class-scores", "inverse-depth"}),
    "one map above 0": (1 + 9 * scores(1, 320, 320), {"inverse-depth", "metres"}),
    "three maps of the same size": (logits(1, 3, 320, 320), {"class-scores", "image-signed", "image-255"}),
}


@pytest.mark.parametrize("case", UNDECIDED)
def test_what_can_be_read_in_two_ways_is_not_decided(case):
    array, layouts = UNDECIDED[case]
    found = {r.layout for r in readings(Seen({"output": array}, HW))}
    assert len(found) == 2
    assert found <= layouts


@pytest.mark.parametrize(
    "array",
    [
        scores(1, 10),  # a classifier or a vector: its input decides nothing
        logits(1, 484, 85),  # one grid, decoded as only its author knows
        scores(1, 400, 85),
        logits(1, 16),
        logits(1, 7, 999),
        logits(2, 3, 4, 5, 6),
    ],
    ids=lambda a: str(a.shape),
)
def test_what_is_known_of_nothing_is_not_guessed(array):
    assert readings(Seen({"output": array}, (352, 352) if array.shape[1] == 484 else HW)) == []


@pytest.mark.parametrize(
    ("boxes", "wanted"),
    [
        (cornered(500), ("xyxy", "pixel")),
        (cornered(500) / 320, ("xyxy", "share")),
        (centred(500), ("cxcywh", "pixel")),
        (centred(500) / 320, ("cxcywh", "share")),
        (logits(500, 4), None),
        (np.full((5, 4), np.nan), None),
        (np.zeros((0, 4)), None),
    ],
)
def test_how_boxes_are_written(boxes, wanted):
    assert written_as(boxes, HW) == wanted
