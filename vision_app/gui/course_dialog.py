"""The dialog "Learn": from a heading of a course to the view that shows it, by one click."""

from __future__ import annotations

from typing import Protocol, cast

from PySide6.QtCore import QCoreApplication, QEvent, QSize, Signal
from PySide6.QtWidgets import QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from vision_app.gui.course import COURSE, Heading
from vision_app.gui.docks import Docks
from vision_app.gui.pieces.dialog import Dialog
from vision_app.gui.pieces.pointing import point_out
from vision_app.gui.pieces.searched_list import ListRow, SearchedList
from vision_app.gui.theme import SPACE_PX

_SIZE_PX = (880, 620)
_HEADINGS = {heading.title: heading for chapter in COURSE for heading in chapter.headings}


class Opens(Protocol):
    """A panel of pages."""

    def open(self, place: str) -> QWidget:
        """Show a page and return it."""
        ...


def show_heading(docks: Docks, title: str) -> None:
    """Show the view of a heading, and where on it to look."""
    heading = _HEADINGS[title]
    docks.show(heading.panel)
    panel = cast("Opens | None", docks.panel(heading.panel))
    if panel is not None:
        page = panel.open(heading.place)
        point_out(getattr(page, heading.part) if heading.part else page)


class CourseDialog(Dialog):
    """Lists the headings of the course; a click shows one and closes the list.

    Args:
        last: the heading that was shown last; "" for none. The list begins there.
        parent: Qt's owner.
    """

    wanted = Signal(str)
    """The title of the heading, in English, that was clicked."""

    def __init__(self, last: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.list = SearchedList(self, wide=1)
        self.about = QLabel(self)
        self.about.setWordWrap(True)
        self.list.searched.connect(self._show)
        self.list.chosen.connect(self._chosen)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(
            False
        )  # Enter takes what is found
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE_PX, 2 * SPACE_PX, 2 * SPACE_PX, 2 * SPACE_PX)
        layout.setSpacing(SPACE_PX)
        for widget in (self.about, self.list, buttons):
            layout.addWidget(widget)
        self.retranslate()
        self.resize(QSize(*_SIZE_PX).boundedTo(parent.window().size()))
        self.list.mark(last)
        self.list.setFocus()

    def retranslate(self) -> None:
        """Set all texts."""
        self.setWindowTitle(self.tr("Learn"))
        self.about.setText(self.tr("Choose a heading of your notes: the view that shows it opens, live."))
        self.list.search.setPlaceholderText(self.tr("Search, such as stride, attention or gradient"))
        self.list.search.setAccessibleName(self.tr("Search the headings"))
        self.list.tree.setHeaderLabels([self.tr("Heading"), self.tr("What is seen")])
        self.list.tree.setAccessibleName(self.tr("Headings of the course"))
        self.list.nothing.setText(self.tr("No heading is about that. Try a shorter or a more common word."))
        self._show()

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _show(self) -> None:
        query = self.list.search.text()
        self.list.fill(
            [
                (_told(chapter.title), [_row(one) for one in chapter.headings if one.matches(query)])
                for chapter in COURSE
            ]
        )

    def _chosen(self, title: str) -> None:
        if self.isVisible():  # where one click activates, two signals come
            self.accept()
            self.wanted.emit(title)


def _row(heading: Heading) -> ListRow:
    return ListRow(_told(heading.title), _told(heading.sentence), heading.title)


def _told(text: str) -> str:
    return QCoreApplication.translate("Course", text)
