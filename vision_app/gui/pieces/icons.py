"""Icons drawn as lines in the colours of the theme, sharp at every scale."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QToolButton, QWidget

from vision_app.gui.pieces.shapes import SHAPES
from vision_app.gui.theme import ICON_PX, theme

_SCALES = (1, 2, 3)
_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="INK" stroke-width="1.8" '
    'stroke-linecap="round" stroke-linejoin="round">{}</svg>'
)


def pixmap(name: str, colour: str, size_px: int = ICON_PX, scale: float = 1.0) -> QPixmap:
    """An icon in one colour.

    Args:
        name: a key of `SHAPES`.
        colour: `#rrggbb`.
        size_px: side in logical pixels.
        scale: device pixels a logical pixel.
    """
    return _drawn(_renderer(name, colour), size_px, scale)


def _renderer(name: str, colour: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(_SVG.format(SHAPES[name]).replace("INK", colour).encode()))


def _drawn(renderer: QSvgRenderer, size_px: int, scale: float) -> QPixmap:
    side = round(size_px * scale)
    picture = QPixmap(side, side)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    renderer.render(painter, QRectF(0, 0, side, side))
    painter.end()
    picture.setDevicePixelRatio(scale)
    return picture


def icon(name: str, *, colour: str | None = None, checked: str | None = None) -> QIcon:
    """An icon in the colours of the theme.

    Args:
        name: a key of `SHAPES`.
        colour: its colour, `#rrggbb`; that of the text when None.
        checked: its colour while its button is checked; the same when None.
    """
    colours = theme().colours
    ink = colour or colours.text
    return _made(name, ink, checked or ink, colours.disabled)


@lru_cache(maxsize=512)
def _made(name: str, ink: str, checked: str, disabled: str) -> QIcon:
    """Drawing one takes milliseconds, and a list shows the same one in each row."""
    made = QIcon()
    inks = (
        (ink, QIcon.Mode.Normal, QIcon.State.Off),
        (checked, QIcon.Mode.Normal, QIcon.State.On),
        (disabled, QIcon.Mode.Disabled, QIcon.State.Off),
        (disabled, QIcon.Mode.Disabled, QIcon.State.On),
    )
    renderers = {one: _renderer(name, one) for one, _, _ in inks}
    for scale in _SCALES:
        drawn = {one: _drawn(renderer, ICON_PX, scale) for one, renderer in renderers.items()}
        for one, mode, state in inks:
            made.addPixmap(drawn[one], mode, state)
    return made


class _Painted(QObject):
    """Keeps the icon of a button or action in the colours of the theme."""

    def __init__(self, owner: QAbstractButton | QAction, name: str, colour: str, checked: str) -> None:
        super().__init__(owner)
        self._owner, self.look = owner, (name, colour, checked)
        theme().changed.connect(self.paint)
        self.paint()

    def paint(self) -> None:
        if isinstance(self._owner, QToolButton) and self._owner.defaultAction() is not None:
            return  # it wears the icon of its action
        name, colour, checked = self.look
        colours = theme().colours
        self._owner.setIcon(icon(name, colour=getattr(colours, colour), checked=getattr(colours, checked)))


def set_icon(owner: QAbstractButton | QAction, name: str, *, colour: str = "text", checked: str = "") -> None:
    """Give a button or action an icon that follows the theme; a second call changes it.

    Args:
        owner: the button or action.
        name: a key of `SHAPES`.
        colour: field of `Colours`.
        checked: field of `Colours` while it is checked; as `colour` when empty.
    """
    look = (name, colour, checked or colour)
    painted = owner.findChild(_Painted, options=Qt.FindChildOption.FindDirectChildrenOnly)
    if painted is None:
        _Painted(owner, *look)
    elif painted.look != look:
        painted.look = look
        painted.paint()


def icon_button(name: str, parent: QWidget | None = None, *, checkable: bool = False) -> QToolButton:
    """A quiet button that is only an icon; `tell` names it."""
    button = QToolButton(parent)
    button.setProperty("kind", "quiet")
    button.setCheckable(checkable)
    button.setIconSize(QSize(ICON_PX, ICON_PX))
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    set_icon(button, name, checked="accent")
    return button


def tell(button: QAbstractButton, name: str, tip: str = "") -> None:
    """Say what a button does.

    Args:
        button: the button.
        name: its name for screen readers.
        tip: its tooltip; the name when empty.
    """
    button.setAccessibleName(name)
    button.setToolTip(tip or name)
