"""Help, Learn: every heading of the course opens the view that it names, and is found by the words people use."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.whole_window import WAIT_MS, App, whole_window
from vision_app.gui.course import COURSE
from vision_app.gui.course_dialog import CourseDialog
from vision_app.gui.inside.panel import InsidePanel
from vision_app.gui.pieces.pointing import Pointer

DOCS = Path(__file__).parents[2] / "docs" / "learn.md"
HEADINGS = [heading for chapter in COURSE for heading in chapter.headings]
NEEDS_A_MODEL = {"Kernels that were learnt"}
"""What is pointed at is there only once a model runs."""


def _at(widget: QWidget) -> bool:
    """Whether it has the keyboard of its window, as soon as that is in front."""
    return widget.window().focusWidget() is widget


Seen = Callable[[InsidePanel], bool]
OPENS: dict[str, Seen] = {
    "Convolution": lambda p: p.page is p.sliding and p.sliding.kernel.isVisible(),
    "Sliding window": lambda p: p.page is p.sliding and p.sliding.pixels.isVisible(),
    "Stride": lambda p: p.page is p.sliding and _at(p.sliding.stride),
    "Padding, dilation": lambda p: p.page is p.sliding and _at(p.sliding.padding),
    "ReLU, pooling": lambda p: p.page is p.sliding and _at(p.sliding.pool),
    "Flatten, dense, CNN against MLP": lambda p: p.page is p.sliding and "dense" in p.sliding.words.text(),
    "Feature maps, channels": lambda p: p.page is p.layers,
    "Kernels that were learnt": lambda p: p.page is p.layers,
    "Receptive field": lambda p: p.page is p.layers and _at(p.layers.list),
    "Where a CNN looks": lambda p: (
        p.page is p.maps and p.maps.chosen_method == "cam" and p.maps.on.isChecked()
    ),
    "Attention: query, key, value": lambda p: p.page is p.attention and _at(p.attention.block),
    "Scaling and softmax": lambda p: p.page is p.attention,
    "Multi-head attention": lambda p: p.page is p.attention and _at(p.attention.head),
    "ViT, patches, class token": lambda p: p.page is p.maps and p.maps.chosen_method == "rollout",
    "Gradient vanishing, skip connections": lambda p: p.page is p.gradients,
    "RNN, LSTM, GRU, vanishing over time": lambda p: (
        p.page is p.memory and p.memory.chapter.currentData() == "rnn"
    ),
    "Transformer over time": lambda p: p.page is p.moments,
    "From a result to a number": lambda p: p.page is p.walk and _at(p.walk.button),
    "AlexNet, VGGNet, ResNet, GoogLeNet, EfficientNet": lambda p: (
        p.page is p.families and p.families.chosen.key == "alexnet"
    ),
    "YOLO": lambda p: p.page is p.families and p.families.chosen.key == "yolo",
    "Capsule networks": lambda p: p.page is p.families and p.families.chosen.key == "capsules",
    "Two families on one picture": lambda p: p.page is p.compare,
    "Can it be trusted?": lambda p: p.page is p.maps and _at(p.maps.on),
}
"""What is seen of Look inside after a click on each heading."""


@pytest.fixture
def app(tmp_path: Path, qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    with whole_window(tmp_path, qtbot, monkeypatch) as made:
        made.window.resize(1024, 700)
        qtbot.waitActive(made.window)
        yield made


def _click(dialog: CourseDialog, title: str) -> None:
    """Where a person would click on it."""
    tree = dialog.list.tree
    dialog.list.mark(title)
    rect = tree.visualItemRect(tree.currentItem())
    assert tree.viewport().rect().contains(rect.center()), title
    QTest.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())


def _pointed_at(app: App) -> list[QWidget]:
    return [pointer.target for pointer in app.window.findChildren(Pointer) if pointer.isVisible()]


def test_each_heading_opens_what_it_names_by_one_click(app: App, qtbot: QtBot) -> None:
    assert set(OPENS) | {"MLP, CNN, RNN, Transformer on the same data"} == {h.title for h in HEADINGS}
    for heading in HEADINGS:
        app.window.docks.show("models")
        app.window.view.setFocus()
        for before in app.window.findChildren(Pointer):
            before.hide()
        dialog = app.window.show_course()
        _click(dialog, heading.title)
        assert not dialog.isVisible(), heading.title
        qtbot.waitUntil(lambda panel=heading.panel: app.window.docks.in_front(panel), timeout=WAIT_MS)
        if heading.panel == "inside":
            panel = app.window.docks.panel("inside")
            assert isinstance(panel, InsidePanel)
            seen = OPENS[heading.title]
            qtbot.waitUntil(lambda seen=seen, panel=panel: seen(panel), timeout=WAIT_MS)
        if heading.title not in NEEDS_A_MODEL:
            qtbot.waitUntil(lambda: len(_pointed_at(app)) == 1, timeout=WAIT_MS)
            (target,) = _pointed_at(app)
            assert not target.visibleRegion().isEmpty(), heading.title


def test_the_heads_over_time_are_compared_where_there_are_movements(app: App, qtbot: QtBot) -> None:
    title = "MLP, CNN, RNN, Transformer on the same data"
    _click(app.window.show_course(), title)
    qtbot.waitUntil(lambda: _pointed_at(app) == [app.teach.capture.classes.movement], timeout=WAIT_MS)
    qtbot.waitUntil(lambda: app.teach.controller.store is not None, timeout=WAIT_MS)
    app.store.add_class("wave", movement=True)
    app.teach.controller.store_changed.emit()
    qtbot.waitUntil(lambda: not app.teach.training.movements.isHidden(), timeout=WAIT_MS)
    _click(app.window.show_course(), title)
    qtbot.waitUntil(lambda: _pointed_at(app) == [app.teach.training.movements.compare], timeout=WAIT_MS)


def test_the_list_begins_where_the_last_one_ended(app: App) -> None:
    _click(app.window.show_course(), "YOLO")
    dialog = app.window.show_course()
    assert dialog.list.tree.currentItem().text(0) == "YOLO"
    dialog.close()


def test_the_key_opens_the_list_and_enter_takes_the_first_found(app: App, qtbot: QtBot) -> None:
    QTest.keyClick(app.window.view, Qt.Key.Key_F1, Qt.KeyboardModifier.ControlModifier)
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, CourseDialog)
    QTest.keyClick(dialog.list.search, Qt.Key.Key_Return)
    assert dialog.isVisible(), "nothing was looked for yet"
    QTest.keyClicks(dialog.list.search, "stride")
    QTest.keyClick(dialog.list.search, Qt.Key.Key_Return)
    panel = app.window.docks.panel("inside")
    assert isinstance(panel, InsidePanel)
    qtbot.waitUntil(lambda: _at(panel.sliding.stride), timeout=WAIT_MS)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("convolution", "Convolution"),
        ("합성곱", "Convolution"),
        ("stride", "Stride"),
        ("스트라이드", "Stride"),
        ("어텐션", "Attention: query, key, value"),
        ("softmax", "Scaling and softmax"),
        ("분류", "From a result to a number"),
        ("객체 탐지", "YOLO"),
        ("기울기 소실", "Gradient vanishing, skip connections"),
        ("잔차", "Gradient vanishing, skip connections"),
        ("resnet", "AlexNet, VGGNet, ResNet, GoogLeNet, EfficientNet"),
        ("게이트", "RNN, LSTM, GRU, vanishing over time"),
        ("캡슐", "Capsule networks"),
        ("heat map", "Where a CNN looks"),
        ("특징 맵", "Feature maps, channels"),
    ],
)
def test_headings_are_found_by_words_of_both_languages(app: App, query: str, found: str) -> None:
    dialog = app.window.show_course()
    dialog.list.search.setText(query)
    titles = [row.name for _, rows in dialog.list.listed() for row in rows]
    assert found in titles
    assert len(titles) < len(HEADINGS)
    dialog.list.search.setText("zzz")
    assert dialog.list.nothing.isVisible()
    dialog.close()


def test_the_headings_are_those_of_the_document_in_both_languages(app: App) -> None:
    english, korean = (
        [row.split("|")[1].strip() for row in part.splitlines() if re.match(r"\| (?!-|heading|제목)", row)]
        for part in DOCS.read_text(encoding="utf-8").split("## 한국어")
    )
    assert english == [heading.title for heading in HEADINGS]
    app.settings.update(language="ko")
    assert korean == [QCoreApplication.translate("Course", heading.title) for heading in HEADINGS]
    dialog = app.window.show_course()
    rows = [row for _, rows in dialog.list.listed() for row in rows]
    assert [row.first for row in rows] == korean
    assert all(row.second.count(".") + row.second.count("?") + row.second.count("!") >= 1 for row in rows)
    dialog.close()
