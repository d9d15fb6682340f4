"""Tells where a source cuts to another scene: a mark on its frames, before anything that remembers frames sees them."""

from __future__ import annotations

from dataclasses import replace

from vision_app.live.cuts import Cuts, sketch_of
from vision_app.results.values import Frame
from vision_app.sources.base import Source, SourceInfo
from vision_app.sources.closing import ClosesAtExit


class CutSource(ClosesAtExit):
    """Gives the frames of another source, each with the number of its scene.

    Args:
        source: an open source; it belongs to this one from now on.
    """

    def __init__(self, source: Source) -> None:
        self._source, self._cuts = source, Cuts()

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
        scene = self._cuts.see(sketch_of(frame.image))
        return replace(frame, scene=scene) if scene else frame

    def close(self) -> None:
        """Close the other source."""
        self._source.close()
