"""Taking samples out, as a folder or a zip with one folder a class: what other programs read too."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vision_app.errors import SampleError
from vision_app.paths import path_of
from vision_app.samples.dataset import CLASSES_FILE, ClassesFile, SampleSet
from vision_app.samples.disk import sync_folder, why
from vision_app.samples.labels import folder_name
from vision_app.samples.pictures import read_bytes
from vision_app.samples.sample import Sample
from vision_app.sinks.atomic import PartFile


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written.

    Attributes:
        path: the folder or zip.
        samples: how many pictures.
        classes: how many classes.
    """

    path: Path
    samples: int
    classes: int

    def as_record(self) -> dict[str, Any]:
        """As an object of `samples export --json`."""
        return {"path": str(self.path), "samples": self.samples, "classes": self.classes}


def export_samples(
    samples: SampleSet,
    target: Path,
    *,
    overwrite: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Exported:
    """Write samples as `[train|val/]class/[session/]file`; the target appears once it is whole.

    A session of several pictures becomes a folder inside that of its class. Labels that are no folder's name
    are in `classes.json`, which an import reads.

    Args:
        samples: what to write.
        target: a folder, or a file that ends in `.zip`.
        overwrite: replace what is there.
        progress: told the number of pictures written, from time to time.

    Raises:
        SampleError: the target is there already or cannot be written, or a sample cannot be read.
        SinkError: the same, for a zip.
    """
    target = path_of(target)
    if target.resolve() == samples.root.resolve() or samples.root.resolve() in target.resolve().parents:
        raise SampleError("{target} lies in the samples themselves; choose another place", target=target)
    write = _write_zip if target.suffix.lower() == ".zip" else _write_folder
    write(samples, target, overwrite, progress or _quiet)
    return Exported(target, len(samples), len({s.label for s in samples.samples}))


def _quiet(_: int) -> None:
    """Nobody wants to know."""


def _write_zip(samples: SampleSet, target: Path, overwrite: bool, progress: Callable[[int], None]) -> None:
    part = PartFile(target, overwrite=overwrite)
    try:
        with zipfile.ZipFile(part.path, "w", zipfile.ZIP_STORED) as file:  # pictures do not shrink
            file.writestr(CLASSES_FILE, _classes_file(samples))
            for count, (sample, name) in enumerate(_names(samples), 1):
                file.writestr(name, _bytes_of(sample))
                if count % 32 == 0:
                    progress(count)
        part.commit()
    except OSError as error:
        raise SampleError("{target} cannot be written: {reason}", target=target, reason=why(error)) from error
    finally:
        part.discard()
    progress(len(samples))


def _write_folder(samples: SampleSet, target: Path, overwrite: bool, progress: Callable[[int], None]) -> None:
    if os.path.lexists(target) and not (target.is_dir() and not any(target.iterdir())) and not overwrite:
        raise SampleError(
            "{target} exists; choose another name, or allow it to be overwritten", target=target
        )
    part = target.with_name(f"{target.name}.part-{os.getpid()}")
    try:
        part.mkdir(parents=True)
        (part / CLASSES_FILE).write_bytes(_classes_file(samples))
        for count, (sample, name) in enumerate(_names(samples), 1):
            file = part / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(_bytes_of(sample))
            if count % 32 == 0:
                progress(count)
        _put_in_place(part, target)
    except OSError as error:
        raise SampleError("{target} cannot be written: {reason}", target=target, reason=why(error)) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    progress(len(samples))


def _put_in_place(part: Path, target: Path) -> None:
    before = target.with_name(f"{target.name}.before-{os.getpid()}")
    if os.path.lexists(target):
        target.rename(before)
    try:
        part.rename(target)
    except OSError:
        with suppress(OSError):
            before.rename(target)
        raise
    sync_folder(target.absolute().parent)
    if before.is_dir() and not before.is_symlink():
        shutil.rmtree(before, ignore_errors=True)
    else:
        before.unlink(missing_ok=True)


def _bytes_of(sample: Sample) -> bytes:
    if not sample.movement:
        return read_bytes(sample.path)
    try:
        return sample.path.read_bytes()
    except OSError as error:
        raise SampleError(
            "movement {path} cannot be read: {reason}", path=sample.path, reason=why(error)
        ) from error


def _folders(samples: SampleSet) -> dict[str, str]:
    folders: dict[str, str] = {}
    for label in samples.labels:
        folders[label] = folder_name(label, folders.values())
    return folders


def _classes_file(samples: SampleSet) -> bytes:
    by_folder = {folder: label for label, folder in _folders(samples).items()}
    return ClassesFile(by_folder, samples.background).as_bytes()


def _names(samples: SampleSet) -> Iterator[tuple[Sample, str]]:
    folders = _folders(samples)
    sizes = Counter((s.label, s.session) for s in samples.samples)
    sessions: dict[str, str] = {}
    used: set[str] = set()
    for sample in samples.samples:
        parts: list[str] = [sample.split] if samples.is_split and sample.split else []
        parts.append(folders[sample.label])
        if sizes[sample.label, sample.session] > 1:
            if sample.session not in sessions:
                sessions[sample.session] = folder_name(sample.session, sessions.values())
            parts.append(sessions[sample.session])
        stem = folder_name(Path(sample.id).stem)
        name = "/".join([*parts, stem + sample.path.suffix.lower()])
        number = 1
        while name.lower() in used:
            number += 1
            name = "/".join([*parts, f"{stem}-{number}{sample.path.suffix.lower()}"])
        used.add(name.lower())
        yield sample, name
