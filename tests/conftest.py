"""Fixtures that all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command does before NumPy is imported
os.environ["VISION_APP_LANGUAGE"] = "en"  # what is tested says English, whatever the developer's locale
CHECKOUT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("VISION_APP_TEST_DATA", CHECKOUT.parent / "shared"))


def _shared(part: str) -> Path:
    path = SHARED / part
    if not path.is_dir():
        pytest.skip(f"no test data at {path}; set VISION_APP_TEST_DATA to the folder that holds it")
    return path


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real photos, clips and COCO images."""
    return _shared("data")


@pytest.fixture(scope="session")
def shared_models() -> Path:
    """Folder of small real weights."""
    return _shared("models")
