"""Rules of a site: lines, zones, presence, movements, by properties and by hand."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision_app.site.geometry import crossing, inside
from vision_app.site.rules.base import Happening, Rule, Wanted
from vision_app.site.rules.line import Line
from vision_app.site.rules.movement import Moves
from vision_app.site.rules.presence import Presence
from vision_app.site.rules.zone import Zone
from vision_app.site.scene import Movement, Scene, SeenObject

STEP_S = 0.1
LEVEL = Line(name="door", begins=(0.0, 0.5), ends=(1.0, 0.5))
SQUARE = ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75))


def at(x: float, y: float, track: int | None = 1, label: str = "person", score: float = 0.9) -> SeenObject:
    """An object whose feet are at a point."""
    return SeenObject("m", label, score, track, (x - 0.05, y - 0.1, x + 0.05, y))


def run(rule: Rule, scenes: list[Scene], state: Any = None) -> tuple[Any, list[Happening]]:
    """All scenes; gives the last state and everything that happened."""
    state, happened = rule.start() if state is None else state, []
    for scene in scenes:
        state, new = rule.step(state, scene)
        happened += new
    return state, happened


def walk(points: list[tuple[float, float]], track: int = 1, start_s: float = 0.0) -> list[Scene]:
    """One object that goes from point to point, a step a tenth of a second."""
    return [Scene(start_s + i * STEP_S, (at(x, y, track),), aspect=1.0) for i, (x, y) in enumerate(points)]


def smooth(stops: list[float], steps: int) -> list[float]:
    """A path through stops, in steps."""
    path = [stops[0]]
    for before, after in itertools.pairwise(stops):
        path += [before + (after - before) * (i + 1) / steps for i in range(steps)]
    return path


@given(
    st.integers(0, 12),
    st.integers(1, 7),
    st.booleans(),
    st.floats(0.05, 0.95),
    st.floats(0.03, 0.4),
)
def test_a_track_that_crosses_n_times_counts_n(
    n: int, steps: int, upwards: bool, x: float, swing: float
) -> None:
    sign = 1 if upwards else -1
    ys = smooth([0.5 + sign * swing * (-1) ** i for i in range(n + 1)], steps)
    state, happened = run(LEVEL, walk([(x, y) for y in ys]))
    down = (n + upwards) // 2 if not upwards else n // 2
    assert len(happened) == n
    assert state.into + state.out == n
    assert abs(state.into - state.out) <= 1
    assert state.into == (down if upwards else (n + 1) // 2)


@given(st.lists(st.floats(-0.019, 0.019), max_size=60))
def test_what_trembles_on_the_line_is_not_counted(offsets: list[float]) -> None:
    path = [(0.5, 0.4), *((0.5, 0.5 + d) for d in offsets), (0.5, 0.4)]
    assert run(LEVEL, walk(path))[1] == []


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=40))
def test_the_reverse_line_swaps_in_and_out(points: list[tuple[float, float]]) -> None:
    back = Line(name="door", begins=LEVEL.ends, ends=LEVEL.begins)
    # a point exactly on the line lies to the right of both, so it is left out
    scenes = walk([p for p in points if p[1] != 0.5 and abs(p[1] - 0.5) != LEVEL.margin])
    one, other = run(LEVEL, scenes)[0], run(back, scenes)[0]
    assert (one.into, one.out) == (other.out, other.into)


def test_who_walks_around_the_end_of_a_line_is_not_counted() -> None:
    short = Line(name="door", begins=(0.4, 0.5), ends=(0.6, 0.5))
    around = [(0.5, 0.4), (0.8, 0.45), (0.8, 0.55), (0.5, 0.6)]
    assert run(short, walk(around))[1] == []
    assert len(run(short, walk([(0.5, 0.4), (0.5, 0.6)]))[1]) == 1


def test_who_was_first_seen_near_the_line_has_not_crossed_it() -> None:
    assert run(LEVEL, walk([(0.5, 0.49), (0.5, 0.6)]))[1] == []
    assert len(run(LEVEL, walk([(0.5, 0.49), (0.5, 0.6), (0.5, 0.4)]))[1]) == 1


def test_a_line_counts_what_it_is_told_to_and_says_who() -> None:
    line = Line(name="door", begins=(0, 0.5), ends=(1, 0.5), wanted=Wanted(("person",), 0.5, "m", "centre"))
    scenes = [
        Scene(i * STEP_S, (at(0.3, y, 1), at(0.6, y, 2, "dog"), at(0.7, y, 3, score=0.4)), aspect=1.0)
        for i, y in enumerate((0.4, 0.5, 0.7))
    ]
    (one,) = run(line, scenes)[1]
    assert (one.kind, one.label, one.track, one.values) == (
        "crossed",
        "person",
        1,
        {"direction": "in", "in": 1, "out": 0},
    )
    assert one.time_s == pytest.approx(0.2)


def test_a_gap_keeps_the_counts_and_forgets_where_everybody_was() -> None:
    state, _ = run(LEVEL, walk([(0.5, 0.4), (0.5, 0.6)]))
    state = LEVEL.broken(state)
    state, happened = run(LEVEL, walk([(0.5, 0.4)], start_s=0.0), state)
    assert (state.into, state.out, happened) == (1, 0, [])


def test_an_object_that_was_away_for_long_has_crossed_nothing() -> None:
    late = [Scene(0.0, (at(0.5, 0.4),)), Scene(10.0, (at(0.5, 0.6),))]
    assert run(LEVEL, late)[1] == []


@given(st.tuples(st.floats(-1, 2), st.floats(-1, 2)))
def test_a_point_is_in_a_square_if_it_is_between_its_sides(point: tuple[float, float]) -> None:
    x, y = point
    assert inside(point, SQUARE) == (0.25 <= x < 0.75 and 0.25 <= y < 0.75)


@given(st.tuples(st.floats(0, 1), st.floats(0, 1)), st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_going_back_is_the_crossing_in_the_other_direction(
    one: tuple[float, float], other: tuple[float, float]
) -> None:
    line = (0.2, 0.1), (0.7, 0.9)
    assert crossing(one, other, *line) == -crossing(other, one, *line)


@pytest.mark.slow
@given(st.lists(st.booleans(), max_size=80), st.integers(0, 5))
def test_who_has_entered_and_not_left_is_in_the_zone(stays: list[bool], settle: int) -> None:
    zone = Zone(name="till", polygon=SQUARE, settle_s=settle * STEP_S)
    state, happened = run(zone, walk([(0.5, 0.5 if is_in else 0.1) for is_in in stays]))
    kinds = [one.kind for one in happened]
    assert kinds == ["entered", "left"] * (len(kinds) // 2) + ["entered"] * (len(kinds) % 2)
    assert state.now == len(kinds) % 2
    assert (state.entered, state.left) == (kinds.count("entered"), kinds.count("left"))


def test_a_zone_tells_when_somebody_came_how_long_he_stayed_and_when_he_left() -> None:
    zone = Zone(name="till", polygon=SQUARE, settle_s=0.2, dwell_s=1.0)
    path = [(0.1, 0.1)] * 3 + [(0.5, 0.5)] * 20 + [(0.1, 0.1)] * 5
    _, happened = run(zone, walk(path))
    assert [(one.kind, round(one.time_s, 3)) for one in happened] == [
        ("entered", 0.3),
        ("dwelt", 1.3),
        ("left", 2.3),
    ]
    assert happened[2].values == {"now": 0, "dwell_s": 2.0, "seen_out": True}


def test_the_time_in_a_zone_counts_from_the_first_frame_of_a_clip() -> None:
    zone = Zone(name="till", polygon=SQUARE, settle_s=0.0)
    _, happened = run(zone, walk([(0.5, 0.5)] * 10 + [(0.1, 0.1)]))
    assert happened[1].values["dwell_s"] == pytest.approx(1.0)


def test_the_edge_of_a_zone_makes_no_events() -> None:
    zone = Zone(name="till", polygon=SQUARE, settle_s=0.3)
    trembling = [(0.5, 0.5)] * 5 + [(0.5, 0.76), (0.5, 0.74)] * 20 + [(0.5, 0.5)] * 5
    assert [one.kind for one in run(zone, walk(trembling))[1]] == ["entered"]


def test_who_is_no_longer_seen_has_left() -> None:
    zone = Zone(name="till", polygon=SQUARE, settle_s=0.0, forget_s=1.0)
    scenes = [*walk([(0.5, 0.5)] * 5), Scene(1.0), Scene(1.5)]
    state, happened = run(zone, scenes)
    assert [one.kind for one in happened] == ["entered", "left"]
    assert happened[1].values == {"now": 0, "dwell_s": 0.4, "seen_out": False}
    assert state.guests == {}


def test_two_in_a_zone_are_two() -> None:
    zone = Zone(name="till", polygon=SQUARE, settle_s=0.0)
    state, _ = run(zone, [Scene(0.0, (at(0.4, 0.5, 1), at(0.6, 0.5, 2), at(0.5, 0.5, None)))])
    assert (state.now, zone.shape(state).title) == (2, "till  2")


def presence_kinds(seen: str, **more: Any) -> list[tuple[str, float]]:
    """What is told of somebody who is there where the text has an x, a tenth of a second each."""
    rule = Presence(name="p", wanted=Wanted(("person",)), **more)
    scenes = [Scene(i * STEP_S, (at(0.5, 0.5, None),) if c == "x" else ()) for i, c in enumerate(seen)]
    return [(one.kind, round(one.time_s, 3)) for one in run(rule, scenes)[1]]


def test_something_appears_stays_and_goes() -> None:
    told = presence_kinds("..xxxxxxxxxx............", appears_s=0.3, stays_s=0.8, leaves_s=0.5)
    assert told == [("appeared", 0.2), ("stayed", 1.0), ("gone", 1.1)]


def test_a_flash_is_nothing_and_a_gap_is_no_end() -> None:
    assert presence_kinds("..xx......xx....", appears_s=0.3) == []
    assert presence_kinds("xx.xx.xx.x..x..xxxx", appears_s=0.3, leaves_s=0.5) == [("appeared", 0.0)]


@given(st.text("x.", max_size=100))
def test_what_appears_goes_before_it_appears_again(seen: str) -> None:
    kinds = [kind for kind, _ in presence_kinds(seen, appears_s=0.2, leaves_s=0.2, stays_s=0.4)]
    told = "".join({"appeared": "a", "stayed": "s", "gone": "g"}[kind] for kind in kinds)
    assert not {"aa", "gg", "ss", "as" * 2, "gs"} & {told[i : i + 2] for i in range(len(told) - 1)}
    assert told[:1] in ("", "a")


def test_so_many_at_once_in_a_zone() -> None:
    rule = Presence(name="queue", wanted=Wanted(("person",)), polygon=SQUARE, at_least=2, appears_s=0.0)
    one, two = at(0.4, 0.5, None), at(0.6, 0.5, None)
    outside = at(0.9, 0.9, None)
    assert run(rule, [Scene(0.0, (one, outside))])[1] == []
    (told,) = run(rule, [Scene(0.0, (one, outside, two))])[1]
    assert (told.kind, told.values) == ("appeared", {"count": 2})


def test_what_is_said_of_the_whole_picture_can_appear_too() -> None:
    rule = Presence(name="cat", wanted=Wanted(("cat",), 0.6), appears_s=0.0)
    assert run(rule, [Scene(0.0, answers={"cat": 0.5, "dog": 0.9})])[1] == []
    (told,) = run(rule, [Scene(0.0, answers={"cat": 0.7})])[1]
    assert (told.label, told.score) == ("cat", 0.7)


def test_a_movement_is_told_once() -> None:
    rule = Moves(name="wave", labels=("wave",), score=0.5, pause_s=1.0)
    done = [Movement("wave", 0.9, 1.0, 2.0), Movement("jump", 0.9, 1.0, 2.0), Movement("wave", 0.4, 1.0, 2.0)]
    again = Movement("wave", 0.9, 2.5, 3.5), Movement("wave", 0.9, 4.0, 5.0)
    scenes = [
        Scene(2.0, movements=tuple(done)),
        Scene(3.5, movements=again[:1]),
        Scene(5.0, movements=again[1:]),
    ]
    told = run(rule, scenes)[1]
    assert [(one.kind, one.label, one.time_s) for one in told] == [
        ("moved", "wave", 2.0),
        ("moved", "wave", 5.0),
    ]
