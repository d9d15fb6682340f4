"""The OpenCV panel: filters before the models, live, with the numbers and the code behind them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from vision_app.errors import ConfigError
from vision_app.filters.script import script
from vision_app.filters.table import GROUPS, OPERATIONS
from vision_app.gui.filters import keeping
from vision_app.gui.filters.controller import VIEWS, FilterController
from vision_app.gui.filters.dialogs import CodeDialog, LessonDialog
from vision_app.gui.filters.glass import Glass
from vision_app.gui.filters.learnt import LearntDialog
from vision_app.gui.filters.numbers import Numbers
from vision_app.gui.filters.robustness import RobustnessDialog
from vision_app.gui.filters.steps import StepsColumn
from vision_app.gui.pieces.background import Background
from vision_app.gui.pieces.plain import show_plain
from vision_app.gui.pieces.texts import set_kind
from vision_app.gui.session import Session
from vision_app.gui.settings import Settings
from vision_app.gui.theme import PANEL_WIDTH_PX, SPACE_PX
from vision_app.gui.view import LiveView
from vision_app.messages import spoken, told


class FilterPanel(QWidget):
    """Two chains of OpenCV operations, the first of them before the models.

    Args:
        session: the live session.
        settings: those of the window.
        view: the picture, over which lines and points are drawn.
        folder: where held pictures are kept; the user's own place when None.
        parent: Qt's owner.
    """

    lesson_wanted = Signal()
    """Show the lesson of networks that learn their kernels."""

    def __init__(
        self,
        session: Session,
        settings: Settings,
        view: LiveView,
        folder: Path | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._view = session, view
        self._folder = folder or keeping.own_folder()
        self.controller = FilterController(session, settings, self)
        self.background = Background("filters", self)
        self.glass = Glass(view)
        self.code: CodeDialog | None = None
        self._writing = self._write_again = False
        self._chosen = 0
        self._dragging: int | None = None
        self._make_widgets()
        self._connect()
        self._rebuilt()
        self._translate()

    def _make_widgets(self) -> None:
        self.tabs = QTabBar(self)
        self.tabs.setExpanding(True)
        self.tabs.addTab("")
        self.tabs.addTab("")
        self.view_label = QLabel(self)
        self.views = QComboBox(self)
        for name in VIEWS:
            self.views.addItem("", name)
        self.add = QPushButton(self)
        self.add.setProperty("kind", "primary")
        self.menu = QMenu(self)
        self.add.setMenu(self.menu)
        self.empty = QLabel(self)
        self.empty.setWordWrap(True)
        set_kind(self.empty, "quiet")
        self.steps = StepsColumn(self)
        self.numbers = Numbers(self._session, self.controller, self.background, self)
        self.message = QLabel(self)
        self.message.setWordWrap(True)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.show_code, self.robust = QPushButton(self), QPushButton(self)
        content = QWidget(self)
        inner = QVBoxLayout(content)
        inner.setContentsMargins(SPACE_PX, SPACE_PX, SPACE_PX, SPACE_PX)
        inner.setSpacing(SPACE_PX)
        for widget in (self.empty, self.steps, self.add, self.numbers):
            inner.addWidget(widget)
        inner.addStretch(1)
        area = QScrollArea(self)
        area.setWidget(content)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFrameShape(QFrame.Shape.NoFrame)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, SPACE_PX)
        column.setSpacing(SPACE_PX // 2)
        column.addWidget(self.tabs)
        column.addLayout(self._row(self.view_label, self.views))
        column.addWidget(area, 1)
        line = QHBoxLayout()
        line.setContentsMargins(SPACE_PX, 0, SPACE_PX, 0)
        line.addWidget(self.message)
        column.addLayout(line)
        column.addLayout(self._row(self.show_code, self.robust))
        self.setMinimumWidth(PANEL_WIDTH_PX - 40)
        self.setFocusProxy(self.add)

    @staticmethod
    def _row(first: QWidget, second: QWidget) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(SPACE_PX, 0, SPACE_PX, 0)
        row.addWidget(first)
        row.addWidget(second, 1)
        return row

    def _connect(self) -> None:
        controller, steps = self.controller, self.steps
        controller.changed.connect(self._changed)
        controller.rebuilt.connect(self._rebuilt)
        self.tabs.currentChanged.connect(self._work_on)
        self.views.activated.connect(lambda _: controller.set_view(self.views.currentData()))
        steps.switched.connect(lambda number, on: controller.switch(number, on=on))
        steps.value_wanted.connect(self.set_value)
        steps.removed.connect(controller.remove)
        steps.moved.connect(self._moved)
        steps.chosen.connect(self._choose)
        steps.lesson_wanted.connect(self.show_lesson)
        steps.drag_wanted.connect(self._drag_corners)
        steps.hold_wanted.connect(self.hold)
        self.glass.split_wanted.connect(controller.set_split)
        self.glass.corners_wanted.connect(self._corners_dragged)
        self.glass.pointed.connect(self.numbers.point)
        self.numbers.threshold_wanted.connect(lambda value: self.set_value(self._chosen, "value", value))
        self.show_code.clicked.connect(self.open_code)
        self.robust.clicked.connect(self.open_robustness)
        self._session.notice.connect(self._noticed)

    # chains ----------------------------------------------------------------------------------------------

    def _work_on(self, number: int) -> None:
        self._dragging = None
        self._chosen = 0
        if number == 1 and self.controller.bench.view != "beside":
            self.controller.set_view("beside")
        self.controller.work_on(number)

    def add_operation(self, name: str) -> None:
        """Add a step at the end, and work on it."""
        try:
            self.controller.add(name)
        except ConfigError as error:
            self.say(told(error), "bad")
            return
        self._choose(len(self.controller.chain.steps) - 1)

    def set_value(self, number: int, name: str, value: object) -> None:
        """Give a parameter another value; what it does not take is said."""
        self._choose(number)
        try:
            self.controller.set_value(number, name, value)
        except ConfigError as error:
            self.say(told(error), "bad")
            self.steps.show_chain(self.controller.chain)
            return
        self.say("")

    def _moved(self, number: int, to: int) -> None:
        self._chosen = to
        self._dragging = None
        self.controller.move(number, to)

    def _choose(self, number: int) -> None:
        self._chosen = number
        for place, card in enumerate(self.steps.cards):
            card.mark(chosen=place == number)
        self.numbers.choose(number)

    def _rebuilt(self) -> None:
        chain = self.controller.chain
        self._dragging = None
        self.steps.show_chain(chain)
        self.empty.setVisible(not chain.steps)
        self.tabs.setCurrentIndex(self.controller.working_on)
        self._choose(min(self._chosen, max(len(chain.steps) - 1, 0)))
        self._changed()

    def _changed(self) -> None:
        bench = self.controller.bench
        self.steps.show_chain(self.controller.chain)
        self.views.setCurrentIndex(self.views.findData(bench.view))
        corners = None
        if self._dragging is not None:
            found = self.controller.chain.steps[self._dragging].values.get("corners")
            corners = found if isinstance(found, tuple) else None
        split = bench.split if bench.view == "split" else None
        captions = None
        if bench.view == "beside":
            captions = (self.tr("A, before the models"), self.tr("B"))
        elif bench.view == "split":
            captions = (self.tr("Before"), self.tr("After"))
        self.glass.show_things(split, corners, captions)  # type: ignore[arg-type]
        if self.code is not None and self.code.isVisible():
            self._write_code()
        if bench.chain.moves and bench.view in {"before", "split"}:
            self.say(self.tr("Results are not drawn here: perspective has moved what the models saw."))
        elif self.message.property("kind") == "":
            self.say("")

    # four points, held pictures --------------------------------------------------------------------------

    def _drag_corners(self, number: int, on: bool) -> None:  # as Qt tells it
        self._dragging = number if on else None
        if on and self.controller.bench.view != "before":
            self.controller.set_view("before")
        elif not on and self.controller.bench.view == "before":
            self.controller.set_view("after")
        self._changed()

    def _corners_dragged(self, corners: tuple[float, ...]) -> None:
        if self._dragging is not None:
            self.set_value(self._dragging, "corners", corners)

    def hold(self, number: int, name: str) -> None:
        """Keep the picture as it is before that step, and compare with it."""
        newest = self._session.newest()
        if newest is None:
            self.say(self.tr("There is no picture to hold: open a source first."), "bad")
            return
        image, folder = newest[0].image, self._folder
        self.background.run(
            lambda: keeping.hold(image, folder),
            lambda path: self.set_value(number, name, str(path)),
            lambda text: self.say(text, "bad"),
        )

    def try_picture(self, name: str) -> None:
        """Open one of the drawn pictures as the source."""
        folder = self._folder
        self.background.run(
            lambda: keeping.try_on(name, folder),
            lambda path: self._session.open(str(path), loop=True),
            lambda text: self.say(text, "bad"),
        )

    # dialogs ---------------------------------------------------------------------------------------------

    def show_lesson(self, number: int) -> LessonDialog:
        """Open the lesson of a step."""
        dialog = LessonDialog(self.controller.chain.steps[number].operation, self)
        dialog.try_wanted.connect(self.try_picture)
        dialog.learnt_wanted.connect(self.show_learnt)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()
        return dialog

    def show_learnt(self) -> LearntDialog:
        """Show kernels that a network has learnt."""
        dialog = LearntDialog(self.background, self)
        dialog.lesson_wanted.connect(self.lesson_wanted)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()
        return dialog

    def _write_code(self) -> None:
        """Make the code of the chain of now in the other thread; while it does, later wishes become one."""
        if self._writing:
            self._write_again = True
            return
        self._writing, self._write_again = True, False
        chain, source = self.controller.chain, self._source()

        def written(text: str) -> None:
            self._writing = False
            if self.code is not None:
                self.code.show_code(text)
            if self._write_again:
                self._write_code()

        self.background.run(lambda: script(chain, source), written)

    def _source(self) -> str:
        status = self._session.source_status
        spec = status.running_id or "0"
        if status.info is not None and status.info.kind == "camera" and not spec.isdecimal():
            return "0"  # OpenCV knows cameras by their number only
        if Path(spec).suffix.lower() in {".png", ".jpg", ".jpeg", ".bmp"} and self.controller.chain.remembers:
            return "0"
        return "0" if spec.startswith("synthetic:") or Path(spec).is_dir() else spec

    def open_code(self) -> CodeDialog:
        """Open the code of the chain."""
        if self.code is None:
            self.code = CodeDialog(self.background, self)
        self._write_code()
        self.code.show()
        self.code.raise_()
        return self.code

    def open_robustness(self) -> RobustnessDialog:
        """Open the plot of a class's probability along a slider."""
        dialog = RobustnessDialog(self._session, self.controller, self._chosen, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()
        return dialog

    # words -----------------------------------------------------------------------------------------------

    def _noticed(self, text: str) -> None:
        names = {
            step.operation.name
            for step in self.controller.bench.chain.active + self.controller.bench.other.active
        }
        if text.startswith("filter ") or text.split(":", maxsplit=1)[0] in names:
            self.say(text, "bad")

    def say(self, text: str, kind: str = "") -> None:
        """Say one line below the steps; "" for nothing."""
        show_plain(self.message, text)
        set_kind(self.message, kind)
        self.message.setVisible(bool(text))

    def _fill_menu(self) -> None:
        for group in self.menu.findChildren(QMenu):
            group.setParent(None)  # `clear` takes a menu out of its menu and leaves it there
            group.deleteLater()
        self.menu.clear()
        for words, names in GROUPS:
            group = self.menu.addMenu(words.of(spoken()))
            group.setToolTipsVisible(True)
            for name in names:
                operation = OPERATIONS[name]
                action = group.addAction(operation.title.of(spoken()))
                action.setObjectName(f"add_{name}")
                action.setToolTip(operation.line.of(spoken()))
                action.triggered.connect(lambda _=False, name=name: self.add_operation(name))

    def _translate(self) -> None:
        self.tabs.setTabText(0, self.tr("A: before the models"))
        self.tabs.setTabText(1, self.tr("B: to compare"))
        self.view_label.setText(self.tr("Show"))
        names = (
            self.tr("After"),
            self.tr("Before"),
            self.tr("Before and after"),
            self.tr("A and B side by side"),
        )
        for place, name in enumerate(names):
            self.views.setItemText(place, name)
        self.views.setAccessibleName(self.tr("What is shown"))
        self.add.setText(self.tr("Add a filter"))
        self.empty.setText(
            self.tr(
                "Filters change the picture before the models see it. Add one, move its sliders, and take the code."
            )
        )
        self.show_code.setText(self.tr("Code"))
        self.robust.setText(self.tr("How robust is the model?"))
        self.numbers.histogram.setAccessibleName(self.tr("Histogram"))
        self._fill_menu()
        self.steps.translate()
        self._changed()
        self.numbers.look()

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def close_down(self) -> None:
        """End what goes on."""
        self.numbers.stop()
        self.background.close()
