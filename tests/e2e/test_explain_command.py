"""`vision-app explain` as a user runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from vision_app.cards.lookup import find_card
from vision_app.resources import assets_dir

DEMO = assets_dir() / "demo.mp4"


def run(*arguments: object, cwd: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "vision_app", "explain", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=cwd,
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done


def test_a_video_is_painted_and_every_frame_has_a_line(tmp_path):
    run(
        "--source",
        DEMO,
        "--method",
        "cam",
        "--max-frames",
        4,
        "--save",
        "out.mp4",
        "--json",
        "l",
        cwd=tmp_path,
    )
    video = cv2.VideoCapture(str(tmp_path / "out.mp4"))
    assert (video.get(cv2.CAP_PROP_FRAME_COUNT), video.get(cv2.CAP_PROP_FRAME_WIDTH)) == (4, 1280)
    lines = [json.loads(line) for line in (tmp_path / "l").read_text().splitlines()]
    assert [line["frame"] for line in lines] == [0, 1, 2, 3]
    for line in lines:
        assert line["method"] == "cam"
        best = line["classes"][0]
        assert (line["class_id"], line["label"]) == (best["class_id"], best["label"])
        x, y = line["peak_xy"]
        assert 0 <= x < line["width"]
        assert 0 <= y < line["height"]


def test_pictures_and_a_chosen_class_go_to_a_folder_of_their_own(tmp_path):
    for i in range(2):
        cv2.imwrite(str(tmp_path / f"{i}.png"), np.full((60, 90, 3), 40 * i, np.uint8))
    done = run("--source", tmp_path, "--model", "sketch-cnn", "--class", "Star", cwd=tmp_path)
    folder = tmp_path / "runs" / f"{tmp_path.name}-1"
    lines = [json.loads(line) for line in (folder / "explain.jsonl").read_text().splitlines()]
    assert [line["label"] for line in lines] == ["star", "star"]
    assert len(list((folder / "annotated").iterdir())) == 2
    assert "2 frames explained by cam" in done.stdout


def test_the_table_of_layers(tmp_path):
    done = run("--list", "sketch-cnn", cwd=tmp_path)
    head, first, *_ = done.stdout.splitlines()
    assert head.split()[:3] == ["#", "name", "kind"]
    assert "receptive field" in head
    assert "3x3" in first
    layers = json.loads(run("--list", "sketch-cnn", "--json", cwd=tmp_path).stdout)
    assert layers[0]["kind"] == "convolution"
    assert layers[0]["output_shape"] == [1, 24, 24, 24]
    published = find_card("sketch-cnn").published
    assert published is not None
    assert sum(layer["multiplications"] or 0 for layer in layers) == published.macs


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--source", DEMO, "--model", "sketch-cnn", "--method", "rollout"), "has no attention inside"),
        (("--source", DEMO, "--model", "sketch-mlp", "--method", "cam"), "has no map of places inside"),
        (("--source", DEMO, "--class", "unicorn"), "has no class 'unicorn'"),
        (("--source", DEMO, "--method", "features", "--layer", "77"), "has no layer '77', only 1 to 60"),
        (("--source", "nothing.mp4"), "nothing.mp4"),
        (("--source", DEMO, "--method", "gradcam"), "method 'gradcam' is none of cam, eigen"),
        ((), "no source was given"),
        (("--source", DEMO, "--at", "5"), "must be X,Y in pixels"),
        (("--list", "nothing"), "nothing"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(tmp_path, arguments, words):
    done = run(*arguments, cwd=tmp_path, code=2)
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
