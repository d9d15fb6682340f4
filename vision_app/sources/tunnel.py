"""A way to a camera on which FFmpeg can be let: it checks no fingerprint, and follows a redirect with the password.

FFmpeg speaks RTSP to a door on this machine; behind it the bytes go on, encrypted where the address says so, to whom
the user trusts and to nobody else.
"""

from __future__ import annotations

import contextlib
import re
import select
import socket
import ssl
import threading
from urllib.parse import urlsplit, urlunsplit

from vision_app.errors import SourceError
from vision_app.sources.trust import Trust, secured
from vision_app.sources.urls import source_id
from vision_app.sources.web import FAILURES, Origin, why_not

_REDIRECT = re.compile(rb"\ARTSP/1\.\d 3\d\d ")
_POLL_S = 0.2
_READ_BYTES = 64 << 10


class Tunnel:
    """Open from its making until `close`; takes one connection, from this process.

    Args:
        url: rtsp or rtsps address.
        trust: which certificates are taken.
        open_timeout_s: for connecting.

    Raises:
        SourceError: it is somebody else, or nobody answers.
        OSError: no door can be made.
    """

    def __init__(self, url: str, trust: Trust, open_timeout_s: float) -> None:
        origin = Origin.of(url)
        self.problem: SourceError | None = None
        """Why it was closed from within."""
        self._shown = source_id(url)

        def connect() -> socket.socket:
            return socket.create_connection((origin.host, origin.port), open_timeout_s)

        try:
            self._far: socket.socket = (
                secured(origin.host, origin.port, trust, connect) if origin.scheme == "rtsps" else connect()
            )
        except SourceError:
            raise
        except FAILURES as error:
            raise why_not(url, error, open_timeout_s) from None
        self._timeout_s = open_timeout_s
        self._far.settimeout(open_timeout_s)
        self._door = socket.create_server(("127.0.0.1", 0), backlog=1)
        self._door.settimeout(open_timeout_s)
        self._stop = threading.Event()
        parts = urlsplit(url)
        login = parts.netloc.rpartition("@")[0]
        here = f"127.0.0.1:{self._door.getsockname()[1]}"
        self.url = urlunsplit(parts._replace(scheme="rtsp", netloc=f"{login}@{here}" if login else here))
        self._thread = threading.Thread(target=self._run, name=f"tunnel {self._shown}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Hang up."""
        self._stop.set()
        with contextlib.suppress(OSError):
            self._door.close()

    def _run(self) -> None:
        near: socket.socket | None = None
        try:
            near, _ = self._door.accept()
            self._door.close()
            near.settimeout(5.0)
            self._pass_on(near)
        except OSError:
            pass  # either side has hung up: FFmpeg sees its end and says so
        finally:
            for end in (near, self._far, self._door):
                if end is not None:
                    with contextlib.suppress(OSError):
                        end.close()

    def _received(self) -> bytes | None:
        """What has come through the encryption; None for nothing but the encryption's own messages, b"" at the end."""
        self._far.setblocking(False)
        try:
            return self._far.recv(_READ_BYTES)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
            return None
        finally:
            self._far.settimeout(self._timeout_s)

    def _pass_on(self, near: socket.socket) -> None:
        while not self._stop.is_set():
            waiting = isinstance(self._far, ssl.SSLSocket) and self._far.pending() > 0
            ready = [self._far] if waiting else select.select([near, self._far], [], [], _POLL_S)[0]
            if near in ready:
                data = near.recv(_READ_BYTES)
                if not data:
                    return
                self._far.sendall(data)
            if self._far in ready:
                came = self._received()
                if came is None:
                    continue
                if not came:
                    return
                if _REDIRECT.match(came):
                    self.problem = SourceError(
                        "{shown} redirects elsewhere; open that address itself", shown=self._shown
                    )
                    return
                near.sendall(came)
