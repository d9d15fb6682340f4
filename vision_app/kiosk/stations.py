"""From stations of a kiosk file to what the live core is asked for."""

from __future__ import annotations

from collections.abc import Mapping

from vision_app.kiosk.programme import DEMO, Programme, Station, StationModel
from vision_app.live.status import ModelRequest
from vision_app.overlay import Style
from vision_app.resources import demo_clip
from vision_app.sources.base import SourceOptions
from vision_app.tasks import TaskOptions


def task_options(model: StationModel) -> TaskOptions:
    """The options of its task."""
    return TaskOptions(
        conf=model.conf,
        iou=model.iou,
        max_det=model.max_det,
        classes=model.classes,
        agnostic=model.agnostic,
        top_k=model.top_k,
    )


def model_requests(station: Station) -> tuple[ModelRequest, ...]:
    """The models of a station."""
    return tuple(
        ModelRequest(
            reference=model.name,
            options=task_options(model),
            provider=model.provider,
            sliced=model.sliced,
            slice_size=model.slice_size,
            slice_stride=model.slice_stride,
            track=model.track,
            classify_boxes=model.classify_boxes,
        )
        for model in station.models
    )


def station_style(station: Station, names: Mapping[str, str]) -> Style:
    """How its results are drawn, with the names of the labels in the first language."""
    return Style(scale=station.text_scale, shade=station.shade, names=names)


def source_spec(source: str) -> str:
    """What is opened for a source of the file."""
    return str(demo_clip()) if source == DEMO else source


def source_options(programme: Programme) -> SourceOptions:
    """What is asked of its camera."""
    return SourceOptions(size_wh=programme.size_wh, fps=programme.fps)
