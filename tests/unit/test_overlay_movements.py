"""The attention of a model over time, above the strip of its answers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests import tiny_models as tiny
from vision_app import overlay
from vision_app.results.frames import ImageU8
from vision_app.results.movements import Movements

IMAGE = tiny.solid((40, 50, 60), (320, 240))
ROWS_SHOWN = 60


def said(attention: list[float] | None) -> Movements:
    history = np.tile(np.float32([0.9, 0.1]), (ROWS_SHOWN, 1))
    looked = None if attention is None else np.float32(attention)
    return Movements(
        "m", ("wave", "idle"), history[-1], 1, None, (), None, history, ROWS_SHOWN, attention=looked
    )


def columns(image: ImageU8) -> dict[int, int]:
    """Columns in which attention is drawn, and how high each is."""
    tall = (image == (0, 200, 255)).all(axis=2).sum(axis=0)
    return {int(x): int(tall[x]) for x in np.flatnonzero(tall)}


def test_the_row_that_counts_most_is_highest_and_the_newest_is_at_the_right() -> None:
    assert columns(overlay.render(IMAGE, [said(None)])) == {}
    newest = columns(overlay.render(IMAGE, [said([0, 0, 0, 1])]))
    eldest = columns(overlay.render(IMAGE, [said([1, 0, 0, 0])]))
    assert max(eldest) < min(newest)
    both = columns(overlay.render(IMAGE, [said([0.6, 0, 0, 0.3])]))
    assert {x: both[x] for x in eldest} == eldest
    assert all(both[x] == pytest.approx(newest[x] / 2, abs=1) for x in newest)


def test_more_rows_than_are_shown_and_shares_that_are_no_numbers() -> None:
    newest = columns(overlay.render(IMAGE, [said([0, 0, 0, 1])]))
    assert columns(overlay.render(IMAGE, [said([1.0] + [0.0] * ROWS_SHOWN + [1.0])])) == newest
    assert columns(overlay.render(IMAGE, [said([np.nan, 1])])) == newest
    assert columns(overlay.render(IMAGE, [said([0, 0])])) == {}
    assert columns(overlay.render(IMAGE, [said([])])) == {}


def test_attention_is_one_share_a_row() -> None:
    with pytest.raises(ValueError, match="one share a row"):
        replace(said(None), attention=np.zeros((2, 3), np.float32))
