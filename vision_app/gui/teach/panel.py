"""The teach panel: samples, training, result, each on a page of its own."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QHideEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QDockWidget,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from vision_app.cards.versions import current_version
from vision_app.filters.chain import parse_chain
from vision_app.gui.pieces.background import Background
from vision_app.gui.pieces.icons import icon_button, tell
from vision_app.gui.pieces.plain import show_plain
from vision_app.gui.pieces.texts import ElidedLabel, set_kind
from vision_app.gui.session import Session
from vision_app.gui.settings import Settings
from vision_app.gui.teach.capture_page import CapturePage
from vision_app.gui.teach.controller import TeachController, usual_folder
from vision_app.gui.teach.heads_dialog import HeadsDialog
from vision_app.gui.teach.jobs import Jobs
from vision_app.gui.teach.overlay import Overlay
from vision_app.gui.teach.result_page import ResultPage
from vision_app.gui.teach.samples_dialog import SamplesDialog
from vision_app.gui.teach.train_page import TrainPage
from vision_app.gui.teach.unseen import Unseen
from vision_app.gui.teach.views_dialog import ViewsDialog
from vision_app.gui.theme import PANEL_WIDTH_PX, SPACE_PX
from vision_app.gui.view import LiveView
from vision_app.learn.options import TrainingResult

PAGES = ("samples", "train", "result")


class TeachPanel(QWidget):
    """Show it a few things, press one button, and the live picture is labelled with them.

    Args:
        session: the live session.
        settings: those of the window.
        view: the picture, over which the countdown and the region are drawn.
        folder: where samples are kept; the user's own place when None. It is opened when the panel is first seen.
        parent: Qt's owner.
    """

    def __init__(
        self,
        session: Session,
        settings: Settings,
        view: LiveView,
        folder: Path | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._settings = settings
        self._folder = folder or usual_folder()
        self._applied: object = None
        self._before: int | None = None
        self.controller = TeachController(session, self)
        self.jobs = Jobs(self.controller, self)
        self.capture = CapturePage(session, self.controller, self.jobs)
        self.training = TrainPage(self.controller)
        self.result = ResultPage(self.controller, self.jobs)
        self.unseen = Unseen(view)
        self.overlay = Overlay(view)
        self.background = Background("views", self)
        self.dialog: SamplesDialog | None = None
        self.heads: HeadsDialog | None = None
        self._was_shown = False
        self._make_widgets()
        self._connect()
        self._translate()

    def _make_widgets(self) -> None:
        self.tabs = QTabWidget(self)
        self.tabs.tabBar().setUsesScrollButtons(False)
        for page in (self.capture, self.training, self.result):
            area = QScrollArea(self.tabs)
            area.setWidget(page)
            area.setWidgetResizable(True)
            area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            area.setFrameShape(QFrame.Shape.NoFrame)
            self.tabs.addTab(area, "")
        self.message = QLabel(self)
        self.message.setWordWrap(True)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.hide_message = icon_button("close", self)
        line = QHBoxLayout()
        line.setContentsMargins(SPACE_PX, 0, SPACE_PX // 2, 0)
        line.addWidget(self.message, 1)
        line.addWidget(self.hide_message, 0, Qt.AlignmentFlag.AlignTop)
        self.job = QWidget(self)
        self.job_text = ElidedLabel(parent=self.job, kind="quiet")
        self.job_bar = QProgressBar(self.job)
        self.job_bar.setTextVisible(False)
        self.job_cancel = QPushButton(self.job)
        row = QHBoxLayout(self.job)
        row.setContentsMargins(SPACE_PX, 0, SPACE_PX, 0)
        texts = QVBoxLayout()
        texts.addWidget(self.job_text)
        texts.addWidget(self.job_bar)
        row.addLayout(texts, 1)
        row.addWidget(self.job_cancel)
        self.job.hide()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(SPACE_PX // 2)
        whole.addWidget(self.tabs, 1)
        whole.addWidget(self.job)
        whole.addLayout(line)
        self.setMinimumWidth(PANEL_WIDTH_PX - 40)
        self.say("")
        self.undo_action, self.redo_action = QAction(self), QAction(self)
        self.undo_action.setShortcut(QKeySequence.StandardKey.Undo)
        self.redo_action.setShortcut(QKeySequence.StandardKey.Redo)
        for action in (self.undo_action, self.redo_action):
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            self.addAction(action)
        self.setFocusProxy(self.capture.classes.name)

    def _connect(self) -> None:
        self.undo_action.triggered.connect(self.controller.undo)
        self.redo_action.triggered.connect(self.controller.redo)
        self.hide_message.clicked.connect(lambda: self.say(""))
        self.job_cancel.clicked.connect(self.jobs.cancel)
        for worker in (self.controller, self.jobs):
            worker.told.connect(self.say)
            worker.failed.connect(self._failed)
        self.jobs.began.connect(self._job_began)
        self.jobs.progressed.connect(self._job_progressed)
        self.jobs.ended.connect(self.job.hide)
        self.controller.store_changed.connect(self._store_changed)
        self.controller.trained.connect(self._trained)
        self.controller.training_failed.connect(self._not_trained)
        self.capture.told.connect(self.say)
        self.capture.crop_chosen.connect(self.overlay.show_crop)
        self.capture.crop_chosen.connect(self.unseen.show_crop)
        self.training.input_changed.connect(self.unseen.show_spec)
        self._session.picture.connect(self._picture_came)
        self.capture.region_wanted.connect(self.overlay.begin_drawing)
        self.capture.region_wanted.connect(lambda: self.unseen.set_active(False))  # until it is drawn
        self.overlay.drawn.connect(lambda _: self.unseen.set_active(self.isVisible()))
        self.overlay.drawn.connect(self.capture.set_region)
        self.capture.samples_wanted.connect(self.show_samples)
        self.capture.train_wanted.connect(self._train)
        self.capture.doubts.train_wanted.connect(self._train_if_better)
        self.training.result_wanted.connect(lambda: self.tabs.setCurrentIndex(2))
        self.training.result_wanted.connect(self.result.evaluate)
        self.training.preview_wanted.connect(self.show_views)
        self.training.movements.compare_wanted.connect(self.show_heads)
        self.controller.capture_changed.connect(self.overlay.show_progress)
        self.controller.movements.changed.connect(self.overlay.show_movement)

    @property
    def folder(self) -> Path:
        """Where the samples are that are open, or would be opened."""
        return self._folder

    # what is told ----------------------------------------------------------------------------------------

    def say(self, text: str, kind: str = "") -> None:
        """Say one line below the pages; "" for nothing."""
        show_plain(self.message, text)
        set_kind(self.message, kind)
        self.message.setVisible(bool(text))
        self.hide_message.setVisible(bool(text))

    def _job_began(self, words: str) -> None:
        self.job_text.setText(words)
        self.job_bar.setRange(0, 0)
        self.job.show()

    def _job_progressed(self, done: int, total: int) -> None:
        self.job_bar.setRange(0, total)
        self.job_bar.setValue(done)

    def _store_changed(self) -> None:
        store = self.controller.store
        if store is not None and store.folder != self._folder:
            self._folder = store.folder
        if store is not None and self._applied is not store:
            self._applied = store
            self.capture.apply()

    def _failed(self, text: str) -> None:
        self.say(text, "bad")

    def _picture_came(self, _: object) -> None:
        self.unseen.picture_came()
        if self.training.isVisible():
            newest = self._session.newest()
            self.training.show_results(() if newest is None else newest[1])

    def _trained(self, result: TrainingResult) -> None:
        self.say("")
        self.result.set_model(result.name)
        before, self._before = self._before, None
        if before is not None:
            self.jobs.keep_if_better(result.name, before, result.version)

    def open(self, place: str) -> QWidget:
        """Show a page, or where the heads over time are compared: `samples`, `train`, `result`, `heads`.

        Returns:
            The page; of the heads the button, or without movements what makes a class of them.
        """
        heads = place == "heads"
        if heads:
            place = "samples" if self.training.movements.isHidden() else "train"
        number = PAGES.index(place)
        self.tabs.setCurrentIndex(number)
        if heads:
            return (self.capture.classes.movement, self.training.movements.compare)[number]
        return (self.capture, self.training, self.result)[number]

    def _train(self) -> None:
        """Train with what the settings say, in sight of its progress."""
        self.tabs.setCurrentIndex(1)
        self.training.start()

    def _train_if_better(self) -> None:
        """Train on, and go back unless that was better."""
        self._before = current_version(self.training.name.text().strip().lower())
        self._train()

    def _not_trained(self, _: str) -> None:
        self._before = None

    def show_views(self) -> ViewsDialog | None:
        """Show what the training makes of the samples, and what the filters would."""
        store = self.controller.store
        if store is None:
            return None
        options = self.training.options()
        chain = parse_chain(self._settings.values.filters)
        dialog = ViewsDialog(self.background, store, options.views, chain, self, flip=options.flip)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()
        return dialog

    def show_heads(self) -> HeadsDialog | None:
        """Open the comparison of all heads over time; not while something is trained, which would take its time."""
        store = self.controller.store
        if store is None:
            return None
        if self.controller.is_training:
            self.say(self.tr("Wait for the training to end: it would make the times of the others wrong."))
            return None
        movements = self.training.movements
        wanted = store.folder, movements.features.currentData(), movements.options()
        if self.heads is None:
            self.heads = HeadsDialog(*wanted, self)
            self.heads.finished.connect(self._forget_heads)
        self.heads.use(*wanted)
        self.heads.show()
        self.heads.raise_()
        return self.heads

    def _forget_heads(self) -> None:
        if self.heads is not None:
            self.heads.close_down()
            self.heads.deleteLater()
            self.heads = None

    # samples ---------------------------------------------------------------------------------------------

    def show_samples(self, label: str = "") -> None:
        """Open the grid of all samples, at one class."""
        if self.controller.store is None:
            return
        if self.dialog is None:
            self.dialog = SamplesDialog(self.controller, self.jobs, self)
            self.dialog.finished.connect(self._forget_dialog)
        self.dialog.choose(label)
        self.dialog.show()
        self.dialog.raise_()

    def _forget_dialog(self) -> None:
        if self.dialog is not None:
            self.dialog.close_down()
            self.dialog.deleteLater()
            self.dialog = None

    def showEvent(self, event: QShowEvent) -> None:
        """Open the samples when they are first wanted."""
        super().showEvent(event)
        self.unseen.set_active(True)
        if not self._was_shown:
            self._was_shown = True
            dock = self._dock()
            if dock is not None:  # behind another tab it is not hidden, but out of sight
                dock.visibilityChanged.connect(self.unseen.set_active)
                dock.visibilityChanged.connect(self.overlay.set_in_sight)
            self.controller.open_store(self._folder)

    def _dock(self) -> QDockWidget | None:
        above = self.parentWidget()
        while above is not None and not isinstance(above, QDockWidget):
            above = above.parentWidget()
        return above

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody teaches: nothing is shaded."""
        super().hideEvent(event)
        self.unseen.set_active(False)

    def close_down(self) -> None:
        """End everything; what was captured is kept."""
        self.background.close()
        self._forget_dialog()
        self._forget_heads()
        self.capture.close_down()
        self.training.close_down()
        self.result.close_down()
        self.jobs.close()
        self.controller.close()

    # words -----------------------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def _translate(self) -> None:
        self.setAccessibleName(self.tr("Teach"))
        for i, word in enumerate((self.tr("Samples"), self.tr("Train"), self.tr("Result"))):
            self.tabs.setTabText(i, word)
        self.job_cancel.setText(self.tr("Cancel"))
        self.undo_action.setText(self.tr("Undo"))
        self.redo_action.setText(self.tr("Redo"))
        tell(self.hide_message, self.tr("Close this message"))
