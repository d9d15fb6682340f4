"""The sliding window of a convolution, step by step; pooling; and a dense layer on the same input for comparison.

All numbers are those that ONNX Runtime's own Conv, MaxPool and AveragePool give.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from vision_app.messages import Message
from vision_app.results.values import FloatArray

KERNELS: dict[str, tuple[tuple[float, ...], ...]] = {
    "sobel-x": ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1)),
    "sobel-y": ((-1, -2, -1), (0, 0, 0), (1, 2, 1)),
    "blur": ((1 / 9, 1 / 9, 1 / 9),) * 3,
    "sharpen": ((0, -1, 0), (-1, 5, -1), (0, -1, 0)),
    "edges": ((-1, -1, -1), (-1, 8, -1), (-1, -1, -1)),
    "blur-5": ((1 / 25,) * 5,) * 5,
}
"""Kernels to try. Source of the first two: Sobel and Feldman, 1968."""


def output_size(size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """How many places a window has along one axis: floor((n + 2p - d(k - 1) - 1) / s) + 1.

    Source: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016,
    https://arxiv.org/abs/1603.07285, relationship 15.

    >>> output_size(5, 3), output_size(5, 3, stride=2), output_size(5, 3, padding=1)
    (3, 2, 5)
    """
    if min(size, kernel, stride, dilation) < 1 or padding < 0:
        raise ValueError(Message("sizes, stride and dilation are at least 1, padding at least 0"))
    room = size + 2 * padding - dilation * (kernel - 1) - 1
    return room // stride + 1 if room >= 0 else 0


def formula(size: int, kernel: int, stride: int, padding: int, dilation: int) -> str:
    """The formula of `output_size` with its numbers.

    >>> formula(5, 3, 2, 0, 1)
    '⌊(5 + 2·0 − 1·(3 − 1) − 1) / 2⌋ + 1 = 2'
    """
    places = output_size(size, kernel, stride, padding, dilation)
    return f"⌊({size} + 2·{padding} − {dilation}·({kernel} − 1) − 1) / {stride}⌋ + 1 = {places}"


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """The window at one place.

    Attributes:
        row: of the output.
        column: of the output.
        window: (k, k) float32: the numbers under the kernel; 0 in the padding.
        products: (k, k) float32: each number times its weight.
        total: their sum and the bias.
        cells: row and column in the input of each number, (k, k, 2); outside it in the padding.
    """

    row: int
    column: int
    window: FloatArray
    products: FloatArray
    total: float
    cells: np.ndarray[tuple[int, ...], np.dtype[np.int64]]


@dataclass(frozen=True, eq=False)
class Sliding:
    """One kernel on one channel.

    Attributes:
        pixels: (h, w) float32.
        kernel: (k, k) float32.
        stride: steps of the window.
        padding: rows and columns of zeros on each side.
        dilation: distance between the numbers under the kernel.
        bias: added to each sum.
    """

    pixels: FloatArray
    kernel: FloatArray
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    bias: float = 0.0

    def __post_init__(self) -> None:
        if self.pixels.ndim != 2 or self.kernel.ndim != 2:
            raise ValueError(
                Message(
                    "one channel and one kernel, got {shape} and {kernel_shape}",
                    shape=self.pixels.shape,
                    kernel_shape=self.kernel.shape,
                )
            )
        if 0 in self.output_hw:
            raise ValueError(
                Message(
                    "a kernel of {shape} with dilation {dilation} does not fit into {pixels_shape} with "
                    "padding {padding}",
                    shape=self.kernel.shape,
                    dilation=self.dilation,
                    pixels_shape=self.pixels.shape,
                    padding=self.padding,
                )
            )

    @property
    def output_hw(self) -> tuple[int, int]:
        """Rows and columns of the output."""
        rows, columns = (
            output_size(n, k, self.stride, self.padding, self.dilation)
            for n, k in zip(self.pixels.shape, self.kernel.shape, strict=True)
        )
        return rows, columns

    @property
    def places(self) -> int:
        """How many places the window visits."""
        rows, columns = self.output_hw
        return rows * columns

    @cached_property
    def padded(self) -> FloatArray:
        """The pixels with zeros around them."""
        made: FloatArray = np.pad(self.pixels, self.padding)
        return made

    def step(self, number: int) -> Step:
        """The window at one place, counted row by row from 0."""
        if not 0 <= number < self.places:
            raise IndexError(f"there are {self.places} places, got {number}")
        row, column = divmod(number, self.output_hw[1])
        rows, columns = (
            start * self.stride + np.arange(k) * self.dilation
            for start, k in zip((row, column), self.kernel.shape, strict=True)
        )
        window = self.padded[np.ix_(rows, columns)]
        products = (window * self.kernel).astype(np.float32)
        total = float(products.sum(dtype=np.float64) + self.bias)
        cells = np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1) - self.padding
        return Step(row, column, window, products, total, cells)

    def steps(self) -> Iterator[Step]:
        """All places, row by row."""
        return (self.step(i) for i in range(self.places))

    @cached_property
    def output(self) -> FloatArray:
        """(rows, columns) float32: the sum at every place."""
        sums = np.array([step.total for step in self.steps()], np.float32)
        return sums.reshape(self.output_hw)

    @property
    def multiplications(self) -> int:
        """How many multiplications all places need together."""
        return self.places * self.kernel.size

    @property
    def dense_multiplications(self) -> int:
        """How many a dense layer from the same input to as many outputs needs: each output sees every pixel."""
        return self.places * self.pixels.size

    @property
    def weights(self) -> int:
        """How many numbers are learnt: the kernel and a bias, whatever the size of the picture."""
        return self.kernel.size + 1

    @property
    def dense_weights(self) -> int:
        """How many numbers that dense layer learns."""
        return self.places * (self.pixels.size + 1)


def relu(values: FloatArray) -> FloatArray:
    """What is below 0 becomes 0."""
    kept: FloatArray = np.maximum(values, np.float32(0))
    return kept


def pooled(values: FloatArray, size: int, stride: int, *, largest: bool) -> FloatArray:
    """The largest number or the mean under each window.

    Args:
        values: (h, w).
        size: side of the window.
        stride: its steps.
        largest: the largest, else the mean.
    """
    rows, columns = (output_size(n, size, stride) for n in values.shape)
    if 0 in (rows, columns):
        raise ValueError(
            Message("a window of {size} does not fit into {shape}", size=size, shape=values.shape)
        )
    windows = np.lib.stride_tricks.sliding_window_view(values, (size, size))[::stride, ::stride]
    made = windows.max(axis=(2, 3)) if largest else windows.mean(axis=(2, 3), dtype=np.float64)
    return np.asarray(made, np.float32)


def dense(values: FloatArray, weight: FloatArray, bias: FloatArray) -> FloatArray:
    """A dense layer on the flattened numbers: (outputs,) float32.

    Args:
        values: any shape of n numbers.
        weight: (outputs, n).
        bias: (outputs,).
    """
    return np.asarray(weight @ values.reshape(-1) + bias, np.float32)
