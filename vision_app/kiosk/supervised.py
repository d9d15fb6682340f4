"""One process under the watchdog's eyes: started, listened to, ended."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import SimpleQueue
from typing import IO

from vision_app.kiosk.heartbeat import Beat, Pulse, parse_beat
from vision_app.kiosk.logs import Sluice
from vision_app.kiosk.memory import waited_s

_LONGEST_LINE = 4096
_KILL_WAIT_S = 2.0
_STEADY_LINES = 20
_PATIENCE = 4.0
_STARVED_SHARE = 0.25
"""Of the time since its last beat: so long ready to run, without a core to run on."""

Wake = SimpleQueue[None]
"""Something is put in when there is news. Simple queues may be filled from signal handlers."""


class Supervised:
    """A process that sends beats on its standard output, and ends when its standard input does.

    Must be made in the thread that lives longest: on Linux the system kills the process when that thread
    ends, which it asks for itself.

    Args:
        command: what to start.
        wake: gets an item at each news.
        pulse: judges its beats.
        say: gets what it writes on standard error, a line at a time.
    """

    def __init__(
        self, command: Sequence[str], *, wake: Wake, pulse: Pulse, say: Callable[[str], None]
    ) -> None:
        self.pulse = pulse
        self._wake, self._say = wake, say
        self.last_lines: list[str] = []
        self.began_s = time.monotonic()
        self._beats: SimpleQueue[Beat] = SimpleQueue()
        self._waited_s: float | None = 0.0
        self._process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=sys.platform != "win32",
        )
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._readers = [
            threading.Thread(target=self._listen, args=(self._process.stdout,), daemon=True),
            threading.Thread(target=self._note, args=(self._process.stderr,), daemon=True),
        ]
        try:
            for reader in self._readers:
                reader.start()
        except RuntimeError:  # no room for another thread
            self._process.kill()
            raise

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    @property
    def lived_s(self) -> float:
        """Seconds since its start."""
        return time.monotonic() - self.began_s

    def ended(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        return self._process.poll()

    def problem(self) -> str:
        """Why it counts as hung; "" when it is well."""
        heard = False
        while not self._beats.empty():
            self.pulse.felt(self._beats.get())
            heard = True
        if heard:
            self._waited_s = waited_s(self.pid)
        problem = self.pulse.problem()
        return self.pulse.problem(_PATIENCE) if problem and self._starves() else problem

    def _starves(self) -> bool:
        """Whether it is silent because other programs have the cores: then it is only late, and is given time."""
        now_s = waited_s(self.pid)
        if now_s is None or self._waited_s is None:
            return False
        return now_s - self._waited_s > _STARVED_SHARE * self.pulse.silent_s

    def order(self, text: str) -> None:
        """Write a line to its standard input; one that does not read it will be found out by its beats."""
        assert self._process.stdin is not None
        with suppress(OSError, ValueError):
            self._process.stdin.write(f"{text}\n".encode("ascii"))

    def kill(self) -> bool:
        """End it at once, hung or stopped as it may be.

        Returns:
            False if it does not go away: it is stuck inside the system, in the driver of a camera, say.
        """
        with suppress(OSError):
            self._process.kill()
        return self._reap(_KILL_WAIT_S)

    def ask_to_end(self) -> None:
        """Ask it to end; returns at once."""
        with suppress(OSError):
            self._process.terminate()

    def reap(self) -> None:
        """Give back what a process that has ended still holds."""
        self._reap(_KILL_WAIT_S)

    def _reap(self, timeout_s: float) -> bool:
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        for reader in self._readers:
            reader.join(_KILL_WAIT_S)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        return True

    def _listen(self, stream: IO[bytes]) -> None:
        with suppress(OSError, ValueError):
            while line := stream.readline(_LONGEST_LINE):
                beat = parse_beat(line)
                if beat is not None:
                    self._beats.put(beat)
                    self._wake.put(None)
        self._wake.put(None)

    def _note(self, stream: IO[bytes]) -> None:
        sluice = Sluice(self._say)
        with suppress(OSError, ValueError):
            while line := stream.readline(_LONGEST_LINE):
                text = line.decode("utf-8", "replace").rstrip()
                if text:
                    self.last_lines = [*self.last_lines, text][-_STEADY_LINES:]
                    sluice.line(text)
        sluice.end()
