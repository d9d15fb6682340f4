"""A web server on this machine that gives one file, well or badly."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


@dataclass
class Request:
    """What was asked, and what was answered."""

    path: str
    range: str | None
    if_range: str | None
    authorization: str | None
    status: int


@dataclass
class FileServer:
    """Serves `content` at `/file`; the other fields are ways of doing it badly.

    Attributes:
        content: the file.
        etag: its version; None sends none.
        ranges: understands `Range` and `If-Range`.
        cuts: body bytes after which the connection of the first, second, ... request is closed.
        hold_after: body bytes after which the server waits for `release`.
        length: says this Content-Length; 0 says none and closes the connection at the end.
        redirects: path to the address that it redirects to.
        statuses: path to the error that it answers.
        shift: a partial answer starts that many bytes too early.
    """

    content: bytes
    etag: str | None = '"v1"'
    ranges: bool = True
    cuts: list[int] = field(default_factory=list)
    hold_after: int | None = None
    length: int | None = None
    redirects: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    shift: int = 0

    def __post_init__(self) -> None:
        self.requests: list[Request] = []
        self.held = threading.Event()
        self.release = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.release.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"{self.root}/file"

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                outer._answer(self)

        return Handler

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        asked, path = handler.headers, handler.path
        start = self._start(asked.get("Range"), asked.get("If-Range"))
        status = self._status(path, start)
        self.requests.append(
            Request(path, asked.get("Range"), asked.get("If-Range"), asked.get("Authorization"), status)
        )
        number = len(self.requests) - 1
        handler.send_response(status)
        if path in self.redirects:
            handler.send_header("Location", self.redirects[path])
        if status not in (200, 206):
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        if status == 206:
            first = start - self.shift
            handler.send_header("Content-Range", f"bytes {first}-{len(self.content) - 1}/{len(self.content)}")
            start = first
        body = self.content[start:]
        if self.length != 0:
            handler.send_header("Content-Length", str(len(body) if self.length is None else self.length))
        if self.etag is not None:
            handler.send_header("ETag", self.etag)
        handler.end_headers()
        self._send(handler, body[: self.cuts[number]] if number < len(self.cuts) else body)

    def _send(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        try:
            if self.hold_after is not None:
                handler.wfile.write(body[: self.hold_after])
                handler.wfile.flush()
                body = body[self.hold_after :]
                self.held.set()
                self.release.wait(60)
            handler.wfile.write(body)
        except ConnectionError:
            pass  # the other side went away, which several tests want
        handler.close_connection = True

    def _status(self, path: str, start: int) -> int:
        if path in self.redirects:
            return 302
        if path in self.statuses:
            return self.statuses[path]
        if path.partition("?")[0] != "/file":
            return 404
        if start >= len(self.content):
            return 416
        return 206 if start else 200

    def _start(self, asked: str | None, if_range: str | None) -> int:
        match = re.fullmatch(r"bytes=(\d+)-", asked or "")
        if match is None or not self.ranges or (if_range is not None and if_range != self.etag):
            return 0
        return int(match[1])
