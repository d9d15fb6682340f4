"""Whom an encrypted connection may be made to: by an authority, or by a certificate that the user knows."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from vision_app.documents import DocumentError, read_json
from vision_app.errors import SourceError
from vision_app.messages import Message

if TYPE_CHECKING:
    import socket
    import ssl

# `ssl` is loaded where it is used: the settings of every run read fingerprints from here.

_FINGERPRINT = re.compile(r"(?:sha-?256[:=/ ])?((?:[0-9a-f]{2}[: ]?){31}[0-9a-f]{2})", re.IGNORECASE)
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_LARGEST_STORE_BYTES = 1 << 20
_writing = threading.Lock()
_allowed: dict[tuple[str, int], Trust] = {}


@dataclass(frozen=True, slots=True)
class Trust:
    """What the user said about the certificates of a source.

    Attributes:
        insecure: take any certificate: encrypted, but perhaps with somebody else.
        fingerprint: take the certificate with this SHA-256, and remember it for the host; "" for none.
    """

    insecure: bool = False
    fingerprint: str = ""


def parse_fingerprint(text: object) -> str:
    """A SHA-256 fingerprint as it is shown: upper case, in pairs.

    >>> parse_fingerprint("sha256:" + "ab" * 32)[:11]
    'AB:AB:AB:AB'

    Raises:
        ValueError: it is none.
    """
    found = _FINGERPRINT.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise ValueError(Message("the SHA-256 fingerprint of a certificate, 64 hexadecimal digits"))
    return _shown(bytes.fromhex(re.sub("[: ]", "", found[1])))


def _shown(digest: bytes) -> str:
    return digest.hex(":").upper()


def store_path() -> Path:
    """Where fingerprints are remembered: beside the user's settings."""
    override = os.environ.get("VISION_APP_CONFIG")
    folder = Path(override).parent if override else platformdirs.user_config_path("vision-app")
    return folder / "certificates.json"


def remembered(host: str, port: int) -> str:
    """The fingerprint that is remembered for a host; "" where there is none."""
    return _stored().get(f"{host}:{port}", "")


def remember(host: str, port: int, fingerprint: str) -> None:
    """Keep a fingerprint for a host; a folder that cannot be written keeps none."""
    path = store_path()
    with _writing:
        known = {**_stored(), f"{host}:{port}": fingerprint}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f"{path.name}.{os.getpid()}.part")
            part.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
            part.replace(path)
        except OSError:
            return


def allow(host: str, port: int, trust: Trust) -> None:
    """Let what the user said hold for a host as long as this program runs, whoever opens it."""
    _allowed[(host, port)] = trust


def _stored() -> dict[str, str]:
    """What is remembered; entries that are none are passed over."""
    try:
        data = read_json(store_path(), _LARGEST_STORE_BYTES)
    except (OSError, DocumentError):
        return {}
    if not isinstance(data, dict):
        return {}
    return {k: v for k, v in data.items() if isinstance(v, str) and _FINGERPRINT.fullmatch(v)}


@lru_cache(maxsize=4)
def _checking(bundles: tuple[str, ...]) -> ssl.SSLContext:
    """Checks certificate and host name against the system's authorities and those that the environment names."""
    import ssl

    context = ssl.create_default_context()
    for bundle in bundles:
        try:
            context.load_verify_locations(bundle)
        except (OSError, ssl.SSLError) as error:
            raise SourceError(
                "the authorities in {bundle} cannot be read: {error}", bundle=bundle, error=error
            ) from None
    return context


def _bundles() -> tuple[str, ...]:
    import certifi

    named = tuple(os.environ[name] for name in _BUNDLES if os.environ.get(name))
    return (certifi.where(), *named)


@lru_cache(maxsize=1)
def _unchecked() -> ssl.SSLContext:
    """Takes any certificate, and the old ciphers of old cameras: who it is is checked by its fingerprint, or not."""
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    return context


def secured(host: str, port: int, trust: Trust, connect: Callable[[], socket.socket]) -> ssl.SSLSocket:
    """An encrypted connection to whom the user trusts; nothing but the handshake is sent before that is known.

    Args:
        host: name in the certificate.
        port: with the host, what a fingerprint is remembered for.
        trust: what the user said.
        connect: gives a fresh connection; may be called several times.

    Raises:
        SourceError: it is somebody else, or cannot be known; says what to do.
        OSError: the connection failed.
    """
    import ssl

    trust = trust if trust != Trust() else _allowed.get((host, port), trust)
    if trust.insecure:
        return _handshake(_unchecked(), host, connect)
    wanted = trust.fingerprint or remembered(host, port)
    found = ""
    if wanted:
        connection = _handshake(_unchecked(), host, connect)
        found = _fingerprint(connection)
        if found == wanted:
            if trust.fingerprint and remembered(host, port) != found:
                remember(host, port, found)
            return connection
        connection.close()
    try:
        return _handshake(_checking(_bundles()), host, connect)
    except ssl.SSLCertVerificationError as error:
        reason = error.verify_message.rstrip(".") or Message("it cannot be verified")
    found = found or _fingerprint_of(host, connect)
    where = f"{host}:{port}"
    if wanted:
        raise SourceError(
            "{where}: its certificate is not the one that is known for it: SHA-256 {wanted} was "
            "expected, {found} came, and no authority vouches for it ({reason}); nothing was sent to "
            "it. If the device was replaced, give the new one as its fingerprint",
            where=where,
            wanted=wanted,
            found=found,
            reason=reason,
        )
    raise SourceError(
        "{where}: its certificate cannot be trusted ({reason}); nothing was sent to it. If it is "
        "your own device's, give its fingerprint once, SHA-256 {found}, which is then remembered "
        "for it; insecure takes any certificate",
        where=where,
        reason=reason,
        found=found,
    )


def _handshake(context: ssl.SSLContext, host: str, connect: Callable[[], socket.socket]) -> ssl.SSLSocket:
    plain = connect()
    try:
        return context.wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise


def _fingerprint(connection: ssl.SSLSocket) -> str:
    import hashlib

    return _shown(hashlib.sha256(connection.getpeercert(binary_form=True) or b"").digest())


def _fingerprint_of(host: str, connect: Callable[[], socket.socket]) -> str:
    try:
        with _handshake(_unchecked(), host, connect) as connection:
            return _fingerprint(connection)
    except OSError:
        return "unknown"
