"""What was computed of one scene does not lie over the next."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QObject, Signal

from tests.unit.test_cuts import frame, view
from vision_app.explaining.live import MapOf
from vision_app.gui.inside.controller import InsideController
from vision_app.live.scene import Look, Shot
from vision_app.live.status import Picture
from vision_app.results.values import ImageU8


class Screen(QObject):
    """As much of a session as shows pictures."""

    models, picture = Signal(object), Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.shot: Shot | None = None

    def on_screen(self) -> Shot | None:
        return self.shot

    def model_statuses(self) -> tuple[()]:
        return ()

    def loaded_model(self, slot: int) -> None:
        return None

    def show(self, image: ImageU8, scene: int) -> None:
        self.shot = Shot(frame(0, image), (), None, Look(), fresh=True, scene=scene)
        bgrx = np.zeros((*image.shape[:2], 4), np.uint8)
        self.picture.emit(Picture(bgrx, 0, (image.shape[1], image.shape[0]), 0.0, scene=scene))


class Told:
    """A controller before a screen, and what it tells."""

    def __init__(self) -> None:
        self.screen, self.events, self.wanted = Screen(), list[str](), MapOf("cam")
        self.controller = InsideController(self.screen)  # type: ignore[arg-type]
        self.controller.look(self.wanted)
        self.controller.seen.connect(lambda _, __, thing: self.events.append(thing))
        self.controller.outdated.connect(lambda: self.events.append("outdated"))

    def compute(self, image: ImageU8, thing: str) -> None:
        self.controller._put("seen", self.wanted, SimpleNamespace(image=image), thing)
        QCoreApplication.processEvents()


@pytest.fixture
def told(qapp: QCoreApplication) -> Iterator[Told]:
    made = Told()
    yield made
    made.controller.close()


def test_a_map_is_over_with_its_scene(told: Told) -> None:
    told.screen.show(view(1), 1)
    told.compute(view(1), "map")
    told.screen.show(view(1, 3), 1)
    assert told.events == ["map"]
    told.screen.show(view(2), 2)
    assert told.events == ["map", "outdated"]


def test_a_map_stays_where_only_the_answer_is_away(told: Told) -> None:
    told.screen.show(view(1), 1)
    told.compute(view(1), "map")
    told.screen.show(view(1, 3), 2)
    assert told.events == ["map"]


def test_a_map_that_is_there_before_its_picture_waits_for_it(told: Told) -> None:
    told.screen.show(view(1), 1)
    told.compute(view(2), "map")
    assert told.events == []
    told.screen.show(view(2), 2)
    assert told.events == ["map"]
    told.screen.show(view(2), 2)
    assert told.events == ["map"]


def test_a_map_that_nobody_wants_any_more_does_not_come_later(told: Told) -> None:
    told.screen.show(view(1), 1)
    told.compute(view(2), "map")
    told.controller.look(None)
    told.screen.show(view(2), 2)
    assert told.events == []
