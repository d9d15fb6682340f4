"""The outline of people near the camera: how much of each pixel is a person."""

from __future__ import annotations

import cv2
import numpy as np

from vision_app.people.detecting import Network
from vision_app.people.geometry import TurnedBox, as_tensor, cut_out
from vision_app.results.values import FloatArray, ImageU8


def outline(image: ImageU8, network: Network, size_wh: tuple[int, int] = (256, 256)) -> FloatArray:
    """(h, w) float32 in [0, 1]: share of a person in each pixel of the network's view of a picture.

    The whole picture is squeezed into the network's input, whatever its aspect.

    Args:
        image: (H, W, 3) uint8 BGR.
        network: the selfie segmentation.
        size_wh: of its input.
    """
    height, width = image.shape[:2]
    whole = TurnedBox(width / 2, height / 2, width, height)
    crop = cut_out(image, whole, size_wh, repeat_edge=False)
    return network(as_tensor(crop, 0.0))[0].reshape(size_wh[1], size_wh[0])


def on_picture(share: FloatArray, size_wh: tuple[int, int]) -> FloatArray:
    """(H, W) float32: the same in the pixels of the picture."""
    return np.asarray(cv2.resize(share, size_wh, interpolation=cv2.INTER_LINEAR), np.float32)
