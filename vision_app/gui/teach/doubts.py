"""Which results of the live picture are doubts of a model that was taught here, and of what part of the frame."""

from __future__ import annotations

import time

from vision_app.cards.card import ModelCard
from vision_app.cards.lookup import find_card
from vision_app.cards.parts import part_xyxy
from vision_app.cards.versions import is_taught
from vision_app.engine.points import LANDMARKS
from vision_app.errors import VisionError
from vision_app.learn.doubtful import DoubtfulFrames
from vision_app.results.values import Classification, Frame, Result


class Doubts:
    """The ring of one window, fed from the thread of the pictures."""

    def __init__(self) -> None:
        self.frames = DoubtfulFrames()
        self.session = time.strftime("doubts-%Y%m%d-%H%M%S")
        self._cards: dict[str, ModelCard | None] = {}

    def offer(self, frame: Frame, results: tuple[Result, ...]) -> None:
        """Keep what a model that was taught here was unsure of."""
        if not self.frames.on:
            return
        for said in results:
            if not isinstance(said, Classification):
                continue
            card = self._card(said.model)
            if card is None:
                continue
            image = frame.image
            if card.input.region is not None:
                left, top, right, bottom = part_xyxy(card.input.region, (image.shape[1], image.shape[0]))
                image = image[top:bottom, left:right]
            self.frames.offer(image, said)
            return

    def _card(self, name: str) -> ModelCard | None:
        """The card of a model of pictures that was taught here; None for every other."""
        if name not in self._cards:
            try:
                card = find_card(name)
            except VisionError:
                card = None
            taught = card is not None and is_taught(card) and LANDMARKS not in card.extra
            self._cards[name] = card if taught else None
        return self._cards[name]
