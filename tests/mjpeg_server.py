"""A real multipart MJPEG server on loopback that can be killed and brought back on the same port."""

from __future__ import annotations

import contextlib
import http.server
import socket
import socketserver
import threading
import time
from types import TracebackType
from typing import Self

import cv2
import numpy as np

BOUNDARY = "frame"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        owner = self.server.owner
        self.send_response(200)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY}")
        self.end_headers()
        try:
            while not self.server.stopping.wait(1 / owner.fps):
                picture = owner.next_picture()
                head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
                self.wfile.write(head.encode() + picture + b"\r\n")
        except OSError:
            pass  # the client has gone, or the server was killed

    def log_message(self, format: str, *args: object) -> None:
        pass


class _Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = False
    block_on_close = True
    allow_reuse_address = True

    def __init__(self, port: int, owner: MjpegServer) -> None:
        self.owner = owner
        self.stopping = threading.Event()
        self.connections: list[socket.socket] = []
        super().__init__(("127.0.0.1", port), _Handler)

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        connection, address = super().get_request()
        self.connections.append(connection)
        return connection, address


class MjpegServer:
    """Serves grey pictures whose level rises by one a frame, at `fps`, to any number of clients.

    Args:
        size_wh: size of the pictures in pixels.
        fps: pictures a second.
    """

    def __init__(self, size_wh: tuple[int, int] = (320, 240), fps: float = 30.0) -> None:
        self.size_wh, self.fps = size_wh, fps
        self._port = 0
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._count = 0
        self.returned_s = 0.0
        """When the server last began to listen, monotonic seconds."""

    @property
    def url(self) -> str:
        """Address of the stream, with credentials that must never be shown."""
        return f"http://user:s3cret@127.0.0.1:{self._port}/stream.mjpg?token=s3cret"

    def next_picture(self) -> bytes:
        self._count += 1
        grey = np.full((self.size_wh[1], self.size_wh[0], 3), self._count % 256, np.uint8)
        return cv2.imencode(".jpg", grey)[1].tobytes()

    def start(self) -> None:
        """Listen: on any free port the first time, on the same one after that."""
        if self._server is not None:
            raise RuntimeError("the server is running already")
        self._server = _Server(self._port, self)
        self._port = self._server.server_address[1]
        self.returned_s = time.perf_counter()
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name="mjpeg server"
        )
        self._thread.start()

    def kill(self) -> None:
        """Break all connections and stop listening; its threads have ended when this returns."""
        if self._server is None or self._thread is None:
            return
        server, self._server = self._server, None
        server.stopping.set()
        server.shutdown()
        self._thread.join()
        for connection in server.connections:
            with contextlib.suppress(OSError):  # closed by its handler
                connection.shutdown(socket.SHUT_RDWR)
        server.server_close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
