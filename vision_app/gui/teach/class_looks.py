"""What the samples of each class look like: a few small pictures, and whether they differ. Read in another thread."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import cv2
import numpy as np
from PySide6.QtCore import QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from vision_app.errors import SampleError
from vision_app.gui.pieces.background import Background
from vision_app.gui.pieces.images import copied_image
from vision_app.gui.theme import SPACE_PX
from vision_app.results.values import ImageU8
from vision_app.samples.hashing import fingerprint
from vision_app.samples.store import SampleStore
from vision_app.samples.variety import Looks, Variety

MOST_PICTURES = 4
_SIDE_PX = 28
_READ_PX = 2 * _SIDE_PX
"""Sharp on a screen of twice the density too."""
_MOST_KEPT = 200
_RADIUS_PX = 4


@dataclass(frozen=True, slots=True)
class ClassLook:
    """One class.

    Attributes:
        pictures: its newest samples, the newest last, square.
        variety: how much its samples differ.
    """

    pictures: tuple[QImage, ...]
    variety: Variety


class ClassLooks(QObject):
    """Looks at a store whenever it is told to; what came meanwhile is looked at once more."""

    looked = Signal(object)
    """Label to `ClassLook`, of all classes of pictures."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background("looks", self)
        self._busy, self._again = False, False
        self._wanted: SampleStore | None = None
        self._reader = _Reader()

    def look(self, store: SampleStore | None) -> None:
        """Look at the classes of a store, and tell what was seen."""
        self._wanted = store
        if store is None:
            return
        if self._busy:
            self._again = True
            return
        self._busy, self._again = True, False
        self._background.run(lambda: self._reader.read(store), self._done, self._failed)

    def _done(self, seen: Mapping[str, ClassLook]) -> None:
        self.looked.emit(seen)
        self._over()

    def _failed(self, _: str) -> None:
        """The store went away under it."""
        self._over()

    def _over(self) -> None:
        self._busy = False
        if self._again:
            self.look(self._wanted)

    def close(self) -> None:
        """End what runs by itself."""
        self._background.close()


class _Reader:
    """What is known of a store; lives in the thread of the background only."""

    def __init__(self) -> None:
        self._store: SampleStore | None = None
        self._looks: dict[str, Looks] = {}
        self._kept: OrderedDict[str, QImage] = OrderedDict()

    def read(self, store: SampleStore) -> dict[str, ClassLook]:
        if store is not self._store:
            self._store, self._looks = store, {}
            self._kept.clear()
        labels = [c.label for c in store.classes if not c.movement]
        self._looks = {label: self._looks.get(label) or Looks() for label in labels}
        return {label: look for label in labels if (look := self._of(store, label)) is not None}

    def _of(self, store: SampleStore, label: str) -> ClassLook | None:
        try:
            ids = store.ids(label)
        except SampleError:  # renamed or deleted meanwhile
            return None
        variety = self._looks[label].of(ids, lambda sample_id: _fingerprint(store, sample_id))
        pictures = (self._picture(store, sample_id) for sample_id in ids[-MOST_PICTURES:])
        return ClassLook(tuple(p for p in pictures if p is not None), variety)

    def _picture(self, store: SampleStore, sample_id: str) -> QImage | None:
        if sample_id not in self._kept:
            try:
                self._kept[sample_id] = copied_image(squared(store.thumbnail(sample_id)))
            except SampleError:  # gone or damaged
                return None
        self._kept.move_to_end(sample_id)
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return self._kept[sample_id]


def _fingerprint(store: SampleStore, sample_id: str) -> int | None:
    with suppress(SampleError):
        known = store.sample(sample_id).fingerprint
        return fingerprint(store.read(sample_id)) if known is None else known
    return None


def squared(image: ImageU8) -> ImageU8:
    """The middle of a picture, `_READ_PX` a side: (s, s, 3) uint8 BGR."""
    height, width = image.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    middle = image[top : top + side, left : left + side]
    how = cv2.INTER_AREA if side > _READ_PX else cv2.INTER_LINEAR
    return np.ascontiguousarray(cv2.resize(middle, (_READ_PX, _READ_PX), interpolation=how))


class Strip(QWidget):
    """Small pictures side by side; a click wants to see all of them."""

    clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pictures: tuple[QImage, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.hide()

    def show_pictures(self, pictures: tuple[QImage, ...]) -> None:
        """Show these; nothing at all when there are none."""
        if pictures != self.pictures:
            self.pictures = pictures
            self.updateGeometry()
            self.update()
        self.setVisible(bool(pictures))

    def sizeHint(self) -> QSize:
        """As wide as the pictures."""
        count = len(self.pictures)
        return QSize(count * _SIDE_PX + max(0, count - 1) * SPACE_PX // 2, _SIDE_PX)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """It was clicked."""
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the pictures with round corners."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for i, picture in enumerate(self.pictures):
            place = QRectF(i * (_SIDE_PX + SPACE_PX // 2), 0, _SIDE_PX, _SIDE_PX)
            path = QPainterPath()
            path.addRoundedRect(place, _RADIUS_PX, _RADIUS_PX)
            painter.setClipPath(path)
            painter.drawImage(place, picture)
        painter.end()
