"""Rows of classes show the newest samples and say when all are alike; none is read in the window's thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.whole_window import WAIT_MS, App, whole_window
from tests.unit.test_samples_variety import moment, scene
from vision_app.gui.teach.class_looks import MOST_PICTURES
from vision_app.gui.teach.classes import ClassRow
from vision_app.samples.pictures import encode_jpeg
from vision_app.samples.sample import NewSample
from vision_app.samples.store import SampleStore


@pytest.fixture
def app(tmp_path: Path, qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    with whole_window(tmp_path, qtbot, monkeypatch, "cup", "pen") as made:
        qtbot.waitUntil(lambda: len(made.teach.capture.classes.rows) == 2, timeout=WAIT_MS)
        yield made


def add(app: App, label: str, pictures: list[np.ndarray]) -> None:
    for picture in pictures:
        app.store.add(NewSample(label, "s", encode_jpeg(picture), ".jpg", picture))
    app.teach.controller.store_changed.emit()


def row(app: App, label: str) -> ClassRow:
    return next(r for r in app.teach.capture.classes.rows if r.label == label)


def test_a_class_whose_samples_are_too_alike_says_so(app: App, qtbot: QtBot) -> None:
    add(app, "cup", [moment(1, i) for i in range(24)])
    add(app, "pen", [scene(i) for i in range(24)])
    qtbot.waitUntil(lambda: row(app, "cup").enough.text().startswith("too alike: 2 of 25"), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: row(app, "pen").enough.text() == "enough", timeout=WAIT_MS)
    add(app, "cup", [scene(100 + i) for i in range(20)])
    qtbot.waitUntil(lambda: row(app, "cup").enough.text() == "enough", timeout=WAIT_MS)


def test_the_newest_samples_are_seen_and_lead_to_all(app: App, qtbot: QtBot) -> None:
    add(app, "cup", [scene(i) for i in range(6)])
    cup = row(app, "cup")
    qtbot.waitUntil(lambda: len(cup.strip.pictures) == MOST_PICTURES, timeout=WAIT_MS)
    newest = cup.strip.pictures[-1].pixelColor(20, 20)
    wanted = scene(5)[34, 34]
    assert abs(newest.red() - int(wanted[2])) < 40
    drawn = cup.strip.grab().toImage()
    assert drawn.pixelColor(drawn.width() - 10, 10) != drawn.pixelColor(drawn.width() - 10, 0)
    QTest.mouseClick(cup.strip, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    qtbot.waitUntil(lambda: app.teach.dialog is not None, timeout=WAIT_MS)


def test_nothing_is_read_in_the_thread_of_the_window_nor_twice(
    app: App, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[str] = []
    before = SampleStore.thumbnail, SampleStore.sample

    def noted(which: int):
        def read(self: SampleStore, sample_id: str) -> object:
            assert threading.current_thread() is not threading.main_thread()
            reads.append(sample_id)
            return before[which](self, sample_id)

        return read

    monkeypatch.setattr(SampleStore, "thumbnail", noted(0))
    monkeypatch.setattr(SampleStore, "sample", noted(1))
    add(app, "cup", [scene(i) for i in range(12)])
    cup, looks = row(app, "cup"), app.teach.capture.looks
    qtbot.waitUntil(lambda: len(cup.strip.pictures) == MOST_PICTURES and not looks._busy, timeout=WAIT_MS)
    assert reads
    reads.clear()
    with qtbot.waitSignal(looks.looked, timeout=WAIT_MS):
        app.teach.controller.store_changed.emit()
    assert reads == []


def test_a_row_that_is_about_another_class_forgets_what_it_showed(app: App, qtbot: QtBot) -> None:
    add(app, "cup", [scene(i) for i in range(6)])
    qtbot.waitUntil(lambda: len(row(app, "cup").strip.pictures) == MOST_PICTURES, timeout=WAIT_MS)
    first = row(app, "cup")
    classes = [c for c in app.store.classes if c.label != "cup"]
    app.teach.capture.looks.look(None)
    first.show_class(classes[0], 1, ())
    assert first.strip.pictures == () and first.strip.isHidden()
