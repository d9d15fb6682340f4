"""The training page knows landmarks as a base, and proposes them while hands are in the picture."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.gui.test_teach_panel import live, models, panel, until  # noqa: F401  # fixtures
from vision_app.gui.teach.panel import TeachPanel
from vision_app.results.skeletons import named_skeleton
from vision_app.results.values import Detections, Keypoints


def found(name: str, count: int) -> Keypoints:
    skeleton = named_skeleton(name)
    boxes = np.zeros((count, 4), np.float32)
    detections = Detections(
        name, boxes, np.ones(count, np.float32), np.zeros(count, np.int64), ("left hand",)
    )
    return Keypoints(detections, np.zeros((count, len(skeleton), 3), np.float32), skeleton)


@pytest.fixture
def page(panel: TeachPanel, qtbot: QtBot):  # noqa: F811
    until(qtbot, lambda: panel.training.base.findData("hands") >= 0)
    return panel.training


def test_landmarks_are_bases(page) -> None:
    for base in ("hands", "body", "face"):
        page.base.setCurrentIndex(page.base.findData(base))
        assert page.base.currentData() == base


def test_hands_in_the_picture_are_proposed_until_taken(page) -> None:
    for results, seen in (((), False), ((found("body-33", 1),), False), ((found("hand-21", 0),), False)):
        page.show_results(results)
        assert page.propose.isHidden() is not seen
    page.show_results((found("hand-21", 1),))
    assert not page.propose.isHidden()
    QTest.mouseClick(page.propose, Qt.MouseButton.LeftButton)
    assert page.base.currentData() == "hands"
    page.show_results((found("hand-21", 1),))
    assert page.propose.isHidden()
