"""Events and counts to an MQTT broker, so that Home Assistant finds them by itself.

Topics, below `vision-app/SITE`:

- `status`: `online` or `offline`, retained; the broker itself says offline when the program dies;
- `STREAM/events`: each event as JSON, in order, at least once (QoS 1): one that was lost on its way has the same id;
- `STREAM/counts`: the figures of the rules as JSON, retained, when they change, at most once a second;
- `STREAM/state`: how the stream is doing, as JSON, retained, every ten seconds.

Source: MQTT 3.1.1 (OASIS); Home Assistant, "MQTT Discovery".
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import vision_app
from vision_app.errors import ConfigError, SinkError
from vision_app.kiosk.reading import text, whole
from vision_app.messages import Message
from vision_app.site.events import KINDS, Event
from vision_app.site.outbox import Outbox
from vision_app.site.sinks import EventSink, SinkKind, SiteFacts, StreamUpdate, Surroundings
from vision_app.site.webhook import outbox_folder

if TYPE_CHECKING:
    from paho.mqtt.client import Client

_ROOT = "vision-app"
_PORTS = {"mqtt": 1883, "mqtts": 8883}
_ACK_S = 10.0
_LONGEST_PAUSE_S = 60
_COUNTS_EVERY_S = 1.0
_STATE_EVERY_S = 10.0
_JOIN_S = 3.0
_KEEP_ALIVE_S = 30


class Mqtt:
    """Publishes what happens; what the broker has not confirmed waits on the disk.

    Args:
        host: of the broker.
        port: of the broker.
        outbox: where events wait.
        login: user and password; None for none.
        tls: encrypt, and check the broker's certificate.
        discovery: prefix under which Home Assistant looks for devices; "" to announce nothing.
        longest_pause_s: longest pause before it is tried again, seconds.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        host: str,
        port: int,
        outbox: Outbox,
        login: tuple[str, str | None] | None = None,
        *,
        tls: bool = False,
        discovery: str = "homeassistant",
        longest_pause_s: int = _LONGEST_PAUSE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._host, self._port, self._outbox = host, port, outbox
        self._login, self._tls, self._discovery, self._clock = login, tls, discovery, clock
        self._longest_pause_s = longest_pause_s
        self._client: Client | None = None
        self._site: SiteFacts | None = None
        self._thread: threading.Thread | None = None
        self._connected = threading.Event()
        self._counts: dict[str, dict[str, int]] = {}
        self._told: dict[str, tuple[float, dict[str, int]]] = {}
        self._announced: set[tuple[str, str]] = set()
        self._state_s = -_STATE_EVERY_S
        self._trouble = ""

    @property
    def name(self) -> str:
        """The broker, without login."""
        return f"MQTT {self._host}:{self._port}"

    def open(self, site: SiteFacts) -> None:
        """Begin to connect; a broker that is away is tried again.

        Raises:
            SinkError: the package for it is not installed, or events cannot be kept on the disk.
        """
        try:
            from paho.mqtt.client import Client
            from paho.mqtt.enums import CallbackAPIVersion
        except ImportError as error:
            raise SinkError("MQTT needs the package paho-mqtt: pip install 'vision-app[mqtt]'") from error
        self._site = site
        self._outbox.open()
        client = Client(CallbackAPIVersion.VERSION2, client_id=f"{_ROOT}-{_slug(site.name)}"[:60])
        if self._login is not None:
            client.username_pw_set(*self._login)
        if self._tls:
            client.tls_set()
        client.will_set(self._topic("status"), "offline", qos=1, retain=True)
        client.reconnect_delay_set(1, self._longest_pause_s)
        client.on_connect = self._came
        client.on_connect_fail = lambda *_: self._tell(Message("it cannot be reached"))
        client.on_disconnect = self._went
        self._client = client
        client.connect_async(self._host, self._port, keepalive=_KEEP_ALIVE_S)
        client.loop_start()
        self._thread = threading.Thread(target=self._serve, name="mqtt", daemon=True)
        self._thread.start()

    def on_event(self, event: Event) -> None:
        """Keep it until the broker has it.

        Raises:
            SinkError: it cannot be written to the disk.
        """
        self._outbox.put(event)

    def on_update(self, update: StreamUpdate) -> None:
        """Take the counts; they are published when they have changed."""
        self._counts[update.stream] = dict(update.counts)

    def close(self) -> None:
        """Say goodbye; events that the broker has not confirmed wait for the next run."""
        self._outbox.close()
        if self._thread is not None:
            self._thread.join(_JOIN_S)
            self._thread = None
        client, self._client = self._client, None
        if client is not None:
            if self._connected.is_set():
                client.publish(self._topic("status"), "offline", qos=1, retain=True).wait_for_publish(1.0)
            client.disconnect()
            client.loop_stop()

    # the thread of the client ----------------------------------------------------------------------------------

    def _came(self, client: Client, _: object, flags: object, reason: Any, properties: object) -> None:
        if reason.is_failure:
            self._tell(Message("it refuses ({reason})", reason=str(reason)))
            return
        self._announced.clear()
        self._told.clear()
        self._state_s = -_STATE_EVERY_S
        client.publish(self._topic("status"), "online", qos=1, retain=True)
        self._connected.set()
        self._tell("")

    def _went(self, client: Client, _: object, flags: object, reason: Any, properties: object) -> None:
        self._connected.clear()
        if not self._outbox.closed:
            self._tell(Message("it is away ({reason})", reason=str(reason)))

    # the thread that publishes -----------------------------------------------------------------------------------

    def _serve(self) -> None:
        while not self._outbox.closed:
            if not self._connected.wait(0.5):
                continue
            self._tell_figures()
            waiting = self._outbox.oldest(_COUNTS_EVERY_S / 2)
            if waiting is not None and self._publish_event(*waiting):
                self._outbox.done(waiting[0])

    def _publish_event(self, name: str, record: Mapping[str, Any]) -> bool:
        """Whether the broker has confirmed it."""
        client = self._client
        if client is None:
            return False
        info = client.publish(self._topic(str(record["stream"]), "events"), _as_json(record), qos=1)
        end_s = self._clock() + _ACK_S
        while not self._outbox.closed and self._connected.is_set() and self._clock() < end_s:
            try:
                info.wait_for_publish(0.5)
            except (RuntimeError, ValueError):  # the connection is gone, or its queue is full
                self._outbox.rest(0.5)
                return False
            if info.is_published():
                return True
        return False

    def _tell_figures(self) -> None:
        site, client, now_s = self._site, self._client, self._clock()
        if site is None or client is None:
            return
        for stream, counts in list(self._counts.items()):
            told_s, told = self._told.get(stream, (-_COUNTS_EVERY_S, {}))
            if counts != told and now_s - told_s >= _COUNTS_EVERY_S:
                self._told[stream] = (now_s, counts)
                self._announce_counts(stream, counts)
                client.publish(self._topic(stream, "counts"), _as_json(counts), qos=1, retain=True)
        if now_s - self._state_s >= _STATE_EVERY_S:
            self._state_s = now_s
            facts = site.facts()
            for stream in site.streams:
                self._announce_stream(stream)
                if stream in facts:
                    client.publish(
                        self._topic(stream, "state"), _as_json(asdict(facts[stream])), qos=0, retain=True
                    )

    # Home Assistant --------------------------------------------------------------------------------------------

    def _announce_stream(self, stream: str) -> None:
        self._announce(
            "event",
            stream,
            "events",
            {
                "name": f"{stream} events",
                "state_topic": self._topic(stream, "events"),
                "event_types": list(KINDS),
                "value_template": "{{ {'event_type': value_json.kind} | tojson }}",
                "json_attributes_topic": self._topic(stream, "events"),
            },
        )
        self._announce(
            "sensor",
            stream,
            "state",
            {
                "name": f"{stream} state",
                "state_topic": self._topic(stream, "state"),
                "value_template": "{{ value_json.state }}",
                "json_attributes_topic": self._topic(stream, "state"),
                "entity_category": "diagnostic",
            },
        )

    def _announce_counts(self, stream: str, counts: Mapping[str, int]) -> None:
        for count in counts:
            self._announce(
                "sensor",
                stream,
                count,
                {
                    "name": f"{stream} {count}",
                    "state_topic": self._topic(stream, "counts"),
                    "value_template": f"{{{{ value_json[{json.dumps(count, ensure_ascii=False)}] }}}}",
                    "state_class": "measurement" if count.endswith("now") else "total_increasing",
                },
            )

    def _announce(self, component: str, stream: str, what: str, config: dict[str, Any]) -> None:
        """Tell Home Assistant of one entity, once a connection."""
        site, client = self._site, self._client
        if not self._discovery or site is None or client is None or (stream, what) in self._announced:
            return
        self._announced.add((stream, what))
        device = f"{_ROOT}-{_slug(site.name)}"
        unique = f"{device}-{_slug(stream)}-{_slug(what)}"
        config |= {
            "unique_id": unique,
            "availability_topic": self._topic("status"),
            "device": {
                "identifiers": [device],
                "name": site.name,
                "manufacturer": "vision_app",
                "sw_version": vision_app.__version__,
            },
        }
        client.publish(f"{self._discovery}/{component}/{unique}/config", _as_json(config), qos=1, retain=True)

    def _topic(self, *parts: str) -> str:
        site = "" if self._site is None else self._site.name
        return "/".join((_ROOT, *(_level(part) for part in (site, *parts))))

    def _tell(self, trouble: str) -> None:
        """Report a change, not every attempt."""
        if trouble == self._trouble or self._site is None:
            return
        before, self._trouble = self._trouble, trouble
        if trouble:
            self._site.report(
                Message(
                    "{name}: {trouble}; events wait on the disk and are sent again",
                    name=self.name,
                    trouble=trouble,
                )
            )
        elif before:
            self._site.report(Message("{name} takes events again", name=self.name))


def _as_json(record: Mapping[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, allow_nan=False)


def _level(name: str) -> str:
    """A name as one level of a topic: no wildcard, no further level.

    >>> _level("yard/gate #2")
    'yard-gate -2'
    """
    return re.sub(r"[/+#\x00-\x1f]", "-", name) or "-"


def _slug(name: str) -> str:
    """A name as Home Assistant wants ids: letters, digits, `_` and `-` only; others by their number.

    >>> _slug("front door"), _slug("문")
    ('front-door', 'ubb38')
    """
    return (
        "".join(c if re.match(r"[A-Za-z0-9_-]", c) else "-" if c.isspace() else f"u{ord(c):x}" for c in name)
        or "-"
    )


def broker(value: Any) -> str:
    """The address of a broker.

    Raises:
        ValueError: it is none.
    """
    wanted = Message(
        "an address such as mqtt://broker.local or mqtts://${USER}:${PASSWORD}@broker.example.org"
    )
    parts = urlsplit(text(value))
    try:
        known = parts.scheme in _PORTS and parts.hostname and parts.path in ("", "/") and (parts.port or 1)
    except ValueError:  # a port that is no number
        known = None
    if not known:
        raise ValueError(wanted)
    return text(value)


def _prefix(value: Any) -> str:
    if not isinstance(value, str) or re.search(r"[+#\x00-\x1f]", value):
        raise ValueError(
            Message('the prefix of Home Assistant\'s discovery, such as "homeassistant", or "" for none')
        )
    return value.strip("/")


def _hosts(values: Mapping[str, Any]) -> tuple[str, ...]:
    return (urlsplit(values["url"]).hostname or "",)


def _make(values: Mapping[str, Any], around: Surroundings) -> EventSink:
    parts = urlsplit(values["url"])
    host = around.secret(parts.hostname or "")
    around.allow_host(host)
    login = None
    if parts.username:
        login = (around.secret(parts.username), around.secret(parts.password) if parts.password else None)
    elif parts.password:
        raise ConfigError("mqtt: a password needs a user: mqtt://USER:${{PASSWORD}}@HOST")
    return Mqtt(
        host,
        parts.port or _PORTS[parts.scheme],
        Outbox(outbox_folder(around.folder, "mqtt", f"{host}:{parts.port}"), values.get("largest", 100_000)),
        login,
        tls=parts.scheme == "mqtts",
        discovery=values.get("discovery", "homeassistant"),
    )


KIND = SinkKind(
    {"url": broker, "discovery": _prefix, "largest": whole(1, 10_000_000)}, ("url",), _make, _hosts
)
