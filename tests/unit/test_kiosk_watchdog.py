"""The watchdog with small processes in place of the show: whatever they do, another one is started."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from vision_app.errors import ConfigError, VisionError
from vision_app.kiosk import supervised
from vision_app.kiosk.heartbeat import EXIT_BY_PIN, EXIT_FRESH_START, Beat, Pulse, parse_beat
from vision_app.kiosk.logs import Sluice, close_log, open_log, redacted
from vision_app.kiosk.memory import waited_s
from vision_app.kiosk.running import only_one
from vision_app.kiosk.supervised import Supervised, Wake
from vision_app.kiosk.watchdog import Limits, Watchdog
from vision_app.messages import Message, speak

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")

BEATS = """
import os, sys, time, threading
def beat(pictures=0, wanted=0, station=0):
    os.write(1, b"beat %d %d %d 0\\n" % (pictures, wanted, station))
def beats(seconds, moving=True, **what):
    for i in range(int(seconds / 0.05)):
        beat(pictures=i if moving else 7, **what)
        time.sleep(0.05)
on_order = lambda data: None
def follow():
    while data := os.read(0, 100):
        on_order(data)
    os._exit(9)
threading.Thread(target=follow, daemon=True).start()
"""
FAST = Limits(stalled_s=0.6, start_s=5.0, first_delay_s=0.05, longest_delay_s=0.2, healthy_s=60, end_s=3)


class Stage:
    """A folder in which the processes of one test leave their traces."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = logging.Logger("test")
        self.lines: list[str] = []
        handler = logging.Handler()
        handler.emit = lambda record: self.lines.append(record.getMessage())  # type: ignore[method-assign]
        self.log.addHandler(handler)
        self.events: list[str] = []

    def command(self, body: str, name: str = "show") -> list[str]:
        """A process that notes its arguments, and then runs the body; `life` is 0 the first time."""
        script = self.folder / f"{name}.py"
        start = f"""
            trace = {str(self.folder / name)!r} + ".trace"
            life = len(open(trace).readlines()) if os.path.exists(trace) else 0
            with open(trace, "a") as file:
                file.write(" ".join(sys.argv[1:]) + "\\n")
        """
        script.write_text(BEATS + textwrap.dedent(start) + textwrap.dedent(body), encoding="utf-8")
        return [sys.executable, "-S", str(script)]

    def arguments(self, name: str = "show") -> list[str]:
        """What each process so far was started with."""
        path = self.folder / f"{name}.trace"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    def watchdog(self, body: str, limits: Limits = FAST, curtain: str | None = None) -> Watchdog:
        return Watchdog(
            self.command(body),
            None if curtain is None else self.command(curtain, "curtain"),
            stations=3,
            log=self.log,
            limits=limits,
            observe=lambda name, _: self.events.append(name),
        )


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def stop_when(watchdog: Watchdog, ready: Callable[[], bool], within_s: float = 20.0) -> None:
    """Run the watchdog in this thread, and stop it from another one when something has come true."""

    def wait() -> None:
        deadline_s = time.monotonic() + within_s
        while not ready() and time.monotonic() < deadline_s:
            time.sleep(0.02)
        watchdog.stop()

    thread = threading.Thread(target=wait)
    thread.start()
    watchdog.run()
    thread.join()


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_pin_ends_it_all(stage: Stage) -> None:
    assert stage.watchdog(f"beats(0.2); sys.exit({EXIT_BY_PIN})").run() is True
    assert stage.arguments() == ["--station 0 --strict"]
    assert "show: ended by the PIN" in stage.lines


@pytest.mark.parametrize(
    "death", ["sys.exit(0)", "sys.exit(1)", "os._exit(134)", "os.kill(os.getpid(), 9)", "os.abort()"]
)
def test_whatever_it_dies_of_it_is_started_again(stage: Stage, death: str) -> None:
    body = f"beats(0.15, station=life)\nif life < 2: {death}\nsys.exit({EXIT_BY_PIN})"
    assert stage.watchdog(body).run() is True
    assert stage.arguments() == ["--station 0 --strict", "--station 1", "--station 2"]
    assert stage.events == ["start", "died", "start", "died", "start"]


HANGS = {
    "no beats": "time.sleep(60)",
    "stopped": "os.kill(os.getpid(), 19)",
    "deaf to signals": "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)",
    "no pictures": "beats(60, moving=False, wanted=1)",
}


@pytest.mark.parametrize("hang", HANGS.values(), ids=HANGS)
def test_however_it_hangs_it_is_replaced(stage: Stage, hang: str) -> None:
    body = f"beats(0.3, wanted=1)\nif life == 0: {hang}\nbeats(0.3)\nsys.exit({EXIT_BY_PIN})"
    began_s = time.monotonic()
    assert stage.watchdog(body).run() is True
    assert time.monotonic() - began_s < 15
    assert stage.events == ["start", "hung", "died", "start"]
    assert any("ended by the watchdog" in line for line in stage.lines)


@pytest.mark.parametrize(("waits_a_s", "starts"), [(0.9, 1), (0.0, 2)], ids=["no core", "asleep"])
def test_one_that_gets_no_core_is_only_late(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, waits_a_s: float, starts: int
) -> None:
    """On a busy machine a beat may come later than a hang is found out."""
    monkeypatch.setattr(supervised, "waited_s", lambda _: waits_a_s * time.monotonic())
    body = f"beats(0.3)\nif life == 0: time.sleep(1.4)\nbeats(0.2)\nsys.exit({EXIT_BY_PIN})"
    assert stage.watchdog(body).run() is True
    assert len(stage.arguments()) == starts


def test_even_without_a_core_patience_ends(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervised, "waited_s", lambda _: time.monotonic())
    body = f"beats(0.3)\nif life == 0: time.sleep(60)\nsys.exit({EXIT_BY_PIN})"
    began_s = time.monotonic()
    assert stage.watchdog(body).run() is True
    assert time.monotonic() - began_s < 20


@pytest.mark.skipif(waited_s(os.getpid()) is None, reason="this system does not tell")
def test_a_sleeping_process_waits_for_no_core() -> None:
    sleeper = subprocess.Popen(["sleep", "30"])
    try:
        time.sleep(0.3)
        before = waited_s(sleeper.pid)
        time.sleep(0.5)
        assert before == waited_s(sleeper.pid)
    finally:
        sleeper.kill()
        sleeper.wait()
    assert waited_s(sleeper.pid) is None


def test_one_that_never_begins_is_replaced(stage: Stage) -> None:
    body = f"if life == 0: time.sleep(60)\nbeats(0.2)\nsys.exit({EXIT_BY_PIN})"
    limits = Limits(stalled_s=0.6, start_s=2.0, first_delay_s=0.05)
    assert stage.watchdog(body, limits).run() is True
    assert any("did not start within 2 s" in line for line in stage.lines)


def test_a_camera_that_is_away_is_no_hang(stage: Stage) -> None:
    body = f"beats(2.0, moving=False, wanted=0)\nsys.exit({EXIT_BY_PIN})"
    assert stage.watchdog(body).run() is True
    assert stage.events == ["start"]


def test_pauses_grow_and_are_short_again_after_a_while() -> None:
    limits = Limits()
    assert [limits.delay_s(n) for n in range(1, 9)] == [0.5, 1, 2, 4, 8, 16, 30, 30]


def test_a_process_that_always_dies_is_not_started_all_the_time(stage: Stage) -> None:
    watchdog = stage.watchdog(
        "beat(); sys.exit(3)", Limits(stalled_s=2, first_delay_s=0.4, longest_delay_s=60)
    )
    stop_when(watchdog, lambda: False, within_s=2.5)
    assert 2 <= watchdog.starts <= 4


@pytest.mark.slow
def test_after_a_healthy_time_the_pause_is_short_again(stage: Stage) -> None:
    body = f"beats(0.2 if life < 3 else 1.0)\nsys.exit(5 if life < 4 else {EXIT_BY_PIN})"
    stage.watchdog(body, Limits(stalled_s=2, first_delay_s=0.1, healthy_s=0.9)).run()
    pauses = [line for line in stage.lines if "next start in" in line]
    assert pauses == [f"show: next start in {s} s" for s in ("0.1", "0.2", "0.4", "0.1")]


def test_a_fresh_start_goes_on_with_the_next_station_without_a_pause(stage: Stage) -> None:
    body = f"beats(0.2, station=1)\nsys.exit({EXIT_FRESH_START} if life == 0 else {EXIT_BY_PIN})"
    limits = Limits(stalled_s=2, first_delay_s=30, healthy_s=0.1)
    began_s = time.monotonic()
    assert stage.watchdog(body, limits).run() is True
    assert time.monotonic() - began_s < 20
    assert stage.arguments() == ["--station 0 --strict", "--station 2"]
    assert stage.events == ["start", "fresh", "start"]


def test_a_ceiling_that_is_far_too_low_is_no_busy_loop(stage: Stage) -> None:
    watchdog = stage.watchdog(f"beat(); sys.exit({EXIT_FRESH_START})", Limits(first_delay_s=0.5))
    stop_when(watchdog, lambda: False, within_s=1.5)
    assert watchdog.starts <= 3
    assert any("max_memory_mb is too low" in line for line in stage.lines)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the size of a process is read from /proc")
def test_one_that_grows_without_end_is_ended(stage: Stage) -> None:
    body = f"""
        if life == 0:
            ballast = b"x" * 90_000_000
            beats(20)
        beats(0.2)
        sys.exit({EXIT_BY_PIN})
    """
    assert stage.watchdog(body, Limits(stalled_s=2, first_delay_s=0.05, max_memory_mb=50)).run() is True
    assert any("max_memory_mb is 50" in line for line in stage.lines)


def test_a_system_without_room_for_a_process_is_asked_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, refused = subprocess.Popen, []

    def popen(*words: Any, **more: Any) -> Any:
        if len(refused) < 3:
            refused.append(1)
            raise BlockingIOError(11, "Resource temporarily unavailable")
        return real(*words, **more)

    monkeypatch.setattr(supervised.subprocess, "Popen", popen)
    assert stage.watchdog(f"beats(0.2); sys.exit({EXIT_BY_PIN})").run() is True
    assert len(refused) == 3
    assert sum("cannot be started: [Errno 11]" in line for line in stage.lines) == 3


def test_what_cannot_work_at_all_is_said_once(stage: Stage) -> None:
    body = 'print("noise", file=sys.stderr); print("no PySide6 here", file=sys.stderr); sys.exit(2)'
    with pytest.raises(VisionError, match=r"^no PySide6 here$"):
        stage.watchdog(body).run()
    assert len(stage.arguments()) == 1


def test_later_on_nothing_is_refused(stage: Stage) -> None:
    body = f"beats(0.3)\nif life == 1: sys.exit(2)\nsys.exit(1 if life == 0 else {EXIT_BY_PIN})"
    assert stage.watchdog(body).run() is True
    assert len(stage.arguments()) == 3


def test_stop_asks_first(stage: Stage) -> None:
    body = """
        import signal
        def bye(*_):
            open(trace + ".bye", "w").close()
            os._exit(0)
        signal.signal(signal.SIGTERM, bye)
        beats(60)
    """
    watchdog = stage.watchdog(body)
    stop_when(watchdog, lambda: watchdog.show is not None and watchdog.show.pulse.last is not None)
    assert (stage.folder / "show.trace.bye").exists()


def test_stop_does_not_wait_for_the_deaf(stage: Stage) -> None:
    body = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\nbeats(60)"
    watchdog = stage.watchdog(body, Limits(end_s=0.3))
    pids: list[int] = []

    def alive() -> bool:
        show = watchdog.show
        if show is None or show.pulse.last is None:
            return False
        pids.append(show.pid)
        return True

    began_s = time.monotonic()
    stop_when(watchdog, alive)
    assert time.monotonic() - began_s < 15
    assert gone(pids[0])


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are counted in /proc")
def test_nothing_is_left_open_after_many_restarts(stage: Stage) -> None:
    watchdog = stage.watchdog("beat(); sys.exit(1)", Limits(first_delay_s=0.01, longest_delay_s=0.01))
    before = open_files(), threading.active_count()
    stop_when(watchdog, lambda: watchdog.starts >= 8)
    assert (open_files(), threading.active_count()) == before


def test_the_curtain_is_told_when_the_show_is_away_and_when_it_is_back(stage: Stage) -> None:
    curtain = """
        def orders(data):
            with open(trace + ".orders", "ab") as file:
                file.write(data)
        on_order = orders
        beats(60)
    """
    body = f"beats(0.5)\nsys.exit(1 if life < 2 else {EXIT_BY_PIN})"
    assert stage.watchdog(body, curtain=curtain).run() is True
    assert len(stage.arguments("curtain")) == 1, "one for all shows"
    orders = (stage.folder / "curtain.trace.orders").read_text(encoding="ascii").split()
    changes = [order for i, order in enumerate(orders) if i == 0 or order != orders[i - 1]]
    if changes[0] == "down":  # the first one may have come before this curtain was listening
        del changes[0]
    assert changes == ["back", "down", "back", "down", "back"]


def test_the_pin_works_at_the_curtain_too(stage: Stage) -> None:
    curtain = f"beats(1.0); sys.exit({EXIT_BY_PIN})"
    watchdog = stage.watchdog("beat(); sys.exit(1)", Limits(first_delay_s=30), curtain)
    began_s = time.monotonic()
    assert watchdog.run() is True
    assert time.monotonic() - began_s < 20


def test_a_curtain_that_died_behind_the_show_is_replaced_there(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who ends both one after the other must not see the desktop."""
    monkeypatch.setattr("vision_app.kiosk.watchdog._CURTAIN_FIRST_S", 0.3)
    curtain = "beats(0.6)\nif life == 0: sys.exit(1)\nbeats(60)"
    watchdog = stage.watchdog("beats(60)", curtain=curtain)
    stop_when(watchdog, lambda: len(stage.arguments("curtain")) == 2)
    assert [line.split() for line in stage.arguments("curtain")] == [[], ["--behind"]]
    assert len(stage.arguments()) == 1, "the show went on"


def test_both_are_asked_to_end_at_the_same_time_and_twice_is_at_once(stage: Stage) -> None:
    deaf = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nbeats(60)"
    watchdog = stage.watchdog(deaf, Limits(stalled_s=5, end_s=60), deaf)
    ready = threading.Event()

    def stop_twice() -> None:
        wait_for(lambda: bool(stage.arguments()) and bool(stage.arguments("curtain")))
        time.sleep(0.3)
        watchdog.stop()
        ready.set()
        time.sleep(0.3)
        watchdog.stop()

    thread = threading.Thread(target=stop_twice)
    thread.start()
    began_s = time.monotonic()
    watchdog.run()
    thread.join()
    assert ready.is_set()
    assert time.monotonic() - began_s < 30


def test_a_curtain_that_died_is_replaced_when_it_is_needed(stage: Stage) -> None:
    curtain = "beats(0.3)\nif life == 0: sys.exit(1)\nbeats(60)"
    body = f"beats(1.0)\nsys.exit(1 if life == 0 else {EXIT_BY_PIN})"
    assert stage.watchdog(body, curtain=curtain).run() is True
    assert len(stage.arguments("curtain")) == 2


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the end of the parent is noticed by its pipe"
)
def test_the_processes_do_not_outlive_the_watchdog(stage: Stage) -> None:
    """The pipe ends with the watchdog; the real show asks the system for more, which the end-to-end test sees."""
    command = stage.command("open(trace + '.pid', 'w').write(str(os.getpid()))\nbeats(60)")
    parent = subprocess.Popen(
        [
            *(sys.executable, "-c"),
            "import logging\nfrom vision_app.kiosk.watchdog import Watchdog\n"
            f"Watchdog({command!r}, None, stations=1, log=logging.Logger('x')).run()",
        ]
    )
    pid_file = stage.folder / "show.trace.pid"
    wait_for(lambda: pid_file.exists() and pid_file.read_text(encoding="ascii") != "")
    pid = int(pid_file.read_text(encoding="ascii"))
    parent.kill()
    parent.wait()
    wait_for(lambda: gone(pid))


def wait_for(condition: Callable[[], bool], within_s: float = 15.0) -> None:
    deadline_s = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.02)


def test_a_signal_ends_it(stage: Stage) -> None:
    watchdog = stage.watchdog("beats(60)")
    before = signal.signal(signal.SIGTERM, lambda *_: watchdog.stop())
    try:
        timer = threading.Timer(1.0, lambda: os.kill(os.getpid(), signal.SIGTERM))
        timer.start()
        assert watchdog.run() is False
        timer.join()
    finally:
        signal.signal(signal.SIGTERM, before)


class TestBeats:
    @pytest.mark.parametrize(
        "line",
        [
            b"",
            b"\n",
            b"beat\n",
            b"beat 1 2 3\n",
            b"beat 1 1 1 x\n",
            b"beat -1 1 1 1\n",
            b"beat 1 1 1 " + b"9" * 30,
            b"\xff\xfe",
        ],
    )
    def test_other_lines_are_no_beats(self, line: bytes) -> None:
        assert parse_beat(line) is None

    def test_round_trip(self) -> None:
        beat = Beat(123456, True, 2, 300)
        assert parse_beat(beat.line()) == beat


class TestPulse:
    def test_flow_matters_only_while_pictures_are_wanted(self) -> None:
        now = [0.0]
        pulse = Pulse(lambda: now[0], start_s=5, stalled_s=1)
        for step in range(40):
            now[0] = step * 0.25
            pulse.felt(Beat(7, wanted=step < 4))
            assert pulse.problem() == ""
        for _ in range(6):
            now[0] += 0.25
            pulse.felt(Beat(7, wanted=True))
        assert pulse.problem() == ""
        now[0] += 0.25
        pulse.felt(Beat(7, wanted=True))
        assert "no new picture" in pulse.problem()


class TestLog:
    @pytest.fixture
    def log(self, tmp_path: Path) -> Iterator[logging.Logger]:
        log = open_log(tmp_path / "state" / "kiosk.log")
        yield log
        close_log(log)

    @pytest.mark.parametrize(
        ("line", "shown"),
        [
            ("rtsp://admin:p@ss/w0rd@10.0.0.7/x lost", "rtsp://***@10.0.0.7/x lost"),
            ("http://cam/v?user=a&pwd=secret", "http://cam/v?***"),
            ("no address, me@home", "no address, me@home"),
            ("a\x1b[31mb\x00c\rd", "a [31mb c d"),
        ],
    )
    def test_no_passwords_and_no_control_characters(self, line: str, shown: str) -> None:
        assert redacted(line) == shown

    def test_it_rotates_and_stays_small(self, log: logging.Logger, tmp_path: Path) -> None:
        for number in range(3500):
            log.info("%d %s", number, "x" * 1900)
        files = sorted((tmp_path / "state").iterdir())
        assert len(files) == 5
        assert sum(f.stat().st_size for f in files) < 5_100_000
        assert "3499" in (tmp_path / "state" / "kiosk.log").read_text(encoding="utf-8")[-2000:]

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full disk here")
    def test_a_full_disk_loses_lines_and_nothing_else(
        self, tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        place = tmp_path / "kiosk.log"
        place.symlink_to("/dev/full")
        log = open_log(place)
        for _ in range(50):
            log.info("lost")
        place.unlink()
        log.info("found")
        close_log(log)
        assert place.read_text(encoding="utf-8").endswith("found\n")
        assert capfd.readouterr() == ("", "")

    def test_a_folder_that_cannot_be_made(self, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "file").touch()
        log = open_log(tmp_path / "file" / "kiosk.log")
        log.info("lost")
        close_log(log)
        assert capfd.readouterr() == ("", "")

    def test_what_went_wrong_is_told_in_the_language_in_force_and_the_rest_in_english(
        self, tmp_path: Path
    ) -> None:
        speak("ko")
        try:
            log = open_log(tmp_path / "kiosk.log")
            log.error(Message("show: process {pid} does not go away; going on without it", pid=7))
            log.info(Message("exit code {code}", code=1))
            close_log(log)
        finally:
            speak("en")
        first, second = (tmp_path / "kiosk.log").read_text(encoding="utf-8").splitlines()
        assert first.endswith("화면: 프로세스 7이 종료되지 않아 그대로 두고 계속합니다")
        assert second.endswith("exit code 1")

    def test_a_flood_is_cut(self) -> None:
        now, out = [0.0], []
        sluice = Sluice(out.append, 3, lambda: now[0])
        for number in range(10):
            sluice.line(str(number))
        now[0] = 61
        sluice.line("later")
        assert out == ["0", "1", "2", "(7 more lines within a minute were left out)", "later"]


def test_a_process_that_floods_its_output_is_followed(stage: Stage) -> None:
    body = (
        "import itertools\nfor i in range(6000): os.write(1, b'x' * 100); os.write(2, b'y' * 100)\nbeats(1)"
    )
    wake = Wake()
    process = Supervised(
        stage.command(body),
        wake=wake,
        pulse=Pulse(time.monotonic, start_s=20, stalled_s=5),
        say=stage.lines.append,
    )
    try:
        wait_for(lambda: process.problem() == "" and process.pulse.last is not None)
        assert all(len(line) <= 4096 for line in stage.lines)
    finally:
        process.kill()


def test_a_kiosk_runs_once(tmp_path: Path) -> None:
    lock, file = tmp_path / "x.lock", Path("kiosk.toml")
    with only_one(lock, file):
        with pytest.raises(ConfigError, match="running already"):
            with only_one(lock, file):
                pass
    with only_one(lock, file):
        pass
    (tmp_path / "blocked").touch()
    with only_one(tmp_path / "blocked" / "x.lock", file):
        pass


def test_the_watchdog_loads_nothing_heavy() -> None:
    code = (
        "import sys, vision_app.kiosk.running\n"
        "print([m for m in ('numpy', 'cv2', 'PySide6', 'onnxruntime', 'av') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
