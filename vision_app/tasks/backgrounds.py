"""What is shown behind people and things that are cut out."""

from __future__ import annotations

from vision_app.cards.asking import TaskOptions
from vision_app.errors import ConfigError
from vision_app.pictures.behind import Behind, parse_behind


def wanted_background(options: TaskOptions) -> Behind | None:
    """What is shown in place of the background; None for the frame itself.

    Raises:
        ConfigError: it is no background.
    """
    if options.background is None:
        return None
    try:
        return parse_behind(options.background)
    except ValueError as error:
        raise ConfigError(
            "background must be {error}, got '{background}'", error=error, background=options.background
        ) from None
