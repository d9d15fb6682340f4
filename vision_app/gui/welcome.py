"""The card for the first steps, over the picture until it is closed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from vision_app.gui.pieces.icons import icon_button, set_icon
from vision_app.gui.theme import SPACE_PX
from vision_app.gui.view import LiveView
from vision_app.live.status import SourceStatus
from vision_app.resources import demo_clip

_EDGE_PX = SPACE_PX + SPACE_PX // 2
"""As far from the edges as what the view says in its corner, which it covers."""
_WIDTH_PX = 440


class WelcomeCard(QFrame):
    """Says what is seen and what to do next, with a button for each."""

    open_file_wanted = Signal()
    models_wanted = Signal()
    teach_wanted = Signal()
    dismissed = Signal()

    def __init__(self, over: LiveView, *, can_teach: bool) -> None:
        super().__init__(over)
        self._over = over
        self._demo = False
        self.setProperty("kind", "card")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._title, self._text = QLabel(self), QLabel(self)
        self._title.setProperty("kind", "heading")
        self._text.setWordWrap(True)
        self._close = icon_button("close", self)
        self._close.clicked.connect(self.dismissed)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._close)
        self._file, self._models, self._teach = (QPushButton(self) for _ in range(3))
        row = QHBoxLayout()
        row.setSpacing(SPACE_PX)
        wanted = (self.open_file_wanted, self.models_wanted, self.teach_wanted)
        icons = ("clip", "models", "teach")
        for button, signal, name in zip((self._file, self._models, self._teach), wanted, icons, strict=True):
            set_icon(button, name)
            button.clicked.connect(signal)
            row.addWidget(button)
        self._teach.setVisible(can_teach)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * SPACE_PX, SPACE_PX, SPACE_PX, 2 * SPACE_PX)
        column.setSpacing(SPACE_PX)
        column.addLayout(head)
        column.addWidget(self._text)
        column.addLayout(row)
        over.resized.connect(self._place)
        self.retranslate()

    def show_for(self, *, demo: bool) -> None:
        """Show it.

        Args:
            demo: the demo clip is played, because there is no camera.
        """
        self._demo = demo
        self.retranslate()
        self.show()
        self.raise_()

    def source_changed(self, status: SourceStatus) -> None:
        """Something else than the demo clip runs: there was something to show after all."""
        if self._demo and status.running_id and status.running_id != str(demo_clip()):
            self._demo = False
            self.retranslate()

    def retranslate(self) -> None:
        """Set all texts."""
        self._title.setText(self.tr("Welcome"))
        if self._demo:
            text = self.tr(
                "No camera was found, so this is the demo clip. Plug in a webcam: it appears in the list of "
                "sources by itself. Or open a video or a photo, and try another model."
            )
        else:
            text = self.tr(
                "This is live, and nothing leaves this computer. Choose what runs on the picture under Models, "
                "drop a video or a photo onto the window, or press F1 for all keys."
            )
        self._text.setText(text)
        self._file.setText(self.tr("Open video or photo"))
        self._models.setText(self.tr("Choose a model"))
        self._teach.setText(self.tr("Teach"))
        self._close.setToolTip(self.tr("Close"))
        self._close.setAccessibleName(self.tr("Close the first steps"))
        self.setAccessibleName(self._title.text())
        self.setAccessibleDescription(text)
        self._place()

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes it."""
        if event.key() == Qt.Key.Key_Escape:
            self.dismissed.emit()
        else:
            super().keyPressEvent(event)

    def _place(self) -> None:
        room = self._over.rect().adjusted(_EDGE_PX, _EDGE_PX, -_EDGE_PX, -_EDGE_PX)
        hint = self.minimumSizeHint().width()
        width = min(max(_WIDTH_PX, hint), room.width())
        layout = self.layout()
        height = layout.heightForWidth(width) if layout is not None else self.sizeHint().height()
        self.setGeometry(room.left(), room.bottom() + 1 - height, width, height)
