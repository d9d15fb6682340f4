"""Pictures: a single file, a folder, or the matches of a pattern."""

from __future__ import annotations

import glob
import math
import re
import struct
import time
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vision_app.errors import SourceError
from vision_app.results.values import Frame, ImageU8
from vision_app.sources.base import Report, SourceInfo, SourceOptions
from vision_app.sources.closing import ClosesAtExit
from vision_app.sources.quiet import quiet_opencv

if TYPE_CHECKING:
    from numpy.typing import NDArray

IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".gif", ".pgm", ".ppm", ".jp2"}
)

_DIGITS = re.compile(r"(\d+)")
_PNG_MAGIC = b"\x89PNG\r\n\x1a\n"


class UnreadableError(Exception):
    """Why one picture could not be read, as the end of a sentence."""


def is_image_name(path: Path) -> bool:
    """Whether a name is that of a picture: by its suffix, and not hidden."""
    return path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".")


def natural_key(path: str) -> tuple[tuple[tuple[int, int, str], ...], ...]:
    """Sort key that puts `frame2` before `frame10` and the files of a folder together.

    >>> sorted(["b/1.png", "frame10.png", "frame2.png", "b/02.png"], key=natural_key)
    ['b/1.png', 'b/02.png', 'frame2.png', 'frame10.png']
    """
    return tuple(
        tuple((0, int(t), t) if t.isdecimal() else (1, 0, t.casefold()) for t in _DIGITS.split(part) if t)
        for part in Path(path).parts
    )


def in_natural_order(paths: Iterable[str]) -> list[str]:
    """The paths by their natural key; equal keys by the plain name, so that the order is always the same."""
    return sorted(paths, key=lambda path: (natural_key(path), path))


def files_in_folder(folder: str) -> list[str]:
    """The pictures of a folder, not of the folders in it.

    Raises:
        SourceError: there is none, or the folder cannot be listed.
    """
    try:
        names = [str(p) for p in Path(folder).iterdir() if is_image_name(p) and p.is_file()]
    except OSError as error:
        raise SourceError(f"folder {folder} cannot be listed: {error.strerror}") from error
    if not names:
        raise SourceError(f"folder {folder} holds no images; looked for {_suffix_list()}")
    return in_natural_order(names)


def files_of_pattern(pattern: str) -> list[str]:
    """The pictures that a glob pattern matches; `**` goes through folders.

    Raises:
        SourceError: nothing matches, or nothing that matches is a picture.
    """
    matches = glob.glob(pattern, recursive=True)  # noqa: PTH207 - `Path.glob` takes no absolute patterns
    if not matches:
        raise SourceError(f"pattern {pattern} matches no file")
    names = [m for m in matches if is_image_name(Path(m)) and Path(m).is_file()]
    if not names:
        raise SourceError(
            f"pattern {pattern} matches {len(matches)} names, none of them an image; looked for {_suffix_list()}"
        )
    return in_natural_order(names)


def read_image(path: Path) -> ImageU8:
    """Read one picture as 8-bit BGR, turned upright by its EXIF orientation, transparency dropped.

    Returns:
        (H, W, 3) uint8, BGR.

    Raises:
        SourceError: it cannot be read.
    """
    try:
        return _decode(path)
    except UnreadableError as reason:
        raise SourceError(f"image {path} cannot be read: {reason}") from None


class ImagesSource(ClosesAtExit):
    """Pictures in the given order; those that cannot be read are skipped and reported.

    `Frame.index` is the place in the list of files, so that a skipped one leaves a gap. A source of one file
    is as strict as it can be: the file must be readable.

    Args:
        source_id: what the user asked for.
        paths: the files; each is passed on as `Frame.file`.
        options: `every` counts files.
        report: told of each picture that is skipped.

    Raises:
        SourceError: none of the pictures can be read.
    """

    def __init__(
        self, source_id: str, paths: Sequence[str], options: SourceOptions | None = None, *, report: Report
    ) -> None:
        quiet_opencv()
        self._id = source_id
        self._paths = tuple(paths)
        self._every = (options or SourceOptions()).every
        self._report = report
        self._next = 0
        self._closed = False
        self._first = self._read_next()
        if self._first is None:
            raise SourceError(f"{source_id}: none of the {len(self._paths)} images can be read")
        count = math.ceil(len(self._paths) / self._every)
        self._info = SourceInfo(source_id, "images", self._first.size_wh, None, live=False, frame_count=count)

    @property
    def info(self) -> SourceInfo:
        """What is known; the frame count includes the pictures that turn out to be unreadable."""
        return self._info

    def read(self) -> Frame | None:
        """The next readable picture, or None after the last."""
        frame, self._first = self._first, None
        if self._closed:
            return None
        return frame or self._read_next()

    def close(self) -> None:
        """End here."""
        self._closed = True
        self._first = None

    def _read_next(self) -> Frame | None:
        while self._next < len(self._paths) and not self._closed:
            index, path = self._next, self._paths[self._next]
            self._next += self._every
            started_s = time.perf_counter()
            try:
                image = _decode(Path(path))
            except UnreadableError as reason:
                if len(self._paths) == 1:
                    raise SourceError(f"image {path} cannot be read: {reason}") from None
                self._report(f"skipped {path}: {reason}")
                continue
            now_s = time.perf_counter()
            return Frame(image, index, now_s, None, self._id, path, now_s - started_s)
        return None


def _decode(path: Path) -> ImageU8:
    try:
        # Not `cv2.imread`: on Windows it fails on names outside the system's code page.
        data: NDArray[np.uint8] = np.fromfile(path, np.uint8)
    except OSError as error:
        raise UnreadableError(error.strerror or "it cannot be opened") from None
    return decode_image(data)


def decode_image(data: NDArray[np.uint8]) -> ImageU8:
    """Decode the bytes of one picture as 8-bit BGR, turned upright by its EXIF orientation.

    Args:
        data: (N,) uint8, the whole file.

    Returns:
        (H, W, 3) uint8, BGR, read-only.

    Raises:
        UnreadableError: it is no picture that can be read.
    """
    import cv2

    if not data.size:
        raise UnreadableError("it is empty")
    if not _png_is_whole(memoryview(data)):  # type: ignore[arg-type]
        raise UnreadableError("it is truncated or damaged")
    try:
        image = cv2.imdecode(data, cv2.IMREAD_COLOR)
    except cv2.error as error:
        too_large = "CV_IO_MAX_IMAGE" in str(error)
        raise UnreadableError("it has too many pixels" if too_large else "it cannot be decoded") from None
    if image is None:
        raise UnreadableError("it is no image of a known kind, or is truncated or damaged")
    image.flags.writeable = False
    return image  # type: ignore[return-value]


def _png_is_whole(data: memoryview) -> bool:
    """Check the chunks of a PNG, because libpng writes its complaints to stderr past every log setting.

    Returns:
        True for anything that is no PNG. Source: W3C PNG specification, 5.3 (chunk layout).
    """
    if bytes(data[:8]) != _PNG_MAGIC:
        return True
    at = 8
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        end = at + 12 + length
        if (
            end > len(data)
            or zlib.crc32(data[at + 4 : end - 4]) != struct.unpack_from(">I", data, end - 4)[0]
        ):
            return False
        if bytes(data[at + 4 : at + 8]) == b"IEND":
            return True
        at = end
    return False


def _suffix_list() -> str:
    return " ".join(sorted(suffix.removeprefix(".") for suffix in IMAGE_SUFFIXES))
