"""What the numbers say about the chosen step: under the mouse, as a histogram, and what the chain costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from vision_app.gui.filters.controller import FilterController
from vision_app.gui.filters.histogram import Histogram
from vision_app.gui.filters.lens import Lens
from vision_app.gui.filters.reading import histogram, otsu_value, read_at
from vision_app.gui.pieces.background import Background
from vision_app.gui.pieces.texts import set_kind
from vision_app.gui.session import Session
from vision_app.gui.theme import SPACE_PX
from vision_app.messages import spoken

if TYPE_CHECKING:
    from vision_app.filters.filtered import Filtered

_EVERY_MS = 100
_THRESHOLDS = ("threshold", "otsu", "adaptive")


class Numbers(QWidget):
    """Looks ten times a second while it is seen; what takes time is counted in a thread."""

    threshold_wanted = Signal(int)
    """The line in the histogram was dragged there."""

    def __init__(
        self,
        session: Session,
        controller: FilterController,
        background: Background,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._controller, self._background = session, controller, background
        self._chosen = 0
        self._pointed: tuple[float, float] | None = None
        self._counted: Filtered | None = None
        self._counting = False
        self.histogram, self.lens, self.cost = Histogram(self), Lens(self), QLabel(self)
        set_kind(self.cost, "quiet")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_PX)
        for widget in (self.cost, self.histogram, self.lens):
            column.addWidget(widget)
        self.histogram.value_wanted.connect(self.threshold_wanted)
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def choose(self, number: int) -> None:
        """Speak of another step of the chain."""
        self._chosen, self._counted = number, None
        self.look()

    def point(self, place: tuple[float, float] | None) -> None:
        """Speak of another place of the shown picture, as shares; None for none."""
        self._pointed = place
        if self.isVisible():
            self._show_numbers(self._session.filtered)

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()

    def look(self) -> None:
        """Show the numbers of the newest picture."""
        if not self.isVisible():
            return
        filtered = self._session.filtered
        self._show_numbers(filtered)
        self._show_histogram(filtered)
        spent = (
            ""
            if filtered is None
            else self.tr("{ms} ms a picture").format(ms=f"{1000 * filtered.spent_s:.1f}")
        )
        self.cost.setText(spent)

    def _done_number(self, filtered: Filtered) -> int | None:
        """The chosen step among those that were done."""
        steps = self._controller.bench.chain.steps
        if self._controller.working_on != 0 or self._chosen >= len(steps) or not steps[self._chosen].on:
            return None
        number = sum(step.on for step in steps[: self._chosen])
        return number if number < len(filtered.steps) else None

    def _show_numbers(self, filtered: Filtered | None) -> None:
        number = None if filtered is None else self._done_number(filtered)
        if filtered is None or number is None or self._pointed is None:
            self.lens.show_reading(None)
            return
        x, y = self._pointed
        if self._controller.bench.view == "beside":
            x, y = 2 * x, 2 * (y - 0.25)
        width, height = filtered.frame.size_wh
        reading = read_at(filtered, number, int(x * width), int(y * height)) if x >= 0 and y >= 0 else None
        self.lens.show_reading(reading, filtered.steps[number].operation.title.of(spoken()))

    def _show_histogram(self, filtered: Filtered | None) -> None:
        number = None if filtered is None else self._done_number(filtered)
        if filtered is None or number is None or filtered.steps[number].operation.name not in _THRESHOLDS:
            self.histogram.hide()
            return
        self.histogram.show()
        if filtered is self._counted or self._counting:
            return
        self._counted, self._counting = filtered, True
        step, image = filtered.steps[number], filtered.stages[number]
        name, fixed = step.operation.name, step.values.get("value")

        def count() -> tuple[NDArray[np.float64], int | None]:
            counts = histogram(image)
            return counts, otsu_value(counts) if name == "otsu" else None

        def show(found: tuple[NDArray[np.float64], int | None]) -> None:
            self._counting = False
            value = fixed if isinstance(fixed, int) else found[1]
            self.histogram.show_counts(found[0], value, movable=name == "threshold")

        self._background.run(count, show)
