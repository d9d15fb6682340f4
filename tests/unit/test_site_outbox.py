"""Events wait on the disk, in order, until they are taken."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from vision_app.errors import SinkError
from vision_app.site.events import Event
from vision_app.site.outbox import Outbox


def event(number: int) -> Event:
    return Event(
        id=f"id-{number}", site="s", stream="yard", rule="gate", kind="crossed", time_s=float(number)
    )


def taken(outbox: Outbox) -> list[str]:
    found = []
    while (waiting := outbox.oldest(0)) is not None:
        found.append(waiting[1]["id"])
        outbox.done(waiting[0])
    return found


def opened(folder: Path, largest: int = 100) -> Outbox:
    outbox = Outbox(folder, largest)
    outbox.open()
    return outbox


def test_the_next_run_takes_up_what_has_waited(tmp_path: Path) -> None:
    first = opened(tmp_path / "box")
    for number in range(12):
        first.put(event(number))
    assert first.oldest(0)[1]["id"] == "id-0"
    first.done(first.oldest(0)[0])
    first.close()
    assert first.oldest(5) is None  # closed: at once
    (tmp_path / "box" / "000000000099.json.part").write_bytes(b"half")
    (tmp_path / "box" / "000000000003.json").write_bytes(b'{"id": ')  # as a loss of power may leave it
    second = opened(tmp_path / "box")
    second.put(event(12))
    assert taken(second) == ["id-1", *(f"id-{n}" for n in range(3, 13))]
    assert not list((tmp_path / "box").glob("*.json*"))


def test_the_oldest_give_way_and_are_counted(tmp_path: Path) -> None:
    outbox = opened(tmp_path, 3)
    for number in range(5):
        outbox.put(event(number))
    head = outbox.oldest(0)
    outbox.put(event(5))  # while the head was on its way
    outbox.done(head[0])
    assert outbox.dropped == 3
    assert taken(outbox) == ["id-3", "id-4", "id-5"]


def test_who_waits_is_woken(tmp_path: Path) -> None:
    outbox = opened(tmp_path)
    got = []
    thread = threading.Thread(target=lambda: got.append(outbox.oldest(60)))
    thread.start()
    outbox.put(event(1))
    thread.join(30)
    assert got[0][1]["id"] == "id-1"


def test_a_place_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SinkError, match="file"):
        Outbox(tmp_path / "file" / "box").open()
    outbox = opened(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(SinkError, match="gone"):
        outbox.put(event(1))
