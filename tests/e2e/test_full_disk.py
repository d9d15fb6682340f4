"""A disk that takes nothing more: the figures are printed, the exit code says it, and nothing crashes."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")

# no file may become longer: to the program it is a full disk, at any byte that one likes
_LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
sys.argv = ["vision-app", *sys.argv[2:]]
from vision_app.__main__ import main
sys.exit(main())
"""


@pytest.mark.parametrize(
    ("room", "outputs"),
    [
        (100, ["--summary", "sum.json"]),
        (0, []),
        (30_000, []),
        (0, ["--save", "out.mkv", "--csv", "out.csv", "--json", "out.jsonl"]),
    ],
)
def test_a_full_disk(tmp_path: Path, room: int, outputs: list[str]) -> None:
    command = ["run", "--source", "synthetic:320x240", "--max-frames", "60", *outputs]
    done = subprocess.run(
        [sys.executable, "-c", _LIMITED, str(room), *command],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "the disk is full" in done.stderr or "cannot be written" in done.stderr
    assert "fps)" in done.stdout
    assert "Traceback" not in done.stderr
