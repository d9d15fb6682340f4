"""Where frames come from. A new sort of source is one file and one row in `opening.SOURCES`.

What is offered here is imported when it is asked for: names of sources are read where no picture ever is.
"""

from typing import TYPE_CHECKING, Any

_HOME = {
    "SOURCES": "opening",
    "CameraDescription": "cameras",
    "LiveDevice": "live",
    "LiveSource": "live",
    "LiveState": "live",
    "Mode": "cameras",
    "Report": "base",
    "Source": "base",
    "SourceInfo": "base",
    "SourceKind": "base",
    "SourceOpener": "opening",
    "SourceOptions": "base",
    "card_box": "synthetic",
    "list_cameras": "cameras",
    "open_source": "opening",
    "probe_modes": "cameras",
    "source_id": "urls",
}

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

if TYPE_CHECKING:
    from vision_app.sources.base import Report, Source, SourceInfo, SourceKind, SourceOptions
    from vision_app.sources.cameras import CameraDescription, Mode, list_cameras, probe_modes
    from vision_app.sources.live import LiveDevice, LiveSource, LiveState
    from vision_app.sources.opening import SOURCES, SourceOpener, open_source
    from vision_app.sources.synthetic import card_box
    from vision_app.sources.urls import source_id


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'vision_app.sources' has no attribute '{name}'")
    from importlib import import_module

    value = getattr(import_module(f"vision_app.sources.{_HOME[name]}"), name)
    globals()[name] = value
    return value
