"""A listener that writes down what a live session tells, and sources that a test holds in its hand."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from tests import tiny_models as tiny
from tests.fake_device import FakeDevice
from vision_app.live.session import LiveSession
from vision_app.live.status import (
    ModelState,
    ModelStatus,
    OutputStatus,
    Picture,
    SourceState,
    SourceStatus,
)
from vision_app.sources import (
    SOURCES,
    LiveSource,
    Report,
    Source,
    SourceKind,
    SourceOpener,
    SourceOptions,
    opening,
)

PATIENCE_S = 20.0


class Told:
    """What a session told, in order."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.pictures = 0
        self.picture: Picture | None = None
        self.gaps_s: list[float] = []
        self.sources: list[SourceStatus] = []
        self.models: list[tuple[ModelStatus, ...]] = []
        self.outputs: list[OutputStatus] = []
        self.notices: list[str] = []
        self._last_s: float | None = None

    def on_picture(self, picture: Picture) -> None:
        with self.changed:
            now_s = time.perf_counter()
            if self._last_s is not None:
                self.gaps_s.append(now_s - self._last_s)
            self._last_s = now_s
            self.pictures += 1
            self.picture = picture
            self.changed.notify_all()

    def on_source(self, status: SourceStatus) -> None:
        self._add(self.sources, status)

    def on_models(self, models: tuple[ModelStatus, ...]) -> None:
        self._add(self.models, models)

    def on_output(self, status: OutputStatus) -> None:
        self._add(self.outputs, status)

    def on_notice(self, text: str) -> None:
        self._add(self.notices, text)

    def _add(self, kept: list, value: object) -> None:
        with self.changed:
            kept.append(value)
            self.changed.notify_all()

    def until(self, condition: Callable[[], object]) -> None:
        """Wait until it holds after something was told."""
        with self.changed:
            assert self.changed.wait_for(condition, PATIENCE_S), (
                self.pictures, self.sources[-3:], self.models[-1:], self.outputs[-1:], self.notices
            )  # fmt: skip

    def until_source(self, state: SourceState) -> SourceStatus:
        """Wait until the source is in that state; gives what was told."""
        self.until(lambda: self.sources and self.sources[-1].state is state)
        return self.sources[-1]

    def until_ready(self, slot: int) -> ModelStatus:
        """Wait until nothing is being loaded into a slot; gives its status."""

        def settled() -> bool:
            found = [m for m in (self.models[-1] if self.models else ()) if m.slot == slot]
            return bool(found) and found[0].pending is None and found[0].state is not ModelState.LOADING

        self.until(settled)
        return next(m for m in self.models[-1] if m.slot == slot)

    def until_ended(self, path: Path) -> OutputStatus:
        """Wait until an output has ended; gives its last status."""
        self.until(lambda: any(o.path == path and o.ended for o in self.outputs))
        return next(o for o in self.outputs if o.path == path and o.ended)

    def until_picture(self, condition: Callable[[Picture], object]) -> Picture:
        """Wait for a picture of which it holds."""
        self.until(lambda: self.picture is not None and condition(self.picture))
        assert self.picture is not None
        return self.picture


@contextmanager
def live_session(**more: float) -> Iterator[tuple[LiveSession, Told]]:
    """A session that has left no thread behind when the test is over."""
    before = set(threading.enumerate())
    told = Told()
    session = LiveSession(told, **more)
    try:
        yield session, told
    finally:
        session.close()
        deadline_s = time.perf_counter() + PATIENCE_S
        while left := set(threading.enumerate()) - before:
            assert time.perf_counter() < deadline_s, left
            time.sleep(0.005)


class Bench:
    """Sources called `fake:NAME` that read from fake devices, and `held:NAME` that open only once let go.

    Attributes:
        devices: by name; made when they are first asked for.
        gates: by name; an opening waits for its gate.
        opened: names in the order in which they were opened.
        closed: names in the order in which they were closed.
        kind: what the sources say they are.
    """

    kind: SourceKind = "stream"

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.devices: dict[str, FakeDevice] = {}
        self.gates: dict[str, threading.Event] = {}
        self.opened: list[str] = []
        self.closed: list[str] = []
        row = SourceOpener("fake", lambda s: s.startswith("fake:"), self._open)
        monkeypatch.setattr(opening, "SOURCES", (row, *SOURCES))

    def device(self, name: str, size_wh: tuple[int, int] = (64, 48)) -> FakeDevice:
        """The device of a name."""
        return self.devices.setdefault(name, FakeDevice(size_wh=size_wh))

    def hold(self, *names: str) -> None:
        """Let the opening of these hang."""
        for name in names:
            self.gates[name] = threading.Event()

    def _open(self, spec: str, options: SourceOptions, report: Report) -> Source:
        name = spec.removeprefix("fake:")
        if name in self.gates:
            assert self.gates[name].wait(PATIENCE_S)
        bench = self

        class Watched(LiveSource):
            def close(self) -> None:
                bench.closed.append(name)
                super().close()

        source = Watched(self.device(name), source_id=spec, kind=self.kind, report=report, options=options)
        self.opened.append(name)
        return source

    def release(self) -> None:
        """Let everything come back that waits."""
        for gate in self.gates.values():
            gate.set()
        for device in self.devices.values():
            for _ in range(3):  # several sources may have read from it
                device.release()


def box_model(
    folder: Path, name: str = "boxes", rows: tuple[tuple[float, ...], ...] = ((8, 8, 24, 24, 0.9, 1),)
) -> str:
    """A detector that sees the same boxes in whatever it is shown, in the pixels of its 32 x 32 input."""
    path = tiny.constant_model(folder / f"{name}.onnx", np.array([rows], np.float32), (1, 3, 32, 32))
    tiny.write_card(path, task="detect", output={"layout": "yolo-end2end", "conf": 0.25})
    return str(path)
