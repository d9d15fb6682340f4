"""The table of a network's layers: as many of its columns as there is room for; it never scrolls sideways."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QWidget

NUMBER, NAME, KIND = range(3)
_LEAST_NAME_CHARACTERS = 8


class LayerList(QTreeWidget):
    """A row a layer. Number, name and kind are always there, long names are shortened; the others as they fit.

    Args:
        columns: how many columns there are.
        parent: Qt's owner.
    """

    def __init__(self, columns: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setColumnCount(columns)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.header().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.header().setStretchLastSection(False)
        self.header().setResizeContentsPrecision(-1)  # all rows, not only those in sight
        self._needs: list[int] = []

    def measure(self) -> None:
        """Look anew how wide the texts are; then fit them in."""
        self._needs = [
            max(self.sizeHintForColumn(i), self.header().sectionSizeHint(i))
            for i in range(self.columnCount())
        ]
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More or fewer columns."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if not self._needs:
            return
        least = self.fontMetrics().averageCharWidth() * _LEAST_NAME_CHARACTERS
        for i, width in enumerate(column_widths(self._needs, self.viewport().width(), least)):
            self.setColumnHidden(i, width == 0)
            if width:
                self.setColumnWidth(i, width)


def column_widths(needs: Sequence[int], room: int, least: int) -> list[int]:
    """How wide each column is.

    Args:
        needs: pixels that each column needs to show its texts whole; name and kind are the second and the third.
        room: pixels that there are.
        least: pixels that a name has at least, as long as the kind can give way.

    Returns:
        Pixels for each column, `room` in all; 0 for one that there is no room for.

    >>> column_widths([20, 100, 80, 50, 50], 260, 40)
    [20, 110, 80, 50, 0]
    >>> column_widths([20, 100, 80, 50, 50], 160, 40)
    [20, 60, 80, 0, 0]
    >>> column_widths([20, 100, 80, 50, 50], 110, 40)
    [20, 40, 50, 0, 0]
    """
    number = min(needs[NUMBER], room)
    kind = min(needs[KIND], max(0, room - number - min(least, needs[NAME])))
    widths = [number, max(0, room - number - kind), kind] + [0] * (len(needs) - 3)
    spare = widths[NAME] - needs[NAME]
    for i in range(KIND + 1, len(needs)):
        if needs[i] > spare:
            break
        widths[i] = needs[i]
        widths[NAME] -= needs[i]
        spare -= needs[i]
    return widths
