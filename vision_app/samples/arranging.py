"""Which class, side and session a picture gets from its place in a tree of folders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from vision_app.samples.dataset import SPLIT_FOLDERS
from vision_app.samples.sample import Split


@dataclass(frozen=True, slots=True)
class Arranged:
    """A picture and what its place says.

    Attributes:
        path: its place in the tree.
        label: its class.
        split: its side.
        session: the folder within that of its class; the picture's own name where there is none.
    """

    path: str
    label: str
    split: Split | None
    session: str


def arrange(
    paths: Sequence[str], label: str | None = None, names: Mapping[str, str] | None = None
) -> tuple[list[Arranged], list[str]]:
    """Read the layout of a tree: `[train|val/]class/[session/]picture`, in any number of outer folders.

    Args:
        paths: the pictures, with `/` between folders.
        label: the class of all of them; None to take it from the folders.
        names: labels of folders.

    Returns:
        The pictures that have a class, and the paths of those that lie in no folder.

    >>> arrange(["data/cat/1.jpg", "data/dog/2.jpg"])[0][1]
    Arranged(path='data/dog/2.jpg', label='dog', split=None, session='data/dog/2.jpg')
    """
    if label is not None:
        return [Arranged(p, label, None, _session(PurePosixPath(p).parts, p)) for p in paths], []
    parts = {path: PurePosixPath(path).parts for path in paths}
    outer = _outer_folders(list(parts.values()))
    split_at = _sides(list(parts.values()), outer)
    found, stray = [], []
    for path, names_of_path in parts.items():
        inner = names_of_path[outer:]
        side = SPLIT_FOLDERS.get(inner[0].lower()) if split_at else None
        if split_at:
            if side is None:
                stray.append(path)
                continue
            inner = inner[1:]
        if len(inner) < 2:
            stray.append(path)
            continue
        found.append(Arranged(path, (names or {}).get(inner[0], inner[0]), side, _session(inner[1:], path)))
    return found, stray


def _session(below_class: tuple[str, ...], path: str) -> str:
    return "/".join(below_class[:-1]) or path


def _outer_folders(parts: list[tuple[str, ...]]) -> int:
    """How many folders lie around all of it, so that the folders of the classes are still below."""
    outer = 0
    while parts and all(len(p) > outer + 2 for p in parts) and len({p[outer] for p in parts}) == 1:
        if parts[0][outer].lower() in SPLIT_FOLDERS:
            break
        outer += 1
    return outer


def _sides(parts: list[tuple[str, ...]], outer: int) -> bool:
    """Whether the next folders are sides, with the folders of the classes below them."""
    return any(len(p) > outer + 2 and p[outer].lower() in SPLIT_FOLDERS for p in parts)
