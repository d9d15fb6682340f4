"""A small server: the live picture, results and counts of a site in a browser, its health and its metrics.

| path | what |
|---|---|
| `/` | a page with the pictures, counts and events |
| `/live` | WebSocket: results, counts and events as JSON, the newest only |
| `/streams/NAME.mjpeg`, `/streams/NAME.jpg` | the picture with everything drawn on it |
| `/health` | 200 while every stream runs, else 503; how each is doing, as JSON |
| `/metrics` | the same and the counts for Prometheus |

Without a token it listens on this machine only and answers to names of this machine only, so that no page of the web
can reach it through the user's browser.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from collections import deque
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from itertools import count
from typing import TYPE_CHECKING, Any

from vision_app.errors import ConfigError, SinkError, disk_reason
from vision_app.kiosk.reading import text, whole
from vision_app.messages import Message
from vision_app.site.events import Event
from vision_app.site.sinks import EventSink, SinkKind, SiteFacts, StreamUpdate, Surroundings

if TYPE_CHECKING:
    import uvicorn

_EVENTS_KEPT = 100
_QUALITY = 80
_JOIN_S = 5.0
_FEWEST_TOKEN_LETTERS = 16


class Board:
    """The newest of everything, for whoever asks: written by the site's threads, read by the server's."""

    def __init__(self, site: SiteFacts, fps: int) -> None:
        self.site, self.period_s = site, 1 / fps
        self.updates: dict[str, StreamUpdate] = {}
        self.events: deque[tuple[int, Event]] = deque(maxlen=_EVENTS_KEPT)
        self._numbers = count(1)
        self.event_counts: dict[tuple[str, str, str], int] = {}
        self.changed = asyncio.Condition()
        self.closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="server-paint")
        self._painted: dict[str, tuple[StreamUpdate, bytes]] = {}

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """This loop's coroutines are told of news."""
        self._loop = loop

    def put(self, news: StreamUpdate | Event) -> None:
        """From any thread: something is new."""
        if isinstance(news, Event):
            key = (news.stream, news.rule, news.kind)
            self.event_counts[key] = self.event_counts.get(key, 0) + 1
            self.events.append((next(self._numbers), news))
        else:
            self.updates[news.stream] = news
        self._tell()

    def _tell(self) -> None:
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(lambda: loop.create_task(self._wake()))

    async def _wake(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    async def jpeg(self, stream: str) -> tuple[StreamUpdate, bytes] | None:
        """The newest picture of a stream, painted and encoded once for all who look; None before there is one."""
        update = self.updates.get(stream)
        if update is None:
            return None
        painted = self._painted.get(stream)
        if painted is None or painted[0] is not update:
            loop = asyncio.get_running_loop()
            painted = (update, await loop.run_in_executor(self._pool, _encoded, update))
            self._painted[stream] = painted
        return painted

    def close(self) -> None:
        """Send everybody away, and let go of the thread that paints."""
        self.closed = True
        self._tell()
        self._pool.shutdown(wait=False, cancel_futures=True)


def _encoded(update: StreamUpdate) -> bytes:
    import cv2

    done, data = cv2.imencode(".jpg", update.paint(), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not done:
        raise SinkError("the picture cannot be encoded")
    return data.tobytes()


class Server:
    """Serves what a site sees. It never slows a stream: a browser that is too slow gets fewer pictures.

    Args:
        host: address to listen on.
        port: port to listen on; 0 for any that is free.
        token: what a browser has to know; "" only on this machine.
        fps: most pictures a second for each browser.
        clients: most connections at the same time.
    """

    def __init__(self, host: str, port: int, token: str = "", *, fps: int = 10, clients: int = 32) -> None:
        if not token and not is_loopback(host):
            raise ConfigError(
                "the server listens on {host}, where others can reach it: it needs a token of {count} letters or more, "
                'such as token = "${{TOKEN}}"; or listen on 127.0.0.1',
                host=host,
                count=_FEWEST_TOKEN_LETTERS,
            )
        if token and len(token) < _FEWEST_TOKEN_LETTERS:
            raise ConfigError(
                "the server's token must have {count} letters or more", count=_FEWEST_TOKEN_LETTERS
            )
        self._host, self.port, self._token = host, port, token
        self._fps, self._clients = fps, clients
        self._board: Board | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def name(self) -> str:
        """Where it listens."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self.port}/"

    def open(self, site: SiteFacts) -> None:
        """Begin to listen.

        Raises:
            SinkError: the packages for it are not installed, or somebody else has the port.
        """
        try:
            import uvicorn

            from vision_app.site.server_app import make_app
        except ImportError as error:
            raise SinkError(
                "the server needs starlette, uvicorn and websockets: pip install 'vision-app[serve]'"
            ) from error
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        try:
            listening = socket.create_server((self._host, self.port), family=family)
        except OSError as error:
            raise SinkError("{name}: {reason}", name=self.name, reason=disk_reason(error)) from error
        self.port = listening.getsockname()[1]
        self._board = board = Board(site, self._fps)
        app = make_app(board, self._token, local_only=not self._token)
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,  # it would write tokens
            server_header=False,
            limit_concurrency=self._clients,
            ws_max_size=1024,
            timeout_graceful_shutdown=1,
            lifespan="on",
        )
        self._server = server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=lambda: server.run(sockets=[listening]), name="server", daemon=True
        )
        self._thread.start()
        site.report(Message("live at {address}", address=self.name))

    def on_event(self, event: Event) -> None:
        """Show it."""
        if self._board is not None:
            self._board.put(event)

    def on_update(self, update: StreamUpdate) -> None:
        """Show it to those who look."""
        if self._board is not None:
            self._board.put(update)

    def close(self) -> None:
        """Stop listening."""
        server, self._server = self._server, None
        if server is None or self._thread is None or self._board is None:
            return
        self._board.close()
        server.should_exit = True
        self._thread.join(_JOIN_S)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches it.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0"), is_loopback("::1")
    (True, True, False, True)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def record_of(update: StreamUpdate) -> dict[str, Any]:
    """A stream's newest results as plain values."""
    return {
        "type": "update",
        "stream": update.stream,
        "frame": update.frame.index,
        "looked": update.looked,
        "counts": dict(update.counts),
        "facts": asdict(update.facts),
        "results": [result.as_record() for result in update.results],
    }


def _place(value: Any) -> str:
    """An address to listen on: `127.0.0.1:8080`.

    Raises:
        ValueError: it is none.
    """
    host, _, port = text(value).rpartition(":")
    if not port.isdecimal() or not int(port) < 65536:  # ports have 16 bits
        raise ValueError(Message("an address with a port, such as 127.0.0.1:8080"))
    host = host.strip("[]")
    if host != "localhost":
        try:
            ipaddress.ip_address(host)
        except ValueError:
            raise ValueError(Message("an address with a port, such as 127.0.0.1:8080")) from None
    return f"{host}:{port}"


def _make(values: Mapping[str, Any], around: Surroundings) -> EventSink:
    host, _, port = values.get("listen", "127.0.0.1:8080").rpartition(":")
    return Server(
        host,
        int(port),
        around.secret(values.get("token", "")),
        fps=values.get("fps", 10),
        clients=values.get("clients", 32),
    )


KIND = SinkKind({"listen": _place, "token": text, "fps": whole(1, 60), "clients": whole(1, 1000)}, (), _make)
