"""A chain as the shortest Python script that does the same, in plain OpenCV.

The statements come from the very source that runs (`vision_app.filters.inlining`), so the pixels are the same.
"""

from __future__ import annotations

import ast

from vision_app.errors import ConfigError
from vision_app.filters.chain import FilterChain, Step
from vision_app.filters.inlining import Inlined, assigned, inlined, renamed

PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff")
"""Endings of files that a script reads as one picture."""


def script(chain: FilterChain, source: str = "0", target: str | None = None) -> str:
    """The code of a chain.

    Args:
        chain: what to do.
        source: number of a camera, address or path of a video; or path of a picture.
        target: where to write: the path of a picture, or with a pattern such as `out_%04d.png` one a frame; None
            to show it.

    Returns:
        A script that runs with `opencv-python` 5 alone (and NumPy, which comes with it).

    Raises:
        ConfigError: a chain that needs the pictures before is to be run on a single one.
    """
    single = source.lower().endswith(PICTURES) and "%" not in source
    if single and chain.remembers:
        names = ", ".join(step.operation.name for step in chain.active if step.operation.remembers)
        raise ConfigError(
            "{names} compares each picture with those before it: the source must be a video or camera",
            names=names,
        )
    parts = _parts(chain.active)
    _drop_copies(parts)
    setup = [line for part in parts for line in _lines(part.setup)]
    body = [line for part in parts for line in _lines(part.body)]
    functions = {name: node for part in parts for name, node in part.functions.items()}
    text = "\n".join((*setup, *body, *(ast.unparse(node) for node in functions.values())))
    head = ["import cv2"] + (["import numpy as np"] if "np." in text else [])
    for node in functions.values():
        head += ["", "", *_lines([node])]
    head += ["", ""] if functions else [""]
    whole = head + setup + (_for_picture if single else _for_video)(body, source, target)
    return "\n".join(whole) + "\n"


def _for_picture(body: list[str], source: str, target: str | None) -> list[str]:
    end = [f"cv2.imwrite({target!r}, image)"] if target else ['cv2.imshow("image", image)', "cv2.waitKey()"]
    return [f"image = cv2.imread({source!r})", *body, *end]


def _for_video(body: list[str], source: str, target: str | None) -> list[str]:
    opened = source if source.isdecimal() else repr(source)
    if target:
        start, end = ["number = 0"], [f"cv2.imwrite({target!r} % number, image)", "number += 1"]
    else:
        start, end = [], ['cv2.imshow("image", image)', "if cv2.waitKey(1) == 27:", "    break"]
    loop = ["good, image = capture.read()", "if not good:", "    break", *body, *end]
    return [f"capture = cv2.VideoCapture({opened})", *start, "while True:", *("    " + line for line in loop)]


def _parts(steps: tuple[Step, ...]) -> list[Inlined]:
    parts, kept, used = [], set[str](), set[str]()
    ndim = 3
    for step in steps:
        operation = step.operation
        part = inlined(operation.make, step.values, _ndim_in(step, ndim))
        if operation.takes == "grey" and ndim == 3:
            part.body = [*ast.parse("image = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)").body, *part.body]
        elif operation.takes == "colour" and ndim == 2:
            part.body = [*ast.parse("image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)").body, *part.body]
        ndim = {"same": _ndim_in(step, ndim), "grey": 2, "colour": 3}[operation.gives]
        own, temporary = assigned(part.setup), assigned(part.body) - {"image"}
        remembered = own & (own | temporary)
        clashes = (remembered & used) | (temporary & kept)
        names = {name: _free(name, used) for name in clashes}
        part.setup, part.body = renamed(part.setup, names), renamed(part.body, names)
        kept |= assigned(part.setup)
        used |= assigned(part.setup) | assigned(part.body)
        parts.append(part)
    return parts


def _drop_copies(parts: list[Inlined]) -> None:
    """A picture that nobody keeps may be drawn on: only the program has to copy it first."""
    statements = [node for part in parts for top in part.body for node in ast.walk(top)]
    if any(ast.unparse(s.value) == "image" for s in statements if isinstance(s, ast.Assign)):
        return
    for part in parts:
        part.body = [node for node in part.body if ast.unparse(node) != "image = image.copy()"]


def _ndim_in(step: Step, ndim: int) -> int:
    return {"any": ndim, "grey": 2, "colour": 3}[step.operation.takes]


def _free(name: str, used: set[str]) -> str:
    number = 2
    while f"{name}_{number}" in used:
        number += 1
    return f"{name}_{number}"


def _lines(nodes: list[ast.stmt] | list[ast.FunctionDef]) -> list[str]:
    return [line for node in nodes for line in ast.unparse(ast.fix_missing_locations(node)).splitlines()]
