"""Names of files as users write them."""

from __future__ import annotations

import os
from pathlib import Path

from vision_app.errors import ConfigError

_LONGEST_PART, _LONGEST = 255, 4096
"""Bytes. Source: NAME_MAX and PATH_MAX of Linux; other systems take less and say so themselves."""


def path_of(name: str | Path) -> Path:
    """The path that a user means: `~` and `~user` are the homes of users.

    Raises:
        ConfigError: no file can be called so.

    >>> path_of("photos/cat.jpg").name
    'cat.jpg'
    """
    text = os.fspath(name)
    if "\0" in text:
        raise ConfigError("'{text}' has a NUL character, which no file's name has", text=_shortened(text))
    longest = max(len(os.fsencode(part)) for part in (Path(text).parts or ("",)))
    if longest > _LONGEST_PART or len(os.fsencode(text)) > _LONGEST:
        raise ConfigError(
            "'{text}' has {count} characters; no file has so long a name",
            text=_shortened(text),
            count=len(text),
        )
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise ConfigError(
            "'{text}': there is no user {part} with a home here; write ./ before a file whose name "
            "begins with ~",
            text=_shortened(text),
            part=Path(text).parts[0][1:],
        ) from None


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
