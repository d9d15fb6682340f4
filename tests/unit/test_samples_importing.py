"""Import and export: layouts, sessions, doing it again, and whatever strangers put into a zip."""

from __future__ import annotations

import io
import stat
import struct
import unicodedata
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from tests.clips import constant, write_clip
from tests.sample_pictures import jpeg, new_sample
from vision_app import limits
from vision_app.errors import SampleError, VisionError
from vision_app.samples import archives
from vision_app.samples.dataset import open_samples
from vision_app.samples.exporting import export_samples
from vision_app.samples.importing import ImportRequest, import_samples
from vision_app.samples.store import SampleStore


@pytest.fixture
def store(tmp_path):
    with SampleStore.open(tmp_path / "store") as opened:
        yield opened


def counts(store: SampleStore) -> dict[str, int]:
    return {c.label: c.count for c in store.classes}


def tree(root: Path, *names: str) -> Path:
    for i, name in enumerate(names):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jpeg(i))
    return root


def zipped(path: Path, *names: str, **more: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for i, name in enumerate(names):
            file.writestr(name, jpeg(i))
        for name, data in more.items():
            file.writestr(name, data)
    return path


LAYOUTS = {
    "classes": (("cat/1.jpg", "cat/2.JPG", "dog/1.jpg"), {"cat": 2, "dog": 1}),
    "in an outer folder": (("data/set/cat/1.jpg", "data/set/dog/1.jpg"), {"cat": 1, "dog": 1}),
    "sides": (("train/cat/1.jpg", "val/cat/2.jpg", "val/dog/1.jpg"), {"cat": 2, "dog": 1}),
    "sides in an outer folder": (("x/train/cat/1.jpg", "x/val/dog/1.jpg"), {"cat": 1, "dog": 1}),
    "sessions": (("cat/monday/1.jpg", "cat/monday/2.jpg", "dog/1.jpg"), {"cat": 2, "dog": 1}),
    "text": (("cat/1.jpg", "dog/1.jpg", "readme.txt", "dog/notes.md"), {"cat": 1, "dog": 1}),
    "korean": (("사람/1.jpg", "고양이 😀/1.jpg"), {"사람": 1, "고양이 😀": 1}),
}


@pytest.mark.parametrize("kind", ["folder", "zip"])
@pytest.mark.parametrize(("names", "wanted"), LAYOUTS.values(), ids=list(LAYOUTS))
def test_folders_name_the_classes(store, tmp_path, kind, names, wanted):
    source = tree(tmp_path / "in", *names) if kind == "folder" else zipped(tmp_path / "in.zip", *names)
    done = import_samples(store, ImportRequest(source))
    assert counts(store) == wanted == done.by_label
    assert (done.added, done.known, done.refused) == (sum(wanted.values()), 0, 0)


def test_sides_and_sessions_are_kept(store, tmp_path):
    tree(tmp_path / "in", "train/cat/a/1.jpg", "train/cat/a/2.jpg", "train/dog/3.jpg", "val/cat/b/4.jpg")
    import_samples(store, ImportRequest(tmp_path / "in"))
    found = [(s.label, s.split, s.session) for s in store.samples()]
    assert found == [
        ("cat", "train", "in/a"),
        ("cat", "train", "in/a"),
        ("cat", "val", "in/b"),
        ("dog", "train", "in/train/dog/3.jpg"),
    ]


def test_a_folder_of_one_class_and_a_single_picture(store, tmp_path):
    tree(tmp_path / "in", "1.jpg", "more/2.jpg")
    import_samples(store, ImportRequest(tmp_path / "in", "cup"))
    (tmp_path / "one.jpg").write_bytes(jpeg(9))
    import_samples(store, ImportRequest(tmp_path / "one.jpg", "cup"))
    assert counts(store) == {"cup": 3}


@pytest.mark.parametrize("kind", ["folder", "zip", "clip", "picture"])
def test_what_has_no_class_asks_for_one(store, tmp_path, kind):
    source = {
        "folder": lambda: tree(tmp_path / "in", "1.jpg"),
        "zip": lambda: zipped(tmp_path / "in.zip", "1.jpg"),
        "clip": lambda: write_clip(tmp_path / "in.mp4", constant(5)),
        "picture": lambda: tree(tmp_path, "1.jpg") / "1.jpg",
    }[kind]()
    with pytest.raises(SampleError, match="--class"):
        import_samples(store, ImportRequest(source))
    assert len(store) == 0


def test_pictures_beside_the_folders_of_the_classes_are_left_out_and_counted(store, tmp_path):
    done = import_samples(store, ImportRequest(tree(tmp_path / "in", "cat/1.jpg", "dog/1.jpg", "cover.jpg")))
    assert (done.added, done.refused) == (2, 1)
    assert "cover.jpg" in done.messages[0]


@pytest.mark.parametrize(
    ("more", "wanted"),
    [({}, 6), ({"rate_hz": 5.0}, 15), ({"every": 10}, 8), ({"every": 1}, 75), ({"rate_hz": 1000.0}, 75)],
)
def test_a_clip_gives_frames_at_a_rate_or_each_so_many(store, tmp_path, more, wanted):
    clip = write_clip(tmp_path / "clip.mp4", constant(75))  # 3 s at 25 a second
    done = import_samples(store, ImportRequest(clip, "cup", **more))
    # frames that are the same byte for byte are one sample
    assert done.added + done.known == wanted
    assert {s.session for s in store.samples()} == {"clip.mp4"}


def test_doing_it_again_adds_nothing_and_going_on_adds_the_rest(store, tmp_path):
    source = tree(tmp_path / "in", *(f"cat/{i}.jpg" for i in range(100)))
    left = [40]

    def stop() -> bool:
        left[0] -= 1
        return left[0] < 0

    first = import_samples(store, ImportRequest(source), stop=stop)
    assert (first.added, first.stopped) == (40, True)
    second = import_samples(store, ImportRequest(source))
    assert (second.added, second.known, second.stopped) == (60, 40, False)
    third = import_samples(store, ImportRequest(source))
    assert (third.added, third.known) == (0, 100)


def test_a_sample_that_was_relabelled_renamed_or_merged_does_not_come_back(store, tmp_path):
    source = tree(tmp_path / "in", "cat/1.jpg", "cat/2.jpg", "dog/3.jpg")
    import_samples(store, ImportRequest(source))
    store.relabel(store.ids("cat")[:1], "dog")
    store.rename("cat", "kitten")
    done = import_samples(store, ImportRequest(source))
    assert (done.added, done.known) == (0, 3)
    assert counts(store) == {"kitten": 1, "dog": 2}


def test_a_deleted_sample_comes_back_when_it_is_imported_again(store, tmp_path):
    source = tree(tmp_path / "in", "cat/1.jpg", "cat/2.jpg")
    import_samples(store, ImportRequest(source))
    store.delete(store.ids()[:1])
    assert import_samples(store, ImportRequest(source)).added == 1


def test_two_classes_with_the_same_content_are_both_kept(store, tmp_path):
    for label in ("cat", "dog"):
        (tmp_path / "in" / label).mkdir(parents=True)
        for i in range(3):
            (tmp_path / "in" / label / f"{i}.jpg").write_bytes(jpeg(i))
    assert import_samples(store, ImportRequest(tmp_path / "in")).by_label == {"cat": 3, "dog": 3}


def test_bad_pictures_are_refused_one_by_one_and_the_rest_comes_in(store, tmp_path):
    source = tree(tmp_path / "in", "cat/good.jpg")
    bad = source / "cat"
    (bad / "torn.jpg").write_bytes(jpeg(5)[:500])
    (bad / "empty.png").write_bytes(b"")
    (bad / "text.jpg").write_text("hello")
    (bad / "dot.bmp").write_bytes(b"")
    Image.new("RGB", (1, 1)).save(bad / "dot.bmp")
    frames = [Image.new("RGB", (20, 20), c) for c in ("red", "blue")]
    frames[0].save(bad / "dance.gif", save_all=True, append_images=frames[1:])
    done = import_samples(store, ImportRequest(source))
    assert (done.added, done.refused) == (2, 4)
    for name in ("torn.jpg", "empty.png", "text.jpg", "dot.bmp", "dance.gif"):
        assert sum(name in m for m in done.messages) == 1
    assert all("\n" not in m for m in done.messages)


@pytest.mark.parametrize("kind", ["nothing", "empty folder", "no pictures"])
def test_nothing_to_import_is_said(store, tmp_path, kind):
    source = tmp_path / "in"
    if kind != "nothing":
        source.mkdir()
    if kind == "no pictures":
        (source / "cat").mkdir()
        (source / "cat" / "notes.txt").write_text("x")
    with pytest.raises(SampleError, match=r"no such file|no pictures"):
        import_samples(store, ImportRequest(source))


def test_a_file_that_is_no_clip_is_refused(store, tmp_path):
    (tmp_path / "x.mp4").write_bytes(b"no clip")
    with pytest.raises(VisionError, match=r"x\.mp4"):
        import_samples(store, ImportRequest(tmp_path / "x.mp4", "cup"))


# -- zips of strangers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["../cat/evil.jpg", "cat/../../evil.jpg", "/etc/evil.jpg", "..\\cat\\evil.jpg", "C:\\cat\\evil.jpg"],
)
def test_a_zip_that_leads_out_of_its_folder_is_refused_whole(store, tmp_path, name):
    path = tmp_path / "deep" / "in.zip"
    path.parent.mkdir()
    zipped(path, "cat/1.jpg", name)
    with pytest.raises(SampleError, match="leads out of its folder: nothing of it is imported"):
        import_samples(store, ImportRequest(path))
    assert len(store) == 0
    assert not list(tmp_path.rglob("evil.jpg"))


def test_links_in_a_zip_are_not_followed(store, tmp_path):
    path = zipped(tmp_path / "in.zip", "cat/1.jpg")
    with zipfile.ZipFile(path, "a") as file:
        link = zipfile.ZipInfo("cat/link.jpg")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(link, "/etc/passwd")
    done = import_samples(store, ImportRequest(path))
    assert (done.added, done.refused) == (1, 0)
    assert "links" in done.messages[0]


def test_a_zip_bomb_is_refused_by_its_ratio(store, tmp_path):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for i in range(4):
            file.writestr(f"cat/{i}.bmp", bytes(20_000_000))
    with pytest.raises(SampleError, match="times its size"):
        import_samples(store, ImportRequest(path))


def test_a_zip_of_too_much_is_refused_by_its_total(store, tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_TOTAL_BYTES", 1000)
    with pytest.raises(SampleError, match="unpacks to"):
        import_samples(store, ImportRequest(zipped(tmp_path / "in.zip", "cat/1.jpg", "cat/2.jpg")))


def test_a_zip_of_too_many_entries_is_refused(store, tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_ENTRIES", 2)
    with pytest.raises(SampleError, match="3 entries; at most 2"):
        import_samples(
            store, ImportRequest(zipped(tmp_path / "in.zip", "cat/1.jpg", "cat/2.jpg", "cat/3.jpg"))
        )


def test_an_entry_that_lies_about_its_size_is_refused(store, tmp_path):
    path = tmp_path / "in.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("cat/1.jpg", jpeg(1))
        file.writestr("cat/2.bmp", bytes(3_000_000))
    data = bytearray(path.read_bytes())
    size = struct.pack("<I", 3_000_000)
    while (at := data.find(size)) >= 0:
        data[at : at + 4] = struct.pack("<I", 1000)
    path.write_bytes(data)
    done = import_samples(store, ImportRequest(path))
    assert (done.added, done.refused) == (1, 1)
    assert "2.bmp" in done.messages[0]


def test_a_large_entry_is_not_read_into_memory(store, tmp_path, monkeypatch):
    monkeypatch.setenv(limits.VARIABLE, "picture-bytes=5000")
    path = zipped(tmp_path / "in.zip", "cat/1.jpg", **{"cat/big.bmp": bytes(6000)})
    done = import_samples(store, ImportRequest(path))
    assert (done.added, done.refused) == (1, 1)
    assert "has 6000 bytes; at most 5000 are allowed" in done.messages[0]


def test_an_encrypted_zip_says_what_to_do(store, tmp_path):
    path = zipped(tmp_path / "in.zip", "cat/1.jpg")
    data = bytearray(path.read_bytes())
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + at] |= 1
    path.write_bytes(data)
    with pytest.raises(SampleError, match=r"is encrypted.*unpack it with its password"):
        import_samples(store, ImportRequest(path))


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_damaged_zip_is_refused(store, tmp_path, share):
    path = zipped(tmp_path / "in.zip", "cat/1.jpg", "cat/2.jpg")
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(SampleError, match="damaged, or no zip"):
        import_samples(store, ImportRequest(path))


def test_a_damaged_entry_is_refused_alone(store, tmp_path):
    path = zipped(tmp_path / "in.zip", "cat/1.jpg", "cat/2.jpg")
    data = bytearray(path.read_bytes())
    data[data.index(jpeg(1)) + 300] ^= 0xFF
    path.write_bytes(data)
    done = import_samples(store, ImportRequest(path))
    assert (done.added, done.refused) == (1, 1)


def test_zips_in_a_zip_are_passed_over_and_said(store, tmp_path):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as file:
        file.writestr("cat/9.jpg", jpeg(9))
    done = import_samples(
        store, ImportRequest(zipped(tmp_path / "in.zip", "cat/1.jpg", **{"more.zip": inner.getvalue()}))
    )
    assert done.added == 1
    assert "archives inside" in done.messages[0]


def test_what_macos_adds_is_no_class(store, tmp_path):
    names = (
        "data/cat/1.jpg",
        "data/dog/2.jpg",
        "__MACOSX/data/cat/._1.jpg",
        "data/.DS_Store",
        "data/cat/._1.jpg",
    )
    assert import_samples(store, ImportRequest(zipped(tmp_path / "in.zip", *names))).by_label == {
        "cat": 1,
        "dog": 1,
    }


def test_backslashes_of_windows_are_folders(store, tmp_path):
    path = zipped(tmp_path / "in.zip", "cat/1.jpg", "dog/2.jpg")
    path.write_bytes(
        path.read_bytes().replace(b"cat/1.jpg", b"cat\\1.jpg").replace(b"dog/2.jpg", b"dog\\2.jpg")
    )
    assert import_samples(store, ImportRequest(path)).by_label == {"cat": 1, "dog": 1}


@pytest.mark.parametrize("encoding", ["cp949", "utf-8"])
def test_korean_names_without_the_utf8_mark_are_read(store, tmp_path, encoding):
    """As old Windows tools and macOS write them."""
    raw = unicodedata.normalize("NFC", "사람").encode(encoding)
    fill = b"x" * len(raw)
    path = zipped(tmp_path / "in.zip", f"{fill.decode()}/1.jpg")
    path.write_bytes(path.read_bytes().replace(fill + b"/1.jpg", raw + b"/1.jpg"))
    assert import_samples(store, ImportRequest(path)).by_label == {"사람": 1}


# -- export ----------------------------------------------------------------------------------------------

LABELS = ["cat", "Cat", "a/b", "con", "😀", "x" * 300, "사람", "."]


@pytest.mark.parametrize("name", ["out", "out.zip"])
def test_what_is_exported_comes_back_the_same(store, tmp_path, name):
    for i, label in enumerate(LABELS):
        store.add_many([new_sample(label, i * 10 + j, f"burst {j % 2}") for j in range(4)])
    store.set_background("con")
    done = export_samples(open_samples(store.folder), tmp_path / name)
    assert (done.samples, done.classes) == (len(LABELS) * 4, len(LABELS))
    with SampleStore.open(tmp_path / "second") as second:
        import_samples(second, ImportRequest(tmp_path / name))
        assert counts(second) == counts(store)
        assert {(s.label, s.sha256) for s in second.samples()} == {
            (s.label, s.sha256) for s in store.samples()
        }
        assert second.background == "con"
        by_session = {s.session for s in second.samples("cat")}
        assert len(by_session) == 2


def test_an_export_is_a_plain_folder_that_is_read_without_a_store(store, tmp_path):
    store.add_many([new_sample("cat", 1), new_sample("dog", 2)])
    export_samples(open_samples(store.folder), tmp_path / "out")
    found = open_samples(tmp_path / "out")
    assert found.kind == "folder"
    assert found.labels == ("cat", "dog")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["cat", "classes.json", "dog"]


def test_sides_are_exported(store, tmp_path):
    tree(tmp_path / "in", "train/cat/1.jpg", "val/cat/2.jpg", "train/dog/3.jpg", "val/dog/4.jpg")
    import_samples(store, ImportRequest(tmp_path / "in"))
    export_samples(open_samples(store.folder), tmp_path / "out")
    found = open_samples(tmp_path / "out")
    assert found.is_split
    assert len(found.of_split("val")) == 2


@pytest.mark.parametrize("name", ["out", "out.zip"])
def test_an_export_replaces_only_when_it_may(store, tmp_path, name):
    store.add(new_sample("cat", 1))
    samples = open_samples(store.folder)
    export_samples(samples, tmp_path / name)
    with pytest.raises(VisionError, match="exists"):
        export_samples(samples, tmp_path / name)
    export_samples(samples, tmp_path / name, overwrite=True)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([name, "store"])


@pytest.mark.parametrize("name", ["out", "out.zip"])
def test_an_export_that_fails_leaves_what_was_there(store, tmp_path, name):
    store.add_many([new_sample("cat", 1), new_sample("cat", 2)])
    samples = open_samples(store.folder)
    export_samples(samples, tmp_path / name)
    before = sorted(tmp_path.rglob("*"))
    samples.samples[1].path.unlink()
    with pytest.raises(SampleError, match="cannot be read"):
        export_samples(samples, tmp_path / name, overwrite=True)
    assert [p for p in before if p != samples.samples[1].path] == sorted(tmp_path.rglob("*"))


def test_an_export_into_the_store_itself_is_refused(store):
    store.add(new_sample("cat", 1))
    with pytest.raises(SampleError, match="lies in the samples themselves"):
        export_samples(open_samples(store.folder), store.folder / "out")


def test_another_store_is_imported_with_sessions_and_background(store, tmp_path):
    with SampleStore.open(tmp_path / "other") as other:
        other.add(new_sample("cup", 1, "burst-1", source_id="cam"))
        other.add_class("none of these", background=True)
        other.add(new_sample("none of these", 2, "idle-1"))
    import_samples(store, ImportRequest(tmp_path / "other"))
    assert {s.session for s in store.samples()} == {"burst-1", "idle-1"}
    assert store.background == "none of these"
    assert store.facts(store.ids("cup")[0]).source_id == "cam"
    with pytest.raises(SampleError, match="into itself"):
        import_samples(store, ImportRequest(store.folder))
