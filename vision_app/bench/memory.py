"""Resident memory of this process, without a package for it."""

from __future__ import annotations

import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")


def resident_mb() -> tuple[float | None, float | None]:
    """Resident memory now and at its peak, 10^6 bytes; None where the system does not tell."""
    if _STATUS.exists():
        fields = dict(
            line.split(":", 1) for line in _STATUS.read_text(encoding="ascii").splitlines() if ":" in line
        )
        # not `ru_maxrss`: on Linux it begins with the size of the process that started this one
        return tuple(_kib(fields.get(name)) for name in ("VmRSS", "VmHWM"))  # type: ignore[return-value]
    if sys.platform == "win32":
        return None, None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return None, round(peak * (1 if sys.platform == "darwin" else 1024) / 1e6, 1)


def _kib(text: str | None) -> float | None:
    """From `   1234 kB`."""
    return None if text is None else round(int(text.split()[0]) * 1024 / 1e6, 1)
