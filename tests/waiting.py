"""Waiting for something that another thread or process does."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(condition: Callable[[], object], within_s: float = 30.0) -> None:
    """Wait until it holds; fails when it does not within a time that no healthy run needs."""
    end_s = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end_s, "it never came about"
        time.sleep(0.005)
