"""Known weights and prototypes become known masks, known values known keypoints, in every layout."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import tiny_models as tiny
from vision_app.cards.card import parse_card
from vision_app.errors import ModelError
from vision_app.results.contours import simplified
from vision_app.results.masks import BoxMask
from vision_app.results.skeletons import Skeleton, named_skeleton, parse_skeleton, skeleton_as_data
from vision_app.results.values import Detections, Keypoints, Masks
from vision_app.tasks import TaskOptions, make_task

BOX = (4.0, 8.0, 28.0, 24.0)  # x1, y1, x2, y2 of 32 x 32
CLASS, SCORE = 1, 0.9
LEFT = np.tile(np.array([1, 1, 1, 1, -1, -1, -1, -1], np.float32), (8, 1))
PROTOTYPES = np.stack([LEFT, np.ones((8, 8), np.float32)])[None]


def _end_to_end(extras):
    return np.array([[*BOX, SCORE, CLASS, *extras]], np.float32)[None]


def _scores():
    return [SCORE if i == CLASS else 0.01 for i in range(3)]


def _centred():
    x1, y1, x2, y2 = BOX
    return [(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1]


def _v8(extras):
    return np.array([*_centred(), *_scores(), *extras], np.float32)[None, :, None]


def _v5(extras):
    return np.array([*_centred(), 1.0, *_scores(), *extras], np.float32)[None, None]


LAYOUTS = {"yolo-end2end": _end_to_end, "yolo-v8": _v8, "yolo-v5": _v5}


def task(name, layout="yolo-end2end", resize="squash", options=None, **more):
    changes = {"task": name, "output": {"layout": layout}, "input__resize": resize, **more}
    return make_task(parse_card(tiny.card("x", **changes), "x"), options or TaskOptions())


def decoded(one, outputs, size_wh=(64, 64)):
    _, geometry = one.prepare(tiny.solid((1, 2, 3), size_wh))
    return one.decode(dict(zip((role.name for role in one.roles), outputs, strict=True)), geometry)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_known_mask(layout):
    """Twice the size: the box is 8 to 56 by 16 to 48, the mask its part left of the middle."""
    found = decoded(task("segment", layout), [LAYOUTS[layout]([1, 0]), PROTOTYPES])
    assert found.detections.xyxy.tolist() == [[8, 16, 56, 48]]
    assert found.detections.class_ids.tolist() == [CLASS]
    expected = np.zeros((64, 64), bool)
    expected[16:48, 8:32] = True
    assert np.array_equal(found.masks[0].on_frame((64, 64)), expected)
    record = found.as_record()["detections"][0]
    assert record["polygons"] == [[8, 16, 8, 47, 31, 47, 31, 16]]
    assert record["label"] == "green"


def test_padding_is_no_part_of_a_mask():
    """96 x 48 in 32 x 32 fills rows 8 to 24; what prototypes say about the padding must not seep in."""
    prototypes = PROTOTYPES.copy()
    prototypes[..., [0, 1, 6, 7], :] *= -100
    whole = np.array([[[0, 8, 32, 24, SCORE, CLASS, 0, 1]]], np.float32)
    found = decoded(task("segment", resize="letterbox-centre"), [whole, prototypes], (96, 48))
    assert found.masks[0].on_frame((96, 48)).all()


def test_an_object_without_a_pixel_is_none():
    rows = np.concatenate([_end_to_end([0, -1]), _end_to_end([0, 1])], axis=1)
    found = decoded(task("segment"), [rows, PROTOTYPES])
    assert len(found.masks) == len(found.detections) == 1


def bilinear(plane, x, y):
    """By definition: centres of cells at whole numbers, the outermost value beyond the edge."""
    height, width = plane.shape
    x0, y0 = int(np.floor(x)), int(np.floor(y))
    total = 0.0
    for dy in (0, 1):
        for dx in (0, 1):
            weight = (1 - abs(x - x0 - dx)) * (1 - abs(y - y0 - dy))
            total += weight * plane[min(max(y0 + dy, 0), height - 1), min(max(x0 + dx, 0), width - 1)]
    return total


@settings(max_examples=30, deadline=None)
@given(
    size=st.tuples(st.integers(5, 70), st.integers(5, 70)),
    box=st.lists(st.floats(0, 32, width=32), min_size=4, max_size=4),
    seed=st.integers(0, 1000),
)
def test_masks_are_interpolated_as_defined(size, box, seed):
    rng = np.random.default_rng(seed)
    prototypes = rng.normal(size=(1, 3, 8, 8)).astype(np.float32)
    weights = rng.normal(size=3).astype(np.float32)
    x1, x2 = sorted(box[::2])
    y1, y2 = sorted(box[1::2])
    rows = np.array([[[x1, y1, x2, y2, SCORE, CLASS, *weights]]], np.float32)
    found = decoded(task("segment"), [rows, prototypes], size)
    mask = found.masks[0].on_frame(size) if len(found.masks) else np.zeros(size[::-1], bool)
    sums = np.tensordot(weights, prototypes[0], 1)
    x1, y1, x2, y2 = np.array([x1, y1, x2, y2], np.float32) / np.tile(32 / np.array(size, np.float32), 2)
    for y in range(size[1]):
        for x in range(size[0]):
            value = bilinear(sums, (x + 0.5) * 8 / size[0] - 0.5, (y + 0.5) * 8 / size[1] - 0.5)
            if abs(value) > 0.05 and min(abs(x - x1), abs(x - x2), abs(y - y1), abs(y - y2)) > 1e-3:
                inside_box = x1 <= x < x2 and y1 <= y < y2
                assert mask[y, x] == (inside_box and value > 0), (x, y, value)


@pytest.mark.parametrize(
    ("outputs", "said"),
    [
        ([_end_to_end([1, 0]), _end_to_end([1, 0])], "are (1, M, h, w), this one gives (1, 1, 8)"),
        ([_end_to_end([1, 0, 0]), PROTOTYPES], "(1, boxes, 6) and 2 more values a box"),
        ([_end_to_end([1, np.inf]), PROTOTYPES], "not finite"),
        ([_end_to_end([1, 0]), PROTOTYPES * np.nan], "not finite"),
    ],
)
def test_outputs_that_are_no_masks(outputs, said):
    with pytest.raises(ModelError) as caught:
        decoded(task("segment"), outputs)
    assert said in str(caught.value)


NAMES = {"names": ["head", "tail"], "limbs": [[0, 1]]}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_known_keypoints(layout):
    values = [10, 12, 0.8, 40, -4, 0.1]
    found = decoded(task("pose", layout, keypoints=NAMES), [LAYOUTS[layout](values)])
    assert found.detections.xyxy.tolist() == [[8, 16, 56, 48]]
    assert found.points[0] == pytest.approx(np.array([[20, 24, 0.8], [64, 0, 0.1]]))  # clipped to the frame
    assert found.seen.tolist() == [[True, False]]
    record = found.as_record()
    assert record["keypoint_names"] == ["head", "tail"]
    assert record["detections"][0]["keypoints"] == [[20, 24, 0.8], [64, 0, 0.1]]


def test_keypoints_without_confidence_are_certain():
    found = decoded(task("pose", keypoints=NAMES), [_end_to_end([10, 12, 20, 16])])
    assert found.points[0].tolist() == [[20, 24, 1], [40, 32, 1]]


def test_as_many_keypoints_as_the_card_names():
    with pytest.raises(ModelError, match="3 or 2 more values for each of 2 keypoints"):
        decoded(task("pose", keypoints=NAMES), [_end_to_end([10, 12, 1])])


def test_a_pose_card_has_keypoints():
    with pytest.raises(ModelError, match="must have keypoints"):
        task("pose")


@pytest.mark.parametrize(
    "keypoints", ["coco-16", 17, {"names": []}, {"names": ["a"], "limbs": [[0, 1]]}, {"name": ["a"]}]
)
def test_a_card_with_wrong_keypoints(keypoints):
    with pytest.raises(ModelError, match="keypoints must be"):
        task("pose", keypoints=keypoints)


@pytest.mark.parametrize(
    "skeleton", [named_skeleton("coco-17"), Skeleton(("a", "b"), ((0, 1),)), Skeleton(("a",))]
)
def test_skeletons_are_read_back(skeleton):
    assert parse_skeleton(skeleton_as_data(skeleton)) == skeleton


def test_a_class_filter_and_several_labels_keep_the_right_extras():
    rows = np.stack([[*BOX, SCORE, i, *[10 * i, 10 * i, 1] * 2] for i in range(3)])[None].astype(np.float32)
    found = decoded(task("pose", keypoints=NAMES, options=TaskOptions(classes=("green",))), [rows])
    assert found.points[0, 0].tolist() == [20, 20, 1]
    raw = np.array([*_centred(), 0.5, 0.9, 0.7, *[7, 8, 1] * 2], np.float32)[None, :, None]
    many = task("pose", "yolo-v8", keypoints=NAMES, options=TaskOptions(multi_label=True))
    found = decoded(many, [raw])
    assert found.detections.class_ids.tolist() == [1, 2, 0]
    assert found.points[:, :, :2].tolist() == [[[14, 16]] * 2] * 3


@given(st.integers(0, 1000), st.integers(1, 40), st.integers(1, 40))
def test_outlines_give_the_mask_back(seed, width, height):
    noise = cv2.GaussianBlur(np.random.default_rng(seed).normal(size=(height, width)), (5, 5), 0)
    mask = BoxMask(7, 3, noise > 0)
    picture = np.zeros((60, 60), np.uint8)
    for contour in mask.contours:
        cv2.fillPoly(picture, [contour.reshape(-1, 1, 2)], 1)
    whole = mask.on_frame((60, 60))
    assert (picture.astype(bool) >= whole).all()
    holes = picture.astype(bool) & ~whole
    count, parts = cv2.connectedComponents((~whole).astype(np.uint8), connectivity=4)
    assert not np.isin(parts[holes], parts[0, 0]).any(), count  # what is filled is not open to the outside


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (2, 2), (30, 40)])
def test_a_polygon_has_three_corners_or_more(shape):
    (polygon,) = BoxMask(2, 1, np.ones(shape, bool)).polygons()
    assert len(polygon) >= 6
    assert len(polygon) % 2 == 0


def test_simplified_outlines_stay_within_a_pixel():
    angle = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    circle = np.rint(np.stack([200 + 150 * np.cos(angle), 200 + 90 * np.sin(angle)], axis=1)).astype(np.int32)
    short = simplified(circle, 1.0)
    assert len(short) < len(circle) / 5
    far = [abs(cv2.pointPolygonTest(short.reshape(-1, 1, 2), (int(x), int(y)), True)) for x, y in circle]
    assert max(far) <= 1.01


def test_results_are_checked():
    one = Detections("m", np.zeros((1, 4), np.float32), np.ones(1, np.float32), np.zeros(1, np.int64), ("a",))
    with pytest.raises(ValueError, match="as many masks"):
        Masks(one, ())
    with pytest.raises(ValueError, match="bool"):
        BoxMask(0, 0, np.zeros((2, 2), np.uint8))
    with pytest.raises(ValueError, match="points"):
        Keypoints(one, np.zeros((1, 3, 3), np.float32), Skeleton(("a", "b")))
