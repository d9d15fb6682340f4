"""Measured latencies: what is kept, for which machine, and what a damaged file does."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from vision_app.engine.request import ModelRequest
from vision_app.live.latency import Latency, LatencyStore, default_path
from vision_app.live.status import ModelState, ModelStatus

CPU, GPU = "CPUExecutionProvider", "CUDAExecutionProvider"


def store(path: Path, machine: str = "here") -> LatencyStore:
    made = LatencyStore(path / "sub" / "latency.json", machine)
    made.load()
    return made


def test_what_is_saved_is_loaded_again(tmp_path: Path) -> None:
    first = store(tmp_path)
    assert first.record("net", CPU, 12.3456, 15.0, "2026-01-31")
    assert first.record("net", GPU, 2.0, 3.0, "2026-01-31")
    first.save()
    again = store(tmp_path)
    assert again.of("net") == {CPU: Latency(12.3, 15.0, "2026-01-31"), GPU: Latency(2.0, 3.0, "2026-01-31")}
    assert again.best("net") == (GPU, Latency(2.0, 3.0, "2026-01-31"))
    assert again.of("other") == {}
    assert again.best("other") is None


def test_another_machine_on_the_same_home_keeps_its_own(tmp_path: Path) -> None:
    here, there = store(tmp_path, "here"), store(tmp_path, "there")
    here.record("net", CPU, 10, 11)
    here.save()
    there.load()
    there.record("net", CPU, 90, 99)
    there.save()
    assert store(tmp_path, "here").of("net")[CPU].p50_ms == 10
    assert store(tmp_path, "there").of("net")[CPU].p50_ms == 90


def test_recording_says_whether_a_list_would_show_it(tmp_path: Path) -> None:
    kept = store(tmp_path)
    assert kept.record("net", CPU, 10, 12)
    assert not kept.record("net", CPU, 10.1, 12)
    assert kept.of("net")[CPU].p50_ms == 10.1
    assert kept.record("net", CPU, 20, 22)


@pytest.mark.parametrize(
    ("model", "provider", "p50", "p95"),
    [
        ("", CPU, 1, 1),
        ("net", "", 1, 1),
        ("net", CPU, math.nan, 1),
        ("net", CPU, 1, math.inf),
        ("net", CPU, 0, 1),
        ("net", CPU, 2, 1),
    ],
)
def test_what_is_no_measurement_is_not_kept(
    tmp_path: Path, model: str, provider: str, p50: float, p95: float
) -> None:
    kept = store(tmp_path)
    assert not kept.record(model, provider, p50, p95)
    kept.save()
    assert not (tmp_path / "sub").exists()


def status(**changes: object) -> ModelStatus:
    values: dict[str, object] = {
        "slot": 0,
        "request": ModelRequest("net"),
        "state": ModelState.READY,
        "name": "net",
        "provider": CPU,
        "infer_p50_ms": 10.0,
        "infer_p95_ms": 12.0,
    }
    return ModelStatus(**{**values, **changes})  # type: ignore[arg-type]


def test_a_running_model_is_kept(tmp_path: Path) -> None:
    kept = store(tmp_path)
    assert kept.record_status(status())
    assert kept.of("net")[CPU].p95_ms == 12.0


@pytest.mark.parametrize(
    "changes",
    [
        {"request": ModelRequest("net", sliced=True)},
        {"request": ModelRequest("net", track=True, detect_every=3)},
        {"request": ModelRequest("net", classify_boxes="other")},
        {"request": ModelRequest("/home/me/net.onnx")},
        {"state": ModelState.FAILED},
        {"infer_p50_ms": None},
        {"infer_p95_ms": None},
    ],
    ids=[
        "sliced",
        "not each frame",
        "with a classifier",
        "another file of that name",
        "failed",
        "no median",
        "no percentile",
    ],
)
def test_what_says_nothing_about_the_model_alone_is_not(tmp_path: Path, changes: dict[str, object]) -> None:
    kept = store(tmp_path)
    assert not kept.record_status(status(**changes))
    assert kept.of("net") == {}


GOOD = {"p50_ms": 10.0, "p95_ms": 12.0, "day": "2026-01-31"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "\ud800".encode("utf-16", "surrogatepass").decode("latin-1"),
        '{"version": 99, "machines": {}}',
        '{"version": 1, "machines": []}',
        '{"version": 1, "machines": {"here": 5}}',
        '{"version": 1, "machines": {"here": {"net": 5}}}',
        '{"version": 1, "machines": {"here": {"net": {"p": {"p50_ms": "1", "p95_ms": 1, "day": "d"}}}}}',
        '{"version": 1, "machines": {"here": {"net": {"p": {"p50_ms": NaN, "p95_ms": 1, "day": "d"}}}}}',
        "[" * 100_000,
    ],
)
def test_a_damaged_file_counts_as_empty_and_is_written_anew(tmp_path: Path, text: str) -> None:
    path = tmp_path / "sub" / "latency.json"
    path.parent.mkdir()
    path.write_text(text, encoding="latin-1")
    kept = store(tmp_path)
    assert kept.of("net") == {}
    kept.record("net", CPU, 10, 12)
    kept.save()
    assert store(tmp_path).of("net")[CPU].p50_ms == 10


def test_what_is_well_formed_survives_beside_what_is_not(tmp_path: Path) -> None:
    path = tmp_path / "sub" / "latency.json"
    path.parent.mkdir()
    data = {"version": 1, "machines": {"here": {"bad": {CPU: {}}, "net": {CPU: GOOD}}}}
    path.write_text(json.dumps(data), encoding="utf-8")
    assert store(tmp_path).of("net") == {CPU: Latency(10.0, 12.0, "2026-01-31")}
    assert store(tmp_path).of("bad") == {}


def test_a_folder_that_cannot_be_written_costs_nothing_but_the_figures(tmp_path: Path) -> None:
    (tmp_path / "sub").write_text("a file where the folder should be")
    kept = store(tmp_path)
    kept.record("net", CPU, 10, 12)
    kept.save()
    assert kept.of("net")[CPU].p50_ms == 10
    (tmp_path / "sub").unlink()
    kept.save()
    assert store(tmp_path).of("net")[CPU].p50_ms == 10


def test_saving_leaves_one_file_and_only_when_there_is_something_new(tmp_path: Path) -> None:
    kept = store(tmp_path)
    kept.record("net", CPU, 10, 12)
    kept.save()
    path = tmp_path / "sub" / "latency.json"
    assert [p.name for p in path.parent.iterdir()] == ["latency.json"]
    path.unlink()
    kept.save()
    assert not path.exists()


def test_it_is_kept_in_the_cache_of_the_user() -> None:
    assert default_path().name == "latency.json"
    assert "vision-app" in default_path().parts
