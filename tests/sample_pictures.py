"""Pictures for tests of samples: textured ones, each different from all others."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from vision_app.samples.pictures import encode_jpeg
from vision_app.samples.sample import NewSample


def textured(seed: int, size_wh: tuple[int, int] = (64, 48)) -> np.ndarray:
    """Coarse random patches: survives JPEG, looks like nothing else."""
    rng = np.random.default_rng(seed)
    return cv2.resize(rng.integers(0, 255, (6, 8, 3), np.uint8), size_wh, interpolation=cv2.INTER_CUBIC)


def jpeg(seed: int, size_wh: tuple[int, int] = (64, 48)) -> bytes:
    """The same as a file."""
    return encode_jpeg(textured(seed, size_wh))


def new_sample(label: str, seed: int = 0, session: str = "s1", **more: Any) -> NewSample:
    """A sample to add."""
    image = textured(seed)
    return NewSample(label, session, encode_jpeg(image), ".jpg", image, **more)
