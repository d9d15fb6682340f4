"""What is behind a web address: pictures, files, playlists, live broadcasts."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from tests.clips import constant, read_code, write_clip
from tests.hls_server import HlsServer, piece
from tests.mjpeg_server import BOUNDARY
from tests.tls import TlsServer
from vision_app.errors import SourceError
from vision_app.sources import LiveSource, SourceOptions, open_source
from vision_app.sources.playback import PlaybackSource, PlayState, open_playback

Respond = Callable[[http.server.BaseHTTPRequestHandler], None]


@contextmanager
def serving(respond: Respond) -> Iterator[str]:
    """A server that answers every request in this way."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            self.close_connection = True
            respond(self)

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                self.close_connection = True  # the client has seen enough

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/x"
        finally:
            server.shutdown()
            thread.join()


def sent(handler: http.server.BaseHTTPRequestHandler, kind: str, data: bytes, *, length: bool = True) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", kind)
    if length:
        handler.send_header("Content-Length", str(len(data)))
    else:
        handler.send_header("Connection", "close")
    handler.end_headers()
    handler.wfile.write(data)


def picture(suffix: str, level: int = 90) -> bytes:
    grey = np.full((24, 32, 3), level, np.uint8)
    if suffix in (".gif", ".avif"):
        from io import BytesIO

        from PIL import Image

        file = BytesIO()
        Image.fromarray(grey).save(file, suffix[1:])
        return file.getvalue()
    return cv2.imencode(suffix, grey)[1].tobytes()


# -- still pictures ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [True, False])
@pytest.mark.parametrize("kind", ["image", "application/octet-stream"])
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp", ".webp", ".tiff", ".gif", ".avif"])
def test_a_still_picture_is_one_picture(suffix: str, kind: str, length: bool) -> None:
    mime = f"image/{suffix[1:]}" if kind == "image" else kind
    with serving(lambda h: sent(h, mime, picture(suffix), length=length)) as url, open_source(url) as source:
        assert (source.info.kind, source.info.live, source.info.frame_count) == ("images", False, 1)
        frame = source.read()
        assert frame is not None
        assert frame.size_wh == (32, 24)
        assert abs(int(frame.image[0, 0, 0]) - 90) <= 2
        assert source.read() is None


def test_a_picture_that_breaks_off_is_said() -> None:
    def respond(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "image/png")
        handler.send_header("Content-Length", "5000")
        handler.end_headers()
        handler.wfile.write(picture(".png"))

    with serving(respond) as url, pytest.raises(SourceError, match="of 5000 bytes of the picture came"):
        open_source(url)


def test_a_still_picture_is_fetched_again_every_n_seconds() -> None:
    count = 0

    def respond(handler: http.server.BaseHTTPRequestHandler) -> None:
        nonlocal count
        count += 1
        sent(handler, "image/png", picture(".png", 10 * count))

    with serving(respond) as url, open_source(url, SourceOptions(every_s=0.2)) as source:
        assert isinstance(source, LiveSource)
        frames = [source.read() for _ in range(4)]
    levels = [int(f.image[0, 0, 0]) for f in frames if f]
    assert levels == [10, 20, 30, 40]
    gaps = np.diff([f.captured_s for f in frames if f])
    assert all(0.1 < gap < 0.6 for gap in gaps)


def test_what_is_no_picture_is_not_fetched_again(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "c.mp4", constant(5))
    options = SourceOptions(every_s=1.0)
    with TlsServer(files={"/c.mp4": ("video/mp4", clip.read_bytes())}) as server:
        for spec in (server.url("/c.mp4"), str(clip), "synthetic:64x48"):
            with pytest.raises(SourceError, match="only a still picture behind http"):
                open_source(spec, options)


def test_a_still_picture_stays_on_the_screen() -> None:
    with serving(lambda h: sent(h, "image/png", picture(".png"))) as url, open_playback(url) as source:
        assert isinstance(source, PlaybackSource)
        assert source.read() is not None
        assert source.state is PlayState.PAUSED


# -- files -------------------------------------------------------------------------------------------------------


def ranged(data: bytes, asked: list[str]) -> Respond:
    def respond(handler: http.server.BaseHTTPRequestHandler) -> None:
        wanted = handler.headers.get("Range", "bytes=0-")
        asked.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-"))
        handler.send_response(206)
        handler.send_header("Content-Length", str(len(data) - start))
        handler.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        handler.end_headers()
        handler.wfile.write(data[start:])

    return respond


def test_a_file_with_its_index_at_the_end_is_read_where_the_server_gives_parts(tmp_path: Path) -> None:
    data = write_clip(tmp_path / "c.mp4", constant(40), noise=True).read_bytes()
    asked: list[str] = []
    with serving(ranged(data, asked)) as url, open_source(url, SourceOptions(start_s=1.0)) as source:
        codes = []
        while (frame := source.read()) is not None:
            codes.append(read_code(frame.image))
    assert codes == list(range(25, 40))
    assert len(asked) > 1


def test_a_connection_that_breaks_is_taken_up_again(tmp_path: Path) -> None:
    clip = write_clip(
        tmp_path / "c.mp4", constant(100), noise=True, container_options={"movflags": "faststart"}
    )
    data = clip.read_bytes()
    asked: list[str] = []
    whole = ranged(data, asked)

    def respond(handler: http.server.BaseHTTPRequestHandler) -> None:
        if asked:
            return whole(handler)
        asked.append("broken")
        handler.send_response(206)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data[: len(data) // 2])
        return None

    with serving(respond) as url, open_source(url) as source:
        codes = [read_code(f.image) for f in iter(source.read, None)]
    assert codes == list(range(100))


def test_a_file_that_breaks_off_for_good_is_said(tmp_path: Path) -> None:
    clip = write_clip(
        tmp_path / "c.mp4", constant(100), noise=True, container_options={"movflags": "faststart"}
    )
    data = clip.read_bytes()

    def respond(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data[: len(data) // 2])

    with serving(respond) as url, open_source(url) as source, pytest.raises(SourceError, match="ended early"):
        while source.read() is not None:
            pass


def test_a_digest_login_sends_no_password() -> None:
    seen: list[str] = []

    def respond(handler: http.server.BaseHTTPRequestHandler) -> None:
        given = handler.headers.get("Authorization", "")
        seen.append(given)
        if "response=" in given:
            return sent(handler, "image/png", picture(".png"))
        handler.send_response(401)
        handler.send_header("WWW-Authenticate", 'Basic realm="x"')
        handler.send_header("WWW-Authenticate", 'Digest realm="cam", nonce="abc", qop="auth", algorithm=MD5')
        handler.send_header("Content-Length", "0")
        return handler.end_headers()

    with serving(respond) as url, open_source(url.replace("//", "//admin:s3cret@")) as source:
        assert source.read() is not None
    assert seen[0] == ""
    assert seen[1].startswith('Digest username="admin"')
    assert "s3cret" not in "".join(seen)


@pytest.mark.parametrize(
    ("status", "said"), [(401, "asks for a user and password"), (404, "404 Not Found"), (503, "503 Service")]
)
def test_a_refusal_is_said(status: int, said: str) -> None:
    def respond(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    with serving(respond) as url, pytest.raises(SourceError, match=said):
        open_source(url)


# -- MJPEG -------------------------------------------------------------------------------------------------------


def test_a_damaged_picture_of_a_stream_is_dropped_and_nothing_is_connected_again() -> None:
    connections = 0

    def respond(handler: http.server.BaseHTTPRequestHandler) -> None:
        nonlocal connections
        connections += 1
        handler.send_response(200)
        handler.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY}")
        handler.end_headers()
        for i in range(1000):
            data = picture(".jpg", 2 * (i % 100) + 20)
            if i % 5 == 3:
                data = data[:2] + bytes(len(data) - 4) + data[-2:]
            head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
            handler.wfile.write(head.encode() + data + b"\r\n")
            time.sleep(0.02)

    told: list[str] = []
    with serving(respond) as url:
        with open_source(url, report=told.append) as source:
            levels = [int(f.image[0, 0, 0]) for f in (source.read() for _ in range(40)) if f]
        time.sleep(0.2)
    assert connections == 1
    assert len(set(levels)) > 25
    assert not any("lost" in t for t in told)
    assert "pictures could not be decoded" in told[-1]


# -- playlists ---------------------------------------------------------------------------------------------------


def watched(source: LiveSource, server: HlsServer, seconds: float) -> list[tuple[float, int, float, float]]:
    """When each picture came, its number, its true age, and the age that is said of it."""
    rows = []
    ends_s = time.perf_counter() + seconds
    while time.perf_counter() < ends_s:
        frame = source.read()
        assert frame is not None
        now_s, number = time.perf_counter(), read_code(frame.image)
        rows.append((now_s, number, now_s - server.taken_s(number), now_s - frame.captured_s))
    return rows


@pytest.mark.slow
def test_a_live_broadcast_is_shown_at_its_own_pace_with_its_true_age() -> None:
    for i in range(9):
        piece(i, 1.0, 10)
    told: list[str] = []
    with HlsServer(1.0) as server, open_source(server.url, report=told.append) as source:
        assert isinstance(source, LiveSource)
        rows = watched(source, server, 3.5)
    numbers = [row[1] for row in rows]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), (
        "each once, none twice, no jump back"
    )
    assert 28 <= len(rows) <= 40
    gaps = np.diff([row[0] for row in rows[5:]])
    assert np.percentile(gaps, 95) < 0.3
    assert all(abs(true_s - said_s) < 0.6 for _, _, true_s, said_s in rows[5:])
    assert told == []


@pytest.mark.slow
def test_a_piece_that_is_missing_costs_its_own_pictures() -> None:
    for i in range(9):
        piece(i, 1.0, 10)
    with HlsServer(1.0, missing=frozenset({4})) as server, open_source(server.url) as source:
        assert isinstance(source, LiveSource)
        numbers = [row[1] for row in watched(source, server, 3.5)]
    assert not set(numbers) & set(range(40, 50))
    assert numbers == sorted(set(numbers))
    assert numbers[-1] >= 50


@pytest.mark.slow
def test_a_broadcast_that_comes_back_shows_nothing_twice() -> None:
    for i in range(12):
        piece(i, 1.0, 10)
    with HlsServer(1.0) as server, open_source(server.url) as source:
        assert isinstance(source, LiveSource)
        rows = watched(source, server, 1.5)
        server.down = True
        rows += watched_until_lost(source, server)
        server.down = False
        rows += watched(source, server, 3.0)
    numbers = [row[1] for row in rows]
    assert numbers == sorted(set(numbers))
    assert len(rows) > 30


def watched_until_lost(source: LiveSource, server: HlsServer) -> list[tuple[float, int, float, float]]:
    rows = []
    ends_s = time.perf_counter() + 4.0
    while time.perf_counter() < ends_s and source.state.value == "running":
        rows += watched(source, server, 0.05) if source._slot is not None else []
        time.sleep(0.01)
    return rows


def test_a_finished_playlist_is_a_file() -> None:
    with HlsServer(1.0, ends_after=3) as server, open_source(server.url) as source:
        assert (source.info.kind, source.info.live) == ("video", False)
        codes = [read_code(f.image) for f in iter(source.read, None)]
    assert codes == list(range(30))


def test_an_encrypted_playlist_is_decrypted(tmp_path: Path) -> None:
    import subprocess

    key, iv = bytes(range(16)), bytes(16)
    (tmp_path / "plain").write_bytes(piece(0, 1.0, 10))
    command = [
        "openssl",
        "enc",
        "-aes-128-cbc",
        "-K",
        key.hex(),
        "-iv",
        iv.hex(),
        "-in",
        str(tmp_path / "plain"),
    ]
    secret = subprocess.run(command, capture_output=True, check=True).stdout
    playlist = (
        f'#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-KEY:METHOD=AES-128,URI="key",IV=0x{iv.hex()}\n'
        "#EXTINF:1.0,\n0.ts\n#EXT-X-ENDLIST\n"
    )
    files = {
        "/v.m3u8": ("application/vnd.apple.mpegurl", playlist.encode()),
        "/0.ts": ("video/mp2t", secret),
        "/key": ("application/octet-stream", key),
    }
    with TlsServer(files=files) as server, open_source(server.url("/v.m3u8")) as source:
        assert [read_code(f.image) for f in iter(source.read, None)] == list(range(10))


def test_pieces_by_their_place_in_one_file() -> None:
    first, second = piece(0, 1.0, 10), piece(1, 1.0, 10)
    playlist = "#EXTM3U\n#EXT-X-VERSION:4\n#EXT-X-TARGETDURATION:1\n" + "".join(
        f"#EXTINF:1.0,\n#EXT-X-BYTERANGE:{size}@{at}\nall.ts\n"
        for size, at in ((len(first), 0), (len(second), len(first)))
    )
    data = first + second
    asked: list[str] = []
    whole = ranged(data, asked)

    def respond(handler: http.server.BaseHTTPRequestHandler) -> None:
        if handler.path == "/all.ts":
            return whole(handler)
        return sent(handler, "application/vnd.apple.mpegurl", f"{playlist}#EXT-X-ENDLIST\n".encode())

    with serving(respond) as url, open_source(url) as source:
        assert [read_code(f.image) for f in iter(source.read, None)] == list(range(20))


def test_a_broadcast_without_a_playlist_is_live(tmp_path: Path) -> None:
    path = tmp_path / "x.ts"
    with av.open(str(path), "w", format="mpegts") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for _ in range(100):
            container.mux(
                stream.encode(av.VideoFrame.from_ndarray(np.full((240, 320, 3), 50, np.uint8), "bgr24"))
            )
        container.mux(stream.encode())

    def respond(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "video/mp2t")
        handler.send_header("Connection", "close")
        handler.end_headers()
        while True:
            handler.wfile.write(path.read_bytes())
            time.sleep(0.1)

    with serving(respond) as url, open_source(url) as source:
        assert source.info.live
        assert source.read() is not None
