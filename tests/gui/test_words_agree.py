"""What the window says agrees with what it shows beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests import tiny_models
from tests.gui.whole_window import WAIT_MS, App, whole_window
from vision_app.cards.card import parse_card
from vision_app.learn.accounting import remarks_on
from vision_app.learn.advice import advise
from vision_app.learn.evaluating import Evaluation
from vision_app.learn.metrics import measure
from vision_app.learn.options import EpochRecord, TrainingOptions, TrainingProgress, TrainingResult
from vision_app.learn.telling import UNFREEZING, Telling
from vision_app.learn.versions import Version
from vision_app.live.status import SourceState, SourceStatus
from vision_app.resources import demo_clip


@pytest.fixture
def app(tmp_path: Path, qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    with whole_window(tmp_path, qtbot, monkeypatch) as made:
        yield made


def _result(accuracy: float) -> TrainingResult:
    return TrainingResult(
        name="mine",
        model_path=Path("mine.onnx"),
        base="base",
        version=1,
        labels=("a", "b"),
        counts={"a": 40, "b": 40},
        train_samples=48,
        validation_samples=32,
        epochs=3,
        best_epoch=2,
        stopped_because="epochs",
        advice=(),
        validation_accuracy=accuracy,
        validation_loss=0.1,
        train_accuracy=1.0,
        seconds=1.0,
        history=(),
        options=TrainingOptions(),
    )


def test_nothing_is_still_wrong_where_all_are_right(app: App) -> None:
    page = app.teach.training
    page.fields.unfreeze.setValue(2)
    page.show_result(_result(1.0))
    assert "still wrong" not in page.advice.text()
    page.show_result(_result(0.75))
    assert "still wrong" in page.advice.text()
    assert "24 of 32 held-out samples right (75.0 %)" in page.verdict.text()


def test_the_bar_of_a_training_is_full_once(app: App) -> None:
    page, seen = app.teach.training, []

    def show(progress: TrainingProgress) -> None:
        page.show_progress(progress)
        seen.append((page.bar.value(), page.bar.maximum()))

    telling = Telling(UNFREEZING, show)
    for phase in UNFREEZING:
        telling.go_to(phase)
        for done in range(1, 4):
            telling.tell(done, 3)
    values = [value for value, _ in seen]
    assert values == sorted(values)
    assert [value == maximum for value, maximum in seen] == [False] * (len(seen) - 1) + [True]


def test_the_page_of_results_says_of_which_samples_unknown_is_told(app: App) -> None:
    p = np.array([[0.9, 0.05, 0.05], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8], [0.2, 0.1, 0.7]], np.float32)
    unknown = np.array([False, False, True, True])
    metrics = measure(p, np.array([0, 1, 2, 2]), ["a", "b", "none"], unknown=unknown, background=2)
    remarks = remarks_on(metrics, {}, [(False, True)] * 4, says_unknown=True)
    found = Evaluation("mine", Path("mine.onnx"), ("a", "b", "none"), (), p, metrics, remarks=remarks)
    page = app.teach.result
    page.set_model("mine")
    app.teach.jobs.evaluated.emit(found)
    assert "0 of the 2 samples of real classes" in page.figures.text()
    assert "Of the 2 samples of 'none' 2 were called unknown" in page.figures.text()
    page.show_details()
    assert page.dialog is not None
    matrix = page.dialog.matrix
    assert sum(matrix.count(row, matrix.shape[1] - 1) for row in range(matrix.shape[0])) == 2
    assert not page.dialog.note.isHidden(), "the column counts what other columns count as well"


def test_a_version_says_of_how_many_samples_its_share_is(app: App) -> None:
    page = app.teach.result
    page.set_model("mine")
    card = parse_card(
        tiny_models.card("mine", extra={"training": {"validation_accuracy": 0.75, "validation_samples": 32}}),
        "test",
    )
    app.teach.jobs.versions_read.emit("mine", [Version("mine", 1, Path("mine.onnx"), True, card, 1)])
    assert "75.0 % of 32 held out" in page.list.item(0).text()


def test_a_best_epoch_that_is_the_last_one_was_an_improvement() -> None:
    losses = [1.0 - 0.0001 * epoch for epoch in range(29)]
    history = [
        EpochRecord(
            epoch=i, train_loss=x, train_accuracy=0.5, val_loss=x, val_accuracy=0.5, learning_rate=0.1
        )
        for i, x in enumerate(losses, 1)
    ]
    options = TrainingOptions(patience=8, min_delta=0.01)
    first = advise(history, 29, "early-stopping", options)[0]
    assert "still improved" in first and "had not improved" not in first
    assert "had not improved" in advise(history, 20, "early-stopping", options)[0]


def test_the_card_of_the_demo_clip_goes_with_the_clip(app: App) -> None:
    app.window.show_first_steps(demo=True)
    app.session.source.emit(SourceStatus(state=SourceState.RUNNING, running_id=str(demo_clip())))
    assert "No camera" in app.window.welcome.accessibleDescription()
    app.session.source.emit(SourceStatus(state=SourceState.RUNNING, running_id="rtsp://cam/1"))
    assert "No camera" not in app.window.welcome.accessibleDescription()


def test_a_folder_that_cannot_be_shown_is_named(
    app: App, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _: False)  # as where there is no launcher
    app.window.outputs.open_folder(tmp_path)
    qtbot.waitUntil(lambda: any(str(tmp_path) in text for text in app.window.toasts.texts), timeout=WAIT_MS)
    app.window.outputs.open_folder(tmp_path / "later")
    qtbot.waitUntil(
        lambda: any("Nothing has been saved" in t for t in app.window.toasts.texts), timeout=WAIT_MS
    )
