"""The sample store: what is counted is on the disk, edits can be undone, also after a restart."""

from __future__ import annotations

import hashlib
import json
import threading
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.sample_pictures import new_sample, textured
from vision_app.errors import SampleError
from vision_app.samples.sample import CropRecord
from vision_app.samples.store import SampleStore, is_store


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "samples"


def counts(store: SampleStore) -> dict[str, int]:
    return {c.label: c.count for c in store.classes}


def on_disk(store: SampleStore) -> dict[str, list[str]]:
    """Folders of classes and the files in them."""
    pictures = store.folder / "pictures"
    return {p.name: sorted(f.name for f in p.iterdir()) for p in sorted(pictures.iterdir())}


def assert_sound(store: SampleStore) -> None:
    """Every sample's file is in the folder of its class and is what the manifest says."""
    folders = {c.label: c.folder for c in store.classes}
    for sample in store.samples():
        assert sample.path.parent == store.folder / "pictures" / folders[sample.label]
        assert hashlib.sha256(sample.path.read_bytes()).hexdigest() == sample.sha256
    listed = sorted(s.path.name for s in store.samples())
    assert sorted(name for names in on_disk(store).values() for name in names) == listed
    assert list((store.folder / "incoming").iterdir()) == []


# -- keeping ---------------------------------------------------------------------------------------------


def test_a_sample_is_kept_with_all_that_is_known_of_it(folder):
    new = new_sample(
        "cup",
        session="burst-1",
        source_id="0",
        crop=CropRecord("centre", (80, 0, 560, 480)),
        original="x.png",
    )
    with SampleStore.open(folder) as store:
        sample = store.add(new)
        assert sample.path.read_bytes() == new.data
    line = json.loads((folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    assert line["sha256"] == sample.sha256 == hashlib.sha256(new.data).hexdigest()
    assert (line["class"], line["session"], line["source"]) == ("cup", "burst-1", "0")
    assert (line["width"], line["height"]) == (64, 48)
    assert line["crop"] == {"kind": "centre", "xyxy": [80, 0, 560, 480]}
    assert line["origin"] == "capture"
    with SampleStore.open(folder, writable=False) as store:
        assert store.samples() == [sample]
        facts = store.facts(sample.id)
        assert facts.crop == new.crop
        assert facts.size_wh == (64, 48)
        assert facts.time == line["time"]
        np.testing.assert_array_equal(store.read(sample.id).shape, (48, 64, 3))


def test_order_of_classes_and_samples_is_that_of_coming(folder):
    with SampleStore.open(folder) as store:
        added = store.add_many([new_sample(label, i) for i, label in enumerate("zazab")])
        assert store.labels == ("z", "a", "b")
        assert store.ids("z") == [added[0].id, added[2].id]
        assert [s.label for s in store.samples()] == ["z", "z", "a", "a", "b"]
        ids = [s.id for s in added]
        assert ids == sorted(ids)
        assert len(set(ids)) == len(ids)


AWKWARD = [
    "con",
    "CON",
    "a/b",
    "a-b",
    ".",
    "..",
    "😀",
    "Cat",
    "cat",
    "x" * 300,
    "사람",
    "\u200fשלום",
    "aux.",
    "trash",
]


def test_labels_of_any_text_are_kept_apart(folder):
    with SampleStore.open(folder) as store:
        for i, label in enumerate(AWKWARD):
            store.add(new_sample(label, i))
    with SampleStore.open(folder) as store:
        assert store.notices == ()
        assert store.labels == tuple(AWKWARD)
        assert {c.count for c in store.classes} == {1}
        assert len({c.folder.casefold() for c in store.classes}) == len(AWKWARD)
        assert_sound(store)


def test_the_two_ways_to_write_an_accent_are_one_class(folder):
    with SampleStore.open(folder) as store:
        store.add(new_sample(unicodedata.normalize("NFC", "é"), 0))
        store.add(new_sample(unicodedata.normalize("NFD", "é"), 1))
        assert counts(store) == {"é": 2}


def test_one_writer_at_a_time_and_readers_any_time(folder):
    with SampleStore.open(folder) as store:
        store.add(new_sample("cup"))
        with pytest.raises(SampleError, match="another program is writing to it"):
            SampleStore.open(folder)
        with SampleStore.open(folder, writable=False) as reader:
            assert len(reader) == 1
            with pytest.raises(SampleError, match="for reading only"):
                reader.add(new_sample("cup", 1))
    SampleStore.open(folder).close()


def test_a_closed_store_takes_nothing(folder):
    store = SampleStore.open(folder)
    store.close()
    with pytest.raises(SampleError, match="closed"):
        store.add(new_sample("cup"))


def test_threads_may_add_and_read_at_once(folder):
    with SampleStore.open(folder) as store:

        def fill(number: int) -> None:
            for i in range(10):
                store.add(new_sample(f"class {number}", number * 100 + i))

        threads = [threading.Thread(target=fill, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        while any(t.is_alive() for t in threads):
            assert len(store.samples()) <= 40
            sum(c.count for c in store.classes)
        for thread in threads:
            thread.join()
        assert set(counts(store).values()) == {10}
        assert_sound(store)


@pytest.mark.parametrize("made", ["file", "pictures", "newer"])
def test_a_place_that_is_no_store_is_not_touched(folder, made):
    if made == "file":
        folder.write_bytes(b"x")
        said = "a folder was wanted"
    elif made == "pictures":
        (folder / "cat").mkdir(parents=True)
        said = "samples import"
    else:
        folder.mkdir()
        (folder / "manifest.jsonl").write_text('{"format": "vision-app-samples", "version": 2}\n')
        said = "made by a newer vision-app"
    before = sorted(folder.rglob("*")) if folder.is_dir() else []
    with pytest.raises(SampleError, match=said):
        SampleStore.open(folder)
    if made != "newer":
        assert (sorted(folder.rglob("*")) if folder.is_dir() else []) == before


def test_reading_needs_a_store(folder):
    with pytest.raises(SampleError, match="no sample store"):
        SampleStore.open(folder, writable=False)
    with pytest.raises(SampleError, match="no sample store"):
        SampleStore.open(folder, create=False)
    assert not is_store(folder)
    assert not folder.exists()


# -- edits -----------------------------------------------------------------------------------------------


@pytest.fixture
def store(folder):
    """Two cats, three dogs, a bird."""
    with SampleStore.open(folder) as opened:
        opened.add_many(
            [new_sample(label, i) for i, label in enumerate(["cat"] * 2 + ["dog"] * 3 + ["bird"])]
        )
        yield opened


def test_a_class_is_renamed_with_its_folder_and_without_touching_pictures(store):
    before = [(s.id, s.sha256) for s in store.samples("cat")]
    store.rename("cat", "kitten")
    assert store.labels == ("kitten", "dog", "bird")
    assert [(s.id, s.sha256) for s in store.samples("kitten")] == before
    assert "kitten" in on_disk(store)
    assert "cat" not in on_disk(store)
    assert_sound(store)


def test_only_the_case_of_a_label_changes(store):
    store.rename("cat", "Cat")
    assert store.labels[0] == "Cat"
    assert_sound(store)


def test_two_classes_become_one(store):
    store.merge("cat", "dog")
    assert counts(store) == {"dog": 5, "bird": 1}
    assert_sound(store)


def test_a_deleted_sample_waits_in_the_trash(store):
    gone = store.ids("dog")[1]
    store.delete([gone])
    assert counts(store)["dog"] == 2
    assert [s.id for s in store.deleted()] == [gone]
    assert store.deleted()[0].path.parent.name == "trash"
    store.restore([gone])
    assert store.ids("dog")[1] == gone
    assert store.deleted() == []
    assert_sound(store)


def test_samples_move_to_another_class_and_to_a_new_one(store):
    ids = store.ids("dog")
    store.relabel(ids[:2], "wolf")
    store.relabel(ids[2:], "cat")
    assert counts(store) == {"cat": 3, "dog": 0, "bird": 1, "wolf": 2}
    assert_sound(store)


def test_the_background_class_is_marked(store):
    store.add_class("none of these", background=True)
    assert store.background == "none of these"
    store.set_background("bird")
    assert [c.label for c in store.classes if c.background] == ["bird"]
    store.undo()
    assert store.background == "none of these"
    store.rename("none of these", "기타")
    assert store.background == "기타"


EDITS = {
    "rename": lambda s: s.rename("cat", "kitten"),
    "merge": lambda s: s.merge("cat", "dog"),
    "delete": lambda s: s.delete(s.ids("dog")[:2]),
    "delete class": lambda s: s.delete_class("dog"),
    "relabel": lambda s: s.relabel(s.ids("dog")[1:], "cat"),
    "background": lambda s: s.set_background("bird"),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=list(EDITS))
def test_each_edit_is_undone_and_done_again_also_after_a_restart(folder, edit):
    def look(store):
        return store.classes, [(s.id, s.label) for s in store.samples()], on_disk(store)

    with SampleStore.open(folder) as store:
        store.add_many([new_sample(label, i) for i, label in enumerate(["cat"] * 2 + ["dog"] * 3 + ["bird"])])
        before = look(store)
        edit(store)
        after = look(store)
        assert after != before
        text = store.undo_text
    with SampleStore.open(folder) as store:
        assert look(store) == after
        assert store.undo() == text
        assert look(store) == before
    with SampleStore.open(folder) as store:
        assert store.undo() is None
        assert store.redo() == text
        assert look(store) == after
        assert store.redo() is None
        assert store.notices == ()
        assert_sound(store)


def test_edits_are_undone_one_after_the_other(store):
    store.rename("cat", "kitten")
    store.merge("kitten", "dog")
    store.delete(store.ids("dog")[:1])
    assert [store.undo(), store.undo(), store.undo(), store.undo()] == [
        "delete 1 sample",
        "merge 'kitten' into 'dog'",
        "rename 'cat' to 'kitten'",
        None,
    ]
    assert counts(store) == {"cat": 2, "dog": 3, "bird": 1}
    assert_sound(store)


def test_what_was_captured_since_stays_when_an_edit_is_undone(store):
    store.rename("cat", "kitten")
    new = store.add(new_sample("kitten", 77))
    store.undo()
    assert new.id in store.ids("cat")
    store.delete_class("dog")
    store.add(new_sample("dog", 78))
    store.undo()
    assert counts(store) == {"cat": 3, "dog": 4, "bird": 1}
    assert_sound(store)


def test_an_undo_that_would_make_two_classes_of_one_label_is_refused(store):
    store.rename("cat", "kitten")
    store.add(new_sample("cat", 99))
    with pytest.raises(SampleError, match="another class 'cat'"):
        store.undo()
    store.rename("cat", "other cat")
    assert store.undo() == "rename 'cat' to 'other cat'"
    assert counts(store) == {"kitten": 2, "dog": 3, "bird": 1, "cat": 1}
    assert_sound(store)


def test_a_new_class_never_takes_the_folder_that_an_undo_needs(folder):
    with SampleStore.open(folder) as store:
        store.add(new_sample("a/b", 0))
        store.rename("a/b", "x")
        store.add(new_sample("a-b", 1))  # the same folder name, when it is free
        store.undo()
        assert counts(store) == {"a/b": 1, "a-b": 1}
        assert_sound(store)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: s.rename("cow", "x"), "no class 'cow'; the classes are: 'cat', 'dog', 'bird'"),
        (lambda s: s.rename("cat", "dog"), "a class 'dog' already; merge the two"),
        (lambda s: s.rename("cat", "  "), "can be seen"),
        (lambda s: s.merge("cat", "cat"), "with itself"),
        (lambda s: s.merge("cat", "cow"), "no class 'cow'"),
        (lambda s: s.delete(["nope"]), "no sample 'nope'"),
        (lambda s: s.relabel(["nope"], "new class"), "no sample 'nope'"),
        (lambda s: s.delete_class("cow"), "no class 'cow'"),
        (lambda s: s.set_background("cow"), "no class 'cow'"),
        (lambda s: s.ids("cow"), "no class 'cow'"),
    ],
)
def test_an_edit_that_makes_no_sense_changes_nothing(store, change, said):
    before = store.classes, (store.folder / "manifest.jsonl").read_bytes()
    with pytest.raises(SampleError, match=said):
        change(store)
    assert (store.classes, (store.folder / "manifest.jsonl").read_bytes()) == before


def test_the_trash_is_emptied_for_good(store):
    ids = store.ids("dog")
    store.delete(ids)
    assert store.empty_trash() == 3
    assert list((store.folder / "trash").iterdir()) == []
    assert store.undo() is None
    with pytest.raises(SampleError, match="no sample"):
        store.restore(ids)
    store.close()
    with SampleStore.open(store.folder) as again:
        assert counts(again) == {"cat": 2, "dog": 0, "bird": 1}
        assert again.notices == ()


def test_changes_raise_the_revision(store):
    before = store.revision
    store.add(new_sample("cat", 50))
    middle = store.revision
    store.undo()
    store.delete(store.ids("cat")[:1])
    assert before < middle < store.revision


# -- thumbnails ------------------------------------------------------------------------------------------


def test_a_thumbnail_is_small_kept_and_made_again_when_it_is_damaged(folder):
    with SampleStore.open(folder) as store:
        new = new_sample("cat")
        image = textured(5, (640, 480))
        from vision_app.samples.pictures import encode_jpeg
        from vision_app.samples.sample import NewSample

        sample = store.add(NewSample("cat", "s", encode_jpeg(image), ".jpg", image))
        small = store.add(new)
        first = store.thumbnail(sample.id)
        assert first.shape == (120, 160, 3)
        assert store.thumbnail(small.id).shape == (48, 64, 3)
        (kept,) = [p for p in (folder / "thumbnails").rglob("*.jpg") if p.stem == sample.sha256[2:34]]
        kept.write_bytes(b"half a thumb")
        assert store.thumbnail(sample.id).shape == (120, 160, 3)
        assert kept.stat().st_size > 100
        sample.path.unlink()
        assert store.thumbnail(sample.id).shape == (120, 160, 3)  # from the disk


# -- any sequence of edits -------------------------------------------------------------------------------

LABELS = st.sampled_from(["cat", "Cat", "a/b", "a-b", "con", "사람"])


class AnyEdits(RuleBasedStateMachine):
    """Whatever is done in whatever order: the disk, a second reading of it, and a simple model all agree."""

    def __init__(self) -> None:
        super().__init__()
        import tempfile

        self.place = tempfile.TemporaryDirectory()
        self.store = SampleStore.open(Path(self.place.name) / "s")
        self.model: dict[str, tuple[str, bool]] = {}
        self.history: list[dict[str, tuple[str, bool]]] = []
        self.seed = 0

    def teardown(self) -> None:
        self.store.close()
        self.place.cleanup()

    def labels(self) -> list[str]:
        return list(self.store.labels)

    def edited(self) -> None:
        self.history.append(dict(self.model))

    @rule(label=LABELS)
    def add(self, label):
        self.seed += 1
        self.model[self.store.add(new_sample(label, self.seed)).id] = (label, False)
        self.history.clear()  # what an undo does to samples that came since has its own test

    @precondition(lambda self: self.store.labels)
    @rule(data=st.data(), new=LABELS)
    def rename(self, data, new):
        old = data.draw(st.sampled_from(self.labels()))
        if new in self.labels():
            return
        before = dict(self.model)
        self.store.rename(old, new)
        self.history.append(before)
        ids = set(self.store.ids(new))
        self.model = {
            i: (new if i in ids or (dead and label == old) else label, dead)
            for i, (label, dead) in self.model.items()
        }

    @precondition(lambda self: len(self.store.labels) > 1)
    @rule(data=st.data())
    def merge(self, data):
        old, into = data.draw(st.permutations(self.labels()))[:2]
        self.history.append(dict(self.model))
        self.store.merge(old, into)
        self.model = {
            i: (into if label == old and not dead else label, dead) for i, (label, dead) in self.model.items()
        }

    @precondition(lambda self: len(self.store))
    @rule(data=st.data())
    def delete(self, data):
        chosen = data.draw(st.sets(st.sampled_from(self.store.ids()), min_size=1))
        self.history.append(dict(self.model))
        self.store.delete(chosen)
        self.model = {i: (label, dead or i in chosen) for i, (label, dead) in self.model.items()}

    @precondition(lambda self: self.history)
    @rule()
    def undo(self):
        assert self.store.undo() is not None
        self.model = self.history.pop()

    @rule()
    def reopen(self):
        folder = self.store.folder
        self.store.close()
        self.store = SampleStore.open(folder)
        assert self.store.notices == ()

    @invariant()
    def all_agree(self):
        alive = {i: label for i, (label, dead) in self.model.items() if not dead}
        assert {s.id: s.label for s in self.store.samples()} == alive
        assert_sound(self.store)
        with SampleStore.open(self.store.folder, writable=False) as reader:
            assert reader.samples() == self.store.samples()
            assert reader.classes == self.store.classes


TestAnyEdits = AnyEdits.TestCase
TestAnyEdits.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)


def test_pictures_can_be_read_while_their_class_is_renamed_and_merged(folder):
    with SampleStore.open(folder) as store:
        store.add_many([new_sample("cat", i) for i in range(200)])
        store.add(new_sample("dog", 999))
        ids, done, failures = store.ids("cat"), threading.Event(), []

        def read() -> None:
            while not done.is_set():
                for sample_id in ids[::20]:
                    try:
                        store.read(sample_id)
                    except SampleError as error:
                        failures.append(error)

        reader = threading.Thread(target=read)
        reader.start()
        for _ in range(3):
            store.rename("cat", "kitten")
            store.merge("kitten", "dog")
            store.undo()
            store.undo()
        done.set()
        reader.join()
        assert failures == []
