"""Pictures that an operation compares with or draws: read from files, and refused in one line."""

from __future__ import annotations

import contextlib
from pathlib import Path

import cv2

from vision_app.errors import ConfigError
from vision_app.filters.operation import Mat
from vision_app.pictures.reading import UnreadableError, checked_header, read_file


def read_picture(path: str, flags: int = cv2.IMREAD_COLOR) -> Mat:
    """Read a picture; in exported code it is `cv2.imread`.

    Args:
        path: of the file.
        flags: one of OpenCV's `IMREAD_*`.

    Raises:
        ConfigError: no path is given, or it is no picture.
    """
    if not path:
        raise ConfigError("picture must be the path of a picture, none was given: picture=FILE")
    try:
        checked_header(read_file(Path(path)))
    except UnreadableError as error:
        raise ConfigError("{path}: not a picture that can be read: {error}", path=path, error=error) from None
    picture = None
    with contextlib.suppress(cv2.error):
        picture = cv2.imread(path, flags)
    if picture is None:
        raise ConfigError(
            "{path}: not a picture that OpenCV can read; give the path of a PNG or JPEG file", path=path
        )
    return picture


def read_template(path: str, flags: int = cv2.IMREAD_COLOR) -> Mat:
    """Read a picture to look for; in exported code it is `cv2.imread`.

    Args:
        path: of the file.
        flags: one of OpenCV's `IMREAD_*`.

    Raises:
        ConfigError: it cannot be read, or it shows one even colour, by which nothing can be found.
    """
    picture = read_picture(path, flags)
    if cv2.meanStdDev(picture)[1].max() < 1.0:
        raise ConfigError(
            "{path}: one even colour, by which nothing can be found; hold a picture with a pattern", path=path
        )
    return picture
