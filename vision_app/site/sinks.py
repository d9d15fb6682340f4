"""What takes the events and results of a site: the contract that `tests/contract/test_site_sinks.py` holds all to.

A sink is one file and one row of `SITE_SINKS`. It is called from a thread of its own, so that it may wait for a
network; what it raises is reported and kept from the others.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from vision_app.kiosk.reading import Parser
from vision_app.plugins import OpenTable
from vision_app.results.values import Frame, ImageU8, Result
from vision_app.site.events import Event
from vision_app.sources.base import Report


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """How a stream is doing.

    Attributes:
        state: `connecting`, `running`, `lost`, `ended` or `failed`.
        fps: frames a second that come through.
        inferred: frames a second that the models see.
        age_p50_ms: age of a frame when it is handed on, half of them at most; 0 where there are none.
        age_p95_ms: the same, 95 of 100 at most.
        frames: how many came through.
        dropped: how many were passed over because newer ones had come.
        rested: share of the frames that no model had to look at because nothing had changed, 0 to 1.
        expected: share of the frames that no model had to look at because the tracks said where objects are, 0 to 1.
        error: what is wrong, one line; "" for nothing.
    """

    state: str = "connecting"
    fps: float = 0.0
    inferred: float = 0.0
    age_p50_ms: float = 0.0
    age_p95_ms: float = 0.0
    frames: int = 0
    dropped: int = 0
    rested: float = 0.0
    expected: float = 0.0
    error: str = ""


@dataclass(frozen=True, slots=True)
class StreamUpdate:
    """The newest frame of a stream with all that is known of it.

    Attributes:
        stream: name of the stream.
        frame: the frame; nobody draws on its picture.
        results: what the models say, one a model.
        counts: figures of the rules: `entrance in`, `entrance out`, `till now`.
        looked: whether a model has looked at this frame; else the results are those of an earlier one, since which
            nothing has changed, or objects are where their tracks expect them.
        facts: how the stream is doing.
        paint: makes the picture with results, zones and counts drawn on it, (H, W, 3) uint8 BGR.
    """

    stream: str
    frame: Frame
    results: tuple[Result, ...]
    counts: Mapping[str, int]
    looked: bool
    facts: StreamFacts
    paint: Callable[[], ImageU8]


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """What a sink is told before the first event.

    Attributes:
        name: of the site.
        folder: its folder; a sink writes nowhere else.
        streams: names of its streams, in the order of the file.
        facts: how each of them is doing now, by name; from any thread.
        report: receives one-line messages for the user.
        rules: for each stream the names of its rules.
    """

    name: str
    folder: Path
    streams: tuple[str, ...]
    facts: Callable[[], Mapping[str, StreamFacts]]
    report: Report
    rules: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@runtime_checkable
class EventSink(Protocol):
    """Takes events, in the order in which they happened."""

    @property
    def name(self) -> str:
        """What it is, for messages, without credentials."""
        ...

    def open(self, site: SiteFacts) -> None:
        """Make ready. A place that cannot be reached now is no reason to fail: try again later.

        Raises:
            SinkError: it can never work as it is configured.
        """
        ...

    def on_event(self, event: Event) -> None:
        """Take one event. It may wait; the events behind it do, and no stream does.

        Raises:
            SinkError: it is lost.
        """
        ...

    def close(self) -> None:
        """Finish soon, within a few seconds; a second call does nothing."""
        ...


@runtime_checkable
class UpdateSink(EventSink, Protocol):
    """A sink that is also given the newest frame and results of each stream, as fast as it takes them."""

    def on_update(self, update: StreamUpdate) -> None:
        """Take one. Frames that come while it works are passed over but for the newest of each stream.

        Raises:
            SinkError: it cannot be passed on.
        """
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a sink may have to know when it is made.

    Attributes:
        folder: of the site.
        secret: the value of a text of the file in which `${NAME}` stands for a secret; raises ConfigError where there
            is none.
        allow_host: says whether the site may reach a host by name; raises ConfigError if not.
    """

    folder: Path
    secret: Callable[[str], str]
    allow_host: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class SinkKind:
    """A row: a kind of `[[output]]`.

    Attributes:
        keys: what it can be told, and how that is read.
        required: which of them must be there.
        make: makes the sink of its keys; raises ConfigError or ValueError for what does not fit together. It may
            reach the hosts that its keys name, and no others, whatever they redirect to; it reads and writes below the
            folder alone.
        hosts: hosts that these keys name.
    """

    keys: Mapping[str, Parser]
    required: tuple[str, ...]
    make: Callable[[Mapping[str, Any], Surroundings], EventSink]
    hosts: Callable[[Mapping[str, Any]], tuple[str, ...]] = lambda values: ()


def _kind(module: str) -> Callable[[], SinkKind]:
    """A row of a module of this package: its file is imported when it is asked for."""

    def load() -> SinkKind:
        found: SinkKind = importlib.import_module(f"vision_app.site.{module}").KIND
        return found

    return load


SITE_SINKS: Mapping[str, Callable[[], SinkKind]] = OpenTable(
    "vision_app.outputs",
    {
        "events": _kind("events_file"),
        "webhook": _kind("webhook"),
        "mqtt": _kind("mqtt"),
        "server": _kind("server"),
        "osc": _kind("osc"),
        "camera": _kind("camera_out"),
    },
)
"""The kinds of `[[output]]`, by name."""
