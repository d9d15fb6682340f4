"""What becomes of a model that was added by hand: its card is shown, and a failure stands where it was asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtWidgets import QWidget

from vision_app.engine.request import ModelRequest
from vision_app.gui.models.catalogue import CatalogueList
from vision_app.gui.pieces.pointing import point_out
from vision_app.gui.session import Session
from vision_app.live.status import ModelState, ModelStatus
from vision_app.messages import told


class Arrivals:
    """Adds models and follows them until they run or have failed.

    Args:
        session: the live session.
        catalogue: the list whose rows say what has become of theirs.
        cards: the cards of the models on the screen, by their slots.
    """

    def __init__(self, session: Session, catalogue: CatalogueList, cards: Mapping[int, QWidget]) -> None:
        self._session, self._catalogue, self._cards = session, catalogue, cards
        self._asked: dict[int, str] = {}
        self._unseen: set[int] = set()

    def add(self, request: ModelRequest) -> None:
        """Run a model beside the others; one that runs already is only shown, one that failed is tried again."""
        there = next((m for m in self._session.model_statuses() if _is_what(m, request)), None)
        if there is None:
            self.put(request)
        elif there.state is not ModelState.FAILED:
            self._catalogue.say_it_runs(request.reference)
            self._show(there.slot)
        else:
            self._session.change_model(there.slot, request)
            self._expect(there.slot, request)

    def put(self, request: ModelRequest) -> None:
        """Run a model beside the others, whatever they are."""
        self._expect(self._session.add_model(request), request)

    def _expect(self, slot: int, request: ModelRequest) -> None:
        self._asked[slot] = request.reference
        self._show(slot)

    def follow(self, models: Sequence[ModelStatus]) -> None:
        """Tell the rows how the models stand, and show the cards that have come."""
        for slot in self._unseen & self._cards.keys():
            self._show(slot)
        self._catalogue.show_states({name: m.state for m in models for name in _names(m)})
        slots = {m.slot for m in models}
        self._asked = {slot: name for slot, name in self._asked.items() if slot in slots}
        for model in models:
            if model.slot not in self._asked or model.pending is not None:
                continue
            if model.state is ModelState.FAILED:
                self._catalogue.say_it_failed(self._asked.pop(model.slot), told(model.error))
            elif model.state is ModelState.READY:
                del self._asked[model.slot]

    def _show(self, slot: int) -> None:
        if slot in self._cards:
            self._unseen.discard(slot)
            point_out(self._cards[slot])
        else:
            self._unseen.add(slot)


def _is_what(model: ModelStatus, wanted: ModelRequest) -> bool:
    """Whether a model is what is wanted: the same, asked for in the same way or in no way in particular."""
    bare = wanted == ModelRequest(wanted.reference)
    return wanted.reference in _names(model) and (bare or wanted == (model.pending or model.request))


def _names(model: ModelStatus) -> set[str]:
    """What a row of the catalogue may call it."""
    return {(model.pending or model.request).reference, model.name if model.pending is None else ""} - {""}
