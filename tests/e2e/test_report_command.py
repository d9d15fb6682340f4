"""`vision-app report` as a user runs it, and its page in a real browser."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from vision_app.resources import demo_clip

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")


def run(*arguments: object, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "vision_app", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a second of the clip, from its third second on, with the video beside it."""
    folder = tmp_path_factory.mktemp("run")
    run(
        *("--source", demo_clip(), "--model", "nanodet-g-int8", "--start", 3, "--max-frames", 30),
        *("--json", folder / "results.jsonl", "--save", folder, "--quiet"),
    )
    return folder / "results.jsonl"


def data_of(page: Path) -> dict[str, object]:
    text = page.read_text(encoding="utf-8")
    return json.loads(re.findall(r'type="application/json">(.*?)</script>', text, re.S)[0])


def test_a_page_of_a_run(results: Path, tmp_path: Path) -> None:
    page = tmp_path / "my page.html"
    done = run("report", results, "--out", page, "--lang", "ko")
    assert f"page: {page}" in done.stdout
    (source,) = data_of(page)["sources"]
    assert source["video"].endswith("annotated.mp4")
    assert source["starts"] == 3.0
    assert any(lane["label"] == "컵" for lane in source["lanes"])
    assert "exists" in run("report", results, "--out", page, code=2).stderr
    assert run("report", results, "--out", page, "--overwrite", "--video", demo_clip()).returncode == 0
    (source,) = data_of(page)["sources"]
    assert (source["video"].endswith("demo.mp4"), source["starts"]) == (True, 0.0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--out", "."], "is a folder"),
        (["--video", "no-such.mp4"], "--video: no such file: no-such.mp4"),
        (["--least", "2"], "must be a number from 0 to 1"),
        (["--gap", "-1"], "must be seconds"),
        (["--most", "0"], "must be a whole number"),
    ],
)
def test_bad_flags_are_said(results: Path, flags: list[str], words: str) -> None:
    assert words in run("report", results, *flags, code=2).stderr


def test_a_file_of_something_else_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text("hello\n")
    assert "line 1 is no JSON" in run("report", tmp_path / "x.jsonl", code=2).stderr
    assert "no such file" in run("report", tmp_path / "y.jsonl", code=2).stderr.lower()
    assert not list(tmp_path.glob("*.html"))


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="needs Chromium")
def test_a_browser_draws_it_and_a_click_goes_there(results: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    run("report", results, "--out", page)
    click = """<script>setTimeout(() => {
        const strip = document.querySelector("canvas");
        strip.onclick({offsetX: strip.clientWidth / 2});
        const pixels = strip.getContext("2d").getImageData(0, 0, strip.width, strip.height).data;
        document.title = [document.querySelector(".at").textContent, pixels.some(v => v > 0),
                          document.querySelectorAll("tbody tr").length].join("|");
    }, 500)</script></body>"""
    page.write_text(page.read_text(encoding="utf-8").replace("</body>", click), encoding="utf-8")
    done = subprocess.run(
        [
            str(BROWSER),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--virtual-time-budget=3000",
            "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    at, drawn, rows = re.findall(r"<title>(.*?)</title>", done.stdout)[0].split("|")
    (source,) = data_of(page)["sources"]
    assert at.startswith("00:03.")
    assert drawn == "true"
    assert int(rows) == len(source["lanes"])
