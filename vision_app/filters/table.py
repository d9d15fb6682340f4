"""The table of operations, in the order in which they are offered. A new one is a module and a row here."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from types import MappingProxyType

from vision_app.errors import ConfigError
from vision_app.filters.operation import Operation
from vision_app.filters.operations import (
    adaptive,
    ar_cube,
    ar_picture,
    background,
    barcode,
    bilateral,
    blur,
    brightness,
    canny,
    channel,
    circles,
    clahe,
    colour_range,
    colour_space,
    contours,
    corners,
    equalize,
    flow,
    flow_dense,
    gamma,
    gaussian,
    grey,
    histogram,
    invert,
    kernel,
    laplacian,
    lines,
    markers,
    median,
    morphology,
    orb,
    otsu,
    perspective,
    qr,
    scharr,
    sharpen,
    sobel,
    template,
    threshold,
)
from vision_app.filters.words import Words
from vision_app.messages import Message

_ROWS: tuple[Operation, ...] = (
    grey.ROW,
    colour_space.ROW,
    channel.ROW,
    colour_range.ROW,
    brightness.ROW,
    gamma.ROW,
    invert.ROW,
    histogram.ROW,
    equalize.ROW,
    clahe.ROW,
    blur.ROW,
    gaussian.ROW,
    median.ROW,
    bilateral.ROW,
    sharpen.ROW,
    kernel.ROW,
    threshold.ROW,
    otsu.ROW,
    adaptive.ROW,
    morphology.ROW,
    sobel.ROW,
    scharr.ROW,
    laplacian.ROW,
    canny.ROW,
    contours.ROW,
    lines.ROW,
    circles.ROW,
    corners.ROW,
    background.ROW,
    flow.ROW,
    flow_dense.ROW,
    orb.ROW,
    template.ROW,
    perspective.ROW,
    qr.ROW,
    barcode.ROW,
    markers.ROW,
    ar_cube.ROW,
    ar_picture.ROW,
)
OPERATIONS: Mapping[str, Operation] = MappingProxyType({row.name: row for row in _ROWS})
"""Name to operation."""


def find_operation(name: str) -> Operation:
    """The operation of that name.

    Raises:
        ConfigError: there is none; the message names the nearest, or says how to list them all.
    """
    if name in OPERATIONS:
        return OPERATIONS[name]
    near = difflib.get_close_matches(name, OPERATIONS, 1)
    hint = (
        Message("did you mean {near}?", near=near[0])
        if near
        else Message("vision-app filters list shows all")
    )
    raise ConfigError("there is no filter {name!r}; {hint}", name=name, hint=hint)


GROUPS: tuple[tuple[Words, tuple[str, ...]], ...] = (
    (Words("Colour", "색"), ("grey", "colour_space", "channel", "colour_range", "invert")),
    (Words("Light", "밝기"), ("brightness", "gamma", "histogram", "equalize", "clahe")),
    (
        Words("Blur and sharpen", "흐림과 선명도"),
        ("blur", "gaussian", "median", "bilateral", "sharpen", "kernel"),
    ),
    (Words("Threshold and shape", "임계값과 모양"), ("threshold", "otsu", "adaptive", "morphology")),
    (Words("Edges", "에지"), ("sobel", "scharr", "laplacian", "canny")),
    (Words("Find", "찾기"), ("contours", "lines", "circles", "corners", "orb", "template", "qr", "barcode")),
    (Words("Motion", "움직임"), ("background", "flow", "flow_dense")),
    (Words("Space and markers", "공간과 마커"), ("perspective", "markers", "ar_cube", "ar_picture")),
)
"""How they are offered: each operation in one group."""
