"""From the movements of a store to batches: what is of no use left out, the two sides, what the user should know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence as ListOf
from dataclasses import dataclass, replace

import numpy as np

from vision_app.errors import TrainingError
from vision_app.learn.splitting import Division, check_classes, divide
from vision_app.messages import Message
from vision_app.results.values import IntArray
from vision_app.samples.movements import MovementSet
from vision_app.samples.sample import Sample
from vision_app.sequences.features import mirrored
from vision_app.sequences.resampling import resampled
from vision_app.sequences.sequence import Sequence
from vision_app.temporal.batches import Batch, batch_of
from vision_app.temporal.leaks import chains_of_shifted, duplicate_notice, shifted_notice
from vision_app.temporal.options import TemporalOptions

_IDLE_PIECES = 2
"""Of the idle class at most so many pieces are taken as the largest other class has sequences."""
_LEAST_ROWS = 2


@dataclass(frozen=True, slots=True, eq=False)
class Usable:
    """Sequences that can be learnt from, at the rate of the model.

    Attributes:
        sequences: each at least two rows.
        samples: what each was made of; a long stretch of the idle class gives several.
        labels: the classes.
        rows: of the longest one.
        notices: what was left out and why, a line each.
    """

    sequences: tuple[Sequence, ...]
    samples: tuple[Sample, ...]
    labels: tuple[str, ...]
    rows: int
    notices: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Materials:
    """What a head is trained and judged with.

    Attributes:
        usable: all sequences.
        division: which of them are learnt from and which held out.
        train: those that are learnt from; mirror images too, where they were asked for.
        validation: those that are held out.
        everything: all of them.
        warnings: a line each.
    """

    usable: Usable
    division: Division
    train: Batch
    validation: Batch
    everything: Batch
    warnings: tuple[str, ...]


def gather(movements: MovementSet, features: str, options: TemporalOptions) -> Materials:
    """Read the movements and divide them.

    Raises:
        SampleError: a file cannot be read, or was recorded without what the features are made of.
        TrainingError: nothing can be learnt from them.
    """
    usable = usable_of(
        movements.samples, movements.sequences(features), movements.labels, movements.idle, options
    )
    return divided(usable, options)


def divided(usable: Usable, options: TemporalOptions) -> Materials:
    """The two sides, whole recordings on each.

    Raises:
        TrainingError: a class would have nothing to learn from, or nobody knows how to mirror the features.
    """
    chains = chains_of_shifted(usable.sequences)
    notice = shifted_notice(chains)
    grouped = list(usable.samples) if notice is None else _grouped(usable.samples, chains)
    training = options.training
    division = divide(grouped, usable.labels, training.validation_share, training.seed)
    duplicates = duplicate_notice(usable.sequences, division.train, division.validation)
    warnings = [*usable.notices, *division.warnings, *(n for n in (notice, duplicates) if n is not None)]
    flip = training.flip
    return Materials(
        usable,
        division,
        _batch(usable, division.train, flip=flip),
        _batch(usable, division.validation, flip=False),
        _batch(usable, np.arange(len(usable.sequences)), flip=flip),
        tuple(warnings),
    )


def _grouped(samples: ListOf[Sample], chains: IntArray) -> list[Sample]:
    """Samples in whose sessions windows of one recording are together.

    Of a class that is said to be one session its chains are the sessions: there is nothing better.
    """
    sessions: dict[str, set[str]] = {}
    for sample in samples:
        sessions.setdefault(sample.label, set()).add(sample.session)
    named = [
        s.session if len(sessions[s.label]) > 1 else f"{s.session}/{c}"
        for s, c in zip(samples, chains.tolist(), strict=True)
    ]
    same: dict[str, str] = {}

    def first(name: str) -> str:
        while name in same:
            name = same[name]
        return name

    for i in range(1, len(samples)):
        if chains[i] == chains[i - 1] and first(named[i]) != first(named[i - 1]):
            same[first(named[i])] = first(named[i - 1])
    return [replace(s, session=first(name)) for s, name in zip(samples, named, strict=True)]


def _batch(usable: Usable, which: IntArray, *, flip: bool) -> Batch:
    chosen = [usable.sequences[i] for i in which.tolist()]
    if flip:
        images = [mirrored(one) for one in chosen]
        if None in images:
            raise TrainingError(
                "--flip needs landmarks of hands or bodies; nobody knows how to mirror {features}",
                features=chosen[0].features,
            )
        chosen += [one for one in images if one is not None]
    return batch_of(chosen, [usable.labels.index(one.label) for one in chosen], usable.rows)


def usable_of(
    samples: ListOf[Sample],
    sequences: ListOf[Sequence],
    labels: ListOf[str],
    idle: str | None,
    options: TemporalOptions,
) -> Usable:
    """Sequences at the rate of the model, without those that tell nothing.

    Movements of one frame, of more than `longest_s`, and those in which nothing was ever seen are left out. Stretches
    of the idle class are cut to the length of the longest movement, and may show nothing.

    Args:
        samples: what each sequence was made of.
        sequences: of any rate.
        labels: the classes.
        idle: the class of what lies between movements.
        options: how it is trained.

    Raises:
        TrainingError: fewer than two classes are left, or fewer than two sequences of one.
    """
    left_out: Counter[tuple[str, str]] = Counter()
    moving: list[tuple[Sequence, Sample]] = []
    resting: list[tuple[Sequence, Sample]] = []
    for sample, one in zip(samples, sequences, strict=True):
        reason = _unusable(one, one.label == idle, options.longest_s)
        if reason:
            left_out[reason, one.label] += 1
        elif one.label == idle:
            resting.append((resampled(one, options.rate_hz), sample))
        else:
            moving.append((resampled(one, options.rate_hz), sample))
    rows = max((len(one) for one, _ in moving or resting), default=_LEAST_ROWS)
    rows = min(rows, options.most_rows)
    most = Counter(one.label for one, _ in moving).most_common(1)
    resting = _pieces(resting, rows, _IDLE_PIECES * most[0][1] if most else len(resting))
    kept = [*moving, *resting]
    notices = tuple(
        Message(_LEFT_OUT[why], count=count, label=label, most=f"{options.longest_s:g}")
        for (why, label), count in sorted(left_out.items())
    )
    try:
        check_classes([sample for _, sample in kept], labels)
    except TrainingError as error:
        if not notices:
            raise
        raise TrainingError("{error} ({notice})", error=error, notice=notices[0]) from None
    return Usable(tuple(one for one, _ in kept), tuple(s for _, s in kept), tuple(labels), rows, notices)


_LEFT_OUT = {
    "short": "{count} of '{label}' left out: a single frame is no movement",
    "long": "{count} of '{label}' left out: longer than {most} s; mark the movement itself with --span",
    "unseen": "{count} of '{label}' left out: nothing was seen in any frame; come nearer, or make more light",
}


def _unusable(one: Sequence, idle: bool, longest_s: float) -> str:
    """Why a sequence cannot be used, a key of `_LEFT_OUT`; "" where it can."""
    if len(one) < _LEAST_ROWS:
        return "short"
    if idle:
        return ""
    if one.duration_s > longest_s:
        return "long"
    return "" if one.present.any() else "unseen"


def _pieces(stretches: list[tuple[Sequence, Sample]], rows: int, most: int) -> list[tuple[Sequence, Sample]]:
    """Long stretches cut into pieces; of too many, some from everywhere."""
    made = []
    for one, sample in stretches:
        for start in range(0, len(one), rows):
            part = slice(start, start + rows)
            if len(one.values[part]) >= min(rows, len(one), _LEAST_ROWS * 4):
                piece = replace(
                    one, values=one.values[part], times_s=one.times_s[part], present=one.present[part]
                )
                made.append((piece, sample))
    if len(made) <= most:
        return made
    return [made[i] for i in np.linspace(0, len(made) - 1, most).round().astype(int)]
