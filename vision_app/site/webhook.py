"""Events to an HTTP receiver: one request each, in order, again and again until it has been taken."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from vision_app.kiosk.reading import switch, text, whole
from vision_app.messages import Message
from vision_app.site.events import Event
from vision_app.site.outbox import Outbox
from vision_app.site.sinks import EventSink, SinkKind, SiteFacts, Surroundings

if TYPE_CHECKING:
    import requests

_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 60.0
_TIMEOUT_S = (5.0, 15.0)
_AGAIN = frozenset({408, 425, 429})
_JOIN_S = 3.0
_LARGEST_PICTURE = 4_000_000
_MOST_REFUSED = 1000


class Webhook:
    """Posts each event as JSON. What is not taken waits on the disk and is sent again, later and later.

    A receiver can get an event twice, when its answer is lost: `Idempotency-Key` is then the same, the id of the event.
    An event that the receiver refuses for good (an answer 4xx) is put aside, so that it does not hold up the others;
    the newest of them are kept.

    Args:
        url: where to.
        outbox: where events wait.
        secret: signs the body with HMAC-SHA256, in the header `X-Signature-256`; "" for no signature.
        headers: further headers.
        pictures: send the snapshot of the event too, in base64.
        longest_pause_s: longest pause before it is tried again, seconds.
    """

    def __init__(
        self,
        url: str,
        outbox: Outbox,
        secret: str = "",
        headers: Mapping[str, str] | None = None,
        *,
        pictures: bool = False,
        longest_pause_s: float = _LONGEST_PAUSE_S,
    ) -> None:
        self._url, self._outbox, self._secret = url, outbox, secret.encode()
        self._headers = dict(headers or {})
        self._pictures, self._longest_pause_s = pictures, longest_pause_s
        self._thread: threading.Thread | None = None
        self._site: SiteFacts | None = None
        self._said = ""

    @property
    def name(self) -> str:
        """Host and path of the receiver, without credentials and query."""
        parts = urlsplit(self._url)
        return f"webhook {parts.hostname}{parts.path}"

    def open(self, site: SiteFacts) -> None:
        """Begin to send, what has waited since the last run first.

        Raises:
            SinkError: events cannot be kept on the disk.
        """
        self._site = site
        self._outbox.open()
        self._thread = threading.Thread(target=self._serve, name="webhook", daemon=True)
        self._thread.start()

    def on_event(self, event: Event) -> None:
        """Keep it until it is sent.

        Raises:
            SinkError: it cannot be written to the disk.
        """
        self._outbox.put(event)

    def close(self) -> None:
        """End; what has not been sent waits for the next run."""
        self._outbox.close()
        if self._thread is not None:
            self._thread.join(_JOIN_S)
            self._thread = None

    # the thread that sends -----------------------------------------------------------------------------------

    def _serve(self) -> None:
        import requests

        with requests.Session() as session:
            session.trust_env = False  # no login of ~/.netrc goes to a receiver
            pause_s = _FIRST_PAUSE_S
            while not self._outbox.closed:
                waiting = self._outbox.oldest(1.0)
                if waiting is None:
                    continue
                name, record = waiting
                trouble, again = self._post(session, record)
                if not trouble:
                    pause_s = _FIRST_PAUSE_S
                    self._tell("")
                    self._outbox.done(name)
                elif again:
                    self._tell(trouble)
                    self._outbox.rest(pause_s * random.uniform(0.7, 1.3))  # no secret
                    pause_s = min(2 * pause_s, self._longest_pause_s)
                else:
                    self._tell(trouble)
                    self._put_aside(name, record)

    def _post(self, session: requests.Session, record: dict[str, Any]) -> tuple[str, bool]:
        """Send one event.

        Returns:
            What is wrong, "" for nothing, and whether it may be otherwise later.
        """
        import requests

        if self._pictures:
            record = {**record, "snapshot_jpeg": self._picture(record)}
        body = json.dumps(record, ensure_ascii=False).encode("utf-8", "backslashreplace")
        headers = {"Content-Type": "application/json", "Idempotency-Key": str(record["id"]), **self._headers}
        if self._secret:
            headers["X-Signature-256"] = "sha256=" + hmac.new(self._secret, body, hashlib.sha256).hexdigest()
        try:
            # a redirect could lead to a host that the site does not name
            answer = session.post(
                self._url, data=body, headers=headers, timeout=_TIMEOUT_S, allow_redirects=False, stream=True
            )
        except requests.RequestException as error:
            return Message("it cannot be reached ({kind})", kind=type(error).__name__), True
        with answer:
            code = answer.status_code
        if 200 <= code < 300:
            return "", False
        return Message("it answers with {code}", code=code), code in _AGAIN or code >= 500 or code < 400

    def _picture(self, record: Mapping[str, Any]) -> str | None:
        """The snapshot in base64; None where there is none."""
        path = record.get("snapshot")
        if not path or self._site is None:
            return None
        file = (self._site.folder / str(path)).resolve()
        try:
            if file.is_relative_to(self._site.folder.resolve()) and file.stat().st_size <= _LARGEST_PICTURE:
                return base64.b64encode(file.read_bytes()).decode("ascii")
        except OSError:  # it has been cleared away while the event waited
            pass
        return None

    def _put_aside(self, name: str, record: Mapping[str, Any]) -> None:
        """What is refused for good is kept where a person can look at it."""
        folder = self._outbox.folder / "refused"
        try:
            folder.mkdir(exist_ok=True)
            for old in sorted(folder.glob("*.json"))[:-_MOST_REFUSED]:  # ids rise with the time
                old.unlink()
            (folder / f"{record['id']}.json").write_text(
                json.dumps(record, ensure_ascii=False), encoding="utf-8"
            )
        except OSError:
            self._outbox.rest(_FIRST_PAUSE_S)
            return
        self._outbox.done(name)

    def _tell(self, trouble: str) -> None:
        """Report a change, not every attempt."""
        if trouble == self._said or self._site is None:
            return
        before, self._said = self._said, trouble
        if trouble:
            count = len(self._outbox)
            self._site.report(
                Message(
                    "{name}: {trouble}; events wait on the disk ({count} now) and are sent again",
                    name=self.name,
                    trouble=trouble,
                    count=count,
                )
            )
        elif before:
            self._site.report(Message("{name} takes events again", name=self.name))


def headers_of(value: Any) -> dict[str, str]:
    """A table of headers.

    Raises:
        ValueError: it is none.
    """
    wanted = Message("a table such as {example}", example='{ Authorization = "Bearer ${TOKEN}" }')
    if not isinstance(value, dict):
        raise ValueError(wanted)  # noqa: TRY004  # every reader says what it wanted in one way
    for name, content in value.items():
        if (
            not re.fullmatch(r"[A-Za-z0-9-]+", name)
            or not isinstance(content, str)
            or not content.isprintable()
        ):
            raise ValueError(wanted)
    return dict(value)


def address(value: Any) -> str:
    """An address of HTTP.

    Raises:
        ValueError: it is none.
    """
    parts = urlsplit(text(value))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(Message("an address such as https://example.org/hook"))
    return text(value)


def _hosts(values: Mapping[str, Any]) -> tuple[str, ...]:
    return (urlsplit(values["url"]).hostname or "",)


def _make(values: Mapping[str, Any], around: Surroundings) -> EventSink:
    url = around.secret(values["url"])
    host = urlsplit(url).hostname or ""
    around.allow_host(host)
    headers = {name: around.secret(content) for name, content in values.get("headers", {}).items()}
    secret = around.secret(values.get("secret", ""))
    outbox = Outbox(
        outbox_folder(around.folder, "webhook", values["url"]),
        values.get("largest", 100_000),
    )
    return Webhook(url, outbox, secret, headers, pictures=values.get("pictures", False))


def outbox_folder(folder: Path, kind: str, place: str) -> Path:
    """Where the events for a receiver wait: the same folder in each run."""
    return folder / "outbox" / f"{kind}-{hashlib.sha256(place.encode()).hexdigest()[:12]}"


KIND = SinkKind(
    {
        "url": address,
        "secret": text,
        "headers": headers_of,
        "pictures": switch,
        "largest": whole(1, 10_000_000),
    },
    ("url",),
    _make,
    _hosts,
)
