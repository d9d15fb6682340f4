"""What the source button opens: cameras with live thumbnails, recent sources, and the ways to open others."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, Qt, Signal, SignalInstance
from PySide6.QtGui import QColor, QHideEvent, QImage, QKeyEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vision_app.gui.pieces.icons import set_icon
from vision_app.gui.pieces.texts import ElidedButton
from vision_app.gui.sources.naming import Kind, kind_of, title_of
from vision_app.gui.sources.tiles import PICTURE_PX, CameraTile
from vision_app.gui.theme import SPACE_PX, theme
from vision_app.sources.cameras import CameraDescription
from vision_app.sources.urls import source_id

_COLUMNS = 2
_MOST_RECENT = 5
_ROWS_SEEN = 2
_WAYS = ("file", "folder", "stream", "demo", "test")
_WAY_ICONS = {"file": "clip", "folder": "folder", "stream": "stream", "demo": "play", "test": "test-card"}


class SourceChooser(QFrame):
    """A popup. It is filled anew each time it opens."""

    camera_chosen = Signal(object)
    """A camera."""
    recent_chosen = Signal(str)
    """A spec that was opened before; its credentials may be hidden."""
    way_chosen = Signal(str)
    """`file`, `folder`, `stream`, `demo` or `test`."""
    camera_wanted = Signal(object)
    """The camera that is looked at, or None."""
    opened = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.tiles: dict[CameraDescription, CameraTile] = {}
        self.recent_buttons: list[ElidedButton] = []
        self.way_buttons: dict[str, QToolButton] = {}
        self._recent: tuple[str, ...] = ()
        self._listed = True
        self._button: QWidget | None = None
        self._cameras_title, self._recent_title, self._open_title, self._try_title = (
            QLabel(self) for _ in range(4)
        )
        for title in (self._cameras_title, self._recent_title, self._open_title, self._try_title):
            title.setProperty("kind", "heading")
        self._none = QLabel(self)
        self._none.setWordWrap(True)
        self._none.setProperty("kind", "quiet")
        self._grid_home = QWidget(self)
        self._grid = QGridLayout(self._grid_home)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(SPACE_PX)
        self._grid.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self._scroll = QScrollArea(self)
        self._scroll.setWidget(self._grid_home)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._recent_column = QVBoxLayout()
        self._recent_column.setSpacing(0)
        self._lay_out()
        self._translate()

    def _lay_out(self) -> None:
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(*[SPACE_PX + SPACE_PX // 2] * 4)
        column.setSpacing(SPACE_PX)
        column.addWidget(self._cameras_title)
        column.addWidget(self._scroll)
        column.addWidget(self._none)
        column.addWidget(self._recent_title)
        column.addLayout(self._recent_column)
        column.addWidget(self._open_title)
        column.addLayout(self._way_row(_WAYS[:3]))
        column.addWidget(self._try_title)
        column.addLayout(self._way_row(_WAYS[3:]))
        self.setFixedWidth(_COLUMNS * PICTURE_PX[0] + SPACE_PX + 3 * SPACE_PX + 12)

    def _way_row(self, ways: Sequence[str]) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SPACE_PX)
        for way in ways:
            button = QToolButton(self)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            set_icon(button, _WAY_ICONS[way])
            button.clicked.connect(lambda _=False, way=way: self._choose(self.way_chosen, way))
            self.way_buttons[way] = button
            row.addWidget(button, 1)
        return row

    # what is in it ---------------------------------------------------------------------------------------

    def set_cameras(
        self, cameras: Sequence[CameraDescription], in_use: CameraDescription | None, *, listed: bool
    ) -> None:
        """Show these cameras; those that stay keep their picture.

        Args:
            cameras: all of the system.
            in_use: the one whose pictures are shown already.
            listed: whether the system has answered at all.
        """
        self._listed = listed
        for camera, tile in list(self.tiles.items()):
            if camera not in cameras or tile.in_use != (camera == in_use):
                self._grid.removeWidget(tile)
                tile.hide()
                tile.deleteLater()
                del self.tiles[camera]
        for place, camera in enumerate(cameras):
            tile = self.tiles.get(camera) or self._new_tile(camera, in_use=camera == in_use)
            self._grid.addWidget(tile, place // _COLUMNS, place % _COLUMNS)
            tile.show()
        self._scroll.setVisible(bool(cameras))
        rows = min(-(-len(cameras) // _COLUMNS), _ROWS_SEEN)
        if cameras:
            tile_px = next(iter(self.tiles.values())).sizeHint().height()
            self._scroll.setFixedHeight(rows * tile_px + (rows - 1) * SPACE_PX)
        self._none.setVisible(not cameras)
        self._translate()
        self._fit()

    def _new_tile(self, camera: CameraDescription, *, in_use: bool) -> CameraTile:
        tile = CameraTile(camera, in_use=in_use, parent=self._grid_home)
        tile.clicked.connect(lambda _=False, camera=camera: self._choose(self.camera_chosen, camera))
        tile.wanted.connect(self.camera_wanted)
        self.tiles[camera] = tile
        return tile

    def set_recent(self, specs: Sequence[str], cameras: Sequence[CameraDescription]) -> None:
        """Show what was opened before, newest first."""
        self._recent = tuple(specs[:_MOST_RECENT])
        while (item := self._recent_column.takeAt(0)) is not None:
            button = item.widget()
            if button is not None:
                button.hide()
                button.deleteLater()
        self.recent_buttons = [self._recent_button(spec, cameras) for spec in self._recent]
        for button in self.recent_buttons:
            self._recent_column.addWidget(button)
        self._recent_title.setVisible(bool(self._recent))
        self._fit()

    def _recent_button(self, spec: str, cameras: Sequence[CameraDescription]) -> ElidedButton:
        kind = kind_of(spec, cameras)
        button = ElidedButton(title_of(spec, cameras), self)
        button.setProperty("kind", "quiet")
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        button.setToolTip(source_id(spec))
        button.setAccessibleName(source_id(spec) if kind is Kind.STREAM else title_of(spec, cameras))
        set_icon(button, kind.value, colour="quiet")
        button.clicked.connect(lambda _=False: self._choose(self.recent_chosen, spec))
        return button

    def show_picture(self, camera: CameraDescription, image: QImage) -> None:
        """A newer picture of a camera."""
        if camera in self.tiles:
            self.tiles[camera].show_picture(image)

    def show_problem(self, camera: CameraDescription, text: str) -> None:
        """Why a camera shows nothing."""
        if camera in self.tiles:
            self.tiles[camera].show_problem(text)

    def _choose(self, signal: SignalInstance, value: object) -> None:
        self.hide()
        signal.emit(value)

    # as a window -----------------------------------------------------------------------------------------

    def open_under(self, button: QWidget) -> None:
        """Open below a button, or above it where there is more room, inside the screen."""
        self._button = button
        self.ensurePolished()
        self._fit()
        self.show()
        self._fit()
        first = next(iter(self.tiles.values()), None) or self.way_buttons["file"]
        first.setFocus(Qt.FocusReason.PopupFocusReason)

    def _fit(self) -> None:
        """Take the size of the content, and stay at the button."""
        self._column.activate()
        self.resize(self.width(), self._column.sizeHint().height())
        if self._button is None:
            return
        screen = self._button.screen().availableGeometry()
        top, gap = self._button.mapToGlobal(QPoint(0, 0)), SPACE_PX // 2
        below, above = top.y() + self._button.height() + gap, top.y() - self.height() - gap
        fits_below = below + self.height() <= screen.bottom()
        y = below if fits_below or above < screen.top() else above
        y = max(screen.top(), min(y, screen.bottom() - self.height()))
        x = max(screen.left(), min(top.x(), screen.right() - self.width()))
        if self.pos() != QPoint(x, y):
            self.move(x, y)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ground and edge of a menu."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme().colours.raised))
        painter.setPen(QColor(theme().colours.border))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def showEvent(self, event: QShowEvent) -> None:
        """Tell that it is open."""
        super().showEvent(event)
        self.opened.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        """Tell that it is closed."""
        super().hideEvent(event)
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes it, the arrows walk through it."""
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Right):
            self.focusNextChild()
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Left):
            self.focusPreviousChild()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            focused = self.focusWidget()
            if isinstance(focused, CameraTile | QToolButton | ElidedButton):
                focused.click()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Speak another language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def _translate(self) -> None:
        self.setAccessibleName(self.tr("Choose a source"))
        self._cameras_title.setText(self.tr("Cameras"))
        self._recent_title.setText(self.tr("Recent"))
        self._open_title.setText(self.tr("Open"))
        self._try_title.setText(self.tr("Test"))
        none = self.tr("No camera is connected. Plug one in: it appears here by itself.")
        self._none.setText(none if self._listed else self.tr("Looking for cameras…"))
        names = {
            "file": (self.tr("File…"), self.tr("Open a video or picture file")),
            "folder": (self.tr("Folder…"), self.tr("Open a folder of pictures")),
            "stream": (self.tr("Stream…"), self.tr("Open the address of a network camera or stream")),
            "demo": (self.tr("Demo clip"), self.tr("Play the clip that comes with the program")),
            "test": (self.tr("Test card"), self.tr("Show a moving card, drawn by the program")),
        }
        for way, (text, tip) in names.items():
            self.way_buttons[way].setText(text)
            self.way_buttons[way].setToolTip(tip)
            self.way_buttons[way].setAccessibleName(tip)
