"""What a live session spares its models: pictures in which nothing changes, and every k-th look."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.live import Bench, box_model, live_session
from vision_app.cards import lookup
from vision_app.engine.request import ModelRequest


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    made = Bench(monkeypatch)
    yield made
    made.release()


@pytest.fixture
def boxes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv(lookup.MODELS_VARIABLE, str(tmp_path))
    return box_model(tmp_path)


def stats(session):
    return session._sources.running.pipeline.stats


def wait(condition, meanwhile=lambda: None) -> None:
    """Wait without the lock of what a session tells, for the condition takes that of the session."""
    deadline_s = time.perf_counter() + 20
    while not condition():
        assert time.perf_counter() < deadline_s
        meanwhile()
        time.sleep(0.01)


def feed(device, until) -> None:
    """Show the same picture again and again."""
    wait(until, lambda: device.show(50))


@pytest.mark.slow
def test_a_still_camera_costs_no_inference_once_it_is_asked_for(bench: Bench, boxes: str) -> None:
    with live_session() as (session, told):
        session.add_model(ModelRequest(boxes))
        session.open("fake:camera")
        device = bench.device("camera")
        feed(device, lambda: told.picture is not None and stats(session).frames > 10)
        assert stats(session).rested == 0
        assert session.figures().spared == 0
        session.set_gate(on=True)
        feed(device, lambda: stats(session).rested > 30)
        assert session.figures().spared > 0
        assert session.newest()[1][0].detections.xyxy.shape == (1, 4)
        session.set_gate(on=False)
        rested = stats(session).rested
        frames = stats(session).frames
        feed(device, lambda: stats(session).frames > frames + 10)
        assert stats(session).rested <= rested + 1  # one may have been on its way


@pytest.mark.slow
def test_a_source_that_comes_later_is_spared_too_but_never_a_clip(
    bench: Bench, boxes: str, tmp_path: Path
) -> None:
    clip = str(tmp_path / "still.avi")
    writer = cv2.VideoWriter(clip, cv2.VideoWriter.fourcc(*"MJPG"), 30, (64, 48))
    for _ in range(60):
        writer.write(np.full((48, 64, 3), 80, np.uint8))
    writer.release()
    with live_session() as (session, told):
        session.set_gate(on=True)
        session.add_model(ModelRequest(boxes))
        session.open(clip, loop=True)
        wait(lambda: told.picture is not None and stats(session).frames > 60)
        assert stats(session).rested == 0
        session.open("fake:camera")
        feed(bench.device("camera"), lambda: stats(session).rested > 5)
        assert bench.opened == ["camera"]


def test_boxes_between_looks_are_told_as_expected_in_the_log(boxes: str, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    with live_session() as (session, told):
        session.add_model(ModelRequest.of(boxes, {"track": True, "detect_every": 4}))
        session.open("synthetic:64x48@60")
        wait(lambda: told.picture is not None and stats(session).frames > 8)
        session.log_results(log)
        wait(lambda: stats(session).frames > 60)
        session.stop_output(log)
        told.until_ended(log)
        assert session.figures().spared == pytest.approx(0.75, abs=0.1)
        assert stats(session).stages["infer"].count < stats(session).frames / 2
    rows = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    expected = [one.get("expected", False) for row in rows for one in row["results"][0]["detections"]]
    assert 0.65 < sum(expected) / len(expected) < 0.85
    assert all(row.get("looked", True) is not one for row, one in zip(rows, expected, strict=True))
