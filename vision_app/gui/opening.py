"""Which source is opened, and which models run, when the window appears."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vision_app.cards.lookup import DEFAULT_MODEL, FOLLOWED_AT_FIRST
from vision_app.engine.request import ModelRequest, requested
from vision_app.gui.settings import SourceChoice, Values
from vision_app.gui.sources.naming import camera_spec
from vision_app.resources import demo_clip
from vision_app.sources.cameras import CameraDescription


@dataclass(frozen=True, slots=True)
class Start:
    """What to open at the start.

    Attributes:
        spec: the source.
        demo: it is the demo clip, for want of a camera.
    """

    spec: str
    demo: bool = False


def first_source(
    asked: str | None,
    remembered: SourceChoice | None,
    cameras: Sequence[CameraDescription],
    *,
    listed: bool,
) -> Start | None:
    """The source that was asked for, else the one of last time, else the first camera, else the demo clip.

    Args:
        asked: source on the command line; None for none.
        remembered: source of last time; the demo clip is never missed when there is a camera.
        cameras: those that are plugged in.
        listed: whether the system has told of its cameras yet.

    Returns:
        None where it depends on the cameras, and they are not known yet.
    """
    if asked:
        return Start(asked)
    if remembered is not None and remembered.spec != str(demo_clip()):
        if not remembered.device_path:
            return Start(remembered.spec)
        for camera in cameras:
            if camera.path == remembered.device_path:
                return Start(camera_spec(camera, cameras))
    if not listed:
        return None
    if cameras:
        return Start(camera_spec(cameras[0], cameras))
    return Start(str(demo_clip()), demo=True)


def first_models(asked: Sequence[str], remembered: Values) -> tuple[ModelRequest, ...]:
    """The models that were asked for, else those of last time, else things and hands."""
    if asked:
        return tuple(requested(text) for text in dict.fromkeys(asked))
    return remembered.models or (ModelRequest(DEFAULT_MODEL), ModelRequest(FOLLOWED_AT_FIRST))
