"""What was opened, closed, added and removed often leaves no more behind than once: counts, not megabytes."""

from __future__ import annotations

import gc
import threading
import weakref
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from tests.gui.test_closed_dialogs import DIALOGS
from tests.gui.whole_window import WAIT_MS, App, whole_window
from vision_app.engine.request import ModelRequest
from vision_app.gui.filters.panel import FilterPanel
from vision_app.gui.inside.panel import LESSONS, PAGES, InsidePanel
from vision_app.gui.models.facts import grouped
from vision_app.gui.models.panel import ModelPanel
from vision_app.gui.session import Session
from vision_app.gui.tidying import Tidying
from vision_app.gui.toasts import Toast
from vision_app.live.status import ModelState
from vision_app.resources import demo_clip
from vision_app.runtime import Session as OrtSession
from vision_app.samples.pictures import encode_jpeg
from vision_app.samples.sample import NewSample

TIMES = 3
SAMPLES = 10
MODEL = "nanodet-g-int8"


@pytest.fixture
def app(tmp_path: Path, qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    with whole_window(tmp_path, qtbot, monkeypatch, "cup", "goldfish") as made:
        panel = made.window.docks.panel("models")
        assert isinstance(panel, ModelPanel)
        qtbot.waitUntil(lambda: _has_all_rows(panel), timeout=WAIT_MS)
        yield made


def _has_all_rows(panel: ModelPanel) -> bool:
    """The catalogue is read, and the rows that are seen, which are made one after the other, are there."""
    groups, shown = grouped(panel.shelf.entries), panel.catalogue.families
    wanted = {entry.name for name, fold in shown.items() if fold.open for entry in groups[name]}
    return panel.shelf.loaded and wanted <= set(panel.catalogue.rows)


def counted(app: App) -> Counter[str]:
    """What there is, by kind: objects of Qt in the window, threads, sessions of models."""
    for notice in app.window.findChildren(Toast):
        notice.dismiss()
    for _ in range(3):  # what goes may let go of more
        QCoreApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        gc.collect()
    everything = gc.get_objects()
    qt = [o for o in everything if issubclass(type(o), QObject) and isValid(o)]
    found = Counter(type(o).__name__ for o in app.window.findChildren(QObject))
    found.update(f"no parent: {type(o).__name__}" for o in qt if o.parent() is None)
    found["threads"] = threading.active_count()
    found["sessions of models"] = sum(issubclass(type(o), OrtSession) for o in everything)
    return found


def assert_flat(app: App, qtbot: QtBot, way: Callable[[], object]) -> None:
    """After each of two rounds there is the same; what ends in its own time is waited for."""
    for _ in range(TIMES):
        way()
    QTest.qWait(100)
    before = counted(app)
    for _ in range(TIMES):
        way()

    def flat() -> None:
        assert counted(app) - before == Counter()

    qtbot.waitUntil(flat, timeout=WAIT_MS // 6)


def _play(app: App, qtbot: QtBot) -> None:
    app.window.commands.open(str(demo_clip()))
    qtbot.waitUntil(lambda: app.session.newest() is not None, timeout=WAIT_MS)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in DIALOGS if name != "CodeDialog"])
def test_a_dialog(app: App, qtbot: QtBot, name: str) -> None:
    filters = app.window.docks.panel("filters")
    assert isinstance(filters, FilterPanel)

    def way() -> None:
        dialog = DIALOGS[name](app)
        QTest.qWait(20)
        dialog.close()
        while filters.controller.chain.steps:
            filters.controller.remove(0)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        qtbot.waitUntil(lambda: not isValid(dialog), timeout=WAIT_MS)

    assert_flat(app, qtbot, way)


def _looks(app: App, qtbot: QtBot) -> None:
    for scheme, code in (("dark", "ko"), ("light", "en")):
        app.settings.update(scheme=scheme)
        app.settings.update(language=code)
        QCoreApplication.processEvents()


def _panels(app: App, qtbot: QtBot) -> None:
    inside = app.window.docks.panel("inside")
    assert isinstance(inside, InsidePanel)
    for name in app.window.docks.actions:
        app.window.docks.show(name)
        QTest.qWait(20)
    for page in (*(page for page in PAGES if page != "lessons"), *LESSONS):
        inside.open(page)
        QTest.qWait(50)
    app.window.docks.show("models")


def _filters(app: App, qtbot: QtBot) -> None:
    panel = app.window.docks.panel("filters")
    assert isinstance(panel, FilterPanel)
    for name in ("blur", "canny", "orb"):
        panel.add_operation(name)
        QTest.qWait(50)
    while panel.controller.chain.steps:
        panel.controller.remove(0)
    panel.numbers.stop()


def _models(app: App, qtbot: QtBot) -> None:
    slot = app.session.add_model(ModelRequest(MODEL))

    def ran() -> bool:
        return any(m.slot == slot and m.infer_p50_ms for m in app.session.model_statuses())

    qtbot.waitUntil(ran, timeout=WAIT_MS)
    app.session.change_model(slot, ModelRequest(MODEL, sliced=True))
    qtbot.waitUntil(lambda: app.session.model_statuses()[0].request.sliced, timeout=WAIT_MS)
    panel = app.window.docks.panel("models")
    assert isinstance(panel, ModelPanel)
    qtbot.waitUntil(lambda: slot in panel.cards, timeout=WAIT_MS)
    panel.cards[slot].tune.click()
    assert app.session.model_statuses()[0].state is ModelState.READY
    app.session.remove_model(slot)
    qtbot.waitUntil(lambda: not panel.cards, timeout=WAIT_MS)


def _sources(app: App, qtbot: QtBot) -> None:
    for spec in ("synthetic:320x240@30", str(demo_clip())):
        app.window.commands.open(spec)
        qtbot.waitUntil(
            lambda spec=spec: (
                app.session.source_status.running_id == spec and app.session.newest() is not None
            ),
            timeout=WAIT_MS,
        )
    app.window.bar.choose()
    QTest.qWait(50)
    app.window.bar.chooser.hide()


def _catalogue(app: App, qtbot: QtBot) -> None:
    panel = app.window.docks.panel("models")
    assert isinstance(panel, ModelPanel)
    for _ in range(2):
        for fold in panel.catalogue.families.values():
            fold.set_open(not fold.open)
        qtbot.waitUntil(lambda: _has_all_rows(panel), timeout=WAIT_MS)
    panel.shelf.reload()
    for text in ("yolo", ""):
        panel.catalogue.filter.setText(text)
        QTest.qWait(200)


def _training(app: App, qtbot: QtBot) -> None:
    """Each puts another version of the same model in the place of the one before."""
    teach, store = app.teach, app.store
    if len(store) < 2 * SAMPLES:
        for number in range(2 * SAMPLES):
            noise = np.random.default_rng(number).integers(0, 60, (64, 64, 3), np.uint8)
            noise[..., 2 * (number % 2)] += 150  # blue or red
            label = ("cup", "goldfish")[number % 2]
            store.add(NewSample(label, f"s{number // 4}", encode_jpeg(noise), ".jpg", noise))
    app.window.docks.show("teach")
    teach.training.fields.epochs.setValue(2)
    teach.tabs.setCurrentIndex(1)
    teach.training.train.click()
    assert teach.controller.is_training, teach.training.problem.text()
    qtbot.waitUntil(lambda: not teach.controller.is_training, timeout=4 * WAIT_MS)
    assert teach.training.result is not None, teach.training.problem.text()
    labels = ("cup", "goldfish")

    def shown() -> bool:
        models = app.session.model_statuses()
        return [m.labels[:2] for m in models] == [labels] and not models[0].pending and not teach.jobs.running

    qtbot.waitUntil(shown, timeout=WAIT_MS)


WAYS = {
    "training": _training,
    "looks": _looks,
    "panels": _panels,
    "filters": _filters,
    "models": _models,
    "sources": _sources,
    "catalogue": _catalogue,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", WAYS)
def test_what_one_does(app: App, qtbot: QtBot, name: str) -> None:
    _play(app, qtbot)
    if name == "panels":
        app.session.add_model(ModelRequest(MODEL))
    assert_flat(app, qtbot, lambda: WAYS[name](app, qtbot))


# memory --------------------------------------------------------------------------------------------------


def test_memory_is_given_back_some_time_after_a_change_in_a_thread_of_its_own(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vision_app.gui.tidying._AFTER_MS", 1)
    threads: list[threading.Thread] = []
    session = Session()
    tidying = Tidying(session, give=lambda: threads.append(threading.current_thread()))
    try:
        assert threads == []
        session.open("synthetic:64x48@30")
        qtbot.waitUntil(lambda: bool(threads), timeout=WAIT_MS)
        assert threads[0] is not threading.main_thread()
    finally:
        session.close()
        tidying.deleteLater()


class Ring:
    """Holds itself, as a closed source may."""

    def __init__(self) -> None:
        self.own = self


def test_what_was_closed_and_holds_itself_goes_soon(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vision_app.gui.tidying._AFTER_MS", 1)
    before = gc.get_threshold()
    gc.set_threshold(10**9)  # nobody else looks for it
    session = Session()
    tidying = Tidying(session)
    try:
        gone = weakref.ref(Ring())
        assert gone() is not None
        session.source.emit(session.source_status)
        qtbot.waitUntil(lambda: gone() is None, timeout=WAIT_MS)
    finally:
        gc.set_threshold(*before)
        session.close()
        tidying.deleteLater()


@pytest.fixture
def seldom() -> Iterator[None]:
    """Nobody else looks for what holds itself."""
    before = gc.get_threshold()
    gc.set_threshold(10**9)
    yield
    gc.set_threshold(*before)


def test_change_after_change_does_not_put_it_off(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, seldom: None
) -> None:
    monkeypatch.setattr("vision_app.gui.tidying._AFTER_MS", 50)
    monkeypatch.setattr("vision_app.gui.tidying._AT_LATEST_MS", 150)
    session, changes = Session(), QTimer()
    tidying = Tidying(session)
    changes.setInterval(5)
    changes.timeout.connect(lambda: session.source.emit(session.source_status))
    try:
        gone = weakref.ref(Ring())
        changes.start()
        qtbot.waitUntil(lambda: gone() is None, timeout=WAIT_MS)
    finally:
        changes.stop()
        session.close()
        tidying.deleteLater()
