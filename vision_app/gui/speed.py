"""The speed panel: rates, ages, time in each stage, and where the models really run."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from vision_app.gui.meter import Meter, Moment, provider_is_wrong
from vision_app.gui.pieces.plain import plain
from vision_app.gui.pieces.texts import percent, set_kind
from vision_app.gui.plot import Plot
from vision_app.gui.session import Session
from vision_app.gui.theme import SPACE_PX, theme
from vision_app.live.status import ModelState, ModelStatus
from vision_app.runtime import short_provider

_DASH = "–"


class _Row:
    """One line of the table: what it is, median, 95th percentile or one value."""

    def __init__(self, grid: QGridLayout, row: int) -> None:
        self.name, self.first, self.second = QLabel(), QLabel(_DASH), QLabel()
        for column, label in enumerate((self.name, self.first, self.second)):
            if column:
                label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(label, row, column)

    def show(self, first: str, second: str = "") -> None:
        """Show two values, or one at the right."""
        if not second:
            first, second = "", first
        for label, text in ((self.first, first), (self.second, second)):
            if label.text() != text:
                label.setText(text)


class SpeedPanel(QScrollArea):
    """Shows the figures of a meter while it is visible."""

    RATES = ("source", "painted", "inferred", "spared", "dropped")
    AGES = ("picture", "results")
    STAGES = ("read", "prepare", "infer", "decode", "compose")

    def __init__(self, session: Session, meter: Meter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._meter = meter
        self._models: tuple[ModelStatus, ...] = session.model_statuses()
        self._lines: list[tuple[str, bool]] | None = None
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        content = QWidget()
        self._column = QVBoxLayout(content)
        self._column.setContentsMargins(
            SPACE_PX + SPACE_PX // 2, SPACE_PX, SPACE_PX + SPACE_PX // 2, SPACE_PX
        )
        self._column.setSpacing(SPACE_PX)
        self._heads: dict[str, QLabel] = {}
        self._rows: dict[str, _Row] = {}
        self._table("rates", self.RATES)
        self._table("ages", self.AGES)
        self._plot = Plot(meter.history.maxlen or 1, content)
        self._legend = QLabel(content)
        self._legend.setTextFormat(Qt.TextFormat.RichText)
        self._legend.setWordWrap(True)
        theme().changed.connect(self._show_legend)
        self._column.addWidget(self._plot)
        self._column.addWidget(self._legend)
        self._table("stages", self.STAGES)
        self._heads["models"] = self._heading()
        self._column.addWidget(self._heads["models"])
        self._providers = QVBoxLayout()
        self._providers.setSpacing(SPACE_PX // 2)
        self._column.addLayout(self._providers)
        self._column.addStretch(1)
        self.setWidget(content)
        self.retranslate()
        self._show_models(self._models)
        session.models.connect(self._show_models)
        meter.told.connect(self._told)

    def _heading(self) -> QLabel:
        label = QLabel()
        label.setProperty("kind", "heading")
        return label

    def _table(self, name: str, rows: tuple[str, ...]) -> None:
        head = QHBoxLayout()
        self._heads[name] = self._heading()
        head.addWidget(self._heads[name], 1)
        if name != "rates":
            columns = QLabel("p50 / p95")
            columns.setProperty("kind", "quiet")
            head.addWidget(columns)
        self._column.addLayout(head)
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * SPACE_PX)
        grid.setVerticalSpacing(SPACE_PX // 2)
        grid.setColumnStretch(0, 1)
        for i, row in enumerate(rows):
            self._rows[row] = _Row(grid, i)
        self._column.addLayout(grid)

    # what it shows ---------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Be up to date at once."""
        super().showEvent(event)
        if self._meter.history:
            self._told(self._meter.history[-1])

    def _told(self, moment: Moment) -> None:
        if not self.isVisible():
            return
        figures = moment.figures
        self._rows["source"].show(_rate(figures.source_fps))
        self._rows["painted"].show(_rate(moment.painted_fps))
        self._rows["inferred"].show(_rate(figures.inferred_fps))
        self._rows["spared"].show(percent(figures.spared) if figures.spared else _DASH)
        self._rows["dropped"].show(str(figures.dropped))
        self._rows["picture"].show(*_pair(moment.age_p50_ms, moment.age_p95_ms))
        self._rows["results"].show(_ms(figures.result_age_p95_ms))
        for stage in self.STAGES:
            times_ms = figures.stages_ms.get(stage)
            self._rows[stage].show(*(_pair(*times_ms) if times_ms else (_DASH, "")))
        history = list(self._meter.history)
        infer_ms = [m.figures.stages_ms.get("infer", (0.0, 0.0))[0] for m in history]
        self._plot.show_lines([("warn", infer_ms), ("accent", [m.age_p95_ms for m in history])])

    def _show_models(self, models: tuple[ModelStatus, ...]) -> None:
        self._models = models
        lines = [(self.provider_line(model), provider_is_wrong(model)) for model in models]
        if lines == self._lines:
            return  # new labels cost the window milliseconds, and this is told often
        self._lines = lines
        while (item := self._providers.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._heads["models"].setVisible(bool(models))
        for line, is_wrong in lines:
            label = QLabel(line)
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            set_kind(label, "warn" if is_wrong else "")
            self._providers.addWidget(label)

    def provider_line(self, model: ModelStatus) -> str:
        """Where a model runs, and a warning when that is not where it was asked to."""
        name = plain(model.name or model.request.reference)
        if model.state is ModelState.LOADING:
            return self.tr("{model}: loading…").format(model=name)
        if not model.provider:
            return self.tr("{model}: not running").format(model=name)
        line = f"{name}: {short_provider(model.provider)}"
        if not provider_is_wrong(model):
            return line
        wanted = short_provider(model.fell_back_from or model.request.provider)
        return "⚠ " + self.tr("{line}, though {wanted} was asked for").format(line=line, wanted=wanted)

    def _show_legend(self) -> None:
        colours = theme().colours
        lines = (
            (colours.accent, self.tr("picture age, p95")),
            (colours.warn, self.tr("inference, p50")),
        )
        marks = " &nbsp; ".join(f'<span style="color:{colour}">━</span> {text}' for colour, text in lines)
        self._legend.setText(marks)

    # language --------------------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
            self._show_models(self._models)
        super().changeEvent(event)

    def retranslate(self) -> None:
        """Set all texts."""
        heads: Mapping[str, str] = {
            "rates": self.tr("Pictures a second"),
            "ages": self.tr("Age on the screen"),
            "stages": self.tr("Time in each stage"),
            "models": self.tr("Where the models run"),
        }
        names: Mapping[str, tuple[str, str]] = {
            "source": (self.tr("Source"), self.tr("Pictures that the camera or file gives")),
            "painted": (self.tr("Shown"), self.tr("Pictures that the window painted")),
            "inferred": (self.tr("Inferred"), self.tr("Pictures that went through the models")),
            "spared": (
                self.tr("Work saved"),
                self.tr(
                    "Pictures with results that no model had to look at: nothing had changed, or the tracks said where "
                    "the objects are"
                ),
            ),
            "dropped": (
                self.tr("Shown without new results"),
                self.tr("Pictures that came while the models were busy, since the source was opened"),
            ),
            "picture": (self.tr("Picture"), self.tr("From the camera to the screen")),
            "results": (self.tr("Results"), self.tr("From the camera to the results of that picture")),
            "read": (self.tr("Read"), self.tr("Getting and decoding a picture")),
            "prepare": (self.tr("Prepare"), self.tr("Scaling it for the models")),
            "infer": (self.tr("Infer"), self.tr("The models themselves")),
            "decode": (self.tr("Decode"), self.tr("From what the models give to boxes and classes")),
            "compose": (self.tr("Draw"), self.tr("Scaling the picture for the screen and drawing on it")),
        }
        for key, text in heads.items():
            self._heads[key].setText(text)
        for key, (name, tip) in names.items():
            self._rows[key].name.setText(name)
            self._rows[key].name.setToolTip(tip)
        self._show_legend()


def _ms(value_ms: float) -> str:
    if value_ms <= 0:
        return _DASH
    return f"{value_ms:.1f} ms" if value_ms < 10 else f"{value_ms:.0f} ms"


def _pair(first_ms: float, second_ms: float) -> tuple[str, str]:
    return _ms(first_ms), _ms(second_ms)


def _rate(per_second: float) -> str:
    return f"{per_second:.1f}" if per_second > 0 else _DASH
