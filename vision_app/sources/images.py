"""Pictures: a single file, a folder, or the matches of a pattern."""

from __future__ import annotations

import glob
import math
import re
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vision_app.errors import SourceError
from vision_app.messages import Message, listed, reason_of
from vision_app.pictures.reading import Picture, UnreadableError, decode, read_file
from vision_app.results.values import Frame, ImageU8, new_epoch
from vision_app.sources.base import Report, SourceInfo, SourceOptions
from vision_app.sources.closing import ClosesAtExit
from vision_app.sources.quiet import quiet_opencv

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

IMAGE_SUFFIXES = frozenset(
    {
        *(
            ".jpg",
            ".jpeg",
            ".jpe",
            ".jfif",
            ".png",
            ".apng",
            ".bmp",
            ".dib",
            ".webp",
            ".tif",
            ".tiff",
            ".gif",
        ),
        *(".avif", ".heic", ".heif", ".hif", ".jp2", ".j2k", ".pbm", ".pgm", ".ppm", ".pnm"),
    }
)

_MOST_SUFFIXES = 6
_DIGITS = re.compile(r"(\d+)")


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


def files_in_folder(folder: str, report: Report | None = None) -> list[str]:
    """The pictures of a folder, not of the folders in it.

    Args:
        folder: where.
        report: told what else it holds.

    Raises:
        SourceError: there is none, or the folder cannot be listed.
    """
    try:
        there = [p for p in Path(folder).iterdir() if not p.name.startswith(".")]
        folders = sum(p.is_dir() for p in there)
        names = [str(p) for p in there if is_image_name(p) and p.is_file()]
    except OSError as error:
        raise SourceError(
            "folder {folder} cannot be listed: {reason}", folder=folder, reason=reason_of(error)
        ) from error
    left = passed_over([p for p in there if not is_image_name(p) and not p.is_dir()], folders)
    if not names:
        what = f"; {left}" if left else ""
        raise SourceError(
            "folder {folder} holds no images{what}; looked for {suffix_list}",
            folder=folder,
            what=what,
            suffix_list=_suffix_list(),
        )
    if left and report is not None:
        report(Message("folder {folder}: {left}", folder=folder, left=left))
    return in_natural_order(names)


def passed_over(others: Iterable[Path], folders: int = 0) -> str:
    """In words, what a folder holds that is not read; "" when there is nothing of the sort.

    Args:
        others: files that are no pictures by their names.
        folders: how many folders are not gone into.

    >>> passed_over([Path("a.CR2"), Path("b.cr2"), Path("c.svg"), Path("README")], 2)
    'not read: 4 files that are no pictures (2 .cr2, 1 .svg, 1 without a suffix), 2 folders'
    """
    kinds = Counter(path.suffix.lower() for path in others)
    parts = []
    if kinds:
        count, most = sum(kinds.values()), kinds.most_common(_MOST_SUFFIXES)
        said = [f"{n} {suffix}" if suffix else Message("{n} without a suffix", n=n) for suffix, n in most]
        if rest := count - sum(n for _, n in most):
            said.append(Message("{rest} more", rest=rest))
        parts.append(
            Message("{count} files that are no pictures ({said})", count=count, said=listed(said))
            if count != 1
            else Message("1 file that is no picture ({said})", said=listed(said))
        )
    if folders:
        parts.append(Message("{folders} folder{s}", folders=folders, s="s" * (folders != 1)))
    return Message("not read: {parts}", parts=listed(parts)) if parts else ""


def files_of_pattern(pattern: str, report: Report | None = None) -> list[str]:
    """The pictures that a glob pattern matches; `**` goes through folders.

    Args:
        pattern: which.
        report: told what else it matches.

    Raises:
        SourceError: nothing matches, or nothing that matches is a picture.
    """
    matches = glob.glob(pattern, recursive=True)  # noqa: PTH207 - `Path.glob` takes no absolute patterns
    if not matches:
        raise SourceError("pattern {pattern} matches no file", pattern=pattern)
    names = [m for m in matches if is_image_name(Path(m)) and Path(m).is_file()]
    if not names:
        raise SourceError(
            "pattern {pattern} matches {count} names, none of them an image; looked for {suffix_list}",
            pattern=pattern,
            count=len(matches),
            suffix_list=_suffix_list(),
        )
    left = passed_over([Path(m) for m in matches if not is_image_name(Path(m)) and not Path(m).is_dir()])
    if left and report is not None:
        report(Message("pattern {pattern}: {left}", pattern=pattern, left=left))
    return in_natural_order(names)


def read_image(path: Path) -> ImageU8:
    """Read one picture as 8-bit BGR, turned upright, transparency laid over white.

    Returns:
        (H, W, 3) uint8, BGR.

    Raises:
        SourceError: it cannot be read.
    """
    try:
        return _decode(path).image
    except UnreadableError as reason:
        raise SourceError("image {path} cannot be read: {reason}", path=path, reason=reason) from None


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
        self._epoch = new_epoch()
        self._closed = False
        self._first = self._read_next()
        if self._first is None:
            raise SourceError(
                "{source_id}: none of the {count} images can be read",
                source_id=source_id,
                count=len(self._paths),
            )
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
                picture = _decode(Path(path))
            except UnreadableError as reason:
                if len(self._paths) == 1:
                    raise SourceError(
                        "image {path} cannot be read: {reason}", path=path, reason=reason
                    ) from None
                self._report(Message("skipped {path}: {reason}", path=path, reason=reason))
                continue
            now_s = time.perf_counter()
            if picture.only_first:
                self._report(f"{path} {picture.only_first}")
            return Frame(picture.image, index, now_s, None, self._id, path, now_s - started_s, self._epoch)
        return None


def _decode(path: Path) -> Picture:
    return decode(read_file(path))


def decode_image(data: NDArray[np.uint8]) -> ImageU8:
    """Decode the bytes of one picture: what `vision_app.pictures.reading` does, for arrays of bytes.

    Args:
        data: (N,) uint8, the whole file.

    Returns:
        (H, W, 3) uint8, BGR, read-only.

    Raises:
        UnreadableError: it is no picture that can be read, or asks for more than the limits allow.
    """
    return decode(data.tobytes()).image


def _suffix_list() -> str:
    return " ".join(sorted(suffix.removeprefix(".") for suffix in IMAGE_SUFFIXES))
