"""The confusion matrix on an evaluation of a model that was really trained."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt, QTranslator
from PySide6.QtGui import QColor, QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScrollArea, QToolTip
from pytestqt.qtbot import QtBot

from tests.tiny_classifiers import grid_model, write_samples
from vision_app.cards.lookup import MODELS_VARIABLE, find_model
from vision_app.gui.teach.confusion import ConfusionMatrix
from vision_app.gui.theme import DARK, LIGHT, theme
from vision_app.learn.evaluating import Evaluation, evaluate
from vision_app.learn.options import TrainingOptions
from vision_app.learn.training import Trainer
from vision_app.samples.dataset import open_samples


@pytest.fixture(scope="module")
def evaluation(tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    """Trained on colours, then asked about pictures of which one lies in the wrong folder."""
    folder = tmp_path_factory.mktemp("evaluation")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(MODELS_VARIABLE, str(folder / "models"))
        patch.setenv("VISION_APP_CACHE", str(folder / "cache"))
        (folder / "base").mkdir()
        base = find_model(str(grid_model(folder / "base")))
        samples = write_samples(folder / "samples")
        options = TrainingOptions(epochs=30, learning_rate=0.02)
        Trainer(open_samples(samples), base, "mine", options).run()
        first, second = open_samples(samples).labels[:2]
        misplaced = open_samples(samples).of_label(first)[0].path
        cv2.imwrite(str(samples / second / "misplaced.png"), cv2.imread(str(misplaced)))
        return evaluate(find_model("mine"), open_samples(samples), part="all")


@pytest.fixture
def matrix(qtbot: QtBot, evaluation: Evaluation) -> Iterator[ConfusionMatrix]:
    widget = ConfusionMatrix()
    qtbot.addWidget(widget)
    widget.show_evaluation(evaluation)
    widget.resize(600, 400)
    widget.show()
    qtbot.waitExposed(widget)
    widget.activateWindow()
    widget.setFocus()
    yield widget
    theme().choose("light")


def test_every_sample_is_in_one_cell_and_the_wrong_one_is_off_the_diagonal(
    matrix: ConfusionMatrix, evaluation: Evaluation
) -> None:
    rows, _ = matrix.shape
    counts = [[matrix.count(row, column) for column in range(rows)] for row in range(rows)]
    assert sum(map(sum, counts)) == len(evaluation.judged)
    assert counts[1][0] >= 1
    for row in range(rows):
        for column in range(rows):
            assert counts[row][column] == len(evaluation.cell(*matrix.classes_of(row, column)))


def test_a_click_gives_the_samples_behind_the_cell(
    matrix: ConfusionMatrix, evaluation: Evaluation, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(matrix.cell_clicked) as clicked:
        QTest.mouseClick(
            matrix, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, matrix.cell_rect(1, 0).center()
        )
    found = evaluation.cell(*clicked.args)
    assert any(j.path.name == "misplaced.png" for j in found)
    assert matrix.mark == (1, 0)


def test_a_click_beside_the_cells_is_none(matrix: ConfusionMatrix, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(matrix.cell_clicked):
        QTest.mouseClick(matrix, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(2, 2))
    assert matrix.cell_at(QPoint(2, 2)) is None


def test_keys_reach_every_cell_and_stay_inside(matrix: ConfusionMatrix, qtbot: QtBot) -> None:
    rows, columns = matrix.shape
    QTest.keyClick(matrix, Qt.Key.Key_Up)
    assert matrix.mark == (0, 0)
    QTest.keyClick(matrix, Qt.Key.Key_Down)
    QTest.keyClick(matrix, Qt.Key.Key_End)
    assert matrix.mark == (1, columns - 1)
    QTest.keyClick(matrix, Qt.Key.Key_Home)
    for _ in range(rows + 3):
        QTest.keyClick(matrix, Qt.Key.Key_Down)
    assert matrix.mark == (rows - 1, 0)
    with qtbot.waitSignal(matrix.cell_clicked) as clicked:
        QTest.keyClick(matrix, Qt.Key.Key_Return)
    assert clicked.args == list(matrix.classes_of(rows - 1, 0))
    assert matrix.accessibleDescription() == matrix.words(rows - 1, 0)


def test_what_is_pointed_at_says_what_it_is(matrix: ConfusionMatrix, evaluation: Evaluation) -> None:
    place = matrix.cell_rect(1, 0).center()
    event = QHelpEvent(QEvent.Type.ToolTip, place, matrix.mapToGlobal(place))
    QApplication.sendEvent(matrix, event)
    said = QToolTip.text()
    QToolTip.hideText()
    assert evaluation.labels[matrix.classes_of(1, 0)[0]] in said
    assert said == matrix.words(1, 0)
    assert said.startswith(f"{matrix.count(1, 0)} of ")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_cell_without_samples_is_the_ground_and_others_are_not(
    matrix: ConfusionMatrix, qtbot: QtBot, scheme: str
) -> None:
    theme().choose(scheme)
    matrix.clearFocus()
    colours = {"light": LIGHT, "dark": DARK}[scheme]
    image = matrix.grab().toImage()
    rows, _ = matrix.shape
    for row in range(rows):
        for column in range(rows):
            inside = matrix.cell_rect(row, column).topLeft() + QPoint(10, 10)
            same = image.pixelColor(inside) == QColor(colours.raised)
            assert same == (matrix.count(row, column) == 0)


def test_cells_stay_large_enough_to_hit(matrix: ConfusionMatrix) -> None:
    matrix.resize(matrix.minimumSizeHint())
    rect = matrix.cell_rect(0, 0)
    assert min(rect.width(), rect.height()) >= 36
    rows, columns = matrix.shape
    assert matrix.rect().contains(matrix.cell_rect(rows - 1, columns - 1))


def test_the_mark_is_scrolled_into_sight(qtbot: QtBot, evaluation: Evaluation) -> None:
    area, matrix = QScrollArea(), ConfusionMatrix()
    qtbot.addWidget(area)
    matrix.show_evaluation(evaluation)
    area.setWidget(matrix)
    area.setWidgetResizable(True)
    area.resize(140, 110)
    area.show()
    rows, columns = matrix.shape
    assert not matrix.visibleRegion().contains(matrix.cell_rect(rows - 1, columns - 1).center())
    for key in (Qt.Key.Key_End, *[Qt.Key.Key_Down] * rows):
        QTest.keyClick(matrix, key)
    assert matrix.visibleRegion().contains(matrix.cell_rect(rows - 1, columns - 1).center())


def test_nothing_to_show(matrix: ConfusionMatrix, qtbot: QtBot) -> None:
    matrix.show_evaluation(None)
    assert matrix.shape == (0, 0)
    with qtbot.assertNotEmitted(matrix.cell_clicked):
        QTest.keyClick(matrix, Qt.Key.Key_Return)
        QTest.mouseClick(matrix, Qt.MouseButton.LeftButton)
    matrix.grab()


def test_the_language_changes_while_it_is_shown(matrix: ConfusionMatrix, qtbot: QtBot) -> None:
    class Upper(QTranslator):
        def translate(self, context: str, text: str, *_: object) -> str:
            return text if "{" in text else text.upper()

        def isEmpty(self) -> bool:
            return False

    translator = Upper()
    QCoreApplication.installTranslator(translator)
    try:
        qtbot.waitUntil(lambda: matrix.accessibleName().startswith("CONFUSION"))
    finally:
        QCoreApplication.removeTranslator(translator)
