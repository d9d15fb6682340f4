"""One process at a time changes a model of the user's folder, or another place. The only importer of filelock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from filelock import BaseFileLock, FileLock, Timeout

from vision_app.cards.lookup import incoming_dir
from vision_app.errors import ModelError, disk_reason

_LOOK_EVERY_S = 0.2


@contextmanager
def model_lock(
    name: str, waiting: Callable[[], None] | None = None, cancelled: Callable[[], bool] = lambda: False
) -> Iterator[bool]:
    """Hold the lock of a model; waits as long as another process or thread holds it.

    The system releases the lock of a process that dies. The lock file stays: deleting it would let two
    processes hold two files of the same name.

    Args:
        name: the model; a valid name, for it becomes part of a path.
        waiting: called once when the lock is held by another.
        cancelled: asked while it waits, whether to stop waiting.

    Yields:
        Whether the lock is held; False only when the waiting was cancelled.

    Raises:
        ModelError: the user's folder cannot be written.
    """
    folder = incoming_dir()
    lock = FileLock(folder / f"{name}.lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            if waiting is not None:
                waiting()
            _wait_for(lock, cancelled)
    except OSError as error:
        raise ModelError(
            "{folder}: the folder of models cannot be written: {reason}",
            folder=folder,
            reason=disk_reason(error),
        ) from error
    try:
        yield lock.is_locked
    finally:
        lock.release()


def _wait_for(lock: BaseFileLock, cancelled: Callable[[], bool]) -> None:
    while not cancelled():
        try:
            lock.acquire(timeout=_LOOK_EVERY_S)
        except Timeout:
            continue
        return


class HeldLock(Protocol):
    """A lock that this process holds."""

    def release(self) -> None:
        """Let others have it; from any thread."""
        ...


def try_lock(path: Path) -> HeldLock | None:
    """Hold a lock file at once; None when another process, or another holder in this one, has it.

    The system releases the lock of a process that dies. The lock file stays.

    Raises:
        OSError: it cannot be written.
    """
    lock = FileLock(path, thread_local=False)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return None
    return lock
