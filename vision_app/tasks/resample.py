"""Antialiased resampling as Pillow, timm and torchvision do it, fast enough for live video.

OpenCV's bilinear and bicubic look at 2 or 4 pixels however much a picture shrinks; Pillow widens the kernel
with the scale. A 720p frame brought to 224 pixels differs by several grey levels, and classifiers notice.

Each axis is one multiplication with a banded matrix, done in dense blocks so that BLAS does the work, and
only for the part of the picture that is used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from vision_app.results.values import FloatArray, ImageU8

_BLOCK = 16
_A = -0.5  # Pillow's bicubic; OpenCV takes -0.75
_HALF = np.float32(0.5 + 2**-12)
"""What is added before rounding down: by the little more, a half that sums of floats miss by a few bits goes up in
whatever order they are summed, here, on another processor and in the page of a browser. Pillow's whole-number weights
are off by as much."""


def _triangle(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.maximum(0.0, 1.0 - np.abs(x))


def _cubic(x: NDArray[np.float64]) -> NDArray[np.float64]:
    x = np.abs(x)
    near = ((_A + 2.0) * x - (_A + 3.0)) * x * x + 1.0
    far = (((x - 5.0) * x + 8.0) * x - 4.0) * _A
    return np.where(x < 1.0, near, np.where(x < 2.0, far, 0.0))


def _box(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where((x > -0.5) & (x <= 0.5), 1.0, 0.0)


_KERNELS: dict[str, tuple[float, Callable[[NDArray[np.float64]], NDArray[np.float64]]]] = {
    "bilinear": (1.0, _triangle),
    "bicubic": (2.0, _cubic),
    "area": (0.5, _box),
}


def axis_weights(
    size_in: int, size_out: int, kernel: str, first: int, last: int
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Weights of the outputs `first` to `last` (not included) of one resampled axis.

    Args:
        size_in: length of the input.
        size_out: length of the whole output.
        kernel: `bilinear`, `bicubic` or `area`.
        first: first output that is wanted.
        last: one past the last output that is wanted.

    Returns:
        (N,) the first input of each output, and (N, K) the weights from there on; each row sums to 1 and is
        0 beyond the end of the input.

    Source: Pillow, src/libImaging/Resample.c, precompute_coeffs.
    """
    support, weigh = _KERNELS[kernel]
    scale = size_in / size_out
    widen = max(scale, 1.0)
    reach = support * widen
    centres = (np.arange(first, last) + 0.5) * scale
    starts = np.maximum((centres - reach + 0.5).astype(np.intp), 0)
    stops = np.clip((centres + reach + 0.5).astype(np.intp), starts + 1, size_in)
    places = starts[:, None] + np.arange((stops - starts).max())
    weights = weigh((places - centres[:, None] + 0.5) / widen)
    weights[places >= stops[:, None]] = 0.0
    return starts, weights / weights.sum(axis=1, keepdims=True)


@lru_cache(maxsize=64)
def _blocks(
    size_in: int, size_out: int, kernel: str, first: int, last: int
) -> tuple[tuple[slice, slice, FloatArray], ...]:
    """The banded matrix as dense blocks: (output slice, input slice, (outputs, inputs) float32)."""
    starts, weights = axis_weights(size_in, size_out, kernel, first, last)
    taps = weights.shape[1]
    blocks = []
    for top in range(0, len(starts), _BLOCK):
        firsts = starts[top : top + _BLOCK]
        base = int(firsts[0])
        dense = np.zeros((len(firsts), int(firsts[-1]) - base + taps), np.float32)
        for row, start, values in zip(dense, firsts - base, weights[top : top + _BLOCK], strict=True):
            row[start : start + taps] = values
        stop = min(base + dense.shape[1], size_in)
        blocks.append((slice(top, top + len(firsts)), slice(base, stop), dense[:, : stop - base].copy()))
    return tuple(blocks)


@dataclass(frozen=True, slots=True)
class _Band:
    """Views of the buffers for the rows of one block: a band of the input at a time stays in the cache.

    Attributes:
        window: the part of the picture that is read.
        planes: its three planes, uint8.
        pixels: the same, (3, rows, columns) float32.
        across: (input, weights, output) of each multiplication along the width.
        narrowed: what those give, (3 * rows, width) float32.
        down: (weights, input, output) of the one multiplication along the height.
    """

    window: tuple[slice, slice]
    planes: list[NDArray[np.uint8]]
    pixels: FloatArray
    across: list[tuple[FloatArray, FloatArray, FloatArray]]
    narrowed: FloatArray
    down: tuple[FloatArray, FloatArray, FloatArray]


class Resampler:
    """Shrinks or enlarges pictures of one size and gives a rectangle of the outcome. For one thread.

    Args:
        size_wh: width and height of the pictures.
        resized_wh: width and height of the whole outcome.
        crop: left, top, right, bottom of the part of the outcome that is wanted.
        kernel: `bilinear`, `bicubic` or `area`.
    """

    def __init__(
        self,
        size_wh: tuple[int, int],
        resized_wh: tuple[int, int],
        crop: tuple[int, int, int, int],
        kernel: str,
    ) -> None:
        left, top, right, bottom = crop
        columns = _blocks(size_wh[0], resized_wh[0], kernel, left, right)
        rows = _blocks(size_wh[1], resized_wh[1], kernel, top, bottom)
        x0, x1 = min(s.start for _, s, _ in columns), max(s.stop for _, s, _ in columns)
        height, width = bottom - top, right - left
        most = max(s.stop - s.start for _, s, _ in rows)
        planes = [np.empty((most, x1 - x0), np.uint8) for _ in range(3)]
        wide = np.empty((3 * most, x1 - x0), np.float32)
        narrow = np.empty((3 * most, width), np.float32)
        self._output = np.empty((3, height, width), np.float32)
        self._overshoots = kernel == "bicubic"
        self._bands = []
        for out, source, weights in rows:
            count = source.stop - source.start
            band_in, band_out = wide[: 3 * count], narrow[: 3 * count]
            self._bands.append(
                _Band(
                    window=(source, slice(x0, x1)),
                    planes=[plane[:count] for plane in planes],
                    pixels=band_in.reshape(3, count, -1),
                    across=[
                        (band_in[:, s.start - x0 : s.stop - x0], np.ascontiguousarray(w.T), band_out[:, o])
                        for o, s, w in columns
                    ],
                    narrowed=band_out,
                    down=(weights, band_out.reshape(3, count, -1), self._output[:, out]),
                )
            )

    def __call__(self, image: ImageU8) -> FloatArray:
        """Resample one picture.

        Args:
            image: (H, W, 3) uint8 BGR.

        Returns:
            (3, h, w) float32: the planes B, G, R, whole numbers from 0 to 255; valid until the next call.
        """
        for band in self._bands:
            cv2.split(image[band.window], band.planes)
            for c, plane in enumerate(band.planes):
                band.pixels[c] = plane
            for pixels, weights, out in band.across:
                np.matmul(pixels, weights, out=out)
            self._round(band.narrowed)
            weights, pixels, out = band.down
            np.matmul(weights, pixels, out=out)
        self._round(self._output)
        return self._output

    def _round(self, values: FloatArray) -> None:
        """Halves upwards and within 0 to 255, after each of the two axes: Pillow keeps bytes between them."""
        np.add(values, _HALF, out=values)
        np.floor(values, out=values)
        if self._overshoots:
            np.clip(values, 0, 255, out=values)
