"""The confusion matrix, drawn: each cell can be pointed at, clicked and reached with the arrow keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QToolTip, QWidget

from vision_app.gui.theme import RADIUS_PX, SPACE_PX, TARGET_PX, Colours, theme
from vision_app.learn.evaluating import Evaluation

_WIDEST_CELL_PX, _HIGHEST_CELL_PX = 160, 72
_WIDEST_NAME_PX = 140
_FAINTEST, _STRONGEST = 0.15, 0.75
"""How much of its colour a cell has: with one sample, with all samples of its class."""


class ConfusionMatrix(QWidget):
    """Rows are true, columns are what was said; the last column is "unknown" for a model that says so.

    Classes that do not occur are left out. The arrow keys, Home and End move the mark, Enter clicks its cell.
    """

    cell_clicked = Signal(int, object)
    """Id of the true class, and of the class that was said; None for unknown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._evaluation: Evaluation | None = None
        self._ids: tuple[int, ...] = ()
        self._with_unknown = False
        self._mark = (0, 0)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme().changed.connect(self.update)
        self._translate()

    def show_evaluation(self, evaluation: Evaluation | None) -> None:
        """Show what came of an evaluation; None for nothing."""
        self._evaluation = evaluation
        self._ids, self._with_unknown = (), False
        if evaluation is not None:
            counts = evaluation.metrics.confusion
            self._ids = tuple(i for i in range(len(counts)) if counts[i].sum() or counts[:, i].sum())
            self._with_unknown = (
                evaluation.reject_below is not None or evaluation.metrics.background is not None
            )
        self._mark = (0, 0)
        self._translate()
        self.setMinimumSize(self.minimumSizeHint())
        self.updateGeometry()
        self.update()

    # cells -----------------------------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, int]:
        """How many rows and columns there are."""
        return len(self._ids), len(self._ids) + self._with_unknown if self._ids else 0

    @property
    def mark(self) -> tuple[int, int]:
        """Row and column of the cell that the keys are on."""
        return self._mark

    def classes_of(self, row: int, column: int) -> tuple[int, int | None]:
        """Ids of the true class and of the one that was said; None for unknown."""
        return self._ids[row], self._ids[column] if column < len(self._ids) else None

    def count(self, row: int, column: int) -> int:
        """How many samples a cell has."""
        assert self._evaluation is not None
        target, predicted = self.classes_of(row, column)
        metrics = self._evaluation.metrics
        return int(
            metrics.unknown_by_class[target] if predicted is None else metrics.confusion[target, predicted]
        )

    def words(self, row: int, column: int) -> str:
        """What a cell says, as a sentence."""
        true, said = self._name(row), self._name(column)
        total = sum(self.count(row, c) for c in range(len(self._ids)))
        text = self.tr("{count} of {total} samples of {true} were called {said}")
        return text.format(count=self.count(row, column), total=total, true=true, said=said)

    def cell_rect(self, row: int, column: int) -> QRect:
        """Where a cell is drawn."""
        left, top, wide, high = self._frame()
        return QRect(left + column * wide, top + row * high, wide, high)

    def cell_at(self, place: QPoint) -> tuple[int, int] | None:
        """The cell at a place; None outside of all."""
        left, top, wide, high = self._frame()
        row, column = (place.y() - top) // high, (place.x() - left) // wide
        rows, columns = self.shape
        return (row, column) if 0 <= row < rows and 0 <= column < columns else None

    def _name(self, number: int) -> str:
        if self._evaluation is None or number >= len(self._ids):
            return self.tr("unknown")
        return self._evaluation.labels[self._ids[number]]

    # sizes -----------------------------------------------------------------------------------------------

    def _frame(self) -> tuple[int, int, int, int]:
        """Left and top of the cells, width and height of one; pixels."""
        rows, columns = self.shape
        line = self.fontMetrics().height()
        names = max((self.fontMetrics().horizontalAdvance(self._name(i)) for i in range(rows)), default=0)
        left = line + 2 * SPACE_PX + min(names + SPACE_PX, _WIDEST_NAME_PX)
        top = 2 * line + 3 * SPACE_PX
        wide = (self.width() - left) // max(1, columns)
        high = (self.height() - top) // max(1, rows)
        return (
            left,
            top,
            min(max(wide, TARGET_PX), _WIDEST_CELL_PX),
            min(max(high, TARGET_PX), _HIGHEST_CELL_PX),
        )

    def minimumSizeHint(self) -> QSize:
        """Room for cells that can be hit."""
        rows, columns = self.shape
        left, top, _, _ = self._frame()
        return QSize(left + columns * TARGET_PX + 1, top + rows * TARGET_PX + 1)

    def sizeHint(self) -> QSize:
        """Room for cells that can be read at ease."""
        rows, columns = self.shape
        left, top, _, _ = self._frame()
        return QSize(left + columns * 2 * TARGET_PX, top + rows * TARGET_PX + 1)

    # drawing ---------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw names, cells and the mark."""
        if not self._ids:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme().colours
        self._draw_names(painter, colours)
        rows, columns = self.shape
        for row in range(rows):
            total = sum(self.count(row, c) for c in range(len(self._ids)))
            for column in range(columns):
                self._draw_cell(painter, colours, row, column, total)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colours.accent), 3))
            painter.drawRoundedRect(self.cell_rect(*self._mark).adjusted(1, 1, -1, -1), RADIUS_PX, RADIUS_PX)

    def _draw_names(self, painter: QPainter, colours: Colours) -> None:
        left, top, wide, high = self._frame()
        rows, columns = self.shape
        line, metrics = painter.fontMetrics().height(), painter.fontMetrics()
        painter.setPen(QColor(colours.quiet))
        over = QRect(left, SPACE_PX, columns * wide, line)
        painter.drawText(over, Qt.AlignmentFlag.AlignCenter, self.tr("What was said"))
        painter.save()
        painter.translate(0, top + rows * high)
        painter.rotate(-90)
        painter.drawText(QRect(0, 0, rows * high, line), Qt.AlignmentFlag.AlignCenter, self.tr("True class"))
        painter.restore()
        painter.setPen(QColor(colours.text))
        for column in range(columns):
            text = metrics.elidedText(self._name(column), Qt.TextElideMode.ElideRight, wide - 4)
            place = QRect(left + column * wide, line + 2 * SPACE_PX, wide, line)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
        room = left - line - 2 * SPACE_PX
        for row in range(rows):
            text = metrics.elidedText(self._name(row), Qt.TextElideMode.ElideRight, room)
            place = QRect(line + SPACE_PX, top + row * high, room, high)
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)

    def _draw_cell(self, painter: QPainter, colours: Colours, row: int, column: int, total: int) -> None:
        rect, count = self.cell_rect(row, column).adjusted(1, 1, -1, -1), self.count(row, column)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.raised))
        painter.drawRoundedRect(rect, RADIUS_PX, RADIUS_PX)
        ink = colours.text
        if count:
            kind = (
                colours.good if row == column else colours.bad if column < len(self._ids) else colours.quiet
            )
            share = min(1.0, count / max(1, total))
            ground = _mixed(colours.raised, kind, _FAINTEST + (_STRONGEST - _FAINTEST) * share)
            painter.setBrush(ground)
            painter.drawRoundedRect(rect, RADIUS_PX, RADIUS_PX)
            ink = max((colours.text, colours.raised), key=lambda one: _contrast(QColor(one), ground))
        painter.setPen(QColor(ink if count else colours.disabled))
        font = QFont(self.font())
        font.setBold(bool(count) and row == column)
        painter.setFont(font)
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, str(count) if count else "·")
        painter.setFont(self.font())

    # mouse and keys --------------------------------------------------------------------------------------

    def _move(self, row: int, column: int) -> None:
        rows, columns = self.shape
        self._mark = min(max(row, 0), rows - 1), min(max(column, 0), columns - 1)
        self.setAccessibleDescription(self.words(*self._mark))
        viewport = self.parentWidget()
        area = viewport.parentWidget() if viewport is not None else None
        if isinstance(area, QScrollArea):  # of many classes not all are seen at once
            rect = self.cell_rect(*self._mark)
            centre = rect.center()
            area.ensureVisible(centre.x(), centre.y(), rect.width() // 2, rect.height() // 2)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on a cell."""
        found = self.cell_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and found is not None:
            self._move(*found)
            self.cell_clicked.emit(*self.classes_of(*found))
        else:
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys move the mark, Enter and the space bar click."""
        row, column = self._mark
        moves = {
            Qt.Key.Key_Left: (row, column - 1),
            Qt.Key.Key_Right: (row, column + 1),
            Qt.Key.Key_Up: (row - 1, column),
            Qt.Key.Key_Down: (row + 1, column),
            Qt.Key.Key_Home: (row, 0),
            Qt.Key.Key_End: (row, self.shape[1] - 1),
        }
        if not self._ids:
            super().keyPressEvent(event)
        elif event.key() in moves:
            self._move(*moves[Qt.Key(event.key())])
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.cell_clicked.emit(*self.classes_of(row, column))
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """What is pointed at says in a sentence what it is."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            found = self.cell_at(event.pos())
            if found is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), self.words(*found), self, self.cell_rect(*found))
            return True
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
            self.update()
        super().changeEvent(event)

    def _translate(self) -> None:
        self.setAccessibleName(self.tr("Confusion matrix: rows are true, columns are what was said"))
        self.setAccessibleDescription(self.words(*self._mark) if self._ids else "")


def _mixed(ground: str, colour: str, share: float) -> QColor:
    """A colour laid over a ground."""
    one, two = QColor(ground), QColor(colour)
    parts = (
        round(a + (b - a) * share)
        for a, b in zip(one.getRgb()[:3], two.getRgb()[:3], strict=True)  # type: ignore[index]
    )
    return QColor(*parts)


def _contrast(one: QColor, other: QColor) -> float:
    """Contrast of two colours, 1 to 21.

    Source: W3C, "Web Content Accessibility Guidelines 2.1", relative luminance and contrast ratio.
    """

    def light(colour: QColor) -> float:
        parts = (colour.redF(), colour.greenF(), colour.blueF())
        red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)
