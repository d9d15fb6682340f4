"""What a site writes: lines, pictures and clips of events, for how long, and its backup."""

from __future__ import annotations

import json
import os
import socket
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vision_app.errors import ConfigError, SinkError
from vision_app.site import media
from vision_app.site.backup import MANIFEST, backup, restore
from vision_app.site.events import Event, new_id
from vision_app.site.events_file import EventsFile
from vision_app.site.keeping import STEADY_AFTER_S, Keeper
from vision_app.site.media import Camera, MediaWriter, Ring, Shot
from vision_app.site.outlets import Outlet
from vision_app.site.plan import KeepPlan, MediaPlan
from vision_app.site.service import Notifier, unit_of
from vision_app.site.sinks import SiteFacts

DAY_S = 86_400.0


def event(i: int = 0, **more) -> Event:
    return Event(
        id=new_id(1.8e9 + i), site="s", stream="a", rule="r", kind="entered", time_s=1.8e9 + i, **more
    )


def facts(folder: Path) -> SiteFacts:
    return SiteFacts("s", folder, ("a",), dict, print)


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


# -- events.jsonl ----------------------------------------------------------------------------------------


def test_an_event_comes_back_from_its_line(tmp_path: Path) -> None:
    sink = EventsFile(tmp_path / "events.jsonl")
    sink.open(facts(tmp_path))
    one = event(
        values={"dwell_s": 2.5, "seen_out": True}, label="사람", track=7, score=0.5, media_s=1.25, frame=3
    )
    sink.on_event(one)
    sink.close()
    assert Event.from_record(lines(sink.path)[0]) == one


def test_what_a_loss_of_power_left_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text('{"id": "whole"}\n{"id": "hal', encoding="utf-8")
    sink = EventsFile(path)
    sink.open(facts(tmp_path))
    sink.on_event(event())
    sink.close()
    assert next(line["id"] for line in lines(path)) == "whole"
    assert len(lines(path)) == 2


def test_a_large_file_is_closed_and_the_next_begun(tmp_path: Path) -> None:
    sink = EventsFile(tmp_path / "events.jsonl", largest_mb=1)
    sink.open(facts(tmp_path))
    for i in range(30):
        sink.on_event(replace(event(), values={"text": "x" * 100_000, "i": i}))
    sink.close()
    files = sorted(tmp_path.glob("events*.jsonl"), key=lambda p: lines(p)[0]["values"]["i"])
    assert len(files) == 3
    assert [line["values"]["i"] for file in files for line in lines(file)] == list(range(30))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_loses_no_event(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sink = EventsFile(tmp_path / "events.jsonl")
    sink.open(facts(tmp_path))
    real = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: real(fd, data[:5]))
    for i in range(3):
        with pytest.raises(SinkError, match="the disk is full"):
            sink.on_event(event(i))
    monkeypatch.undo()
    sink.on_event(event(3))
    sink.close()
    assert [line["time_s"] - 1.8e9 for line in lines(sink.path)] == [0, 1, 2, 3]


# -- handing on ------------------------------------------------------------------------------------------


class Sluggish:
    """Fails at first, then takes all."""

    name = "sluggish"

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.closed = 0

    def open(self, site: SiteFacts) -> None:
        pass

    def on_event(self, one: Event) -> None:
        if one.kind == "left":
            raise SinkError("sluggish: nobody is there")
        self.taken.append(one.id)

    def close(self) -> None:
        self.closed += 1


def test_a_sink_that_fails_is_reported_once_a_minute_and_goes_on(tmp_path: Path) -> None:
    sink, told, clock = Sluggish(), [], [0.0]
    outlet = Outlet(sink, told.append, lambda: clock[0])
    outlet.start(facts(tmp_path))
    good = [event(i) for i in range(50)]
    for one in good:
        outlet.event(replace(one, kind="left"))
        outlet.event(one)
    assert outlet.close(10)
    assert sink.taken == [one.id for one in good]
    assert (told, sink.closed) == (["sluggish: nobody is there"], 1)


# -- pictures and clips ----------------------------------------------------------------------------------


def test_the_seconds_before_are_bounded_in_time_and_memory() -> None:
    ring = Ring(5.0, megabytes=1)
    for i in range(200):
        ring.add(Shot(i * 0.1, bytes(10_000)))
    assert 14.8 < ring.shots()[0].time_s < 15.1
    large = Ring(60.0, megabytes=1)
    for i in range(500):
        large.add(Shot(i * 0.1, bytes(10_000)))
    assert large.bytes <= 1 << 20
    assert large.shots()[-1].time_s == pytest.approx(49.9)
    large.add(Shot(3.0, bytes(10)))  # a clip has jumped back
    assert len(large.shots()) == 1


def taken(tmp_path: Path, at_s: tuple[float, ...], seconds: float = 30.0) -> tuple[list[Event], Path]:
    """The events of a stream of ten frames a second, with clips of two seconds before and after."""
    events: list[Event] = []
    writer = MediaWriter(tmp_path, events.append, print)
    writer.start()
    camera = Camera(MediaPlan(2.0, 2.0, 8, 320), True, writer)
    due = list(at_s)
    for i in range(round(seconds * 10)):
        image = np.full((360, 640, 3), i % 250, np.uint8)
        camera.see(image, i * 0.1)
        if due and i * 0.1 >= due[0]:
            due.pop(0)
            camera.keep(event(i), i * 0.1, lambda image=image: image, True)
    camera.end()
    writer.close(30)
    return events, tmp_path


def span_of(path: Path) -> tuple[float, tuple[int, int]]:
    from vision_app.sinks.encoders import read_back

    found = read_back(path)
    return found.span_s or 0.0, found.size_wh


def test_an_event_has_its_picture_and_the_seconds_around_it(tmp_path: Path) -> None:
    (one,), folder = taken(tmp_path, (10.0,))
    assert one.snapshot and one.clip
    assert one.clip.startswith("media/2027-01-15/")
    assert (folder / one.snapshot).read_bytes()[:2] == b"\xff\xd8"
    span_s, size_wh = span_of(folder / one.clip)
    assert span_s == pytest.approx(4.0, abs=0.11)
    assert size_wh == (320, 180)
    assert not list(folder.rglob("*.part*"))


def test_events_that_overlap_share_a_clip_that_goes_on(tmp_path: Path) -> None:
    events, folder = taken(tmp_path, (10.0, 11.0, 12.5, 20.0))
    clips = [one.clip for one in events]
    assert clips[0] == clips[1] == clips[2] != clips[3]
    assert span_of(folder / str(clips[0]))[0] == pytest.approx(6.5, abs=0.11)


def test_a_clip_does_not_go_on_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "LONGEST_S", 8.0)
    events, folder = taken(tmp_path, tuple(range(5, 15)), seconds=18)
    clips = {one.clip for one in events}
    assert len(clips) == 2
    assert all(span_of(folder / str(clip))[0] <= 8.2 for clip in clips)


def test_a_clip_of_a_killed_run_plays(tmp_path: Path) -> None:
    (one,), folder = taken(tmp_path, (10.0,))
    clip = folder / str(one.clip)
    clip.rename(clip.with_name(clip.stem + ".part.mp4"))
    writer = MediaWriter(tmp_path, print, print)
    writer.start()
    writer.close(5)
    assert span_of(clip)[0] == pytest.approx(4.0, abs=0.11)


# -- retention -------------------------------------------------------------------------------------------


class Clocks:
    """A wall clock and a steady one."""

    def __init__(self) -> None:
        self.wall_s, self.steady_s = 1.8e9, 100.0

    def go(self, seconds: float) -> None:
        self.wall_s += seconds
        self.steady_s += seconds


def written(folder: Path, clocks: Clocks, days: float, size: int = 1000) -> Path:
    path = folder / "media" / f"day{days:g}" / f"{days:g}.mp4"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(size))
    stamp = clocks.wall_s - days * DAY_S
    os.utime(path, (stamp, stamp))
    return path


def keeper(folder: Path, clocks: Clocks, plan: KeepPlan) -> Keeper:
    return Keeper(folder, plan, lambda: clocks.wall_s, lambda: clocks.steady_s)


def test_old_files_go_and_what_is_being_written_stays(tmp_path: Path) -> None:
    clocks = Clocks()
    old, new = written(tmp_path, clocks, 40), written(tmp_path, clocks, 20)
    (tmp_path / "events.jsonl").write_text("{}\n", encoding="utf-8")
    (tmp_path / "site.toml").write_text("", encoding="utf-8")
    for name in ("events.jsonl", "site.toml"):
        os.utime(tmp_path / name, (0, 0))
    sweeper = keeper(tmp_path, clocks, KeepPlan(30.0, None))
    assert sweeper.sweep().files == 0  # the clock has not gone evenly for an hour yet
    clocks.go(STEADY_AFTER_S + 1)
    assert sweeper.sweep().files == 1
    assert (old.parent.exists(), new.exists()) == (False, True)
    assert (tmp_path / "events.jsonl").exists()
    assert (tmp_path / "site.toml").exists()


def test_a_clock_that_is_set_to_another_year_removes_nothing(tmp_path: Path) -> None:
    clocks = Clocks()
    sweeper = keeper(tmp_path, clocks, KeepPlan(30.0, None))
    clocks.go(2 * STEADY_AFTER_S)
    path = written(tmp_path, clocks, 1)
    clocks.wall_s += 5 * 365 * DAY_S
    for _ in range(5):
        assert sweeper.sweep().files == 0
        clocks.go(600)
    clocks.wall_s -= 5 * 365 * DAY_S
    for _ in range(20):
        assert sweeper.sweep().files == 0
        clocks.go(600)
    assert path.exists()


def test_of_too_much_the_oldest_goes(tmp_path: Path) -> None:
    clocks = Clocks()
    files = [written(tmp_path, clocks, days, 400_000) for days in (3, 2, 1)]
    swept = keeper(tmp_path, clocks, KeepPlan(None, 0.001)).sweep()
    assert [file.exists() for file in files] == [False, True, True]
    assert (swept.files, swept.bytes) == (1, 400_000)


# -- backup ----------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "shop"
    for name, text in {
        "site.toml": "name = 'x'\n",
        "events.jsonl": '{"a": 1}\n{"half',
        "secrets.toml": "A = 'hunter2'\n",
        "log/site.log": "noise\n",
        "media/d/1.jpg": "picture",
        "models/m.onnx": "weights",
    }.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return home


def test_a_backup_comes_back_without_secrets_and_half_lines(folder: Path, tmp_path: Path) -> None:
    copied = backup(folder, tmp_path / "b.zip")
    again = restore(tmp_path / "b.zip", tmp_path / "new")
    assert (copied.files, again) == (4, copied)
    there = sorted(
        p.relative_to(tmp_path / "new").as_posix() for p in (tmp_path / "new").rglob("*") if p.is_file()
    )
    assert there == ["events.jsonl", "media/d/1.jpg", "models/m.onnx", "site.toml"]
    assert (tmp_path / "new" / "events.jsonl").read_text(encoding="utf-8") == '{"a": 1}\n'
    assert b"hunter2" not in (tmp_path / "b.zip").read_bytes()
    with pytest.raises(ConfigError, match="not empty"):
        restore(tmp_path / "b.zip", tmp_path / "new")


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/../../evil", "C:/evil", "a\\..\\evil"])
def test_a_backup_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr(name, "x")
        archive.writestr(MANIFEST, json.dumps({"format": "vision_app site backup", "sha256": {name: "0"}}))
    with pytest.raises(ConfigError, match="leads out of the folder"):
        restore(tmp_path / "b.zip", tmp_path / "new")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b.zip"]


def test_a_damaged_backup_restores_nothing(folder: Path, tmp_path: Path) -> None:
    backup(folder, tmp_path / "b.zip")
    data = bytearray((tmp_path / "b.zip").read_bytes())
    at = data.find(b"picture")
    data[at] ^= 1
    (tmp_path / "b.zip").write_bytes(data)
    with pytest.raises(ConfigError, match="damaged"):
        restore(tmp_path / "b.zip", tmp_path / "new")
    assert not (tmp_path / "new").exists()
    assert not (tmp_path / "new.restore").exists()


def test_a_file_that_somebody_has_changed_restores_nothing(folder: Path, tmp_path: Path) -> None:
    backup(folder, tmp_path / "b.zip")
    with zipfile.ZipFile(tmp_path / "b.zip") as old, zipfile.ZipFile(tmp_path / "c.zip", "w") as new:
        for info in old.infolist():
            new.writestr(info.filename, b"another" if info.filename.endswith(".jpg") else old.read(info))
    with pytest.raises(ConfigError, match=r"1\.jpg is damaged; nothing was restored"):
        restore(tmp_path / "c.zip", tmp_path / "new")
    assert not (tmp_path / "new").exists()


# -- systemd ---------------------------------------------------------------------------------------------


def test_systemd_is_told_when_it_began_and_that_all_is_well(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
        door.bind(str(tmp_path / "n"))
        door.settimeout(5)
        notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "n"), "WATCHDOG_USEC": "60000000"})
        notifier.ready()
        notifier.alive("2 of 2 streams run")
        assert [door.recv(200) for _ in range(2)] == [b"READY=1", b"WATCHDOG=1\nSTATUS=2 of 2 streams run"]
    assert notifier.every_s == 20.0
    silent = Notifier({})
    silent.alive("nobody listens")
    assert silent.every_s is None


def test_a_unit_quotes_what_systemd_would_read_otherwise() -> None:
    unit = unit_of(Path('/srv/my "100%" $HOME/site.toml'), "/usr/bin/python3")
    assert (
        'ExecStart=/usr/bin/python3 -m vision_app site run "/srv/my \\"100%%\\" $$HOME/site.toml"\n' in unit
    )
    assert "WorkingDirectory=/srv/my" in unit
