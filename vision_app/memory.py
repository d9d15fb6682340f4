"""How much memory a process has, without a package for it."""

from __future__ import annotations

import os
import sys
from pathlib import Path


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
