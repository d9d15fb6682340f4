"""`vision-app site` as a command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.clips import write_clip
from vision_app.cli import main

SITE = [sys.executable, "-m", "vision_app", "site"]


def test_a_site_is_made_checked_run_backed_up_and_restored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "shop" / "site.toml"
    assert main(["site", "init", str(path), "--source", "synthetic:64x48@10"]) == 0
    path.write_text(
        path.read_text(encoding="utf-8").replace("nanodet-g-int8", "sketch-cnn"), encoding="utf-8"
    )
    assert main(["site", "check", str(path)]) == 0
    assert "stream 1: synthetic, 64x48, 10 frames/s" in capsys.readouterr().out
    assert main(["site", "run", str(path), "--seconds", "1"]) == 0
    assert "stream 1: ended" in capsys.readouterr().out
    assert main(["site", "backup", str(path), "--to", str(tmp_path / "b.zip")]) == 0
    assert main(["site", "restore", str(tmp_path / "b.zip"), "--to", str(tmp_path / "new")]) == 0
    assert (tmp_path / "new" / "site.toml").read_text(encoding="utf-8") == path.read_text(encoding="utf-8")
    capsys.readouterr()
    assert main(["site", "init", str(path), "--systemd"]) == 0
    assert "WatchdogSec=60" in capsys.readouterr().out


@pytest.mark.parametrize(("place", "trust"), [("shop/a.mp4", False), ("elsewhere/a.mp4", True)])
def test_a_file_is_found_from_where_the_site_is(
    place: str,
    trust: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(place).parent.mkdir()
    write_clip(tmp_path / place, range(0, 500, 100))
    assert main(["site", "init", "shop/site.toml", "--source", place]) == 0
    told = capsys.readouterr().out
    assert ("--trust" in told) is trust
    flags = ["--trust"] if trust else []
    assert main(["site", "check", "shop/site.toml", *flags]) == 0
    assert "320x240" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run"], "give a site file, or --source"),
        (["run", "site.toml", "--source", "0"], "not both"),
        (["run", "nothing.toml"], "no such site file"),
        (["restore", "nothing.zip", "--to", "x"], "no such backup"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["site", *arguments]) == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_site_ends_when_it_is_asked_to_and_another_takes_over(tmp_path: Path) -> None:
    command = [
        *SITE,
        "run",
        "--source",
        "synthetic:64x48@10",
        "--source",
        "synthetic:64x48@10",
        "--model",
        "sketch-cnn",
    ]
    for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGTERM):
        process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        while "runs, its folder is" not in (line := process.stderr.readline()):
            assert line, "it has ended"
        process.send_signal(number)
        began_s = time.monotonic()
        _, said = process.communicate(timeout=60)
        assert process.returncode == (130 if number == signal.SIGTERM else -signal.SIGKILL), said
        assert time.monotonic() - began_s < 30
    assert (tmp_path / "site" / "log" / "site.log").read_text(encoding="utf-8").count(
        "runs with 2 streams"
    ) == 3


def test_a_site_from_the_command_line_has_the_streams_of_its_sources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.clips import constant, write_clip

    for name, count in (("a", 12), ("b", 9)):
        write_clip(tmp_path / f"{name}.mp4", constant(count))
    monkeypatch.chdir(tmp_path)
    assert main(["site", "run", "--source", "a.mp4", "--source", "b.mp4", "--model", "sketch-cnn"]) == 0
    said = capsys.readouterr().out
    assert "12 frames" in said and "9 frames" in said
    assert (
        main(
            ["--source", "a.mp4", "--source", "b.mp4", "--model", "sketch-cnn", "--json", "r.jsonl", "--gate"]
        )
        == 0
    )
    records = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(records) == 21
