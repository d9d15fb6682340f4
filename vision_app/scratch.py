"""Folders for files on their way. A killed program leaves them; the next start clears them away.

A folder that is in use is known by a lock that its owner holds and the system releases when the owner dies,
whatever way it died. Of folders without one only old ones go.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = ".vision-app-"
_ALIVE = "alive.lock"
_NEW_S = 600.0
"""A folder so young may belong to a process that has not locked it yet."""


@contextmanager
def scratch_folder(place: Path, kind: str) -> Iterator[Path]:
    """An empty folder, removed afterwards.

    Args:
        place: where it is made; missing folders are made as well.
        kind: what it is for, a part of its name.

    Raises:
        OSError: it cannot be made.
    """
    from vision_app.locking import try_lock

    place.mkdir(parents=True, exist_ok=True)
    sweep(place)
    with tempfile.TemporaryDirectory(
        prefix=f"{PREFIX}{kind}-", dir=place, ignore_cleanup_errors=True
    ) as name:
        folder = Path(name)
        lock = try_lock(folder / _ALIVE)
        try:
            inside = folder / "files"
            inside.mkdir()
            yield inside
        finally:
            if lock is not None:
                lock.release()


def sweep(place: Path) -> list[Path]:
    """Remove what killed programs of this user have left in a place; gives the folders that are gone."""
    gone = []
    with suppress(OSError):
        for folder in _left_in(place):
            shutil.rmtree(folder, ignore_errors=True)
            gone.append(folder)
    return gone


def _left_in(place: Path) -> Iterator[Path]:
    with os.scandir(place) as entries:
        names = [e.name for e in entries if e.name.startswith(PREFIX) and e.is_dir(follow_symlinks=False)]
    if not names:
        return
    from vision_app.locking import try_lock  # hardly ever needed at a start

    for name in names:
        folder = place / name
        with suppress(OSError):
            found = folder.lstat()
            if hasattr(os, "getuid") and found.st_uid != os.getuid():
                continue
            alive = folder / _ALIVE
            if not alive.is_file():
                if time.time() - found.st_mtime > _NEW_S:
                    yield folder
            elif (lock := try_lock(alive)) is not None:
                lock.release()
                yield folder


def sweep_usual() -> None:
    """Clear the places that scratch folders of this program are usually in; for the start of the program."""
    from vision_app.cards.lookup import incoming_dir

    sweep(incoming_dir())
    with suppress(OSError):  # there may be no such folder at all
        sweep(Path(tempfile.gettempdir()))
