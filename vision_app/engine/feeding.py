"""What a file is fed beside the picture: sizes, constants, and what it gave the time before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision_app.cards.card import ModelCard
from vision_app.cards.tensors import FurtherInput, picture_name
from vision_app.errors import ModelError
from vision_app.runtime import Session
from vision_app.tasks.preprocess import Geometry

State = Mapping[str, NDArray[Any]]
"""What a network remembers, by the name of its input."""


class Feeds:
    """Makes the inputs of a session of one card.

    Args:
        card: the card.
        session: its file.

    Raises:
        ModelError: the card's inputs are not those of the file.
    """

    def __init__(self, card: ModelCard, session: Session) -> None:
        known = {i.name for i in session.inputs}
        self.picture = picture_name(card.inputs) or session.inputs[0].name
        said = {i.name for i in card.inputs} or {self.picture}
        if said != known:
            listed = ", ".join(str(i) for i in session.inputs)
            raise ModelError(
                "{name}: the card's inputs are {said}, the file takes {listed}",
                name=card.name,
                said=", ".join(sorted(said)),
                listed=listed,
            )
        self._states = [i for i in card.inputs if i.kind == "state"]
        self._sizes = [i for i in card.inputs if i.kind == "size"]
        self._constants = {i.name: _filled(i) for i in card.inputs if i.kind == "constant"}
        outputs = {o.name for o in session.outputs}
        for state in self._states:
            if state.next not in outputs:
                raise ModelError(
                    "{name}: inputs: the next value of '{state_name}' is '{next}' in the card, the file "
                    "gives {outputs}",
                    name=card.name,
                    state_name=state.name,
                    next=state.next,
                    outputs=", ".join(sorted(outputs)),
                )

    @property
    def only_picture(self) -> bool:
        """Whether the picture is all."""
        return not (self._states or self._sizes or self._constants)

    @property
    def remembers(self) -> bool:
        """Whether what it says depends on what it was shown before."""
        return bool(self._states)

    def start(self) -> dict[str, NDArray[Any]]:
        """What it remembers before the first picture."""
        return {state.name: _filled(state) for state in self._states}

    @property
    def kept(self) -> tuple[str, ...]:
        """Outputs that hold what it remembers."""
        return tuple(state.next for state in self._states)

    def next(self, outputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """What it remembers after a run."""
        return {state.name: outputs[state.next] for state in self._states}

    def of(self, tensor: NDArray[Any], geometry: Geometry, state: State | None) -> dict[str, NDArray[Any]]:
        """All inputs of one run."""
        feeds: dict[str, NDArray[Any]] = {self.picture: tensor, **self._constants}
        for one in self._sizes:
            feeds[one.name] = _size(one, geometry)
        if self._states:
            feeds |= self.start() if state is None else state
        return feeds


def _filled(one: FurtherInput) -> NDArray[Any]:
    values = np.array(one.values, np.float64)
    return np.broadcast_to(values, one.shape) if len(values) == 1 else values.reshape(one.shape)


def _size(one: FurtherInput, geometry: Geometry) -> NDArray[Any]:
    width, height = geometry.frame_wh if one.of == "frame" else geometry.tensor_wh
    return np.array([[height, width] if one.order == "hw" else [width, height]], np.float64)


def names_of(names: Sequence[str], more: Sequence[str]) -> tuple[str, ...]:
    """Names without repeats, in order."""
    return tuple(dict.fromkeys((*names, *more)))
