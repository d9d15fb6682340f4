"""The window of a site: a grid of all streams, or one of them with its rules."""

from __future__ import annotations

import math
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QImage, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QMainWindow,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from vision_app.gui.pieces.plain import show_plain
from vision_app.gui.site.keeper import SiteKeeper
from vision_app.gui.site.large import LargePage
from vision_app.gui.site.tile import StreamTile
from vision_app.gui.theme import SPACE_PX
from vision_app.site.plan import SitePlan
from vision_app.site.sinks import StreamUpdate

_LOOK_EVERY_MS = 250


class SiteWindow(QMainWindow):
    """Shows a running site.

    Args:
        path: the site file.
        trusted: whether it is the user's own.
    """

    def __init__(self, path: Path, *, trusted: bool = False) -> None:
        super().__init__()
        self.keeper = SiteKeeper(path, trusted=trusted)
        self._path = path
        self._plan: SitePlan | None = None
        self.tiles: dict[str, StreamTile] = {}
        self._grid = QGridLayout()
        self._grid.setSpacing(SPACE_PX)
        holder = QWidget()
        holder.setLayout(self._grid)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(holder)
        self._message = QLabel()
        self._message.setWordWrap(True)
        self._message.setMargin(SPACE_PX)
        self._message.setTextFormat(Qt.TextFormat.PlainText)
        self.large = LargePage()
        self.pages = QStackedWidget()
        self.pages.addWidget(scroll)
        self.pages.addWidget(self.large)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.pages, 1)
        column.addWidget(self._message)
        self.setCentralWidget(body)
        self.resize(1280, 800)
        self._connect()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(_LOOK_EVERY_MS)
        self.retranslate()
        self._say(self.tr("Starting {file}…").format(file=path.name))

    def begin(self) -> None:
        """Run the site."""
        self.keeper.start()

    def retranslate(self) -> None:
        """Set all texts."""
        name = self._path.stem if self._plan is None else self._plan.name
        self.setWindowTitle(self.tr("Site {name}").format(name=name))

    def enlarge(self, name: str) -> None:
        """Show one stream large."""
        if self._plan is None:
            return
        stream = next(one for one in self._plan.streams if one.name == name)
        self.large.show_stream(stream, self.tiles[name].image)
        self.pages.setCurrentWidget(self.large)
        self._say("")
        self._size_pictures()

    def show_grid(self) -> None:
        """Show all streams."""
        name = self.large.stream_name
        self.large.cancel()
        self.pages.setCurrentIndex(0)
        if name in self.tiles:
            self.tiles[name].setFocus()
        self._size_pictures()

    def _connect(self) -> None:
        self.keeper.planned.connect(self._planned)
        self.keeper.pictured.connect(self._pictured)
        self.keeper.failed.connect(self._say)
        self.keeper.said.connect(self._say)
        self.large.left.connect(self.show_grid)
        self.large.drawn.connect(self.keeper.add)
        self.large.removed.connect(self.keeper.remove)
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self, self._escape)

    def _escape(self) -> None:
        if self.pages.currentWidget() is self.large and not self.large.cancel():
            self.show_grid()

    def _planned(self, plan: SitePlan) -> None:
        self._plan = plan
        self._say("")
        self.retranslate()
        if list(self.tiles) != [stream.name for stream in plan.streams]:
            self._fill(plan)
        if self.pages.currentWidget() is self.large:
            stream = next((one for one in plan.streams if one.name == self.large.stream_name), None)
            if stream is None:
                self.show_grid()
            else:
                self.large.show_stream(stream, self.large.tile.image)
        self._size_pictures()

    def _fill(self, plan: SitePlan) -> None:
        for tile in self.tiles.values():
            self._grid.removeWidget(tile)
            tile.deleteLater()
        self.tiles = {}
        columns = max(1, math.ceil(math.sqrt(len(plan.streams))))
        for number, stream in enumerate(plan.streams):
            tile = self.tiles[stream.name] = StreamTile(stream.name)
            tile.chosen.connect(self.enlarge)
            self._grid.addWidget(tile, number // columns, number % columns)

    def _pictured(self, name: str, image: QImage, update: StreamUpdate) -> None:
        if name in self.tiles:
            self.tiles[name].show_picture(image)
        if self.pages.currentWidget() is self.large and name == self.large.stream_name:
            self.large.tile.show_picture(image)

    def _look(self) -> None:
        """Say how the streams are doing."""
        run = self.keeper.run
        if run is None:
            return
        for name, facts in run.facts().items():
            if name in self.tiles:
                self.tiles[name].show_facts(facts)
            if name == self.large.stream_name:
                self.large.show_facts(facts)

    def _size_pictures(self) -> None:
        """Have the pictures made as large as they are shown, and those that are not shown not at all."""
        large = self.pages.currentWidget() is self.large
        ratio = self.devicePixelRatioF()
        for name, tile in self.tiles.items():
            shown = self.large.tile if large and name == self.large.stream_name else None if large else tile
            self.keeper.pictures.size(name, 0 if shown is None else max(64, round(shown.width() * ratio)))

    def _say(self, text: str) -> None:
        show_plain(self._message, text)
        self._message.setVisible(bool(text))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make the pictures as large as they are now."""
        super().resizeEvent(event)
        QTimer.singleShot(0, self, self._size_pictures)

    def changeEvent(self, event: QEvent) -> None:
        """Say it in another language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Let the site end; the program waits for it once the window is gone."""
        self._timer.stop()
        self.keeper.end()
        super().closeEvent(event)


_open: dict[SiteKeeper, SiteWindow | None] = {}
"""Windows without a parent, which nobody else holds, and the sites that they have begun."""


def open_site(path: Path) -> SiteWindow:
    """Run a site and show it beside the other windows; the program ends only once the site has."""
    window = SiteWindow(path)
    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    keeper = window.keeper
    for ended in [k for k, shown in _open.items() if shown is None and k.ended]:
        del _open[ended]
    _open[keeper] = window
    window.destroyed.connect(lambda: _open.update({keeper: None}))
    app = QCoreApplication.instance()
    assert app is not None
    app.aboutToQuit.connect(keeper.join)  # ends with the keeper, which is a QObject
    window.show()
    window.begin()
    return window
