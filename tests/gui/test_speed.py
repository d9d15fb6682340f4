"""The speed panel tells the truth, and warns when a model runs elsewhere than where it was asked to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from vision_app.engine.request import ModelRequest
from vision_app.gui.meter import Meter, provider_is_wrong
from vision_app.gui.plot import ceiling_ms
from vision_app.gui.session import Session
from vision_app.gui.speed import SpeedPanel
from vision_app.gui.status_line import StatusLine
from vision_app.gui.view import LiveView
from vision_app.live.status import Figures, Listener, ModelState, ModelStatus

FIGURES = Figures(
    source_fps=30.0,
    shown_fps=29.5,
    inferred_fps=12.3,
    stages_ms={"read": (0.4, 0.9), "infer": (18.2, 33.0)},
    result_age_p95_ms=81.0,
    dropped=417,
    spared=0.664,
)


class Core:
    """The figures of a live core."""

    models: tuple[ModelStatus, ...] = ()

    def __init__(self, listener: Listener) -> None:
        pass

    def figures(self) -> Figures:
        return FIGURES

    def set_view(self, size_wh: tuple[int, int]) -> None:
        pass

    def close(self) -> None:
        pass


def model(slot: int = 0, provider: str = "CPUExecutionProvider", wanted: str = "auto", fell: str | None = None,
          state: ModelState = ModelState.READY) -> ModelStatus:  # fmt: skip
    return ModelStatus(
        slot,
        ModelRequest("yolox", provider=wanted),
        state,
        name="yolox",
        provider=provider,
        fell_back_from=fell,
    )


@pytest.fixture
def parts(qtbot: QtBot) -> Iterator[tuple[Session, Meter, SpeedPanel, StatusLine]]:
    session = Session(make=Core)  # type: ignore[arg-type]
    view = LiveView(session)
    meter = Meter(session, view)
    panel, line = SpeedPanel(session, meter), StatusLine(session, meter)
    for widget in (view, panel, line):
        qtbot.addWidget(widget)
        widget.show()
    yield session, meter, panel, line
    meter.stop()
    session.close()


def shown(panel: SpeedPanel) -> dict[str, tuple[str, str]]:
    return {name: (row.first.text(), row.second.text()) for name, row in panel._rows.items()}


def test_figures_are_shown(parts: tuple[Session, Meter, SpeedPanel, StatusLine]) -> None:
    _, meter, panel, _ = parts
    meter.measure()
    rows = shown(panel)
    assert rows["source"] == ("", "30.0")
    assert rows["inferred"] == ("", "12.3")
    assert rows["dropped"] == ("", "417")
    assert rows["spared"] == ("", "66 %")
    assert rows["infer"] == ("18 ms", "33 ms")
    assert rows["read"] == ("0.4 ms", "0.9 ms")
    assert rows["results"] == ("", "81 ms")
    assert rows["decode"] == ("", "–")
    panel.grab()  # the plot paints


def test_it_costs_nothing_while_it_is_hidden(parts: tuple[Session, Meter, SpeedPanel, StatusLine]) -> None:
    _, meter, panel, _ = parts
    panel.hide()
    meter.measure()
    assert shown(panel)["source"] == ("–", "")
    panel.show()
    assert shown(panel)["source"] == ("", "30.0")


def test_it_is_asked_a_few_times_a_second(
    parts: tuple[Session, Meter, SpeedPanel, StatusLine], qtbot: QtBot
) -> None:
    _, meter, _, _ = parts
    qtbot.waitUntil(lambda: len(meter.history) >= 3, timeout=20_000)
    assert meter._timer.interval() == 250


@pytest.mark.parametrize(
    ("status", "wrong"),
    [
        (model(), False),
        (model(wanted="cpu"), False),
        (model(provider="CUDAExecutionProvider", wanted="cuda"), False),
        (model(provider="CUDAExecutionProvider", wanted="CUDAExecutionProvider"), False),
        (model(wanted="cuda"), True),
        (model(fell="CUDAExecutionProvider"), True),
        (model(provider="", wanted="cuda", state=ModelState.LOADING), False),
        (model(wanted="cuda", state=ModelState.FAILED), False),
    ],
)
def test_when_a_provider_is_wrong(status: ModelStatus, wrong: bool) -> None:
    assert provider_is_wrong(status) == wrong


def test_a_fall_back_is_warned_of_in_the_panel_and_in_the_status_line(
    parts: tuple[Session, Meter, SpeedPanel, StatusLine],
) -> None:
    session, _, panel, line = parts
    session.models.emit((model(0), model(1, fell="CUDAExecutionProvider")))
    warned = [label for label in panel.findChildren(QLabel) if label.property("kind") == "warn"]
    assert [label.text() for label in warned] == ["⚠ yolox: CPU, though CUDA was asked for"]
    assert line.provider.text() == "⚠ CPU"
    assert line.provider.property("kind") == "warn"
    assert "CUDA" in line.provider.toolTip()
    session.models.emit((model(0),))
    assert line.provider.text() == "CPU"
    assert line.provider.property("kind") == ""


@pytest.mark.parametrize(("highest", "top"), [(0, 10), (9, 10), (33, 50), (99_999, 99_999)])
def test_the_axis_ends_at_a_round_number(highest: float, top: float) -> None:
    assert ceiling_ms(highest) == top
