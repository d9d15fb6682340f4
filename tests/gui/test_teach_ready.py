"""What the rows of the classes and the large button say, the mark of unfreezing, and the export of a model."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from vision_app.gui.teach.classes import ClassList
from vision_app.gui.teach.curves import Curves
from vision_app.gui.teach.ready import ReadyButton
from vision_app.learn.options import EpochRecord
from vision_app.samples.sample import SampleClass


def named(label: str, count: int, *, movement: bool = False) -> SampleClass:
    return SampleClass(label, label, count, False, movement)


@pytest.mark.parametrize(
    ("classes", "text", "ready"),
    [
        ((), "To train: add two classes", False),
        ((named("cup", 30),), "To train: a second class is missing", False),
        ((named("cup", 30), named("pen", 1)), "To train: “pen” lacks samples", False),
        ((named("a", 0), named("b", 5), named("c", 1)), "To train: “a” and 1 more lack samples", False),
        ((named("cup", 30), named("pen", 2)), "Train on 32 samples", True),
        ((named("cup", 30), named("wave", 9, movement=True)), "To train: a second class is missing", False),
    ],
)
def test_the_button_says_what_is_missing(
    qtbot: QtBot, classes: tuple[SampleClass, ...], text: str, ready: bool
) -> None:
    button = ReadyButton()
    qtbot.addWidget(button)
    button.show_classes(classes)
    assert (button.text(), button.isEnabled()) == (text, ready)


def test_each_row_says_whether_it_is_enough(qtbot: QtBot) -> None:
    rows = ClassList()
    qtbot.addWidget(rows)
    rows.show_classes([named("a", 9), named("b", 10), named("c", 20), named("wave", 3, movement=True)])
    said = [row.enough.text() for row in rows.rows[:3]]
    assert said == ["too few; 20 are good", "will do; 20 are good", "enough"]
    assert rows.rows[3].enough.isHidden()


def drawn(curves: Curves) -> QImage:
    return curves.grab().toImage()


def test_the_beginning_of_unfreezing_is_marked(qtbot: QtBot) -> None:
    curves = Curves()
    qtbot.addWidget(curves)
    curves.resize(400, 260)
    history = [EpochRecord(i, 1.0, 0.5, 1.0, 0.5, 0.1) for i in range(1, 9)]
    curves.show_history(history, 2)
    without = drawn(curves)
    curves.show_history(history, 2, 8)  # nothing came after it
    assert drawn(curves) == without
    curves.show_history(history, 2, 4)
    assert drawn(curves) != without


def test_a_model_is_exported_from_the_result_page(qtbot: QtBot, tmp_path: Path) -> None:
    from vision_app.gui.session import Session
    from vision_app.gui.teach.controller import TeachController
    from vision_app.gui.teach.jobs import Jobs

    session = Session()
    controller = TeachController(session)
    jobs = Jobs(controller)
    try:
        with qtbot.waitSignal(jobs.told, timeout=60_000) as told:
            jobs.take_elsewhere("sketch-cnn", "python", tmp_path)
        assert (tmp_path / "sketch-cnn-python" / "sketch_cnn.py").is_file()
        assert "sketch-cnn-python" in told.args[0]
        with qtbot.waitSignal(jobs.failed, timeout=60_000) as failed:
            jobs.take_elsewhere("sketch-cnn", "python", tmp_path)
        assert "is there and not empty" in failed.args[0]
    finally:
        jobs.close()
        controller.close()
        session.close()


def test_the_shipped_networks_for_sketches_are_bases(qtbot: QtBot) -> None:
    from vision_app.gui.session import Session
    from vision_app.gui.teach.controller import TeachController
    from vision_app.gui.teach.train_page import TrainPage

    session = Session()
    controller = TeachController(session)
    page = TrainPage(controller)
    qtbot.addWidget(page)
    try:
        qtbot.waitUntil(lambda: page.base.findData("sketch-vit") >= 0, timeout=60_000)
        place = page.base.findData("sketch-cnn")
        assert "Drawings" in page.base.itemData(place, Qt.ItemDataRole.ToolTipRole)
    finally:
        page.close_down()
        controller.close()
        session.close()


def test_thumbnails_of_mistakes_carry_the_true_class(qtbot: QtBot) -> None:
    from types import SimpleNamespace

    from vision_app.gui.teach.evaluation_dialog import EvaluationDialog
    from vision_app.learn.evaluating import Judged

    def judged(target: int, predicted: int) -> Judged:
        return Judged("1", Path("1.png"), target, predicted, 0.98, 0.01, False)

    dialog = SimpleNamespace(evaluation=SimpleNamespace(labels=("cup", "pen")), tr=str)
    assert EvaluationDialog._cell(dialog, judged(0, 1)).caption == "cup → pen 98 %"  # type: ignore[arg-type]
    assert EvaluationDialog._cell(dialog, judged(1, 1)).caption == "pen 98 %"  # type: ignore[arg-type]
