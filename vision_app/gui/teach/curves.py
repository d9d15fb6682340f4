"""Loss and accuracy of a training, epoch by epoch, with the best epoch marked."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from vision_app.gui.theme import SPACE_PX, theme
from vision_app.learn.options import EpochRecord

_HEIGHT_PX = 120
_WIDTH_PX = 2.0


class Curves(QWidget):
    """Two plots, one above the other: loss and accuracy, of training and of validation."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._history: tuple[EpochRecord, ...] = ()
        self._best: int | None = None
        self.plots = (pg.PlotWidget(self), pg.PlotWidget(self))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_PX // 2)
        for plot in self.plots:
            plot.setFixedHeight(_HEIGHT_PX)
            plot.setMenuEnabled(False)
            plot.hideButtons()
            plot.setMouseEnabled(False, False)
            plot.setFrameShape(plot.Shape.NoFrame)
            column.addWidget(plot)
        self.plots[1].setYRange(0, 100, padding=0.05)
        theme().changed.connect(self._redraw)
        self._redraw()

    def show_history(self, history: Sequence[EpochRecord], best_epoch: int | None) -> None:
        """Show the epochs so far."""
        self._history, self._best = tuple(history), best_epoch
        self._redraw()

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._redraw()
        super().changeEvent(event)

    def _redraw(self) -> None:
        colours = theme().colours
        epochs = [record.epoch for record in self._history]
        columns = (
            (self.tr("Loss"), "train_loss", "val_loss", 1.0),
            (self.tr("Right, %"), "train_accuracy", "val_accuracy", 100.0),
        )
        for plot, (title, train, validation, factor) in zip(self.plots, columns, strict=True):
            plot.clear()
            plot.setBackground(colours.window)
            for side in ("left", "bottom"):
                axis = plot.getAxis(side)
                axis.setPen(colours.border)
                axis.setTextPen(colours.quiet)
            plot.getAxis("left").setWidth(34)
            for name, field, colour in (
                (self.tr("training"), train, colours.quiet),
                (self.tr("validation"), validation, colours.accent),
            ):
                values = [factor * getattr(record, field) for record in self._history]
                if any(math.isfinite(value) for value in values):
                    plot.plot(
                        epochs, values, pen=pg.mkPen(colour, width=_WIDTH_PX), name=name, connect="finite"
                    )
            if self._best is not None:
                pen = pg.mkPen(colours.good, width=1.5, style=pg.QtCore.Qt.PenStyle.DashLine)
                plot.addItem(pg.InfiniteLine(self._best, pen=pen))
            plot.setTitle(self._legend(title, colours.quiet, colours.accent), size="9pt")
        self.setAccessibleName(self._told())

    def _legend(self, title: str, quiet: str, accent: str) -> str:
        best = ""
        if self._best is not None:
            said = self.tr("best: epoch {epoch}").format(epoch=self._best)
            best = f' &nbsp; <span style="color:{theme().colours.good}">┆ {said}</span>'
        return (
            f'<span style="color:{theme().colours.text}">{title}</span> &nbsp; '
            f'<span style="color:{quiet}">— {self.tr("training")}</span> &nbsp; '
            f'<span style="color:{accent}">— {self.tr("validation")}</span>{best}'
        )

    def _told(self) -> str:
        if not self._history:
            return self.tr("Curves of the training; there are none yet")
        last = self._history[-1]
        said = self.tr("Epoch {epoch}: loss {loss}, {right} % right; best epoch {best}")
        accuracy = last.val_accuracy if math.isfinite(last.val_accuracy) else last.train_accuracy
        loss = last.val_loss if math.isfinite(last.val_loss) else last.train_loss
        return said.format(
            epoch=last.epoch, loss=f"{loss:.3f}", right=f"{100 * accuracy:.0f}", best=self._best
        )
