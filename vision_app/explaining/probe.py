"""A loaded model that can be looked into: its roles, and sessions that give further tensors.

A session with further outputs is another one than that of the model, made when it is wanted: a model that nobody
looks into pays nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision_app.engine.predictors import Answer, LoadedModel
from vision_app.errors import ModelError
from vision_app.graph.files import load_model
from vision_app.graph.inside import Inside, look_inside
from vision_app.graph.shapes import Shape
from vision_app.graph.taps import tail_after
from vision_app.results.values import ImageU8
from vision_app.runtime import Session, ThreadPolicy

_SESSIONS_KEPT = 3


class Probe:
    """Looks into one loaded model. Safe to use from many threads.

    Args:
        model: the model; its own session stays as it is.
        provider: for the sessions with further outputs; that of the model when None.
        threads: thread policy of those sessions.

    Raises:
        ModelError: nothing can be led out of its file; says why.
    """

    def __init__(
        self, model: LoadedModel, provider: str | None = None, threads: ThreadPolicy | None = None
    ) -> None:
        self.model = model.on_session(model.session)  # what a probe does by itself is nobody's to watch
        self.path: Path = model.session.path
        self._provider, self._threads = provider or model.session.provider, threads
        self._lock = threading.Lock()
        self._tapped: dict[tuple[str, ...], LoadedModel] = {}
        self._tails: dict[tuple[str, ...], Session] = {}

    @property
    def name(self) -> str:
        """Name of the model."""
        return self.model.name

    @cached_property
    def inside(self) -> Inside:
        """The roles of its tensors; found when they are first wanted.

        Raises:
            ModelError: nothing can be led out of the file; says why.
        """
        card = self.model.card
        height, width = card.input.size_hw
        shape = (1, 3, height, width) if card.input.layout == "NCHW" else (1, height, width, 3)
        chosen = card.inside.map if card.inside is not None else None
        # what fills the roles of layers is the batch of one picture: a file with more than that has its own way
        return look_inside(
            load_model(self.path),
            self.name,
            shape,
            len(card.labels),
            measure=self._measured,
            chosen_map=chosen,
        )

    def with_outputs(self, names: Sequence[str]) -> LoadedModel:
        """The model on a session that also gives these tensors.

        Raises:
            ModelError: it cannot be made.
        """
        key = tuple(sorted(set(names)))
        if not key:
            return self.model
        with self._lock:
            found = self._tapped.get(key)
            if found is None:
                content = self.inside.with_outputs(key)
                found = self.model.on_session(self._session(content))
                while len(self._tapped) >= _SESSIONS_KEPT:
                    self._tapped.pop(next(iter(self._tapped)))
                self._tapped[key] = found
            return found

    def answer(self, image: ImageU8, names: Sequence[str] = ()) -> Answer:
        """What the model says of a picture, with these tensors of the same run.

        Raises:
            ModelError: it failed to run.
        """
        return self.with_outputs(names).answer(image, more=tuple(names))

    def from_tensors(self, values: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """The outputs of what comes after some tensors, given values of them.

        Args:
            values: for one picture, by name of the tensor; everything must pass through these.

        Raises:
            ModelError: not everything passes through them.
        """
        key = tuple(values)
        outputs = tuple(self.model.output_names.values())
        with self._lock:
            tail = self._tails.get(key)
            if tail is None:
                try:
                    content = tail_after(self.inside.model, key, outputs)
                except ModelError as error:
                    raise ModelError(
                        "{name}: cannot be run from its map onwards, because not everything passes through it "
                        "({error}); take cam or occlusion",
                        name=self.name,
                        error=error,
                    ) from error
                self._tails.clear()
                tail = self._tails[key] = self._session(content)
        known = {spec.name for spec in tail.inputs}
        return tail.run({name: value for name, value in values.items() if name in known}, outputs)

    def _session(self, content: bytes) -> Session:
        return Session(self.path, self._provider, self._threads, content=content)

    def _measured(self, content: bytes) -> Mapping[str, Shape]:
        """Shapes of the outputs of a model, from one run on grey."""
        height, width = self.model.card.input.size_hw
        image = np.full((height, width, 3), 127, np.uint8)
        model = self.model.on_session(self._session(content))
        names = [o.name for o in model.session.outputs]
        outputs = model.answer(image, more=names).outputs
        return {name: tuple(np.shape(value)) for name, value in outputs.items()}
