"""A row of controls that goes on in the next line where it is too narrow for all of them."""

from __future__ import annotations

from PySide6.QtCore import QMargins, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QSizePolicy, QWidget

from vision_app.gui.theme import SPACE_PX


class WrapRow(QLayout):
    """Each line is filled: what is left of its width goes to its controls by their shares.

    Args:
        spacing: pixels between controls and between lines.
    """

    def __init__(self, spacing: int = SPACE_PX) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self._shares: list[int] = []
        self.setContentsMargins(QMargins())
        self.setSpacing(spacing)

    def add(self, widget: QWidget, share: int = 1) -> None:
        """Add a control.

        Args:
            widget: it.
            share: how much of what is left of a line it gets, against the others in the line.
        """
        self._shares.append(share)
        self.addWidget(widget)

    def addItem(self, item: QLayoutItem, /) -> None:
        """Qt adds what `add` was given."""
        self._items.append(item)
        self._shares += [1] * (len(self._items) - len(self._shares))

    def count(self) -> int:
        """How many there are."""
        return len(self._items)

    def itemAt(self, index: int, /) -> QLayoutItem | None:
        """One of them; None past the end."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int, /) -> QLayoutItem | None:
        """Take one out; None past the end."""
        if not 0 <= index < len(self._items):
            return None
        del self._shares[index]
        return self._items.pop(index)

    def expandingDirections(self) -> Qt.Orientation:
        """It takes what width there is."""
        return Qt.Orientation.Horizontal

    def hasHeightForWidth(self) -> bool:
        """How many lines there are follows from the width."""
        return True

    def heightForWidth(self, width: int, /) -> int:
        """Height of all lines, in pixels."""
        lines = self._lines(width)
        high = sum(max(self._high(i) for i in line) for line in lines)
        return high + self.spacing() * max(0, len(lines) - 1)

    def minimumSize(self) -> QSize:
        """The widest control alone in its line."""
        seen = [i for i in range(len(self._items)) if not self._items[i].isEmpty()]
        wide = max((self._items[i].minimumSize().width() for i in seen), default=0)
        return QSize(wide, max((self._high(i) for i in seen), default=0))

    def sizeHint(self) -> QSize:
        """All in one line."""
        seen = [i for i in range(len(self._items)) if not self._items[i].isEmpty()]
        wide = sum(self._items[i].sizeHint().width() for i in seen) + self.spacing() * max(0, len(seen) - 1)
        return QSize(wide, max((self._high(i) for i in seen), default=0))

    def setGeometry(self, rect: QRect, /) -> None:
        """Place the controls."""
        super().setGeometry(rect)
        top = rect.top()
        for line in self._lines(rect.width()):
            high, left = max(self._high(i) for i in line), rect.left()
            for i, wide in zip(line, self._widths(line, rect.width()), strict=True):
                place = QRect(left, top, wide, high)
                parent = self.parentWidget()
                if parent is not None and parent.layoutDirection() == Qt.LayoutDirection.RightToLeft:
                    place.moveRight(rect.right() - (left - rect.left()))
                self._items[i].setGeometry(place)
                left += wide + self.spacing()
            top += high + self.spacing()

    def _high(self, i: int) -> int:
        return self._items[i].sizeHint().height()

    def _lines(self, width: int) -> list[list[int]]:
        """Which controls stand in which line."""
        lines: list[list[int]] = []
        left = 0
        for i, item in enumerate(self._items):
            if item.isEmpty():
                continue
            need = item.minimumSize().width()
            if not lines or need > left:
                lines.append([])
                left = width
            lines[-1].append(i)
            left -= need + self.spacing()
        return lines

    def _widths(self, line: list[int], width: int) -> list[int]:
        """Pixels for each control of a line: the smallest that it can do with, and its share of the rest."""
        least = [self._items[i].minimumSize().width() for i in line]
        rest = max(0, width - sum(least) - self.spacing() * (len(line) - 1))
        shares = [self._shares[i] * self._grows(i) for i in line]
        total = sum(shares)
        wide = [
            need + (rest * share // total if total else 0) for need, share in zip(least, shares, strict=True)
        ]
        if total:
            last = max(k for k, share in enumerate(shares) if share)
            wide[last] += width - sum(wide) - self.spacing() * (len(line) - 1)
        return wide

    def _grows(self, i: int) -> bool:
        widget = self._items[i].widget()
        return widget is None or widget.sizePolicy().horizontalPolicy() != QSizePolicy.Policy.Fixed


class EvenRows(WrapRow):
    """Controls in columns, as many as there is room for, and no line shorter than the others.

    The controls of a column are equally wide.
    """

    def _lines(self, width: int) -> list[list[int]]:
        shown = self._shown()
        columns = len(self._columns(width))
        return [shown[at : at + columns] for at in range(0, len(shown), columns)]

    def _widths(self, line: list[int], width: int) -> list[int]:
        least = self._columns(width)
        rest = max(0, width - sum(least) - self.spacing() * (len(least) - 1))
        more, over = divmod(rest, len(least))
        return [need + more + (i < over) for i, need in enumerate(least)][: len(line)]

    def _shown(self) -> list[int]:
        return [i for i, item in enumerate(self._items) if not item.isEmpty()]

    def _columns(self, width: int) -> list[int]:
        """Pixels that each column needs, of the most columns that fit and fill all lines."""
        needs = [self._items[i].minimumSize().width() for i in self._shown()]
        for columns in range(len(needs), 1, -1):
            least = [max(needs[at::columns]) for at in range(columns)]
            if len(needs) % columns == 0 and sum(least) + self.spacing() * (columns - 1) <= width:
                return least
        return [max(needs, default=0)]
