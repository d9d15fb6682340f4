"""What every finder of people asks of a network: tensors in, tensors out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vision_app.people.geometry import TurnedBox
from vision_app.people.ssd import DetectorSpec, Found, decode, detector_input, whole_square
from vision_app.results.values import FloatArray, ImageU8

Network = Callable[[FloatArray], Sequence[FloatArray]]
"""Runs a network on a (1, 3, H, W) tensor and returns its outputs in their order."""


def detect(
    image: ImageU8,
    network: Network,
    spec: DetectorSpec,
    least: float,
    margin: float = 0.0,
) -> tuple[Found, TurnedBox]:
    """Run a detector on a whole picture, and say which square it saw.

    Args:
        image: (H, W, 3) uint8 BGR.
        network: the detector.
        spec: what it is.
        least: score below which nothing is kept.
        margin: share of the side by which the square is wider on each side; the picture's edge is repeated there.
            0 for none: then what lies outside the picture is black, as the makers have it.
    """
    square = whole_square(image, margin)
    tensor = detector_input(image, square, spec, repeat_edge=margin > 0)
    boxes, logits = network(tensor)[:2]
    return decode(boxes, logits, spec, square, least), square
