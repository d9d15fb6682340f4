"""From a decoded picture to what a person sees: BGR, turned and mirrored as told, in square pixels."""

from __future__ import annotations

import enum
import struct
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from vision_app.results.values import ImageU8

if TYPE_CHECKING:
    import av
    from av.video.reformatter import VideoReformatter

_PQ, _HLG, _UNSPECIFIED, _BT709 = 16, 18, 2, 1
_SIMILAR_PRIMARIES = frozenset({1, 2, 4, 5, 6, 7})
"""Primaries that screens do not tell from those of BT.709. Source: ITU-T H.273, table 2."""
_LEAST_STRETCH = 0.01
"""Pixels that are square but for a hundredth are a rounding of the encoder."""
_MOST_STRETCH = 8.0
"""No camera or disc has such pixels: the file is damaged."""


class Turn(enum.Enum):
    """The eight ways to lay a picture, named by what has to be done to it."""

    NONE = "none"
    MIRROR = "mirror"
    FLIP = "flip"
    HALF = "half"
    RIGHT = "right"
    LEFT = "left"
    TRANSPOSE = "transpose"
    ANTITRANSPOSE = "antitranspose"


_STRAIGHT = {(1, 1): Turn.NONE, (-1, 1): Turn.MIRROR, (1, -1): Turn.FLIP, (-1, -1): Turn.HALF}
_CROSSED = {(1, -1): Turn.RIGHT, (-1, 1): Turn.LEFT, (1, 1): Turn.TRANSPOSE, (-1, -1): Turn.ANTITRANSPOSE}


def turn_of_matrix(matrix: bytes) -> Turn:
    """What a display matrix asks for; other angles go to the nearest quarter.

    Args:
        matrix: 9 native int32, rows `a b u`, `c d v`, `x y w`: a point (p, q) goes to (ap + cq, bp + dq).

    Source: FFmpeg, libavutil/display.h.
    """
    if len(matrix) < 36:
        return Turn.NONE
    a, b, _, c, d = struct.unpack_from("=5i", matrix)
    straight, crossed = abs(a) + abs(d), abs(b) + abs(c)
    if straight == crossed == 0:
        return Turn.NONE
    if straight >= crossed:
        return _STRAIGHT[(-1 if a < 0 else 1, -1 if d < 0 else 1)]
    return _CROSSED[(-1 if b < 0 else 1, -1 if c < 0 else 1)]


def square_wh(size_wh: tuple[int, int], aspect: Fraction | None) -> tuple[int, int]:
    """Size in square pixels, of the same height, for pixels `aspect` times as wide as high.

    >>> square_wh((720, 576), Fraction(64, 45)), square_wh((640, 480), None)
    ((1024, 576), (640, 480))
    """
    width, height = size_wh
    if aspect is None or aspect <= 0 or not 1 / _MOST_STRETCH <= aspect <= _MOST_STRETCH:
        return size_wh
    if abs(float(aspect) - 1) < _LEAST_STRETCH:
        return size_wh
    return max(round(width * aspect), 1), height


class Upright:
    """Makes BGR arrays of decoded pictures; keeps what FFmpeg sets up for a conversion."""

    def __init__(self) -> None:
        self._reformatter: VideoReformatter | None = None
        self._turn, self._turn_is_of = Turn.NONE, (0, 0, 0)

    def image(self, frame: av.VideoFrame, aspect: Fraction | None = None) -> ImageU8:
        """The picture as (H, W, 3) uint8 BGR that nobody writes to.

        Args:
            frame: from a decoder.
            aspect: width of a pixel over its height; None for square ones.

        Raises:
            av.FFmpegError: its pixel format cannot be converted.
        """
        image = self._bgr(frame)
        wanted_wh = square_wh((frame.width, frame.height), aspect)
        if wanted_wh != (frame.width, frame.height):
            image = _resized(image, wanted_wh)
        image = _turned(image, self._turn_of(frame))
        image.flags.writeable = False
        return image

    def _turn_of(self, frame: av.VideoFrame) -> Turn:
        """How the picture has to be laid.

        The matrix is looked at only when something about the pictures changes: PyAV makes a reference cycle of a
        frame whose side data is asked for, and 70 frames more would wait for the garbage collector.
        """
        kind = (frame.width, frame.height, frame.rotation)
        if kind != self._turn_is_of:
            matrix = _display_matrix(frame)
            self._turn = Turn.NONE if matrix is None else turn_of_matrix(matrix)
            self._turn_is_of = kind
        return self._turn

    def _bgr(self, frame: av.VideoFrame) -> ImageU8:
        from av.video.reformatter import Interpolation, VideoReformatter

        if self._reformatter is None:
            self._reformatter = VideoReformatter()
        # Bicubic and one thread: to the bit what OpenCV's reader does; the scale is 1, so it concerns chroma only.
        colours = _screen_colours(int(frame.color_trc), int(frame.color_primaries))
        bgr = self._reformatter.reformat(
            frame, format="bgr24", interpolation=Interpolation.BICUBIC, threads=1, **colours
        )
        plane = bgr.planes[0]
        width, height, row = bgr.width, bgr.height, plane.line_size
        # A view of FFmpeg's own buffer, which lives as long as the array: no copy where rows have no padding.
        flat: ImageU8 = np.frombuffer(plane, np.uint8)  # type: ignore[call-overload]
        rows = flat[: row * height].reshape(height, row)[:, : width * 3]
        return np.ascontiguousarray(rows).reshape(height, width, 3)


def _screen_colours(transfer: int, primaries: int) -> dict[str, int]:
    """What to ask of swscale so that HDR and wide colours become those of a screen; nothing for all others."""
    if transfer not in (_PQ, _HLG) and primaries in _SIMILAR_PRIMARIES:
        return {}
    return {
        "dst_color_trc": _BT709 if transfer in (_PQ, _HLG, _UNSPECIFIED) else transfer,
        "dst_color_primaries": primaries if primaries in _SIMILAR_PRIMARIES else _BT709,
    }


def _display_matrix(frame: av.VideoFrame) -> bytes | None:
    # Asked of a tiny copy, which has the same side data: whatever is asked lives on in a cycle.
    small = frame.reformat(16, 16, "gray")
    try:
        found = small.side_data.get("DISPLAYMATRIX")
    except ValueError:  # a kind of side data that PyAV has no name for hides all others
        return _matrix_of_rotation(frame.rotation)
    return None if found is None else bytes(found)  # type: ignore[call-overload]


def _matrix_of_rotation(counterclockwise_deg: int) -> bytes | None:
    quarter = round(counterclockwise_deg / 90) % 4
    a, b, c, d = ((1, 0, 0, 1), (0, -1, 1, 0), (-1, 0, 0, -1), (0, 1, -1, 0))[quarter]
    return struct.pack("=9i", a, b, 0, c, d, 0, 0, 0, 1) if quarter else None


def _resized(image: ImageU8, size_wh: tuple[int, int]) -> ImageU8:
    import cv2

    how = cv2.INTER_AREA if size_wh[0] < image.shape[1] else cv2.INTER_LINEAR
    return cv2.resize(image, size_wh, interpolation=how)  # type: ignore[return-value]


def _turned(image: ImageU8, turn: Turn) -> ImageU8:
    if turn is Turn.NONE:
        return image
    import cv2

    if turn in (Turn.MIRROR, Turn.FLIP, Turn.HALF):
        return cv2.flip(image, {Turn.MIRROR: 1, Turn.FLIP: 0, Turn.HALF: -1}[turn])  # type: ignore[return-value]
    if turn is Turn.RIGHT:
        return cv2.rotate(image, cv2.ROTATE_90_CLOCKWISE)  # type: ignore[return-value]
    if turn is Turn.LEFT:
        return cv2.rotate(image, cv2.ROTATE_90_COUNTERCLOCKWISE)  # type: ignore[return-value]
    turned = cv2.transpose(image)
    return turned if turn is Turn.TRANSPOSE else cv2.flip(turned, -1)  # type: ignore[return-value]
