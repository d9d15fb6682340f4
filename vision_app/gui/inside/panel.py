"""The panel "Look inside": what a model looks at, what its layers do, and why, live."""

from __future__ import annotations

from typing import Any, cast

from PySide6.QtCore import QEvent, QSignalBlocker, Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFrame,
    QGridLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from vision_app.gui.inside.attention_page import AttentionPage
from vision_app.gui.inside.compare_page import ComparePage
from vision_app.gui.inside.controller import InsideController
from vision_app.gui.inside.depth_page import DepthPage
from vision_app.gui.inside.families_page import FamiliesPage
from vision_app.gui.inside.glass import Glass
from vision_app.gui.inside.layers_page import LayersPage
from vision_app.gui.inside.maps_page import MapsPage
from vision_app.gui.inside.moments_page import MomentsPage
from vision_app.gui.inside.reach_page import ReachPage
from vision_app.gui.inside.sliding_page import SlidingPage
from vision_app.gui.inside.walk_page import WalkPage
from vision_app.gui.pieces.one_of import OneOf
from vision_app.gui.pieces.wrapping import EvenRows
from vision_app.gui.session import Session
from vision_app.gui.theme import PANEL_WIDTH_PX, SPACE_PX
from vision_app.gui.view import LiveView

LESSONS = ("sliding", "attention", "depth", "walk", "memory", "moments")
PAGES = ("maps", "layers", "lessons", "families", "compare")


class InsidePanel(QWidget):
    """Pages over one watched model; only the page that is seen costs anything.

    Args:
        session: the live session.
        view: the picture, over which maps are laid.
        parent: Qt's owner.
    """

    def __init__(self, session: Session, view: LiveView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.controller = InsideController(session, self)
        self.glass = Glass(view)
        self.maps = MapsPage(self.controller, self.glass)
        self.layers = LayersPage(self.controller, self.glass)
        self.sliding = SlidingPage(self.controller, self.glass)
        self.attention = AttentionPage(self.controller, self.glass)
        self.gradients = DepthPage(self.controller, self.glass)
        self.walk = WalkPage(self.controller, self.glass)
        self.memory = ReachPage(self.controller, self.glass)
        self.moments = MomentsPage(self.controller, self.glass)
        self.families = FamiliesPage(self.controller)
        self.compare = ComparePage(session)
        self._entered: Any = None
        self.model_label, self.model = QLabel(self), QComboBox(self)
        self._build()
        self._connect()
        self._translate()

    def show_sliding(self) -> None:
        """Open the lesson of the sliding window, with a kernel that the model has learnt."""
        self.open("sliding")
        self.sliding.show_learnt()

    def _build(self) -> None:
        self.lessons = QWidget(self)
        column = QVBoxLayout(self.lessons)
        column.setContentsMargins(SPACE_PX, SPACE_PX, SPACE_PX, SPACE_PX)
        self.lesson_buttons = QButtonGroup(self)
        row = EvenRows(SPACE_PX - 2)
        for i, name in enumerate(LESSONS):
            button = QPushButton(self.lessons)
            button.setCheckable(True)
            button.setObjectName(f"lesson_{name}")
            self.lesson_buttons.addButton(button, i)
            row.add(button)
        self.lesson_buttons.button(0).setChecked(True)
        self.stack = OneOf(self.lessons)
        for page in (
            self.sliding,
            self.attention,
            self.gradients,
            self.walk,
            self.memory,
            self.moments,
        ):
            self.stack.add(page)
        column.addLayout(row)
        column.addWidget(self.stack, 1)
        self.tabs = QTabWidget(self)
        self.tabs.tabBar().setUsesScrollButtons(True)
        shown: tuple[QWidget, ...] = (self.maps, self.layers, self.lessons, self.families, self.compare)
        for tab in shown:
            area = QScrollArea(self.tabs)
            area.setWidget(tab)
            area.setWidgetResizable(True)
            area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
            area.setFrameShape(QFrame.Shape.NoFrame)
            self.tabs.addTab(area, "")
        self.model.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, SPACE_PX // 2, 0, 0)
        head = QGridLayout()
        head.setContentsMargins(SPACE_PX, 0, SPACE_PX, 0)
        head.addWidget(self.model_label, 0, 0)
        head.addWidget(self.model, 0, 1)
        head.setColumnStretch(1, 1)
        whole.addLayout(head)
        whole.addWidget(self.tabs, 1)
        self.model_label.setBuddy(self.model)
        self.setMinimumWidth(PANEL_WIDTH_PX - 40)
        self.setFocusProxy(self.tabs)

    def _connect(self) -> None:
        self.tabs.currentChanged.connect(lambda _: self._enter())
        self.lesson_buttons.idClicked.connect(self.stack.show_page)
        self.stack.changed.connect(self._enter)
        self.model.activated.connect(lambda: self.controller.use(self.model.currentData()))
        self.controller.models_changed.connect(self._models_changed)
        self.controller.ready.connect(self._ready)
        self.controller.seen.connect(self._seen)
        self.controller.outdated.connect(self._outdated)
        self.controller.said.connect(self._said)
        self.glass.pointed.connect(self._pointed)
        self.families.see_wanted.connect(self.open)

    # pages -----------------------------------------------------------------------------------------------

    @property
    def page(self) -> Any:
        """The page that is seen."""
        pages = (self.maps, self.layers, self.stack.page, self.families, self.compare)
        return pages[max(self.tabs.currentIndex(), 0)]

    def open(self, place: str) -> QWidget:
        """Show a page, a lesson, or a method, chapter or family: `layers`, `maps:cam`, `memory:rnn`, `families:yolo`.

        Returns:
            The page.
        """
        name, _, method = place.partition(":")
        if name in LESSONS:
            self.lesson_buttons.button(LESSONS.index(name)).setChecked(True)
            self.stack.show_page(LESSONS.index(name))
            name = "lessons"
        self.tabs.setCurrentIndex(PAGES.index(name))
        if method and place.startswith("memory:"):
            self.memory.show_chapter(method)
        elif method and name == "families":
            self.families.choose(method)
        elif method:
            self.maps.switch_on(method)
        return cast("QWidget", self.page)

    def _enter(self) -> None:
        page = self.page if self.isVisible() else None
        if page is self._entered:
            return
        if self._entered is not None:
            self._entered.leave()
        self._entered = page
        if page is not None:
            page.enter()

    def showEvent(self, event: QShowEvent) -> None:
        """What is seen is worked for."""
        super().showEvent(event)
        self._enter()

    def hideEvent(self, event: QHideEvent) -> None:
        """A map that was switched on stays over the picture; everything else ends."""
        super().hideEvent(event)
        if self._entered is not None and not (self._entered is self.maps and self.maps.on.isChecked()):
            self._entered.leave()
            self.controller.look(None)
        self._entered = None

    # what is told ----------------------------------------------------------------------------------------

    def _models_changed(self) -> None:
        running = self.controller.running
        with QSignalBlocker(self.model):
            self.model.clear()
            for status in running:
                self.model.addItem(status.name, status.slot)
            index = self.model.findData(self.controller.slot)
            if index >= 0:
                self.model.setCurrentIndex(index)
        self.maps.models_changed()
        self.attention.models_changed()

    def _ready(self, probe: object) -> None:
        for page in (self.maps, self.layers, self.sliding, self.attention, self.walk):
            page.model_ready(probe)  # type: ignore[arg-type]

    def _seen(self, wanted: object, view: object, thing: object) -> None:
        for page in (self.maps, self.layers, self.attention):
            page.seen(wanted, view, thing)  # type: ignore[arg-type]

    def _outdated(self) -> None:
        self.glass.show_map(None)

    def _said(self, wanted: object, words: str) -> None:
        for page in (self.maps, self.layers, self.attention):
            page.said(wanted, words)

    def _pointed(self, x: float, y: float) -> None:
        take = getattr(self.page, "pointed", None)
        if take is not None:
            take(x, y)

    def close_down(self) -> None:
        """End everything."""
        self._entered = None
        self.sliding.leave()
        self.gradients.leave()
        self.memory.leave()
        self.moments.leave()
        self.compare.close_down()
        self.controller.close()

    # words -----------------------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def _translate(self) -> None:
        self.setAccessibleName(self.tr("Look inside"))
        self.model_label.setText(self.tr("Model"))
        words = (
            self.tr("Maps"),
            self.tr("Layers"),
            self.tr("Lessons"),
            self.tr("Families"),
            self.tr("Compare"),
        )
        for i, word in enumerate(words):
            self.tabs.setTabText(i, word)
        lessons = (
            self.tr("Sliding window"),
            self.tr("Attention"),
            self.tr("Depth"),
            self.tr("Down to a number"),
            self.tr("Memory over time"),
            self.tr("Attention over time"),
        )
        for i, word in enumerate(lessons):
            self.lesson_buttons.button(i).setText(word)
