"""Fields for numbers that are as wide as their longest number, whatever the font, and no wider."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractSpinBox, QSizePolicy


def keep_room(field: QAbstractSpinBox, least_px: int = 0) -> None:
    """Let a field be as wide as what it can show needs.

    Args:
        field: it; Qt works its width out of the least and the largest number and of the texts around them.
        least_px: pixels that it has at least, so that fields below each other are equally wide.
    """
    field.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    field.setMinimumWidth(least_px)
