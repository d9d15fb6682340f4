"""The server of a site: what it shows, whom it refuses, and its page in a real browser."""

from __future__ import annotations

import http.client
import json
import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.browser import browser, missing
from vision_app.errors import ConfigError, SinkError
from vision_app.results.values import Detections, Frame
from vision_app.site.events import Event
from vision_app.site.server import Server
from vision_app.site.sinks import SITE_SINKS, SiteFacts, StreamFacts, StreamUpdate, Surroundings

pytest.importorskip("uvicorn", reason="needs the extra serve")
pytest.importorskip("starlette", reason="needs the extra serve")
websockets = pytest.importorskip("websockets.sync.client", reason="needs the extra serve")

TOKEN = "a-token-of-20-letters"
STATES: dict[str, StreamFacts] = {}


def facts(folder: Path) -> SiteFacts:
    STATES.clear()
    STATES.update(
        {"yard": StreamFacts("running", fps=9.5, frames=7, age_p95_ms=40), "문 앞": StreamFacts("running")}
    )
    return SiteFacts("shop", folder, ("yard", "문 앞"), lambda: dict(STATES), lambda _: None)


def update(number: int = 0, stream: str = "yard") -> StreamUpdate:
    image = np.full((90, 160, 3), (0, 0, 200), np.uint8)
    box = Detections(
        "d", np.array([[1, 2, 30, 40]], np.float32), np.array([0.9], np.float32), np.array([0]), ("cup",)
    )
    return StreamUpdate(
        stream, Frame(image, number, 0.0), (box,), {"gate in": 3}, True, STATES["yard"], lambda: image
    )


def event(number: int) -> Event:
    return Event(
        id=f"id-{number}", site="shop", stream="yard", rule="gate", kind="crossed", time_s=1.7e9, label="cup"
    )


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server("127.0.0.1", 0, fps=50)
    made.open(facts(tmp_path))
    made.on_update(update())
    yield made
    made.close()


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Server]:
    made = Server("127.0.0.1", 0, TOKEN)
    made.open(facts(tmp_path))
    made.on_update(update())
    yield made
    made.close()


def ask(
    server: Server, path: str, method: str = "GET", headers: dict[str, str] | None = None
) -> tuple[int, bytes, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    try:
        connection.request(method, path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read(), {k.lower(): v for k, v in answer.getheaders()}
    finally:
        connection.close()


def test_what_there_is_to_see(server: Server) -> None:
    code, body, headers = ask(server, "/")
    assert (code, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert b"page.js" in body
    assert "default-src 'self'" in headers["content-security-policy"]
    assert ask(server, "/page.js")[0] == ask(server, "/page.css")[0] == 200
    code, body, _ = ask(server, "/streams/yard.jpg")
    assert code == 200
    picture = cv2.imdecode(np.frombuffer(body, np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (90, 160, 3)
    assert abs(int(picture[50, 50, 2]) - 200) < 12
    code, body, _ = ask(server, "/health")
    assert (code, json.loads(body)["streams"]["yard"]["state"]) == (200, "running")
    STATES["yard"] = replace(STATES["yard"], state="lost", error="no route")
    code, body, _ = ask(server, "/health")
    assert (code, json.loads(body)["ok"], json.loads(body)["streams"]["yard"]["error"]) == (
        503,
        False,
        "no route",
    )


def test_metrics(server: Server) -> None:
    server.on_event(event(1))
    server.on_event(event(2))
    code, body, headers = ask(server, "/metrics")
    assert code == 200
    assert headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = body.decode().splitlines()
    for line in (
        'vision_app_up{stream="yard"} 1',
        'vision_app_frames_total{stream="yard"} 7',
        'vision_app_age_seconds{stream="yard",quantile="0.95"} 0.04',
        'vision_app_count{stream="yard",count="gate in"} 3',
        'vision_app_events_total{stream="yard",rule="gate",kind="crossed"} 2',
    ):
        assert line in lines
    assert all(re.fullmatch(r"#.*|vision_app_\w+(\{.*\})? [-+0-9.e]+", line) for line in lines)


def test_pictures_and_news_as_they_come(server: Server) -> None:
    with websockets.connect(f"ws://127.0.0.1:{server.port}/live") as live:
        assert json.loads(live.recv(20))["streams"] == ["yard", "문 앞"]
        first = json.loads(live.recv(20))
        assert first["results"][0]["detections"][0]["label"] == "cup"
        assert first["counts"] == {"gate in": 3}
        server.on_update(update(7))
        server.on_event(event(5))
        news = [json.loads(live.recv(20)) for _ in range(3)]
        assert {"facts", "update", "event"} == {one["type"] for one in news}
        assert next(one for one in news if one["type"] == "update")["frame"] == 7
    got = socket.create_connection(("127.0.0.1", server.port), 20)
    got.sendall(b"GET /streams/yard.mjpeg HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    stop = threading.Event()

    def feed() -> None:
        number = 100
        while not stop.wait(0.02):
            number += 1
            server.on_update(update(number))

    thread = threading.Thread(target=feed)
    thread.start()
    data = b""
    while data.count(b"--frame") < 5:
        data += got.recv(65536)
    stop.set()
    thread.join()
    got.close()
    assert b"multipart/x-mixed-replace" in data


REFUSED = {
    "another name of this machine": ("/", "GET", {"Host": "evil.example"}, 421),
    "another name, with a port": ("/live", "GET", {"Host": "evil.example:80"}, 421),
    "a page of another site": ("/health", "GET", {"Origin": "http://evil.example"}, 403),
    "a page in a sandbox": ("/health", "GET", {"Origin": "null"}, 403),
    "something to change": ("/", "POST", {}, 405),
    "a file beside": ("/../../pyproject.toml", "GET", {}, 404),
    "a file beside, encoded": ("/%2e%2e%2fpyproject.toml", "GET", {}, 404),
    "a file beside by a stream": ("/streams/..%2f..%2fetc%2fpasswd.jpg", "GET", {}, 404),
    "another stream": ("/streams/cellar.mjpeg", "GET", {}, 404),
    "a stream without a picture": ("/streams/%EB%AC%B8%20%EC%95%9E.jpg", "GET", {}, 404),
    "the documents of a framework": ("/docs", "GET", {}, 404),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(server: Server, name: str) -> None:
    path, method, headers, wanted = REFUSED[name]
    assert ask(server, path, method, headers)[0] == wanted


def test_a_page_of_another_site_gets_no_socket(server: Server) -> None:
    with pytest.raises(Exception, match=r"403|rejected"):
        websockets.connect(f"ws://127.0.0.1:{server.port}/live", origin="http://evil.example")


KNOWN = {
    "in the address": ("/health?token=" + TOKEN, {}),
    "as a bearer": ("/health", {"Authorization": f"Bearer {TOKEN}"}),
    "as a cookie": ("/health", {"Cookie": f"vision_app_token={TOKEN}"}),
}


@pytest.mark.parametrize("name", KNOWN)
def test_who_knows_the_token_is_let_in(guarded: Server, name: str) -> None:
    path, headers = KNOWN[name]
    assert ask(guarded, path, headers=headers)[0] == 200
    wrong = {k: v.replace(TOKEN, TOKEN[:-1]) for k, v in headers.items()}
    assert ask(guarded, path.replace(TOKEN, TOKEN[:-1]), headers=wrong)[0] == 401


def test_nothing_is_shown_without_the_token(guarded: Server) -> None:
    for path in ("/", "/page.js", "/health", "/metrics", "/streams/yard.jpg", "/streams/yard.mjpeg"):
        code, body, _ = ask(guarded, path, headers={"Host": "any.example"})
        assert (code, b"yard" in body) == (401, False)
    code, _, headers = ask(guarded, f"/?token={TOKEN}")
    assert (code, headers["location"]) == (303, "/")
    assert "httponly" in headers["set-cookie"].lower()
    assert "samesite=strict" in headers["set-cookie"].lower()
    with pytest.raises(Exception, match=r"403|rejected"):
        websockets.connect(f"ws://127.0.0.1:{guarded.port}/live")
    url = f"ws://127.0.0.1:{guarded.port}/live"
    with websockets.connect(url, additional_headers={"Cookie": f"vision_app_token={TOKEN}"}) as live:
        assert json.loads(live.recv(20))["name"] == "shop"


@pytest.mark.parametrize(
    ("host", "token", "words"),
    [("0.0.0.0", "", "needs a token"), ("::", "", "needs a token"), ("127.0.0.1", "short", "16 letters")],
)
def test_what_would_be_open_to_all_is_refused(host: str, token: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        Server(host, 0, token)


def test_a_port_that_is_taken_is_said(server: Server, tmp_path: Path) -> None:
    with pytest.raises(SinkError, match=str(server.port)):
        Server("127.0.0.1", server.port).open(facts(tmp_path))


def test_a_browser_that_takes_nothing_holds_up_nobody(server: Server) -> None:
    slow = socket.create_connection(("127.0.0.1", server.port), 20)
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow.sendall(b"GET /streams/yard.mjpeg HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    for number in range(200):
        server.on_update(update(number))
    assert ask(server, "/streams/yard.jpg")[0] == 200
    slow.close()


@pytest.mark.parametrize("value", ["8080", "example.org:80", "127.0.0.1:x", "127.0.0.1:99999", 80])
def test_where_it_cannot_listen(value: object) -> None:
    with pytest.raises(ValueError, match=r"such as|a text"):
        SITE_SINKS["server"]().keys["listen"](value)


def test_a_site_file_makes_one(tmp_path: Path) -> None:
    kind = SITE_SINKS["server"]()
    around = Surroundings(tmp_path, lambda text: text.replace("${T}", TOKEN), lambda _: None)
    made = kind.make({"listen": kind.keys["listen"]("[::1]:0"), "token": "${T}", "clients": 5}, around)
    assert made.name == "http://[::1]:0/"


@pytest.mark.slow
@pytest.mark.skipif(bool(missing()), reason=missing())
def test_the_page_in_a_browser(server: Server) -> None:
    server.on_event(event(3))
    server.on_update(update(1, "문 앞"))
    with browser(language="ko") as page:
        page.open(f"http://127.0.0.1:{server.port}/")
        page.wait("document.images.length === 2")
        page.wait("[...document.images].every(i => i.naturalWidth === 160)")
        page.wait("document.getElementById('events').innerText.includes('yard · gate · cup · 선을 넘음')")
        assert page.run("return document.title") == "shop"
        assert page.run("return document.querySelector('.counts').textContent") == "gate in 3"
        STATES["yard"] = replace(STATES["yard"], state="lost", error="no route")
        page.wait("(document.querySelector('article .bad')?.textContent ?? '') === '끊김: no route'")
        page.run("document.querySelector('article button').click()")
        assert page.run("return document.querySelector('article').classList.contains('large')")
