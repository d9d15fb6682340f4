"""The first Ctrl-C or SIGTERM asks a command to finish, the second ends it at once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from vision_app.cli.console import EXIT_INTERRUPTED, say
from vision_app.interrupts import heard
from vision_app.messages import Message


class Interrupts:
    """Counts interrupts while it is entered."""

    def __init__(self) -> None:
        self.count = 0
        self._raises = False
        self._heard = heard(self._handle)

    @property
    def asked(self) -> bool:
        """Whether to finish."""
        return self.count > 0

    @contextmanager
    def breaking(self) -> Iterator[None]:
        """A wait that the first interrupt breaks off with `KeyboardInterrupt`; elsewhere it only sets `asked`."""
        self._raises = True
        try:
            if self.asked:
                raise KeyboardInterrupt
            yield
        finally:
            self._raises = False

    def __enter__(self) -> Self:
        self._heard.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._heard.__exit__(None, None, None)

    def _handle(self, number: int, frame: object) -> None:
        self.count += 1
        if self.count > 1:
            say(Message("vision-app: stopped at once; every sample that was counted is safe"))
            os._exit(EXIT_INTERRUPTED)
        if self._raises:
            raise KeyboardInterrupt
