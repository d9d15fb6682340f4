"""What runs can be called off from another thread, and a signal is heard while it runs."""

import os
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from tests.endless import endless_model
from vision_app.cancelling import Cancellation, CancelledError, check, current, interruptible, left_behind
from vision_app.runtime import Session

PICTURE = np.zeros((1, 3, 32, 32), np.float32)


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    return endless_model(tmp_path / "endless.onnx")


def later(action, seconds: float = 0.3) -> threading.Thread:
    timer = threading.Timer(seconds, action)
    timer.start()
    return timer


def test_a_run_ends_when_its_thread_is_called_off(endless: Path) -> None:
    session, cancellation = Session(endless, "cpu"), Cancellation()
    timer = later(cancellation.cancel)
    began = time.perf_counter()
    with pytest.raises(CancelledError, match=r"endless\.onnx: stopped"), cancellation.scope():
        session.run_single(PICTURE)
    assert 0.2 < time.perf_counter() - began < 5
    timer.join()


def test_a_session_obeys_the_scope_it_was_made_in_wherever_it_runs(endless: Path) -> None:
    cancellation = Cancellation()
    with cancellation.scope():
        session = Session(endless, "cpu")
    assert current() is None
    timer = later(cancellation.cancel)
    with pytest.raises(CancelledError):
        session.run_single(PICTURE)
    with pytest.raises(CancelledError):  # and from then on
        session.run_single(PICTURE)
    timer.join()


def test_what_was_called_off_is_not_begun(endless: Path) -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    with cancellation.scope(), pytest.raises(CancelledError):
        Session(endless, "cpu")
    with cancellation.scope(), pytest.raises(CancelledError):
        check()
    check()
    called: list[int] = []
    with cancellation.calling(lambda: called.append(1)):
        assert called == [1]


def test_interruptible_gives_what_the_work_gives() -> None:
    assert interruptible(lambda: threading.current_thread().name) == "interruptible"
    with pytest.raises(ZeroDivisionError):
        interruptible(lambda: 1 // 0)
    outer = Cancellation()
    with outer.scope():
        assert interruptible(current) is outer


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_is_heard_while_a_model_runs(endless: Path) -> None:
    session = Session(endless, "cpu")
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = later(lambda: os.kill(os.getpid(), signal.SIGINT))
    began = time.perf_counter()
    try:
        with pytest.raises(KeyboardInterrupt):
            interruptible(lambda: session.run_single(PICTURE))
    finally:
        signal.signal(signal.SIGINT, before)
        timer.join()
    assert time.perf_counter() - began < 5
    assert not left_behind()


def test_work_that_does_not_obey_is_left_behind() -> None:
    cancellation, end = Cancellation(), threading.Event()
    timer = later(cancellation.cancel, 0.1)
    try:
        with pytest.raises(CancelledError):
            interruptible(end.wait, cancellation)
        assert left_behind()
    finally:
        end.set()
        timer.join()
    time.sleep(0.2)
    assert not left_behind()
