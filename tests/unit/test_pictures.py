"""One reader of pictures: the same pixels for the run and the samples, whatever the format."""

from __future__ import annotations

import contextlib
import io
import struct
import sys
import time
import zlib
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from vision_app import limits
from vision_app.errors import SourceError
from vision_app.pictures.animation import Animation, is_animated
from vision_app.pictures.headers import read_header
from vision_app.pictures.reading import UnreadableError, decode
from vision_app.samples.pictures import read_picture
from vision_app.sources.images import read_image

RED, GREEN, BLUE, GREY = (220, 20, 20), (20, 200, 20), (20, 20, 220), (120, 120, 120)


def quarters(size_wh: tuple[int, int] = (60, 40)) -> Image.Image:
    """Top left red, top right green, bottom left blue, bottom right grey."""
    w, h = size_wh
    pixels = np.zeros((h, w, 3), np.uint8)
    pixels[: h // 2, : w // 2], pixels[: h // 2, w // 2 :] = RED, GREEN
    pixels[h // 2 :, : w // 2], pixels[h // 2 :, w // 2 :] = BLUE, GREY
    return Image.fromarray(pixels)


def see_through() -> Image.Image:
    """The same; the first quarter fully transparent, the second half."""
    alpha = np.full((40, 60), 255, np.uint8)
    alpha[:20, :30], alpha[:20, 30:] = 0, 128
    image = quarters().convert("RGBA")
    image.putalpha(Image.fromarray(alpha))
    return image


def saved(image: Image.Image, kind: str, **more) -> bytes:
    if kind == "HEIF":
        pillow_heif = pytest.importorskip("pillow_heif")
        pillow_heif.register_heif_opener()
    file = io.BytesIO()
    image.save(file, kind, **more)
    return file.getvalue()


def colours(image: np.ndarray) -> np.ndarray:
    """RGB in the middle of each quarter, (4, 3)."""
    h, w = image.shape[:2]
    return np.array([image[y, x, ::-1] for y in (h // 4, 3 * h // 4) for x in (w // 4, 3 * w // 4)], int)


def deep(image: Image.Image, suffix: str) -> bytes:
    """With 16 bits a channel."""
    bgr = np.asarray(image)[..., [2, 1, 0, 3][: len(image.getbands())]]
    return cv2.imencode(suffix, np.ascontiguousarray(bgr).astype(np.uint16) * 257)[1].tobytes()


BEST = {"JPEG": {"quality": 95}, "WEBP": {"lossless": True}, "AVIF": {"quality": 95}, "HEIF": {"quality": 95}}
OPAQUE = [
    *("JPEG RGB", "JPEG CMYK", "PNG RGB", "PNG P", "WEBP RGB", "GIF P", "BMP RGB", "BMP P", "PPM RGB"),
    *("TIFF RGB", "TIFF P", "TIFF CMYK", "TIFF LAB", "TIFF YCbCr", "JPEG2000 RGB", "AVIF RGB", "HEIF RGB"),
]
CLEAR = ["PNG RGBA", "WEBP RGBA", "TIFF RGBA", "AVIF RGBA", "JPEG2000 RGBA", "HEIF RGBA"]


@pytest.mark.parametrize("what", OPAQUE)
def test_opaque_colours(what):
    kind, mode = what.split()
    image = quarters().quantize(8) if mode == "P" else quarters().convert(mode)
    found = decode(saved(image, kind, **BEST.get(kind, {}))).image
    assert (found.shape, found.dtype, found.flags.writeable) == ((40, 60, 3), np.uint8, False)
    assert np.abs(colours(found) - [RED, GREEN, BLUE, GREY]).max() <= 8


def clear_files() -> dict[str, bytes]:
    image, grey = see_through(), see_through().convert("LA")
    grey_value = int(np.asarray(grey)[5, 5, 0])
    return {
        "LA.png": saved(grey, "PNG"),
        "LA.tif": saved(grey, "TIFF"),
        "LA.jp2": saved(grey, "JPEG2000"),
        "L-tRNS.png": saved(grey.convert("L"), "PNG", transparency=grey_value),
        "P-tRNS.png": saved(image.quantize(8), "PNG"),
        "RGB-tRNS.png": saved(quarters(), "PNG", transparency=RED),
        "transparent.gif": saved(image, "GIF"),
        "alpha.bmp": cv2.imencode(".bmp", np.asarray(image)[..., [2, 1, 0, 3]])[1].tobytes(),
        "deep.png": deep(image, ".png"),
        "deep.tif": deep(image, ".tif"),
    }


@pytest.mark.parametrize("what", [*CLEAR, *clear_files()])
def test_transparency_lies_over_white(what):
    data = (
        saved(see_through(), what.split()[0], **BEST.get(what.split()[0], {}))
        if " " in what
        else clear_files()[what]
    )
    found = colours(decode(data).image)
    assert found[0].tolist() == [255, 255, 255]
    rest = np.array([GREEN, BLUE, GREY])
    half = np.array([137, 227, 137])
    if what[:2] in ("LA", "L-"):
        rest = np.repeat(np.array([[126], [43], [120]]), 3, 1)
        half = np.array([190] * 3)
    assert np.abs(found[2:] - rest[1:]).max() <= 8
    no_half = what in ("L-tRNS.png", "RGB-tRNS.png", "transparent.gif")  # a pixel is there or not
    assert np.abs(found[1] - (rest[0] if no_half else half)).max() <= 8


@pytest.mark.parametrize("suffix", [".png", ".tif", ".jp2"])
def test_sixteen_bits_become_eight(suffix):
    assert np.abs(colours(decode(deep(quarters(), suffix)).image) - [RED, GREEN, BLUE, GREY]).max() <= 1
    ramp = np.linspace(0, 65535, 2400).astype(np.uint16).reshape(40, 60)
    found = decode(cv2.imencode(suffix, ramp)[1].tobytes()).image
    assert np.abs(found[..., 1].astype(int) - ramp / 257).max() <= 1


@pytest.mark.parametrize("mode", ["I", "F"])
def test_numbers_that_are_no_photo_are_refused(mode):
    with pytest.raises(UnreadableError, match="32-bit numbers"):
        decode(saved(quarters().convert("L").convert(mode), "TIFF"))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "PNG clear", "WEBP", "WEBP clear", "TIFF", "AVIF", "HEIF"])
def test_pictures_come_upright(kind, orientation):
    kind, _, clear = kind.partition(" ")
    image = see_through() if clear else quarters()
    exif = Image.Exif()
    exif[0x112] = orientation
    data = saved(image, kind, exif=exif.tobytes() if kind == "HEIF" else exif, **BEST.get(kind, {}))
    turned = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
    stored = quarters() if orientation == 1 else quarters().transpose(Image.Transpose(turned[orientation]))
    wanted = colours(np.asarray(stored)[..., ::-1])
    found = decode(data).image
    assert found.shape[:2] == (stored.height, stored.width)
    seen = np.ones(4, bool) if not clear else (wanted == BLUE).all(1) | (wanted == GREY).all(1)
    assert np.abs(colours(found) - wanted)[seen].max() <= 8
    if clear:
        assert (colours(found)[(wanted == RED).all(1)] == 255).all()


def test_the_run_and_the_samples_read_the_same(tmp_path, shared_data):
    """Also for the shared circle on a transparent ground, which `run` took for one on black."""
    files = clear_files()
    for name in ("alpha_black_circle_on_transparent.png",):
        files[name] = (shared_data / "cases" / name).read_bytes()
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        assert np.array_equal(read_image(tmp_path / name), read_picture(tmp_path / name)), name
    circle = read_image(tmp_path / "alpha_black_circle_on_transparent.png")
    alpha = cv2.imread(str(tmp_path / "alpha_black_circle_on_transparent.png"), cv2.IMREAD_UNCHANGED)[..., 3]
    assert (circle[alpha == 0] == 255).all()
    assert (circle[alpha == 255] == 0).all()


def test_a_tiled_heic_is_read_whole(shared_data):
    pytest.importorskip("pillow_heif")
    path = shared_data / "cases" / "iphone_like_grid_768x512.heic"
    found = read_image(path)
    assert found.shape == (512, 768, 3)
    dog = cv2.resize(
        cv2.imread(str(shared_data / "photos" / "darknet_dog.jpg")), (768, 512), interpolation=cv2.INTER_AREA
    )
    assert np.abs(found.astype(int) - dog).mean() < 6


@pytest.mark.parametrize("grid", [(255, 255, 768, 512), (1, 2, 65_535, 65_535), (1, 2, 30_000, 30_000)])
def test_a_heic_whose_grid_claims_more_than_its_head_is_refused(shared_data, grid):
    pytest.importorskip("pillow_heif")
    data = (shared_data / "cases" / "iphone_like_grid_768x512.heic").read_bytes()
    rows, columns, width, height = grid
    told = struct.pack(">BBHH", 1, 2, 768, 512)
    assert data.count(told) == 1
    with pytest.raises(UnreadableError, match="truncated or damaged"):
        decode(data.replace(told, struct.pack(">BBHH", rows, columns, width, height)))


def test_heic_without_its_package_is_refused_with_the_way_to_it(shared_data, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(SourceError, match=r"pip install 'vision-app\[heif\]'"):
        read_image(shared_data / "cases" / "iphone_like_grid_768x512.heic")


@pytest.mark.parametrize("name", ["photo.jfif", "photo.jpe", "photo.JPG", "photo.heic"])
def test_the_content_decides_not_the_name(name, tmp_path):
    (tmp_path / name).write_bytes(saved(quarters(), "JPEG"))
    assert read_image(tmp_path / name).shape == (40, 60, 3)


def claims(kind: str, side: int) -> bytes:
    """A small file of a kind that says that it is a square of so many pixels."""
    data = saved(quarters((128, 96)) if kind == "HEIF" else quarters(), kind)
    old, be, le = (60, 40), struct.Struct(">II"), struct.Struct("<II")
    new = (side, side)
    swaps = {
        "PNG": [(be.pack(*old), be.pack(*new))],
        "JPEG": [(struct.pack(">HH", 40, 60), struct.pack(">HH", side % 65536, side % 65536))],
        "GIF": [(struct.pack("<HH", *old), struct.pack("<HH", side % 65536, side % 65536))],
        "BMP": [(le.pack(*old), le.pack(*new))],
        "PPM": [(b"60 40", b"%d %d" % new)],
        "JPEG2000": [(be.pack(40, 60), be.pack(*new)), (be.pack(60, 40), be.pack(*new))],
        "AVIF": [(b"ispe\0\0\0\0" + be.pack(*old), b"ispe\0\0\0\0" + be.pack(*new))],
        "HEIF": [(b"ispe\0\0\0\0" + be.pack(128, 96), b"ispe\0\0\0\0" + be.pack(*new))],
        "TIFF": [
            (struct.pack("<HHI", 256, 4, 1) + struct.pack("<I", 60), struct.pack("<HHII", 256, 4, 1, side)),
            (struct.pack("<HHI", 257, 4, 1) + struct.pack("<I", 40), struct.pack("<HHII", 257, 4, 1, side)),
        ],
    }
    if kind == "WEBP":
        clear = bytearray(saved(see_through(), "WEBP", lossless=False))
        assert clear[12:16] == b"VP8X"
        clear[24:27] = clear[27:30] = (16_383).to_bytes(3, "little")
        return bytes(clear)
    for before, after in swaps[kind]:
        data = data.replace(before, after)
    if kind == "PNG":
        data = data[:29] + struct.pack(">I", zlib.crc32(data[12:29])) + data[33:]
    return data


@pytest.mark.parametrize(
    "kind", ["PNG", "JPEG", "GIF", "BMP", "PPM", "JPEG2000", "AVIF", "HEIF", "TIFF", "WEBP"]
)
def test_a_claim_of_too_many_pixels_is_refused_by_the_head(kind):
    data = claims(kind, 50_000)
    header = read_header(data)
    assert header is not None
    assert header.size_wh[0] * header.size_wh[1] > 200_000_000
    with pytest.raises(UnreadableError, match="pixels; at most 100 million are allowed"):
        decode(data)


@pytest.mark.parametrize(
    "kind", ["PNG", "JPEG", "GIF", "BMP", "PPM", "JPEG2000", "AVIF", "HEIF", "TIFF", "WEBP"]
)
def test_the_limit_is_moved_by_the_flag_for_every_kind(kind, monkeypatch):
    data = saved(quarters((200, 100)), kind)
    monkeypatch.setenv(limits.VARIABLE, "picture-pixels=19K")
    with pytest.raises(UnreadableError, match="200 x 100 pixels; at most 19000"):
        decode(data)
    monkeypatch.setenv(limits.VARIABLE, "picture-pixels=20K")
    assert decode(data).image.shape == (100, 200, 3)


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "jpeg", "packbits"])
def test_a_damaged_tiff_is_one_line_and_nothing_on_stderr(compression, capfd):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 120, 3), np.uint8))
    whole = saved(noise, "TIFF", compression=compression)
    assert np.abs(decode(whole).image[..., ::-1].astype(int) - np.asarray(noise)).mean() < 40
    for share in (0.3, 0.6, 0.9):
        with contextlib.suppress(UnreadableError):
            decode(whole[: int(len(whole) * share)])
    damaged = bytearray(whole)
    damaged[20:400:7] = bytes(len(damaged[20:400:7]))
    with contextlib.suppress(UnreadableError):
        decode(bytes(damaged))
    assert capfd.readouterr().err == ""


@lru_cache(maxsize=1)
def many_parts() -> dict[str, bytes]:
    """Files of 16 MB that are nothing but parts of the smallest size."""
    count = 8_000_000
    png = saved(quarters(), "PNG")
    gif = saved(quarters(), "GIF")
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return {
        "gif blocks": gif[: gif.index(b"\x2c") + 11] + b"\x01\x00"[:1] * count * 2,
        "gif frames": gif[:13] + gif[13 : 13 + (3 << (gif[10] & 7) + 1)] + frame * (count // 8) + b"\x3b",
        "jpeg zeros": b"\xff\xd8\xff" + bytes(2 * count),
        "jpeg markers": b"\xff\xd8" + b"\xff\x01" * count,
        "png chunks": png[:33]
        + (struct.pack(">I", 0) + b"teSt" + struct.pack(">I", zlib.crc32(b"teSt"))) * 1_300_000,
        "tiff": b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 2**40) + bytes(2 * count),
        "boxes": b"\0\0\0\x18ftypavif" + bytes(12) + b"\0\0\0\x08free" * (count // 4),
    }


@pytest.mark.parametrize(
    "what", ["gif blocks", "gif frames", "jpeg zeros", "jpeg markers", "png chunks", "tiff", "boxes"]
)
def test_a_file_of_many_parts_is_answered_soon(what):
    data = many_parts()[what]
    started_s = time.process_time()
    with contextlib.suppress(UnreadableError):
        decode(data)
        if is_animated(data):
            animation = Animation(data)
            assert next(animation.frames()).shape == (40, 60, 3)
    assert time.process_time() - started_s < 10


def test_scans_of_a_jpeg_are_limited(monkeypatch):
    data = saved(quarters(), "JPEG", progressive=True)
    last, end = data.rindex(b"\xff\xda"), data.rindex(b"\xff\xd9")
    many = data[:end] + data[last:end] * 100 + data[end:]
    assert read_header(many).scans == read_header(data).scans + 100
    with pytest.raises(UnreadableError, match="110 scans; at most 64 are allowed"):
        decode(many)
    # scans behind the end of the picture, such as those of a second one, are none of its own
    assert decode(data + many).image.shape == (40, 60, 3)


@pytest.mark.parametrize("part", ["tiles", "channels"])
def test_a_jpeg_2000_of_a_million_tiles_is_refused(part):
    data = bytearray(saved(quarters((400, 400)), "JPEG2000", no_jp2=True))
    at = data.index(b"\xff\x4f\xff\x51") + 4
    if part == "tiles":
        data[at + 20 : at + 28] = struct.pack(">II", 1, 1)
    else:
        data[at + 36 : at + 38] = struct.pack(">H", 16384)
    with pytest.raises(UnreadableError, match="no image of a known kind, or is truncated or damaged"):
        decode(bytes(data))


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch):
    monkeypatch.setenv(limits.VARIABLE, "picture-bytes=1000")
    (tmp_path / "a.bmp").write_bytes(saved(quarters(), "BMP"))
    with pytest.raises(SourceError, match="its file has 7254 bytes; at most 1000 are allowed"):
        read_image(tmp_path / "a.bmp")
