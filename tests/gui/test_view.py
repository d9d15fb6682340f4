"""The picture is painted pixel for pixel, and says what it has to say."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from vision_app.gui.dropping import what_was_dropped
from vision_app.gui.session import Session
from vision_app.gui.theme import LIGHT
from vision_app.gui.view import LiveView
from vision_app.gui.words import words_for
from vision_app.live.status import Listener, Picture, SourceState, SourceStatus


class Core:
    """The part of the live core that the view speaks to."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.views: list[tuple[int, int]] = []

    def set_view(self, size_wh: tuple[int, int]) -> None:
        self.views.append(size_wh)

    def close(self) -> None:
        pass


@pytest.fixture
def session() -> Iterator[Session]:
    made = Session(make=Core)  # type: ignore[arg-type]
    yield made
    made.close()
    made.deleteLater()


@pytest.fixture
def view(session: Session, qtbot: QtBot) -> LiveView:
    made = LiveView(session)
    qtbot.addWidget(made)
    made.resize(400, 300)
    made.show()
    return made


def noise(width: int, height: int, seed: int = 0) -> np.ndarray:
    image = np.random.default_rng(seed).integers(0, 256, (height, width, 4), np.uint8)
    image[:, :, 3] = 255
    return image


def show(session: Session, image: np.ndarray, index: int = 0, age_s: float | None = None) -> None:
    session.picture.emit(Picture(image, index, (1280, 720), time.perf_counter(), age_s))


def pixels(view: LiveView) -> np.ndarray:
    grabbed = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    lines = np.frombuffer(grabbed.constBits(), np.uint8)
    shaped = lines.reshape(grabbed.height(), grabbed.bytesPerLine() // 4, 4)[:, : grabbed.width()]
    return shaped.copy()  # the memory goes with the image


@pytest.mark.parametrize("size_wh", [(400, 225), (401, 225), (33, 300), (400, 300)], ids=str)
def test_every_pixel_is_where_it_belongs(view: LiveView, session: Session, size_wh: tuple[int, int]) -> None:
    if size_wh[0] > 400:
        view.resize(401, 301)
    image = noise(*size_wh)
    show(session, image)
    seen = pixels(view)
    left, top = (seen.shape[1] - size_wh[0]) // 2, (seen.shape[0] - size_wh[1]) // 2
    inside = seen[top : top + size_wh[1], left : left + size_wh[0]]
    assert (inside[:, :, :3] == image[:, :, :3]).all()
    surround = QColor(LIGHT.surround)
    if top:
        assert (seen[:top, :, :3] == (surround.blue(), surround.green(), surround.red())).all()
    if left:
        assert (seen[:, :left, :3] == (surround.blue(), surround.green(), surround.red())).all()


def test_a_picture_of_the_old_size_fills_the_area_until_the_next_comes(
    view: LiveView, session: Session
) -> None:
    show(session, noise(200, 100))
    rect = view.picture_rect()
    assert (rect.width(), rect.height()) == (400, 200)


def test_the_array_is_shared_and_kept_alive(view: LiveView, session: Session) -> None:
    image = noise(400, 300)
    expected = image.copy()
    show(session, image)
    del image
    np.random.default_rng(1).integers(0, 256, 5_000_000)  # whatever was freed is used again
    assert (pixels(view)[:, :, :3] == expected[:, :, :3]).all()


def test_the_session_is_told_the_size_of_the_area(view: LiveView, session: Session) -> None:
    view.resize(500, 333)
    ratio = view.devicePixelRatioF()
    assert session._live.views[-1] == (round(500 * ratio), round(333 * ratio))  # type: ignore[attr-defined]


def test_ages_count_each_picture_once(view: LiveView, session: Session) -> None:
    show(session, noise(400, 300), 5)
    view.grab()
    view.grab()
    assert view.ages.count == 1
    show(session, noise(400, 300), 6)
    view.grab()
    assert view.ages.count == 2
    assert 0 <= view.ages.recent_percentile(1.0) < 60


def test_old_results_are_said_to_be_old(view: LiveView, session: Session) -> None:
    image = np.zeros((300, 400, 4), np.uint8)
    for age_s, said in ((None, False), (0.1, False), (2.0, True)):
        show(session, image, age_s=age_s)
        assert pixels(view)[:, :, :3].any() == said, age_s


@pytest.mark.parametrize(
    ("state", "running", "dimmed", "title"),
    [
        (SourceState.EMPTY, "", False, True),
        (SourceState.OPENING, "", True, True),
        (SourceState.OPENING, "clip", False, False),
        (SourceState.FAILED, "", True, True),
        (SourceState.FAILED, "clip", False, False),
        (SourceState.LOST, "0", True, True),
        (SourceState.RUNNING, "0", False, False),
        (SourceState.PAUSED, "clip", False, False),
        (SourceState.ENDED, "clip", False, False),
    ],
)
def test_words_for_every_state(state: SourceState, running: str, dimmed: bool, title: bool) -> None:
    status = SourceStatus(state, "0", message="why it is so", running_id=running)
    words = words_for(status, has_picture=bool(running))
    assert words.dimmed == dimmed
    assert bool(words.title) == title
    if state in (SourceState.FAILED, SourceState.LOST) and title:
        assert words.text == "why it is so"


def test_a_lost_camera_darkens_its_last_picture_and_comes_back(view: LiveView, session: Session) -> None:
    image = np.full((300, 400, 4), 200, np.uint8)
    show(session, image)
    running = SourceStatus(SourceState.RUNNING, "0", running_id="0")
    session.source.emit(running)
    assert (pixels(view)[:5, :, :3] == 200).all()
    session.source.emit(SourceStatus(SourceState.LOST, "0", message="unplugged", running_id="0"))
    corner = pixels(view)[:5, :, :3]
    assert (corner < 120).all()
    assert (corner > 0).all()
    assert "unplugged" in view.accessibleDescription()
    session.source.emit(running)
    assert (pixels(view)[:5, :, :3] == 200).all()


def mime(*, url: str = "", text: str = "") -> QMimeData:
    data = QMimeData()
    if url:
        data.setUrls([QUrl(url)])
    if text:
        data.setText(text)
    return data


@pytest.mark.parametrize(
    ("data", "spec", "is_model"),
    [
        ({"url": "file:///films/one.mp4"}, "/films/one.mp4", False),
        ({"url": "file:///m/Own.ONNX"}, "/m/Own.ONNX", True),
        ({"url": "rtsp://host/live"}, "rtsp://host/live", False),
        ({"url": "http://host/model.onnx"}, "http://host/model.onnx", False),
        ({"text": "rtsp://host/live"}, "rtsp://host/live", False),
        ({"text": "just words"}, None, False),
        ({"url": "ftp://host/x"}, None, False),
        ({"text": "rtsp://host/a\nrtsp://host/b"}, None, False),
    ],
    ids=str,
)
def test_what_is_dropped(data: dict[str, str], spec: str | None, is_model: bool) -> None:
    dropped = what_was_dropped(mime(**data))
    if spec is None:
        assert dropped is None
    else:
        assert dropped is not None
        assert (dropped.spec, dropped.is_model) == (spec, is_model)


def drop(view: LiveView, data: QMimeData) -> bool:
    where, action = QPoint(50, 50), Qt.DropAction.CopyAction
    none, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    with warnings.catch_warnings():  # Qt wants nobody but itself to make one
        warnings.simplefilter("ignore", DeprecationWarning)
        enter = QDragEnterEvent(where, action, data, left, none)
    enter.ignore()
    view.dragEnterEvent(enter)
    view.grab()  # what is painted while it hovers must not fail
    view.dropEvent(QDropEvent(QPointF(where), action, data, left, none, QEvent.Type.Drop))
    return enter.isAccepted()


def test_a_dropped_film_is_a_source_and_a_dropped_network_a_model(view: LiveView, tmp_path: Path) -> None:
    sources: list[str] = []
    models: list[str] = []
    view.source_dropped.connect(sources.append)
    view.model_dropped.connect(models.append)
    assert drop(view, mime(url=(tmp_path / "a b.mp4").as_uri()))
    assert drop(view, mime(url=(tmp_path / "net.onnx").as_uri()))
    assert not drop(view, mime(text="hello"))
    assert sources == [str(tmp_path / "a b.mp4")]
    assert models == [str(tmp_path / "net.onnx")]


def test_a_double_click_asks_for_the_full_screen(view: LiveView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(view.full_screen_wanted, timeout=20_000):
        QTest.mouseDClick(view, Qt.MouseButton.LeftButton)
