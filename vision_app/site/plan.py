"""A site as it is wanted: plain values that a site file, or repeated `--source`, is read into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vision_app.engine.request import AskedModel
from vision_app.site.rules.table import Told
from vision_app.site.sinks import SinkKind

GATES = ("auto", "on", "off")
"""Whether the models are spared frames in which nothing has changed: `auto` is for cameras and streams alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamPlan:
    """One stream.

    Attributes:
        name: tells it from the others.
        source: what to open; `${NAME}` stands for a secret.
        models: what looks at it.
        rules: what its events are.
        gate: one of `GATES`.
        weight: its share of the machine beside the others' where there is more work than can be done.
        fps: at most so many frames a second are taken; None for all.
        size_wh: picture size to ask of a camera; None for its own choice.
        insecure: take any certificate.
        fingerprint: certificate to take; "" for none.
        line: where it stands in the file; 0 if that is unknown.
    """

    name: str
    source: str
    models: tuple[AskedModel, ...]
    rules: tuple[Told, ...] = ()
    gate: str = "auto"
    weight: float = 1.0
    fps: float | None = None
    size_wh: tuple[int, int] | None = None
    insecure: bool = False
    fingerprint: str = ""
    line: int = 0

    @property
    def tracks(self) -> bool:
        """Whether a rule needs objects with numbers."""
        from vision_app.site.rules.table import RULES

        return any(RULES[told.kind].tracks for told in self.rules)


@dataclass(frozen=True, slots=True)
class OutputPlan:
    """One output.

    Attributes:
        kind: its name in the table.
        row: its row in the table.
        values: what it was told, checked.
    """

    kind: str
    row: SinkKind
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MediaPlan:
    """What is kept of events beside their line.

    Attributes:
        before_s: seconds of a clip before the event.
        after_s: seconds after it.
        megabytes: memory that one stream may use for the seconds before.
        width: clips and snapshots are made no wider, pixels.
    """

    before_s: float = 5.0
    after_s: float = 5.0
    megabytes: int = 32
    width: int = 1280


@dataclass(frozen=True, slots=True)
class KeepPlan:
    """How long events, clips and snapshots are kept.

    Attributes:
        days: older ones are removed; None to keep them.
        gigabytes: the oldest are removed where there is more; None for no limit.
    """

    days: float | None = 30.0
    gigabytes: float | None = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePlan:
    """A site.

    Attributes:
        name: of the site.
        path: the site file; None for one that was put together on the command line.
        folder: where all that the site writes goes; it reads nothing outside of it either.
        streams: its streams.
        outputs: what takes its events and results.
        media: what is kept of events.
        keep: for how long.
        workers: frames that are worked on at the same time; 0 for one a core.
        hosts: hosts that it may reach besides those of its streams and outputs.
        trusted: whether it may read anywhere and reach everybody: the user has said that the file is his own.
    """

    name: str
    path: Path | None
    folder: Path
    streams: tuple[StreamPlan, ...]
    outputs: tuple[OutputPlan, ...] = ()
    media: MediaPlan = field(default_factory=MediaPlan)
    keep: KeepPlan = field(default_factory=KeepPlan)
    workers: int = 0
    hosts: tuple[str, ...] = ()
    trusted: bool = False
