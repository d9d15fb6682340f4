"""Pictures and values with which every operation is tried."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vision_app.filters.chain import Step
from vision_app.filters.operation import Operation
from vision_app.filters.parameters import Choice, PictureFile, Real, Switch, Whole
from vision_app.filters.pictures import draw_pattern
from vision_app.filters.table import OPERATIONS
from vision_app.results.values import ImageU8


def held_picture(folder: Path) -> Path:
    """A part of the picture called "pattern", as a file."""
    path = folder / 'held, "it\'s" one|of=many.png'
    if not path.exists():
        cv2.imwrite(str(path), draw_pattern("pattern")[200:400, 300:600])
    return path


def usual(operation: Operation, folder: Path, /, **values: Any) -> Step:
    """The operation with its defaults, and with a picture where it cannot do without one."""
    for parameter in operation.parameters:
        if isinstance(parameter, PictureFile) and parameter.needed:
            values.setdefault(parameter.name, str(held_picture(folder)))
    return Step(operation, values)


def variants(operation: Operation, folder: Path) -> list[Step]:
    """The defaults, then each parameter at its ends and with each of its words."""
    found = [usual(operation, folder)]
    for parameter in operation.parameters:
        values: list[Any] = []
        if isinstance(parameter, Choice):
            values = [name for name, _ in parameter.options[1:]][: 2 if parameter.name == "family" else None]
        elif isinstance(parameter, Switch):
            values = [not parameter.start]
        elif isinstance(parameter, Whole | Real):
            values = [parameter.low, parameter.high]
        elif isinstance(parameter, PictureFile):
            values = [str(held_picture(folder))]
        found += [usual(operation, folder, **{parameter.name: value}) for value in values]
    if operation.name == "circles":  # a hundred times slower without its limits
        found = [step for step in found if step.values["votes"] > 1 and step.values["edge"] > 1]
    if operation.name == "kernel":
        found.append(usual(operation, folder, numbers="1 0 -1; 2 0 -2; 1 0 -1", offset=128))
    if operation.name == "perspective":
        found.append(usual(operation, folder, corners="20 10 83 13 88 94 13 92"))
    if operation.name == "colour_range":
        found.append(usual(operation, folder, hue_from=40, hue_to=80, show="mask"))
    return found


def small(name: str, index: int = 0) -> ImageU8:
    """A picture to try an operation on, small; codes and markers stay readable."""
    return _small(name, index if name == "moving" else 0).copy()


@lru_cache(maxsize=64)
def _small(name: str, index: int) -> ImageU8:
    image = draw_pattern(name, index)
    size_wh = (640, 360) if name in {"codes", "markers"} else (320, 180)
    return np.ascontiguousarray(cv2.resize(image, size_wh, interpolation=cv2.INTER_AREA), np.uint8)


ALL = list(OPERATIONS.values())
