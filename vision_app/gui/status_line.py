"""The line below everything: the last notice, the rates, and where the models run."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from vision_app.gui.meter import Meter, Moment, provider_is_wrong
from vision_app.gui.pieces.plain import show_plain
from vision_app.gui.pieces.texts import ElidedLabel, set_kind
from vision_app.gui.session import Session
from vision_app.gui.theme import SPACE_PX
from vision_app.live.status import ModelState, ModelStatus
from vision_app.runtime import short_provider

_SHOWN_MS = 20_000


class StatusLine(QStatusBar):
    """Always tells the truth about the speed, in a few words."""

    speed_wanted = Signal()
    """Somebody wants to know more."""

    def __init__(self, session: Session, meter: Meter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models: tuple[ModelStatus, ...] = ()
        self._moment: Moment | None = None
        self.setSizeGripEnabled(False)
        self.notices = ElidedLabel(parent=self)
        self.rates, self.provider = QLabel(self), QLabel(self)
        self.notices.setContentsMargins(SPACE_PX, 0, 0, 0)
        self.addWidget(self.notices, 1)
        for label in (self.rates, self.provider):
            label.setContentsMargins(SPACE_PX, 0, SPACE_PX, 0)
            self.addPermanentWidget(label)
        self._forget = QTimer(self)
        self._forget.setSingleShot(True)
        self._forget.setInterval(_SHOWN_MS)
        self._forget.timeout.connect(self.notices.clear)
        session.notice.connect(self.say)
        session.models.connect(self._show_models)
        meter.told.connect(self._told)

    def say(self, text: str) -> None:
        """Show a notice for a while, or until the next one."""
        show_plain(self.notices, text)
        self._forget.start()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on the figures leads to the speed panel."""
        if event.position().x() >= self.rates.x():
            self.speed_wanted.emit()
        super().mouseReleaseEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._show_models(self._models)
            if self._moment is not None:
                self._told(self._moment)
        super().changeEvent(event)

    def _told(self, moment: Moment) -> None:
        self._moment = moment
        if moment.painted_fps <= 0:
            text = ""
        elif moment.figures.inferred_fps > 0:
            text = self.tr("{shown} pictures/s · {inferred} inferred/s · {age} ms old").format(
                shown=f"{moment.painted_fps:.0f}",
                inferred=f"{moment.figures.inferred_fps:.0f}",
                age=f"{moment.age_p50_ms:.0f}",
            )
        else:
            text = self.tr("{shown} pictures/s · {age} ms old").format(
                shown=f"{moment.painted_fps:.0f}", age=f"{moment.age_p50_ms:.0f}"
            )
        if text != self.rates.text():
            self.rates.setText(text)

    def _show_models(self, models: tuple[ModelStatus, ...]) -> None:
        self._models = models
        running = [model for model in models if model.state is ModelState.READY and model.provider]
        wrong = [model for model in running if provider_is_wrong(model)]
        names = dict.fromkeys(short_provider(model.provider) for model in wrong or running)
        self.provider.setText(("⚠ " if wrong else "") + ", ".join(names))
        set_kind(self.provider, "warn" if wrong else "")
        if wrong:
            wanted = short_provider(wrong[0].fell_back_from or wrong[0].request.provider)
            tip = self.tr("{wanted} was asked for; see the speed panel").format(wanted=wanted)
        else:
            tip = self.tr("Where the models run")
        self.provider.setToolTip(tip)
        self.provider.setAccessibleDescription(tip)
