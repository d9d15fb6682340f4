"""Which samples a model learns from, and which ones say how good it has become.

Frames of one burst are nearly the same picture: with some of them on both sides, the validation would only
test the memory. Whole sessions are therefore held out. Where that is not possible the end of the session is,
and a warning says so.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vision_app.errors import TrainingError
from vision_app.messages import Message, listed
from vision_app.results.values import FloatArray, IntArray
from vision_app.samples.duplicates import find_lookalikes
from vision_app.samples.sample import Sample

_FEW_SAMPLES = 10
_MOST_NAMED = 5
_NEAR_COSINE = 0.995
_MOST_PAIRS = 20_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Division:
    """Samples on two sides.

    Attributes:
        train: (T,) indices of the samples that are learnt from.
        validation: (V,) indices of those that are held out.
        warnings: what the user should know about it, a line each.
    """

    train: IntArray
    validation: IntArray
    warnings: tuple[str, ...] = ()


def check_classes(samples: Sequence[Sample], labels: Sequence[str]) -> None:
    """Refuse samples from which nothing can be learnt.

    Args:
        samples: all of them.
        labels: every class, also one without samples.

    Raises:
        TrainingError: fewer than two classes, or a class with fewer than two samples.
    """
    counts = Counter(sample.label for sample in samples)
    if not samples:
        raise TrainingError("there are no samples; capture or import some of at least two classes first")
    if len(labels) < 2:
        raise TrainingError(
            "there is only one class, {classes}; a model tells classes apart: add samples of another "
            "one, for instance of none of these",
            classes=_quoted(labels),
        )
    empty = [label for label in labels if not counts[label]]
    if empty:
        raise TrainingError(
            "{classes} {has} no samples; add some, or remove {it} from the classes",
            classes=_quoted(empty),
            has=_has(empty),
            it=_it(empty),
        )
    single = [label for label in labels if counts[label] < 2]
    if single:
        raise TrainingError(
            "{classes} {has} one sample only; at least 2 are needed, one to learn from and one to "
            "check with, and 20 or more are good",
            classes=_quoted(single),
            has=_has(single),
        )


def divide(samples: Sequence[Sample], labels: Sequence[str], share: float, seed: int) -> Division:
    """Decide which samples are held out.

    Where folders say it (`train/` and `val/`), they are followed. Else whole sessions are held out, about the
    same share of each class; of a class with one session, its end.

    Args:
        samples: all of them, of a class in the order in which they were taken.
        labels: the classes.
        share: wanted share of the samples of each class that is held out, in (0, 1).
        seed: which sessions.

    Raises:
        TrainingError: a class would have nothing to learn from.
    """
    if {sample.split for sample in samples} == {"train", "val"}:
        return _as_given(samples, labels)
    held_out: set[int] = set()
    warnings: list[str] = []
    of_class: dict[str, list[int]] = defaultdict(list)
    for i, sample in enumerate(samples):
        of_class[sample.label].append(i)
    sessions = {label: len({samples[i].session for i in found}) for label, found in of_class.items()}
    several = [label for label in labels if sessions.get(label, 0) > 1]
    held_out |= _whole_sessions(samples, of_class, several, share, seed)
    alone = [label for label in labels if label not in several or not held_out & set(of_class[label])]
    for label in alone:
        found = of_class[label]
        count = min(len(found) - 1, max(1, round(share * len(found))))
        held_out -= set(found)
        held_out.update(found[len(found) - count :])
    if alone:
        warnings.append(
            Message(
                "{classes} {has} samples of one session only: the end of it is held out. It looks like "
                "the rest, so the accuracy in another place or light will be lower; capture once more, "
                "elsewhere",
                classes=_quoted(alone),
                has=_has(alone),
            )
        )
    validation = np.array(sorted(held_out), np.int64)
    train = np.array([i for i in range(len(samples)) if i not in held_out], np.int64)
    return Division(train, validation, (*warnings, *_about_few(samples, train, validation, labels)))


def _as_given(samples: Sequence[Sample], labels: Sequence[str]) -> Division:
    train = [i for i, sample in enumerate(samples) if sample.split != "val"]
    validation = [i for i, sample in enumerate(samples) if sample.split == "val"]
    learnt = {samples[i].label for i in train}
    missing = [label for label in labels if label not in learnt]
    if missing:
        raise TrainingError(
            "{classes} {has} no samples in train/, only in val/; move some there",
            classes=_quoted(missing),
            has=_has(missing),
        )
    checked = {samples[i].label for i in validation}
    unchecked = [label for label in labels if label not in checked]
    warnings = []
    if unchecked:
        warnings.append(
            Message(
                "{classes} {has} no samples in val/: nothing checks {it}",
                classes=_quoted(unchecked),
                has=_has(unchecked),
                it=_it(unchecked),
            )
        )
    arrays = np.array(train, np.int64), np.array(validation, np.int64)
    return Division(*arrays, (*warnings, *_about_few(samples, *arrays, labels)))


def _whole_sessions(
    samples: Sequence[Sample], of_class: dict[str, list[int]], several: Sequence[str], share: float, seed: int
) -> set[int]:
    """Sessions in random order, each held out if that brings the classes nearer to their share.

    Each of the classes keeps a session to learn from; a class that would have none held out is given its
    smallest one where that can be.
    """
    members: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for label in several:
        for i in of_class[label]:
            members[samples[i].session][label].append(i)
    wanted = {label: max(1.0, share * len(of_class[label])) for label in several}
    held = dict.fromkeys(several, 0)
    left = {label: len({samples[i].session for i in of_class[label]}) for label in several}
    held_out: set[int] = set()

    def take(session: str) -> None:
        for label, found in members[session].items():
            held_out.update(found)
            held[label] += len(found)
            left[label] -= 1

    def gain(session: str) -> float:
        return sum(
            (abs(wanted[label] - held[label]) - abs(wanted[label] - held[label] - len(found)))
            / len(of_class[label])
            for label, found in members[session].items()
        )

    order = sorted(members)
    random.Random(seed).shuffle(order)
    taken = set()
    for session in order:
        if all(left[label] > 1 for label in members[session]) and gain(session) > 0:
            take(session)
            taken.add(session)
    for label in several:
        if held[label]:
            continue
        free = [
            s
            for s in order
            if s not in taken and label in members[s] and all(left[other] > 1 for other in members[s])
        ]
        if free:
            smallest = min(free, key=lambda s: len(members[s][label]))
            take(smallest)
            taken.add(smallest)
    return held_out


def _about_few(
    samples: Sequence[Sample], train: IntArray, validation: IntArray, labels: Sequence[str]
) -> Iterable[str]:
    if len(validation) < _FEW_SAMPLES:
        yield (
            Message(
                "only {count} samples are held out: the accuracy on them says little; 20 or more samples "
                "a class are good",
                count=len(validation),
            )
        )
    counts = Counter(samples[i].label for i in train)
    most, least = max(counts.values()), min(counts.values())
    if most > 4 * least:
        fewest = [label for label in labels if counts[label] * 4 < most]
        yield Message(
            "{classes} {has} far fewer samples than the others ({least} against {most})",
            classes=_quoted(fewest),
            has=_has(fewest),
            least=least,
            most=most,
        )


def duplicate_warnings(
    samples: Sequence[Sample], division: Division, embeddings: FloatArray
) -> tuple[str, ...]:
    """Warn of the same picture in two classes, and of nearly the same ones on both sides.

    Pictures are compared by their fingerprints where all have one, else by their embeddings.

    Args:
        samples: all of them.
        division: the two sides.
        embeddings: (N, width) of the samples, as they are.
    """
    by_hash: dict[str, set[str]] = defaultdict(set)
    for sample in samples:
        by_hash[sample.sha256].add(sample.label)
    double = sorted(sorted(found) for found in by_hash.values() if len(found) > 1)
    warnings = []
    if double:
        warnings.append(
            Message(
                "{count} pictures are in several classes at once, such as {classes}: they cannot be told "
                "apart; remove them from one",
                count=len(double),
                classes=_quoted(double[0]),
            )
        )
    if all(sample.fingerprint is not None for sample in samples):
        near = _lookalikes(samples, division)
    else:
        near = near_duplicates(embeddings[division.validation], embeddings[division.train])
    if near:
        warnings.append(
            Message(
                "{near} of {count} held-out samples are nearly the same as one that is learnt from: the "
                "accuracy is too good to be true; capture once more, elsewhere",
                near=near,
                count=len(division.validation),
            )
        )
    return tuple(warnings)


def _lookalikes(samples: Sequence[Sample], division: Division) -> int:
    """How many held-out samples look like one of their class that is learnt from."""
    sides = [
        *(replace(samples[i], id=str(i), session="train") for i in division.train),
        *(replace(samples[i], id=str(i), session="val") for i in division.validation),
    ]
    held_out = {str(i) for i in division.validation}
    leaks = [pair for pair in find_lookalikes(sides) if pair.kind == "leak"]
    return len({name for pair in leaks for name in (pair.first, pair.second)} & held_out)


def near_duplicates(some: FloatArray, others: FloatArray) -> int:
    """How many embeddings have one among the others that points the same way: nearly the same picture.

    Args:
        some: (N, width).
        others: (M, width); of very many, a part is looked at.
    """
    if not len(some) or not len(others):
        return 0
    step = -(-len(some) * len(others) // _MOST_PAIRS)
    others = others[::step]
    a, b = (x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12) for x in (some, others))
    return int(((a @ b.T).max(1) > _NEAR_COSINE).sum())


def _quoted(labels: Sequence[str]) -> str:
    named = [f"'{label}'" for label in labels[:_MOST_NAMED]]
    if len(labels) > _MOST_NAMED:
        return Message("{named} and {count} more", named=", ".join(named), count=len(labels) - _MOST_NAMED)
    return listed(filter(None, (", ".join(named[:-1]), *named[-1:])), " and ")


def _has(labels: Sequence[str]) -> str:
    return "has" if len(labels) == 1 else "have"


def _it(labels: Sequence[str]) -> str:
    return "it" if len(labels) == 1 else "them"
