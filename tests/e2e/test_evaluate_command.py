"""The real commands: evaluate with its reports, and the versions of a model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import cv2
import pytest

from tests import taught_model, tiny_models

NASTY = '<img src=x onerror="alert(1)">&amp; 사람'
_COMMAND = """
import sys
import vision_app.cli as cli
from vision_app.cli import evaluate, models, models_versions

if evaluate not in cli.COMMANDS:
    cli.COMMANDS = (*cli.COMMANDS, evaluate)
if models_versions.register_versions not in models.SUBCOMMANDS:
    models.SUBCOMMANDS = (*models.SUBCOMMANDS, models_versions.register_versions)
sys.exit(cli.main(sys.argv[1:]))
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a model whose second class has a nasty name, samples with two mistakes, and other things."""
    tiny_models.colour_model(
        tmp_path, "colours", labels=["red", NASTY, "blue"], output__reject_below=0.5, title=NASTY
    )
    root = taught_model.write_pictures(tmp_path / "samples", {"red": 6, "green": 6, "blue": 6})
    for i in range(2):
        (root / "red" / f"00{i}.png").rename(root / "green" / f"wrong-{i}.png")
    taught_model.write_pictures(tmp_path / "others", {"grey": 4})
    (tmp_path / "models").mkdir()
    return tmp_path


def run(place: Path, *arguments: str, language: str = "en") -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "VISION_APP_MODELS": str(place / "models"),
        "VISION_APP_LANGUAGE": language,
        "PYTHONUTF8": "1",
    }
    return subprocess.run(
        [sys.executable, "-c", _COMMAND, *arguments],
        cwd=place,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


def evaluate(
    place: Path, *more: str, model: str = "colours.onnx", language: str = "en"
) -> subprocess.CompletedProcess[str]:
    arguments = ("evaluate", "--model", model, "--samples", "samples", "--map", f"green={NASTY}", *more)
    return run(place, *arguments, language=language)


class _Page(HTMLParser):
    """What is in a report: tags, attributes, text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, key, value or "") for key, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_figures_and_reports(place: Path) -> None:
    done = evaluate(place, "--others", "others", "--report", "report.html")
    assert done.returncode == 0, done.stderr
    assert "88.9% of 18 samples are right (with 95 % confidence 67.2% to 96.9%)" in done.stdout
    assert "100.0% of 4 pictures of other things are called unknown" in done.stdout
    assert "2 mistakes" in done.stdout and "wrong-0.png" in done.stdout
    assert "wrote report.html" in done.stdout

    html = (place / "report.html").read_text(encoding="utf-8")
    page = _Page()
    page.feed(html)
    assert "88.9%" in page.text
    assert "script" not in page.tags and "onerror" not in {key for _, key, _ in page.attributes}
    assert NASTY in page.text, "a label is text, whatever it holds"
    sources = [value for tag, key, value in page.attributes if (tag, key) == ("img", "src")]
    assert len(sources) == 2 and all(s.startswith("data:image/jpeg;base64,") for s in sources)
    links = {v.removeprefix("#") for tag, key, v in page.attributes if (tag, key) == ("a", "href")}
    ids = {v for _, key, v in page.attributes if key == "id"}
    assert links and links <= ids, "each confused cell leads to its pictures"
    assert not [
        v for _, key, v in page.attributes if key in ("href", "src") and not v.startswith(("#", "data:"))
    ]

    again = evaluate(place, "--report", "report.html")
    assert again.returncode == 2 and "report.html exists" in again.stderr
    assert evaluate(place, "--report", "report.html", "--overwrite").returncode == 0

    assert evaluate(place, "--report", "korean.html", language="ko").returncode == 0
    korean = (place / "korean.html").read_text(encoding="utf-8")
    assert '<html lang="ko">' in korean and "틀린 샘플" in korean and "Mistakes" not in korean

    picture = evaluate(place, "--report", "report.png", "--json")
    assert picture.returncode == 0, picture.stderr
    image = cv2.imread(str(place / "report.png"))
    assert image is not None and image.shape[1] >= 900
    record = json.loads(picture.stdout)
    assert record["report"] == "report.png"
    assert record["accuracy"] == pytest.approx(16 / 18, abs=1e-6)
    assert record["confusion"]["counts"] == [[4, 0, 0], [2, 6, 0], [0, 0, 6]]
    assert {Path(m["file"]).name for m in record["mistakes"]} == {"wrong-0.png", "wrong-1.png"}


def test_two_models_on_the_same_samples(place: Path) -> None:
    tiny_models.colour_model(place, "swapped", labels=[NASTY, "red", "blue"])
    done = evaluate(place, "--compare", "swapped.onnx", "--json")
    assert done.returncode == 0, done.stderr
    comparison = json.loads(done.stdout)["comparison"]
    assert comparison["first"] == "colours.onnx" and comparison["only_first_right"] == 10
    assert (
        comparison["difference_interval_95"][0]
        < comparison["difference"]
        < comparison["difference_interval_95"][1]
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "nothing-like-it"], "no model is called 'nothing-like-it'"),
        (["--samples", "missing"], "missing: no such folder"),
        (["--samples", "empty"], "empty: no pictures"),
        (["--map", "oops"], "--map wants LABEL=CLASS"),
        (["--report", "report.pdf"], "a report is an .html file, or a .png picture"),
        (["--others", "missing"], "other things missing: no such picture"),
        (["--part", "val"], "no folders train/ and val/"),
    ],
    ids=["model", "samples", "empty", "map", "report", "others", "part"],
)
def test_bad_input_is_one_line(place: Path, arguments: list[str], message: str) -> None:
    (place / "empty").mkdir()
    given = ["--model", "colours.onnx", "--samples", "samples", "--map", f"green={NASTY}"]
    done = run(place, "evaluate", *given, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.strip().splitlines()) == 1 and message in done.stderr
    assert "Traceback" not in done.stderr


def test_labels_of_another_world(place: Path) -> None:
    done = run(place, "evaluate", "--model", "efficientnet-lite0", "--samples", "samples")
    assert done.returncode == 2
    assert "does not know the classes 'blue', 'green', 'red'" in done.stderr and "--map" in done.stderr


def test_versions(place: Path) -> None:
    from tests.unit.test_versions import make_version

    os.environ["VISION_APP_MODELS"] = str(place / "models")
    try:
        for number in (1, 2, 3):
            make_version(place / "models", number)
    finally:
        del os.environ["VISION_APP_MODELS"]
    listed = run(place, "models", "versions", "mine")
    assert listed.returncode == 0, listed.stderr
    assert listed.stdout.split()[:2] == ["*", "3"]
    assert "right: 90.0 % of those held out" in listed.stdout
    back = run(place, "models", "versions", "mine", "--roll-back", "1", "--json")
    assert [v["version"] for v in json.loads(back.stdout)["versions"] if v["current"]] == [1]
    given = ["--samples", "samples", "--map", "red=v1"]
    one = run(place, "evaluate", "--model", "mine@1", *given)
    assert "88.9% of 18 samples are right" in one.stdout
    compared = run(place, "evaluate", "--model", "mine@1", "--compare", "mine@3", *given)
    assert compared.returncode == 2 and "mine has no class 'v1'" in compared.stderr  # version 3 calls it v3
    kept = run(place, "models", "versions", "mine", "--keep", "1")
    assert "deleted: 3, 2" in kept.stdout
    wrong = run(place, "models", "versions", "mine", "--roll-back", "9")
    assert wrong.returncode == 2 and "has no version 9; it has 1" in wrong.stderr
