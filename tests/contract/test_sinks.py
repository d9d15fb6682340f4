"""What every sink promises, asked of each of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from vision_app.errors import SinkError
from vision_app.results.values import Classification, Detections, Frame, Packet, Timings
from vision_app.sinks.base import Sink
from vision_app.sinks.images import ImagesSink
from vision_app.sinks.jsonl import JsonlSink
from vision_app.sinks.null import NullSink
from vision_app.sinks.table import CsvSink
from vision_app.sinks.video import VideoSink
from vision_app.sources.base import SourceInfo

CHECKOUT = Path(__file__).resolve().parents[2]
INFO = SourceInfo("synthetic", "synthetic", (64, 48), 30.0, False, None)


@dataclass(frozen=True)
class Case:
    name: str
    make: Callable[[Path, bool], Sink]
    is_whole: Callable[[Path], bool]


def _decodes(path: Path) -> bool:
    return cv2.VideoCapture(str(path)).read()[0]


def _is_json_lines(path: Path) -> bool:
    return all(json.loads(line)["width"] == 64 for line in path.read_text(encoding="utf-8").splitlines())


def _is_table(path: Path) -> bool:
    return path.read_text(encoding="utf-8-sig").startswith("frame,time_s,")


CASES = [
    Case("out.mp4", lambda p, o: VideoSink(p, overwrite=o), _decodes),
    Case("out.mkv", lambda p, o: VideoSink(p, overwrite=o, annotated=False), _decodes),
    Case("out.jsonl", lambda p, o: JsonlSink(p, overwrite=o), _is_json_lines),
    Case("out.csv", lambda p, o: CsvSink(p, overwrite=o), _is_table),
    Case("pictures", lambda p, o: ImagesSink(p, overwrite=o), lambda p: len(list(p.iterdir())) == 3),
    Case("one.png", lambda p, o: ImagesSink(p, overwrite=o), lambda p: cv2.imread(str(p)) is not None),
]
each_sink = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def packets(count: int) -> list[Packet]:
    rng = np.random.default_rng(0)
    boxes = Detections(
        "detector",
        np.array([[1, 2, 30, 40]], np.float32),
        np.array([0.9], np.float32),
        np.array([0]),
        ("사람",),
    )
    classes = Classification("net", np.array([0.75, 0.25], np.float32), ("cat", "dog"))
    made = []
    for i in range(count):
        image = rng.integers(0, 255, (48, 64, 3), np.uint8)
        frame = Frame(image, i, 100.0 + i / 30, position_s=i / 30)
        made.append(Packet(frame, (boxes, classes), Timings(infer_s=0.01), image.copy()))
    return made


def count_for(case: Case) -> int:
    return 1 if case.name == "one.png" else 3


def written(case: Case, path: Path, *, overwrite: bool = False) -> tuple[Path, ...]:
    sink = case.make(path, overwrite)
    sink.open(INFO)
    for packet in packets(count_for(case)):
        sink.write(packet)
    return sink.close()


@each_sink
def test_the_output_is_there_whole_and_alone(case: Case, tmp_path: Path) -> None:
    path = tmp_path / case.name
    assert written(case, path) == (path,)
    assert case.is_whole(path)
    assert list(tmp_path.iterdir()) == [path]


@each_sink
def test_folders_on_the_way_are_made(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder with 한글" / case.name
    assert written(case, path) == (path,)
    assert case.is_whole(path)


@each_sink
def test_close_may_be_called_again_and_says_the_same(case: Case, tmp_path: Path) -> None:
    sink = case.make(tmp_path / case.name, False)
    sink.open(INFO)
    sink.write(packets(1)[0])
    first = sink.close()
    assert first
    assert sink.close() == first


@each_sink
def test_close_without_open_does_nothing(case: Case, tmp_path: Path) -> None:
    assert case.make(tmp_path / case.name, False).close() == ()
    assert list(tmp_path.iterdir()) == []


@each_sink
def test_without_a_packet_nothing_is_left(case: Case, tmp_path: Path) -> None:
    sink = case.make(tmp_path / case.name, False)
    sink.open(INFO)
    assert sink.close() == ()
    assert list(tmp_path.iterdir()) == []


@each_sink
def test_a_file_that_is_there_is_kept_unless_overwriting_is_allowed(case: Case, tmp_path: Path) -> None:
    path = tmp_path / case.name
    written(case, path)
    before = _contents(tmp_path)
    sink = case.make(path, False)
    with pytest.raises(SinkError, match=r"exists|not empty"):
        sink.open(INFO)
    sink.close()
    assert _contents(tmp_path) == before
    assert written(case, path, overwrite=True) == (path,)
    assert case.is_whole(path)
    assert list(tmp_path.iterdir()) == [path]


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("case", CASES[:4], ids=lambda case: case.name)
def test_a_file_that_appears_meanwhile_is_kept_and_so_is_the_output(case: Case, tmp_path: Path) -> None:
    path = tmp_path / case.name
    sink = case.make(path, False)
    sink.open(INFO)
    for packet in packets(3):
        sink.write(packet)
    path.write_text("somebody else's")
    with pytest.raises(SinkError, match="appeared"):
        sink.close()
    assert path.read_text() == "somebody else's"
    (part,) = sink.close()
    assert part.exists()
    assert case.is_whole(part)


@each_sink
def test_a_place_below_a_file_is_one_clear_line(case: Case, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SinkError, match="cannot be written") as caught:
        case.make(tmp_path / "file" / case.name, False).open(INFO)
    assert "\n" not in str(caught.value)


@each_sink
def test_a_read_only_folder_is_one_clear_line(case: Case, tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    try:
        if os.access(tmp_path, os.W_OK):
            pytest.skip("this user may write into any folder")
        with pytest.raises(SinkError, match="cannot be written") as caught:
            case.make(tmp_path / case.name, False).open(INFO)
        assert "\n" not in str(caught.value)
    finally:
        tmp_path.chmod(0o755)


@each_sink
def test_writing_before_open_is_the_callers_mistake(case: Case, tmp_path: Path) -> None:
    if case.make(tmp_path / case.name, False).name.endswith(("pictures", "one.png")):
        pytest.skip("pictures need no open file")
    with pytest.raises(ValueError, match="before open"):
        case.make(tmp_path / case.name, False).write(packets(1)[0])


@each_sink
def test_the_name_is_what_it_writes(case: Case, tmp_path: Path) -> None:
    assert case.make(tmp_path / case.name, False).name == str(tmp_path / case.name)


def test_the_null_sink_counts() -> None:
    sink = NullSink()
    sink.open(INFO)
    for packet in packets(3):
        sink.write(packet)
    assert sink.close() == ()
    assert sink.packets == 3


_FULL_DISK = """
import json, resource, signal, sys
from pathlib import Path
import numpy as np
from vision_app.results.values import Classification, Frame, Packet, Timings
from vision_app.errors import SinkError
from vision_app.sinks.images import ImagesSink
from vision_app.sinks.jsonl import JsonlSink
from vision_app.sinks.table import CsvSink
from vision_app.sinks.video import VideoSink
from vision_app.sources.base import SourceInfo

kind, target = sys.argv[1:]
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
sink = {"video": VideoSink, "jsonl": JsonlSink, "csv": CsvSink, "images": ImagesSink}[kind](Path(target))
sink.open(SourceInfo("s", "synthetic", (64, 48), 30.0, False, None))
result = Classification("net", np.array([1.0], np.float32), ("x" * 3000,))
rng, error, i = np.random.default_rng(0), None, 0
while error is None and i < 1000:
    side = 48 if kind != "images" or i < 3 else 500
    image = rng.integers(0, 255, (side, 64 if side == 48 else 500, 3), np.uint8)
    try:
        sink.write(Packet(Frame(image, i, 0.0, position_s=i / 30), (result,), Timings(), image))
        i += 1
    except SinkError as caught:
        error = str(caught)
print(json.dumps({"error": error, "written": i, "outputs": [str(p) for p in sink.close()]}))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("video", "out.mp4"),
        ("video", "out.mkv"),
        ("jsonl", "out.jsonl"),
        ("csv", "out.csv"),
        ("images", "dir"),
    ],
)
def test_when_the_disk_is_full_what_was_written_stays(kind: str, name: str, tmp_path: Path) -> None:
    child = subprocess.run(
        [sys.executable, "-c", _FULL_DISK, kind, str(tmp_path / name)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    said = json.loads(child.stdout)
    assert child.stderr == ""
    assert "cannot be written" in said["error"]
    assert "\n" not in said["error"]
    (output,) = (Path(p) for p in said["outputs"])
    if kind == "jsonl":
        assert len([json.loads(line) for line in output.read_text().splitlines()]) == said["written"] > 10
    elif kind == "csv":
        rows = output.read_text(encoding="utf-8-sig").splitlines()
        assert len(rows) == said["written"] + 1
        assert {row.count(",") for row in rows} == {rows[0].count(",")}
    elif kind == "images":
        assert len([p for p in output.iterdir() if cv2.imread(str(p)) is not None]) == said["written"] == 3
        assert len(list(output.iterdir())) == 3
    else:
        capture, frames = cv2.VideoCapture(str(output)), 0
        while capture.grab():
            frames += 1
        assert said["written"] - 31 <= frames <= said["written"]
        assert frames >= 20
        assert not (tmp_path / name).exists()
