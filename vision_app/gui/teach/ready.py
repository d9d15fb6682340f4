"""The large button below the classes: it trains, or says what is missing before that can be."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from vision_app.gui.pieces.texts import ElidedButton
from vision_app.gui.theme import TARGET_PX
from vision_app.samples.sample import SampleClass

FEWEST = 2
"""Samples of a class without which nothing is trained: one to learn from, one to check with."""
FEW = 10
GOOD = 20
"""From so many on a class is well known; fewer than `FEW` are too few."""


class ReadyButton(ElidedButton):
    """Starts the training once there is something to be trained on."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setStyleSheet("text-align: center")
        self.setProperty("kind", "primary")
        self.setMinimumHeight(TARGET_PX + TARGET_PX // 2)

    def show_classes(self, classes: Sequence[SampleClass]) -> None:
        """Say how these stand; movements are trained on the page of the training."""
        pictures = [c for c in classes if not c.movement]
        missing = self._missing(pictures)
        self.setToolTip(missing)
        self.setText(
            missing or self.tr("Train on {count} samples").format(count=sum(c.count for c in pictures))
        )
        self.setEnabled(not missing)

    def _missing(self, classes: Sequence[SampleClass]) -> str:
        if len(classes) < FEWEST:
            return (
                self.tr("To train: a second class is missing")
                if classes
                else self.tr("To train: add two classes")
            )
        lacking = [c for c in classes if c.count < FEWEST]
        if not lacking:
            return ""
        words = self.tr("To train: “{name}” lacks samples")
        if len(lacking) > 1:
            words = self.tr("To train: “{name}” and {count} more lack samples")
        return words.format(name=lacking[0].label, count=len(lacking) - 1)
