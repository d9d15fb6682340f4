"""What movements are learnt from: faults in a sentence each, whole recordings on one side, leaks found and said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vision_app.errors import TrainingError
from vision_app.samples.sample import Sample
from vision_app.sequences.features import FEATURE_SETS, mirrored
from vision_app.sequences.sequence import Sequence
from vision_app.temporal.batches import batch_of
from vision_app.temporal.leaks import chains_of_shifted, duplicate_notice, shifted_notice
from vision_app.temporal.materials import Materials, divided, usable_of
from vision_app.temporal.options import TRAINING, TemporalOptions

OPTIONS = TemporalOptions()


def sequence(
    label: str, *, seconds: float = 1.0, seed: int = 0, seen: bool = True, rows: int = 0
) -> Sequence:
    count = rows or int(seconds * 15) + 1
    values = np.random.default_rng(seed).normal(size=(count, 2)).astype(np.float32)
    return Sequence(values, np.arange(count) / 15, np.full(count, seen), label, "", "table:2")


def gathered(
    sequences: list[Sequence], idle: str | None = None, options: TemporalOptions = OPTIONS, takes: int = 0
) -> Materials:
    """Recordings of so many movements; each its own where there are none."""
    samples = [
        Sample(
            str(i), Path(str(i)), s.label, str(i // takes) if takes else str(i), f"{i:064x}", movement=True
        )
        for i, s in enumerate(sequences)
    ]
    labels = tuple(dict.fromkeys(s.label for s in sequences))
    return divided(usable_of(samples, sequences, labels, idle, options), options)


def several(label: str, count: int = 4, **more: object) -> list[Sequence]:
    return [sequence(label, seed=100 * len(label) + i, **more) for i in range(count)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (sequence("wave", rows=1), "1 of 'wave' left out: a single frame is no movement"),
        (sequence("wave", seconds=600), "1 of 'wave' left out: longer than 8 s; mark the movement itself"),
        (sequence("wave", seen=False), "1 of 'wave' left out: nothing was seen in any frame"),
    ],
    ids=["one frame", "ten minutes", "nothing seen"],
)
def test_what_tells_nothing_is_left_out_and_said(wrong: Sequence, said: str) -> None:
    made = gathered([*several("wave"), wrong, *several("nod")])
    assert len(made.usable.sequences) == 8
    assert any(said in warning for warning in made.warnings)
    assert made.usable.rows == 16


def test_a_class_of_which_nothing_is_left_says_why() -> None:
    with pytest.raises(TrainingError, match=r"'wave' has no samples.*4 of 'wave' left out: nothing was seen"):
        gathered([*several("wave", seen=False), *several("nod")])


def test_numbers_that_are_none_cannot_come_in() -> None:
    values = np.full((3, 2), np.nan, np.float32)
    with pytest.raises(ValueError, match="values and times are finite numbers"):
        Sequence(values, np.arange(3) / 15, np.ones(3, bool))


def test_rest_may_show_nothing_and_is_cut_to_pieces() -> None:
    rest = sequence("rest", seconds=600, seen=False)
    made = gathered([*several("wave"), *several("nod"), rest], idle="rest")
    pieces = [s for s in made.usable.sequences if s.label == "rest"]
    assert len(pieces) == 2 * 4  # twice as many as of the largest class
    assert all(len(piece) <= 16 for piece in pieces)
    assert np.ptp([piece.times_s[0] for piece in pieces]) > 500
    assert not any("left out" in warning for warning in made.warnings)


def test_recordings_stay_on_one_side() -> None:
    made = gathered([*several("wave", 20), *several("nod", 20)], takes=5)
    sessions = [made.usable.samples[i].session for i in made.division.train]
    held_out = [made.usable.samples[i].session for i in made.division.validation]
    assert held_out and not set(sessions) & set(held_out)
    assert len(made.train) + len(made.validation) == len(made.everything) == 40


def _windows(label: str, count: int, seed: int) -> list[Sequence]:
    long = sequence(label, rows=count + 12, seed=seed).values.cumsum(0)
    times, seen = np.arange(12) / 15, np.ones(12, bool)
    return [
        Sequence(long[i : i + 12] - long[i], times, seen, label, "", "table:2") for i in range(count)
    ]  # as tables have them, from their first point on


def test_windows_that_slide_over_a_recording_are_one_recording() -> None:
    sequences = [s for k in range(4) for label in ("wave", "nod") for s in _windows(label, 10, k)]
    sequences.sort(key=lambda s: s.label)
    made = gathered(sequences)
    assert any("90% of the sequences are the one before, shifted by one row" in w for w in made.warnings)
    chains = chains_of_shifted(made.usable.sequences)
    assert len(set(chains.tolist())) == 8
    train, held_out = (set(chains[i].tolist()) for i in (made.division.train, made.division.validation))
    assert held_out and not train & held_out


def test_movements_of_their_own_are_no_windows() -> None:
    assert shifted_notice(chains_of_shifted(several("wave", 20))) is None


def test_the_same_movement_on_both_sides_is_said() -> None:
    sequences = [*several("wave", 10), *several("nod", 10)]
    sequences[9] = sequences[0]
    made = gathered(sequences, options=replace(OPTIONS, training=replace(TRAINING, validation_share=0.5)))
    twice = {0, 9} & set(made.division.validation.tolist())
    said = any("nearly the same as one that is learnt from" in w for w in made.warnings)
    assert said == (len(twice) == 1)
    apart = duplicate_notice(sequences, np.arange(9), np.array([9]))
    assert apart is not None and apart.startswith("1 of 1 held-out sequences")
    assert duplicate_notice(sequences, np.arange(9), np.array([10])) is None


def test_mirror_images_are_learnt_from_and_never_judged_by() -> None:
    width = FEATURE_SETS["hands"].width
    random = np.random.default_rng(0)
    sequences = [
        Sequence(
            random.normal(size=(10, width)).astype(np.float32),
            np.arange(10) / 15,
            np.ones(10, bool),
            label,
            "",
            "hands",
        )
        for label in ("wave", "nod")
        for _ in range(5)
    ]
    options = replace(OPTIONS, training=replace(TRAINING, flip=True))
    made = gathered(sequences, options=options)
    count = len(made.division.train)
    assert len(made.train) == 2 * count
    assert len(made.validation) == len(made.division.validation)
    image = mirrored(sequences[made.division.train[0]])
    assert image is not None
    np.testing.assert_array_equal(made.train.values[count], image.values)


def test_longer_sequences_give_their_last_rows() -> None:
    batch = batch_of([sequence("a", rows=20), sequence("b", rows=3)], [0, 1], 10)
    np.testing.assert_array_equal(batch.values[0], sequence("a", rows=20).values[10:])
    assert batch.real.sum(1).tolist() == [10, 3]
    assert batch.part(np.array([1])).values.shape == (1, 3, 2)
