"""The values that flow through the program: frames, results, timings, packets. The one place to import them from.

All of them are frozen: a stage makes a new value, it never changes one that it was given.
Boxes are `xyxy`: left, top, right, bottom, in pixels of the original frame, clipped to it.
"""

from __future__ import annotations

from dataclasses import dataclass

from vision_app.results.classes import Classification, Result, class_records, first_class
from vision_app.results.frames import FloatArray, Frame, ImageU8, IntArray, Timings, new_epoch
from vision_app.results.objects import BoxResult, Detections
from vision_app.results.shapes import Keypoints, Masks

__all__ = [
    "BoxResult",
    "Classification",
    "Detections",
    "FloatArray",
    "Frame",
    "ImageU8",
    "IntArray",
    "Keypoints",
    "Masks",
    "Packet",
    "Result",
    "Timings",
    "class_records",
    "first_class",
    "new_epoch",
]


@dataclass(frozen=True, slots=True)
class Packet:
    """A frame with all that is known about it: what the sinks are given.

    Attributes:
        frame: the untouched frame.
        results: one a model, in the order in which the models were given.
        timings: seconds by stage.
        annotated: (H, W, 3) uint8 BGR with the results drawn on it; None when no sink asked for it.
        looked: whether a model has looked at this frame; else the results are those of the frame before, since which
            nothing has changed, or objects are where their tracks expect them.
    """

    frame: Frame
    results: tuple[Result, ...]
    timings: Timings
    annotated: ImageU8 | None = None
    looked: bool = True
