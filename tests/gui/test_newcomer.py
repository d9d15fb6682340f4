"""Whoever follows docs/architecture.md gets there: a task, a source and a log from a package outside the tree."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import vision_app
from tests import tiny_models as tiny

ROOT = Path(vision_app.__file__).parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")

WINDOW = """
import sys, time
from pathlib import Path
from vision_app.gui.app import make_application
app = make_application()
from vision_app.engine.request import ModelRequest
from vision_app.gui.language import Language
from vision_app.gui.session import Session
from vision_app.gui.settings import Settings
from vision_app.gui.window import MainWindow

folder = Path(sys.argv[1])
settings = Settings(folder / "desktop.json")
settings.update(video_folder=str(folder / "videos"), log_format="words")
session, language = Session(), Language()
window = MainWindow(session, settings, language)
window.show()
window.start_models((ModelRequest("gauge"),))
window.commands.open("bars:4")

def wait(for_what, seconds=40):
    ends_s = time.monotonic() + seconds
    while not for_what():
        app.processEvents()
        time.sleep(0.01)
        if time.monotonic() > ends_s:
            sys.exit(f"waited in vain: {session.model_statuses}, {window.toasts.texts}")

wait(lambda: window.view.picture is not None and session.figures().inferred_fps > 0)
window.actions_["log"].trigger()
wait(lambda: window.outputs.seconds("log") > 0.6)
window.actions_["log"].trigger()
wait(lambda: any("Saved" in text for text in window.toasts.texts))
window.close()
window.deleteLater()
app.processEvents()
import os
sys.stderr.flush()
os._exit(0)  # the objects of a script are destroyed in any order
"""


def _blocks() -> dict[str, str]:
    return dict(re.findall(r"```(?:python|toml) ([\w-]+)\n(.*?)```", PAGE, re.DOTALL))


@pytest.fixture
def package(tmp_path: Path) -> dict[str, str]:
    """The package as the page shows it, installed the way pip leaves it; and an environment that sees it."""
    blocks = _blocks()
    site = tmp_path / "site"
    (site / "my_vision").mkdir(parents=True)
    (site / "my_vision" / "__init__.py").touch()
    for kind in ("task", "source", "sink"):
        name = re.match(r"# my_vision/(\w+\.py)", blocks[kind])
        assert name is not None
        (site / "my_vision" / name[1]).write_text(blocks[kind], encoding="utf-8")
    groups = re.sub(r'\[project\.entry-points\."([\w.]+)"\]', r"[\1]", blocks["entry-points"]).replace(
        '"', ""
    )
    info = site / "my_vision-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-vision\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(groups)
    models = tmp_path / "models"
    models.mkdir()
    path = tiny.constant_model(models / "gauge.onnx", np.float32([[0.9]]))
    tiny.write_card(path, task="brightness", output={"layout": "level"}, labels=["dark", "bright"])
    folders = {f"XDG_{kind}_HOME": str(tmp_path / kind.lower()) for kind in ("CONFIG", "DATA", "CACHE")}
    return {
        **os.environ,
        **folders,
        "PYTHONPATH": os.pathsep.join(
            [str(site), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
        ).rstrip(os.pathsep),
        "VISION_APP_MODELS": str(models),
        "QT_QPA_PLATFORM": "offscreen",
    }


def _command(package: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "vision_app", *arguments]
    return subprocess.run(command, env=package, capture_output=True, text=True, check=False, timeout=120)


def test_without_a_window(package: dict[str, str], tmp_path: Path) -> None:
    out, log = tmp_path / "r.jsonl", tmp_path / "out.words"
    done = _command(
        package,
        *("--source", "bars:4", "--model", "gauge", "--max-frames", "3"),
        *("--json", str(out), "--log", str(log)),
    )
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [line["results"][0]["classes"][0]["label"] for line in lines] == ["bright"] * 3
    assert [line.split()[1] for line in log.read_text().splitlines()] == ["bright"] * 3


def test_in_the_window(package: dict[str, str], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WINDOW, str(tmp_path)],
        env=package,
        capture_output=True,
        text=True,
        check=False,
        timeout=150,
    )
    assert done.returncode == 0, done.stderr
    (log,) = (tmp_path / "videos").glob("*.words")
    assert {line.split()[1] for line in log.read_text().splitlines()} == {"bright"}


def test_a_plug_in_that_cannot_be_imported_is_a_line_of_the_doctor(
    package: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "site" / "my_vision" / "words.py").write_text("import a_package_that_is_not_there\n")
    done = _command(package, "doctor", "--json")
    found = {check["name"]: check for check in json.loads(done.stdout)}
    assert "brightness (tasks, my-vision)" in found["plug-ins"]["found"]
    (problem,) = [c for name, c in found.items() if name.startswith("plug-in ")]
    assert problem["state"] == "note"
    assert "words" in problem["name"]
    assert "No module named 'a_package_that_is_not_there'" in problem["found"]
    assert problem["cure"] == "reinstall or remove my-vision"
    log = tmp_path / "out.words"
    done = _command(package, "--source", "bars:4", "--model", "gauge", "--max-frames", "1", "--log", str(log))
    assert done.returncode == 2
    assert "results are written as .jsonl, .csv, got '.words'" in done.stderr


def test_a_name_that_is_taken_is_left_out(package: dict[str, str], tmp_path: Path) -> None:
    entries = tmp_path / "site" / "my_vision-1.0.dist-info" / "entry_points.txt"
    entries.write_text("[vision_app.tasks]\nclassify = my_vision.brightness:BrightnessTask\n")
    done = _command(package, "doctor", "--json")
    (problem,) = [c for c in json.loads(done.stdout) if c["name"].startswith("plug-in ")]
    assert "the name is taken" in problem["found"]
