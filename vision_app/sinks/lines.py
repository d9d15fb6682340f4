"""Text outputs that hold whole lines at every moment: a file, a device or pipe, or standard output."""

from __future__ import annotations

import io
import os
import threading
from contextlib import suppress
from pathlib import Path

from vision_app.errors import SinkError
from vision_app.messages import Message
from vision_app.showing import shown
from vision_app.sinks.atomic import PartFile, reason, unwritable
from vision_app.sources.base import SourceInfo

STDOUT = "-"
_STDOUT_FD = 1


class LineFile:
    """Appends lines. Each is handed to the system at once (about 5 us), so a kill loses none.

    Args:
        target: path of the file, or `-` for standard output.
        overwrite: whether a file that is there may be replaced.
        source_id: what is read from; never written over.

    Raises:
        SinkError: the target cannot be written, or exists and may not be replaced.
    """

    def __init__(self, target: str | Path, *, overwrite: bool, source_id: str = "") -> None:
        self._part: PartFile | None = None
        self._good_bytes = 0
        self._terminal = False
        self._failed = False
        self._outputs: tuple[Path, ...] | None = None
        self.name = "stdout" if str(target) == STDOUT else str(target)
        try:
            if str(target) == STDOUT:
                self._raw = io.FileIO(_STDOUT_FD, "w", closefd=False)
                self._terminal = os.isatty(_STDOUT_FD)
            else:
                self._part = PartFile(Path(target), overwrite=overwrite, source_id=source_id)
                self._raw = io.FileIO(self._part.path, "w")
        except OSError as error:
            if self._part is not None:
                self._part.discard()
            raise unwritable(self.name, error) from error

    def append(self, text: str, header: str = "") -> None:
        """Write text that ends a line.

        Args:
            text: one line or several, whole.
            header: goes before the first text of the file.

        Raises:
            SinkError: it cannot be written; the file then ends with the last whole line.
        """
        text = text if self._good_bytes else header + text
        # A name that is not valid UTF-8 reaches us with lone surrogates; as \udcxx it is text again.
        if self._terminal:
            text = "\n".join(shown(line) for line in text.split("\n"))
        data = memoryview(text.encode("utf-8", "backslashreplace"))
        size = len(data)
        try:
            while data:
                data = data[self._raw.write(data) or 0 :]
        except BrokenPipeError as error:
            self._failed = True
            self._silence_stdout()
            raise SinkError("{name} was closed by its reader", name=self.name) from error
        except OSError as error:
            self._failed = True
            raise SinkError(
                "{name} cannot be written: {reason}{keep_whole_lines}",
                name=self.name,
                reason=reason(error),
                keep_whole_lines=self._keep_whole_lines(),
            ) from error
        self._good_bytes += size

    def _keep_whole_lines(self) -> str:
        """Cut a half line off; say where the whole ones are."""
        if self._part is None or self._part.direct:
            return ""
        with suppress(OSError):
            self._raw.truncate(self._good_bytes)
        return (
            Message("; what was written before is in {path}", path=self._part.path)
            if self._good_bytes
            else ""
        )

    def _silence_stdout(self) -> None:
        # Else the interpreter, when it flushes sys.stdout on its way out, complains of the broken pipe.
        if self._part is None:
            devnull = os.open(os.devnull, os.O_WRONLY)
            os.dup2(devnull, _STDOUT_FD)
            os.close(devnull)

    def mark_incomplete(self) -> None:
        """Keep the final name from a file in which a line is missing."""
        self._failed = True

    def close(self) -> tuple[Path, ...]:
        """Move the file into place; after a failed write it stays beside it, holding whole lines.

        Raises:
            SinkError: it cannot be moved into place.
        """
        if self._outputs is not None:
            return self._outputs
        self._outputs = ()
        self._raw.close()
        if self._part is None or self._part.direct:
            return ()
        if self._good_bytes == 0:
            self._part.discard()
            return ()
        self._outputs = (self._part.path,)
        if not self._failed:
            self._outputs = (self._part.commit(),)
        return self._outputs


class SharedLines:
    """One file of lines for several sinks, each with frames of its own source: the last of them closes it.

    Args:
        target: path of the file, or `-` for standard output.
        overwrite: whether a file that is there may be replaced.
    """

    def __init__(self, target: str | Path, *, overwrite: bool) -> None:
        self._target, self._overwrite = target, overwrite
        self.name = "stdout" if str(target) == STDOUT else str(target)
        self._lock = threading.Lock()
        self._file: LineFile | None = None
        self._users = 0

    def claim(self, source_id: str) -> Share:
        """A part in the file, which is made by the first claim.

        Raises:
            SinkError: the target cannot be written, or exists and may not be replaced.
        """
        with self._lock:
            if self._file is None:
                self._file = LineFile(self._target, overwrite=self._overwrite, source_id=source_id)
            self._users += 1
            return Share(self)

    def append(self, text: str, header: str) -> None:
        """Write text that ends a line; no line of another sink comes in between."""
        with self._lock:
            assert self._file is not None
            self._file.append(text, header)

    def mark_incomplete(self) -> None:
        """Keep the final name from a file in which a line is missing."""
        with self._lock:
            assert self._file is not None
            self._file.mark_incomplete()

    def release(self) -> tuple[Path, ...]:
        """One sink needs it no more; the last one moves it into place."""
        with self._lock:
            self._users -= 1
            if self._users or self._file is None:
                return ()
            return self._file.close()


class Share:
    """The part that one sink has in a shared file; used like a `LineFile`.

    Args:
        lines: the file.
    """

    def __init__(self, lines: SharedLines) -> None:
        self._lines = lines
        self._outputs: tuple[Path, ...] | None = None

    def append(self, text: str, header: str = "") -> None:
        """Write text that ends a line.

        Raises:
            SinkError: it cannot be written.
        """
        self._lines.append(text, header)

    def mark_incomplete(self) -> None:
        """Keep the final name from a file in which a line is missing."""
        self._lines.mark_incomplete()

    def close(self) -> tuple[Path, ...]:
        """Let go of it; a second call does nothing and returns the same.

        Raises:
            SinkError: it was the last one, and the file cannot be moved into place.
        """
        if self._outputs is None:
            self._outputs = ()
            self._outputs = self._lines.release()
        return self._outputs


def claim_lines(target: str | Path | SharedLines, info: SourceInfo, *, overwrite: bool) -> LineFile | Share:
    """The file of a sink of lines, its own or shared.

    Raises:
        SinkError: the target cannot be written, or exists and may not be replaced.
    """
    if isinstance(target, SharedLines):
        return target.claim(info.source_id)
    return LineFile(target, overwrite=overwrite, source_id=info.source_id)
