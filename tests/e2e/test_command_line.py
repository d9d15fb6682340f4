"""The real command as a subprocess: good runs, bad input, interrupts and closed pipes."""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from tests import tiny_models as tiny

COMMAND = [sys.executable, "-m", "vision_app"]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder to work in, with a tiny model `colours` in the catalogue and no settings of the user's."""
    models = tmp_path / "models"
    models.mkdir()
    tiny.colour_model(models)
    monkeypatch.setenv("VISION_APP_MODELS", str(models))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments, **more):
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False, **more
    )


def clip(path: Path, frames: int = 30, size_wh=(64, 48), fps: int = 30) -> Path:
    """A clip that turns from red to blue half-way."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = *size_wh, "yuv420p"
        for i in range(frames):
            colour = (0, 0, 220) if i < frames // 2 else (220, 0, 0)
            picture = av.VideoFrame.from_ndarray(tiny.solid(colour, size_wh), format="bgr24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return path


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def refused(done, *said, code=2) -> None:
    """One line on standard error, no traceback, the right exit code."""
    assert done.returncode == code, done.stderr
    text = done.stderr.strip()
    assert "\n" not in text, text
    assert text.startswith("vision-app")
    for part in said:
        assert part in text, text


# -- good runs -------------------------------------------------------------------------------------------


def test_a_clip_becomes_an_annotated_video_and_results(place):
    done = run("--source", clip(place / "clip.mp4"), "--model", "colours")
    assert done.returncode == 0, done.stderr
    folder = place / "runs" / "clip-1"
    assert sorted(p.name for p in folder.iterdir()) == ["annotated.mp4", "results.jsonl", "summary.json"]
    for name in ("annotated.mp4", "results.jsonl", "summary.json"):
        assert str(Path("runs") / "clip-1" / name) in done.stdout
    rows = lines(folder / "results.jsonl")
    assert [row["frame"] for row in rows] == list(range(30))
    assert [row["results"][0]["classes"][0]["label"] for row in rows] == ["red"] * 15 + ["blue"] * 15
    assert rows[3]["time_s"] == pytest.approx(0.1)
    assert set(rows[0]) == {"frame", "source", "time_s", "file", "width", "height", "results", "timings_ms"}
    assert set(rows[0]["timings_ms"]) == {"read", "prepare", "infer", "decode", "draw"}
    with av.open(str(folder / "annotated.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 30
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert summary["frames"] == 30
    assert summary["models"] == [{"model": "colours", "task": "classify", "provider": "CPUExecutionProvider"}]
    assert summary["stages_ms"]["infer"]["p95"] > 0


def test_runs_are_numbered(place):
    source = clip(place / "clip.mp4", 3)
    for number in (1, 2):
        assert run("run", "--source", source, "--model", "colours").returncode == 0
        assert (place / "runs" / f"clip-{number}" / "results.jsonl").exists()


def test_a_folder_of_photos(place):
    photos = place / "photos"
    (photos / "more").mkdir(parents=True)
    for name, colour in (("a10.png", (0, 0, 255)), ("a9.png", (0, 255, 0)), ("b.jpg", (255, 0, 0))):
        cv2.imwrite(str(photos / name), tiny.solid(colour))
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff but no picture")
    done = run("--source", photos, "--model", "colours", "--save", "out", "--json", "out.jsonl")
    assert done.returncode == 0
    assert "broken.jpg" in done.stderr
    rows = lines(place / "out.jsonl")
    assert [Path(row["file"]).name for row in rows] == ["a9.png", "a10.png", "b.jpg"]
    assert [row["results"][0]["classes"][0]["label"] for row in rows] == ["green", "red", "blue"]
    assert sorted(p.name for p in (place / "out").iterdir()) == ["a10.png", "a9.png", "b.jpg"]


def test_results_on_standard_output_only(place):
    done = run("--source", "synthetic:64x48", "--max-frames", "5", "--model", "colours", "--json", "-")
    assert done.returncode == 0
    assert [json.loads(line)["frame"] for line in done.stdout.splitlines()] == list(range(5))
    assert not (place / "runs").exists()


def test_a_table(place):
    done = run("--source", clip(place / "c.mp4", 4), "--model", "colours", "--csv", "t.csv", "--top-k", 2)
    assert done.returncode == 0
    with (place / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 8
    assert rows[0]["label"] == "red"


def test_start_end_every_and_quiet(place):
    source = clip(place / "c.mp4", 60)
    done = run(
        "--source", source, "--model", "colours", "--start", "0.5", "--end", "0:01.5", "--every", "10",
        "--json", "x.jsonl", "--quiet",
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert [round(row["time_s"], 3) for row in lines(place / "x.jsonl")] == [0.5, 0.833, 1.167]


def test_a_live_source_ends_after_max_frames(place):
    done = run(
        "--source", "synthetic:64x48@60", "--model", "colours", "--max-frames", 10, "--summary", "s.json"
    )
    assert done.returncode == 0, done.stderr
    summary = json.loads((place / "s.json").read_text(encoding="utf-8"))
    assert summary["live"] is True
    assert summary["frames"] == 10
    assert summary["age_ms"]["p95"] > 0


def test_settings_come_from_the_environment_and_a_file(place):
    (place / "my.toml").write_text('model = ["colours"]\nmax_frames = 3\n', encoding="utf-8")
    environment = {**os.environ, "VISION_APP_TOP_K": "1"}
    done = run("--source", "synthetic:64x48", "--config", "my.toml", "--json", "-", env=environment)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rows) == 3
    assert len(rows[0]["results"][0]["classes"]) == 1


def test_several_models_and_boxes_that_are_classified(place, tmp_path):
    rows = np.array([[[0, 0, 16, 32, 0.9, 0], [16, 0, 32, 32, 0.8, 1]]], np.float32)
    path = tiny.constant_model(tmp_path / "models" / "boxes.onnx", rows)
    tiny.write_card(
        path, task="detect", labels=["a", "b", "c"], input__resize="squash", output={"layout": "yolo-end2end"}
    )
    done = run(
        "--source", "synthetic:64x48", "--max-frames", 2, "--model", "boxes", "--model", "colours",
        "--classify-boxes", "colours", "--json", "-",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout.splitlines()[0])["results"]
    assert [r["model"] for r in results] == ["boxes", "colours"]
    box = results[0]["detections"][0]
    assert (box["class_id"], box["label"], box["box"], box["track_id"]) == (0, "a", [0, 0, 32, 48], None)
    assert len(box["classes"]) == 3


def masks_and_points(folder):
    """A model that gives a mask for each half of the picture, and one that gives two points of each."""
    rows = np.array([[[0, 0, 16, 32, 0.9, 0, 1], [16, 0, 32, 32, 0.8, 1, 1]]], np.float32)
    common = {"labels": ["a", "b"], "input__resize": "squash", "output": {"layout": "yolo-end2end"}}
    path = tiny.constant_outputs(folder / "halves.onnx", [rows, np.ones((1, 1, 8, 8), np.float32)])
    tiny.write_card(path, task="segment", **common)
    points = np.tile(np.array([8, 8, 0.9, 8, 24, 0.5], np.float32), (1, 2, 1))
    path = tiny.constant_model(folder / "points.onnx", np.concatenate([rows[..., :6], points], axis=2))
    tiny.write_card(path, task="pose", keypoints={"names": ["top", "bottom"], "limbs": [[0, 1]]}, **common)


def test_masks_and_keypoints_reach_every_output(place):
    masks_and_points(place / "models")
    clip(place / "holiday.mp4", 3)
    done = run(
        "--source", "holiday.mp4", "--model", "halves", "--model", "points", "--classify-boxes", "colours",
        "--classes", "a", "--json", "r.jsonl", "--csv", "r.csv", "--save", "seen.mp4",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    masks, points = lines(place / "r.jsonl")[0]["results"]
    assert masks["detections"][0]["polygons"] == [[0, 0, 0, 47, 31, 47, 31, 0]]
    assert points["keypoint_names"] == ["top", "bottom"]
    assert points["detections"][0]["keypoints"] == [[16, 12, 0.9], [16, 36, 0.5]]
    assert [d["classes"][0]["label"] for d in (masks["detections"][0], points["detections"][0])] == [
        "red"
    ] * 2
    with (place / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["frame"] == "0"]
    assert [(r["task"], r["label"]) for r in rows if r["model"] != "colours"] == [
        ("segment", "a"),
        ("pose", "a"),
    ]
    assert (place / "seen.mp4").stat().st_size > 1000


def test_masks_are_tracked(place):
    masks_and_points(place / "models")
    clip(place / "holiday.mp4", 6)
    done = run("--source", "holiday.mp4", "--model", "halves", "--model", "points", "--track", "--json", "-")
    assert done.returncode == 0, done.stderr
    last = json.loads(done.stdout.splitlines()[-1])["results"]
    for result in last:
        ids = [d["track_id"] for d in result["detections"]]
        assert None not in ids
        assert len(set(ids)) == 2


def detector(folder: Path) -> None:
    """A model `boxes` that sees a red, a green and a blue box of falling scores in whatever it is shown."""
    rows = [[[2, 2, 9, 9, 0.9, 0], [12, 2, 20, 9, 0.6, 1], [2, 20, 9, 30, 0.3, 2]]]
    path = tiny.constant_model(folder / "boxes.onnx", np.array(rows, np.float32), (1, 3, 32, 32))
    tiny.write_card(path, task="detect", output={"layout": "yolo-end2end", "conf": 0.25})


def test_several_sources_share_a_model_and_every_output_says_which_it_is_of(place):
    (place / "b").mkdir()
    clip(place / "a.mp4", 12)
    clip(place / "b" / "a.mp4", 8)
    cv2.imwrite(str(place / "x.png"), tiny.solid((0, 200, 0)))
    sources = ("--source", "a.mp4", "--source", "b/a.mp4", "--source", "x.png", "--source", "a.mp4")
    done = run(*sources, "--model", "colours")
    assert done.returncode == 0, done.stderr
    folder = place / "runs" / "a-and-3-more-1"
    assert sorted(p.name for p in folder.iterdir()) == [
        *("annotated-a-2.mp4", "annotated-a-3.mp4", "annotated-a.mp4", "annotated-x"),
        *("results.jsonl", "summary.json"),
    ]
    rows = lines(folder / "results.jsonl")
    by_source = {}
    for row in rows:
        by_source.setdefault(row["source"], []).append(row["frame"])
    names = ["a.mp4", "b/a.mp4", "x.png", "a.mp4 (2)"]
    assert {name: by_source[name] for name in names} == {
        name: list(range(n)) for name, n in zip(names, (12, 8, 1, 12), strict=True)
    }
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert summary["frames"] == 33
    assert [(s["source"], s["frames"], s["error"]) for s in summary["streams"]] == [
        (name, n, None) for name, n in zip(names, (12, 8, 1, 12), strict=True)
    ]
    assert len(summary["models"]) == 1


def test_a_source_that_fails_does_not_end_the_others(place):
    clip(place / "a.mp4", 12)
    clip(place / "whole.mp4", 12)
    refused(run("--source", "a.mp4", "--source", "none.mp4", "--no-save"), "none.mp4")
    refused(
        run("--source", "a.mp4", "--source", "a.mp4", "--save", "out.mp4"),
        "2 sources do not fit into out.mp4",
    )
    refused(run("--source", "a.mp4", "--source", "whole.mp4", "--csv", "whole.mp4"), "is the source as well")
    refused(run("--gui", "--source", "a.mp4", "--source", "whole.mp4"), "--gui shows one source at a time")
    assert not (place / "runs").exists()


def test_each_model_is_asked_in_its_own_way(place):
    detector(place / "models")
    clip(place / "a.mp4", 2)
    models = ("--model", "colours:top_k=1", "--model", "boxes:conf=0.1,classes=red,blue", "--model", "boxes")
    done = run(
        "--source", "a.mp4", *models, "--conf", "0.95", "--classes", "green,red", "--json", "-", "--quiet"
    )
    assert done.returncode == 0, done.stderr
    classes, own, plain = json.loads(done.stdout.splitlines()[0])["results"]
    assert len(classes["classes"]) == 1
    assert {box["label"] for box in own["detections"]} == {"red", "blue"}
    assert plain["detections"] == []
    for wrong, said in (
        ("boxes:conf=2", "--model 'boxes:conf=2': conf must be a number from 0 to 1, got '2'"),
        ("boxes:cnf=1", "did you mean conf?"),
        ("colours:conf=0.4", "colours is a model to classify: it has no conf"),
        ("boxes:slice_size=64", "--model boxes: slice_size needs --sliced"),
    ):
        refused(run("--source", "a.mp4", "--model", wrong), said)
    refused(
        run("--source", "a.mp4", "--model", "boxes", "--model", "boxes", "--classes", "gren"),
        "did you mean green",
    )


def test_windows_that_take_minutes_are_refused_with_their_number(place):
    detector(place / "models")
    refused(
        run("--source", "synthetic:1280x720", "--model", "boxes", "--sliced", "--slice-size", "4"),
        "102 480 windows of 4 px",
        "windows of 20 px or more would do",
    )


def test_masks_of_windows_are_joined(place):
    masks_and_points(place / "models")
    clip(place / "holiday.mp4", 2)
    done = run("--source", "holiday.mp4", "--model", "halves", "--sliced", "--json", "-", "--quiet")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[0])["results"][0]["detections"]
    refused(
        run("--source", "holiday.mp4", "--model", "colours", "--sliced"),
        "--sliced needs a detector",
        "classify",
    )


# -- bad input -------------------------------------------------------------------------------------------


def test_no_arguments_ask_for_the_window(place, monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    done = run()
    assert done.returncode == 2
    said = "needs a screen" if importlib.util.find_spec("PySide6") else "pip install 'vision-app[gui]'"
    if sys.platform == "linux":
        assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_the_window_without_its_extra():
    code = (
        "import sys; sys.modules['PySide6'] = None\n"
        "from vision_app.cli import main; sys.exit(main(['--source', '0', '--gui']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert "pip install 'vision-app[gui]'" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--source", "0", "--gui", "--conf", "0.4"], "--conf cannot be given with --gui"),
        (["--kiosk", "kiosk.toml", "--source", "0"], "--source cannot be given with --kiosk"),
        (["--kiosk", "nowhere.toml"], "nowhere.toml"),
    ],
    ids=["gui", "kiosk", "no such file"],
)
def test_a_flag_that_a_window_would_ignore_is_refused(flags, said, place):
    refused(run(*flags), said)


def test_a_missing_file(place):
    clip(place / "holiday.mp4", 2)
    refused(run("--source", "holidays.mp4"), "no such file", "holiday.mp4")


def test_an_empty_file_and_a_text_renamed(place):
    (place / "empty.mp4").touch()
    refused(run("--source", "empty.mp4", "--model", "colours"), "empty.mp4", "empty")
    (place / "text.mp4").write_text("once upon a time\n" * 100)
    refused(run("--source", "text.mp4", "--model", "colours"), "text.mp4")


def test_a_clip_cut_before_its_index(place):
    whole = clip(place / "whole.mp4").read_bytes()
    (place / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    refused(run("--source", "cut.mp4", "--model", "colours"), "cut.mp4")


def test_a_clip_cut_in_its_pictures_keeps_what_could_be_read(place):
    path = place / "front.mp4"
    rng = np.random.default_rng(0)
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(120):
            noise = rng.integers(0, 255, (48, 64, 3), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(noise, format="bgr24")))
        container.mux(stream.encode())
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    done = run("--source", path, "--model", "colours", "--json", "x.jsonl", "--quiet")
    refused(done, "ended early", "truncated or damaged", code=1)
    assert 10 < len(lines(place / "x.jsonl")) < 110


def test_an_unknown_codec(place):
    path = clip(place / "c.mp4", 3)
    path.write_bytes(path.read_bytes().replace(b"avc1", b"zzzz"))
    refused(run("--source", path, "--model", "colours"), "c.mp4")


def test_a_folder_without_images(place):
    (place / "empty").mkdir()
    refused(run("--source", "empty", "--model", "colours"), "empty", "no image")


def test_a_pattern_without_matches(place):
    refused(run("--source", "*.jpg", "--model", "colours"), "*.jpg")


def test_a_folder_of_broken_images_only(place):
    (place / "photos").mkdir()
    (place / "photos" / "a.jpg").write_bytes(b"nothing")
    done = run("--source", "photos", "--model", "colours")
    assert done.returncode == 2
    assert "photos" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--model", "colurs"], "did you mean colours"),
        (["--model", "none.onnx"], "no such model file"),
        (["--provider", "cuda"], "onnxruntime-gpu"),
        (["--provider", "warp"], "not one that ONNX Runtime knows"),
        (["--conf", "2"], "--conf must be a number from 0 to 1"),
        (["--sliced"], "--sliced needs a detector"),
        (["--track"], "--track needs a detector"),
        (["--save", "x.txt/y.gif"], "x.txt/y.gif"),
        (["--frobnicate"], "--frobnicate"),
        (["--json", "a", "--csv", "a"], "the output of --json as well"),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else None,
)
def test_wrong_flags(flags, said, place):
    default = [] if "--model" in flags else ["--model", "colours"]
    refused(run("--source", "synthetic:64x48", "--max-frames", 1, *default, *flags), said)


def test_an_unknown_command(place):
    refused(run("rum"), "invalid choice: 'rum'")


def test_outputs_are_not_overwritten_unless_asked(place):
    (place / "x.jsonl").write_text("precious\n")
    flags = ("--source", "synthetic:64x48", "--max-frames", 1, "--model", "colours", "--json", "x.jsonl")
    refused(run(*flags), "x.jsonl exists")
    assert (place / "x.jsonl").read_text() == "precious\n"
    assert run(*flags, "--overwrite").returncode == 0
    assert len(lines(place / "x.jsonl")) == 1


def test_the_output_is_the_input(place):
    source = clip(place / "c.mp4", 3)
    before = source.read_bytes()
    refused(run("--source", source, "--model", "colours", "--save", source, "--overwrite"), "c.mp4")
    (place / "link.mp4").symlink_to(source)
    refused(run("--source", source, "--model", "colours", "--save", "link.mp4", "--overwrite"), "link.mp4")
    assert source.read_bytes() == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_ends_it_with_one_line(place):
    done = run(
        "--source", "synthetic:64x48", "--max-frames", 500, "--model", "colours", "--json", "/dev/full"
    )
    assert done.returncode == 1
    assert "the disk is full" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_one_full_output_does_not_stop_the_others(place):
    done = run(
        "--source", "synthetic:64x48", "--max-frames", 20, "--model", "colours", "--json", "/dev/full",
        "--csv", "t.csv", "--top-k", 1,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.count("the disk is full") == 1
    assert len((place / "t.csv").read_text(encoding="utf-8-sig").splitlines()) == 21


def test_a_folder_that_cannot_be_written(place):
    (place / "file").write_text("not a folder")
    refused(
        run("--source", "synthetic:64x48", "--max-frames", 1, "--model", "colours", "--save", "file/x.mp4"),
        "file",
    )


def test_a_model_that_gives_nan_ends_a_run_with_its_outputs_valid(place):
    path = tiny.constant_model(place / "models" / "nan.onnx", np.full((1, 3), np.nan))
    tiny.write_card(path)
    refused(run("--source", "synthetic:64x48", "--max-frames", 3, "--model", "nan"), "NaN")


def test_a_card_with_a_wrong_field(place):
    tiny.write_card(place / "models" / "colours.onnx", input__mean=[1, 2])
    refused(run("--source", "synthetic:64x48", "--model", "colours"), "input.mean must be three numbers")


def test_a_password_is_shown_nowhere(place):
    done = run("--source", "rtsp://admin:hunter2@127.0.0.1:9/cam", "--model", "colours", "--debug")
    assert done.returncode == 2
    assert "hunter2" not in done.stderr + done.stdout
    assert "127.0.0.1:9" in done.stderr


# -- interrupts and pipes --------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_finishes_the_outputs(number, place):
    process = subprocess.Popen(
        [
            *COMMAND,
            "--source",
            "synthetic:320x240",
            "--model",
            "colours",
            "--save",
            "x.mp4",
            "--json",
            "x.jsonl",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    part = place / "x.part.jsonl"
    deadline = time.monotonic() + 60
    try:
        while not (part.exists() and part.read_bytes().count(b"\n") > 20):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130, stderr
    assert "Traceback" not in stderr
    rows = lines(place / "x.jsonl")
    assert [row["frame"] for row in rows] == list(range(len(rows)))
    with av.open(str(place / "x.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) == len(rows)
    assert f"{len(rows)} frames" in stdout
    assert not part.exists()


def test_a_closed_pipe_ends_it_quietly(place):
    process = subprocess.Popen(
        [*COMMAND, "--source", "synthetic:64x48", "--model", "colours", "--json", "-"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["frame"] == 0
    process.stdout.close()
    assert process.stderr is not None
    stderr = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == 1
    assert "stdout was closed by its reader" in stderr
    assert "Traceback" not in stderr
    assert "BrokenPipe" not in stderr


def test_doctor_and_cameras(place):
    done = run("doctor", "--json")
    checks = {c["name"]: c for c in json.loads(done.stdout)}
    assert checks["provider in use"]["state"] == "good"
    assert checks["fonts"]["state"] == "good"
    assert "colours" in checks["models"]["found"]
    assert done.returncode == 0, [c for c in checks.values() if c["state"] == "bad"]
    assert "ok  " in run("doctor").stdout
    assert isinstance(json.loads(run("cameras", "--json").stdout), list)


def test_blas_keeps_to_one_thread_as_it_is_told_before_numpy_is_imported():
    code = (
        "import os, sys\n"
        "class Seen:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'numpy':\n"
        "            print('at numpy:', os.environ.get('OPENBLAS_NUM_THREADS'))\n"
        "sys.meta_path.insert(0, Seen())\n"
        "from vision_app.__main__ import main\n"
        "sys.argv = ['vision-app', 'doctor', '--json']\n"
        "main()\n"
    )
    environment = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.startswith("at numpy: 1\n")
