"""What the engine of Dask waits for, and what it does not wait for, with a real scheduler and real workers."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.dask_cluster import Cluster
from tests.waiting import until
from vision_app.batch import dask_engine, dask_worker
from vision_app.batch.clips import WHOLE
from vision_app.batch.dask_engine import DaskEngine
from vision_app.batch.engines import EngineOptions
from vision_app.batch.task import Answer, Task
from vision_app.headless.settings import RunSettings

distributed = pytest.importorskip("distributed", reason="needs the extra dask")
pytestmark = pytest.mark.slow

COUNT = 30


def when_there(task: Task) -> Answer:
    """Stands for a task that takes as long as its clip is not there."""
    until(Path(task.source).exists, 120)
    return Answer(lines=task.key.encode())


class Batch:
    """An engine at work in a thread, on tasks that take until `let_go`."""

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self._clip = folder / "clip"
        self.tasks = [Task(f"{number:04d}", str(self._clip), WHOLE, RunSettings()) for number in range(COUNT)]
        self.answers: dict[str, Answer] = {}
        self.said: list[str] = []
        self._stopped = False
        self._engine = DaskEngine(EngineOptions(cluster.address, {}, self.said.append, lambda: self._stopped))
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        self._thread.start()

    def _run(self) -> None:
        self._engine.run(self.tasks, lambda task, answer: self.answers.update({task.key: answer}))

    def let_go(self) -> None:
        self._clip.touch()

    def goes_on_for(self, time_s: float) -> bool:
        self._thread.join(time_s)
        return self._thread.is_alive()

    def answered(self) -> dict[str, bytes]:
        self._thread.join(120)
        assert not self._thread.is_alive()
        return {key: answer.lines for key, answer in sorted(self.answers.items())}

    def wanted(self) -> dict[str, bytes]:
        return {task.key: task.key.encode() for task in self.tasks}

    def close(self) -> None:
        self._stopped = True
        self.let_go()
        if self._thread.ident is not None:
            self._thread.join(60)
        self._engine.close()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(tmp_path, workers=0)
    yield made
    made.close()


@pytest.fixture
def admin(cluster: Cluster) -> Iterator[Any]:
    with distributed.Client(cluster.address, timeout=60, set_as_default=False) as client:
        yield client


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str | None]]:
    """What the scheduler says whenever the engine asks it, which is often."""
    answers: list[dict[str, str | None]] = []
    states = DaskEngine._states

    def noted(engine: DaskEngine, keys: list[str]) -> dict[str, str | None]:
        answers.append(states(engine, keys))
        return answers[-1]

    monkeypatch.setattr(DaskEngine, "_states", noted)
    monkeypatch.setattr(dask_engine, "_ASK_EVERY_S", 0.1)
    return answers


@pytest.fixture
def at_rest(
    cluster: Cluster, admin: Any, asked: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Batch]:
    monkeypatch.setattr(dask_engine, "run_on_worker", when_there)
    made = Batch(cluster, tmp_path)
    yield made
    made.close()


@pytest.fixture
def batch(at_rest: Batch) -> Batch:
    at_rest.start()
    return at_rest


def wanted_by(dask_scheduler: Any) -> set[str]:
    """The clients that want all the tasks."""
    return {key for key, client in dask_scheduler.clients.items() if len(client.wants_what) == COUNT}


def forget(dask_scheduler: Any) -> None:
    """As if they had never been asked for; no client is told."""
    for key, client in dask_scheduler.clients.items():
        wanted = [task.key for task in client.wants_what]
        dask_scheduler.client_releases_keys(keys=wanted, client=key, stimulus_id="forget")
    assert not dask_scheduler.tasks


def cancel(dask_scheduler: Any) -> None:
    """As another client does by force; those who want them are told."""
    keys, any_client = list(dask_scheduler.tasks), next(iter(dask_scheduler.clients))
    dask_scheduler.stimulus_cancel(keys=keys, client=any_client, force=True, reason="", msg="")
    assert not dask_scheduler.tasks


def give_to_another(dask_scheduler: Any) -> None:
    """The tasks stay, but who asked for them is not told when they are done."""
    keys = list(dask_scheduler.tasks)
    before = list(dask_scheduler.clients)
    dask_scheduler.client_desires_keys(keys=keys, client="another")
    for client in before:
        dask_scheduler.client_releases_keys(keys=keys, client=client, stimulus_id="give away")


@pytest.mark.parametrize("lose", [forget, cancel])
def test_what_the_scheduler_has_lost_is_asked_for_again(
    cluster: Cluster, admin: Any, batch: Batch, lose: Callable[..., None]
) -> None:
    until(lambda: admin.run_on_scheduler(wanted_by), 60)
    before = admin.run_on_scheduler(wanted_by)
    admin.run_on_scheduler(lose)
    until(lambda: admin.run_on_scheduler(wanted_by) - before, 60)
    assert [said for said in batch.said if "has lost tasks; what is missing is asked for again" in said]
    batch.let_go()
    cluster.workers.append(cluster.start_worker(0))
    assert batch.answered() == batch.wanted()


def test_no_worker_yet_and_a_task_that_takes_long_are_waited_for(
    cluster: Cluster, asked: list[dict[str, str | None]], batch: Batch
) -> None:
    def often(states: set[str | None]) -> bool:
        return sum(not states.isdisjoint(answer.values()) for answer in asked) > 5

    until(lambda: often({"no-worker", "queued"}), 60)
    cluster.workers.append(cluster.start_worker(0))
    until(lambda: often({"processing"}), 60)
    batch.let_go()
    assert batch.answered() == batch.wanted()
    assert len(batch.said) == 1
    assert "has no workers yet" in batch.said[0]


def test_a_scheduler_that_does_not_answer_is_away(
    cluster: Cluster, at_rest: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_engine, "_FETCH_S", 1.0)
    monkeypatch.setattr(dask_engine, "_CONNECT_S", 1)
    more_than_it_takes_in = "x" * 1_000_000
    at_rest.tasks = [replace(task, version=more_than_it_takes_in) for task in at_rest.tasks]
    cluster.scheduler.send_signal(signal.SIGSTOP)
    try:
        at_rest.start()
        until(lambda: [said for said in at_rest.said if "is away" in said], 60)
        assert at_rest.goes_on_for(8.0)  # it cannot even take leave
    finally:
        cluster.scheduler.send_signal(signal.SIGCONT)
    at_rest.let_go()
    cluster.workers.append(cluster.start_worker(0))
    assert at_rest.answered() == at_rest.wanted()


def test_what_is_kept_for_others_only_is_asked_for_again(cluster: Cluster, admin: Any, batch: Batch) -> None:
    until(lambda: admin.run_on_scheduler(wanted_by), 60)
    admin.run_on_scheduler(give_to_another)
    batch.let_go()
    cluster.workers.append(cluster.start_worker(0))
    assert batch.answered() == batch.wanted()
    assert [said for said in batch.said if "has lost tasks" in said]


@pytest.mark.skipif(not dask_worker._PROFILER_DEADLOCKS, reason="this Python's profiler cannot deadlock")
def test_a_worker_that_has_a_task_is_not_profiled(cluster: Cluster, admin: Any) -> None:
    def profiled(dask_worker: Any) -> bool:
        return "profile" in dask_worker.periodic_callbacks

    cluster.workers.append(cluster.start_worker(0))
    admin.wait_for_workers(1, timeout=60)
    assert list(admin.run(profiled).values()) == [True]
    answers: list[Answer] = []
    engine = DaskEngine(EngineOptions(cluster.address, {}, lambda _: None, lambda: False))
    try:
        refused = Task("0001", "clip", WHOLE, RunSettings(), version="another")
        engine.run([refused, refused], lambda _, answer: answers.append(answer))
    finally:
        engine.close()
    assert [answer.error for answer in answers if "was started by another" in answer.error]
    assert list(admin.run(profiled).values()) == [False]
