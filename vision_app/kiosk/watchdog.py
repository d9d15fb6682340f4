"""The parent process of a kiosk: it does nothing but keep the other two alive.

The *show* is the process with camera, models and window. The *curtain* is a small window behind it: whenever
the show is away, it is what one sees, never the desktop. Both send beats; a dead or hung one is replaced.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty

from vision_app.errors import VisionError
from vision_app.kiosk.heartbeat import (
    EXIT_BY_PIN,
    EXIT_FRESH_START,
    EXIT_UNUSABLE,
    STALLED_AFTER_S,
    Pulse,
)
from vision_app.kiosk.memory import held_mb
from vision_app.kiosk.monitors import Wanted
from vision_app.kiosk.supervised import Supervised, Wake
from vision_app.messages import Message

ORDER_DOWN = "down"
"""To the curtain: the show is away, be in front."""
ORDER_BACK = "back"
"""To the curtain: the show is there, stay behind it."""

_LOOK_EVERY_S = 0.2
_CURTAIN_FIRST_S = 3.0
_HARD_CEILING = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How patient the watchdog is, in seconds.

    Attributes:
        stalled_s: a process without a beat, or a picture that should come, for so long is hung.
        start_s: time to the first beat.
        first_delay_s: pause before the first new start; it doubles with each failure.
        longest_delay_s: the pause does not grow beyond it.
        healthy_s: after so long without a failure the pause is the first one again.
        end_s: time for a process to end when it is asked to.
        max_memory_mb: ceiling of the show's resident memory; it heeds it itself, between two stations. A
            show that is half as large again is ended at once. 0 for none.
    """

    stalled_s: float = STALLED_AFTER_S
    start_s: float = 30.0
    first_delay_s: float = 0.5
    longest_delay_s: float = 30.0
    healthy_s: float = 60.0
    end_s: float = 5.0
    max_memory_mb: int = 0

    def delay_s(self, failures: int) -> float:
        """The pause after so many failures in a row.

        >>> [Limits().delay_s(n) for n in (1, 2, 3, 7, 90)]
        [0.5, 1.0, 2.0, 30.0, 30.0]
        """
        return min(self.first_delay_s * 2.0 ** min(failures - 1, 30), self.longest_delay_s)


Observe = Callable[[str, Supervised | None], None]
"""Told of each event by name: `start`, `hung`, `died`, `fresh`, with the process. For measurements."""


class Watchdog:
    """Starts the show and the curtain, and starts them again as often as needed, until the PIN was given.

    Args:
        show: command of the show; `--station N` is added.
        curtain: command of the curtain; None for none.
        stations: how many stations there are.
        log: gets a line at each event, and all that the processes write on standard error.
        limits: its patience.
        observe: told of the events too.
    """

    def __init__(
        self,
        show: Sequence[str],
        curtain: Sequence[str] | None,
        *,
        stations: int,
        log: logging.Logger,
        limits: Limits | None = None,
        observe: Observe | None = None,
    ) -> None:
        self._show_command, self._curtain_command = list(show), curtain
        self._stations, self._log = stations, log
        self._limits = limits or Limits()
        self._observe = observe or (lambda _, __: None)
        self._wake: Wake = Wake()
        self._stops = 0
        self._by_pin = False
        self._show: Supervised | None = None
        self._curtain: Supervised | None = None
        self._ever_alive = False
        self._failures = 0
        self._station = 0
        self._curtain_began_s = 0.0
        self.starts = 0

    @property
    def show(self) -> Supervised | None:
        """The process of the show; None while there is none."""
        return self._show

    @property
    def curtain(self) -> Supervised | None:
        """The process of the curtain; None while there is none."""
        return self._curtain

    def stop(self) -> None:
        """End soon; the second time at once. May be called from a signal handler and from any thread."""
        self._stops += 1
        self._wake.put(None)

    def run(self) -> bool:
        """Keep the kiosk alive. Call it from the main thread.

        Returns:
            Whether it was ended by the PIN, not by `stop`.

        Raises:
            VisionError: the show cannot work on this machine at all; said by it before its first beat.
        """
        try:
            self._let_curtain_down()
            self._wait_for_curtain()
            while not self._over():
                self._one_life()
        finally:
            self._end_all()
        return self._by_pin

    def _over(self) -> bool:
        return self._stops > 0 or self._by_pin

    def _one_life(self) -> None:
        command = [*self._show_command, "--station", str(self._station)]
        if not self._ever_alive:
            command.append("--strict")
        self._show = show = self._start(command, "show")
        if show is None:
            self._failures += 1
            self._pause(self._limits.delay_s(self._failures))
            return
        self.starts += 1
        self._observe("start", show)
        self._log.info("show: started (process %d)", show.pid)
        why = self._watch(show)
        if self._over():
            return
        if show.ended() != EXIT_BY_PIN:  # first a curtain, then what takes time
            self._let_curtain_down()
        pause_s = self._after(show, why)
        self._show = None
        if pause_s > 0:
            self._pause(pause_s)

    def _pause(self, seconds: float) -> None:
        self._log.info("show: next start in %g s", seconds)
        self._let_curtain_down()
        self._sleep(seconds)

    def _watch(self, show: Supervised) -> str:
        """Wait until the show is no longer what it should be; says why it had to be ended, "" if it died."""
        alive = False
        while not self._over():
            self._look_at_curtain()
            code = show.ended()
            problem = show.problem()
            if show.pulse.last is not None and not alive:
                alive = self._ever_alive = True
                self._order(ORDER_BACK)
            if code is not None:
                return ""
            if problem or (problem := self._too_large(show)):
                self._observe("hung", show)
                return problem
            self._sleep(_LOOK_EVERY_S, once=True)
        return ""

    def _too_large(self, show: Supervised) -> str:
        ceiling_mb = self._limits.max_memory_mb * _HARD_CEILING
        if ceiling_mb and (mb := held_mb(show.pid)) > ceiling_mb:
            return Message(
                "takes {mb} MB of memory, max_memory_mb is {max_memory_mb}",
                mb=mb,
                max_memory_mb=self._limits.max_memory_mb,
            )
        return ""

    def _after(self, show: Supervised, why: str) -> float:
        """Bury the show; returns the pause before the next one, seconds."""
        if why:
            self._log.error(Message("show: {why}: ended by the watchdog", why=why))
            if not show.kill():
                self._log.error(
                    Message("show: process {pid} does not go away; going on without it", pid=show.pid)
                )
        code = show.ended()
        show.reap()
        if code == EXIT_BY_PIN:
            self._by_pin = True
            self._log.info("show: ended by the PIN")
            return 0.0
        if code == EXIT_UNUSABLE and not self._ever_alive:
            raise VisionError(show.last_lines[-1] if show.last_lines else Message("the kiosk cannot start"))
        lived_s = show.lived_s
        if lived_s >= self._limits.healthy_s:
            self._failures = 0
        if code == EXIT_FRESH_START and lived_s >= self._limits.healthy_s:
            self._observe("fresh", show)
            self._log.info("show: had grown too large, starts afresh")
            self._station = self._next_station(show)
            return 0.0
        self._failures += 1
        self._observe("died", show)
        if code == EXIT_FRESH_START:
            self._log.error(
                Message(
                    "show: grew too large within {lived_s:.0f} s: max_memory_mb is too low for it",
                    lived_s=lived_s,
                )
            )
        elif not why:
            self._log.error(
                Message("show: died after {lived_s:.0f} s ({how})", lived_s=lived_s, how=_in_words(code))
            )
        # a station that kills the process does not hold up the others
        self._station = self._next_station(show)
        return self._limits.delay_s(self._failures)

    def _next_station(self, show: Supervised) -> int:
        last = show.pulse.last
        return (self._station if last is None else last.station + 1) % self._stations

    def _let_curtain_down(self) -> None:
        """See that there is a curtain, and let it down."""
        if self._curtain_command is None:
            return
        if self._curtain is None or self._curtain.ended() is not None or self._curtain.problem():
            if self._curtain is not None:
                self._curtain.kill()
            self._curtain_began_s = time.monotonic()
            self._curtain = self._start(self._curtain_command, "curtain")
        self._order(ORDER_DOWN)

    def _order(self, order: str) -> None:
        if self._curtain is not None:
            self._curtain.order(order)

    def _replace_curtain(self) -> None:
        """A curtain that died is missed when the show goes; one that dies at once is not started for ever.

        While the show is on, the new one appears behind it.
        """
        soon = time.monotonic() - self._curtain_began_s <= _CURTAIN_FIRST_S
        if self._curtain_command is None or self._curtain is not None or soon:
            return
        if self._show is None or self._show.ended() is not None:
            self._let_curtain_down()
        else:
            self._curtain_began_s = time.monotonic()
            self._curtain = self._start([*self._curtain_command, "--behind"], "curtain")
            self._order(ORDER_BACK)

    def _wait_for_curtain(self) -> None:
        """The curtain's window is to be there before that of the show, which then lies above it."""
        deadline_s = time.monotonic() + _CURTAIN_FIRST_S
        while self._curtain is not None and time.monotonic() < deadline_s and not self._over():
            self._curtain.problem()
            if self._curtain.pulse.last is not None or self._curtain.ended() is not None:
                return
            self._sleep(0.05, once=True)

    def _look_at_curtain(self) -> None:
        """Who knows the PIN can leave through the curtain as well. One that died is replaced."""
        curtain = self._curtain
        if curtain is None:
            self._replace_curtain()
            return
        if curtain.ended() == EXIT_BY_PIN:
            self._by_pin = True
            self._log.info("curtain: ended by the PIN")
        elif curtain.ended() is not None:
            self._log.error(Message("curtain: died ({how})", how=_in_words(curtain.ended())))
            curtain.reap()
            self._curtain = None
        elif problem := curtain.problem():
            self._log.error(Message("curtain: {why}: ended by the watchdog", why=problem))
            curtain.kill()
            self._curtain = None

    def _start(self, command: Sequence[str], name: str) -> Supervised | None:
        """Start a process; None if the system has no room for one at the moment."""
        pulse = Pulse(time.monotonic, start_s=self._limits.start_s, stalled_s=self._limits.stalled_s)
        try:
            return Supervised(
                command, wake=self._wake, pulse=pulse, say=lambda line: self._log.info("%s: %s", name, line)
            )
        except (OSError, RuntimeError) as error:
            self._log.error(Message("{name}: cannot be started: {error}", name=name, error=error))
            return None

    def _sleep(self, seconds: float, *, once: bool = False) -> None:
        """Sleep; news end it at once if `once` is set, `stop` and the PIN always do."""
        deadline_s = time.monotonic() + seconds
        while not self._over() and (left_s := deadline_s - time.monotonic()) > 0:
            try:
                self._wake.get(timeout=min(left_s, _LOOK_EVERY_S))
            except Empty:
                pass
            else:
                if once:
                    return
            if not once:
                self._look_at_curtain()

    def _end_all(self) -> None:
        """Ask both to end at the same time; who does not within the patience, or when asked twice, is ended."""
        left = [process for process in (self._show, self._curtain) if process is not None]
        for process in left:
            process.ask_to_end()
        deadline_s = time.monotonic() + self._limits.end_s
        while (
            any(process.ended() is None for process in left)
            and time.monotonic() < deadline_s
            and self._stops < 2
        ):
            with suppress(Empty):
                self._wake.get(timeout=0.05)
        for process in left:
            if process.ended() is None:
                process.kill()
            process.reap()
        self._show = self._curtain = None


def _in_words(code: int | None) -> str:
    """What an exit code says.

    >>> _in_words(-9), _in_words(1)
    ('signal SIGKILL', 'exit code 1')
    """
    if code is not None and code < 0:
        import signal

        try:
            return Message("signal {name}", name=signal.Signals(-code).name)
        except ValueError:
            return Message("signal {value}", value=-code)
    return Message("exit code {code}", code=code)


def show_command(programme: Path, screen: Wanted | None = None) -> list[str]:
    """What starts the show of a kiosk file, on another monitor than that of the file if one is given."""
    return _command("show", programme, screen)


def curtain_command(programme: Path, screen: Wanted | None = None) -> list[str]:
    """What starts the curtain of a kiosk file."""
    return _command("curtain", programme, screen)


def _command(part: str, programme: Path, screen: Wanted | None) -> list[str]:
    command = [sys.executable, "-m", "vision_app.gui.kiosk", part, str(programme)]
    return command if screen is None else [*command, f"--screen={screen}"]
