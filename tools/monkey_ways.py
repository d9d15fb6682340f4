"""What a monkey can do in a window: clicks, keys, words, menus, drags, and what it saw while it did."""

from __future__ import annotations

import random
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TextIO

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QFileDialog,
    QLineEdit,
    QMenu,
    QPushButton,
    QSlider,
    QSpinBox,
    QTabBar,
    QWidget,
)
from shiboken6 import isValid

from vision_app.gui.app import Desktop
from vision_app.gui.view import LiveView

_NAMES = ("cup", "pen", "컵", "a" * 200, "none of these", "../x", "  ", "Äpfel & Birnen", "1")
_LEFT_OUT = {"quit"}
_KEYS = (
    *(Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Escape),
    *(Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Delete),
    *(Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageDown),
)


@dataclass
class Pause:
    """A time in which the window did not move.

    Attributes:
        doing: what was being done.
        where: where its thread stood.
        seconds: how long it lasted.
        worked_s: processor time that its thread took of that; the rest it waited, for a core for instance.
    """

    doing: str
    where: str
    seconds: float = 0.0
    worked_s: float = 0.0

    def lasted(self) -> float:
        """How long it lasted, seconds."""
        return self.seconds

    def worked(self) -> float:
        """How much of that it worked, seconds."""
        return self.worked_s

    def __str__(self) -> str:
        return (
            f"{1000 * self.seconds:.0f} ms, worked {1000 * self.worked_s:.0f} ms: {self.doing}: {self.where}"
        )


@dataclass
class Seen:
    """What was seen while it was done."""

    actions: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    traces: dict[str, str] = field(default_factory=dict)
    pauses: list[Pause] = field(default_factory=list)
    doing: str = "starting"
    beat_s: float = field(default_factory=time.perf_counter)
    step_s: float = field(default_factory=time.perf_counter)
    memory_mb: list[float] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    log: TextIO | None = None
    began_s: float = field(default_factory=time.perf_counter)

    def note(self, before_mb: float) -> None:
        """Write what is done into the log, where there is one."""
        if self.log is not None:
            self.log.write(f"{time.perf_counter() - self.began_s:.2f}\t{before_mb:.0f}\t{self.doing}\n")

    def error(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Note an error that nobody caught."""
        line = f"{kind.__name__}: {error}"
        self.errors[line] += 1
        self.traces.setdefault(
            line, f"while: {self.doing}\n" + "".join(traceback.format_exception(kind, error, trace))
        )


class Monkey:
    """Does one random thing after the other in a window.

    Args:
        desktop: the running desktop.
        rng: what decides.
        seen: where it is noted.
        files: pictures, clips and models for dialogs that ask for a file.
    """

    def __init__(self, desktop: Desktop, rng: random.Random, seen: Seen, files: list[Path]) -> None:
        self._desktop, self._rng, self._seen, self._files = desktop, rng, seen, files
        self.waiting = False
        """It waits in the middle of something, such as between the press and the release of a button."""
        self._ways: tuple[tuple[int, str, Callable[[], object]], ...] = (
            (30, "click", self._click),
            (14, "key", self._key),
            (10, "action", self._action),
            (8, "type", self._type),
            (6, "menu", self._menu),
            (6, "wheel", self._wheel),
            (5, "drag", self._drag),
            (4, "focus", self._focus),
            (3, "resize", self._resize),
            (3, "double", self._double),
            (2, "look", self._look),
        )

    def step(self) -> None:
        """Do one thing."""
        popup = QApplication.activePopupWidget()
        if isinstance(popup, QMenu):
            self._in_menu(popup)
            return
        if (dialog := QApplication.activeModalWidget()) is not None and self._rng.random() < 0.15:
            self._seen.doing = f"end {type(dialog).__name__}"
            self._seen.actions["end dialog"] += 1
            dialog.close()
            return
        if isinstance(dialog, QFileDialog):
            self._in_file_dialog(dialog)
            return
        weights = [way[0] for way in self._ways]
        _, name, way = self._rng.choices(self._ways, weights)[0]
        self._seen.doing = name
        self._seen.actions[name] += 1
        way()

    def _in_file_dialog(self, dialog: QFileDialog) -> None:
        """Nothing but a name and the buttons: it could remove, rename and walk to what is not its own."""
        self._seen.actions["in file dialog"] += 1
        self._seen.doing = f"file dialog {dialog.windowTitle()!r}"
        if self._rng.random() < 0.6:
            line = dialog.findChild(QLineEdit, "fileNameEdit")
            folder = dialog.fileMode() == QFileDialog.FileMode.Directory
            if line is not None:
                chosen = self._rng.choice(self._files)
                line.setText(str(chosen.parent if folder else chosen))
            return
        buttons = [b for b in dialog.findChildren(QPushButton) if b.isEnabled() and b.isVisible()]
        if buttons:
            QTest.mouseClick(self._rng.choice(buttons), Qt.MouseButton.LeftButton)

    # what is there ---------------------------------------------------------------------------------------

    def _root(self) -> QWidget:

        modal = QApplication.activeModalWidget()
        if modal is not None:
            return modal
        shown = [w for w in QApplication.topLevelWidgets() if w.isVisible() and w.isWindow()]
        others = [w for w in shown if w is not self._desktop.window and type(w).__name__ != "QTipLabel"]
        return self._rng.choice(others) if others and self._rng.random() < 0.6 else self._desktop.window

    def _widgets(self, kinds: tuple[type, ...]) -> list[QWidget]:

        found = self._root().findChildren(QWidget)
        return [
            w for w in found if isinstance(w, kinds) and w.isVisible() and not w.visibleRegion().isEmpty()
        ]

    def _pick(self, *kinds: type) -> QWidget | None:
        found = self._widgets(kinds or (QWidget,))
        return self._rng.choice(found) if found else None

    def _note(self, widget: QWidget, what: str) -> None:
        text = getattr(widget, "text", "")
        words = widget.accessibleName() or (text() if callable(text) else text)
        self._seen.doing = f"{what} {type(widget).__name__} {str(words)[:40]!r}"

    def _point(self, widget: QWidget) -> QPoint:

        region = widget.visibleRegion().boundingRect()
        return QPoint(
            self._rng.randint(region.left(), max(region.left(), region.right())),
            self._rng.randint(region.top(), max(region.top(), region.bottom())),
        )

    # what is done ----------------------------------------------------------------------------------------

    def _click(self) -> None:
        likely = (QAbstractButton, QComboBox, QTabBar, QAbstractItemView)
        widget = self._pick(*(likely if self._rng.random() < 0.85 else (QWidget,)))
        if widget is None:
            return
        if isinstance(widget, QComboBox):
            if widget.isEnabled() and widget.count():
                self._note(widget, "choose in")
                widget.setCurrentIndex(self._rng.randrange(widget.count()))
                widget.activated.emit(widget.currentIndex())
            return
        if isinstance(widget, QAbstractItemView):
            widget = widget.viewport()
        self._note(widget, "click")
        button = Qt.MouseButton.RightButton if self._rng.random() < 0.05 else Qt.MouseButton.LeftButton
        QTest.mousePress(widget, button, pos=self._point(widget))
        self._wait(self._rng.choice((0, 20, 300)) if self._rng.random() < 0.2 else 0)
        if isValid(widget):
            QTest.mouseRelease(widget, button, pos=self._point(widget))

    def _double(self) -> None:
        if (widget := self._pick()) is not None:
            self._note(widget, "double-click")
            QTest.mouseDClick(widget, Qt.MouseButton.LeftButton, pos=self._point(widget))

    def _key(self) -> None:
        at = QApplication.focusWidget() or self._root()
        key = self._rng.choice(_KEYS)
        self._note(at, f"key {key.name} in")
        held = Qt.KeyboardModifier.NoModifier
        if self._rng.random() < 0.15:
            key, held = self._rng.choice((Qt.Key.Key_Z, Qt.Key.Key_Y)), Qt.KeyboardModifier.ControlModifier
        QTest.keyClick(at, key, held)

    def _action(self) -> None:
        if QApplication.activeModalWidget() is not None:
            return
        window = self._desktop.window
        found = [
            a
            for a in window.findChildren(QAction)
            if a.isEnabled() and a.isVisible() and a.menu() is None and a.objectName() not in _LEFT_OUT
        ]
        action = self._rng.choice(found)
        self._seen.doing = f"action {action.text()!r}"
        action.trigger()

    def _type(self) -> None:
        field = self._pick(QLineEdit, QAbstractSpinBox)
        if field is None or not field.isEnabled():
            return
        self._note(field, "type in")
        if isinstance(field, QSpinBox):
            field.setValue(self._rng.randint(field.minimum(), min(field.maximum(), field.minimum() + 40)))
            return
        if not isinstance(field, QLineEdit) or field.isReadOnly():
            return
        field.setText(self._rng.choice(_NAMES))
        if self._rng.random() < 0.6:
            QTest.keyClick(field, Qt.Key.Key_Return)

    def _menu(self) -> None:
        if QApplication.activeModalWidget() is not None:
            return
        menus = [m for a in self._desktop.window.menuBar().actions() if isinstance(m := a.menu(), QMenu)]
        menu = self._rng.choice(menus)
        self._seen.doing = f"open menu {menu.title()!r}"
        menu.popup(self._desktop.window.pos())

    def _in_menu(self, menu: QMenu) -> None:
        self._seen.actions["in menu"] += 1
        actions = [a for a in menu.actions() if a.isEnabled() and not a.isSeparator()]
        actions = [a for a in actions if a.objectName() not in _LEFT_OUT]
        if not actions or self._rng.random() < 0.4:
            self._seen.doing = "close menu"
            menu.close()
            return
        action = self._rng.choice(actions)
        self._seen.doing = f"menu entry {action.text()!r}"
        if isinstance(below := action.menu(), QMenu):
            menu.setActiveAction(action)
            below.popup(menu.pos())
            return
        while (popup := _popup()) is not None:
            popup.close()
        if isValid(action):
            action.trigger()

    def _wheel(self) -> None:
        if (widget := self._pick()) is None:
            return
        self._note(widget, "wheel over")
        at = QPointF(self._point(widget))
        event = QWheelEvent(
            at,
            QPointF(widget.mapToGlobal(at)),
            QPoint(0, 0),
            QPoint(0, self._rng.choice((-240, -120, 120, 240))),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(widget, event)

    def _drag(self) -> None:
        widget = self._pick(QSlider, LiveView)
        if widget is None or isinstance(widget, QAbstractItemView):
            return  # a drag of items runs a loop of its own, which no event of a test ends
        self._note(widget, "drag over")
        left = Qt.MouseButton.LeftButton
        QTest.mousePress(widget, left, pos=self._point(widget))
        for _ in range(5):
            QTest.mouseMove(widget, self._point(widget))
            self._wait(5)
        if isValid(widget):
            QTest.mouseRelease(widget, left, pos=self._point(widget))

    def _focus(self) -> None:
        widget = self._pick()
        if widget is not None and widget.focusPolicy() != Qt.FocusPolicy.NoFocus:
            self._note(widget, "focus")
            widget.setFocus()

    def _resize(self) -> None:
        window = self._desktop.window
        self._seen.doing = "resize"
        window.resize(self._rng.randint(700, 1920), self._rng.randint(500, 1080))

    def _look(self) -> None:
        self._seen.doing = "language or scheme"
        if self._rng.random() < 0.5:
            self._desktop.settings.update(language=self._rng.choice(("en", "ko")))
        else:
            self._desktop.settings.update(scheme=self._rng.choice(("light", "dark")))

    def _wait(self, ms: int) -> None:
        self.waiting = True
        QTest.qWait(ms)
        self.waiting = False


def _popup() -> QWidget | None:
    return QApplication.activePopupWidget()
