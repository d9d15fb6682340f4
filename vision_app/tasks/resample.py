"""Antialiased resampling as Pillow, timm and torchvision do it, fast enough for live video.

OpenCV's bilinear and bicubic look at 2 or 4 pixels however much a picture shrinks; Pillow widens the kernel
with the scale. A 720p frame brought to 224 pixels differs by several grey levels, and classifiers notice.

Each axis is one multiplication with a banded matrix, done in dense blocks so that BLAS does the work, and
only for the part of the picture that is used. The blocks are of one size and equally far apart, so that all of them
are one call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from vision_app.results.values import FloatArray, ImageU8

_COLUMNS, _ROWS = 16, 8
"""Outputs of a block along each axis: more of them multiply more zeros; 16 columns fill a register of 512 bits."""
_BAND_BYTES = 2**19
"""So much of the picture as float32 stays in the second cache of a core, beside what is made of it."""
_A = -0.5  # Pillow's bicubic; OpenCV takes -0.75
_HALF = np.float32(0.5 + 2**-12)
"""What is added before rounding down: by the little more, a half that sums of floats miss by a few bits goes up in
whatever order they are summed, here, on another processor and in the page of a browser. Pillow's whole-number weights
are off by as much."""
_LEAST, _MOST = np.float32(0), np.float32(255)


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


@dataclass(frozen=True, slots=True)
class _Axis:
    """The banded matrix of one axis in dense blocks: block `i` reads the inputs from `base + i * step` on.

    Attributes:
        base: where the first block begins; this, or the end, may lie outside the input: the weights are 0 there.
        step: inputs from the begin of a block to that of the next.
        weights: (blocks, outputs, inputs) float32; 0 for what is past the last output.
    """

    base: int
    step: int
    weights: FloatArray

    @property
    def reach(self) -> int:
        """Inputs from the first that a block reads to the last."""
        return (len(self.weights) - 1) * self.step + int(self.weights.shape[2])

    @property
    def room(self) -> int:
        """Outputs, those past the last one as well."""
        return len(self.weights) * int(self.weights.shape[1])

    def within(self, size_in: int) -> tuple[int, int]:
        """The first of the inputs that are read and exist, and one past the last."""
        return max(self.base, 0), min(self.base + self.reach, size_in)


@lru_cache(maxsize=64)
def _axis(sizes: tuple[int, int], kernel: str, span: tuple[int, int], block: int) -> _Axis:
    """The matrix from one size to another for a span of the outputs, `block` of them in each block."""
    size_in = sizes[0]
    starts, weights = axis_weights(*sizes, kernel, *span)
    taps = weights.shape[1]
    begins = starts[::block]
    numbers = np.arange(len(begins))
    lasts = np.minimum((numbers + 1) * block, len(starts)) - 1
    ends = np.minimum(starts[lasts] + taps, size_in)
    step = round(int(begins[-1] - begins[0]) / max(len(begins) - 1, 1))
    base = int((begins - numbers * step).min())
    dense = np.zeros((len(begins), block, int((ends - numbers * step).max()) - base), np.float32)
    for output, (start, values) in enumerate(zip(starts, weights, strict=True)):
        number, row = divmod(output, block)
        place = dense[number, row, int(start) - base - number * step :][:taps]
        place[:] = values[: len(place)]  # what has no place is past the end of the input, and 0
    return _Axis(base, step, dense)


@dataclass(frozen=True, slots=True)
class _Band:
    """Views of the buffers for some rows of the picture: so many stay in the cache until they are done with.

    Attributes:
        window: the part of the picture that is read.
        colours: a place for a copy of it: rows that lie together are split in half of the time, copying included.
        planes: its three planes, uint8.
        whole: the same, (rows, 3, columns).
        pixels: the same as float32, what is outside the picture is 0.
        across: (input, weights, output) of the multiplications along the width.
        narrowed: what they give, (rows, 3, width) float32.
        down: (weights, input, output) of the multiplications along the height that have all their rows now.
    """

    window: tuple[slice, slice]
    colours: NDArray[np.uint8]
    planes: list[NDArray[np.uint8]]
    whole: NDArray[np.uint8]
    pixels: FloatArray
    across: tuple[FloatArray, FloatArray, FloatArray]
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
        columns = _axis((size_wh[0], resized_wh[0]), kernel, (left, right), _COLUMNS)
        rows = _axis((size_wh[1], resized_wh[1]), kernel, (top, bottom), _ROWS)
        made = np.empty((rows.room, 3, columns.room), np.float32)
        self._bands = list(_bands(size_wh, columns, rows, made))
        self._output = made[: bottom - top, :, : right - left].transpose(1, 0, 2)
        self._overshoots = kernel == "bicubic"

    def __call__(self, image: ImageU8) -> FloatArray:
        """Resample one picture.

        Args:
            image: (H, W, 3) uint8 BGR.

        Returns:
            (3, h, w) float32: the planes B, G, R, whole numbers from 0 to 255; valid until the next call.
        """
        for band in self._bands:
            colours = image[band.window]
            if not colours.flags.c_contiguous:
                band.colours[...] = colours
                colours = band.colours
            cv2.split(colours, band.planes)
            band.pixels[...] = band.whole
            pixels, weights, out = band.across
            np.matmul(pixels, weights, out=out)
            self._round(band.narrowed)
            weights, pixels, out = band.down
            np.matmul(weights, pixels, out=out)
            self._round(out)
        return self._output

    def _round(self, values: FloatArray) -> None:
        """Halves upwards and within 0 to 255, after each of the two axes: Pillow keeps bytes between them."""
        np.add(values, _HALF, out=values)
        np.floor(values, out=values)
        if self._overshoots:
            values.clip(_LEAST, _MOST, out=values)


def _bands(size_wh: tuple[int, int], columns: _Axis, rows: _Axis, made: FloatArray) -> Iterator[_Band]:
    """The bands of a picture, which fill `made`, (rows, 3, columns) with all the room that the blocks need."""
    (x0, x1), (y0, y1) = columns.within(size_wh[0]), rows.within(size_wh[1])
    most = min(max(_BAND_BYTES // (12 * columns.reach), _ROWS), y1 - y0)
    colours = np.empty((most, x1 - x0, 3), np.uint8)
    planes = np.empty(colours.size, np.uint8)
    wide = np.zeros((most, 3, columns.reach), np.float32)
    narrow = np.zeros((rows.reach, 3, columns.room), np.float32)
    weights = np.ascontiguousarray(columns.weights.transpose(0, 2, 1))
    blocks = made.reshape(len(rows.weights), -1, 3 * columns.room)
    reads = _windows(narrow.reshape(rows.reach, -1), rows, 0)
    done = 0
    for top in range(y0, y1, most):
        count = min(most, y1 - top)
        at = top - rows.base
        there = at + count - rows.weights.shape[2]  # blocks that begin here or before have all their rows
        ready = len(blocks)
        if top + count < y1:
            ready = max(done, min(there // rows.step + 1, ready)) if there >= 0 else done
        split = planes[: 3 * count * (x1 - x0)].reshape(3, count, -1)
        pixels = wide[:count].reshape(3 * count, -1)
        narrowed = narrow[at : at + count]
        yield _Band(
            window=(slice(top, top + count), slice(x0, x1)),
            colours=colours[:count],
            planes=list(split),
            whole=split.transpose(1, 0, 2),
            pixels=wide[:count, :, x0 - columns.base : x1 - columns.base],
            across=(
                _windows(pixels, columns, 1),
                weights,
                narrowed.reshape(3 * count, len(weights), -1).transpose(1, 0, 2),
            ),
            narrowed=narrowed,
            down=(rows.weights[done:ready], reads[done:ready], blocks[done:ready]),
        )
        done = ready


def _windows(values: FloatArray, axis: _Axis, along: int) -> FloatArray:
    """What each block of an axis reads of a matrix, whose rows (0) or columns (1) are its inputs, without a copy."""
    shape = [len(axis.weights), *values.shape]
    shape[1 + along] = axis.weights.shape[2]
    strides = (axis.step * values.strides[along], *values.strides)
    return as_strided(values, shape, strides, writeable=False)
