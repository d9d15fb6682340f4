"""A new version stays only when it is better than the one before on samples that neither has learnt from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from vision_app.cards.lookup import find_model
from vision_app.errors import SampleError
from vision_app.learn.evaluating import Comparison, compare, evaluate
from vision_app.learn.versions import Version, roll_back, version
from vision_app.messages import Message
from vision_app.samples.dataset import SampleSet


@dataclass(frozen=True, slots=True)
class Decision:
    """Which of two versions is in use now, and why.

    Attributes:
        kept: whether the new one stays.
        reason: in words.
        comparison: the two on the same samples; None where they could not be compared.
    """

    kept: bool
    reason: Message
    comparison: Comparison | None = None


def keep_if_better(
    name: str,
    before: int,
    after: int,
    samples: SampleSet,
    *,
    earlier: Mapping[str, tuple[str, ...]] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Decision:
    """Compare two versions of a model on held-out samples, and go back to the older one unless the new one is better.

    Better means that McNemar's test on the samples that only one of them has right says so at 5 %. A version that
    knows a class which the older one has never seen stays: they cannot be compared on it.

    Args:
        name: the model.
        before: number of the version that was in use.
        after: number of the new one, which is in use now.
        samples: labelled samples, those that were learnt from among them.
        earlier: see `evaluate`.
        cancelled: asked between pictures.

    Raises:
        ModelError: there is no such version, or going back failed.
        CancelledError: it was cancelled; the new version stays.
    """
    old, new = version(name, before), version(name, after)
    added = _added(old, new, earlier or {})
    if added:
        return Decision(
            True,
            Message("kept: it knows '{label}', which version {before} does not", label=added, before=before),
        )
    comparison = _compared(old, new, samples, earlier, cancelled)
    if comparison is None:
        roll_back(name, before)
        words = Message(
            "version {before} stays in use: no sample is held out from both, so nothing shows that the new one is "
            "better; capture another session",
            before=before,
        )
        return Decision(False, words)
    better = comparison.paired.decided and comparison.paired.difference < 0
    if not better:
        roll_back(name, before)
    verdict = comparison.verdict
    words = (
        Message("kept: {verdict}", verdict=verdict)
        if better
        else Message("version {before} stays in use: {verdict}", before=before, verdict=verdict)
    )
    return Decision(better, words, comparison)


def _added(old: Version, new: Version, earlier: Mapping[str, tuple[str, ...]]) -> str:
    """A class that only the new version knows; "" when there is none."""
    known = set(old.card.labels) if old.card else set()
    labels = new.card.labels if new.card else ()
    return next((label for label in labels if known.isdisjoint((label, *earlier.get(label, ())))), "")


def _compared(
    old: Version,
    new: Version,
    samples: SampleSet,
    earlier: Mapping[str, tuple[str, ...]] | None,
    cancelled: Callable[[], bool],
) -> Comparison | None:
    """Both on what neither has learnt from; None without any such sample."""
    try:
        both = [
            evaluate(
                find_model(one.reference),
                samples,
                part="held-out",
                earlier=earlier or {},
                cancelled=cancelled,
            )
            for one in (old, new)
        ]
        return compare(both[0], both[1], (old.reference, new.reference))
    except SampleError:
        return None
