"""Which parts of a frame a model is to see: a rule each, and a row each for the cards of chains."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from vision_app.cards.reader import Reader, is_number
from vision_app.engine.predictors import LoadedModel
from vision_app.engine.stages import Flow, RegionRule
from vision_app.engine.windows import Patience, check_windows, default_stride, windows
from vision_app.errors import ConfigError, ModelError
from vision_app.messages import Message
from vision_app.plugins import OpenTable
from vision_app.results.regions import Place, Region, region_at, touched_pixels, whole_frame, window
from vision_app.results.values import BoxResult, Keypoints


class Whole:
    """The whole frame."""

    def regions(self, flow: Flow) -> Sequence[Region]:
        """It."""
        return (whole_frame(flow.image),)

    def example_sizes(self, frame_wh: tuple[int, int]) -> tuple[tuple[int, int], ...]:
        """Its size."""
        return (frame_wh,)


class Windows:
    """The whole frame and overlapping windows of it, for what is small.

    Args:
        size: side of the windows, pixels.
        stride: step between them, pixels; 0 for four fifths of the side.

    Raises:
        ConfigError: the stride is larger than the windows.

    Source: Akyon et al., "Slicing Aided Hyper Inference", 2022.
    """

    def __init__(self, size: int, stride: int = 0) -> None:
        self.size = size
        self.stride = stride or default_stride(size)
        if self.stride > self.size:
            raise ConfigError(
                "the stride of the windows ({stride}) must not be larger than they are ({size}): what "
                "lies between them would not be seen",
                stride=self.stride,
                size=self.size,
            )

    def regions(self, flow: Flow) -> Sequence[Region]:
        """The frame, then the windows row by row.

        Raises:
            ConfigError: they are too many.
        """
        asked = (flow.frame_wh, self.size, self.stride)
        check_windows("", *asked)
        flow.patience = lambda name: Patience(name, *asked)
        boxes = windows(flow.frame_wh, self.size, self.stride)
        return [whole_frame(flow.image), *(window(flow.image, box) for box in boxes)]

    def example_sizes(self, frame_wh: tuple[int, int]) -> tuple[tuple[int, int], ...]:
        """The sizes of the frame and of a window."""
        return frame_wh, (min(self.size, frame_wh[0]), min(self.size, frame_wh[1]))

    def warm_up(self, model: LoadedModel, frame_wh: tuple[int, int]) -> None:
        """Run a model on the frame and on windows; refuse windows with which a frame would take minutes.

        Raises:
            ConfigError: they are too many.
        """
        _, part_wh = self.example_sizes(frame_wh)
        spent_s = []
        for size_wh in (frame_wh, part_wh, part_wh):
            started_s = time.perf_counter()
            model.warm_up(size_wh)
            spent_s.append(time.perf_counter() - started_s)
        check_windows(model.name, frame_wh, self.size, self.stride, seconds=spent_s[2], extra_s=spent_s[0])


class Boxes:
    """The boxes of what was found: the whole pixels that they touch.

    Args:
        margin: share of a box that is added on each side.
    """

    def __init__(self, margin: float = 0.0) -> None:
        self.margin = margin

    def regions(self, flow: Flow) -> Sequence[Region]:
        """One for each object."""
        if not isinstance(flow.result, BoxResult):
            return ()
        return [
            region_at(flow.image, Place.of_box(box, i, self.margin))
            if self.margin
            else window(flow.image, touched_pixels(box, flow.frame_wh), i)
            for i, box in enumerate(flow.result.detections.xyxy)
        ]

    def example_sizes(self, frame_wh: tuple[int, int]) -> tuple[tuple[int, int], ...]:
        """The size of the frame: boxes are of any size."""
        return (frame_wh,)


class Turned:
    """The boxes of what was found, turned upright by two keypoints, and made larger.

    Args:
        first: keypoint from which the direction is taken.
        second: keypoint to which it is taken.
        upright_deg: how that direction lies in the picture of the part, degrees: 0 to the right, 90 upwards.
        scale: how many times as large as the box's longer side the part's sides are.
        shift_xy: how far its middle lies from that of the box, in shares of the box, along its own axes.
        picture_wh: size that its picture is drawn at.
        border: what lies outside the frame: its outermost pixels (`replicate`), or black (`zero`).
        half_pixel: as `Place` has it.
    """

    def __init__(
        self,
        first: int,
        second: int,
        upright_deg: float,
        scale: float,
        picture_wh: tuple[int, int],
        *,
        shift_xy: tuple[float, float] = (0.0, 0.0),
        border: str = "replicate",
        half_pixel: bool = True,
    ) -> None:
        self._points, self._upright = (first, second), math.radians(upright_deg)
        self._scale, self._shift, self._picture_wh = scale, shift_xy, picture_wh
        self._pattern = Place((0, 0), (1, 1), 0.0, None, picture_wh, border, half_pixel)  # type: ignore[arg-type]

    def places(self, flow: Flow) -> list[Place]:
        """Where they lie, one for each object.

        Raises:
            ModelError: what was found has no such keypoints.
        """
        if not isinstance(flow.result, Keypoints):
            raise ModelError(
                "a part of the picture can be turned by keypoints only where a model gives keypoints"
            )
        found = flow.result
        if max(self._points) >= len(found.skeleton):
            raise ModelError(
                "{model}: has {count} keypoints, the chain asks for {max}",
                model=found.model,
                count=len(found.skeleton),
                max=max(self._points),
            )
        places = []
        for i, box in enumerate(found.detections.xyxy.astype(np.float64)):
            (x0, y0), (x1, y1) = found.points[i, list(self._points), :2].astype(np.float64)
            angle = wrapped(self._upright - math.atan2(-(y1 - y0), x1 - x0))
            width, height = box[2:] - box[:2]
            dx, dy = self._shift[0] * width, self._shift[1] * height
            cos, sin = math.cos(angle), math.sin(angle)
            centre = (
                (box[0] + box[2]) / 2 + dx * cos - dy * sin,
                (box[1] + box[3]) / 2 + dx * sin + dy * cos,
            )
            side = max(float(width), float(height)) * self._scale
            places.append(replace(self._pattern, centre=centre, size_wh=(side, side), angle=angle, of=i))
        return places

    def regions(self, flow: Flow) -> Sequence[Region]:
        """Their pictures."""
        return [region_at(flow.image, place) for place in self.places(flow)]

    def example_sizes(self, frame_wh: tuple[int, int]) -> tuple[tuple[int, int], ...]:
        """The size of the pictures."""
        return (self._picture_wh,)


def wrapped(angle: float) -> float:
    """The same direction within -pi and pi.

    >>> round(wrapped(3 * math.pi / 2), 3)
    -1.571
    """
    return angle - 2 * math.pi * math.floor((angle + math.pi) / (2 * math.pi))


RuleMaker = Callable[[Reader, tuple[int, int]], RegionRule]
"""Makes a rule of its fields in a card, given width and height of the next model's input."""


def _read_windows(r: Reader, model_wh: tuple[int, int]) -> RegionRule:
    return Windows(r.whole("size", 16, 8192, max(model_wh)), r.whole("stride", 1, 8192, 0))


def _read_boxes(r: Reader, model_wh: tuple[int, int]) -> RegionRule:
    return Boxes(r.number("margin", 0.0, 10.0, 0.0))


def _read_turned(r: Reader, model_wh: tuple[int, int]) -> RegionRule:
    def two(v: object) -> bool:
        return isinstance(v, list) and len(v) == 2 and all(type(n) is int and 0 <= n < 10_000 for n in v)

    def pair(v: object) -> bool:
        return isinstance(v, list) and len(v) == 2 and all(is_number(n) and abs(n) <= 100 for n in v)

    points = r.take("points", Message("two keypoints' numbers"), two)
    shift = r.take("shift_xy", Message("two numbers, at most 100"), pair, [0.0, 0.0])
    return Turned(
        points[0],
        points[1],
        r.number("upright_deg", -360.0, 360.0, 90.0),
        r.number("scale", 0.01, 100.0, 1.0),
        model_wh,
        shift_xy=(float(shift[0]), float(shift[1])),
        border=r.choice("border", ("replicate", "zero"), "replicate"),
        half_pixel=r.take("half_pixel", Message("true or false"), lambda v: isinstance(v, bool), True),
    )


REGION_RULES: OpenTable[RuleMaker] = OpenTable(
    "vision_app.regions",
    {
        "whole": lambda r, model_wh: Whole(),
        "windows": _read_windows,
        "boxes": _read_boxes,
        "turned": _read_turned,
    },
)
"""What `regions` can be in the card of a chain. A new rule is a class and a row."""
