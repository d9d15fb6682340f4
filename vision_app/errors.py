"""The exception tree. A message says what was wanted, what came, and what to try."""

from __future__ import annotations

import errno

_LONGEST = 1200


class VisionError(Exception):
    """Something in the world is not as it has to be: a file, a device, a model, a setting.

    A caller's own mistake is a `ValueError` or `TypeError` instead.
    """

    def __str__(self) -> str:
        """The message on one line; of a very long one, which quotes something, its beginning and end."""
        text = " ".join(super().__str__().splitlines())
        return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 300]} ... {text[-250:]}"


class ConfigError(VisionError):
    """A setting, a flag or a configuration file is wrong."""


class SourceError(VisionError):
    """A camera, file or stream cannot be opened or read."""


class ModelError(VisionError):
    """A model or its card cannot be found, loaded or run."""


class SinkError(VisionError):
    """An output cannot be written."""


class DownloadError(VisionError):
    """A file cannot be fetched, or is not the one that was asked for."""


class TrainingError(VisionError):
    """A model cannot be trained on the samples at hand."""


class SampleError(VisionError):
    """Samples cannot be read, kept or brought in."""


def disk_reason(error: OSError) -> str:
    """What the system says of a file that cannot be written, in words."""
    if error.errno in (errno.ENOSPC, errno.EFBIG):
        return "the disk is full"
    return error.strerror or str(error)
