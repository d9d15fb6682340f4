"""Recording movements: held, counted down, idle, and what is not kept."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from vision_app.engine.rows import Looker
from vision_app.engine.stages import Flow
from vision_app.errors import ModelError
from vision_app.results.values import Frame
from vision_app.samples.movement_capture import MovementCapture, MovementProgress
from vision_app.samples.movements import open_movements, read_movement
from vision_app.samples.store import SampleStore
from vision_app.sequences.layouts import HAND_WIDTH


class Brightness:
    """A track that sees a right hand in bright pictures: its place is the brightness."""

    name, parts = "hands", ()

    def start(self) -> int:
        return 0

    def row(self, state: int, flow: Flow) -> tuple[int, np.ndarray, None]:
        level = float(flow.image[0, 0, 0]) / 255
        row = np.zeros((2, HAND_WIDTH), np.float32)
        row[1, 0] = level > 0.1
        row[1, 1:] = level
        return state + 1, row.ravel(), None


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class Rig:
    """A store, a capture on it, and frames at 30 a second of the clock."""

    def __init__(self, folder: Path, **more: object) -> None:
        self.clock, self.number, self.told = Clock(), 0, []
        self.store = SampleStore.open(folder)
        self.capture = MovementCapture(
            self.store,
            load=lambda base: Looker([Brightness()]),
            on_progress=self.told.append,
            monotonic_s=self.clock,
            **more,  # type: ignore[arg-type]
        )

    def show(self, seconds: float, level: int = 200, epoch: int = 1) -> Rig:
        for _ in range(round(seconds * 30)):
            self.number += 1
            self.clock.now_s += 1 / 30
            image = np.full((16, 24, 3), min(255, level + self.number % 20), np.uint8)
            self.capture.offer(Frame(image, self.number, self.clock.now_s, None, "camera", epoch=epoch))
            if self.number % 20 == 0:
                assert self.capture.flush()
        assert self.capture.flush()
        return self

    @property
    def progress(self) -> MovementProgress:
        return self.capture.progress

    def counts(self) -> dict[str, int]:
        return {c.label: c.count for c in self.store.classes}


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path / "s")
    yield made
    made.capture.close()
    made.store.close()


def test_a_movement_is_what_comes_while_the_key_is_held(rig: Rig) -> None:
    rig.show(1)
    rig.capture.begin("wave")
    rig.show(1.2)
    assert rig.progress.phase == "recording"
    assert rig.progress.seconds == pytest.approx(1.2, abs=0.1)
    rig.capture.end()
    rig.show(1)
    assert (rig.progress.phase, rig.progress.counted, rig.progress.problem) == ("idle", 1, None)
    (sample,) = rig.store.samples()
    recorded = read_movement(sample.path)
    assert len(recorded) == 36
    assert recorded.jpegs == ()
    rig.capture.begin("wave")
    rig.show(0.5).capture.end()
    rig.show(0.1)
    assert rig.progress.counted == 2
    assert len({s.session for s in rig.store.samples()}) == 2, "each is a recording of its own"


def test_the_pictures_are_kept_only_if_wanted(rig: Rig) -> None:
    rig.capture.keep_pictures(True)
    rig.capture.begin("wave")
    rig.show(0.5).capture.end()
    rig.capture.flush()
    (sample,) = rig.store.samples()
    assert len(read_movement(sample.path).jpegs) == 15
    assert rig.store.read(sample.id).shape == (16, 24, 3)


@pytest.mark.parametrize(
    ("frames_s", "level", "problem"),
    [(0.0, 200, "too short"), (0.05, 200, "too short"), (1.0, 0, "nothing of hands was seen")],
    ids=["none", "two", "unseen"],
)
def test_what_is_no_movement_is_not_kept(rig: Rig, frames_s: float, level: int, problem: str) -> None:
    rig.capture.begin("wave")
    rig.show(frames_s, level).capture.end()
    rig.capture.flush()
    assert problem in (rig.progress.problem or "")
    assert rig.counts() == {}
    rig.capture.begin("wave")
    rig.show(1).capture.end()
    rig.capture.flush()
    assert rig.progress.problem is None


def test_a_jump_ends_a_movement_without_keeping_it(rig: Rig) -> None:
    rig.capture.begin("wave")
    rig.show(0.5).show(0.5, epoch=2).capture.end()
    rig.capture.flush()
    assert any(p.problem and "jumped" in p.problem for p in rig.told)
    assert rig.counts() == {}


def test_half_a_minute_is_no_movement(rig: Rig) -> None:
    rig.capture.begin("wave")
    rig.show(31)
    assert "at most 30 s" in (rig.progress.problem or "")
    assert rig.progress.phase == "idle"


def test_turns_with_a_countdown(rig: Rig) -> None:
    rig.capture.start_turns(["wave", "nod"], 2, lead_s=3.0, take_s=1.0)
    rig.show(2.5)
    assert (rig.progress.phase, rig.progress.label, rig.progress.left_s) == ("countdown", "wave", 1)
    rig.show(1.0)
    assert rig.progress.phase == "recording"
    rig.show(13)
    assert rig.progress.phase == "idle"
    assert rig.counts() == {"wave": 2, "nod": 2}
    lengths = [read_movement(s.path).duration_s for s in rig.store.samples()]
    assert lengths == pytest.approx([1.0] * 4, abs=0.05)
    assert [p.left_s for p in rig.told if p.phase == "countdown"][:3] == [3, 2, 1]


def test_turns_can_be_ended(rig: Rig) -> None:
    rig.capture.start_turns(["wave"], 5, lead_s=0.5, take_s=1.0)
    rig.show(1.0)
    rig.capture.end()
    rig.show(5)
    assert rig.progress.phase == "idle"
    assert rig.counts() == {"wave": 1}, "what was being made counts"


def test_what_lies_between_movements(rig: Rig) -> None:
    rig.capture.collect_idle("rest")
    rig.show(3.3).show(5, level=0).show(12)
    rig.capture.begin("wave")
    rig.show(1).capture.end()
    rig.show(4)
    rig.capture.collect_idle(None)
    rig.show(8)
    assert rig.store.idle == "rest"
    assert rig.counts()["wave"] == 1
    assert 2 <= rig.counts()["rest"] <= 5
    assert rig.progress.idle_counted == rig.counts()["rest"]
    found = open_movements(rig.store.folder)
    assert all(2.9 <= found.facts[s.id].seconds <= 3.2 for s in found.of_label("rest"))


def test_nothing_is_looked_at_while_nothing_is_recorded(rig: Rig) -> None:
    rig.show(0.2)
    frame = Frame(np.zeros((16, 24, 3), np.uint8), 1, 1.0)
    assert not rig.capture.offer(frame)
    rig.capture.begin("wave")
    assert rig.capture.offer(frame)


def test_what_cannot_be_loaded_is_told(tmp_path: Path) -> None:
    def fail(_: str) -> Looker:
        raise ModelError("it is not there")

    with SampleStore.open(tmp_path) as store, MovementCapture(store, load=fail) as capture:
        capture.begin("wave")
        capture.offer(Frame(np.zeros((16, 24, 3), np.uint8), 1, 1.0))
        capture.flush()
        assert capture.progress.problem == "it is not there"


def test_another_base_is_loaded(tmp_path: Path) -> None:
    asked = []

    def load(base: str) -> Looker:
        asked.append(base)
        return Looker([Brightness()])

    with SampleStore.open(tmp_path) as store, MovementCapture(store, load=load) as capture:
        capture.prepare()
        capture.set_base("hands+body")
        capture.prepare()
        capture.prepare()
        capture.flush()
    assert asked == ["hands", "hands+body"]


def test_too_many_frames_are_dropped_and_counted(tmp_path: Path) -> None:
    from threading import Event

    go = Event()

    def load(_: str) -> Looker:
        go.wait(30)
        return Looker([Brightness()])

    with SampleStore.open(tmp_path) as store, MovementCapture(store, load=load) as capture:
        capture.begin("wave")
        taken = [capture.offer(Frame(np.full((16, 24, 3), 200, np.uint8), i, i / 30)) for i in range(200)]
        go.set()
        capture.end()
        capture.flush()
        assert 90 <= sum(taken) <= 95
        assert capture.progress.dropped == 200 - sum(taken)
        assert capture.progress.counted == 1


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_kill_while_recording_loses_nothing_that_was_counted(tmp_path: Path) -> None:
    """The child acknowledges each movement that counts; it is killed while it makes the next one."""
    script = textwrap.dedent(
        """
        import json, sys
        from pathlib import Path
        from tests.unit.test_movement_capture import Rig

        rig = Rig(Path(sys.argv[1]), on_saved=lambda s: print(json.dumps([s[0].id, s[0].sha256]), flush=True))
        for i in range(10_000):
            rig.capture.begin("wave")
            rig.show(0.4)
            rig.capture.end()
        """
    )
    acknowledged = {}
    for kill in range(3):
        child = subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path / "s")],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        assert child.stdout is not None
        for line, _ in zip(child.stdout, range(5 + 3 * kill), strict=False):
            name, sha256 = json.loads(line)
            acknowledged[name] = sha256
        os.kill(child.pid, signal.SIGKILL)
        for line in child.stdout:
            if line.endswith("\n"):
                name, sha256 = json.loads(line)
                acknowledged[name] = sha256
        child.stdout.close()
        child.wait()
        with SampleStore.open(tmp_path / "s") as store:
            there = {s.id: s.sha256 for s in store.samples()}
            assert acknowledged.items() <= there.items()
            assert store.missing() == []
            assert list((store.folder / "incoming").iterdir()) == []
            for sample in store.samples():
                assert len(read_movement(sample.path)) == 12
    assert len(acknowledged) >= 20
