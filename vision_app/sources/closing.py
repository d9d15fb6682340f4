"""The half of the source contract that is the same everywhere: a `with` block closes."""

from __future__ import annotations

from types import TracebackType
from typing import Self


class ClosesAtExit:
    """A context manager over `close`."""

    def close(self) -> None:
        """Release what is held."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
