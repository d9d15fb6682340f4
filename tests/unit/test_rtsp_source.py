"""RTSP from a real server on loopback, encrypted and not."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from tests.clips import read_code
from tests.rtsp_server import RtspServer
from tests.tls import Authority, fingerprint_of
from vision_app.errors import SourceError
from vision_app.sources import LiveSource, SourceOptions, open_source, trust

SECRET = "admin:s3cret"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Authority(tmp_path_factory.mktemp("tls")).issue("127.0.0.1")


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISION_APP_CONFIG", str(tmp_path / "settings" / "config.toml"))
    monkeypatch.setattr(trust, "_allowed", {})


def shown(url: str, **options: object) -> list[int]:
    with open_source(url, SourceOptions(**options)) as source:  # type: ignore[arg-type]
        assert isinstance(source, LiveSource)
        found = []
        while len(found) < 5:
            frame = source.read()
            assert frame is not None
            found.append(read_code(frame.image))
        assert "s3cret" not in repr((source.info, [t.name for t in threading.enumerate()]))
    return found


def test_a_stream_is_shown(certificate: Path) -> None:
    with RtspServer(login=SECRET) as server:
        found = shown(server.url(SECRET))
    assert found == sorted(found)


def test_an_encrypted_one_is_refused_before_anything_is_sent(certificate: Path) -> None:
    with RtspServer(certificate, SECRET) as server:
        with pytest.raises(SourceError, match=f"cannot be trusted.*{fingerprint_of(certificate)}"):
            shown(server.url(SECRET))
        assert server.received == b""


@pytest.mark.parametrize("how", ["insecure", "fingerprint"])
def test_an_encrypted_one_is_shown_to_whom_the_user_trusts(certificate: Path, how: str) -> None:
    options = {"insecure": True} if how == "insecure" else {"fingerprint": fingerprint_of(certificate)}
    with RtspServer(certificate, SECRET) as server:
        found = shown(server.url(SECRET), **options)
    assert found == sorted(found)


@pytest.mark.parametrize("encrypted", [True, False])
def test_a_redirect_gets_no_password(certificate: Path, encrypted: bool) -> None:
    own = certificate if encrypted else None
    with RtspServer(login=SECRET) as other, RtspServer(own, SECRET, redirect=other.url()) as server:
        with pytest.raises(SourceError, match="redirects elsewhere"):
            shown(server.url(SECRET), insecure=True)
        assert other.received == b""


def test_one_that_refuses_first_and_redirects_then_gets_no_password_either() -> None:
    with (
        RtspServer(login=SECRET) as other,
        RtspServer(None, SECRET, redirect=other.url(), refuses_tcp=True) as server,
    ):
        with pytest.raises(SourceError, match="pictures by UDP are tried only where insecure is set"):
            shown(server.url(SECRET))
        assert other.received == b""


@pytest.mark.parametrize("encrypted", [True, False])
def test_a_wrong_password_is_said(certificate: Path, encrypted: bool) -> None:
    own = certificate if encrypted else None
    with (
        RtspServer(own, SECRET) as server,
        pytest.raises(SourceError, match="check the path, user and password"),
    ):
        shown(server.url("admin:wrong"), insecure=True)


def test_no_door_is_left_open(certificate: Path) -> None:
    with RtspServer(certificate) as server:
        shown(server.url(), insecure=True)
        deadline = time.perf_counter() + 5
        while any(t.name.startswith(("tunnel", "live")) for t in threading.enumerate()):
            assert time.perf_counter() < deadline
            time.sleep(0.02)
