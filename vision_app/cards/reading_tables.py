"""Kinds of files with one table or grid of boxes: exact counts of cells first, then values."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision_app.cards.reading_several import nanodet
from vision_app.cards.readings import (
    MOST_QUERIES,
    SCALES,
    Reading,
    Rule,
    Seen,
    are_scores,
    are_whole,
    rank3,
    table_of,
    written_as,
)
from vision_app.messages import Message


def _single_table(seen: Seen) -> Iterator[Reading]:
    """One table of boxes: by the number of its rows, then by its values."""
    if seen.only is None or seen.only[1].ndim not in (2, 3):
        return
    shape = rank3(seen.only[1].shape)
    table = table_of(seen.only[1])
    if shape is None or table is None or table.shape != shape:
        return
    exact = list(_exact(seen, table))
    if exact or _single_scale(seen, shape[0]) or _single_scale(seen, shape[1]):
        yield from exact
        return
    yield from _few_rows(seen, table)


def _single_scale(seen: Seen, count: int) -> bool:
    """Whether a number of rows is that of the cells of one grid: a head, whose decoding only its author knows."""
    return any(
        count == (seen.size_hw[0] // s) * (seen.size_hw[1] // s) and count > 16 for s in (4, 8, 16, 32)
    )


def _exact(seen: Seen, table: NDArray[Any]) -> Iterator[Reading]:
    """Rows or columns as many as there are cells."""
    n, width = table.shape
    for strides in SCALES:
        cells = seen.cells(strides, whole=math.floor)
        if width == cells and n > 4:
            yield _yolo("yolo-v8", n - 4)
            return
        if n == 3 * cells and width > 5:
            yield _yolo("yolo-v5", width - 5)
            return
        if n == cells and width > 4:
            yield from _rows_of_cells(table, seen, strides)
            return


def _rows_of_cells(table: NDArray[Any], seen: Seen, strides: tuple[int, ...]) -> Iterator[Reading]:
    """A row a cell: raw or decoded, with or without objectness; what its values allow."""
    width = table.shape[1]
    if (
        strides == SCALES[1]
        and width > 36
        and are_scores(table[:, : width - 32])
        and not are_scores(table[:, width - 32 :])
    ):
        yield nanodet(width - 32, strides, {}, "none")
        return
    decoded = written_as(table[:, :4], seen.size_hw) == ("cxcywh", "pixel")
    objectness = table[:, 4]
    if width > 5 and bool(np.all(objectness == 1)):
        yield _yolo("yolo-v5", width - 5, family="YOLOv6")
    elif not decoded and width > 5 and are_scores(table[:, 4:]):
        yield _yolo("yolox", width - 5, family="YOLOX")
    elif decoded and width == 84:
        yield _yolo("yolo-v8-rows", 80)
    elif decoded and width == 85:
        yield _yolo("yolo-v5", 80)
    elif decoded and are_scores(table[:, 4:]):
        if width > 5:
            yield _yolo("yolo-v5", width - 5)
        yield _yolo("yolo-v8-rows", width - 4)


def _yolo(layout: str, classes: int, family: str = "YOLO") -> Reading:
    of_yolox = layout == "yolox"
    return Reading(
        "detect",
        layout,
        classes,
        input={
            "colour": "BGR" if of_yolox else "RGB",
            "scale": 1.0 if of_yolox else 1 / 255,
            "resize": "letterbox-topleft" if of_yolox else "letterbox-centre",
        },
        family=family,
    )


def _few_rows(seen: Seen, table: NDArray[Any]) -> Iterator[Reading]:
    """At most a thousand rows: duplicates are gone, or each is a query."""
    n, width = table.shape
    if n > MOST_QUERIES:
        return
    if width == 7:
        yield from _final_rows(table, "batch x1 y1 x2 y2")
    elif width == 6 and _is_end_to_end(table, seen):
        yield _yolo("yolo-end2end", 80)
    elif width == 6:
        yield from _final_rows(table, "x1 y1 x2 y2")
    elif (
        width > 6
        and n >= 50
        and are_scores(table[:, 4:])
        and written_as(table[:, :4], seen.size_hw) == ("cxcywh", "share")
    ):
        yield Reading("detect", "rtdetr", width - 4, input={"resize": "squash"}, family="RT-DETR")


def _is_end_to_end(table: NDArray[Any], seen: Seen) -> bool:
    if not len(table):
        return False
    whole = are_whole(table[:, 5]) and are_scores(table[:, 4]) and float(table[:, 5].min()) >= 0
    return whole and not (are_whole(table[:, 4]) and float(table[:, 4].max()) > 1)


def _final_rows(table: NDArray[Any], corners: str) -> Iterator[Reading]:
    first = table.shape[1] - 2
    orders = {Message("class score"): (first, first + 1), Message("score class"): (first + 1, first)}
    for order, (class_at, score_at) in orders.items():
        fits = not len(table) or (are_whole(table[:, class_at]) and are_scores(table[:, score_at]))
        if fits:
            yield Reading(
                "detect",
                "final-rows",
                80,
                boxes={"columns": f"{corners} {order}"},
                input={"resize": "letterbox-centre"},
                family=Message("end-to-end detector"),
            )


def _map_of_boxes(seen: Seen) -> Iterator[Reading]:
    """FastestDet: one grid of objectness, box and class scores."""
    if seen.only is None or seen.only[1].ndim != 4 or seen.only[1].shape[0] != 1:
        return
    maps = seen.only[1][0]
    if len(maps) < 7 or maps.shape[1:] != (seen.size_hw[0] // 16, seen.size_hw[1] // 16):
        return
    if are_scores(maps[0]) and are_scores(maps[5:]) and not are_scores(maps[1:5]):
        yield Reading(
            "detect",
            "fastestdet",
            len(maps) - 5,
            output={"conf": 0.65, "iou": 0.45},
            input={"colour": "BGR", "resize": "squash"},
            family="FastestDet",
        )


TABLES: tuple[Rule, ...] = (_single_table, _map_of_boxes)
