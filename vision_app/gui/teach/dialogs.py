"""The larger views of teaching, each in a window of its own beside the picture."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from vision_app.gui.teach.desk import TeachDesk
from vision_app.gui.theme import SPACE_PX

_GRID_PX = (820, 620)
_EVALUATION_PX = (860, 700)
_VERSIONS_PX = (620, 460)


class _ViewDialog(QDialog):
    """One view; its `close_down` is called when it is closed."""

    def __init__(self, parent: QWidget, view: QWidget, title: str, size_px: tuple[int, int]) -> None:
        super().__init__(parent)
        self.view = view
        self.setWindowTitle(title)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_PX, SPACE_PX, SPACE_PX, SPACE_PX)
        column.addWidget(view)
        self.resize(*size_px)
        self.finished.connect(self._end)

    def _end(self) -> None:
        end = getattr(self.view, "close_down", None)
        if end is not None:
            end()
        self.deleteLater()


def grid_dialog(parent: QWidget, desk: TeachDesk, label: str | None) -> QDialog | None:
    """All samples, or those of a class."""
    from vision_app.gui.teach.grid import SampleGrid

    if desk.store is None:
        return None
    grid = SampleGrid()
    dialog = _ViewDialog(parent, grid, QCoreApplication.translate("TeachDialogs", "Samples"), _GRID_PX)
    grid.set_store(desk.store)
    grid.show_class(label)
    grid.changed.connect(desk.store_changed)
    grid.failed.connect(desk.failed)
    desk.store_changed.connect(grid.refresh)
    dialog.show()
    return dialog


def evaluation_dialog(parent: QWidget, desk: TeachDesk, name: str) -> QDialog | None:
    """How good a model is on the samples."""
    from vision_app.gui.teach.evaluation import EvaluationView

    if desk.store is None:
        return None
    view = EvaluationView()
    title = QCoreApplication.translate("TeachDialogs", "Evaluation of {name}").format(name=name)
    dialog = _ViewDialog(parent, view, title, _EVALUATION_PX)
    dialog.show()
    view.evaluate(name, desk.store.folder)
    return dialog


def versions_dialog(parent: QWidget, desk: TeachDesk, name: str) -> QDialog | None:
    """The versions of a model: compare them, go back to one."""
    from vision_app.gui.teach.versions import VersionsView

    if desk.store is None:
        return None
    view = VersionsView()
    title = QCoreApplication.translate("TeachDialogs", "Versions of {name}").format(name=name)
    dialog = _ViewDialog(parent, view, title, _VERSIONS_PX)
    view.rolled_back.connect(desk.show_model)
    dialog.show()
    view.show_model(name, desk.store.folder)
    return dialog
