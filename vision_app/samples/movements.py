"""Movements for a training or an evaluation: from a sample store, read-only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vision_app.errors import SampleError
from vision_app.messages import reason_of
from vision_app.paths import path_of
from vision_app.samples.sample import MovementFacts, Sample, Split
from vision_app.sequences.features import FEATURE_SETS
from vision_app.sequences.files import LARGEST_BYTES, from_bytes
from vision_app.sequences.recorded import EMBEDDING, TABLE, Recorded, has_features, sequence_of
from vision_app.sequences.sequence import Sequence


@dataclass(frozen=True, slots=True)
class MovementSet:
    """All movements of a store, as they were when it was opened.

    Attributes:
        root: the store.
        labels: every class of movements in the order of creation, also those without samples.
        samples: by class in that order, then by time.
        idle: label of the class for what lies between movements; None when there is none.
        notices: what the user should know, a line each.
        facts: id to what the manifest says of it.
    """

    root: Path
    labels: tuple[str, ...]
    samples: tuple[Sample, ...]
    idle: str | None = None
    notices: tuple[str, ...] = ()
    facts: Mapping[str, MovementFacts] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.samples)

    def of_label(self, label: str) -> list[Sample]:
        """The movements of one class."""
        return [s for s in self.samples if s.label == label]

    @property
    def is_split(self) -> bool:
        """Whether the folders say which movements are for training and which for validation."""
        return {s.split for s in self.samples} == {"train", "val"}

    def splits(self) -> tuple[Split | None, ...]:
        """The side that each was given by its folder; None where nobody has decided."""
        return tuple(s.split for s in self.samples)

    def sequences(self, features: str) -> tuple[Sequence, ...]:
        """Every movement as numbers to learn from, in the order of `samples`.

        Args:
            features: `hands`, `body`, `hands+body`, `MODEL@SHA256` of an embedding, or `table:F`; what there is says
                `features_of`.

        Raises:
            SampleError: a file is gone or damaged, or was recorded without what the features are made of.
        """
        made = []
        for sample in self.samples:
            recorded = read_movement(sample.path)
            if not has_features(recorded.tracks, features):
                raise SampleError(
                    "movement {name} was recorded with {tracks}; '{features}' cannot be made of it: record it anew, "
                    "or choose another base",
                    name=sample.path,
                    tracks=" and ".join(sorted(recorded.tracks)),
                    features=features,
                )
            try:
                made.append(sequence_of(recorded, features, sample.label, sample.session))
            except ValueError as error:
                raise SampleError(
                    "movement {name} cannot be used: {reason}", name=sample.path, reason=error
                ) from None
        widths = {s.width for s in made}
        if len(widths) > 1:
            raise SampleError(
                "movements {root}: some rows have {few} numbers and others {many}; a model takes one kind",
                root=self.root,
                few=min(widths),
                many=max(widths),
            )
        return tuple(made)

    def features(self) -> tuple[str, ...]:
        """Features that can be made of every movement, the richest first.

        Raises:
            SampleError: a file is gone or damaged.
        """
        found: Counter[str] = Counter()
        for sample in self.samples:
            found.update(features_of(read_movement(sample.path)))
        order = ("hands+body", "hands", "body")
        ranked = sorted(found, key=lambda f: order.index(f) if f in order else len(order))
        return tuple(f for f in ranked if found[f] == len(self.samples))


def features_of(recorded: Recorded) -> tuple[str, ...]:
    """All features that can be made of what was recorded."""
    found = [name for name in FEATURE_SETS if has_features(recorded.tracks, name)]
    for track, rows in recorded.tracks.items():
        if track.startswith(EMBEDDING):
            found.append(track.removeprefix(EMBEDDING))
        elif track == TABLE:
            found.append(f"{TABLE}:{rows.shape[1]}")
    return tuple(found)


def read_movement(path: Path) -> Recorded:
    """Read one movement of a store.

    Raises:
        SampleError: it is gone or damaged.
    """
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise SampleError("movement {name} cannot be read: the file is too large", name=path)
        data = path.read_bytes()
    except OSError as error:
        raise SampleError(
            "movement {name} cannot be read: {reason}", name=path, reason=reason_of(error)
        ) from error
    return from_bytes(data, str(path))


def open_movements(folder: Path) -> MovementSet:
    """Open the movements of a sample store.

    Raises:
        SampleError: there is no such store, or no movement in it.
    """
    from vision_app.samples.store import SampleStore

    folder = path_of(folder)
    with SampleStore.open(folder, writable=False) as store:
        samples = tuple(s for s in store.samples() if s.movement)
        labels = tuple(c.label for c in store.classes if c.movement)
        facts = {s.id: f for s in samples if (f := store.facts(s.id).movement) is not None}
        found = MovementSet(folder, labels, samples, store.idle, store.notices, facts)
    if not found.samples:
        raise SampleError(
            "samples {folder}: no movements; record some in the window, or bring clips in with: vision-app samples "
            "import --movement",
            folder=folder,
        )
    return found
