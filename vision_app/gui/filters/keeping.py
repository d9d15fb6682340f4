"""Pictures that the OpenCV panel keeps in the program's own folder: held ones, and those to try filters on."""

from __future__ import annotations

import hashlib
from pathlib import Path

import platformdirs

from vision_app.results.values import ImageU8

_FRAMES = 90


def own_folder() -> Path:
    """Where this user's pictures are kept."""
    return Path(platformdirs.user_data_dir("vision-app", appauthor=False)) / "filters"


def hold(image: ImageU8, folder: Path) -> Path:
    """Write a picture under a name that is made of its pixels.

    Raises:
        OSError: it cannot be written.
    """
    import cv2

    data = cv2.imencode(".png", image)[1].tobytes()
    path = folder / "held" / f"{hashlib.sha256(data).hexdigest()[:16]}.png"
    _write(path, data)
    return path


def try_on(name: str, folder: Path) -> Path:
    """One of the drawn pictures as a file, or as a folder of frames where it moves.

    Raises:
        OSError: it cannot be written.
    """
    import cv2

    from vision_app.filters.pictures import draw_pattern

    moves = name == "moving"
    whole = folder / "pictures" / (name if moves else f"{name}.png")
    for index in range(_FRAMES if moves else 1):
        path = whole / f"{index:03d}.png" if moves else whole
        if not path.exists():
            _write(path, cv2.imencode(".png", draw_pattern(name, index))[1].tobytes())
    return whole


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(data)
    part.replace(path)
