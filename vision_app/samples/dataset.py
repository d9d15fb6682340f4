"""Samples for a training or an evaluation: from a sample store or from a plain folder, read-only."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from vision_app.cards.parts import Part
from vision_app.documents import DocumentError, parse_json
from vision_app.errors import SampleError, disk_reason
from vision_app.messages import Message
from vision_app.paths import path_of
from vision_app.samples.labels import clean_label
from vision_app.samples.regions import common_region
from vision_app.samples.sample import Sample, Split
from vision_app.sources.images import in_natural_order, is_image_name, passed_over

SPLIT_FOLDERS: dict[str, Split] = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "val",
}


CLASSES_FILE = "classes.json"
"""Beside the folders of an export: what the names of folders cannot say."""


@dataclass(frozen=True, slots=True)
class ClassesFile:
    """What a `classes.json` says.

    Attributes:
        labels: folder to label, for labels that are no name of a folder.
        background: label of the class that stands for "none of these".
        problem: why nothing of it could be read, else "".
    """

    labels: dict[str, str] = field(default_factory=dict)
    background: str | None = None
    problem: str = ""

    def as_bytes(self) -> bytes:
        """The file."""
        text = json.dumps(
            {"classes": self.labels, "background": self.background}, ensure_ascii=False, indent=2
        )
        return (text + "\n").encode()


def parse_classes_file(data: bytes | None) -> ClassesFile:
    """Read a `classes.json`; one that is not ours says nothing but why."""
    try:
        read = parse_json(data or b"{}", CLASSES_FILE)
        classes, background = read.get("classes", {}), read.get("background")
        labels = {str(folder): clean_label(label) for folder, label in classes.items()}
        return ClassesFile(labels, None if background is None else clean_label(background))
    except (ValueError, TypeError, AttributeError, DocumentError, SampleError) as error:
        why = (
            error.problem if isinstance(error, DocumentError) else Message("it is not as an export writes it")
        )
        return ClassesFile(
            problem=Message(
                "{classes_file} was left out, so classes are called as their folders: {why}",
                classes_file=CLASSES_FILE,
                why=why,
            )
        )


def read_classes_file(root: Path) -> ClassesFile:
    """Read the `classes.json` of a folder; one that is not there says nothing."""
    try:
        return parse_classes_file((root / CLASSES_FILE).read_bytes())
    except OSError:
        return ClassesFile()


@dataclass(frozen=True, slots=True)
class SampleSet:
    """All samples of one place, as they were when it was opened.

    Attributes:
        root: the store or folder.
        kind: `store` or `folder`.
        labels: every class, in order: of creation in a store, natural in a folder; also classes without samples.
        samples: by class in that order, then by time or name.
        background: label of the class that stands for "none of these"; None when there is none.
        notices: what the user should know, a line each.
        region: the part of a frame that all of them were cut out of; None for whole frames, or where they differ.
            Those of the background class do not count.
        region_notices: what a training should say of that, a line each.
    """

    root: Path
    kind: Literal["store", "folder"]
    labels: tuple[str, ...]
    samples: tuple[Sample, ...]
    background: str | None = None
    notices: tuple[str, ...] = ()
    region: Part | None = None
    region_notices: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.samples)

    def of_label(self, label: str) -> list[Sample]:
        """The samples of one class."""
        return [s for s in self.samples if s.label == label]

    def of_split(self, split: Split) -> list[Sample]:
        """The samples whose folder puts them on that side."""
        return [s for s in self.samples if s.split == split]

    @property
    def is_split(self) -> bool:
        """Whether the folders say which samples are for training and which for validation."""
        sides = {s.split for s in self.samples}
        return sides == {"train", "val"}


def open_samples(path: Path, *, movements: bool = False) -> SampleSet:
    """Open a sample store or a plain folder of pictures, one folder a class.

    `train/` and `val/` above the folders of the classes are recognised. The session of a plain picture is
    the folder inside its class's folder that it lies in; directly in the class's folder each picture is its own.

    Args:
        path: the store or folder.
        movements: with the movements of a store, which nothing that looks at pictures can use; see
            `movements.open_movements`.

    Raises:
        SampleError: there is no such folder, or no picture in it.
    """
    from vision_app.samples.store import SampleStore, is_store

    path = path_of(path)
    if not path.is_dir():
        raise SampleError(
            "samples {path}: no such folder; give a sample store or a folder with one folder a class",
            path=path,
        )
    if not is_store(path):
        return _open_folder(path)
    with SampleStore.open(path, writable=False) as store:
        every = store.samples()
        samples = tuple(s for s in every if movements or not s.movement)
        labels = tuple(c.label for c in store.classes if movements or not c.movement)
        real = [s for s in samples if s.label != store.background and not s.movement]
        region, notices = common_region([store.facts(sample.id).crop for sample in real])
        found = SampleSet(
            path,
            "store",
            labels,
            samples,
            store.background,
            store.notices,
            region,
            notices,
        )
    if not found.samples and every:
        raise SampleError(
            "samples {path}: holds movements only; a model learns from them with: vision-app train --over-time",
            path=path,
        )
    if not found.samples:
        raise SampleError("samples {path}: the store is empty; capture or import some first", path=path)
    return found


def _open_folder(root: Path) -> SampleSet:
    found: list[tuple[str, Split | None, Path, Path]] = []  # label, split, folder of the class, file
    labels: list[str] = []
    others: list[Path] = []
    said = read_classes_file(root)
    for split, folder in class_folders(root):
        label = said.labels.get(folder.name) or clean_label(folder.name)
        if label not in labels:
            labels.append(label)
        found += [(label, split, folder, file) for file in pictures_under(folder, others)]
    if not found:
        raise SampleError(
            "samples {root}: no pictures; one folder a class is expected, with pictures in it", root=root
        )
    labels = in_natural_order(labels)
    rank = {label: i for i, label in enumerate(labels)}
    found.sort(key=lambda item: rank[item[0]])  # stable: files stay in their natural order
    samples = [
        Sample(
            id=file.relative_to(root).as_posix(),
            path=file,
            label=label,
            session=_session(root, folder, file),
            sha256=file_sha256(file),
            split=split,
        )
        for label, split, folder, file in found
    ]
    background = said.background if said.background in labels else None
    left = passed_over(others)
    notices = tuple(
        Message("samples {root}: {text}", root=root, text=text) for text in (left, said.problem) if text
    )
    return SampleSet(root, "folder", tuple(labels), tuple(samples), background, notices)


def class_folders(root: Path) -> Iterator[tuple[Split | None, Path]]:
    """Folders of classes below a root in natural order, with the side that a folder above says.

    Raises:
        SampleError: the folder cannot be listed.
    """
    children = subfolders(root)
    sides = [(SPLIT_FOLDERS.get(child.name.lower()), child) for child in children]
    has_sides = any(side and subfolders(child) for side, child in sides)
    if not has_sides:
        yield from ((None, child) for child in children)
        return
    for side, child in sides:
        if side is not None:
            yield from ((side, folder) for folder in subfolders(child))


def subfolders(folder: Path) -> list[Path]:
    """The folders in a folder, in natural order; hidden ones are left out.

    Raises:
        SampleError: it cannot be listed.
    """
    try:
        with os.scandir(folder) as entries:
            names = [
                e.name for e in entries if e.is_dir() and not e.name.startswith(".") and e.name != "__MACOSX"
            ]
    except OSError as error:
        raise SampleError(
            "folder {folder} cannot be listed: {reason}", folder=folder, reason=disk_reason(error)
        ) from error
    return [folder / name for name in in_natural_order(names)]


def pictures_under(folder: Path, others: list[Path] | None = None) -> list[Path]:
    """The pictures of a folder and of the folders in it, in natural order.

    Args:
        folder: where.
        others: takes the files that are no pictures; hidden ones do not count.
    """
    found = []
    for at, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and name != "__MACOSX"]
        here = Path(at)
        found += [str(here / name) for name in names if is_image_name(Path(name))]
        if others is not None:
            others += [here / n for n in names if not n.startswith(".") and not is_image_name(Path(n))]
    return [Path(name) for name in in_natural_order(found)]


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, hexadecimal.

    Raises:
        SampleError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SampleError(
            "picture {path} cannot be read: {reason}", path=path, reason=disk_reason(error)
        ) from error


def _session(root: Path, class_folder: Path, file: Path) -> str:
    inner = file.parent.relative_to(class_folder)
    if inner.parts:  # pictures of several classes in folders of one name may come from one session
        return inner.as_posix()
    return file.relative_to(root).as_posix()
