"""A real session with real settings for the tests of a panel, ended afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from vision_app.gui.session import Session
from vision_app.gui.settings import Settings
from vision_app.live.status import Picture, SourceState, SourceStatus


@dataclass
class Live:
    """What a panel is given, and what it saw happen."""

    session: Session
    settings: Settings
    pictures: list[Picture]
    statuses: list[SourceStatus]

    @property
    def state(self) -> SourceState:
        return self.session.source_status.state


@contextmanager
def live_parts(folder: Path) -> Iterator[Live]:
    """A session and settings that live in a folder."""
    session, settings = Session(), Settings(folder / "desktop.json")
    pictures: list[Picture] = []
    statuses: list[SourceStatus] = []
    session.picture.connect(pictures.append)
    session.source.connect(statuses.append)
    try:
        yield Live(session, settings, pictures, statuses)
    finally:
        session.close()
        settings.close()
        session.deleteLater()
        settings.deleteLater()
