"""How each dialog of the window is opened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QDialog, QWidget

from tests.gui.whole_window import App
from vision_app.engine.request import ModelRequest
from vision_app.gui.models.adding import AddDialog
from vision_app.gui.models.panel import ModelPanel
from vision_app.gui.models.shelf import Unsaid
from vision_app.gui.sources.stream_dialog import StreamDialog
from vision_app.gui.teach.samples_dialog import Preview
from vision_app.learn.evaluating import evaluate


def _filters(app: App) -> QWidget:
    panel = app.window.docks.panel("filters")
    assert panel is not None
    panel.add_operation("blur")  # type: ignore[attr-defined]
    return panel


def _samples(app: App) -> QDialog:
    app.teach.show_samples()
    assert app.teach.dialog is not None
    return app.teach.dialog


def _preview(app: App) -> QDialog:
    from PySide6.QtGui import QImage

    shown = Preview(QImage(64, 64, QImage.Format.Format_RGB888), "cup", "", app.teach)
    shown.show()
    return shown


def _evaluation(app: App) -> QDialog:
    from vision_app.cards.lookup import find_model
    from vision_app.samples.dataset import open_samples

    measured = evaluate(find_model("efficientnet-lite0"), open_samples(app.store.folder), part="all")
    app.teach.result.evaluation = measured
    app.teach.result.show_details()
    assert app.teach.result.dialog is not None
    return app.teach.result.dialog


def _add(app: App) -> QDialog:
    panel = app.window.docks.panel("models")
    assert isinstance(panel, ModelPanel)
    dialog = AddDialog(panel.shelf, Path("nothing.onnx"), Unsaid("…", ("task",)), panel)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
    dialog.add_button.click()  # closed before it is known what came of it
    return dialog


def _stream(app: App) -> QDialog:
    app.window.commands.ask_for_stream()
    return app.window.findChildren(StreamDialog)[-1]


def _shortcuts(app: App) -> QDialog:
    from vision_app.gui.shortcuts import ShortcutsDialog

    app.window.show_shortcuts()
    return app.window.findChildren(ShortcutsDialog)[-1]


def _doubts(app: App) -> QDialog:
    app.teach.capture.doubts.open()
    assert app.teach.capture.doubts.dialog is not None
    return app.teach.capture.doubts.dialog


def _heads(app: App) -> QDialog:
    dialog = app.teach.show_heads()
    assert dialog is not None
    dialog.start_button.click()  # closed while the movements are still being read
    return dialog


def _smaller(app: App) -> QDialog:
    from vision_app.live.status import ModelState, ModelStatus

    panel = app.window.docks.panel("models")
    assert isinstance(panel, ModelPanel)
    request = ModelRequest("efficientnet-lite0")
    status = ModelStatus(
        0, request, ModelState.READY, name=request.reference, task="classify", provider="cpu"
    )
    panel.smaller.open(status, "Lite0")
    dialog = panel.smaller.dialog
    assert dialog is not None
    dialog.start_button.click()  # there are too few samples, which is told once it is closed or before
    dialog.question.show()
    return dialog


DIALOGS: dict[str, Callable[[App], QDialog]] = {
    "Preferences": lambda app: app.window.show_preferences(),
    "LearntDialog": lambda app: _filters(app).show_learnt(),  # type: ignore[attr-defined]
    "RobustnessDialog": lambda app: _filters(app).open_robustness(),  # type: ignore[attr-defined]
    "CodeDialog": lambda app: _filters(app).open_code(),  # type: ignore[attr-defined]
    "LessonDialog": lambda app: _filters(app).show_lesson(0),  # type: ignore[attr-defined]
    "AddDialog": _add,
    "ShortcutsDialog": _shortcuts,
    "CourseDialog": lambda app: app.window.show_course(),
    "StreamDialog": _stream,
    "SamplesDialog": _samples,
    "Preview": _preview,
    "EvaluationDialog": _evaluation,
    "DoubtDialog": _doubts,
    "HeadsDialog": _heads,
    "QuantiseDialog": _smaller,
    "ViewsDialog": lambda app: app.teach.show_views(),  # type: ignore[return-value]
}
