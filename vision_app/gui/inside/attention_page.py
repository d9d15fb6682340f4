"""The lesson of attention: point at a token of the live picture, and see where each head looks, with its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QSpinBox, QVBoxLayout, QWidget

from vision_app.explaining.watching import HeadOf, HeadSeen
from vision_app.gui.inside.controller import InsideController
from vision_app.gui.inside.glass import Glass
from vision_app.gui.inside.grid_view import GridView
from vision_app.gui.pieces.plain import show_plain
from vision_app.gui.pieces.texts import percent, set_kind
from vision_app.gui.theme import SPACE_PX

if TYPE_CHECKING:
    from vision_app.explaining.base import View
    from vision_app.explaining.probe import Probe

MODEL = "sketch-vit"
"""A shipped transformer, for a learner whose model has no attention."""
_MOST_TOKENS = 5
_HEADS_PX = 210


class AttentionPage(QWidget):
    """One head in numbers, and all heads of its block as small maps."""

    def __init__(self, controller: InsideController, glass: Glass, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controller, self._glass = controller, glass
        self._at: tuple[float, float] | None = None
        self._shown: HeadOf | None = None
        self.block, self.head = QSpinBox(self), QSpinBox(self)
        self.labels = [QLabel(self) for _ in range(2)]
        self.heads = GridView(self)
        self.heads_title, self.numbers, self.message = QLabel(self), QLabel(self), QLabel(self)
        self.run_model = QPushButton(self)
        self._waiting = False
        self._build()
        self._translate()

    def _build(self) -> None:
        self.block.setRange(1, 1)
        self.head.setRange(1, 1)
        self.heads.setFixedHeight(_HEADS_PX)
        form = QGridLayout()
        for i, (label, field) in enumerate(zip(self.labels, (self.block, self.head), strict=True)):
            label.setBuddy(field)
            form.addWidget(label, 0, i)
            form.addWidget(field, 1, i)
        for label in (self.numbers, self.message, self.heads_title):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        set_kind(self.heads_title, "quiet")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_PX)
        column.addLayout(form)
        for widget in (self.message, self.run_model, self.heads_title, self.heads, self.numbers):
            column.addWidget(widget)
        column.addStretch(1)
        self.run_model.hide()
        self.run_model.clicked.connect(self._run_model)
        self.block.valueChanged.connect(self._watch)
        self.head.valueChanged.connect(self._watch)
        self.heads.chosen.connect(lambda cell: self.head.setValue(cell + 1))

    def model_ready(self, probe: Probe) -> None:
        """Another network: its blocks."""
        count = len(probe.inside.attention)
        self.block.setRange(1, max(count, 1))
        self.block.setValue(max(count, 1))

    def _run_model(self) -> None:
        """Take a transformer that runs already, else run the shipped one."""
        for status in self._controller.running:
            if status.name == MODEL:
                self._controller.use(status.slot)
                return
        from vision_app.engine.request import ModelRequest

        self._waiting = True
        self._controller.session.add_model(ModelRequest(MODEL))

    def models_changed(self) -> None:
        """The model that was wanted may run now."""
        if self._waiting and any(status.name == MODEL for status in self._controller.running):
            self._waiting = False
            self._run_model()

    def enter(self) -> None:
        """This lesson is shown."""
        self._glass.show_map(None)
        self._glass.set_pointing(on=True)
        self._watch()

    def leave(self) -> None:
        """Another page is shown."""
        self._shown = None
        self._glass.clear()

    def pointed(self, x: float, y: float) -> None:
        """Ask from the token there."""
        self._at = (x, y)
        self._watch()

    def _watch(self) -> None:
        if not self.isVisible():
            return
        self._say("")
        self._shown = HeadOf(self.block.value(), self.head.value(), self._at)
        self._controller.look(self._shown)

    def seen(self, wanted: object, view: View, found: HeadSeen) -> None:
        """The numbers of one run."""
        if wanted is not self._shown:
            return
        self._show_lesson(has_attention=True)
        from vision_app.explaining.painting import coloured

        heads, rows, columns = found.looks.shape
        self.head.setMaximum(heads)
        across = max(1, round(heads**0.5))
        down = -(-heads // across)
        sheet = np.full((down * (rows + 1), across * (columns + 1), 3), 24, np.uint8)
        for i, one in enumerate(found.looks):
            row, column = divmod(i, across)
            y, x = row * (rows + 1), column * (columns + 1)
            sheet[y : y + rows, x : x + columns] = coloured(one / max(float(one.max()), 1e-9))
        self.heads.show_cells(sheet, heads, self.head.value() - 1)
        self._glass.show_map(
            found.map,
            self.tr("Attention: block {block}, head {head}").format(
                block=found.block, head=self.head.value()
            ),
        )
        self._mark(found)
        self.numbers.setText("\n".join(self._sentences(found)))

    def _mark(self, found: HeadSeen) -> None:
        before = found.numbers.tokens.before
        if found.token < before:
            self._glass.show_marks([])
            return
        row, column = divmod(found.token - before, found.numbers.tokens.grid_hw[1])
        width, height = found.map.cell_wh
        left, top = found.map.region[0] + column * width, found.map.region[1] + row * height
        self._glass.show_marks([((left, top, left + width, top + height), "")], found.map.frame_wh)

    def _sentences(self, found: HeadSeen) -> list[str]:
        numbers, token = found.numbers, found.token
        columns = numbers.tokens.grid_hw[1]
        before = numbers.tokens.before

        def named(i: int) -> str:
            if i < before:
                return self.tr("class token")
            row, column = divmod(i - before, columns)
            return self.tr("row {row}, column {column}").format(row=row + 1, column=column + 1)

        best = np.argsort(-numbers.weights[token])[:_MOST_TOKENS]
        lines = [
            self.tr("Asked: {token}; query, key and value have {d} numbers each.").format(
                token=named(token), d=numbers.query.shape[1]
            )
        ]
        for i in (int(v) for v in best):
            lines.append(
                self.tr("{token}: q·k = {product} → × {scale} = {score} → softmax {share}").format(
                    token=named(i),
                    product=f"{numbers.products[token, i]:.2f}",
                    scale=f"{numbers.scale:.3f}",
                    score=f"{numbers.scores[token, i]:.2f}",
                    share=percent(numbers.weights[token, i], 1),
                )
            )
        start = ", ".join(f"{v:.2f}" for v in numbers.sums[token, :4])
        lines.append(self.tr("Weighted sum of the values: [{start}, …]").format(start=start))
        bits = ", ".join(f"{v:.1f}" for v in numbers.entropies)
        widest = np.log2(numbers.matrix.shape[0])
        lines.append(
            self.tr(
                "Entropy of each head, in bits: {bits}. 0 looks at one token, {most} at all alike."
            ).format(bits=bits, most=f"{widest:.1f}")
        )
        spread = found.looks.reshape(len(found.looks), -1)
        agree = (
            float(np.corrcoef(spread).mean()) if len(spread) > 1 and (spread.std(axis=1) > 0).all() else 1.0
        )
        lines.append(
            self.tr("One head or many: their maps agree by {share}; what one misses another sees.").format(
                share=percent(agree)
            )
        )
        lines.append(
            self.tr("Computed here and by ONNX Runtime, the numbers differ by at most {gap}.").format(
                gap=f"{numbers.difference:.1g}"
            )
        )
        return lines

    def said(self, wanted: object, words: str) -> None:
        """Why there is nothing to see."""
        if wanted is self._shown:
            self._glass.show_map(None)
            self.heads.show_cells(None, 0)
            self.numbers.setText("")
            self._say(words)
            self._show_lesson(has_attention=False)

    def _show_lesson(self, *, has_attention: bool) -> None:
        self.run_model.setVisible(not has_attention)
        for widget in (self.heads, self.heads_title, self.numbers):
            widget.setVisible(has_attention)

    def _say(self, text: str) -> None:
        show_plain(self.message, text)
        set_kind(self.message, "warn" if text else "")
        self.message.setVisible(bool(text))

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def _translate(self) -> None:
        for label, word in zip(self.labels, (self.tr("Block"), self.tr("Head")), strict=True):
            label.setText(word)
        self.run_model.setText(self.tr("Run {model} for this lesson").format(model=MODEL))
        self.heads_title.setText(
            self.tr("Where each head looks from that token. Click on the picture to ask from another place.")
        )
