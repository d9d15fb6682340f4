"""What all dialogs of the window have in common."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog

from vision_app.gui.focus import go_on


class Dialog(QDialog):
    """A dialog through which Tab goes in the order of the eye, as it does through the window."""

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Give the keyboard to the next thing that is seen and can be used."""
        return go_on(self, forward=forward)
