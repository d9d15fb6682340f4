"""The tools above the picture: with their names where there is room for all of them, else as icons."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QActionEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolBar, QToolButton, QWidget

from vision_app.gui.theme import ICON_PX, SPACE_PX

_AROUND_PX = ICON_PX + 3 * SPACE_PX + 2
"""What a button takes beside its name: the icon, the gap after it, its edges and the space to the next."""


class ToolRow(QToolBar):
    """A row of buttons; half a name with dots in it says less than the icon.

    Args:
        left: actions at the left.
        right: those at the right.
        parent: Qt's owner.
    """

    def __init__(self, left: Iterable[QAction], right: Iterable[QAction], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("tools")
        self.setMovable(False)
        self.setIconSize(QSize(ICON_PX, ICON_PX))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.addActions(list(left))
        spring = QWidget(self)
        spring.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(spring)
        self.addActions(list(right))
        for button in self.findChildren(QToolButton):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a toolbar's buttons take none by themselves

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Look again whether the names fit."""
        super().resizeEvent(event)
        self._fit()

    def actionEvent(self, event: QActionEvent) -> None:
        """A name may have changed."""
        super().actionEvent(event)
        self._fit()

    def _fit(self) -> None:
        names = [action.text() for action in self.actions() if action.isVisible() and action.text()]
        needed_px = sum(self.fontMetrics().horizontalAdvance(name) + _AROUND_PX for name in names)
        style = Qt.ToolButtonStyle
        fits = needed_px + 2 * SPACE_PX <= self.width()
        wanted = style.ToolButtonTextBesideIcon if fits else style.ToolButtonIconOnly
        if self.toolButtonStyle() != wanted:
            self.setToolButtonStyle(wanted)
