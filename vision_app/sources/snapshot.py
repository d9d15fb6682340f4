"""Still pictures behind a web address: once, or fetched again as a snapshot camera wants it."""

from __future__ import annotations

import threading
import time
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from vision_app.errors import SourceError
from vision_app.pictures.reading import UnreadableError, decode
from vision_app.results.values import Frame, ImageU8, new_epoch
from vision_app.sources.address import Address
from vision_app.sources.base import SourceInfo
from vision_app.sources.closing import ClosesAtExit


class PictureSource(ClosesAtExit):
    """One picture from the web.

    Args:
        address: where it is.
        data: its bytes.

    Raises:
        SourceError: it is no picture that can be read.
    """

    def __init__(self, address: Address, data: bytes) -> None:
        started_s = time.perf_counter()
        image = _decoded(address, data)
        now_s = time.perf_counter()
        name = PurePosixPath(unquote(urlsplit(address.source_id).path)).name or "picture"
        self.frame = Frame(
            image, 0, now_s, None, address.source_id, name, now_s - started_s, epoch=new_epoch()
        )
        self._left: Frame | None = self.frame
        self._info = SourceInfo(
            address.source_id, "images", self.frame.size_wh, None, live=False, frame_count=1
        )

    @property
    def info(self) -> SourceInfo:
        """What is known about it."""
        return self._info

    def read(self) -> Frame | None:
        """The picture, then None."""
        frame, self._left = self._left, None
        return frame

    def close(self) -> None:
        """End here."""
        self._left = None


class SnapshotDevice:
    """A camera that gives one picture a request, as a `LiveDevice`.

    Args:
        address: where it is.
        data: the picture that was fetched first.
        every_s: seconds from one request to the next.
    """

    def __init__(self, address: Address, data: bytes, every_s: float) -> None:
        self._address, self._every_s = address, every_s
        self._first: bytes | None = data
        self._fetched_s = 0.0
        self._stop = threading.Event()

    def open(self) -> float | None:
        """Fetch one; gives how many come a second.

        Raises:
            SourceError: nobody answers there, or it is no picture.
        """
        if self._first is None:
            self._first = self._fetched()
        self._fetched_s = time.perf_counter()
        return 1 / self._every_s

    def grab(self) -> tuple[ImageU8, float] | None:
        """The next picture when it is due; None if it cannot be fetched."""
        data, self._first = self._first, None
        if data is None:
            self._stop.wait(max(self._fetched_s + self._every_s - time.perf_counter(), 0))
            if self._stop.is_set():
                return None
            self._fetched_s = max(self._fetched_s + self._every_s, time.perf_counter() - self._every_s)
            try:
                data = self._fetched()
            except SourceError:
                return None
        arrived_s = time.perf_counter()
        try:
            return _decoded(self._address, data).copy(), arrived_s
        except SourceError:
            return None

    def _fetched(self) -> bytes:
        served = self._address.open()
        if served.picture is None:
            served.close()
            raise SourceError(
                "{source_id}: no picture comes from there any more", source_id=self._address.source_id
            )
        return served.picture

    def interrupt(self) -> None:
        """Let a `grab` that waits come back."""
        self._stop.set()

    def close(self) -> None:
        """Nothing is held."""

    def reachable(self) -> bool | None:
        """Whether the server takes connections."""
        return self._address.reachable()


def _decoded(address: Address, data: bytes) -> ImageU8:
    try:
        return decode(data).image
    except UnreadableError as reason:
        raise SourceError(
            "{source_id}: the picture there cannot be read: {reason}",
            source_id=address.source_id,
            reason=reason,
        ) from None
