"""The lesson of the sliding window: a kernel moves over a small live crop, with all its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from PySide6.QtCore import QEvent, QSignalBlocker, Qt, QTimer
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from vision_app.explaining.lessons.sliding import KERNELS, Sliding, dense, formula, pooled, relu
from vision_app.gui.inside.controller import InsideController
from vision_app.gui.inside.glass import Glass
from vision_app.gui.inside.number_grid import NumberGrid, short
from vision_app.gui.pieces.texts import set_kind
from vision_app.gui.theme import TARGET_PX
from vision_app.messages import told
from vision_app.results.values import FloatArray

if TYPE_CHECKING:
    from vision_app.explaining.probe import Probe

SIDES = (5, 7, 9, 12)
_STEP_MS = 450
_CROP_MS = 120
_DENSE_OUTPUTS = 3


class SlidingPage(QWidget):
    """Kernel, stride, padding, dilation; then ReLU, pooling, flatten and dense."""

    def __init__(self, controller: InsideController, glass: Glass, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controller, self._glass = controller, glass
        self._at: tuple[float, float] | None = None
        self._learnt: FloatArray | None = None
        self._pixels: FloatArray = np.zeros((SIDES[0], SIDES[0]), np.float32)
        self._step = 0
        self.lesson = Sliding(self._pixels, np.zeros((3, 3), np.float32))
        self._timer, self._crops = QTimer(self), QTimer(self)
        self._timer.setInterval(_STEP_MS)
        self._crops.setInterval(_CROP_MS)
        self.side, self.kernel, self.pool = QComboBox(self), QComboBox(self), QComboBox(self)
        self.number, self.stride, self.padding, self.dilation = (QSpinBox(self) for _ in range(4))
        self.custom = QLineEdit("0 -1 0  -1 4 -1  0 -1 0", self)
        self.play, self.step_button = QPushButton(self), QPushButton(self)
        self.live = QPushButton(self)
        self.live.setCheckable(True)
        self.live.setChecked(True)
        self.pixels, self.weights, self.output, self.pooled = (NumberGrid(parent=self) for _ in range(4))
        self.titles = [QLabel(self) for _ in range(4)]
        self.labels = [QLabel(self) for _ in range(7)]
        self.words = QLabel(self)
        self.trouble = QLabel(self)
        self._build()
        self._translate()
        self._changed()

    def _build(self) -> None:
        for side in SIDES:
            self.side.addItem(f"{side} × {side}", side)
        self.side.setCurrentIndex(2)
        for name in (*KERNELS, "custom", "learnt"):
            self.kernel.addItem(name, name)
        for name in ("max", "mean"):
            self.pool.addItem(name, name)
        self.number.setRange(1, 1)
        for spin, low, high, value in (
            (self.stride, 1, 4, 1),
            (self.padding, 0, 3, 0),
            (self.dilation, 1, 3, 1),
        ):
            spin.setRange(low, high)
            spin.setValue(value)
        form = QFormLayout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        for label, field in zip(
            self.labels[:4], (self.side, self.kernel, self.custom, self.number), strict=True
        ):
            label.setBuddy(field)
            label.setMinimumHeight(TARGET_PX)
            form.addRow(label, field)
        steps = QGridLayout()  # three numbers side by side: the grids below are what is looked at
        for i, (label, field) in enumerate(
            zip(self.labels[4:], (self.stride, self.padding, self.dilation), strict=True)
        ):
            label.setBuddy(field)
            steps.addWidget(label, 0, i)
            steps.addWidget(field, 1, i)
        buttons = QHBoxLayout()
        for button in (self.play, self.step_button, self.live):
            buttons.addWidget(button)
        grids = QGridLayout()
        for i, (title, grid) in enumerate(
            zip(self.titles, (self.pixels, self.weights, self.output, self.pooled), strict=True)
        ):
            set_kind(title, "quiet")
            title.setWordWrap(True)
            title.setAlignment(Qt.AlignmentFlag.AlignBottom)
            grids.addWidget(title, (i // 2) * 2, i % 2)
            grids.addWidget(
                grid, (i // 2) * 2 + 1, i % 2, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft
            )
        pool_row = QHBoxLayout()
        self.pool_label = QLabel(self)
        pool_row.addWidget(self.pool_label)
        pool_row.addWidget(self.pool, 1)
        self.words.setWordWrap(True)
        self.trouble.setWordWrap(True)
        set_kind(self.trouble, "warn")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(form)
        column.addLayout(steps)
        column.addLayout(buttons)
        column.addWidget(self.trouble)
        column.addLayout(grids)
        column.addLayout(pool_row)
        column.addWidget(self.words)
        column.addStretch(1)
        self._connect()

    def show_learnt(self) -> None:
        """Take a kernel that the watched model has learnt."""
        self.kernel.setCurrentIndex(self.kernel.findData("learnt"))

    def _connect(self) -> None:
        self._timer.timeout.connect(self.step)
        self._crops.timeout.connect(self._take_crop)
        self.play.clicked.connect(self._toggle_play)
        self.step_button.clicked.connect(self.step)
        self.live.toggled.connect(lambda on: self._crops.start() if on else self._crops.stop())
        self.side.activated.connect(self._take_crop)
        for combo in (self.kernel, self.pool):
            combo.activated.connect(self._changed)
        for spin in (self.number, self.stride, self.padding, self.dilation):
            spin.valueChanged.connect(self._changed)
        self.custom.editingFinished.connect(self._changed)
        self.pixels.dragged.connect(self._drag)

    # the crop --------------------------------------------------------------------------------------------

    def enter(self) -> None:
        """This lesson is shown: it needs no model."""
        self._controller.look(None)
        self._controller.use_probe()  # for the learnt filters
        self._glass.show_map(None)
        self._glass.set_pointing(on=True)
        if self.live.isChecked():
            self._crops.start()
        self._take_crop()

    def leave(self) -> None:
        """Another page is shown."""
        self._timer.stop()
        self._crops.stop()
        self._glass.clear()
        self._translate()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing moves where nobody looks."""
        self._timer.stop()
        self._crops.stop()
        super().hideEvent(event)

    def pointed(self, x: float, y: float) -> None:
        """Take the crop there."""
        self._at = (x, y)
        self._take_crop()

    def _take_crop(self) -> None:
        """The pixels around the place that was pointed at, as grey levels from 0 to 9."""
        newest = self._controller.session.newest()
        side = int(self.side.currentData())
        if newest is None:
            rows, columns = np.mgrid[:side, :side]
            made = ((rows + columns) % 10).astype(np.float32)
        else:
            image = newest[0].image
            height, width = image.shape[:2]
            reach = max(side * 2, min(height, width) // 6)
            x, y = self._at or (width / 2, height / 2)
            left = int(min(max(x - reach / 2, 0), width - reach))
            top = int(min(max(y - reach / 2, 0), height - reach))
            part = image[max(top, 0) : top + reach, max(left, 0) : left + reach]
            grey = cv2.cvtColor(part, cv2.COLOR_BGR2GRAY)
            small = cv2.resize(grey, (side, side), interpolation=cv2.INTER_AREA)
            made = np.rint(np.asarray(small, np.float32) * 9 / 255)
            self._glass.show_marks([((left, top, left + reach, top + reach), "")], newest[0].size_wh)
        if made.shape != self._pixels.shape or (made != self._pixels).any():
            self._pixels = made
            self._changed()

    # the window ------------------------------------------------------------------------------------------

    def model_ready(self, probe: Probe) -> None:
        """The learnt filters of the first layer can be tried."""
        from vision_app.explaining.watching import first_kernels

        weights = first_kernels(probe.inside)
        self._learnt = None if weights is None or weights.shape[2] > 7 else weights.mean(axis=1)
        self.number.setRange(1, 1 if self._learnt is None else len(self._learnt))
        self._changed()

    def _kernel(self) -> FloatArray:
        name = str(self.kernel.currentData())
        if name == "learnt" and self._learnt is not None:
            return np.asarray(self._learnt[self.number.value() - 1], np.float32)
        if name == "custom":
            return custom_kernel(self.custom.text())
        return np.array(KERNELS.get(name, KERNELS["sobel-x"]), np.float32)

    def _changed(self) -> None:
        name = str(self.kernel.currentData())
        for i, seen in ((2, name == "custom"), (3, name == "learnt")):
            self.labels[i].setVisible(seen)
        self.custom.setVisible(name == "custom")
        self.number.setVisible(name == "learnt")
        try:
            if name == "learnt" and self._learnt is None:
                raise ValueError(
                    self.tr("the model that runs has no filters of at most 7 × 7 in its first layer")
                )
            self.lesson = Sliding(
                self._pixels, self._kernel(), self.stride.value(), self.padding.value(), self.dilation.value()
            )
        except ValueError as error:
            self._say(told(error))
            return
        self._say("")
        self._step = min(self._step, self.lesson.places - 1)
        self._show()

    def _say(self, text: str) -> None:
        self.trouble.setText(text)
        self.trouble.setVisible(bool(text))

    def step(self) -> None:
        """Move the window on; after the last place it begins anew."""
        self._step = (self._step + 1) % self.lesson.places
        self._show()

    def _toggle_play(self) -> None:
        if self._timer.isActive():
            self._timer.stop()
        else:
            self._timer.start()
        self._translate()

    def _drag(self, row: int, column: int) -> None:
        """Put the window where the mouse is."""
        rows, columns = self.lesson.output_hw
        pad, stride = self.lesson.padding, self.lesson.stride
        reach = (self.lesson.kernel.shape[0] - 1) * self.lesson.dilation // 2
        r = min(max((row - pad - reach + pad) // stride, 0), rows - 1)
        c = min(max((column - pad - reach + pad) // stride, 0), columns - 1)
        self._step = r * columns + c
        self._show()

    def _show(self) -> None:
        lesson, place = self.lesson, self.lesson.step(self._step)
        pad = lesson.padding
        framed = [(int(r) + pad, int(c) + pad) for r, c in place.cells.reshape(-1, 2)]
        self.pixels.show_numbers(lesson.padded, framed)
        self.weights.show_numbers(lesson.kernel)
        done = np.arange(lesson.places).reshape(lesson.output_hw) <= self._step
        self.output.show_numbers(lesson.output, [(place.row, place.column)], done)
        positive = relu(lesson.output)
        largest = self.pool.currentData() == "max"
        size = min(2, *positive.shape)
        made = pooled(positive, size, size, largest=largest)
        self.pooled.show_numbers(made)
        self.words.setText("\n".join(self._sentences(made)))

    def _sentences(self, made: FloatArray) -> list[str]:
        lesson, place = self.lesson, self.lesson.step(self._step)
        height, width = lesson.pixels.shape
        terms = [
            f"{short(float(v))}·{short(float(w))}"
            for v, w in zip(place.window.ravel(), lesson.kernel.ravel(), strict=True)
        ]
        shown = " + ".join(terms[:9]) + (" + …" if len(terms) > 9 else "")
        flat = made.size
        weight = np.full((_DENSE_OUTPUTS, flat), 1.0 / flat, np.float32) * np.arange(
            1, _DENSE_OUTPUTS + 1, dtype=np.float32
        ).reshape(-1, 1)
        outputs = dense(made, weight, np.zeros(_DENSE_OUTPUTS, np.float32))
        return [
            self.tr("Here: {sum} = {total}").format(sum=shown, total=f"{place.total:.2f}"),
            self.tr("Output size: {formula}").format(
                formula=formula(
                    height, lesson.kernel.shape[0], lesson.stride, lesson.padding, lesson.dilation
                )
            ),
            self.tr(
                "Convolution: {m} multiplications, {w} weights. A dense layer from the same {h} × {v} pixels to as "
                "many outputs: {dm} multiplications, {dw} weights. That is why a CNN and not an MLP."
            ).format(
                m=f"{lesson.multiplications:,}",
                w=lesson.weights,
                h=height,
                v=width,
                dm=f"{lesson.dense_multiplications:,}",
                dw=f"{lesson.dense_weights:,}",
            ),
            self.tr(
                "Flatten makes a row of the {n} pooled numbers; a dense layer of {k} outputs (weights 1/{n}, 2/{n}, "
                "3/{n}) multiplies {nk} times: {values}."
            ).format(
                n=flat,
                k=_DENSE_OUTPUTS,
                nk=flat * _DENSE_OUTPUTS,
                values=", ".join(f"{v:.2f}" for v in outputs),
            ),
        ]

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
            self._show()
        super().changeEvent(event)

    def _translate(self) -> None:
        words = (
            self.tr("Crop"),
            self.tr("Kernel"),
            self.tr("Weights"),
            self.tr("Filter"),
            self.tr("Stride"),
            self.tr("Padding"),
            self.tr("Dilation"),
        )
        for label, word in zip(self.labels, words, strict=True):
            label.setText(word)
        titles = (self.tr("Pixels"), self.tr("Kernel"), self.tr("Output"), self.tr("After ReLU and pooling"))
        for label, word in zip(self.titles, titles, strict=True):
            label.setText(word)
        self.pool_label.setText(self.tr("Pooling 2 × 2"))
        names = {
            "sobel-x": self.tr("Sobel, upright edges"),
            "sobel-y": self.tr("Sobel, level edges"),
            "blur": self.tr("Blur"),
            "sharpen": self.tr("Sharpen"),
            "edges": self.tr("Edges all around"),
            "blur-5": self.tr("Blur 5 × 5"),
            "custom": self.tr("Your own"),
            "learnt": self.tr("Learnt by the model that runs"),
            "max": self.tr("the largest number"),
            "mean": self.tr("the mean"),
        }
        for combo in (self.kernel, self.pool):
            with QSignalBlocker(combo):
                for i in range(combo.count()):
                    combo.setItemText(i, names[str(combo.itemData(i))])
        self.custom.setToolTip(self.tr("9 numbers for a 3 × 3 kernel, 25 for a 5 × 5"))
        self.play.setText(self.tr("Pause") if self._timer.isActive() else self.tr("Play"))
        self.step_button.setText(self.tr("Step"))
        self.live.setText(self.tr("Live"))


def custom_kernel(text: str) -> FloatArray:
    """Nine or twenty-five numbers as a kernel.

    >>> custom_kernel("1 0 0, 0 1 0, 0 0 1").tolist()
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    parts = text.replace(",", " ").replace(";", " ").split()
    side = {9: 3, 25: 5}.get(len(parts))
    if side is None:
        raise ValueError(f"9 or 25 numbers make a kernel, got {len(parts)}")
    values = np.array([float(part) for part in parts], np.float32)
    if not np.isfinite(values).all():
        raise ValueError("a kernel is made of finite numbers")
    return values.reshape(side, side)
