"""Images, folders and patterns: order, kinds of picture, damage."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from vision_app.errors import SourceError
from vision_app.results.values import Frame
from vision_app.sources import SourceOptions, open_source
from vision_app.sources.images import in_natural_order, read_image


def write(path: Path, level: int = 100) -> Path:
    image = np.full((24, 32, 3), level, np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(path.suffix, image)[1].tobytes())
    return path


def read_all(spec: str | Path, reports: list[str] | None = None, **options: int) -> list[Frame]:
    told = [] if reports is None else reports
    with open_source(str(spec), SourceOptions(**options), told.append) as source:  # type: ignore[arg-type]
        frames = []
        while (frame := source.read()) is not None:
            frames.append(frame)
    return frames


def names(frames: list[Frame]) -> list[str]:
    return [Path(f.file or "").name for f in frames]


def test_a_folder_comes_in_natural_order_without_hidden_and_other_files(tmp_path: Path) -> None:
    for name in ("frame10.png", "frame2.png", "Frame1.PNG", ".hidden.png", "a.jpeg"):
        write(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / "folder.png").mkdir()
    frames = read_all(tmp_path)
    assert names(frames) == ["a.jpeg", "Frame1.PNG", "frame2.png", "frame10.png"]
    assert [f.index for f in frames] == [0, 1, 2, 3]
    assert frames[0].file == str(tmp_path / "a.jpeg")


def test_paths_are_as_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "photos" / "1.png")
    monkeypatch.chdir(tmp_path)
    assert read_all("photos")[0].file == str(Path("photos/1.png"))
    assert read_all("photos/*.png")[0].file == str(Path("photos/1.png"))
    assert read_all("photos/1.png")[0].file == str(Path("photos/1.png"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert read_all("~/photos")[0].file == str(tmp_path / "photos" / "1.png")


def test_a_pattern_goes_through_folders_one_after_the_other(tmp_path: Path) -> None:
    for name in ("b/2.png", "b/10.png", "a/3.png", "1.png"):
        write(tmp_path / name)
    (tmp_path / "a" / "note.txt").write_text("")
    found = [Path(f.file or "").relative_to(tmp_path).as_posix() for f in read_all(f"{tmp_path}/**/*")]
    assert found == ["1.png", "a/3.png", "b/2.png", "b/10.png"]


@given(st.lists(st.integers(0, 10**6), unique=True))
def test_numbers_in_names_count_as_numbers(numbers: list[int]) -> None:
    ordered = in_natural_order(f"img_{n}.png" for n in numbers)
    assert ordered == [f"img_{n}.png" for n in sorted(numbers)]


def test_a_name_with_magic_characters_is_found_before_it_is_a_pattern(tmp_path: Path) -> None:
    write(tmp_path / "a[1].png")
    assert names(read_all(tmp_path / "a[1].png")) == ["a[1].png"]


def test_unicode_names(tmp_path: Path) -> None:
    write(tmp_path / "사람 é 犬.jpg")
    assert names(read_all(tmp_path)) == ["사람 é 犬.jpg"]


def test_every_counts_files(tmp_path: Path) -> None:
    for i in range(7):
        write(tmp_path / f"{i}.png")
    with open_source(str(tmp_path), SourceOptions(every=3)) as source:
        assert source.info.frame_count == 3
    assert [f.index for f in read_all(tmp_path, every=3)] == [0, 3, 6]


def test_a_bad_image_is_skipped_and_reported_and_leaves_a_gap(tmp_path: Path, shared_data: Path) -> None:
    jpeg = (shared_data / "photos" / "darknet_dog.jpg").read_bytes()
    png = cv2.imencode(".png", np.random.default_rng(0).integers(0, 255, (50, 50, 3), np.uint8))[1].tobytes()
    (tmp_path / "0.jpg").write_bytes(b"")
    (tmp_path / "1.jpg").write_bytes(jpeg)
    (tmp_path / "2.jpg").write_bytes(jpeg[: len(jpeg) // 2])
    (tmp_path / "3.png").write_bytes(png[: len(png) // 2])
    (tmp_path / "4.png").write_bytes(png[:2000] + b"\0\0\0\0" + png[2004:])
    (tmp_path / "5.bmp").write_text("no image")
    (tmp_path / "6.png").write_bytes(png)
    reports: list[str] = []
    frames = read_all(tmp_path, reports)
    assert [f.index for f in frames] == [1, 6]
    assert frames[0].size_wh == (768, 576)
    assert len(reports) == 5
    assert [str(tmp_path / n) in r for n, r in zip(("0.jpg", "2.jpg", "3.png"), reports, strict=False)] == [
        True
    ] * 3
    assert not any("\n" in r for r in reports)


def test_only_bad_images_are_an_error(tmp_path: Path) -> None:
    for i in range(3):
        (tmp_path / f"{i}.jpg").write_text("no image")
    reports: list[str] = []
    with pytest.raises(SourceError, match="none of the 3 images can be read"):
        read_all(tmp_path, reports)
    assert len(reports) == 3


@pytest.mark.parametrize(("content", "reason"), [(b"", "empty"), (b"no image", "no image of a known kind")])
def test_a_single_bad_image_is_an_error(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "x.jpg").write_bytes(content)
    with pytest.raises(SourceError, match=f"x.jpg cannot be read: .*{reason}"):
        open_source(str(tmp_path / "x.jpg"))


def big_png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(1)
    rows = b"".join(packer.compress(bytes(width + 1)) for _ in range(3)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_decompression_bomb_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bomb.png").write_bytes(big_png(40_000, 40_000))
    with pytest.raises(SourceError, match="40000 x 40000 pixels; at most 100 million"):
        open_source(str(tmp_path / "bomb.png"))


RGB = Image.new("RGB", (40, 20), (200, 100, 50))
KINDS = {
    "grey.jpg": RGB.convert("L"),
    "cmyk.jpg": RGB.convert("CMYK"),
    "alpha.png": RGB.convert("RGBA"),
    "palette.png": RGB.convert("P"),
    "bit.png": Image.new("1", (40, 20), 1),
    "deep.png": Image.fromarray(np.full((20, 40), 30_000, np.uint16)),
    "lossless.webp": RGB,
    "scan.tiff": RGB,
    "old.bmp": RGB,
    "moving.gif": RGB,
    "film.jp2": Image.new("RGB", (40, 20), (200, 100, 50)),
    "plain.ppm": RGB,
    "plain.pgm": RGB.convert("L"),
}


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_picture_becomes_8_bit_bgr(tmp_path: Path, name: str) -> None:
    KINDS[name].save(tmp_path / name, **({"lossless": True} if name.endswith("webp") else {}))
    (frame,) = read_all(tmp_path / name)
    assert (frame.image.shape, frame.image.dtype) == ((20, 40, 3), np.uint8)
    if name.startswith("deep"):
        expected = (117, 117, 117)
    elif name.startswith("bit"):
        expected = (255, 255, 255)
    elif KINDS[name].mode == "L":
        expected = (124, 124, 124)
    else:
        expected = (50, 100, 200)
    assert np.abs(frame.image[10, 20].astype(int) - expected).max() <= 4


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_honoured(tmp_path: Path, orientation: int) -> None:
    picture = Image.new("RGB", (40, 20))
    picture.paste((255, 0, 0), (0, 0, 20, 10))
    exif = Image.Exif()
    exif[0x112] = orientation
    data = io.BytesIO()
    picture.save(data, "PNG", exif=exif)
    (tmp_path / "x.png").write_bytes(data.getvalue())
    from PIL import ImageOps

    with Image.open(tmp_path / "x.png") as stored:
        expected = np.asarray(ImageOps.exif_transpose(stored).convert("RGB"))[..., ::-1]
    assert np.array_equal(read_image(tmp_path / "x.png"), expected)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not bind this user")
def test_a_file_without_permission_says_so(tmp_path: Path) -> None:
    write(tmp_path / "x.png").chmod(0)
    with pytest.raises(SourceError, match="Permission denied"):
        open_source(str(tmp_path / "x.png"))
