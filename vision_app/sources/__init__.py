"""Where frames come from. A new sort of source is one file and one row in `opening.SOURCES`."""

from vision_app.sources.base import Report, Source, SourceInfo, SourceKind, SourceOptions
from vision_app.sources.cameras import CameraDescription, Mode, list_cameras, probe_modes
from vision_app.sources.live import LiveDevice, LiveSource, LiveState
from vision_app.sources.opening import SOURCES, SourceOpener, open_source
from vision_app.sources.synthetic import card_box
from vision_app.sources.urls import source_id

__all__ = [
    "SOURCES",
    "CameraDescription",
    "LiveDevice",
    "LiveSource",
    "LiveState",
    "Mode",
    "Report",
    "Source",
    "SourceInfo",
    "SourceKind",
    "SourceOpener",
    "SourceOptions",
    "card_box",
    "list_cameras",
    "open_source",
    "probe_modes",
    "source_id",
]
