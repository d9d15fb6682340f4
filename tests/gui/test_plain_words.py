"""What the window shows has no paths of the program, no library's own messages and no names of its parts in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QTabWidget, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.dialogs import DIALOGS
from tests.gui.korean_texts import texts_of
from tests.gui.whole_window import WAIT_MS, App, whole_window
from vision_app.engine.request import ModelRequest
from vision_app.gui.models.panel import ModelPanel
from vision_app.gui.pieces.plain import plain, show_plain
from vision_app.gui.pieces.texts import ElidedLabel, Paragraph
from vision_app.live.status import ModelState, SourceState
from vision_app.resources import models_dir

JARGON = re.compile(
    r"site-packages|ExecutionProvider|ONNXRuntimeError|Load model from|Error parsing message|ModelProto|Traceback"
    r"|\.(?:cc|cpp|h|py):\d|\bvision_app\.[a-z]|NoneType|\berrno\b|object at 0x"
)
CODE = {"CodeDialog"}
"""Shows a script, which names modules."""


@pytest.fixture
def app(tmp_path: Path, qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    monkeypatch.setenv("HOME", str(tmp_path))
    with whole_window(tmp_path, qtbot, monkeypatch, "cup", "goldfish") as made:
        yield made


def shown_by(widget: QWidget) -> set[str]:
    """What one widget shows without being asked: not its tooltip."""
    hints = {widget.toolTip(), widget.accessibleDescription(), widget.statusTip()}
    if isinstance(widget, QLabel):
        hints -= {widget.text()}
    return {text for text in texts_of(widget) if text and text not in hints}


def shown() -> set[str]:
    """What is seen on the screen now."""
    return {
        t
        for w in QApplication.allWidgets()
        if w.isVisible() and type(w).__name__ not in CODE
        for t in shown_by(w)
    }


def bad(texts: set[str], home: Path) -> list[str]:
    return sorted(t for t in texts if JARGON.search(t) or str(home) in t or str(models_dir()) in t)


def _too_new(path: Path) -> None:
    _one_node(path, helper.make_node("Relu", ["x"], ["y"]), helper.make_opsetid("", 999))


def _foreign(path: Path) -> None:
    _one_node(
        path, helper.make_node("Sparkle", ["x"], ["y"], domain="my.own"), helper.make_opsetid("my.own", 1)
    )


def _one_node(path: Path, node: onnx.NodeProto, opset: onnx.OperatorSetIdProto) -> None:
    x, y = (helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 3, 8, 8]) for n in "xy")
    graph = helper.make_graph([node], "g", [x], [y])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17), opset][opset.domain == "" :])
    path.write_bytes(made.SerializeToString())


def _truncated(path: Path) -> None:
    whole = (models_dir() / "efficientnet-lite0-int8.onnx").read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


BROKEN: dict[str, Callable[[Path], object]] = {
    "truncated": _truncated,
    "too-new": _too_new,
    "foreign": _foreign,
    "text": lambda path: path.write_bytes(b"no model"),
    "missing": lambda path: None,
}


def test_models_that_do_not_run_say_why_in_plain_words(app: App, qtbot: QtBot, tmp_path: Path) -> None:
    texts, panel = set[str](), app.window.docks.panel("models")
    assert isinstance(panel, ModelPanel)
    app.window.docks.show("models")
    for name, write in BROKEN.items():
        write(tmp_path / f"{name}.onnx")
        app.window.commands.add_model(str(tmp_path / f"{name}.onnx"))
        qtbot.waitUntil(
            lambda: all(m.state is ModelState.FAILED for m in app.session.model_statuses()), timeout=WAIT_MS
        )
        texts |= shown()
        panel.add_file(str(tmp_path / f"{name}.onnx"))
        qtbot.waitUntil(
            lambda: panel.hide_message.isVisible() or QApplication.activeModalWidget() is not None,
            timeout=WAIT_MS,
        )
        texts |= shown()
        asked = QApplication.activeModalWidget()
        if asked is not None:
            asked.close()
    app.session.add_model(ModelRequest("efficientnet-lite0-int8", provider="cuda"))
    qtbot.waitUntil(
        lambda: any("cuda" in str(m.error) or m.fell_back_from for m in app.session.model_statuses()),
        timeout=WAIT_MS,
    )
    for name in ("speed", "models"):
        app.window.docks.show(name)
        qtbot.waitUntil(lambda name=name: app.window.docks.in_front(name))
        texts |= shown()
    assert len([t for t in texts if "truncated.onnx" in t]) >= 2
    assert bad(texts, tmp_path) == []
    card = next(c for c in panel.cards.values() if c.name.text() == "truncated.onnx")
    assert card.error.text().startswith("not a usable ONNX model"), "the card's title says which file it is"
    assert card.error.height() >= card.error.heightForWidth(card.error.width()) > 20, "no line is cut"
    assert "Load model from" in card.error.toolTip(), "whoever wants to know all of it points at it"


def test_sources_and_folders_are_told_from_home_on(app: App, qtbot: QtBot, tmp_path: Path) -> None:
    texts = set[str]()
    (tmp_path / "Videos").mkdir()
    (tmp_path / "Videos" / "bad.mp4").write_bytes(b"xxxx" * 100)
    for spec in (str(tmp_path / "Videos" / "bad.mp4"), str(tmp_path / "missing.mp4"), "rtsp://127.0.0.1:1/x"):
        app.window.commands.open(spec)
        qtbot.waitUntil(
            lambda spec=spec: (
                app.session.source_status.state is SourceState.FAILED
                and app.session.source_status.source_id == spec
            ),
            timeout=WAIT_MS,
        )
        words = app.window.view.words()
        texts |= shown() | {words.title, words.text, words.badge}
        app.window.bar.choose()
        texts |= shown()
        app.window.bar.chooser.hide()
    dialog = app.window.show_preferences()
    texts |= shown()
    dialog.close()
    assert any("~/Videos/bad.mp4" in text for text in texts)
    assert any(text.startswith("~/") and "samples" in text for text in texts), "the folder of the samples"
    assert bad(texts, tmp_path) == []


def test_a_notice_is_as_high_as_its_lines(app: App) -> None:
    toast = app.window.toasts.say("a notice of several lines " * 12, [("Look", lambda: None)])
    (label,) = toast.findChildren(Paragraph)
    button = toast.findChild(QPushButton)
    assert button is not None
    needed = label.heightForWidth(300) + button.sizeHint().height()
    assert toast.heightForWidth(360) > needed - label.fontMetrics().height()


@pytest.mark.slow
def test_all_pages_and_dialogs_are_told_in_plain_words(app: App, qtbot: QtBot, tmp_path: Path) -> None:
    texts = set[str]()
    app.window.start_models((ModelRequest("efficientnet-lite0-int8"), ModelRequest("nanodet-g-int8")))
    app.window.commands.open("synthetic:320x240@30")
    qtbot.waitUntil(
        lambda: (
            [m.state for m in app.session.model_statuses()] == [ModelState.READY] * 2
            and app.window.view.picture is not None
        ),
        timeout=WAIT_MS,
    )
    for name in app.window.docks.actions:
        app.window.docks.show(name)
        panel = app.window.docks.panel(name)
        assert panel is not None
        for tabs in panel.findChildren(QTabWidget):
            for i in range(tabs.count()):
                tabs.setCurrentIndex(i)
                qtbot.wait(50)
                texts |= shown()
    panel = app.window.docks.panel("models")
    assert isinstance(panel, ModelPanel)
    for card in panel.cards.values():
        card.tune.setChecked(True)
        texts |= shown()
    for name, opened in DIALOGS.items():
        dialog = opened(app)
        qtbot.wait(50)
        if name not in CODE:
            texts |= {t for w in (dialog, *dialog.findChildren(QWidget)) for t in shown_by(w)}
        dialog.close()
    assert len(texts) > 300
    assert bad(texts, tmp_path) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("CUDAExecutionProvider fell back to CPUExecutionProvider", "CUDA fell back to CPU"),
        (f"no such file: {models_dir()}/a.onnx", "no such file: a.onnx"),
        (
            "m.onnx: not usable: [ONNXRuntimeError] : 7 : INVALID_PROTOBUF : Load model from /a/m.onnx failed",
            "m.onnx: not usable",
        ),
        ("m.onnx: 손상되었습니다. ONNX Runtime의 설명: bad thing", "m.onnx: 손상되었습니다."),
        ("it failed: /onnxruntime/core/graph/graph.cc:12 void f() bad", "it failed"),
        ("3 frames (5 %) are late", "3 frames (5 %) are late"),
        ("Load model from x failed", "Load model from x failed"),
    ],
)
def test_what_is_left_out_of_a_text(text: str, said: str, qapp: QApplication) -> None:
    assert plain(text) == said
    for label in (QLabel(), ElidedLabel()):
        show_plain(label, text)
        label.resize(2000, 30)
        assert label.text() == said
        assert label.toolTip() == (text if said != text else "")
        show_plain(label, "well")
        assert label.toolTip() == ""
        label.deleteLater()
