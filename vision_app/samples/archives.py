"""Pictures in a zip from a stranger: nothing is unpacked to the disk, and nothing is read without a limit."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Self

from vision_app import limits
from vision_app.errors import SampleError
from vision_app.messages import Message, message_of, reason_of
from vision_app.sources.images import is_image_name

MAX_ENTRIES = 200_000
MAX_TOTAL_BYTES = 50_000_000_000
MAX_RATIO = 200
"""Pictures are compressed already; what shrinks by more is made to fill a memory or a disk."""
_RATIO_FROM_BYTES = 50_000_000
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1
_OLD_NAMES = ("utf-8", "cp949")
"""What names without the UTF-8 mark are in: that of macOS, that of Korean Windows."""


class PictureArchive:
    """A zip as a tree of pictures.

    Args:
        path: the file.

    Attributes:
        notes: entries that are no pictures and were passed over, a line each kind.

    Raises:
        SampleError: it is no zip, is encrypted, leads out of its folder, or would unpack to far too much.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.notes: list[str] = []
        try:
            self._zip = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            raise SampleError("zip {path} cannot be read: {reason}", path=path, reason=_why(error)) from error
        try:
            self._entries = self._checked()
        except BaseException:
            self._zip.close()
            raise

    @property
    def pictures(self) -> list[str]:
        """Paths of the pictures, with `/` between folders."""
        return [name for name in self._entries if is_image_name(Path(name))]

    def read(self, name: str) -> bytes:
        """One entry, whole.

        Raises:
            SampleError: it is damaged, or longer than it says.
        """
        info = self._entries[name]
        try:
            with self._zip.open(info) as file:
                data = file.read(limits.current().picture_bytes + 1)
        except (
            OSError,
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            NotImplementedError,
            RuntimeError,
        ) as error:
            raise SampleError(
                "picture {name} in {path} cannot be read: {reason}",
                name=name,
                path=self._path,
                reason=_why(error),
            ) from error
        if over := limits.excess(
            "picture-bytes", info.file_size if len(data) < info.file_size else len(data)
        ):
            raise SampleError(
                "picture {name} in {path} has {shown} bytes; {over}",
                name=name,
                path=self._path,
                shown=limits.shown(info.file_size),
                over=over,
            )
        return data

    def text(self, name: str, most_bytes: int = 1_000_000) -> bytes | None:
        """A small file beside the pictures; None when there is none."""
        info = self._entries.get(name)
        return self.read(name) if info is not None and info.file_size <= most_bytes else None

    @property
    def names(self) -> list[str]:
        """Paths of all entries that are files."""
        return list(self._entries)

    def close(self) -> None:
        """Close the file."""
        self._zip.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _checked(self) -> dict[str, zipfile.ZipInfo]:
        infos = self._zip.infolist()
        if len(infos) > MAX_ENTRIES:
            raise SampleError(
                "zip {path} has {count} entries; at most {max_entries} are read",
                path=self._path,
                count=len(infos),
                max_entries=MAX_ENTRIES,
            )
        self._check_sizes(infos)
        entries: dict[str, zipfile.ZipInfo] = {}
        links = nested = 0
        for info in infos:
            name = _name_of(info)
            self._check_name(name)
            if info.is_dir() or name.endswith("/") or _is_junk(name):
                continue
            if info.flag_bits & _ENCRYPTED:
                raise SampleError(
                    "zip {path} is encrypted ({name}); unpack it with its password and import the folder",
                    path=self._path,
                    name=name,
                )
            if stat.S_ISLNK(info.external_attr >> 16):
                links += 1
            elif name.lower().endswith((".zip", ".7z", ".rar", ".tar", ".gz", ".tgz")):
                nested += 1
            else:
                entries.setdefault(name, info)
        if links:
            self.notes.append(Message("{links} links in the zip were passed over", links=links))
        if nested:
            self.notes.append(
                Message(
                    "{nested} archives inside the zip were passed over: import them by themselves",
                    nested=nested,
                )
            )
        return entries

    def _check_sizes(self, infos: list[zipfile.ZipInfo]) -> None:
        total = sum(info.file_size for info in infos)
        if total > MAX_TOTAL_BYTES:
            raise SampleError(
                "zip {path} unpacks to {total:.0f} GB; at most {max_total_bytes} GB are read",
                path=self._path,
                total=total / 1e9,
                max_total_bytes=MAX_TOTAL_BYTES // 10**9,
            )
        size = max(1, self._path.stat().st_size)
        if total > _RATIO_FROM_BYTES and total / size > MAX_RATIO:
            raise SampleError(
                "zip {path} unpacks to {total:.0f} times its size: no pictures do; it is not read",
                path=self._path,
                total=total / size,
            )

    def _check_name(self, name: str) -> None:
        parts = PurePosixPath(name).parts
        if name.startswith("/") or ".." in parts or (parts and parts[0].endswith(":")) or "\0" in name:
            raise SampleError(
                "zip {path} holds {name!r}, a path that leads out of its folder: nothing of it is imported",
                path=self._path,
                name=name,
            )


def is_zip(path: Path) -> bool:
    """Whether a file is a zip, or says so by its name."""
    return path.suffix.lower() == ".zip" or zipfile.is_zipfile(path)


def _name_of(info: zipfile.ZipInfo) -> str:
    name = info.orig_filename if "\0" in info.orig_filename else info.filename
    if not info.flag_bits & _UTF8_NAME:
        for raw in _raw_names(name):
            name = raw
            break
    return name.replace("\\", "/")


def _raw_names(name: str) -> Iterator[str]:
    try:
        raw = name.encode("cp437")  # how zipfile reads them
    except UnicodeEncodeError:
        return
    for encoding in _OLD_NAMES:
        try:
            yield raw.decode(encoding)
        except UnicodeDecodeError:
            continue


def _is_junk(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return "__MACOSX" in parts or any(part.startswith(".") for part in parts)


def _why(error: BaseException) -> str:
    if isinstance(error, zipfile.BadZipFile):
        return Message("it is damaged, or no zip")
    if isinstance(error, OSError) and error.strerror:
        return reason_of(error)
    return message_of(error)
