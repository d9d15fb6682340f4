"""One model that runs on the pictures."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication, QEvent, QLocale, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from vision_app.engine.request import ModelRequest
from vision_app.gui.models.chains import chain_word
from vision_app.gui.models.facts import milliseconds, title_of
from vision_app.gui.models.options import Options
from vision_app.gui.models.shelf import Shelf
from vision_app.gui.pieces.icons import icon_button, pixmap, set_icon, tell
from vision_app.gui.pieces.plain import show_plain
from vision_app.gui.pieces.texts import ElidedLabel, Paragraph, set_kind
from vision_app.gui.theme import SPACE_PX, theme
from vision_app.live.status import ModelState, ModelStatus
from vision_app.messages import told
from vision_app.overlay.kinds import known_kinds
from vision_app.runtime import short_provider

_SEND_EVERY_MS = 40
_BADGE_PX = 16
_MODEL_SUFFIX = ".onnx"


def task_word(task: str) -> str:
    """A task in the language of the window."""
    words = {
        "classify": QCoreApplication.translate("Tasks", "classifies"),
        "detect": QCoreApplication.translate("Tasks", "detects"),
        "segment": QCoreApplication.translate("Tasks", "segments"),
        "pose": QCoreApplication.translate("Tasks", "finds poses"),
    }
    return words.get(task) or _word_of_kind(task)


def _word_of_kind(task: str) -> str:
    """What a task gives, for one that a package from elsewhere has brought."""
    for kind in known_kinds():
        if kind.name == task:
            return kind.words.get(QLocale().name().split("_")[0], kind.words["en"])
    return task


class ModelCardWidget(QFrame):
    """Shows a model's state and changes what it is asked for.

    Args:
        shelf: the catalogue.
        parent: Qt's owner.
    """

    wanted = Signal(int, object)
    """Slot of the model, and the `ModelRequest` that it should become."""
    describe_wanted = Signal(int, object)
    """Slot and `ModelRequest` of a file that does not say enough of itself."""
    remove_wanted = Signal(int)
    """Slot of a model that is to be taken off the screen."""
    smaller_wanted = Signal(int)
    """Slot of a model of which a smaller and faster version is to be made."""

    def __init__(self, shelf: Shelf, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shelf = shelf
        self._status: ModelStatus | None = None
        self._names: Mapping[str, str] = {}
        self._unsent: ModelRequest | None = None
        self.setProperty("kind", "card")
        self.setFocusPolicy(
            Qt.FocusPolicy.ClickFocus
        )  # it has the keyboard when it is shown; Tab goes on inside
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.name = ElidedLabel(parent=self, kind="heading", mode=Qt.TextElideMode.ElideMiddle)
        self.facts = ElidedLabel(parent=self, kind="quiet")
        self.speed = ElidedLabel(parent=self, kind="quiet")
        self.shown = icon_button("eye", self)
        self.tune = icon_button("tune", self, checkable=True)
        self.remove = icon_button("close", self)
        self.badge = QWidget(self)
        self._badge_icon, self.badge_text = QLabel(self.badge), ElidedLabel(parent=self.badge, kind="warn")
        self.error = Paragraph(self, kind="bad")
        self._wrong = QWidget(self)
        self.again, self.describe = QPushButton(self._wrong), QPushButton(self._wrong)
        self._options: Options | None = None
        self.smaller = QPushButton(self)
        """Shown under the options of a model that can be had in 8 bits."""
        self.smaller.hide()
        self._lay_out()
        self._sender = QTimer(self)
        self._sender.setSingleShot(True)
        self._sender.setInterval(_SEND_EVERY_MS)
        self._sender.timeout.connect(self._send)
        self.tune.toggled.connect(self._open)
        self.shown.clicked.connect(self._show_or_hide)
        self.remove.clicked.connect(lambda: self.remove_wanted.emit(self.slot))
        self.again.clicked.connect(self._try_again)
        self.describe.clicked.connect(lambda: self.describe_wanted.emit(self.slot, self.request))
        self.smaller.clicked.connect(lambda: self.smaller_wanted.emit(self.slot))
        theme().changed.connect(self._draw_badge)
        self._draw_badge()
        self._translate()

    def _lay_out(self) -> None:
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(self.name)
        names.addWidget(self.facts)
        head = QHBoxLayout()
        head.setSpacing(0)
        head.addLayout(names, 1)
        for button in (self.shown, self.tune, self.remove):
            head.addWidget(button)
        badge = QHBoxLayout(self.badge)
        badge.setContentsMargins(0, 0, 0, 0)
        badge.setSpacing(SPACE_PX // 2)
        badge.addWidget(self._badge_icon)
        badge.addWidget(self.badge_text, 1)
        wrong = QHBoxLayout(self._wrong)
        wrong.setContentsMargins(0, SPACE_PX // 2, SPACE_PX, 0)
        wrong.addStretch(1)
        wrong.addWidget(self.describe)
        wrong.addWidget(self.again)
        column = QVBoxLayout(self)
        column.setContentsMargins(
            SPACE_PX + SPACE_PX // 2, SPACE_PX // 2, SPACE_PX // 2, SPACE_PX + SPACE_PX // 2
        )
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.speed)
        column.addWidget(self.badge)
        column.addWidget(self.error)
        column.addWidget(self._wrong)
        self._column = column

    @property
    def slot(self) -> int:
        """The slot of its model."""
        return -1 if self._status is None else self._status.slot

    @property
    def options(self) -> Options:
        """Its options; made when they are first asked for."""
        if self._options is None:
            self._options = Options(self._shelf, self)
            self._options.setContentsMargins(0, 2 * SPACE_PX, SPACE_PX, 0)
            self._options.hide()
            self._options.changed.connect(self._want)
            self._column.addWidget(self._options)
            below = QHBoxLayout()  # as wide as the options
            below.setContentsMargins(0, 0, SPACE_PX, 0)
            below.addWidget(self.smaller)
            self._column.addLayout(below)
            if self._status is not None:
                self._options.show_status(self._status, self._names)
        return self._options

    @property
    def status(self) -> ModelStatus | None:
        """What it was told last of its model."""
        return self._status

    @property
    def request(self) -> ModelRequest | None:
        """What its model is asked for."""
        return None if self._status is None else self._status.pending or self._status.request

    def show_status(self, status: ModelStatus, names: Mapping[str, str]) -> None:
        """Show where the model stands.

        Args:
            status: the model.
            names: labels in the language of the window.
        """
        self._status = status
        request = self._unsent or status.pending or status.request
        self._show_head(status, request)
        fell = status.fell_back_from
        self.badge.setVisible(fell is not None)
        if fell is not None:
            words = self.tr("Runs on {used}: {wanted} could not be had")
            self.badge_text.setText(
                words.format(used=short_provider(status.provider), wanted=short_provider(fell))
            )
        show_plain(self.error, told(status.error), of=request.reference)
        self.error.setVisible(bool(status.error))
        self._wrong.setVisible(status.state is ModelState.FAILED)
        self.describe.setVisible(request.reference.lower().endswith(_MODEL_SUFFIX))
        self.tune.setEnabled(bool(status.task))
        if not status.task:
            self.tune.setChecked(False)
        self._show_smaller()
        self._names = names
        if self._unsent is None and self._options is not None:
            self._options.show_status(status, names)

    def _show_head(self, status: ModelStatus, request: ModelRequest) -> None:
        entry = self._shelf.entry(status.name)
        title = title_of(entry) if entry is not None else status.name.rsplit("/", 1)[-1].rsplit("\\", 1)[-1]
        self.name.setText(title)
        self.setAccessibleName(title)
        does = chain_word(entry) if entry is not None else ""
        parts = [does or task_word(status.task), short_provider(status.provider)] if status.task else []
        if status.state is ModelState.LOADING or status.pending is not None:
            parts.append(self.tr("loading…"))
        elif status.state is ModelState.FAILED:
            parts = [self.tr("does not run")]
        elif not request.shown:
            parts.append(self.tr("hidden"))
        self.facts.setText(" · ".join(parts))
        speed = ""
        if status.infer_p50_ms is not None and status.infer_p95_ms is not None:
            words = self.tr("{p50} ms a picture, 95 % within {p95} ms")
            if request.sliced:
                words = self.tr("{p50} ms a picture with all its windows, 95 % within {p95} ms")
            speed = words.format(p50=milliseconds(status.infer_p50_ms), p95=milliseconds(status.infer_p95_ms))
        self.speed.setText(speed)
        self.speed.setVisible(bool(speed) and status.state is ModelState.READY)
        set_icon(self.shown, "eye" if request.shown else "eye-off", checked="accent")
        if request.shown:
            tell(
                self.shown,
                self.tr("Hide its results"),
                self.tr("Hide its results; a hidden model does not run"),
            )
        else:
            tell(self.shown, self.tr("Show its results"))

    # what the user wants ---------------------------------------------------------------------------------

    def _want(self, request: ModelRequest) -> None:
        """Ask for it soon: a slider under the hand wants something new with every pixel."""
        self._unsent = request
        if not self._sender.isActive():
            self._sender.start()

    def _send(self) -> None:
        request, self._unsent = self._unsent, None
        if request is not None and self._status is not None:
            self.wanted.emit(self._status.slot, request)

    def _show_or_hide(self) -> None:
        request = self._unsent or self.request
        if request is not None:
            self._unsent = dataclasses.replace(request, shown=not request.shown)
            self._send()

    def _try_again(self) -> None:
        request = self.request
        if request is not None and self._status is not None:
            self.wanted.emit(self._status.slot, request)

    def _open(self, on: bool) -> None:
        if on or self._options is not None:
            self.options.setVisible(on)
        self._show_smaller()
        self._translate()

    def _show_smaller(self) -> None:
        """Offer it where the options are open, and versions of such a model can be compared."""
        status, opened = self._status, self.tune.isChecked()
        if status is None or not opened:
            self.smaller.hide()
            return
        from vision_app.quantise.agreement import MEASURES

        entry = self._shelf.entry(status.name)
        self.smaller.setVisible(status.task in MEASURES and (entry is None or entry.chain is None))

    # look ------------------------------------------------------------------------------------------------

    def _draw_badge(self) -> None:
        drawn = pixmap("warn", theme().colours.warn, _BADGE_PX, self.devicePixelRatioF())
        self._badge_icon.setPixmap(drawn)
        self._badge_icon.setFixedSize(QSize(_BADGE_PX, _BADGE_PX))
        set_kind(self.badge_text, "warn")

    def changeEvent(self, event: QEvent) -> None:
        """Speak another language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def _translate(self) -> None:
        if self._status is not None:
            self._show_head(self._status, self._unsent or self._status.pending or self._status.request)
        tell(
            self.shown, self.tr("Show its results"), self.tr("Show its results; a hidden model does not run")
        )
        tell(self.tune, self.tr("Options"))
        tell(self.remove, self.tr("Take off the screen"))
        self.again.setText(self.tr("Try again"))
        self.smaller.setText(self.tr("Make it smaller and faster…"))
        self.smaller.setToolTip(self.tr("A version in 8 bits, compared with this one on your own pictures"))
        self.describe.setText(self.tr("Describe…"))
        self.describe.setToolTip(
            self.tr("Say what the file does not say of itself, and keep it in the catalogue")
        )
