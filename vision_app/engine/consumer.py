"""What takes that which a pipeline makes: a screen, files, or both."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from vision_app import overlay
from vision_app.engine.predictors import Predictor
from vision_app.engine.timing import Effort, PipelineStats
from vision_app.errors import SinkError
from vision_app.messages import message_of
from vision_app.results.values import Frame, Packet, Result, Timings
from vision_app.runtime import short_provider
from vision_app.sinks.base import Sink
from vision_app.sources.base import Report, SourceInfo

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answers:
    """What the models say about one frame.

    Attributes:
        frame: the frame.
        predictors: the models that answered.
        results: `results[i]` is of `predictors[i]`.
        timings: what it took until now.
        effort: what the models have done for this frame.
    """

    frame: Frame
    predictors: tuple[Predictor, ...]
    results: tuple[Result, ...]
    timings: Timings
    effort: Effort = Effort.LOOKED

    @property
    def looked(self) -> bool:
        """Whether a model has looked at this frame."""
        return self.effort is Effort.LOOKED


class Consumer(Protocol):
    """Takes what a pipeline makes. Each method is called from one of the pipeline's threads."""

    def begin(self, info: SourceInfo, stats: PipelineStats) -> None:
        """Make ready before the first frame.

        Args:
            info: of the source.
            stats: of the run, as they are at any time.

        Raises:
            SinkError: an output cannot be written; then the pipeline does not start.
        """
        ...

    def on_frame(self, frame: Frame) -> None:
        """A frame was read; no model has seen it yet, and perhaps none will. Must return soon and not raise."""
        ...

    def on_answers(self, answers: Answers) -> Timings:
        """What the models say, in the order of the frames; gives the seconds that drawing and writing took.

        Raises:
            SinkError: nothing can be written any more: the run ends.
        """
        ...

    def on_model_failed(self, predictor: Predictor, error: Exception) -> None:
        """A model failed to run, or was called off. It is taken out and the others go on, unless this raises."""
        ...

    def on_end(self, error: BaseException | None) -> None:
        """No more comes: the source ended or was closed, or the run failed. Finish all outputs."""
        ...


class SinkWriter:
    """Draws and writes: the consumer of a run without a screen. A model that fails ends the run.

    Args:
        sinks: outputs; opened at the begin, closed at the end. One that fails is let go of, the others go on.
        report: receives one-line messages for the user.
        panel: whether rate, latency and models are drawn into a corner; None for into clips, but not into photos.
    """

    def __init__(
        self, sinks: Sequence[Sink], report: Report = _log.warning, *, panel: bool | None = None
    ) -> None:
        self._sinks = list(sinks)
        self._report = report
        self._has_panel = panel
        self._stats = PipelineStats()
        self.outputs: list[Path] = []
        self.errors: list[SinkError] = []

    def begin(self, info: SourceInfo, stats: PipelineStats) -> None:
        """Open the sinks; when one cannot be opened, the others are closed again.

        Raises:
            SinkError: that one's.
        """
        self._stats = stats
        if self._has_panel is None:
            self._has_panel = info.kind != "images"
        opened: list[Sink] = []
        try:
            for sink in self._sinks:
                opened.append(sink)
                sink.open(info)
        except BaseException:
            for sink in opened:
                sink.close()
            raise

    def on_frame(self, frame: Frame) -> None:
        """Frames alone are not written."""

    def on_answers(self, answers: Answers) -> Timings:
        """Draw if a sink wants it, and write.

        Raises:
            SinkError: the last sink failed.
        """
        started = time.perf_counter()
        annotated = None
        if any(sink.wants_annotated for sink in self._sinks):
            annotated = overlay.render(answers.frame.image, answers.results, self._panel(answers.predictors))
        drawn = time.perf_counter()
        timings = answers.timings + Timings(draw_s=drawn - started)
        packet = Packet(answers.frame, answers.results, timings, annotated, answers.looked)
        for sink in list(self._sinks):
            try:
                sink.write(packet)
            except SinkError as error:
                self._detach(sink, error)
        if self.errors and not self._sinks:
            raise self.errors[-1]
        return Timings(draw_s=drawn - started, write_s=time.perf_counter() - drawn)

    def on_model_failed(self, predictor: Predictor, error: Exception) -> None:
        """A run whose models do not all answer is over."""
        raise error

    def on_end(self, error: BaseException | None) -> None:
        """Close the sinks."""
        for sink in self._sinks:
            self._close(sink)

    def _panel(self, predictors: Sequence[Predictor]) -> tuple[str, ...]:
        if not self._has_panel:
            return ()
        infer_ms = self._stats.stages["infer"].recent_percentile(0.5) * 1e3
        rate = self._stats.shown.per_second()
        first = (f"{rate:.1f} fps  {infer_ms:.1f} ms",) if rate else ()
        return (*first, *(f"{p.name} · {short_provider(p.provider)}" for p in predictors))

    def _detach(self, sink: Sink, error: SinkError) -> None:
        self._sinks.remove(sink)
        self.errors.append(error)
        self._report(message_of(error))
        self._close(sink, quiet=True)

    def _close(self, sink: Sink, *, quiet: bool = False) -> None:
        try:
            self.outputs.extend(sink.close())
        except SinkError as error:
            self.errors.append(error)
            if not quiet:
                self._report(message_of(error))
