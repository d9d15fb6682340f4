"""The pictures that an 8-bit version is calibrated and compared on, as a window has them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from vision_app.cancelling import check
from vision_app.errors import SourceError
from vision_app.gui.session import Session
from vision_app.messages import Message
from vision_app.quantise.frames import PackedFrames, Samples, collect, dealt, over_time
from vision_app.quantise.watching import Watch
from vision_app.results.values import Frame, Result

FRAMES = 64
"""To calibrate on, and as many others to compare on."""
SECONDS = 20.0
"""Over how long those of a live source are spread."""
_SILENCE_S = 5.0
_POLL_S = 0.01

Take = Callable[[Watch], Samples]
"""Takes the pictures, in the thread that is to do it."""


def of_running(session: Session) -> Take:
    """Of a clip or folder pictures from all over it; of a live source those that come from now on."""

    def take(watch: Watch) -> Samples:
        info, (mirror, rotate_deg) = session.source_status.info, session.orientation
        if info is None:
            raise SourceError(
                "no source runs: open a camera, a clip or a folder first, or take other pictures"
            )
        watch.say(Message("taking frames from {source}", source=info.source_id))
        if not info.live:
            return collect(info.source_id, FRAMES, SECONDS, watch.say, mirror=mirror, rotate_deg=rotate_deg)
        return dealt(info.source_id, over_time(NewFrames(session.newest), 2 * FRAMES, SECONDS, watch.step))

    return take


def of_folder(folder: Path) -> Take:
    """Pictures of a folder."""

    def take(watch: Watch) -> Samples:
        watch.say(Message("taking frames from {source}", source=str(folder)))
        return collect(str(folder), FRAMES, SECONDS, watch.say)

    return take


def of_samples(folder: Path) -> Take:
    """Pictures that were taught, of all classes alike."""

    def take(watch: Watch) -> Samples:
        from vision_app.samples.dataset import open_samples
        from vision_app.samples.pictures import read_picture

        watch.say(Message("taking frames from {source}", source=str(folder)))
        by_class = sorted(open_samples(folder).samples, key=lambda s: (s.label, s.id))
        total = min(2 * FRAMES, len(by_class))
        taken = PackedFrames()
        for number in range(total):
            check()
            taken.append(read_picture(by_class[number * len(by_class) // total].path))
            watch.step(number + 1, total)
        return dealt(str(folder), taken)

    return take


class NewFrames:
    """Waits for a frame that was not given before; None when none comes for a while, or the source is gone.

    Args:
        newest: gives the newest frame; None without a source.
    """

    def __init__(self, newest: Callable[[], tuple[Frame, tuple[Result, ...]] | None]) -> None:
        self._newest = newest
        self._last: Frame | None = None

    def __call__(self) -> Frame | None:
        """The next frame."""
        until_s = time.monotonic() + _SILENCE_S
        while time.monotonic() < until_s:
            check()
            shot = self._newest()
            if shot is None:
                return None
            if self._last is None or (shot[0].index, shot[0].epoch) != (self._last.index, self._last.epoch):
                self._last = shot[0]
                return self._last
            time.sleep(_POLL_S)
        return None
