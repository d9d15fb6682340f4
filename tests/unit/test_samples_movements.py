"""Movements in the sample store: kept, edited and put right like pictures, and never mixed with them."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.movement_examples import movement, new
from tests.sample_pictures import jpeg, new_sample
from vision_app.errors import SampleError
from vision_app.samples.dataset import open_samples
from vision_app.samples.drawing import draw_movement
from vision_app.samples.exporting import export_samples
from vision_app.samples.movement_stats import movement_stats
from vision_app.samples.movements import open_movements, read_movement
from vision_app.samples.stats import check_samples
from vision_app.samples.store import SampleStore
from vision_app.sequences import files
from vision_app.sequences.recorded import Recorded


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "samples"


def kept(folder: Path, *kinds: str, each: int = 2) -> None:
    with SampleStore.open(folder) as store:
        for kind in kinds:
            store.add_many([new(kind, i, f"{kind}-{i}") for i in range(each)])


def test_a_movement_is_kept_with_all_that_is_known_of_it(folder: Path) -> None:
    made = new("wave")
    with SampleStore.open(folder) as store:
        sample = store.add(made)
        assert sample.movement
        assert sample.path.parent == folder / "movements" / "wave"
        assert sample.path.read_bytes() == made.data
        assert store.read(sample.id).shape == (120, 160, 3)
        assert store.thumbnail(sample.id).shape == (120, 160, 3)
    line = json.loads((folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    assert line["sha256"] == hashlib.sha256(made.data).hexdigest()
    assert line["movement"] == {
        "rows": 37, "seconds": 1.2, "tracks": ["hands"], "seen": 1.0, "pictures": False,
    }  # fmt: skip
    with SampleStore.open(folder, writable=False) as store:
        assert store.samples() == [sample]
        assert store.facts(sample.id).movement == made.facts
        assert [(c.label, c.movement, c.count) for c in store.classes] == [("wave", True, 1)]


def test_the_numbers_come_back_as_they_were(folder: Path) -> None:
    first = movement("circle", 3, start_s=17.0)
    pictures = tuple(jpeg(i) for i in range(len(first)))
    whole = Recorded(first.times_s, first.tracks, pictures)
    data = files.as_bytes(whole)
    assert data == files.as_bytes(whole), "the same movement always gives the same bytes"
    back = files.from_bytes(data, "x")
    np.testing.assert_allclose(back.times_s, whole.times_s - 17.0)
    np.testing.assert_array_equal(back.tracks["hands"], whole.tracks["hands"])
    assert back.jpegs == pictures
    assert draw_movement(back).shape == (48, 64, 3), "the middle picture"


def test_what_a_training_gets(folder: Path) -> None:
    kept(folder, "circle", "wave", "rest")
    with SampleStore.open(folder) as store:
        store.set_background("rest")
        store.add(new_sample("cup"))
    found = open_movements(folder)
    assert found.labels == ("circle", "wave", "rest")
    assert found.idle == "rest"
    assert found.features() == ("hands",)
    sequences = found.sequences("hands")
    assert [(s.label, s.recording, s.features) for s in sequences][:2] == [
        ("circle", "circle-0", "hands"),
        ("circle", "circle-1", "hands"),
    ]
    with pytest.raises(SampleError, match=r"recorded with hands; 'body' cannot be made of it"):
        found.sequences("body")


def test_pictures_see_nothing_of_movements(folder: Path) -> None:
    kept(folder, "circle")
    with pytest.raises(SampleError, match="holds movements only"):
        open_samples(folder)
    with SampleStore.open(folder) as store:
        store.add(new_sample("cup"))
    found = open_samples(folder)
    assert found.labels == ("cup",)
    assert len(found) == 1
    assert len(open_samples(folder, movements=True)) == 3


def test_a_store_without_movements_says_how_to_get_some(folder: Path) -> None:
    with SampleStore.open(folder) as store:
        store.add(new_sample("cup"))
    with pytest.raises(SampleError, match="import --movement"):
        open_movements(folder)


def test_movements_and_pictures_cannot_be_mixed(folder: Path) -> None:
    with SampleStore.open(folder) as store:
        wave, cup = store.add(new("wave")), store.add(new_sample("cup"))
        for refused in (
            lambda: store.add(new_sample("wave")),
            lambda: store.merge("wave", "cup"),
            lambda: store.relabel([wave.id], "cup"),
            lambda: store.relabel([wave.id, cup.id], "both"),
        ):
            with pytest.raises(SampleError, match=r"movements|mixed"):
                refused()
        with pytest.raises(SampleError, match="class of pictures already"):
            store.add_class("cup", movement=True)
        store.relabel([wave.id], "greet")
        assert store.sample(wave.id).path.parent == folder / "movements" / "greet"


def test_each_kind_has_a_class_for_nothing(folder: Path) -> None:
    with SampleStore.open(folder) as store:
        store.add_class("nothing", background=True)
        store.add_class("idle", background=True, movement=True)
        assert (store.background, store.idle) == ("nothing", "idle")
        store.set_background(None, movement=True)
        assert (store.background, store.idle) == ("nothing", None)
        store.undo()
    with SampleStore.open(folder, writable=False) as store:
        assert (store.background, store.idle) == ("nothing", "idle")


def test_edits_move_the_files_and_can_be_undone(folder: Path) -> None:
    kept(folder, "circle", "wave")
    with SampleStore.open(folder) as store:
        ids = store.ids("wave")
        store.delete(ids[:1])
        assert store.sample(ids[0]).path.parent.name == "trash"
        store.rename("wave", "greet")
        assert store.sample(ids[1]).path.parent == folder / "movements" / "greet"
        store.merge("greet", "circle")
        assert not (folder / "movements" / "greet").exists()
        while store.undo():
            pass
        assert {s.path.parent.name for s in store.samples("wave")} == {"wave"}
        assert all(c.state == "ok" for c in check_samples(store.samples(), deep=True))


def test_what_a_crash_or_a_hand_left_is_put_right(folder: Path) -> None:
    kept(folder, "circle")
    data = new("circle", 9).data
    place = folder / "movements" / "circle"
    (place / "20300101-000000-000.npz").write_bytes(data)
    (place / "notes.txt").write_text("x")
    (place / "torn.npz").write_bytes(data[: len(data) // 2])
    (folder / "movements" / "nod").mkdir()
    (folder / "movements" / "nod" / "mine.npz").write_bytes(new("lift", 8).data)
    (folder / "incoming" / "half.npz").write_bytes(data[:100])
    with SampleStore.open(folder) as store:
        assert "2 movements that no line of the manifest named were taken in" in store.notices[0]
        assert "2 files that were no readable picture" in store.notices[0]
        assert {c.label: (c.count, c.movement) for c in store.classes} == {
            "circle": (3, True), "nod": (1, True),
        }  # fmt: skip
    assert sorted(p.name for p in (folder / "aside").iterdir()) == ["notes.txt", "torn.npz"]
    assert list((folder / "incoming").iterdir()) == []
    with SampleStore.open(folder) as store:
        assert store.notices == ()


def test_a_changed_file_is_noticed(folder: Path) -> None:
    kept(folder, "circle")
    with SampleStore.open(folder, writable=False) as store:
        samples = store.samples()
        samples[0].path.write_bytes(new("wave", 5).data)
        assert [c.state for c in check_samples(samples)] == ["changed", "ok"]


def _npz(**arrays: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)
    return out.getvalue()


def _bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("times_s.npy", bytes(files.LARGEST_BYTES + 1))
    return out.getvalue()


class _Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (Path.touch, ("evil",))


RIGHT = {
    "format": np.array(files.FORMAT),
    "times_s": np.arange(3.0),
    "track/hands": np.zeros((3, 128), np.float32),
}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "damaged"),
        (b"PK\x03\x04 not really", "damaged"),
        (pickle.dumps(_Evil()), "damaged"),
        (_npz(**(RIGHT | {"x": np.array([_Evil()], object)})), "pickle"),
        (_npz(a=np.zeros(3)), "no movement of the format"),
        (_npz(**{k: v for k, v in RIGHT.items() if k != "times_s"}), "it has no times_s"),
        (_npz(**(RIGHT | {"times_s": np.zeros(3)})), "rise"),
        (_npz(**(RIGHT | {"track/hands": np.full((3, 128), np.nan, np.float32)})), "no finite number"),
        (_npz(**(RIGHT | {"track/hands": np.zeros((3, 9), np.float32)})), "expected"),
        (_npz(**(RIGHT | {"jpegs": np.zeros(5, np.uint8), "jpeg_ends": np.array([3, 2, 5])})), "pictures"),
        (_bomb(), "larger than"),
    ],
    ids=["empty", "torn", "pickle", "object", "other", "no-times", "still", "nan", "width", "jpegs", "bomb"],
)
def test_a_file_that_is_no_movement_is_refused_in_a_sentence(
    tmp_path: Path, data: bytes, message: str
) -> None:
    path = tmp_path / "one.npz"
    path.write_bytes(data)
    with pytest.raises(SampleError, match=message) as caught:
        read_movement(path)
    assert "one.npz" in str(caught.value)
    assert not Path("evil").exists()


def test_figures_and_advice(folder: Path) -> None:
    kept(folder, "circle", "wave")
    stats = movement_stats(open_movements(folder))
    assert [(c.label, c.count, c.sessions) for c in stats.classes] == [("circle", 2, 2), ("wave", 2, 2)]
    assert stats.classes[0].seconds == pytest.approx((1.2, 1.2, 1.2))
    advice = " ".join(stats.advice)
    assert "'circle' has few movements (2)" in advice
    assert "no idle class" in advice


def test_an_export_has_the_movements_too(folder: Path, tmp_path: Path) -> None:
    kept(folder, "circle")
    done = export_samples(open_samples(folder, movements=True), tmp_path / "out")
    assert done.samples == 2
    assert len(list((tmp_path / "out" / "circle").glob("*.npz"))) == 2
