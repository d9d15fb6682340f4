"""`vision-app samples` as a subprocess: good runs, bad input, interrupts, full disks."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.sample_kills import COMMAND
from tests.sample_pictures import jpeg
from vision_app.cli import main
from vision_app.samples.dataset import open_samples
from vision_app.samples.store import SampleStore

LIVE = "synthetic:160x120@60"


def run(*arguments, **more):
    return subprocess.run(
        [*COMMAND, "samples", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        **more,
    )


def run_here(capfd, *arguments):
    """The same without a process of its own, for what is refused before anything begins."""
    with contextlib.suppress(SystemExit):
        code = 2  # what the parser of arguments ends with
        code = main(["samples", *map(str, arguments)])
    printed = capfd.readouterr()
    return subprocess.CompletedProcess(arguments, code, printed.out, printed.err)


def refused(done, *said, code=2) -> None:
    """One line on standard error, no traceback, the right exit code."""
    assert done.returncode == code, done.stderr
    text = done.stderr.strip()
    assert "\n" not in text, text
    assert text.startswith("vision-app")
    for part in said:
        assert part in text, text


def records(done) -> list[dict]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def counts(store: Path) -> dict[str, int]:
    with SampleStore.open(store, writable=False) as opened:
        return {c.label: c.count for c in opened.classes}


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def pictures(place):
    """Two classes of twelve, in folders."""
    for label in ("cat", "dog"):
        (place / "in" / label).mkdir(parents=True)
        for i in range(12):
            (place / "in" / label / f"{i}.jpg").write_bytes(jpeg(ord(label[0]) * 100 + i))
    return place / "in"


# -- good runs -------------------------------------------------------------------------------------------


def test_the_whole_way_from_capture_to_export(place, pictures):
    done = run(
        "capture", "--source", LIVE, "--class", "card", "--count", 5, "--rate", 30, "--samples", "mine"
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "card: 5 samples more, 5 now\n"
    done = run("import", pictures, "--samples", "mine")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "24 added, 0 were there already, 0 refused")
    done = run("import", pictures, "--samples", "mine")
    assert done.stdout == "0 added, 24 were there already, 0 refused\n"
    done = run("stats", "--samples", "mine", "--json")
    stats = json.loads(done.stdout)
    assert [(c["label"], c["samples"]) for c in stats["classes"]] == [("card", 5), ("cat", 12), ("dog", 12)]
    assert any("'card' has 5 samples" in line for line in stats["advice"])
    done = run("stats", "--samples", "mine")
    assert "12  cat: 12 sessions" in done.stdout
    done = run("check", "--samples", "mine", "--deep")
    assert (done.returncode, done.stdout) == (0, "29 samples, 0 wrong\n")
    done = run("export", "out.zip", "--samples", "mine")
    assert done.stdout == "wrote 29 samples of 3 classes to out.zip\n"
    with zipfile.ZipFile("out.zip") as file:
        assert file.testzip() is None
        assert sum(name.startswith("cat/") for name in file.namelist()) == 12


@pytest.mark.slow
def test_edits_and_undo(place, pictures):
    run("import", pictures, "--samples", "mine")
    assert run("rename", "cat", "고양이 😀", "--samples", "mine").stdout == "rename 'cat' to '고양이 😀'\n"
    ids = [
        line.split("\t")[0] for line in run("list", "--samples", "mine", "--class", "dog").stdout.splitlines()
    ]
    assert len(ids) == 12
    run("delete", *ids[:2], "--samples", "mine")
    run("relabel", "wolf", *ids[2:4], "--samples", "mine")
    run("merge", "wolf", "고양이 😀", "--samples", "mine")
    assert counts(place / "mine") == {"고양이 😀": 14, "dog": 8}
    done = run("undo", "--samples", "mine", "--json")
    assert json.loads(done.stdout)["done"] == "undone: merge 'wolf' into '고양이 😀'"
    with SampleStore.open(place / "mine") as store:
        assert [store.undo() for _ in range(4)] == [
            "move 2 samples to 'wolf'",
            "delete 2 samples",
            "rename 'cat' to '고양이 😀'",
            None,
        ]
    assert run("undo", "--samples", "mine").stdout == "there is nothing to do\n"
    assert counts(place / "mine") == {"cat": 12, "dog": 12, "wolf": 0}
    assert run("redo", "--samples", "mine").stdout == "done again: rename 'cat' to '고양이 😀'\n"


@pytest.mark.slow
def test_the_trash_is_emptied_on_word_alone(place, pictures):
    run("import", pictures, "--samples", "mine")
    ids = [line.split("\t")[0] for line in run("list", "--samples", "mine").stdout.splitlines()]
    assert run("empty-trash", "--samples", "mine").stdout == "there is nothing to do\n"
    run("delete", *ids[:2], "--samples", "mine")
    trash = place / "mine" / "trash"
    assert len(list(trash.iterdir())) == 2
    refused(
        run("empty-trash", "--samples", "mine"), "2 deleted pictures are in the trash; --yes removes them"
    )
    assert len(list(trash.iterdir())) == 2
    assert run("empty-trash", "--samples", "mine", "--yes").stdout == "2 pictures removed for good\n"
    assert list(trash.iterdir()) == []
    assert run("undo", "--samples", "mine").stdout == "there is nothing to do\n"


def test_classes_in_turn_after_a_countdown(place):
    done = run(
        "capture", "--source", LIVE, "--class", "a", "--class", "b", "--count", 3, "--rate", 30,
        "--countdown", 1, "--samples", "mine",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines() == ["a (1 of 2) in 1", "b (2 of 2) in 1"]
    assert counts(place / "mine") == {"a": 3, "b": 3}


def test_the_background_class(place):
    done = run("capture", "--source", LIVE, "--background", "--count", 3, "--rate", 30, "--samples", "mine")
    assert done.returncode == 0, done.stderr
    assert open_samples(place / "mine").background == "none of these"


def test_json_acknowledges_every_sample(place):
    done = run(
        "capture", "--source", LIVE, "--class", "a", "--count", 7, "--rate", 60, "--samples", "mine", "--json"
    )
    *batches, last = records(done)
    told = {s["id"]: s["sha256"] for batch in batches for s in batch["samples"]}
    assert told == {s.id: s.sha256 for s in open_samples(place / "mine").samples}
    assert batches[-1]["counted"] == 7
    assert (last["event"], last["counted"], last["by_class"], last["interrupted"]) == (
        "done",
        7,
        {"a": 7},
        False,
    )


@pytest.mark.parametrize(("crop", "size_wh"), [("centre", (120, 120)), ("region:0,0,0.5,0.5", (80, 60))])
def test_the_part_that_was_asked_for_is_saved(place, crop, size_wh):
    run("capture", "--source", LIVE, "--class", "a", "--count", 1, "--crop", crop, "--samples", "mine")
    (sample,) = open_samples(place / "mine").samples
    assert cv2.imread(str(sample.path)).shape[1::-1] == size_wh


@pytest.mark.slow
def test_objects_that_a_detector_finds_are_cut_out(place, shared_data, shared_models):
    done = run(
        "capture", "--source", shared_data / "clips" / "intel_bottle-detection.mp4", "--class", "bottle",
        "--model", shared_models / "yolov8n_640_dynint8.onnx", "--crop", "box:bottle",
        "--count", 2, "--rate", 1, "--samples", "mine",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    clip_wh = (
        cv2.VideoCapture(str(shared_data / "clips" / "intel_bottle-detection.mp4")).read()[1].shape[1::-1]
    )
    with SampleStore.open(place / "mine", writable=False) as store:
        for sample in store.samples():
            facts = store.facts(sample.id)
            assert facts.crop.kind == "box"
            assert np.prod(facts.size_wh) < 0.5 * np.prod(clip_wh)


@pytest.mark.slow
def test_a_clip_that_is_too_short_says_so(place, shared_data):
    clip = shared_data / "clips" / "intel_asl_yes.mkv"
    done = run("capture", "--source", clip, "--class", "yes", "--count", 5000, "--samples", "mine")
    assert done.returncode == 0
    assert "the source ended before there were 5000" in done.stderr
    assert counts(place / "mine")["yes"] > 0


@pytest.mark.slow
def test_reading_commands_take_a_plain_folder(place, pictures):
    for command in ("stats", "check", "list"):
        done = run(command, "--samples", pictures)
        assert (done.returncode, done.stderr) == (0, "")
    assert "classes.json" not in {p.name for p in pictures.rglob("*")}


@pytest.mark.slow
def test_a_check_that_finds_damage_fails_and_names_the_file(place, pictures):
    run("import", pictures, "--samples", "mine")
    path = open_samples(place / "mine").samples[3].path
    path.write_bytes(b"scribble")
    done = run("check", "--samples", "mine")
    assert done.returncode == 1
    assert str(path) in done.stdout
    assert "24 samples, 1 wrong" in done.stdout
    assert json.loads(run("check", "--samples", "mine", "--json").stdout)["wrong"][0]["state"] == "changed"


# -- interrupts ------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
@pytest.mark.parametrize("kind", ["capture", "import"])
def test_an_interrupt_finishes_cleanly(place, number, kind):
    if kind == "capture":
        more = ["--source", LIVE, "--class", "a", "--rate", "60"]
    else:
        (place / "many").mkdir()
        for i in range(600):
            (place / "many" / f"{i}.jpg").write_bytes(jpeg(i))
        more = ["many", "--class", "a"]
    command = [*COMMAND, "samples", kind, "--samples", "mine", "--json", *more]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        first = process.stdout.readline()
        process.send_signal(number)
        rest, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (130, "")
    lines = [json.loads(line) for line in (first + rest).splitlines()]
    told = {s["id"] for line in lines for s in line.get("samples", ()) if isinstance(s, dict)}
    assert lines[-1]["event"] == "done"
    with SampleStore.open(place / "mine") as store:
        assert store.notices == ()
        assert {s.id for s in store.samples()} == told
    if kind == "import":
        assert lines[-1]["stopped"]
        again = run("import", *more, "--samples", "mine")
        assert f"{600 - len(told)} added, {len(told)} were there already" in again.stdout


@pytest.mark.slow
def test_a_second_writer_is_refused_while_the_first_goes_on(place):
    command = [
        *COMMAND,
        "samples",
        "capture",
        "--source",
        LIVE,
        "--class",
        "a",
        "--samples",
        "mine",
        "--json",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.readline()
        refused(run("undo", "--samples", "mine"), "another program is writing")
        assert run("stats", "--samples", "mine").returncode == 0
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 130


# -- full disks ------------------------------------------------------------------------------------------


def limited(megabytes: float):
    import resource

    size = int(megabytes * 1e6)
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no RLIMIT_FSIZE")
@pytest.mark.parametrize("kind", ["capture", "import"])
def test_a_manifest_that_cannot_grow_ends_it_with_one_message_and_keeps_what_is_counted(
    place, pictures, kind
):
    if kind == "capture":
        more = ["--source", LIVE, "--class", "a", "--rate", "60", "--count", "500"]
    else:
        for i in range(200):
            (pictures / "cat" / f"more {i}.jpg").write_bytes(jpeg(5000 + i))
        more = [str(pictures)]
    done = run(kind, *more, "--samples", "mine", "--json", preexec_fn=limited(0.03))
    refused(done, "the disk is full; make room", code=1)
    told = {s["id"] for line in records(done) for s in line.get("samples", ()) if isinstance(s, dict)}
    assert len(told) > 10
    with SampleStore.open(place / "mine") as store:
        assert store.notices == ()
        assert {s.id for s in store.samples()} == told


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 1 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small disk cannot be mounted here")
    yield disk
    for _ in range(50):
        if subprocess.run(["umount", disk], capture_output=True, check=False).returncode == 0:
            break
        time.sleep(0.1)


@pytest.mark.slow
def test_a_disk_that_is_full_ends_the_capture_and_keeps_what_is_counted(small_disk):
    more = ["--source", "synthetic:320x240@100", "--class", "a", "--rate", "100", "--count", "5000"]
    done = run("capture", *more, "--samples", small_disk / "mine", "--json")
    refused(done, "the disk is full; make room", code=1)
    told = {s["id"] for line in records(done) for s in line.get("samples", ()) if isinstance(s, dict)}
    assert len(told) > 10
    with SampleStore.open(small_disk / "mine") as store:
        assert {s.id for s in store.samples()} == told
    assert run("check", "--samples", small_disk / "mine", "--deep").returncode == 0


# -- bad input -------------------------------------------------------------------------------------------

BAD = {
    "no class": (["capture", "--source", LIVE, "--samples", "mine"], "--class NAME"),
    "no such source": (["capture", "--source", "no.mp4", "--class", "a", "--samples", "mine"], "no.mp4"),
    "turns without a count": (
        ["capture", "--source", LIVE, "--class", "a", "--class", "b", "--samples", "mine"],
        "need --count",
    ),
    "two backgrounds": (
        ["capture", "--source", LIVE, "--background", "--class", "a", "--class", "b", "--samples", "mine"],
        "one background class",
    ),
    "invisible class": (["capture", "--source", LIVE, "--class", " ", "--samples", "mine"], "can be seen"),
    "endless class": (
        ["capture", "--source", LIVE, "--class", "x" * 2000, "--samples", "mine"],
        "at most 1000",
    ),
    "crop": (
        ["capture", "--source", LIVE, "--class", "a", "--crop", "oval", "--samples", "mine"],
        "--crop oval",
    ),
    "box without a detector": (
        ["capture", "--source", LIVE, "--class", "a", "--crop", "box", "--samples", "mine"],
        "needs a detector",
    ),
    "box with a classifier": (
        [
            *("capture", "--source", LIVE, "--class", "a", "--samples", "mine"),
            *("--crop", "box", "--model", "efficientnet-lite0"),
        ],
        "does not find boxes",
    ),
    "detector without box": (
        ["capture", "--source", LIVE, "--class", "a", "--model", "yolox-nano", "--samples", "mine"],
        "--crop box",
    ),
    "rate": (["capture", "--source", LIVE, "--class", "a", "--rate", "0", "--samples", "mine"], "--rate"),
    "count": (["capture", "--source", LIVE, "--class", "a", "--count", "0", "--samples", "mine"], "--count"),
    "no such import": (["import", "nowhere", "--samples", "mine"], "nowhere"),
    "every and rate": (["import", ".", "--every", "2", "--rate", "2", "--samples", "mine"], "one of them"),
    "stats of nothing": (["stats", "--samples", "nowhere"], "no such folder"),
    "undo of nothing": (["undo", "--samples", "nowhere"], "no sample store"),
    "delete nothing": (["delete", "--samples", "full"], "what is to be deleted"),
    "rename nothing": (
        ["rename", "cow", "ox", "--samples", "full"],
        "no class 'cow'; the classes are: 'cat', 'dog'",
    ),
    "list nothing": (["list", "--class", "cow", "--samples", "full"], "no class 'cow'"),
    "export over": (["export", "in", "--samples", "full"], "exists"),
    "samples are no store": (
        ["capture", "--source", LIVE, "--class", "a", "--samples", "in"],
        "samples import",
    ),
}


@pytest.mark.parametrize(("arguments", "said"), BAD.values(), ids=list(BAD))
def test_bad_input_is_refused_in_one_line(place, pictures, capfd, arguments, said):
    if "full" in arguments:
        assert run_here(capfd, "import", pictures, "--samples", "full").returncode == 0
    refused(run_here(capfd, *arguments), said)


def test_a_zip_that_leads_out_is_refused(place):
    with zipfile.ZipFile("evil.zip", "w") as file:
        file.writestr("../../cat/1.jpg", jpeg(1))
    refused(run("import", "evil.zip", "--samples", "mine"), "leads out of its folder")


def test_passwords_of_sources_are_not_kept(place):
    from tests.mjpeg_server import MjpegServer

    with MjpegServer() as server:
        url = server.url.replace("http://", "http://user:secret@")
        done = run("capture", "--source", url, "--class", "a", "--count", 2, "--samples", "mine")
    assert done.returncode == 0, done.stderr
    for path in (place / "mine").rglob("*"):
        if path.is_file():
            assert b"secret" not in path.read_bytes()
    assert "secret" not in done.stdout + done.stderr
