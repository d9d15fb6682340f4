"""Movements in the teach panel: a class of them, held, counted down, marked on a clip, kept between."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.gui.live_parts import Live
from tests.gui.test_teach_panel import add_classes, live, models, panel, store_of, until  # noqa: F401  # fixtures
from tests.hand_clip import moved, write_frames
from tests.movement_examples import movement, new
from tests.sample_pictures import new_sample
from vision_app.gui.teach.panel import TeachPanel
from vision_app.live.status import SourceState
from vision_app.results.movements import Movements
from vision_app.samples.movements import open_movements, read_movement
from vision_app.samples.sample import new_movement
from vision_app.sequences.recorded import Recorded
from vision_app.temporal.options import TRAINING


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    images = moved(lambda t: 100 * np.sin(4 * t), 3.0, 15)
    return write_frames(tmp_path_factory.mktemp("clip") / "hand.mp4", images, 15)


def play(live: Live, qtbot: QtBot, clip: Path) -> None:  # noqa: F811
    live.session.open(str(clip))
    until(qtbot, lambda: live.state is SourceState.RUNNING and bool(live.pictures))
    assert live.session.playback is not None
    live.session.playback.set_loop(True)


def add_movement(panel: TeachPanel, qtbot: QtBot, label: str) -> None:  # noqa: F811
    panel.capture.classes.movement.setChecked(True)
    panel.capture.classes.name.setText(label)
    QTest.keyClick(panel.capture.classes.name, Qt.Key.Key_Return)
    until(qtbot, lambda: label in [row.label for row in panel.capture.classes.rows])
    panel.window().view.setFocus()  # type: ignore[attr-defined]


def test_a_movement_is_made_while_its_key_is_held(
    panel: TeachPanel,  # noqa: F811
    live: Live,  # noqa: F811
    qtbot: QtBot,
    clip: Path,
) -> None:
    assert panel.capture.movements.isHidden()
    play(live, qtbot, clip)
    add_movement(panel, qtbot, "wave")
    until(qtbot, lambda: not panel.capture.movements.isHidden())
    assert panel.capture.rate.isHidden(), "there is no class of pictures"
    taking = panel.controller.movements
    view = panel.window().view  # type: ignore[attr-defined]
    QTest.keyPress(view, Qt.Key.Key_1)
    until(qtbot, lambda: taking.progress.phase == "recording" and taking.progress.seconds > 0.4)
    until(qtbot, panel.overlay.isVisible)
    QTest.keyRelease(view, Qt.Key.Key_1)
    until(qtbot, lambda: len(store_of(panel)) == 1)
    until(qtbot, lambda: panel.capture.classes.rows[0].count.text() == "1")
    until(qtbot, lambda: not panel.overlay.isVisible())
    (sample,) = open_movements(store_of(panel).folder).samples
    recorded = read_movement(sample.path)
    assert recorded.seen > 0.8
    assert recorded.duration_s == pytest.approx(0.5, abs=0.35)
    assert "wave: 1 kept" in panel.capture.movements.state.text()


def test_what_is_no_movement_is_told(panel: TeachPanel, live: Live, qtbot: QtBot) -> None:  # noqa: F811
    live.session.open("synthetic:320x240@30")
    until(qtbot, lambda: bool(live.pictures))
    add_movement(panel, qtbot, "wave")
    hold = panel.capture.classes.rows[0].hold
    QTest.mousePress(hold, Qt.MouseButton.LeftButton)
    until(qtbot, lambda: panel.controller.movements.progress.seconds > 0.3)
    QTest.mouseRelease(hold, Qt.MouseButton.LeftButton)
    until(qtbot, lambda: "nothing of hands was seen" in panel.message.text())
    assert len(store_of(panel)) == 0


def test_in_and_out_points_of_a_clip(
    panel: TeachPanel,  # noqa: F811
    live: Live,  # noqa: F811
    qtbot: QtBot,
    clip: Path,
) -> None:
    play(live, qtbot, clip)
    add_movement(panel, qtbot, "wave")
    box = panel.capture.movements
    until(qtbot, lambda: not box.marks.isHidden())
    playback = live.session.playback
    assert playback is not None
    playback.pause()

    def stand_at(seconds: float) -> None:
        playback.seek(seconds)

        def there() -> bool:
            newest = live.session.newest()
            return newest is not None and abs((newest[0].position_s or 0) - seconds) < 0.1

        until(qtbot, there)

    stand_at(0.5)
    QTest.mouseClick(box.mark_in, Qt.MouseButton.LeftButton)
    assert not box.take.isEnabled()
    stand_at(1.5)
    QTest.mouseClick(box.mark_out, Qt.MouseButton.LeftButton)
    assert box.mark_out.text().startswith("Out 1.")
    assert box.take.isEnabled()
    box.take_span("wave")
    until(qtbot, lambda: len(store_of(panel)) == 1 and not panel.jobs.running)
    assert not box.take.isEnabled()
    (sample,) = open_movements(store_of(panel).folder).samples
    assert read_movement(sample.path).duration_s == pytest.approx(1.0, abs=0.15)
    assert sample.session == "hand.mp4"


def test_what_lies_between_and_the_class_for_it(
    panel: TeachPanel,  # noqa: F811
    live: Live,  # noqa: F811
    qtbot: QtBot,
    clip: Path,
) -> None:
    play(live, qtbot, clip)
    add_movement(panel, qtbot, "wave")
    panel.capture.movements.idle.setChecked(True)
    until(qtbot, lambda: store_of(panel).idle == "idle")
    until(qtbot, lambda: "(between)" in panel.capture.classes.rows[-1].name.text())
    panel.capture.movements.idle.setChecked(False)


def test_a_countdown_can_be_begun_and_ended(
    panel: TeachPanel,  # noqa: F811
    live: Live,  # noqa: F811
    qtbot: QtBot,
    clip: Path,
) -> None:
    play(live, qtbot, clip)
    add_movement(panel, qtbot, "wave")
    box = panel.capture.movements
    until(qtbot, box.turns.isEnabled)
    QTest.mouseClick(box.turns, Qt.MouseButton.LeftButton)
    until(qtbot, lambda: panel.controller.movements.progress.phase == "countdown")
    until(qtbot, lambda: box.turns.text() == "Stop" and panel.overlay.isVisible())
    QTest.mouseClick(box.turns, Qt.MouseButton.LeftButton)
    until(qtbot, lambda: box.turns.text() == "Count down" and not panel.overlay.isVisible())


def test_movements_stand_among_the_samples(panel: TeachPanel, qtbot: QtBot) -> None:  # noqa: F811
    add_classes(panel, qtbot, "cup")
    panel.controller.change(lambda store: store.add_many([new("wave", 1), new("wave", 2)]))
    until(qtbot, lambda: [row.label for row in panel.capture.classes.rows] == ["cup", "wave"])
    assert not panel.capture.rate.isHidden()
    assert panel.capture.movements.base.currentData() == "hands"
    panel.show_samples("wave")
    assert panel.dialog is not None
    dialog = panel.dialog
    until(qtbot, lambda: len(dialog.pictures.cells) == 2)
    panel.jobs.look_for_lookalikes()
    until(qtbot, lambda: not panel.jobs.running)
    assert panel.message.text() == ""


def test_movements_are_trained_and_run_on_the_picture(
    panel: TeachPanel,  # noqa: F811
    live: Live,  # noqa: F811
    qtbot: QtBot,
    clip: Path,
) -> None:
    play(live, qtbot, clip)
    page = panel.training
    assert page.movements.isHidden()
    kinds = ("circle", "wave", "rest")
    news = [new(kind, number, f"{kind}-{number}") for kind in kinds for number in range(5)]
    panel.controller.change(lambda store: (store.add_many(news), store.set_background("rest")))
    until(qtbot, lambda: page.movements.active)
    assert page.base.isHidden() or not page.base.isVisibleTo(page)
    page.movements.head.setCurrentIndex(page.movements.head.findData("mlp"))
    page.name.setText("moves")
    page.start()
    assert panel.controller.is_training
    until(qtbot, lambda: not panel.controller.is_training)
    assert page.problem.text() == ""
    assert page.result is not None
    until(qtbot, lambda: any(s.task == "movement" for s in live.session.model_statuses()))
    until(
        qtbot,
        lambda: any(
            isinstance(r, Movements) for _, results in [live.session.newest() or (None, ())] for r in results
        ),
    )
    panel.tabs.setCurrentIndex(2)
    panel.result.set_model("moves")
    panel.result.evaluate()
    until(qtbot, lambda: "movements right" in panel.message.text())


def test_all_heads_are_compared_on_the_same_movements(panel: TeachPanel, qtbot: QtBot) -> None:  # noqa: F811
    page = panel.training
    kinds = ("circle", "wave", "rest")
    news = [new(kind, number, f"{kind}-{number}") for kind in kinds for number in range(5)]
    panel.controller.change(lambda store: (store.add_many(news), store.set_background("rest")))
    until(qtbot, lambda: page.movements.active)
    panel.tabs.setCurrentIndex(1)
    page.movements.compare.click()
    dialog = panel.heads
    assert dialog is not None
    dialog.start_button.click()
    until(qtbot, lambda: bool(dialog.rows) or not dialog.running)
    dialog.start_button.click()
    until(qtbot, lambda: not dialog.running)
    stopped = [row.kind for row in dialog.rows]
    assert stopped[0] == "mlp" and len(stopped) < 5, "it was stopped between two epochs"
    dialog._options = replace(dialog._options, training=replace(TRAINING, epochs=3))
    dialog.start_button.click()
    until(qtbot, lambda: not dialog.running)
    names = [dialog.table.item(row, 0).text() for row in range(dialog.table.rowCount())]
    assert names == ["MLP", "CNN", "GRU", "LSTM", "Transformer"]
    for column, unit in enumerate(("%", "", "s", "ms"), 1):
        assert dialog.table.item(4, column).text().endswith(unit)
    dialog.measure.setCurrentIndex(1)
    assert [words for _, _, words in dialog.plot._bars] == [
        dialog.table.item(row, 2).text() for row in range(5)
    ]
    assert dialog.state.text().startswith("Held out: 3 movements")
    dialog.start_button.click()
    dialog.close_button.click()
    until(qtbot, lambda: panel.heads is None)


def test_what_cannot_be_compared_is_said(panel: TeachPanel, qtbot: QtBot) -> None:  # noqa: F811
    panel.controller.change(lambda store: store.add_many([new("wave", 1)]))
    until(qtbot, lambda: panel.training.movements.active)
    dialog = panel.show_heads()
    assert dialog is not None
    dialog.start_button.click()
    until(qtbot, lambda: not dialog.running)
    assert dialog.state.text() and not dialog.rows
    assert dialog.start_button.isEnabled()
    features = panel.training.movements.features
    features.setCurrentIndex(features.findData("body"))
    assert panel.show_heads() is dialog
    dialog.start_button.click()
    until(qtbot, lambda: not dialog.running)
    assert "body" in dialog.state.text(), "what is chosen now is what is learnt from"


def test_pictures_are_still_trained_where_there_are_both(panel: TeachPanel, qtbot: QtBot) -> None:  # noqa: F811
    page = panel.training
    panel.controller.change(lambda store: store.add_many([new("wave", 1), new_sample("cup", 2)]))
    until(qtbot, lambda: not page.movements.isHidden())
    assert not page.movements.active
    assert page.base.isVisibleTo(page)
    page.movements.what.setCurrentIndex(1)
    assert page.movements.active
    assert not page.base.isVisibleTo(page)
    assert not page.settings.isVisibleTo(page)


def test_what_is_looked_at_goes_on_as_in_the_store(panel: TeachPanel, qtbot: QtBot) -> None:  # noqa: F811
    one = movement("wave")
    both = Recorded(one.times_s, {**one.tracks, "body": np.zeros((len(one), 133), np.float32)})
    panel.controller.change(lambda store: store.add(new_movement("wave", "one", both)))
    until(qtbot, lambda: panel.capture.movements.base.currentData() == "hands+body")
