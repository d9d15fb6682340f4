"""JSON Lines and the table: exact fields, whole lines at every moment, nothing that a reader chokes on."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vision_app.errors import SinkError
from vision_app.overlay.kinds import table_columns
from vision_app.results.values import Classification, Detections, Frame, Packet, Timings
from vision_app.sinks.base import Sink
from vision_app.sinks.jsonl import JsonlSink
from vision_app.sinks.lines import SharedLines
from vision_app.sinks.table import FRAME_COLUMNS, CsvSink
from vision_app.sources.base import SourceInfo

CHECKOUT = Path(__file__).resolve().parents[2]
INFO = SourceInfo("somewhere", "video", (64, 48), 30.0, False, None)
IMAGE = np.zeros((48, 64, 3), np.uint8)


def classes(model: str, labels: tuple[str, ...], *probabilities: float) -> Classification:
    return Classification(model, np.array(probabilities, np.float32), labels)


def boxes(labels: tuple[str, ...] = ("person", "사람"), **more: Any) -> Detections:
    return Detections(
        "yolox-nano",
        np.array([[1, 2, 30.5, 40], [0, 0, 64, 48]], np.float32),
        np.array([0.875, 0.5], np.float32),
        np.array([0, 1]),
        labels,
        **more,
    )


def packet(*results: Any, index: int = 0, captured_s: float = 0.0, **more: Any) -> Packet:
    timings = Timings(0.0009, 0.0021, 0.041, 0.0003, 0.0008)
    return Packet(Frame(IMAGE, index, captured_s, **more), results, timings)


def written(sink: Sink, *packets: Packet) -> Path:
    sink.open(INFO)
    for one in packets:
        sink.write(one)
    (path,) = sink.close()
    return path


def objects(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_line_has_exactly_the_fields_of_the_schema(tmp_path: Path) -> None:
    results = (boxes(track_ids=np.array([3, -1])), classes("net", ("cat", "minibus"), 0.25, 0.75))
    (line,) = objects(written(JsonlSink(tmp_path / "r.jsonl"), packet(*results, index=4, position_s=0.1)))
    assert line == {
        "frame": 4,
        "source": "",
        "time_s": 0.1,
        "file": None,
        "width": 64,
        "height": 48,
        "results": [
            {
                "model": "yolox-nano",
                "task": "detect",
                "detections": [
                    {
                        "class_id": 0,
                        "label": "person",
                        "score": 0.875,
                        "box": [1.0, 2.0, 30.5, 40.0],
                        "track_id": 3,
                    },
                    {
                        "class_id": 1,
                        "label": "사람",
                        "score": 0.5,
                        "box": [0.0, 0.0, 64.0, 48.0],
                        "track_id": None,
                    },
                ],
            },
            {
                "model": "net",
                "task": "classify",
                "classes": [
                    {"class_id": 1, "label": "minibus", "probability": 0.75},
                    {"class_id": 0, "label": "cat", "probability": 0.25},
                ],
            },
        ],
        "timings_ms": {"read": 0.9, "prepare": 2.1, "infer": 41.0, "decode": 0.3, "draw": 0.8},
    }
    assert list(line) == ["frame", "source", "time_s", "file", "width", "height", "results", "timings_ms"]


def test_letters_stay_readable_in_the_file(tmp_path: Path) -> None:
    path = written(JsonlSink(tmp_path / "r.jsonl"), packet(boxes()))
    assert "사람" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("make", [JsonlSink, CsvSink])
def test_a_file_name_that_is_not_utf8_does_not_stop_the_run(make: Any, tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.jpg")
    path = written(make(tmp_path / "out"), packet(boxes(), file=name))
    assert "caf" in path.read_text(encoding="utf-8")
    if make is JsonlSink:
        assert objects(path)[0]["file"] == name


def test_live_time_counts_from_the_first_frame(tmp_path: Path) -> None:
    packets = [packet(index=i, captured_s=500 + t) for i, t in enumerate((0.0, 0.04, 0.5))]
    lines = objects(written(JsonlSink(tmp_path / "r.jsonl"), *packets))
    assert [line["time_s"] for line in lines] == pytest.approx([0.0, 0.04, 0.5])


def test_an_image_has_its_path_and_time_zero(tmp_path: Path) -> None:
    packets = [packet(index=i, captured_s=500.0 + i, file=f"in/{i}.png") for i in range(2)]
    lines = objects(written(JsonlSink(tmp_path / "r.jsonl"), *packets))
    assert [(line["time_s"], line["file"]) for line in lines] == [(0.0, "in/0.png"), (0.0, "in/1.png")]


def test_a_number_that_json_cannot_hold_is_an_error_and_the_lines_before_stay(tmp_path: Path) -> None:
    sink = JsonlSink(tmp_path / "r.jsonl")
    sink.open(INFO)
    sink.write(packet(boxes()))
    with pytest.raises(SinkError, match="frame 9 has a result that JSON cannot hold"):
        sink.write(packet(classes("net", ("a",), float("nan")), index=9))
    (path,) = sink.close()
    assert path.name == "r.part.jsonl"
    assert [line["frame"] for line in objects(path)] == [0]


def test_the_table_has_a_row_for_each_box_and_each_listed_class(tmp_path: Path) -> None:
    second = (classes("net", ("cat", "dog"), 0.25, 0.75),) * 2
    found = boxes(track_ids=np.array([3, -1]), attached=tuple((one,) for one in second))
    path = written(
        CsvSink(tmp_path / "t.csv"),
        packet(found, index=4, position_s=0.1),
        packet(classes("net", ("cat", "dog"), 0.25, 0.75), index=5, position_s=0.2, file="a,b.png"),
    )
    table = rows(path)
    assert tuple(table[0]) == (*FRAME_COLUMNS, *table_columns())
    assert [(r["frame"], r["model"], r["task"], r["label"], r["track_id"]) for r in table] == [
        ("4", "yolox-nano", "detect", "person", "3"),
        ("4", "net", "classify", "dog", "3"),
        ("4", "net", "classify", "cat", "3"),
        ("4", "yolox-nano", "detect", "사람", ""),
        ("4", "net", "classify", "dog", ""),
        ("4", "net", "classify", "cat", ""),
        ("5", "net", "classify", "dog", ""),
        ("5", "net", "classify", "cat", ""),
    ]
    assert [table[0][c] for c in ("x1", "y1", "x2", "y2", "score")] == ["1.0", "2.0", "30.5", "40.0", "0.875"]
    assert [table[6][c] for c in ("x1", "y2", "file", "time_s")] == ["", "", "a,b.png", "0.2"]


def test_excel_is_told_that_it_is_utf8(tmp_path: Path) -> None:
    data = written(CsvSink(tmp_path / "t.csv"), packet(boxes()), packet(boxes(), index=1)).read_bytes()
    assert data.startswith(b"\xef\xbb\xbfframe,")
    assert data.count(b"\xef\xbb\xbf") == 1
    assert data.count(b"\r\n") == data.count(b"\n") == 5


@pytest.mark.parametrize("label", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1+1"])
def test_no_label_is_run_as_a_formula(label: str, tmp_path: Path) -> None:
    table = rows(written(CsvSink(tmp_path / "t.csv"), packet(boxes((label, label)))))
    assert [r["label"] for r in table] == ["'" + label] * 2


@pytest.mark.parametrize("label", ['say "hi"', "a,b", "two\nlines", "5%", ""])
def test_any_other_label_comes_back_as_it_was(label: str, tmp_path: Path) -> None:
    table = rows(written(CsvSink(tmp_path / "t.csv"), packet(boxes((label, label)))))
    assert [r["label"] for r in table] == [label] * 2


def test_a_run_that_found_nothing_is_a_table_without_rows(tmp_path: Path) -> None:
    path = written(CsvSink(tmp_path / "t.csv"), packet(), packet(index=1))
    assert path.read_text(encoding="utf-8-sig") == ",".join((*FRAME_COLUMNS, *table_columns())) + "\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("make", [JsonlSink, CsvSink])
def test_a_full_device_is_one_clear_line_and_stays_a_device(make: Any) -> None:
    sink = make("/dev/full")
    sink.open(INFO)
    with pytest.raises(SinkError, match=r"^/dev/full cannot be written: the disk is full$"):
        sink.write(packet(boxes()))
    assert sink.close() == ()
    assert Path("/dev/full").is_char_device()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe_is_written_as_it_comes(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        sink = JsonlSink(pipe)
        sink.open(INFO)
        sink.write(packet(boxes()))
        assert json.loads(os.read(reader, 100_000))["frame"] == 0
        assert sink.close() == ()
    finally:
        os.close(reader)
    assert list(tmp_path.iterdir()) == [pipe]


def test_a_dash_is_standard_output(capfd: pytest.CaptureFixture[str]) -> None:
    sink = JsonlSink("-")
    assert sink.name == "stdout"
    sink.open(INFO)
    for i in range(3):
        sink.write(packet(boxes(), index=i))
    assert sink.close() == ()
    assert [json.loads(line)["frame"] for line in capfd.readouterr().out.splitlines()] == [0, 1, 2]


_ENDLESS = """
import itertools, sys
import numpy as np
from vision_app.results.values import Classification, Frame, Packet, Timings
from vision_app.errors import SinkError
from vision_app.sinks.jsonl import JsonlSink
from vision_app.sinks.lines import SharedLines
from vision_app.sources.base import SourceInfo

sink = JsonlSink(sys.argv[1])
sink.open(SourceInfo("s", "synthetic", (64, 48), 30.0, False, None))
image = np.zeros((48, 64, 3), np.uint8)
result = Classification("net", np.array([1.0], np.float32), ("x" * 5000,))
try:
    for i in itertools.count():
        sink.write(Packet(Frame(image, i, 0.0, position_s=i / 30), (result,), Timings()))
        if sys.argv[1] != "-":
            print(i + 1, flush=True)
except SinkError as error:
    print("left over in the buffer of sys.stdout")
    sink.close()
    print(error, file=sys.stderr)
    sys.exit(1)
"""


def _endless(target: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _ENDLESS, target],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_when_the_reader_of_standard_output_leaves_there_is_one_line_and_no_traceback() -> None:
    with _endless("-") as child:
        assert child.stdout is not None
        assert child.stderr is not None
        assert json.loads(child.stdout.readline())["frame"] == 0
        child.stdout.close()
        assert child.stderr.read() == "stdout was closed by its reader\n"
        assert child.wait(timeout=60) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGKILL")
def test_a_kill_leaves_every_line_that_was_written(tmp_path: Path) -> None:
    with _endless(str(tmp_path / "r.jsonl")) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if line.strip() == "50":
                child.send_signal(signal.SIGKILL)
                break
        child.stdout.read()
    lines = (tmp_path / "r.part.jsonl").read_text().splitlines()
    assert [json.loads(line)["frame"] for line in lines[:50]] == list(range(50))


@pytest.mark.parametrize("sink", [JsonlSink, CsvSink])
def test_several_sinks_share_a_file_and_each_line_says_its_source(tmp_path: Path, sink: Any) -> None:
    path = tmp_path / "all.out"
    shared = SharedLines(path, overwrite=False)
    sinks = [sink(shared, source=name) for name in ("a.mp4", "=b", "a.mp4 (2)")]
    for one in sinks:
        one.open(INFO)

    def write(one: Any) -> None:
        for i in range(50):
            one.write(packet(boxes(), index=i))

    threads = [threading.Thread(target=write, args=(one,)) for one in sinks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sinks[0].close() == () == sinks[0].close()
    assert sinks[1].close() == ()
    assert not path.exists()
    assert sinks[2].close() == (path,) == sinks[2].close()
    if sink is JsonlSink:
        found = [(line["source"], line["frame"]) for line in objects(path)]
    else:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        found = list(dict.fromkeys((row["source"], int(row["frame"])) for row in rows))
    names = ("a.mp4", "=b" if sink is JsonlSink else "'=b", "a.mp4 (2)")
    assert sorted(found) == sorted((name, i) for name in names for i in range(50))
