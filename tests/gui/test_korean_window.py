"""The Korean window says nothing in English, names aside: all panels, dialogs, and what goes wrong."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtWidgets import QTabWidget, QWidget
from pytestqt.qtbot import QtBot

import vision_app.gui
from hatch_build import compile_all
from tests.gui.cameras import install
from tests.gui.dialogs import DIALOGS
from tests.gui.korean_texts import HANGUL, all_texts, english, record_painted
from tests.gui.whole_window import whole_window
from vision_app.cards.card import named_labels
from vision_app.engine.request import ModelRequest
from vision_app.filters.table import OPERATIONS
from vision_app.gui.filters.dialogs import LessonDialog
from vision_app.gui.inside.families_page import Diagram
from vision_app.gui.inside.family_texts import FAMILIES
from vision_app.gui.language import TRANSLATIONS, Language
from vision_app.gui.preferences import Preferences
from vision_app.gui.session import Session
from vision_app.gui.settings import Settings
from vision_app.gui.shortcuts import ShortcutsDialog
from vision_app.gui.sources.stream_dialog import StreamDialog
from vision_app.gui.window import MainWindow
from vision_app.live.status import ModelState, ModelStatus
from vision_app.resources import demo_clip
from vision_app.samples.importing import ImportRequest, import_samples
from vision_app.samples.store import SampleStore

WAIT_MS = 90_000
# layers of the shipped network are called so inside its file, and these are the classes of the test
OWN = (
    "avg",
    "pooling",
    "conv",
    "head",
    "stem",
    "fc",
    "blocks",
    "depthwise",
    "project",
    "expand",
    "cup",
    "pen",
)


class Seen:
    """A Korean window, and all that it has said."""

    def __init__(self, window: MainWindow, session: Session, qtbot: QtBot, painted: set[str]) -> None:
        self.window, self.session, self.texts = window, session, painted
        self._qtbot = qtbot

    def look(self, until: Callable[[], bool] = lambda: True) -> None:
        self._qtbot.waitUntil(until, timeout=WAIT_MS)
        self._qtbot.wait(50)
        self.texts |= all_texts()

    def open(self, dialog: QWidget) -> None:
        dialog.show()
        self.look()
        dialog.close()
        dialog.deleteLater()

    def panel(self, name: str) -> QWidget:
        self.window.docks.show(name)
        self.look()
        panel = self.window.docks.panel(name)
        assert panel is not None
        for tabs in panel.findChildren(QTabWidget):
            for i in range(tabs.count()):
                tabs.setCurrentIndex(i)
                self.look()
        return panel


@pytest.fixture
def seen(tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Seen]:
    install(monkeypatch)
    monkeypatch.setenv("VISION_APP_MODELS", str(tmp_path / "models"))
    compile_all(TRANSLATIONS)
    settings, language = Settings(tmp_path / "desktop.json"), Language()
    settings.update(language="ko")
    language.choose("ko")
    session = Session()
    window = MainWindow(session, settings, language)
    window.show()
    yield Seen(window, session, qtbot, record_painted(monkeypatch))
    window.close()
    window.deleteLater()
    language.choose("en")


def test_panels_dialogs_and_what_fails_are_told_in_korean(seen: Seen, tmp_path: Path) -> None:
    for name in seen.window.docks.actions:
        seen.panel(name)
    diagram = Diagram()
    for family in FAMILIES:
        diagram.show_family(family)
        diagram.grab()
    settings = seen.window.settings
    for make in (Preferences, lambda _, parent: ShortcutsDialog(parent), lambda _, p: StreamDialog("", p)):
        seen.open(make(settings, seen.window))
    models = seen.window.docks.panel("models")
    models.smaller.open(
        ModelStatus(0, ModelRequest("m"), ModelState.READY, name="m", task="classify", provider="cpu"),
        "Lite0",
    )
    models.smaller.dialog.start_button.click()
    seen.look(lambda: "열린 입력이 없습니다" in models.smaller.dialog.state.text())
    models.smaller.dialog.close()
    for operation in OPERATIONS.values():
        dialog = LessonDialog(operation, seen.window)
        seen.texts |= all_texts()
        dialog.deleteLater()
    seen.window.commands.open(str(tmp_path / "missing.mp4"))
    seen.look(lambda: any("missing.mp4" in text for text in all_texts()))
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no model")
    seen.window.commands.add_model(str(broken))
    seen.look(lambda: any("broken.onnx" in text for text in seen.window.toasts.texts))
    assert len(seen.texts) > 300
    assert english(seen.texts, also=(*OWN, *tmp_path.parts)) == []


@pytest.mark.slow
def test_models_that_run_look_inside_and_are_taught_in_korean(seen: Seen, tmp_path: Path) -> None:
    seen.window.start_models((ModelRequest("nanodet-g-int8"), ModelRequest("efficientnet-lite0-int8")))
    seen.window.commands.open(str(demo_clip()))
    seen.look(lambda: seen.window.view.picture is not None and seen.session.figures().inferred_fps > 0)
    for name in seen.window.docks.actions:
        seen.panel(name)
    teach = seen.panel("teach")
    for label, grey in (("cup", 40), ("pen", 200)):
        (tmp_path / "pictures" / label).mkdir(parents=True)
        for i in range(8):
            noise = np.random.default_rng(i).integers(0, 50, (96, 96, 3), np.uint8)
            cv2.imwrite(str(tmp_path / "pictures" / label / f"{i}.png"), noise + np.uint8(grey))
    with SampleStore.open(tmp_path / "store") as store:
        import_samples(store, ImportRequest(tmp_path / "pictures"))
    teach.controller.open_store(tmp_path / "store")
    seen.look(lambda: teach.controller.store is not None)
    teach.show_samples()
    seen.look()
    teach.training.name.setText("Bad Name!")
    teach.training.start()
    seen.look(lambda: bool(teach.training.problem.text()))
    teach.training.name.setText("mine")
    teach.training.start()
    seen.look(lambda: bool(teach.training.verdict.text()))
    assert "에폭" in teach.training.advice.text()
    teach.result.evaluate()
    seen.look(lambda: not teach.jobs.running)
    assert english(seen.texts, also=(*OWN, *tmp_path.parts, "mine")) == []


@pytest.mark.slow
def test_every_dialog_is_in_korean(tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    compile_all(TRANSLATIONS)
    painted = record_painted(monkeypatch)
    found: dict[str, list[str]] = {}
    classes = re.findall(
        "[A-Za-z]+", " ".join(named_labels("imagenet-1k"))
    )  # a user's own, as far as the dialog knows
    with whole_window(tmp_path, qtbot, monkeypatch, "cup", "goldfish", language_code="ko") as app:
        for name, opened in DIALOGS.items():
            painted.clear()
            dialog = opened(app)
            qtbot.wait(300)
            dialog.grab()
            assert len([text for text in all_texts() if HANGUL.search(text)]) > 50
            own = classes if name == "EvaluationDialog" else ["goldfish"]
            if left := english(all_texts() | painted, also=(*OWN, *tmp_path.parts, *own)):
                found[name] = left
            dialog.close()
            qtbot.wait(50)
    assert found == {}


def test_errors_reach_the_window_through_told() -> None:
    """`str(error)` is English: whatever a handler of the window catches is told by `told` or `one_line`."""
    wrong = []
    for path in sorted(Path(vision_app.gui.__file__).parent.rglob("*.py")):
        for handler in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(handler, ast.ExceptHandler) or handler.name is None:
                continue
            kinds = ast.unparse(handler.type) if handler.type is not None else ""
            if "Error" not in kinds or kinds in ("NotOursError", "RuntimeError", "RuntimeError, ValueError"):
                continue
            for node in ast.walk(handler):
                of_error = isinstance(node, ast.Call) and ast.unparse(node) == f"str({handler.name})"
                in_text = isinstance(node, ast.FormattedValue) and ast.unparse(node.value) == handler.name
                if of_error or in_text:
                    wrong.append(f"{path.name}:{node.lineno}")
    assert sorted(set(wrong) - {"__main__.py:47"}) == []
