"""A smaller and faster version of a model, made from its card in the window."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from tests import tiny_models
from tests.gui.live_parts import Live, live_parts
from tests.gui.test_model_panel import make_panel, ready, run, until
from tests.unit.test_quantise import small_network
from vision_app.cancelling import check
from vision_app.cards.lookup import MODELS_VARIABLE
from vision_app.errors import SourceError
from vision_app.gui.models import calibration
from vision_app.gui.models.calibration import NewFrames, of_running, of_samples
from vision_app.gui.models.card import ModelCardWidget
from vision_app.gui.models.panel import ModelPanel
from vision_app.gui.models.quantise_dialog import QuantiseDialog
from vision_app.live.status import SourceState
from vision_app.quantise.frames import Samples
from vision_app.quantise.watching import Watch
from vision_app.results.values import Frame


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Models with one network, a folder of 16 pictures, and a folder of its own for files in between."""
    for name in ("models", "pictures", "scratch"):
        (tmp_path / name).mkdir()
    tiny_models.write_card(small_network(tmp_path / "models" / "small.onnx"))
    rng = np.random.default_rng(4)
    for i in range(16):
        cv2.imwrite(str(tmp_path / "pictures" / f"{i:02}.png"), rng.integers(0, 256, (48, 64, 3), np.uint8))
    monkeypatch.setenv(MODELS_VARIABLE, str(tmp_path / "models"))
    monkeypatch.setenv("VISION_APP_SAMPLES", str(tmp_path / "samples"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    monkeypatch.setattr(calibration, "FRAMES", 8)
    return tmp_path


@pytest.fixture
def live(place: Path, qtbot: QtBot) -> Iterator[Live]:
    with live_parts(place) as parts:
        yield parts


@pytest.fixture
def panel(live: Live, place: Path, qtbot: QtBot) -> Iterator[ModelPanel]:
    made = make_panel(live, place, qtbot)
    yield made
    made.close_down()


def opened(qtbot: QtBot, panel: ModelPanel, place: Path) -> QuantiseDialog:
    """The dialog of a card, with the folder of pictures chosen and any agreement good enough."""
    card = run(qtbot, panel, "small")
    card.tune.setChecked(True)
    QTest.mouseClick(card.smaller, Qt.MouseButton.LeftButton)
    dialog = panel.smaller.dialog
    assert dialog is not None
    assert dialog.isVisible()
    dialog.use_folder(str(place / "pictures"))
    dialog.agreement.setValue(50)
    return dialog


def finish(qtbot: QtBot, dialog: QuantiseDialog) -> None:
    dialog.start_button.click()
    assert dialog.quantising.running
    until(qtbot, lambda: not dialog.quantising.running)


def names(place: Path) -> list[str]:
    return sorted(p.stem for p in (place / "models").glob("*.onnx"))


def left_over(place: Path) -> list[Path]:
    return list((place / "scratch").iterdir())


# the whole way -------------------------------------------------------------------------------------------


def test_a_version_is_made_shown_and_another_one_is_taken_with_a_click(
    qtbot: QtBot, panel: ModelPanel, place: Path
) -> None:
    dialog = opened(qtbot, panel, place)
    assert not dialog.instead.isEnabled()
    finish(qtbot, dialog)
    assert names(place) == ["small", "small-int8"]
    assert len(dialog.versions) == dialog.table.rowCount() == 2
    taken = [dialog.table.item(row, 4).text() for row in range(2)]
    assert sorted(taken) == ["", "taken"]
    file, other = place / "models" / "small-int8.onnx", taken.index("")
    assert file.read_bytes() == dialog.versions[1 - other].path.read_bytes()
    assert "small-int8 is among your models" in dialog.state.text()
    until(qtbot, lambda: panel.shelf.entry("small-int8") is not None)
    click = dialog.curve.place(other)
    QTest.mouseClick(dialog.curve, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, click)
    until(qtbot, lambda: not dialog.quantising.running)
    assert file.read_bytes() == dialog.versions[other].path.read_bytes()
    assert dialog.table.item(other, 4).text() == "taken"
    assert dialog.made is not None
    assert len(dialog.made.in_float) == len(dialog.versions[other].in_float)


@pytest.mark.parametrize("instead", [True, False], ids=["instead", "beside"])
def test_what_was_made_runs_with_what_the_original_was_asked_for(
    qtbot: QtBot, panel: ModelPanel, place: Path, instead: bool
) -> None:
    dialog = opened(qtbot, panel, place)
    card = panel.cards[0]
    assert card.request is not None
    card.wanted.emit(0, card.request.changed({"top_k": 2}))
    finish(qtbot, dialog)
    kept = dialog.quantising._versions  # or the collector would delete them, in whatever thread
    (dialog.instead if instead else dialog.beside).click()
    assert panel.smaller.dialog is None
    wanted = {("small-int8", 2)} | (set() if instead else {("small", 2)})

    def asked() -> set[tuple[str, int]]:
        requests = (c.request for c in panel.cards.values() if c.request is not None)
        return {(r.reference, r.options.top_k) for r in requests}

    until(qtbot, lambda: asked() == wanted and ready(panel))
    until(qtbot, lambda: left_over(place) == [])
    del kept


def test_a_goal_that_none_reaches_is_one_line_and_a_point_can_be_taken_all_the_same(
    qtbot: QtBot, panel: ModelPanel, place: Path
) -> None:
    dialog = opened(qtbot, panel, place)
    dialog.goal.setCurrentIndex(dialog.goal.findData("speed"))
    assert dialog.speed.isVisible()
    assert not dialog.agreement.isVisible()
    dialog.speed.setValue(10)
    finish(qtbot, dialog)
    assert names(place) == ["small"]
    assert "is 10 times as fast" in dialog.state.text()
    assert "--" not in dialog.state.text()
    assert not dialog.instead.isEnabled()
    dialog.take(0)
    until(qtbot, lambda: not dialog.quantising.running)
    assert names(place) == ["small", "small-int8"]
    assert dialog.instead.isEnabled()


def test_not_worth_it_is_said(qtbot: QtBot, panel: ModelPanel, place: Path) -> None:
    """A network of 6 channels at 32 x 32 has little to gain, but that is for the measurement to say."""
    dialog = opened(qtbot, panel, place)
    finish(qtbot, dialog)
    assert dialog.made is not None
    assert ("Not worth it" in dialog.state.text()) is not dialog.made.worth_it


@pytest.mark.parametrize("name", ["small", "../evil"])
def test_a_name_that_will_not_do_is_one_line(qtbot: QtBot, panel: ModelPanel, place: Path, name: str) -> None:
    dialog = opened(qtbot, panel, place)
    dialog.name.setText(name)
    finish(qtbot, dialog)
    assert name in dialog.state.text()
    assert "\n" not in dialog.state.text()
    assert "--" not in dialog.state.text()
    assert names(place) == ["small"]
    assert dialog.name.isEnabled()


def test_the_folder_has_to_be_chosen_first(qtbot: QtBot, panel: ModelPanel, place: Path) -> None:
    dialog = opened(qtbot, panel, place)
    dialog._folder = None
    dialog.start_button.click()
    assert not dialog.quantising.running
    assert "folder" in dialog.state.text()
    dialog.pictures.activated.emit(dialog.pictures.currentIndex())
    (asked,) = dialog.findChildren(QFileDialog)
    asked.fileSelected.emit(str(place / "pictures"))
    asked.close()
    finish(qtbot, dialog)
    assert names(place) == ["small", "small-int8"]


# stopped -------------------------------------------------------------------------------------------------


class Held:
    """Pictures that do not come until they are let go, or the work is called off."""

    def __init__(self) -> None:
        self.began = threading.Event()

    def __call__(self, watch: Watch) -> Samples:
        self.began.set()
        while True:
            check()
            threading.Event().wait(0.01)


def held(qtbot: QtBot, panel: ModelPanel, place: Path) -> QuantiseDialog:
    """A dialog whose work goes on until it is called off."""
    dialog = opened(qtbot, panel, place)
    pictures = Held()
    dialog._sources = {**dialog._sources, "running": pictures}
    dialog.pictures.setCurrentIndex(dialog.pictures.findData("running"))
    dialog.start_button.click()
    until(qtbot, pictures.began.is_set)
    return dialog


def test_stop_ends_the_work_and_the_dialog_is_ready_again(
    qtbot: QtBot, panel: ModelPanel, place: Path
) -> None:
    dialog = held(qtbot, panel, place)
    assert dialog.start_button.text() == "Stop"
    dialog.start_button.click()
    until(qtbot, lambda: not dialog.quantising.running)
    assert dialog.state.text() == ""
    dialog.use_folder(str(place / "pictures"))
    finish(qtbot, dialog)
    assert names(place) == ["small", "small-int8"]


def test_closing_while_it_runs_asks_and_then_calls_it_off(
    qtbot: QtBot, panel: ModelPanel, place: Path
) -> None:
    dialog = held(qtbot, panel, place)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    assert dialog.question.isVisible()
    dialog.go_on.click()
    assert dialog.quantising.running
    assert not dialog.question.isVisible()
    dialog.close()
    assert dialog.isVisible()
    dialog.stop.click()
    assert not dialog.isVisible()
    assert panel.smaller.dialog is None
    until(qtbot, lambda: left_over(place) == [])
    assert names(place) == ["small"]


def test_the_end_of_the_window_ends_it(qtbot: QtBot, panel: ModelPanel, place: Path) -> None:
    dialog = held(qtbot, panel, place)
    panel.close_down()
    assert not dialog.isVisible()
    assert names(place) == ["small"]


def test_one_dialog_at_a_time(qtbot: QtBot, panel: ModelPanel, place: Path) -> None:
    dialog = opened(qtbot, panel, place)
    panel.make_smaller(0)
    assert panel.smaller.dialog is dialog


# which models, which pictures ----------------------------------------------------------------------------


def test_only_models_whose_versions_can_be_compared_are_offered(
    qtbot: QtBot, panel: ModelPanel, place: Path
) -> None:
    vector = np.ones((1, 8), np.float32)
    embeds = tiny_models.constant_model(place / "models" / "vector.onnx", vector)
    tiny_models.write_card(embeds, task="embed", output={"layout": "vector"}, labels=["x"])
    cards: dict[str, ModelCardWidget] = {name: run(qtbot, panel, name) for name in ("small", "vector")}
    for card in cards.values():
        assert not card.smaller.isVisible()
        card.tune.setChecked(True)
    assert cards["small"].smaller.isVisible()
    assert not cards["vector"].smaller.isVisible()


def test_without_a_source_its_frames_are_none(live: Live) -> None:
    with pytest.raises(SourceError, match="no source runs"):
        of_running(live.session)(Watch())


def test_frames_of_a_clip_come_from_all_over_it_turned_as_they_are_shown(
    qtbot: QtBot, live: Live, place: Path
) -> None:
    live.session.open(str(place / "pictures"))
    until(qtbot, lambda: live.state in (SourceState.RUNNING, SourceState.ENDED))
    live.session.orient(mirror=False, rotate_deg=90)
    samples = of_running(live.session)(Watch())
    assert (len(samples.calibration), len(samples.held_out)) == (8, 8)
    wanted = cv2.rotate(cv2.imread(str(place / "pictures" / "00.png")), cv2.ROTATE_90_CLOCKWISE)
    np.testing.assert_array_equal(samples.calibration[0], wanted)


def test_frames_of_a_live_source_are_those_that_come_now_and_each_once(
    qtbot: QtBot, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration, "SECONDS", 0.5)
    live.session.open("synthetic:64x48@60")
    until(qtbot, lambda: bool(live.pictures))
    samples = of_running(live.session)(Watch())
    taken = [image.tobytes() for part in (samples.calibration, samples.held_out) for image in part]
    assert len(taken) == len(set(taken)) == 16


def test_a_picture_that_stands_still_is_taken_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration, "_SILENCE_S", 0.05)
    frame = Frame(np.zeros((4, 4, 3), np.uint8), 3, 0.0)
    frames = NewFrames(lambda: (frame, ()))
    assert frames() is frame
    assert frames() is None
    assert NewFrames(lambda: None)() is None


def test_taught_samples_of_all_classes_are_taken_alike(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for label, grey, count in (("a", 20, 40), ("b", 200, 8)):
        folder = place / "taught" / label
        folder.mkdir(parents=True)
        for i in range(count):
            cv2.imwrite(str(folder / f"{i}.png"), np.full((16, 16, 3), grey + i, np.uint8))
    steps: list[tuple[int, int]] = []
    samples = of_samples(place / "taught")(Watch(step=lambda *step: steps.append(step)))
    means = [float(image.mean()) for part in (samples.calibration, samples.held_out) for image in part]
    assert len(means) == len(set(means)) == 16
    assert sum(mean >= 200 for mean in means) == 2
    assert steps[-1] == (16, 16)
