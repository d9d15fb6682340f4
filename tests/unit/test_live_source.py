"""Live sources: newest frame wins, lost connections come back, and closing never waits for the device."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from tests.fake_device import FakeDevice
from vision_app.errors import SourceError
from vision_app.sources import LiveSource, LiveState, SourceOptions
from vision_app.sources import live as live_module


class Rig:
    """A live source on a fake device, with everything that it tells."""

    def __init__(self, device: FakeDevice, **options: object) -> None:
        self.device = device
        self.reports: list[str] = []
        self.states: list[LiveState] = []
        self._changed = threading.Condition()
        self.source = LiveSource(
            device,
            source_id="fake",
            kind="camera",
            report=self.reports.append,
            options=SourceOptions(**options),  # type: ignore[arg-type]
            on_state=self._note,
        )

    def _note(self, state: LiveState) -> None:
        with self._changed:
            self.states.append(state)
            self._changed.notify_all()

    def wait_for(self, *states: LiveState) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: tuple(self.states[-len(states) :]) == states, 10), (
                self.states
            )


def until(condition: Callable[[], bool]) -> None:
    deadline = time.perf_counter() + 10
    while not condition():
        assert time.perf_counter() < deadline, "the awaited thing did not happen"
        time.sleep(0.002)


@pytest.fixture
def device() -> FakeDevice:
    return FakeDevice()


@pytest.fixture
def rigged(device: FakeDevice) -> Iterator[Callable[..., Rig]]:
    rigs: list[Rig] = []

    def make(**options: object) -> Rig:
        device.show(1)
        rigs.append(Rig(device, **options))
        return rigs[-1]

    yield make
    for rig in rigs:
        rig.source.close()
    device.release()
    until(lambda: not any(t.name == "live fake" for t in threading.enumerate()))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Back-off in hundredths of a second."""
    monkeypatch.setattr(live_module, "FIRST_DELAY_S", 0.02)
    monkeypatch.setattr(live_module, "LONGEST_DELAY_S", 0.64)
    monkeypatch.setattr(live_module, "PROBE_EVERY_S", 0.02)


def level(rig: Rig) -> int:
    frame = rig.source.read()
    assert frame is not None
    return int(frame.image[0, 0, 0])


def test_the_newest_frame_wins_and_the_others_are_counted(
    device: FakeDevice, rigged: Callable[..., Rig]
) -> None:
    rig = rigged()
    device.show(2, 3, 4, 5)
    until(lambda: rig.source.dropped == 4)
    frame = rig.source.read()
    assert frame is not None
    assert (frame.index, int(frame.image[0, 0, 0])) == (4, 5)
    assert 0 <= time.perf_counter() - frame.captured_s < 5
    assert frame.position_s is None
    device.show(6)
    assert level(rig) == 6


def test_what_is_known_after_the_first_frame(rigged: Callable[..., Rig]) -> None:
    info = rigged().source.info
    assert (info.size_wh, info.fps, info.live, info.frame_count) == ((32, 24), 30.0, True, None)


def test_every_gives_each_nth_frame(device: FakeDevice, rigged: Callable[..., Rig]) -> None:
    rig = rigged(every=3)
    assert level(rig) == 1
    device.show(2, 3, 4)
    frame = rig.source.read()
    assert frame is not None
    assert (frame.index, int(frame.image[0, 0, 0])) == (3, 4)
    assert rig.source.info.fps == 10.0


@pytest.mark.usefixtures("quick")
def test_a_lost_connection_comes_back_and_indices_go_on(
    device: FakeDevice, rigged: Callable[..., Rig]
) -> None:
    rig = rigged()
    assert level(rig) == 1
    device.lose()
    rig.wait_for(LiveState.LOST)
    device.show(7)
    frame = rig.source.read()
    assert frame is not None
    assert (frame.index, int(frame.image[0, 0, 0])) == (1, 7)
    rig.wait_for(LiveState.CONNECTING, LiveState.RUNNING, LiveState.LOST, LiveState.RUNNING)
    assert rig.reports == ["fake: connection lost, trying to connect again", "fake: connected again"]
    assert (device.opened, device.closed) == (2, 1)


@pytest.mark.usefixtures("quick")
def test_the_delay_doubles_up_to_the_longest_and_starts_again_after_success(
    device: FakeDevice, rigged: Callable[..., Rig]
) -> None:
    rig = rigged()
    device.away.set()
    lost_s = time.perf_counter()
    device.lose()
    until(lambda: len(device.open_times_s) == 8)
    device.away.clear()
    device.show(2)
    rig.wait_for(LiveState.LOST, LiveState.RUNNING)
    times = [lost_s, *device.open_times_s[1:8]]
    gaps = [b - a for a, b in itertools.pairwise(times)]
    for gap, least in zip(gaps, (0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 0.64), strict=True):
        assert gap >= 0.9 * least
    assert gaps[-1] < 1.2
    again_s = time.perf_counter()
    device.lose()
    rig.wait_for(LiveState.RUNNING, LiveState.LOST)
    device.show(3)
    rig.wait_for(LiveState.LOST, LiveState.RUNNING)
    assert time.perf_counter() - again_s < 0.6


def test_a_device_that_can_be_looked_for_is_taken_up_as_soon_as_it_is_back(
    device: FakeDevice, rigged: Callable[..., Rig], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "FIRST_DELAY_S", 0.02)
    monkeypatch.setattr(live_module, "LONGEST_DELAY_S", 60.0)
    monkeypatch.setattr(live_module, "PROBE_EVERY_S", 0.02)
    device.is_reachable = True
    rig = rigged()
    until(lambda: device.asked == 1)
    device.is_reachable = False
    device.away.set()
    device.lose()
    until(lambda: device.asked > 20)
    attempts = len(device.open_times_s)
    assert attempts <= 3, "nobody connects to what is known to be away"
    device.away.clear()
    device.is_reachable = True
    back_s = time.perf_counter()
    device.show(2)
    rig.wait_for(LiveState.LOST, LiveState.RUNNING)
    assert time.perf_counter() - back_s < 1


@pytest.mark.usefixtures("quick")
def test_a_probe_that_never_works_is_not_trusted(device: FakeDevice, rigged: Callable[..., Rig]) -> None:
    device.is_reachable = False
    rig = rigged()
    device.lose()
    rig.wait_for(LiveState.LOST)
    device.show(2)
    rig.wait_for(LiveState.LOST, LiveState.RUNNING)


def test_a_probe_that_failed_once_earns_trust_when_it_says_yes(
    device: FakeDevice, rigged: Callable[..., Rig], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The device may die in the moment between its first picture and the first probe."""
    monkeypatch.setattr(live_module, "FIRST_DELAY_S", 60.0)
    monkeypatch.setattr(live_module, "PROBE_EVERY_S", 0.02)
    device.is_reachable = False
    rig = rigged()
    device.lose()
    until(lambda: device.asked > 5)
    device.show(2)
    device.is_reachable = True
    rig.wait_for(LiveState.LOST, LiveState.RUNNING)


def test_close_wakes_a_reader_at_once(rigged: Callable[..., Rig]) -> None:
    rig = rigged()
    assert level(rig) == 1
    got: list[object] = []
    reader = threading.Thread(target=lambda: got.append(rig.source.read()))
    reader.start()
    started = time.perf_counter()
    rig.source.close()
    reader.join(5)
    assert got == [None]
    assert time.perf_counter() - started < 2
    assert rig.source.state is LiveState.ENDED
    assert rig.source.read() is None


@pytest.mark.usefixtures("quick")
def test_close_does_not_wait_for_a_device_that_hangs(device: FakeDevice, rigged: Callable[..., Rig]) -> None:
    rig = rigged()
    device.stuck.set()
    device.lose()
    until(lambda: len(device.open_times_s) == 2)
    started = time.perf_counter()
    rig.source.close()
    assert time.perf_counter() - started < 1
    assert rig.source.read() is None


def test_close_cancels_the_back_off(
    device: FakeDevice, rigged: Callable[..., Rig], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "FIRST_DELAY_S", 60.0)
    rig = rigged()
    device.lose()
    rig.wait_for(LiveState.LOST)
    rig.source.close()
    until(lambda: not any(t.name == "live fake" for t in threading.enumerate()))
    assert rig.states[-1] is LiveState.ENDED


@pytest.mark.usefixtures("quick")
def test_it_gives_up_after_the_time_that_it_was_given(device: FakeDevice, rigged: Callable[..., Rig]) -> None:
    rig = rigged(give_up_after_s=0.3)
    assert level(rig) == 1
    device.away.set()
    device.lose()
    started = time.perf_counter()
    with pytest.raises(SourceError, match=r"no frame for 0\.3 s"):
        rig.source.read()
    assert 0.1 < time.perf_counter() - started < 2
    assert rig.source.read() is None


def test_a_first_connection_that_fails_is_an_error(device: FakeDevice) -> None:
    device.away.set()
    with pytest.raises(SourceError, match="fake device is away"):
        Rig(device)


def test_a_device_without_a_picture_is_an_error(device: FakeDevice) -> None:
    device.lose()
    with pytest.raises(SourceError, match="connected, but no picture came"):
        Rig(device)


def test_a_device_that_never_answers_is_an_error(device: FakeDevice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "READ_TIMEOUT_S", 0.1)
    device.stuck.set()
    with pytest.raises(SourceError, match=r"no picture within 0\.3 s"):
        Rig(device, open_timeout_s=0.2)
    device.release()


def test_an_unexpected_failure_in_the_thread_reaches_the_reader(rigged: Callable[..., Rig]) -> None:
    rig = rigged()
    assert level(rig) == 1
    rig.device.show = rig.device.pictures.put  # type: ignore[method-assign]
    rig.source._device.grab = lambda: 1 / 0  # type: ignore[assignment, return-value]
    rig.device.lose()
    rig.device.pictures.put(None)
    with pytest.raises(ZeroDivisionError):
        while rig.source.read() is not None:
            pass
    assert rig.source.read() is None
