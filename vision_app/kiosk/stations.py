"""From stations of a kiosk file to what the live core is asked for."""

from __future__ import annotations

from collections.abc import Mapping

from vision_app.kiosk.programme import DEMO, Programme, Station
from vision_app.overlay import Style
from vision_app.resources import demo_clip
from vision_app.sources.base import SourceOptions


def station_style(station: Station, names: Mapping[str, str]) -> Style:
    """How its results are drawn, with the names of the labels in the first language."""
    return Style(scale=station.text_scale, shade=station.shade, names=names)


def source_spec(source: str) -> str:
    """What is opened for a source of the file."""
    return str(demo_clip()) if source == DEMO else source


def source_options(programme: Programme) -> SourceOptions:
    """What is asked of its camera."""
    return SourceOptions(
        size_wh=programme.size_wh,
        fps=programme.fps,
        insecure=programme.insecure,
        fingerprint=programme.fingerprint,
    )
