"""Hands, bodies and meshes on the picture and in the files."""

import json

import numpy as np
import pytest

from tests.overlay_pixels import has_colour
from vision_app import overlay
from vision_app.overlay.skeletons import _FINGERS, _IRIS, _shaded
from vision_app.results.affine import Affine
from vision_app.results.skeletons import named_skeleton, parse_skeleton, skeleton_as_data, skeleton_names
from vision_app.results.values import Detections, Keypoints

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
