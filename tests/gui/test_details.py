"""Small things that are seen: colours and words that follow, numbers that keep off edges, sentences as sentences."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QRectF, QSizeF
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QSpinBox
from pytestqt.qtbot import QtBot

from hatch_build import compile_all
from tests.gui.whole_window import WAIT_MS, App, whole_window
from vision_app.gui.filters.glass import caption_place
from vision_app.gui.inside.panel import InsidePanel
from vision_app.gui.language import TRANSLATIONS
from vision_app.gui.pieces.texts import Sentences, percent, sentence
from vision_app.gui.theme import DARK, LIGHT, palette_of, theme
from vision_app.messages import Message, speak


@pytest.fixture
def app(tmp_path: Path, qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    compile_all(TRANSLATIONS)
    theme().follow(qapp)
    try:
        with whole_window(tmp_path, qtbot, monkeypatch) as made:
            yield made
    finally:
        qapp.setStyleSheet("")


@pytest.fixture
def inside(app: App) -> InsidePanel:
    panel = app.window.docks.panel("inside")
    assert isinstance(panel, InsidePanel)
    app.window.docks.show("inside")
    return panel


def test_legends_have_the_colours_of_the_lines(app: App, inside: InsidePanel) -> None:
    for scheme, colours in (("dark", DARK), ("light", LIGHT)):
        app.settings.update(scheme=scheme)
        for legend in (inside.gradients.legend, inside.memory.legend):
            assert colours.good in legend.text()
            assert colours.bad in legend.text()


def test_figures_of_families_follow_the_language(app: App, inside: InsidePanel, qtbot: QtBot) -> None:
    inside.open("families:cnn")
    qtbot.waitUntil(lambda: "layers" in inside.families.texts[4].text(), timeout=WAIT_MS)
    app.language.choose("ko")
    assert "가중치" in inside.families.texts[4].text()
    assert "layers" not in inside.families.texts[4].text()


def test_numbers_keep_off_the_edges_of_their_field(app: App, qtbot: QtBot) -> None:
    field = QSpinBox()
    qtbot.addWidget(field)
    field.show()
    inner = field.lineEdit().geometry()
    assert inner.left() >= 6
    assert field.width() - inner.right() > 6


def test_lines_below_tabs_are_lines_of_the_theme() -> None:
    for colours in (LIGHT, DARK):
        assert palette_of(colours).color(QPalette.ColorRole.Light).name() == colours.border


def test_the_lesson_that_is_shown_needs_no_more_room_than_its_own(inside: InsidePanel, qtbot: QtBot) -> None:
    inside.open("memory")
    qtbot.wait(30)
    high = inside.lessons.height()
    inside.open("walk")
    qtbot.waitUntil(lambda: inside.lessons.height() < high)
    assert not inside.walk.list.isVisible(), "an empty list says nothing"


def test_a_share_is_written_as_the_language_has_it() -> None:
    assert percent(0.125, 1) == "12.5 %"
    speak("ko")
    try:
        assert percent(0.125, 1) == "12.5%"
    finally:
        speak("en")


def test_notices_among_sentences_are_sentences(qtbot: QtBot) -> None:
    notices = (
        Message("only {count} are held out", count=8),
        Message("{name}: nothing", name="mine"),
        "Done.",
    )
    said = [sentence(notice) for notice in notices]
    assert said == ["Only 8 are held out.", "mine: nothing.", "Done."]
    label = Sentences()
    qtbot.addWidget(label)
    label.set_lines(["a <b> & c", "two\nlines"])
    assert label.text().count("<p ") == 3
    assert "a &lt;b&gt; &amp; c" in label.text()
    label.set_lines([])
    assert label.text() == ""


@pytest.mark.parametrize(
    ("split", "before", "after"),
    [(0.5, 442, 508), (0.0, 8, 8), (1.0, 942, 942)],
    ids=["middle", "left", "right"],
)
def test_captions_stand_at_their_side_of_the_line(split: float, before: float, after: float) -> None:
    room, size = QRectF(0, 0, 1000, 500), QSizeF(50, 20)
    assert caption_place(room, split, size, after=False) == QRectF(before, 472, 50, 20)
    assert caption_place(room, split, size, after=True) == QRectF(after, 472, 50, 20)
