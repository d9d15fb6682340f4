"""Which samples a classifier is evaluated on, and which of its classes each of their labels is."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

from vision_app.documents import DocumentError, parse_json
from vision_app.errors import ModelError, SampleError
from vision_app.learn.producing import TRAINING_KEY
from vision_app.messages import Message
from vision_app.paths import path_of
from vision_app.samples.dataset import pictures_under
from vision_app.samples.sample import Sample

Part = Literal["held-out", "train", "val", "all"]
"""`held-out`: those that the model has not learnt from, as far as folders and the model's file say."""

LEARNT_FROM = "learnt_from"
"""Key of the training's summary with the beginnings of the hashes of the samples that were learnt from."""
ADVICE_MESSAGES = "advice_messages"
"""Key with the advice once more, as templates and values, so that it can be said in another language."""

HELD_OUT = "held_out"
"""Key of the training's summary with those of the samples by which its share of right ones was measured."""

_MOST_NAMED = 5
_HASH_DIGITS = 12


def training_summary(metadata: Mapping[str, str]) -> Mapping[str, Any]:
    """What the file of a model says of its training; empty when it says nothing that can be read."""
    try:
        summary = parse_json(metadata.get(TRAINING_KEY, "{}"), TRAINING_KEY)
    except DocumentError:
        return {}
    return summary if isinstance(summary, dict) else {}


class Samples(Protocol):
    """Labelled pictures or movements in one place."""

    @property
    def root(self) -> Path:
        """The place."""
        ...

    @property
    def samples(self) -> tuple[Sample, ...]:
        """All of them."""
        ...

    @property
    def is_split(self) -> bool:
        """Whether folders say which ones are for training and which for validation."""
        ...


def choose(samples: Samples, part: Part, training: Mapping[str, Any]) -> tuple[list[Sample], Part, int]:
    """The samples to evaluate on.

    Args:
        samples: all of them.
        part: which of them.
        training: summary of the model's training.

    Returns:
        The samples, the part that they are, and how many were left out because the model has learnt from them.

    Raises:
        SampleError: none is left.
    """
    everything = list(samples.samples)
    if part in ("train", "val"):
        if not samples.is_split:
            raise SampleError(
                "samples {root}: there are no folders train/ and val/ in it, so --part {part} says nothing",
                root=samples.root,
                part=part,
            )
        return [s for s in everything if s.split == part], part, 0
    if part == "all":
        return everything, "all", 0
    if samples.is_split:
        return [s for s in everything if s.split == "val"], "val", 0
    learnt = _learnt(training)
    left = [s for s in everything if s.sha256[:_HASH_DIGITS] not in learnt]
    if not left:
        raise SampleError(
            "samples {root}: the model has learnt from all {count} of them, so they cannot tell how "
            "good it is; capture some more{flags}",
            root=samples.root,
            count=len(everything),
            flags=Message(", or take --part all to see them anyway"),
        )
    if len(left) == len(everything):
        return everything, "all", 0
    return left, "held-out", len(everything) - len(left)


def match_labels(
    wanted: Sequence[str], labels: Sequence[str], mapping: Mapping[str, str], model: str
) -> dict[str, int | None]:
    """Which class of a model each label of the samples is.

    Args:
        wanted: labels of the samples.
        labels: labels of the model.
        mapping: label of the samples to label of the model; "" for a class that is left out.
        model: its name, for messages.

    Returns:
        Label to class id; None for one that is left out. Upper and lower case, spaces, dashes and underscores
        make no difference where there is no exact match.

    Raises:
        ModelError: a label fits none of the model's.
    """
    exact = {label: i for i, label in reversed(list(enumerate(labels)))}
    folded = Counter(_folded(label) for label in labels)
    loose = {_folded(label): i for i, label in enumerate(labels) if folded[_folded(label)] == 1}
    for source, target in mapping.items():
        if source not in wanted:
            raise SampleError(
                "--map {source}={target}: the samples have no class '{source}'; they have {listed}",
                source=source,
                target=target,
                listed=_listed(wanted),
            )
        if target and target not in exact and _folded(target) not in loose:
            raise ModelError(
                "--map {source}={target}: {model} has no class '{target}'; it has {listed}",
                source=source,
                target=target,
                model=model,
                listed=_listed(labels),
            )
    found: dict[str, int | None] = {}
    unmatched = []
    for label in wanted:
        target = mapping.get(label, label)
        if not target:
            found[label] = None
        elif target in exact:
            found[label] = exact[target]
        elif _folded(target) in loose:
            found[label] = loose[_folded(target)]
        else:
            unmatched.append(label)
    if unmatched:
        raise ModelError(
            "{model} does not know the classes {listed} of the samples; it knows {listed_2}{flags}",
            model=model,
            listed=_listed(unmatched),
            listed_2=_listed(labels),
            flags=Message(
                '; say which is which with --map "{unmatched}=LABEL" (or "{unmatched}=" to leave it out)',
                unmatched=unmatched[0],
            ),
        )
    return found


def renamed(
    earlier: Mapping[str, Sequence[str]], labels: Sequence[str], samples: Sequence[Sample]
) -> dict[str, str]:
    """What a model that learnt before a class was renamed calls it.

    Args:
        earlier: labels that each class of the samples had before.
        labels: labels of the model.
        samples: those that it is evaluated on.

    Returns:
        Label of the samples to label of the model, where the model knows an earlier one only.
    """
    known, there = set(labels), {sample.label for sample in samples}
    return {
        label: old
        for label, before in earlier.items()
        if label in there and label not in known
        for old in reversed(before)
        if old in known
    }


def pictures_of_others(path: Path) -> list[Path]:
    """The pictures of a file or folder of other things, whatever folders they are in.

    Raises:
        SampleError: there are none.
    """
    path = path_of(path)
    found = [path] if path.is_file() else pictures_under(path)
    if not found:
        raise SampleError("other things {path}: no such picture, or folder with pictures", path=path)
    return found


def _learnt(training: Mapping[str, Any]) -> frozenset[str]:
    return _hashes(training, LEARNT_FROM)


def _hashes(training: Mapping[str, Any], key: str) -> frozenset[str]:
    listed = training.get(key)
    if not isinstance(listed, list):
        return frozenset()
    return frozenset(str(digits)[:_HASH_DIGITS] for digits in listed)


def known_before(chosen: Sequence[Sample], training: Mapping[str, Any], key: str) -> frozenset[str]:
    """Ids of those samples that a training knew.

    Args:
        chosen: the samples.
        training: its summary.
        key: `LEARNT_FROM` or `HELD_OUT`.
    """
    known = _hashes(training, key)
    return frozenset(s.id for s in chosen if s.sha256[:_HASH_DIGITS] in known)


def leakage_notices(chosen: Sequence[Sample], training: Mapping[str, Any]) -> list[str]:
    """Warn where the model has learnt from samples that it is evaluated on."""
    learnt = _learnt(training)
    seen = sum(s.sha256[:_HASH_DIGITS] in learnt for s in chosen)
    if not seen:
        return []
    return [
        Message(
            "the model has learnt from {seen} of these {count} samples: the figures are too good to be true",
            seen=seen,
            count=len(chosen),
        )
    ]


def _folded(label: str) -> str:
    text = unicodedata.normalize("NFC", label).casefold()
    return " ".join(text.replace("_", " ").replace("-", " ").split())


def _listed(labels: Sequence[str]) -> str:
    named = ", ".join(f"'{label[:60]}'" for label in labels[:_MOST_NAMED])
    return (
        named
        if len(labels) <= _MOST_NAMED
        else Message("{named} and {count} more", named=named, count=len(labels) - _MOST_NAMED)
    )
