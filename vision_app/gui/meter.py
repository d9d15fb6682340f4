"""Asks the session how fast it all is, a few times a second, for everybody who shows it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal

from vision_app.gui.session import Session
from vision_app.gui.view import LiveView
from vision_app.live.status import Figures, ModelState, ModelStatus
from vision_app.runtime import short_provider

_EVERY_MS = 250
_KEPT = 240


@dataclass(frozen=True, slots=True)
class Moment:
    """How fast it all is at one moment.

    Attributes:
        figures: what the live core says.
        painted_fps: pictures that the window painted a second.
        age_p50_ms: age of a frame when it had been painted, median, milliseconds.
        age_p95_ms: its 95th percentile.
    """

    figures: Figures
    painted_fps: float
    age_p50_ms: float
    age_p95_ms: float


class Meter(QObject):
    """Tells a `Moment` four times a second, and keeps the last minute."""

    told = Signal(object)

    def __init__(self, session: Session, view: LiveView) -> None:
        super().__init__(view)
        self._session = session
        self._view = view
        self.history: deque[Moment] = deque(maxlen=_KEPT)
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self.measure)
        self._timer.start()

    @property
    def view(self) -> LiveView:
        """The picture whose paintings are counted."""
        return self._view

    def measure(self) -> None:
        """Ask now."""
        ages = self._view.ages
        moment = Moment(
            self._session.figures(),
            self._view.rate.per_second(),
            1000 * ages.recent_percentile(0.5),
            1000 * ages.recent_percentile(0.95),
        )
        self.history.append(moment)
        self.told.emit(moment)

    def stop(self) -> None:
        """Ask no more."""
        self._timer.stop()


_AUTO = ("auto", "")


def provider_is_wrong(model: ModelStatus) -> bool:
    """Whether a model runs elsewhere than where it was asked to."""
    if model.state is not ModelState.READY or not model.provider:
        return False
    if model.fell_back_from:
        return True
    wanted = model.request.provider
    if wanted in _AUTO:
        return False
    return short_provider(wanted).casefold() != short_provider(model.provider).casefold()
