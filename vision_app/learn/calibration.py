"""Probabilities that mean what they say, and a picture of something else that shows as unknown.

Both are found on validation samples, which the head has not learnt from: a temperature by which the scores are
divided; prototypes of what was learnt, with the distance from which on a picture is none of it; and the
probability below which the answer is "unknown". `docs/evaluation.md` has the measurements behind it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision_app.graph.familiarity import Familiarity
from vision_app.results.values import FloatArray, IntArray

MOST_REJECTED = 0.05
"""Share of the validation samples of real classes that may be called unknown."""
SURE_ENOUGH = 0.4
"""A calibrated probability below it is wrong in three of five cases: better to say nothing."""
MOST_PROTOTYPES = 8
SAMPLES_A_PROTOTYPE = 5

_TEMPERATURES = (0.05, 20.0)
_BISECTIONS = 60
_RAMP = 1.25
_FLOOR = 0.02
_LEFT_OVER_MARGIN = 0.1
_EVEN = 0.1
_FEW = 60
_MOST_CLUSTERED = 1000
_ROUNDS = 20
_NEARLY_ONE = np.float32(1e-6)


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """How raw scores become probabilities, and when a picture is unknown.

    Attributes:
        temperature: the scores are divided by it.
        familiarity: the gate that evens out the scores of what was never seen; None without one.
        reject_below: a best probability below it means unknown; None when nothing is ever called so.
        rejected_share: share of the validation samples of real classes that this calls unknown; None without any.
        nll_before: mean negative log-likelihood of the validation samples, scores as they were; None without any.
        nll_after: the same with the temperature.
    """

    temperature: float = 1.0
    familiarity: Familiarity | None = None
    reject_below: float | None = None
    rejected_share: float | None = None
    nll_before: float | None = None
    nll_after: float | None = None

    def probabilities(self, scores: FloatArray, embeddings: FloatArray) -> FloatArray:
        """What the finished file gives.

        Args:
            scores: (N, C) raw scores of the head.
            embeddings: (N, D) what the head was given.

        Returns:
            (N, C) float32, rows sum to 1.
        """
        scores = scores / np.float32(self.temperature)
        if self.familiarity is not None:
            scores = scores * self.familiarity.gate(embeddings)[:, None]
        return _softmax(scores)

    def to_json(self) -> dict[str, Any]:
        """As plain values, without the prototypes."""
        return {
            "temperature": round(self.temperature, 6),
            "reject_below": None if self.reject_below is None else round(self.reject_below, 6),
            "prototypes": 0 if self.familiarity is None else len(self.familiarity.prototypes),
            "near": None if self.familiarity is None else round(self.familiarity.near, 6),
            "far": None if self.familiarity is None else round(self.familiarity.far, 6),
            "rejected_share": _rounded(self.rejected_share),
            "nll_before": _rounded(self.nll_before),
            "nll_after": _rounded(self.nll_after),
        }


def calibrate(
    *,
    train_embeddings: FloatArray,
    train_targets: IntArray,
    val_embeddings: FloatArray,
    val_scores: FloatArray,
    val_targets: IntArray,
    classes: int,
    background: int | None = None,
    val_views: FloatArray | None = None,
    most_rejected: float = MOST_REJECTED,
) -> Calibration:
    """Find temperature, familiarity and rejection threshold.

    Args:
        train_embeddings: (N, D) of the samples that the head has learnt from.
        train_targets: (N,) their class ids.
        val_embeddings: (M, D) of the validation samples; M may be 0, then nothing is changed.
        val_scores: (M, C) raw scores of the head.
        val_targets: (M,) their class ids.
        classes: C.
        background: id of the class that stands for none of the others.
        val_views: (V, D) of slightly changed pictures of real classes from the validation side: a burst of
            nearly equal pictures says little about how far the next one may lie.
        most_rejected: share of the validation samples of real classes that may be called unknown.
    """
    if len(train_embeddings) != len(train_targets) or len(val_embeddings) != len(val_targets):
        raise ValueError("each embedding needs its class id")
    if val_scores.shape != (len(val_targets), classes):
        raise ValueError(f"expected ({len(val_targets)}, {classes}) scores, got {val_scores.shape}")
    if not len(val_targets):
        return Calibration()
    temperature = fit_temperature(val_scores, val_targets)
    real = _is_real(val_targets, background)
    familiarity = None
    if real.any():
        views = val_embeddings[real]
        extra = val_views if val_views is not None and len(val_views) else views
        margin = _usual_margin(val_scores / temperature)
        familiarity = fit_familiarity(
            train_embeddings=train_embeddings,
            train_targets=train_targets,
            val_embeddings=views,
            val_views=extra,
            background=background,
            most_rejected=most_rejected,
            usual_margin=margin,
        )
    found = Calibration(
        temperature,
        familiarity,
        nll_before=nll(val_scores, val_targets),
        nll_after=nll(val_scores / temperature, val_targets),
    )
    if familiarity is None:
        return found
    probabilities = found.probabilities(val_scores, val_embeddings)[real]
    reject_below = rejection_threshold(probabilities, background, most_rejected)
    rejected = is_unknown(probabilities, reject_below, background)
    return Calibration(
        temperature,
        familiarity,
        reject_below,
        float(rejected.mean()),
        found.nll_before,
        found.nll_after,
    )


def is_unknown(probabilities: FloatArray, reject_below: float | None, background: int | None) -> Any:
    """(N,) bool: which pictures show none of the classes, as `Classification.unknown` says it.

    Args:
        probabilities: (N, C).
        reject_below: a best probability below it is unknown; None for never.
        background: id of the class that stands for none of the others.
    """
    best = probabilities.argmax(axis=1)
    unknown = np.zeros(len(best), np.bool_)
    if reject_below is not None:
        unknown |= probabilities.max(axis=1) < reject_below
    if background is not None:
        unknown |= best == background
    return unknown


def fit_temperature(scores: FloatArray, targets: IntArray) -> float:
    """The temperature with the least negative log-likelihood.

    The likelihood is convex in 1 / temperature, so its slope is bisected. Where all samples are right it would
    fall for ever: the targets are softened by as much as that few samples leave open.

    Args:
        scores: (N, C) raw scores.
        targets: (N,) class ids.

    Returns:
        From 0.05 to 20; 1 without samples or with a single class.

    Source: Guo et al., "On Calibration of Modern Neural Networks", 2017, section 4.2; the softened targets:
    Platt, "Probabilistic Outputs for Support Vector Machines", 1999, section 2.2.
    """
    count, classes = scores.shape
    if not count or classes < 2:
        return 1.0
    scores = scores.astype(np.float64)
    right = (count + 1.0) / (count + 2.0)
    wanted = np.full(scores.shape, (1.0 - right) / (classes - 1))
    wanted[np.arange(count), targets] = right
    pulled = float((wanted * scores).sum())

    def slope(inverse: float) -> float:
        return float((_softmax(scores * inverse) * scores).sum()) - pulled

    low, high = (math.log(1.0 / t) for t in reversed(_TEMPERATURES))
    if slope(math.exp(low)) >= 0.0:
        return _TEMPERATURES[1]
    if slope(math.exp(high)) <= 0.0:
        return _TEMPERATURES[0]
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(math.exp(middle)) < 0.0 else (low, middle)
    return math.exp(-(low + high) / 2)


def nll(scores: FloatArray, targets: IntArray) -> float:
    """Mean negative log-likelihood of (N, C) scores for (N,) class ids."""
    top = scores.max(axis=1)
    total = np.log(np.exp(scores - top[:, None]).sum(axis=1)) + top
    return float((total - scores[np.arange(len(targets)), targets]).mean())


def fit_familiarity(
    *,
    train_embeddings: FloatArray,
    train_targets: IntArray,
    val_embeddings: FloatArray,
    val_views: FloatArray,
    background: int | None,
    most_rejected: float = MOST_REJECTED,
    usual_margin: float = 1.0,
) -> Familiarity | None:
    """Prototypes of the real classes, and the distance that nearly all validation pictures keep within.

    Args:
        train_embeddings: (N, D).
        train_targets: (N,) class ids.
        val_embeddings: (M, D) of validation samples of real classes, at least one.
        val_views: (V, D) of changed pictures of them, at least one; may be the same.
        background: id of the class that is no real one.
        most_rejected: share of each of the two that may lie farther away.
        usual_margin: how far the best score usually leads, after the temperature: the floor of the gate has to
            even that out.

    Returns:
        None when the embeddings tell nothing: no real class, or all of them zero.
    """
    prototypes = [
        _prototypes(train_embeddings[train_targets == c]) for c in np.unique(train_targets) if c != background
    ]
    prototypes = [p for p in prototypes if len(p)]
    if not prototypes:
        return None
    floor = min(_FLOOR, _LEFT_OVER_MARGIN / max(usual_margin, 1e-6))
    seen = Familiarity(np.concatenate(prototypes), 1.0, 0.0, floor)
    distance = max(_reach(1.0 - seen.similarity(part), most_rejected) for part in (val_embeddings, val_views))
    distance = min(max(distance, 1e-3), 0.999)
    return Familiarity(seen.prototypes, 1.0 - distance, 1.0 - distance * _RAMP, floor)


def rejection_threshold(
    probabilities: FloatArray, background: int | None, most_rejected: float = MOST_REJECTED
) -> float | None:
    """The probability below which a picture is unknown.

    0.4, or less where that would reject more of the real samples than allowed; but always above even chances,
    which the gate leaves to what was never seen, and which say nothing whatever they are of. Telling what was
    never seen is the gate's work: a higher threshold would mostly hit real things in new hands.

    Args:
        probabilities: (N, C) of validation samples of real classes.
        background: id of the class that is none; what it wins is rejected already.
        most_rejected: share of the samples that may be unknown in all.

    Returns:
        None when there is a single class: its probability is always 1.

    Source: Chow, "On Optimum Recognition Error and Reject Tradeoff", 1970: with a calibrated posterior,
    rejecting below 1 - d is optimal where a rejection costs d mistakes; here d is 0.6.
    """
    count, classes = probabilities.shape
    if classes < 2:
        return None
    least = 1.0 / classes + _EVEN * (1.0 - 1.0 / classes)
    most = max(SURE_ENOUGH, least)
    taken = is_unknown(probabilities, None, background)
    # where the background wins too many already, that is not for the threshold to mend
    allowed = max(0, int(most_rejected * count + 1e-9) - int(taken.sum()))
    best = np.sort(probabilities.max(axis=1)[~taken])
    fitting = float(best[allowed]) if allowed < len(best) else most
    return float(min(max(fitting, least), most))


def _reach(distances: FloatArray, most_rejected: float) -> float:
    """The distance within which all but that share lie; few samples are taken to vary more than they show.

    Source: the prediction limit of the logarithms of few distances, as if those were normal.
    """
    ordered = np.sort(np.maximum(distances, _NEARLY_ONE))
    count = len(ordered)
    allowed = int(most_rejected * count + 1e-9)
    reach = float(ordered[count - 1 - allowed])
    if 2 <= count < _FEW:
        logs = np.log(ordered)
        spread = float(logs.std(ddof=1)) * math.sqrt(1.0 + 1.0 / count)
        reach = max(reach, math.exp(float(logs.mean()) + _student(count - 1) * spread))
    return reach


def _student(freedom: int) -> float:
    """95 % quantile of Student's t, one-sided. Source: Abramowitz and Stegun, 26.7.5."""
    z = 1.6448536
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
    )
    return z + math.fsum(term / freedom ** (i + 1) for i, term in enumerate(terms))


def _prototypes(embeddings: FloatArray) -> FloatArray:
    """Typical directions of one class: spherical k-means, the same each time.

    Source: Dhillon and Modha, "Concept Decompositions for Large Sparse Text Data Using Clustering", 2001.
    """
    lengths = np.linalg.norm(embeddings, axis=1)
    rows = embeddings[lengths > 1e-6] / lengths[lengths > 1e-6, None]
    if not len(rows):
        return np.empty((0, embeddings.shape[1]), np.float32)
    if len(rows) > _MOST_CLUSTERED:
        rows = rows[np.linspace(0, len(rows) - 1, _MOST_CLUSTERED).astype(np.int64)]
    count = min(MOST_PROTOTYPES, max(1, len(rows) // SAMPLES_A_PROTOTYPE))
    centres = _spread(rows, count)
    for _ in range(_ROUNDS):
        owner = (rows @ centres.T).argmax(axis=1)
        sums = np.stack([rows[owner == k].sum(axis=0) for k in range(len(centres))])
        norms = np.linalg.norm(sums, axis=1)
        moved = np.where(norms[:, None] > 1e-6, sums / np.maximum(norms, 1e-6)[:, None], centres)
        if np.allclose(moved, centres, atol=1e-5):
            break
        centres = moved
    found: FloatArray = centres.astype(np.float32)
    return found


def _spread(rows: FloatArray, count: int) -> FloatArray:
    """First centres: the row nearest to the mean, then always the one farthest from those so far."""
    chosen = [int((rows @ rows.mean(axis=0)).argmax())]
    nearest = rows @ rows[chosen[0]]
    while len(chosen) < count:
        farthest = int(nearest.argmin())
        chosen.append(farthest)
        nearest = np.maximum(nearest, rows @ rows[farthest])
    return rows[chosen].astype(np.float32)


def _usual_margin(scores: FloatArray) -> float:
    """By how much the best score leads over the second, median over the pictures."""
    if scores.shape[1] < 2:
        return 0.0
    two = np.partition(scores, -2, axis=1)[:, -2:]
    return float(np.median(two[:, 1] - two[:, 0]))


def _is_real(targets: IntArray, background: int | None) -> NDArray[np.bool_]:
    return np.ones(len(targets), np.bool_) if background is None else targets != background


def _softmax(scores: NDArray[Any]) -> NDArray[Any]:
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    probabilities: NDArray[Any] = e / e.sum(axis=1, keepdims=True)
    return probabilities


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
