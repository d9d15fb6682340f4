"""Where snapshots and recordings go, what they are called, and how one is taken back."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import platformdirs
from PySide6.QtCore import QFile

from vision_app.errors import SinkError
from vision_app.sinks.atomic import reason

_MOST_TRIES = 1000


def picture_folder(chosen: str) -> Path:
    """Folder of snapshots: the chosen one, else `vision_app` among the user's pictures."""
    return Path(chosen) if chosen else Path(platformdirs.user_pictures_dir()) / "vision_app"


def video_folder(chosen: str) -> Path:
    """Folder of recordings and logs: the chosen one, else `vision_app` among the user's videos."""
    return Path(chosen) if chosen else Path(platformdirs.user_videos_dir()) / "vision_app"


def ready(folder: Path) -> Path:
    """The folder, made if it was not there.

    Raises:
        SinkError: it cannot be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise SinkError("{folder} is a file, not a folder; choose another folder", folder=folder) from None
    except OSError as error:
        raise SinkError(
            "{folder} cannot be made: {reason}; choose another folder", folder=folder, reason=reason(error)
        ) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SinkError("{folder} cannot be written: permission denied; choose another folder", folder=folder)
    return folder


def new_file(folder: Path, stem: str, suffix: str, now: datetime | None = None) -> Path:
    """A name with the time in it that no file in the folder has.

    >>> new_file(Path("/nowhere"), "snapshot", ".png", datetime(2026, 3, 1, 9, 5, 7)).name
    'snapshot-20260301-090507.png'
    """
    base = f"{stem}-{(now or datetime.now()):%Y%m%d-%H%M%S}"
    for number in range(1, _MOST_TRIES):
        path = folder / (f"{base}{suffix}" if number == 1 else f"{base}-{number}{suffix}")
        if not path.exists():
            return path
    raise SinkError(
        "{folder} holds too many files called {base}; choose another folder", folder=folder, base=base
    )


def take_back(path: Path) -> Path:
    """Move a file to the system's trash, or where there is none into a folder beside it.

    Returns:
        Where it is now.

    Raises:
        SinkError: it can be moved to neither.
    """
    file = QFile(str(path))
    if file.moveToTrash():  # of an object, for the static function tells the new place in some versions only
        return Path(file.fileName())
    kept = path.parent / ".taken-back" / path.name
    try:
        kept.parent.mkdir(exist_ok=True)
        path.replace(kept)
    except OSError as error:
        raise SinkError("{path} cannot be removed: {reason}", path=path, reason=reason(error)) from None
    return kept
