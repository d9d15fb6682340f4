"""Small pictures of samples, kept on the disk so that a grid of thousands scrolls."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np

from vision_app.results.values import ImageU8
from vision_app.samples.pictures import encode_jpeg

SIDE_PX = 160
_QUALITY = 85


class Thumbnails:
    """A folder of small JPEG files, named by the hash of what they show. It can be deleted at any time.

    Args:
        folder: where they are; made when the first one is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, sha256: str, read: Callable[[], ImageU8]) -> ImageU8:
        """The thumbnail of a sample; made now when there is none.

        Args:
            sha256: hash of the file.
            read: gives what it shows, (H, W, 3) uint8 BGR.

        Returns:
            (h, w, 3) uint8 BGR, at most `SIDE_PX` a side.

        Raises:
            SampleError: the sample is gone or damaged.
        """
        path = self._folder / sha256[:2] / f"{sha256[2:34]}.jpg"
        with suppress(OSError, cv2.error):
            kept = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
            if kept is not None:
                return kept  # type: ignore[return-value]
        small = shrink(read())
        with suppress(OSError):  # read-only or full: it is only a cache
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
            try:
                part.write_bytes(encode_jpeg(small, _QUALITY))
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)
        return small


def shrink(image: ImageU8, side_px: int = SIDE_PX) -> ImageU8:
    """A picture with its longer side at most that long; smaller ones stay as they are."""
    height, width = image.shape[:2]
    scale = side_px / max(height, width)
    if scale >= 1:
        return image
    size_wh = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(image, size_wh, interpolation=cv2.INTER_AREA)  # type: ignore[return-value]
