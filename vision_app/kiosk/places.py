"""Where a kiosk keeps the two files that it writes: its log, and the count of wrong PINs."""

from __future__ import annotations

import hashlib
from pathlib import Path

import platformdirs


def state_dir() -> Path:
    """Folder of both; `XDG_STATE_HOME` moves it."""
    return platformdirs.user_state_path("vision-app") / "kiosk"


def log_path(programme: Path) -> Path:
    """The log of a kiosk file. Two files of one name in two folders have two logs."""
    return state_dir() / f"{_mark(programme)}.log"


def pin_memory(programme: Path) -> Path:
    """The count of wrong PINs of a kiosk file."""
    return state_dir() / f"{_mark(programme)}.pin.json"


def lock_path(programme: Path) -> Path:
    """Held by the kiosk that runs this file: the second one would fight with it for camera and screen."""
    return state_dir() / f"{_mark(programme)}.lock"


def _mark(programme: Path) -> str:
    whole = str(programme.absolute().resolve())
    return f"{programme.stem}-{hashlib.sha256(whole.encode('utf-8', 'surrogateescape')).hexdigest()[:8]}"
