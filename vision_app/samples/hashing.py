"""Fingerprints: pictures that look alike have fingerprints that differ little."""

from __future__ import annotations

import cv2
import numpy as np

from vision_app.datatypes import ImageU8

FINGERPRINT_DIGITS = 22


def fingerprint(image: ImageU8) -> int:
    """88 bits: the difference hash, then the mean blue, green and red.

    The hash alone takes all plain surfaces for one; the colour tells them apart.

    Args:
        image: (H, W, 3) uint8 BGR.

    Source: N. Krawetz, "Kind of Like That" (dHash), hackerfactor.com, 2013: 9 x 8 grey values, neighbours in a
    row compared. The picture is shrunk in two steps here, the first by averaging, which is quick.
    """
    small = cv2.resize(image, (36, 32), interpolation=cv2.INTER_AREA)
    tiny = cv2.resize(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), (9, 8), interpolation=cv2.INTER_AREA)
    bits = np.packbits(tiny[:, 1:] > tiny[:, :-1])
    colour = np.rint(small.reshape(-1, 3).mean(axis=0)).astype(np.uint8)
    return int.from_bytes(bits.tobytes() + colour.tobytes(), "big")
