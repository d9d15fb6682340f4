"""Versions of a model: listed, compared, used again; nothing is lost, whatever is interrupted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests import tiny_models
from vision_app.cards.card import card_as_json, parse_card
from vision_app.cards.lookup import ModelFile, find_model
from vision_app.cards.versions import current_version, versions_dir
from vision_app.cli import main
from vision_app.engine.predictors import LoadedModel
from vision_app.errors import ModelError
from vision_app.graph import embed_card
from vision_app.learn import placing, producing
from vision_app.learn.producing import keep_current, next_version
from vision_app.learn.versions import forget, kept, prune, roll_back, version, versions


@pytest.fixture(autouse=True)
def own_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    monkeypatch.setenv("VISION_APP_MODELS", str(folder))
    return folder


def make_version(folder: Path, number: int, name: str = "mine") -> ModelFile:
    """What a training puts there: version n says its number as its first label."""
    labels = [f"v{number}", "green", "blue"]
    training = {"version": number, "date": "2026-01-02", "samples": 30, "validation_accuracy": 0.9}
    card = parse_card(tiny_models.card(name, labels=labels, extra={"training": training}), "test")
    fresh = folder.parent / f"fresh-{name}-{number}.onnx"
    tiny_models.colour_classifier(fresh, gain=float(number))
    embed_card(fresh, card, fresh)
    keep_current(name)
    moved = placing.second_name(fresh, f"made-{number}.onnx")
    return placing.take_place(moved, card)


def says(file: ModelFile) -> str:
    """What the model calls red."""
    result, _ = LoadedModel(file, provider="cpu").predict(tiny_models.solid((0, 0, 255)))
    return str(result.as_record()["classes"][0]["label"])


def test_each_training_is_a_version(own_models: Path) -> None:
    for number in (1, 2, 3):
        assert next_version("mine") == number
        make_version(own_models, number)
    found = versions("mine")
    assert [(v.number, v.current) for v in found] == [(3, True), (2, False), (1, False)]
    assert [v.reference for v in found] == ["mine@3", "mine@2", "mine@1"]
    assert found[1].training["validation_accuracy"] == 0.9 and not found[1].problem
    assert json.loads(json.dumps(found[1].to_json()))["labels"] == ["v2", "green", "blue"]
    assert says(find_model("mine")) == "v3"
    assert [says(find_model(f"mine@{n}")) for n in (1, 2, 3)] == ["v1", "v2", "v3"]


def test_an_older_version_takes_no_second_copy_of_the_current_one(own_models: Path) -> None:
    make_version(own_models, 1)
    kept = keep_current("mine")
    assert kept is not None
    assert kept.stat().st_ino == (own_models / "mine.onnx").stat().st_ino


def test_rolling_back_and_forth(own_models: Path) -> None:
    for number in (1, 2, 3):
        make_version(own_models, number)
    file = roll_back("mine", 1)
    assert says(file) == says(find_model("mine")) == "v1"
    assert [(v.number, v.current) for v in versions("mine")] == [(3, False), (2, False), (1, True)]
    roll_back("mine", 3)
    assert says(find_model("mine")) == "v3"
    roll_back("mine", 3)
    assert [v.number for v in versions("mine")] == [3, 2, 1]
    assert next_version("mine") == 4  # numbers are never used twice


def test_training_goes_on_after_a_roll_back(own_models: Path) -> None:
    for number in (1, 2):
        make_version(own_models, number)
    roll_back("mine", 1)
    make_version(own_models, next_version("mine"))
    assert [(v.number, v.current) for v in versions("mine")] == [(3, True), (2, False), (1, False)]


def test_pruning_keeps_the_newest_and_the_current_one(own_models: Path) -> None:
    for number in range(1, 6):
        make_version(own_models, number)
    assert prune("mine", 3) == [2, 1]
    assert [v.number for v in versions("mine")] == [5, 4, 3]
    roll_back("mine", 3)
    assert prune("mine", 1) == [5, 4]
    assert says(find_model("mine")) == "v3"


@pytest.mark.parametrize("number", [0, 7])
def test_a_version_that_is_not_there(own_models: Path, number: int) -> None:
    for n in (1, 2):
        make_version(own_models, n)
    with pytest.raises(ModelError, match=f"'mine' has no version {number}; it has 1, 2"):
        roll_back("mine", number)


def test_models_without_versions(own_models: Path) -> None:
    with pytest.raises(ModelError, match="was not trained here: it has no versions"):
        versions("efficientnet-lite0")
    with pytest.raises(ModelError, match="no model is called 'minne'"):
        versions("minne")


@pytest.mark.parametrize("name", ["../mine", "a/b", "..", "", "Mine"])
def test_a_name_never_becomes_a_path(own_models: Path, name: str) -> None:
    for ask in (versions, forget):
        with pytest.raises(ModelError):
            ask(name)
    with pytest.raises(ModelError):
        find_model(f"{name}@1")


def test_a_damaged_version_is_shown_and_not_used(own_models: Path) -> None:
    for number in (1, 2):
        make_version(own_models, number)
    (versions_dir("mine") / "1.onnx").write_bytes(b"damaged")
    assert versions("mine")[-1].problem
    with pytest.raises(ModelError):
        roll_back("mine", 1)
    assert says(find_model("mine")) == "v2"


def test_a_version_that_does_not_run_changes_nothing(own_models: Path) -> None:
    for number in (1, 2):
        make_version(own_models, number)
    path = versions_dir("mine") / "1.onnx"
    card = version("mine", 1).card
    assert card is not None
    tiny_models.constant_model(path, np.zeros((1, 9), np.float32))
    embed_card(path, card, path)
    with pytest.raises(ModelError, match="labels"):
        roll_back("mine", 1)
    assert says(find_model("mine")) == "v2"


def test_forgotten_versions_are_gone_and_the_model_stays(own_models: Path) -> None:
    for number in (1, 2):
        make_version(own_models, number)
    forget("mine")
    assert [v.number for v in versions("mine")] == [2]
    assert not versions_dir("mine").exists()


def test_versions_outlive_a_model_that_was_removed(own_models: Path) -> None:
    for number in (1, 2):
        make_version(own_models, number)
    keep_current("mine")
    for path in own_models.glob("mine.*"):
        path.unlink()
    assert [(v.number, v.current) for v in versions("mine")] == [(2, False), (1, False)]
    roll_back("mine", 2)
    assert says(find_model("mine")) == "v2"


def test_without_hard_links_copies_are_made(own_models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    for number in (1, 2):
        make_version(own_models, number)
    roll_back("mine", 1)
    assert says(find_model("mine")) == "v1"
    assert [says(find_model(f"mine@{n}")) for n in (1, 2)] == ["v1", "v2"]


def test_a_full_disk_leaves_the_current_version(own_models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (1, 2):
        make_version(own_models, number)

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", full)
        with pytest.raises(ModelError, match="the disk is full"):
            roll_back("mine", 1)
    assert says(find_model("mine")) == "v2"
    assert find_model("mine").card is not None
    assert not list((own_models / ".incoming").glob("back-*"))


def test_a_card_of_another_model_is_refused(own_models: Path) -> None:
    make_version(own_models, 1)
    other = parse_card(tiny_models.card("other"), "test")
    copy = placing.second_name(own_models / "mine.onnx", "copy.onnx")
    with pytest.raises(ModelError, match="the card inside is that of 'mine'"):
        placing.take_place(copy, other)


def test_a_current_version_whose_card_is_only_inside_it_has_no_problem(own_models: Path) -> None:
    for number in (1, 2):
        make_version(own_models, number)
    (own_models / "mine.json").unlink()
    assert [(v.number, v.current, v.problem) for v in versions("mine")] == [(2, True, ""), (1, False, "")]


_KILLED = """
import itertools, sys
from vision_app.learn.versions import roll_back
print("ready", flush=True)
for n in itertools.cycle((1, 2)):
    roll_back("mine", n)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="kills by signal")
def test_killed_at_any_instant_there_is_a_whole_model(own_models: Path) -> None:
    for number in (1, 2):
        make_version(own_models, number)
    random = np.random.default_rng(0)
    for _ in range(12):
        process = subprocess.Popen([sys.executable, "-c", _KILLED], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ready"
        time.sleep(float(random.uniform(0.0, 0.3)))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        assert says(find_model("mine")) in ("v1", "v2")
        assert sorted(v.number for v in versions("mine")) == [1, 2]
        assert all(not v.problem for v in versions("mine"))
        assert current_version("mine") in (1, 2)
    roll_back("mine", 1)
    assert says(find_model("mine")) == "v1"
    assert json.loads(card_as_json(find_model("mine").card))["labels"][0] == "v1"  # type: ignore[arg-type]


def test_older_versions_have_a_limit(own_models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(producing, "MOST_OLDER_VERSIONS", 3)
    for number in range(1, 8):
        make_version(own_models, number)
    assert [v.number for v in versions("mine")] == [7, 6, 5, 4]


def test_removing_a_model_leaves_or_takes_its_older_versions(
    own_models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in (1, 2, 3):
        make_version(own_models, number)
    assert main(["models", "remove", "mine"]) == 0
    assert "2 older versions" in capsys.readouterr().out
    assert not (own_models / "mine.onnx").exists()
    assert kept("mine").count == 2
    assert main(["models", "remove", "--versions", "mine"]) == 0
    assert kept("mine").count == 0
