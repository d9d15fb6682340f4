"""Streams from a real server on loopback."""

from __future__ import annotations

import contextlib
import functools
import http.server
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.clips import constant, read_code, write_clip
from tests.mjpeg_server import MjpegServer
from vision_app.errors import SourceError
from vision_app.sources import LiveSource, LiveState, SourceOptions, open_source


@pytest.fixture
def server() -> Iterator[MjpegServer]:
    with MjpegServer() as running:
        yield running


def open_live(url: str, reports: list[str] | None = None) -> LiveSource:
    source = open_source(url, report=(reports if reports is not None else []).append)
    assert isinstance(source, LiveSource)
    return source


def test_a_stream_is_live_and_shows_no_credentials(server: MjpegServer) -> None:
    with open_live(server.url) as source:
        frames = [source.read() for _ in range(10)]
        assert source.info.live
        assert source.info.size_wh == (320, 240)
        assert source.state is LiveState.RUNNING
        threads = [t.name for t in threading.enumerate()]
        assert "s3cret" not in repr((source.info, frames, threads, source))
        assert "***@127.0.0.1" in source.info.source_id
    indices = [f.index for f in frames if f]
    assert indices == sorted(set(indices))
    assert len(indices) == 10


def test_it_survives_three_deaths_of_the_server(server: MjpegServer) -> None:
    reports: list[str] = []
    last = -1
    with open_live(server.url, reports) as source:
        for _ in range(3):
            frame = source.read()
            assert frame is not None
            assert frame.index > last
            server.kill()
            while source.state is LiveState.RUNNING:
                frame = source.read() if source._slot is not None else frame
                time.sleep(0.005)
            server.start()
            while True:
                frame = source.read()
                assert frame is not None
                last = frame.index
                if frame.captured_s > server.returned_s:
                    break
            assert frame.captured_s - server.returned_s < 3
    assert [r.rsplit(": ", 1)[1] for r in reports] == [
        "connection lost, trying to connect again",
        "connected again",
    ] * 3
    assert "s3cret" not in "".join(reports)


def test_nothing_is_left_after_closing(server: MjpegServer) -> None:
    process = psutil.Process()

    def left() -> tuple[int, int]:
        return threading.active_count(), process.num_fds() if hasattr(process, "num_fds") else 0

    def use() -> None:
        with open_live(server.url) as source:
            assert source.read() is not None

    def no_grab_thread() -> bool:
        return not any(t.name.startswith("live ") for t in threading.enumerate())

    use()
    server.kill()
    deadline = time.perf_counter() + 5
    while not no_grab_thread() and time.perf_counter() < deadline:
        time.sleep(0.01)
    before = left()
    for _ in range(5):
        server.start()
        use()
        server.kill()
    deadline = time.perf_counter() + 5
    while left() != before and time.perf_counter() < deadline:
        time.sleep(0.01)
    assert left() == before


def test_a_server_that_never_answers_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        started = time.perf_counter()
        with pytest.raises(SourceError, match="answers, but sends no video"):
            open_source(f"http://127.0.0.1:{mute.getsockname()[1]}/x", SourceOptions(open_timeout_s=0.5))
        assert time.perf_counter() - started < 2.5


def test_times_are_refused_for_a_stream(server: MjpegServer) -> None:
    with pytest.raises(SourceError, match="needs a video file"):
        open_source(server.url, SourceOptions(start_s=1))


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass

    def handle(self) -> None:
        with contextlib.suppress(OSError):  # the client has seen enough
            super().handle()


@pytest.fixture
def file_server(tmp_path: Path) -> Iterator[str]:
    write_clip(tmp_path / "clip.mp4", constant(50), container_options={"movflags": "faststart"})
    handler = functools.partial(_Quiet, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://user:s3cret@127.0.0.1:{server.server_address[1]}/clip.mp4"
        server.shutdown()
        thread.join()


def test_a_file_behind_http_is_read_whole(file_server: str) -> None:
    reports: list[str] = []
    with open_source(file_server, SourceOptions(start_s=0.4), report=reports.append) as source:
        assert (source.info.kind, source.info.live) == ("video", False)
        assert "s3cret" not in source.info.source_id
        codes = []
        while (frame := source.read()) is not None:
            codes.append(read_code(frame.image))
    assert codes == list(range(10, 50))
    assert reports == []


def test_a_process_that_forgets_to_close_ends_cleanly(server: MjpegServer) -> None:
    """A grab thread that outlives the interpreter aborts the process, so only a real one shows it."""
    program = (
        "import sys\n"
        "from vision_app.sources import open_source\n"
        "source = open_source(sys.argv[1])\n"
        "source.read()\n"
    )
    done = subprocess.run([sys.executable, "-c", program, server.url], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
