"""The panel that is drawn into what is saved: into clips, not into photos, and as it is asked for."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from vision_app.cli import main


def corner(path: Path) -> np.ndarray:
    """Where the panel is: the upper corners of a picture that was one colour."""
    image = cv2.imread(str(path))
    assert image is not None
    return np.concatenate([image[:40, :200], image[:40, -200:]], axis=1)


def saved(tmp_path: Path, *more: str, photos: bool = True) -> Path:
    if photos:
        (tmp_path / "in").mkdir()
        for i in range(3):
            cv2.imwrite(str(tmp_path / "in" / f"{i}.png"), np.full((480, 640, 3), 90, np.uint8))
        source, target = str(tmp_path / "in"), tmp_path / "out"
    else:
        source, target = "synthetic:640x480", tmp_path / "out.mp4"
    told = ["--source", source, "--max-frames", "3", "--save", str(target), "--quiet", "--conf", "0.99"]
    assert main([*told, "--model", str(more[0]), *more[1:]]) == 0
    return target


@pytest.fixture
def blind(shared_models: Path) -> str:
    """A detector that is not sure of anything: what is drawn is the panel alone."""
    return str(shared_models / "yolox_nano_416_fp32.onnx")


def test_photos_are_left_alone(tmp_path, blind):
    out = saved(tmp_path, blind)
    for path in sorted(out.iterdir()):
        assert (cv2.imread(str(path)) == 90).all()


def test_it_can_be_had_on_photos(tmp_path, blind):
    out = saved(tmp_path, blind, "--panel", "on")
    assert (corner(out / "2.png") != 90).any()


@pytest.mark.parametrize("panel", ["auto", "off"])
def test_clips_have_it_unless_they_should_not(tmp_path, blind, panel):
    out = saved(tmp_path, blind, "--panel", panel, photos=False)
    plain = saved(tmp_path / "plain", blind, "--panel", "off", photos=False)
    frames = []
    for path in (out, plain):
        clip = cv2.VideoCapture(str(path))
        frames.append(clip.read()[1].astype(int))
        clip.release()
    assert (np.abs(frames[0] - frames[1]).max() > 40) == (panel == "auto")


def test_other_words_are_refused(capsys):
    assert main(["--source", "synthetic:64x64", "--panel", "yes"]) == 2
    assert "--panel must be one of auto, on, off" in capsys.readouterr().err


def test_it_stands_in_the_settings_file(tmp_path, blind):
    (tmp_path / "c.toml").write_text('panel = "on"')
    out = saved(tmp_path, blind, "--config", str(tmp_path / "c.toml"), "--json", str(tmp_path / "r.jsonl"))
    assert (corner(out / "2.png") != 90).any()
    assert json.loads((tmp_path / "r.jsonl").read_text().splitlines()[0])["results"]
