"""What the cards that ship say in words, sentence by sentence, so that many cards share a translation."""

from __future__ import annotations

import re

from vision_app.cards.card import ModelCard
from vision_app.cards.chain import ChainCard
from vision_app.messages import Message, spoken, told
from vision_app.recognising import recognised

_BETWEEN = re.compile(r"(https?://\S+\s*|(?<=\.)\s+)")
"""What stands between two sentences, or is no sentence: an address."""


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text, without the addresses in it.

    >>> sentences("Bad at hands. Licence: https://a.b/LICENSE")
    ('Bad at hands.', 'Licence: ')
    """
    return tuple(part for part in _BETWEEN.split(text)[::2] if part)


def told_card(text: str) -> str:
    """A text of a card in the language in force, for a front end to show; what has no translation stays."""
    if spoken() != "en" and isinstance(
        made := recognised(text), Message
    ):  # what a training or a conversion wrote of itself
        return told(made)
    parts = _BETWEEN.split(text)
    return "".join(part if i % 2 else told(Message(part)) for i, part in enumerate(parts)).strip()


def texts_of(card: ModelCard | ChainCard) -> tuple[str, ...]:
    """The texts of a card that people read."""
    if isinstance(card, ChainCard):
        return card.title, card.notes
    return card.notes, card.published.source if card.published is not None else ""
