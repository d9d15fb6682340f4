"""Graphs are rewritten in the background of a long run, by one process that does not outlive it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.unit.test_pipeline import Brightness, ListSink, ListSource, frames, run
from tests.waiting import until
from vision_app.cards.asking import TaskOptions
from vision_app.cards.lookup import find_model
from vision_app.engine import rewriting_later, rewritten
from vision_app.engine.predictors import LoadedModel
from vision_app.engine.rewriting_later import RewritingLater, models_to_rewrite


@pytest.fixture
def nano(shared_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VISION_APP_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "nano.onnx"
    shutil.copyfile(shared_models / "yolox_nano_416_fp32.onnx", path)
    return path


def test_only_files_that_nobody_has_tried_are_rewritten(nano: Path) -> None:
    shipped = LoadedModel(find_model("sketch-cnn"), provider="cpu")
    own = LoadedModel(find_model(str(nano)), provider="cpu")
    as_it_is = LoadedModel(find_model(str(nano)), TaskOptions(no_rewrite=True), "cpu")
    assert models_to_rewrite([shipped, own, own, as_it_is]) == [nano]
    assert models_to_rewrite([shipped, as_it_is]) == []
    rewritten.keep(nano, "graph", rewritten.Record(), None)
    assert models_to_rewrite([own]) == []


class Started:
    """Stands for a process: the tests decide when it is done."""

    def __init__(self, command: list[str], **_: Any) -> None:
        self.command, self.pid, self.code, self.killed = command, 0, None, False

    def poll(self) -> int | None:
        return self.code

    def kill(self) -> None:
        self.killed = True

    def wait(self) -> None:
        pass


def test_a_run_starts_one_process_when_it_has_lasted_and_ends_it(
    nano: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Started] = []

    def popen(command: list[str], **options: Any) -> Started:
        started.append(Started(command, **options))
        return started[-1]

    now = [0.0]
    monkeypatch.setattr(rewriting_later.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(rewriting_later.subprocess, "Popen", popen)
    monkeypatch.setattr(rewriting_later.os, "setpriority", lambda *_: None, raising=False)
    later = RewritingLater(after_s=10)
    model = LoadedModel(find_model(str(nano)), provider="cpu")
    later.look([model])
    now[0] = 9.9
    later.look([model])
    assert started == []
    now[0] = 10.0
    later.look([model])
    later.look([model])
    assert [one.command[-3:] for one in started] == [["models", "rewrite", str(nano)]]
    later.end()
    assert started[0].killed
    later.look([model])
    assert len(started) == 1


@pytest.mark.slow
def test_the_process_leaves_a_record_for_the_next_start(nano: Path) -> None:
    later = RewritingLater(after_s=0)
    model = LoadedModel(find_model(str(nano)), provider="cpu")
    later.look([model])
    process = later._process
    assert isinstance(process, subprocess.Popen)
    until(lambda: process.poll() is not None, 120)
    later.end()
    assert rewritten.find(nano) is not None


def test_a_pipeline_looks_with_each_frame_and_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(RewritingLater, "look", lambda _, predictors: seen.append(tuple(predictors)))
    monkeypatch.setattr(RewritingLater, "end", lambda _: seen.append("end"))
    bright = Brightness()
    run(ListSource(frames(3)), [bright], [ListSink()])
    assert seen == [(bright,)] * 3 + ["end"]
