"""Hands, bodies and meshes on the picture and in the files."""

import dataclasses
import json

import numpy as np
import pytest

from tests.overlay_pixels import has_colour
from vision_app import overlay
from vision_app.overlay.colours import index_colour
from vision_app.overlay.kinds import table_columns, table_rows
from vision_app.overlay.skeletons import _FINGERS, _IRIS, _shaded
from vision_app.results.affine import Affine
from vision_app.results.masks import BoxMask
from vision_app.results.saying import SHAPE_COLUMNS
from vision_app.results.skeletons import named_skeleton, parse_skeleton, skeleton_as_data, skeleton_names
from vision_app.results.values import Detections, Keypoints
from vision_app.sinks.table import as_plain_text

IMAGE = np.full((240, 320, 3), 40, np.uint8)


def keypoints(name: str, depth: float = 0.0) -> Keypoints:
    skeleton = named_skeleton(name)
    rng = np.random.default_rng(0)
    points = np.ones((1, len(skeleton), 3), np.float32)
    points[0, :, :2] = rng.uniform(60, 200, (len(skeleton), 2))
    found = Detections(
        "net",
        np.float32([[50, 50, 210, 210]]),
        np.float32([0.9]),
        np.int64([0]),
        ("left hand",),
        np.int64([3]),
    )
    depths = np.linspace(-depth, depth, len(skeleton), dtype=np.float32)[None]
    return Keypoints(found, points, skeleton, 0.5, depths, np.zeros_like(points))


def test_each_finger_has_its_colour() -> None:
    drawn = overlay.render(IMAGE, [keypoints("hand-21")])
    assert all(has_colour(drawn, colour) for colour in _FINGERS.values())


def test_what_is_far_is_darker() -> None:
    drawn = overlay.render(IMAGE, [keypoints("hand-21", depth=30)])
    pinky = _FINGERS["pinky"]
    assert has_colour(drawn, _shaded(pinky, 0.0))
    assert not has_colour(drawn, pinky)


def test_a_mesh_shows_its_irises() -> None:
    plain = overlay.render(IMAGE, [keypoints("face-mesh-468")])
    drawn = overlay.render(IMAGE, [keypoints("face-mesh-478")])
    assert has_colour(drawn, _IRIS)
    assert not has_colour(plain, _IRIS)


def masked() -> Keypoints:
    """A body of 40 columns and 100 rows, some of them not its own."""
    inside = np.zeros((100, 40), np.bool_)
    inside[10:90, 5:35] = True
    return dataclasses.replace(keypoints("body-33"), masks=(BoxMask(70, 60, inside),))


def test_an_outline_stands_in_place_of_the_box() -> None:
    plain, drawn = (overlay.render(IMAGE, [k]) for k in (keypoints("body-33"), masked()))
    colour = index_colour(3)
    assert (plain[150, 50] == colour).all()
    assert not (drawn[150, 50] == colour).all()
    assert (drawn[70:150, 75] == colour).all(axis=-1).mean() > 0.3  # the skeleton lies over the rest
    tinted = drawn[75:145, 82:98].reshape(-1, 3)
    assert not (tinted == IMAGE[0, 0]).all(axis=-1).any()


def test_outlines_go_where_the_objects_go() -> None:
    one = masked()
    (moved,) = one.mapped(Affine.scale(2, 2)).masks
    assert (moved.left, moved.top, moved.inside.shape) == (140, 120, (200, 80))
    two = one.joined([one])
    assert len(two.masks) == 2
    assert len(two.take(np.array([1])).masks) == len(two.merged([np.array([0, 1])]).masks) == 1
    assert one.joined([keypoints("body-33")]).masks is None
    with pytest.raises(ValueError, match="need as many masks"):
        dataclasses.replace(one, masks=())


def test_a_table_has_points_and_outlines() -> None:
    (row,) = table_rows(masked())
    (record,) = masked().as_record()["detections"]
    assert {name: json.loads(row[name]) for name in SHAPE_COLUMNS} == {n: record[n] for n in SHAPE_COLUMNS}
    assert set(SHAPE_COLUMNS) <= set(table_columns())
    assert all(as_plain_text(row[name]) == row[name] for name in SHAPE_COLUMNS)
    (row,) = table_rows(dataclasses.replace(keypoints("hand-21"), depths=None, world=None))
    assert "keypoints" in row
    assert not {"depths", "world", "polygons"} & set(row)


@pytest.mark.parametrize("name", ["hand-21", "body-33", "face-6", "face-mesh-478"])
def test_the_record_names_the_points(name: str) -> None:
    record = json.loads(json.dumps(keypoints(name, 5).as_record(), allow_nan=False))
    names = list(named_skeleton(name).names)
    assert record["keypoint_names"] == (name if len(names) > 100 else names)
    (one,) = record["detections"]
    assert len(one["keypoints"]) == len(one["depths"]) == len(one["world"]) == len(names)


def test_depths_grow_with_the_picture() -> None:
    larger = keypoints("hand-21", 5).mapped(Affine.scale(2, 2))
    assert larger.depths is not None
    assert larger.depths[0, -1] == pytest.approx(10)
    assert larger.world is not None


def test_depths_stay_with_their_objects() -> None:
    one = keypoints("hand-21", 5)
    both = one.joined([one.mapped(Affine.scale(3, 3))])
    assert both.depths is not None
    assert both.take(np.array([1])).depths[0, -1] == pytest.approx(15)


@pytest.mark.parametrize("name", skeleton_names())
def test_a_skeleton_reads_back(name: str) -> None:
    skeleton = named_skeleton(name)
    assert parse_skeleton(skeleton_as_data(skeleton)) == skeleton
