"""How good a classifier is: pure functions of probabilities and true classes.

Every figure is defined here in NumPy and compared with scikit-learn in `tests/parity/test_metrics.py`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision_app.results.values import FloatArray, IntArray

CONFIDENCE_Z = 1.959964
"""Two-sided 95 % quantile of the normal distribution."""
CALIBRATION_BINS = 15
_SMALLEST_PROBABILITY = 1e-12
_EXACT_UP_TO = 1000


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a true share lies with 95 % confidence."""

    low: float
    high: float

    def to_json(self) -> list[float]:
        """As [low, high]."""
        return [round(self.low, 6), round(self.high, 6)]


@dataclass(frozen=True, slots=True)
class ClassMetrics:
    """One class.

    Attributes:
        label: its name.
        support: how many samples of it there are.
        predicted: how many samples were called so.
        correct: how many of its samples were.
        unknown: how many of its samples were called unknown.
        precision: share of what was called so that is; 0 when nothing was.
        recall: share of its samples that was found; 0 without any.
        f1: harmonic mean of the two.
    """

    label: str
    support: int
    predicted: int
    correct: int
    unknown: int
    precision: float
    recall: float
    f1: float

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "label": self.label,
            "support": self.support,
            "predicted": self.predicted,
            "correct": self.correct,
            "unknown": self.unknown,
            "precision": round(self.precision, 6),
            "recall": round(self.recall, 6),
            "f1": round(self.f1, 6),
        }


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Samples whose best probability lies in one range.

    Attributes:
        low: lower end of the range, not in it but for the first.
        high: upper end, in it.
        count: how many samples.
        confidence: their mean best probability; 0 without any.
        accuracy: share of them that is right; 0 without any.
    """

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "low": round(self.low, 6),
            "high": round(self.high, 6),
            "count": self.count,
            "confidence": round(self.confidence, 6),
            "accuracy": round(self.accuracy, 6),
        }


@dataclass(frozen=True, slots=True, eq=False)
class Metrics:
    """All figures of one evaluation. The best class counts as the answer, whether it was rejected or not.

    Attributes:
        labels: C names.
        count: how many samples.
        accuracy: share whose best class is theirs.
        accuracy_interval: where the true accuracy lies with 95 % confidence.
        classes: one a label.
        macro_f1: mean F1 of the classes that occur, each counting the same.
        balanced_accuracy: mean recall of the classes that have samples.
        confusion: (C, C) int64, rows: the true class, columns: the best class.
        unknown_by_class: (C,) int64, samples of each class that were called unknown.
        top_k: k to the share whose class is among the k best.
        ece: expected calibration error, in [0, 1].
        reliability: what it is made of.
        nll: mean negative log-likelihood of the true classes.
        rejected: share of the samples of real classes that was called unknown; 0 for a model that never says so.
        accuracy_when_known: share that is right of those real samples that were not; None when there are none.
        background: id of the class that stands for none of the others.
        background_found: share of its samples that was called unknown; None without any.
    """

    labels: tuple[str, ...]
    count: int
    accuracy: float
    accuracy_interval: Interval
    classes: tuple[ClassMetrics, ...]
    macro_f1: float
    balanced_accuracy: float
    confusion: NDArray[np.int64]
    unknown_by_class: NDArray[np.int64]
    top_k: Mapping[int, float]
    ece: float
    reliability: tuple[ReliabilityBin, ...]
    nll: float
    rejected: float = 0.0
    accuracy_when_known: float | None = None
    background: int | None = None
    background_found: float | None = None

    @property
    def background_count(self) -> int:
        """How many samples the class has that stands for none of the others; 0 without one."""
        return 0 if self.background is None else int(self.confusion[self.background].sum())

    @property
    def background_unknown(self) -> int:
        """How many of those were called unknown."""
        return 0 if self.background is None else int(self.unknown_by_class[self.background])

    @property
    def real_count(self) -> int:
        """How many samples all other classes have."""
        return self.count - self.background_count

    @property
    def real_unknown(self) -> int:
        """How many of those were called unknown: with those of the background all that the matrix counts so."""
        return int(self.unknown_by_class.sum()) - self.background_unknown

    def to_json(self) -> dict[str, Any]:
        """As plain values, finite numbers."""
        return {
            "samples": self.count,
            "accuracy": round(self.accuracy, 6),
            "accuracy_interval_95": self.accuracy_interval.to_json(),
            "macro_f1": round(self.macro_f1, 6),
            "balanced_accuracy": round(self.balanced_accuracy, 6),
            "top_k": {str(k): round(share, 6) for k, share in self.top_k.items()},
            "ece": round(self.ece, 6),
            "nll": round(self.nll, 6),
            "rejected": round(self.rejected, 6),
            "real_samples": self.real_count,
            "real_unknown": self.real_unknown,
            "background_samples": self.background_count,
            "background_unknown": self.background_unknown,
            "accuracy_when_known": _rounded(self.accuracy_when_known),
            "background_found": _rounded(self.background_found),
            "classes": [c.to_json() for c in self.classes],
            "confusion": {
                "labels": list(self.labels),
                "rows_are_true": True,
                "counts": self.confusion.tolist(),
            },
            "reliability": [b.to_json() for b in self.reliability if b.count],
        }


def measure(
    probabilities: FloatArray,
    targets: IntArray,
    labels: Sequence[str],
    *,
    unknown: NDArray[np.bool_] | None = None,
    background: int | None = None,
    top_ks: Sequence[int] = (1, 3, 5),
) -> Metrics:
    """All figures of a classifier on some samples.

    Args:
        probabilities: (N, C), N at least 1.
        targets: (N,) true class ids.
        labels: C names.
        unknown: (N,) which samples the model called unknown; None for none of them.
        background: id of the class that stands for none of the others.
        top_ks: the k of the top-k accuracies; those that say nothing, C and above, are left out.

    Raises:
        ValueError: the shapes do not fit, or there is no sample.
    """
    count, classes = probabilities.shape
    if not count or targets.shape != (count,) or classes != len(labels):
        raise ValueError(
            f"expected (N, {len(labels)}) probabilities and (N,) targets, got {probabilities.shape} and {targets.shape}"
        )
    called_unknown = np.zeros(count, np.bool_) if unknown is None else unknown
    predicted = probabilities.argmax(axis=1)
    right = predicted == targets
    confusion = confusion_matrix(targets, predicted, classes)
    by_class = np.bincount(targets[called_unknown], minlength=classes)
    each = tuple(_class_metrics(label, i, confusion, by_class) for i, label in enumerate(labels))
    real = np.ones(count, np.bool_) if background is None else targets != background
    known = real & ~called_unknown
    present = [c for c in each if c.support or c.predicted]
    with_samples = [c.recall for c in each if c.support]
    bins = reliability(probabilities.max(axis=1), right)
    return Metrics(
        labels=tuple(labels),
        count=count,
        accuracy=float(right.mean()),
        accuracy_interval=wilson(int(right.sum()), count),
        classes=each,
        macro_f1=math.fsum(c.f1 for c in present) / len(present),
        balanced_accuracy=math.fsum(with_samples) / len(with_samples),
        confusion=confusion,
        unknown_by_class=by_class,
        top_k={k: top_k_accuracy(probabilities, targets, k) for k in top_ks if k == 1 or k < classes},
        ece=expected_calibration_error(bins),
        reliability=bins,
        nll=_nll(probabilities, targets),
        rejected=float(called_unknown[real].mean()) if real.any() else 0.0,
        accuracy_when_known=float(right[known].mean()) if known.any() else None,
        background=background,
        background_found=float(called_unknown[~real].mean()) if not real.all() else None,
    )


def wilson(successes: int, count: int, z: float = CONFIDENCE_Z) -> Interval:
    """Confidence interval of a share.

    Unlike the usual one it says something sensible of few samples, and of all or none of them.

    Args:
        successes: how often.
        count: of how many; none leave everything open.
        z: quantile of the normal distribution; 95 % by default.

    Source: Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", 1927; recommended by
    Brown, Cai and DasGupta, "Interval Estimation for a Binomial Proportion", 2001.

    >>> [round(x, 3) for x in wilson(69, 75).to_json()]
    [0.836, 0.963]
    """
    if not 0 <= successes <= count:
        raise ValueError(f"expected 0 to {count} successes, got {successes}")
    if not count:
        return Interval(0.0, 1.0)
    share = successes / count
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    # at the ends the formula gives 0 and 1 but for rounding
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == count else min(1.0, centre + half)
    return Interval(low, high)


def confusion_matrix(targets: IntArray, predicted: IntArray, classes: int) -> NDArray[np.int64]:
    """(C, C) counts; rows: the true class, columns: what was said.

    >>> confusion_matrix(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).tolist()
    [[1, 1], [0, 1]]
    """
    counts = np.bincount(targets * classes + predicted, minlength=classes * classes)
    return counts.reshape(classes, classes).astype(np.int64)


def top_k_accuracy(probabilities: FloatArray, targets: IntArray, k: int) -> float:
    """Share of the samples whose class is among the k most probable ones; of equal ones the first counts.

    >>> top_k_accuracy(np.array([[0.5, 0.3, 0.2]], np.float32), np.array([1]), 2)
    1.0
    """
    best = np.argsort(-probabilities, axis=1, kind="stable")[:, :k]
    return float((best == targets[:, None]).any(axis=1).mean())


def reliability(
    confidences: FloatArray, right: NDArray[np.bool_], bins: int = CALIBRATION_BINS
) -> tuple[ReliabilityBin, ...]:
    """Samples in ranges of equal width by their best probability.

    Args:
        confidences: (N,) best probabilities in [0, 1].
        right: (N,) whether the best class is the true one.
        bins: how many ranges.
    """
    # (low, high]: what is 1 belongs to the last one
    place = np.clip(np.ceil(confidences.astype(np.float64) * bins).astype(np.int64) - 1, 0, bins - 1)
    counts = np.bincount(place, minlength=bins)
    confidence = np.bincount(place, weights=confidences, minlength=bins)
    correct = np.bincount(place, weights=right, minlength=bins)
    return tuple(
        ReliabilityBin(
            i / bins,
            (i + 1) / bins,
            int(counts[i]),
            float(confidence[i] / counts[i]) if counts[i] else 0.0,
            float(correct[i] / counts[i]) if counts[i] else 0.0,
        )
        for i in range(bins)
    )


def expected_calibration_error(bins: Sequence[ReliabilityBin]) -> float:
    """Mean distance of confidence and accuracy over the ranges, each counting as many samples as it has.

    Source: Naeini et al., "Obtaining Well Calibrated Probabilities Using Bayesian Binning", 2015; with 15 bins
    as in Guo et al., "On Calibration of Modern Neural Networks", 2017.
    """
    total = sum(b.count for b in bins)
    return math.fsum(b.count * abs(b.confidence - b.accuracy) for b in bins) / total if total else 0.0


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """Two models on the same samples.

    Attributes:
        count: how many samples.
        both: how many both have right.
        only_first: how many only the first one has right.
        only_second: how many only the second one.
        neither: how many none of them.
        difference: accuracy of the first less that of the second.
        interval: where the true difference lies with 95 % confidence.
        p_value: how probable so uneven a split of the disagreements is, were the two equally good.
    """

    count: int
    both: int
    only_first: int
    only_second: int
    neither: int
    difference: float
    interval: Interval
    p_value: float

    @property
    def decided(self) -> bool:
        """Whether the difference is more than chance at the usual 5 %."""
        return self.p_value < 0.05

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "samples": self.count,
            "both_right": self.both,
            "only_first_right": self.only_first,
            "only_second_right": self.only_second,
            "both_wrong": self.neither,
            "difference": round(self.difference, 6),
            "difference_interval_95": self.interval.to_json(),
            "mcnemar_p": round(self.p_value, 6),
            "decided": self.decided,
        }


def paired_difference(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> PairedDifference:
    """Compare two models by what each has right of the same samples.

    Args:
        first: (N,) what the first one has right, N at least 1.
        second: (N,) what the second one has.

    Source: McNemar, 1947, in its exact form: a binomial test of the samples on which they disagree. Interval:
    Newcombe, "Improved Confidence Intervals for the Difference between Binomial Proportions Based on Paired
    Data", 1998, method 10.
    """
    if first.shape != second.shape or first.ndim != 1 or not len(first):
        raise ValueError(
            f"expected two equal lists of at least one sample, got {first.shape} and {second.shape}"
        )
    both, neither = int((first & second).sum()), int((~first & ~second).sum())
    only_first, only_second = int((first & ~second).sum()), int((~first & second).sum())
    count = len(first)
    return PairedDifference(
        count,
        both,
        only_first,
        only_second,
        neither,
        (only_first - only_second) / count,
        _newcombe(both, only_first, only_second, neither),
        mcnemar(only_first, only_second),
    )


def mcnemar(only_first: int, only_second: int) -> float:
    """Two-sided p-value: exact up to a thousand disagreements, from there on by the normal distribution.

    >>> round(mcnemar(8, 1), 4)
    0.0391
    """
    n, k = only_first + only_second, min(only_first, only_second)
    if not n:
        return 1.0
    if n > _EXACT_UP_TO:
        return math.erfc(max(0.0, abs(only_first - only_second) - 1) / math.sqrt(2 * n))
    tail = sum(math.comb(n, i) for i in range(k + 1))
    return min(1.0, float(2 * tail / 2**n))


def _newcombe(both: int, only_first: int, only_second: int, neither: int) -> Interval:
    count = both + only_first + only_second + neither
    p1, p2 = (both + only_first) / count, (both + only_second) / count
    one, two = wilson(both + only_first, count), wilson(both + only_second, count)
    product = (both + only_first) * (both + only_second) * (only_second + neither) * (only_first + neither)
    phi = 0.0
    if product:
        lead = float(both * neither - only_first * only_second)
        lead = max(lead - count / 2, 0.0) if lead > 0 else lead
        phi = lead / math.sqrt(product)
    low1, high1, low2, high2 = p1 - one.low, one.high - p1, p2 - two.low, two.high - p2
    below = math.sqrt(max(0.0, low1**2 - 2 * phi * low1 * high2 + high2**2))
    above = math.sqrt(max(0.0, high1**2 - 2 * phi * high1 * low2 + low2**2))
    return Interval(max(-1.0, p1 - p2 - below), min(1.0, p1 - p2 + above))


def _class_metrics(
    label: str, i: int, confusion: NDArray[np.int64], unknown: NDArray[np.int64]
) -> ClassMetrics:
    support, predicted, correct = int(confusion[i].sum()), int(confusion[:, i].sum()), int(confusion[i, i])
    precision = correct / predicted if predicted else 0.0
    recall = correct / support if support else 0.0
    f1 = 2 * correct / (support + predicted) if support + predicted else 0.0
    return ClassMetrics(label, support, predicted, correct, int(unknown[i]), precision, recall, f1)


def _nll(probabilities: FloatArray, targets: IntArray) -> float:
    of_target = probabilities[np.arange(len(targets)), targets].astype(np.float64)
    return float(-np.log(np.maximum(of_target, _SMALLEST_PROBABILITY)).mean())


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
