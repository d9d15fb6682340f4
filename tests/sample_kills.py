"""Kills `vision-app samples` at random instants, again and again on one store, and checks what is left.

A sample counts once the command has acknowledged it with a whole line on its standard output.
"""

from __future__ import annotations

import hashlib
import json
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

from tests.sample_pictures import jpeg
from vision_app.samples.pictures import read_picture
from vision_app.samples.sample import Sample
from vision_app.samples.store import SampleStore

COMMAND = [sys.executable, "-m", "vision_app"]
_PICTURES = 300


@dataclass
class Kills:
    """What came of a series.

    Attributes:
        acknowledged: id to SHA-256 of every sample that was acknowledged.
        kills: how many processes were killed, by what they did.
        unacknowledged: samples that are there though their acknowledgement did not come through.
        adopted: openings that had to take in pictures.
        open_s: how long each opening took, the repair included.
    """

    acknowledged: dict[str, str] = field(default_factory=dict)
    kills: dict[str, int] = field(default_factory=dict)
    unacknowledged: int = 0
    adopted: int = 0
    open_s: list[float] = field(default_factory=list)


def run_kills(folder: Path, count: int, seed: int = 0) -> Kills:
    """Kill that many processes and check after each.

    Args:
        folder: an empty folder to work in.
        count: how many.
        seed: of the instants.

    Raises:
        AssertionError: a counted sample is gone or changed, a file is half, or a repair by hand would be needed.
    """
    chance = random.Random(seed)
    pictures = folder / "pictures"
    pictures.mkdir()
    for i in range(_PICTURES):
        (pictures / f"{i}.jpg").write_bytes(jpeg(i))
    store, result = folder / "store", Kills()
    for number in range(count):
        kind = "capture" if number % 2 else "import"
        if kind == "capture":
            more = ["--source", "synthetic:160x120@300", "--rate", "300", "--class", f"c{number % 6}"]
        else:
            more = [str(pictures), "--class", f"import {number}"]
        command = [*COMMAND, "samples", kind, "--samples", str(store), "--json", *more]
        # some die before they wrote anything, most while they write
        acknowledged = _killed(
            command, None if number % 10 else chance.uniform(0.05, 0.5), chance.uniform(0, 0.3)
        )
        result.acknowledged.update(acknowledged)
        result.kills[kind] = result.kills.get(kind, 0) + 1
        _check(store, result, acknowledged)
    _check(store, result, result.acknowledged)
    return result


def _killed(command: list[str], after_start_s: float | None, after_first_s: float) -> dict[str, str]:
    """Start a command, kill it, and give what it acknowledged in whole lines.

    Args:
        command: what to start.
        after_start_s: kill so long after the start; None to wait for the first acknowledgement.
        after_first_s: kill so long after that.
    """
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    lines: list[bytes] = []
    assert process.stdout is not None
    reader = Thread(target=lines.extend, args=(iter(process.stdout.readline, b""),))
    reader.start()
    if after_start_s is not None:
        time.sleep(after_start_s)
    else:
        end_s = time.monotonic() + 60
        while not lines and process.poll() is None and time.monotonic() < end_s:
            time.sleep(0.002)
        time.sleep(after_first_s)
    process.send_signal(signal.SIGKILL)
    process.wait()
    reader.join()
    assert process.stderr is not None
    errors = process.stderr.read()
    for stream in (process.stdout, process.stderr):
        stream.close()
    assert b"Traceback" not in errors, errors.decode()
    found = {}
    for line in lines:
        if line.endswith(b"\n"):
            found.update(
                {s["id"]: s["sha256"] for s in json.loads(line).get("samples", ()) if s != "samples"}
            )
    return found


def _check(folder: Path, result: Kills, to_hash: dict[str, str]) -> None:
    """All that was ever counted has to be there; the files of some are hashed, in the end those of all."""
    if not (folder / "manifest.jsonl").exists():
        assert not result.acknowledged
        return
    with SampleStore.open(folder, writable=False) as reader:  # a reader needs no repair
        assert result.acknowledged.keys() <= {s.id for s in reader.samples()}, "a counted sample is gone"
    started_s = time.perf_counter()
    with SampleStore.open(folder) as store:
        result.open_s.append(time.perf_counter() - started_s)
        assert all("taken in" in notice for notice in store.notices), store.notices
        result.adopted += bool(store.notices)
        there = {s.id: s for s in store.samples()}
        _check_acknowledged(there, result, to_hash)
        assert store.missing() == []
        assert list((folder / "incoming").iterdir()) == []
        files = {p.name for p in (folder / "pictures").rglob("*") if p.is_file()}
        assert files == {s.path.name for s in there.values()}
        for sample in there.values():
            if sample.id not in result.acknowledged:
                read_picture(sample.path)  # whole, though nobody was told of it
                result.unacknowledged += 1
                result.acknowledged[sample.id] = sample.sha256


def _check_acknowledged(there: dict[str, Sample], result: Kills, to_hash: dict[str, str]) -> None:
    for sample_id, sha256 in result.acknowledged.items():
        assert sample_id in there, f"{sample_id} was counted and is gone"
        assert there[sample_id].sha256 == sha256
    for sample_id, sha256 in to_hash.items():
        assert hashlib.sha256(there[sample_id].path.read_bytes()).hexdigest() == sha256
