"""What a set of samples is like, and whether a training on it can go well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from vision_app.errors import SampleError
from vision_app.messages import Message, message_of
from vision_app.samples.dataset import SampleSet, file_sha256
from vision_app.samples.duplicates import Lookalike
from vision_app.samples.movements import read_movement
from vision_app.samples.pictures import read_picture
from vision_app.samples.sample import Sample

FEW = 10
UNBALANCED = 4.0
"""Of two classes one may have so many times the samples of the other before that is said."""


@dataclass(frozen=True, slots=True)
class ClassStats:
    """Figures of one class.

    Attributes:
        label: its name.
        count: samples.
        sessions: sessions that they come from.
        train: samples whose folder puts them on the side of training.
        val: samples whose folder puts them on the side of validation.
        background: it stands for "none of these".
    """

    label: str
    count: int
    sessions: int
    train: int
    val: int
    background: bool

    def as_record(self) -> dict[str, Any]:
        """As an object of `samples stats --json`."""
        return {
            "label": self.label,
            "samples": self.count,
            "sessions": self.sessions,
            "train": self.train,
            "val": self.val,
            "background": self.background,
        }


@dataclass(frozen=True, slots=True)
class SampleStats:
    """Figures of a set.

    Attributes:
        classes: each class, in the order of the set.
        lookalikes: pictures that are alike where they should not be; None when they were not looked for.
        advice: what to do, a line each, the most pressing first.
    """

    classes: tuple[ClassStats, ...]
    lookalikes: tuple[Lookalike, ...] | None
    advice: tuple[str, ...]

    @property
    def total(self) -> int:
        """All samples."""
        return sum(c.count for c in self.classes)

    def as_record(self) -> dict[str, Any]:
        """As an object of `samples stats --json`."""
        record: dict[str, Any] = {
            "samples": self.total,
            "classes": [c.as_record() for c in self.classes],
            "advice": list(self.advice),
        }
        if self.lookalikes is not None:
            kinds = Counter(found.kind for found in self.lookalikes)
            record["conflicts"], record["leaks"] = kinds["conflict"], kinds["leak"]
            record["lookalikes"] = [
                {
                    "kind": f.kind,
                    "first": f.first,
                    "second": f.second,
                    "bits": f.bits,
                    "identical": f.identical,
                }
                for f in self.lookalikes[:100]
            ]
        return record


def sample_stats(samples: SampleSet, lookalikes: list[Lookalike] | None = None) -> SampleStats:
    """Count, and say what would stand in the way of a good model.

    Args:
        samples: the set.
        lookalikes: what `find_lookalikes` found in it; None when nobody looked.
    """
    by_label: dict[str, list[Sample]] = {label: [] for label in samples.labels}
    for sample in samples.samples:
        by_label[sample.label].append(sample)
    classes = tuple(
        ClassStats(
            label,
            len(of),
            len({s.session for s in of}),
            sum(s.split == "train" for s in of),
            sum(s.split == "val" for s in of),
            label == samples.background,
        )
        for label, of in by_label.items()
    )
    found = None if lookalikes is None else tuple(lookalikes)
    advice = [*_class_advice(classes, samples), *_lookalike_advice(found or (), samples)]
    if samples.background is None:
        advice.append(
            Message(
                'no background class: without samples of "none of these", the model gives every unknown thing one of '
                "your labels; capture some with: vision-app samples capture --background"
            )
        )
    return SampleStats(classes, found, tuple(advice))


def _class_advice(classes: tuple[ClassStats, ...], samples: SampleSet) -> Iterator[str]:
    filled = [c for c in classes if c.count]
    if len(filled) < 2:
        yield Message("a model needs at least two classes with samples to tell apart")
    for c in classes:
        if c.count == 0:
            yield Message("{label!r} has no samples: capture some, or delete the class", label=c.label)
        elif c.count < FEW:
            yield Message(
                "{label!r} has {count} sample{s}; {few} or more are a start, 40 are good",
                label=c.label,
                count=c.count,
                s="s" * (c.count != 1),
                few=FEW,
            )
    if len(filled) >= 2:
        least, most = min(filled, key=lambda c: c.count), max(filled, key=lambda c: c.count)
        if most.count > UNBALANCED * least.count:
            yield (
                Message(
                    "unbalanced: {label!r} has {count} samples and {least_label!r} {least_count}; the model "
                    "will prefer the first, so add to the second",
                    label=most.label,
                    count=most.count,
                    least_label=least.label,
                    least_count=least.count,
                )
            )
    once = [c.label for c in filled if c.sessions == 1 and c.count > 1]
    if once and not samples.is_split:
        yield (
            Message(
                "captured in one go only: {names}; capture each again in other light and another place, "
                "so that the validation sees what the training did not",
                names=_names(once),
            )
        )


def _lookalike_advice(found: tuple[Lookalike, ...], samples: SampleSet) -> Iterator[str]:
    labels = {s.id: s.label for s in samples.samples}
    pairs = Counter(tuple(sorted((labels[f.first], labels[f.second]))) for f in found if f.kind == "conflict")
    for (one, other), count in pairs.most_common(3):
        yield (
            Message(
                "{one!r} and {other!r} share {count} near-identical picture{s}: one of the labels is "
                "wrong each time; delete or relabel",
                one=one,
                other=other,
                count=count,
                s="s" * (count != 1),
            )
        )
    leaks = sum(f.kind == "leak" for f in found)
    if leaks:
        yield (
            Message(
                "{leaks} picture{s} nearly the same as one of another session: on both sides of a split "
                "they make the validation look too good",
                leaks=leaks,
                s="s" * (leaks != 1),
            )
        )


State = Literal["ok", "missing", "changed", "unreadable"]


@dataclass(frozen=True, slots=True)
class Checked:
    """How a sample's file compares with what the manifest says.

    Attributes:
        sample: the sample.
        state: `ok`; `missing`: no such file; `changed`: another hash; `unreadable`: no picture or movement, or
            a broken disk.
        detail: what is wrong, and what to do.
    """

    sample: Sample
    state: State
    detail: str = ""

    def as_record(self) -> dict[str, Any]:
        """As an object of `samples check --json`."""
        return {
            "id": self.sample.id,
            "path": str(self.sample.path),
            "state": self.state,
            "detail": self.detail,
        }


def check_samples(
    samples: list[Sample], progress: Callable[[int], None] | None = None, *, deep: bool = False
) -> Iterator[Checked]:
    """Compare the files of samples with their hashes.

    Args:
        samples: what to check, also such whose files are missing.
        progress: told how many are done, from time to time.
        deep: decode each of them too.

    Yields:
        One a sample.
    """
    for count, sample in enumerate(samples, 1):
        yield _check(sample, deep)
        if progress is not None and count % 64 == 0:
            progress(count)


def _check(sample: Sample, deep: bool) -> Checked:
    if not sample.path.is_file():
        return Checked(sample, "missing", Message("put the file back, or delete the sample"))
    try:
        came = file_sha256(sample.path)
        if came != sample.sha256:
            return Checked(
                sample,
                "changed",
                Message("the file is not the one that was captured: restore it, or delete the sample"),
            )
        if deep:
            _ = read_movement(sample.path) if sample.movement else read_picture(sample.path)
    except SampleError as error:
        return Checked(sample, "unreadable", message_of(error))
    return Checked(sample, "ok")


def _names(labels: list[str]) -> str:
    shown = ", ".join(repr(label) for label in labels[:5])
    return shown + (Message(" and {count} more", count=len(labels) - 5) if len(labels) > 5 else "")
