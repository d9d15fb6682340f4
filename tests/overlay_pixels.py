"""Looking at drawn pictures."""

import numpy as np


def has_colour(image: np.ndarray, bgr: tuple[int, int, int]) -> bool:
    """Whether a pixel has just this colour."""
    return bool((image == np.array(bgr)).all(axis=2).any())
