"""Results that say something of every pixel, or of the picture as a whole: classes, depth, pictures, vectors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from vision_app.results.affine import Affine
from vision_app.results.values import FloatArray, ImageU8

NO_CLASS = 255
"""Id of pixels of which nothing is said: those of classes that are not wanted."""


def warped(values: NDArray[Any], to: Affine, size_wh: tuple[int, int], *, smooth: bool) -> NDArray[Any]:
    """A map (h, w) laid over a picture of another size.

    Args:
        values: the map.
        to: from the map's pixels to those of the picture.
        size_wh: size of the picture.
        smooth: mix neighbours; class ids are never mixed.
    """
    half = Affine.shift(0.5, 0.5)
    between_centres = half.inverse().after(to).after(half).matrix
    how = cv2.INTER_LINEAR if smooth else cv2.INTER_NEAREST
    out: NDArray[Any] = cv2.warpAffine(
        values, between_centres, size_wh, flags=how, borderMode=cv2.BORDER_REPLICATE
    )
    return out


class Background(Protocol):
    """What is put in the place of the background: see `vision_app.pictures.behind`."""

    @property
    def kind(self) -> str:
        """What it is; `transparent` for nothing."""
        ...

    def put(self, image: ImageU8, share: FloatArray) -> ImageU8:
        """A picture (H, W, 3) whose background is replaced where the share (H, W) is below 1."""
        ...


@dataclass(frozen=True)
class ClassMap:
    """A class for every pixel.

    Attributes:
        model: name of the model.
        ids: (h, w) uint8, indices into `labels`; `NO_CLASS` where nothing is said.
        labels: names of the classes.
        to_frame: from pixels of the map to those of the frame.
        background: id of the class that stands for nothing in particular, which is not drawn; None for none.
        foreground: (h, w) float32 in [0, 1]: how much of each pixel is not the background, for soft edges; None where
            the model does not say.
        behind: what is shown in place of the background; None to tint the classes instead.
    """

    model: str
    ids: NDArray[np.uint8]
    labels: tuple[str, ...]
    to_frame: Affine
    background: int | None = None
    foreground: FloatArray | None = None
    behind: Background | None = None

    task = "semantic"

    def __post_init__(self) -> None:
        if self.ids.ndim != 2 or self.ids.dtype != np.uint8 or len(self.labels) > NO_CLASS:
            raise ValueError(
                f"a class map is (h, w) uint8 of at most {NO_CLASS} classes, got {self.ids.shape}"
            )
        if self.foreground is not None and self.foreground.shape != self.ids.shape:
            raise ValueError(
                f"expected {self.ids.shape} shares of the foreground, got {self.foreground.shape}"
            )

    @cached_property
    def shares(self) -> list[tuple[int, str, float]]:
        """Class id, label and share of the pixels of each class that is there, most first."""
        counts = np.bincount(self.ids.ravel(), minlength=NO_CLASS + 1)[: len(self.labels)]
        order = np.argsort(-counts, kind="stable")
        total = max(1, self.ids.size)
        return [(int(i), self.labels[i], float(counts[i] / total)) for i in order if counts[i]]

    def on_frame(self, size_wh: tuple[int, int]) -> NDArray[np.uint8]:
        """The map as (H, W) of a frame."""
        if self.foreground is not None and len(self.labels) == 2:  # smooth edges in place of large squares
            return (self.foreground_on(size_wh) > 0.5).astype(np.uint8)
        return warped(self.ids, self.to_frame, size_wh, smooth=False)

    def foreground_on(self, size_wh: tuple[int, int]) -> FloatArray:
        """(H, W) float32 in [0, 1] of a frame: how much of each pixel is not the background."""
        if self.foreground is not None:
            share = warped(self.foreground, self.to_frame, size_wh, smooth=True)
            return np.asarray(np.clip(share, 0, 1), np.float32)
        ids = warped(self.ids, self.to_frame, size_wh, smooth=False)
        nothing = NO_CLASS if self.background is None else self.background
        return np.asarray((ids != nothing) & (ids != NO_CLASS), np.float32)

    def as_record(self) -> dict[str, Any]:
        """The classes that are there, with their shares of the picture."""
        classes = [{"class_id": i, "label": label, "share": round(s, 6)} for i, label, s in self.shares]
        return {"model": self.model, "task": self.task, "classes": classes}

    def mapped(self, to: Affine, within_wh: tuple[int, int] | None = None) -> Self:
        """The map where it comes to lie."""
        return replace(self, to_frame=to.after(self.to_frame))


@dataclass(frozen=True)
class DepthMap:
    """How far away every pixel is.

    Attributes:
        model: name of the model.
        values: (h, w) float32: metres, or for `inverse` a measure that is the larger the nearer, without a unit.
        inverse: whether larger is nearer.
        to_frame: from pixels of the map to those of the frame.
    """

    model: str
    values: FloatArray
    to_frame: Affine
    inverse: bool = True

    task = "depth"

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or self.values.dtype != np.float32:
            raise ValueError(f"a depth map is (h, w) float32, got {self.values.shape} {self.values.dtype}")

    @cached_property
    def range(self) -> tuple[float, float]:
        """The second and the last but second of a hundred values: what a colour map spans."""
        low, high = np.percentile(self.values[::2, ::2], (2, 98))
        return float(low), float(high)

    @property
    def centre(self) -> float:
        """The value in the middle of the map."""
        height, width = self.values.shape
        return float(self.values[height // 2, width // 2])

    def on_frame(self, size_wh: tuple[int, int]) -> FloatArray:
        """The map as (H, W) of a frame."""
        return warped(self.values, self.to_frame, size_wh, smooth=True)

    def as_record(self) -> dict[str, Any]:
        """Nearest, farthest, median and middle: in metres, or without a unit."""
        low, high = self.range
        return {
            "model": self.model,
            "task": self.task,
            "unit": "none, larger is nearer" if self.inverse else "m",
            "nearest": round(high if self.inverse else low, 4),
            "farthest": round(low if self.inverse else high, 4),
            "median": round(float(np.median(self.values[::2, ::2])), 4),
            "centre": round(self.centre, 4),
        }

    def mapped(self, to: Affine, within_wh: tuple[int, int] | None = None) -> Self:
        """The map where it comes to lie."""
        return replace(self, to_frame=to.after(self.to_frame))


@dataclass(frozen=True)
class MadePicture:
    """A picture that a model made of the frame.

    Attributes:
        model: name of the model.
        image: (h, w, 3) uint8 BGR; of a network that enlarges it is larger than the frame.
        to_frame: from its pixels to those of the frame.
        beside: it is shown beside the frame, not in its place: the left half stays.
    """

    model: str
    image: ImageU8
    to_frame: Affine
    beside: bool = False

    task = "image"

    def __post_init__(self) -> None:
        if self.image.ndim != 3 or self.image.shape[2] != 3 or self.image.dtype != np.uint8:
            raise ValueError(f"a picture is (h, w, 3) uint8, got {self.image.shape} {self.image.dtype}")

    def on_frame(self, size_wh: tuple[int, int]) -> ImageU8:
        """The picture in the pixels of the frame."""
        return warped(self.image, self.to_frame, size_wh, smooth=True)

    def as_record(self) -> dict[str, Any]:
        """Its size; the picture itself is in what is saved."""
        height, width = self.image.shape[:2]
        return {"model": self.model, "task": self.task, "width": width, "height": height}

    def mapped(self, to: Affine, within_wh: tuple[int, int] | None = None) -> Self:
        """The picture where it comes to lie."""
        return replace(self, to_frame=to.after(self.to_frame))


@dataclass(frozen=True)
class Embedding:
    """A vector that stands for the picture: pictures of like things have like vectors.

    Attributes:
        model: name of the model.
        vector: (D,) float32 of length 1.
        nearest: names of known pictures with their cosine similarity, the nearest first; empty where none are known.
    """

    model: str
    vector: FloatArray
    nearest: tuple[tuple[str, float], ...] = ()

    task = "embed"

    def __post_init__(self) -> None:
        if self.vector.ndim != 1 or self.vector.dtype != np.float32:
            raise ValueError(f"an embedding is (D,) float32, got {self.vector.shape} {self.vector.dtype}")

    def as_record(self) -> dict[str, Any]:
        """The vector, and what is nearest."""
        record: dict[str, Any] = {
            "model": self.model,
            "task": self.task,
            "vector": [round(v, 6) for v in self.vector.tolist()],
        }
        if self.nearest:
            record["nearest"] = [{"label": n, "similarity": round(s, 6)} for n, s in self.nearest]
        return record

    def mapped(self, to: Affine, within_wh: tuple[int, int] | None = None) -> Self:
        """Itself: it says nothing about places."""
        return self
