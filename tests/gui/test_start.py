"""What is opened when the window appears."""

from __future__ import annotations

import pytest

from tests.gui.cameras import BACK, FRONT
from vision_app.engine.request import ModelRequest
from vision_app.gui.opening import Start, first_models, first_source
from vision_app.gui.settings import SourceChoice, Values
from vision_app.resources import demo_clip
from vision_app.sources.cameras import CameraDescription

DEMO = Start(str(demo_clip()), demo=True)
CLIP = SourceChoice(spec="/films/one.mp4")
CAMERA = SourceChoice(spec="Back", device_path="/dev/video2")
AT_DEMO = SourceChoice(spec=str(demo_clip()))


@pytest.mark.parametrize(
    ("asked", "remembered", "cameras", "listed", "expected"),
    [
        ("a.mp4", CLIP, (FRONT,), True, Start("a.mp4")),
        (None, CLIP, (), False, Start("/films/one.mp4")),
        (None, CAMERA, (FRONT, BACK), True, Start("Back")),
        (None, CAMERA, (), False, None),
        (None, CAMERA, (FRONT,), True, Start("Front")),
        (None, CAMERA, (), True, DEMO),
        (None, None, (), False, None),
        (None, None, (FRONT, BACK), True, Start("Front")),
        (None, None, (), True, DEMO),
        (None, AT_DEMO, (FRONT,), True, Start("Front")),
        (None, AT_DEMO, (), True, DEMO),
    ],
)
def test_first_source(
    asked: str | None,
    remembered: SourceChoice | None,
    cameras: tuple[CameraDescription, ...],
    listed: bool,
    expected: Start | None,
) -> None:
    assert first_source(asked, remembered, cameras, listed=listed) == expected


def test_a_camera_is_found_again_by_its_device_when_its_number_changed() -> None:
    twin = CameraDescription(7, "Back", "V4L2", "/dev/video2")
    other = CameraDescription(2, "Back", "V4L2", "/dev/video9")
    assert first_source(None, CAMERA, (other, twin), listed=True) == Start("7")


def test_first_models() -> None:
    kept = ModelRequest("yolox-nano", track=True)
    assert first_models((), Values()) == (ModelRequest("nanodet-g-int8"), ModelRequest("hands-lite"))
    assert first_models((), Values(models=(kept,))) == (kept,)
    assert first_models(("a", "b", "a"), Values(models=(kept,))) == (ModelRequest("a"), ModelRequest("b"))
