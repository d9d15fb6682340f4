"""Files that are written beside their final place and renamed once they are whole."""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from pathlib import Path

from vision_app.errors import SinkError, disk_reason

_MOST_LEFTOVERS = 1000
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")  # a path has one slash of the two left


class PartFile:
    """A name beside a final file, claimed for one writer, that keeps the suffix: `clip.part.mp4`.

    Parts that an earlier, killed run left are not touched: the next is `clip.part-2.mp4`. A device or
    pipe, such as `/dev/full`, is `direct`: written in place, never renamed or removed.

    Args:
        final: where the whole file is to be. Missing folders are made.
        overwrite: whether a file that is there may be replaced.
        source_id: what is read from; never written over.

    Raises:
        SinkError: the place cannot be written, or a file is there and may not be replaced.
    """

    def __init__(self, final: Path, *, overwrite: bool, source_id: str = "") -> None:
        self.final = final
        self._overwrite = overwrite
        if _ADDRESS.match(str(final)):
            raise SinkError("an output is a file, this is an address; give the name of a file to write")
        self.direct = is_special(final)
        if self.direct:
            self.path = final
            return
        if final.is_dir():
            raise SinkError("{final} is a folder; give the name of a file to write", final=final)
        if is_same_file(final, source_id):
            raise SinkError("{final} is the input itself; choose another name for the output", final=final)
        if not overwrite and os.path.lexists(final):
            raise _exists(final)
        try:
            final.parent.mkdir(parents=True, exist_ok=True)
            self.path = _claimed(final)
        except OSError as error:
            raise unwritable(final, error) from error

    def commit(self) -> Path:
        """Write through to the disk and rename to the final name.

        Raises:
            SinkError: it cannot be done; what was written stays under the part's name.
        """
        if self.direct:
            return self.final
        try:
            _write_through(self.path)
            if self._overwrite:
                self.path.replace(self.final)
            else:
                _rename_without_replacing(self.path, self.final)
        except FileExistsError as error:
            raise SinkError(
                "{final} appeared while it was being written; the new output is in {path}",
                final=self.final,
                path=self.path,
            ) from error
        except OSError as error:
            raise SinkError(
                "{path} cannot be renamed to {name}: {reason}",
                path=self.path,
                name=self.final.name,
                reason=reason(error),
            ) from error
        return self.final

    def discard(self) -> None:
        """Remove what was written."""
        if not self.direct:
            with suppress(OSError):
                self.path.unlink()


def _claimed(final: Path) -> Path:
    for number in range(1, _MOST_LEFTOVERS):
        mark = ".part" if number == 1 else f".part-{number}"
        path = final.with_name(final.stem + mark + final.suffix)
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
            return path
    raise SinkError(
        "{parent} holds {most_leftovers} unfinished parts of {name}; remove them",
        parent=final.parent,
        most_leftovers=_MOST_LEFTOVERS,
        name=final.name,
    )


def _write_through(path: Path) -> None:
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def _rename_without_replacing(path: Path, final: Path) -> None:
    try:
        os.link(path, final)  # unlike a rename, this fails where a file has appeared meanwhile
    except FileExistsError:
        raise
    except OSError:  # no hard links on this file system
        if os.path.lexists(final):
            raise FileExistsError(final) from None
        path.rename(final)
    else:
        path.unlink()


def is_special(path: Path) -> bool:
    """Whether this is a device, pipe or socket, which cannot be replaced by a rename."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def is_same_file(path: Path, other: str | Path) -> bool:
    """Whether both names lead to one existing file."""
    try:
        return bool(str(other)) and path.samefile(other)
    except (OSError, ValueError):
        return False


def reason(error: OSError) -> str:
    """What the system says, without number and path."""
    return disk_reason(error)


def unwritable(path: Path | str, error: OSError) -> SinkError:
    """The error for an output that the system does not let us write."""
    return SinkError(
        "{path} cannot be written: {reason}; choose another place or make room",
        path=path,
        reason=reason(error),
    )


def _exists(path: Path) -> SinkError:
    return SinkError("{path} exists; choose another name, or allow it to be overwritten", path=path)
