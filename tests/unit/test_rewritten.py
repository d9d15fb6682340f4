"""Rewritten graphs on disk: found by the hash of the file, never in its place, and gone with it; rectangles."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vision_app.cards.asking import TaskOptions
from vision_app.cards.lookup import ModelFile, find_model
from vision_app.cli.models_rewrite import steps as step_lines
from vision_app.engine import rewritten
from vision_app.engine.predictors import LoadedModel
from vision_app.engine.rewriting import rectangle_of, rewrite
from vision_app.engine.rewritten import Record, find, folders, forget, keep, prune
from vision_app.errors import ConfigError
from vision_app.graph.rewrites import proving
from vision_app.graph.rewrites.freeing import likeness
from vision_app.messages import Message, told
from vision_app.resources import models_dir

CONTENT = b"not the file itself"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VISION_APP_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "rewritten"


def a_model(tmp_path: Path, content: bytes = b"a model") -> Path:
    path = tmp_path / "models" / "m.onnx"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


def test_a_record_is_found_by_the_content_of_the_file(tmp_path: Path) -> None:
    model = a_model(tmp_path)
    assert find(model) is None
    keep(model, "graph", Record(speed=1.5, steps=({"name": "prelu", "kept": True},)), CONTENT)
    found = find(model)
    assert found is not None
    assert (found.speed, found.content(), found.steps[0]["name"]) == (1.5, CONTENT, "prelu")
    assert found.path is not None
    assert found.path.parent == model.parent / ".rewritten"
    assert model.read_bytes() == b"a model"
    assert find(model, "rectangle") is None
    a_model(tmp_path, b"another")  # of the same length
    assert find(model) is None


def test_a_record_keeps_the_templates_of_its_reasons(tmp_path: Path) -> None:
    """So that they can be told in the language of who asks later."""
    model = a_model(tmp_path)
    refused = Message("it has operators of {domain}", domain="a.b")
    why = Message("its outputs differ by {difference:.1e}", difference=0.5)
    steps = ({"name": "prelu", "title": "constants computed once", "kept": False, "why": why},)
    keep(model, "graph", Record(refused=refused, steps=steps), None)
    found = find(model)
    assert found is not None
    assert (told(found.refused, "ko"), told(found.steps[0]["why"], "ko")) == (
        "a.b의 연산자를 가지고 있습니다",
        "출력이 5.0e-01만큼 다릅니다",
    )
    assert found.as_json()["steps"] == [{**steps[0], "why": "its outputs differ by 5.0e-01"}]
    assert (
        told(step_lines(found)[0], "ko") == "상수를 한 번만 계산하기: 쓰지 않음, 출력이 5.0e-01만큼 다릅니다"
    )


def test_what_is_not_whole_counts_as_nothing(tmp_path: Path) -> None:
    model = a_model(tmp_path)
    path = keep(model, "graph", Record(), CONTENT).path
    assert path is not None
    path.write_bytes(CONTENT[:-1])
    found = find(model)
    assert found is not None
    assert found.content() is None
    record = next(path.parent.glob("*.json"))
    for text in ("{", "[]", json.dumps({**json.loads(record.read_text()), "speed": "fast"})):
        record.write_text(text)
        assert find(model) is None


@pytest.mark.parametrize(("key", "value"), [("version", -1), ("runtime", "0.1"), ("sha256", "0")])
def test_a_record_of_another_time_counts_as_nothing(tmp_path: Path, key: str, value: Any) -> None:
    model = a_model(tmp_path)
    keep(model, "graph", Record(), None)
    record = next((model.parent / ".rewritten").glob("*.json"))
    record.write_text(json.dumps({**json.loads(record.read_text()), key: value}))
    assert find(model) is None


def test_a_record_cannot_name_a_file_elsewhere(tmp_path: Path) -> None:
    model = a_model(tmp_path)
    keep(model, "graph", Record(), CONTENT)
    record = next((model.parent / ".rewritten").glob("*.json"))
    record.write_text(json.dumps({**json.loads(record.read_text()), "file": "../m.onnx"}))
    found = find(model)
    assert found is not None
    assert found.path is None


def test_shipped_models_and_folders_that_cannot_be_written_use_the_folder_for_caches(
    tmp_path: Path, cache: Path
) -> None:
    assert folders(models_dir() / "m.onnx") == (cache,)
    model = a_model(tmp_path)
    (model.parent / ".rewritten").write_text("a file where the folder should be")
    record = keep(model, "graph", Record(), CONTENT)
    assert record.path is not None
    assert record.path.parent == cache
    found = find(model)
    assert found is not None
    assert found.content() == CONTENT


def test_records_go_with_their_file_and_above_the_limit(tmp_path: Path) -> None:
    model = a_model(tmp_path)
    folder = model.parent / ".rewritten"
    keep(model, "graph", Record(), CONTENT)
    other = model.with_name("o.onnx")
    other.write_bytes(b"other")
    keep(other, "graph", Record(), CONTENT)
    assert len(list(folder.glob("*.onnx"))) == 2
    (folder / "left.onnx").write_bytes(b"nobody's")
    a_model(tmp_path, b"a new version")
    prune(folder)
    assert [p.name.split(".")[0] for p in folder.glob("*.onnx")] == ["o"]
    keep(model, "graph", Record(), CONTENT)
    prune(folder, limit_bytes=len(CONTENT))
    assert len(list(folder.glob("*.onnx"))) == 1
    forget(other)
    forget(model)
    assert list(folder.iterdir()) == []


@pytest.fixture
def nano(shared_models: Path, tmp_path: Path) -> ModelFile:
    path = tmp_path / "nano.onnx"
    shutil.copyfile(shared_models / "yolox_nano_416_fp32.onnx", path)
    return find_model(str(path))


def test_the_rewritten_graph_runs_in_place_of_the_file(
    nano: ModelFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proving, "seconds_in_turn", lambda *_: [1.5, 1.0])
    record = rewrite(nano)
    assert {s["name"] for s in record.steps if s["kept"]} == {"constants", "stem"}
    assert record.difference < 1e-5
    monkeypatch.setattr(proving, "improved", lambda *_: pytest.fail("it is known already"))
    assert rewrite(nano) == record
    contents: list[bytes | None] = []
    real = rewritten.Record.content

    def seen(self: Record) -> bytes | None:
        contents.append(real(self))
        return contents[-1]

    monkeypatch.setattr(rewritten.Record, "content", seen)
    picture = np.random.default_rng(2).integers(0, 255, (480, 640, 3), np.uint8)
    faster, plain = LoadedModel(nano), LoadedModel(nano, TaskOptions(no_rewrite=True))
    assert len(contents) == 1
    assert contents[0] is not None
    old, new = plain.answer(picture).outputs["output"], faster.answer(picture).outputs["output"]
    assert 0 < np.linalg.norm(old - new) <= 1e-5 * np.linalg.norm(old)


@pytest.mark.slow
def test_another_card_gets_the_outputs_that_were_cut_off_for_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proving, "seconds_in_turn", lambda *_: [1.5, 1.0])
    shipped = find_model("sketch-capsnet")
    path = tmp_path / "capsnet.onnx"
    shutil.copyfile(shipped.path, path)
    file = dataclasses.replace(shipped, path=path)
    record = rewrite(file)
    assert [s["name"] for s in record.steps if s["kept"]] == ["outputs"]
    assert len(LoadedModel(file).session.outputs) == 1
    assert file.card is not None
    other = dataclasses.replace(file, card=dataclasses.replace(file.card, notes="another"))
    assert len(LoadedModel(other).session.outputs) == 2
    assert rewrite(other) != record


@pytest.mark.slow
def test_a_square_input_becomes_a_rectangle_when_asked(nano: ModelFile) -> None:
    picture = np.random.default_rng(2).integers(0, 255, (720, 1280, 3), np.uint8)
    assert LoadedModel(nano).feeds(picture)["images"].shape == (1, 3, 416, 416)
    wide = LoadedModel(nano, TaskOptions(rectangle=True))
    assert wide.feeds(picture)["images"].shape == (1, 3, 256, 416)
    wide.predict(picture)
    assert rectangle_of(nano).path is not None
    square = np.random.default_rng(2).integers(0, 255, (416, 416, 3), np.uint8)
    old = LoadedModel(nano, TaskOptions(no_rewrite=True)).answer(square).outputs["output"]
    new = wide.answer(square).outputs["output"]
    assert np.linalg.norm(old - new) <= 1e-5 * np.linalg.norm(old)


def test_a_graph_with_constants_for_one_size_stays_square_and_says_so() -> None:
    with pytest.raises(ConfigError, match=r"nanodet-g: no rectangles .* constants for one size"):
        LoadedModel(find_model("nanodet-g"), TaskOptions(rectangle=True))
    assert rectangle_of(find_model("nanodet-g")).refused


def test_a_model_with_free_sides_needs_nothing(cache: Path) -> None:
    model = LoadedModel(find_model("sketch-yolo"), TaskOptions(rectangle=True))
    assert model.free_hw
    assert not cache.exists()


def test_places_that_are_mixed_up_are_not_alike() -> None:
    rng = np.random.default_rng(0)
    whole = rng.normal(size=(1, 2, 8, 8)).astype(np.float32)
    part = whole[:, :, :4, :6]
    assert likeness(whole, part, (64, 64), (32, 48)) == pytest.approx(1)
    mixed = np.ascontiguousarray(part.reshape(1, 2, 6, 4).swapaxes(2, 3))
    assert (likeness(whole, mixed, (64, 64), (32, 48)) or 0) < 0.5
    flat, flat_part = whole.reshape(1, 2, 64), part.reshape(1, 2, 24)
    assert likeness(flat, flat_part, (64, 64), (32, 48)) == pytest.approx(1)
    assert likeness(flat, mixed.reshape(1, 2, 24)[:, :, :23], (64, 64), (32, 48)) is None
    assert likeness(whole, whole, (64, 64), (32, 48)) is None
