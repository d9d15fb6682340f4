"""Cameras that come and go: what the watcher tells, and when it asks."""

from __future__ import annotations

import queue
import threading
from pathlib import Path

import pytest

from vision_app.errors import SourceError
from vision_app.sources import watching
from vision_app.sources.cameras import CameraDescription
from vision_app.sources.watching import CameraWatcher, device_nodes

FRONT = CameraDescription(0, "Front", "V4L2", "/dev/video0")
BACK = CameraDescription(2, "Back", "V4L2", "/dev/video2")


class System:
    """The cameras of a computer, and how often they were asked for."""

    def __init__(self, *cameras: CameraDescription) -> None:
        self.cameras = cameras
        self.error: Exception | None = None
        self.lists = 0
        self.looks = 0
        self.looked = threading.Semaphore(0)

    def list(self) -> tuple[CameraDescription, ...]:
        self.lists += 1
        if self.error is not None:
            raise self.error
        return self.cameras

    def nodes(self) -> tuple[str, ...]:
        self.looks += 1
        self.looked.release()
        return tuple(str(c.path) for c in self.cameras)

    def wait(self, looks: int) -> None:
        for _ in range(looks):
            assert self.looked.acquire(timeout=20)


def test_it_tells_all_at_the_start_and_each_change() -> None:
    told: queue.Queue[tuple[CameraDescription, ...]] = queue.Queue()
    system = System(FRONT)
    watcher = CameraWatcher(told.put, every_s=0.01, cameras=system.list, nodes=system.nodes)
    try:
        assert told.get(timeout=20) == (FRONT,)
        system.cameras = (FRONT, BACK)
        assert told.get(timeout=20) == (FRONT, BACK)
        assert watcher.cameras == (FRONT, BACK)
        system.cameras = ()
        assert told.get(timeout=20) == ()
    finally:
        watcher.close()


def test_a_system_without_cameras_is_told_too() -> None:
    told: queue.Queue[tuple[CameraDescription, ...]] = queue.Queue()
    watcher = CameraWatcher(told.put, cameras=tuple, nodes=tuple)
    try:
        assert told.get(timeout=20) == ()
    finally:
        watcher.close()


def test_cameras_are_listed_only_when_the_nodes_changed_and_shortly_after() -> None:
    system = System(FRONT)
    watcher = CameraWatcher(lambda _: None, every_s=0.01, cameras=system.list, nodes=system.nodes)
    try:
        system.wait(20)
        settled = 1 + watching.SETTLE_LOOKS
        assert system.lists == settled
        system.cameras = (BACK,)
        system.wait(20)
        assert system.lists == 2 * settled
    finally:
        watcher.close()


def test_a_new_camera_gets_its_name_late() -> None:
    told: queue.Queue[tuple[CameraDescription, ...]] = queue.Queue()
    unnamed = CameraDescription(0, "video0", "V4L2", "/dev/video0")
    system = System(unnamed)
    watcher = CameraWatcher(told.put, every_s=0.05, cameras=system.list, nodes=system.nodes)
    try:
        assert told.get(timeout=20) == (unnamed,)
        system.cameras = (FRONT,)
        assert told.get(timeout=20) == (FRONT,)
    finally:
        watcher.close()


def test_without_nodes_the_cameras_are_listed_at_each_look() -> None:
    told: queue.Queue[tuple[CameraDescription, ...]] = queue.Queue()
    system = System(FRONT)
    watcher = CameraWatcher(told.put, every_s=0.01, cameras=system.list, nodes=lambda: None)
    try:
        assert told.get(timeout=20) == (FRONT,)
        system.cameras = (BACK,)
        assert told.get(timeout=20) == (BACK,)
    finally:
        watcher.close()


@pytest.mark.parametrize("error", [SourceError("the list\nis broken"), OSError("denied")])
def test_a_failing_list_keeps_what_is_known_and_says_why(error: Exception) -> None:
    told: queue.Queue[tuple[CameraDescription, ...]] = queue.Queue()
    system = System(FRONT)
    watcher = CameraWatcher(
        told.put, every_s=0.01, cameras=system.list, nodes=lambda: system.nodes() and None
    )
    try:
        assert told.get(timeout=20) == (FRONT,)
        system.error = error
        system.wait(system.looks + 3)
        assert watcher.cameras == (FRONT,)
        assert watcher.problem == str(error).splitlines()[0]
        system.error = None
        system.cameras = (BACK,)
        assert told.get(timeout=20) == (BACK,)
        assert watcher.problem == ""
    finally:
        watcher.close()


def test_look_does_not_wait_for_the_next_turn() -> None:
    told: queue.Queue[tuple[CameraDescription, ...]] = queue.Queue()
    system = System(FRONT)
    watcher = CameraWatcher(told.put, every_s=3600, cameras=system.list, nodes=lambda: ())
    try:
        assert told.get(timeout=20) == (FRONT,)
        system.cameras = (FRONT, BACK)
        watcher.look()
        assert told.get(timeout=20) == (FRONT, BACK)
    finally:
        watcher.close()


def test_closing_ends_the_thread_at_once_and_nothing_is_told_afterwards() -> None:
    told: list[object] = []
    system = System(FRONT)
    watcher = CameraWatcher(told.append, every_s=3600, cameras=system.list, nodes=system.nodes)
    system.wait(1)
    watcher.close()
    before = list(told)
    assert not any(t.name == "camera watcher" and t.is_alive() for t in threading.enumerate())
    system.cameras = ()
    watcher.look()
    assert told == before


def test_it_may_be_closed_from_what_it_calls() -> None:
    done = threading.Event()
    watchers: list[CameraWatcher] = []
    ready = threading.Event()

    def close(_: object) -> None:
        assert ready.wait(20)
        watchers[0].close()
        done.set()

    watchers.append(CameraWatcher(close, cameras=tuple, nodes=tuple))
    ready.set()
    assert done.wait(20)


def test_nodes_differ_when_a_camera_comes_goes_or_comes_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "_DEVICES", tmp_path)
    monkeypatch.setattr(watching.platform, "system", lambda: "Linux")
    empty = device_nodes()
    (tmp_path / "video0").touch(mode=0o600)
    one = device_nodes()
    (tmp_path / "video0").chmod(0o660)
    permitted = device_nodes()
    (tmp_path / "v4l" / "by-id").mkdir(parents=True)
    (tmp_path / "v4l" / "by-id" / "usb-Front").symlink_to("../../video0")
    named = device_nodes()
    assert empty == ()
    assert len({empty, one, permitted, named}) == 4
    assert device_nodes() == named


def test_systems_without_device_nodes_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching.platform, "system", lambda: "Darwin")
    assert device_nodes() is None
