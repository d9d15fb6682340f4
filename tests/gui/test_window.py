"""The whole window with the real session: sources, models, outputs, keys, languages, full screen, the end."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QImage, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from tests import tiny_models as tiny
from tests.clips import write_clip
from tests.gui.cameras import FRONT, install
from vision_app.engine.request import ModelRequest
from vision_app.gui.language import Language
from vision_app.gui.places import take_back
from vision_app.gui.session import Session
from vision_app.gui.settings import Settings
from vision_app.gui.theme import DARK, LIGHT, TARGET_PX, theme
from vision_app.gui.window import MainWindow
from vision_app.live.status import ModelState, SourceState
from vision_app.resources import demo_clip

WAIT_MS = 30_000


@dataclass
class App:
    """One window and what it stands on."""

    window: MainWindow
    settings: Settings
    session: Session
    language: Language
    folder: Path

    @property
    def said(self) -> list[str]:
        return self.window.toasts.texts

    def press(self, name: str) -> None:
        self.window.actions_[name].trigger()

    def button(self, text: str) -> QPushButton:
        return next(
            b for b in self.window.toasts.findChildren(QPushButton) if b.text() == text and b.isVisible()
        )


def make_app(folder: Path) -> App:
    settings = Settings(folder / "desktop.json")
    settings.update(picture_folder=str(folder / "pictures"), video_folder=str(folder / "videos"))
    language, session = Language(), Session()
    return App(MainWindow(session, settings, language), settings, session, language, folder)


@pytest.fixture
def app(tmp_path: Path, qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    install(monkeypatch)
    made = make_app(tmp_path)
    made.window.resize(1024, 700)
    made.window.show()
    yield made
    made.window.close()
    made.window.deleteLater()
    made.language.choose("en")
    theme().choose("light")


@pytest.fixture
def clip(tmp_path: Path) -> str:
    return str(write_clip(tmp_path / "clip.mp4", range(0, 4000, 40)))


def play(app: App, qtbot: QtBot, spec: str = "synthetic:320x240@30") -> None:
    app.window.commands.open(spec)
    qtbot.waitUntil(lambda: app.window.view.picture is not None, timeout=WAIT_MS)


# starting ------------------------------------------------------------------------------------------------


def test_without_a_camera_the_demo_clip_plays_and_says_what_to_do_next(app: App, qtbot: QtBot) -> None:
    app.window.open_first(None)
    qtbot.waitUntil(lambda: app.window.view.picture is not None, timeout=WAIT_MS)
    assert app.session.source_status.running_id == str(demo_clip())
    assert app.window.welcome.isVisible()
    assert "webcam" in app.window.welcome.accessibleDescription()
    QTest.keyClick(app.window.welcome, Qt.Key.Key_Escape)
    assert not app.window.welcome.isVisible()
    assert not app.settings.values.welcome


def test_with_a_camera_the_camera_is_shown(
    tmp_path: Path, qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, FRONT)
    app = make_app(tmp_path)
    app.window.open_first(None)
    qtbot.waitUntil(
        lambda: app.window.view.picture is not None or app.session.source_status.running_id != "",
        timeout=WAIT_MS,
    )
    assert app.session.source_status.running_id == FRONT.name
    app.window.close()
    again = make_app(tmp_path)
    assert again.settings.values.source is not None
    assert again.settings.values.source.device_path == FRONT.path
    again.window.close()
    for old in (app, again):
        old.window.deleteLater()


def test_what_ran_runs_again_after_a_restart(
    tmp_path: Path, qtbot: QtBot, qapp: QApplication, clip: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch)
    app = make_app(tmp_path)
    model = tiny.colour_model(tmp_path)
    app.window.start_models((ModelRequest(str(model)),))
    play(app, qtbot, clip)
    app.window.close()
    again = make_app(tmp_path)
    again.window.open_first(None)
    qtbot.waitUntil(lambda: again.window.view.picture is not None, timeout=WAIT_MS)
    assert again.session.source_status.running_id == clip
    assert [m.reference for m in again.settings.values.models] == [str(model)]
    again.window.close()
    for old in (app, again):
        old.window.deleteLater()


def test_a_source_that_cannot_be_opened_keeps_the_one_that_runs(app: App, qtbot: QtBot) -> None:
    play(app, qtbot)
    app.window.commands.open("/nowhere/film.mp4")
    qtbot.waitUntil(lambda: app.session.source_status.state is SourceState.FAILED, timeout=WAIT_MS)
    seen = app.window.view.picture
    qtbot.waitUntil(lambda: app.window.view.picture is not seen, timeout=WAIT_MS)
    assert not app.window.view.words().dimmed


def test_a_model_that_vanished_is_said_and_the_picture_goes_on(app: App, qtbot: QtBot) -> None:
    play(app, qtbot)
    app.window.start_models((ModelRequest("/nowhere/gone.onnx"),))
    qtbot.waitUntil(lambda: any("gone.onnx" in text for text in app.said), timeout=WAIT_MS)
    assert app.session.model_statuses()[0].state is ModelState.FAILED
    seen = app.window.view.picture
    qtbot.waitUntil(lambda: app.window.view.picture is not seen, timeout=WAIT_MS)


# outputs -------------------------------------------------------------------------------------------------


def test_a_snapshot_is_written_at_full_size_and_taken_back(app: App, qtbot: QtBot) -> None:
    play(app, qtbot)
    app.press("snapshot")
    pictures = app.folder / "pictures"
    qtbot.waitUntil(lambda: any("Snapshot" in text for text in app.said), timeout=WAIT_MS)
    (path,) = pictures.glob("*.png")
    assert cv2.imread(str(path)).shape == (240, 320, 3)
    app.button("Undo").click()
    qtbot.waitUntil(lambda: any("moved to" in text for text in app.said), timeout=WAIT_MS)
    assert not path.exists()
    assert not list(pictures.glob("*.png"))


@pytest.mark.parametrize("has_trash", [True, False], ids=["into the trash", "without a trash"])
def test_what_is_taken_back_is_told_where_it_is(
    has_trash: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    if has_trash:
        data.mkdir()
    monkeypatch.setenv("XDG_DATA_HOME", str(data))
    path = tmp_path / "pictures" / "a.png"
    path.parent.mkdir()
    path.write_bytes(b"picture")
    assert take_back(path).read_bytes() == b"picture"
    assert not path.exists()


def test_two_snapshots_in_one_second_are_two_files(app: App, qtbot: QtBot) -> None:
    app.settings.update(picture_format="jpg")
    play(app, qtbot)
    app.press("snapshot")
    app.press("snapshot")
    qtbot.waitUntil(lambda: len(list((app.folder / "pictures").glob("*.jpg"))) == 2, timeout=WAIT_MS)


def test_without_a_picture_a_snapshot_says_so(app: App, qtbot: QtBot) -> None:
    app.press("snapshot")
    qtbot.waitUntil(lambda: app.said == ["There is no picture yet."], timeout=WAIT_MS)


def test_the_picture_goes_to_the_clipboard(app: App, qtbot: QtBot) -> None:
    play(app, qtbot)
    QApplication.clipboard().clear()
    app.press("copy")
    qtbot.waitUntil(lambda: not QApplication.clipboard().image().isNull(), timeout=WAIT_MS)
    image = QApplication.clipboard().image()
    assert (image.width(), image.height()) == (320, 240)


def test_a_recording_shows_its_time_and_is_whole_when_it_is_stopped(app: App, qtbot: QtBot) -> None:
    play(app, qtbot)
    app.press("record")
    record = app.window.actions_["record"]
    qtbot.waitUntil(lambda: app.window.outputs.running("video") is not None, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: "0:01" in record.text(), timeout=WAIT_MS)
    assert record.isChecked()
    app.press("record")
    qtbot.waitUntil(lambda: any("Saved" in text for text in app.said), timeout=WAIT_MS)
    assert not record.isChecked()
    assert record.text() == "Record"
    (path,) = (app.folder / "videos").glob("*.mp4")
    video = cv2.VideoCapture(str(path))
    assert (video.get(cv2.CAP_PROP_FRAME_WIDTH), video.get(cv2.CAP_PROP_FRAME_HEIGHT)) == (320, 240)
    assert video.read()[0]
    video.release()


def test_closing_the_window_finishes_a_recording(app: App, qtbot: QtBot) -> None:
    play(app, qtbot)
    app.press("record")
    qtbot.waitUntil(lambda: app.window.outputs.seconds("video") > 0.7, timeout=WAIT_MS)
    app.window.close()
    (path,) = (app.folder / "videos").glob("*.mp4")
    assert cv2.VideoCapture(str(path)).read()[0]


def test_results_are_logged(app: App, qtbot: QtBot, tmp_path: Path) -> None:
    app.window.start_models((ModelRequest(str(tiny.colour_model(tmp_path))),))
    play(app, qtbot)
    qtbot.waitUntil(lambda: app.session.figures().inferred_fps > 0, timeout=WAIT_MS)
    app.press("log")
    qtbot.waitUntil(lambda: app.window.outputs.seconds("log") > 0.5, timeout=WAIT_MS)
    app.press("log")
    qtbot.waitUntil(lambda: any("Saved" in text for text in app.said), timeout=WAIT_MS)
    (path,) = (app.folder / "videos").glob("*.jsonl")
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines
    assert json.loads(lines[0])["results"][0]["task"] == "classify"


def test_an_unwritable_folder_gives_one_line_and_another_choice(app: App, qtbot: QtBot) -> None:
    blocked = app.folder / "blocked"
    blocked.write_text("a file")
    app.settings.update(picture_folder=str(blocked), video_folder=str(blocked / "below"))
    play(app, qtbot)
    for name in ("snapshot", "record"):
        app.press(name)
        qtbot.waitUntil(lambda: len(app.said) == 1 and str(blocked) in app.said[0], timeout=WAIT_MS)
        assert app.button("Choose another folder…").isEnabled()
        for toast in list(app.window.toasts._toasts):
            toast.dismiss()
    assert not app.window.actions_["record"].isChecked()


# the window ----------------------------------------------------------------------------------------------


def test_full_screen_shows_nothing_but_the_picture_and_esc_leads_back(app: App, qtbot: QtBot) -> None:
    bars = [app.window.menuBar(), app.window.tools, app.window.bar, app.window.status_line]
    panel = app.window.docks.panel("models")
    assert panel is not None
    assert panel.isVisible()
    app.press("full_screen")
    assert app.window.isFullScreen()
    assert not any(bar.isVisible() for bar in [*bars, panel])
    QTest.keyClick(app.window, Qt.Key.Key_Escape)
    assert not app.window.isFullScreen()
    assert all(bar.isVisible() for bar in [*bars, panel])


def test_each_panel_has_a_key_that_shows_and_hides_it(app: App, qtbot: QtBot) -> None:
    docks = app.window.docks
    assert docks.in_front("models")
    for name in ("speed", "models"):
        docks.actions[name].trigger()
        qtbot.waitUntil(lambda name=name: docks.in_front(name), timeout=WAIT_MS)
        assert docks.actions[name].isChecked()
    docks.actions["models"].trigger()
    qtbot.waitUntil(lambda: not docks.in_front("models"), timeout=WAIT_MS)
    assert not docks.actions["models"].isChecked()


def test_everything_fits_into_a_small_window(app: App) -> None:
    assert app.window.minimumSizeHint().width() <= 1024
    assert app.window.minimumSizeHint().height() <= 700
    assert app.window.view.width() >= 480


def test_no_key_means_two_things(app: App) -> None:
    taken: dict[str, str] = {}
    for action in app.window.findChildren(QAction):
        if action.shortcutContext() is Qt.ShortcutContext.WidgetWithChildrenShortcut:
            continue  # undo means what was done last in the panel that has the focus
        for keys in action.shortcuts():
            text = keys.toString(QKeySequence.SequenceFormat.PortableText)
            assert taken.setdefault(text, action.text()) == action.text(), f"{text} means two things"


def test_everything_that_can_be_pressed_is_large_enough_and_has_a_name(app: App, qtbot: QtBot) -> None:
    app.window.resize(1280, 800)
    app.window.show_first_steps()
    for button in app.window.findChildren(QAbstractButton):
        if not button.isVisible() or button.objectName() == "qt_toolbar_ext_button":
            continue
        name = button.accessibleName() or button.text() or button.toolTip()
        assert name, f"a {type(button).__name__} of {type(button.parent()).__name__} has no name"
        assert min(button.width(), button.height()) >= TARGET_PX - 2, f"{name}: {button.size()}"


def test_labels_grow_and_shrink(app: App) -> None:
    app.press("larger_text")
    assert app.settings.values.text_scale == 1.2
    app.press("smaller_text")
    app.press("smaller_text")
    assert app.settings.values.text_scale == 0.85
    app.press("normal_text")
    assert app.settings.values.text_scale == 1.0


def test_results_can_be_left_undrawn(app: App) -> None:
    app.press("draw")
    assert not app.settings.values.draw
    app.press("draw")
    assert app.settings.values.draw


def test_light_and_dark_change_while_it_runs(app: App) -> None:
    app.settings.update(scheme="dark")
    assert theme().colours is DARK
    assert app.window.palette().window().color().name() == DARK.window
    app.settings.update(scheme="light")
    assert theme().colours is LIGHT


def test_the_layout_comes_back(
    tmp_path: Path, qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch)
    app = make_app(tmp_path)
    app.window.show()
    app.window.resize(800, 691)
    app.window.docks.actions["models"].trigger()
    app.window.close()
    again = make_app(tmp_path)
    again.window.show()
    assert (again.window.width(), again.window.height()) == (800, 691)
    assert not again.window.docks.in_front("models")
    again.window.close()
    for old in (app, again):
        old.window.deleteLater()


def test_a_chosen_folder_is_kept(app: App, tmp_path: Path) -> None:
    dialog = app.window.show_preferences()
    dialog._ask = lambda *_: tmp_path / "elsewhere"
    dialog.choose_folder("picture_folder")
    assert app.settings.values.picture_folder == str(tmp_path / "elsewhere")
    assert os.fspath(tmp_path / "elsewhere") in dialog._pictures.text()
    dialog.close()


def test_the_choice_to_spare_the_models_reaches_the_session_and_is_kept(app: App) -> None:
    asked: list[bool] = []
    app.window.session.set_gate = lambda *, on: asked.append(on)  # type: ignore[method-assign]
    dialog = app.window.show_preferences()
    assert not dialog.gate.isChecked()
    dialog.gate.click()
    assert app.settings.values.gate
    dialog.gate.click()
    assert not app.settings.values.gate
    assert asked == [True, False]
    dialog.close()


def test_icons_stay_what_they_are_when_the_colours_change(app: App, qtbot: QtBot, clip: str) -> None:
    play(app, qtbot, clip)
    buttons = [b for b in app.window.bar.findChildren(QToolButton) if b.isVisible() and not b.icon().isNull()]
    assert len(buttons) >= 5

    def shapes() -> list[bytes]:
        images = [b.icon().pixmap(20, 20).toImage() for b in buttons]
        alphas = [image.convertToFormat(QImage.Format.Format_Alpha8) for image in images]
        return [bytes(alpha.constBits()) for alpha in alphas]

    app.session.playback.pause()
    qtbot.waitUntil(lambda: app.session.source_status.state is SourceState.PAUSED, timeout=WAIT_MS)
    before = shapes()
    app.settings.update(scheme="dark")
    changed = [b.toolTip() for b, now, was in zip(buttons, shapes(), before, strict=True) if now != was]
    assert changed == []


def test_a_notice_is_shown_in_the_status_line(app: App) -> None:
    app.session.notice.emit("the disk is nearly full")
    assert app.window.status_line.notices.text() == "the disk is nearly full"
