"""What a folder holds and is not read is counted and named, in the run, the import and the training alike."""

from pathlib import Path

import pytest

from tests.sample_pictures import jpeg
from vision_app.errors import SourceError
from vision_app.samples.dataset import open_samples
from vision_app.samples.importing import ImportRequest, import_samples
from vision_app.samples.store import SampleStore
from vision_app.sources import open_source
from vision_app.sources.images import passed_over
from vision_app.sources.playback import open_playback

SAID = "not read: 4 files that are no pictures (2 .cr2, 1 .svg, 1 without a suffix)"


def mixed(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name in ("a.CR2", "b.cr2", "c.svg", "README", ".hidden"):
        (folder / name).write_bytes(b"x")
    (folder / "1.jpg").write_bytes(jpeg(1))
    return folder


@pytest.mark.parametrize("opener", [open_source, open_playback])
def test_in_a_folder(opener, tmp_path):
    mixed(tmp_path / "photos")
    (tmp_path / "photos" / "more").mkdir()
    told: list[str] = []
    with opener(str(tmp_path / "photos"), None, told.append):
        pass
    assert told == [f"folder {tmp_path / 'photos'}: {SAID}, 1 folder"]


def test_of_a_pattern(tmp_path):
    mixed(tmp_path / "photos")
    told: list[str] = []
    with open_source(str(tmp_path / "photos" / "*"), None, told.append):
        pass
    assert told == [f"pattern {tmp_path / 'photos' / '*'}: {SAID}"]


def test_where_there_is_no_picture_at_all(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"")
    with pytest.raises(
        SourceError, match=r"holds no images; not read: 1 file that is no picture \(1 \.mp4\)"
    ):
        open_source(str(tmp_path))


def test_in_an_import_and_in_a_folder_of_classes(tmp_path):
    mixed(tmp_path / "data" / "cat")
    with SampleStore.open(tmp_path / "store") as store:
        done = import_samples(store, ImportRequest(tmp_path / "data"))
    assert (done.added, done.messages) == (1, [f"folder {tmp_path / 'data'}: {SAID}"])
    assert open_samples(tmp_path / "data").notices == (f"samples {tmp_path / 'data'}: {SAID}",)


def test_an_ordinary_folder_says_nothing(tmp_path):
    (tmp_path / "1.jpg").write_bytes(jpeg(1))
    (tmp_path / ".DS_Store").write_bytes(b"")
    told: list[str] = []
    with open_source(str(tmp_path), None, told.append):
        pass
    assert told == []


def test_many_kinds_are_cut_short():
    said = passed_over([Path(f"a.{chr(97 + i)}") for i in range(12)])
    assert said.startswith("not read: 12 files that are no pictures (1 .a, ")
    assert said.endswith("1 .f, 6 more)")
