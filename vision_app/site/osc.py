"""Events as OSC messages over UDP, for music, light and show software.

Source: Open Sound Control 1.0 Specification.
"""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Mapping
from typing import Any

from vision_app.errors import SinkError
from vision_app.kiosk.reading import text, whole
from vision_app.site.events import Event
from vision_app.site.sinks import EventSink, SinkKind, SiteFacts, Surroundings

_NOT_IN_ADDRESS = re.compile(r"[\s#*,/?\[\]{}]|[^\x20-\x7e]")


class Osc:
    """Sends each event as `/vision-app/STREAM/RULE/KIND` with label, track and the numbers of the event.

    Args:
        host: who listens.
        port: on which port.
    """

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._socket: socket.socket | None = None

    @property
    def name(self) -> str:
        """Who listens."""
        return f"OSC {self._host}:{self._port}"

    def open(self, site: SiteFacts) -> None:
        """Nothing is sent yet: UDP has no connection."""

    def on_event(self, event: Event) -> None:
        """Send it.

        Raises:
            SinkError: the name of the host is not known, or no network is there.
        """
        parts = "/".join(
            _NOT_IN_ADDRESS.sub("-", part) or "-" for part in (event.stream, event.rule, event.kind)
        )
        numbers = [v for v in event.values.values() if isinstance(v, int | float)]
        packet = osc_message(
            f"/vision-app/{parts}", event.label or "", -1 if event.track is None else event.track, *numbers
        )
        try:
            family, kind, _, _, address = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_DGRAM)[
                0
            ]
            if self._socket is None or self._socket.family != family:
                self.close()
                self._socket = socket.socket(family, kind)
            self._socket.sendto(packet, address)
        except OSError as error:
            raise SinkError(
                "{name}: {reason}", name=self.name, reason=error.strerror or str(error)
            ) from error

    def close(self) -> None:
        """Let go of the socket."""
        sending, self._socket = self._socket, None
        if sending is not None:
            sending.close()


def osc_message(address: str, *arguments: str | int | float) -> bytes:
    """One message.

    >>> osc_message("/oscillator/4/frequency", 440.0).hex(" ")[-23:]
    '2c 66 00 00 43 dc 00 00'
    """
    tags, data = ",", b""
    for argument in arguments:
        if isinstance(argument, str):
            tags, data = tags + "s", data + _padded(argument)
        elif isinstance(argument, bool | int) and -(2**31) <= argument < 2**31:
            tags, data = tags + "i", data + struct.pack(">i", argument)
        else:
            tags, data = tags + "f", data + struct.pack(">f", argument)
    return _padded(address) + _padded(tags) + data


def _padded(words: str) -> bytes:
    """A string of OSC: at least one zero behind it, in fours."""
    data = words.replace("\0", "").encode("utf-8", "replace")
    return data + b"\0" * (4 - len(data) % 4)


def _make(values: Mapping[str, Any], around: Surroundings) -> EventSink:
    around.allow_host(values["host"])
    return Osc(values["host"], values["port"])


KIND = SinkKind(
    {"host": text, "port": whole(1, 65535)}, ("host", "port"), _make, lambda values: (values["host"],)
)
