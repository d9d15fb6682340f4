"""Sites and kiosks in Korean say and paint nothing in English, names aside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from hatch_build import compile_all
from tests.gui.korean_texts import HANGUL, all_texts, english, record_painted, texts_under
from vision_app.explaining.heatmap import Heatmap
from vision_app.explaining.lessons.heads import HeadNumbers
from vision_app.explaining.watching import HeadSeen
from vision_app.graph.inside import Tokens
from vision_app.gui.kiosk.attract import AttractScreen
from vision_app.gui.kiosk.lesson import STEP_S
from vision_app.gui.kiosk.placeholder import PlaceholderScreen
from vision_app.gui.kiosk.show import Show
from vision_app.gui.kiosk.stage import StationScreen
from vision_app.gui.kiosk.window import KioskWindow
from vision_app.gui.language import TRANSLATIONS, Language
from vision_app.gui.session import Session
from vision_app.gui.site.drawing import LINE
from vision_app.gui.site.window import SiteWindow
from vision_app.kiosk.pin import PinGate, hash_pin
from vision_app.kiosk.programme import load_programme
from vision_app.kiosk.texts import said

WAIT_MS = 60_000


@pytest.fixture
def korean() -> Iterator[None]:
    compile_all(TRANSLATIONS)
    language = Language()
    language.choose("ko")
    yield
    language.choose("en")


SITE = """
models = ["sketch-yolo"]
[[stream]]
name = "하나"
source = "synthetic:320x180@10"
[[stream]]
name = "없음"
source = "http://127.0.0.1:1/x"
"""


def test_the_grid_of_a_site_is_in_korean(
    korean: None, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Streams that run, wait and fail; one of them large, a line and a zone while they are drawn."""
    seen = record_painted(monkeypatch)
    (tmp_path / "site.toml").write_text(SITE, encoding="utf-8")
    window = SiteWindow(tmp_path / "site.toml")
    qtbot.addWidget(window)
    window.show()
    window.begin()
    try:
        seen |= all_texts()
        for name, state in (("하나", "running"), ("없음", "failed")):
            qtbot.waitUntil(
                lambda n=name, s=state: n in window.tiles and window.tiles[n].facts.state == s,
                timeout=WAIT_MS,
            )
        window.grab()
        seen |= all_texts()
        for name in list(window.tiles):
            window.enlarge(name)
            qtbot.wait(600)  # it is told how the stream is doing twice a second
            for button in (window.large._line, window.large._zone):
                button.click()
                seen |= all_texts()
            window.large._finish()
            seen |= all_texts()
            window.grab()
        window.keeper.add("하나", LINE, "/", ((0.5, 0.5),) * 2)  # it cannot stand in the file
        qtbot.waitUntil(lambda: bool(window._message.text()), timeout=WAIT_MS)
        seen |= all_texts()
    finally:
        window.close()
        assert window.keeper.join()
    assert any("실행 중" in text for text in seen)
    of_us = {
        text for text in seen if not re.fullmatch(r"frame \d+", text)
    }  # the picture of a synthetic source
    assert english(of_us, also=tmp_path.parts) == []


def a_head() -> HeadSeen:
    """One of two heads over four tokens."""
    four, one = np.eye(4, dtype=np.float32), np.ones((2, 2), np.float32)
    numbers = HeadNumbers(Tokens(4, 0, (2, 2)), four, four, four, four, four, 1.0, 0 * four, one[0])
    return HeadSeen(numbers, 0, np.stack([one, one]), Heatmap(one, (0, 0, 2, 2), (2, 2), "attention"), 1, 1)


def test_a_korean_kiosk_paints_nothing_in_english(
    tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All screens, words and lessons, and the pad in all its states."""
    painted, only = record_painted(monkeypatch), ("ko",)
    window = KioskWindow(PinGate(hash_pin("2468"), tmp_path / "pin.json"), only, on_top=False)
    qtbot.addWidget(window)
    notice = [" · ".join(part) for part in zip(said("notice", only), said("blurred-all", only), strict=True)]
    stage = StationScreen(notice, said("next", only), 3, languages=only)
    attract = AttractScreen(said("invite", only), said("invite-more", only), notice)
    screens: list[QWidget] = [stage, attract]
    for name in ("starting", "no-camera"):
        screens.append(PlaceholderScreen(only, name))
    for screen in screens:
        window.add_screen(screen)
        window.show_screen(screen)
        screen.resize(1280, 720)
        screen.grab()
    for name in ("no-model", "getting-ready", "nothing-found"):
        stage.rows.show_rows((), said(name, only))
        stage.rows.grab()
    stage.rows.show_rows((), ())
    stage.with_lesson(True)
    head = a_head()
    for lesson in ("sliding", "attention", "depth", "memory"):
        stage.lesson.begin(lesson, 0.0)
        stage.lesson.show_head(head)
        for step in range(0, 4 * 25 + 1, 5):
            stage.lesson.play(step * STEP_S, np.zeros((90, 120, 3), np.uint8))
            stage.lesson.grab()
    pad = window.pad
    pad.resize(1280, 720)
    pad.open_pad()
    for keys in ("1", "end", "1", "end", "1", "end", "1", "end"):
        pad.press_key(keys)
        pad.grab()
    shut = KioskWindow(PinGate("", tmp_path / "none.json"), only, on_top=False)
    qtbot.addWidget(shut)
    shut.pad.open_pad()
    shut.pad.grab()
    texts = painted | {text for one in (window, shut) for text in texts_under(one)}
    for one in (window, shut):
        one.guard.allow_leaving()
        one.pad.close_pad()
    assert len([text for text in painted if HANGUL.search(text)]) > 20
    assert english(texts) == []


@pytest.mark.slow
def test_results_on_the_picture_of_a_korean_kiosk_are_in_korean(
    korean: None, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted = record_painted(monkeypatch)
    path = tmp_path / "kiosk.toml"
    station = '[[station]]\ntitle = { ko = "%s" }\nmodels = ["%s"]\nseconds = 600\n'
    models = ("nanodet-g-int8", "body", "hands", "efficientnet-lite0-int8")
    text = f'languages = ["ko"]\nsource = "demo"\npin = "{hash_pin("2468")}"\nmax_memory_mb = 1000000\n'
    path.write_text(text + "".join(station % ("둘러보세요", name) for name in models), encoding="utf-8")
    programme = load_programme(path)
    show = Show(programme, Session(), PinGate(programme.pin, tmp_path / "pin.json"))
    try:
        show.begin()
        for number in range(len(models)):
            qtbot.waitUntil(
                lambda n=number: show._scene is not None and show._scene.station == n, timeout=WAIT_MS
            )
            qtbot.waitUntil(lambda: bool(show.stage.rows.rows), timeout=WAIT_MS)
            qtbot.wait(1000)
            show.window.grab()
            qtbot.wait(1000)
            show.window.next_wanted.emit()
        texts = painted | set(texts_under(show.window))
    finally:
        show.end()
        show.window.pad.close_pad()
        show.window.deleteLater()
        show.deleteLater()
    assert len([text for text in painted if HANGUL.search(text)]) > 10
    assert english(texts) == []
