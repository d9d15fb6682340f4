"""What a training opens, lookalikes, figures and checks."""

from __future__ import annotations

import random
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.sample_pictures import jpeg, new_sample, textured
from vision_app.errors import SampleError
from vision_app.samples import duplicates
from vision_app.samples.dataset import open_samples
from vision_app.samples.duplicates import distance_bits, find_lookalikes
from vision_app.samples.hashing import fingerprint
from vision_app.samples.pictures import encode_jpeg, read_picture
from vision_app.samples.sample import NewSample, Sample
from vision_app.samples.stats import check_samples, sample_stats
from vision_app.samples.store import SampleStore


def tree(root: Path, *names: str) -> Path:
    for i, name in enumerate(names):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jpeg(i))
    return root


# -- opening ---------------------------------------------------------------------------------------------


def test_real_folders_with_sides(shared_data):
    found = open_samples(shared_data / "sign_digits")
    assert found.labels == ("0", "1", "2", "3", "4")
    assert found.is_split
    assert (len(found.of_split("train")), len(found.of_split("val"))) == (225, 75)
    assert len({s.session for s in found.samples}) == 300
    assert all(read_picture(s.path).shape == (100, 100, 3) for s in found.samples[::50])


def test_a_plain_folder(tmp_path):
    tree(
        tmp_path,
        "c10/1.jpg",
        "c2/a/1.jpg",
        "c2/a/2.jpg",
        "c2/10.jpg",
        "c2/9.jpg",
        ".hidden/1.jpg",
        "note.txt",
    )
    (tmp_path / "empty").mkdir()
    found = open_samples(tmp_path)
    assert found.kind == "folder"
    assert found.labels == ("c2", "c10", "empty")
    assert [(s.id, s.session) for s in found.samples] == [
        ("c2/9.jpg", "c2/9.jpg"),
        ("c2/10.jpg", "c2/10.jpg"),
        ("c2/a/1.jpg", "a"),
        ("c2/a/2.jpg", "a"),
        ("c10/1.jpg", "c10/1.jpg"),
    ]
    assert not found.is_split
    assert found.background is None


def test_an_export_keeps_labels_that_are_no_names_of_folders(tmp_path):
    tree(tmp_path, "a-b/1.jpg", "con-class/2.jpg")
    (tmp_path / "classes.json").write_text(
        '{"classes": {"a-b": "a/b", "con-class": "con"}, "background": "con"}'
    )
    found = open_samples(tmp_path)
    assert found.labels == ("a/b", "con")
    assert found.background == "con"


@pytest.mark.parametrize(
    "text", ["", "[]", "not json", '{"classes": 3}', '{"classes": {"cup": ""}}', '{"labels": 1}']
)
def test_a_classes_file_of_another_program_says_nothing(tmp_path, text):
    tree(tmp_path, "cup/1.jpg")
    (tmp_path / "classes.json").write_text(text)
    assert open_samples(tmp_path).labels == ("cup",)


def test_a_class_called_train_is_no_side(tmp_path):
    tree(tmp_path, "train/1.jpg", "car/2.jpg")
    assert open_samples(tmp_path).labels == ("car", "train")


def test_a_store_gives_its_classes_sessions_and_background(tmp_path):
    with SampleStore.open(tmp_path / "s") as store:
        store.add_many([new_sample("cup", 1, "b1"), new_sample("pen", 2, "b2"), new_sample("cup", 3, "b3")])
        store.add_class("none of these", background=True)
        store.delete(store.ids("pen"))
        found = open_samples(tmp_path / "s")  # also while it is written
    assert found.kind == "store"
    assert found.labels == ("cup", "pen", "none of these")
    assert [(s.label, s.session) for s in found.samples] == [("cup", "b1"), ("cup", "b3")]
    assert found.background == "none of these"


@pytest.mark.parametrize("kind", ["nothing", "file", "empty", "pictures only", "empty store"])
def test_what_holds_no_samples_is_refused(tmp_path, kind):
    path = tmp_path / "s"
    if kind == "file":
        path.write_bytes(b"x")
    elif kind == "empty":
        path.mkdir()
    elif kind == "pictures only":
        tree(path, "1.jpg")
    elif kind == "empty store":
        SampleStore.open(path).close()
    with pytest.raises(SampleError, match=r"no such folder|no pictures|is empty"):
        open_samples(path)


# -- lookalikes ------------------------------------------------------------------------------------------


def changed(image: np.ndarray, how: str) -> np.ndarray:
    """The same picture as another program or moment gives it."""
    if how == "quality":
        return cv2.imdecode(np.frombuffer(encode_jpeg(image, 70), np.uint8), cv2.IMREAD_COLOR)
    if how == "brighter":
        return cv2.convertScaleAbs(image, alpha=1.04, beta=3)
    if how == "smaller":
        return cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    noise = np.random.default_rng(0).normal(0, 4, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("how", ["quality", "brighter", "smaller", "noise"])
def test_the_same_scene_has_nearly_the_same_fingerprint(shared_data, how):
    for path in sorted((shared_data / "sign_digits" / "val" / "1").iterdir()):
        image = read_picture(path)
        assert distance_bits(fingerprint(image), fingerprint(changed(image, how))) <= 30


def test_other_hands_are_no_lookalikes(shared_data):
    assert find_lookalikes(open_samples(shared_data / "sign_digits").samples) == []


def test_plain_surfaces_of_other_colours_are_no_lookalikes():
    red, blue = (np.full((48, 64, 3), colour, np.uint8) for colour in ((0, 0, 200), (200, 0, 0)))
    found = find_lookalikes([_sample("1", "red", "a", red), _sample("2", "blue", "b", blue)])
    assert found == []
    assert (
        find_lookalikes([_sample("1", "red", "a", red), _sample("2", "blue", "b", red)])[0].kind == "conflict"
    )


def _sample(name: str, label: str, session: str, image: np.ndarray, sha256: str = "") -> Sample:
    return Sample(name, Path(name), label, session, sha256 or name, None, fingerprint(image))


def test_conflicts_between_classes_and_leaks_between_sessions_are_found():
    a, b = textured(1, (320, 240)), textured(2, (320, 240))
    samples = [
        _sample("1", "cup", "s1", a),
        _sample("2", "cup", "s1", changed(a, "noise")),  # one burst: meant to look alike
        _sample("3", "cup", "s2", changed(a, "brighter")),
        _sample("4", "pen", "s3", a, sha256="1"),
        _sample("5", "pen", "s3", b),
    ]
    found = find_lookalikes(samples)
    conflicts = [f for f in found if f.kind == "conflict"]
    assert (conflicts[0].first, conflicts[0].second, conflicts[0].bits, conflicts[0].identical) == (
        "1",
        "4",
        0,
        True,
    )
    assert {i for f in conflicts for i in (f.first, f.second)} == {"1", "2", "3", "4"}
    assert {frozenset((f.first, f.second)) for f in found if f.kind == "leak"} <= {
        frozenset("13"),
        frozenset("23"),
    }
    assert "5" not in {i for f in found for i in (f.first, f.second)}


def test_blocks_change_nothing(monkeypatch):
    """More samples than one block, against the plain definition."""
    rng = np.random.default_rng(0)
    samples = []
    for i in range(150):
        print_ = (
            int.from_bytes(rng.bytes(35), "big") if i % 3 == 0 else samples[-1].fingerprint ^ (1 << (30 + i))
        )
        samples.append(Sample(f"{i:03d}", Path("x"), "ab"[i % 2], f"s{i % 5}", f"{i}", None, print_))
    pairs = {(f.kind, f.first, f.second) for f in find_lookalikes(samples)}
    near = {
        ("conflict" if s.label != t.label else "leak", s.id, t.id)
        for s in samples
        for t in samples
        if s.id < t.id
        and (s.label != t.label or s.session != t.session)
        and distance_bits(s.fingerprint, t.fingerprint) <= 30
    }
    assert len(near) > 50
    assert pairs <= near
    assert {i for _, *ids in pairs for i in ids} == {i for _, *ids in near for i in ids}


# -- figures and checks ----------------------------------------------------------------------------------


def filled(folder: Path, **counts: int) -> SampleStore:
    store = SampleStore.open(folder)
    for label, count in counts.items():
        store.add_class(label)
        store.add_many([new_sample(label, hash_of(label, i), f"{label}-{i % 2}") for i in range(count)])
    return store


def hash_of(label: str, i: int) -> int:
    return sum(map(ord, label)) * 1000 + i


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({"cup": 12}, "at least two classes"),
        ({"cup": 1, "pen": 12}, "'cup' has 1 sample;"),
        ({"cup": 12, "pen": 0}, "'pen' has no samples"),
        ({"cup": 60, "pen": 12}, "unbalanced: 'cup' has 60 samples and 'pen' 12"),
        ({"cup": 12, "pen": 12}, "no background class"),
    ],
)
def test_advice_says_what_stands_in_the_way(tmp_path, counts, said):
    filled(tmp_path / "s", **counts).close()
    stats = sample_stats(open_samples(tmp_path / "s"))
    assert {c.label: c.count for c in stats.classes} == counts
    assert any(said in line for line in stats.advice), stats.advice


def test_good_samples_need_no_advice(tmp_path):
    with filled(tmp_path / "s", cup=12, pen=12, nothing=12) as store:
        store.set_background("nothing")
    samples = open_samples(tmp_path / "s")
    stats = sample_stats(samples, find_lookalikes(samples.samples))
    assert stats.advice == ()
    assert stats.total == 36
    assert [c.sessions for c in stats.classes] == [2, 2, 2]


def test_one_burst_a_class_is_advised_against(tmp_path):
    with SampleStore.open(tmp_path / "s") as store:
        for label in ("cup", "pen"):
            store.add_many([new_sample(label, hash_of(label, i), label) for i in range(12)])
    advice = sample_stats(open_samples(tmp_path / "s")).advice
    assert any("captured in one go only: 'cup', 'pen'" in line for line in advice)


def test_two_classes_with_the_same_content_are_advised_against(tmp_path):
    with SampleStore.open(tmp_path / "s") as store:
        for label in ("cup", "mug"):
            store.add_many([new_sample(label, i, label) for i in range(12)])
    samples = open_samples(tmp_path / "s")
    stats = sample_stats(samples, find_lookalikes(samples.samples))
    assert any("'cup' and 'mug' share 12 near-identical pictures" in line for line in stats.advice)
    record = stats.as_record()
    assert record["conflicts"] == 12
    assert all(found["identical"] for found in record["lookalikes"])


def test_a_check_finds_what_was_changed_and_what_is_missing(tmp_path):
    with filled(tmp_path / "s", cup=4) as store:
        samples = store.samples()
        samples[1].path.write_bytes(jpeg(999))
        samples[2].path.unlink()
    with SampleStore.open(tmp_path / "s", writable=False) as store:
        checked = list(check_samples([*store.samples(), *store.missing()], deep=True))
    states = {c.sample.id: c.state for c in checked}
    assert [states[s.id] for s in samples] == ["ok", "changed", "missing", "ok"]


def test_a_check_of_a_plain_folder_decodes(tmp_path):
    tree(tmp_path, "cup/1.jpg", "cup/2.jpg")
    (tmp_path / "cup" / "2.jpg").write_bytes(b"\xff\xd8\xff nothing")
    states = [c.state for c in check_samples(list(open_samples(tmp_path).samples), deep=True)]
    assert states == ["ok", "unreadable"]


def test_a_fingerprint_is_kept_so_that_nothing_is_read_twice(tmp_path):
    image = textured(7)
    with SampleStore.open(tmp_path / "s") as store:
        sample = store.add(NewSample("cup", "s", encode_jpeg(image), ".jpg", image))
    with SampleStore.open(tmp_path / "s") as store:
        assert store.sample(sample.id).fingerprint == fingerprint(image)


def test_a_damaged_classes_file_is_said(tmp_path):
    import cv2
    import numpy as np

    from vision_app.samples.dataset import open_samples

    (tmp_path / "a").mkdir()
    cv2.imwrite(str(tmp_path / "a" / "1.png"), np.zeros((32, 32, 3), np.uint8))
    (tmp_path / "classes.json").write_text('{"classes": {"a": ' + "9" * 400 + "}}")
    found = open_samples(tmp_path)
    assert found.labels == ("a",)
    assert "classes.json was left out" in found.notices[0] and "400 digits" in found.notices[0]


@pytest.mark.parametrize("most_bits", [8, 30])
def test_of_many_samples_those_that_are_looked_up_are_those_of_a_look_at_every_pair(monkeypatch, most_bits):
    """Hashes that differ in up to 40 bits, in bursts; some of them as far apart as may be."""
    rng = random.Random(0)
    samples = []
    for number in range(1500):
        if number % 10 == 0:
            base = rng.getrandbits(256)
        bits = rng.sample(range(256), rng.choice([0, 3, 4, 15, 20]))
        print_ = (base ^ sum(1 << bit for bit in bits)) << 24 | rng.choice([0x808080, 0x858585, 0xC08080])
        samples.append(
            Sample(
                str(number),
                Path("x"),
                f"c{rng.randrange(3)}",
                f"s{rng.randrange(2)}",
                str(number),
                None,
                print_,
            )
        )
    monkeypatch.setattr(duplicates, "_FEW", 10**9)
    every = find_lookalikes(samples, most_bits)
    monkeypatch.setattr(duplicates, "_FEW", 0)
    monkeypatch.setattr(duplicates, "_COST_OF_A_LOOK", 0)
    monkeypatch.setattr(duplicates._Table, "_by_half", None)
    assert find_lookalikes(samples, most_bits) == every
    assert {f.bits for f in every} >= {0, most_bits}
