"""A live HLS server on loopback: pieces appear when they are over, as an encoder would write them."""

from __future__ import annotations

import functools
import http.server
import io
import threading
import time
from fractions import Fraction
from types import TracebackType
from typing import Self

import av
import numpy as np

from tests.clips import CLIP_SIZE_WH, code_image

_TICK = Fraction(1, 1000)


@functools.cache
def piece(number: int, seconds: float, fps: int) -> bytes:
    """A piece of the programme; picture i of the whole shows the number i."""
    file = io.BytesIO()
    count = round(seconds * fps)
    with av.open(file, "w", format="mpegts") as container:
        stream = container.add_stream("libx264", rate=fps, options={"preset": "ultrafast", "g": "1000"})
        stream.width, stream.height = CLIP_SIZE_WH
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = _TICK
        for i in range(number * count, (number + 1) * count):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(code_image(i % 256)), "bgr24")
            frame.pts, frame.time_base = i * 1000 // fps, _TICK
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return file.getvalue()


class HlsServer:
    """Serves `/live.m3u8`: the last pieces of a programme that began some pieces ago.

    Args:
        piece_s: length of a piece, seconds.
        fps: pictures a second.
        kept: how many pieces the playlist names.
        ends_after: the programme ends after so many pieces; None for never.
        missing: numbers of pieces that the server does not have.
    """

    def __init__(
        self,
        piece_s: float = 1.0,
        fps: int = 10,
        *,
        kept: int = 4,
        ends_after: int | None = None,
        missing: frozenset[int] = frozenset(),
    ) -> None:
        self.piece_s, self.fps, self.kept = piece_s, fps, kept
        self.ends_after, self.missing = ends_after, missing
        self.requests: list[str] = []
        self.down = False
        """Whether it answers with an error to everything."""
        self._began_s = time.perf_counter() - kept * piece_s
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/live.m3u8"

    def taken_s(self, picture: int) -> float:
        """When picture i of the programme was taken, by the clock of frames."""
        return self._began_s + picture / self.fps

    def newest(self, now_s: float) -> int:
        """The picture that is taken at a time of the clock of frames."""
        return int((now_s - self._began_s) * self.fps)

    @property
    def _published(self) -> int:
        count = int((time.perf_counter() - self._began_s) / self.piece_s)
        return count if self.ends_after is None else min(count, self.ends_after)

    def playlist(self) -> str:
        last = self._published
        first = 0 if self.ends_after == last else max(last - self.kept, 0)
        lines = [
            "#EXTM3U",
            "#EXT-X-VERSION:3",
            f"#EXT-X-TARGETDURATION:{max(round(self.piece_s), 1)}",
            f"#EXT-X-MEDIA-SEQUENCE:{first}",
        ]
        for number in range(first, last):
            lines += [f"#EXTINF:{self.piece_s:.3f},", f"{number}.ts"]
        if self.ends_after == last:
            lines.append("#EXT-X-ENDLIST")
        return "\n".join(lines) + "\n"

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                outer.requests.append(self.path)
                if outer.down:
                    return self.send_error(503)
                name = self.path.lstrip("/").partition("?")[0]
                if name == "live.m3u8":
                    return self._send(outer.playlist().encode(), "application/vnd.apple.mpegurl")
                number = int(name.removesuffix(".ts"))
                if number in outer.missing:
                    return self.send_error(404)
                return self._send(piece(number, outer.piece_s, outer.fps), "video/mp2t")

            def _send(self, data: bytes, kind: str) -> None:
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        return Handler

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
