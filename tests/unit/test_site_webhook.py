"""Events to a real HTTP receiver: none lost, in order, signed; what is refused holds up nobody."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.waiting import until
from vision_app.errors import ConfigError
from vision_app.site.events import Event
from vision_app.site.outbox import Outbox
from vision_app.site.sinks import SITE_SINKS, SiteFacts, Surroundings
from vision_app.site.webhook import Webhook


class Receiver:
    """Answers with what `answer` says; keeps what it took."""

    def __init__(self, port: int = 0) -> None:
        self.got: list[dict[str, object]] = []
        self.headers: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self.answer: Callable[[dict[str, object]], int] = lambda _: 200
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                record = json.loads(body)
                code = receiver.answer(record)
                if code == 200:
                    receiver.got.append(record)
                    receiver.headers.append(dict(self.headers))
                    receiver.bodies.append(body)
                self.send_response(code)
                if code == 302:
                    self.send_header("Location", "http://127.0.0.1:9/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.stop()


def event(number: int, snapshot: str | None = None) -> Event:
    return Event(
        id=f"id-{number}", site="s", stream="yard", rule="gate", kind="crossed", time_s=1.0, snapshot=snapshot
    )


def facts(folder: Path, said: list[str]) -> SiteFacts:
    return SiteFacts("s", folder, ("yard",), dict, said.append)


def hook(receiver: Receiver, folder: Path, **more: object) -> Webhook:
    url = f"http://127.0.0.1:{receiver.port}/hook?token=geheim"
    return Webhook(url, Outbox(folder / "box"), longest_pause_s=0.05, **more)  # type: ignore[arg-type]


def test_events_arrive_in_order_with_their_ids_and_a_signature(receiver: Receiver, tmp_path: Path) -> None:
    said: list[str] = []
    (tmp_path / "a.jpg").write_bytes(b"picture")
    sink = hook(receiver, tmp_path, secret="s3", headers={"Authorization": "Bearer t"}, pictures=True)
    sink.open(facts(tmp_path, said))
    for number, snapshot in enumerate((None, "a.jpg", "../../etc/passwd", "gone.jpg")):
        sink.on_event(event(number, snapshot))
    until(lambda: len(receiver.got) == 4)
    sink.close()
    assert [r["id"] for r in receiver.got] == ["id-0", "id-1", "id-2", "id-3"]
    pictures = [r["snapshot_jpeg"] for r in receiver.got]
    assert pictures == [None, base64.b64encode(b"picture").decode(), None, None]
    for headers, body in zip(receiver.headers, receiver.bodies, strict=True):
        assert headers["Authorization"] == "Bearer t"
        assert headers["Idempotency-Key"] == json.loads(body)["id"]
        wanted = hmac.new(b"s3", body, hashlib.sha256).hexdigest()
        assert headers["X-Signature-256"] == f"sha256={wanted}"
    assert not said
    assert "geheim" not in sink.name


@pytest.mark.parametrize("code", [500, 503, 429, 408, 302])
def test_what_may_be_otherwise_later_is_tried_again_and_said_once(
    receiver: Receiver, tmp_path: Path, code: int
) -> None:
    said: list[str] = []
    calls: list[int] = []

    def answer(record: dict[str, object]) -> int:
        calls.append(1)
        return code if len(calls) < 4 else 200

    receiver.answer = answer
    sink = hook(receiver, tmp_path)
    sink.open(facts(tmp_path, said))
    sink.on_event(event(0))
    until(lambda: len(receiver.got) == 1)
    until(lambda: len(said) == 2)
    sink.close()
    assert f"answers with {code}" in said[0]
    assert "geheim" not in said[0]
    assert said[1].endswith("takes events again")


def test_what_is_refused_for_good_is_put_aside(receiver: Receiver, tmp_path: Path) -> None:
    receiver.answer = lambda record: 422 if record["id"] == "id-1" else 200
    sink = hook(receiver, tmp_path)
    sink.open(facts(tmp_path, []))
    for number in range(3):
        sink.on_event(event(number))
    until(lambda: len(receiver.got) == 2)
    sink.close()
    assert [r["id"] for r in receiver.got] == ["id-0", "id-2"]
    assert json.loads((tmp_path / "box" / "refused" / "id-1.json").read_text())["kind"] == "crossed"


def test_a_receiver_that_is_away_gets_all_of_it_when_it_is_back(tmp_path: Path) -> None:
    receiver = Receiver()
    port = receiver.port
    receiver.stop()
    said: list[str] = []
    sink = hook(receiver, tmp_path)
    sink.open(facts(tmp_path, said))
    for number in range(5):
        sink.on_event(event(number))
    until(lambda: bool(said))
    assert "cannot be reached" in said[0]
    sink.close()
    sink.on_event(event(5))  # one that came while it ended
    receiver = Receiver(port)
    again = hook(receiver, tmp_path)
    again.open(facts(tmp_path, said))
    until(lambda: len(receiver.got) == 6)
    again.close()
    receiver.stop()
    assert [r["id"] for r in receiver.got] == [f"id-{n}" for n in range(6)]


def make(values: dict[str, object], folder: Path, allowed: Callable[[str], None] = lambda _: None) -> object:
    kind = SITE_SINKS["webhook"]()
    read = {name: kind.keys[name](value) for name, value in values.items()}
    secrets = {"${TOKEN}": "abc"}

    def secret(text: str) -> str:
        for name, value in secrets.items():
            text = text.replace(name, value)
        return text

    return kind.make(read, Surroundings(folder, secret, allowed))


@pytest.mark.parametrize(
    "values",
    [
        {"url": "ftp://a/b"},
        {"url": "https://"},
        {"url": 7},
        {"url": "https://a/", "headers": "x"},
        {"url": "https://a/", "headers": {"A b": "x"}},
        {"url": "https://a/", "headers": {"A": "x\r\nB: y"}},
    ],
)
def test_what_is_no_receiver_is_refused(values: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"such as|a text"):
        make(values, tmp_path)


def test_secrets_reach_the_receiver_and_hosts_are_asked_for(receiver: Receiver, tmp_path: Path) -> None:
    asked: list[str] = []
    url = f"http://127.0.0.1:{receiver.port}/"
    sink = make({"url": url, "headers": {"Authorization": "Bearer ${TOKEN}"}}, tmp_path, asked.append)
    assert asked == ["127.0.0.1"]
    sink.open(facts(tmp_path, []))  # type: ignore[attr-defined]
    sink.on_event(event(0))  # type: ignore[attr-defined]
    until(lambda: bool(receiver.got))
    sink.close()  # type: ignore[attr-defined]
    assert receiver.headers[0]["Authorization"] == "Bearer abc"

    def refuse(host: str) -> None:
        raise ConfigError(host)

    with pytest.raises(ConfigError, match=r"127\.0\.0\.1"):
        make({"url": url}, tmp_path, refuse)


@pytest.mark.slow
def test_a_receiver_that_goes_twenty_times_gets_each_event_once_by_its_id(tmp_path: Path) -> None:
    """Answers are lost too: it takes an event and goes before it says so."""
    said: list[str] = []
    receiver = Receiver()
    port = receiver.port
    sink = hook(receiver, tmp_path)
    sink.open(facts(tmp_path, said))
    got: list[str] = []
    for turn in range(20):
        for number in range(50):
            sink.on_event(event(turn * 50 + number))
        until(lambda receiver=receiver: len(receiver.got) >= 20)
        receiver.answer = lambda record, receiver=receiver: receiver.got.append(record) or 503  # type: ignore[func-returns-value]
        count = len(receiver.got)
        until(lambda receiver=receiver, count=count: len(receiver.got) > count)
        receiver.stop()
        got += [str(record["id"]) for record in receiver.got]
        receiver = Receiver(port)
    until(lambda: not sink._outbox)
    sink.close()
    receiver.stop()
    got += [str(record["id"]) for record in receiver.got]
    assert list(dict.fromkeys(got)) == [f"id-{n}" for n in range(1000)]
    assert len(got) > 1000, "some came twice, with the same id"
    assert not list((tmp_path / "box").glob("*.json"))
