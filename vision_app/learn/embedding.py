"""Pictures through a frozen backbone: what a head is trained on."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import cached_property

import numpy as np

from vision_app.cancelling import CancelledError
from vision_app.cards.lookup import ModelFile, sha256
from vision_app.cards.parts import Fit
from vision_app.engine.loading import described, session_of
from vision_app.errors import ModelError, SampleError
from vision_app.graph import Backbone
from vision_app.learn.augment import PLAIN, View, changed
from vision_app.learn.cache import EmbeddingCache
from vision_app.messages import message_of
from vision_app.results.values import FloatArray, ImageU8
from vision_app.runtime import Session, ThreadPolicy, cpu_count
from vision_app.samples.pictures import decode_picture, read_bytes
from vision_app.samples.sample import Sample
from vision_app.tasks.preprocess import Preprocessor, fitted

RECIPE = 3
"""Version of how embeddings are made; changed when the same picture would give other numbers."""

OnEmbedded = Callable[[int, int], None]
"""Is told how many samples are done, and of how many."""
_TOLD_EVERY_S = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Embedded:
    """Samples as numbers.

    Attributes:
        vectors: (N, views, width) float32.
        samples: the N samples that could be read, in the order that they were given.
        problems: why each of the others could not, a line each.
        from_cache: how many of the pictures needed not go through the network.
    """

    vectors: FloatArray
    samples: tuple[Sample, ...]
    problems: tuple[str, ...] = ()
    from_cache: int = 0


class Embedder:
    """A classifier's frozen backbone, loaded, with the preprocessing of its card. Safe to use from many threads.

    Args:
        file: the classifier.
        provider: wanted provider of ONNX Runtime.
        cache: where embeddings are kept; the usual place when None.
        threads: pictures at once; as many as there are cores when None.
        fit: how pictures are fitted into its input; None for its card's way.

    Raises:
        ModelError: it cannot be loaded, is no classifier, or has no embedding.
    """

    def __init__(
        self,
        file: ModelFile,
        provider: str = "auto",
        cache: EmbeddingCache | None = None,
        threads: int | None = None,
        fit: Fit | None = None,
    ) -> None:
        self.file = file
        self.backbone = Backbone(file.path)
        content = self.backbone.content()
        self._threads = threads or cpu_count()
        self.session = Session(file.path, provider, ThreadPolicy.for_files(self._threads), content=content)
        self.card = file.card or described(session_of(file.path, "cpu"), file.name)
        if self.card.task != "classify":
            raise ModelError(
                "{name} is a model to {task}; the backbone of a classifier is wanted: vision-app models "
                "list --task classify",
                name=self.card.name,
                task=self.card.task,
            )
        # samples are cut out already: where in a frame a taught base looks is no concern of them
        spec = replace(fitted(self.card.input, fit), region=None)
        self.card = replace(self.card, input=spec)
        self._preprocessor = Preprocessor(spec)
        self._start(cache, RECIPE)

    def _start(self, cache: EmbeddingCache | None, recipe: int) -> None:
        self._cache, self._recipe = cache, recipe
        self._opening = threading.Lock()

    @property
    def width(self) -> int:
        """How many numbers an embedding has."""
        return self.backbone.width

    @cached_property
    def sha256(self) -> str:
        """Hash of the model's file."""
        return sha256(self.file.path)

    @property
    def cache(self) -> EmbeddingCache:
        """Where embeddings are kept."""
        with self._opening:
            if self._cache is None:
                recipe = {"model": self.sha256, "input": asdict(self.card.input), "recipe": self._recipe}
                self._cache = EmbeddingCache(json.dumps(recipe, sort_keys=True), self.width)
            return self._cache

    def tensor(self, image: ImageU8) -> FloatArray:
        """What a model with this backbone is given for a picture, valid until this thread's next call."""
        return self._preprocessor.prepare(image, self.card.input.size_hw)[0]

    def embed_image(self, image: ImageU8) -> FloatArray:
        """The embedding of a picture, (width,) float32.

        Args:
            image: (H, W, 3) uint8 BGR.

        Raises:
            ModelError: the network failed, or gives something else than it says.
        """
        tensor, _ = self._preprocessor.prepare(image, self.card.input.size_hw)
        vectors = self.session.run_single(tensor)
        if vectors.shape != (1, self.width):
            raise ModelError(
                "{name}: its embedding should be (1, {width}), it is {shape}",
                name=self.card.name,
                width=self.width,
                shape=vectors.shape,
            )
        vector: FloatArray = np.asarray(vectors[0], np.float32)
        if not np.isfinite(vector).all():
            raise ModelError(
                "{name}: its embedding has NaN or infinite numbers; the file is damaged", name=self.card.name
            )
        return vector

    def embed_one(self, sample: Sample, views: Sequence[View] = (PLAIN,)) -> FloatArray:
        """The embeddings of one sample on the disk, kept for the training: to be called while capturing.

        Args:
            sample: a picture that is on the disk.
            views: which versions of it.

        Returns:
            (views, width) float32.

        Raises:
            SampleError: the picture cannot be read.
            ModelError: the network failed.
        """
        return self._embed(sample, views)[0]

    def embed(
        self,
        samples: Sequence[Sample],
        views: Sequence[View] = (PLAIN,),
        on_embedded: OnEmbedded | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Embedded:
        """The embeddings of many samples, on all cores.

        A sample that cannot be read any more is left out and told of.

        Args:
            samples: pictures on the disk.
            views: versions of each of them.
            on_embedded: told of the progress, from this thread.
            cancelled: asked between pictures; the rest is then left out.

        Raises:
            ModelError: the network failed.
            CancelledError: it was cancelled.
        """
        vectors = np.empty((len(samples), len(views), self.width), np.float32)
        good = np.zeros(len(samples), np.bool_)
        counts = _Counts()
        failed = threading.Event()

        def work(number: int) -> None:
            if failed.is_set() or cancelled():
                return
            try:
                vectors[number], hits = self._embed(samples[number], views)
            except SampleError as error:
                counts.add(problem=message_of(error))
                return
            except BaseException:
                failed.set()
                raise
            good[number] = True
            counts.add(hits=hits)

        told_s = time.monotonic()
        with ThreadPoolExecutor(self._threads, "embedding") as pool:
            try:
                for done, _ in enumerate(pool.map(work, range(len(samples))), start=1):
                    now_s = time.monotonic()
                    if on_embedded is not None and (now_s - told_s > _TOLD_EVERY_S or done == len(samples)):
                        told_s = now_s
                        on_embedded(done, len(samples))
            except BaseException:
                failed.set()  # so that what is queued ends at once
                raise
        if cancelled():
            raise CancelledError("the training was cancelled")
        kept = tuple(sample for sample, is_good in zip(samples, good, strict=True) if is_good)
        return Embedded(vectors if good.all() else vectors[good], kept, tuple(counts.problems), counts.hits)

    def _embed(self, sample: Sample, views: Sequence[View]) -> tuple[FloatArray, int]:
        """Its embeddings, and how many of them were kept from before."""
        found = [self.cache.get(_key(sample.sha256, view)) for view in views]
        missing = [i for i, vector in enumerate(found) if vector is None]
        if missing:
            data = read_bytes(sample.path)
            content_sha256 = hashlib.sha256(data).hexdigest()  # it may have been replaced since it was listed
            image = decode_picture(data, str(sample.path)).image
            for i in missing:
                vector = self.embed_image(changed(image, views[i], content_sha256))
                self.cache.put(_key(content_sha256, views[i]), vector)
                found[i] = vector
        return np.stack([vector for vector in found if vector is not None]), len(views) - len(missing)

    def close(self) -> None:
        """Release the file of the cache."""
        if self._cache is not None:
            self._cache.close()


def _key(sample_sha256: str, view: View) -> str:
    return f"{sample_sha256} {view.key}"


class _Counts:
    """What the workers have met."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.hits = 0
        self.problems: list[str] = []

    def add(self, hits: int = 0, problem: str = "") -> None:
        with self._lock:
            self.hits += hits
            if problem:
                self.problems.append(problem)
