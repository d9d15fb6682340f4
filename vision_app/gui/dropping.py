"""What somebody drags onto the window: a source to open, or a model to run."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QMimeData

from vision_app.sources.urls import STREAM_SCHEMES, scheme_of, source_id

MODEL_SUFFIX = ".onnx"
_LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Dropped:
    """One thing that was dropped.

    Attributes:
        spec: path or address.
        is_model: whether it is a model; otherwise it is a source.
    """

    spec: str
    is_model: bool

    @property
    def shown(self) -> str:
        """How it may be shown: without a password."""
        return source_id(self.spec)


def what_was_dropped(data: QMimeData) -> Dropped | None:
    """The first file, folder or address of what is dragged; None when there is none.

    The disk is not asked: whether it can be opened is found out, and said, by whoever opens it.
    """
    for url in data.urls():
        spec = url.toLocalFile() if url.isLocalFile() else url.toString()
        if spec:
            return _as_dropped(spec)
    text = data.text().strip() if data.hasText() else ""
    if text and len(text) <= _LONGEST and "\n" not in text and scheme_of(text) in STREAM_SCHEMES:
        return _as_dropped(text)
    return None


def _as_dropped(spec: str) -> Dropped | None:
    if "://" in spec and scheme_of(spec) not in STREAM_SCHEMES:
        return None
    return Dropped(spec, "://" not in spec and spec.lower().endswith(MODEL_SUFFIX))
