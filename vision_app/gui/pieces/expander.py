"""A heading that opens and closes what is under it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QToolButton, QVBoxLayout, QWidget

from vision_app.gui.pieces.icons import set_icon
from vision_app.gui.theme import SPACE_PX

_CHEVRON_PX = 16


class Expander(QWidget):
    """A heading with a chevron over a content that is hidden until it is asked for.

    Args:
        content: what is under the heading.
        parent: Qt's owner.
    """

    toggled = Signal(bool)
    """It was opened or closed."""

    def __init__(self, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.content = content
        self.heading = QToolButton(self)
        self.heading.setCheckable(True)
        self.heading.setProperty("kind", "fold")
        self.heading.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.heading.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.heading.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.heading.setIconSize(QSize(_CHEVRON_PX, _CHEVRON_PX))
        set_icon(self.heading, "right", colour="quiet")
        self.heading.toggled.connect(self._show)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_PX // 2)
        layout.addWidget(self.heading)
        layout.addWidget(content)
        content.setVisible(False)

    def set_title(self, title: str) -> None:
        """Change the heading."""
        self.heading.setText(title)
        self.heading.setAccessibleName(title)

    @property
    def open(self) -> bool:
        """Whether the content is shown."""
        return self.heading.isChecked()

    def set_open(self, on: bool) -> None:
        """Open or close it."""
        self.heading.setChecked(on)

    def _show(self, on: bool) -> None:
        set_icon(self.heading, "down" if on else "right", colour="quiet")
        self.content.setVisible(on)
        self.toggled.emit(on)
