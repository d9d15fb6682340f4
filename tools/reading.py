"""Pictures and clips as arrays, for the scripts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from vision_app.results.values import ImageU8


def read_picture(path: Path) -> ImageU8:
    """The picture as (H, W, 3) BGR; ends the script where there is none."""
    image = cv2.imread(str(path))
    if image is None:
        raise SystemExit(f"{path}: not a picture that OpenCV reads")
    return np.asarray(image, np.uint8)


def read_clip(path: Path) -> Iterator[ImageU8]:
    """All frames of a clip, (H, W, 3) BGR; ends the script where there are none."""
    clip = cv2.VideoCapture(str(path))
    if not clip.isOpened():
        raise SystemExit(f"{path}: neither a picture nor a clip that OpenCV reads")
    while True:
        good, image = clip.read()
        if not good:
            return
        yield np.asarray(image, np.uint8)
