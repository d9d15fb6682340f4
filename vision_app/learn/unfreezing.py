"""Unfreezing: the last blocks of a frozen network are trained on, from where the frozen training ended.

What the frozen front makes of each picture never changes, so it is computed once by ONNX Runtime and kept; only
the blocks after it and the head go through PyTorch. The trained weights go back into the ONNX network by their
names, and what comes out is compared with PyTorch before anybody gets to see it.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vision_app.cards.lookup import ModelFile
from vision_app.errors import ModelError, SampleError, TrainingError, disk_reason
from vision_app.graph.blocks import SplitNetwork, as_classifier, blocks_of, parsed, with_weights
from vision_app.learn.augment import views_of
from vision_app.learn.cache import EmbeddingCache
from vision_app.learn.embedding import Embedder
from vision_app.learn.frozen_features import Activations, FrozenFeatures, OnPictures, Told
from vision_app.learn.head import Fit, Head
from vision_app.learn.metrics import PairedDifference, paired_difference
from vision_app.learn.options import TrainingOptions, TrainingResult
from vision_app.learn.tail import Tail, require
from vision_app.learn.tail_training import OnTailEpoch, TailFit, train_tail
from vision_app.messages import Message
from vision_app.results.values import IntArray
from vision_app.runtime import Session
from vision_app.samples.pictures import read_picture
from vision_app.samples.sample import Sample
from vision_app.scratch import scratch_folder
from vision_app.tasks.preprocess import Preprocessor

FEWEST_VIEWS = 4
"""Pictures made of each sample at least: more weights can learn by heart what one picture shows."""
LARGEST_DIFFERENCE = 1e-3
"""By how much a probability of the finished file may differ from PyTorch's."""
_CHECKED = 5


@dataclass(frozen=True, slots=True, eq=False)
class Unfrozen:
    """What came of unfreezing.

    Attributes:
        gained: whether the held-out samples are judged better than before; else the frozen model is to be kept.
        fit: the trained head, with the epochs of both trainings; the frozen one when nothing was gained.
        content: the network with the trained weights and the head as an ONNX file; None when nothing was gained.
        blocks: how many blocks were trained.
        trained_numbers: how many numbers they have.
        difference: largest difference of a probability between the file and PyTorch; None without a file.
        before: share of the held-out samples (without any: of the others) that was right with frozen layers.
        after: share that is right now.
        paired: both, sample by sample; None where nothing was tried.
        sentences: the same in plain words.
        seconds: how long it took.
        activation_bytes: what had to be kept of the pictures.
    """

    gained: bool
    fit: Fit
    content: bytes | None
    blocks: int
    trained_numbers: int
    difference: float | None
    before: float
    after: float
    paired: PairedDifference | None
    sentences: tuple[str, ...]
    seconds: float
    activation_bytes: int = 0


def check_available() -> None:
    """Find out whether blocks can be trained here.

    Raises:
        TrainingError: PyTorch or onnx2torch is not installed; says how to get them.
    """
    require("torch")
    require("onnx2torch")


def most_blocks(embedder: Embedder) -> int:
    """How many blocks of a network can be unfrozen: all but the first."""
    return max(0, len(blocks_of(embedder.backbone.content())) - 1)


def worth_offering(result: TrainingResult) -> str | None:
    """Why unfreezing may help a trained model, as a sentence; None where it is not to be offered.

    It is offered when held-out samples are still wrong: where all are right, nothing can be seen to improve.
    """
    accuracy, count = result.validation_accuracy, result.validation_samples
    if result.frozen_validation_accuracy is not None or accuracy is None or accuracy >= 1.0 or not count:
        return None
    wrong = round((1.0 - accuracy) * count)
    return Message(
        "{wrong} of {count} held-out samples are still wrong. Unfreezing trains the last blocks "
        "of {base} as well; it takes longer, and is kept only if it helps",
        wrong=wrong,
        count=count,
        base=result.base,
    )


def unfreeze(
    *,
    embedder: Embedder,
    fit: Fit,
    train_samples: Sequence[Sample],
    train_y: IntArray,
    validation_samples: Sequence[Sample],
    validation_y: IntArray,
    options: TrainingOptions,
    on_epoch: OnTailEpoch | None = None,
    on_pictures: OnPictures | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Unfrozen:
    """Train the last `options.unfreeze` blocks on; keep them only where that is better.

    Args:
        embedder: the frozen network, loaded.
        fit: the head that was trained on it.
        train_samples: what is learnt from.
        train_y: (T,) their class ids.
        validation_samples: what decides which epoch is the best, and whether anything was gained.
        validation_y: (V,) their class ids.
        options: how; batch size, patience, seed and the rest as for the head.
        on_epoch: told of each epoch, from this thread; stops the training by answering False.
        on_pictures: told of the pictures that went through the frozen front.
        cancelled: asked often.

    Raises:
        CancelledError: it was cancelled.
        TrainingError: PyTorch is missing, the activations do not fit on the disk, or the finished file differs
            from what was trained.
        ModelError: the network has fewer blocks, or its operators cannot be trained.
    """
    started_s = time.monotonic()
    check_available()
    name = embedder.card.name
    blocks = blocks_of(embedder.backbone.content())
    if not 1 <= options.unfreeze < len(blocks):
        raise ModelError(
            "{name} has {count} blocks and the first one stays frozen: --unfreeze must be from 1 to "
            "{count_2}, got {unfreeze}",
            name=name,
            count=len(blocks),
            count_2=len(blocks) - 1,
            unfreeze=options.unfreeze,
        )
    if not len(validation_y):
        return _not_tried(fit, options.unfreeze, time.monotonic() - started_s)
    split = SplitNetwork(parsed(embedder.backbone.content()), blocks[-options.unfreeze].start, name)
    views = views_of(max(options.views, FEWEST_VIEWS), options.seed, flip=options.flip)
    with ExitStack() as stack:
        front = FrozenFeatures(embedder, split, stack)
        total = len(train_samples) * len(views) + len(validation_samples)
        told = Told(on_pictures, total)
        kept = front.activations(validation_samples, validation_y, views[:1], told, cancelled)
        learnt = front.activations(train_samples, train_y, views, told, cancelled)
        split.set_shape((1, *kept.x.shape[2:]))
        tail = Tail(split, fit.head, np.asarray(kept.x[0, :1], np.float32), name)
        right_before = _right(tail, kept)
        trained = train_tail(
            tail, learnt, kept, fit.head.classes, options, on_epoch=on_epoch, cancelled=cancelled
        )
        right_after = _right(tail, kept)
        paired = paired_difference(right_after, right_before)
        gained = trained.best_epoch > 0 and paired.difference >= 0
        content, difference = None, None
        if gained:
            content = as_classifier(with_weights(split.model, tail.weights()), tail.trained_head().layers())
            difference = _checked(content, tail, front, embedder, validation_samples)
        return Unfrozen(
            gained=gained,
            fit=_joined(fit, trained, tail.trained_head()) if gained else fit,
            content=content,
            blocks=options.unfreeze,
            trained_numbers=tail.trained_numbers,
            difference=difference,
            before=float(right_before.mean()),
            after=float(right_after.mean()),
            paired=paired,
            sentences=_sentences(trained, paired, options.unfreeze, gained=gained),
            seconds=time.monotonic() - started_s,
            activation_bytes=int(learnt.x.nbytes + kept.x.nbytes),
        )


@contextmanager
def opened(content: bytes, embedder: Embedder) -> Iterator[Embedder]:
    """An unfrozen network as an embedder of its own, for as long as the block lasts.

    Args:
        content: what `unfreeze` gave.
        embedder: the frozen network that it was made of.

    Raises:
        TrainingError: the disk is full.
    """
    with scratch_folder(Path(tempfile.gettempdir()), "unfrozen") as folder:
        path = folder / f"{embedder.card.name}.onnx"
        try:
            path.write_bytes(content)
        except OSError as error:
            raise TrainingError(
                "{path}: cannot be written: {reason}", path=path, reason=disk_reason(error)
            ) from error
        file = ModelFile(embedder.card.name, path, embedder.card)
        # its embeddings are of no use to anybody later
        cache = EmbeddingCache("unfrozen", embedder.width, folder)
        made = Embedder(file, "cpu" if embedder.session.provider == "CPUExecutionProvider" else "auto", cache)
        try:
            yield made
        finally:
            made.close()


def _right(tail: Tail, samples: Activations) -> NDArray[np.bool_]:
    right: NDArray[np.bool_] = np.equal(tail.predicted(samples.x[:, 0]), samples.y)
    return right


def _checked(
    content: bytes, tail: Tail, front: FrozenFeatures, embedder: Embedder, samples: Sequence[Sample]
) -> float:
    """Compare the finished file with PyTorch on held-out pictures and on noise; the largest difference.

    Raises:
        TrainingError: it is too large: the file is not what was trained.
    """
    session = Session(embedder.file.path, "cpu", content=content)
    preprocessor, size_hw = Preprocessor(embedder.card.input), embedder.card.input.size_hw
    largest = 0.0
    for image in _pictures_to_check(samples, size_hw):
        wanted = tail.probabilities(front.of_image(image))[0]
        tensor, _ = preprocessor.prepare(image, size_hw)
        got = session.run_single(tensor).reshape(-1)
        largest = max(largest, float(np.abs(got - wanted).max()))
    if not largest <= LARGEST_DIFFERENCE:
        raise TrainingError(
            "the unfrozen network differs from what PyTorch trained by {largest:.1e} in a "
            "probability; at most {largest_difference:g} is allowed: the frozen model is kept",
            largest=largest,
            largest_difference=LARGEST_DIFFERENCE,
        )
    return largest


def _pictures_to_check(samples: Sequence[Sample], size_hw: tuple[int, int]) -> Iterator[NDArray[np.uint8]]:
    for sample in samples[:: max(1, len(samples) // _CHECKED)][:_CHECKED]:
        try:
            yield read_picture(sample.path)
        except SampleError:
            continue  # deleted since: the others tell as much
    random = np.random.default_rng(0)
    for side in (4, 16, 64):
        coarse = random.integers(0, 256, (side, side, 3), np.uint8)
        yield np.asarray(cv2.resize(coarse, size_hw[::-1], interpolation=cv2.INTER_NEAREST), np.uint8)


def _joined(fit: Fit, trained: TailFit, head: Head) -> Fit:
    """One history: the epochs with frozen layers, then those of the blocks."""
    offset = len(fit.history)
    later = tuple(replace(record, epoch=offset + record.epoch) for record in trained.history[1:])
    return Fit(head, (*fit.history, *later), offset + trained.best_epoch, trained.stopped_because)


def _not_tried(fit: Fit, blocks: int, seconds: float) -> Unfrozen:
    accuracy = fit.best.train_accuracy
    why = Message("No blocks were unfrozen: no samples are held out, so nothing could tell whether it helps.")
    return Unfrozen(False, fit, None, blocks, 0, None, accuracy, accuracy, None, (why,), seconds)


def _sentences(trained: TailFit, paired: PairedDifference, blocks: int, *, gained: bool) -> tuple[str, ...]:
    what = Message("the last block") if blocks == 1 else Message("the last {blocks} blocks", blocks=blocks)
    if not gained:
        return (
            Message(
                "Unfreezing {what} did not help: no epoch of {count} judged the held-out samples better. "
                "The frozen model is kept.",
                what=what,
                count=len(trained.history) - 1,
            ),
        )
    count = paired.count
    after, before = paired.both + paired.only_first, paired.both + paired.only_second
    low, high = paired.interval.low, paired.interval.high
    said = Message(
        "Unfreezing {what}: {before} to {after} of {count} held-out samples right, a gain of "
        "{difference:.1f} points (with 95 % confidence {low:.1f} to {high:.1f}), validation loss "
        "{val_loss:.4f} to {best_val_loss:.4f}.",
        what=what,
        before=before,
        after=after,
        count=count,
        difference=100 * paired.difference,
        low=100 * low,
        high=100 * high,
        val_loss=trained.before.val_loss,
        best_val_loss=trained.best.val_loss,
    )
    if before == after:
        return said, Message("As many are right as before, but with better probabilities.")
    if not paired.decided:
        return said, Message(
            "So few samples cannot tell this gain from chance: capture more of those that are wrong."
        )
    return (said,)
