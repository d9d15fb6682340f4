"""Which monitor a kiosk is shown on. Qt knows the monitors; what is chosen among them is decided here."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from vision_app.errors import ConfigError
from vision_app.messages import Message, listed

_PATIENCE_S = 30.0
MOST_MONITORS = 16

Wanted = int | str
"""A number from 1, in the order of the system; a name, as the system has it; 0 for the main one."""


@dataclass(frozen=True, slots=True)
class Monitor:
    """One monitor.

    Attributes:
        number: from 1, in the order of the system.
        name: what the system calls it, such as `HDMI-1`.
        size_wh: width and height, pixels.
        main: whether it is the main one.
    """

    number: int
    name: str
    size_wh: tuple[int, int]
    main: bool = False

    @property
    def said(self) -> Message:
        """Its number, name and size."""
        width, height = self.size_wh
        shown = f"{self.name}, {width} x {height}" if self.name else f"{width} x {height}"
        if self.main:
            return Message("{number} ({shown}, the main one)", number=self.number, shown=shown)
        return Message("{number} ({shown})", number=self.number, shown=shown)


def parse_screen(value: object) -> Wanted:
    """A number or a name out of a file or a flag.

    >>> parse_screen(2), parse_screen("2"), parse_screen("HDMI-1")
    (2, 2, 'HDMI-1')

    Raises:
        ValueError: with what it must be.
    """
    if isinstance(value, str) and re.fullmatch(r"\s*[-+]?\d{1,9}\s*", value):
        value = int(value)
    if type(value) is int and 0 <= value <= MOST_MONITORS:
        return value
    if isinstance(value, str) and value.strip():
        return value.strip()
    raise ValueError(
        Message(
            "the number of a monitor, from 1 to {most}, its name, or 0 for the main one", most=MOST_MONITORS
        )
    )


def find_monitor(monitors: Sequence[Monitor], wanted: Wanted) -> Monitor | None:
    """The monitor of that number or name; None where there is none.

    >>> both = [Monitor(1, "eDP-1", (1920, 1080), main=True), Monitor(2, "HDMI-1", (1280, 720))]
    >>> [m and m.number for m in (find_monitor(both, w) for w in (0, 2, 3, "hdmi-1", "DP-7"))]
    [1, 2, None, 2, None]
    """
    if isinstance(wanted, str):
        named = [m for m in monitors if m.name.casefold() == wanted.casefold()]
    else:
        named = [m for m in monitors if m.number == wanted or (wanted == 0 and m.main)]
    return named[0] if named else None


def missing(monitors: Sequence[Monitor], wanted: Wanted, where: str) -> Message:
    """One line: there is no such monitor, and which there are."""
    return Message(
        "{where}: there is no monitor {wanted}; attached: {monitors}",
        where=where,
        wanted=wanted,
        monitors=listed((monitor.said for monitor in monitors), "; "),
    )


def attached_monitors() -> tuple[Monitor, ...]:
    """The monitors of this machine, asked of Qt in a process of its own: without a screen Qt ends its process.

    Raises:
        ConfigError: there is no telling; with why.
    """
    command = [sys.executable, "-m", "vision_app.gui.kiosk", "monitors"]
    lines: list[str] = []
    rows = None
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_S, check=False)
        lines = done.stderr.strip().splitlines()
        rows = json.loads(done.stdout) if done.returncode == 0 else None
    except (OSError, subprocess.TimeoutExpired, ValueError):
        pass
    if rows is None:
        raise ConfigError(
            "the monitors cannot be looked at: {why}",
            why=lines[-1] if lines else Message("the window system does not answer"),
        )
    return tuple(Monitor(**{**row, "size_wh": tuple(row["size_wh"])}) for row in rows)


def check_screen(wanted: Wanted, where: str) -> None:
    """See that the monitor is there. The main one always is.

    Args:
        wanted: the monitor.
        where: how the error begins: the flag, or file and line.

    Raises:
        ConfigError: there is no such monitor, or the monitors cannot be looked at.
    """
    if wanted == 0:
        return
    monitors = attached_monitors()
    if find_monitor(monitors, wanted) is None:
        raise ConfigError(missing(monitors, wanted, where))


def as_json(monitors: Sequence[Monitor]) -> str:
    """Monitors as the process that looks for them tells them."""
    return json.dumps([asdict(monitor) for monitor in monitors])
