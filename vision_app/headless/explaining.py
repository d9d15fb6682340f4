"""Explains every frame of a source: painted video or pictures, and a line of JSON a frame."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vision_app.cards.lookup import DEFAULT_CLASSIFIER
from vision_app.engine.build import build
from vision_app.engine.chain import Chain
from vision_app.engine.predictors import LoadedModel
from vision_app.engine.request import ModelRequest
from vision_app.errors import ConfigError, ModelError
from vision_app.explaining.api import class_of, probe_of
from vision_app.explaining.base import Choice, View
from vision_app.explaining.features import feature_maps
from vision_app.explaining.heatmap import Heatmap
from vision_app.explaining.painting import feature_grid, paint
from vision_app.explaining.probe import Probe
from vision_app.explaining.table import explainer_for, usual_method, view_of
from vision_app.headless.output_plan import named_sources, plan_outputs
from vision_app.headless.settings import RunSettings
from vision_app.results.values import Classification, Frame, ImageU8, Packet, Timings
from vision_app.results.values import class_records as records_of
from vision_app.sinks.base import Sink
from vision_app.sinks.clock import Clock
from vision_app.sinks.lines import LineFile
from vision_app.sources import Source, SourceInfo, SourceOptions, open_source

GRID_CHANNELS = 64
_RECORDS = "explain.jsonl"


@dataclass(frozen=True, slots=True)
class ExplainSettings:
    """What `vision-app explain` can be told.

    Attributes:
        source: what to look at.
        model: name or .onnx file; "" for the shipped classifier.
        method: key of `EXPLAINERS`; "" for the one that suits the model.
        layer: name or number of a layer; "" for the one that fits.
        block: which attention, from 1; 0 for the last.
        head: which head, or which channel of a feature map, from 1; 0 for the average.
        wanted_class: label or number of the class to explain; "" for what the model says.
        at: x and y of a place in the frame; None for none.
        provider: wanted provider.
        every: take each N-th frame only.
        max_frames: stop after that many; None for all.
        save: file or folder for the pictures; None for none named.
        json: file for the lines, `-` for standard output; None for none named.
        no_save: write no files but those that are named.
        overwrite: replace outputs that exist.
    """

    source: str
    model: str = ""
    method: str = ""
    layer: str = ""
    block: int = 0
    head: int = 0
    wanted_class: str = ""
    at: tuple[float, float] | None = None
    provider: str = "auto"
    every: int = 1
    max_frames: int | None = None
    save: str | None = None
    json: str | None = None
    no_save: bool = False
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class Explained:
    """What a run has made.

    Attributes:
        frames: how many were explained.
        methods: names of what was really computed.
        outputs: files and folders.
    """

    frames: int
    methods: tuple[str, ...]
    outputs: tuple[Path, ...]


def explain_source(
    settings: ExplainSettings,
    report: Callable[[str], None] = lambda _: None,
    on_frame: Callable[[int, Heatmap], None] = lambda _, __: None,
) -> Explained:
    """Explain every frame; an interrupt ends it with all outputs finished.

    Args:
        settings: what was asked for.
        report: told of what the user should know.
        on_frame: told of each frame when its map is done.

    Raises:
        VisionError: something cannot be had, read or written.
        KeyboardInterrupt: it was interrupted; what was done is written.
    """
    cv2.setNumThreads(1)  # its pool would fight with ONNX Runtime's threads
    if not settings.source:
        raise ConfigError("no source was given: --source FILE, FOLDER, URL, camera number or name")
    probe = probe_of(_loaded(settings.model or DEFAULT_CLASSIFIER, settings.provider))
    method = settings.method or usual_method(probe)
    choice = Choice(
        settings.layer, settings.block, settings.head, class_of(probe, settings.wanted_class), at=settings.at
    )
    explainer_for(method).needs(
        probe.inside, choice
    )  # what cannot be explained is refused before anything is opened
    source = open_source(settings.source, SourceOptions(every=settings.every), report)
    try:
        with _Outputs(settings, source.info) as outputs:
            return _run(source, _Asked(probe, method, choice, settings.max_frames), outputs, on_frame)
    finally:
        source.close()


@dataclass(frozen=True, slots=True)
class _Asked:
    probe: Probe
    method: str
    choice: Choice
    max_frames: int | None


def _run(
    source: Source, asked: _Asked, outputs: _Outputs, on_frame: Callable[[int, Heatmap], None]
) -> Explained:
    frames = 0
    methods: dict[str, None] = {}
    explainer = explainer_for(asked.method)
    while asked.max_frames is None or frames < asked.max_frames:
        frame = source.read()
        if frame is None:
            break
        view = view_of(asked.probe, frame.for_models, explainer, asked.choice)
        *_, found = explainer.maps(asked.probe, view, asked.choice)  # the last one is the best
        frames += 1
        methods[found.method] = None
        outputs.write(frame, found, view, asked.probe, asked.choice)
        on_frame(frames, found)
    if not frames:
        raise ConfigError(
            "{source_id}: no frame could be explained, it gives none", source_id=source.info.source_id
        )
    return Explained(frames, tuple(methods), outputs.close())


class _Outputs:
    """The painted pictures and the lines of a run."""

    def __init__(self, settings: ExplainSettings, info: SourceInfo) -> None:
        plan = plan_outputs(
            RunSettings(
                source=(settings.source,),
                save=settings.save,
                csv=None,
                no_save=settings.no_save or bool(settings.json),
                overwrite=settings.overwrite,
            ),
            named_sources([info]),
        )
        self._pictures: Sink = plan.sinks[0][0]
        target = settings.json or (str(plan.folder / _RECORDS) if plan.folder is not None else None)
        self._folder = plan.folder
        self._info, self._target, self._overwrite = info, target, settings.overwrite
        self._lines: LineFile | None = None
        self._clock = Clock()
        self._closed: tuple[Path, ...] | None = None

    def __enter__(self) -> _Outputs:
        self._pictures.open(self._info)
        if self._target is not None:
            self._lines = LineFile(self._target, overwrite=self._overwrite, source_id=self._info.source_id)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def write(self, frame: Frame, found: Heatmap, view: View, probe: Probe, choice: Choice) -> None:
        """Add one frame."""
        painted = None
        if self._pictures.wants_annotated:
            painted = painted_with_grid(frame.image, found, view, probe, choice)
        self._pictures.write(Packet(frame, (), Timings(), painted))
        if self._lines is not None:
            record = record_of(frame, self._clock.time_s(frame), found, view)
            self._lines.append(json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n")

    def close(self) -> tuple[Path, ...]:
        """Finish; a second call gives the same."""
        if self._closed is None:
            self._closed = ()
            pictures = self._pictures.close()
            self._closed = (*pictures, *(self._lines.close() if self._lines is not None else ()))
            if self._folder is not None and not any(self._folder.iterdir()):
                self._folder.rmdir()
        return self._closed


def record_of(frame: Frame, time_s: float, found: Heatmap, view: View) -> dict[str, Any]:
    """One line: the frame, the map, and what a classifier says."""
    width, height = frame.size_wh
    record: dict[str, Any] = {
        "frame": frame.index,
        "time_s": round(time_s, 6),
        "file": frame.file,
        "width": width,
        "height": height,
        "model": view.result.model,
        **found.as_record(),
    }
    if isinstance(view.result, Classification):
        record["classes"] = records_of(view.result)
    return record


def painted_with_grid(image: ImageU8, found: Heatmap, view: View, probe: Probe, choice: Choice) -> ImageU8:
    """The picture with its map; for feature maps with the grid of the most active channels beside it."""
    painted = paint(image, found)
    if found.method != "features" or choice.head:
        return painted
    side = image.shape[0]
    channels = feature_maps(probe.inside, view, replace(choice, layer=found.layer), GRID_CHANNELS)
    grid = feature_grid(channels, (side, side))
    return np.ascontiguousarray(np.hstack([painted, grid]))


def _loaded(reference: str, provider: str) -> LoadedModel | Chain:
    """A model or chain by name or file."""
    return build(ModelRequest(reference, provider=provider)).model


def list_layers(reference: str, provider: str = "cpu") -> Probe:
    """A model for the table of its layers.

    Raises:
        ModelError: it cannot be found, loaded or looked into.
    """
    probe = probe_of(_loaded(reference, provider))
    if not probe.inside.layers:
        raise ModelError("{name}: no layers can be told apart in it", name=probe.name)
    return probe
