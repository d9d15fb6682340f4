"""The icon of the program."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from vision_app.resources import assets_dir

_SIDES_PX = (16, 24, 32, 48, 64, 128, 256)


def app_icon() -> QIcon:
    """The icon of the program, at the sizes that systems ask for."""
    renderer = QSvgRenderer(QByteArray((assets_dir() / "icons" / "vision-app.svg").read_bytes()))
    made = QIcon()
    for side_px in _SIDES_PX:
        drawn = QPixmap(side_px, side_px)
        drawn.fill(Qt.GlobalColor.transparent)
        painter = QPainter(drawn)
        renderer.render(painter, QRectF(0, 0, side_px, side_px))
        painter.end()
        made.addPixmap(drawn)
    return made
