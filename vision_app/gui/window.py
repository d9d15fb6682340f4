"""The main window: a switchboard between the session, the picture, the bars and the panels."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QEvent, QSize, Qt
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from vision_app.engine.request import ModelRequest
from vision_app.gui.actions import Actions
from vision_app.gui.commands import Commands
from vision_app.gui.course_dialog import CourseDialog, show_heading
from vision_app.gui.docks import Docks
from vision_app.gui.focus import go_on
from vision_app.gui.language import Language
from vision_app.gui.menus import Menus
from vision_app.gui.meter import Meter
from vision_app.gui.outputs import Outputs
from vision_app.gui.panels import PANELS, PanelRow
from vision_app.gui.pieces.background import Background
from vision_app.gui.pieces.icons import set_icon
from vision_app.gui.places import picture_folder, video_folder
from vision_app.gui.preferences import Preferences
from vision_app.gui.session import Session
from vision_app.gui.settings import Settings
from vision_app.gui.shortcuts import ShortcutsDialog
from vision_app.gui.sources.bar import SourceBar
from vision_app.gui.sources.cameras import CameraController
from vision_app.gui.status_line import StatusLine
from vision_app.gui.theme import theme
from vision_app.gui.toasts import Toasts
from vision_app.gui.tool_row import ToolRow
from vision_app.gui.view import LiveView
from vision_app.gui.welcome import WelcomeCard
from vision_app.labels import label_names
from vision_app.live.status import ModelStatus
from vision_app.messages import told
from vision_app.overlay.style import Style

_SCALES = (0.5, 0.7, 0.85, 1.0, 1.2, 1.5, 2.0, 3.0)
_SIZE_PX = (1280, 800)
_LEAST_PX = (800, 560)
_FRAME_PX = (16, 64)
"""What the frame, the title bar and a bar of the desktop that hides its size may take of the screen."""


class MainWindow(QMainWindow):
    """One window on one session. Closing it ends the session."""

    def __init__(
        self,
        session: Session,
        settings: Settings,
        language: Language,
        *,
        panels: tuple[PanelRow, ...] = PANELS,
        controller: CameraController | None = None,
    ) -> None:
        super().__init__()
        self.session = session
        self.settings = settings
        self.language = language
        self._model_errors: dict[int, str] = {}
        self._before_full_screen: QByteArray | None = None
        self._learnt_last = ""
        self.setMinimumSize(*_LEAST_PX)
        self.view = LiveView(session, self)
        self.meter = Meter(session, self.view)
        self.toasts = Toasts(self.view)
        self.background = Background("window", self)
        self.actions_ = Actions(self)
        self.docks = Docks(self, panels)
        self.bar = SourceBar(session, settings, controller, self)
        self.commands = Commands(
            self, session, settings, self.bar, docks=self.docks, background=self.background
        )
        self.outputs = Outputs(session, settings, self.toasts, self.background, self)
        self.menus = Menus(
            self.menuBar(),
            self.actions_,
            self.docks.actions,
            settings=settings,
            open_source=self.commands.open,
        )
        self.welcome = WelcomeCard(self.view, can_teach="teach" in self.docks.actions)
        self.welcome.hide()
        self._build()
        self._connect()
        self.docks.fill(session, settings, self.meter)
        self._join_panels()
        self.retranslate()
        self._restore()

    def _join_panels(self) -> None:
        """A lesson of one panel goes on in another; models are made smaller on the samples that are open."""
        from vision_app.gui.filters.panel import FilterPanel
        from vision_app.gui.inside.panel import InsidePanel
        from vision_app.gui.models.panel import ModelPanel
        from vision_app.gui.teach.panel import TeachPanel

        models, teach = self.docks.panel("models"), self.docks.panel("teach")
        if isinstance(models, ModelPanel) and isinstance(teach, TeachPanel):
            models.smaller.samples_folder = lambda: teach.folder
        filters, inside = self.docks.panel("filters"), self.docks.panel("inside")
        if isinstance(filters, FilterPanel) and isinstance(inside, InsidePanel):
            filters.lesson_wanted.connect(lambda: self.docks.show("inside"))
            filters.lesson_wanted.connect(inside.show_sliding)

    # layout ----------------------------------------------------------------------------------------------

    def _build(self) -> None:
        centre = QWidget(self)
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.view, 1)
        column.addWidget(self.bar)
        self.setCentralWidget(centre)
        self.tools = ToolRow(
            [self.actions_[name] for name in ("snapshot", "record", "copy", "log")],
            [self.actions_["draw"], *self.docks.actions.values(), self.actions_["full_screen"]],
            self,
        )
        self.addToolBar(self.tools)
        self.status_line = StatusLine(self.session, self.meter, self)
        self.setStatusBar(self.status_line)
        self.view.addActions(
            [self.actions_[name] for name in ("snapshot", "copy", "record", "draw", "full_screen")]
        )

    def _connect(self) -> None:
        act = {
            "choose": self.bar.choose,
            "open_file": self.bar.ask_file,
            "open_folder": self.bar.ask_folder,
            "open_stream": self.commands.ask_for_stream,
            "open_site": self.commands.ask_for_site,
            "open_demo": self.commands.open_demo,
            "quit": self.close,
            "full_screen": self.toggle_full_screen,
            "larger_text": lambda: self._scale_text(1),
            "smaller_text": lambda: self._scale_text(-1),
            "normal_text": lambda: self._scale_text(0),
            "add_model": self.commands.add_model_file,
            "snapshot": self.outputs.snapshot,
            "record": self.outputs.toggle_recording,
            "copy": self.outputs.copy,
            "log": self.outputs.toggle_log,
            "open_pictures": lambda: self.outputs.open_folder(
                picture_folder(self.settings.values.picture_folder)
            ),
            "open_videos": lambda: self.outputs.open_folder(video_folder(self.settings.values.video_folder)),
            "preferences": self.show_preferences,
            "shortcuts": self.show_shortcuts,
            "learn": self.show_course,
            "first_steps": self.show_first_steps,
            "about": self.commands.about,
        }
        for name, slot in act.items():
            self.actions_[name].triggered.connect(slot)
        for name in ("draw", "snapshot_drawn", "record_drawn"):
            self.actions_[name].triggered.connect(
                lambda on, name=name: self.settings.update(**{name: bool(on)})
            )
        self.view.source_dropped.connect(self.commands.open)
        self.view.model_dropped.connect(self.commands.add_model)
        self.view.full_screen_wanted.connect(self.toggle_full_screen)
        self.outputs.changed.connect(self._show_outputs)
        self.outputs.folder_wanted.connect(self._choose_folder)
        self.status_line.speed_wanted.connect(lambda: self.docks.show("speed"))
        self.welcome.open_file_wanted.connect(self.bar.ask_file)
        self.welcome.models_wanted.connect(lambda: self.docks.show("models"))
        self.welcome.teach_wanted.connect(lambda: self.docks.show("teach"))
        self.welcome.dismissed.connect(self._dismiss_welcome)
        self.session.models.connect(self._models_changed)
        self.session.source.connect(self.welcome.source_changed)
        self.settings.changed.connect(self._settings_changed)
        self.settings.failed.connect(self._settings_failed)
        self.language.changed.connect(self._language_changed)

    def _restore(self) -> None:
        values = self.settings.values
        self.resize(self._first_size())
        if values.geometry:
            self.restoreGeometry(QByteArray.fromBase64(values.geometry.encode("ascii", "ignore")))
        if values.layout:
            self.restoreState(QByteArray.fromBase64(values.layout.encode("ascii", "ignore")))
        else:
            self.docks.show(next(iter(self.docks.actions), ""))
        self.view.setFocus()
        self._settings_changed(("draw", "snapshot_drawn", "record_drawn", "gate"))
        self._show_outputs()

    def _first_size(self) -> QSize:
        """Room for all of it, but not more than the screen has, frame and title bar included."""
        room = self.screen().availableGeometry().size() - QSize(*_FRAME_PX)
        return QSize(*_SIZE_PX).boundedTo(room).expandedTo(QSize(*_LEAST_PX))

    # sources and models ----------------------------------------------------------------------------------

    def open_first(self, asked: str | None) -> None:
        """Open the source of the start."""
        self.commands.open_first(asked, self.welcome)

    def start_models(self, requests: tuple[ModelRequest, ...]) -> None:
        """Run the models of the start."""
        for request in requests:
            self.session.add_model(request)

    def _models_changed(self, models: tuple[ModelStatus, ...]) -> None:
        for model in models:
            if model.error and self._model_errors.get(model.slot) != model.error:
                look = (self.tr("Show models"), lambda: self.docks.show("models"))
                self.toasts.say(told(model.error), [look], kind="bad")
        self._model_errors = {model.slot: model.error for model in models}
        wanted = tuple(model.pending or model.request for model in models)
        self.settings.update(models=wanted)

    # look ------------------------------------------------------------------------------------------------

    def _settings_changed(self, names: tuple[str, ...]) -> None:
        values = self.settings.values
        for name in ("draw", "snapshot_drawn", "record_drawn"):
            self.actions_[name].setChecked(getattr(values, name))
        set_icon(self.actions_["draw"], "eye" if values.draw else "eye-off")
        if "language" in names:
            self.language.choose(values.language)
        if "scheme" in names:
            theme().choose(values.scheme)
        if {"draw", "text_scale"} & set(names):
            self._show_style()
        if "gate" in names:
            self.session.set_gate(on=values.gate)

    def _settings_failed(self, text: str) -> None:
        self.toasts.say(text, kind="warn")

    def _language_changed(self, _: str) -> None:
        self._show_style()

    def _show_style(self) -> None:
        values = self.settings.values
        style = Style(scale=values.text_scale, names=label_names(self.language.code))
        self.session.set_style(style, draw=values.draw)
        self.bar.timeline.use_names(style.names)

    def _scale_text(self, steps: int) -> None:
        now = self.settings.values.text_scale
        nearest = min(range(len(_SCALES)), key=lambda i: abs(_SCALES[i] - now))
        wanted = _SCALES.index(1.0) if steps == 0 else nearest + steps
        self.settings.update(text_scale=_SCALES[min(max(wanted, 0), len(_SCALES) - 1)])

    def _show_outputs(self) -> None:
        blink = int(2 * self.outputs.seconds("video")) % 2 == 0
        for kind, name, colour, words in (
            ("video", "record", "bad", self.tr("Finish recording {time}")),
            ("log", "log", "accent", self.tr("Finish log {time}")),
        ):
            action = self.actions_[name]
            path = self.outputs.running(kind)
            action.setChecked(path is not None)
            if path is None:
                set_icon(action, name, checked=colour)
                self.actions_.name(name)
                continue
            seconds = int(self.outputs.seconds(kind))
            action.setText(words.format(time=f"{seconds // 60}:{seconds % 60:02}"))
            set_icon(action, "stop" if blink or kind == "log" else "record", checked=colour)

    # dialogs ---------------------------------------------------------------------------------------------

    def show_preferences(self) -> Preferences:
        """Open the preferences."""
        dialog = Preferences(self.settings, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
        return dialog

    def show_shortcuts(self) -> ShortcutsDialog:
        """List all keys."""
        dialog = ShortcutsDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
        return dialog

    def show_course(self) -> CourseDialog:
        """List the headings of the course, from the one that was shown last."""
        dialog = CourseDialog(self._learnt_last, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.wanted.connect(self._show_heading)
        dialog.open()
        return dialog

    def _show_heading(self, title: str) -> None:
        self._learnt_last = title
        show_heading(self.docks, title)

    def show_first_steps(self, *, demo: bool = False) -> None:
        """Show the card for the first steps."""
        self.welcome.show_for(demo=demo)

    def _dismiss_welcome(self) -> None:
        self.welcome.hide()
        self.settings.update(welcome=False)
        self.view.setFocus()

    def _choose_folder(self, kind: str) -> None:
        self.show_preferences().choose_folder("picture_folder" if kind == "picture" else "video_folder")

    # full screen, language, the end ----------------------------------------------------------------------

    def toggle_full_screen(self) -> None:
        """Show nothing but the picture, or everything again."""
        bars = (self.menuBar(), self.tools, self.bar, self.status_line)
        if self._before_full_screen is None:
            self._before_full_screen = self.saveState()
            self.docks.hide_all()
            for bar in bars:
                bar.hide()
            self.setWindowState(self.windowState() | Qt.WindowState.WindowFullScreen)
        else:
            self.setWindowState(self.windowState() & ~Qt.WindowState.WindowFullScreen)
            for bar in bars:
                bar.show()
            self.restoreState(self._before_full_screen)
            self._before_full_screen = None
        full = self._before_full_screen is not None
        self.actions_["full_screen"].setChecked(full)
        set_icon(self.actions_["full_screen"], "leave-full-screen" if full else "full-screen")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc leaves the full screen."""
        if event.key() == Qt.Key.Key_Escape and self._before_full_screen is not None:
            self.toggle_full_screen()
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes through what is seen, in the order of the eye."""
        return go_on(self, forward=forward)

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def retranslate(self) -> None:
        """Set all texts of the window itself."""
        self.setWindowTitle("vision_app")
        self.actions_.retranslate()
        self.docks.retranslate()
        self.menus.retranslate()
        self.tools.setWindowTitle(self.tr("Tools"))
        self._show_outputs()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Finish recordings, keep the settings, end the session."""
        if self._before_full_screen is not None:
            self.toggle_full_screen()
        self.settings.update(
            geometry=self.saveGeometry().toBase64().toStdString(),
            layout=self.saveState().toBase64().toStdString(),
        )
        self.meter.stop()
        self.background.close()
        self.bar.close_down()
        self.docks.close_down()
        self.session.close()
        self.settings.close()
        super().closeEvent(event)
