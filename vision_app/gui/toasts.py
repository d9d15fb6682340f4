"""Short notices over the picture: what was done, with a button or two; they go away by themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QEnterEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from vision_app.gui.pieces.icons import icon_button
from vision_app.gui.pieces.plain import show_plain
from vision_app.gui.pieces.texts import Paragraph
from vision_app.gui.theme import SPACE_PX
from vision_app.gui.view import LiveView

_SHOWN_MS = 7000
_MOST = 4
_WIDTH_PX = 420

Button = tuple[str, Callable[[], None]]
"""Text of a button, and what it does."""


class Toast(QFrame):
    """One notice. It stays as long as the mouse or the keyboard is in it."""

    def __init__(self, text: str, buttons: Sequence[Button], stack: Toasts, *, kind: str) -> None:
        super().__init__(stack)
        self.text = text
        self._stack = stack
        self.setProperty("kind", "card")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        label = Paragraph(self, kind=kind)
        show_plain(label, text)
        row = QHBoxLayout()
        row.setSpacing(SPACE_PX)
        row.addWidget(label, 1)
        close = icon_button("close", self)
        close.setToolTip(self.tr("Close this notice"))
        close.setAccessibleName(self.tr("Close this notice"))
        close.clicked.connect(self.dismiss)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * SPACE_PX, SPACE_PX, SPACE_PX, SPACE_PX)
        column.addLayout(row)
        if buttons:
            column.addLayout(self._button_row(buttons))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SHOWN_MS)
        self._timer.timeout.connect(self.dismiss)
        self._timer.start()

    def _button_row(self, buttons: Sequence[Button]) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SPACE_PX)
        row.addStretch(1)
        for text, act in buttons:
            button = QPushButton(text, self)
            button.clicked.connect(act)
            button.clicked.connect(self.dismiss)
            row.addWidget(button)
        return row

    def dismiss(self) -> None:
        """Take it away."""
        self._timer.stop()
        self._stack.drop(self)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Stay while it is read."""
        self._timer.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Go away some time later."""
        self._timer.start()
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc takes it away."""
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            super().keyPressEvent(event)


class Toasts(QWidget):
    """The notices at the lower right of a widget, the newest at the bottom."""

    def __init__(self, over: LiveView) -> None:
        super().__init__(over)
        self._over = over
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE_PX)
        self._toasts: list[Toast] = []
        over.resized.connect(self._place)
        self.hide()

    @property
    def texts(self) -> list[str]:
        """What is shown, oldest first."""
        return [toast.text for toast in self._toasts]

    def say(self, text: str, buttons: Sequence[Button] = (), *, kind: str = "") -> Toast:
        """Show a notice.

        Args:
            text: one line or two.
            buttons: what can be done about it.
            kind: `bad`, `warn` or `good` colours the text.
        """
        for toast in list(self._toasts):
            if toast.text == text:
                toast.dismiss()
        while len(self._toasts) >= _MOST:
            self._toasts[0].dismiss()
        toast = Toast(text, buttons, self, kind=kind)
        self._toasts.append(toast)
        self._column.addWidget(toast)
        self.show()
        self.raise_()
        self._place()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(toast, text))
        return toast

    def drop(self, toast: Toast) -> None:
        """Forget a notice that is closed."""
        if toast in self._toasts:
            self._toasts.remove(toast)
            self._column.removeWidget(toast)
            toast.hide()
            toast.deleteLater()
            self.setVisible(bool(self._toasts))
            self._place()

    def _place(self) -> None:
        if not self._toasts:
            return
        room = self._over.rect().adjusted(2 * SPACE_PX, 2 * SPACE_PX, -2 * SPACE_PX, -2 * SPACE_PX)
        width = min(_WIDTH_PX, room.width())
        heights = [max(t.heightForWidth(width), t.minimumSizeHint().height()) for t in self._toasts]
        height = min(sum(heights) + SPACE_PX * (len(heights) - 1), room.height())
        self.setGeometry(room.right() - width, room.bottom() - height, width, height)
