"""Small pictures of every kind, as examples to be damaged, and how the program reads one."""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

_KINDS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "JPEG2000", "AVIF", "PPM")
_ANIMATED = ("GIF", "PNG", "WEBP", "AVIF")


@lru_cache(maxsize=1)
def pictures() -> tuple[bytes, ...]:
    """Files of noise, of transparent areas and of several frames."""
    noise = np.random.default_rng(0).integers(0, 255, (3, 24, 32, 4), np.uint8)
    noise[:, :12, :16, 3] = 0
    images = [Image.fromarray(pixels) for pixels in noise]
    found = []
    for kind in _KINDS:
        clear = kind not in ("JPEG", "BMP", "PPM")
        found.append(_saved(images[0] if clear else images[0].convert("RGB"), kind))
    found.append(_saved(images[0].convert("RGB"), "JPEG", progressive=True))
    found += [_saved(images[0], kind, save_all=True, append_images=images[1:]) for kind in _ANIMATED]
    return tuple(found)


def _saved(image: Image.Image, kind: str, **more: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **more)
    return file.getvalue()


def read_picture(data: bytes, folder: Path) -> object:
    """As `vision-app --source` reads a picture or an animated one."""
    from vision_app.sources import open_source

    path = folder / "picture.png"
    path.write_bytes(data)
    with open_source(str(path)) as source:
        while source.read() is not None:
            pass
    return None
