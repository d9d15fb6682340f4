"""The menu bar, made from the actions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QMenuBar

from vision_app.gui.actions import Actions
from vision_app.gui.settings import Settings
from vision_app.sources.urls import source_id

_LAYOUT = (
    (
        "file",
        ("choose", "open_file", "open_folder", "open_stream", "open_site", "recent", "open_demo", "", "quit"),
    ),
    ("view", ("full_screen", "", "draw", "larger_text", "smaller_text", "normal_text", "", "panels")),
    ("models", ("add_model", "panel_models")),
    (
        "tools",
        (
            "snapshot",
            "copy",
            "record",
            "log",
            "",
            "snapshot_drawn",
            "record_drawn",
            "",
            "open_pictures",
            "open_videos",
            "",
            "preferences",
        ),
    ),
    ("help", ("learn", "first_steps", "shortcuts", "", "about")),
)


class Menus(QObject):
    """Fills a menu bar, and keeps the list of what was opened up to date."""

    def __init__(
        self,
        bar: QMenuBar,
        actions: Actions,
        panels: dict[str, QAction],
        *,
        settings: Settings,
        open_source: Callable[[str], None],
    ) -> None:
        super().__init__(bar)
        self._settings = settings
        self._open = open_source
        self._menus: dict[str, QMenu] = {}
        self._recent = QMenu(bar)
        self._recent.aboutToShow.connect(self._show_recent)
        for name, entries in _LAYOUT:
            menu = self._menus[name] = bar.addMenu("")
            for entry in entries:
                if not entry:
                    menu.addSeparator()
                elif entry == "recent":
                    menu.addMenu(self._recent)
                elif entry == "panels":
                    menu.addActions(list(panels.values()))
                elif entry.startswith("panel_"):
                    if entry.removeprefix("panel_") in panels:
                        menu.addAction(panels[entry.removeprefix("panel_")])
                else:
                    menu.addAction(actions[entry])
        self.retranslate()

    def retranslate(self) -> None:
        """Set all titles."""
        titles = {
            "file": QCoreApplication.translate("Menus", "&File"),
            "view": QCoreApplication.translate("Menus", "&View"),
            "models": QCoreApplication.translate("Menus", "&Models"),
            "tools": QCoreApplication.translate("Menus", "&Tools"),
            "help": QCoreApplication.translate("Menus", "&Help"),
        }
        for name, title in titles.items():
            self._menus[name].setTitle(title)
        self._recent.setTitle(self.tr("Opened before"))

    def _show_recent(self) -> None:
        self._recent.clear()
        for spec in self._settings.values.recent:
            self._recent.addAction(source_id(spec)).triggered.connect(partial(self._open, spec))
        if not self._settings.values.recent:
            self._recent.addAction(self.tr("Nothing yet")).setEnabled(False)
