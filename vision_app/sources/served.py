"""What a video file or an address gave when it was opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import av.container

    from vision_app.sources.address import Nested


@dataclass(slots=True)
class Served:
    """What an address gave when it was opened.

    Attributes:
        picture: the bytes of a still picture; None for anything that moves.
        container: what moves, open; None for a picture.
        is_file: whether it has an end, so that it is no live stream.
        is_hls: whether it comes in pieces by a playlist.
        nested: what fetches the pieces of a playlist.
        close_more: hangs up what is not the container's own.
    """

    container: av.container.InputContainer | None = None
    picture: bytes | None = None
    is_file: bool = False
    is_hls: bool = False
    nested: Nested | None = None
    close_more: Callable[[], None] = lambda: None

    def close(self) -> None:
        """Hang up."""
        if self.container is not None:
            self.container.close()
        self.close_more()
