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
    """One of the drawn pictures as a file; the one that moves as a clip of three seconds.

    Raises:
        OSError: it cannot be written.
    """
    import cv2

    from vision_app.filters.pictures import draw_pattern

    if name == "moving":
        return _clip(folder / "pictures" / f"{name}.avi")
    path = folder / "pictures" / f"{name}.png"
    if not path.exists():
        _write(path, cv2.imencode(".png", draw_pattern(name))[1].tobytes())
    return path


def _clip(path: Path) -> Path:
    import cv2

    from vision_app.filters.pictures import SIZE_WH, draw_pattern

    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"part-{path.name}")
    writer = cv2.VideoWriter(str(part), cv2.VideoWriter.fourcc(*"MJPG"), 30.0, SIZE_WH)
    for index in range(_FRAMES):
        writer.write(draw_pattern("moving", index))
    writer.release()
    if not part.exists():
        raise OSError(f"{path}: OpenCV cannot write it")
    part.replace(path)
    return path


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(data)
    part.replace(path)
