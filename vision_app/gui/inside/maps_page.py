"""Live maps over the picture: which method, for which class, block, head or place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QPushButton, QSpinBox, QVBoxLayout, QWidget

from vision_app.explaining.base import Choice
from vision_app.explaining.live import MapOf
from vision_app.gui.inside.controller import InsideController
from vision_app.gui.inside.glass import Glass
from vision_app.gui.inside.walk_page import box_at
from vision_app.gui.inside.words import METHODS, legend_of, method_word, translated
from vision_app.gui.pieces.plain import show_plain
from vision_app.gui.pieces.texts import set_kind
from vision_app.gui.theme import SPACE_PX, TARGET_PX
from vision_app.labels import label_names
from vision_app.messages import spoken, told

if TYPE_CHECKING:
    from vision_app.explaining.base import View
    from vision_app.explaining.heatmap import Heatmap
    from vision_app.explaining.probe import Probe

_WITH_HEADS = ("attention",)
_POINTED = ("attention", "similarity")
_BY_CLASS = ("cam", "recipro", "occlusion", "rise", "routing")


class MapsPage(QWidget):
    """Switches a map on and chooses what it is of."""

    def __init__(self, controller: InsideController, glass: Glass, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controller, self._glass = controller, glass
        self._at: tuple[float, float] | None = None
        self._box: tuple[float, float, float, float] | None = None
        self._shown: MapOf | None = None
        self._usual = ""
        self.on = QPushButton(self)
        self.on.setCheckable(True)
        self.method, self.wanted_class = QComboBox(self), QComboBox(self)
        self.block, self.head = QSpinBox(self), QSpinBox(self)
        self.about, self.message, self.facts = QLabel(self), QLabel(self), QLabel(self)
        self.labels = [QLabel(self) for _ in range(4)]
        self._build()
        self._translate()

    def _build(self) -> None:
        for name in METHODS:
            self.method.addItem("", name)
        for combo in (self.method, self.wanted_class):
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            combo.setMinimumContentsLength(8)
        self.wanted_class.setMaxVisibleItems(20)
        for spin in (self.block, self.head):
            spin.setRange(0, 99)
        for label in (self.about, self.message, self.facts):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        set_kind(self.about, "quiet")
        set_kind(self.facts, "quiet")
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for label, field in zip(
            self.labels, (self.method, self.wanted_class, self.block, self.head), strict=True
        ):
            label.setBuddy(field)
            label.setMinimumHeight(TARGET_PX)
            form.addRow(label, field)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_PX, SPACE_PX, SPACE_PX, SPACE_PX)
        column.addWidget(self.on)
        column.addLayout(form)
        column.addWidget(self.about)
        column.addWidget(self.message)
        column.addWidget(self.facts)
        column.addStretch(1)
        self.on.toggled.connect(self._switch)
        self.method.activated.connect(self._method_chosen)
        self.wanted_class.activated.connect(self._class_chosen)
        self.block.valueChanged.connect(self._again)
        self.head.valueChanged.connect(self._again)
        self._show_fields()

    # what is asked ---------------------------------------------------------------------------------------

    @property
    def chosen_method(self) -> str:
        """The method that is chosen."""
        return str(self.method.currentData())

    def switch_on(self, method: str = "") -> None:
        """Lay a map over the picture, made by this method."""
        if method:
            self._usual = method
            self.method.setCurrentIndex(self.method.findData(method))
            self._show_fields()
        self.on.setChecked(True)
        self._again()

    def _switch(self, on: bool) -> None:
        self._again() if on else self._off()
        self._translate()

    def _off(self) -> None:
        self._controller.look(None)
        self._glass.clear()
        self._shown = None
        self.facts.setText("")

    def leave(self) -> None:
        """Another page is shown: its maps take the place of this one's."""
        self._glass.show_map(None)

    def enter(self) -> None:
        """This page is shown again."""
        if self.on.isChecked():
            self._again()
        else:
            self._controller.look(None)
            self._glass.clear()

    def _method_chosen(self) -> None:
        self._usual = self.chosen_method
        self._at = None
        self._show_fields()
        self.switch_on()

    def _class_chosen(self) -> None:
        self._box = None
        self._again()

    def _again(self) -> None:
        if not self.on.isChecked():
            return
        self._say("")
        class_id = self.wanted_class.currentData()
        choice = Choice(
            block=self.block.value(),
            head=self.head.value(),
            class_id=None if class_id is None or class_id < 0 else int(class_id),
            box=self._box,
            at=self._at,
        )
        self._shown = MapOf(self.chosen_method, choice)
        self._glass.set_pointing(on=self.chosen_method in (*_POINTED, *_BY_CLASS))
        self._controller.look(self._shown)

    def _show_fields(self) -> None:
        heads = self.chosen_method in _WITH_HEADS
        by_class = self.chosen_method in _BY_CLASS
        for label, field, seen in (
            (self.labels[1], self.wanted_class, by_class),
            (self.labels[2], self.block, heads),
            (self.labels[3], self.head, heads),
        ):
            label.setVisible(seen)
            field.setVisible(seen)
        self.about.setText(translated(METHODS[self.chosen_method][1]))

    # what is told ----------------------------------------------------------------------------------------

    def models_changed(self) -> None:
        """Another model is looked into: its classes."""
        status = next((m for m in self._controller.running if m.slot == self._controller.slot), None)
        labels = () if status is None else status.labels
        names = label_names(spoken())
        said = [names.of(label, labels) for label in labels]
        if self.wanted_class.count() - 1 != len(labels) or self.wanted_class.itemText(1) != (said or [""])[0]:
            self.wanted_class.clear()
            self.wanted_class.addItem(self.tr("what the model says"), -1)
            for number, name in enumerate(said):
                self.wanted_class.addItem(name, number)
            self._at = self._box = None

    def model_ready(self, probe: Probe) -> None:
        """The roles of its tensors are known: take the method that suits it, unless one was chosen."""
        from vision_app.explaining.table import usual_for

        if not self._usual:
            self.method.setCurrentIndex(self.method.findData(usual_for(probe.inside)))
            self._show_fields()
            self._again()
        self.block.setMaximum(max(len(probe.inside.attention), 1))
        closed = probe.inside.closed_attention
        if closed:
            self._say(told(closed[0]))

    def seen(self, wanted: object, view: View, found: Heatmap) -> None:
        """A map."""
        if wanted is not self._shown:
            return
        self._glass.show_map(found, legend_of(found))
        if found.method != self.chosen_method:
            self._say(
                self.tr("This network has no exact class activation map; shown is {method}.").format(
                    method=method_word(found.method)
                )
            )
        facts = [told(found.note)] if found.note else []
        facts.append(
            self.tr("strongest at {x}, {y}").format(x=round(found.peak_xy[0]), y=round(found.peak_xy[1]))
        )
        self.facts.setText("; ".join(facts))

    def said(self, wanted: object, words: str) -> None:
        """Why there is no map."""
        if wanted is self._shown:
            self._glass.show_map(None)
            self._say(words)

    def pointed(self, x: float, y: float) -> None:
        """A place of the picture was clicked: the place, or the object there."""
        if self.chosen_method in _POINTED:
            self._at = (x, y)
        else:
            newest = self._controller.session.newest()
            self._box = None if newest is None else box_at(newest[1], (x, y))
        self._again()

    def _say(self, text: str) -> None:
        show_plain(self.message, text)
        set_kind(self.message, "warn" if text else "")
        self.message.setVisible(bool(text))

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def _translate(self) -> None:
        self.on.setText(self.tr("Hide the map") if self.on.isChecked() else self.tr("Show where it looks"))
        words = (self.tr("Method"), self.tr("Class"), self.tr("Block"), self.tr("Head"))
        for label, word in zip(self.labels, words, strict=True):
            label.setText(word)
        for i in range(self.method.count()):
            self.method.setItemText(i, method_word(str(self.method.itemData(i))))
        if self.wanted_class.count():
            self.wanted_class.setItemText(0, self.tr("what the model says"))
        self.block.setSpecialValueText(self.tr("last"))
        self.head.setSpecialValueText(self.tr("all"))
        self.about.setText(translated(METHODS[self.chosen_method][1]))
