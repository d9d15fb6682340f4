"""Snapshots, recordings, logs of results, and copies on the clipboard."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication, QImage

from vision_app.errors import SinkError
from vision_app.gui.pieces.background import Background
from vision_app.gui.pieces.images import copied_image
from vision_app.gui.places import new_file, picture_folder, ready, take_back, video_folder
from vision_app.gui.session import Session
from vision_app.gui.settings import Settings
from vision_app.gui.toasts import Toasts
from vision_app.live.status import OutputStatus
from vision_app.messages import told
from vision_app.results.values import ImageU8
from vision_app.sinks.atomic import reason
from vision_app.sinks.formats import LOG_FORMATS

_BLINK_MS = 500


class Outputs(QObject):
    """Makes outputs and says what became of them."""

    changed = Signal()
    """A recording or log began, ended, or went on for another half second."""
    folder_wanted = Signal(str)
    """`picture` or `video`: the user wants to choose another folder."""

    def __init__(
        self, session: Session, settings: Settings, toasts: Toasts, background: Background, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._settings = settings
        self._toasts = toasts
        self._background = background
        self._running: dict[Path, tuple[str, float]] = {}  # path to its kind, and when it began
        self._asked: set[str] = set()  # kinds that are about to begin
        self._clock = QTimer(self)
        self._clock.setInterval(_BLINK_MS)
        self._clock.timeout.connect(self.changed)
        session.output.connect(self._told)

    # snapshots -------------------------------------------------------------------------------------------

    def snapshot(self) -> None:
        """Write the current picture at its full size."""
        values = self._settings.values
        folder, suffix = picture_folder(values.picture_folder), f".{values.picture_format}"

        def work() -> Path:
            image = self._picture(annotated=values.snapshot_drawn)
            return _write_picture(image, new_file(ready(folder), "snapshot", suffix))

        self._background.run(work, self._snapshot_taken, self._failing("picture"))

    def copy(self) -> None:
        """Put the current picture on the clipboard."""
        drawn = self._settings.values.snapshot_drawn
        self._background.run(
            lambda: copied_image(self._picture(annotated=drawn)), self._to_clipboard, self._failing("picture")
        )

    def _picture(self, *, annotated: bool) -> ImageU8:
        image = self._session.snapshot(annotated=annotated)
        if image is None:
            raise SinkError(self.tr("There is no picture yet."))
        return image

    def _to_clipboard(self, image: QImage) -> None:
        QGuiApplication.clipboard().setImage(image)
        self._toasts.say(self.tr("The picture is on the clipboard."))

    def _snapshot_taken(self, path: Path) -> None:
        self._toasts.say(
            self.tr("Snapshot saved as {name}").format(name=path.name),
            [
                (self.tr("Open folder"), lambda: self.open_folder(path.parent)),
                (self.tr("Undo"), lambda: self._take_back((path,))),
            ],
        )

    def _take_back(self, paths: tuple[Path, ...]) -> None:
        def told(where: list[Path]) -> None:
            said = self.tr("{name} was moved to {folder}.")
            names = ", ".join(path.name for path in paths)
            self._toasts.say(said.format(name=names, folder=where[0].parent))

        self._background.run(lambda: [take_back(path) for path in paths], told, self._failing("picture"))

    # recordings and logs ---------------------------------------------------------------------------------

    def running(self, kind: str) -> Path | None:
        """Path of the output of a kind that is being written: `video`, or `log` for either sort of log."""
        for path, (own, _) in self._running.items():
            if own == kind:
                return path
        return None

    def seconds(self, kind: str) -> float:
        """For how long it has been written; 0 when none is."""
        path = self.running(kind)
        return 0.0 if path is None else time.monotonic() - self._running[path][1]

    def toggle_recording(self) -> None:
        """Start a recording, or finish the one that runs."""
        drawn = self._settings.values.record_drawn
        self._toggle("video", "recording", ".mp4", lambda path: self._session.record(path, annotated=drawn))

    def toggle_log(self) -> None:
        """Start a log of the results, or finish the one that runs."""
        suffix = LOG_FORMATS[self._settings.values.log_format].suffix
        self._toggle("log", "results", suffix, self._session.log_results)

    def _toggle(self, kind: str, stem: str, suffix: str, start: Callable[[Path], None]) -> None:
        path = self.running(kind)
        if path is not None:
            self._session.stop_output(path)
            return
        if kind in self._asked:
            return
        self._asked.add(kind)
        folder = video_folder(self._settings.values.video_folder)

        def failed(line: str) -> None:
            self._asked.discard(kind)
            self._failing("video")(line)
            self.changed.emit()

        def begin(new: Path) -> None:
            self._asked.discard(kind)
            self._running[new] = (kind, time.monotonic())
            self._clock.start()
            start(new)
            self.changed.emit()

        self._background.run(lambda: new_file(ready(folder), stem, suffix), begin, failed)

    def _told(self, status: OutputStatus) -> None:
        if not status.ended or self._running.pop(status.path, None) is None:
            return
        if not self._running:
            self._clock.stop()
        self._say_ended(status)
        self.changed.emit()

    def _say_ended(self, status: OutputStatus) -> None:
        if status.error:
            another = (self.tr("Choose another folder…"), lambda: self.folder_wanted.emit("video"))
            self._toasts.say(told(status.error), [another], kind="bad")
        if not status.files:
            if not status.error:
                self._toasts.say(self.tr("Nothing was recorded: there was no picture."), kind="warn")
            return
        path = status.files[0]
        self._toasts.say(
            self.tr("Saved {name}").format(name=", ".join(file.name for file in status.files)),
            [
                (self.tr("Open folder"), lambda: self.open_folder(path.parent)),
                (self.tr("Undo"), lambda: self._take_back(status.files)),
            ],
        )

    def open_folder(self, folder: Path) -> None:
        """Show a folder in the system's file manager; where there is none, or no folder yet, say so."""

        def show(there: bool) -> None:
            if not there:
                words = self.tr("Nothing has been saved yet: {folder} will be made then.")
            elif not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
                words = self.tr("No file manager could be opened. The files are in {folder}")
            else:
                return
            self._toasts.say(words.format(folder=folder), kind="warn")

        self._background.run(folder.is_dir, show)

    def _failing(self, kind: str) -> Callable[[str], None]:
        def failed(line: str) -> None:
            another = (self.tr("Choose another folder…"), lambda: self.folder_wanted.emit(kind))
            about_folder = line != self.tr("There is no picture yet.")
            self._toasts.say(line, [another] if about_folder else (), kind="bad")

        return failed


def _write_picture(image_bgr: ImageU8, path: Path) -> Path:
    """Write a PNG or JPEG.

    Raises:
        SinkError: it cannot be written.
    """
    import cv2

    done, encoded = cv2.imencode(path.suffix, image_bgr)
    if not done:
        raise SinkError("the picture could not be made into a {suffix} file", suffix=path.suffix)
    try:
        with path.open("xb") as file:
            file.write(encoded.tobytes())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise SinkError(
            "{path} cannot be written: {reason}; choose another folder or make room",
            path=path,
            reason=reason(error),
        ) from None
    return path
