"""Real-time computer vision on webcams, videos and streams, through ONNX Runtime.

Everything below is imported when it is first used: `import vision_app` itself loads nothing. What is not listed here
is private, whatever its name: it may change without notice. `docs/api.md` shows all of it at work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_EXPORTS = {
    "vision_app.explaining.api": ("explain",),
    "vision_app.explaining.heatmap": ("Heatmap",),
    "vision_app.api": (
        "draw",
        "filter_chain",
        "filter_code",
        "load_model",
        "open_source",
        "packets",
        "run",
        "train",
    ),
    "vision_app.results.values": (
        *("Classification", "Detections", "Frame", "Keypoints", "Masks", "Packet", "Result", "Timings"),
    ),
    "vision_app.results.masks": ("BoxMask",),
    "vision_app.results.skeletons": ("Skeleton",),
    "vision_app.results.affine": ("Affine",),
    "vision_app.results.regions": ("Place", "Region"),
    "vision_app.results.saying": ("Lines", "Row"),
    "vision_app.overlay.kinds": ("ResultKind",),
    "vision_app.filters.chain": ("FilterChain",),
    "vision_app.engine.predictors": ("Answer", "LoadedModel"),
    "vision_app.engine.chain": ("Chain",),
    "vision_app.cards.card": ("ModelCard",),
    "vision_app.cards.chain": ("ChainCard",),
    "vision_app.cards.binding": ("OutputRole",),
    "vision_app.tasks.base": ("Task", "TaskOptions"),
    "vision_app.tasks.candidates": (
        "Candidates",
        "DecodeRequest",
        "Layout",
    ),
    "vision_app.tasks.preprocess": ("Geometry", "Preprocessor"),
    "vision_app.sources.base": ("Source", "SourceInfo", "SourceOptions"),
    "vision_app.sources.opening": ("SourceOpener",),
    "vision_app.sinks.base": ("Sink",),
    "vision_app.sinks.formats": ("LogFormat",),
    "vision_app.learn.options": ("TrainingOptions", "TrainingResult"),
    "vision_app.errors": (
        *("ConfigError", "DownloadError", "ModelError", "SampleError", "SinkError", "SourceError"),
        *("TrainingError", "VisionError"),
    ),
}
_HOME = {name: module for module, names in _EXPORTS.items() for name in names}

__all__ = [
    "Affine",
    "Answer",
    "BoxMask",
    "Candidates",
    "Chain",
    "ChainCard",
    "Classification",
    "ConfigError",
    "DecodeRequest",
    "Detections",
    "DownloadError",
    "FilterChain",
    "Frame",
    "Geometry",
    "Heatmap",
    "Keypoints",
    "Layout",
    "Lines",
    "LoadedModel",
    "LogFormat",
    "Masks",
    "ModelCard",
    "ModelError",
    "OutputRole",
    "Packet",
    "Place",
    "Preprocessor",
    "Region",
    "Result",
    "ResultKind",
    "Row",
    "SampleError",
    "Sink",
    "SinkError",
    "Skeleton",
    "Source",
    "SourceError",
    "SourceInfo",
    "SourceOpener",
    "SourceOptions",
    "Task",
    "TaskOptions",
    "Timings",
    "TrainingError",
    "TrainingOptions",
    "TrainingResult",
    "VisionError",
    "__version__",
    "draw",
    "explain",
    "filter_chain",
    "filter_code",
    "load_model",
    "open_source",
    "packets",
    "run",
    "train",
]

if TYPE_CHECKING:
    from vision_app.api import draw, filter_chain, filter_code, load_model, open_source, packets, run, train
    from vision_app.cards.binding import OutputRole
    from vision_app.cards.card import ModelCard
    from vision_app.cards.chain import ChainCard
    from vision_app.engine.chain import Chain
    from vision_app.engine.predictors import Answer, LoadedModel
    from vision_app.errors import (
        ConfigError,
        DownloadError,
        ModelError,
        SampleError,
        SinkError,
        SourceError,
        TrainingError,
        VisionError,
    )
    from vision_app.explaining.api import explain
    from vision_app.explaining.heatmap import Heatmap
    from vision_app.filters.chain import FilterChain
    from vision_app.learn.options import TrainingOptions, TrainingResult
    from vision_app.overlay.kinds import ResultKind
    from vision_app.results.affine import Affine
    from vision_app.results.masks import BoxMask
    from vision_app.results.regions import Place, Region
    from vision_app.results.saying import Lines, Row
    from vision_app.results.skeletons import Skeleton
    from vision_app.results.values import (
        Classification,
        Detections,
        Frame,
        Keypoints,
        Masks,
        Packet,
        Result,
        Timings,
    )
    from vision_app.sinks.base import Sink
    from vision_app.sinks.formats import LogFormat
    from vision_app.sources.base import Source, SourceInfo, SourceOptions
    from vision_app.sources.opening import SourceOpener
    from vision_app.tasks.base import Task, TaskOptions
    from vision_app.tasks.candidates import Candidates, DecodeRequest, Layout
    from vision_app.tasks.preprocess import Geometry, Preprocessor


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'vision_app' has no attribute '{name}'")
    from importlib import import_module

    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
