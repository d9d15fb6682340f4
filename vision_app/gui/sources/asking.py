"""The dialogs that ask for a file, a folder or a stream."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from vision_app.gui.settings import Settings
from vision_app.gui.sources.naming import Kind, kind_of
from vision_app.gui.sources.stream_dialog import StreamDialog
from vision_app.sources.images import IMAGE_SUFFIXES

_PICTURES = " ".join(f"*{suffix}" for suffix in sorted(IMAGE_SUFFIXES))
_VIDEOS = "*.mp4 *.mkv *.avi *.mov *.webm *.m4v *.mpg *.mpeg *.ts *.wmv"


class Asker(QObject):
    """Asks without making the window wait.

    Args:
        over: the widget over which is asked.
        settings: where the last folder is found.
        chosen: called with what the user wants opened.
    """

    def __init__(self, over: QWidget, settings: Settings, chosen: Callable[[str], None]) -> None:
        super().__init__(over)
        self._over, self._settings, self._chosen = over, settings, chosen

    def file(self) -> None:
        """Ask for a video or picture file."""
        dialog = QFileDialog(self._over, self.tr("Open a file"), self._last_folder())
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        known = self.tr("Videos and pictures ({suffixes})").format(suffixes=f"{_VIDEOS} {_PICTURES}")
        dialog.setNameFilters([known, self.tr("All files (*)")])
        self._ask(dialog)

    def folder(self) -> None:
        """Ask for a folder of pictures."""
        dialog = QFileDialog(self._over, self.tr("Open a folder of pictures"), self._last_folder())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        self._ask(dialog)

    def stream(self, shown: str = "") -> None:
        """Ask for the address of a stream.

        Args:
            shown: an address whose credentials are hidden, to be completed.
        """
        dialog = StreamDialog(shown, self._over)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(self._chosen)
        dialog.open()

    def _ask(self, dialog: QFileDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._chosen)
        dialog.open()

    def _last_folder(self) -> str:
        last = next((s for s in self._settings.values.recent if kind_of(s) is Kind.FILE), "")
        return str(Path(last).parent) if last else ""
