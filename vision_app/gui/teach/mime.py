"""How samples are dragged from the grid onto a class."""

from __future__ import annotations

import json

from PySide6.QtCore import QMimeData

from vision_app.documents import DocumentError, parse_json

MIME_TYPE = "application/x-vision-app-samples"


def pack(ids: list[str]) -> QMimeData:
    """Samples on their way."""
    data = QMimeData()
    data.setData(MIME_TYPE, json.dumps(ids).encode())
    return data


def sample_ids(data: QMimeData) -> list[str]:
    """The ids that are dragged; empty for anything else."""
    if not data.hasFormat(MIME_TYPE):
        return []
    try:
        ids = parse_json(bytes(data.data(MIME_TYPE).data()), MIME_TYPE)
    except DocumentError:
        return []
    return [i for i in ids if isinstance(i, str)] if isinstance(ids, list) else []
