"""Work that the window does in one go, with many calls from Qt into Python."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_LONG_S = 0.5


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let no other thread take Python's lock from this one while the block works.

    A change of colours calls a thousand times from Qt into Python. Each call may lose the lock to a thread that reads
    or paints pictures, and has to wait for it again; meanwhile the window stands still.
    """
    before_s = sys.getswitchinterval()
    sys.setswitchinterval(max(before_s, _LONG_S))
    try:
        yield
    finally:
        sys.setswitchinterval(before_s)
