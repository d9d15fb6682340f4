"""Live curves of loss and accuracy, training and validation, with the best epoch marked."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from vision_app.gui.pieces.texts import percent
from vision_app.gui.theme import SPACE_PX, theme
from vision_app.learn.options import EpochRecord

_HEIGHT_PX = 260


def ceiling(highest: float) -> float:
    """The round number at the top of an axis.

    >>> ceiling(0.83), ceiling(3.1)
    (1.0, 5.0)
    """
    if not highest > 0:
        return 1.0
    unit = 10.0 ** math.floor(math.log10(highest))
    return next((step * unit for step in (1.0, 2.0, 5.0) if step * unit >= highest), 10.0 * unit)


class Curves(QWidget):
    """Two plots, one below the other, over the epochs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.history: tuple[EpochRecord, ...] = ()
        self.best_epoch: int | None = None
        self.frozen_epochs: int | None = None
        self.setFixedHeight(_HEIGHT_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)
        self._describe()

    def show_history(
        self, history: Sequence[EpochRecord], best_epoch: int | None, frozen_epochs: int | None = None
    ) -> None:
        """Show these epochs.

        Args:
            history: all of them.
            best_epoch: number of the best one.
            frozen_epochs: after how many of them the last blocks were unfrozen; None when they were not.
        """
        self.history, self.best_epoch, self.frozen_epochs = tuple(history), best_epoch, frozen_epochs
        self._describe()
        self.update()

    def _describe(self) -> None:
        self.setAccessibleName(self.tr("Curves of loss and accuracy"))
        if self.history:
            last = self.history[-1]
            text = self.tr("Epoch {epoch}: training loss {train}, validation loss {val}; best epoch {best}")
            train, val = f"{last.train_loss:.3f}", f"{last.val_loss:.3f}"
            self.setAccessibleDescription(
                text.format(epoch=last.epoch, train=train, val=val, best=self.best_epoch)
            )

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._describe()
            self.update()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw both."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = painter.font()
        font.setPointSizeF(font.pointSizeF() * 0.85)
        painter.setFont(font)
        high = painter.fontMetrics().height()
        half = (self.height() - high) / 2
        losses = [v for r in self.history for v in (r.train_loss, r.val_loss) if math.isfinite(v)]
        top = ceiling(max(losses, default=1.0))
        self._plot(painter, QRectF(0, 0, self.width(), half), self.tr("Loss"), "loss", top)
        self._plot(painter, QRectF(0, half, self.width(), half), self.tr("Accuracy"), "accuracy", 1.0)
        self._legend(painter, QRectF(0, 2 * half, self.width(), high))
        painter.end()

    def _plot(self, painter: QPainter, area: QRectF, title: str, field: str, top: float) -> None:
        colours = theme().colours
        measure = painter.fontMetrics()
        high = measure.height()
        is_share = field == "accuracy"
        painter.setPen(QColor(colours.quiet))
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, title)
        label_px = measure.horizontalAdvance(percent(1)) + SPACE_PX
        room = area.adjusted(label_px, high * 1.8, -SPACE_PX / 2, -high * 0.7)
        for share in (0.0, 0.5, 1.0):
            y = room.bottom() - share * room.height()
            painter.setPen(QPen(QColor(colours.border), 1))
            painter.drawLine(QPointF(room.left(), y), QPointF(room.right(), y))
            painter.setPen(QColor(colours.quiet))
            text = percent(share) if is_share else f"{share * top:g}"
            painter.drawText(
                QRectF(0, y - high / 2, label_px - SPACE_PX / 2, high),
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                text,
            )
        if not self.history:
            return
        step = room.width() / max(1, len(self.history) - 1)
        self._mark_unfreezing(painter, room, step, title=is_share)
        self._mark_best(painter, room, step, title=not is_share)
        for kind, role in (("train", "accent"), ("val", "warn")):
            values = [getattr(r, f"{kind}_{field}") for r in self.history]
            points = [
                QPointF(room.left() + i * step, room.bottom() - min(1.0, v / top) * room.height())
                for i, v in enumerate(values)
                if math.isfinite(v)
            ]
            pen = QPen(QColor(getattr(colours, role)), 2)
            if kind == "train":  # not told apart by colour alone
                pen.setStyle(Qt.PenStyle.DashLine)
            painter.setPen(pen)
            painter.drawPolyline(QPolygonF(points))

    def _mark_unfreezing(self, painter: QPainter, room: QRectF, step: float, *, title: bool) -> None:
        """A line between the last epoch with frozen layers and the first one without."""
        if self.frozen_epochs is None or not 0 < self.frozen_epochs < len(self.history):
            return
        x = room.left() + (self.frozen_epochs - 0.5) * step
        painter.setPen(QPen(QColor(theme().colours.text), 1.5, Qt.PenStyle.DashDotLine))
        painter.drawLine(QPointF(x, room.top()), QPointF(x, room.bottom()))
        if title:
            text = self.tr("unfrozen from here")
            measure = painter.fontMetrics()
            width = measure.horizontalAdvance(text) + 2
            left = min(max(x - width / 2, room.left()), room.right() - width)
            area = QRectF(left, room.top() - measure.height() - 1, width, measure.height())
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)

    def _mark_best(self, painter: QPainter, room: QRectF, step: float, *, title: bool) -> None:
        if not self.best_epoch or self.best_epoch > len(self.history):
            return
        colours = theme().colours
        x = room.left() + (self.best_epoch - 1) * step
        painter.setPen(QPen(QColor(colours.good), 1.5, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(x, room.top()), QPointF(x, room.bottom()))
        if not title:
            return
        text = self.tr("best: epoch {epoch}").format(epoch=self.best_epoch)
        measure = painter.fontMetrics()
        width = measure.horizontalAdvance(text) + 2
        left = min(max(x - width / 2, room.left()), room.right() - width)
        painter.setPen(QColor(colours.good))
        painter.drawText(
            QRectF(left, room.top() - measure.height() - 1, width, measure.height()),
            Qt.AlignmentFlag.AlignCenter,
            text,
        )

    def _legend(self, painter: QPainter, area: QRectF) -> None:
        colours = theme().colours
        measure = painter.fontMetrics()
        left = area.left() + SPACE_PX
        entries = (
            (self.tr("training"), colours.accent, Qt.PenStyle.DashLine),
            (self.tr("validation"), colours.warn, Qt.PenStyle.SolidLine),
        )
        for text, colour, style in entries:
            y = area.center().y()
            painter.setPen(QPen(QColor(colour), 2, style))
            painter.drawLine(QPointF(left, y), QPointF(left + 3 * SPACE_PX, y))
            left += 3 * SPACE_PX + SPACE_PX / 2
            width = measure.horizontalAdvance(text) + 2
            painter.setPen(QColor(colours.quiet))
            painter.drawText(
                QRectF(left, area.top(), width, area.height()), Qt.AlignmentFlag.AlignVCenter, text
            )
            left += width + 2 * SPACE_PX
