"""The layers of the network: a list, a drawing, the live channels of the chosen one, kernels, receptive fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QLabel, QTreeWidgetItem, QVBoxLayout, QWidget

from vision_app.explaining.listing import rows_of, seen
from vision_app.explaining.watching import GridOf, GridSeen, first_kernels
from vision_app.gui.inside.controller import InsideController
from vision_app.gui.inside.glass import Glass
from vision_app.gui.inside.grid_view import SIDE_PX, GridView
from vision_app.gui.inside.layer_list import KIND, NAME, LayerList
from vision_app.gui.inside.network_view import NetworkView, colour_of
from vision_app.gui.inside.words import kind_word, legend_of
from vision_app.gui.pieces.plain import show_plain
from vision_app.gui.pieces.texts import set_kind
from vision_app.gui.theme import SPACE_PX
from vision_app.messages import told

if TYPE_CHECKING:
    from vision_app.explaining.base import View
    from vision_app.explaining.probe import Probe
    from vision_app.graph.inside import Inside
    from vision_app.graph.layers import Layer

_COLUMNS = 9


class LayersPage(QWidget):
    """One layer is chosen; its most active channels are shown live."""

    def __init__(self, controller: InsideController, glass: Glass, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controller, self._glass = controller, glass
        self._inside: Inside | None = None
        self._layer: Layer | None = None
        self._channel: int | None = None
        self._channels: list[int] = []
        self._marked = -1
        self._shown: GridOf | None = None
        self._at: tuple[float, float] | None = None
        self._tensor_wh = (1, 1)
        self.drawing, self.list, self.grid = NetworkView(self), LayerList(_COLUMNS, self), GridView(self)
        self.kernels = GridView(self)
        self.facts, self.message, self.kernel_title = QLabel(self), QLabel(self), QLabel(self)
        self._build()
        self._translate()

    def _build(self) -> None:
        self.list.setMinimumHeight(220)
        for label in (self.facts, self.message):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        set_kind(self.facts, "quiet")
        self.kernels.setMinimumHeight(140)
        self.kernels.setMaximumHeight(180)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_PX, SPACE_PX, SPACE_PX, SPACE_PX)
        for widget in (self.drawing, self.list, self.facts, self.message, self.grid):
            column.addWidget(widget)
        column.addWidget(self.kernel_title)
        column.addWidget(self.kernels)
        self.drawing.chosen.connect(self.choose)
        self.list.currentItemChanged.connect(self._item_chosen)
        self.grid.chosen.connect(self._channel_chosen)

    # the network -----------------------------------------------------------------------------------------

    def model_ready(self, probe: Probe) -> None:
        """Another network."""
        self._inside = probe.inside
        self._fill()
        self.drawing.show_layers(self._inside.layers)
        self._show_kernels(probe)
        self._layer = None
        if self.isVisible():
            self.enter()

    def _fill(self) -> None:
        if self._inside is None:
            return
        self.list.blockSignals(True)
        self.list.clear()
        for layer, row in zip(self._inside.layers, rows_of(self._inside), strict=True):
            kind = kind_word(layer.kind) + (f" + {layer.activation}" if layer.activation else "")
            item = QTreeWidgetItem([*row[:2], kind, *map(told, row[3:9])])
            item.setForeground(0, colour_of(layer.kind))
            item.setToolTip(NAME, layer.name)
            item.setToolTip(KIND, kind)
            self.list.addTopLevelItem(item)
        self.list.measure()
        self.list.blockSignals(False)

    def _show_kernels(self, probe: Probe) -> None:
        from vision_app.explaining.painting import kernel_pictures

        weights = first_kernels(probe.inside)
        picture = None
        if weights is not None:
            rgb = probe.model.card.input.colour == "RGB"
            picture = kernel_pictures(weights[:, ::-1] if rgb and weights.shape[1] == 3 else weights)
        self.kernels.show_cells(picture, 0 if weights is None else len(weights))
        self.kernels.setVisible(picture is not None)
        self.kernel_title.setVisible(picture is not None)

    def _item_chosen(self, item: QTreeWidgetItem | None, _: object) -> None:
        if item is not None:
            self.choose(self.list.indexOfTopLevelItem(item) + 1)

    def choose(self, number: int) -> None:
        """Show the channels of a layer, counted from 1."""
        if self._inside is None or not 1 <= number <= len(self._inside.layers):
            return
        self._layer = self._inside.layers[number - 1]
        self._channel, self._marked = None, -1
        self.drawing.mark(number)
        item = self.list.topLevelItem(number - 1)
        if item is not None and self.list.currentItem() is not item:
            self.list.blockSignals(True)
            self.list.setCurrentItem(item)
            self.list.blockSignals(False)
        self.facts.setText(self._about(self._layer))
        self._watch()
        self._show_field()

    def _about(self, layer: Layer) -> str:
        parts = [f"{layer.number} {layer.name}: {kind_word(layer.kind)}"]
        window = layer.window
        if window is not None:
            parts.append(
                self.tr("kernel {k}, stride {s}, padding {p}, dilation {d}").format(
                    k="×".join(str(v) for v in window.kernel),
                    s="×".join(str(v) for v in window.stride),
                    p=window.before[0],
                    d=window.dilation[0],
                )
            )
        if layer.shape:
            parts.append(self.tr("output {shape}").format(shape="×".join(str(d) for d in layer.shape[1:])))
        if layer.field is not None:
            size = "×".join(str(v) for v in layer.field.size_hw)
            parts.append(
                self.tr("one place sees {size} pixels; click on the picture to see which").format(size=size)
            )
        elif seen(layer) == "whole picture":
            parts.append(self.tr("sees the whole picture"))
        if layer.multiplications:
            parts.append(self.tr("{n} multiplications").format(n=f"{layer.multiplications:,}"))
        return "\n".join(parts)

    # live ------------------------------------------------------------------------------------------------

    def enter(self) -> None:
        """This page is shown."""
        self._glass.show_map(None)
        self._controller.use_probe()
        if self._inside is not None and self._layer is None:
            from vision_app.errors import VisionError
            from vision_app.explaining.features import usual_layer

            try:
                number = usual_layer(self._inside).number
            except VisionError as error:
                self._say(told(error))
                number = 1
            self.choose(number)
        else:
            self._watch()
        self._glass.set_pointing(on=True)

    def leave(self) -> None:
        """Another page is shown."""
        self._shown = None
        self._glass.clear()

    def _watch(self) -> None:
        if self._layer is None or not self.isVisible():
            return
        self._say("")
        ratio = self.devicePixelRatioF()
        side = round(SIDE_PX * ratio)
        self._shown = GridOf(str(self._layer.number), (side, side), self._channel)
        self._controller.look(self._shown)

    def _channel_chosen(self, cell: int) -> None:
        if cell < len(self._channels):
            again = self._channels[cell] == self._channel
            self._channel = None if again else self._channels[cell]
            self._watch()

    def seen(self, wanted: object, view: View, found: GridSeen) -> None:
        """The channels of one run."""
        if wanted is not self._shown:
            return
        self._tensor_wh = view.geometry.tensor_wh
        self._channels = found.channels.channels.tolist()
        self._marked = self._channels.index(self._channel) if self._channel in self._channels else -1
        self.grid.show_cells(found.picture, len(self._channels), self._marked)
        words = legend_of(found.map)
        if self._channel is not None:
            words = self.tr("{layer}, channel {n}").format(layer=found.map.layer, n=self._channel + 1)
        self._glass.show_map(found.map, words)

    def said(self, wanted: object, words: str) -> None:
        """Why there is nothing to see."""
        if wanted is self._shown:
            self.grid.show_cells(None, 0)
            self._glass.show_map(None)
            self._say(words)

    def pointed(self, x: float, y: float) -> None:
        """A place of the picture was clicked: draw what the layer's place there sees."""
        self._at = (x, y)
        self._show_field()

    def _show_field(self) -> None:
        layer, found = self._layer, self._glass.map
        if layer is None or layer.field is None or self._at is None or found is None or not layer.is_map:
            self._glass.show_marks([])
            return
        rows, columns = (
            found.values.shape
        )  # as it ran: a network of free size has other ones than in the list
        left, top, right, bottom = found.region
        width, height = self._tensor_wh
        column = int((self._at[0] - left) / (right - left) * columns)
        row = int((self._at[1] - top) / (bottom - top) * rows)
        if not (0 <= row < rows and 0 <= column < columns):
            return
        fx, fy = (right - left) / width, (bottom - top) / height
        x0, y0, x1, y1 = layer.field.at(row, column)
        field = (left + x0 * fx, top + y0 * fy, left + x1 * fx, top + y1 * fy)
        size = "×".join(str(v) for v in layer.field.size_hw)
        words = self.tr("row {row}, column {column}: sees {size}").format(
            row=row + 1, column=column + 1, size=size
        )
        self._glass.show_marks([(field, words)], found.frame_wh)

    def _say(self, text: str) -> None:
        show_plain(self.message, text)
        set_kind(self.message, "warn" if text else "")
        self.message.setVisible(bool(text))

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
            self._fill()
            if self._layer is not None:
                self.facts.setText(self._about(self._layer))
        super().changeEvent(event)

    def _translate(self) -> None:
        self.list.setHeaderLabels(
            [
                "#",
                self.tr("name"),
                self.tr("kind"),
                self.tr("kernel"),
                self.tr("stride"),
                self.tr("padding"),
                self.tr("output"),
                self.tr("sees"),
                self.tr("multiplications"),
            ]
        )
        self.list.measure()
        self.list.setAccessibleName(self.tr("Layers"))
        self.kernel_title.setText(self.tr("Kernels of the first layer"))
