"""The panels at the side: docks that can be moved, hidden and brought to the front by one key."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabWidget, QWidget

from vision_app.gui.meter import Meter
from vision_app.gui.panels import PanelRow
from vision_app.gui.pieces.icons import set_icon
from vision_app.gui.session import Session
from vision_app.gui.settings import Settings
from vision_app.gui.theme import PANEL_WIDTH_PX

_MOST_PX = 432
_SHARE = 0.225


class Docks(QObject):
    """The docks of a window, by the name of their panel, with an action for each."""

    def __init__(self, window: QMainWindow, rows: tuple[PanelRow, ...]) -> None:
        super().__init__(window)
        self._window = window
        self._rows = rows
        self.actions: dict[str, QAction] = {}
        self._docks: dict[str, QDockWidget] = {}
        self._own_px = PANEL_WIDTH_PX
        self._resized = QTimer(self)
        self._resized.setSingleShot(True)
        self._resized.timeout.connect(self._follow)
        window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        window.setDockNestingEnabled(True)
        for row in rows:
            self._add(row)
        self.retranslate()

    def _add(self, row: PanelRow) -> None:
        dock = QDockWidget(self._window)
        dock.setObjectName(f"panel-{row.name}")
        dock.setAllowedAreas(Qt.DockWidgetArea.LeftDockWidgetArea | Qt.DockWidgetArea.RightDockWidgetArea)
        dock.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetMovable)
        dock.setMinimumWidth(PANEL_WIDTH_PX - 40)
        self._window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
        first = next(iter(self._docks.values()), None)
        if first is not None:
            self._window.tabifyDockWidget(first, dock)
        self._docks[row.name] = dock
        action = QAction(self._window)
        action.setObjectName(f"panel_{row.name}")
        action.setCheckable(True)
        action.setShortcut(QKeySequence(row.keys))
        set_icon(action, row.icon, checked="accent")
        action.triggered.connect(lambda: self.toggle(row.name))
        dock.visibilityChanged.connect(lambda _: self._visibility_changed(row.name))
        dock.dockLocationChanged.connect(lambda _: self._show_titles())
        self._window.addAction(action)
        self.actions[row.name] = action

    def _visibility_changed(self, name: str) -> None:
        self.actions[name].setChecked(self.in_front(name))
        self._show_titles()
        self._resized.start()

    def _show_titles(self) -> None:
        """A panel behind a tab has its title there already."""
        for dock in self._docks.values():
            tabbed = any(not other.isHidden() for other in self._window.tabifiedDockWidgets(dock))
            own = cast("QWidget | None", dock.titleBarWidget())
            if tabbed and own is None:
                dock.setTitleBarWidget(QWidget(dock))
            elif not tabbed and own is not None:
                dock.setTitleBarWidget(None)  # type: ignore[arg-type]
                own.deleteLater()

    def fill(self, session: Session, settings: Settings, meter: Meter) -> None:
        """Make the panels themselves."""
        for row in self._rows:
            self._docks[row.name].setWidget(row.make(session, settings, meter))
        self._widen(list(self._docks.values()))
        self._window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """In a wider window the panels are wider, as long as nobody has given them another width."""
        if event.type() == QEvent.Type.Resize:
            self._resized.start()  # once the docks are laid out
        return super().eventFilter(watched, event)

    def _follow(self) -> None:
        room = self._window.rect()  # Qt lays those that are behind another one's tab outside of it
        laid = [dock for dock in self._docks.values() if room.intersects(dock.geometry())]
        self._widen([dock for dock in laid if dock.width() == self._own_px])

    def _widen(self, docks: list[QDockWidget]) -> None:
        self._own_px = panel_width(self._window.width())
        self._window.resizeDocks(docks, [self._own_px] * len(docks), Qt.Orientation.Horizontal)

    def panel(self, name: str) -> QWidget | None:
        """A panel."""
        return self._docks[name].widget() if name in self._docks else None

    def in_front(self, name: str) -> bool:
        """Whether a panel is seen: not hidden, and not behind another one's tab."""
        dock = self._docks[name]
        return dock.isVisible() and not dock.visibleRegion().isEmpty()

    def show(self, name: str) -> None:
        """Bring a panel to the front and give it the keyboard."""
        if name in self._docks:
            dock = self._docks[name]
            dock.show()
            dock.raise_()
            widget = dock.widget()
            if widget is not None:
                widget.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def toggle(self, name: str) -> None:
        """Show a panel, or hide it when it is seen already."""
        if self.in_front(name):
            self._docks[name].hide()
        else:
            self.show(name)

    def hide_all(self) -> list[str]:
        """Hide them all; returns the names of those that were shown."""
        shown = [name for name, dock in self._docks.items() if not dock.isHidden()]
        for name in shown:
            self._docks[name].hide()
        return shown

    def close_down(self) -> None:
        """End what the panels do by themselves."""
        for dock in self._docks.values():
            dock.blockSignals(True)  # they are deleted after the window that would be asked
            end = getattr(dock.widget(), "close_down", None)
            if end is not None:
                end()

    def retranslate(self) -> None:
        """Set all titles."""
        for row in self._rows:
            title = QCoreApplication.translate("Panels", row.title)
            tip = QCoreApplication.translate("Panels", row.tip)
            self._docks[row.name].setWindowTitle(title)
            action = self.actions[row.name]
            action.setText(title)
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            action.setToolTip(f"{tip} ({keys})")
            action.setStatusTip(tip)


def panel_width(window_px: int) -> int:
    """How wide the panels are in a window of some width, in pixels.

    >>> panel_width(1024), panel_width(1600), panel_width(1920)
    (320, 360, 432)
    """
    return min(max(PANEL_WIDTH_PX, round(window_px * _SHARE)), _MOST_PX)
