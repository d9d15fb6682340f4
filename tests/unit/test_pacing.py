"""Looking at every k-th frame, with the tracks between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.test_option_table import box_model
from tests.unit.test_pipeline import ListSink, ListSource
from vision_app.engine.build import build
from vision_app.engine.chain import Chain, composed
from vision_app.engine.consumer import SinkWriter
from vision_app.engine.gating import MotionGate
from vision_app.engine.handover import Policy
from vision_app.engine.memory import Track
from vision_app.engine.pacing import AUTO, Pace, PaceRules, least_overlap, moved
from vision_app.engine.pipeline import Pipeline
from vision_app.engine.request import ModelRequest
from vision_app.errors import ConfigError
from vision_app.results.masks import BoxMask
from vision_app.results.values import Classification, Detections, Frame, Masks, Timings
from vision_app.tasks import TaskOptions

FPS = 10.0
WIDE, HIGH = 320, 180


def found(*boxes: Sequence[float], ids: Sequence[int] | None = None) -> Detections:
    return Detections(
        "m",
        np.array(boxes, np.float32).reshape(-1, 4),
        np.linspace(0.9, 0.6, len(boxes), dtype=np.float32),
        np.zeros(len(boxes), np.int64),
        ("ball",),
        None if ids is None else np.array(ids, np.int64),
    )


# -- which frames --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("every", [2, 3, 7])
def test_every_so_many_frames_are_looked_at(every: int):
    pace = Pace(every)
    assert [turn for turn in range(30) if pace.looks(turn, 3)] == list(range(0, 30, every))


def test_auto_looks_seldom_while_all_is_as_expected_and_often_when_it_is_not():
    pace = Pace(AUTO, fps=40.0, rules=PaceRules(longest_s=0.2))
    looks = []
    for turn in range(200):
        if pace.looks(turn, 3):
            looks.append(turn)
            pace.learn(turn, 0.95 if turn < 100 else 0.3, changed=False)
    gaps = np.diff(looks)
    assert gaps[0] == 1
    assert gaps.max() == 8  # a fifth of a second
    assert gaps[-3:].tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("overlap", "changed", "gap"), [(0.95, False, 5), (0.7, False, 4), (0.5, False, 2), (0.95, True, 2)]
)
def test_what_a_look_shows_moves_the_next_one(overlap: float, changed: bool, gap: int):
    pace = Pace(AUTO)
    for turn in range(3):
        pace.learn(turn - 3, 1.0, changed=False)  # from 1 to 4
    pace.learn(0, overlap, changed=changed)
    looks = [turn for turn in range(10, 40) if pace.looks(turn, 3)]
    assert looks[1] - looks[0] == gap


@settings(max_examples=50, deadline=None)
@given(st.randoms(use_true_random=False))
def test_it_does_not_matter_which_thread_is_faster(random):
    """Frames of those that may be in flight begin in any order, and looks are learnt from as late as that allows."""
    in_flight, turns = 4, 60
    overlaps = [random.random() for _ in range(turns)]

    def looks(order: Sequence[int], late: int) -> list[int]:
        pace, taken = Pace(AUTO), {}
        told = 0
        for turn in order:
            while told <= max(order[: order.index(turn) + 1]) - in_flight + late and told < turn:
                if taken.get(told):
                    pace.learn(told, overlaps[told], changed=False)
                told += 1
            taken[turn] = pace.looks(turn, in_flight)
        return [turn for turn in range(turns) if taken[turn]]

    in_order = list(range(turns))
    swapped = list(in_order)
    for i in range(0, turns - 1, 2):
        if random.random() < 0.5:
            swapped[i], swapped[i + 1] = swapped[i + 1], swapped[i]
    assert looks(in_order, late=0) == looks(swapped, late=0)


def test_models_that_come_in_the_middle_of_a_stream_begin_with_a_look():
    pace = Pace(5)
    assert pace.looks(100_000, 3)
    assert [turn for turn in range(100_001, 100_012) if pace.looks(turn, 3)] == [100_005, 100_010]


# -- where things are ----------------------------------------------------------------------------------------


def test_boxes_move_on_and_say_that_they_are_expected():
    now = moved(found([10, 10, 30, 30], ids=[1]), np.float32([[15, 12, 35, 32]]), (WIDE, HIGH))
    assert isinstance(now, Detections)
    assert now.xyxy.tolist() == [[15, 12, 35, 32]]
    assert now.expected
    assert now.as_record()["detections"][0]["expected"] is True


def test_what_leaves_the_picture_is_left_out_and_what_is_half_in_is_cut():
    boxes = np.float32([[-50, 10, -10, 30], [300, 10, 340, 30]])
    now = moved(found([10, 10, 50, 30], [290, 10, 330, 30], ids=[1, 2]), boxes, (WIDE, HIGH))
    assert now.detections.xyxy.tolist() == [[300, 10, 320, 30]]
    assert now.detections.track_ids.tolist() == [2]
    assert not len(moved(now, np.float32([[-9, -9, -1, -1]]), (WIDE, HIGH)).detections)


def test_a_mask_goes_with_its_box():
    mask = BoxMask(10, 10, np.ones((20, 20), bool))
    result = Masks(found([10, 10, 30, 30], ids=[4]), (mask,))
    now = moved(result, np.float32([[60, 40, 80, 60]]), (WIDE, HIGH))
    assert isinstance(now, Masks)
    (moved_mask,) = now.masks
    assert (moved_mask.left, moved_mask.top, moved_mask.inside.shape) == (60, 40, (20, 20))
    assert now.detections.expected


def test_what_a_classifier_has_said_of_a_box_stays_with_it():
    said = Classification("c", np.float32([0.2, 0.8]), ("cat", "dog"))
    result = replace(found([10, 10, 30, 30], ids=[1]), attached=((said,),))
    now = moved(result, np.float32([[20, 20, 40, 40]]), (WIDE, HIGH))
    assert now.detections.attached == ((said,),)
    assert now.detections.xyxy.tolist() == [[20, 20, 40, 40]]


@pytest.mark.parametrize(
    ("ids", "boxes", "overlap", "changed"),
    [
        ([1, 2], [[0, 0, 10, 10], [50, 50, 60, 60]], 1.0, False),
        ([1, 2], [[0, 0, 10, 10], [50, 50, 60, 55]], 0.5, False),
        ([1], [[0, 0, 10, 10]], 1.0, True),
        ([1, 2, -1], [[0, 0, 10, 10], [50, 50, 60, 60], [90, 90, 99, 99]], 1.0, True),
        ([], [], 1.0, True),
    ],
    ids=["as expected", "half", "one is gone", "one is new", "all are gone"],
)
def test_how_well_objects_were_expected(ids, boxes, overlap, changed):
    expected = np.float32([[0, 0, 10, 10], [50, 50, 60, 60]])
    told = least_overlap(np.array([1, 2]), expected, found(*boxes, ids=ids))
    assert told == (pytest.approx(overlap), changed)


# -- in a run ------------------------------------------------------------------------------------------------


class Ball:
    """A detector of the one thing that is brighter than the ground; counts its looks."""

    name, task, provider, fell_back_from = "m", "detect", "CPUExecutionProvider", None
    labels, finds_boxes = ("ball",), True

    def __init__(self) -> None:
        self.looks: list[int] = []

    def run(self, flow) -> None:
        self.looks.append(flow.frame.index)
        rows, columns = np.nonzero(flow.image[..., 0] > 100)
        box = [[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]] if len(rows) else []
        flow.result = found(*box)
        flow.timings = Timings(infer_s=0.001)


class BallChain(Chain):
    """A chain with the ball's detector in it, which is no file."""

    def __init__(self, ball: Ball, pace: Pace | None) -> None:
        self.ball = ball
        super().__init__([ball, Track(FPS)], "m", pace)


@pytest.fixture(autouse=True)
def _models_without_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vision_app.engine.chain._models", lambda steps: [steps[0]])


def film(count: int = 60, **more) -> list[Frame]:
    """A ball that rolls from left to right, four pixels a frame."""
    frames = []
    for i in range(count):
        image = np.zeros((HIGH, WIDE, 3), np.uint8)
        left = 10 + 4 * i
        image[60:90, left : left + 30] = 200
        frames.append(Frame(image, i, i / FPS, i / FPS, "s", **more))
    return frames


def run(frames, chain, workers=2, **more):
    sink = ListSink()
    pipeline = Pipeline(
        ListSource(frames), [chain], SinkWriter([sink]), Policy.EVERY, workers=workers, **more
    )
    pipeline.start()
    assert pipeline.join(20)
    return sink.packets, pipeline


def test_the_boxes_between_are_where_the_ball_is():
    ball = Ball()
    packets, pipeline = run(film(), BallChain(ball, Pace(3, FPS)))
    assert sorted(ball.looks) == list(range(0, 60, 3))
    assert [p.looked for p in packets] == [i % 3 == 0 for i in range(60)]
    assert [p.results[0].expected for p in packets] == [i % 3 != 0 for i in range(60)]
    assert {int(p.results[0].track_ids[0]) for p in packets[6:]} == {1}
    lefts = [float(p.results[0].xyxy[0, 0]) for p in packets[15:]]
    assert np.abs(np.array(lefts) - (10 + 4 * np.arange(15, 60))).max() < 2
    assert (pipeline.stats.expected, pipeline.stats.rested) == (40, 0)
    assert pipeline.stats.stages["infer"].count == 20
    assert pipeline.stats.spared == pytest.approx(2 / 3)


def test_without_a_pace_every_frame_is_looked_at():
    ball = Ball()
    packets, _ = run(film(20), BallChain(ball, None))
    assert sorted(ball.looks) == list(range(20))
    assert not any(p.results[0].expected for p in packets)


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_auto_gives_the_same_each_time(workers: int):
    runs = []
    for _ in range(3):
        packets, _ = run(film(), BallChain(Ball(), Pace(AUTO, FPS)), workers)
        runs.append([(p.looked, p.results[0].xyxy.tolist()) for p in packets])
    assert runs[0] == runs[1] == runs[2]
    assert 0.3 < np.mean([looked for looked, _ in runs[0]]) < 0.9


def test_after_a_jump_the_first_frame_is_looked_at():
    ball = Ball()
    frames = film(7) + [replace(f, epoch=2, index=f.index + 7) for f in film(7)]
    packets, _ = run(frames, BallChain(ball, Pace(5, FPS)))
    assert sorted(ball.looks) == [0, 5, 7, 10]  # the ninth frame of all, 8, has something to go by again
    assert not packets[7].results[0].expected
    assert float(packets[7].results[0].xyxy[0, 0]) == 10


def test_a_frame_that_is_looked_at_again_is_looked_at():
    chain = BallChain(Ball(), Pace(5, FPS))
    frame = replace(film(3)[1], turn=1)
    assert chain.spares(frame, 3)
    assert not chain.spares(replace(frame, again=True, turn=2), 3)


def test_what_has_changed_while_all_rested_is_looked_at_at_once():
    ball = Ball()
    still = [replace(film(1)[0], index=i, captured_s=i / FPS, position_s=i / FPS) for i in range(31)]
    rolling = [replace(f, index=f.index + 31, position_s=(f.index + 31) / FPS) for f in film(20)[5:]]
    _, pipeline = run([*still, *rolling], BallChain(ball, Pace(20, FPS)), workers=1, gate=MotionGate())
    assert pipeline.stats.rested > 20
    assert rolling[0].index in ball.looks


def test_each_stream_has_a_pace_of_its_own():
    chain = BallChain(Ball(), Pace(4, FPS))
    assert not chain.spares(film(1)[0], 3)
    other = Chain.for_stream(chain)
    assert not other.spares(film(1)[0], 3)


def test_times_that_stand_still_are_counted_in_frames():
    chain = BallChain(Ball(), Pace(3, FPS))
    lefts = []
    for frame in [replace(frame, position_s=0.0, turn=i) for i, frame in enumerate(film(30))]:
        told = chain.coast(frame) if chain.spares(frame, 1) else None
        result, _ = told or chain.follow(chain.begin(frame), frame)
        lefts.append(float(result.xyxy[0, 0]))
    assert np.abs(np.array(lefts[15:]) - (10 + 4 * np.arange(15, 30))).max() < 4


class Restless:
    """A memory that has to see every frame."""

    name = "restless"

    def start(self):
        return None

    def recall(self, state, flow):
        return None

    def remember(self, state, flow):
        return None


def test_a_chain_that_remembers_more_has_to_look_at_every_frame():
    with pytest.raises(ConfigError, match="m has to look at every frame"):
        Chain([Ball(), Restless(), Track(FPS)], "m", Pace(2))
    assert Chain([Ball(), Track(FPS)], "m", Pace(2)).remembers


@pytest.mark.parametrize(("track", "spared"), [(True, True), (False, False)])
def test_only_with_tracks_a_frame_is_spared(tmp_path, track: bool, spared: bool):
    file = box_model(tmp_path)
    request = ModelRequest.of(file, {"track": track, "detect_every": 3})
    predictor = composed(
        build(request).model,
        TaskOptions(),
        classifier=None,
        track=track,
        sliced=True,
        detect_every=3,
        fps=FPS,
    )
    assert isinstance(predictor, Chain)
    assert predictor.spares(replace(film(2)[1], turn=1), 3) is spared
