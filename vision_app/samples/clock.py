"""Names made of times: of samples, sessions and events. All of them UTC."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

_ID = re.compile(r"\d{8}-\d{6}-\d{3}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now_ms() -> int:
    """Milliseconds since 1970."""
    return (datetime.now(UTC) - _EPOCH) // timedelta(milliseconds=1)


def as_iso(ms: int) -> str:
    """A time as ISO 8601.

    >>> as_iso(0)
    '1970-01-01T00:00:00.000Z'
    """
    time = _EPOCH + timedelta(milliseconds=ms)
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03d}Z"


def as_id(ms: int) -> str:
    """A time as the id of a sample: sorts by time, and is a file name everywhere.

    >>> as_id(1)
    '19700101-000000-001'
    """
    return (_EPOCH + timedelta(milliseconds=ms)).strftime("%Y%m%d-%H%M%S-") + f"{ms % 1000:03d}"


def id_ms(sample_id: str) -> int | None:
    """The time in an id; None when it is none of ours.

    >>> id_ms("19700101-000000-001"), id_ms("IMG_1")
    (1, None)
    """
    if not _ID.fullmatch(sample_id):
        return None
    try:
        time = datetime.strptime(sample_id[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return (time - _EPOCH) // timedelta(milliseconds=1) + int(sample_id[16:])


def latest_ms(ids: Iterable[str]) -> int:
    """The latest time in ids; 0 when none of them is ours.

    >>> latest_ms(["19700101-000000-001", "19700101-000001-000", "IMG_1"])
    1000
    """
    return id_ms(max((i for i in ids if _ID.fullmatch(i)), default="")) or 0


def new_session(prefix: str = "") -> str:
    """A name for a session that begins now."""
    return prefix + as_id(now_ms())
