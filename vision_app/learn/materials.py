"""From samples to numbers on two sides: what a head is trained on, and what judges it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from vision_app.errors import TrainingError
from vision_app.learn.augment import View, views_of
from vision_app.learn.embedding import Embedded, Embedder
from vision_app.learn.head import LabelledEmbeddings, of_views
from vision_app.learn.options import TrainingOptions
from vision_app.learn.splitting import Division, divide, duplicate_warnings
from vision_app.messages import Message
from vision_app.results.values import FloatArray, IntArray
from vision_app.samples.dataset import SampleSet
from vision_app.samples.sample import Sample

_MOST_PROBLEMS = 5
_CALIBRATION_VIEWS = 2
_FEW_FOR_CALIBRATION = 60


@dataclass(frozen=True, slots=True, eq=False)
class Materials:
    """What a head is trained on and judged by.

    Attributes:
        labels: the classes.
        train: embeddings of all views of the samples that are learnt from.
        train_plain: (T, width) of the same samples as they are.
        train_y: (T,) their class ids.
        validation: embeddings of the samples that are held out, as they are.
        validation_views: (V, width) of changed versions of those of real classes.
        train_samples: the T samples.
        validation_samples: the held-out ones.
        warnings: what the user should know of the samples, a line each.
    """

    labels: tuple[str, ...]
    train: LabelledEmbeddings
    train_plain: FloatArray
    train_y: IntArray
    validation: LabelledEmbeddings
    validation_views: FloatArray
    train_samples: tuple[Sample, ...]
    validation_samples: tuple[Sample, ...]
    warnings: tuple[str, ...] = ()

    def everything(self) -> LabelledEmbeddings:
        """All samples, those that were held out as well."""
        return LabelledEmbeddings(
            np.concatenate([self.train.x, self.validation.x]),
            np.concatenate([self.train.y, self.validation.y]),
        )


def gather(
    samples: SampleSet,
    embedder: Embedder,
    options: TrainingOptions,
    told: Callable[[int, int], None],
    cancelled: Callable[[], bool],
) -> Materials:
    """Divide samples and send them through a backbone.

    Args:
        samples: all of them.
        embedder: the backbone.
        options: how they are divided, and how many views are made.
        told: is told how many pictures are done, and of how many.
        cancelled: asked between pictures.

    Raises:
        CancelledError: it was cancelled.
        TrainingError: of a class no picture to learn from can be read.
        ModelError: the network failed.
    """
    division = divide(samples.samples, samples.labels, options.validation_share, options.seed)
    train = [samples.samples[i] for i in division.train]
    held_out = [samples.samples[i] for i in division.validation]
    views = views_of(options.views, options.seed, flip=options.flip)
    few = len(held_out) <= _FEW_FOR_CALIBRATION
    judged = views_of(_CALIBRATION_VIEWS if few else 1, options.seed, flip=options.flip)
    total = len(train) * len(views) + len(held_out) * len(judged)

    def embed(part: Sequence[Sample], of: Sequence[View], before: int) -> Embedded:
        return embedder.embed(part, of, lambda done, _: told(before + done * len(of), total), cancelled)

    first = embed(train, views, 0)
    second = embed(held_out, judged, len(train) * len(views))
    problems = [*first.problems, *second.problems]
    _check_left(samples.labels, first, problems)
    plain = np.concatenate([first.vectors[:, 0], second.vectors[:, 0]])
    sides = Division(np.arange(len(first.samples)), np.arange(len(first.samples), len(plain)))
    double = duplicate_warnings([*first.samples, *second.samples], sides, plain)
    number = {label: i for i, label in enumerate(samples.labels)}
    train_y, validation_y = (
        np.array([number[s.label] for s in part.samples], np.int64) for part in (first, second)
    )
    real = np.array([s.label != samples.background for s in second.samples], np.bool_)
    return Materials(
        samples.labels,
        of_views(first.vectors, train_y),
        first.vectors[:, 0],
        train_y,
        LabelledEmbeddings(second.vectors[:, 0], validation_y),
        second.vectors[real, 1:].reshape(-1, embedder.width),
        first.samples,
        second.samples,
        (*division.warnings, *_about(problems), *double),
    )


def _check_left(labels: Sequence[str], train: Embedded, problems: Sequence[str]) -> None:
    """Samples may have gone or been damaged since they were listed."""
    counts = Counter(sample.label for sample in train.samples)
    gone = [label for label in labels if not counts[label]]
    if gone:
        raise TrainingError(
            "nothing is left to learn '{gone}' from: {count} pictures cannot be read, the first "
            "because: {problem}",
            gone=gone[0],
            count=len(problems),
            problem=problems[0],
        )


def _about(problems: Sequence[str]) -> list[str]:
    lines: list[str] = [
        Message("left out: {problem}", problem=problem) for problem in problems[:_MOST_PROBLEMS]
    ]
    if len(problems) > _MOST_PROBLEMS:
        lines.append(
            Message(
                "left out: {count} more pictures that cannot be read", count=len(problems) - _MOST_PROBLEMS
            )
        )
    return lines
