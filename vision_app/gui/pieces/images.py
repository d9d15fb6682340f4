"""From arrays to Qt's images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

if TYPE_CHECKING:
    from vision_app.live.status import Picture
    from vision_app.results.values import ImageU8


def copied_image(image_bgr: ImageU8) -> QImage:
    """A copy of a picture that belongs to Qt.

    Args:
        image_bgr: (h, w, 3) uint8 BGR, each row in one piece.
    """
    height, width = image_bgr.shape[:2]
    shared = QImage(image_bgr.data, width, height, image_bgr.strides[0], QImage.Format.Format_BGR888)
    return shared.copy()


def shared_image(picture: Picture) -> QImage:
    """An image over the picture's own memory, which nobody writes again: keep the picture beside it."""
    height, width = picture.image.shape[:2]
    return QImage(picture.image.data, width, height, 4 * width, QImage.Format.Format_RGB32)
