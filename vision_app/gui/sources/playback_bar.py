"""Controls of what has a beginning and an end: play, step, seek, speed, loop."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QActionGroup, QHideEvent, QKeyEvent, QMouseEvent, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QToolButton,
    QWidget,
)

from vision_app.gui.pieces.icons import icon_button, set_icon, tell
from vision_app.gui.session import Session
from vision_app.gui.sources.naming import clock
from vision_app.gui.sources.seeking import Seeker
from vision_app.gui.theme import SPACE_PX
from vision_app.live.status import SourceStatus
from vision_app.sources.playback import PlaybackSource

SPEEDS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 4.0)
_LOOK_EVERY_MS = 100
_SEEK_SHOWN_MS = 250
"""A seek that has shown no picture by then does not hold up the next one."""
_STEP_S = 1.0
_PAGE_S = 5.0
_PER_S = 100
"""Steps of the slider a second."""


class SeekSlider(QSlider):
    """A slider that goes where it is clicked, and is dragged from there."""

    moved = Signal(float)
    """The user wants this position, seconds."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setSingleStep(round(_STEP_S * _PER_S))
        self.setPageStep(round(_PAGE_S * _PER_S))
        self.setMinimumWidth(80)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.valueChanged.connect(lambda value: self.moved.emit(value / _PER_S))

    def set_duration(self, seconds: float) -> None:
        """Change the length."""
        with QSignalBlocker(self):
            self.setMaximum(max(round(seconds * _PER_S), 1))

    def show_position(self, seconds: float) -> None:
        """Follow what is played; not while it is dragged."""
        if not self.isSliderDown():
            with QSignalBlocker(self):
                self.setValue(round(seconds * _PER_S))
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go there."""
        if event.button() == Qt.MouseButton.LeftButton and self.isEnabled():
            self.setSliderDown(True)
            self._go_to(event.position().toPoint())
            event.accept()
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the mouse."""
        if self.isSliderDown():
            self._go_to(event.position().toPoint())
        else:
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Stay there."""
        self.setSliderDown(False)
        super().mouseReleaseEvent(event)

    def _go_to(self, place: QPoint) -> None:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        control, style = QStyle.ComplexControl.CC_Slider, self.style()
        groove = style.subControlRect(control, option, QStyle.SubControl.SC_SliderGroove, self)
        handle = style.subControlRect(control, option, QStyle.SubControl.SC_SliderHandle, self)
        span = max(groove.width() - handle.width(), 1)
        along = place.x() - groove.x() - handle.width() // 2
        self.setValue(QStyle.sliderValueFromPosition(self.minimum(), self.maximum(), along, span))


class PlaybackBar(QWidget):
    """Is there for files and folders only; live sources and single pictures hide it.

    Args:
        session: the live session.
        parent: Qt's owner.
    """

    loop_chosen = Signal(bool)
    """The user wants the clip to begin again at its end, or not."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._playback: PlaybackSource | None = None
        self._window: QWidget | None = None
        self._seeker = Seeker(self._seek)
        self._make_actions()
        self.back_button, self.play_button, self.forward_button = (
            self._button(a) for a in (self.step_back, self.play_pause, self.step_forward)
        )
        self.slider = SeekSlider(self)
        self.slider.moved.connect(self._seeker.go)
        self.time = QLabel(self)
        self.time.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.time.setProperty("kind", "quiet")
        self.speed_button = QToolButton(self)
        self.speed_button.setProperty("kind", "quiet")
        self.speed_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.speed_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._make_speeds()
        self.loop_button = self._button(self.loop)
        self.timeline_button = self._button(self.timeline)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_PX // 2)
        for widget in (self.back_button, self.play_button, self.forward_button, self.slider, self.time):
            row.addWidget(widget, 1 if widget is self.slider else 0)
        row.addWidget(self.speed_button)
        row.addWidget(self.loop_button)
        row.addWidget(self.timeline_button)
        self._clock = QTimer(self)
        self._clock.setInterval(_LOOK_EVERY_MS)
        self._clock.timeout.connect(self._look)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_SEEK_SHOWN_MS)
        self._patience.timeout.connect(self._seeker.arrived)
        session.source.connect(self._source_changed)
        session.picture.connect(self._picture_came)
        self._translate()
        self.setVisible(False)

    def _make_actions(self) -> None:
        self.play_pause, self.step_back, self.step_forward, self.loop, self.timeline = (
            QAction(self) for _ in range(5)
        )
        self.loop.setCheckable(True)
        self.timeline.setCheckable(True)
        # as a shortcut of the window, Space would take the key away from the button that has the focus
        self.play_pause.setShortcut(Qt.Key.Key_Space)
        self.play_pause.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.loop.setShortcut("Ctrl+Shift+L")
        self.step_back.setShortcut(Qt.Key.Key_Comma)
        self.step_forward.setShortcut(Qt.Key.Key_Period)
        connected: tuple[tuple[QAction, Callable[[], None]], ...] = (
            (self.play_pause, self._toggle),
            (self.step_back, lambda: self._step(-1)),
            (self.step_forward, lambda: self._step(1)),
        )
        for action, act in connected:
            action.triggered.connect(lambda _=False, act=act: act())
            self.addAction(action)
        self.loop.triggered.connect(self._set_loop)
        self.addActions([self.loop, self.timeline])
        for action, name in (
            (self.play_pause, "pause"),
            (self.step_back, "step-back"),
            (self.step_forward, "step-forward"),
            (self.loop, "loop"),
            (self.timeline, "timeline"),
        ):
            set_icon(action, name, checked="accent")

    def _button(self, action: QAction) -> QToolButton:
        button = icon_button("play", self)
        button.setDefaultAction(action)
        return button

    def _make_speeds(self) -> None:
        self._speeds = QActionGroup(self)
        menu = QMenu(self.speed_button)
        for speed in SPEEDS:
            action = menu.addAction(_times(speed))
            action.setCheckable(True)
            action.setData(speed)
            self._speeds.addAction(action)
        self._speeds.triggered.connect(lambda action: self._set_speed(action.data()))
        self.speed_button.setMenu(menu)

    # what happens ----------------------------------------------------------------------------------------

    def _source_changed(self, status: SourceStatus) -> None:
        playback = self._session.playback
        if playback is not self._playback:
            self._playback = playback
            self._seeker.forget()
            self.slider.setSliderDown(False)
        self._look()

    def _picture_came(self, _: object) -> None:
        if self._seeker.busy:
            self._patience.stop()
            self._seeker.arrived()

    def go(self, position_s: float) -> None:
        """Play from there on, or show that picture of a clip that is paused."""
        if self._playback is not None and self._playback.can_seek:
            self._seeker.go(position_s)

    @property
    def useful(self) -> bool:
        """Whether there is anything to play."""
        return self._playback is not None and self._playback.frame_count != 1

    def _look(self) -> None:
        """Show where it stands."""
        playback = self._playback
        self.setVisible(self.useful)
        if playback is None or not self.useful:
            return
        duration_s, position_s = playback.duration_s, playback.position_s
        self.slider.setEnabled(playback.can_seek and duration_s is not None)
        self.step_back.setEnabled(playback.can_seek)
        if duration_s is not None:
            self.slider.set_duration(duration_s)
        if not self._seeker.busy:
            self.slider.show_position(position_s)
        shown_s = self.slider.value() / _PER_S if self.slider.isSliderDown() else position_s
        self.time.setText(clock(shown_s) + (f" / {clock(duration_s)}" if duration_s is not None else ""))
        self._show_state(playback)

    def _show_state(self, playback: PlaybackSource) -> None:
        set_icon(self.play_pause, "play" if playback.paused else "pause", checked="accent")
        self._name(
            self.play_pause, self.tr("Play") if playback.paused else self.tr("Pause"), self.tr("Space")
        )
        self.loop.setChecked(playback.loop)
        self.speed_button.setText(_times(playback.speed))
        for action in self._speeds.actions():
            action.setChecked(action.data() == playback.speed)

    # what the user wants ---------------------------------------------------------------------------------

    def _toggle(self) -> None:
        if self._playback is not None and self.useful:
            (self._playback.resume if self._playback.paused else self._playback.pause)()
            self._look()

    def _step(self, frames: int) -> None:
        if self._playback is not None and self.useful:
            self._playback.step(frames)

    def _seek(self, position_s: float) -> None:
        self._patience.start()
        if self._playback is not None:
            self._playback.seek(position_s)

    def _set_speed(self, speed: float) -> None:
        if self._playback is not None:
            self._playback.set_speed(speed)
            self._look()

    def _set_loop(self, on: bool) -> None:
        if self._playback is not None:
            self._playback.set_loop(on)
            self.loop_chosen.emit(on)

    # as a widget -----------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Follow the clip, and hear the space key of the window."""
        super().showEvent(event)
        self._clock.start()
        self._window = self.window()
        self._window.installEventFilter(self)

    def hideEvent(self, event: QHideEvent) -> None:
        """Rest."""
        super().hideEvent(event)
        self._clock.stop()
        if self._window is not None:
            self._window.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Play or pause by a space that no button or field had a use for."""
        if watched is self._window and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
            if event.key() == Qt.Key.Key_Space and plain and not event.isAutoRepeat():
                self._toggle()
                return True
        return super().eventFilter(watched, event)

    def changeEvent(self, event: QEvent) -> None:
        """Speak another language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
            self._look()
        super().changeEvent(event)

    def _translate(self) -> None:
        self._name(self.play_pause, self.tr("Play"), self.tr("Space"))
        self._name(self.step_back, self.tr("One frame back"), ",")
        self._name(self.step_forward, self.tr("One frame on"), ".")
        self._name(self.loop, self.tr("Play again and again"))
        self._name(self.timeline, self.tr("What was seen when"))
        self.slider.setAccessibleName(self.tr("Position in the clip"))
        self.slider.setToolTip(self.tr("Position; arrows go one second, Page Up and Down five"))
        tell(self.speed_button, self.tr("Speed"))

    def _name(self, action: QAction, text: str, key: str = "") -> None:
        action.setText(text)
        action.setToolTip(f"{text} ({key})" if key else text)
        for button in self.findChildren(QToolButton):
            if button.defaultAction() is action:
                button.setAccessibleName(text)


def _times(speed: float) -> str:
    return f"{speed:g}×"
