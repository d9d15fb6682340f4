"""No credential gets out; what is no credential stays readable."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision_app.errors import SourceError
from vision_app.sources import open_source, source_id
from vision_app.sources.urls import endpoint, scheme_of

PLAIN = [
    "rtsp://10.0.0.7:554/live",
    "http://host/clip.mp4?channel=1",
    "http://host/@handle/clip.mp4",
    "photos/me@work.jpg",
    "C:\\Users\\me@work\\clip.mp4",
    "/data/a:b@c/clip.mp4",
    "0",
    "synthetic:640x360@30",
    "frames/*.png?",
]


@pytest.mark.parametrize("spec", PLAIN)
def test_what_holds_no_credentials_is_left_alone(spec: str) -> None:
    assert source_id(spec) == spec


@pytest.mark.parametrize(
    ("spec", "shown"),
    [
        ("rtsp://admin:pw@cam:554/live", "rtsp://***@cam:554/live"),
        ("http://token@cam/live", "http://***@cam/live"),
        ("rtsp://admin:p@s/w?r#d@cam/live", "rtsp://***@cam/live"),
        ("http://cam/live?channel=1&Password=a/b=c&x=2", "http://cam/live?channel=1&Password=***&x=2"),
        ("http://cam/live?p%61ssword=abc", "http://cam/live?p%61ssword=***"),
        ("https://cam/a.m3u8#access_token=abc", "https://cam/a.m3u8#access_token=***"),
        ("rtsp://cam/user=admin&password=abc&channel=1", "rtsp://cam/user=***&password=***&channel=1"),
        ("admin:pw@cam/live", "***@cam/live"),
        ("rtsp:/admin:pw@cam/live", "***@cam/live"),
    ],
)
def test_credentials_are_replaced(spec: str, shown: str) -> None:
    assert source_id(spec) == shown


SECRETS = st.text(string.printable.strip(), min_size=6, max_size=20).map(lambda s: f"Zq{s}qZ")


@given(
    scheme=st.sampled_from(["rtsp", "http", "https", "rtmp"]),
    user=st.text(string.ascii_letters + string.digits, max_size=8),
    password=SECRETS,
)
def test_no_password_of_an_address_is_shown(scheme: str, user: str, password: str) -> None:
    shown = source_id(f"{scheme}://{user}:{password}@cam.example:8554/live/1?channel=2")
    assert shown == f"{scheme}://***@cam.example:8554/live/1?channel=2"


@given(
    name=st.sampled_from(["password", "token", "access_token", "pwd", "PASS", "api_key", "auth", "sig"]),
    secret=SECRETS.filter(lambda s: "&" not in s and "@" not in s),
)
def test_no_secret_parameter_is_shown(name: str, secret: str) -> None:
    shown = source_id(f"http://cam.example/live?a=1&{name}={secret}&b=2")
    assert shown == f"http://cam.example/live?a=1&{name}=***&b=2"


@given(st.text(max_size=40))
def test_redaction_is_stable(spec: str) -> None:
    assert source_id(source_id(spec)) == source_id(spec)


@pytest.mark.parametrize("scheme", ["http", "rtsp", "rtmp", "gopher"])
def test_a_failure_shows_no_password_in_the_message_or_behind_it(scheme: str) -> None:
    with pytest.raises(SourceError) as caught:
        open_source(f"{scheme}://admin:s3cret@127.0.0.1:1/live?token=s3cret")
    error: BaseException | None = caught.value
    while error is not None:
        assert "s3cret" not in repr(error)
        assert "admin" not in repr(error)
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://cam/live", ("cam", 80)),
        ("rtsp://a:b@cam/live", ("cam", 554)),
        ("https://[::1]:8443/x", ("::1", 8443)),
        ("udp://239.0.0.1:1234", None),
        ("rtsp://cam:99999/x", None),
    ],
)
def test_the_endpoint_is_where_tcp_leads(url: str, expected: tuple[str, int] | None) -> None:
    assert endpoint(url) == expected


def test_a_windows_drive_is_no_scheme() -> None:
    assert scheme_of("C:/clips/a.mp4") is None
