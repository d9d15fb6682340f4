"""What a share of right samples counts, in words: which samples, how many, and what "unknown" does to it.

The same words stand in the window, on the command line and in the reports, so that no two of them contradict each
other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vision_app.learn.matching import HELD_OUT
from vision_app.learn.metrics import Metrics
from vision_app.learn.options import TrainingResult
from vision_app.messages import Message, listed

_BEST_COUNTS = Message("The best class of a sample counts, whether it was called unknown or not.")


def remarks_on(
    metrics: Metrics,
    training: Mapping[str, Any],
    judged: Sequence[tuple[bool, bool]],
    *,
    says_unknown: bool,
) -> tuple[Message, ...]:
    """What the figures of an evaluation count, and why the training of the model told another share.

    Args:
        metrics: the figures.
        training: summary of the training; empty for other models.
        judged: of each sample whether that training held it out, and whether it is right now.
        says_unknown: whether the model ever says so.
    """
    return (*(_on_unknown(metrics) if says_unknown else ()), *_beside_training(metrics, training, judged))


def held_out_share(training: Mapping[str, Any]) -> Message | None:
    """What a training told of itself, such as "93.3 % of 15 held out"; None where it held nothing out.

    >>> held_out_share({"validation_accuracy": 0.93333, "validation_samples": 15})
    '93.3 % of 15 held out'
    """
    share, count = training.get("validation_accuracy"), training.get("validation_samples")
    if not isinstance(share, int | float):
        return None
    if not isinstance(count, int):  # made before the number was kept
        return Message("{share:.1f} % of those held out", share=100 * share)
    return Message("{share:.1f} % of {count} held out", share=100 * share, count=count)


def counted_in_training(result: TrainingResult) -> tuple[Message, ...]:
    """What the share of held-out samples that a training told counts; nothing to say of a model without unknown."""
    unknown = result.reject_below is not None or result.background is not None
    return (_BEST_COUNTS,) if unknown and result.validation_accuracy is not None else ()


def _on_unknown(m: Metrics) -> Iterator[Message]:
    yield _BEST_COUNTS
    if m.real_count:
        rest = m.accuracy_when_known
        yield Message(
            "Called unknown: {unknown} of the {count} samples of real classes ({share:.1f} %){rest}.",
            unknown=m.real_unknown,
            count=m.real_count,
            share=100 * m.rejected,
            rest=""
            if rest is None or not m.real_unknown
            else Message("; of the others {share:.1f} % are right", share=100 * rest),
        )
    if m.background is not None and m.background_count:
        yield Message(
            "Of the {count} samples of '{label}' {unknown} were called unknown ({share:.1f} %), as they should be.",
            count=m.background_count,
            label=m.labels[m.background],
            unknown=m.background_unknown,
            share=100 * m.background_unknown / m.background_count,
        )


def _beside_training(
    m: Metrics, training: Mapping[str, Any], judged: Sequence[tuple[bool, bool]]
) -> Iterator[Message]:
    """Nothing where the training told the same share of as many samples, or none."""
    share, count = training.get("validation_accuracy"), training.get("validation_samples")
    if not isinstance(share, int | float) or not isinstance(count, int) or not count:
        return
    if count == m.count and round(100 * share, 1) == round(100 * m.accuracy, 1):
        return
    yield Message(
        "Its training told {share:.1f} %: {right} of the {count} samples that it held out. {why}",
        share=100 * share,
        right=round(share * count),
        count=count,
        why=_why(training, count, judged),
    )


def _why(training: Mapping[str, Any], count: int, judged: Sequence[tuple[bool, bool]]) -> Message:
    same = [right for before, right in judged if before]
    later = [right for before, right in judged if not before]
    if not isinstance(training.get(HELD_OUT), list):
        return Message("Here what was taken, moved or deleted since counts too.")
    if training.get("learnt_from_all") and not same:
        return Message("It has learnt from those as well in the end: here only others count.")
    parts = []
    if same:
        parts.append(Message("{right} of {count} of them are right here.", right=sum(same), count=len(same)))
    if later:
        parts.append(
            Message(
                "{count} others count here, taken or changed since: {right} right.",
                count=len(later),
                right=sum(later),
            )
        )
    if count > len(same):
        parts.append(
            Message(
                "{count} of them do not count here: deleted, moved or learnt from since.",
                count=count - len(same),
            )
        )
    return listed(parts, " ")
