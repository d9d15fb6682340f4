"""Encrypted sources: whom they are with, and that passwords go to nobody else."""

from __future__ import annotations

import base64
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.clips import constant, read_code, write_clip
from tests.hls_server import piece
from tests.tls import Authority, TlsServer, fingerprint_of
from vision_app.errors import SourceError
from vision_app.sources import SourceOptions, open_source, trust
from vision_app.sources.trust import Trust

SECRET = "admin:s3cret"
BASIC = "Basic " + base64.b64encode(SECRET.encode()).decode()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def authority(folder: Path) -> Authority:
    return Authority(folder)


@pytest.fixture(scope="module")
def good(authority: Authority) -> Path:
    return authority.issue("127.0.0.1")


@pytest.fixture(scope="module")
def files(folder: Path) -> dict[str, tuple[str, bytes]]:
    clip = write_clip(folder / "c.mp4", constant(10), container_options={"movflags": "faststart"})
    picture = cv2.imencode(".png", np.full((24, 32, 3), 90, np.uint8))[1].tobytes()
    playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1.0,\n0.ts\n#EXTINF:1.0,\n1.ts\n#EXT-X-ENDLIST\n"
    return {
        "/clip.mp4": ("video/mp4", clip.read_bytes()),
        "/still": ("image/png", picture),
        "/vod.m3u8": ("application/vnd.apple.mpegurl", playlist.encode()),
        "/0.ts": ("video/mp2t", piece(0, 1.0, 10)),
        "/1.ts": ("video/mp2t", piece(1, 1.0, 10)),
    }


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VISION_APP_CONFIG", str(tmp_path / "settings" / "config.toml"))
    monkeypatch.setattr(trust, "_allowed", {})
    return tmp_path / "settings"


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.certificate))


def codes(url: str, **options: object) -> list[int]:
    found = []
    with open_source(url, SourceOptions(**options)) as source:  # type: ignore[arg-type]
        while (frame := source.read()) is not None:
            found.append(read_code(frame.image) if frame.position_s is not None else frame.image[0, 0, 0])
    return found


WRONG = {
    "unknown authority": ("127.0.0.1", 30, False, "self-signed|unable to get local issuer"),
    "another host": ("camera.example", 30, True, "IP address mismatch|doesn't match"),
    "expired": ("127.0.0.1", -1, True, "expired"),
}


@pytest.mark.parametrize("path", ["/clip.mp4", "/still", "/vod.m3u8"])
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_certificate_is_refused_before_anything_is_sent(
    authority: Authority, files, monkeypatch: pytest.MonkeyPatch, name: str, path: str
) -> None:
    host, days, known, reason = WRONG[name]
    certificate = authority.issue(host, days=days)
    if known:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.certificate))
    with TlsServer(certificate, files, login=SECRET) as server:
        with pytest.raises(
            SourceError, match=rf"cannot be trusted \(.*({reason}).*nothing was sent"
        ) as caught:
            codes(server.url(path, SECRET))
        assert server.asked == []
    assert fingerprint_of(certificate) in str(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "expected"), [("/clip.mp4", range(10)), ("/still", [90]), ("/vod.m3u8", range(20))]
)
def test_the_right_certificate_of_a_local_authority_is_taken(
    good: Path, files, trusted: None, path, expected
) -> None:
    with TlsServer(good, files, login=SECRET) as server:
        assert codes(server.url(path, SECRET)) == list(expected)
        assert server.asked[0][1] is None, "no password before it is asked for"
        assert {a for _, a in server.asked[1:]} == {BASIC}


def test_insecure_takes_any(authority: Authority, files) -> None:
    with TlsServer(authority.issue("127.0.0.1", days=-1), files) as server:
        assert codes(server.url("/clip.mp4"), insecure=True) == list(range(10))


def test_a_fingerprint_is_remembered_for_its_host(
    good: Path, authority: Authority, files, settings: Path
) -> None:
    with TlsServer(good, files) as server:
        with pytest.raises(SourceError, match="cannot be trusted"):
            codes(server.url("/clip.mp4"))
        assert codes(server.url("/clip.mp4"), fingerprint=fingerprint_of(good)) == list(range(10))
        assert codes(server.url("/vod.m3u8")) == list(range(20)), "remembered, for the pieces as well"
        port = server.port
    assert fingerprint_of(good) in (settings / "certificates.json").read_text()
    other = authority.issue("127.0.0.1", days=20)
    with TlsServer(other, files) as server:
        trust.remember("127.0.0.1", server.port, fingerprint_of(good))
        with pytest.raises(SourceError, match="is not the one that is known for it"):
            codes(server.url("/clip.mp4", SECRET))
        assert server.asked == []
    assert port != 0


def test_what_is_allowed_in_the_window_holds_for_the_host(good: Path, files) -> None:
    with TlsServer(good, files) as server:
        trust.allow("127.0.0.1", server.port, Trust(insecure=True))
        assert codes(server.url("/clip.mp4")) == list(range(10))


@pytest.mark.parametrize("content", ["", "[]", '{"a": 1}', "{", '{"127.0.0.1:1": "nonsense"}', "9" * 400])
def test_a_damaged_store_trusts_nobody(settings: Path, content: str) -> None:
    settings.mkdir(exist_ok=True)
    (settings / "certificates.json").write_text(content)
    assert trust.remembered("127.0.0.1", 1) == ""


# -- redirects -------------------------------------------------------------------------------------------------


def test_a_password_does_not_follow_a_redirect_to_another_host(files) -> None:
    with (
        TlsServer(files=files, login=SECRET) as other,
        TlsServer(redirects={"/clip.mp4": other.url("/clip.mp4")}, login=SECRET) as server,
    ):
        with pytest.raises(
            SourceError, match="asks for a user and password; those given are for another host"
        ):
            codes(server.url("/clip.mp4", SECRET))
        assert [a for _, a in other.asked] == [None]
        assert server.asked[-1][1] == BASIC


def test_a_password_follows_a_redirect_on_its_own_host(files) -> None:
    with TlsServer(files=files, redirects={"/old": "/clip.mp4"}, login=SECRET) as server:
        assert codes(server.url("/old", SECRET)) == list(range(10))


def test_a_login_in_the_target_of_a_redirect_is_nobodys(files) -> None:
    with TlsServer(files=files, login=SECRET) as other:
        with (
            TlsServer(redirects={"/clip.mp4": other.url("/clip.mp4", SECRET)}) as server,
            pytest.raises(SourceError),
        ):
            codes(server.url("/clip.mp4"))
        assert [a for _, a in other.asked] == [None]


def test_pieces_on_another_host_are_checked_and_get_no_password(
    authority: Authority, good: Path, files, trusted: None
) -> None:
    wrong = authority.issue("camera.example")
    with TlsServer(wrong, files) as other:
        playlist = (
            files["/vod.m3u8"][1]
            .decode()
            .replace("0.ts", other.url("/0.ts"))
            .replace("1.ts", other.url("/1.ts"))
        )
        own = {**files, "/vod.m3u8": ("application/vnd.apple.mpegurl", playlist.encode())}
        with (
            TlsServer(good, own, login=SECRET) as server,
            pytest.raises(SourceError, match="cannot be trusted"),
        ):
            codes(server.url("/vod.m3u8", SECRET))
        assert other.asked == []


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "rtsp://127.0.0.1/x"])
def test_a_redirect_leads_to_the_web_only(target: str) -> None:
    with TlsServer(redirects={"/x": target}) as server, pytest.raises(SourceError, match="no web address"):
        codes(server.url("/x"))


def test_a_playlist_of_the_web_reads_no_file_here(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "own.ts", constant(5))
    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1.0,\nfile://{clip}\n#EXT-X-ENDLIST\n"
    files = {"/vod.m3u8": ("application/vnd.apple.mpegurl", playlist.encode())}
    with TlsServer(files=files) as server, pytest.raises(SourceError):
        codes(server.url("/vod.m3u8"))


@pytest.mark.parametrize("text", ["", "12", "G" * 64, "sha1:" + "ab" * 20])
def test_what_is_no_fingerprint_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="64 hexadecimal digits"):
        trust.parse_fingerprint(text)
