"""How many windows a frame has, and how many are too many: a request that takes minutes a frame is refused."""

from __future__ import annotations

import time
from collections.abc import Iterator

from vision_app import cancelling
from vision_app.errors import ConfigError
from vision_app.messages import Message

WINDOW_OVERLAP = 0.2
MOST_WINDOWS = 4096
"""More of them are never looked at, however fast a model is: what they find has to be joined, too."""
MOST_S = 60.0
"""A frame that takes longer is refused."""
_JUDGED_AFTER = 8
"""Windows whose time tells that of all."""

Size = tuple[int, int]


def windows(size_wh: Size, window: int, stride: int) -> Iterator[tuple[int, int, int, int]]:
    """Left, top, right, bottom of windows that cover a picture; the last ones are moved back inside.

    Nothing when one window covers the whole picture.

    >>> list(windows((100, 60), 60, 50))
    [(0, 0, 60, 60), (40, 0, 100, 60)]
    """
    width, height = size_wh
    if width <= window and height <= window:
        return
    for top in _starts(height, window, stride):
        for left in _starts(width, window, stride):
            yield left, top, min(left + window, width), min(top + window, height)


def count_windows(size_wh: Size, window: int, stride: int) -> int:
    """How many `windows` there are.

    >>> count_windows((1280, 720), 4, 3)
    102480
    """
    width, height = size_wh
    if width <= window and height <= window:
        return 0
    return len(_starts(width, window, stride)) * len(_starts(height, window, stride))


def default_stride(window: int) -> int:
    """Four fifths of a window, so that neighbours overlap."""
    return max(1, round(window * (1 - WINDOW_OVERLAP)))


def check_windows(
    name: str, size_wh: Size, window: int, stride: int, *, seconds: float = 0.0, extra_s: float = 0.0
) -> None:
    """Refuse windows with which a frame would take minutes.

    Args:
        name: name of the model.
        size_wh: size of the frame, pixels.
        window: side of the windows, pixels.
        stride: step between them, pixels.
        seconds: what one window takes; 0 where that is not known yet.
        extra_s: what a frame takes besides.

    Raises:
        ConfigError: they are too many; says how many, and what would do.
    """
    count = count_windows(size_wh, window, stride)
    frame_s = count * seconds + extra_s
    if count <= MOST_WINDOWS and frame_s <= MOST_S:
        return
    width, height = size_wh
    shown = f"{count:,}".replace(",", " ")
    what = Message(
        "{shown} windows of {window} px, {stride} px apart, for every frame of {width} x {height}",
        shown=shown,
        window=window,
        stride=stride,
        width=width,
        height=height,
    )
    if count > MOST_WINDOWS:
        why = Message("at most {most_windows} are looked at", most_windows=MOST_WINDOWS)
    else:
        why = Message(
            "with {name} a frame would take about {frame_s:.0f} minutes", name=name, frame_s=frame_s / 60
        )
    most = min(MOST_WINDOWS, int(max(MOST_S - extra_s, 0) / seconds)) if seconds else MOST_WINDOWS
    raise ConfigError(
        "{what}: {why}; {advice}", what=what, why=why, advice=_advice(size_wh, window, stride, most)
    )


def _advice(size_wh: Size, window: int, stride: int, most: int) -> str:
    """What would do: another stride where one was chosen, else larger windows."""
    if stride != default_stride(window) and count_windows(size_wh, window, window) <= most:
        fits = next(s for s in range(stride, window + 1) if count_windows(size_wh, window, s) <= most)
        return Message("a step of {fits} px or more would do", fits=fits)
    for side in range(window, max(size_wh) + 1):
        if count_windows(size_wh, side, default_stride(side)) <= most:
            return Message(
                "windows of {side} px or more would do, with the step left to the program", side=side
            )
    return Message("look at whole frames only")


class Patience:
    """Looks at the clock while the windows of a frame are gone through: neither cancelled nor endless work goes on.

    Args:
        name: name of the model.
        size_wh: size of the frame, pixels.
        window: side of the windows, pixels.
        stride: step between them, pixels.
    """

    def __init__(self, name: str, size_wh: Size, window: int, stride: int) -> None:
        check_windows(name, size_wh, window, stride)
        self._asked = (name, size_wh, window, stride)
        self._started_s = time.perf_counter()
        self._done = 0

    def next(self) -> None:
        """One more window is about to be looked at.

        Raises:
            CancelledError: the work was called off.
            ConfigError: all windows together would take minutes.
        """
        cancelling.check()
        if self._done == _JUDGED_AFTER:
            seconds = (time.perf_counter() - self._started_s) / self._done
            check_windows(*self._asked, seconds=seconds)
        self._done += 1


def _starts(length: int, window: int, stride: int) -> list[int]:
    last = max(0, length - window)
    return [*range(0, last, stride), last]
