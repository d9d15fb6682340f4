"""A cure for a fault of PySide6 that would abort the program after some minutes."""

from __future__ import annotations

import ctypes
import sys

_ENOUGH = sys.maxsize >> 20


def keep_true() -> None:
    """Give `True` more references than PySide6 can lose.

    With PySide6 6.12 every `emit` of a signal from Python takes one reference to `True` too many. Before Python
    3.12, which never frees it, the interpreter aborts after a few thousand of them ("bool_dealloc: deallocating
    True or False").
    """
    if sys.version_info < (3, 12) and sys.implementation.name == "cpython":
        ctypes.c_ssize_t.from_address(id(True)).value += _ENOUGH
