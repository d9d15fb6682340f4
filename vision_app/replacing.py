"""Small files that are replaced in one step.

A reader, or the next start after a power cut, sees the old one or the new one, never half of it.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def replace_text(path: Path, text: str, mode: int = 0o600) -> None:
    """Put a text in the place of a file, whose folder is made if need be.

    Args:
        path: the file.
        text: its new content; line ends are written as they are.
        mode: its permissions; by default only its owner reads it.

    Raises:
        OSError: it cannot be written; the old file is untouched.
    """
    replace_bytes(path, text.encode(), mode)


def replace_bytes(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Put bytes in the place of a file, whose folder is made if need be.

    Raises:
        OSError: it cannot be written; the old file is untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.chmod(mode)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
