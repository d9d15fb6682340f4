"""Where the shipped files are: in the wheel beside the code, in a checkout one level up."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def _shipped(name: str) -> Path:
    inside_wheel = _PACKAGE / name
    return inside_wheel if inside_wheel.is_dir() else _PACKAGE.parent / name


def models_dir() -> Path:
    """Folder of the shipped cards and weights. Read-only by convention."""
    return _shipped("models")


def assets_dir() -> Path:
    """Folder of the shipped labels, pictures and clips."""
    return _shipped("assets")


def demo_clip() -> Path:
    """The shipped clip on which the program can be tried without a camera."""
    return assets_dir() / "demo.mp4"
