"""What was seen when: spans, what counts as seen, files of results, the page."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision_app.errors import ConfigError
from vision_app.results.affine import Affine
from vision_app.results.maps import ClassMap
from vision_app.results.values import Classification, Detections, Result
from vision_app.timeline.lanes import Lane, LaneKey, Seen, Timeline
from vision_app.timeline.page import PageOptions, PlayedVideo, page_of
from vision_app.timeline.reading import read_timeline
from vision_app.timeline.seen import seen_in, seen_in_record

CUP = Seen("m", "cup", 0.9)


def classified(share: float, **more: object) -> Classification:
    shares = np.array([share, 1 - share], np.float32)
    return Classification("c", shares, ("cup", "none"), **more)  # type: ignore[arg-type]


def detected(**more: object) -> Detections:
    boxes = np.array([[0, 0, 5, 5], [1, 1, 6, 6], [2, 2, 7, 7]], np.float32)
    scores, ids = np.array([0.9, 0.8, 0.4], np.float32), np.array([0, 1, 1], np.int64)
    return Detections("d", boxes, scores, ids, ("person", "dog"), **more)  # type: ignore[arg-type]


RESULTS: dict[str, tuple[Result, list[Seen]]] = {
    "sure": (classified(0.75), [Seen("c", "cup", 0.75)]),
    "unsure": (Classification("c", np.array([0.4, 0.35, 0.25], np.float32), ("a", "b", "c")), []),
    "below what it knows": (classified(0.75, reject_below=0.9), []),
    "none of its classes": (classified(0.25, background=1), []),
    "objects": (
        detected(track_ids=np.array([4, -1, 7])),
        [Seen("d", "person", 0.9, 4), Seen("d", "dog", 0.8), Seen("d", "dog", 0.4, 7)],
    ),
    "what is attached": (
        detected().with_attached([classified(0.75), classified(0.75, reject_below=0.9), classified(0.45)]),
        [
            Seen("d", "person", 0.9),
            Seen("c", "cup", 0.75),
            Seen("d", "dog", 0.8),
            Seen("d", "dog", 0.4),
            Seen("c", "none", 0.55),
        ],
    ),
    "a map": (
        ClassMap(
            "s",
            np.repeat(np.array([[0, 1]], np.uint8), [70, 30], axis=1),
            ("background", "road"),
            Affine.scale(1, 1),
            background=0,
        ),
        [Seen("s", "road", 0.3)],
    ),
}


@pytest.mark.parametrize("name", RESULTS)
def test_what_counts_as_seen_live_and_in_a_file(name: str) -> None:
    result, wanted = RESULTS[name]
    for found in (seen_in(result), seen_in_record(json.loads(json.dumps(result.as_record())))):
        rounded = [one._replace(score=round(one.score, 5)) for one in found]
        assert rounded == wanted


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 5)), min_size=1, max_size=25),
    st.integers(0, 4),
)
def test_spans_are_those_of_the_definition(times: list[tuple[int, int]], gap: int) -> None:
    """Two moments are of one span if a chain of times, each within the gap of the next, leads from one to the other."""
    lane = Lane(LaneKey("", "m", "cup"))
    for start, length in times:
        lane.extend(start, start + length, 0.5, 0, gap)
    wanted: list[list[int]] = []
    for start, end in sorted((start, start + length) for start, length in times):
        if wanted and start <= wanted[-1][1] + gap:
            wanted[-1][1] = max(wanted[-1][1], end)
        else:
            wanted.append([start, end])
    assert [[s.start_s, s.end_s] for s in lane.spans] == wanted


def test_seconds_frames_objects_and_most_at_once() -> None:
    timeline = Timeline()
    for frame in range(20):
        seen = [CUP._replace(track_id=1), CUP._replace(track_id=2 + frame)] if frame < 10 else []
        timeline.add("clip", frame * 0.1, frame, seen)
    (lane,) = timeline.lanes()
    assert lane.seconds == pytest.approx(1.0)  # until the frame that shows it no more
    assert (lane.frames, lane.most, lane.tracks) == (10, 2, 11)
    assert timeline.bounds() == (0.0, pytest.approx(1.9))


def test_a_clip_that_plays_again_or_is_wound_back_counts_once() -> None:
    timeline = Timeline()
    for start in (0, 0, 5):
        for frame in range(start, 10):
            timeline.add("clip", frame * 0.5, frame, [CUP])
    (lane,) = timeline.lanes()
    assert [(s.start_s, s.end_s) for s in lane.spans] == [(0.0, 4.5)]


def test_a_lane_does_not_grow_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vision_app.timeline.lanes._MOST_SPANS", 10)
    lane = Lane(LaneKey("", "m", "cup"))
    for at in range(100):
        lane.extend(at * 10, at * 10, 0.5, at, 1.0)
    assert len(lane.spans) == 10
    assert (lane.spans[0].start_s, lane.spans[-1].end_s) == (0, 990)


def line(**more: object) -> str:
    record = {
        "frame": 0,
        "source": "a.mp4",
        "time_s": 0.0,
        "file": None,
        "results": [RESULTS["sure"][0].as_record()],
    }
    return json.dumps({**record, **more}) + "\n"


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "results.jsonl"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds no frame"),
        ("not JSON\n", "line 1 is no JSON"),
        (line() + "[]\n", "line 2 is no JSON object"),
        (line() + "{}\n", "line 2 is no line of results"),
        (line(time_s=float("nan")), "line 1 is no JSON"),
        (line(time_s="now"), "line 1 is no line of results"),
        (line(time_s=1e300), "line 1 is no line of results"),
        (line(results=[{"model": "m", "detections": [{"label": "x"}]}]), "line 1 is no line of results"),
        ("[" * 100_000 + "\n", "line 1 is no JSON"),
    ],
)
def test_what_is_no_file_of_results_is_said(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        read_timeline(write(tmp_path, text))


def test_a_line_that_was_cut_off_is_left_out_and_said(tmp_path: Path) -> None:
    told = read_timeline(write(tmp_path, line() + line(time_s=0.5)[:40]))
    assert told.truncated
    assert told.timeline.frames == 1


def test_pictures_and_events_have_a_place_of_their_own(tmp_path: Path) -> None:
    told = read_timeline(write(tmp_path, line(file="a.jpg") + line(file="b.jpg")))
    assert told.files == ["a.jpg", "b.jpg"]
    assert told.timeline.bounds() == (0.0, 1.0)
    event = {
        "rule": "door",
        "kind": "crossed",
        "stream": "yard",
        "time_s": 1.8e9,
        "label": "person",
        "track": 3,
    }
    told = read_timeline(write(tmp_path, json.dumps(event) + "\n"))
    assert told.by_clock
    assert told.timeline.lanes()[0].key == LaneKey("yard", "door", "person crossed")


def test_the_page_holds_all_of_it_and_runs_nothing_that_a_label_says(tmp_path: Path) -> None:
    evil = "</script><script>alert(1)</script>{{DATA}}"
    record = {"model": "m", "detections": [{"label": evil, "score": 0.9}]}
    told = read_timeline(write(tmp_path, line(results=[record]) + line(time_s=0.5, results=[record])))
    page = page_of(told, PageOptions(evil, videos={"a.mp4": PlayedVideo("annotated.mp4")}))
    assert page.count("<script") == 2
    assert "alert(1)</script>" not in page
    data = json.loads(re.findall(r'type="application/json">(.*?)</script>', page, re.S)[0])
    (source,) = data["sources"]
    assert source["video"] == "annotated.mp4"
    assert source["lanes"][0]["label"] == evil
    assert source["lanes"][0]["spans"] == [[0.0, 0.5, 0.9]]


def test_the_page_speaks_korean_and_knows_its_own_names(tmp_path: Path) -> None:
    told = read_timeline(write(tmp_path, line()))
    page = page_of(told, PageOptions("t", language="ko", names={"cup": "컵"}))
    assert '<html lang="ko">' in page
    assert '"label":"컵"' in page
    assert "언제 무엇이 보였나" in page
