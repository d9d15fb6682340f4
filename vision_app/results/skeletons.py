"""Names of keypoints and the limbs between them. Data only: the shipped ones lie in `assets/skeletons`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from typing import Any, Literal

from vision_app.documents import read_json
from vision_app.resources import assets_dir

Side = Literal["left", "right", "middle"]


@dataclass(frozen=True, slots=True)
class Skeleton:
    """What the points of a pose are.

    Attributes:
        names: K names, in the order of the model's output.
        limbs: pairs of indices into `names` that belong together; empty where nothing is known.
        web: pairs that make a surface: drawn fine, and no point of it by itself.
        name: of a shipped skeleton whose points are too many to be listed with every result; "" for all others.
    """

    names: tuple[str, ...]
    limbs: tuple[tuple[int, int], ...] = ()
    web: tuple[tuple[int, int], ...] = ()
    name: str = ""

    def __post_init__(self) -> None:
        if not self.names:
            raise ValueError("a skeleton has at least one keypoint")
        if not all(0 <= i < len(self.names) for i in chain.from_iterable((*self.limbs, *self.web))):
            raise ValueError(f"limbs join two of the {len(self.names)} keypoints, from 0, got {self.limbs}")

    def __len__(self) -> int:
        return len(self.names)

    def side(self, point: int) -> Side:
        """The side of the body on which a point lies, as its name says.

        >>> Skeleton(("nose", "left_eye")).side(1)
        'left'
        """
        name = self.names[point].lower()
        if name.startswith("left"):
            return "left"
        return "right" if name.startswith("right") else "middle"


def unnamed_skeleton(count: int) -> Skeleton:
    """Points of which nothing is known but how many they are.

    >>> unnamed_skeleton(2).names
    ('point 0', 'point 1')
    """
    return Skeleton(tuple(f"point {i}" for i in range(count)))


@lru_cache
def named_skeleton(name: str) -> Skeleton:
    """A shipped skeleton, such as `coco-17`.

    Raises:
        ValueError: there is none of that name; the message names those that there are.
    """
    if name not in skeleton_names():
        raise ValueError("one of the shipped skeletons " + ", ".join(skeleton_names()))
    path = assets_dir() / "skeletons" / f"{name}.json"
    skeleton = parse_skeleton(read_json(path))
    return replace(skeleton, name=name) if skeleton.web else skeleton


def skeleton_names() -> list[str]:
    """Names of the shipped skeletons."""
    return sorted(p.stem for p in (assets_dir() / "skeletons").glob("*.json"))


def parse_skeleton(data: object) -> Skeleton:
    """A skeleton from parsed JSON: the name of a shipped one, or an object with `names` and `limbs`.

    Raises:
        ValueError: it is neither; the message says what it must be.
    """
    wanted = "the name of a shipped skeleton, or {names: [texts], limbs: [[from, to], ...]}"
    if isinstance(data, str):
        return named_skeleton(data)
    if not isinstance(data, dict) or not data.keys() <= {"names", "limbs", "web"}:
        raise ValueError(wanted)
    names, limbs, web = data.get("names"), data.get("limbs", []), data.get("web", [])
    if not (isinstance(names, list) and all(isinstance(n, str) for n in names)):
        raise ValueError(wanted)
    for pairs in (limbs, web):
        if not (isinstance(pairs, list) and all(_is_pair(pair) for pair in pairs)):
            raise ValueError(wanted)
    return Skeleton(tuple(names), tuple((a, b) for a, b in limbs), tuple((a, b) for a, b in web))


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(type(i) is int for i in value)


def skeleton_as_data(skeleton: Skeleton) -> str | dict[str, Any]:
    """What `parse_skeleton` reads back: the name of a shipped skeleton, else an object."""
    for name in skeleton_names():
        if named_skeleton(name) == skeleton:
            return name
    data: dict[str, Any] = {"names": list(skeleton.names), "limbs": [list(pair) for pair in skeleton.limbs]}
    return data | ({"web": [list(pair) for pair in skeleton.web]} if skeleton.web else {})
