"""Which part of a frame becomes a sample."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from vision_app.errors import ConfigError
from vision_app.messages import Message
from vision_app.results.values import BoxResult, Detections, ImageU8, Result
from vision_app.samples.pictures import MIN_SIDE_PX
from vision_app.samples.sample import CropRecord

XYXY = tuple[int, int, int, int]


class Crop(Protocol):
    """Chooses the part of a frame."""

    @property
    def kind(self) -> str:
        """Its name in the manifest."""
        ...

    def choose(self, size_wh: tuple[int, int], results: Sequence[Result]) -> XYXY | None:
        """The part, in pixels of the frame and inside it; None when this frame has none.

        Args:
            size_wh: size of the frame, pixels.
            results: what models said about it.
        """
        ...


@dataclass(frozen=True, slots=True)
class WholeFrame:
    """All of it."""

    kind = "whole"

    def choose(self, size_wh: tuple[int, int], results: Sequence[Result]) -> XYXY | None:
        """The frame itself."""
        return 0, 0, *size_wh


@dataclass(frozen=True, slots=True)
class CentreSquare:
    """The largest square around the middle, which is what most classifiers look at."""

    kind = "centre"

    def choose(self, size_wh: tuple[int, int], results: Sequence[Result]) -> XYXY | None:
        """The square.

        >>> CentreSquare().choose((640, 480), ())
        (80, 0, 560, 480)
        """
        width, height = size_wh
        side = min(size_wh)
        left, top = (width - side) // 2, (height - side) // 2
        return left, top, left + side, top + side


@dataclass(frozen=True, slots=True)
class DetectedBox:
    """The box of one object that a detector found, a little enlarged.

    Attributes:
        choice: the `largest` object, or the `surest` one, of the best score.
        labels: only objects of these labels; none for any.
        margin: added on each side, as a share of the box's longer side.
    """

    choice: Literal["largest", "surest"] = "largest"
    labels: tuple[str, ...] = ()
    margin: float = 0.1

    kind = "box"

    def choose(self, size_wh: tuple[int, int], results: Sequence[Result]) -> XYXY | None:
        """The box, clipped to the frame; None when nothing was found."""
        best: tuple[float, np.ndarray] | None = None
        for found in (r.detections for r in results if isinstance(r, BoxResult)):
            for i in self._wanted(found):
                box = found.xyxy[i]
                worth = (
                    float(found.scores[i])
                    if self.choice == "surest"
                    else float((box[2] - box[0]) * (box[3] - box[1]))
                )
                if best is None or worth > best[0]:
                    best = worth, box
        return None if best is None else self._enlarged(best[1], size_wh)

    def _wanted(self, found: Detections) -> list[int]:
        return [i for i in range(len(found)) if not self.labels or found.label(i) in self.labels]

    def _enlarged(self, box: np.ndarray, size_wh: tuple[int, int]) -> XYXY | None:
        left, top, right, bottom = (float(v) for v in box)
        margin = self.margin * max(right - left, bottom - top)
        return _clipped((left - margin, top - margin, right + margin, bottom + margin), size_wh)


@dataclass(frozen=True, slots=True)
class Region:
    """A part that the user drew.

    Attributes:
        shares: left, top, right, bottom, each in [0, 1] of the frame's width or height.
    """

    shares: tuple[float, float, float, float]

    kind = "region"

    def __post_init__(self) -> None:
        left, top, right, bottom = self.shares
        if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
            raise ValueError(
                Message("a region is left, top, right, bottom in [0, 1], got {shares}", shares=self.shares)
            )

    def choose(self, size_wh: tuple[int, int], results: Sequence[Result]) -> XYXY | None:
        """The part in whole pixels; None when it is too small to show anything."""
        width, height = size_wh
        left, top, right, bottom = self.shares
        return _clipped((left * width, top * height, right * width, bottom * height), size_wh)


def cut(image: ImageU8, crop: Crop, results: Sequence[Result] = ()) -> tuple[ImageU8, CropRecord] | None:
    """The part of a picture that a crop chooses.

    Args:
        image: (H, W, 3) uint8 BGR.
        crop: what to choose.
        results: what models said about the picture.

    Returns:
        A view of the picture, and the record of it; None when the picture has no such part.
    """
    xyxy = crop.choose((image.shape[1], image.shape[0]), results)
    if xyxy is None:
        return None
    left, top, right, bottom = xyxy
    return image[top:bottom, left:right], CropRecord(crop.kind, xyxy, (image.shape[1], image.shape[0]))


CROP_FORMS = Message(
    "whole, centre, box, box:LABEL, surest, surest:LABEL or region:LEFT,TOP,RIGHT,BOTTOM (shares from 0 to 1)"
)


def parse_crop(text: str) -> Crop:
    """A crop as the command line writes it.

    Raises:
        ConfigError: it is none.

    >>> parse_crop("box:person")
    DetectedBox(choice='largest', labels=('person',), margin=0.1)
    """
    name, _, rest = text.partition(":")
    make = _CROPS.get(name)
    crop = make(rest) if make is not None else None
    if crop is None:
        raise ConfigError("--crop {text}: expected {crop_forms}", text=text, crop_forms=CROP_FORMS)
    return crop


def _plain(crop: Crop) -> Callable[[str], Crop | None]:
    return lambda rest: None if rest else crop


def _region(rest: str) -> Crop | None:
    try:
        left, top, right, bottom = (float(v) for v in re.split(r"[ ,]+", rest))
        return Region((left, top, right, bottom))
    except ValueError:
        return None


_CROPS: dict[str, Callable[[str], Crop | None]] = {
    "whole": _plain(WholeFrame()),
    "centre": _plain(CentreSquare()),
    "center": _plain(CentreSquare()),
    "box": lambda rest: DetectedBox("largest", (rest,) if rest else ()),
    "surest": lambda rest: DetectedBox("surest", (rest,) if rest else ()),
    "region": _region,
}


def _clipped(xyxy: tuple[float, float, float, float], size_wh: tuple[int, int]) -> XYXY | None:
    width, height = size_wh
    left, top = max(0, round(xyxy[0])), max(0, round(xyxy[1]))
    right, bottom = min(width, round(xyxy[2])), min(height, round(xyxy[3]))
    return (left, top, right, bottom) if min(right - left, bottom - top) >= MIN_SIDE_PX else None
