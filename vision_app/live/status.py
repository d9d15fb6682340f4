"""What a screen is told and what it asks for. Plain values, made in one thread and read in another."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

from vision_app.engine.request import ModelRequest
from vision_app.results.values import ImageU8
from vision_app.sources.base import SourceInfo


class SourceState(enum.Enum):
    """Where the picture source stands."""

    EMPTY = "empty"
    OPENING = "opening"
    RUNNING = "running"
    PAUSED = "paused"
    LOST = "lost"
    ENDED = "ended"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """The picture source.

    Attributes:
        state: where it stands. While a new one is OPENING, or after it FAILED, the one before it goes on:
            `running_id` says which that is.
        source_id: its name, credentials removed; "" when there is none.
        info: what is known about it once it is open.
        message: one line for the user: why it is LOST or FAILED.
        running_id: name of the source whose pictures are shown, credentials removed; "" when there is none.
    """

    state: SourceState = SourceState.EMPTY
    source_id: str = ""
    info: SourceInfo | None = None
    message: str = ""
    running_id: str = ""


class ModelState(enum.Enum):
    """Where a model stands."""

    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """One model on the screen.

    Attributes:
        slot: number of its place, kept for as long as it stays on the screen.
        request: what runs, or what is being loaded while there is nothing that runs.
        state: READY while something runs, also while its replacement is being loaded.
        pending: the replacement that is being loaded; None when there is none.
        name: name of the model; the reference before it is loaded.
        task: task of what runs; "" before it is loaded.
        labels: names of all its classes; empty before it is loaded.
        provider: provider that ONNX Runtime really uses; "" before it is loaded.
        fell_back_from: provider that was to be used but could not be had; None when all is well.
        error: one line: why it, or its replacement, could not be loaded or stopped; "" when all is well.
        infer_p50_ms: median time of inference over the last moments; None before there is one.
        infer_p95_ms: 95th percentile of it.
    """

    slot: int
    request: ModelRequest
    state: ModelState
    pending: ModelRequest | None = None
    name: str = ""
    task: str = ""
    labels: tuple[str, ...] = ()
    provider: str = ""
    fell_back_from: str | None = None
    error: str = ""
    infer_p50_ms: float | None = None
    infer_p95_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture made for the screen: scaled, with the newest results drawn on it.

    Attributes:
        image: (h, w, 4) uint8 BGRX, C-contiguous, in the screen's own pixels; nobody writes it again.
        frame_index: index of the frame.
        frame_wh: width and height of the frame that it was made of, pixels.
        captured_s: when the frame was grabbed, monotonic clock, seconds.
        result_age_s: how much older than this frame the oldest frame is whose results are drawn, seconds;
            None when none are drawn.
        scene: number of the scene that the results of this frame are of: with another one, what is smoothed over time
            begins anew. None without results.
    """

    image: ImageU8
    frame_index: int
    frame_wh: tuple[int, int]
    captured_s: float
    result_age_s: float | None = None
    scene: int | None = None

    def __post_init__(self) -> None:
        if self.image.ndim != 3 or self.image.shape[2] != 4 or self.image.dtype != np.uint8:
            raise ValueError(f"a picture is (h, w, 4) uint8, got {self.image.shape} {self.image.dtype}")
        if not self.image.flags.c_contiguous:
            raise ValueError("a picture must be contiguous")


@dataclass(frozen=True, slots=True)
class Figures:
    """How fast it all is, over the last moments.

    Attributes:
        source_fps: frames a second that the source gave.
        shown_fps: pictures a second that were handed to the screen.
        inferred_fps: frames a second that went through the models.
        stages_ms: stage to median and 95th percentile, milliseconds: read, prepare, infer, decode, compose.
        age_p50_ms: age of a frame when its picture was handed to the screen, median, milliseconds.
        age_p95_ms: its 95th percentile.
        result_age_p95_ms: age of a frame when its results were ready, 95th percentile, milliseconds.
        dropped: frames that were shown without having gone through the models, since the source was opened.
        spared: share of the frames with results that no model had to look at, for nothing had changed or the tracks
            said where objects are, 0 to 1.
    """

    source_fps: float = 0.0
    shown_fps: float = 0.0
    inferred_fps: float = 0.0
    stages_ms: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    age_p50_ms: float = 0.0
    age_p95_ms: float = 0.0
    result_age_p95_ms: float = 0.0
    dropped: int = 0
    spared: float = 0.0


@dataclass(frozen=True, slots=True)
class OutputStatus:
    """A recording or a log of results.

    Attributes:
        path: where it goes.
        kind: `video`, `jsonl` or `csv`.
        frames: frames written so far.
        seconds: how long it has gone on.
        ended: whether it is finished; then `files` are on the disk.
        files: what was written.
        error: one line: why it ended early; "" when all is well.
    """

    path: Path
    kind: str
    frames: int = 0
    seconds: float = 0.0
    ended: bool = False
    files: tuple[Path, ...] = ()
    error: str = ""


class Listener(Protocol):
    """Told of all that happens. Called from any thread; must return at once and must not raise."""

    def on_picture(self, picture: Picture) -> None:
        """A new picture for the screen."""
        ...

    def on_source(self, status: SourceStatus) -> None:
        """The source changed its state."""
        ...

    def on_models(self, models: tuple[ModelStatus, ...]) -> None:
        """A model was added, loaded, changed, removed, or failed."""
        ...

    def on_output(self, status: OutputStatus) -> None:
        """A recording or log began, ended, or failed."""
        ...

    def on_notice(self, text: str) -> None:
        """One line for the user."""
        ...
