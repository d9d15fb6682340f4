"""A small RTSP server on loopback, encrypted or not: one H.264 stream over the connection itself."""

from __future__ import annotations

import base64
import contextlib
import re
import socket
import socketserver
import ssl
import struct
import threading
import time
from pathlib import Path
from typing import Self

import av
import numpy as np

from tests.clips import CLIP_SIZE_WH, code_image


def _units(count: int) -> list[list[bytes]]:
    """NAL units of each picture; every one is a key picture."""
    context = av.CodecContext.create("libx264", "w")
    context.width, context.height, context.pix_fmt = *CLIP_SIZE_WH, "yuv420p"
    context.framerate = 25
    context.options = {"preset": "ultrafast", "tune": "zerolatency", "g": "1"}
    pictures = []
    for i in range(count):
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(code_image(i)), "bgr24")
        data = b"".join(bytes(p) for p in context.encode(frame))
        pictures.append([u for u in re.split(b"\0\0\0?\1", data) if u])
    return pictures


class RtspServer:
    """Gives a stream to whoever asks.

    Args:
        certificate: certificate and key; None for no encryption.
        login: user:password that it wants; "" for none.
        redirect: where it sends whoever asks for the stream; "" for nowhere.
        refuses_tcp: it sends nothing over the connection itself; whoever comes again after that is redirected.
    """

    def __init__(
        self,
        certificate: Path | None = None,
        login: str = "",
        redirect: str = "",
        *,
        refuses_tcp: bool = False,
    ) -> None:
        self._certificate, self._login, self._redirect = certificate, login, redirect
        self._refuses_tcp, self._has_refused = refuses_tcp, False
        self.received = b""
        """Everything that clients said."""
        self._pictures = _units(50)
        outer = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError):  # the client hung up
                    outer._serve(self.request)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def url(self, login: str = "") -> str:
        scheme = "rtsps" if self._certificate else "rtsp"
        return f"{scheme}://{login + '@' if login else ''}127.0.0.1:{self._server.server_address[1]}/live"

    def _serve(self, plain: socket.socket) -> None:
        if self._certificate is None:
            return self._talk(plain)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._certificate)
        with context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False) as connection:
            connection.do_handshake()
            return self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        asked = b""
        while data := connection.recv(65536):
            self.received += data
            asked += data
            while b"\r\n\r\n" in asked:
                head, _, asked = asked.partition(b"\r\n\r\n")
                if self._answer(connection, head.decode()):
                    self._send_pictures(connection)
                    return

    def _answer(self, connection: socket.socket, head: str) -> bool:
        method = head.split(" ", 1)[0]
        number = re.search(r"CSeq: (\d+)", head)
        lines, body = [f"CSeq: {number[1] if number else 0}", "Session: 1"], ""
        status = "200 OK"
        wanted = "Basic " + base64.b64encode(self._login.encode()).decode()
        if method == "OPTIONS":
            lines.append("Public: OPTIONS, DESCRIBE, SETUP, PLAY")
        elif self._login and wanted not in head:
            status, lines = "401 Unauthorized", [*lines, 'WWW-Authenticate: Basic realm="camera"']
        elif method == "DESCRIBE" and self._redirect and not (self._refuses_tcp and not self._has_refused):
            status, lines = "302 Moved", [*lines, f"Location: {self._redirect}"]
        elif method == "DESCRIBE":
            sets = ",".join(base64.b64encode(u).decode() for u in self._pictures[0] if u[0] & 31 in (7, 8))
            body = (
                "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=test\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"
                "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:track1\r\n"
                f"a=fmtp:96 packetization-mode=1;sprop-parameter-sets={sets}\r\n"
            )
            lines += ["Content-Type: application/sdp", f"Content-Length: {len(body)}"]
        elif method == "SETUP" and self._refuses_tcp:
            status, self._has_refused = "461 Unsupported Transport", True
        elif method == "SETUP":
            lines.append("Transport: RTP/AVP/TCP;unicast;interleaved=0-1")
        connection.sendall(
            f"RTSP/1.0 {status}\r\n".encode() + "\r\n".join(lines).encode() + b"\r\n\r\n" + body.encode()
        )
        return method == "PLAY"

    def _send_pictures(self, connection: socket.socket) -> None:
        sequence = 0
        for i in range(10_000):
            units = self._pictures[i % len(self._pictures)]
            for k, unit in enumerate(units):
                last = 0x80 if k == len(units) - 1 else 0
                rtp = struct.pack(">BBHII", 0x80, last | 96, sequence & 0xFFFF, i * 3600, 1) + unit
                connection.sendall(struct.pack(">BBH", 0x24, 0, len(rtp)) + rtp)
                sequence += 1
            time.sleep(0.04)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
