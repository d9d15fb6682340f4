"""Events: something that a rule has seen happen in a stream. The value that all outputs of a site are given."""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from vision_app.documents import finite, whole

Value = str | int | float | bool

KINDS: dict[str, str] = {
    "crossed": "an object crossed a line; values: direction, in, out",
    "entered": "an object has come into a zone; values: now",
    "left": "an object has left a zone, or is no longer seen in it; values: dwell_s, seen_out, now",
    "dwelt": "an object has been in a zone for so long; values: dwell_s",
    "appeared": "something is there; values: count",
    "stayed": "it has been there for so long; values: for_s",
    "gone": "it is no longer there; values: for_s",
    "moved": "somebody has done a movement that was taught; values: start_s, end_s",
    "stream lost": "a stream gives no pictures; values: reason",
    "stream back": "a stream gives pictures again; values: away_s",
}
"""What can happen, and what is said of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened.

    Attributes:
        id: unlike that of every other event, of other runs and machines too; rises with the time.
        site: name of the site.
        stream: name of the stream.
        rule: name of the rule; "" for what befell the stream itself.
        kind: a key of `KINDS`.
        time_s: when it happened by the clock on the wall, seconds since 1970 UTC.
        media_s: the same in the clip, seconds; None for a camera.
        frame: number of the frame that showed it; None where there is none.
        label: what the object is; None where there is no object.
        track: number of the object; None where there is none.
        zone: name of the zone or line; None where there is none.
        score: how sure the model was, 0 to 1; None where that says nothing.
        values: further figures, by name.
        snapshot: picture of it, path below the folder of the site; None for none.
        clip: the seconds before and after it, path below the folder of the site; None for none. The file is there
            once those seconds have passed.
    """

    id: str
    site: str
    stream: str
    rule: str
    kind: str
    time_s: float
    media_s: float | None = None
    frame: int | None = None
    label: str | None = None
    track: int | None = None
    zone: str | None = None
    score: float | None = None
    values: Mapping[str, Value] = field(default_factory=dict)
    snapshot: str | None = None
    clip: str | None = None

    def as_record(self) -> dict[str, Any]:
        """All of it as plain values, in a fixed order; the time also as ISO 8601 in UTC."""
        return {
            "id": self.id,
            "time": iso_of(self.time_s),
            "time_s": round(self.time_s, 3),
            "site": self.site,
            "stream": self.stream,
            "rule": self.rule,
            "kind": self.kind,
            "label": self.label,
            "track": self.track,
            "zone": self.zone,
            "score": None if self.score is None else round(self.score, 4),
            "values": dict(self.values),
            "media_s": None if self.media_s is None else round(self.media_s, 3),
            "frame": self.frame,
            "snapshot": self.snapshot,
            "clip": self.clip,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """The event of a record, such as a line of `events.jsonl`.

        Raises:
            ValueError: it is none.
        """
        texts = [record.get(key) for key in ("id", "site", "stream", "rule", "kind")]
        time_s, values = finite(record.get("time_s")), record.get("values", {})
        if not all(isinstance(text, str) for text in texts) or time_s is None or not isinstance(values, dict):
            raise ValueError("an event has id, site, stream, rule, kind, time_s and values")
        ident, site, stream, rule, kind = (str(text) for text in texts)
        return cls(
            id=ident,
            site=site,
            stream=stream,
            rule=rule,
            kind=kind,
            time_s=time_s,
            media_s=finite(record.get("media_s")),
            frame=whole(record.get("frame")),
            label=_text(record.get("label")),
            track=whole(record.get("track")),
            zone=_text(record.get("zone")),
            score=finite(record.get("score")),
            values={str(k): v for k, v in values.items() if isinstance(v, str | int | float | bool)},
            snapshot=_text(record.get("snapshot")),
            clip=_text(record.get("clip")),
        )


def new_id(time_s: float) -> str:
    """A new id: the time in UTC, and 64 random bits that hold however often a clock is set back.

    >>> new_id(0.0)[:20]
    '19700101T000000.000Z'
    """
    return f"{_utc(time_s):%Y%m%dT%H%M%S}.{int(time_s * 1000) % 1000:03d}Z-{secrets.token_hex(8)}"


def iso_of(time_s: float) -> str:
    """A time of the clock on the wall as ISO 8601 in UTC, to the millisecond.

    >>> iso_of(1.5)
    '1970-01-01T00:00:01.500Z'
    """
    return _utc(time_s).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _utc(time_s: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(time_s, datetime.UTC)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
