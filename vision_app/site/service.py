"""A site as a service of systemd: its unit, and telling systemd that all is well."""

from __future__ import annotations

import os
import re
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

_WATCHDOG_S = 60
_PLAIN = re.compile(r"[\w./@%$+=:-]+")


def unit_of(path: Path, python: str = sys.executable) -> str:
    """The unit that runs a site file: it starts with the machine, and again when it ends or hangs.

    The service may write into the site's folder alone. Source: systemd.exec(5), systemd.service(5).

    Args:
        path: the site file.
        python: the interpreter that has the program.
    """
    file, folder = path.absolute(), path.absolute().parent
    command = " ".join(_quoted(part) for part in (python, "-m", "vision_app", "site", "run", str(file)))
    return f"""\
[Unit]
Description=vision_app site {_percent(path.stem)}
Wants=network-online.target
After=network-online.target time-sync.target
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
ExecStart={command}
WorkingDirectory={_percent(str(folder))}
Restart=always
RestartSec=5
WatchdogSec={_WATCHDOG_S}
TimeoutStartSec=300
TimeoutStopSec=30
# ${{NAME}} of the site file: secrets.toml beside it (chmod 600), or LoadCredential=NAME:/path
Environment=OPENBLAS_NUM_THREADS=1
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths={_quoted(str(folder))}
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
LockPersonality=yes
UMask=0027

[Install]
WantedBy=default.target
"""


def _percent(text: str) -> str:
    return text.replace("%", "%%")


def _quoted(text: str) -> str:
    """A word of a unit: `%` and `$` mean something there."""
    text = _percent(text).replace("$", "$$")
    if _PLAIN.fullmatch(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Notifier:
    """Tells systemd how the service is doing; does nothing where nobody listens.

    Source: sd_notify(3).

    Args:
        environment: variables; None for those of the process.
    """

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        variables = os.environ if environment is None else environment
        self._address = variables.get("NOTIFY_SOCKET", "")
        usec, pid = variables.get("WATCHDOG_USEC", ""), variables.get("WATCHDOG_PID", "")
        meant = not pid or pid == str(os.getpid())
        self.every_s = int(usec) / 1e6 / 3 if usec.isdigit() and meant else None
        """How often it must be told, seconds; None for never."""

    def ready(self) -> None:
        """The service has begun."""
        self._send("READY=1")

    def alive(self, status: str) -> None:
        """It is well.

        Args:
            status: what it does, one line.
        """
        self._send(f"WATCHDOG=1\nSTATUS={status}")

    def ends(self) -> None:
        """It has been asked to end."""
        self._send("STOPPING=1")

    def _send(self, text: str) -> None:
        if not self._address:
            return
        name = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
            door.settimeout(1.0)
            door.connect(name)
            door.send(text.encode())
