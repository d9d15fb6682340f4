"""In plain words: why a training ended, which epoch was the best, and whether patience was right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

from vision_app.learn.options import EpochRecord, Monitor, StopReason, TrainingOptions
from vision_app.messages import Message

_WORDS: dict[Monitor, str] = {
    "val_loss": Message("validation loss"),
    "val_accuracy": Message("validation accuracy"),
}
_TRAIN_WORDS: dict[Monitor, str] = {
    "val_loss": Message("training loss"),
    "val_accuracy": Message("training accuracy"),
}
_FEWEST_FOR_NOISE = 4
_WASTED_AT_LEAST = 10
_ALREADY_PERFECT = 1.0


def advise(
    history: Sequence[EpochRecord],
    best_epoch: int,
    reason: StopReason,
    options: TrainingOptions,
    *,
    learnt_from_all: bool = False,
) -> tuple[str, ...]:
    """What to tell the user after a training.

    Args:
        history: every epoch, at least one.
        best_epoch: number of the best one, from 1.
        reason: why there are no more.
        options: what was asked for.
        learnt_from_all: whether the head was trained once more, on all samples.

    Returns:
        One to three sentences.
    """
    scores = monitored(history, options.monitor)
    validated = not math.isnan(history[-1].val_loss)
    metric = (_WORDS if validated else _TRAIN_WORDS)[options.monitor]
    sentences = [
        _why(len(history), best_epoch, metric, reason, options),
        _best(scores, best_epoch, metric, validated, learnt_from_all),
    ]
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


def _why(epochs: int, best_epoch: int, metric: str, reason: StopReason, options: TrainingOptions) -> str:
    if reason == "early-stopping" and best_epoch > epochs - options.patience:
        return Message(
            "Stopped after epoch {epochs}: the {metric} still improved, but by no more than "
            "{min_delta:g} in {patience} epochs.",
            epochs=epochs,
            metric=metric,
            min_delta=options.min_delta,
            patience=options.patience,
        )
    if reason == "early-stopping":
        return Message(
            "Stopped after epoch {epochs}: the {metric} had not improved by more than {min_delta:g} "
            "for {patience} epochs in a row.",
            epochs=epochs,
            metric=metric,
            min_delta=options.min_delta,
            patience=options.patience,
        )
    if reason == "stopped":
        return Message("Stopped by you after epoch {epochs}.", epochs=epochs)
    return Message("Stopped after all {epochs} epochs.", epochs=epochs)


def _best(
    scores: Sequence[float], best_epoch: int, metric: str, validated: bool, learnt_from_all: bool
) -> str:
    value = scores[best_epoch - 1]
    shown = f"{100 * value:.1f} %" if "accuracy" in metric else f"{value:.4f}"
    text = Message(
        "The best was epoch {best_epoch} ({metric} {shown}); the model has its weights.",
        best_epoch=best_epoch,
        metric=metric,
        shown=shown,
    )
    if learnt_from_all:
        text = Message(
            "The best was epoch {best_epoch} ({metric} {shown}). As each sample counts where there are few, the model "
            "was then trained for as many epochs on all of them; the share of held-out ones is from before.",
            best_epoch=best_epoch,
            metric=metric,
            shown=shown,
        )
    if not validated:
        text += Message(" Nothing was held out, so nothing says how it does on new pictures.")
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
            return Message(
                "It was still improving: more than {epochs} epochs may give a better model.",
                epochs=options.epochs,
            )
        return ""
    if epochs - best_epoch <= 1:
        return Message(
            "Patience {patience} looks too small: the {metric} was still improving when it stopped, "
            "by less than min_delta {min_delta:g} an epoch. A larger patience or a smaller min_delta "
            "would let it go on.",
            patience=options.patience,
            metric=metric,
            min_delta=options.min_delta,
        )
    shaking = noise(scores, best_epoch)
    if shaking is not None and shaking > max(options.min_delta, 1e-9) and _recovering(scores, options):
        return Message(
            "Patience {patience} looks too small: the {metric} goes up and down by about "
            "{shaking:.3g} from epoch to epoch, more than min_delta {min_delta:g}, and was on its "
            "way back. Try a larger patience.",
            patience=options.patience,
            metric=metric,
            shaking=shaking,
            min_delta=options.min_delta,
        )
    needed = needed_patience(scores, best_epoch, options.min_delta, higher_is_better=options.higher_is_better)
    wasted = epochs - best_epoch
    if wasted >= _WASTED_AT_LEAST and needed * 3 <= options.patience:
        return Message(
            "Patience {patience} looks too large: the last {wasted} of {epochs} epochs brought "
            "nothing, and a patience of {max} would have found the same epoch.",
            patience=options.patience,
            wasted=wasted,
            epochs=epochs,
            max=max(needed, 3),
        )
    return Message("Patience {patience} looks right.", patience=options.patience)


def _recovering(scores: Sequence[float], options: TrainingOptions) -> bool:
    """Whether the second half of the waiting was better than the first."""
    waiting = [s for s in scores[-options.patience :] if math.isfinite(s)]
    if len(waiting) < _FEWEST_FOR_NOISE:
        return False
    half = len(waiting) // 2
    first, second = median(waiting[:half]), median(waiting[half:])
    return second > first if options.higher_is_better else second < first
