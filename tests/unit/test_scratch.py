"""Folders for files on their way go when they are done, and when their owner was killed at the next start."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vision_app.scratch import scratch_folder, sweep

_WORKS = """
import sys, time
from pathlib import Path
from vision_app.scratch import scratch_folder
with scratch_folder(Path(sys.argv[1]), "int8") as folder:
    (folder / "large.onnx").write_bytes(b"x" * 1000)
    print("working", flush=True)
    time.sleep(60)
"""


def left(place: Path) -> list[str]:
    return [p.name for p in place.iterdir()]


def test_what_a_killed_program_left_goes_at_the_next_start(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _WORKS, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "working\n"
        assert sweep(tmp_path) == []  # it is at work
        with scratch_folder(tmp_path, "add"):
            assert len(left(tmp_path)) == 2
        process.kill()
    assert len(left(tmp_path)) == 1
    assert len(sweep(tmp_path)) == 1
    assert left(tmp_path) == []


def test_what_is_not_ours_stays(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / ".vision-app-file").write_text("x")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".vision-app-link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / ".vision-app-new").mkdir()  # made a moment ago, not locked yet
    old = tmp_path / ".vision-app-old"
    old.mkdir()
    os.utime(old, (time.time() - 3600,) * 2)
    assert sweep(tmp_path) == [old]
    assert sorted(left(tmp_path)) == [
        ".vision-app-file",
        ".vision-app-link",
        ".vision-app-new",
        "elsewhere",
        "mine",
    ]
    assert sweep(tmp_path / "none") == []


def test_it_goes_after_an_error_too(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), scratch_folder(tmp_path / "new", "add") as folder:
        assert left(folder) == []
        _ = 1 // 0
    assert left(tmp_path / "new") == []
