"""Makes the pictures for the screen, in a thread of its own."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

import cv2
import numpy as np

from vision_app import overlay
from vision_app.engine.timing import Durations, Rate
from vision_app.live.scene import Scene, Shot
from vision_app.live.status import Picture
from vision_app.messages import Message
from vision_app.results.values import ImageU8

_log = logging.getLogger(__name__)

_EARLY_S = 0.002
"""A source of just the highest rate jitters; a picture may be that much early."""


class Composer:
    """Paints whenever the scene has something new, never faster than `max_fps`.

    Args:
        scene: what there is to see.
        on_picture: receives each picture.
        report: receives one line when pictures cannot be made; once for each cause.
        max_fps: most pictures a second.
    """

    def __init__(
        self,
        scene: Scene,
        on_picture: Callable[[Picture], None],
        report: Callable[[str], None],
        max_fps: float,
    ) -> None:
        self._scene, self._on_picture, self._report = scene, on_picture, report
        self._least_gap_s = 1 / max_fps
        self._canvas: ImageU8 = np.empty((0, 0, 3), np.uint8)
        self._reported: set[str] = set()
        self.shown = Rate()
        self.compose = Durations()
        self.age = Durations()
        self.thread = threading.Thread(target=self._run, name="composer", daemon=True)

    def start(self) -> None:
        """Begin."""
        self.thread.start()

    def _run(self) -> None:
        earliest_s = 0.0
        while (shot := self._scene.wait_for_paint(earliest_s)) is not None:
            started_s = time.perf_counter()
            earliest_s = started_s + self._least_gap_s - _EARLY_S
            try:
                self._hand_over(shot, started_s)
            except Exception as error:  # noqa: BLE001  # a thread's boundary: the next picture may be well again
                self._tell(error)

    def _hand_over(self, shot: Shot, started_s: float) -> None:
        picture = self._painted(shot)
        ended_s = time.perf_counter()
        self.compose.add(ended_s - started_s)
        self.shown.tick(ended_s)
        if shot.fresh:
            self.age.add(ended_s - shot.frame.captured_s)
        self._on_picture(picture)

    def _tell(self, error: Exception) -> None:
        text = str(error).strip().splitlines()
        line = Message("the picture cannot be made: {text}", text=text[0] if text else type(error).__name__)
        if line not in self._reported:
            self._reported.add(line)
            _log.debug("no picture", exc_info=error)
            self._report(line)

    def _painted(self, shot: Shot) -> Picture:
        # A filter that fails must not let the bare picture through: whatever it raises, nothing is shown.
        image = shot.filtered()
        size_wh = fitting_size((image.shape[1], image.shape[0]), shot.look.view_wh)
        draws = shot.look.draw and bool(shot.results)
        canvas = self._scaled(image, size_wh, own=draws)
        if draws:
            results = shot.look.placed(shot.results, shot.frame.size_wh, size_wh)
            overlay.draw(canvas, results, style=shot.look.style)
        bgrx: ImageU8 = cv2.cvtColor(canvas, cv2.COLOR_BGR2BGRA)  # type: ignore[assignment]
        frame = shot.frame
        age_s = shot.result_age_s if draws else None
        return Picture(bgrx, frame.index, frame.size_wh, frame.captured_s, age_s, shot.scene)

    def _scaled(self, image: ImageU8, size_wh: tuple[int, int], *, own: bool) -> ImageU8:
        """The image in that size; on the composer's own canvas where it will be drawn on."""
        width, height = size_wh
        same = image.shape[:2] == (height, width)
        if same and not own:
            return image
        if self._canvas.shape[:2] != (height, width):
            self._canvas = np.empty((height, width, 3), np.uint8)
        if same:
            np.copyto(self._canvas, image)
        else:
            resize_into(self._canvas, image)
        return self._canvas


def resize_into(canvas: ImageU8, image: ImageU8) -> None:
    """Bring an image to the size of a canvas, smooth in both directions.

    Halved by averages for as long as that fits, and the rest bilinearly: a pixel then comes of at most 2 x 2
    others, none of which is left out. OpenCV's INTER_AREA by a factor that is not whole looks the same and takes
    ten times as long: 45 instead of 5 ms from 3840 x 2160 to 1600 x 900.
    """
    height, width = canvas.shape[:2]
    while image.shape[1] >= 2 * width and image.shape[0] >= 2 * height:
        if image.shape[0] % 2 or image.shape[1] % 2:
            cv2.resize(image, (width, height), dst=canvas, interpolation=cv2.INTER_AREA)
            return
        half_wh = (image.shape[1] // 2, image.shape[0] // 2)
        image = cv2.resize(image, half_wh, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    cv2.resize(image, (width, height), dst=canvas, interpolation=cv2.INTER_LINEAR)


def fitting_size(image_wh: tuple[int, int], view_wh: tuple[int, int] | None) -> tuple[int, int]:
    """The largest size inside a view that keeps the aspect, at least one pixel.

    >>> fitting_size((1280, 720), (1000, 1000)), fitting_size((640, 480), None)
    ((1000, 562), (640, 480))
    """
    if view_wh is None:
        return image_wh
    scale = min(view_wh[0] / image_wh[0], view_wh[1] / image_wh[1])
    width, height = (max(1, int(side * scale + 1e-6)) for side in image_wh)
    return width, height
