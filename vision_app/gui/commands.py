"""What the actions do that needs a dialog or a decision: opening, adding, telling about."""

from __future__ import annotations

import importlib
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from vision_app import __version__
from vision_app.engine.request import requested
from vision_app.gui.docks import Docks
from vision_app.gui.opening import Start, first_source
from vision_app.gui.pieces.background import Background
from vision_app.gui.session import Session
from vision_app.gui.settings import Settings
from vision_app.gui.sources.bar import SourceBar
from vision_app.gui.welcome import WelcomeCard
from vision_app.resources import demo_clip
from vision_app.sources.urls import REDACTED


class Commands(QObject):
    """The commands of one window."""

    def __init__(
        self,
        window: QWidget,
        session: Session,
        settings: Settings,
        bar: SourceBar,
        *,
        docks: Docks,
        background: Background,
    ) -> None:
        super().__init__(window)
        self._window, self._docks, self._background = window, docks, background
        self._session = session
        self._settings = settings
        self._bar = bar
        self._welcome: WelcomeCard | None = None

    def open(self, spec: str) -> None:
        """Open a source; one whose password is not kept asks for it."""
        if REDACTED in spec and "://" in spec:
            self._bar.ask_stream(spec)
        else:
            self._bar.open(spec)

    def ask_for_stream(self) -> None:
        """Ask for the address of a stream."""
        self._bar.ask_stream()

    def ask_for_site(self) -> None:
        """Ask for a site file, and show the site in a window of its own."""
        dialog = QFileDialog(self._window, self.tr("Open site"), str(Path.home()))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("Site files (*.toml)"), self.tr("All files (*)")])
        dialog.fileSelected.connect(self._open_site)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _open_site(self, name: str) -> None:
        """Open it once what runs sites is there, which takes half a second at first."""
        self._background.run(
            lambda: importlib.import_module("vision_app.gui.site.window"),
            lambda module: module.open_site(Path(name)),
            owner=self,
        )

    def open_demo(self) -> None:
        """Play the demo clip."""
        self._bar.open(str(demo_clip()))

    def open_first(self, asked: str | None, welcome: WelcomeCard) -> None:
        """Open what was asked for, else what is remembered, else a camera, else the demo clip.

        The window need not wait: where it depends on the cameras, it is opened once they are known.
        """
        self._welcome = welcome
        controller = self._bar.controller
        start = first_source(
            asked, self._settings.values.source, controller.cameras, listed=controller.listed
        )
        if start is None:
            controller.changed.connect(self._cameras_known)
        else:
            self._begin(start)

    def _cameras_known(self) -> None:
        self._bar.controller.changed.disconnect(self._cameras_known)
        if self._session.source_status.source_id:
            return  # the user was faster
        start = first_source(None, self._settings.values.source, self._bar.controller.cameras, listed=True)
        if start is not None:
            self._begin(start)

    def _begin(self, start: Start) -> None:
        if start.spec:
            self.open(start.spec)
        if self._welcome is not None and (start.demo or self._settings.values.welcome):
            self._welcome.show_for(demo=start.demo)

    def add_model_file(self) -> None:
        """Ask for an ONNX file and run it."""
        dialog = QFileDialog(self._window, self.tr("Add model file"), str(Path.home()))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("ONNX models (*.onnx)"), self.tr("All files (*)")])
        dialog.fileSelected.connect(self.add_model)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def add_model(self, reference: str) -> None:
        """Run a model beside those that run already, and show its card; a full screen stays one.

        Args:
            reference: written as on the command line, options and all.
        """
        from vision_app.gui.models.panel import ModelPanel

        panel = self._docks.panel("models")
        if not isinstance(panel, ModelPanel):
            self._session.add_model(requested(reference))
            return
        if not self._window.isFullScreen():
            self._docks.show("models")
        panel.add(requested(reference))

    def about(self) -> None:
        """Say what this is."""
        text = self.tr(
            "<h3>vision_app {version}</h3><p>Computer vision on live pictures, on your own computer.</p>"
            "<p>Apache License 2.0. Each model has a licence of its own: the list of models shows it.</p>"
        )
        box = QMessageBox(self._window)
        box.setWindowTitle(self.tr("About vision_app"))
        box.setText(text.format(version=__version__))
        box.setIconPixmap(self._window.windowIcon().pixmap(64, 64))
        box.finished.connect(box.deleteLater)
        box.open()
