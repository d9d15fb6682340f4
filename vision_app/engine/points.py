"""Classifiers of landmarks: what a hand, body or face does, said of each that a chain has found.

Such a model is one ONNX file that takes the numbers of `vision_app.people.features`; its card names the chain whose
objects it was taught on in `extra.landmarks`.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable

import numpy as np

from vision_app.cards.card import ModelCard
from vision_app.cards.chain import ChainCard
from vision_app.cards.lookup import ModelFile, find_chain
from vision_app.engine.chain import Chain
from vision_app.engine.chain_cards import chain_of
from vision_app.engine.finding import Clocked, Part
from vision_app.engine.stages import Flow
from vision_app.errors import ModelError
from vision_app.people.features import FEATURES
from vision_app.results.values import Classification, FloatArray, ImageU8, Keypoints, Result, Timings
from vision_app.tasks import TaskOptions

LANDMARKS = "landmarks"
"""Key of a card's `extra`: the chain whose landmarks the model takes."""

GetPart = Callable[[str], Part]


def landmarks_of(card: ModelCard | None) -> str | None:
    """The chain that a classifier of landmarks stands on; None for every other model.

    Raises:
        ModelError: the card names none that there is.
    """
    named = None if card is None else card.extra.get(LANDMARKS)
    if named is None or card is None:
        return None
    if named not in FEATURES:
        raise ModelError(
            "{name}: extra.{landmarks} must be one of {features}, got '{named}'",
            name=card.name,
            landmarks=LANDMARKS,
            features=", ".join(FEATURES),
            named=named,
        )
    return str(named)


def base_chain(name: str) -> ChainCard:
    """The card of a chain that can be taught on.

    Raises:
        ModelError: it is not there.
    """
    card = find_chain(name)
    if card is None:
        raise ModelError("the chain '{name}' is not on this disk; it is shipped with the program", name=name)
    return card


def features_of(chain: str, found: Keypoints, i: int, *, mirrored: bool = False) -> FloatArray:
    """The numbers of one object of a chain.

    Args:
        chain: name of the chain.
        found: what it has found.
        i: which object.
        mirrored: the frame is seen as in a mirror.
    """
    depths = found.depths if found.depths is not None else np.zeros(found.points.shape[:2], np.float32)
    points = np.concatenate([found.points[i, :, :2], depths[i][:, None]], axis=1)
    # a right hand becomes a left one, in a mirror too; bodies and faces keep left and right as the person has them
    right = found.detections.label(i) == "right hand" if chain == "hands" else False
    return FEATURES[chain](points, right != mirrored)


class PointsClassifier:
    """Says of each object of the chain before it what it does.

    Args:
        part: the network, from features to probabilities.
        card: its card.
        chain: name of the chain whose objects it knows.
        top_k: how many classes it lists.
    """

    def __init__(self, part: Part, card: ModelCard, chain: str, top_k: int = 5) -> None:
        self.parts = (part,)
        self._card, self._chain, self._top_k = card, chain, top_k
        background = card.output.background
        self._background = None if background is None else card.labels.index(background)

    def run(self, flow: Flow) -> None:
        """Attach a classification to each object."""
        if not isinstance(flow.result, Keypoints):
            return
        started = time.perf_counter()
        found, network = flow.result, Clocked(self.parts[0])
        mirrored = flow.frame is not None and flow.frame.mirrored
        said = []
        for i in range(len(found.detections)):
            features = features_of(self._chain, found, i, mirrored=mirrored)
            said.append(self._said(network(features[None])[0][0]))
        flow.result = found.with_detections(found.detections.with_attached(said))
        spent = time.perf_counter() - started
        flow.timings = flow.timings + Timings(infer_s=network.spent_s, decode_s=spent - network.spent_s)

    def _said(self, probabilities: FloatArray) -> Classification:
        return Classification(
            self._card.name,
            probabilities,
            self._card.labels,
            self._top_k,
            self._card.output.reject_below,
            self._background,
        )

    def nothing(self) -> Classification:
        """What is said of a picture without such an object: unknown."""
        count = len(self._card.labels)
        even = np.full(count, 1 / count, np.float32)
        return dataclasses.replace(self._said(even), reject_below=1.01)


def taught_chain(
    file: ModelFile,
    chain: str,
    part: GetPart,
    own: Part,
    asked: TaskOptions | None = None,
) -> Chain:
    """The chain of a classifier of landmarks: finds the objects, then says what each of them does.

    Args:
        file: the classifier, with its card.
        chain: name of the chain that it stands on.
        part: gives the networks of that chain.
        own: the classifier's network.
        asked: thresholds of the chain, and how many classes are listed.
    """
    assert file.card is not None
    asked = asked or TaskOptions()

    def no_model(name: str, _: TaskOptions) -> None:
        raise ModelError(
            "{file_name}: the chain '{chain}' has a model '{name}'; it cannot be taught on",
            file_name=file.name,
            chain=chain,
            name=name,
        )

    card = dataclasses.replace(base_chain(chain), name=file.name)
    finding = chain_of(card, no_model, asked, part=part)  # type: ignore[arg-type]
    return finding.with_steps(PointsClassifier(own, file.card, chain, asked.top_k))


class TaughtPicture:
    """A classifier of landmarks asked about whole pictures: of the surest object, or unknown where there is none.

    Args:
        file: the classifier, with its card.
        provider: wanted provider.

    Raises:
        ModelError: it is no such classifier, or cannot be used.
    """

    task = "classify"

    def __init__(self, file: ModelFile, provider: str = "auto") -> None:
        chain = landmarks_of(file.card)
        if chain is None or file.card is None:
            raise ModelError("{name} was not taught on landmarks", name=file.name)
        self.card, self.name = file.card, file.card.name
        own = Part(file.name, provider, path=file.path)
        self.session = own.session
        self._chain = taught_chain(file, chain, lambda name: Part(name, provider), own)
        self._classifier = self._chain.steps[-1]

    def warm_up(self, frame_wh: tuple[int, int]) -> None:
        """Run all networks once."""
        self._chain.warm_up(frame_wh)
        spec = self.session.inputs[0]
        self.session.run({spec.name: np.zeros((1, spec.shape[1] or 1), np.float32)})

    def predict(self, image: ImageU8) -> tuple[Result, Timings]:
        """What the surest object of a picture does."""
        result, timings = self._chain.predict(image)
        assert isinstance(result, Keypoints)
        classes = result.detections.box_classes
        if not classes:
            assert isinstance(self._classifier, PointsClassifier)
            return self._classifier.nothing(), timings
        return classes[int(np.argmax(result.detections.scores))], timings
