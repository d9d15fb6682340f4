"""What is behind a network address, and opening it with FFmpeg."""

from __future__ import annotations

import io
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from vision_app import limits
from vision_app.errors import SourceError
from vision_app.messages import Message
from vision_app.sources.base import SourceOptions
from vision_app.sources.container import open_container
from vision_app.sources.served import Served
from vision_app.sources.trust import Trust
from vision_app.sources.tunnel import Tunnel
from vision_app.sources.urls import endpoint, scheme_of, source_id
from vision_app.sources.web import FAILURES, Answer, Web, WebFile, why_not

if TYPE_CHECKING:
    import av.container

READ_TIMEOUT_S = 2.0
"""A live stream that gives nothing for so long counts as lost."""
FILE_TIMEOUT_S = 10.0
"""A file or playlist may take longer: nobody waits for its newest picture."""

_HEAD_BYTES = 64
_HLS = {"http_persistent": "0", "http_multiple": "0", "live_start_index": "-2"}
# Everything a playlist names is fetched here, so that the checks of FFmpeg on names protect nothing.
_HLS_NAMES = {"extension_picky": "0", "allowed_extensions": "ALL", "allowed_segment_extensions": "ALL"}
_PICTURES = (
    (0, b"\xff\xd8\xff"),
    (0, b"\x89PNG\r\n\x1a\n"),
    (0, b"GIF8"),
    (0, b"BM"),
    (8, b"WEBP"),
    (0, b"II*\0"),
    (0, b"MM\0*"),
    (4, b"ftypavif"),
    (4, b"ftypheic"),
    (4, b"ftypmif1"),
    (0, b"\0\0\0\x0cjP  "),
)
"""Where a picture's file says that it is one."""


class Address:
    """A network address that can be opened again and again.

    Args:
        url: with credentials.
        options: timeouts and trust are heeded here.

    Raises:
        SourceError: it is no address.
    """

    def __init__(self, url: str, options: SourceOptions) -> None:
        self.url, self.source_id = url, source_id(url)
        self._open_timeout_s = options.open_timeout_s
        self._trust = Trust(options.insecure, options.fingerprint)
        self._scheme = scheme_of(url) or ""
        self._confined = options.hosts is not None
        if self._confined and self._scheme == "rtmp":
            raise SourceError(
                "{source}: FFmpeg follows a redirect of rtmp to any host, so it cannot be kept to those that may be "
                "reached",
                source=self.source_id,
            )
        self.web = (
            Web(
                url,
                self._trust,
                (options.open_timeout_s, min(options.open_timeout_s, FILE_TIMEOUT_S)),
                options.hosts,
            )
            if self._scheme in ("http", "https")
            else None
        )

    def open(self) -> Served:
        """Connect and see what comes.

        Raises:
            SourceError: it cannot be connected, or nothing that can be shown comes.
        """
        import av

        try:
            if self.web is not None:
                return self._open_web(self.web)
            if self._scheme == "rtsps" or (
                self._scheme == "rtsp" and ("@" in urlsplit(self.url).netloc or self._confined)
            ):
                return self._open_tunnelled()
            return Served(self._open_by_ffmpeg(self.url))
        except av.FFmpegError:
            problem = self._no_video()
        except FAILURES as error:
            problem = why_not(self.url, error, self._open_timeout_s)
        # Raised here, so that it has no context: PyAV's errors hold the address with the password.
        raise problem

    def reachable(self) -> bool | None:
        """Whether the server takes TCP connections; None for what is not carried by TCP."""
        address = endpoint(self.url)
        return None if address is None else accepts_connections(address)

    # -- the web -----------------------------------------------------------------------------------------

    def _open_web(self, web: Web) -> Served:
        answer = web.get()
        try:
            head = _head_of(answer)
            if is_picture(answer.content_type, head):
                return Served(picture=_rest_of(answer, head))
            return self._open_moving(web, answer, head)
        except BaseException:
            answer.close()
            raise

    def _open_moving(self, web: Web, answer: Answer, head: bytes) -> Served:
        file = WebFile(web, answer, head)
        playlist = head.lstrip().startswith(b"#EXTM3U")
        multipart = answer.content_type.startswith("multipart/")
        options = {"fpsprobesize": "0"} if multipart else {}
        if playlist:
            options |= _HLS | _HLS_NAMES
        nested = Nested(web) if playlist else None
        # By their names FFmpeg would not know them: it cannot see what the server calls them.
        name = "hls" if playlist else "mpjpeg" if multipart else None
        container = self._container_of(file, options, nested, name)
        length_s = container.duration
        is_hls = container.format.name == "hls"
        is_file = not multipart and ((length_s or 0) > 0 or (answer.length is not None and not is_hls))
        if not (is_file or is_hls):
            answer.wait_at_most(READ_TIMEOUT_S)
        return Served(container, is_file=is_file, is_hls=is_hls, nested=nested, close_more=file.close)

    def _container_of(
        self, file: WebFile, options: dict[str, str], nested: Nested | None, format_name: str | None
    ) -> av.container.InputContainer:
        import av

        io_open = _refuse_nested if nested is None else nested.open
        try:
            return open_container(file, options=options, format_name=format_name, io_open=io_open)
        except (av.FFmpegError, *FAILURES):
            problem = None if nested is None else nested.problem
        raise problem or self._no_video()

    # -- what FFmpeg connects to itself ------------------------------------------------------------------

    def _open_by_ffmpeg(self, url: str) -> av.container.InputContainer:
        options = {"rtsp_flags": "prefer_tcp"} if urlsplit(url).scheme.lower().startswith("rtsp") else {}
        return open_container(url, options=options, timeouts_s=(self._open_timeout_s, READ_TIMEOUT_S))

    def _open_tunnelled(self) -> Served:
        import av

        tunnel = Tunnel(self.url, self._trust, self._open_timeout_s)
        try:
            options = {"rtsp_transport": "tcp"}
            timeouts_s = (self._open_timeout_s, READ_TIMEOUT_S)
            container = open_container(tunnel.url, options=options, timeouts_s=timeouts_s)
            return Served(container, close_more=tunnel.close)
        except (av.FFmpegError, OSError):
            problem = tunnel.problem or self._no_video()
        tunnel.close()
        if self._scheme == "rtsp" and tunnel.problem is None:
            # Perhaps it sends its pictures by UDP only, which goes through no tunnel. FFmpeg alone would follow a
            # redirect with the password, which a server could begin after it has refused the tunnel.
            if self._trust.insecure and not self._confined:
                return Served(self._open_by_ffmpeg(self.url))
            raise SourceError(
                "{problem}; pictures by UDP are tried only where insecure is set, since a password could "
                "be sent on",
                problem=problem,
            )
        raise problem

    def _no_video(self) -> SourceError:
        address = endpoint(self.url)
        if self.web is not None:
            reason = Message("what comes from there is no video that can be read")
        elif address is None:
            reason = Message("no video came within {open_timeout_s:g} s", open_timeout_s=self._open_timeout_s)
        elif accepts_connections(address):
            reason = Message(
                "{host} port {port} answers, but sends no video; check the path, user and password",
                host=address[0],
                port=address[1],
            )
        else:
            reason = Message("nobody answers at {host} port {port}", host=address[0], port=address[1])
        return SourceError("{source_id} cannot be opened: {reason}", source_id=self.source_id, reason=reason)


class Nested:
    """Opens what a playlist names: other playlists, pieces, keys; all of it under the same checks.

    A piece that cannot be had is an empty one, so that those after it are shown; it is counted.
    """

    def __init__(self, web: Web) -> None:
        self._web = web
        self.failed = 0
        """Files that could not be fetched."""
        self.problem: SourceError | None = None
        """Why the first of them could not."""
        self.closed = False

    def open(self, url: str, flags: int, options: dict[str, str]) -> Any:
        """A file for FFmpeg; called by PyAV."""
        inner = url.removeprefix("crypto+").removeprefix("crypto:")
        if self.closed or scheme_of(inner) not in ("http", "https"):
            raise PermissionError(Message("a playlist from the web may name only what is on the web"))
        start, end = int(options.get("offset", 0)), int(options.get("end_offset", 0))
        try:
            file = _Part(
                self, WebFile(self._web, self._web.get(inner, start=start)), end - start if end else None
            )
            return file if inner == url else _decrypted(file, options)
        except (SourceError, *FAILURES) as error:
            self.note(inner, error)
            return _Empty(inner)

    def note(self, url: str, error: BaseException) -> None:
        """Something could not be fetched."""
        self.failed += 1
        self.problem = self.problem or why_not(url, error, FILE_TIMEOUT_S)


class _Part:
    """A piece of a playlist: a whole file, or so many bytes of one."""

    def __init__(self, owner: Nested, file: WebFile, left: int | None) -> None:
        self._owner, self._file, self._left = owner, file, left
        self.name = file.name

    def seekable(self) -> bool:
        """It is read once, from its start."""
        return False

    def read(self, size: int) -> bytes:
        """Up to so many bytes; b"" at the end, and where the connection breaks."""
        if self._left is not None:
            size = min(size, self._left)
            if size <= 0:
                return b""
        try:
            data = self._file.read(size)
        except OSError as error:
            if not self._owner.closed:
                self._owner.note(self.name, error)
            return b""
        if self._left is not None:
            self._left -= len(data)
        return data

    def close(self) -> None:
        """Hang up."""
        self._file.close()


class _Empty(io.BytesIO):
    """What could not be fetched."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


def _decrypted(file: _Part, options: dict[str, str]) -> Any:
    """An encrypted piece in the clear. FFmpeg has the cipher, and takes it from a file of its own only."""
    with tempfile.TemporaryDirectory(prefix="vision-app-") as folder:
        path = Path(folder) / "piece"
        with path.open("wb") as out:
            while data := file.read(1 << 16):
                out.write(data)
        file.close()
        keys = {
            name: value
            for name, value in options.items()
            if name.removeprefix("decryption_") in ("key", "iv")
        }
        with open_container(f"crypto:file:{path}", options=keys, format_name="data") as container:
            return io.BytesIO(b"".join(bytes(packet) for packet in container.demux()))


def _refuse_nested(url: str, flags: int, options: dict[str, str]) -> Any:
    raise PermissionError(Message("a file from the web may not name another one"))


def is_picture(content_type: str, head: bytes) -> bool:
    """Whether a still picture comes, by what the server calls it and by how it begins."""
    if content_type.startswith(("multipart/", "video/")):
        return False
    return content_type.startswith("image/") or any(head[at:].startswith(magic) for at, magic in _PICTURES)


def _head_of(answer: Answer) -> bytes:
    head = b""
    while len(head) < _HEAD_BYTES:
        part = answer.read(_HEAD_BYTES - len(head))
        if not part:
            break
        head += part
    return head


def _pieces(answer: Answer) -> Iterator[bytes]:
    while part := answer.read(1 << 16):
        yield part


def _rest_of(answer: Answer, head: bytes) -> bytes:
    """All of a picture.

    Raises:
        SourceError: it is larger than a picture may be, or breaks off.
    """
    data = bytearray(head)
    most = limits.current().picture_bytes
    for part in _pieces(answer):
        data += part
        if len(data) > most:
            over = limits.excess("picture-bytes", len(data))
            raise SourceError(
                "{source}: the picture there has no end, or is too large; {over}",
                source=source_id(answer.url),
                over=over,
            )
    if answer.length is not None and len(data) < answer.length:
        raise SourceError(
            "{source}: only {count} of {length} bytes of the picture came",
            source=source_id(answer.url),
            count=len(data),
            length=answer.length,
        )
    answer.close()
    return bytes(data)


def opened_in_time(address: Address, limit_s: float) -> Served:
    """What an address gives, waited for so that Ctrl-C comes through: what hangs is left behind.

    Raises:
        SourceError: it cannot be opened, or not within the time.
    """
    outcome: list[Served | BaseException] = []
    lock, left = threading.Lock(), False

    def work() -> None:
        result: Served | BaseException
        try:
            result = address.open()
        except BaseException as error:  # noqa: BLE001  # a thread's boundary: raised again below
            result = error
        with lock:
            outcome.append(result)
            unwanted = left
        if unwanted and isinstance(result, Served):
            result.close()

    thread = threading.Thread(target=work, name=f"opening {address.source_id}", daemon=True)
    thread.start()
    deadline_s = time.monotonic() + limit_s
    try:
        while thread.is_alive() and time.monotonic() < deadline_s:
            thread.join(0.1)
    finally:
        with lock:
            left = not outcome
            result = outcome[0] if outcome else None
    if result is None:
        raise SourceError(
            "{source_id}: no picture within {limit_s:g} s", source_id=address.source_id, limit_s=limit_s
        )
    if isinstance(result, BaseException):
        raise result
    return result


def accepts_connections(address: tuple[str, int], timeout_s: float = 0.5) -> bool:
    """Whether somebody listens there."""
    import socket

    with suppress(OSError), socket.create_connection(address, timeout_s):
        return True
    return False
