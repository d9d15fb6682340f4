"""`vision-app models` as a user runs it: real processes, a real server, full disks, signals, two at once."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import pytest

from tests import tiny_models as tiny
from tests.file_server import FileServer
from vision_app.resources import models_dir

COMMAND = [sys.executable, "-m", "vision_app", "models"]
CONTENT = random.Random(7).randbytes(400_000)


@pytest.fixture
def models(tmp_path, monkeypatch):
    folder = tmp_path / "models"
    folder.mkdir()
    monkeypatch.setenv("VISION_APP_MODELS", str(folder))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    monkeypatch.chdir(tmp_path)
    return folder


# a file that may not grow is what a full disk is to a program that writes one
LIMITED = """\
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
os.execv(sys.argv[2], sys.argv[2:])
"""


def run(
    *arguments, code: int = 0, largest_file: int | None = None, **more
) -> subprocess.CompletedProcess[str]:
    limit = [] if largest_file is None else [sys.executable, "-c", LIMITED, str(largest_file)]
    done = subprocess.run(
        [*limit, *COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        **more,
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done


def start(*arguments) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def refused(done, *said: str) -> None:
    text = done.stderr.strip()
    assert "\n" not in text, text
    for part in said:
        assert part in text, text


def offer(models: Path, url: str, content: bytes = CONTENT, name: str = "far", **changes) -> None:
    download = {"url": url, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    tiny.write_card(models / f"{name}.onnx", download=download, **changes)


def part_size(models: Path) -> int:
    parts = list((models / ".incoming").glob("*.part"))
    return parts[0].stat().st_size if parts else 0


# -- list and info ---------------------------------------------------------------------------------------


def test_the_list_as_json_has_all_that_scripts_need(models):
    offer(models, "https://example.org/far.onnx")
    tiny.colour_classifier(models / "bare.onnx")
    rows = {row["name"]: row for row in json.loads(run("list", "--json").stdout)}
    for row in rows.values():
        assert {"name", "family", "task", "installed", "licence", "bytes", "sha256", "url"} <= set(row)
    assert rows["efficientnet-lite0"]["installed"] is True
    assert rows["far"] == {
        **rows["far"],
        "installed": False,
        "task": "classify",
        "licence": "Apache-2.0",
        "bytes": len(CONTENT),
        "sha256": hashlib.sha256(CONTENT).hexdigest(),
        "url": "https://example.org/far.onnx",
    }
    content = (models / "bare.onnx").read_bytes()
    assert rows["bare"]["installed"] is True
    assert (rows["bare"]["bytes"], rows["bare"]["sha256"]) == (
        len(content),
        hashlib.sha256(content).hexdigest(),
    )
    assert rows["bare"]["task"] is None
    assert rows["yolo11n"]["bytes"] is None
    assert rows["yolo11n"]["url"] is None


def test_the_list_is_filtered(models):
    def names(*flags):
        return {row["name"] for row in json.loads(run("list", "--json", *flags).stdout)}

    everything = names()
    assert names("--task", "detect") >= {"yolox-nano", "yolo11n"}
    assert "resnet18" not in names("--task", "detect")
    assert names("--family", "RESNET") == {"resnet18", "resnet50", "resnet101", "sketch-cnn"}
    weights = {path.stem for path in models_dir().glob("*.onnx")}
    chains = {path.name.removesuffix(".chain.json") for path in models_dir().glob("*.chain.json")}
    assert names("--installed") == weights | chains
    assert len(everything) > 30


def test_the_list_is_plain_lines_in_a_pipe(models):
    lines = run("list", env={**os.environ, "COLUMNS": "40"}).stdout.splitlines()
    line = next(line for line in lines if line.startswith("resnet18 "))
    for part in ("classify", "ResNet (CNN)", "46.7 MB", "BSD-3-Clause", "huggingface.co"):
        assert part in line
    assert all("\x1b" not in line for line in lines)


def test_a_broken_card_is_reported_and_hides_nothing(models):
    (models / "broken.json").write_text("{", encoding="utf-8")
    done = run("list")
    assert "broken.json" in done.stderr
    assert "resnet18" in done.stdout


def test_info_tells_all_of_a_card_and_how_to_get_the_weights(models):
    text = run("info", "resnet50").stdout
    for part in (
        "BSD-3-Clause",
        "76.13 %",
        "docs.pytorch.org",
        "vision-app models pull resnet50",
        "25.56 million",
    ):
        assert part in text
    record = json.loads(run("info", "efficientnet-lite0", "--json").stdout)
    assert record["installed"] is True
    assert record["card"]["published"]["top1"] == 75.1
    assert Path(record["path"]).is_file()


def test_info_of_a_file(models, tmp_path):
    assert "red, green, blue" in run("info", tiny.colour_model(tmp_path)).stdout
    refused(run("info", "nothing", code=2), "no model is called 'nothing'")


# -- pull ------------------------------------------------------------------------------------------------


def test_a_pulled_model_runs(models, tmp_path):
    file = tiny.colour_classifier(tmp_path / "served.onnx")
    cv2.imwrite(str(tmp_path / "red.png"), tiny.solid((0, 0, 255)))
    with FileServer(file.read_bytes()) as server:
        offer(models, server.url, file.read_bytes())
        done = run("pull", "far")
    assert "licence Apache-2.0" in done.stderr
    assert str(models / "far.onnx") in done.stdout
    frames = subprocess.run(
        [
            *COMMAND[:-1],
            "run",
            "--source",
            "red.png",
            "--model",
            "far",
            "--no-save",
            "--json",
            "-",
            "--quiet",
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert json.loads(frames.stdout)["results"][0]["classes"][0]["label"] == "red"


def test_a_model_that_is_not_here_names_the_command(models):
    done = subprocess.run(
        [
            *COMMAND[:-1],
            "--source",
            "synthetic:64x48",
            "--model",
            "resnet18",
            "--no-save",
            "--max-frames",
            "1",
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    refused(done, "vision-app models pull resnet18")


def test_exit_codes_of_a_pull(models):
    with FileServer(CONTENT, statuses={"/file": 404}) as server:
        offer(models, server.url)
        done = run("pull", "far", "--quiet", code=1)
    refused(done, "404", "by hand", server.url, hashlib.sha256(CONTENT).hexdigest(), str(models / "far.onnx"))
    refused(run("pull", "nothing", code=2), "no model is called")
    refused(run("pull", "yolo11n", code=2), "cannot be fetched")


def test_the_other_models_are_pulled_when_one_fails(models):
    with FileServer(CONTENT) as server:
        offer(models, f"{server.root}/missing", name="first")
        offer(models, server.url, name="second")
        run("pull", "first", "second", code=1)
    assert (models / "second.onnx").read_bytes() == CONTENT
    assert not (models / "first.onnx").exists()


def test_a_silent_server_is_given_up_after_the_timeout(models):
    with FileServer(CONTENT, hold_after=100_000) as server:
        offer(models, server.url)
        done = run("pull", "far", "--timeout", "0.3", "--quiet", code=1)
    refused(done, "was silent for 0.3 s", "kept")


def test_a_full_disk_leaves_nothing_under_the_final_name(models):
    with FileServer(CONTENT) as server:
        offer(models, server.url)
        done = run("pull", "far", "--quiet", code=1, largest_file=200_000)
        refused(done, "the disk is full", "200000 of 400000 bytes are kept")
        assert not (models / "far.onnx").exists()
        run("pull", "far")
        assert server.requests[-1].status == 206
    assert (models / "far.onnx").read_bytes() == CONTENT


def test_adding_on_a_full_disk_leaves_nothing(models, tmp_path):
    done = run("add", tiny.colour_model(tmp_path), code=2, largest_file=100)
    refused(done, "the disk is full")
    assert [p.name for p in models.iterdir()] == [".incoming"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "killed"])
def test_an_interrupted_pull_goes_on_later(models, number):
    with FileServer(CONTENT, hold_after=3 * 65_536) as server:
        offer(models, server.url)
        process = start("pull", "far")
        with process:
            assert server.held.wait(30)
            until = time.monotonic() + 30
            while (
                part_size(models) < 2 * 65_536 and time.monotonic() < until
            ):  # a file tells nobody that it grew
                time.sleep(0.01)
            process.send_signal(number)
            _, errors = process.communicate(timeout=30)
        server.release.set()
        assert process.returncode == (130 if number == signal.SIGINT else -signal.SIGKILL)
        assert "Traceback" not in errors
        assert not (models / "far.onnx").exists()
        kept = part_size(models)
        assert kept >= 2 * 65_536
        run("pull", "far")
        assert server.requests[-1].range == f"bytes={kept}-"
        assert server.requests[-1].status == 206
    assert (models / "far.onnx").read_bytes() == CONTENT


@pytest.mark.slow
def test_two_processes_that_pull_the_same_model_fetch_it_once(models):
    with FileServer(CONTENT, hold_after=100_000) as server:
        offer(models, server.url)
        with start("pull", "far") as first, start_after(server, "pull", "far") as second:
            assert second.stdout is not None
            assert "another process" in second.stdout.readline()
            server.release.set()
            outputs = [p.communicate(timeout=60) for p in (first, second)]
        assert [first.returncode, second.returncode] == [0, 0], outputs
        assert len(server.requests) == 1
    assert (models / "far.onnx").read_bytes() == CONTENT


def start_after(server: FileServer, *arguments) -> subprocess.Popen[str]:
    """Start a process once the server is busy with another."""
    assert server.held.wait(30)
    return start(*arguments)


@pytest.mark.slow
def test_the_second_process_goes_on_when_the_first_is_killed(models):
    with FileServer(CONTENT, hold_after=2 * 65_536) as server:
        offer(models, server.url)
        with start("pull", "far") as first, start_after(server, "pull", "far") as second:
            assert second.stdout is not None
            assert "another process" in second.stdout.readline()
            server.hold_after = None
            first.kill()
            _, errors = second.communicate(timeout=60)
            first.communicate(timeout=60)
        assert second.returncode == 0, errors
    assert (models / "far.onnx").read_bytes() == CONTENT


# -- add, remove, verify ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_model_is_added_listed_verified_and_removed(models, tmp_path):
    file = tiny.colour_classifier(tmp_path / "m.onnx")
    (tmp_path / "names.txt").write_text("red\ngreen\nblue\n", encoding="utf-8")
    refused(run("add", file, code=2), "--labels FILE|NAME", "--recipe imagenet|unit|")
    flags = ["--set", "input.scale=0.00392157", "--set", "input.resize=squash", "--labels", "names.txt"]
    refused(run("add", file, *flags, code=2), "output.activation softmax is probably right")
    flags += ["--set", "output.activation=softmax"]
    added = run("add", file, "--name", "mine", *flags, "--set", "input.mean=0,0,0")
    assert "mine: classify, 3 classes" in added.stdout
    assert "mine" in run("list", "--installed").stdout
    assert run("verify", "mine").stdout.startswith("ok")
    (models / "mine.onnx").write_bytes(b"broken")
    done = run("verify", code=1)
    assert any(line.startswith("DIFFERS") and "mine" in line for line in done.stdout.splitlines())
    states = {row["name"]: row["state"] for row in json.loads(run("verify", "--json", code=1).stdout)}
    assert states["mine"] == "differs"
    assert states["efficientnet-lite0"] == "ok"
    run("remove", "mine")
    assert not (models / "mine.onnx").exists()
    refused(run("remove", "efficientnet-lite0", code=2), "read-only")


@pytest.mark.slow
def test_bad_files_and_names_get_one_line(models, tmp_path):
    file = tiny.colour_model(tmp_path)
    refused(run("add", file, "--name", "../../evil", code=2), "name must be lower-case letters")
    (tmp_path / "m.pt").write_bytes(b"PK\x03\x04")
    refused(run("add", "m.pt", code=2), "vision-app models export")
    refused(run("add", "none.onnx", code=2), "no such model file")
    refused(run("add", file, "--set", "nonsense", code=2), "--set wants")
    refused(run("pull", "../far", code=2), "no model is called")
    refused(run("nonsense", code=2), "invalid choice")


def test_help_without_a_subcommand(models):
    text = run().stdout
    for name in ("list", "info", "pull", "add", "remove", "verify"):
        assert name in text
