"""What a station of a kiosk looks at inside its model: a map over the picture, or a lesson that plays."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from vision_app.gui.inside.controller import InsideController
from vision_app.gui.kiosk.stage import StationScreen
from vision_app.gui.session import Session
from vision_app.kiosk.programme import Station

if TYPE_CHECKING:
    from vision_app.explaining.live import Watching


class Insight(QObject):
    """Runs the `explain` and `lesson` of the station that is on.

    Args:
        session: the live session.
        stage: the screen of the stations.
        note: told in one line why there is no map.
    """

    def __init__(self, session: Session, stage: StationScreen, note: Callable[[str], object]) -> None:
        super().__init__()
        self._session, self._stage, self._note = session, stage, note
        self._controller = InsideController(session, self)
        self._station: Station | None = None
        self._slot: int | None = None
        self._asked_step = -1
        self._controller.seen.connect(self._seen)
        self._controller.outdated.connect(self._outdated)
        self._controller.said.connect(self._said)

    def _outdated(self) -> None:
        self._stage.picture.show_map(None)

    def _said(self, wanted: object, words: str) -> None:
        self._note(words)

    def enter(self, station: Station | None, slot: int | None, now_s: float) -> None:
        """Another station is on; None for none."""
        self._station, self._slot, self._asked_step = station, slot, -1
        self._stage.picture.show_map(None)
        self._stage.lesson.begin("" if station is None else station.lesson, now_s)
        self._stage.with_lesson(station is not None and bool(station.lesson))
        self._controller.look(None)
        if station is None or slot is None:
            return
        if station.explain and station.lesson != "attention":
            from vision_app.explaining.live import MapOf

            self._look(MapOf(station.explain))

    def _look(self, wanted: Watching) -> None:
        self._controller.use(self._slot)
        self._controller.look(wanted)

    def tick(self, now_s: float) -> None:
        """Play the lesson on."""
        if self._station is None or not self._station.lesson:
            return
        newest = self._session.newest()
        lesson = self._stage.lesson
        lesson.play(now_s, None if newest is None else newest[0].image)
        if self._station.lesson == "attention" and newest is not None and lesson.step != self._asked_step:
            from vision_app.explaining.watching import HeadOf

            self._asked_step = lesson.step
            self._look(HeadOf(head=1, at=lesson.at(newest[0].size_wh)))

    def _seen(self, wanted: object, view: object, thing: object) -> None:
        from vision_app.explaining.heatmap import Heatmap
        from vision_app.explaining.watching import HeadSeen

        if isinstance(thing, Heatmap):
            self._stage.picture.show_map(thing)
        elif isinstance(thing, HeadSeen):
            self._stage.lesson.show_head(thing)
            self._stage.picture.show_map(thing.map)

    def close(self) -> None:
        """End it."""
        self._controller.close()
