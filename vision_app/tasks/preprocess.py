"""From a frame to the input tensor of a network: resize, pad or crop, colour order, normalise.

Pure image maths. Every number comes from the card's `InputSpec`.
"""

from __future__ import annotations

import dataclasses
import math
import threading
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vision_app import limits
from vision_app.cards.card import InputSpec, Resize
from vision_app.cards.parts import Fit
from vision_app.errors import ModelError
from vision_app.messages import Message
from vision_app.results.values import FloatArray, ImageU8
from vision_app.tasks.resample import Resampler

_CV2_INTERPOLATION = {
    "nearest": cv2.INTER_NEAREST,
    "bilinear": cv2.INTER_LINEAR,
    "bicubic": cv2.INTER_CUBIC,
    "area": cv2.INTER_AREA,
}


_LONGEST_ASPECT = 64
"""Of longer pictures a classifier's crop is taken from the middle part of this aspect."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """Where the pixels of a tensor lie in the frame: frame = (tensor - offset) / scale.

    Attributes:
        frame_wh: size of the original frame, pixels.
        tensor_wh: size of the input tensor, pixels.
        scale_xy: tensor pixels for one frame pixel.
        offset_xy: where the frame's left top corner lies in the tensor; negative when it was cropped off.
    """

    frame_wh: tuple[int, int]
    tensor_wh: tuple[int, int]
    scale_xy: tuple[float, float]
    offset_xy: tuple[float, float]

    def moved(self, left_top: tuple[int, int], frame_wh: tuple[int, int]) -> Geometry:
        """The same for the frame of which its picture is a part that begins at `left_top`."""
        offset = tuple(o - s * at for o, s, at in zip(self.offset_xy, self.scale_xy, left_top, strict=True))
        return Geometry(frame_wh, self.tensor_wh, self.scale_xy, (offset[0], offset[1]))

    def boxes_to_frame(self, xyxy: FloatArray) -> FloatArray:
        """Boxes in tensor pixels as boxes in frame pixels, clipped to the frame.

        Args:
            xyxy: (N, 4) left, top, right, bottom in tensor pixels.

        Returns:
            (N, 4) float32 in frame pixels.
        """
        return self.points_to_frame(xyxy.reshape(-1, 2, 2)).reshape(-1, 4)

    def points_to_frame(self, xy: FloatArray) -> FloatArray:
        """Points in tensor pixels as points in frame pixels, clipped to the frame.

        Args:
            xy: (..., 2) x, y in tensor pixels.

        Returns:
            (..., 2) float32 in frame pixels.
        """
        points = (xy - np.array(self.offset_xy, np.float32)) / np.array(self.scale_xy, np.float32)
        np.clip(points, 0, np.array(self.frame_wh, np.float32), out=points)
        return points.astype(np.float32, copy=False)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What to do with frames of one size: resize to `resized_wh`, then place or crop.

    `crop` is the rectangle of the resized picture that is used, `place_xy` is where it goes in the tensor.
    """

    geometry: Geometry
    resized_wh: tuple[int, int]
    crop: tuple[int, int, int, int]
    place_xy: tuple[int, int]


def _plan_letterbox_centre(spec: InputSpec, frame_wh: tuple[int, int], tensor_wh: tuple[int, int]) -> _Plan:
    # Source: ultralytics.data.augment.LetterBox, the rounding of sizes and borders included
    (w, h), (tw, th) = frame_wh, tensor_wh
    scale = min(th / h, tw / w)
    rw, rh = max(1, round(w * scale)), max(1, round(h * scale))
    left, top = max(0, round((tw - rw) / 2 - 0.1)), max(0, round((th - rh) / 2 - 0.1))
    geometry = Geometry(frame_wh, tensor_wh, (rw / w, rh / h), (left, top))  # each side as it was rounded
    return _Plan(geometry, (rw, rh), (0, 0, rw, rh), (left, top))


def _plan_letterbox_topleft(spec: InputSpec, frame_wh: tuple[int, int], tensor_wh: tuple[int, int]) -> _Plan:
    # Source: yolox.data.data_augment.preproc, which truncates where ultralytics rounds
    (w, h), (tw, th) = frame_wh, tensor_wh
    scale = min(th / h, tw / w)
    rw, rh = max(1, int(w * scale)), max(1, int(h * scale))
    geometry = Geometry(frame_wh, tensor_wh, (scale, scale), (0, 0))
    return _Plan(geometry, (rw, rh), (0, 0, rw, rh), (0, 0))


def _plan_squash(spec: InputSpec, frame_wh: tuple[int, int], tensor_wh: tuple[int, int]) -> _Plan:
    (w, h), (tw, th) = frame_wh, tensor_wh
    geometry = Geometry(frame_wh, tensor_wh, (tw / w, th / h), (0, 0))
    return _Plan(geometry, tensor_wh, (0, 0, tw, th), (0, 0))


def _plan_crop(spec: InputSpec, frame_wh: tuple[int, int], tensor_wh: tuple[int, int]) -> _Plan:
    # Source: torchvision.transforms Resize + CenterCrop, timm.data.transforms_factory.transforms_imagenet_eval
    (w, h), (tw, th) = frame_wh, tensor_wh
    want_w, want_h = math.floor(tw / spec.crop_pct + 1e-6), math.floor(th / spec.crop_pct + 1e-6)
    if want_w * h >= want_h * w:  # the width is the side that decides
        rw, rh = want_w, max(want_h, int(want_w * h / w))
    else:
        rw, rh = max(want_w, int(want_h * w / h)), want_h
    left, top = round((rw - tw) / 2.0), round((rh - th) / 2.0)
    geometry = Geometry(frame_wh, tensor_wh, (rw / w, rh / h), (-left, -top))
    return _Plan(geometry, (rw, rh), (left, top, left + tw, top + th), (0, 0))


_PLANS = {
    "letterbox-centre": _plan_letterbox_centre,
    "letterbox-topleft": _plan_letterbox_topleft,
    "squash": _plan_squash,
    "crop": _plan_crop,
}


def smallest_rectangle(
    spec: InputSpec, frame_wh: tuple[int, int], size_hw: tuple[int, int]
) -> tuple[int, int]:
    """The smallest stride-aligned input that still holds the frame at the scale of the full size.

    Args:
        spec: the card's input; its resize must be a letterbox to gain anything.
        frame_wh: size of the frame, pixels.
        size_hw: the full size.

    Returns:
        Height and width. A 1280 x 720 frame in a 640 x 640 input of stride 32 needs 384 x 640.
    """
    if not spec.resize.startswith("letterbox"):
        return size_hw
    rw, rh = _PLANS[spec.resize](spec, frame_wh, (size_hw[1], size_hw[0])).resized_wh
    return math.ceil(rh / spec.stride) * spec.stride, math.ceil(rw / spec.stride) * spec.stride


def fitted(spec: InputSpec, fit: Fit | None) -> InputSpec:
    """The recipe of a card with another way to fit a picture into the input; None for the card's own."""
    ways: dict[Fit, Resize] = {"crop": "crop", "squash": "squash", "letterbox": "letterbox-centre"}
    return spec if fit is None else dataclasses.replace(spec, resize=ways[fit])


def check_input_pixels(size_hw: tuple[int, int], name: str) -> None:
    """Refuse a model whose input is larger than the limit, before anything of that size is made.

    Raises:
        ModelError: it is.
    """
    if over := limits.excess_of_pixels("input-pixels", (size_hw[1], size_hw[0])):
        raise ModelError("{name}: its input has {over}", name=name, over=over)


class _Scratch:
    """The buffers of one thread for frames of one size."""

    def __init__(self, plan: _Plan, spec: InputSpec, resampler: Resampler | None) -> None:
        self.plan = plan
        self.resampler = resampler
        tw, th = plan.geometry.tensor_wh
        left, top, right, bottom = plan.crop
        width, height = right - left, bottom - top
        self.resized = np.empty((plan.resized_wh[1], plan.resized_wh[0], 3), np.uint8)
        self.planes = [np.empty((height, width), np.uint8) for _ in range(3)]
        x, y = plan.place_xy
        divisor, shift = channel_affine(spec)
        channels = len(divisor)
        if spec.layout == "NHWC":
            self.tensor = np.empty((1, th, tw, channels), np.float32)
            view = self.tensor[0].transpose(2, 0, 1)
        else:
            whole = np.empty((1, channels, th, tw), np.float32)
            view = whole[0]
            self.tensor = {"NHW": whole[:, 0], "flat": whole.reshape(1, -1)}.get(spec.layout, whole)
        view[...] = (np.float32(spec.pad) / divisor + shift)[:, None, None]
        if spec.colour == "RGBA":
            view[3] = np.float32(255) / divisor[3] + shift[3]
        self.targets = view[:, y : y + height, x : x + width]


def channel_affine(spec: InputSpec) -> tuple[FloatArray, FloatArray]:
    """Divisor and shift, each (C,) float32, such that `pixel / divisor + shift` is the normalised value.

    A division, because `pixel / 255` has to be that to the last bit: networks that quantise on the fly turn
    a difference of one bit in the input into other boxes.
    """
    std = np.array(spec.std, np.float64)
    divisor = std / spec.scale
    shift = -np.array(spec.mean, np.float64) / std
    if spec.colour == "GREY":
        divisor, shift = divisor[:1], shift[:1]
    elif spec.colour == "RGBA":  # the fourth says how opaque a pixel is, and is no colour with a mean
        divisor, shift = np.append(divisor, 1 / spec.scale), np.append(shift, 0.0)
    return divisor.astype(np.float32), shift.astype(np.float32)


class Preprocessor:
    """Makes input tensors after the recipe of a card. One object serves many threads.

    Each thread has its own buffers, one set for each size of frame, and keeps the last few: a video
    allocates nothing after its first frame, a folder of photos of many sizes stays small.
    """

    _KEEP = 4

    def __init__(self, spec: InputSpec) -> None:
        self._spec = spec
        self._divisor, self._shift = (v.tolist() for v in channel_affine(spec))
        # cv2.split gives B, G, R: where each of them goes in the tensor
        self._channel = {"BGR": (0, 1, 2), "GREY": (0,)}.get(spec.colour, (2, 1, 0))
        self._local = threading.local()

    def prepare(self, image: ImageU8, tensor_hw: tuple[int, int]) -> tuple[FloatArray, Geometry]:
        """Make the input tensor of one picture.

        Args:
            image: (H, W, 3) uint8 BGR of any size.
            tensor_hw: height and width of the input tensor.

        Returns:
            (1, 3, h, w) or (1, h, w, 3) float32, valid until this thread's next call; and its geometry.
        """
        height, width = image.shape[:2]
        if self._spec.resize == "crop" and max(width, height) > _LONGEST_ASPECT * min(width, height):
            # all but the middle would be scaled up by as much as its shorter side, to be cut off then
            longest = _LONGEST_ASPECT * min(width, height)
            left, top = max(0, (width - longest) // 2), max(0, (height - longest) // 2)
            tensor, inside = self.prepare(image[top : top + longest, left : left + longest], tensor_hw)
            return tensor, inside.moved((left, top), (width, height))
        scratch = self._scratch((width, height), (tensor_hw[1], tensor_hw[0]))
        if scratch.resampler is not None:
            self._fill(scratch, scratch.resampler(image))
            return scratch.tensor, scratch.plan.geometry
        plan = scratch.plan
        if plan.resized_wh == plan.geometry.frame_wh:
            resized: NDArray[np.uint8] = image
        else:
            resized = scratch.resized
            code = _CV2_INTERPOLATION[self._spec.interpolation]
            cv2.resize(image, plan.resized_wh, dst=resized, interpolation=code)
        left, top, right, bottom = plan.crop
        cv2.split(resized[top:bottom, left:right], scratch.planes)
        self._fill(scratch, scratch.planes)
        return scratch.tensor, plan.geometry

    def _fill(self, scratch: _Scratch, planes_bgr: list[NDArray[np.uint8]] | FloatArray) -> None:
        if self._spec.colour == "GREY":
            planes_bgr = [_grey(planes_bgr)]
        for plane, c in zip(planes_bgr, self._channel, strict=True):
            target = scratch.targets[c]
            if self._divisor[c] == 1:
                np.copyto(target, plane)
            else:
                np.divide(plane, np.float32(self._divisor[c]), out=target)
            if self._shift[c]:
                np.add(target, np.float32(self._shift[c]), out=target)

    def _scratch(self, frame_wh: tuple[int, int], tensor_wh: tuple[int, int]) -> _Scratch:
        cache: dict[tuple[tuple[int, int], tuple[int, int]], _Scratch] | None
        cache = getattr(self._local, "cache", None)
        if cache is None:
            cache = self._local.cache = {}
        key = (frame_wh, tensor_wh)
        scratch = cache.get(key)
        if scratch is None:
            spec = self._spec
            check_input_pixels((tensor_wh[1], tensor_wh[0]), Message("the model"))
            plan = _PLANS[spec.resize](spec, frame_wh, tensor_wh)
            resampler = None
            if spec.antialias and spec.interpolation != "nearest" and plan.resized_wh != frame_wh:
                resampler = Resampler(frame_wh, plan.resized_wh, plan.crop, spec.interpolation)
            scratch = _Scratch(plan, spec, resampler)
            while len(cache) >= self._KEEP:
                cache.pop(next(iter(cache)))
            cache[key] = scratch
        return scratch


def _grey(planes_bgr: list[NDArray[np.uint8]] | FloatArray) -> NDArray[Any]:
    """Lightness of three planes, rounded as `cv2.cvtColor` rounds where they are whole numbers."""
    if planes_bgr[0].dtype == np.uint8:
        return cv2.cvtColor(cv2.merge(list(planes_bgr)), cv2.COLOR_BGR2GRAY)
    # Source: ITU-R BT.601, as cv2.COLOR_BGR2GRAY
    weighted: NDArray[Any] = 0.114 * planes_bgr[0] + 0.587 * planes_bgr[1] + 0.299 * planes_bgr[2]
    return weighted
