"""Clips as cameras: an MJPEG server on loopback that can be killed and started again, in a process of its own."""

from __future__ import annotations

import contextlib
import http.server
import multiprocessing
import socketserver
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

BOUNDARY = "frame"


def encoded(clip: Path, size_wh: tuple[int, int], fps: float, seconds: float) -> list[bytes]:
    """The pictures of a clip as JPEG, at a size and rate; of a shorter clip all of them."""
    import cv2

    from vision_app.sources import open_source

    pictures: list[bytes] = []
    with open_source(str(clip)) as source:
        while len(pictures) < fps * seconds and (frame := source.read()) is not None:
            while (frame.position_s or 0.0) * fps >= len(pictures):
                image = cv2.resize(frame.image, size_wh, interpolation=cv2.INTER_AREA)
                jpeg = cv2.imencode(".jpg", image, (int(cv2.IMWRITE_JPEG_QUALITY), 85))[1].tobytes()
                pictures.append(jpeg)
    return pictures


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        reel = self.server.reels[int(self.path.strip("/") or 0) % len(self.server.reels)]
        self.send_response(200)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY}")
        self.end_headers()
        step_s, begun_s, sent = 1 / self.server.fps, time.monotonic(), 0
        # streams of one clip show different parts of it
        start = int(self.path.strip("/") or 0) * len(reel) // 3
        with contextlib.suppress(OSError):
            while True:
                picture = reel[(start + sent) % len(reel)]
                head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
                self.wfile.write(head.encode() + picture + b"\r\n")
                sent += 1
                time.sleep(max(begun_s + sent * step_s - time.monotonic(), 0.0))

    def log_message(self, format: str, *args: object) -> None:
        pass


class _Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int, reels: Sequence[Sequence[bytes]], fps: float) -> None:
        self.reels, self.fps = reels, fps
        super().__init__(("127.0.0.1", port), _Handler)


def _serve(port: int, reels: Sequence[Sequence[bytes]], fps: float, ready: Any) -> None:
    server = _Server(port, reels, fps)
    ready.send(server.server_address[1])
    server.serve_forever()


class Cameras:
    """A process that serves clips at `http://127.0.0.1:PORT/NUMBER`.

    Args:
        reels: encoded pictures of each clip.
        fps: rate.
    """

    def __init__(self, reels: Sequence[Sequence[bytes]], fps: float) -> None:
        self._reels, self._fps = reels, fps
        self.port = 0
        self._process: multiprocessing.Process | None = None

    def start(self) -> None:
        """Listen; on the same port as before."""
        ours, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.Process(
            target=_serve, args=(self.port, self._reels, self._fps, theirs), daemon=True
        )
        self._process.start()
        self.port = ours.recv()

    def kill(self) -> None:
        """Gone from one moment to the next."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.join()

    def url(self, number: int = 0) -> str:
        """Address of a stream."""
        return f"http://127.0.0.1:{self.port}/{number}"
