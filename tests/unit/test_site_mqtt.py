"""Events and counts at a real broker: announced, in order, kept while it is away."""

from __future__ import annotations

import getpass
import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.waiting import until
from vision_app.results.values import Frame
from vision_app.site.events import Event
from vision_app.site.mqtt import Mqtt
from vision_app.site.outbox import Outbox
from vision_app.site.sinks import SITE_SINKS, SiteFacts, StreamFacts, StreamUpdate, Surroundings

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")


class Broker:
    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.config = folder / "mosquitto.conf"
        self.config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
            f"persistence_location {folder}/\nuser {getpass.getuser()}\nmax_queued_messages 0\n"
        )
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [str(MOSQUITTO), "-c", str(self.config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until(self.answers)

    def answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 0.5).close()
        except OSError:
            return False
        return True

    def stop(self) -> None:
        """As a machine that is shut down does: what it has confirmed it keeps."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait()
            self.process = None


class Listener:
    """Keeps what is published, retained or not."""

    def __init__(self, port: int, name: str = "listener") -> None:
        from paho.mqtt.client import CallbackAPIVersion, Client

        self.got: list[tuple[str, str, bool]] = []
        self.client = Client(CallbackAPIVersion.VERSION2, client_id=name, clean_session=False)
        self.client.on_message = lambda _, __, m: self.got.append((m.topic, m.payload.decode(), m.retain))
        self.ready = False
        self.client.on_connect = lambda client, *_: client.subscribe("#", qos=1)
        self.client.on_subscribe = lambda *_: setattr(self, "ready", True)
        self.client.reconnect_delay_set(1, 1)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        until(lambda: self.ready)

    def last(self, topic: str) -> str | None:
        return next((text for name, text, _ in reversed(self.got) if name == topic), None)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    pytest.importorskip("paho.mqtt.client", reason="needs the extra mqtt")
    if MOSQUITTO is None:
        pytest.skip("needs the broker mosquitto")
    made = Broker(tmp_path)
    made.start()
    yield made
    made.stop()


def event(number: int) -> Event:
    return Event(id=f"id-{number}", site="s", stream="yard/1", rule="gate", kind="crossed", time_s=1.0)


def facts(folder: Path, said: list[str]) -> SiteFacts:
    return SiteFacts(
        "my shop", folder, ("yard/1",), lambda: {"yard/1": StreamFacts("running", fps=9.5)}, said.append
    )


def update(**counts: int) -> StreamUpdate:
    image = np.zeros((2, 2, 3), np.uint8)
    return StreamUpdate("yard/1", Frame(image, 0, 0.0), (), counts, True, StreamFacts(), lambda: image)


def events_of(listener: Listener) -> list[str]:
    return [json.loads(text)["id"] for topic, text, _ in listener.got if topic.endswith("/events")]


def test_a_broker_is_told_everything_and_home_assistant_finds_it(broker: Broker, tmp_path: Path) -> None:
    said: list[str] = []
    listener = Listener(broker.port)
    sink = Mqtt("127.0.0.1", broker.port, Outbox(tmp_path / "box"))
    sink.open(facts(tmp_path, said))
    sink.on_update(update(**{"gate in": 2}))
    for number in range(20):
        sink.on_event(event(number))
    until(lambda: len(events_of(listener)) == 20)
    until(lambda: listener.last("vision-app/my shop/yard-1/counts") is not None)
    until(lambda: listener.last("vision-app/my shop/yard-1/state") is not None)
    assert events_of(listener) == [f"id-{n}" for n in range(20)]
    assert json.loads(listener.last("vision-app/my shop/yard-1/counts") or "") == {"gate in": 2}
    assert json.loads(listener.last("vision-app/my shop/yard-1/state") or "")["fps"] == 9.5
    assert listener.last("vision-app/my shop/status") == "online"
    configs = {topic: json.loads(text) for topic, text, _ in listener.got if topic.endswith("/config")}
    assert len(configs) == 3
    for topic, config in configs.items():
        assert topic.startswith(("homeassistant/event/", "homeassistant/sensor/"))
        assert config["unique_id"] in topic
        assert config["device"]["name"] == "my shop"
        assert config["state_topic"] in {name for name, *_ in listener.got}
    sink.close()
    until(lambda: listener.last("vision-app/my shop/status") == "offline")
    late = Listener(broker.port, "late")  # what is retained is there for who comes later
    until(lambda: late.last("vision-app/my shop/yard-1/counts") is not None)
    assert all(retained for _, _, retained in late.got)
    late.close()
    listener.close()
    assert not said


@pytest.mark.slow
def test_a_broker_that_goes_twenty_times_gets_each_event(broker: Broker, tmp_path: Path) -> None:
    said: list[str] = []
    listener = Listener(broker.port)  # its session is kept by the broker
    sink = Mqtt("127.0.0.1", broker.port, Outbox(tmp_path / "box"), longest_pause_s=1)
    sink.open(facts(tmp_path, said))
    for turn in range(20):
        for number in range(50):
            sink.on_event(event(turn * 50 + number))
        wanted = turn * 50 + 5
        until(lambda wanted=wanted: len(set(events_of(listener))) > wanted)
        broker.stop()
        broker.start()
    until(lambda: len(set(events_of(listener))) == 1000, 60)
    until(lambda: len(sink._outbox) == 0)
    sink.close()
    listener.close()
    firsts = list(dict.fromkeys(events_of(listener)))
    assert firsts == [f"id-{n}" for n in range(1000)]
    assert any("events wait on the disk" in line for line in said)
    assert "takes events again" in said[-1]


def test_a_broker_that_is_away_at_first(tmp_path: Path) -> None:
    pytest.importorskip("paho.mqtt.client", reason="needs the extra mqtt")
    said: list[str] = []
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    sink = Mqtt("127.0.0.1", port, Outbox(tmp_path / "box"), ("me", "geheim"))
    sink.open(facts(tmp_path, said))
    sink.on_event(event(0))
    until(lambda: bool(said))
    sink.close()
    assert "cannot be reached" in said[0]
    assert "geheim" not in said[0]
    assert len(list((tmp_path / "box").glob("*.json"))) == 1


@pytest.mark.parametrize(
    "url", ["http://a", "mqtt://", "mqtt://a:port", "mqtt://a/topic", "a", 7, "mqtt://a:99999"]
)
def test_what_is_no_broker_is_refused(url: object) -> None:
    with pytest.raises(ValueError, match=r"such as|a text"):
        SITE_SINKS["mqtt"]().keys["url"](url)


def test_the_login_comes_from_secrets(tmp_path: Path) -> None:
    kind = SITE_SINKS["mqtt"]()
    around = Surroundings(
        tmp_path, lambda text: text.replace("${P}", "geheim").replace("${U}", "me"), lambda _: None
    )
    sink = kind.make({"url": kind.keys["url"]("mqtts://${U}:${P}@broker.example")}, around)
    assert isinstance(sink, Mqtt)
    assert sink._login == ("me", "geheim")
    assert sink.name == "MQTT broker.example:8883"
    assert kind.hosts({"url": "mqtts://${U}:${P}@broker.example"}) == ("broker.example",)
