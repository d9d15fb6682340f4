"""Tasks on the workers of a Dask scheduler.

A worker that dies costs its tasks only: the scheduler gives them to another. A scheduler that dies costs what was being
worked on: when it is back, what is missing is asked for again. So it is with tasks that a scheduler has forgotten.

Source: Dask.distributed, "Resilience", "Worker plugins" and "Scheduling State".
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any

from vision_app.batch.dask_worker import run_on_worker
from vision_app.batch.engines import EngineOptions, OnAnswer
from vision_app.batch.parcels import store
from vision_app.batch.task import Answer, Task
from vision_app.errors import ConfigError, VisionError
from vision_app.messages import Message

_CONNECT_S = 30
_RETRIES = 3
_LOOK_EVERY_S = 0.5
_FETCH_S = 20.0
"""Longest that the answer of a task that is done takes to come."""
_AWAY_S = 600.0
_ASK_EVERY_S = 5.0
"""How often the scheduler is asked whether it still knows what is waited for."""
_ASKED = 20
"""About how many tasks it is asked: the oldest. When a later one is lost, it is the oldest once the others are done."""
_PENDING = frozenset({"waiting", "no-worker", "queued", "processing"})
"""States of a task that an answer is still to come of, however long that takes."""


class _LostError(OSError):
    """The scheduler is there, but not what it was asked for."""


class DaskEngine:
    """Works with a scheduler that is there.

    Args:
        options: its address is that of the scheduler, such as `tcp://10.0.0.5:8786`.

    Raises:
        ConfigError: the package is not installed, or no address was given.
    """

    cuts = True

    def __init__(self, options: EngineOptions) -> None:
        try:
            import distributed
        except ImportError as error:
            raise ConfigError(
                "--engine dask needs the package distributed: pip install 'vision-app[dask]', here and on the workers"
            ) from error
        if not options.address:
            raise ConfigError(
                "--engine dask needs --address, that of the scheduler, such as tcp://10.0.0.5:8786"
            )
        self._dask, self._options = distributed, options
        self._client: Any = None
        self._connect()

    def _connect(self) -> None:
        self.close()
        try:
            client = self._dask.Client(
                self._options.address, timeout=_CONNECT_S, set_as_default=False, name="vision-app batch"
            )
        except (OSError, TimeoutError, ValueError) as error:
            raise ConfigError(
                "{address}: no Dask scheduler answers there ({error}); start one with: dask scheduler",
                address=self._options.address,
                error=str(error) or type(error).__name__,
            ) from error
        self._client = client
        if self._options.contents:
            client.register_plugin(_models_plugin(self._dask, dict(self._options.contents)))
        if not client.scheduler_info(n_workers=-1)["workers"]:
            self._options.report(
                Message(
                    "{address} has no workers yet; start one with: dask worker {address}",
                    address=self._options.address,
                )
            )

    def run(self, tasks: Sequence[Task], on_answer: OnAnswer) -> None:
        """Work on all; a scheduler that goes away is waited for.

        Raises:
            VisionError: it stays away, or a task kills one worker after the other.
        """
        missing = {task.key: task for task in tasks}
        away_since_s: float | None = None
        while missing and not self._options.stopped():
            try:
                for key, answer in self._answers(list(missing.values())):
                    on_answer(missing.pop(key), answer)
                    away_since_s = None
                if missing and not self._options.stopped():
                    raise _LostError("tasks were lost")
            except Exception as error:  # sorted out below
                if not isinstance(error, (OSError, TimeoutError, *_lost())):
                    raise
                now_s = time.monotonic()
                away_since_s = away_since_s or now_s
                if now_s - away_since_s > _AWAY_S:
                    raise VisionError(
                        "{address}: the scheduler is away", address=self._options.address
                    ) from error
                self._options.report(self._said(error))
                self._reconnect(away_since_s + _AWAY_S)

    def _said(self, error: Exception) -> Message:
        if isinstance(error, _LostError):
            return Message(
                "{address} has lost tasks; what is missing is asked for again", address=self._options.address
            )
        return Message(
            "{address} is away; what is missing is asked for again when it is back",
            address=self._options.address,
        )

    def _reconnect(self, until_s: float) -> None:
        while not self._options.stopped():
            try:
                self._connect()
            except ConfigError:
                if time.monotonic() > until_s:
                    raise
                time.sleep(_LOOK_EVERY_S)
            else:
                return

    def _answers(self, tasks: list[Task]) -> Iterator[tuple[str, Answer]]:
        """The key and answer of each task as it comes.

        Raises:
            OSError: the connection is gone, or the scheduler does not know a task any more.
        """
        left = {
            self._client.submit(
                run_on_worker, task, key=f"vision-app-{task.key}", retries=_RETRIES, pure=False
            ): task.key
            for task in tasks
        }
        doubtful: set[str] = set()
        asked_s = time.monotonic()
        while left and not self._options.stopped():
            if self._client.status != "running":
                raise OSError("the connection is gone")
            done = [future for future in left if future.done()]
            for future in done:
                yield left.pop(future), self._answer(future)
            if left and not done:
                time.sleep(_LOOK_EVERY_S / 5)
            if time.monotonic() - asked_s > _ASK_EVERY_S:
                doubtful = self._doubtful(left, doubtful)
                asked_s = time.monotonic()
        if left:
            self._client.cancel(list(left))

    def _doubtful(self, left: Mapping[Any, str], before: set[str]) -> set[str]:
        """The tasks that the scheduler is not about to answer; one that is done may have its answer on the way.

        Raises:
            OSError: one was doubtful before, and still is.
        """
        by_key = {future.key: future for future in islice(left, _ASKED)}
        states = self._states(list(by_key))
        doubtful = {key for key, state in states.items() if state not in _PENDING and not by_key[key].done()}
        if doubtful & before:
            raise _LostError("tasks were forgotten")
        return doubtful

    def _states(self, keys: list[str]) -> dict[str, str | None]:
        scheduler = self._client.scheduler
        if scheduler is None:
            raise OSError("the connection is gone")
        states: dict[str, str | None] = self._client.sync(
            scheduler.get_task_status, keys=keys, callback_timeout=_FETCH_S
        )
        return states

    def _answer(self, future: Any) -> Answer:
        if future.cancelled():
            raise _LostError("a task was cancelled") if self._client.status == "running" else OSError("gone")
        # it is done; if the scheduler dies now, the package would wait for it for ever
        error = future.exception(timeout=_FETCH_S)
        if error is None:
            answer: Answer = future.result(timeout=_FETCH_S)
            return answer
        if isinstance(error, self._dask.KilledWorker):
            return Answer(
                error=Message("it ended one worker after the other: is their memory large enough for it?")
            )
        return Answer(error=f"{type(error).__name__}: {error}")

    def close(self) -> None:
        """Let go of the scheduler; the workers stay."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(OSError, TimeoutError):  # it does not answer: nothing to take leave of
                client.close(timeout=5)


def _lost() -> tuple[type[BaseException], ...]:
    """What the package raises when a connection is gone."""
    from distributed.client import FutureCancelledError
    from distributed.comm import CommClosedError

    return (CommClosedError, FutureCancelledError)


def _models_plugin(dask: Any, contents: dict[str, bytes]) -> Any:
    """Sends models to every worker, also to those that come later."""

    class Models(dask.WorkerPlugin):  # type: ignore[misc]
        name = "vision-app-models"

        def setup(self, worker: Any) -> None:
            store(contents)

    return Models()
