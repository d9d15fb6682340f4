"""What the shipped chains of people are called in a window, and what they do."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication

from vision_app.cards.lookup import CatalogueEntry
from vision_app.cards.words import told_card


def chain_title(entry: CatalogueEntry) -> str:
    """The title of a chain, of those that ship in the language of the window; "" for anything else."""
    return told_card(entry.chain.title) if entry.chain is not None else ""


def chain_word(entry: CatalogueEntry) -> str:
    """What a chain finds, where that is no pose: "finds hands"; "" for anything else."""
    words = {
        "body": QCoreApplication.translate("Chains", "finds a body"),
        "face-mesh": QCoreApplication.translate("Chains", "finds face shapes"),
        "faces": QCoreApplication.translate("Chains", "finds faces"),
        "hands": QCoreApplication.translate("Chains", "finds hands"),
        "outline": QCoreApplication.translate("Chains", "cuts people out"),
    }
    steps = entry.chain.steps if entry.chain is not None else ()
    found = (str(step.get("find")) for step in steps if isinstance(step, Mapping))
    return next((words[name] for name in found if name in words), "")
