"""How much memory a process has, and how it gives back what it had, without a package for it."""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress
from pathlib import Path

# Source: malloc.h and mallopt(3) of glibc
_M_ARENA_MAX = -8
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_ARENAS = 2
_KEPT_BYTES = 32 * 2**20
"""The most that glibc takes for the second of them: a 4K picture has 25 of 10^6 bytes."""


def resident_mb(pid: int | None = None) -> float | None:
    """Resident memory of a process, this one if none is given, 10^6 bytes; None where the system does not tell."""
    try:
        pages = int(Path(f"/proc/{pid or 'self'}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


def peak_mb() -> float | None:
    """The most that this process ever had, 10^6 bytes; None where the system does not tell."""
    status = Path("/proc/self/status")
    if status.exists():
        # not `ru_maxrss`: on Linux it begins with the size of the process that started this one
        for line in status.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return round(int(line.split()[1]) * 1024 / 1e6, 1)
        return None
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak * (1 if sys.platform == "darwin" else 1024) / 1e6, 1)


def keep_together() -> None:
    """Let all threads take memory from a few places: with one a thread, each keeps what the others could use.

    Only glibc has them; elsewhere this does nothing.
    """
    with suppress(OSError, AttributeError):
        _libc().mallopt(_M_ARENA_MAX, _ARENAS)


def keep_for_pictures() -> None:
    """Use the memory of a picture that is done with for the next one: for a run, where hundreds come each second.

    By itself glibc gives some of it back to the system after every few pictures, which then has to clear it again.
    Only glibc needs it; elsewhere this does nothing.
    """
    with suppress(OSError, AttributeError):
        libc = _libc()
        libc.mallopt(_M_MMAP_THRESHOLD, _KEPT_BYTES)
        libc.mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)


def give_back() -> None:
    """Give the system what was freed. After each change of models: a session leaves tens of megabytes behind.

    May take some milliseconds, without holding up Python's other threads. Only glibc needs it.
    """
    with suppress(OSError, AttributeError):
        _libc().malloc_trim(0)


def _libc() -> ctypes.CDLL:
    if not sys.platform.startswith("linux"):
        raise OSError("no glibc here")
    return ctypes.CDLL(None)
