"""Writing so that it is there after a crash, a kill or a power cut."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from vision_app.messages import Message, reason_of

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def sync_file(descriptor: int) -> None:
    """Wait until the contents of an open file are on the disk itself."""
    if sys.platform == "darwin":  # there, fsync stops at the drive's cache. Source: Apple, fsync(2)
        import fcntl

        with suppress(OSError):  # network disks do not have it
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            return
    os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk itself; Windows has no such call and needs none."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class PendingFiles:
    """Files that are written together, each under a temporary name, then synced, then given their places.

    The system writes a batch in one go at the first sync: the others then cost little.

    Args:
        folder: where the temporary names are; on the disk of the final places.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: list[int] = []
        self._written: list[Path] = []

    def write(self, name: str, data: bytes) -> None:
        """Write one file under its temporary name.

        Raises:
            OSError: the disk is full, or the place cannot be written. Nothing of it is left.
        """
        path = self._folder / name
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(descriptor, left) :]
        except OSError:
            os.close(descriptor)
            path.unlink(missing_ok=True)
            raise
        self._open.append(descriptor)
        self._written.append(path)

    def place(self, finals: Iterable[Path]) -> None:
        """Sync all files, rename them to their places, in the order of writing, and sync the folders.

        Raises:
            OSError: it cannot be done; call `discard`.
        """
        for descriptor in self._open:
            sync_file(descriptor)
        self._close()
        folders: dict[Path, None] = {}
        for number, (path, final) in enumerate(zip(self._written, finals, strict=True)):
            path.rename(final)
            self._written[number] = final
            folders[final.parent] = None
        for folder in folders:
            sync_folder(folder)

    def discard(self) -> None:
        """Remove whatever was written."""
        self._close()
        for path in self._written:
            with suppress(OSError):
                path.unlink()

    def _close(self) -> None:
        for descriptor in self._open:
            os.close(descriptor)
        self._open.clear()


def why(error: OSError) -> str:
    """What the system says, in words for the user."""
    return Message("the disk is full") if error.errno in _FULL else reason_of(error)
