"""What a kiosk's processes take of the machine: memory, and time without a core."""

from __future__ import annotations

from pathlib import Path

from vision_app.memory import peak_mb, resident_mb


def held_mb(pid: int | None = None) -> int:
    """Resident memory of a process, this one if none is given, 10^6 bytes; 0 where the system does not tell.

    Where only the peak is known it serves as well: a ceiling that was passed once was passed.
    """
    known = resident_mb(pid)
    if known is None and pid is None:
        known = peak_mb()
    return int(known or 0)


def waited_s(pid: int) -> float | None:
    """How long the first thread of a process was ready to run and had no core, in all, seconds.

    None where the system does not tell. A thread that sleeps, hangs or is stopped does not wait for a core.

    Source: sched-stats of the Linux kernel's documentation.
    """
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return None
