"""Size of a network: parameters, multiply-adds, layers with weights on the longest path."""

from __future__ import annotations

from typing import Any, NamedTuple

from vision_app.exporting.libraries import require


class Counted(NamedTuple):
    """Parameters, multiply-adds of one image, and layers on the longest path (None: not counted)."""

    params: int
    macs: int
    depth: int | None


def count(network: Any, size_hw: tuple[int, int], *, with_depth: bool = True) -> Counted:
    """Count on one image of zeros.

    Args:
        network: a torch module in evaluation mode.
        size_hw: height and width of the image, pixels.
        with_depth: follow the computation back from the output; needs a network with gradients.
    """
    torch = require("torch")
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.utils.flop_counter import FlopCounterMode

    image = torch.zeros(1, 3, *size_hw)
    # plain attention: the counter does not see into the fused one
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        with torch.set_grad_enabled(with_depth):
            output = network(image)
        macs = int(counter.get_total_flops()) // 2
    params = sum(p.numel() for p in network.parameters())
    return Counted(params, macs, longest_path(output.grad_fn) if with_depth else None)


def longest_path(output: Any) -> int:
    """Layers with weight matrices (convolutions, fully connected) on the longest way to the output."""
    longest: dict[Any, int] = {}
    stack = [output]
    while stack:
        node = stack[-1]
        before = [n for n, _ in node.next_functions if n is not None]
        waiting = [n for n in before if n not in longest]
        if waiting:
            stack.extend(waiting)
            continue
        stack.pop()
        longest[node] = max((longest[n] for n in before), default=0) + _multiplies_weights(node)
    return max(longest.values())


def _multiplies_weights(node: Any) -> bool:
    products = ("ConvolutionBackward", "AddmmBackward", "MmBackward", "LinearBackward", "BmmBackward")
    return node.name().startswith(products) and any(
        _is_weight(n) for n, _ in node.next_functions if n is not None
    )


def _is_weight(node: Any) -> bool:
    """Whether the value is a parameter of two or more axes, perhaps transposed."""
    while node.name().startswith(("TBackward", "TransposeBackward", "PermuteBackward")):
        node = node.next_functions[0][0]
    return bool(node.name().endswith("AccumulateGrad") and node.variable.ndim >= 2)
