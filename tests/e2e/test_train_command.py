"""The real command: what it prints and writes, its exit codes, and that a kill at any instant leaves nothing half."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.tiny_classifiers import grid_model, write_samples

# the command's own row may come later than the command
PROGRAM = """
import sys
from vision_app import cli
from vision_app.cli import train
if train not in cli.COMMANDS:
    cli.COMMANDS = (*cli.COMMANDS, train)
sys.exit(cli.main())
"""


def environment(folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "VISION_APP_MODELS": str(folder / "models"),
        "VISION_APP_CACHE": str(folder / "cache"),
    }


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment(folder),
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A folder with samples and a base."""
    folder = tmp_path_factory.mktemp("train")
    (folder / "base").mkdir()
    grid_model(folder / "base")
    write_samples(folder / "samples")
    return folder


def arguments(place: Path, *more: str, name: str = "mine") -> tuple[str, ...]:
    base, samples = place / "base" / "grid.onnx", place / "samples"
    return ("train", "--samples", str(samples), "--base", str(base), "--name", name, "--lr", "0.02", *more)


@pytest.mark.slow
def test_json_is_one_object_and_the_model_runs_at_once(place, tmp_path):
    done = run(tmp_path, *arguments(place, "--json", "--epochs", "20"))
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    result = json.loads(done.stdout)
    assert result["name"] == "mine"
    assert result["classes"] == ["blue", "green", "red"]
    assert result["samples"] == 36
    assert 1 <= result["best_epoch"] <= result["epochs"] <= 20
    assert result["stopped_because"] in ("early-stopping", "epochs")
    assert result["validation_accuracy"] == 1.0
    assert 0 < result["seconds"] < 60
    assert Path(result["model_path"]) == tmp_path / "models" / "mine.onnx"
    picture = str(place / "samples" / "red" / "0001.png")
    shown = run(tmp_path, "--source", picture, "--model", "mine", "--json", "-", "--no-save", "--quiet")
    assert shown.returncode == 0, shown.stderr
    said = json.loads(shown.stdout)["results"][0]
    assert said["classes"][0]["label"] == "red"
    assert said["unknown"] is False


@pytest.mark.slow
def test_people_are_told_what_happened(place, tmp_path):
    done = run(tmp_path, *arguments(place, "--head", "mlp", "--width", "8", "--patience", "3"))
    assert done.returncode == 0, done.stderr
    for text in ("mine: version 1", "held-out samples are right", "The best was epoch", "try it: vision-app"):
        assert text in done.stdout
    again = run(tmp_path, *arguments(place, "--seed", "1"))
    assert "mine: version 2" in again.stdout


@pytest.mark.parametrize(
    ("more", "line"),
    [
        (("--dropout", "2"), "--dropout must be a number from 0 to 0.95"),
        (("--base", "nothing-like-it"), "no model is called 'nothing-like-it'"),
        (("--samples", "/no/such/folder"), "/no/such/folder"),
        (("--name", "No Name"), "for instance no-name"),
        (("--head", "tree"), "invalid choice: 'tree'"),
    ],
)
def test_bad_input_is_one_line_and_code_2(more, line, place, tmp_path):
    done = run(tmp_path, *arguments(place), *more)
    assert done.returncode == 2
    assert line in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "models").exists()


def test_one_class_is_one_line_and_code_2(place, tmp_path):
    one = write_samples(tmp_path / "one", {"red": 4})
    done = run(tmp_path, *arguments(place), "--samples", str(one))
    assert (done.returncode, len(done.stderr.strip().splitlines())) == (2, 1)
    assert "only one class" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="interrupts are sent otherwise there")
def test_an_interrupt_makes_nothing_and_ends_with_130(place, tmp_path):
    command = arguments(place, "--epochs", "100000", "--patience", "100000", "--json")
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *command], env=environment(tmp_path), stderr=subprocess.PIPE
    ) as process:
        deadline = time.monotonic() + 60
        while not list(tmp_path.glob("cache/embeddings/*.bin")) and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    assert not (tmp_path / "models" / "mine.onnx").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is of POSIX")
@pytest.mark.slow
def test_a_kill_at_any_instant_leaves_a_whole_model_or_none(place, tmp_path):
    """Fifteen kills from the start of the work to its end; the next run works without a repair by hand."""
    command = [sys.executable, "-c", PROGRAM, *arguments(place, "--json", "--views", "4", "--epochs", "20")]
    started = time.monotonic()
    assert (
        subprocess.run(command, env=environment(tmp_path), capture_output=True, check=False).returncode == 0
    )
    whole_s = time.monotonic() - started
    choose = random.Random(7)
    killed = 0
    versions = {json.loads(shown)["version"] for shown in [show(tmp_path)]}
    for _ in range(15):
        if choose.random() < 0.5:
            for path in tmp_path.glob("cache/embeddings/*.bin"):
                path.unlink()
        with subprocess.Popen(
            command, env=environment(tmp_path), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            time.sleep(choose.uniform(0.3, 1.0) * whole_s)
            process.kill()
            killed += process.wait() == -signal.SIGKILL
        versions.add(json.loads(show(tmp_path))["version"])
    assert killed >= 5
    done = run(tmp_path, *command[3:])
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["version"] == max(versions) + 1
    left = [p.name for p in (tmp_path / "models").rglob("*") if "trained-" in p.name or ".part" in p.name]
    assert left == []


def show(folder: Path) -> str:
    """The current model, loaded and run: what its card says of the training."""
    code = """
import json
from vision_app.cards.lookup import find_model, sha256, known_weights
from vision_app.engine.predictors import LoadedModel
file = find_model("mine")
if file.card:  # else the card is inside the file
    assert known_weights(file.card) == (file.path.stat().st_size, sha256(file.path)), "card and weights differ"
model = LoadedModel(file, provider="cpu")
model.warm_up((64, 48))
print(json.dumps(model.card.extra["training"]))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment(folder)
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
