"""One operation of the OpenCV bench: a row of the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import cv2.typing
import numpy as np
from numpy.typing import NDArray

from vision_app.filters.parameters import Parameter, Value
from vision_app.filters.words import Words

Mat = cv2.typing.MatLike
"""(H, W) grey or (H, W, 3) BGR, uint8."""
Apply = Callable[[Mat], Mat]
"""Makes the next picture of one; never writes the one that it is given. It may remember the pictures before."""
Values = Mapping[str, Value]

PATTERNS = ("shapes", "page", "coins", "dark", "street", "pattern", "codes", "markers", "moving")
"""Pictures to try operations on; `vision_app.filters.pictures` draws them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A row of the table.

    Attributes:
        name: how it is called in a chain.
        title: its name on the screen.
        line: one line of what it does.
        lesson: three sentences about it.
        call: the OpenCV function that does it.
        picture: one of `PATTERNS`, to try it on.
        parameters: what can be set, in the order of a chain.
        takes: which pictures it wants; others are converted before.
        gives: which pictures come out; "same" for those that went in.
        cost_ms: how long it takes for 1280 x 720 pixels on one core, milliseconds, as measured by
            `benchmarks/filters.py`.
        make: given the values by name, makes the function that does it. Its source is what is shown as the code,
            so it is written in the form that `vision_app.filters.inlining` describes.
        remembers: whether a picture depends on those before it.
        moves: whether things lie elsewhere afterwards, so that a result of the picture behind it cannot be drawn
            on the one before it.
        least_px: pictures that are narrower or lower are passed on as they are.
        kernel: for what is a sum of neighbours with weights: the weights by its values.
    """

    name: str
    title: Words
    line: Words
    lesson: Words
    call: str
    picture: str
    make: Callable[..., Apply]
    cost_ms: float
    parameters: tuple[Parameter, ...] = ()
    takes: Literal["any", "grey", "colour"] = "any"
    gives: Literal["same", "grey", "colour"] = "same"
    remembers: bool = False
    moves: bool = False
    least_px: int = 1
    kernel: Callable[..., NDArray[np.float64]] | None = None

    def __post_init__(self) -> None:
        if self.picture not in PATTERNS:
            raise ValueError(f"picture must be one of {', '.join(PATTERNS)}, got {self.picture!r}")

    @property
    def defaults(self) -> dict[str, Value]:
        """The values when none are given."""
        return {parameter.name: parameter.default for parameter in self.parameters}

    def parameter(self, name: str) -> Parameter:
        """The parameter of that name.

        Raises:
            KeyError: there is none.
        """
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        raise KeyError(name)
