"""What a crash, a full disk or a hand in the folder leaves is put right by the next opening, and said once."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.sample_pictures import jpeg, new_sample
from vision_app.errors import SampleError
from vision_app.samples import disk
from vision_app.samples.store import SampleStore


@pytest.fixture
def folder(tmp_path) -> Path:
    """A store of three cups of one burst and a pen."""
    with SampleStore.open(tmp_path / "s") as store:
        store.add_many([new_sample("cup", i, "burst-1") for i in range(3)])
        store.add(new_sample("pen", 9, "burst-2"))
    return tmp_path / "s"


def counts(store: SampleStore) -> dict[str, int]:
    return {c.label: c.count for c in store.classes}


def last_line(folder: Path) -> bytes:
    return (folder / "manifest.jsonl").read_bytes().splitlines(keepends=True)[-1]


@pytest.mark.parametrize("cut", [1, 20, -1], ids=["all but the line end", "half a line", "one byte"])
def test_a_torn_last_line_is_dropped_and_its_picture_taken_in_again(folder, cut):
    manifest = folder / "manifest.jsonl"
    data, line = manifest.read_bytes(), last_line(folder)
    end = len(data) - len(line) + 1 if cut == -1 else len(data) - cut
    manifest.write_bytes(data[:end])
    with SampleStore.open(folder, writable=False) as reader:  # reads what is whole, changes nothing
        assert counts(reader) == {"cup": 3, "pen": 0}
        assert len(manifest.read_bytes()) == end
    with SampleStore.open(folder) as store:
        assert store.notices == ("1 picture that no line of the manifest named was taken in",)
        assert counts(store) == {"cup": 3, "pen": 1}
        (pen,) = store.samples("pen")
        assert (pen.id, pen.sha256) == (json.loads(line)["id"], json.loads(line)["sha256"])
        assert pen.path.is_file()
    with SampleStore.open(folder) as store:
        assert store.notices == ()
        assert store.samples("pen") == [pen]


@pytest.mark.parametrize("length", range(0, 100, 9))
def test_a_manifest_cut_in_its_first_lines_opens(folder, length):
    manifest = folder / "manifest.jsonl"
    manifest.write_bytes(manifest.read_bytes()[:length])
    with SampleStore.open(folder) as store:
        assert sorted(counts(store).items()) == [("cup", 3), ("pen", 1)]
    with SampleStore.open(folder) as store:
        assert store.notices == ()
        assert len(store) == 4


def test_a_lost_manifest_is_made_again_from_the_folders(folder):
    (folder / "manifest.jsonl").unlink()
    with SampleStore.open(folder) as store:
        assert counts(store) == {"cup": 3, "pen": 1}


def test_a_picture_of_a_cut_off_burst_belongs_to_that_burst(folder):
    lines = (folder / "manifest.jsonl").read_bytes().splitlines(keepends=True)
    third_cup = max(i for i, line in enumerate(lines) if b'"class": "cup"' in line)
    del lines[third_cup]
    (folder / "manifest.jsonl").write_bytes(b"".join(lines))
    with SampleStore.open(folder) as store:
        assert {s.session for s in store.samples("cup")} == {"burst-1"}


def test_files_that_were_being_written_are_gone(folder):
    (folder / "incoming" / "20990101-000000-000.jpg").write_bytes(b"half")
    with SampleStore.open(folder) as store:
        assert store.notices == ()
        assert list((folder / "incoming").iterdir()) == []


def test_pictures_put_into_the_folders_by_hand_become_samples(folder):
    (folder / "pictures" / "새 컵").mkdir()
    (folder / "pictures" / "새 컵" / "IMG 1.JPG").write_bytes(jpeg(50))
    (folder / "pictures" / "cup" / "mine.jpg").write_bytes(jpeg(51))
    (folder / "pictures" / "cup" / "Thumbs.db").write_bytes(b"of Windows")
    with SampleStore.open(folder) as store:
        assert counts(store) == {"cup": 4, "pen": 1, "새 컵": 1}
        assert store.notices == ("2 pictures that no line of the manifest named were taken in",)
        (new,) = store.samples("새 컵")
        assert store.facts(new.id).original == "IMG 1.JPG"
        assert store.samples("cup")[-1].session != "burst-1"
    with SampleStore.open(folder) as store:
        assert store.notices == ()


def test_files_that_are_no_pictures_are_set_aside_not_lost(folder):
    for name, data in (("notes.txt", b"remember"), ("broken.jpg", b"\xff\xd8\xff no picture")):
        (folder / "pictures" / "cup" / name).write_bytes(data)
    with SampleStore.open(folder) as store:
        assert store.notices == ("2 files that were no readable picture moved to aside/",)
        assert counts(store) == {"cup": 3, "pen": 1}
    assert (folder / "aside" / "notes.txt").read_bytes() == b"remember"
    assert (folder / "aside" / "broken.jpg").exists()


def test_a_file_that_was_taken_away_is_said_and_found_again_when_it_is_back(folder, tmp_path):
    with SampleStore.open(folder) as store:
        path = store.samples("pen")[0].path
    path.rename(tmp_path / "away.jpg")
    with SampleStore.open(folder) as store:
        assert "1 file of samples was not found" in store.notices[0]
        assert counts(store) == {"cup": 3, "pen": 0}
        assert [s.path for s in store.missing()] == [path]
    path.parent.mkdir(exist_ok=True)
    (tmp_path / "away.jpg").rename(path)
    with SampleStore.open(folder) as store:
        assert store.notices == ()
        assert counts(store) == {"cup": 3, "pen": 1}


def test_a_file_moved_to_the_folder_of_another_class_is_brought_back(folder):
    with SampleStore.open(folder) as store:
        path = store.samples("pen")[0].path
    path.rename(folder / "pictures" / "cup" / path.name)
    with SampleStore.open(folder, writable=False) as reader:
        assert reader.samples("pen")[0].path.parent.name == "cup"  # found where it is
    with SampleStore.open(folder) as store:
        assert store.samples("pen")[0].path == path
        assert path.is_file()


@pytest.mark.parametrize("edit", ["rename", "merge", "delete-class"])
def test_an_edit_cut_off_between_the_manifest_and_the_files_is_finished(folder, edit, tmp_path):
    """The manifest is written first; a crash right after it leaves the files where they were."""
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    with SampleStore.open(copy) as store:
        if edit == "rename":
            store.rename("cup", "mug")
        elif edit == "merge":
            store.merge("cup", "pen")
        else:
            store.delete_class("cup")
        after = store.classes, [s.label for s in store.samples()]
    shutil.copy(copy / "manifest.jsonl", folder / "manifest.jsonl")
    with SampleStore.open(folder, writable=False) as reader:
        assert (reader.classes, [s.label for s in reader.samples()]) == after
        assert all(s.path.is_file() for s in reader.samples())
    with SampleStore.open(folder) as store:
        assert (store.classes, [s.label for s in store.samples()]) == after
        assert sorted(p.relative_to(folder) for p in folder.rglob("*.jpg")) == sorted(
            p.relative_to(copy) for p in copy.rglob("*.jpg")
        )


def test_lines_that_make_no_sense_are_passed_over_and_nothing_is_lost(folder):
    lines = (folder / "manifest.jsonl").read_bytes().splitlines(keepends=True)
    lines[2:2] = [b"not json\n", b'{"op": "fly"}\n', b'["list"]\n', b'{"op": "undo", "n": 7}\n']
    (folder / "manifest.jsonl").write_bytes(b"".join(lines))
    with SampleStore.open(folder) as store:
        assert counts(store) == {"cup": 3, "pen": 1}
        assert store.notices == ("4 lines of the manifest make no sense and were passed over",)


@pytest.mark.parametrize("field", ["id", "file", "folder"])
@pytest.mark.parametrize("value", ["../../outside", "/etc/passwd", "..", "a\\b", "C:x", "\u0000"], ids=ascii)
def test_a_strangers_manifest_leads_nowhere(folder, tmp_path, field, value):
    outside = tmp_path / "outside.jpg"
    outside.write_bytes(jpeg(1))
    lines = [json.loads(x) for x in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    for line in lines:
        if field in line:
            line[field] = value
    (folder / "manifest.jsonl").write_text("".join(json.dumps(x) + "\n" for x in lines))
    with SampleStore.open(folder) as store:
        for sample in [*store.samples(), *store.missing()]:
            assert folder.resolve() in sample.path.resolve().parents
    assert outside.is_file()


# -- disks that do not do what they are told --------------------------------------------------------------


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
@pytest.mark.parametrize("step", ["write", "sync", "rename", "manifest"])
def test_when_the_disk_is_full_nothing_counted_is_lost_and_nothing_half_is_left(
    folder, monkeypatch, step, number
):
    def full(*_, **__):
        raise OSError(number, os.strerror(number))

    with SampleStore.open(folder) as store:
        files = sorted(folder.rglob("*.jpg"))
        manifest = (folder / "manifest.jsonl").read_bytes()
        with monkeypatch.context() as patch:
            if step == "write":
                patch.setattr(os, "write", full)
            elif step == "sync":
                patch.setattr(os, "fsync", full)
            elif step == "rename":
                patch.setattr(Path, "rename", full)
            else:
                patch.setattr("vision_app.samples.manifest.sync_file", full)
            with pytest.raises(SampleError, match="disk is full; make room") as caught:
                store.add_many([new_sample("cup", 70), new_sample("cup", 71)])
        assert "\n" not in str(caught.value)
        assert sorted(folder.rglob("*.jpg")) == files
        assert (folder / "manifest.jsonl").read_bytes() == manifest
        assert counts(store) == {"cup": 3, "pen": 1}
        store.add(new_sample("cup", 72))  # once there is room again
    with SampleStore.open(folder) as store:
        assert counts(store) == {"cup": 4, "pen": 1}
        assert store.notices == ()


def test_an_edit_that_cannot_be_written_did_not_happen(folder, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with SampleStore.open(folder) as store:
        with monkeypatch.context() as patch:
            patch.setattr("vision_app.samples.manifest.sync_file", full)
            with pytest.raises(SampleError, match="disk is full"):
                store.rename("cup", "mug")
        assert counts(store) == {"cup": 3, "pen": 1}
        assert all(s.path.is_file() for s in store.samples())
        store.rename("cup", "mug")
        assert counts(store) == {"mug": 3, "pen": 1}


def test_a_file_that_is_in_use_is_moved_by_the_next_opening(folder, monkeypatch):
    def in_use(*_):
        raise PermissionError(errno.EACCES, "in use")

    with SampleStore.open(folder) as store:
        with monkeypatch.context() as patch:
            patch.setattr(Path, "rename", in_use)
            store.merge("cup", "pen")
        assert counts(store) == {"pen": 4}
        assert all(s.path.is_file() for s in store.samples())
    with SampleStore.open(folder) as store:
        assert {s.path.parent.name for s in store.samples()} == {"pen"}


def test_files_are_synced_before_they_are_named_and_named_before_they_are_counted(folder, monkeypatch):
    done = []
    real_sync, real_rename = disk.sync_file, Path.rename
    monkeypatch.setattr(disk, "sync_file", lambda d: (done.append("sync"), real_sync(d)))
    monkeypatch.setattr(disk, "sync_folder", lambda f: done.append(f"folder {f.name}"))
    monkeypatch.setattr(Path, "rename", lambda s, t: (done.append("rename"), real_rename(s, t))[1])
    monkeypatch.setattr(
        "vision_app.samples.manifest.sync_file", lambda d: (done.append("manifest"), real_sync(d))
    )
    with SampleStore.open(folder) as store:
        done.clear()
        store.add_many([new_sample("cup", 80), new_sample("cup", 81)])
    assert done == ["sync", "sync", "rename", "rename", "folder cup", "manifest"]


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_one_line(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(SampleError, match="cannot be written: Permission denied"):
        SampleStore.open(tmp_path / "s")
    tmp_path.chmod(0o700)
