"""The exception tree. A message says what was wanted, what came, and what to try."""

from __future__ import annotations

from vision_app.messages import Message, in_short, reason_of


class VisionError(Exception):
    """Something in the world is not as it has to be: a file, a device, a model, a setting.

    A caller's own mistake is a `ValueError` or `TypeError` instead.

    >>> error = VisionError("no such file: {path}", path="a.png")
    >>> str(error), error.message.template
    ('no such file: a.png', 'no such file: {path}')

    Attributes:
        message: what is said, with the template and the values by which it is translated.
    """

    def __init__(self, text: str = "", /, **values: object) -> None:
        self.message = Message(text, **values) if values or not isinstance(text, Message) else text
        super().__init__(str(self.message))

    def __str__(self) -> str:
        """The message in English, on one line; of a very long one its beginning and end."""
        return in_short(super().__str__())


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
    return reason_of(error)
