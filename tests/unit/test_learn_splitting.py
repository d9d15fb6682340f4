"""Which samples are held out: whole sessions, all classes, and one clear line where nothing can be learnt."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision_app.errors import TrainingError
from vision_app.learn.splitting import (
    Division,
    check_classes,
    divide,
    duplicate_warnings,
    near_duplicates,
)
from vision_app.samples.sample import Sample


def sample(label: str, session: str, number: int = 0, **more) -> Sample:
    name = f"{label}/{session}/{number}"
    content = more.pop("content", name)
    return Sample(
        id=name,
        path=Path(name),
        label=label,
        session=session,
        sha256=hashlib.sha256(content.encode()).hexdigest(),
        **more,
    )


def burst(label: str, sizes: dict[str, int]) -> list[Sample]:
    return [sample(label, session, i) for session, size in sizes.items() for i in range(size)]


def sides(samples: list[Sample], division: Division) -> tuple[Counter, Counter]:
    assert sorted([*division.train, *division.validation]) == list(range(len(samples)))
    return tuple(Counter(samples[i].label for i in part) for part in (division.train, division.validation))


SESSIONS = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 12), min_size=1, max_size=8)


@given(st.lists(SESSIONS, min_size=2, max_size=5), st.integers(0, 99), st.sampled_from([0.1, 0.2, 0.4]))
@settings(max_examples=150, deadline=None)
def test_every_class_is_on_both_sides_and_no_session_of_a_class_with_several_is_cut(classes, seed, share):
    labels = [f"class {i}" for i in range(len(classes))]
    samples = [s for label, sizes in zip(labels, classes, strict=True) for s in burst(label, sizes)]
    counts = Counter(s.label for s in samples)
    if min(counts.values()) < 2:
        return
    division = divide(samples, labels, share, seed)
    train, held_out = sides(samples, division)
    cut = set()
    for label, sizes in zip(labels, classes, strict=True):
        assert train[label] >= 1
        assert held_out[label] >= 1
        for session in sizes:
            where = {
                i in set(division.validation.tolist())
                for i, s in enumerate(samples)
                if (s.label, s.session) == (label, session)
            }
            if len(where) == 2:
                cut.add(label)
    told = " ".join(division.warnings)
    for label in cut:
        assert f"'{label}'" in told
        assert "one session only" in told


def test_the_share_is_kept_where_sessions_are_small():
    samples = [s for label in "abc" for s in burst(label, {f"s{i}": 1 for i in range(50)})]
    train, held_out = sides(samples, divide(samples, list("abc"), 0.2, 0))
    assert held_out == {"a": 10, "b": 10, "c": 10}
    assert train == {"a": 40, "b": 40, "c": 40}


def test_a_session_of_all_classes_goes_to_one_side_as_a_whole():
    samples = [s for label in "abc" for s in burst(label, {"kitchen": 10, "garden": 10, "hall": 10})]
    division = divide(samples, list("abc"), 0.3, 1)
    held_out = {samples[i].session for i in division.validation}
    assert len(held_out) == 1
    assert not held_out & {samples[i].session for i in division.train}
    assert division.warnings == ()


def test_the_seed_chooses_the_sessions():
    samples = [s for label in "ab" for s in burst(label, {f"s{i}": 4 for i in range(10)})]
    held_out = {
        frozenset(samples[i].session for i in divide(samples, list("ab"), 0.2, seed).validation)
        for seed in range(8)
    }
    assert len(held_out) > 1
    assert (
        divide(samples, list("ab"), 0.2, 3).validation.tolist()
        == divide(samples, list("ab"), 0.2, 3).validation.tolist()
    )


def test_of_a_single_session_the_end_is_held_out_and_the_leak_is_told():
    samples = burst("cup", {"only": 20}) + burst("pen", {"one": 10, "two": 5})
    division = divide(samples, ["cup", "pen"], 0.2, 0)
    assert [samples[i].id for i in division.validation if samples[i].label == "cup"] == [
        f"cup/only/{i}" for i in (16, 17, 18, 19)
    ]
    warning = next(w for w in division.warnings if "one session" in w)
    assert "'cup' has" in warning
    assert "pen" not in warning


def test_two_samples_a_class_are_one_to_learn_from_and_one_to_check_with():
    samples = burst("a", {"x": 2}) + burst("b", {"x": 1, "y": 1})
    division = divide(samples, ["a", "b"], 0.2, 0)
    assert sides(samples, division) == (Counter(a=1, b=1), Counter(a=1, b=1))
    assert any("says little" in w for w in division.warnings)


def test_given_folders_are_followed():
    samples = [
        sample(label, f"{split} {i}", i, split=split)
        for label in "ab"
        for split, count in (("train", 6), ("val", 5))
        for i in range(count)
    ]
    division = divide(samples, ["a", "b"], 0.2, 0)
    assert {samples[i].split for i in division.validation} == {"val"}
    assert {samples[i].split for i in division.train} == {"train"}
    assert division.warnings == ()


def test_a_class_that_is_only_in_val_cannot_be_learnt():
    samples = [sample("a", "1", split="train"), sample("a", "2", split="val"), sample("b", "3", split="val")]
    with pytest.raises(TrainingError, match="'b' has no samples in train/"):
        divide(samples, ["a", "b"], 0.2, 0)
    samples[2] = sample("b", "3", split="train")
    assert any("nothing checks it" in w for w in divide(samples, ["a", "b"], 0.2, 0).warnings)


@pytest.mark.parametrize(
    ("samples", "labels", "line"),
    [
        ([], ["a", "b"], "no samples"),
        (burst("a", {"x": 9}), ["a"], "only one class, 'a'"),
        (burst("a", {"x": 9}), ["a", "b"], "'b' has no samples; add some, or remove it"),
        (burst("a", {"x": 9}), ["a", "b", "c"], "'b' and 'c' have no samples; add some, or remove them"),
        (burst("a", {"x": 9}) + burst("b", {"x": 1}), ["a", "b"], "'b' has one sample only"),
        (burst("a", {"x": 1}), ["a"], "only one class"),
    ],
    ids=["none", "one class", "empty class", "empty classes", "one sample", "one of one"],
)
def test_nothing_to_learn_from_is_one_clear_line(samples, labels, line):
    with pytest.raises(TrainingError, match=line) as caught:
        check_classes(samples, labels)
    assert "\n" not in str(caught.value)


def test_many_labels_are_not_all_listed():
    labels = [f"class {i}" for i in range(300)]
    with pytest.raises(TrainingError, match="and 294 more") as caught:
        check_classes(burst("class 0", {"x": 2}), labels)
    assert len(str(caught.value)) < 300


def test_unlike_numbers_of_samples_are_told():
    samples = burst("many", {f"{i}": 1 for i in range(100)}) + burst("few", {f"{i}": 1 for i in range(10)})
    assert any("'few' has far fewer" in w for w in divide(samples, ["many", "few"], 0.2, 0).warnings)


def test_the_same_picture_in_two_classes_is_told():
    samples = [sample("a", "1", content="same"), sample("b", "2", content="same"), sample("a", "3")]
    division = Division(np.array([0, 1]), np.array([2]))
    apart = np.eye(3, dtype=np.float32)
    told = duplicate_warnings(samples, division, apart)
    assert len(told) == 1
    assert "'a' and 'b'" in told[0]


def test_nearly_the_same_pictures_on_both_sides_are_told_by_embedding_or_fingerprint():
    embeddings = np.array([[1, 0, 0], [0, 1, 0], [1, 0.01, 0]], np.float32)
    division = Division(np.array([0, 1]), np.array([2]))
    samples = [sample("a", str(i)) for i in range(3)]
    assert "1 of 1" in duplicate_warnings(samples, division, embeddings)[0]
    assert duplicate_warnings(samples, division, np.eye(3, dtype=np.float32)) == ()
    marked = [sample("a", str(i), fingerprint=f) for i, f in enumerate((0, (1 << 279) - 1, 3 << 30))]
    assert "1 of 1" in duplicate_warnings(marked, division, np.eye(3, dtype=np.float32))[0]


def test_near_duplicates_of_nothing():
    assert near_duplicates(np.empty((0, 4), np.float32), np.ones((3, 4), np.float32)) == 0
    assert near_duplicates(np.zeros((2, 4), np.float32), np.ones((3, 4), np.float32)) == 0
