"""Counts on real clips against counts made by hand from their frames: see docs/site.md."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from vision_app.cli import main

PEOPLE = """
[[stream]]
name = "people"
source = "people.mp4"
[[stream.rule]]
kind = "zone"
name = "table"
points = [[0.4, 0.2], [0.75, 0.2], [0.75, 1], [0.4, 1]]
classes = ["person"]
[[stream.rule]]
kind = "line"
name = "exit"
points = [[0.75, 1], [0.75, 0]]
anchor = "centre"
classes = ["person"]
snapshot = true
clip = true
"""
CARS = """
[[stream]]
name = "cars"
source = "cars.mp4"
[[stream.rule]]
kind = "line"
name = "road"
points = [[0, 0.5], [1, 0.5]]
anchor = "centre"
"""


def near(frames: list[int], expected: list[int]) -> bool:
    """Whether each is within a second of what was seen by eye."""
    return len(frames) == len(expected) and all(
        abs(a - b) <= 15 for a, b in zip(frames, expected, strict=True)
    )


@pytest.mark.slow
def test_people_and_cars_are_counted_as_by_hand(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(shared_data / "clips" / "intel_one-by-one-person-detection.mp4", tmp_path / "people.mp4")
    shutil.copy(shared_data / "clips" / "intel_car-detection.mp4", tmp_path / "cars.mp4")
    (tmp_path / "site.toml").write_text(PEOPLE + CARS, encoding="utf-8")
    assert main(["site", "run", str(tmp_path / "site.toml")]) == 0
    assert "people: ended" in capsys.readouterr().out
    lines = (tmp_path / "events.jsonl").read_text(encoding="utf-8").splitlines()
    events = [json.loads(line) for line in lines]

    def frames(rule: str, kind: str, direction: str = "") -> list[int]:
        return [
            e["frame"]
            for e in events
            if (e["rule"], e["kind"]) == (rule, kind) and direction in ("", e["values"].get("direction"))
        ]

    assert near(frames("exit", "crossed", "in"), [189, 439, 690, 858, 1188, 1349])
    assert frames("exit", "crossed", "out") == []
    assert near(frames("table", "entered"), [69, 233, 510, 754, 936, 1249])
    assert len(frames("table", "left")) == 6
    assert near(frames("road", "crossed", "in"), [207, 334])
    assert near(frames("road", "crossed", "out"), [80, 212])
    for event in events:
        if event["rule"] == "exit":
            assert (tmp_path / event["snapshot"]).stat().st_size > 1000
            assert (tmp_path / event["clip"]).stat().st_size > 1000
