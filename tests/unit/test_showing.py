"""What is printed holds no command to a terminal and no password, whatever text it was made of."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision_app.showing import data_without_secrets, safe_json, shown, without_secrets


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("\x1b]0;PWNED\x07\x1b[31mX", "\\x1b]0;PWNED\\x07\\x1b[31mX"),
        ("a\r\nvision-app: all is well", "a\\r\\nvision-app: all is well"),
        ("\x9b2J \x7f", "\\x9b2J \\x7f"),
        ("photo\u202egpj.exe", "photo\\u202egpj.exe"),
        ("name\udce9.jpg", "name\\udce9.jpg"),
        ("사람 é 犬 👩‍🚀", "사람 é 犬 👩‍🚀"),
    ],
)
def test_commands_to_a_terminal(text, wanted) -> None:
    assert shown(text) == wanted


@given(st.text())
def test_no_text_has_a_command_left(text) -> None:
    done = shown(text)
    assert all(ord(c) >= 32 and not 127 <= ord(c) < 160 for c in done)
    done.encode("utf-8")
    assert json.loads(safe_json(json.dumps(text, ensure_ascii=False))) == text


@pytest.mark.parametrize(
    "text",
    [
        "invalid choice: 'rtsp://joe:S3CRET@cam/1' (choose from 'a', 'b')",
        "rtsp://joe:S3C/RET?S3CRET@10.0.0.7:554/live",
        "rtsp://joe:S3CRET with S3CRET@cam/1 cannot be opened",
        "--source joe:S3CRET@cam/1: no such file",
        "http://cam/live?user=S3CRET&x=1&token=S3CRET, next",
        "GET /live?access_token=S3CRET failed",
        '{"source": "rtsps://S3CRET@cam"}',
        "VISION_APP_SOURCE=rtsp://joe:S3CRET@cam is not a setting",
        "rtsp://joe:S3CRET\x1b[0m@cam",
        "rtsp://joe:" + "S3CRET" * 2000 + "@cam",
    ],
)
def test_secrets(text) -> None:
    assert "S3CRET" not in shown(text)
    assert "S3CRET" not in json.dumps(data_without_secrets({"a": [text], "b": text}))


@pytest.mark.parametrize(
    "text",
    [
        "photos/me@work.jpg is no picture",
        "see https://example.com/a?b=c",
        "input.scale=2, iou=0.5",
        "12:30 @ 5 fps",
    ],
)
def test_what_is_no_secret_stays(text) -> None:
    assert without_secrets(text) == text


@pytest.mark.parametrize("piece", ["_", "a@", "?a=", "rtsp://a:b ", "a b@c ", "://", "=", "&a"])
def test_no_text_takes_the_square_of_its_length(piece) -> None:
    began = time.perf_counter()
    shown(piece * (100_000 // len(piece)))
    assert time.perf_counter() - began < 3
