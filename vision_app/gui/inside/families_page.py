"""Families of networks: a card each, with a drawing, what it is good at, depth and cost, and a way to see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QVBoxLayout, QWidget

from vision_app.gui.inside.controller import InsideController
from vision_app.gui.inside.family_texts import FAMILIES, Family
from vision_app.gui.inside.network_view import colour_of
from vision_app.gui.pieces.texts import set_kind
from vision_app.gui.theme import SPACE_PX, theme

if TYPE_CHECKING:
    from vision_app.cards.card import Published

    _Figures = dict[str, list[tuple[str, Published]]]

_HIGH_PX = 110
_MOST_MODELS = 6


def block_word(word: str) -> str:
    """What stands in a block, in the language of the window."""
    return QCoreApplication.translate("FamilyBlocks", word)


class Diagram(QWidget):
    """The blocks of a family from picture to result."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._family: Family = FAMILIES[0]
        self.setMinimumHeight(_HIGH_PX)

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(320, _HIGH_PX)

    def show_family(self, family: Family) -> None:
        """Draw another one."""
        self._family = family
        self.setAccessibleName(family.title)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw blocks, the lines between them, and ways around."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = painter.font()
        font.setPointSizeF(font.pointSizeF() * 0.78)
        painter.setFont(font)
        blocks = self._family.blocks
        slot = self.width() / len(blocks)
        wide, middle = slot - 12, self.height() / 2
        ink = QColor(theme().colours.text)
        for i, (kind, words) in enumerate(blocks):
            left = i * slot + 6
            parts = [part.strip() for part in words.split("|")]
            high = min(34.0, (self.height() - 30) / len(parts) - 4)
            whole = len(parts) * (high + 4)
            painter.setPen(QPen(ink, 1))
            if i:
                painter.drawLine(int(left - 12), int(middle), int(left), int(middle))
            if kind.endswith("+"):
                painter.setPen(QPen(ink, 1.5))
                painter.drawArc(QRectF(left - 5, middle - 46, wide + 10, 58), 0, 180 * 16)
            for j, part in enumerate(parts):
                box = QRectF(left, middle - whole / 2 + j * (high + 4), wide, high)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor("#5b6472") if kind == "input" else colour_of(kind))
                painter.drawRoundedRect(box, 4, 4)
                painter.setPen(QColor("#ffffff"))
                painter.drawText(
                    box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, block_word(part)
                )
        painter.end()


class FamiliesPage(QWidget):
    """One family is chosen."""

    see_wanted = Signal(str)
    """Which view shows it."""

    def __init__(self, controller: InsideController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controller = controller
        self._figures: _Figures = {}
        self.family, self.diagram = QComboBox(self), Diagram(self)
        self.titles = [QLabel(self) for _ in range(5)]
        self.texts = [QLabel(self) for _ in range(5)]
        self.see = QPushButton(self)
        for family in FAMILIES:
            self.family.addItem(f"{family.title} ({family.year})", family.key)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_PX, SPACE_PX, SPACE_PX, SPACE_PX)
        column.addWidget(self.family)
        column.addWidget(self.diagram)
        for title, text in zip(self.titles, self.texts, strict=True):
            set_kind(title, "quiet")
            font = title.font()
            font.setBold(True)
            title.setFont(font)
            text.setWordWrap(True)
            text.setTextFormat(Qt.TextFormat.PlainText)
            column.addSpacing(SPACE_PX // 2)
            column.addWidget(title)
            column.addWidget(text)
        column.addWidget(self.see)
        column.addStretch(1)
        self.family.activated.connect(self._show)
        self.see.clicked.connect(lambda: self.see_wanted.emit(self.chosen.see))
        self._translate()

    @property
    def chosen(self) -> Family:
        """The family that is shown."""
        return FAMILIES[max(self.family.currentIndex(), 0)]

    def choose(self, key: str) -> None:
        """Show the family of this key."""
        self.family.setCurrentIndex(self.family.findData(key))
        self._show()

    def enter(self) -> None:
        """This page is shown: nothing is looked at, figures of the catalogue are read once."""
        self._controller.look(None)
        if not self._figures:
            self._controller.background.run(_figures, self._told)

    def leave(self) -> None:
        """Another page is shown."""

    def _told(self, figures: _Figures) -> None:
        self._figures = figures
        self._show()

    def _show(self) -> None:
        family = self.chosen
        self.diagram.show_family(family)
        words = (family.idea, family.contribution, family.strength, family.weakness)
        for label, text in zip(self.texts, words, strict=False):
            label.setText(QCoreApplication.translate("Families", text))
        lines = [self._words_of(name, facts) for name, facts in self._figures.get(family.key, [])]
        self.texts[4].setText("\n".join(lines[:_MOST_MODELS]) or self.tr("none in the catalogue"))

    def _words_of(self, name: str, facts: Published) -> str:
        parts = []
        if facts.depth is not None:
            parts.append(self.tr("{n} layers").format(n=facts.depth))
        if facts.params is not None:
            parts.append(self.tr("{n} M weights").format(n=f"{facts.params / 1e6:.3g}"))
        if facts.macs is not None:
            parts.append(self.tr("{n} M multiplications").format(n=f"{facts.macs / 1e6:,.0f}"))
        return f"{name}: {', '.join(parts)}"

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def _translate(self) -> None:
        words = (
            self.tr("Idea"),
            self.tr("Contribution"),
            self.tr("Strength"),
            self.tr("Weakness"),
            self.tr("Depth and cost, of the catalogue"),
        )
        for label, word in zip(self.titles, words, strict=True):
            label.setText(word)
        self.see.setText(self.tr("See it"))
        self._show()


def _figures() -> _Figures:
    """For each family its models in the catalogue, with what was published of them."""
    from vision_app.cards.lookup import card_paths, find_card

    found: _Figures = {family.key: [] for family in FAMILIES}
    for name in sorted(card_paths()):
        families = [f for f in FAMILIES if f.models and name.startswith(f.models)]
        if not families or name.endswith("-int8"):
            continue
        facts = find_card(name).published
        if facts is None:
            continue
        for family in families:
            found[family.key].append((name, facts))
    return found
