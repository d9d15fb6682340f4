"""A model over time as the last stage of a chain: on real frames, with jumps, mirrors and files that have changed."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from tests.hand_clip import moved, write_frames
from tests.movement_model import ROWS, write_waver
from tests.taught_model import convolutional
from vision_app.cards.lookup import ModelFile, sha256
from vision_app.cli import main
from vision_app.engine.build import Pool, Surroundings, build
from vision_app.engine.chain import Chain
from vision_app.engine.loading import card_within
from vision_app.engine.movements import MovementStage
from vision_app.engine.predictors import LoadedModel
from vision_app.engine.request import ModelRequest
from vision_app.errors import ModelError
from vision_app.results.movements import Movements, events_in
from vision_app.results.values import Frame
from vision_app.runtime import ThreadPolicy
from vision_app.sequences.model import SEQUENCE
from vision_app.sequences.resampling import Row

ONE_THREAD = Surroundings(ThreadPolicy(intra_op=1))


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "models"
    monkeypatch.setenv("VISION_APP_MODELS", str(folder))
    write_waver(folder / "waver.onnx")
    return folder


@pytest.fixture(scope="module")
def waving() -> list[Frame]:
    """A hand of the shipped clip that rests, is moved to and fro from 0.8 to 2 s, and rests."""
    images = moved(lambda t: 110 * np.sin(2 * np.pi * 1.25 * (t - 0.8)) if 0.8 <= t <= 2 else 0.0, 3.0)
    return [Frame(image, i, i / 30, i / 30, "clip", epoch=1) for i, image in enumerate(images)]


def chain() -> Chain:
    made = build(ModelRequest("waver"), ONE_THREAD).predictor
    assert isinstance(made, Chain)
    return made


def followed(predictor: Chain, frames: list[Frame]) -> list[Movements]:
    results = []
    for frame in frames:
        result, _ = predictor.follow(predictor.begin(frame), frame)
        assert isinstance(result, Movements)
        results.append(result)
    return results


def test_a_clip_is_followed_and_its_movements_reported(models: Path, waving: list[Frame]) -> None:
    predictor = chain()
    assert (predictor.task, predictor.labels, predictor.finds_boxes) == ("movement", ("wave", "idle"), False)
    results = followed(predictor, waving)
    assert results[0].probabilities[1] > 0.99
    assert max(r.probabilities[0] for r in results) > 0.9
    assert any(r.current is not None and r.current.label == "wave" for r in results)
    assert len(results[-1].history) == pytest.approx(
        15 * (waving[-1].position_s - waving[0].position_s), abs=2
    )
    assert any(len(r.seen[0].detections) for r in results)
    ((at_s, event),) = [(f.position_s, e) for f, r in zip(waving, results, strict=True) for e in r.events]
    assert event.label == "wave"
    assert (event.start_s, event.end_s) == (pytest.approx(0.8, abs=0.2), pytest.approx(2.0, abs=0.2))
    assert at_s - 2.0 <= 0.3
    assert results[-1].ended == event
    record = json.loads(json.dumps(results[-1].as_record()))
    assert {"classes", "current", "events", "seen"} <= set(record)


def test_the_attention_of_a_model_goes_with_its_answer(models: Path, waving: list[Frame]) -> None:
    assert all(r.attention is None for r in followed(chain(), waving[:10])), "this one attends to nothing"
    write_waver(models / "waver.onnx", attends=True)
    results = followed(chain(), waving[:30])
    found = [r.attention for r in results if r.attention is not None]
    assert [len(a) for a in found] == sorted(len(a) for a in found)
    assert len(found[-1]) == ROWS
    assert found[-1].sum() == pytest.approx(1)


def test_a_jump_or_another_source_starts_afresh(models: Path, waving: list[Frame]) -> None:
    predictor = chain()
    first = followed(predictor, waving[:40])
    later = [Frame(f.image, f.index, f.captured_s, f.position_s, f.source_id, epoch=2) for f in waving[:40]]
    again = followed(predictor, later)
    for one, other in zip(first, again, strict=True):
        np.testing.assert_allclose(one.probabilities, other.probabilities, atol=1e-6)
        assert len(one.history) == len(other.history)


def test_a_second_look_at_a_frame_changes_nothing(models: Path, waving: list[Frame]) -> None:
    plain, twice = chain(), chain()
    first = followed(plain, waving[:30])
    results = []
    for frame in waving[:30]:
        results += followed(twice, [frame])
        again = Frame(
            frame.image, frame.index, frame.captured_s, frame.position_s, frame.source_id, epoch=1, again=True
        )
        followed(twice, [again])
    assert [len(r.history) for r in results] == [len(r.history) for r in first]
    np.testing.assert_allclose(results[-1].probabilities, first[-1].probabilities, atol=1e-6)


def test_a_stream_that_stood_still_begins_a_new_movement(models: Path, waving: list[Frame]) -> None:
    predictor = chain()
    followed(predictor, waving[:30])
    shifted = [
        Frame(f.image, 100 + f.index, f.captured_s + 60, (f.position_s or 0) + 60, "clip", epoch=1)
        for f in waving[30:33]
    ]
    results = followed(predictor, shifted)
    assert len(results[-1].history) < 45
    assert not [e for r in results for e in r.events]


def test_the_command_writes_the_events(
    models: Path, tmp_path: Path, waving: list[Frame], capsys: pytest.CaptureFixture[str]
) -> None:
    lines, table = tmp_path / "r.jsonl", tmp_path / "t.csv"
    clip = write_frames(tmp_path / "clip.mp4", [f.image for f in waving])
    code = main([
        "--source", str(clip), "--model", "waver", "--json", str(lines), "--csv", str(table), "--quiet",
    ])  # fmt: skip
    assert code == 0, capsys.readouterr().err
    frames = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
    events = [e for f in frames for r in f["results"] for e in r["events"]]
    assert [(e["label"], round(e["start_s"], 1), round(e["end_s"], 1)) for e in events] == [
        ("wave", pytest.approx(0.8, abs=0.2), pytest.approx(2.0, abs=0.2))
    ]
    rows = list(csv.DictReader(table.read_text(encoding="utf-8-sig").splitlines()))
    assert [(r["task"], r["label"], float(r["start_s"]), float(r["end_s"])) for r in rows] == [
        ("movement", e["label"], e["start_s"], e["end_s"]) for e in events
    ]


def test_an_embedding_of_a_classifier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    monkeypatch.setenv("VISION_APP_MODELS", str(folder))
    convolutional(folder / "tiny.onnx")
    write_waver(folder / "waver.onnx", features=f"tiny@{sha256(folder / 'tiny.onnx')}", width=8)
    pool = Pool()
    predictor = build(ModelRequest("waver"), ONE_THREAD, pool=pool).predictor
    assert isinstance(predictor, Chain)
    loads = pool.loads
    build(ModelRequest("waver"), ONE_THREAD, pool=pool)
    assert pool.loads == loads, "the embedding is loaded once"
    random = np.random.default_rng(0)
    frames = [
        Frame(random.integers(0, 255, (48, 64, 3), np.uint8), i, i / 15, i / 15, "x", epoch=1)
        for i in range(20)
    ]
    results = followed(predictor, frames)
    assert results[-1].seen == ()
    assert len(results[-1].history) == 20
    convolutional(folder / "tiny.onnx", channels=8, blocks=2)
    with pytest.raises(ModelError, match="another file of 'tiny'"):
        build(ModelRequest("waver"), ONE_THREAD)


def test_a_model_of_a_table_is_not_run_live(models: Path) -> None:
    write_waver(models / "tabler.onnx", features="table:4", width=4)
    with pytest.raises(ModelError, match="taught on a table"):
        build(ModelRequest("tabler"), ONE_THREAD)


def test_the_events_of_several_models(models: Path, waving: list[Frame]) -> None:
    results = followed(chain(), waving[:3])
    assert list(events_in((results[-1],))) == []


def test_memory_of_an_hour(models: Path) -> None:
    """What it keeps does not grow with the frames: an hour of rows, without the looking."""
    stage = chain().steps[0]
    assert isinstance(stage, MovementStage)
    state, random = stage.start(), np.random.default_rng(0)
    sizes = []
    for i in range(2000):
        row = Row(i / 15, random.normal(0, 1, 89).astype(np.float32), i % 50 > 5)
        state, _ = stage._said(state, row)
        if i >= 500:
            events = state.follow.events
            assert events is not None
            sizes.append((len(state.history), len(events.activity), len(state.follow.head)))
    assert max(sizes) == (60, 60, 12) or max(sizes) == (60, 61, 12)


def test_what_wants_a_model_of_pictures_says_so(models: Path) -> None:
    file = ModelFile("waver", models / "waver.onnx", card_within(models / "waver.onnx", SEQUENCE))
    with pytest.raises(ModelError, match="waver takes movements over time, not single pictures"):
        LoadedModel(file)
