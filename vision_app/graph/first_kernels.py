"""The kernels that a network has learnt in its first convolution: what its own picture filters look like."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vision_app.errors import ModelError
from vision_app.graph.files import load_model
from vision_app.results.values import FloatArray, ImageU8


def first_kernels(path: Path) -> FloatArray:
    """The weights of the first convolution that sees a picture of three channels.

    Args:
        path: an .onnx file with float weights.

    Returns:
        (N, 3, k, k) float32.

    Raises:
        ModelError: it cannot be read, or there is none.
    """
    from onnx import numpy_helper

    graph = load_model(path).graph
    weights = {tensor.name: tensor for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "Conv" and len(node.input) > 1 and node.input[1] in weights:
            tensor = weights[node.input[1]]
            if len(tensor.dims) == 4 and tensor.dims[1] == 3 and tensor.dims[2] > 1:
                return np.array(numpy_helper.to_array(tensor), np.float32)
    raise ModelError(
        "{name} has no convolution on a colour picture, or its weights are not plain numbers", name=path.name
    )


def kernels_picture(kernels: FloatArray, cell_px: int = 40, columns: int = 8) -> ImageU8:
    """Each kernel as a small colour picture, side by side; grey is no weight.

    Args:
        kernels: (N, 3, k, k), red, green, blue.
        cell_px: side of one, pixels.
        columns: how many in a row.

    Returns:
        (H, W, 3) uint8 BGR.
    """
    import cv2

    rows = -(-len(kernels) // columns)
    gap = 4
    picture = np.full((rows * (cell_px + gap) + gap, columns * (cell_px + gap) + gap, 3), 30, np.uint8)
    for number, kernel in enumerate(kernels):
        most = float(np.abs(kernel).max()) or 1.0
        shown = ((kernel / most + 1) / 2 * 255).round().astype(np.uint8).transpose(1, 2, 0)[..., ::-1]
        row, column = divmod(number, columns)
        top, left = gap + row * (cell_px + gap), gap + column * (cell_px + gap)
        picture[top : top + cell_px, left : left + cell_px] = cv2.resize(
            np.ascontiguousarray(shown), (cell_px, cell_px), interpolation=cv2.INTER_NEAREST
        )
    return picture
