"""Keeps OpenCV and the FFmpeg inside it from writing to stderr: what went wrong is said by our errors."""

from __future__ import annotations

import os
from functools import lru_cache

_FFMPEG_QUIET = "-8"
"""`AV_LOG_QUIET`. Source: libavutil/log.h."""


@lru_cache(maxsize=1)
def quiet_opencv() -> None:
    """Silence both logs; called by each source before its first use of OpenCV.

    FFmpeg's level is read by OpenCV when the first capture is made, so it has to be in the environment by
    then. Who sets `OPENCV_FFMPEG_LOGLEVEL` or `OPENCV_LOG_LEVEL` wants to see the logs and keeps them.
    """
    import cv2

    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", _FFMPEG_QUIET)
    if "OPENCV_LOG_LEVEL" not in os.environ:
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
