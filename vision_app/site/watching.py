"""What is done with each frame of a stream: rules, events, what is kept of them, and who is shown it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from vision_app.engine.consumer import Answers
from vision_app.engine.predictors import Predictor
from vision_app.engine.timing import PipelineStats
from vision_app.overlay import draw
from vision_app.overlay.style import DEFAULT_STYLE, Style
from vision_app.results.values import Frame, ImageU8, Result, Timings
from vision_app.site.events import Event, Value, new_id
from vision_app.site.media import Camera
from vision_app.site.painting import paint_shapes
from vision_app.site.rules.base import Happening, Shape
from vision_app.site.rules.table import Told
from vision_app.site.scene import Scene, SceneMaker
from vision_app.site.sinks import StreamFacts, StreamUpdate
from vision_app.sources.base import SourceInfo


class Rules:
    """The rules of a stream with their states. Used by one thread at a time.

    Args:
        told: the rules.
    """

    def __init__(self, told: Sequence[Told]) -> None:
        self._told = tuple(told)
        self._states: list[Any] = [one.rule.start() for one in self._told]
        self._shapes: tuple[Shape, ...] | None = None

    def step(self, scene: Scene) -> list[tuple[Told, Happening]]:
        """Show them a scene; gives what has happened."""
        happened = []
        for number, one in enumerate(self._told):
            self._states[number], new = one.rule.step(self._states[number], scene)
            happened += [(one, happening) for happening in new]
        self._shapes = None
        return happened

    def cut(self) -> None:
        """The stream is broken: counts stay, objects do not."""
        self._states = [one.rule.broken(state) for one, state in zip(self._told, self._states, strict=True)]
        self._shapes = None

    def shapes(self) -> tuple[Shape, ...]:
        """What they draw."""
        if self._shapes is None:
            both = zip(self._told, self._states, strict=True)
            found = [one.rule.shape(state) for one, state in both]
            self._shapes = tuple(shape for shape in found if shape is not None)
        return self._shapes

    def counts(self) -> dict[str, int]:
        """Their figures, by rule and figure: `door in`."""
        counts: dict[str, int] = {}
        for one, state in zip(self._told, self._states, strict=True):
            for figure in ("into", "out", "now", "entered", "left", "count"):
                value = getattr(state, figure, None)
                if isinstance(value, int):
                    counts[f"{one.rule.name} {'in' if figure == 'into' else figure}"] = value
        return counts


class Painted:
    """Makes the picture of a frame once, when the first one asks; from any thread."""

    def __init__(
        self, frame: Frame, results: Sequence[Result], shapes: Sequence[Shape], style: Style = DEFAULT_STYLE
    ) -> None:
        self._frame, self._results, self._shapes, self._style = frame, results, shapes, style
        self._lock = threading.Lock()
        self._image: ImageU8 | None = None

    def __call__(self) -> ImageU8:
        """(H, W, 3) uint8 BGR with results, zones and counts."""
        with self._lock:
            if self._image is None:
                image = np.array(self._frame.image, order="C", copy=True)
                paint_shapes(image, self._shapes, style=self._style)
                draw(image, self._results, style=self._style)
                image.flags.writeable = False
                self._image = image
            return self._image


class Watcher:
    """The consumer of one stream: it lives as long as the site, whatever becomes of pipelines.

    Args:
        site: name of the site.
        stream: name of the stream.
        rules: the stream's rules.
        camera: keeps snapshots and clips.
        facts: how the stream is doing.
        show: given each frame with all that is known.
        style: the look of what is drawn.
        wall: the clock on the wall, seconds since 1970.
    """

    def __init__(
        self,
        *,
        site: str,
        stream: str,
        rules: Sequence[Told],
        camera: Camera,
        facts: Callable[[], StreamFacts],
        show: Callable[[StreamUpdate], None],
        style: Style = DEFAULT_STYLE,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._site, self._stream = site, stream
        self.rules, self._camera = Rules(rules), camera
        self._scenes = SceneMaker()
        self._facts, self._show, self._wall, self._style = facts, show, wall, style
        self._story: tuple[str, int] | None = None
        self.stats = PipelineStats()

    def begin(self, info: SourceInfo, stats: PipelineStats) -> None:
        """A pipeline begins."""
        self.stats = stats

    def on_frame(self, frame: Frame) -> None:
        """Frames alone are not looked at."""

    def on_answers(self, answers: Answers) -> Timings:
        """Ask the rules, keep what is to be kept, and show it."""
        started_s = time.perf_counter()
        frame = answers.frame
        story = (frame.source_id, frame.epoch)
        if story != self._story:
            if self._story is not None:
                self.cut()
            self._story = story
        scene = self._scenes.make(frame, answers.results, looked=answers.looked)
        self._camera.see(frame.image, scene.time_s)
        happened = self.rules.step(scene)
        painted = Painted(frame, answers.results, self.rules.shapes(), self._style)
        for told, one in happened:
            event = self._event(frame, scene, one, told.rule.name)
            self._camera.keep(event, scene.time_s, painted if told.snapshot else None, told.clip)
        counts = self.rules.counts()
        self._show(
            StreamUpdate(self._stream, frame, answers.results, counts, answers.looked, self._facts(), painted)
        )
        return Timings(write_s=time.perf_counter() - started_s)

    def on_model_failed(self, predictor: Predictor, error: Exception) -> None:
        """A stream whose models do not all answer begins anew."""
        raise error

    def on_end(self, error: BaseException | None) -> None:
        """A pipeline has ended."""
        self._camera.end()

    def cut(self) -> None:
        """The stream is broken."""
        self._camera.cut()
        self.rules.cut()

    def befell(self, kind: str, values: Mapping[str, Value]) -> None:
        """Something befell the stream itself."""
        now_s = self._wall()
        event = Event(
            id=new_id(now_s),
            site=self._site,
            stream=self._stream,
            rule="",
            kind=kind,
            time_s=now_s,
            values=values,
        )
        self._camera.keep(event, 0.0, None, clip=False)

    def _event(self, frame: Frame, scene: Scene, one: Happening, rule: str) -> Event:
        ago_s = scene.time_s - one.time_s
        if frame.position_s is None:
            ago_s += time.perf_counter() - frame.captured_s
        now_s = self._wall()
        return Event(
            id=new_id(now_s),
            site=self._site,
            stream=self._stream,
            rule=rule,
            kind=one.kind,
            time_s=now_s - ago_s,
            media_s=None if frame.position_s is None else one.time_s,
            frame=frame.index,
            label=one.label,
            track=one.track,
            zone=rule,
            score=one.score,
            values=one.values,
        )
