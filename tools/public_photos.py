"""Photos that nobody owns, from inside the scikit-image wheel: for calibration, checks and the demo clip.

Only photos whose licence scikit-image states as CC0 or public domain (docstrings of `skimage.data`).
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

PHOTOS = {
    "astronaut.png": "public domain, NASA (Great Images in NASA)",
    "camera.png": "CC0, Lav Varshney",
    "chelsea.png": "CC0, Stefan van der Walt",
    "coffee.png": "CC0, Rachel Michetti",
    "hubble_deep_field.jpg": "public domain, NASA",
    "retina.jpg": "CC0, Wikimedia Commons",
    "rocket.jpg": "public domain, SpaceX",
}


def photo_paths() -> list[Path]:
    """The photos' files; none where scikit-image is not installed."""
    spec = find_spec("skimage")
    if spec is None or spec.origin is None:
        return []
    folder = Path(spec.origin).parent / "data"
    return [folder / name for name in PHOTOS if (folder / name).is_file()]
