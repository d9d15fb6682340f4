"""Which part of a frame samples were cut out of: a model that learns from them has to look there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import median

from vision_app.cards.parts import CENTRE, Part
from vision_app.messages import Message
from vision_app.samples.sample import CropRecord

_SAME = 0.05
"""Regions whose edges differ by less than this share of the frame are one: it was moved a little between takes."""


def common_region(crops: Sequence[CropRecord | None]) -> tuple[Part | None, tuple[str, ...]]:
    """The part of a frame that samples have in common.

    Args:
        crops: of each sample; None for one that was brought in as it was.

    Returns:
        The part; None for whole frames, for cut-out objects, and where the samples differ. And what the user should
        know, a line each.
    """
    kinds = Counter("whole" if crop is None else crop.kind for crop in crops)
    if set(kinds) == {"centre"}:
        return CENTRE, ()
    if not kinds["region"]:
        return None, _about_boxes(kinds)
    if len(kinds) > 1:
        others = len(crops) - kinds["region"]
        return None, (
            Message(
                "{region} samples show a drawn region and {others} something else: the model will look "
                "at whole frames; teach it on one part of the picture, or name the part when it runs "
                "(--region)",
                region=kinds["region"],
                others=others,
            ),
        )
    shares = [_shares(crop) for crop in crops if crop is not None]
    known = [s for s in shares if s is not None]
    if len(known) < len(shares):
        return None, (
            Message(
                "where in the frame the drawn region was is not noted for samples of an older version: name it when "
                "the model runs (--region)"
            ),
        )
    left, top, right, bottom = (median(s[i] for s in known) for i in range(4))
    middle = (left, top, right, bottom)
    if any(abs(a - b) > _SAME for s in known for a, b in zip(s, middle, strict=True)):
        return None, (
            Message(
                "the samples show different regions of the picture: the model will look at whole frames; teach it on "
                "one region, or name the part when it runs (--region)"
            ),
        )
    return tuple(round(v, 4) for v in middle), ()  # type: ignore[return-value]


def _about_boxes(kinds: Counter[str]) -> tuple[str, ...]:
    if not kinds["box"]:
        return ()
    return (
        Message(
            "{box} samples are objects that a detector cut out: run the model on the boxes of one "
            "(--model DETECTOR --classify-boxes NAME), or it will look at whole frames",
            box=kinds["box"],
        ),
    )


def _shares(crop: CropRecord) -> tuple[float, float, float, float] | None:
    if crop.of_wh is None:
        return None
    width, height = crop.of_wh
    left, top, right, bottom = crop.xyxy
    return left / width, top / height, min(1.0, right / width), min(1.0, bottom / height)
