"""The panels at the side of the picture: one row each. A new panel is one row and one module."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from vision_app.gui.language import QT_TRANSLATE_NOOP
from vision_app.gui.meter import Meter
from vision_app.gui.session import Session
from vision_app.gui.settings import Settings


@dataclass(frozen=True, slots=True)
class PanelRow:
    """One panel.

    Attributes:
        name: how the program calls it, also in the stored layout.
        title: its heading.
        tip: what it is for.
        keys: what shows and hides it.
        icon: key of the icons' table.
        make: makes it; it is imported only then.
    """

    name: str
    title: str
    tip: str
    keys: str
    icon: str
    make: Callable[[Session, Settings, Meter], QWidget]


def _models(session: Session, settings: Settings, meter: Meter) -> QWidget:
    from vision_app.gui.models.panel import ModelPanel

    return ModelPanel(session, settings)


def _speed(session: Session, settings: Settings, meter: Meter) -> QWidget:
    from vision_app.gui.speed import SpeedPanel

    return SpeedPanel(session, meter)


def _teach(session: Session, settings: Settings, meter: Meter) -> QWidget:
    from vision_app.gui.teach.panel import TeachPanel

    return TeachPanel(session, settings, meter.view)


def _filters(session: Session, settings: Settings, meter: Meter) -> QWidget:
    from vision_app.gui.filters.panel import FilterPanel

    return FilterPanel(session, settings, meter.view)


def _inside(session: Session, settings: Settings, meter: Meter) -> QWidget:
    from vision_app.gui.inside.panel import InsidePanel

    return InsidePanel(session, meter.view)


PANELS: tuple[PanelRow, ...] = (
    PanelRow(
        "models",
        QT_TRANSLATE_NOOP("Panels", "Models"),
        QT_TRANSLATE_NOOP("Panels", "Choose what runs on the picture"),
        "Ctrl+1",
        "models",
        _models,
    ),
    PanelRow(
        "teach",
        QT_TRANSLATE_NOOP("Panels", "Teach"),
        QT_TRANSLATE_NOOP("Panels", "Show it things of your own, and let it learn them"),
        "Ctrl+3",
        "teach",
        _teach,
    ),
    PanelRow(
        "filters",
        QT_TRANSLATE_NOOP("Panels", "OpenCV"),
        QT_TRANSLATE_NOOP("Panels", "Filters before the models, live, with their code"),
        "Ctrl+4",
        "filters",
        _filters,
    ),
    PanelRow(
        "speed",
        QT_TRANSLATE_NOOP("Panels", "Speed"),
        QT_TRANSLATE_NOOP("Panels", "How fast it all is, and where the models run"),
        "Ctrl+2",
        "speed",
        _speed,
    ),
    PanelRow(
        "inside",
        QT_TRANSLATE_NOOP("Panels", "Look inside"),
        QT_TRANSLATE_NOOP("Panels", "See what a model looks at, and how it comes to its result"),
        "Ctrl+5",
        "inside",
        _inside,
    ),
)
