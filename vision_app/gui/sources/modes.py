"""The size and the rate that a camera is asked for."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from vision_app.gui.pieces.icons import set_icon, tell
from vision_app.sources.cameras import COMMON_SIZES_WH, Mode

RATES_FPS = (60.0, 30.0, 24.0, 15.0, 10.0, 5.0)
_UNCHECKED_UP_TO_PX = 1920 * 1080

Size = tuple[int, int]


def sizes_of(modes: Sequence[Mode], chosen: Size | None) -> tuple[Size, ...]:
    """The sizes to offer, largest first: what the camera took, else the usual ones; the chosen one is among them.

    >>> sizes_of([Mode(640, 480, 30.0), Mode(1280, 720, 30.0)], None)
    ((1280, 720), (640, 480))
    """
    if modes:
        found = {(m.width, m.height) for m in modes}
    else:
        found = {s for s in COMMON_SIZES_WH if s[0] * s[1] <= _UNCHECKED_UP_TO_PX}
    if chosen is not None:
        found.add(chosen)
    return tuple(sorted(found, key=lambda s: (s[0] * s[1], s), reverse=True))


class ModeButton(QToolButton):
    """Offers sizes and rates in a menu."""

    chosen = Signal(object, object)
    """Size in pixels or None for the camera's own choice, and rate or None."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._modes: tuple[Mode, ...] = ()
        self._size_wh: Size | None = None
        self._fps: float | None = None
        self.setProperty("kind", "quiet")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        set_icon(self, "tune")
        self.setMenu(QMenu(self))
        self.menu().aboutToShow.connect(self._fill)
        self._translate()

    def offer(self, modes: Sequence[Mode], size_wh: Size | None, fps: float | None) -> None:
        """Offer what a camera can do, with what is chosen now."""
        self._modes, self._size_wh, self._fps = tuple(modes), size_wh, fps

    def _fill(self) -> None:
        menu = self.menu()
        menu.clear()
        own = self.tr("The camera's own choice")
        sizes = self._group(
            menu, self.tr("Size") if self._modes else self.tr("Size (not asked yet what it can do)")
        )
        self._choice(sizes, own, None, self._size_wh)
        for size in sizes_of(self._modes, self._size_wh):
            self._choice(sizes, f"{size[0]} × {size[1]}", size, self._size_wh)
        sizes.triggered.connect(lambda action: self.chosen.emit(action.data(), self._fps))
        rates = self._group(menu, self.tr("Rate"))
        self._choice(rates, own, None, self._fps)
        for fps in RATES_FPS:
            self._choice(rates, self.tr("{fps} fps").format(fps=f"{fps:g}"), fps, self._fps)
        rates.triggered.connect(lambda action: self.chosen.emit(self._size_wh, action.data()))

    @staticmethod
    def _group(menu: QMenu, title: str) -> QActionGroup:
        heading = menu.addAction(title)
        heading.setEnabled(False)
        return QActionGroup(menu)

    def _choice(self, group: QActionGroup, text: str, value: object, now: object) -> QAction:
        action = self.menu().addAction(text)
        action.setCheckable(True)
        action.setData(value)
        action.setChecked(value == now)
        group.addAction(action)
        return action

    def changeEvent(self, event: QEvent) -> None:
        """Speak another language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def _translate(self) -> None:
        tell(self, self.tr("Size and rate of the camera"))
