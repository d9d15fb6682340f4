"""The few ways in which nearly all networks want the 0 to 255 of a picture: sets of fields of a card under one name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

RECIPES: Mapping[str, Mapping[str, Any]] = {
    # Source: torchvision and timm, the mean and deviation of ImageNet's training pictures
    "imagenet": {
        "input.scale": 1 / 255,
        "input.mean": [0.485, 0.456, 0.406],
        "input.std": [0.229, 0.224, 0.225],
    },
    "unit": {"input.scale": 1 / 255, "input.mean": [0.0, 0.0, 0.0], "input.std": [1.0, 1.0, 1.0]},
    "signed": {"input.scale": 1 / 255, "input.mean": [0.5, 0.5, 0.5], "input.std": [0.5, 0.5, 0.5]},
    "raw": {"input.scale": 1.0, "input.mean": [0.0, 0.0, 0.0], "input.std": [1.0, 1.0, 1.0]},
    # white strokes on black, for networks that learnt digits so, from dark strokes on light paper
    "negative": {"input.scale": -1 / 255, "input.mean": [-1.0, -1.0, -1.0], "input.std": [1.0, 1.0, 1.0]},
}
"""By name: normalised as ImageNet, 0 to 1, -1 to 1, 0 to 255, or 0 to 1 with light and dark exchanged."""
RECIPE = "recipe"
"""What stands for scale, mean and std together where they are asked for."""
RECIPE_FIELDS = ("input.scale", "input.mean", "input.std")


def unsaid(fields: Iterable[str], settings: Mapping[str, Any]) -> list[str]:
    """The fields of which nothing was said; whoever gives a scale alone wants no mean and no deviation.

    >>> unsaid(["input.scale", "input.mean", "labels"], {"input.scale": 1.0})
    ['labels']
    """
    implied = RECIPE_FIELDS if "input.scale" in settings else ()
    return [f for f in fields if f not in settings and f not in implied]
