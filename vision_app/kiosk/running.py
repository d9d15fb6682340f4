"""Runs a kiosk: its log, its lock, and the watchdog."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from vision_app.errors import ConfigError
from vision_app.kiosk.logs import close_log, open_log
from vision_app.kiosk.places import lock_path, log_path
from vision_app.kiosk.programme import Programme
from vision_app.kiosk.watchdog import Limits, Watchdog, curtain_command, show_command
from vision_app.messages import Message


def run_watched(programme: Programme, on_ready: Callable[[Callable[[], None]], None]) -> bool:
    """Run a kiosk until its PIN is given or it is stopped. Call it from the main thread.

    Args:
        programme: the kiosk file.
        on_ready: gets a function that ends the kiosk, fit for a signal handler.

    Returns:
        Whether the PIN ended it.

    Raises:
        ConfigError: this kiosk is running already.
        VisionError: it cannot be shown on this machine.
    """
    with only_one(lock_path(programme.path), programme.path):
        log = open_log(log_path(programme.path))
        try:
            return _watch(programme, log, on_ready)
        finally:
            close_log(log)


def _watch(programme: Programme, log: logging.Logger, on_ready: Callable[[Callable[[], None]], None]) -> bool:
    watchdog = Watchdog(
        show_command(programme.path, programme.screen),
        curtain_command(programme.path, programme.screen),
        stations=len(programme.stations),
        log=log,
        limits=Limits(max_memory_mb=programme.max_memory_mb),
    )
    on_ready(watchdog.stop)
    log.info("kiosk: begins with %s (process %d)", programme.path, os.getpid())
    try:
        by_pin = watchdog.run()
    except BaseException as error:
        log.error(Message("kiosk: ends: {error}", error=error))  # noqa: TRY400 - raised again
        raise
    log.info("kiosk: ends, %s", Message("by the PIN") if by_pin else Message("stopped from outside"))
    return by_pin


@contextlib.contextmanager
def only_one(lock: Path, programme: Path) -> Iterator[None]:
    """Hold the lock of a kiosk file; the system releases it however the process ends.

    A folder that cannot be written forbids nothing: then there is no lock.

    Raises:
        ConfigError: another process holds it.
    """
    try:
        import fcntl
    except ImportError:  # Windows: two of them disturb each other, but nothing is lost
        yield
        return
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        file = lock.open("a", encoding="ascii")
    except OSError:
        yield
        return
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigError(
                "{programme} is running already; end that kiosk first", programme=programme
            ) from None
        except OSError:  # a file system without locks
            pass
        yield
