"""Samples as landmarks: the base of a training that looks at hands, bodies or faces and not at pictures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from vision_app.cards.card import InputSpec, ModelCard, OutputSpec
from vision_app.cards.chain import ChainCard
from vision_app.cards.lookup import ModelFile, chain_paths, find_model
from vision_app.cards.parts import Fit
from vision_app.engine.chain_cards import chain_of
from vision_app.engine.finding import Part
from vision_app.engine.points import LANDMARKS, base_chain, features_of
from vision_app.errors import ModelError, SampleError
from vision_app.graph.points import PointsBackbone
from vision_app.learn.cache import EmbeddingCache
from vision_app.learn.embedding import Embedder
from vision_app.messages import Message
from vision_app.results.values import FloatArray, ImageU8, Keypoints
from vision_app.runtime import ThreadPolicy, cpu_count

BASES: Mapping[str, str] = {"hands": "hands", "body": "body", "face": "face-mesh"}
"""What `--base` can be beside a classifier, to the chain that finds it."""

_RECIPE = 1
_THING = {"hands": "hand", "body": "body", "face-mesh": "face"}


class LandmarkEmbedder(Embedder):
    """Pictures through a chain that finds hands, bodies or faces. Safe to use from many threads.

    Args:
        base: a key of `BASES`.
        provider: wanted provider of ONNX Runtime.
        cache: where embeddings are kept; the usual place when None.
        threads: pictures at once; as many as there are cores when None.

    Raises:
        ModelError: the chain cannot be used.
    """

    def __init__(
        self,
        base: str,
        provider: str = "auto",
        cache: EmbeddingCache | None = None,
        threads: int | None = None,
    ) -> None:
        self.chain = BASES[base]
        self.file = base_file(base)
        assert self.file.card is not None
        self.card = self.file.card
        self._threads = threads or cpu_count()
        policy = ThreadPolicy.for_files(self._threads)

        def no_model(name: str, _: object) -> None:
            raise ModelError(
                "the chain '{chain}' has a model '{name}'; it cannot be taught on",
                chain=self.chain,
                name=name,
            )

        self._finding = chain_of(
            base_chain(self.chain),
            no_model,  # type: ignore[arg-type]
            part=lambda name: Part(name, provider, policy),
        )
        blank = features_of(self.chain, _blank(self.chain), 0)
        self.backbone = PointsBackbone(len(blank))
        self._start(cache, _RECIPE)

    def tensor(self, image: ImageU8) -> FloatArray:
        """What the finished model is given for a picture, (1, width) float32.

        Raises:
            SampleError: there is no such object in it.
        """
        return self.embed_image(image)[None]

    def embed_image(self, image: ImageU8) -> FloatArray:
        """The numbers of the surest object in a picture, (width,) float32.

        Raises:
            SampleError: there is none in it.
        """
        result, _ = self._finding.predict(image)
        assert isinstance(result, Keypoints)
        if not len(result.detections):
            raise SampleError("no {thing} is seen in it", thing=_THING[self.chain])
        return features_of(self.chain, result, int(np.argmax(result.detections.scores)))


def _blank(chain: str) -> Keypoints:
    """One object with all points in one place, to learn how many numbers there are."""
    from vision_app.results.skeletons import named_skeleton
    from vision_app.results.values import Detections

    skeleton = named_skeleton({"hands": "hand-21", "body": "body-33", "face-mesh": "face-mesh-478"}[chain])
    box = np.zeros((1, 4), np.float32)
    found = Detections("", box, np.ones(1, np.float32), np.zeros(1, np.int64), (Message("left hand"),))
    return Keypoints(found, np.zeros((1, len(skeleton), 3), np.float32), skeleton)


def base_file(base: str) -> ModelFile:
    """A chain as the base of a training: its card as that of a classifier without classes."""
    chain: ChainCard = base_chain(BASES[base])
    card = ModelCard(
        name=base,
        title=chain.title,
        task="classify",
        family=chain.family,
        licence=chain.licence,
        input=InputSpec((1, 1), resize="squash"),
        output=OutputSpec("classes"),
        labels=("",),
        year=chain.year,
        origin_url=chain.origin_url,
        extra={LANDMARKS: BASES[base]},
    )
    return ModelFile(base, Path(chain_paths()[BASES[base]]), card)


def base_of(name: str) -> ModelFile:
    """The base of a training by name: landmarks (`hands`, `body`, `face`), or a classifier.

    Raises:
        ModelError: there is none of that name.
    """
    return base_file(name) if name in BASES else find_model(name)


def embedder_of(base: ModelFile, provider: str = "auto", fit: Fit | None = None) -> Embedder:
    """What makes numbers of samples for a base.

    Raises:
        ModelError: it cannot be loaded, or is no base.
    """
    if base.card is not None and base.name in BASES and LANDMARKS in base.card.extra:
        return LandmarkEmbedder(base.name, provider)
    return Embedder(base, provider, fit=fit)
