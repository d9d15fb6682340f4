"""Frames that a live model was unsure of: off by default, a digit names one, then it is a sample."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from vision_app.gui.session import Session
from vision_app.gui.teach.controller import TeachController
from vision_app.gui.teach.doubt_box import DoubtBox, DoubtDialog
from vision_app.results.values import Classification

UNSURE = Classification("mine", np.array([0.5, 0.4, 0.1], np.float32), ("a", "b", "c"))


@pytest.fixture
def controller(qtbot: QtBot, tmp_path: Path) -> Iterator[TeachController]:
    session = Session()
    found = TeachController(session)
    with qtbot.waitSignal(found.store_changed, timeout=60_000):
        found.open_store(tmp_path / "samples")
    assert found.store is not None
    for label in ("cup", "pen"):
        found.store.add_class(label)
    yield found
    found.close()
    session.close()


def test_a_digit_names_a_frame_and_delete_forgets_one(qtbot: QtBot, controller: TeachController) -> None:
    frames = controller.doubts.frames
    box = DoubtBox(controller)
    qtbot.addWidget(box)
    assert not frames.on
    assert not box.name.isEnabled()
    box.collect.setChecked(True)
    assert frames.offer(np.full((40, 60, 3), 80, np.uint8), UNSURE)
    frames._taken_s = -1e9  # the next moment
    assert frames.offer(np.full((40, 60, 3), 160, np.uint8), UNSURE)
    box.look()
    assert (box.name.text(), box.name.isEnabled()) == ("Name 2…", True)
    dialog = DoubtDialog(controller)
    qtbot.addWidget(dialog)
    dialog.show()
    assert not dialog.train.isEnabled()
    QTest.keyClick(dialog, Qt.Key.Key_Delete)
    assert len(frames) == 1
    store = controller.store
    assert store is not None
    assert len(store.samples()) == 0
    QTest.keyClick(dialog, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: len(store.samples()) == 1, timeout=60_000)
    assert store.samples()[0].label == "pen"
    assert (len(frames), dialog.named, dialog.train.isEnabled()) == (0, 1, True)


def test_only_models_that_were_taught_here_are_asked(controller: TeachController) -> None:
    from vision_app.results.values import Frame

    controller.doubts.frames.switch(True)
    frame = Frame(np.full((40, 60, 3), 80, np.uint8), 0, 0.0)
    controller.doubts.offer(frame, (UNSURE,))
    assert len(controller.doubts.frames) == 0


def test_what_is_no_better_is_rolled_back_and_told(
    qtbot: QtBot, controller: TeachController, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import cv2

    from tests.tiny_classifiers import coloured, grid_model
    from vision_app.cards.lookup import find_model
    from vision_app.gui.teach.jobs import Jobs
    from vision_app.learn.options import TrainingOptions
    from vision_app.learn.training import Trainer
    from vision_app.samples.dataset import open_samples
    from vision_app.samples.sample import NewSample

    monkeypatch.setenv("VISION_APP_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("VISION_APP_CACHE", str(tmp_path / "cache"))
    store = controller.store
    assert store is not None
    for label, colour in (("cup", "red"), ("pen", "blue")):
        for i in range(12):
            image = coloured(colour, i)
            data = cv2.imencode(".png", image)[1].tobytes()
            store.add(NewSample(label, f"session {i % 4}", data, ".png", image))
    base = find_model(str(grid_model(tmp_path)))
    options = TrainingOptions(epochs=5, learn_from_all="never")
    for _ in range(2):
        Trainer(open_samples(store.folder), base, "mine", options).run()
    jobs = Jobs(controller)
    try:
        said: list[str] = []
        jobs.told.connect(said.append)
        with qtbot.waitSignal(jobs.rolled_back, timeout=60_000) as back:
            jobs.keep_if_better("mine", 1, 2)
        assert back.args == ["mine", 1]
        assert "version 1 stays in use" in said[0]
    finally:
        jobs.close()
