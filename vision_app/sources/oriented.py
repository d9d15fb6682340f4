"""Turned and mirrored pictures of any source; both may be changed while it runs."""

from __future__ import annotations

from dataclasses import replace

import cv2

from vision_app.results.values import Frame, ImageU8, new_epoch
from vision_app.sources.base import Source, SourceInfo
from vision_app.sources.closing import ClosesAtExit

TURNS = {0: None, 90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
"""Degrees clockwise to OpenCV's name of the turn."""


class OrientedSource(ClosesAtExit):
    """Gives the frames of another source, first turned, then mirrored left to right.

    Args:
        source: an open source; it belongs to this one from now on.
        mirror: swap left and right.
        rotate_deg: turn clockwise by 0, 90, 180 or 270 degrees.
    """

    def __init__(self, source: Source, *, mirror: bool = False, rotate_deg: int = 0) -> None:
        self._source = source
        self._last: Frame | None = None
        self._how = (False, 0)
        self._inner_epoch, self._epoch = (
            -1,
            -1,
        )  # the other source's stretch that was turned otherwise: as a new one
        self.orient(mirror=mirror, rotate_deg=rotate_deg)

    @property
    def info(self) -> SourceInfo:
        """What is known, with the size that frames have from now on."""
        info = self._source.info
        return replace(info, size_wh=info.size_wh[::-1]) if self._how[1] % 180 else info

    def orient(self, *, mirror: bool, rotate_deg: int) -> Frame | None:
        """Turn and mirror otherwise from the next frame on.

        Returns:
            The last frame that was read, as it looks now; None before the first.

        Raises:
            ValueError: the angle is none of the four.
        """
        if rotate_deg not in TURNS:
            raise ValueError(f"rotate_deg must be 0, 90, 180 or 270, got {rotate_deg}")
        if self._last is not None and self._how != (mirror, rotate_deg):
            self._inner_epoch, self._epoch = self._last.epoch, new_epoch()
        self._how = (mirror, rotate_deg)
        last = self._last
        return None if last is None else self._turned(last)

    def read(self) -> Frame | None:
        """The next frame, turned and mirrored; None at the end.

        Raises:
            SourceError: reading failed.
        """
        frame = self._source.read()
        self._last = frame or self._last
        return None if frame is None else self._turned(frame)

    def close(self) -> None:
        """Close the other source."""
        self._source.close()

    def _turned(self, frame: Frame) -> Frame:
        mirror, rotate_deg = self._how
        image = frame.image
        turn = TURNS[rotate_deg]
        if turn is not None:
            image = cv2.rotate(image, turn)  # type: ignore[assignment]
        if mirror:
            image = cv2.flip(image, 1)  # type: ignore[assignment]
        epoch = self._epoch if frame.epoch == self._inner_epoch else frame.epoch
        if image is frame.image:
            return frame if epoch == frame.epoch else replace(frame, epoch=epoch)
        mirrored = frame.mirrored != mirror
        return replace(frame, image=_read_only(image), epoch=epoch, mirrored=mirrored)


def _read_only(image: ImageU8) -> ImageU8:
    image.flags.writeable = False
    return image
