"""Annotated pictures: same folders, same formats, and no input is ever written over."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from vision_app.errors import SinkError
from vision_app.results.values import Frame, ImageU8, Packet, Timings
from vision_app.sinks.images import ImagesSink
from vision_app.sources.base import SourceInfo

ANNOTATED = np.random.default_rng(0).integers(0, 255, (20, 30, 3), np.uint8)


def info(source_id: Path | str) -> SourceInfo:
    return SourceInfo(str(source_id), "images", (30, 20), None, False, None)


def packet(file: Path | None, index: int = 0, image: ImageU8 = ANNOTATED) -> Packet:
    frame = Frame(np.zeros_like(image), index, 0.0, file=None if file is None else str(file))
    return Packet(frame, (), Timings(), image)


def picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.full((20, 30, 3), 7, np.uint8))
    return path


def names(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_folders_and_formats_are_kept(tmp_path: Path) -> None:
    inputs = ["a.jpg", "one/a.jpg", "two/a.jpg", "two/deep/b.PNG", "c.bmp", "d.webp", "e.tif"]
    sink = ImagesSink(tmp_path / "out")
    source = tmp_path / "in"
    source.mkdir()
    sink.open(info(source))
    for i, name in enumerate(inputs):
        sink.write(packet(source / name, i))
    assert sink.close() == (tmp_path / "out",)
    assert names(tmp_path / "out") == sorted(inputs)
    assert cv2.imread(str(tmp_path / "out/two/deep/b.PNG")).tolist() == ANNOTATED.tolist()
    assert (tmp_path / "out/a.jpg").read_bytes()[:3] == b"\xff\xd8\xff"


def test_a_format_that_is_not_written_becomes_png_without_a_collision(tmp_path: Path) -> None:
    sink = ImagesSink(tmp_path / "out")
    sink.open(info(tmp_path))
    for i, name in enumerate(("a.gif", "a.png", "A.PNG", "a.jp2")):
        sink.write(packet(tmp_path / name, i))
    sink.close()
    # Names differ in more than case: some file systems take A.PNG and a.png for one.
    assert names(tmp_path / "out") == ["A-3.PNG", "a-2.png", "a-4.png", "a.png"]


def test_a_glob_keeps_the_folders_below_its_fixed_part(tmp_path: Path) -> None:
    sink = ImagesSink(tmp_path / "out")
    sink.open(info(tmp_path / "in" / "*" / "a*.png"))
    for i, name in enumerate(("x/a.png", "y/a.png")):
        sink.write(packet(tmp_path / "in" / name, i))
    sink.close()
    assert names(tmp_path / "out") == ["x/a.png", "y/a.png"]


def test_pictures_from_elsewhere_do_not_collide(tmp_path: Path) -> None:
    sink = ImagesSink(tmp_path / "out")
    sink.open(info("a list of files"))
    for i in range(3):
        sink.write(packet(tmp_path / str(i) / "a.png", i))
    sink.close()
    assert names(tmp_path / "out") == ["a-2.png", "a-3.png", "a.png"]


def test_frames_that_are_no_files_are_named_by_their_index(tmp_path: Path) -> None:
    sink = ImagesSink(tmp_path / "out")
    sink.open(info("clip.mp4"))
    sink.write(packet(None, 12))
    sink.close()
    assert names(tmp_path / "out") == ["000012.png"]


def test_one_picture_goes_to_one_file_and_a_second_is_an_error(tmp_path: Path) -> None:
    source = picture(tmp_path / "in.png")
    sink = ImagesSink(tmp_path / "seen.png")
    sink.open(info(source))
    sink.write(packet(source))
    with pytest.raises(SinkError, match="holds one picture"):
        sink.write(packet(source, 1))
    assert sink.close() == (tmp_path / "seen.png",)
    assert cv2.imread(str(tmp_path / "seen.png")).tolist() == ANNOTATED.tolist()
    assert names(tmp_path) == ["in.png", "seen.png"]


def test_an_earlier_output_beside_the_input_may_be_replaced(tmp_path: Path) -> None:
    source, target = picture(tmp_path / "in.png"), picture(tmp_path / "seen.png")
    sink = ImagesSink(target, overwrite=True)
    sink.open(info(source))
    sink.write(packet(source))
    sink.close()
    assert cv2.imread(str(target)).tolist() == ANNOTATED.tolist()


def test_the_input_file_is_never_written_over(tmp_path: Path) -> None:
    source = picture(tmp_path / "in.png")
    (tmp_path / "link.png").symlink_to(source)
    before = source.read_bytes()
    for target in (source, tmp_path / "link.png"):
        with pytest.raises(SinkError, match="the input itself"):
            ImagesSink(target, overwrite=True).open(info(source))
    assert source.read_bytes() == before


@pytest.mark.parametrize("target", [".", "in", "link"])
def test_no_picture_of_the_input_folder_is_written_over(target: str, tmp_path: Path) -> None:
    first, nested = picture(tmp_path / "in/in/a.png"), picture(tmp_path / "in/a.png")
    (tmp_path / "link").symlink_to(tmp_path / "in")
    before = [p.read_bytes() for p in (first, nested)]
    sink = ImagesSink(tmp_path / target, overwrite=True)
    sink.open(info(tmp_path / "in"))
    with pytest.raises(SinkError, match="is an input"):
        # Into "." the nested picture would land on the other one before that was read.
        sink.write(packet(first))
        sink.write(packet(nested, 1))
    sink.close()
    assert [p.read_bytes() for p in (first, nested)] == before


@pytest.mark.parametrize("name", ["a.jpg", "a.webp"])
def test_a_picture_too_large_for_its_format_is_one_clear_line(name: str, tmp_path: Path) -> None:
    sink = ImagesSink(tmp_path / "out")
    sink.open(info(tmp_path))
    with pytest.raises(SinkError, match=r"70000 x 1 picture cannot be stored in this format; try \.png"):
        sink.write(packet(tmp_path / name, image=np.zeros((1, 70_000, 3), np.uint8)))
    assert sink.close() == ()
    assert names(tmp_path) == []
