"""`vision-app batch --engine dask` with a real scheduler and real workers, some of which die."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clips import write_clip
from tests.dask_cluster import Cluster
from tests.tiny_models import colour_model
from tests.waiting import until

pytest.importorskip("distributed", reason="needs the extra dask")
pytestmark = pytest.mark.slow

CLIPS = 8


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archive")
    first = write_clip(folder / "clip-0.mp4", range(0, 36_000, 100))
    for number in range(1, CLIPS):
        shutil.copy(first, folder / f"clip-{number}.mp4")
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    colour_model(folder, "mine")
    return folder / "mine.onnx"


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "vision_app", "batch", *map(str, arguments), "--span", "6"]


def run(*arguments: object, code: int = 0) -> str:
    done = subprocess.run(command(*arguments), capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def results(folder: Path) -> dict[str, list[dict[str, object]]]:
    """All but how long it took."""
    found = {}
    for path in sorted(folder.glob("*.jsonl")):
        found[path.name] = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        for record in found[path.name]:
            del record["timings_ms"]
    return found


def test_a_worker_dies_and_the_results_are_those_of_one_machine(
    cluster: Cluster, archive: Path, model: Path, tmp_path: Path
) -> None:
    run(archive, "--out", tmp_path / "local", "--model", model)
    far = subprocess.Popen(
        command(
            archive,
            "--out",
            tmp_path / "far",
            "--model",
            model,
            "--engine",
            "dask",
            "--address",
            cluster.address,
        ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    parts = tmp_path / "far" / ".parts"
    until(lambda: far.poll() is not None or len(list(parts.glob("*.jsonl"))) >= 2, 120)
    cluster.workers[0].kill()
    said, _ = far.communicate(timeout=300)
    assert far.returncode == 0, said
    assert results(tmp_path / "far") == results(tmp_path / "local")
    assert len(results(tmp_path / "far")) == CLIPS
    assert not list(parts.iterdir())


def test_the_scheduler_dies_and_comes_back(cluster: Cluster, archive: Path, tmp_path: Path) -> None:
    far = subprocess.Popen(
        command(
            archive,
            "--out",
            tmp_path / "far",
            "--model",
            "sketch-cnn",
            "--engine",
            "dask",
            "--address",
            cluster.address,
        ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    parts = tmp_path / "far" / ".parts"
    until(lambda: far.poll() is not None or len(list(parts.glob("*.jsonl"))) >= 2, 120)
    for process in (cluster.scheduler, *cluster.workers):
        process.kill()
        process.wait()
    time.sleep(2)  # as a machine that starts again
    cluster.scheduler = cluster.start_scheduler()
    cluster.workers = [cluster.start_worker(i) for i in range(2, 4)]
    said, _ = far.communicate(timeout=300)
    assert far.returncode == 0, said
    assert "is away" in said
    assert all(len(lines) == 360 for lines in results(tmp_path / "far").values())
    assert len(results(tmp_path / "far")) == CLIPS


def test_it_goes_on_after_an_interrupt(cluster: Cluster, archive: Path, tmp_path: Path) -> None:
    asked = (
        archive,
        "--out",
        tmp_path / "far",
        "--model",
        "sketch-cnn",
        "--engine",
        "dask",
        "--address",
        cluster.address,
    )
    first = subprocess.Popen(command(*asked), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    parts = tmp_path / "far" / ".parts"
    until(lambda: first.poll() is not None or len(list(parts.glob("*.jsonl"))) >= 2, 120)
    first.send_signal(signal.SIGTERM)
    said, _ = first.communicate(timeout=120)
    assert first.returncode == 130, said
    assert "the same command goes on from here" in said
    assert not list((tmp_path / "far").glob("*.part"))
    again = run(*asked)
    assert f"{CLIPS} of {CLIPS} clips done" in again
    done = int(again.split(" clips done, ")[1].split(" frames")[0])
    assert done < CLIPS * 360
    assert all(len(lines) == 360 for lines in results(tmp_path / "far").values())


def test_nobody_there_is_said(tmp_path: Path, archive: Path) -> None:
    said = run(archive, "--out", tmp_path / "far", "--engine", "dask", code=2)
    assert "needs --address" in said
