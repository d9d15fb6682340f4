"""Fingerprints: pictures that look alike have fingerprints that differ little."""

from __future__ import annotations

import cv2
import numpy as np

from vision_app.results.values import ImageU8

HASH_BITS = 256
COLOUR_BITS = 24
FINGERPRINT_DIGITS = (HASH_BITS + COLOUR_BITS) // 4
_SIDE = 32
_KEPT = 16


def fingerprint(image: ImageU8) -> int:
    """280 bits: a perceptual hash of 256, then the mean blue, green and red.

    The hash alone takes all plain surfaces for one; the colour tells them apart. Hashes of 64 bits are too coarse
    here: hands that make different signs before one wall come out the same.

    Args:
        image: (H, W, 3) uint8 BGR.

    Source: N. Krawetz, "Looks Like It" (pHash), hackerfactor.com, 2011: 32 x 32 grey values, discrete cosine
    transform, the low frequencies compared with their median. 16 x 16 of them are kept here instead of 8 x 8.
    """
    small = cv2.resize(image, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.float32)
    waves = cv2.dct(grey)[:_KEPT, :_KEPT].ravel()
    waves[0] = 0.0  # the mean brightness says nothing of what is seen
    waves[np.abs(waves) < 0.5] = 0.0  # rounding, on plain surfaces
    bits = np.packbits(waves > np.median(waves))
    colour = np.rint(small.reshape(-1, 3).mean(axis=0)).astype(np.uint8)
    return int.from_bytes(bits.tobytes() + colour.tobytes(), "big")
