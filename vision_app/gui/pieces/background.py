"""Work that would make the window wait, done elsewhere; its outcome comes back to the window's thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, Signal
from shiboken6 import isValid

from vision_app.cancelling import Cancellation
from vision_app.errors import VisionError
from vision_app.messages import message_of, told

T = TypeVar("T")

_PATIENCE_S = 1.5
"""How long the window waits for work when it is closed."""


class Background(QObject):
    """Runs jobs in a thread of its own, one after the other.

    Args:
        name: name of the thread.
        parent: Qt's owner.
    """

    _ended = Signal(object)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._cancellation = Cancellation()
        self._closed = False
        self._ended.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        job: Callable[[], T],
        then: Callable[[T], None] | None = None,
        failed: Callable[[str], None] | None = None,
        *,
        owner: QObject | None = None,
    ) -> None:
        """Do a job there, then something with its result here.

        Args:
            job: done in the other thread.
            then: called in the thread of this object with what the job gave.
            failed: called there with one line when the job raised an error of the world.
            owner: whom it is for: nothing is called once Qt has deleted it, such as a dialog that was closed
                meanwhile. Where the two are methods of a QObject it need not be said.
        """
        if self._closed:
            return

        def ended(future: Future[T]) -> None:
            if not future.cancelled() and not self._closed:
                self._ended.emit((future, while_there(then, owner), while_there(failed, owner)))

        self._pool.submit(self._scoped, job).add_done_callback(ended)

    def _scoped(self, job: Callable[[], T]) -> T:
        with self._cancellation.scope():
            return job()

    def _deliver(self, outcome: tuple[Future[T], Callable[[T], None], Callable[[str], None]]) -> None:
        if self._closed:
            return
        future, then, failed = outcome
        error = future.exception()
        if error is None:
            then(future.result())
        elif isinstance(error, VisionError | OSError):
            failed(one_line(error))
        else:
            raise error

    def finish(self) -> None:
        """Do all that was asked for, and wait for it; nothing is called back afterwards.

        What does not come to an end, such as a model whose first run goes on for ever, is called off.
        """
        if not self._closed:
            self._closed = True
            self._wait()
        self._pool.shutdown(wait=False)
        self._join()

    def close(self) -> None:
        """Drop what has not begun, wait for what has, as `finish` does; nothing is called afterwards."""
        self._closed = True
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._join()

    def _join(self) -> None:
        """Wait for the thread, however often it is asked; what does not end is called off, and not waited for."""
        for thread in tuple(self._pool._threads):
            thread.join(_PATIENCE_S)
            if thread.is_alive():
                self._cancellation.cancel()
                thread.join(_PATIENCE_S)

    def _wait(self) -> None:
        """Wait for all jobs; after a while call them off."""
        try:
            self._pool.submit(lambda: None).result(_PATIENCE_S)
        except TimeoutError:
            self._cancellation.cancel()


def while_there(call: Callable[[T], None] | None, owner: QObject | None = None) -> Callable[[T], None]:
    """The call, unless Qt has deleted whom it is for by then.

    Args:
        call: what is to be called; None for nothing.
        owner: whom it is for; the object whose method it is when None.
    """
    of = owner if owner is not None else getattr(call, "__self__", None)

    def made(value: T) -> None:
        if call is not None and not (isinstance(of, QObject) and not isValid(of)):
            call(value)

    return made


def one_line(error: BaseException) -> str:
    """What an error says, in one line and in the language of the window.

    >>> one_line(OSError(2, "No such file", "/x"))
    '/x: No such file'
    """
    return told(message_of(error).without("flags"))
