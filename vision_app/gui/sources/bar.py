"""The source bar: which source, at which size and rate, mirrored or turned, and how it is played."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from vision_app.gui.pieces.background import Background
from vision_app.gui.pieces.icons import icon_button, set_icon, tell
from vision_app.gui.pieces.images import shared_image
from vision_app.gui.pieces.plain import show_plain
from vision_app.gui.pieces.texts import ElidedButton, ElidedLabel, set_kind
from vision_app.gui.session import Session
from vision_app.gui.settings import Settings, SourceChoice
from vision_app.gui.sources.asking import Asker
from vision_app.gui.sources.cameras import CameraController
from vision_app.gui.sources.chooser import SourceChooser
from vision_app.gui.sources.memory import SourceMemory, View
from vision_app.gui.sources.modes import ModeButton
from vision_app.gui.sources.naming import (
    TEST_CARD,
    Kind,
    camera_of,
    camera_spec,
    kind_of,
    memory_key,
    title_of,
)
from vision_app.gui.sources.playback_bar import PlaybackBar
from vision_app.gui.sources.timeline_strip import TimelineStrip
from vision_app.gui.theme import SPACE_PX
from vision_app.live.status import Picture, SourceState, SourceStatus
from vision_app.messages import told
from vision_app.resources import demo_clip
from vision_app.sources.base import SourceOptions
from vision_app.sources.cameras import CameraDescription, Mode
from vision_app.sources.urls import REDACTED, source_id

_OWN_THUMBNAIL_EVERY = 4
"""Each so many pictures of the running camera one becomes its thumbnail."""


class SourceBar(QWidget):
    """Chooses sources and shows where the running one stands.

    Everything that opens a source should do it through `open`: then it is remembered how it is shown.

    Args:
        session: the live session.
        settings: where the choice is kept.
        controller: the cameras; made here when None.
        parent: Qt's owner.
    """

    def __init__(
        self,
        session: Session,
        settings: Settings,
        controller: CameraController | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._settings = session, settings
        self._status = session.source_status
        self._asked = ""  # what was opened last, with its credentials
        self._running = ""  # what is shown, with its credentials where they are known
        self._view = View()
        self._pictures = 0
        self._frame_wh: tuple[int, int] | None = None
        self._fps: float | None = None
        self._background = Background("source memory", self)
        self.memory = SourceMemory(settings.path.with_name("sources.json"))
        self.controller = controller or CameraController(parent=self)
        self._asker = Asker(self, settings, self.open)
        self._make_widgets()
        self._connect()
        self.memory.load()  # a few kilobytes, once, as the settings
        self._translate()
        self._show()

    @property
    def trouble(self) -> str:
        """What was wrong with the file of remembered sources, in one line; "" when all was well."""
        if not self.memory.trouble:
            return ""
        said = self.tr("What was remembered of each source was damaged ({wrong}) and is begun anew.")
        where = self.tr("It was kept as {path}.").format(path=self.memory.aside) if self.memory.aside else ""
        return f"{said.format(wrong=told(self.memory.trouble))} {where}".strip()

    def _make_widgets(self) -> None:
        self.source_button = ElidedButton(parent=self, chevron=True)
        self.source_button.setMaximumWidth(340)
        self.facts = ElidedLabel(parent=self, kind="quiet")
        self.facts.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.modes = ModeButton(self)
        self.mirror, self.rotate = QAction(self), QAction(self)
        self.mirror.setCheckable(True)
        self.mirror.setShortcut("Ctrl+M")
        self.rotate.setShortcut("Ctrl+T")
        self.addActions([self.mirror, self.rotate])
        set_icon(self.mirror, "mirror", checked="accent")
        set_icon(self.rotate, "rotate", checked="accent")
        self.mirror_button, self.rotate_button = icon_button("mirror", self), icon_button("rotate", self)
        self.mirror_button.setDefaultAction(self.mirror)
        self.rotate_button.setDefaultAction(self.rotate)
        self.message = QLabel(self)
        self.message.setWordWrap(True)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.again_button = QPushButton(self)
        self.hide_button = icon_button("close", self)
        self.playback = PlaybackBar(self._session, self)
        self.timeline = TimelineStrip(self._session, self)
        self.chooser = SourceChooser(self)
        row = QHBoxLayout()
        row.setSpacing(SPACE_PX)
        row.addWidget(self.source_button, 2)
        row.addWidget(self.facts, 1)
        for widget in (self.modes, self.mirror_button, self.rotate_button):
            row.addWidget(widget)
        message_row = QHBoxLayout()
        message_row.setSpacing(SPACE_PX)
        message_row.addWidget(self.message, 1)
        message_row.addWidget(self.again_button)
        message_row.addWidget(self.hide_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_PX, SPACE_PX // 2, SPACE_PX, SPACE_PX // 2)
        column.setSpacing(SPACE_PX // 2)
        column.addLayout(row)
        column.addLayout(message_row)
        column.addWidget(self.playback)
        column.addWidget(self.timeline)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def _connect(self) -> None:
        self._session.source.connect(self._source_changed)
        self._session.picture.connect(self._picture_came)
        self.source_button.clicked.connect(self.choose)
        self.again_button.clicked.connect(self._try_again)
        self.hide_button.clicked.connect(self._hide_message)
        self.mirror.triggered.connect(lambda on: self._orient(mirror=on))
        self.rotate.triggered.connect(
            lambda _=False: self._orient(rotate_deg=(self._view.rotate_deg + 90) % 360)
        )
        self.modes.chosen.connect(self._choose_mode)
        self.playback.loop_chosen.connect(self._keep_loop)
        self.playback.timeline.setChecked(self._settings.values.timeline)
        self.playback.timeline.toggled.connect(lambda on: self._settings.update(timeline=on))
        self.playback.timeline.toggled.connect(self.timeline.switch)
        self.timeline.wanted.connect(self.playback.go)
        self.timeline.switch(self._settings.values.timeline)
        self.chooser.opened.connect(self._look_at_cameras)
        self.chooser.closed.connect(self.controller.stop)
        self.chooser.camera_wanted.connect(self.controller.prefer)
        self.chooser.camera_chosen.connect(self.open_camera)
        self.chooser.recent_chosen.connect(self._open_recent)
        self.chooser.way_chosen.connect(self._open_by)
        self.controller.changed.connect(self._cameras_changed)
        self.controller.thumbnail.connect(self.chooser.show_picture)
        self.controller.problem.connect(self.chooser.show_problem)
        self.controller.modes_found.connect(self._keep_modes)

    def close_down(self) -> None:
        """End the watching of cameras, and write what is remembered."""
        self.chooser.hide()
        self.controller.close()
        self._background.run(self.memory.save)
        self._background.finish()

    # opening ---------------------------------------------------------------------------------------------

    def open(self, spec: str) -> None:
        """Open whatever the user named, shown as it was the last time.

        Args:
            spec: as for `vision_app.sources.open_source`.
        """
        spec = spec.strip()
        camera = camera_of(spec, self.controller.cameras)
        if camera is not None:  # by name rather than by number: it is found again wherever it is plugged in
            spec = camera_spec(camera, self.controller.cameras)
        self._asked = spec
        view = self._view_of(spec)
        is_camera = kind_of(spec, self.controller.cameras) is Kind.CAMERA
        options = SourceOptions(size_wh=view.size_wh, fps=view.fps) if is_camera else SourceOptions()
        # the thumbnails may hold the very camera that is wanted
        self.controller.stop(lambda: self._session.open(spec, options, loop=bool(view.loop)))

    def open_camera(self, camera: CameraDescription) -> None:
        """Open a camera of the list."""
        self.open(camera_spec(camera, self.controller.cameras))

    def choose(self) -> None:
        """Show what can be opened."""
        self.chooser.set_cameras(self.controller.cameras, self._camera, listed=self.controller.listed)
        self.chooser.set_recent(self._settings.values.recent, self.controller.cameras)
        self.chooser.open_under(self.source_button)

    def _open_by(self, way: str) -> None:
        ways: dict[str, Callable[[], None]] = {
            "file": self.ask_file,
            "folder": self.ask_folder,
            "stream": self.ask_stream,
            "demo": lambda: self.open(str(demo_clip())),
            "test": lambda: self.open(TEST_CARD),
        }
        ways[way]()

    def ask_file(self) -> None:
        """Ask for a video or picture file, and open it."""
        self._asker.file()

    def ask_folder(self) -> None:
        """Ask for a folder of pictures, and open it."""
        self._asker.folder()

    def ask_stream(self, shown: str = "") -> None:
        """Ask for the address of a stream, and open it.

        Args:
            shown: an address whose credentials are hidden, to be completed.
        """
        self._asker.stream(shown)

    def _open_recent(self, spec: str) -> None:
        if REDACTED in spec and kind_of(spec) is Kind.STREAM:
            self.ask_stream(spec)
        else:
            self.open(spec)

    def _try_again(self) -> None:
        if self._asked:
            self.open(self._asked)

    # what happens ----------------------------------------------------------------------------------------

    @property
    def _camera(self) -> CameraDescription | None:
        """The camera whose pictures are shown."""
        return camera_of(self._running, self.controller.cameras) if self._running else None

    def _source_changed(self, status: SourceStatus) -> None:
        self._status = status
        if status.info is not None:
            self._fps = status.info.fps
        running = self._with_credentials(status.running_id)
        if running != self._running:
            self._running = running
            self._frame_wh = None
            self._show_running()
            self._remember_running()
        self._show()

    def _with_credentials(self, shown: str) -> str:
        """What opens a source of that name, as far as it is known here."""
        choice = self._settings.values.source
        for spec in (self._asked, choice.spec if choice is not None else ""):
            if spec and source_id(spec) == shown:
                return spec
        return shown

    def _show_running(self) -> None:
        """The pictures are those of another source: turn them as it is remembered."""
        if self._running:
            self._view = self._view_of(self._running)
            self._session.orient(mirror=bool(self._view.mirror), rotate_deg=self._view.rotate_deg)
        self._show()

    def _remember_running(self) -> None:
        spec = self._running
        if not spec:
            return
        if kind_of(spec, self.controller.cameras) in (Kind.FILE, Kind.STREAM) and spec != str(demo_clip()):
            self._settings.remember(spec)
        self._keep_choice()

    def _view_of(self, spec: str) -> View:
        """How a source is shown: as it was the last time, a camera as in a mirror when it never was."""
        view = self.memory.of(memory_key(spec, self.controller.cameras))
        if view.mirror is None and kind_of(spec, self.controller.cameras) is Kind.CAMERA:
            view = dataclasses.replace(view, mirror=True)
        if view.loop is None and spec == str(demo_clip()):
            view = dataclasses.replace(view, loop=True)
        return view

    def _change_view(self, **changes: object) -> None:
        key = memory_key(self._running, self.controller.cameras)
        self.memory.change(key, **changes)
        self._view = self._view_of(self._running)
        self._background.run(self.memory.save)
        self._keep_choice()
        self._show()

    def _keep_choice(self) -> None:
        camera = self._camera
        choice = SourceChoice(
            spec=self._running,
            device_path=(camera.path or "") if camera is not None else "",
            size_wh=self._view.size_wh,
            fps=self._view.fps,
            mirror=bool(self._view.mirror),
            rotate_deg=self._view.rotate_deg,
            loop=bool(self._view.loop),
        )
        self._settings.update(source=choice)

    def _orient(self, *, mirror: bool | None = None, rotate_deg: int | None = None) -> None:
        if not self._running:
            return
        self._change_view(
            mirror=bool(self._view.mirror) if mirror is None else mirror,
            rotate_deg=self._view.rotate_deg if rotate_deg is None else rotate_deg,
        )
        self._session.orient(mirror=bool(self._view.mirror), rotate_deg=self._view.rotate_deg)

    def _choose_mode(self, size_wh: tuple[int, int] | None, fps: float | None) -> None:
        if self._camera is not None:
            self._change_view(size_wh=size_wh, fps=fps)
            self.open(self._running)

    def _keep_loop(self, on: bool) -> None:
        if self._running:
            self._change_view(loop=on)

    # cameras ---------------------------------------------------------------------------------------------

    def _cameras_changed(self, cameras: tuple[CameraDescription, ...]) -> None:
        if self.chooser.isVisible():
            self.chooser.set_cameras(cameras, self._camera, listed=True)
            self._look_at_cameras()
        self._show()

    def _look_at_cameras(self) -> None:
        """Thumbnails of those that nobody uses; the one in use is seen in the running pictures."""
        # while one is being opened it must not be taken away
        opening = self._status.state is SourceState.OPENING
        busy = {self._camera, camera_of(self._asked, self.controller.cameras) if opening else None}
        free = [c for c in self.controller.cameras if c not in busy]
        known = [c for c in free if self.memory.of(self._key(c)).modes]
        self.controller.watch(free, known)

    def _key(self, camera: CameraDescription) -> str:
        return memory_key(camera_spec(camera, self.controller.cameras), self.controller.cameras)

    def _keep_modes(self, camera: CameraDescription, modes: tuple[Mode, ...]) -> None:
        self.memory.change(self._key(camera), modes=modes)
        self._background.run(self.memory.save)

    def _picture_came(self, picture: Picture) -> None:
        self._pictures += 1
        if picture.frame_wh != self._frame_wh:
            self._frame_wh = picture.frame_wh
            self._show_facts()
        camera = (
            self._camera if self.chooser.isVisible() and not self._pictures % _OWN_THUMBNAIL_EVERY else None
        )
        if camera is not None:
            image = shared_image(picture)
            self.chooser.show_picture(camera, image.scaledToWidth(min(image.width(), 320)))

    # how it looks ----------------------------------------------------------------------------------------

    def _show(self) -> None:
        spec = self._running or self._asked
        if spec:
            self.source_button.setText(title_of(spec, self.controller.cameras))
            set_icon(self.source_button, kind_of(spec, self.controller.cameras).value)
        else:
            self.source_button.setText(self.tr("Choose a source"))
            set_icon(self.source_button, "camera")
        self.source_button.setToolTip(source_id(spec) if spec else self.tr("Choose a camera, file or stream"))
        running = bool(self._running)
        self.mirror.setEnabled(running)
        self.rotate.setEnabled(running)
        self.mirror.setChecked(running and bool(self._view.mirror))
        self._show_facts()
        self._show_message()
        camera = self._camera
        self.modes.setVisible(camera is not None)
        if camera is not None:
            view = self.memory.of(self._key(camera))
            self.modes.offer(view.modes, view.size_wh, view.fps)

    def _show_facts(self) -> None:
        size_wh = self._frame_wh
        if size_wh is None or not self._running:
            self.facts.setText("")
            return
        rate = self.tr("{fps} fps").format(fps=f"{self._fps:.4g}") if self._fps else ""
        self.facts.setText(" · ".join(filter(None, (f"{size_wh[0]} × {size_wh[1]}", rate))))

    def _show_message(self) -> None:
        status, name = self._status, title_of(self._asked, self.controller.cameras) if self._asked else ""
        text, kind, again = "", "quiet", False
        if status.state is SourceState.OPENING:
            text = self.tr("Opening {name}…").format(name=name or status.source_id)
        elif status.state is SourceState.LOST:
            text, kind = self.tr("The connection is lost. It comes back by itself as soon as it can."), "warn"
        elif status.state is SourceState.FAILED:
            text, kind, again = told(status.message), "bad", bool(self._asked)
        show_plain(self.message, text)
        set_kind(self.message, kind)
        self.message.setVisible(bool(text))
        self.again_button.setVisible(again)
        self.hide_button.setVisible(again)

    def _hide_message(self) -> None:
        for widget in (self.message, self.again_button, self.hide_button):
            widget.hide()

    def changeEvent(self, event: QEvent) -> None:
        """Speak another language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
            self._show()
        super().changeEvent(event)

    def _translate(self) -> None:
        self.source_button.setAccessibleName(self.tr("Source"))
        self.again_button.setText(self.tr("Try again"))
        tell(self.hide_button, self.tr("Close this message"))
        mirror = self.tr("Mirror")
        self.mirror.setText(mirror)
        self.mirror.setToolTip(
            self.tr(
                "Mirror the picture. Cameras start mirrored, as you know yourself from a mirror; turn it off to read "
                "text. Models, samples and recordings get the picture as it is shown."
            )
        )
        self.rotate.setText(self.tr("Turn by 90°"))
        self.rotate.setToolTip(self.tr("Turn the picture clockwise by 90°"))
        tell(self.mirror_button, mirror, self.mirror.toolTip())
        tell(self.rotate_button, self.rotate.text(), self.rotate.toolTip())
