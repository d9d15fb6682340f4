"""The grid of samples on a real store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.tiny_classifiers import coloured
from vision_app.gui.teach.grid import PIXMAP_ROLE, Cell, Grid, PictureModel
from vision_app.gui.teach.mime import sample_ids
from vision_app.samples.sample import NewSample
from vision_app.samples.store import SampleStore


def sample(label: str, number: int) -> NewSample:
    image = coloured(label, number)
    return NewSample(label, "one", cv2.imencode(".png", image)[1].tobytes(), ".png", image)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SampleStore]:
    with SampleStore.open(tmp_path / "samples") as opened:
        opened.add_many([sample(label, number) for label in ("red", "blue") for number in range(6)])
        yield opened


@pytest.fixture
def grid(store: SampleStore, qtbot: QtBot) -> Iterator[Grid]:
    model = PictureModel(store.thumbnail)
    view = Grid(model)
    qtbot.addWidget(view)
    view.resize(600, 400)
    model.show_cells([Cell(s.id, s.label) for s in store.samples()])
    view.show()
    qtbot.waitExposed(view)
    yield view
    model.close()
    model.deleteLater()


def model_of(grid: Grid) -> PictureModel:
    model = grid.model()
    assert isinstance(model, PictureModel)
    return model


def pixmap(grid: Grid, row: int) -> QPixmap | None:
    found = model_of(grid).index(row).data(PIXMAP_ROLE)
    return found if isinstance(found, QPixmap) else None


def test_each_cell_shows_its_own_picture(grid: Grid, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: all(pixmap(grid, row) is not None for row in range(12)))
    for row, cell in enumerate(model_of(grid).cells):
        picture = pixmap(grid, row)
        assert picture is not None
        middle = (
            picture.toImage().scaled(1, 1, mode=Qt.TransformationMode.SmoothTransformation).pixelColor(0, 0)
        )
        strongest = "red" if middle.red() > middle.blue() else "blue"
        assert strongest == cell.caption


def test_what_is_dragged_are_the_ids_that_can_be_relabelled(grid: Grid, store: SampleStore) -> None:
    for row in (0, 2):
        grid.selectionModel().select(model_of(grid).index(row), QItemSelectionModel.SelectionFlag.Select)
    assert grid.chosen() == store.ids("red")[::2][:2]
    data = model_of(grid).mimeData(grid.selectedIndexes())
    store.relabel(sample_ids(data), "blue")
    assert [c.count for c in store.classes] == [4, 8]
    store.undo()
    assert [c.count for c in store.classes] == [6, 6]


def test_keys_choose(grid: Grid) -> None:
    grid.setCurrentIndex(model_of(grid).index(0))
    QTest.keyClick(grid, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert len(grid.chosen()) == 2
    QTest.keyClick(grid, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert len(grid.chosen()) == 12


def test_new_samples_leave_the_choice_as_it_is(grid: Grid, store: SampleStore) -> None:
    grid.setCurrentIndex(model_of(grid).index(3))
    before = grid.chosen()
    store.add(sample("blue", 99))
    model_of(grid).show_cells([Cell(s.id, s.label) for s in store.samples()])
    assert model_of(grid).rowCount() == 13
    assert grid.chosen() == before


def test_a_picture_that_is_gone_does_not_end_the_reading(store: SampleStore, qtbot: QtBot) -> None:
    gone, last = store.ids("red")[0], store.ids("red")[-1]
    store.sample(gone).path.unlink()
    model = PictureModel(store.thumbnail)
    model.show_cells([Cell(gone, "red"), Cell(last, "red")])
    read = {}
    for row in (0, 1):
        qtbot.waitUntil(lambda row=row: isinstance(model.index(row).data(PIXMAP_ROLE), QPixmap))  # type: ignore[misc]
        read[row] = model.index(row).data(PIXMAP_ROLE)
    assert read[0].isNull()
    assert not read[1].isNull()
    model.close()
    model.deleteLater()
