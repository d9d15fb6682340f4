"""Pages of which one is shown; the others take no room, neither in width nor in height."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget


class OneOf(QWidget):
    """The first page is shown until another one is chosen.

    A `QStackedWidget` is as high as the highest of its pages wherever lines are broken.

    Args:
        parent: Qt's owner.
    """

    changed = Signal()
    """Another page is shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pages: list[QWidget] = []
        self._shown = 0
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    @property
    def page(self) -> QWidget:
        """The page that is shown."""
        return self.pages[self._shown]

    def add(self, page: QWidget) -> None:
        """Add a page."""
        page.setVisible(not self.pages)
        self.pages.append(page)
        self._column.addWidget(page)

    def show_page(self, number: int) -> None:
        """Show a page, counted from 0."""
        if number == self._shown:
            return
        self.page.hide()
        self._shown = number
        self.page.show()
        self.changed.emit()
