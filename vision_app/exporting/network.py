"""Torch networks: random weights that are alive, writing ONNX, the forward pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from vision_app.exporting.base import OPSET
from vision_app.exporting.libraries import require
from vision_app.results.values import FloatArray

INPUT_NAME = "images"
_LOGIT_STD = 3.0


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Torch draws the same numbers inside, and is as before afterwards."""
    torch = require("torch")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def forward(network: Any) -> Callable[[FloatArray], list[FloatArray]]:
    """The network as a function of arrays, without gradients."""
    torch = require("torch")

    def run(tensor: FloatArray) -> list[FloatArray]:
        with torch.no_grad():
            outputs = network(torch.from_numpy(np.array(tensor)))
        if isinstance(outputs, torch.Tensor):
            outputs = (outputs,)
        return [o.numpy() for o in outputs]

    return run


def write_onnx(network: Any, size_hw: tuple[int, int], path: Path) -> None:
    """Write a classifier with a free batch.

    The tracing exporter keeps one Softmax for every attention block, which the attention maps need, and is
    the faster one. A batch of two is traced, so that no operation takes the batch for a constant 1.
    """
    torch = require("torch")
    torch.onnx.export(
        network,
        (torch.zeros(2, 3, *size_hw),),
        str(path),
        dynamo=False,
        opset_version=OPSET,
        input_names=[INPUT_NAME],
        output_names=["logits"],
        dynamic_axes={INPUT_NAME: {0: "batch"}, "logits": {0: "batch"}},
    )


def wake_up(network: Any, batch: FloatArray) -> None:
    """Scale random weights so that the outputs depend on the picture, as those of a trained network do.

    A network that has only been initialised gives almost the same for every picture, some exactly zero:
    comparing that would prove nothing. Batch normalisation is calibrated on the pictures, matrices of zeros
    are drawn.

    Args:
        network: in evaluation mode; changed in place.
        batch: (N, 3, H, W) prepared pictures.
    """
    torch = require("torch")
    norm_type = torch.nn.modules.batchnorm._BatchNorm
    norms = [m for m in network.modules() if isinstance(m, norm_type)]
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.ndim >= 2 and not parameter.any():
                parameter.normal_(std=0.02)
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # a plain average
            norm.train()
        network(torch.from_numpy(batch))
    network.eval()


def spread_outputs(network: Any, batch: FloatArray, layers: dict[Any, tuple[float, float]]) -> None:
    """Scale layers so that their outputs have the wanted mean, and no picture more than the wanted deviation.

    A random network answers some pictures far more strongly than others; the strongest decides.

    Args:
        network: in evaluation mode; changed in place.
        batch: (N, 3, H, W) prepared pictures.
        layers: a layer with weight and bias, and the mean and deviation that its output is to have.
    """
    torch = require("torch")
    raw: dict[Any, Any] = {}
    hooks = [m.register_forward_hook(lambda module, _, out: raw.__setitem__(module, out)) for m in layers]
    with torch.no_grad():
        network(torch.from_numpy(batch))
        for hook in hooks:
            hook.remove()
        for layer, out in raw.items():
            mean, std = layers[layer]
            gain = std / out.flatten(1).std(dim=1).max()
            if layer.bias is not None:
                layer.bias.copy_((layer.bias - out.mean()) * gain + mean)
            layer.weight.mul_(gain)


def class_layers(network: Any, classes: int) -> dict[Any, tuple[float, float]]:
    """The layers of a classifier that give the class scores, with the spread that they are to have."""
    torch = require("torch")
    sizes = {torch.nn.Linear: "out_features", torch.nn.Conv2d: "out_channels"}
    return {
        m: (0.0, _LOGIT_STD)
        for m in network.modules()
        if any(isinstance(m, kind) and getattr(m, size) == classes for kind, size in sizes.items())
    }
