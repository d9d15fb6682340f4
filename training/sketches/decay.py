"""Which parameters of a network the optimiser makes smaller: its weights, not its biases and scales."""

from __future__ import annotations

from typing import Any

from torch import nn


def decayed(network: nn.Module, decay: float) -> list[dict[str, Any]]:
    """Groups of parameters for an optimiser."""
    weights = [p for p in network.parameters() if p.ndim > 1]
    others = [p for p in network.parameters() if p.ndim <= 1]
    return [{"params": weights, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]
