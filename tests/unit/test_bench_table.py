"""The table of figures beside their peers: it runs, both sides answer alike, and what is not there is said."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow


def table(tmp_path: Path, *arguments: str) -> tuple[str, list[dict]]:
    page, record = tmp_path / "page.md", tmp_path / "table.json"
    page.write_text("before\n<!-- table -->\nold\n<!-- /table -->\nafter\n", encoding="utf-8")
    command = [sys.executable, "benchmarks/table.py", "--rounds", "1", "--quick", *arguments]
    command += ["--into", str(page), "--json", str(record)]
    subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True)
    return page.read_text(encoding="utf-8"), json.loads(record.read_text(encoding="utf-8"))["rows"]


def test_both_sides_read_the_same_frames_and_the_table_takes_the_place_of_the_old_one(tmp_path):
    page, rows = table(tmp_path, "--only", "decoding")
    assert page.startswith("before\n<!-- table -->\n")
    assert page.endswith("<!-- /table -->\nafter\n")
    assert "old" not in page
    assert [row["peer"]["name"] for row in rows] == ["PyAV", "OpenCV"]
    for row in rows:
        (own,), (peer,) = row["vision_app"]["rounds"], row["peer"]["rounds"]
        assert own["answer"] == peer["answer"] == 100
        assert min(own["ms"], own["cpu_ms"], peer["ms"], peer["cpu_ms"]) > 0


def test_a_peer_that_is_not_there_is_said_to_be_absent_and_why(tmp_path):
    page, rows = table(tmp_path, "--only", "files,people", "--python-litert", "/nowhere/python")
    assert all(row["peer"]["rounds"] == [] for row in rows)
    assert "absent: no such files: benchmarks/detectors.py makes them" in page
    assert "absent: no --python-litert, or no --python-mediapipe that has its files" in page
    assert "absent: no --people-clip" in page
