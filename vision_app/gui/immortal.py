"""Keeps `None`, `True` and `False` alive where PySide6 6.12 counts them down."""

from __future__ import annotations

import ctypes
import sys

_IMMORTAL = (3, 12)
"""From this version on Python does not count references to them (PEP 683)."""
_REFERENCES = 1 << (8 * ctypes.sizeof(ctypes.c_ssize_t) - 4)
_kept = False


def keep_singletons() -> None:
    """Give the singletons so many references that no program uses them up. A second call does nothing.

    PySide6 6.12.0 returns them from its methods without a new reference, as Python 3.12 allows; it is installed on
    3.11 as well, where a window with a live picture uses up all references to `None` within a minute, and the
    interpreter ends with "none_dealloc". PySide6 6.11.3 does not. Call this before the first widget is made.
    """
    global _kept  # noqa: PLW0603 - the singletons are the process's own
    if _kept or sys.version_info >= _IMMORTAL or sys.implementation.name != "cpython":
        return
    if hasattr(sys, "getobjects"):  # a build in which objects begin otherwise
        return
    _kept = True
    for singleton in (None, True, False, NotImplemented, ...):
        ctypes.c_ssize_t.from_address(id(singleton)).value += _REFERENCES
