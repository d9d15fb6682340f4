"""Tells where a source cuts to another scene: a mark on its frames, before anything that remembers frames sees them."""

from __future__ import annotations

from dataclasses import replace

from vision_app.live.breaks import Breaks
from vision_app.live.cuts import Cuts, grid_of, sketch_of_grid
from vision_app.results.values import Frame
from vision_app.sources.base import Source, SourceInfo
from vision_app.sources.closing import ClosesAtExit


class CutSource(ClosesAtExit):
    """Gives the frames of another source, each with the number of its scene, and when the last break was.

    Args:
        source: an open source; it belongs to this one from now on.
    """

    def __init__(self, source: Source) -> None:
        self._source, self._cuts, self._breaks = source, Cuts(), Breaks()
        self._scene = 0
        self._broken_s: float | None = None

    @property
    def info(self) -> SourceInfo:
        """What is known about the source."""
        return self._source.info

    def read(self) -> Frame | None:
        """The next frame; None at the end.

        Raises:
            SourceError: reading failed.
        """
        frame = self._source.read()
        if frame is None:
            return None
        grid = grid_of(frame.image)
        sketch = sketch_of_grid(grid)
        before, self._scene = self._scene, self._cuts.see(sketch)
        if self._scene != before:
            self._breaks = Breaks()
        if self._breaks.see(grid, sketch):
            self._broken_s = frame.captured_s
        return replace(frame, scene=self._scene, broken_s=self._broken_s)

    def close(self) -> None:
        """Close the other source."""
        self._source.close()
