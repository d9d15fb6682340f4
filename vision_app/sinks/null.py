"""A sink that keeps nothing: for measurements, and where results are only looked at."""

from __future__ import annotations

from pathlib import Path

from vision_app.results.values import Packet
from vision_app.sources.base import SourceInfo


class NullSink:
    """Counts packets.

    Args:
        wants_annotated: whether the drawing is to be done all the same.
    """

    def __init__(self, *, wants_annotated: bool = False) -> None:
        self.name = "nothing"
        self.wants_annotated = wants_annotated
        self.packets = 0

    def open(self, info: SourceInfo) -> None:
        """Nothing is needed."""

    def write(self, packet: Packet) -> None:
        """Count."""
        self.packets += 1

    def close(self) -> tuple[Path, ...]:
        """Nothing was written."""
        return ()
