"""Language, colours, folders and formats."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from vision_app.gui.language import LANGUAGES
from vision_app.gui.pieces.dialog import Dialog
from vision_app.gui.pieces.plain import show_plain
from vision_app.gui.pieces.texts import ElidedLabel
from vision_app.gui.places import picture_folder, video_folder
from vision_app.gui.settings import Settings
from vision_app.gui.theme import SPACE_PX, TARGET_PX
from vision_app.sinks.formats import LOG_FORMATS

AskFolder = Callable[[QWidget, str, Path], Path | None]
"""Asks for a folder: window, heading, folder to begin with; None when the user thinks better of it."""


def ask_folder(parent: QWidget, heading: str, start: Path) -> Path | None:
    """Ask with the system's own dialog."""
    chosen = QFileDialog.getExistingDirectory(parent, heading, str(start))
    return Path(chosen) if chosen else None


class Preferences(Dialog):
    """Every choice takes effect at once, and is kept."""

    folder_chosen = Signal()

    def __init__(self, settings: Settings, parent: QWidget, ask: AskFolder = ask_folder) -> None:
        super().__init__(parent)
        self._settings = settings
        self._ask = ask
        self._names: dict[str, QLabel] = {}
        self._form = QFormLayout()
        self._form.setHorizontalSpacing(2 * SPACE_PX)
        self._form.setVerticalSpacing(SPACE_PX)
        self.language = self._choice("language", ("system", *LANGUAGES))
        self.scheme = self._choice("scheme", ("system", "light", "dark"))
        self._pictures, self._picture_button = self._folder("picture_folder")
        self.picture_format = self._choice("picture_format", ("png", "jpg"))
        self._videos, self._video_button = self._folder("video_folder")
        self.log_format = self._choice("log_format", tuple(LOG_FORMATS))
        self.snapshot_drawn, self.record_drawn = self._switch("snapshot_drawn"), self._switch("record_drawn")
        self.gate = self._switch("gate")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE_PX, 2 * SPACE_PX, 2 * SPACE_PX, 2 * SPACE_PX)
        layout.setSpacing(2 * SPACE_PX)
        layout.addLayout(self._form)
        layout.addWidget(buttons)
        self.setMinimumWidth(540)
        self.retranslate()

    def _row(self, name: str, widget: QWidget) -> None:
        label = QLabel(self)
        label.setMinimumHeight(TARGET_PX)
        label.setBuddy(widget)
        self._names[name] = label
        self._form.addRow(label, widget)

    def _choice(self, name: str, values: tuple[str, ...]) -> QComboBox:
        box = QComboBox(self)
        for value in values:
            box.addItem(value, value)
        box.setCurrentIndex(values.index(getattr(self._settings.values, name)))
        box.activated.connect(lambda index: self._settings.update(**{name: box.itemData(index)}))
        self._row(name, box)
        return box

    def _switch(self, name: str) -> QCheckBox:
        box = QCheckBox(self)
        box.setChecked(getattr(self._settings.values, name))
        box.toggled.connect(lambda on: self._settings.update(**{name: on}))
        self._form.addRow(QLabel(self), box)
        return box

    def _folder(self, name: str) -> tuple[ElidedLabel, QPushButton]:
        shown, button = ElidedLabel(parent=self), QPushButton(self)
        button.clicked.connect(lambda: self.choose_folder(name))
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(shown, 1)
        row.addWidget(button)
        holder = QWidget(self)
        holder.setLayout(row)
        self._row(name, holder)
        return shown, button

    def choose_folder(self, name: str) -> None:
        """Ask for another folder.

        Args:
            name: `picture_folder` or `video_folder`.
        """
        place = picture_folder if name == "picture_folder" else video_folder
        start = place(getattr(self._settings.values, name))
        chosen = self._ask(self, self._names[name].text(), start)
        if chosen is not None:
            self._settings.update(**{name: str(chosen)})
            self._show_folders()
            self.folder_chosen.emit()

    def _show_folders(self) -> None:
        values = self._settings.values
        show_plain(self._pictures, str(picture_folder(values.picture_folder)))
        show_plain(self._videos, str(video_folder(values.video_folder)))

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def retranslate(self) -> None:
        """Set all texts."""
        self.setWindowTitle(self.tr("Preferences"))
        names = {
            "language": self.tr("Language"),
            "scheme": self.tr("Colours"),
            "picture_folder": self.tr("Folder of snapshots"),
            "picture_format": self.tr("Format of snapshots"),
            "video_folder": self.tr("Folder of recordings"),
            "log_format": self.tr("Format of logs"),
        }
        for name, text in names.items():
            self._names[name].setText(text)
        as_system = self.tr("As the system")
        words = {
            self.language: (as_system, *LANGUAGES.values()),
            self.scheme: (as_system, self.tr("Light"), self.tr("Dark")),
            self.picture_format: (self.tr("PNG, without loss"), self.tr("JPEG, small")),
            self.log_format: (
                self.tr("JSON lines"),
                self.tr("CSV table"),
                *(form.title for name, form in LOG_FORMATS.items() if name not in ("jsonl", "csv")),
            ),
        }
        for box, texts in words.items():
            for i, text in enumerate(texts):
                box.setItemText(i, text)
        for button in (self._picture_button, self._video_button):
            button.setText(self.tr("Choose…"))
        self._picture_button.setAccessibleName(self.tr("Choose the folder of snapshots"))
        self._video_button.setAccessibleName(self.tr("Choose the folder of recordings"))
        self.snapshot_drawn.setText(self.tr("Draw results on snapshots"))
        self.record_drawn.setText(self.tr("Draw results on recordings"))
        self.gate.setText(self.tr("Do not run the models while nothing in the camera's picture changes"))
        self.gate.setToolTip(
            self.tr(
                "The results stay until something changes: less work and less heat. A change that is very small or "
                "very faint may be missed. Clips and photos are not affected."
            )
        )
        self._show_folders()
