"""Addresses of streams: recognised, split, and stripped of credentials before anybody sees them."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from vision_app.messages import Message

DEFAULT_PORTS = {"http": 80, "https": 443, "rtsp": 554, "rtsps": 322, "rtmp": 1935, "tcp": None}
"""Schemes that run over one TCP connection, with the port taken when the address names none."""
STREAM_SCHEMES = (*DEFAULT_PORTS, "udp", "rtp")
ENCRYPTED_SCHEMES = ("https", "rtsps")
REDACTED = "***"
PERCENT_HINT = Message(
    "in a user or password @ is written as %40, : as %3A, / as %2F, # as %23, ? as %3F and % as %25"
)
"""What to say where a login may have been misread."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_SECRET_WORDS = (
    "pass",
    "pwd",
    "token",
    "secret",
    "auth",
    "key",
    "sig",
    "cred",
    "user",
    "login",
    "session",
    "sid",
)
_PARAMETER = re.compile(r"(?<=[?&;#/_])([^?&;#/=]+)=([^&]*)")
_NO_ADDRESS = re.compile(r"[./~\\]|[A-Za-z]:[\\/]|synthetic:")


def scheme_of(spec: str) -> str | None:
    """The scheme of an address in lower case, None for anything that is not an address.

    >>> scheme_of("RTSP://host/x"), scheme_of("clip.mp4"), scheme_of("C:/clip.mp4")
    ('rtsp', None, None)
    """
    match = _SCHEME.match(spec)
    return match[1].lower() if match else None


def endpoint(url: str) -> tuple[str, int] | None:
    """Host and TCP port that an address leads to; None where there is no such thing."""
    try:
        parts = urlsplit(url)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme.lower())
    except ValueError:
        return None
    if parts.scheme.lower() not in DEFAULT_PORTS or not parts.hostname or port is None:
        return None
    return parts.hostname, port


def is_unclear(url: str) -> bool:
    """Whether a part of an address that is no login as it stands may have been meant as one.

    >>> is_unclear("rtsp://admin:12/34@host/live"), is_unclear("rtsp://admin:12%2F34@host/live")
    (True, False)
    """
    match = _SCHEME.match(url)
    if match is None:
        return False
    rest = url[match.end() :]
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    return "@" not in authority and ":" in authority and "@" in rest


def source_id(spec: str) -> str:
    """What may be shown, logged and stored of a source that the user named: no credentials.

    User names go with the passwords, and where it is unclear what belongs to them, too much is hidden rather
    than too little: unescaped `@`, `/` and `?` in passwords are common.

    >>> source_id("rtsp://admin:p@ss/w0rd@10.0.0.7:554/live?channel=1&token=abc")
    'rtsp://***@10.0.0.7:554/live?channel=1&token=***'
    >>> source_id("photos/me@work.jpg")
    'photos/me@work.jpg'
    """
    match = _SCHEME.match(spec)
    start, rest = (match[0], spec[match.end() :]) if match else ("", spec)
    if not start and _NO_ADDRESS.match(rest):
        return spec
    rest = _without_user(rest, needs_colon=not start)
    if start or "?" in rest:
        rest = _PARAMETER.sub(_redact_parameter, rest)
    return start + rest


def _without_user(rest: str, *, needs_colon: bool) -> str:
    _, at, after = rest.rpartition("@")
    if not at:
        return rest
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if ":" in authority or ("@" in authority and not needs_colon):
        return f"{REDACTED}@{after}"
    return rest


def without_tokens(text: str) -> str:
    """A text with the values of parameters hidden whose names say that they are secret, address or not.

    >>> without_tokens("GET /live?channel=1&token=abc")
    'GET /live?channel=1&token=***'
    """
    return _PARAMETER.sub(_redact_parameter, text)


def _redact_parameter(match: re.Match[str]) -> str:
    name = unquote(match[1]).lower()
    return f"{match[1]}={REDACTED}" if any(word in name for word in _SECRET_WORDS) else match[0]
