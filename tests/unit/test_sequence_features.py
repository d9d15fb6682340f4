"""Landmarks over time as numbers: what changes them, and what must not."""

from collections.abc import Callable

import numpy as np
import pytest

from vision_app.results.skeletons import named_skeleton
from vision_app.results.values import Detections, Keypoints
from vision_app.sequences.features import FEATURE_SETS, HOLD_S, mirrored
from vision_app.sequences.layouts import HAND_WIDTH, NO_SIDES, body_row, hands_row
from vision_app.sequences.recorded import Recorded, has_features, sequence_of
from vision_app.sequences.resampling import resampled
from vision_app.sequences.sequence import Sequence

WH = (640, 480)
RNG = np.random.default_rng(4)
HAND = RNG.normal([0, -40], 30, (21, 2))
HAND[0] = 0
BODY = RNG.normal([0, 100], 60, (33, 2))
BODY[[0, 11, 12]] = [[0, -60], [50, 0], [-50, 0]]


def hands(points: list[np.ndarray], labels: list[str], tracks: list[int] | None = None) -> Keypoints:
    n, names = len(points), ("left hand", "right hand")
    found = Detections(
        "hands",
        np.zeros((n, 4), np.float32),
        np.linspace(0.9, 0.8, n).astype(np.float32),
        np.array([names.index(label) for label in labels], np.int64),
        names,
        None if tracks is None else np.array(tracks, np.int64),
    )
    xyc = np.ones((n, 21, 3), np.float32)
    for i, p in enumerate(points):
        xyc[i, :, :2] = p
    return Keypoints(found, xyc, named_skeleton("hand-21"))


def body(points: np.ndarray) -> Keypoints:
    found = Detections(
        "body", np.zeros((1, 4), np.float32), np.ones(1, np.float32), np.zeros(1, np.int64), ("person",)
    )
    xyc = np.ones((1, 33, 3), np.float32)
    xyc[0, :, :2] = points
    return Keypoints(found, xyc, named_skeleton("body-33"))


def circle(time_s: float) -> np.ndarray:
    return 60 * np.array([np.cos(4 * time_s), np.sin(4 * time_s)])


def recorded(
    change: Callable[[np.ndarray], np.ndarray] = lambda p: p,
    *,
    rate_hz: float = 30.0,
    labels: tuple[str, str] = ("right hand", "left hand"),
    wh: tuple[int, int] = WH,
    in_mirror: bool = False,
) -> Recorded:
    """Two hands, of which one goes round, before a body that nods."""
    times = np.arange(int(1.5 * rate_hz) + 1) / rate_hz
    rows: dict[str, list[np.ndarray]] = {"hands": [], "body": []}
    sides = NO_SIDES
    for time_s in times:
        moving, still = HAND + circle(time_s) + [200, 250], HAND * [-1, 1] + [420, 300]
        found = hands([change(moving), change(still)], list(labels), [1, 2])
        sides, row = hands_row(sides, found, wh, mirrored=in_mirror)
        rows["hands"].append(row)
        rows["body"].append(
            body_row(body(change(np.add(BODY, [300, 150 + 20 * np.sin(3 * time_s)]))), wh, mirrored=in_mirror)
        )
    return Recorded(times, {name: np.stack(r) for name, r in rows.items()})


def both(changed: Recorded) -> Sequence:
    return sequence_of(changed, "hands+body", "wave", "one")


def test_place_and_size_do_not_matter() -> None:
    plain = both(recorded())
    assert plain.values.shape == (46, FEATURE_SETS["hands+body"].width)
    assert plain.present.all()
    for change in (lambda p: np.add(p, [30, -20]), lambda p: p * 0.5 + 100):
        np.testing.assert_allclose(both(recorded(change)).values, plain.values, atol=2e-4)
    larger = both(recorded(lambda p: p * 2, wh=(1280, 960)))
    np.testing.assert_allclose(larger.values, plain.values, atol=2e-4)


def test_the_way_that_a_hand_takes_stays() -> None:
    values = sequence_of(recorded(), "hands").values
    right = values[:, 43:86]
    assert np.ptp(right[:, -2:], axis=0).min() > 0.5  # the circle, in units of the hand
    left = values[:, :43]
    np.testing.assert_allclose(left[:, -2:], 0, atol=1e-5)
    turned = sequence_of(recorded(lambda p: p @ np.array([[0.0, 1.0], [-1.0, 0.0]])), "hands").values
    assert np.abs(turned - values).max() > 0.5, "a hand that points elsewhere is another movement"


def test_standing_elsewhere_is_forgotten() -> None:
    times = np.arange(300) / 30
    sides, rows = NO_SIDES, []
    for time_s in times:
        at = [200, 200] if time_s < 2 else [320, 240]
        sides, row = hands_row(sides, hands([HAND + at], ["left hand"], [1]), WH)
        rows.append(row)
    path = sequence_of(Recorded(times, {"hands": np.stack(rows)}), "hands").values[:, 41:43]
    assert np.abs(path[60:65]).max() > 1
    assert np.abs(path[-1]).max() < 0.05


def test_a_mirror_shows_the_other_hand() -> None:
    plain = both(recorded())
    in_mirror = both(
        recorded(lambda p: p * [-1, 1] + [640, 0], labels=("left hand", "right hand"))
    )  # the body's names change sides as well: done here by the network that would see it
    mirror = mirrored(plain)
    assert mirror is not None
    np.testing.assert_allclose(mirror.values[:, :89], in_mirror.values[:, :89], atol=2e-4)
    again = mirrored(mirror)
    assert again is not None
    np.testing.assert_array_equal(again.values, plain.values)
    assert np.abs(mirror.values - plain.values).max() > 0.5
    table = Sequence(plain.values, plain.times_s, plain.present, features="table:116")
    assert mirrored(table) is None


def test_a_frame_seen_as_in_a_mirror_gives_what_the_camera_saw() -> None:
    order = [int(i) for i in np.argsort(range(33))]
    names = named_skeleton("body-33").names
    for i, name in enumerate(names):
        swapped = name.replace("left", "*").replace("right", "left").replace("*", "right")
        order[i] = names.index(swapped)

    def change(points: np.ndarray) -> np.ndarray:
        flipped = points * [-1, 1] + [640, 0]
        return flipped[order] if len(flipped) == 33 else flipped

    seen = recorded(change, in_mirror=True)
    plain = recorded()
    np.testing.assert_allclose(seen.tracks["hands"], plain.tracks["hands"], atol=1e-5)
    np.testing.assert_allclose(seen.tracks["body"], plain.tracks["body"], atol=1e-5)


@pytest.mark.parametrize("rate_hz", [15.0, 60.0])
def test_any_rate_of_frames_gives_the_same_features(rate_hz: float) -> None:
    at_30 = resampled(both(recorded()), 15)
    other = resampled(both(recorded(rate_hz=rate_hz)), 15)
    np.testing.assert_allclose(other.values, at_30.values, atol=0.06)


def test_a_hand_that_is_lost_for_a_moment_is_held() -> None:
    whole = recorded()
    tracks = {"hands": whole.tracks["hands"].copy()}
    lost = (whole.times_s > 0.5) & (whole.times_s < 1.2)
    tracks["hands"][lost] = 0
    made = sequence_of(Recorded(whole.times_s, tracks), "hands")
    assert (made.present == ~lost).all()
    first = int(np.flatnonzero(lost)[0])
    assert made.values[first, 0] == 0
    np.testing.assert_array_equal(made.values[first, 1:43], made.values[first - 1, 1:43])
    late = lost & (whole.times_s > 0.5 + HOLD_S + 0.04)
    assert late.any()
    assert not made.values[late].any()
    assert np.abs(made.values[np.flatnonzero(lost)[-1] + 1, 84:86]).max() > 0.01, "the path goes on"


def test_a_hand_keeps_its_side_through_a_wrong_frame() -> None:
    sides, slots = NO_SIDES, []
    for i in range(10):
        label = "left hand" if i == 6 else "right hand"
        sides, row = hands_row(sides, hands([HAND + 200], [label], [7]), WH)
        slots.append((row[0], row[HAND_WIDTH]))
    assert slots == [(0.0, 1.0)] * 10


def test_nobody_has_two_left_hands() -> None:
    _, row = hands_row(NO_SIDES, hands([HAND + 200, HAND + 300], ["left hand", "left hand"]), WH)
    assert (row[0], row[HAND_WIDTH]) == (1, 1)
    np.testing.assert_allclose(row[1:3], (HAND[0] + 200) / 480, atol=1e-6)  # the surer one keeps its name


def test_what_can_be_made_of_a_recording() -> None:
    tracks = {"hands": np.zeros((3, 128), np.float32), "embedding:m@1": np.ones((3, 4), np.float32)}
    one = Recorded(np.arange(3.0), tracks)
    assert [has_features(one.tracks, f) for f in ("hands", "body", "hands+body", "m@1", "m@2", "table:4")] == [
        True, False, False, True, False, False,
    ]  # fmt: skip
    assert sequence_of(one, "m@1").values.shape == (3, 4)
    assert one.seen == 1.0
    assert Recorded(np.arange(3.0), {"hands": tracks["hands"]}).seen == 0.0
    part = one.part(0.5, 5)
    assert part is not None
    assert len(part) == 2
    assert one.part(5, 6) is None


@pytest.mark.parametrize(
    ("times", "tracks", "message"),
    [
        (np.zeros(0), {"hands": np.zeros((0, 128), np.float32)}, "times"),
        (np.array([0.0, 0.0]), {"hands": np.zeros((2, 128), np.float32)}, "rise"),
        (np.arange(2.0), {}, "landmarks"),
        (np.arange(2.0), {"hands": np.zeros((2, 127), np.float32)}, "hands: expected"),
        (np.arange(2.0), {"hands": np.full((2, 128), np.nan, np.float32)}, "no finite number"),
    ],
)
def test_wrong_recordings_are_refused(times: np.ndarray, tracks: dict[str, np.ndarray], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Recorded(times, tracks)
