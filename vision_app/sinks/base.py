"""What every sink is: the contract that `tests/contract/test_sinks.py` holds all of them to."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from vision_app.results.values import Packet
from vision_app.sources.base import SourceInfo


class Sink(Protocol):
    """Takes packets in order and makes something lasting of them.

    A sink writes beside its final place and renames at `close`, so that a file under its final name is
    always whole. After `open` failed or `write` raised, `close` is still called and keeps what is valid.
    """

    @property
    def name(self) -> str:
        """What it writes, for messages: a path without credentials."""
        ...

    @property
    def wants_annotated(self) -> bool:
        """Whether packets must carry the annotated image."""
        ...

    def open(self, info: SourceInfo) -> None:
        """Make ready before the first packet.

        Raises:
            SinkError: the output cannot be written, or exists and may not be replaced.
        """
        ...

    def write(self, packet: Packet) -> None:
        """Add one packet.

        Raises:
            SinkError: the output cannot be written.
        """
        ...

    def close(self) -> tuple[Path, ...]:
        """Finish, verify and move into place; a second call does nothing and returns the same.

        Returns:
            The files or folders that now hold the output; empty when nothing was written.

        Raises:
            SinkError: the output is not what was written to it.
        """
        ...
