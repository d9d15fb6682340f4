"""Pictures of strangers: read right, or refused in one line."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from tests.sample_pictures import textured
from vision_app.errors import SampleError
from vision_app.pictures.headers import read_header
from vision_app.samples.pictures import decode_picture, read_picture


def quarters() -> Image.Image:
    """Top left red, top right green, bottom left blue, bottom right grey."""
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[:20, :30], pixels[:20, 30:] = (220, 20, 20), (20, 200, 20)
    pixels[20:, :30], pixels[20:, 30:] = (20, 20, 220), (120, 120, 120)
    return Image.fromarray(pixels)


def saved(image: Image.Image, kind: str, **more) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **more)
    return file.getvalue()


def colours(image: np.ndarray) -> list[list[int]]:
    """RGB in the middle of each quarter."""
    h, w = image.shape[:2]
    return [image[y, x, ::-1].tolist() for y in (h // 4, 3 * h // 4) for x in (w // 4, 3 * w // 4)]


WANTED = [[220, 20, 20], [20, 200, 20], [20, 20, 220], [120, 120, 120]]


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("JPEG", "RGB"),
        ("JPEG", "CMYK"),
        ("PNG", "RGB"),
        ("PNG", "RGBA"),
        ("PNG", "P"),
        ("WEBP", "RGB"),
        ("WEBP", "RGBA"),
        ("GIF", "P"),
        ("BMP", "RGB"),
        ("TIFF", "RGB"),
        ("TIFF", "CMYK"),
        ("PPM", "RGB"),
        ("JPEG2000", "RGB"),
    ],
)
def test_colours_are_right_whatever_the_format(kind, mode):
    more = {"quality": 95} if kind in ("JPEG", "WEBP") else {}
    data = saved(quarters().convert(mode), kind, **more)
    picture = decode_picture(data, "x")
    assert picture.image.shape == (40, 60, 3)
    assert picture.image.dtype == np.uint8
    off = np.abs(np.array(colours(picture.image)) - WANTED).max()
    assert off <= (60 if mode == "P" else 8)  # a palette has 256 colours


def test_greyscale_becomes_three_equal_channels():
    image = decode_picture(saved(quarters().convert("L"), "PNG"), "x").image
    assert image.shape == (40, 60, 3)
    assert (image[..., 0] == image[..., 2]).all()


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bits_are_scaled_to_8(kind):
    values = np.linspace(0, 65535, 40 * 60).astype(np.uint16).reshape(40, 60)
    image = decode_picture(saved(Image.fromarray(values), kind), "x").image
    assert np.abs(image[..., 0].astype(int) - values // 257).max() <= 1


def test_what_lies_under_full_transparency_is_white():
    rgba = np.dstack([np.asarray(quarters()), np.full((40, 60), 255, np.uint8)])
    rgba[:20, :30, 3] = 0
    rgba[:20, 30:, 3] = 128
    image = decode_picture(saved(Image.fromarray(rgba), "PNG"), "x").image
    assert colours(image)[0] == [255, 255, 255]
    assert np.abs(np.array(colours(image)[1]) - [137, 227, 137]).max() <= 2
    assert colours(image)[2:] == WANTED[2:]


# the stored pixels are turned so that the orientation turns them back. Source: EXIF 2.3, tag 0x0112
TURNED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("orientation", TURNED)
def test_exif_rotation_is_applied(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = quarters() if TURNED[orientation] is None else quarters().transpose(TURNED[orientation])
    image = decode_picture(saved(stored, "JPEG", quality=95, exif=exif), "x").image
    assert image.shape == (40, 60, 3)
    assert np.abs(np.array(colours(image)) - WANTED).max() <= 8


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_of_an_animation_the_first_frame_is_taken_and_that_is_said(kind):
    frames = [quarters(), quarters().transpose(Image.Transpose.ROTATE_180)]
    more = {"lossless": True} if kind == "WEBP" else {}
    picture = decode_picture(
        saved(frames[0], kind, save_all=True, append_images=frames[1:], **more), "dance.gif"
    )
    assert np.abs(np.array(colours(picture.image)) - WANTED).max() <= 60
    assert picture.notes == ("dance.gif is animated: only its first frame is taken",)


def test_a_still_gif_is_not_called_animated():
    assert decode_picture(saved(quarters(), "GIF"), "x").notes == ()


@pytest.mark.parametrize("size_wh", [(1, 1), (7, 100), (100, 7)])
def test_a_picture_too_small_to_show_anything_is_refused(size_wh):
    with pytest.raises(SampleError, match=rf"has {size_wh[0]} x {size_wh[1]} pixels.*at least 8 x 8"):
        decode_picture(saved(Image.new("RGB", size_wh), "PNG"), "dot.png")


def png_head(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds no pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


def test_a_decompression_bomb_is_refused_before_it_is_decoded():
    with pytest.raises(SampleError, match="60000 x 60000 pixels; at most 100 million"):
        decode_picture(png_head(60_000, 60_000), "bomb.png")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_picture_is_refused_in_one_line(kind, share, capfd):
    data = saved(Image.fromarray(textured(1, (320, 240))), kind)
    with pytest.raises(SampleError) as caught:
        decode_picture(data[: int(len(data) * share)], "cut.jpg")
    assert "cut.jpg" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
        b"BM",
        b"RIFF1234WEBP",
        b"II*\0",
        b"P6\n",
    ],
    ids=ascii,
)
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(SampleError, match="cannot be read"):
        decode_picture(data, "x")


def test_damage_anywhere_never_crashes():
    """Only refusals: no other exception, no crash of the decoder."""
    rng = np.random.default_rng(0)
    for kind in ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP"):
        whole = saved(Image.fromarray(textured(2)), kind)
        for _ in range(40):
            data = bytearray(whole)
            for at in rng.integers(0, len(data), 5):
                data[at] = rng.integers(256)
            try:
                image = decode_picture(bytes(data), "x").image
            except SampleError:
                continue
            assert image.ndim == 3


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "PPM", "JPEG2000"])
def test_the_head_tells_the_size_that_the_decoder_finds(kind):
    header = read_header(saved(Image.fromarray(textured(3, (123, 45))), kind))
    assert header is not None
    assert header.size_wh == (123, 45)


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(SampleError, match=r"gone\.jpg cannot be read: No such file"):
        read_picture(tmp_path / "gone.jpg")
