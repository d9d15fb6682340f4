"""Fetching weights: resumed where it was cut, checked before they take their place.

The transfer is that of `requests`, the only module that is imported for it and only here. See
`docs/decisions/0005-downloads.md`.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, ReadTimeoutError

from vision_app import __version__
from vision_app.cancelling import Cancellation, CancelledError
from vision_app.cards.card import Download, ModelCard
from vision_app.cards.lookup import (
    find_card,
    how_to_get,
    incoming_dir,
    known_weights,
    sha256,
    shown_url,
    user_models_dir,
    weights_path,
)
from vision_app.errors import DownloadError, ModelError, disk_reason
from vision_app.locking import model_lock
from vision_app.messages import Message

DEFAULT_TIMEOUT_S = 30.0
DEFAULT_TRIES = 5
_MAX_REDIRECTS = 10
_CHUNK_BYTES = 1 << 16
_SPARE_BYTES = 1 << 20
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_FULL = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))

Progress = Callable[[int, int], None]
"""Is told the bytes that are there and the bytes that there will be."""


def _stop_reading(response: requests.Response) -> None:
    try:
        response.raw.shutdown()
    except (AttributeError, OSError, RuntimeError, ValueError):
        return  # an older urllib3, or it has ended by itself: the next block ends it


@dataclass(frozen=True, slots=True)
class Pulled:
    """What `pull` did: where the weights are, and whether they had to be fetched."""

    name: str
    path: Path
    fetched: bool


def pull(
    name: str,
    *,
    overwrite: bool = False,
    timeout_s: float = DEFAULT_TIMEOUT_S,
    tries: int = DEFAULT_TRIES,
    progress: Progress | None = None,
    waiting: Callable[[], None] | None = None,
    cancellation: Cancellation | None = None,
) -> Pulled:
    """Bring the weights of a model of the catalogue onto this disk. Does nothing when they are there.

    Args:
        name: the model.
        overwrite: replace a file in the user's folder that is not the one of the card.
        timeout_s: longest silence of the server, seconds.
        tries: connections to make at most; a further one only where the last brought something.
        progress: is told how far it is.
        waiting: called once when another process is fetching the same model.
        cancellation: with it another thread ends the download.

    Raises:
        CancelledError: it was cancelled; the next pull goes on from what has come.
        ModelError: there is no such model, it has no download, or another file stands in its place.
        DownloadError: it cannot be fetched, or is not what the card says. Nothing is installed then.
    """
    card = find_card(name)
    here = _installed(card, overwrite)
    if here is not None:
        return Pulled(name, here, fetched=False)
    if card.download is None:
        raise ModelError("model '{name}' cannot be fetched; {advice}", name=name, advice=how_to_get(card))
    target = user_models_dir() / f"{name}.onnx"
    cancellation = cancellation or Cancellation()
    with model_lock(name, waiting, lambda: cancellation.cancelled) as held:
        if not held:
            raise CancelledError("model '{name}': the download was cancelled", name=name)
        here = _installed(card, overwrite)
        if here is not None:
            return Pulled(name, here, fetched=False)
        transfer = _Transfer(
            card,
            card.download,
            target,
            timeout_s=timeout_s,
            progress=progress,
            cancellation=cancellation,
        )
        transfer.run(tries)
    return Pulled(name, target, fetched=True)


def by_hand(card: ModelCard, download: Download) -> str:
    """In words how to bring the weights without this program's help."""
    target = user_models_dir() / f"{card.name}.onnx"
    return Message(
        "to bring it by hand: get {url} ({bytes} bytes, SHA-256 {sha256}) and put it at {target}",
        url=shown_url(download.url),
        bytes=download.bytes,
        sha256=download.sha256,
        target=target,
    )


def _installed(card: ModelCard, overwrite: bool) -> Path | None:
    """The weights when they are on this disk and right."""
    path = weights_path(card.name)
    facts = known_weights(card)
    if path is None:
        return None
    if facts is None or (path.stat().st_size, sha256(path)) == facts:
        return path
    if overwrite and card.download is not None:
        return None
    cure = (
        Message("--overwrite replaces it")
        if card.download is not None
        else Message("vision-app models verify tells more")
    )
    raise ModelError(
        "model '{name}': {path} is not the file of its card; {cure}", name=card.name, path=path, cure=cure
    )


class _CutError(Exception):
    """The connection ended early: a further one may go on from there."""


class _Part:
    """What has come so far, under a name that no other content can have."""

    def __init__(self, name: str, sha: str) -> None:
        stem = f"{name}.{sha[:16]}"
        self.path = incoming_dir() / f"{stem}.part"
        self._version = incoming_dir() / f"{stem}.version"

    @property
    def size(self) -> int:
        """Bytes that are there."""
        return self.path.stat().st_size if self.path.is_file() else 0

    @property
    def version(self) -> str:
        """What the server called this version of the file: an ETag or a date; "" when nothing."""
        return self._version.read_text(encoding="latin-1") if self._version.is_file() else ""

    @version.setter
    def version(self, value: str) -> None:
        self._version.write_text(value, encoding="latin-1")

    def remove(self) -> None:
        """Start from nothing."""
        self.path.unlink(missing_ok=True)
        self._version.unlink(missing_ok=True)

    def publish(self, target: Path) -> None:
        """Give the complete and checked file its place in one step."""
        with self.path.open("rb") as file:
            os.fsync(file.fileno())
        self.path.replace(target)
        self._version.unlink(missing_ok=True)


class _Transfer:
    """One file on its way."""

    def __init__(
        self,
        card: ModelCard,
        download: Download,
        target: Path,
        *,
        timeout_s: float,
        progress: Progress | None,
        cancellation: Cancellation,
    ) -> None:
        self._card, self._download, self._target = card, download, target
        self._timeout_s, self._progress, self._cancellation = timeout_s, progress, cancellation
        self._part = _Part(card.name, download.sha256)
        self._resumed = False

    def run(self, tries: int) -> None:
        """Fetch, check, put in place."""
        try:
            self._check_space()
            self._fetch(tries)
            came = self._differs()
            if came and self._resumed:
                # the beginning may have been of another version: once more, all of it
                self._part.remove()
                self._fetch(tries)
                came = self._differs()
            if came:
                self._part.remove()
                raise DownloadError(
                    "model '{name}': what {url} gives is not the file of the card and was thrown away: "
                    "SHA-256 {sha256} was wanted, {came} came; the file there has been changed, or the way "
                    "to it is not to be trusted",
                    name=self._card.name,
                    url=shown_url(self._download.url),
                    sha256=self._download.sha256,
                    came=came,
                )
            self._part.publish(self._target)
        except OSError as error:
            raise self._disk_error(error) from error

    def _differs(self) -> str:
        """The hash of what came when it is not the right one."""
        came = sha256(self._part.path)
        return "" if came == self._download.sha256 else came

    def _check_space(self) -> None:
        missing = self._download.bytes - self._part.size
        free = shutil.disk_usage(incoming_dir()).free
        if free < missing + _SPARE_BYTES:
            raise DownloadError(
                "model '{name}' needs {missing:.1f} MB more at {folder}, {free:.1f} MB are free; make "
                "room, or set VISION_APP_MODELS to a folder on another disk",
                name=self._card.name,
                missing=missing / 1e6,
                folder=user_models_dir(),
                free=free / 1e6,
            )

    def _fetch(self, tries: int) -> None:
        """Get all bytes, by as many connections as it takes."""
        with _session(self._download.url) as session:
            for left in reversed(range(tries)):
                self._check_not_cancelled()
                before = self._part.size
                if before > self._download.bytes:
                    self._part.remove()
                if self._part.size == self._download.bytes:
                    self._resumed = True
                    return
                try:
                    self._connect_once(session)
                except _CutError as error:
                    self._check_not_cancelled()
                    if left and self._part.size != before:
                        continue
                    raise self._failed(str(error)) from None  # its text can hold the secrets of an address
                else:
                    return

    def _connect_once(self, session: requests.Session) -> None:
        have = self._part.size
        headers = {"Accept-Encoding": "identity", "User-Agent": f"vision-app/{__version__}"}
        if have:
            headers["Range"] = f"bytes={have}-"
            if self._part.version:
                headers["If-Range"] = self._part.version
        try:
            with (
                session.get(
                    self._download.url, headers=headers, stream=True, timeout=self._timeout_s
                ) as response,
                self._cancellation.calling(lambda: _stop_reading(response)),
            ):
                self._check_not_cancelled()
                start = self._start(response, have)
                self._save(response, start)
        except requests.RequestException as error:
            raise _CutError(self._explain(error)) from error
        except (
            ValueError,
            HTTPError,
        ) as error:  # requests lets them through for some addresses of a redirect
            raise _CutError(Message("the server redirects to what is not a usable address")) from error
        if self._part.size < self._download.bytes:
            raise _CutError(Message("the connection ended early"))

    def _start(self, response: requests.Response, have: int) -> int:
        """Where in the file the body of a response starts; refuses what is not the file."""
        status = response.status_code
        if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and have:
            self._part.remove()
            raise _CutError(Message("the server does not have the rest of the file"))
        if status == HTTPStatus.PARTIAL_CONTENT and have:
            match = _CONTENT_RANGE.match(response.headers.get("Content-Range", ""))
            if match is None or int(match[1]) != have:
                self._part.remove()
                raise _CutError(Message("the server sent another part of the file than the one asked for"))
            self._check_size(match[2])
            self._resumed = True
            return have
        if status != HTTPStatus.OK:
            raise self._failed(_explain_status(response))
        if not response.headers.get("Content-Encoding"):
            self._check_size(response.headers.get("Content-Length", "*"))
        return 0

    def _check_size(self, announced: str, beyond: str = "") -> None:
        if announced.isdecimal() and int(announced) != self._download.bytes:
            self._part.remove()
            raise DownloadError(
                "model '{name}': {url} gives {announced} bytes{beyond}, the file of the card has "
                "{bytes}: it is another file; nothing was installed",
                name=self._card.name,
                url=shown_url(self._download.url),
                announced=announced,
                beyond=beyond,
                bytes=self._download.bytes,
            )

    def _save(self, response: requests.Response, start: int) -> None:
        """Write the body behind what is there, or over it when it is the whole file."""
        if not start:
            self._part.version = _version(response)
        done = start
        self._report(done)
        with self._part.path.open("ab" if start else "wb") as file:
            for chunk in response.iter_content(_CHUNK_BYTES):
                done += len(chunk)
                if done > self._download.bytes:
                    break
                file.write(chunk)
                self._report(done)
                self._check_not_cancelled()
        if done > self._download.bytes:
            self._check_size(f"{done}", Message(" and more"))

    def _check_not_cancelled(self) -> None:
        if self._cancellation.cancelled:
            raise CancelledError(
                "model '{name}': the download was cancelled; {size} of {bytes} bytes are kept: the next "
                "one goes on from there",
                name=self._card.name,
                size=self._part.size,
                bytes=self._download.bytes,
            )

    def _report(self, done: int) -> None:
        if self._progress is not None:
            self._progress(done, self._download.bytes)

    def _failed(self, reason: str) -> DownloadError:
        kept = self._part.size
        text = Message("model '{name}' cannot be fetched: {reason}", name=self._card.name, reason=reason)
        if kept:
            text += Message(
                " ({kept} of {bytes} bytes are kept: the same command goes on from there)",
                kept=kept,
                bytes=self._download.bytes,
            )
        return DownloadError("{text}; {advice}", text=text, advice=by_hand(self._card, self._download))

    def _disk_error(self, error: OSError) -> DownloadError:
        what = (
            Message("the disk is full")
            if error.errno in _FULL
            else Message("cannot be written: {reason}", reason=disk_reason(error))
        )
        return DownloadError(
            "model '{name}' cannot be saved in {folder}: {what} ({size} of {bytes} bytes are kept: "
            "the same command goes on from there)",
            name=self._card.name,
            folder=user_models_dir(),
            what=what,
            size=self._part.size,
            bytes=self._download.bytes,
        )

    def _explain(self, error: requests.RequestException) -> str:
        """In words, without the text of the error: that can hold the secrets of an address."""
        host = urlsplit(self._download.url).hostname or Message("the server")
        inner = error.args[0] if error.args else None
        if isinstance(error, requests.Timeout) or isinstance(inner, ReadTimeoutError):
            return Message("{host} was silent for {timeout_s:g} s", host=host, timeout_s=self._timeout_s)
        for kind, text in _REASONS:
            if isinstance(error, kind):
                return f"{host} {text}"
        return Message("{host} failed ({name})", host=host, name=type(error).__name__)


# the first that fits counts: each is a subclass of a later one, or of none of them
_REASONS: tuple[tuple[type[requests.RequestException], str], ...] = (
    (requests.TooManyRedirects, Message("redirects in a circle")),
    (
        requests.exceptions.InvalidSchema,
        Message("redirects to an address that is not https (or http, as the card's own)"),
    ),
    (requests.exceptions.InvalidURL, Message("is not a usable address, or redirects to one")),
    (
        requests.exceptions.ProxyError,
        Message("cannot be reached through the proxy of this machine's settings"),
    ),
    (requests.exceptions.SSLError, Message("cannot prove who it is: its certificate is refused")),
    (requests.exceptions.ChunkedEncodingError, Message("closed the connection early")),
    (
        requests.exceptions.ConnectionError,
        Message("cannot be reached, or closed the connection: is this machine online?"),
    ),
)


def _session(url: str) -> requests.Session:
    """A session that follows redirects to https, and to http only where the card's address is http itself."""
    session = requests.Session()
    session.max_redirects = _MAX_REDIRECTS
    session.adapters.clear()
    session.mount("https://", HTTPAdapter())
    if urlsplit(url).scheme == "http":
        session.mount("http://", HTTPAdapter())
    return session


def _version(response: requests.Response) -> str:
    """What `If-Range` takes: a strong ETag, else a date. Source: RFC 9110, section 13.1.5."""
    etag = response.headers.get("ETag", "")
    return etag if etag.startswith('"') else response.headers.get("Last-Modified", "")


def _explain_status(response: requests.Response) -> str:
    status = response.status_code
    known = status in set(HTTPStatus)
    shown = f"{status} {HTTPStatus(status).phrase}" if known else str(status)
    text = Message("the server answers {status}", status=shown)
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return Message("{text}: the file needs an account, or is not given to everyone", text=text)
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        return Message("{text}: the file is no longer there", text=text)
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Message("{text}: try again later", text=text)
    return text
