"""A grid of small pictures that stays fluid with tens of thousands of them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from vision_app.errors import VisionError
from vision_app.gui.pieces.images import copied_image
from vision_app.gui.teach.mime import MIME_TYPE, pack
from vision_app.gui.theme import RADIUS_PX, theme
from vision_app.results.values import ImageU8

CELL_W, CELL_H = 116, 112
_MOST_KEPT = 800
_MOST_WANTED = 200
"""Pictures that wait to be read: what was scrolled past longest ago is not read."""
Index = QModelIndex | QPersistentModelIndex
FLAG_ROLE = Qt.ItemDataRole.UserRole + 1
PIXMAP_ROLE = Qt.ItemDataRole.UserRole + 2


@dataclass(frozen=True, slots=True)
class Cell:
    """One picture of a grid.

    Attributes:
        key: its name, unique.
        caption: the line below it.
        flag: why it should be looked at: `conflict`, `leak`, or "".
        tip: all that there is to say.
    """

    key: str
    caption: str
    flag: str = ""
    tip: str = ""


Read = Callable[[str], ImageU8]
"""Gives the small picture of a key, (h, w, 3) uint8 BGR; raises `VisionError`."""


class Loader(QObject):
    """Reads small pictures in a thread of its own, those asked for last first."""

    loaded = Signal(str, object)
    """Key and QImage; a null one when it cannot be read."""

    def __init__(self, read: Read, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._read = read
        self._wanted: OrderedDict[str, None] = OrderedDict()
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="thumbnails", daemon=True)
        self._thread.start()

    def want(self, key: str) -> None:
        """Read this one next."""
        with self._changed:
            self._wanted[key] = None
            self._wanted.move_to_end(key)
            while len(self._wanted) > _MOST_WANTED:
                self._wanted.popitem(last=False)
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._wanted)
                if self._closed:
                    return
                key, _ = self._wanted.popitem()
            try:
                image = copied_image(np.ascontiguousarray(self._read(key)))
            except VisionError:
                image = QImage()
            if not self._closed:
                self.loaded.emit(key, image)

    def close(self) -> None:
        """End, and wait for it."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(10)


class PictureModel(QAbstractListModel):
    """Cells of a grid; their pictures come when they are first seen, and the newest seen are kept.

    Args:
        read: gives a small picture.
        parent: Qt's owner.
    """

    arrived = Signal(int)
    """The picture of this row is here. Qt's own signal would have all rows laid out again."""

    def __init__(self, read: Read, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.cells: tuple[Cell, ...] = ()
        self._rows: dict[str, int] = {}
        self._kept: OrderedDict[str, QPixmap] = OrderedDict()
        self._loader = Loader(read, self)
        self._loader.loaded.connect(self._loaded)

    def show_cells(self, cells: Sequence[Cell]) -> None:
        """Show these, in place of those before."""
        cells = tuple(cells)
        if cells == self.cells:
            return
        before = len(self.cells)
        if before and cells[:before] == self.cells:  # more have come: what is seen and chosen stays
            self.beginInsertRows(QModelIndex(), before, len(cells) - 1)
            self._take(cells)
            self.endInsertRows()
            return
        self.beginResetModel()
        self._take(cells)
        self.endResetModel()

    def _take(self, cells: tuple[Cell, ...]) -> None:
        self.cells = cells
        self._rows = {cell.key: row for row, cell in enumerate(cells)}

    def _loaded(self, key: str, image: QImage) -> None:
        self._kept[key] = QPixmap.fromImage(image)
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        row = self._rows.get(key)
        if row is not None:
            self.arrived.emit(row)

    def _pixmap(self, key: str) -> QPixmap | None:
        found = self._kept.get(key)
        if found is None:
            self._loader.want(key)
        else:
            self._kept.move_to_end(key)
        return found

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """How many there are."""
        return 0 if parent.isValid() else len(self.cells)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """What a cell shows."""
        if not index.isValid() or index.row() >= len(self.cells):
            return None
        cell = self.cells[index.row()]
        if role == PIXMAP_ROLE:
            return self._pixmap(cell.key)
        if role == Qt.ItemDataRole.DisplayRole:
            return cell.caption
        if role == FLAG_ROLE:
            return cell.flag
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return cell.tip or cell.caption
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """They can be chosen and dragged."""
        usual = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled
        return usual if index.isValid() else Qt.ItemFlag.NoItemFlags

    def mimeTypes(self) -> list[str]:
        """What is dragged."""
        return [MIME_TYPE]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """The keys of what is dragged."""
        return pack([self.cells[index.row()].key for index in indexes])

    def close(self) -> None:
        """End the reading."""
        self._loader.close()


class _Painter(QStyledItemDelegate):
    """Draws a picture, its caption, and a badge where something is to be looked at."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(CELL_W, CELL_H)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        colours = theme().colours
        rect: QRect = option.rect.adjusted(3, 3, -3, -3)
        state = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        if chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.accent))
            painter.drawRoundedRect(rect.adjusted(-2, -2, 2, 2), RADIUS_PX, RADIUS_PX)
        high = painter.fontMetrics().height()
        room = rect.adjusted(0, 0, 0, -high - 2)
        pixmap = index.data(PIXMAP_ROLE)
        if isinstance(pixmap, QPixmap) and not pixmap.isNull():
            size = pixmap.size().scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
            target = QRect(0, 0, size.width(), size.height())
            target.moveCenter(room.center())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(target, pixmap)
        else:
            painter.fillRect(room, QColor(colours.pressed))
        painter.setPen(QColor(colours.on_accent if chosen else colours.quiet))
        text = painter.fontMetrics().elidedText(str(index.data()), Qt.TextElideMode.ElideMiddle, rect.width())
        painter.drawText(rect.adjusted(0, room.height(), 0, 0), Qt.AlignmentFlag.AlignCenter, text)
        flag = index.data(FLAG_ROLE)
        if flag:
            badge = QRect(room.right() - 20, room.top() + 2, 18, 18)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor("#c02b2b" if flag == "conflict" else "#8f5600"))
            painter.drawEllipse(badge)
            painter.setPen(QColor("white"))
            painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, "!" if flag == "conflict" else "2")
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colours.text), 2))
            painter.drawRoundedRect(rect.adjusted(-2, -2, 2, 2), RADIUS_PX, RADIUS_PX)
        painter.restore()


class Grid(QListView):
    """A view of a `PictureModel`."""

    enter_pressed = Signal()
    """What is chosen is to be opened."""

    def __init__(self, model: PictureModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setItemDelegate(_Painter(self))
        # rows that wrap are laid out in a fraction of the time of Qt's icon mode, and look the same
        self.setViewMode(QListView.ViewMode.ListMode)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setGridSize(QSize(CELL_W, CELL_H))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalScrollBar().setSingleStep(CELL_H // 2)
        model.arrived.connect(self._draw_again)
        theme().changed.connect(self.viewport().update)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens what is chosen."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.enter_pressed.emit()
        else:
            super().keyPressEvent(event)

    def _draw_again(self, row: int) -> None:
        self.viewport().update(self.visualRect(self.model().index(row, 0)))

    def chosen(self) -> list[str]:
        """Keys of the chosen cells, in their order."""
        model = self.model()
        assert isinstance(model, PictureModel)
        rows = sorted(index.row() for index in self.selectedIndexes())
        return [model.cells[row].key for row in rows]
