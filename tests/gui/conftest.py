"""Every test here has a real Qt application without a screen, and leaves no warning, thread or timer behind."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from vision_app.messages import reword

try:
    import pytestqt  # noqa: F401 - the fixtures need it
    from PySide6.QtCore import QCoreApplication, QEvent, QTimer
    from PySide6.QtWidgets import QApplication
    from shiboken6 import isValid
except ImportError as error:
    WHY_NOT = (
        f"the desktop's tests need pip install 'vision-app[gui,test]' and Qt's system libraries: {error}"
    )
else:
    WHY_NOT = ""

_PATIENCE_S = 5.0


if WHY_NOT:

    class _Skipped(pytest.Module):
        def collect(self) -> list[pytest.Item]:
            pytest.skip(WHY_NOT, allow_module_level=True)

    def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module:
        return _Skipped.from_parent(parent, path=module_path)

else:

    def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
        here = Path(__file__).parent
        for item in items:
            if here in item.path.parents:
                item.add_marker(pytest.mark.qt_log_level_fail("WARNING"))
                item.add_marker(
                    pytest.mark.qt_log_ignore("This plugin does not support")
                )  # only without a screen

    @pytest.fixture(scope="session", autouse=True)
    def collected_here(qapp: QApplication) -> Iterator[None]:
        """As in the program: a thread that collects objects of Qt may wait for ever, and all tests with it."""
        from vision_app.gui.collecting import Collector

        collector = Collector(qapp)
        yield
        collector.end()

    @pytest.fixture(autouse=True)
    def words_of_the_command_line() -> Iterator[None]:
        """The words of a window are those of its process: tests after this one have no window."""
        yield
        reword({})

    @pytest.fixture(autouse=True)
    def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """No test reads or writes the settings, models or pictures of whoever runs it."""
        for variable in (
            "XDG_CONFIG_HOME",
            "XDG_DATA_HOME",
            "XDG_CACHE_HOME",
            "XDG_PICTURES_DIR",
            "XDG_VIDEOS_DIR",
        ):
            monkeypatch.setenv(variable, str(tmp_path / variable.lower()))

    @pytest.fixture(autouse=True)
    def nothing_is_left(qapp: QApplication) -> Iterator[None]:
        """A test that leaves a thread or a running timer has forgotten to close something; so would the program."""
        threads = set(threading.enumerate())
        timers = {id(timer) for timer in _running_timers()}
        yield
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        qapp.processEvents()
        left = _threads_left(threads)
        assert not left, f"threads are left: {[thread.name for thread in left]}"
        running = [timer for timer in _running_timers() if id(timer) not in timers]
        said = [f"{type(timer.parent()).__name__} every {timer.interval()} ms" for timer in running]
        for timer in running:
            timer.stop()
        assert not running, f"timers are left: {said}"

    def _threads_left(before: set[threading.Thread]) -> list[threading.Thread]:
        end_s = time.monotonic() + _PATIENCE_S
        while True:
            left = [thread for thread in threading.enumerate() if thread not in before and thread.is_alive()]
            if not left or time.monotonic() > end_s:
                return left
            time.sleep(0.01)

    def _running_timers() -> list[QTimer]:
        # by type(): isinstance would ask every object for its class, and some libraries' objects warn when asked
        return [
            found
            for found in gc.get_objects()
            if issubclass(type(found), QTimer) and isValid(found) and found.isActive()
        ]
