"""How long a site keeps what it has written: by age and by size, and never because a clock is wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from vision_app.site.events_file import FILE_NAME
from vision_app.site.media import FOLDER, PART
from vision_app.site.plan import KeepPlan

STEADY_AFTER_S = 3600.0
"""By age nothing is removed before the clock has gone evenly for so long."""
_JUMP_S = 120.0
_DAY_S = 86_400.0
_FRESH_S = 600.0


@dataclass(frozen=True, slots=True)
class Swept:
    """What was removed.

    Attributes:
        files: how many files.
        bytes: their size.
    """

    files: int = 0
    bytes: int = 0


class Keeper:
    """Removes old pictures, clips and closed files of events of a site. The newest file of events always stays.

    A machine without a clock of its own may believe for minutes that it is another year: files are removed by age only
    after the clock on the wall has gone as evenly as the monotonic one for an hour.

    Args:
        folder: of the site.
        plan: how long, how much.
        wall: the clock on the wall, seconds since 1970.
        monotonic: a clock that is never set.
    """

    def __init__(
        self,
        folder: Path,
        plan: KeepPlan,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder, self._plan = folder, plan
        self._wall, self._monotonic = wall, monotonic
        self._offset_s = wall() - monotonic()
        self._steady_since_s = monotonic()

    def sweep(self) -> Swept:
        """Remove what is due."""
        files = sorted(_files(self._folder), key=lambda file: file.changed_s)
        due = self._too_old(files)
        left = [file for file in files if file not in due]
        due |= self._too_many(left)
        removed = [file for file in due if _removed(file.path)]
        for day in (self._folder / FOLDER).glob("*"):
            with suppress(OSError):
                day.rmdir()  # only an empty one goes
        return Swept(len(removed), sum(file.bytes for file in removed))

    def _too_old(self, files: list[_File]) -> set[_File]:
        now_s, offset_s = self._monotonic(), self._wall() - self._monotonic()
        if abs(offset_s - self._offset_s) > _JUMP_S:
            self._steady_since_s = now_s
        self._offset_s = offset_s
        if self._plan.days is None or now_s - self._steady_since_s < STEADY_AFTER_S:
            return set()
        before_s = self._wall() - self._plan.days * _DAY_S
        return {file for file in files if file.changed_s < before_s}

    def _too_many(self, files: list[_File]) -> set[_File]:
        """The oldest of what is more than there may be; what was just written stays."""
        if self._plan.gigabytes is None:
            return set()
        more = sum(file.bytes for file in files) - self._plan.gigabytes * 1e9
        due: set[_File] = set()
        for file in files[:-1]:
            if more <= 0:
                break
            due.add(file)
            more -= file.bytes
        return due


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    changed_s: float
    bytes: int


def _files(folder: Path) -> Iterator[_File]:
    """What may be removed: pictures and clips of events, and closed files of events."""
    stem, suffix = FILE_NAME.split(".")
    for path in (*(folder / FOLDER).glob("*/*"), *folder.glob(f"{stem}-*.{suffix}")):
        with suppress(OSError):
            facts = path.lstat()
            if path.is_file() and not path.is_symlink() and not path.name.endswith(PART):
                yield _File(path, facts.st_mtime, facts.st_size)


def _removed(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:
        return False
    return True
