"""Capturing: bursts, turns, idle frames, rates and crops; only what is on the disk is counted."""

from __future__ import annotations

import errno
import threading

import cv2
import numpy as np
import pytest

from tests.sample_pictures import textured
from vision_app.errors import ConfigError, SampleError
from vision_app.results.values import Detections, Frame
from vision_app.samples.capture import CaptureProgress, CaptureSession
from vision_app.samples.crops import CentreSquare, DetectedBox, Region, WholeFrame, cut, parse_crop
from vision_app.samples.pacing import Pace
from vision_app.samples.sample import CropRecord
from vision_app.samples.store import SampleStore


class Clock:
    """A clock that is set by the test."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path):
    with SampleStore.open(tmp_path / "s") as opened:
        yield opened


@pytest.fixture
def seen() -> list[CaptureProgress]:
    return []


@pytest.fixture
def session(store, clock, seen):
    with CaptureSession(store, rate_hz=10, on_progress=seen.append, monotonic_s=clock) as opened:
        yield opened


def frame(number: int = 0, position_s: float | None = None) -> Frame:
    return Frame(textured(number), number, 0.0, position_s, "cam")


def show(session: CaptureSession, clock: Clock, seconds: float, fps: int = 30, first: int = 0) -> int:
    """Offer frames of a camera for a while; gives how many were taken."""
    taken = 0
    for i in range(round(seconds * fps)):
        clock.now_s += 1 / fps
        taken += session.offer(frame(first + i), wait_s=5)
    return taken


def counts(store: SampleStore) -> dict[str, int]:
    return {c.label: c.count for c in store.classes}


# -- bursts ----------------------------------------------------------------------------------------------


def test_nothing_is_taken_before_a_burst_and_after_it(session, clock, store):
    assert show(session, clock, 1) == 0
    session.start_burst("cup")
    show(session, clock, 1)
    session.stop()
    assert show(session, clock, 1) == 0
    session.flush()
    assert counts(store) == {"cup": 10}
    assert session.progress.phase == "idle"
    assert session.progress.counted == 10


@pytest.mark.parametrize(
    ("fps", "rate", "wanted"), [(30, 10, 20), (30, 30, 60), (30, 29, 58), (25, 10, 20), (15, 60, 30)]
)
def test_the_rate_is_kept_whatever_the_cameras_is(store, clock, fps, rate, wanted):
    with CaptureSession(store, rate_hz=rate, monotonic_s=clock) as session:
        session.start_burst("cup")
        assert show(session, clock, 2, fps) == pytest.approx(wanted, abs=1)


def test_an_uneven_camera_loses_no_frame_at_its_own_rate():
    pace, rng = Pace(30), np.random.default_rng(0)
    times = np.arange(300) / 30 + rng.uniform(-0.003, 0.003, 300)
    taken = 0
    for at_s in times:
        if pace.is_due(at_s):
            pace.took(at_s)
            taken += 1
    assert taken == 300


def test_the_time_of_a_clip_counts_and_may_jump_back(store, clock):
    with CaptureSession(store, rate_hz=2, monotonic_s=clock) as session:
        session.start_burst("cup")
        first = sum(session.offer(frame(i, i / 25), wait_s=5) for i in range(100))  # 4 s, read in no time
        paused = sum(session.offer(frame(200 + i, 3.96), wait_s=5) for i in range(50))
        again = sum(session.offer(frame(300 + i, i / 25), wait_s=5) for i in range(100))
    assert first == 8
    assert paused <= 1
    assert again == 8


def test_a_burst_of_so_many_ends_by_itself(session, clock, store, seen):
    name = session.start_burst("cup", count=5)
    assert show(session, clock, 3) == 5
    session.flush()
    assert counts(store) == {"cup": 5}
    assert {s.session for s in store.samples()} == {name}
    last = seen[-1]
    assert (last.phase, last.counted, last.taken, last.wanted) == ("idle", 5, 5, 5)


def test_two_bursts_are_two_sessions(session, clock, store):
    one = session.start_burst("cup", 2)
    show(session, clock, 0.5)
    session.flush()
    two = session.start_burst("cup", 2)
    show(session, clock, 0.5, first=50)
    session.flush()
    assert one != two
    assert [s.session for s in store.samples()] == [one, one, two, two]


def test_counted_is_what_is_on_the_disk(store, clock):
    """At every report, as many samples can be read by another as it says."""
    checked = []

    def check(progress: CaptureProgress) -> None:
        with SampleStore.open(store.folder, writable=False) as reader:
            checked.append((progress.counted, len(reader)))

    with CaptureSession(store, rate_hz=None, on_progress=check, monotonic_s=clock) as session:
        session.start_burst("cup")
        show(session, clock, 0.5)
        session.stop()
        session.flush()
    assert checked[-1] == (15, 15)
    assert all(on_disk >= counted for counted, on_disk in checked)


def test_saved_samples_come_with_their_pictures(store, clock):
    """What embeds while capturing needs no second reading."""
    got = []
    with CaptureSession(
        store, rate_hz=None, on_saved=lambda s, i: got.extend(zip(s, i, strict=True)), monotonic_s=clock
    ) as session:
        session.start_burst("cup")
        show(session, clock, 0.2)
    assert len(got) == 6
    for sample, image in got:
        read = store.read(sample.id).astype(int)
        assert np.abs(read - image).mean() < 4


def test_a_slow_disk_drops_frames_and_says_so(store, clock, monkeypatch):
    go = threading.Event()
    real = SampleStore.add_many
    monkeypatch.setattr(SampleStore, "add_many", lambda s, n: (go.wait(20), real(s, n))[1])
    with CaptureSession(store, rate_hz=None, monotonic_s=clock) as session:
        session.start_burst("cup")
        taken = 0
        for i in range(200):
            clock.now_s += 0.01
            taken += session.offer(frame(i % 5))  # never waits
        assert taken < 100
        assert session.progress.dropped == 200 - taken
        assert session.progress.taken == taken
        go.set()
        session.stop()
        session.flush()
        assert session.progress.counted == taken == len(store)


def test_a_full_disk_ends_the_burst_with_one_message_and_keeps_what_is_counted(
    store, clock, seen, monkeypatch
):
    session = CaptureSession(store, rate_hz=None, on_progress=seen.append, monotonic_s=clock)
    session.start_burst("cup")
    show(session, clock, 0.2)
    session.flush()
    with monkeypatch.context() as patch:

        def full(*_):
            raise OSError(errno.ENOSPC, "No space left on device")

        patch.setattr("vision_app.samples.disk.sync_file", full)
        show(session, clock, 0.2)
        session.flush()
        assert show(session, clock, 0.5) == 0  # it has ended
    assert session.progress.phase == "idle"
    assert session.progress.counted == len(store) == 6
    assert "the disk is full; make room" in session.progress.problem
    assert len({p.problem for p in seen if p.problem}) == 1
    session.start_burst("cup", 3)  # there is room again
    assert session.progress.problem is None
    show(session, clock, 0.5)
    session.close()
    assert len(store) == 9


def test_a_callback_that_fails_costs_no_samples(store, clock):
    def broken(*_):
        raise RuntimeError("no memory")

    with CaptureSession(store, rate_hz=None, on_saved=broken, monotonic_s=clock) as session:
        session.start_burst("cup", 3)
        show(session, clock, 0.2)
        session.flush()
        assert session.progress.problem == "the samples are kept, but: no memory"
    assert len(store) == 3


def test_a_frame_too_small_is_refused_clearly(session, clock):
    session.start_burst("cup")
    with pytest.raises(SampleError, match="of cam has 1 x 1 pixels"):
        session.offer(Frame(np.zeros((1, 1, 3), np.uint8), 0, 0.0, None, "cam"))
    assert session.progress.phase == "idle"


def test_closing_keeps_what_was_taken_and_takes_no_more(store, clock):
    session = CaptureSession(store, rate_hz=None, monotonic_s=clock)
    session.start_burst("cup")
    taken = show(session, clock, 1)
    session.close()
    session.close()
    assert len(store) == taken == 30
    assert not session.offer(frame())
    with pytest.raises(ValueError, match="closed"):
        session.start_burst("cup")


# -- turns -----------------------------------------------------------------------------------------------


def test_one_person_alone_gets_a_countdown_before_each_turn(session, clock, store, seen):
    session.start_turns(["rock", "paper"], count=4)
    assert show(session, clock, 2.9) == 0
    show(session, clock, 1)
    session.flush()
    show(session, clock, 2.9)
    show(session, clock, 1)
    session.flush()
    assert counts(store) == {"rock": 4, "paper": 4}
    downs = [(p.label, p.left_s) for p in seen if p.phase == "countdown"]
    assert downs == [(label, s) for label in ("rock", "paper") for s in (3, 2, 1)]
    assert {(p.turn, p.turns) for p in seen if p.label == "paper"} == {(2, 2)}
    assert session.progress.phase == "idle"


def test_turns_can_be_stopped_in_a_countdown_and_in_a_turn(session, clock, store):
    session.start_turns(["rock", "paper"], count=4)
    show(session, clock, 1)
    session.stop()
    assert session.progress.phase == "idle"
    assert show(session, clock, 5) == 0
    session.start_turns(["rock", "paper"], count=40, lead_s=0.5)
    show(session, clock, 1)
    session.stop()
    session.flush()
    assert show(session, clock, 5) == 0
    assert set(counts(store)) == {"rock"}


# -- the background --------------------------------------------------------------------------------------


def test_idle_frames_fill_the_background_class_and_never_disturb_a_burst(session, clock, store):
    session.collect_idle("none of these", every_s=1.0, most=4)
    show(session, clock, 2.5)
    session.start_burst("cup", 10)
    show(session, clock, 2)
    session.flush()
    show(session, clock, 5)
    session.flush()
    assert counts(store) == {"none of these": 4, "cup": 10}
    assert store.background == "none of these"
    assert session.progress.idle_counted == 4
    session.collect_idle(None)
    assert show(session, clock, 3) == 0


# -- crops -----------------------------------------------------------------------------------------------


def boxes(*xyxy, scores=None, class_ids=None) -> Detections:
    n = len(xyxy)
    return Detections(
        "d",
        np.array(xyxy, np.float32).reshape(n, 4),
        np.array(scores or [0.9] * n, np.float32),
        np.array(class_ids or [0] * n, np.int64),
        ("person", "cup"),
    )


FOUND = boxes(
    (10, 10, 60, 60), (100, 100, 300, 200), (5, 5, 25, 25), scores=[0.8, 0.5, 0.9], class_ids=[1, 0, 1]
)


@pytest.mark.parametrize(
    ("text", "xyxy"),
    [
        ("whole", (0, 0, 640, 480)),
        ("centre", (80, 0, 560, 480)),
        ("box", (80, 80, 320, 220)),
        ("box:cup", (5, 5, 65, 65)),
        ("surest", (3, 3, 27, 27)),
        ("surest:person", (80, 80, 320, 220)),
        ("region:0.25,0.5,0.75,1", (160, 240, 480, 480)),
    ],
)
def test_each_crop_takes_its_part(text, xyxy):
    image = np.arange(640 * 480 * 3, dtype=np.uint32).astype(np.uint8).reshape(480, 640, 3)
    part, record = cut(image, parse_crop(text), (FOUND,))
    assert record.xyxy == xyxy
    left, top, right, bottom = xyxy
    np.testing.assert_array_equal(part, image[top:bottom, left:right])


@pytest.mark.parametrize("crop", [DetectedBox(), DetectedBox(labels=("dog",)), DetectedBox("surest")])
def test_without_an_object_there_is_no_part(crop):
    results = (FOUND,) if crop.labels else ()
    assert cut(np.zeros((480, 640, 3), np.uint8), crop, results) is None


def test_a_box_at_the_border_is_clipped():
    assert DetectedBox().choose((640, 480), (boxes((600, 400, 640, 480)),)) == (592, 392, 640, 480)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "oval",
        "whole:x",
        "region",
        "region:1,2,3",
        "region:0.5,0,0.5,1",
        "region:a,b,c,d",
        "region:0,0,2,1",
    ],
)
def test_a_crop_that_is_none_is_refused(text):
    with pytest.raises(ConfigError, match="--crop"):
        parse_crop(text)


def test_the_part_is_what_is_saved_and_frames_without_one_are_counted(store, clock):
    image = textured(3, (640, 480))
    with CaptureSession(store, crop=DetectedBox(margin=0.0), rate_hz=None, monotonic_s=clock) as session:
        session.start_burst("cup")
        assert session.offer(Frame(image, 0, 0.0), (boxes((100, 50, 200, 150)),), wait_s=5)
        assert not session.offer(Frame(image, 1, 0.0), (), wait_s=5)
        assert session.progress.without_part == 1
        session.set_crop(Region((0, 0, 0.5, 0.5)))
        assert session.offer(Frame(image, 2, 0.0), (), wait_s=5)
        session.set_crop(CentreSquare())
        assert session.offer(Frame(image, 3, 0.0), (), wait_s=5)
        session.set_crop(WholeFrame())
        assert session.offer(Frame(image, 4, 0.0), (), wait_s=5)
    sizes = [cv2.imread(str(s.path)).shape[1::-1] for s in store.samples()]
    assert sizes == [(100, 100), (320, 240), (480, 480), (640, 480)]
    assert store.facts(store.ids()[0]).crop == CropRecord("box", (100, 50, 200, 150), (640, 480))
