"""The source bar with the real session: cameras that come and go, files, streams, and what is remembered."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from tests.clips import write_clip
from tests.gui.cameras import BACK, FRONT, MODES, SIDE, FakeCameras, install
from tests.gui.live_parts import Live, live_parts
from tests.mjpeg_server import MjpegServer
from vision_app.errors import SourceError
from vision_app.gui.sources.bar import SourceBar
from vision_app.gui.sources.cameras import CameraController
from vision_app.gui.sources.memory import SourceMemory, View
from vision_app.gui.sources.naming import camera_spec, clock, kind_of, make_address, memory_key, title_of
from vision_app.gui.sources.stream_dialog import StreamDialog
from vision_app.gui.theme import theme
from vision_app.live.status import SourceState
from vision_app.resources import demo_clip
from vision_app.sources import trust
from vision_app.sources.cameras import CameraDescription, Mode
from vision_app.sources.trust import Trust

WAIT_MS = 20_000


@pytest.fixture
def live(tmp_path: Path, qtbot: QtBot) -> Iterator[Live]:
    with live_parts(tmp_path) as parts:
        yield parts


@pytest.fixture
def cameras(monkeypatch: pytest.MonkeyPatch) -> FakeCameras:
    return install(monkeypatch)


@pytest.fixture
def bar(live: Live, cameras: FakeCameras, qtbot: QtBot) -> Iterator[SourceBar]:
    made = make_bar(live)
    qtbot.addWidget(made)
    made.resize(660, 100)
    made.show()
    yield made
    made.close_down()


def make_bar(live: Live) -> SourceBar:
    return SourceBar(live.session, live.settings, CameraController(modes=lambda camera, stopped: MODES))


def until(qtbot: QtBot, condition: object) -> None:
    qtbot.waitUntil(condition, timeout=WAIT_MS)


def running(live: Live, spec: str) -> bool:
    status = live.session.source_status
    return status.running_id == spec and status.state is not SourceState.OPENING and bool(live.pictures)


def run(qtbot: QtBot, bar: SourceBar, live: Live, spec: str) -> None:
    """Open something and wait for its pictures."""
    live.pictures.clear()
    bar.open(spec)
    until(qtbot, lambda: running(live, spec))


def shows_bright_right(live: Live) -> bool:
    image = live.pictures[-1].image
    return bool(image[:, -1, :3].mean() > image[:, 0, :3].mean())


# files ---------------------------------------------------------------------------------------------------


def test_it_says_what_runs_at_which_size_and_rate(qtbot: QtBot, live: Live, bar: SourceBar) -> None:
    assert bar.source_button.text() == "Choose a source"
    assert not bar.mirror.isEnabled()
    run(qtbot, bar, live, str(demo_clip()))
    until(qtbot, lambda: bar.facts.text() == "1280 × 720 · 30 fps")
    assert bar.source_button.text() == "demo.mp4"
    assert bar.mirror.isEnabled()
    assert not bar.modes.isVisible()
    assert not bar.message.isVisible()


def test_what_was_opened_is_remembered_but_neither_the_demo_clip_nor_the_test_card(
    qtbot: QtBot, live: Live, bar: SourceBar, tmp_path: Path
) -> None:
    clip = str(write_clip(tmp_path / "mine.mp4", range(0, 2000, 40)))
    run(qtbot, bar, live, clip)
    run(qtbot, bar, live, str(demo_clip()))
    bar.chooser.way_chosen.emit("test")
    until(qtbot, lambda: live.session.source_status.running_id.startswith("synthetic:"))
    assert live.settings.values.recent == (clip,)
    choice = live.settings.values.source
    assert choice is not None
    assert choice.spec.startswith("synthetic:")
    bar.choose()
    assert [b.text() for b in bar.chooser.recent_buttons] == ["mine.mp4"]
    bar.chooser.recent_buttons[0].click()
    assert not bar.chooser.isVisible()
    until(qtbot, lambda: running(live, clip))


def test_a_file_that_does_not_open_says_why_keeps_the_old_picture_and_can_be_tried_again(
    qtbot: QtBot, live: Live, bar: SourceBar, tmp_path: Path
) -> None:
    run(qtbot, bar, live, str(demo_clip()))
    missing = tmp_path / "later.mp4"
    bar.open(str(missing))
    until(qtbot, lambda: live.state is SourceState.FAILED)
    assert bar.message.isVisible()
    assert "later.mp4" in bar.message.text()
    assert bar.source_button.text() == "demo.mp4"
    write_clip(missing, range(0, 2000, 40))
    bar.again_button.click()
    until(qtbot, lambda: running(live, str(missing)))
    assert not bar.message.isVisible()


def test_a_message_can_be_closed(qtbot: QtBot, live: Live, bar: SourceBar) -> None:
    bar.open("nothing-of-that-name.mp4")
    until(qtbot, bar.hide_button.isVisible)
    bar.hide_button.click()
    assert not bar.message.isVisible()
    assert not bar.again_button.isVisible()


def test_files_and_folders_are_asked_for(qtbot: QtBot, live: Live, bar: SourceBar, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "mine.mp4", range(0, 2000, 40))
    bar.chooser.way_chosen.emit("file")
    dialog = bar.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit(str(clip))
    dialog.close()
    until(qtbot, lambda: running(live, str(clip)))
    bar.chooser.way_chosen.emit("folder")
    folder_dialogs = [
        d for d in bar.findChildren(QFileDialog) if d.fileMode() is QFileDialog.FileMode.Directory
    ]
    assert len(folder_dialogs) == 1
    assert folder_dialogs[0].directory().absolutePath() == str(tmp_path)
    folder_dialogs[0].close()


# streams -------------------------------------------------------------------------------------------------


def test_a_password_is_neither_shown_nor_kept_and_is_asked_for_again(
    qtbot: QtBot, live: Live, bar: SourceBar
) -> None:
    with MjpegServer() as server:
        host = f"{server.url.rpartition('@')[2].partition('/')[0]}/stream.mjpg"
        shown = f"http://***@{host}"
        bar.ask_stream()
        dialog = bar.findChild(StreamDialog)
        assert dialog is not None
        dialog.address.setText(f"http://{host}")
        dialog.user.setText("me")
        dialog.password.setText("s3cret/@")
        dialog.open_button.click()
        until(qtbot, lambda: running(live, shown))
        for text in texts_of(bar):
            assert "s3cret" not in text
        assert live.settings.values.recent == (f"http://me:s3cret%2F%40@{host}",)
        bar.choose()
        assert bar.chooser.recent_buttons[0].toolTip() == shown
        bar.chooser.hide()
        bar.open(str(demo_clip()))
        until(qtbot, lambda: running(live, str(demo_clip())))
    live.settings.close()
    bar.close_down()
    for file in live.settings.path.parent.glob("*.json"):
        assert "s3cret" not in file.read_text(encoding="utf-8")
    bar.chooser.recent_chosen.emit(shown)
    again = [d for d in bar.findChildren(StreamDialog) if d.isVisible()]
    assert [d.address.text() for d in again] == [f"http://{host}"]
    again[0].reject()


def texts_of(widget: QWidget) -> list[str]:
    found = [w for w in widget.findChildren(QWidget) if not isinstance(w, StreamDialog)]
    texts = [str(w.property(name) or "") for w in found for name in ("text", "toolTip", "accessibleName")]
    return [t for t in texts if t]


@pytest.mark.parametrize(
    ("address", "said", "can_open"),
    [
        ("", "begins with one of", False),
        ("ftp://10.0.0.7/x", "begins with one of", False),
        ("rtsp:///live", "is missing", False),
        ("rtsp://10.0.0.7/live?token=***", "***", False),
        ("rtsp://10.0.0.7/live", "neither shown nor kept", True),
    ],
)
def test_an_address_is_checked_while_it_is_typed(
    qtbot: QtBot, address: str, said: str, can_open: bool
) -> None:
    dialog = StreamDialog()
    qtbot.addWidget(dialog)
    dialog.address.setText(address)
    assert said in dialog.hint
    assert dialog.open_button.isEnabled() is can_open


@pytest.mark.parametrize(
    ("text", "user", "password", "url"),
    [
        ("rtsp://h/x", "", "", "rtsp://h/x"),
        ("rtsp://h/x", "a b", "p:/@?#", "rtsp://a%20b:p%3A%2F%40%3F%23@h/x"),
        ("  rtsp://***@h/x ", "me", "pw", "rtsp://me:pw@h/x"),
        ("rtsp://h/x", "me", "", "rtsp://me@h/x"),
    ],
)
def test_credentials_are_put_where_they_belong(text: str, user: str, password: str, url: str) -> None:
    made = make_address(text, user, password)
    assert (made.url, made.problem) == (url, "")


# cameras -------------------------------------------------------------------------------------------------


def test_the_list_follows_what_is_plugged_in(
    qtbot: QtBot, live: Live, cameras: FakeCameras, bar: SourceBar
) -> None:
    until(qtbot, lambda: bar.controller.listed)
    bar.choose()
    assert bar.chooser.tiles == {}
    cameras.plug(FRONT)
    bar.controller.look()
    until(qtbot, lambda: list(bar.chooser.tiles) == [FRONT])
    cameras.plug(BACK)
    bar.controller.look()
    until(qtbot, lambda: list(bar.chooser.tiles) == [FRONT, BACK])
    cameras.unplug(FRONT)
    bar.controller.look()
    until(qtbot, lambda: list(bar.chooser.tiles) == [BACK])


def test_thumbnails_come_from_one_camera_at_a_time_and_end_with_the_chooser(
    qtbot: QtBot, live: Live, cameras: FakeCameras, bar: SourceBar
) -> None:
    cameras.plug(FRONT)
    cameras.plug(BACK)
    cameras.broken.add(SIDE.index)
    cameras.plug(SIDE)
    bar.controller.look()
    until(qtbot, lambda: len(bar.controller.cameras) == 3)
    assert cameras.opened == []
    most = []
    bar.controller.thumbnail.connect(lambda camera, image: most.append(len(cameras.open_now)))
    bar.choose()
    until(qtbot, lambda: bar.chooser.tiles[FRONT].has_picture and bar.chooser.tiles[BACK].has_picture)
    until(qtbot, lambda: "another program" in bar.chooser.tiles[SIDE].toolTip())
    assert max(most) == 1
    bar.chooser.hide()
    until(qtbot, lambda: not cameras.open_now)
    opened = len(cameras.opened)
    qtbot.wait(200)
    assert len(cameras.opened) == opened


def test_a_chosen_camera_is_let_go_of_by_its_thumbnail_first(
    qtbot: QtBot, live: Live, cameras: FakeCameras, bar: SourceBar
) -> None:
    cameras.plug(FRONT)
    bar.controller.look()
    until(qtbot, lambda: bool(bar.controller.cameras))
    bar.choose()
    until(qtbot, lambda: bar.chooser.tiles[FRONT].has_picture)
    bar.chooser.tiles[FRONT].click()
    until(qtbot, lambda: running(live, "Front"))
    assert SourceState.FAILED not in [s.state for s in live.statuses]
    assert bar.source_button.text() == "Front"


def test_a_driver_that_does_not_let_go_holds_up_no_other_source(
    qtbot: QtBot, live: Live, cameras: FakeCameras, bar: SourceBar
) -> None:
    cameras.plug(FRONT)
    bar.controller.look()
    until(qtbot, lambda: bool(bar.controller.cameras))
    bar.choose()
    until(qtbot, lambda: bar.chooser.tiles[FRONT].has_picture)
    cameras.stuck.set()
    try:
        run(qtbot, bar, live, str(demo_clip()))
    finally:
        cameras.stuck.clear()


def test_the_running_camera_is_never_opened_for_its_thumbnail(
    qtbot: QtBot, live: Live, cameras: FakeCameras, bar: SourceBar
) -> None:
    cameras.plug(FRONT)
    cameras.plug(BACK)
    bar.controller.look()
    until(qtbot, lambda: len(bar.controller.cameras) == 2)
    run(qtbot, bar, live, "Front")
    cameras.opened.clear()
    bar.choose()
    until(qtbot, lambda: bar.chooser.tiles[FRONT].has_picture and bar.chooser.tiles[BACK].has_picture)
    assert bar.chooser.tiles[FRONT].in_use
    assert set(cameras.opened) == {BACK.index}
    bar.chooser.hide()


def test_what_a_camera_can_do_is_offered_asked_for_and_remembered(
    qtbot: QtBot, live: Live, cameras: FakeCameras, bar: SourceBar
) -> None:
    cameras.plug(FRONT)
    bar.controller.look()
    until(qtbot, lambda: bool(bar.controller.cameras))
    bar.choose()
    until(qtbot, lambda: bool(bar.memory.of(memory_key("Front", [FRONT])).modes))
    bar.chooser.tiles[FRONT].click()
    until(qtbot, lambda: running(live, "Front"))
    assert bar.modes.isVisible()
    menu = bar.modes.menu()
    menu.aboutToShow.emit()
    texts = [a.text() for a in menu.actions()]
    assert "1280 × 720" in texts
    assert "1920 × 1080" not in texts
    next(a for a in menu.actions() if a.text() == "1280 × 720").trigger()
    until(qtbot, lambda: cameras.asked[-1].size_wh == (1280, 720))
    until(qtbot, lambda: running(live, "Front"))
    menu.aboutToShow.emit()
    next(a for a in menu.actions() if a.text() == "15 fps").trigger()
    until(qtbot, lambda: cameras.asked[-1].fps == 15.0)
    assert cameras.asked[-1].size_wh == (1280, 720)
    choice = live.settings.values.source
    assert choice is not None
    assert (choice.device_path, choice.size_wh, choice.fps) == ("/dev/video0", (1280, 720), 15.0)


def test_a_camera_that_does_not_say_what_it_can_do_is_shown_all_the_same(
    qtbot: QtBot, live: Live, cameras: FakeCameras
) -> None:
    asked: list[CameraDescription] = []

    def modes(camera: CameraDescription, stopped: object) -> tuple[Mode, ...]:
        asked.append(camera)
        raise SourceError("it does not answer")

    cameras.plug(FRONT)
    bar = SourceBar(live.session, live.settings, CameraController(modes=modes))
    qtbot.addWidget(bar)
    bar.show()
    until(qtbot, lambda: bool(bar.controller.cameras))
    bar.choose()
    until(qtbot, lambda: asked == [FRONT])
    until(qtbot, lambda: len(cameras.opened) == 2)  # its thumbnail goes on
    assert bar.chooser.tiles[FRONT].has_picture
    assert bar.chooser.tiles[FRONT].toolTip() == "Front"
    bar.close_down()


def test_cameras_start_mirrored_and_what_is_chosen_is_remembered(
    qtbot: QtBot, live: Live, cameras: FakeCameras, bar: SourceBar
) -> None:
    cameras.plug(FRONT)
    bar.controller.look()
    until(qtbot, lambda: bool(bar.controller.cameras))
    run(qtbot, bar, live, "Front")
    assert bar.mirror.isChecked()
    until(qtbot, lambda: not shows_bright_right(live))
    bar.mirror.trigger()
    until(qtbot, lambda: shows_bright_right(live))
    bar.rotate.trigger()
    until(qtbot, lambda: live.pictures[-1].frame_wh == (48, 64))
    until(qtbot, lambda: bar.facts.text().startswith("48 × 64"))
    bar.close_down()
    again = make_bar(live)
    qtbot.addWidget(again)
    try:
        until(qtbot, lambda: bool(again.controller.cameras))
        again.open("Front")
        until(qtbot, lambda: running(live, "Front"))
        assert not again.mirror.isChecked()
        until(qtbot, lambda: live.pictures[-1].frame_wh == (48, 64))
    finally:
        again.close_down()


def test_a_clip_starts_as_it_is(qtbot: QtBot, live: Live, bar: SourceBar) -> None:
    run(qtbot, bar, live, str(demo_clip()))
    assert not bar.mirror.isChecked()


def test_a_lost_camera_is_said_calmly_and_comes_back_by_itself(
    qtbot: QtBot, live: Live, cameras: FakeCameras, bar: SourceBar
) -> None:
    cameras.plug(FRONT)
    bar.controller.look()
    until(qtbot, lambda: bool(bar.controller.cameras))
    run(qtbot, bar, live, "Front")
    cameras.unplug(FRONT)
    until(qtbot, lambda: live.state is SourceState.LOST)
    assert bar.message.isVisible()
    assert "comes back by itself" in bar.message.text()
    assert not bar.again_button.isVisible()
    moved = CameraDescription(6, "Front", "V4L2", "/dev/video6", 0x46D, 0x82D)
    cameras.plug(moved)
    until(qtbot, lambda: live.state is SourceState.RUNNING)
    assert not bar.message.isVisible()
    assert cameras.opened[-1] == 6


def test_a_camera_that_is_asked_for_by_its_number_is_opened_by_its_name(
    qtbot: QtBot, live: Live, cameras: FakeCameras, bar: SourceBar
) -> None:
    cameras.plug(BACK)
    bar.controller.look()
    until(qtbot, lambda: bool(bar.controller.cameras))
    bar.open("2")
    until(qtbot, lambda: running(live, "Back"))
    bar.open("/dev/video2")
    until(qtbot, lambda: len(cameras.opened) == 2 and running(live, "Back"))
    assert cameras.open_now == {2}


@pytest.mark.parametrize(
    ("name", "others", "spec"),
    [
        ("Front", [], "Front"),
        ("Front", ["front"], "0"),
        ("7", [], "0"),
        ("a/b", [], "0"),
        ("cam [1]", [], "0"),
        ("clip.mp4", [], "0"),
        ("synthetic:1x1", [], "0"),
        (" ", [], "0"),
    ],
)
def test_a_camera_is_opened_by_its_name_unless_that_could_mean_something_else(
    name: str, others: list[str], spec: str
) -> None:
    camera = CameraDescription(0, name, "V4L2")
    rest = [CameraDescription(2 + i, other, "V4L2") for i, other in enumerate(others)]
    assert camera_spec(camera, [camera, *rest]) == spec


# memory --------------------------------------------------------------------------------------------------


def test_memory_survives_and_forgets_the_oldest(tmp_path: Path) -> None:
    memory = SourceMemory(tmp_path / "sources.json")
    memory.load()
    memory.change("a", mirror=True, rotate_deg=90, size_wh=(640, 480), fps=15.0, modes=MODES, loop=False)
    memory.save()
    again = SourceMemory(tmp_path / "sources.json")
    again.load()
    assert again.of("a") == View(
        mirror=True, rotate_deg=90, size_wh=(640, 480), fps=15.0, modes=MODES, loop=False
    )
    for i in range(100):
        again.change(str(i), mirror=True)
    assert again.of("a") == View()
    assert again.of("99").mirror is True


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"version": 1, "sources": 3}',
        '{"version": 1, "sources": {"a": {"rotate_deg": 45}}}',
        '{"version": 1, "sources": {"a": {"mirror": "yes"}}}',
        '{"version": 1, "sources": {"a": {"size_wh": [1, -1]}}}',
        '{"version": 1, "sources": {"a": {"modes": [[1, 2]]}}}',
        '{"version": 1, "sources": {"a": {"fps": 1e999}}}',
    ],
)
def test_damaged_memory_counts_as_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "sources.json"
    path.write_text(text, encoding="utf-8")
    memory = SourceMemory(path)
    memory.load()
    assert memory.of("a") == View()


@pytest.mark.parametrize(
    ("spec", "title"),
    [
        ("rtsp://me:pw@10.0.0.7:554/live", "10.0.0.7/live"),
        ("/films/one.mp4", "one.mp4"),
        ("0", "Front"),
        ("synthetic:64x48@30", "64x48@30"),
    ],
)
def test_titles_are_short_and_hide_credentials(spec: str, title: str) -> None:
    assert title_of(spec, [FRONT]) == title


def test_times_are_read_at_a_glance() -> None:
    assert [clock(s) for s in (0, 9.99, 61, 3600, -1, float("nan"))] == [
        "0:00.0",
        "0:09.9",
        "1:01.0",
        "1:00:00.0",
        "0:00.0",
        "0:00.0",
    ]


# as a widget ---------------------------------------------------------------------------------------------


def test_everything_has_a_name_and_is_large_enough(
    qtbot: QtBot, live: Live, cameras: FakeCameras, bar: SourceBar, qapp: object
) -> None:
    theme().follow(qapp)  # type: ignore[arg-type]
    try:
        cameras.plug(FRONT)
        bar.controller.look()
        until(qtbot, lambda: bool(bar.controller.cameras))
        run(qtbot, bar, live, str(demo_clip()))
        bar.choose()
        until(qtbot, bar.playback.isVisible)
        buttons = [b for b in bar.findChildren(QAbstractButton) if b.isVisible()]
        assert len(buttons) >= 12
        for button in buttons:
            assert button.accessibleName() or button.text(), button
            assert button.height() >= 36, button.accessibleName()
            assert button.width() >= 36, button.accessibleName()
            assert button.focusPolicy() & Qt.FocusPolicy.TabFocus, button.accessibleName()
        assert bar.minimumSizeHint().width() <= 480
    finally:
        bar.chooser.hide()
        qapp.setStyleSheet("")  # type: ignore[attr-defined]


def test_a_change_of_language_is_heard(qtbot: QtBot, live: Live, bar: SourceBar) -> None:
    bar.source_button.setText("?")
    bar.again_button.setText("?")
    bar.chooser.way_buttons["demo"].setText("?")
    for widget in (bar, bar.chooser):
        QCoreApplication.sendEvent(widget, QEvent(QEvent.Type.LanguageChange))
    assert bar.source_button.text() == "Choose a source"
    assert bar.again_button.text() == "Try again"
    assert bar.chooser.way_buttons["demo"].text() == "Demo clip"


def test_closing_ends_its_threads(qtbot: QtBot, live: Live, cameras: FakeCameras) -> None:
    before = set(threading.enumerate())
    cameras.plug(FRONT)
    bar = make_bar(live)
    qtbot.addWidget(bar)
    bar.show()
    until(qtbot, lambda: bool(bar.controller.cameras))
    bar.choose()
    until(qtbot, lambda: bar.chooser.tiles[FRONT].has_picture)
    bar.close_down()
    assert [t.name for t in set(threading.enumerate()) - before if t.is_alive()] == []
    assert not cameras.open_now
    assert kind_of("0").value == "camera"


def test_the_stream_dialog_asks_about_certificates_only_where_there_are_some(
    qtbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trust, "_allowed", {})
    dialog = StreamDialog("rtsp://10.0.0.7/live")
    qtbot.addWidget(dialog)
    dialog.show()
    assert not dialog.fingerprint.isVisible()
    assert not dialog.insecure.isVisible()
    dialog.address.setText("rtsps://10.0.0.7/live")
    assert dialog.fingerprint.isVisible()
    dialog.fingerprint.setText("12:34")
    assert not dialog.open_button.isEnabled()
    assert "64" in dialog.hint
    dialog.fingerprint.setText("ab" * 32)
    chosen: list[str] = []
    dialog.chosen.connect(chosen.append)
    dialog.open_button.click()
    assert chosen == ["rtsps://10.0.0.7/live"]
    assert trust._allowed == {("10.0.0.7", 322): Trust(fingerprint=":".join(["AB"] * 32))}


def test_the_stream_dialog_warns_of_taking_any_certificate(qtbot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trust, "_allowed", {})
    dialog = StreamDialog("https://cam/live")
    qtbot.addWidget(dialog)
    dialog.insecure.setChecked(True)
    assert "somebody else" in dialog.hint
    dialog.open_button.click()
    assert trust._allowed == {("cam", 443): Trust(insecure=True)}


def test_the_strip_of_what_was_seen_is_switched_on_and_kept(qtbot: QtBot, live: Live, bar: SourceBar) -> None:
    run(qtbot, bar, live, str(demo_clip()))
    assert not bar.timeline.isVisible()
    bar.playback.timeline.trigger()
    until(qtbot, bar.timeline.isVisible)
    assert live.settings.values.timeline
    playback = live.session.playback
    assert playback is not None
    playback.pause()
    bar.timeline.wanted.emit(9.0)
    until(qtbot, lambda: abs(playback.position_s - 9.0) < 0.1)
    bar.playback.timeline.trigger()
    assert not bar.timeline.isVisible()
    assert not live.settings.values.timeline
