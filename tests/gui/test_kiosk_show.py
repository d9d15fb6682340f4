"""The whole show in this process: stations, invitation, placeholder screens, blur, a source that comes and goes."""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

import vision_app
from tests.clips import constant, write_clip
from tests.hand_clip import moved, write_frames
from tests.mjpeg_server import MjpegServer
from tests.movement_model import write_waver
from tests.tiny_models import colour_model, constant_model, write_card
from tests.unit.test_cuts import write_scenes
from vision_app import runtime
from vision_app.gui.kiosk import show as module
from vision_app.gui.kiosk.show import Show
from vision_app.gui.session import Session
from vision_app.kiosk.heartbeat import EXIT_BY_PIN, EXIT_FRESH_START
from vision_app.kiosk.pin import PinGate, hash_pin
from vision_app.kiosk.programme import Programme, load_programme
from vision_app.kiosk.texts import said
from vision_app.live.status import Picture

WAIT_MS = 20_000


class Clock:
    """Real time, and what is added to it."""

    def __init__(self) -> None:
        self.more_s = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.more_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`colours` tells red from green and blue; `finder` always finds one person in the middle."""
    folder = tmp_path_factory.mktemp("models")
    colour_model(folder, "colours")
    boxes = np.array([[[8, 8, 24, 24, 0.9, 0]]], np.float32)
    path = constant_model(folder / "finder.onnx", boxes)
    write_card(
        path,
        task="detect",
        output={"layout": "yolo-end2end", "activation": "none"},
        labels=["person", "dog"],
    )
    return folder


@pytest.fixture
def make(tmp_path: Path, models: Path, clock: Clock, qtbot: QtBot) -> Iterator[Callable[..., Show]]:
    """Makes shows of programmes, and ends them."""
    shows: list[Show] = []

    def start(
        *stations: str, source: str = "synthetic:640x360@30", top: str = "", sections: str = "", **more: int
    ) -> Show:
        # the ceiling is that of a process of its own; this one has run other tests before
        whole = f'max_memory_mb = 1000000\npin = "{hash_pin("2468")}"'
        texts = [f"source = {source!r}", whole, top, sections]
        for number, station in enumerate(stations or ("models = ['colours.onnx']",)):
            texts.append(f"[[station]]\ntitle = {{ en = 'Number {number}', ko = '{number}번' }}\n{station}")
        path = models / "kiosk.toml"
        path.write_text("\n".join(texts), encoding="utf-8")
        programme: Programme = load_programme(path)
        gate = PinGate(programme.pin, tmp_path / "pin.json")
        show = Show(programme, Session(), gate, clock=clock, **more)
        shows.append(show)
        show.begin()
        return show

    yield start
    for show in shows:
        show.end()
        show.window.pad.close_pad()
        show.window.deleteLater()
        show.deleteLater()


def wait(qtbot: QtBot, condition: Callable[[], object]) -> None:
    qtbot.waitUntil(lambda: bool(condition()), timeout=WAIT_MS)


def on_station(show: Show, number: int) -> bool:
    scene = show._scene
    return show.window.screen_shown is show.stage and scene is not None and scene.station == number


@pytest.mark.parametrize("on", [True, False])
def test_the_gate_of_the_file_reaches_the_session(
    make: Callable[..., Show], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, on: bool
) -> None:
    asked: list[bool] = []
    monkeypatch.setattr(Session, "set_gate", lambda _, *, on: asked.append(on))
    make(top=f"gate = {str(on).lower()}")
    assert asked == [on]


def test_a_station_with_its_title_picture_and_results(make: Callable[..., Show], qtbot: QtBot) -> None:
    show = make()
    wait(qtbot, lambda: on_station(show, 0) and show.stage.picture.picture is not None)
    wait(qtbot, lambda: show.stage.rows.rows)
    assert show.stage.title.accessibleName() == "Number 0. 0번"
    assert {row.label for row in show.stage.rows.rows} <= {"red", "green", "blue"}
    picture = show.stage.picture.picture
    assert picture is not None
    room = show.window.device_size(show.stage.picture_room)
    assert picture.image.shape[1] in (room.width(), picture.image.shape[1])
    assert picture.image.shape[0] <= room.height()
    beat = show.beat()
    assert beat.wanted
    assert beat.pictures == show.pictures > 0


def test_beside_a_new_scene_no_row_is_of_the_last(
    make: Callable[..., Show], qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real clip with cuts, a real model that does not see every frame: what stands beside each picture."""
    run = runtime.Session.run
    monkeypatch.setattr(runtime.Session, "run", lambda *a, **k: (time.sleep(0.05), run(*a, **k))[1])
    red, blue = (0, 0, 255), (255, 0, 0)
    path = write_scenes(tmp_path / "scenes.mp4", [red, blue] * 4, 24)
    show = make(source=str(path))
    seen: list[tuple[str, tuple[str, ...]]] = []

    def note(picture: Picture) -> None:
        if on_station(show, 0):
            mean = picture.image.mean(axis=(0, 1))
            rows = tuple(row.label for row in show.stage.rows.rows)
            assert picture.scene is not None or not rows
            seen.append(("red" if mean[2] > mean[0] else "blue", rows))

    show._session.picture.connect(note)
    wait(qtbot, lambda: sum(bool(rows) for _, rows in seen) >= 150)
    assert {scene for scene, rows in seen if rows} == {"red", "blue"}
    assert [one for one in seen if one[1] and one[1][0] != one[0]] == []
    other = {"red": "blue", "blue": "red"}
    assert [one for one in seen if other[one[0]] in one[1]] == []


def test_stations_follow_each_other_and_a_key_skips(
    make: Callable[..., Show], qtbot: QtBot, clock: Clock
) -> None:
    show = make(*["models = ['colours.onnx']\nseconds = 60"] * 3)
    wait(qtbot, lambda: on_station(show, 0))
    clock.more_s += 61
    show.presence.touched()
    wait(qtbot, lambda: on_station(show, 1))
    clock.more_s += 1
    QTest.keyClick(show.window, Qt.Key.Key_Space)
    wait(qtbot, lambda: on_station(show, 2))
    wait(qtbot, lambda: len(show._session.model_statuses()) == 1)
    clock.more_s += 1
    QTest.mouseClick(show.window, Qt.MouseButton.LeftButton, pos=show.window.rect().center())
    wait(qtbot, lambda: on_station(show, 0))


def test_the_invitation_when_nobody_is_there_and_the_start_when_somebody_comes(
    make: Callable[..., Show], qtbot: QtBot, tmp_path: Path
) -> None:
    cv2.imwrite(str(tmp_path / "still.png"), np.full((90, 160, 3), 120, np.uint8))
    station = "models = ['colours.onnx']"
    show = make(station, station, source=str(tmp_path / "still.png"), top="idle_s = 2", first_station=1)
    wait(qtbot, lambda: on_station(show, 1))
    wait(qtbot, lambda: show.window.screen_shown is show.attract)
    wait(qtbot, lambda: not show._session.model_statuses())
    QTest.keyClick(show.window, Qt.Key.Key_Space)
    wait(qtbot, lambda: on_station(show, 0))
    wait(qtbot, lambda: show.stage.rows.rows)


def test_the_clip_behind_the_invitation(make: Callable[..., Show], qtbot: QtBot, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "still.png"), np.full((90, 160, 3), 120, np.uint8))
    show = make(source=str(tmp_path / "still.png"), top="idle_s = 2", sections="[attract]\npicture = 'clip'")
    wait(qtbot, lambda: show.window.screen_shown is show.attract)
    wait(qtbot, lambda: show.attract._picture is not None and show.attract._picture.frame_wh == (1280, 720))
    QTest.keyClick(show.window, Qt.Key.Key_Space)
    wait(qtbot, lambda: on_station(show, 0))
    assert show._clip is None


def test_without_a_camera_the_shipped_clip_is_shown(make: Callable[..., Show], qtbot: QtBot) -> None:
    show = make(source="no such camera")
    wait(qtbot, lambda: on_station(show, 0) and show.stage.picture.picture is not None)
    assert show.fallback.on_fallback


def test_over_the_shipped_clip_stations_and_the_invitation_take_turns_and_nothing_is_asked_of_visitors(
    make: Callable[..., Show], qtbot: QtBot, clock: Clock
) -> None:
    asks = "models = ['colours.onnx']\nseconds = 30\nsubtitle = { en = 'To the camera!', ko = '카메라에!' }"
    show = make(asks, asks, source="no such camera.mp4")
    wait(qtbot, lambda: on_station(show, 0) and show.fallback.on_fallback)
    wait(qtbot, lambda: "A recorded film" in show.stage.title.accessibleName())
    assert "To the camera!" not in show.stage.title.accessibleName()
    clock.more_s += 31
    wait(qtbot, lambda: on_station(show, 1))
    clock.more_s += 30
    wait(qtbot, lambda: show.window.screen_shown is show.attract)
    clock.more_s += 21
    wait(qtbot, lambda: show.window.screen_shown is show.stage)
    clock.more_s += 61
    wait(qtbot, lambda: show.window.screen_shown is show.attract)
    show.window.touched.emit()
    wait(qtbot, lambda: show.window.screen_shown is show.stage)


def test_without_a_camera_and_a_clip_there_is_a_placeholder_screen_until_it_comes(
    make: Callable[..., Show], qtbot: QtBot, clock: Clock, tmp_path: Path
) -> None:
    clip = tmp_path / "late.mp4"
    show = make(source=str(clip), top="fallback = 'none'")
    wait(qtbot, lambda: show.window.screen_shown is show.placeholder and show.placeholder.text == "no-camera")
    assert not show.beat().wanted, "nothing to show is no hang"
    write_clip(tmp_path / "soon.mp4", constant(60))
    (tmp_path / "soon.mp4").rename(clip)
    clock.more_s += 20
    wait(qtbot, lambda: on_station(show, 0))


@pytest.mark.slow
def test_a_stream_that_is_lost_and_comes_back(make: Callable[..., Show], qtbot: QtBot) -> None:
    with MjpegServer(size_wh=(320, 180)) as server:
        show = make(source=server.url, top="fallback = 'none'")
        wait(qtbot, lambda: on_station(show, 0) and show.stage.picture.picture is not None)
        server.kill()
        wait(
            qtbot,
            lambda: show.window.screen_shown is show.placeholder and show.placeholder.text == "no-camera",
        )
        assert not show.beat().wanted
        server.start()
        wait(qtbot, lambda: on_station(show, 0) and show.stage.picture.picture is not None)
        assert show.beat().wanted


def test_a_model_that_is_gone_is_a_short_break(make: Callable[..., Show], qtbot: QtBot, clock: Clock) -> None:
    show = make("models = ['gone.onnx']\nseconds = 600", "models = ['colours.onnx']")
    wait(qtbot, lambda: on_station(show, 0))
    wait(qtbot, lambda: show.stage.rows.instead == said("no-model", ("en", "ko")))
    clock.more_s += 9
    show.presence.touched()
    wait(qtbot, lambda: on_station(show, 1))
    wait(qtbot, lambda: show.stage.rows.rows)


def pixels(show: Show) -> np.ndarray:
    picture = show.stage.picture.picture
    assert picture is not None
    return picture.image[:, :, :3]


def roughness(image: np.ndarray) -> float:
    """How much neighbouring pixels differ: large in noise, next to nothing in what was blurred."""
    return float(np.abs(np.diff(image.astype(int), axis=1)).mean())


@pytest.fixture
def noise(tmp_path: Path) -> str:
    """A picture in which every spot shows whether it was blurred."""
    path = tmp_path / "noise.png"
    cv2.imwrite(str(path), np.random.default_rng(1).integers(0, 256, (360, 640, 3), np.uint8))
    return str(path)


@pytest.mark.parametrize("blur", ["off", "all", "surroundings"])
def test_the_blur_reaches_the_screen(make: Callable[..., Show], qtbot: QtBot, blur: str, noise: str) -> None:
    """`finder` sees one person from a quarter to three quarters of the picture, across and down."""
    section = f"[privacy]\nblur = '{blur}'"
    show = make("models = ['finder.onnx']\noverlay = false", source=noise, sections=section)
    wait(qtbot, lambda: on_station(show, 0) and show.stage.rows.rows)
    clear = {"off": (True, True), "all": (False, False), "surroundings": (True, False)}[blur]

    def seen() -> tuple[bool, bool]:
        image = pixels(show)
        height, width = image.shape[:2]
        middle = image[height * 3 // 8 : height * 5 // 8, width * 3 // 8 : width * 5 // 8]
        return roughness(middle) > 10, roughness(image[: height // 8]) > 10

    wait(qtbot, lambda: show.stage.picture.picture is not None and seen() == clear)
    qtbot.wait(300)
    assert seen() == clear


def test_a_blur_without_a_detector_shows_nobody(make: Callable[..., Show], qtbot: QtBot, noise: str) -> None:
    section = "[privacy]\nblur = 'others'"
    show = make("models = ['colours.onnx']\noverlay = false", source=noise, sections=section)
    wait(qtbot, lambda: on_station(show, 0) and show.stage.rows.rows)
    assert roughness(pixels(show)) < 10
    assert "Only the person in front" in show.stage.foot.accessibleName()


def test_the_pin_ends_it(make: Callable[..., Show], qtbot: QtBot) -> None:
    show = make()
    wait(qtbot, lambda: on_station(show, 0))
    show.window.open_pad()
    QTest.keyClicks(show.window, "2468")
    with qtbot.waitSignal(show.leave) as told:
        QTest.keyClick(show.window, Qt.Key.Key_Return)
    assert told.args == [EXIT_BY_PIN]


def test_it_starts_afresh_between_two_stations(
    make: Callable[..., Show], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    show = make(*["models = ['colours.onnx']"] * 2)
    wait(qtbot, lambda: on_station(show, 0))
    monkeypatch.setattr(module, "held_mb", lambda: 1_000_001)
    qtbot.wait(300)
    assert on_station(show, 0), "not in the middle of one"
    with qtbot.waitSignal(show.leave) as told:
        QTest.keyClick(show.window, Qt.Key.Key_Space)
    assert told.args == [EXIT_FRESH_START]


def test_the_mirror_is_for_cameras_only(
    make: Callable[..., Show], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    turned: list[tuple[bool, int]] = []
    monkeypatch.setattr(
        Session, "orient", lambda _, *, mirror, rotate_deg: turned.append((mirror, rotate_deg))
    )
    show = make(top="rotate = 90")
    wait(qtbot, lambda: on_station(show, 0))
    assert turned == [(True, 90)]
    other = make(source="no such camera", top="rotate = 90")
    wait(qtbot, lambda: on_station(other, 0))
    assert turned[1:] == [(False, 0)]


def test_nothing_in_the_kiosk_can_store_a_picture() -> None:
    """Of the live core's ways to write, none is named anywhere in the kiosk."""
    package = Path(vision_app.__file__).parent
    files = [*(package / "kiosk").glob("*.py"), *(package / "gui" / "kiosk").glob("*.py")]
    assert len(files) > 20
    forbidden = {
        "record",
        "log_results",
        "snapshot",
        "imwrite",
        "save",
        "grab",
        "toImage",
        "requests",
        "urlopen",
        "socket",
    }
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = {
                *([node.attr] if isinstance(node, ast.Attribute) else []),
                *(
                    [alias.name for alias in node.names]
                    if isinstance(node, ast.Import | ast.ImportFrom)
                    else []
                ),
            }
            assert not names & forbidden, f"{file.name}: {names & forbidden}"


def test_a_station_shows_where_its_model_looks(make: Callable[..., Show], qtbot: QtBot) -> None:
    show = make("models = ['sketch-cnn']\nexplain = 'cam'", "models = ['sketch-cnn']")
    picture = show.stage.picture
    qtbot.waitUntil(lambda: picture.map is not None, timeout=WAIT_MS)
    assert picture.map is not None
    assert picture.map.method == "cam"
    assert picture.map.frame_wh == (640, 360)
    show.insight._controller.outdated.emit()
    assert picture.map is None
    qtbot.waitUntil(lambda: picture.map is not None, timeout=WAIT_MS)
    show.scheduler.skip()
    show.tick()
    assert picture.map is None  # the next station shows none, and pays for none
    model = show._session.loaded_model(show._slots[0])
    assert model is None or model.watch is None


def test_over_a_new_scene_lies_no_map_of_the_last(
    make: Callable[..., Show], qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = runtime.Session.run
    monkeypatch.setattr(runtime.Session, "run", lambda *a, **k: (time.sleep(0.05), run(*a, **k))[1])
    path = write_scenes(tmp_path / "scenes.mp4", [(0, 0, 255), (255, 0, 0)] * 4, 24)
    show = make("models = ['sketch-cnn']\nexplain = 'cam'", source=str(path))
    made: dict[int, tuple[str, object]] = {}
    seen: list[tuple[str, str]] = []

    def colour_of(image: np.ndarray) -> str:
        mean = image.mean(axis=(0, 1))
        return "red" if mean[2] > mean[0] else "blue"

    def note(picture: Picture) -> None:
        found = show.stage.picture.map
        if found is not None:
            seen.append((colour_of(picture.image), made[id(found)][0]))

    show.insight._controller.seen.connect(
        lambda _, view, thing: made.__setitem__(id(thing), (colour_of(view.image), thing))
    )
    show._session.picture.connect(note)
    wait(qtbot, lambda: len(seen) >= 100)
    assert {own for _, own in seen} == {"red", "blue"}
    assert [one for one in seen if one[0] != one[1]] == []


def test_lessons_play_by_themselves(make: Callable[..., Show], qtbot: QtBot) -> None:
    show = make(
        "models = ['sketch-vit']\nlesson = 'attention'",
        "models = ['sketch-vit']\nlesson = 'sliding'",
        "models = ['sketch-vit']\nlesson = 'depth'",
        "models = ['sketch-vit']\nlesson = 'memory'",
    )
    lesson = show.stage.lesson
    qtbot.waitUntil(lambda: lesson._head is not None, timeout=WAIT_MS)
    assert lesson.isVisible()
    assert not show.stage.rows.isVisible()
    token = lesson._head.token if lesson._head is not None else -1
    qtbot.waitUntil(lambda: lesson._head is not None and lesson._head.token != token, timeout=WAIT_MS)
    for name in ("sliding", "depth", "memory"):
        qtbot.waitUntil(show.scheduler.skip, timeout=WAIT_MS)
        qtbot.waitUntil(lambda name=name: lesson.name == name, timeout=WAIT_MS)
        before = lesson.step
        qtbot.waitUntil(lambda before=before: lesson.step > before, timeout=WAIT_MS)
        assert not lesson.grab().isNull()


def test_a_map_that_the_model_cannot_have_is_found_when_the_file_is_checked(models: Path) -> None:
    from vision_app.kiosk.checking import check_programme

    path = models / "kiosk.toml"
    text = "[[station]]\ntitle = {{ en = 'A', ko = '가' }}\nmodels = ['sketch-cnn']\n{}\n"
    for line in ("explain = 'rollout'", "lesson = 'attention'"):
        path.write_text(text.format(line), encoding="utf-8")
        found = [f for f in check_programme(load_programme(path)) if f.forbids]
        assert len(found) == 1
        assert "has no attention inside" in found[0].text
        assert "kiosk.toml line 4" in found[0].text
    path.write_text(text.format("explain = 'cam'"), encoding="utf-8")
    assert not [f for f in check_programme(load_programme(path)) if f.forbids]


def test_a_station_filters_its_pictures_and_the_next_does_not(
    make: Callable[..., Show], qtbot: QtBot, clock: Clock
) -> None:
    colours = "models = ['colours.onnx']\nseconds = 60\noverlay = false"
    show = make(f"{colours}\nfilters = ['threshold:0']", colours)

    def is_white() -> bool | None:
        picture = show.stage.picture.picture
        return None if picture is None else bool((picture.image[..., :3] == 255).all())

    wait(qtbot, lambda: on_station(show, 0) and is_white() is True)
    clock.more_s += 61
    show.presence.touched()
    wait(qtbot, lambda: on_station(show, 1) and is_white() is False)


def test_a_movement_takes_visitors_to_the_next_station(
    make: Callable[..., Show], models: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    write_waver(models / "waver.onnx")
    images = moved(lambda t: 110 * np.sin(2 * np.pi * 1.25 * (t - 0.8)) if 0.8 <= t <= 2 else 0.0, 3.0)
    clip = write_frames(tmp_path / "wave.mp4", images)
    show = make(
        "models = ['waver.onnx']\nskip_on = 'wave'\nseconds = 80000",
        "models = ['colours.onnx']\nseconds = 80000",
        source=str(clip),
    )
    wait(qtbot, lambda: on_station(show, 0))
    seen: list[tuple[str, str]] = []

    def moved_on() -> bool:
        seen.extend((row.label, row.figure) for row in show.stage.rows.rows)
        return on_station(show, 1)

    wait(qtbot, moved_on)
    assert ("wave", "✓") in seen, "visitors see that they were understood"
