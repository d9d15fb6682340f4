"""In plain words: why a training ended, which epoch was the best, and whether patience was right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

from vision_app.learn.options import EpochRecord, Monitor, StopReason, TrainingOptions

_WORDS: dict[Monitor, str] = {"val_loss": "validation loss", "val_accuracy": "validation accuracy"}
_TRAIN_WORDS: dict[Monitor, str] = {"val_loss": "training loss", "val_accuracy": "training accuracy"}
_FEWEST_FOR_NOISE = 4
_WASTED_AT_LEAST = 10
_ALREADY_PERFECT = 1.0


def advise(
    history: Sequence[EpochRecord], best_epoch: int, reason: StopReason, options: TrainingOptions
) -> tuple[str, ...]:
    """What to tell the user after a training.

    Args:
        history: every epoch, at least one.
        best_epoch: number of the best one, from 1.
        reason: why there are no more.
        options: what was asked for.

    Returns:
        One to three sentences.
    """
    scores = monitored(history, options.monitor)
    validated = not math.isnan(history[-1].val_loss)
    metric = (_WORDS if validated else _TRAIN_WORDS)[options.monitor]
    sentences = [_why(len(history), metric, reason, options), _best(scores, best_epoch, metric, validated)]
    judged = _about_patience(scores, best_epoch, reason, options, metric)
    return (*sentences, judged) if judged else tuple(sentences)


def monitored(history: Sequence[EpochRecord], monitor: Monitor) -> list[float]:
    """The score of each epoch that decided; of the training samples where there are no others."""
    of_validation = [getattr(record, monitor) for record in history]
    if any(not math.isnan(record.val_loss) for record in history):
        return of_validation
    return [getattr(record, monitor.replace("val_", "train_")) for record in history]


def needed_patience(
    scores: Sequence[float], best_epoch: int, min_delta: float, *, higher_is_better: bool
) -> int:
    """The smallest patience with which the best epoch would still have been reached.

    >>> needed_patience([3.0, 2.0, 2.5, 2.4, 1.0, 1.5, 1.6], 5, 0.0, higher_is_better=False)
    3
    """
    longest, waited = 0, 0
    reference: float | None = None
    for score in scores[: best_epoch - 1]:
        gain = math.inf if reference is None else (score - reference) * (1 if higher_is_better else -1)
        if math.isfinite(score) and gain > min_delta:
            reference, waited = score, 0
        else:
            waited += 1
            longest = max(longest, waited)
    return longest + 1


def noise(scores: Sequence[float], best_epoch: int) -> float | None:
    """How much the score goes up and down from one epoch to the next once it no longer improves.

    The median distance of a score from the mean of its two neighbours, so that a steady trend is not noise;
    None for too few scores.
    """
    end = [s for s in scores[max(0, best_epoch - 2) :] if math.isfinite(s)]
    if len(end) < _FEWEST_FOR_NOISE:
        return None
    return median(abs(middle - (a + b) / 2) for a, middle, b in zip(end, end[1:], end[2:], strict=False))


def _why(epochs: int, metric: str, reason: StopReason, options: TrainingOptions) -> str:
    if reason == "early-stopping":
        return (
            f"Stopped after epoch {epochs}: the {metric} had not improved by more than {options.min_delta:g} "
            f"for {options.patience} epochs in a row."
        )
    if reason == "stopped":
        return f"Stopped by you after epoch {epochs}."
    return f"Stopped after all {epochs} epochs."


def _best(scores: Sequence[float], best_epoch: int, metric: str, validated: bool) -> str:
    value = scores[best_epoch - 1]
    shown = f"{100 * value:.1f} %" if "accuracy" in metric else f"{value:.4f}"
    text = f"The best was epoch {best_epoch} ({metric} {shown}); the model has its weights."
    if not validated:
        text += " Nothing was held out, so nothing says how it does on new pictures."
    return text


def _about_patience(
    scores: Sequence[float], best_epoch: int, reason: StopReason, options: TrainingOptions, metric: str
) -> str:
    epochs = len(scores)
    if reason == "stopped":
        return ""
    if options.higher_is_better and scores[best_epoch - 1] >= _ALREADY_PERFECT:
        return ""  # it cannot become better, whatever the patience
    if reason == "epochs":
        if epochs - best_epoch < max(2, options.patience // 2):
            return f"It was still improving: more than {options.epochs} epochs may give a better model."
        return ""
    if epochs - best_epoch <= 1:
        return (
            f"Patience {options.patience} looks too small: the {metric} was still improving when it stopped, by "
            f"less than min_delta {options.min_delta:g} an epoch. A larger patience or a smaller min_delta "
            "would let it go on."
        )
    shaking = noise(scores, best_epoch)
    if shaking is not None and shaking > max(options.min_delta, 1e-9) and _recovering(scores, options):
        return (
            f"Patience {options.patience} looks too small: the {metric} goes up and down by about {shaking:.3g} "
            f"from epoch to epoch, more than min_delta {options.min_delta:g}, and was on its way back. "
            "Try a larger patience."
        )
    needed = needed_patience(scores, best_epoch, options.min_delta, higher_is_better=options.higher_is_better)
    wasted = epochs - best_epoch
    if wasted >= _WASTED_AT_LEAST and needed * 3 <= options.patience:
        return (
            f"Patience {options.patience} looks too large: the last {wasted} of {epochs} epochs brought nothing, and "
            f"a patience of {max(needed, 3)} would have found the same epoch."
        )
    return f"Patience {options.patience} looks right."


def _recovering(scores: Sequence[float], options: TrainingOptions) -> bool:
    """Whether the second half of the waiting was better than the first."""
    waiting = [s for s in scores[-options.patience :] if math.isfinite(s)]
    if len(waiting) < _FEWEST_FOR_NOISE:
        return False
    half = len(waiting) // 2
    first, second = median(waiting[:half]), median(waiting[half:])
    return second > first if options.higher_is_better else second < first
