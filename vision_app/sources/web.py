"""Fetching over HTTP for a decoder: certificates, logins, redirects and broken connections are dealt with here.

FFmpeg's own client checks no certificate of a playlist's segments and follows a redirect with the password, so it
gets files from here instead.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import os
import re
import socket
import ssl
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

import vision_app
from vision_app.errors import SourceError
from vision_app.messages import Message, cause_of
from vision_app.sources.challenges import best_challenge, digest
from vision_app.sources.trust import Trust, secured
from vision_app.sources.urls import DEFAULT_PORTS, PERCENT_HINT, source_id

FAILURES = (OSError, http.client.HTTPException)
"""What a connection may raise while it is read."""

_MOST_REDIRECTS = 10
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_READ_BYTES = 64 << 10
_RESUMES = 3


@dataclass(frozen=True, slots=True)
class Origin:
    """Whom a password belongs to."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Origin:
        """That of an address.

        Raises:
            SourceError: the address has no host, or no port that could be.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise SourceError(
                "{source}: the port in this address is no number", source=source_id(url)
            ) from None
        if not parts.hostname:
            raise SourceError("{source}: there is no host in this address", source=source_id(url))
        scheme = parts.scheme.lower()
        return cls(scheme, parts.hostname, port or DEFAULT_PORTS.get(scheme) or 0)

    def may_pass_to(self, other: Origin) -> bool:
        """Whether what belongs to this one may be sent to that one: itself, or itself with encryption added."""
        upgraded = (self.scheme, self.port, other.scheme, other.port) == ("http", 80, "https", 443)
        return self == other or (self.host == other.host and upgraded)


class Answer:
    """What a server sends, as it comes.

    Attributes:
        url: where it came from in the end, without credentials.
        status: of HTTP.
        headers: of HTTP.
    """

    def __init__(
        self,
        url: str,
        response: http.client.HTTPResponse,
        connection: http.client.HTTPConnection,
        sock: socket.socket,
    ) -> None:
        self.url, self.status, self.headers = url, response.status, response.headers
        self._response, self._connection, self._socket = response, connection, sock

    def wait_at_most(self, seconds: float) -> None:
        """How long each read may take from here on."""
        with contextlib.suppress(OSError):
            self._socket.settimeout(seconds)

    @property
    def content_type(self) -> str:
        """In lower case, without parameters."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    @property
    def length(self) -> int | None:
        """Bytes that are announced from here to the end; None for what has no end, or none that is said."""
        text = self.headers.get("Content-Length", "")
        return int(text) if text.isdigit() and "Transfer-Encoding" not in self.headers else None

    @property
    def takes_ranges(self) -> bool:
        """Whether any part of it can be asked for."""
        return self.status == 206

    def read(self, size: int) -> bytes:
        """Up to so many bytes, as soon as there are some; b"" at the end.

        Raises:
            OSError: the connection broke.
        """
        try:
            return self._response.read1(size)
        except http.client.HTTPException as error:
            raise ConnectionError(type(error).__name__) from None

    def close(self) -> None:
        """Hang up."""
        with contextlib.suppress(*FAILURES):
            self._response.close()
            self._connection.close()


class Web:
    """One source's way to its server.

    Args:
        url: its address, perhaps with a login; that is sent only to this server, and only when it asks for it.
        trust: which certificates are taken.
        timeouts_s: for connecting, and for each read.
        hosts: the only ones that may be reached, in lower case; None for any.

    Raises:
        SourceError: it is no address.
    """

    def __init__(
        self,
        url: str,
        trust: Trust,
        timeouts_s: tuple[float, float],
        hosts: frozenset[str] | None = None,
    ) -> None:
        self._origin, self._hosts = Origin.of(url), hosts
        parts = urlsplit(url)
        self.url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        self._login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        self._trust = trust
        self._connect_s, self._read_s = timeouts_s
        self._challenge: dict[str, str] = {}
        self._count = 0
        self._cookies: dict[Origin, dict[str, str]] = {}

    def get(self, url: str | None = None, *, start: int = 0) -> Answer:
        """Ask for what is at an address, following it where it moved.

        Args:
            url: without credentials; None for the source's own.
            start: first byte that is wanted.

        Raises:
            SourceError: it cannot be had; says why.
            OSError, http.client.HTTPException: the connection failed.
        """
        url = url or self.url
        for _ in range(_MOST_REDIRECTS):
            answer = self._asked(url, start)
            if answer.status not in _REDIRECTS:
                return self._checked(answer)
            target = urljoin(url, answer.headers.get("Location", ""))
            answer.close()
            if urlsplit(target).scheme.lower() not in ("http", "https"):
                raise SourceError(
                    "{source} redirects to {source_2}, which is no web address",
                    source=source_id(url),
                    source_2=source_id(target),
                )
            url = urlunsplit(urlsplit(target)._replace(netloc=urlsplit(target).netloc.rpartition("@")[2]))
        raise SourceError(
            "{source} redirects more than {most_redirects} times",
            source=source_id(url),
            most_redirects=_MOST_REDIRECTS,
        )

    def _checked(self, answer: Answer) -> Answer:
        if answer.status in (200, 206):
            return answer
        answer.close()
        shown, status = source_id(answer.url), answer.status
        if status == 401:
            if self._login and not self._origin.may_pass_to(Origin.of(answer.url)):
                raise SourceError(
                    "{shown} asks for a user and password; those given are for another host", shown=shown
                )
            what = (
                Message("does not take this user and password")
                if self._login
                else Message("asks for a user and password")
            )
            raise SourceError(
                "{shown} {what}; {percent_hint}", shown=shown, what=what, percent_hint=PERCENT_HINT
            )
        name = http.client.responses.get(status, "")
        raise SourceError(f"{shown} answers: {status} {name}".rstrip())

    def _asked(self, url: str, start: int) -> Answer:
        """One request, and a second one with the login when it is asked for by whom it belongs to."""
        origin = Origin.of(url)
        if self._hosts is not None and origin.host.lower() not in self._hosts:
            raise SourceError(
                "{source} leads to {host}, which is not one of the hosts that may be reached",
                source=source_id(self.url),
                host=origin.host,
            )
        login = self._login if self._origin.may_pass_to(origin) else None
        answer = self._request(url, origin, start, login)
        if answer.status != 401 or login is None:
            return answer
        challenge = best_challenge(answer.headers.get_all("WWW-Authenticate", []))
        if not challenge or (challenge == self._challenge and challenge.get("stale", "").lower() != "true"):
            return answer
        answer.close()
        self._challenge, self._count = challenge, 0
        return self._request(url, origin, start, login)

    def _request(self, url: str, origin: Origin, start: int, login: tuple[str, str] | None) -> Answer:
        parts = urlsplit(url)
        target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
        target = "".join(c if "!" <= c <= "~" else "".join(f"%{b:02X}" for b in c.encode()) for c in target)
        headers = {
            "User-Agent": f"vision-app/{vision_app.__version__}",
            "Accept": "*/*",
            "Range": f"bytes={start}-",
        }
        if login is not None and self._challenge:
            headers["Authorization"] = self._authorization(target, login)
        if self._cookies.get(origin):
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self._cookies[origin].items())
        connection = self._connection(origin)
        try:
            connection.request("GET", connection.prefix + target, headers=headers)
            sock = connection.sock
            sock.settimeout(self._read_s)
            response = connection.getresponse()
        except BaseException:
            connection.close()
            raise
        for cookie in response.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies.setdefault(origin, {})[name.strip()] = value.strip()
        return Answer(url, response, connection, sock)

    def _connection(self, origin: Origin) -> _Connection:
        return _Connection(origin, self._trust, self._connect_s, _proxy_for(origin))

    def _authorization(self, target: str, login: tuple[str, str]) -> str:
        user, password = login
        if self._challenge["scheme"] == "basic":
            return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self._count += 1
        return digest(self._challenge, target, user, password, self._count)


class _Connection(http.client.HTTPConnection):
    """A connection whose certificate is checked as the user wants it, perhaps through a proxy."""

    def __init__(self, origin: Origin, trust: Trust, timeout_s: float, proxy: Origin | None) -> None:
        host = f"[{origin.host}]" if ":" in origin.host else origin.host
        super().__init__(host, origin.port, timeout=timeout_s)
        self._origin, self._trust, self._proxy = origin, trust, proxy
        plain = origin.scheme == "http"
        if (plain and origin.port != 80) or (not plain and origin.port != 443):
            host = f"{host}:{origin.port}"
        self._host_header = host
        self.prefix = f"http://{host}" if proxy is not None and plain else ""

    def connect(self) -> None:
        """Connect; encrypted where the address says so."""
        if self._origin.scheme == "http":
            self.sock = self._plain()
        else:
            self.sock = secured(self._origin.host, self._origin.port, self._trust, self._plain)

    def putrequest(self, method: str, url: str, *args: Any, **more: Any) -> None:
        """As always, but with the host of the address also through a proxy."""
        more["skip_host"] = True
        more["skip_accept_encoding"] = True
        super().putrequest(method, url, *args, **more)
        self.putheader("Host", self._host_header)

    def _plain(self) -> socket.socket:
        to = self._proxy or self._origin
        sock = socket.create_connection((to.host, to.port), self.timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._proxy is not None and self._origin.scheme != "http":
            _tunnel(sock, self._origin)
        return sock


def _tunnel(sock: socket.socket, origin: Origin) -> None:
    """Have a proxy connect through. Source: RFC 9110, 9.3.6."""
    where = f"{origin.host}:{origin.port}"
    sock.sendall(f"CONNECT {where} HTTP/1.1\r\nHost: {where}\r\n\r\n".encode())
    head = b""
    while b"\r\n\r\n" not in head and len(head) < 16 << 10:
        part = sock.recv(1)
        if not part:
            break
        head += part
    if not re.match(rb"HTTP/1\.\d 200", head):
        sock.close()
        raise SourceError("the proxy does not connect to {where}", where=where)


def _proxy_for(origin: Origin) -> Origin | None:
    if origin.host in ("localhost", "127.0.0.1", "::1") or urllib.request.proxy_bypass(origin.host):
        return None
    address = urllib.request.getproxies().get(origin.scheme)
    return Origin.of(address if "://" in address else f"http://{address}") if address else None


class WebFile:
    """What is behind an address, as a file for FFmpeg: read on as it comes, anywhere where the server can.

    Args:
        web: the way there.
        answer: the first answer.
        head: what has been read of it already.
    """

    def __init__(self, web: Web, answer: Answer, head: bytes = b"") -> None:
        self._web, self._answer, self._head = web, answer, head
        self.name = answer.url
        self._at, self._resumed = 0, 0
        self._ends_at = answer.length
        self._closed = False

    def seekable(self) -> bool:
        """Whether any place can be gone to."""
        return self._answer.takes_ranges and self._ends_at is not None

    def tell(self) -> int:
        """Where it is."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go there; the server is asked anew with the next read."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._ends_at or 0}[whence]
        target = base + offset
        if target < 0:
            raise OSError(Message("before the start"))
        if target != self._at:
            self._answer.close()
            self._at, self._head = target, b""
            self._stale = True
        return target

    _stale = False

    def read(self, size: int) -> bytes:
        """Up to so many bytes; b"" at the end.

        Raises:
            OSError: the connection broke before the end.
        """
        if self._closed or (self._ends_at is not None and self._at >= self._ends_at):
            return b""
        if self._head:
            data, self._head = self._head[:size], self._head[size:]
            self._at += len(data)
            return data
        data = self._read_on(min(size, _READ_BYTES))
        self._at += len(data)
        return data

    def _read_on(self, size: int) -> bytes:
        while True:
            try:
                if self._stale:
                    self._answer = self._web.get(self.name, start=self._at)
                    if self._at and not self._answer.takes_ranges:
                        raise OSError(Message("the server gives no part of the file"))
                    self._stale = False
                data = self._answer.read(size)
                if data or self._ends_at is None or self._at >= self._ends_at:
                    return data
                raise ConnectionError(Message("the connection ended before the file did"))
            except FAILURES:
                self._resumed += 1
                if not self.seekable() or self._resumed > _RESUMES or self._closed:
                    raise
                self._stale = True

    def close(self) -> None:
        """Hang up."""
        self._closed = True
        self._answer.close()


def why_not(url: str, error: BaseException, open_timeout_s: float) -> SourceError:
    """One line for a connection that failed."""
    shown = source_id(url)
    if isinstance(error, SourceError):
        return error
    try:
        origin = Origin.of(url)
    except SourceError as wrong:
        return wrong
    where = Message("{host} port {port}", host=origin.host, port=origin.port)
    if isinstance(error, ConnectionRefusedError):
        reason = Message("nobody answers at {where}", where=where)
    elif isinstance(error, socket.gaierror):
        reason = Message("there is no computer called {host}", host=origin.host)
    elif isinstance(error, TimeoutError):
        reason = Message(
            "{where} answers, but sends no video within {open_timeout_s:g} s",
            where=where,
            open_timeout_s=open_timeout_s,
        )
    elif isinstance(error, ssl.SSLError):
        reason = Message(
            "{where} does not speak TLS as it should ({reason})",
            where=where,
            reason=error.reason or "handshake failed",
        )
    elif isinstance(error, http.client.HTTPException):
        reason = Message("{where} answers, but not in HTTP", where=where)
    else:
        reason = Message(
            "{where} cannot be reached ({reason})",
            where=where,
            reason=cause_of(error),
        )
    return SourceError("{shown} cannot be opened: {reason}", shown=shown, reason=reason)
