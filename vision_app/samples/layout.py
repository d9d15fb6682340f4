"""Where things are in a store, and bringing files to where the manifest says that they belong.

- `manifest.jsonl`: what counts
- `pictures/<class>/<id>.jpg`
- `movements/<class>/<id>.npz`
- `trash/<id>.jpg`: deleted samples, until the trash is emptied
- `aside/`: files that were found in `pictures/` or `movements/` and are none
- `thumbnails/`: can be deleted at any time
- `incoming/`: files that are being written
- `store.lock`: held by the one that writes
"""

from __future__ import annotations

import os
import unicodedata
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from vision_app.samples.labels import folder_key
from vision_app.samples.state import ClassState, StoredSample, StoreState

PICTURES = "pictures"
MOVEMENTS = "movements"
TRASH = "trash"
ASIDE = "aside"
INCOMING = "incoming"
THUMBNAILS = "thumbnails"
LOCK = "store.lock"


def home_of(entry: StoredSample) -> str:
    """Where the file of a sample belongs, relative to the store."""
    return f"{TRASH}/{entry.file}" if entry.deleted else f"{folder_of(entry.of)}/{entry.file}"


def folder_of(of: ClassState) -> str:
    """Where the samples of a class belong, relative to the store."""
    return f"{MOVEMENTS if of.movement else PICTURES}/{of.folder}"


def find_files(root: Path) -> dict[str, list[str]]:
    """Names of all files in the folders of the classes and in the trash, each to where it lies.

    Raises:
        OSError: a folder cannot be listed.
    """
    found: dict[str, list[str]] = {}
    classes = [f"{kind}/{name}" for kind in (PICTURES, MOVEMENTS) for name in _folders_in(root / kind)]
    for where in [*classes, TRASH]:
        with suppress(FileNotFoundError), os.scandir(root / where) as entries:
            for e in entries:
                if not e.name.startswith(".") and e.is_file(follow_symlinks=False):
                    found.setdefault(e.name, []).append(f"{where}/{e.name}")
    return found


def locate(state: StoreState, files: dict[str, list[str]]) -> list[str]:
    """Set `StoredSample.place` of every sample.

    Returns:
        Files in the folders of the classes that belong to no sample.
    """
    used: set[str] = set()
    for entry in state.entries.values():
        places = files.get(entry.file, ())
        home = home_of(entry)
        entry.place = next((p for p in places if _same_place(p, home)), places[0] if places else None)
        if entry.place is not None:
            used.add(entry.place)
    return sorted(
        p for places in files.values() for p in places if p not in used and not p.startswith(f"{TRASH}/")
    )


def bring_home(root: Path, state: StoreState, looking: AbstractContextManager[object]) -> int:
    """Move files to where the manifest says that they belong. What cannot be moved stays, and is found there.

    Args:
        root: the store.
        state: its state, with the places of the files.
        looking: held while one file or folder moves, so that nobody is told a place that has just changed.

    Returns:
        How many files are not where they belong.
    """
    chosen = list(state.entries.values())
    _rename_folders(root, chosen, looking)
    left = 0
    for entry in chosen:
        home = home_of(entry)
        if entry.place is None or entry.place == home:
            continue
        target = root / home
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with looking:
                (root / entry.place).rename(target)
                entry.place = home
        except OSError:  # in use by another program, say
            left += 1
    for of in state.classes:
        if not of.members:
            with suppress(OSError):  # only an empty one goes
                (root / folder_of(of)).rmdir()
    return left


def folders_of(state: StoreState) -> dict[str, ClassState]:
    """The folders of the living classes, by a key that is the same on every system."""
    return {folder_key(of.folder): of for of in state.classes if of.alive}


def _rename_folders(root: Path, entries: list[StoredSample], looking: AbstractContextManager[object]) -> None:
    """Rename the folder of a class as a whole where all of its files are still in the old one."""
    by_class: dict[int, list[StoredSample]] = {}
    for entry in entries:
        if not entry.deleted and entry.place is not None and entry.place != home_of(entry):
            by_class.setdefault(id(entry.of), []).append(entry)
    for group in by_class.values():
        new = folder_of(group[0].of)
        olds = {(e.place or "").rpartition("/")[0] for e in group}
        if len(olds) != 1 or (old := olds.pop()) == new or old == TRASH:
            continue
        if len(group) != len(group[0].of.members) or not _may_become(root / old, root / new):
            continue
        here = {e.file for e in group}
        try:
            with os.scandir(root / old) as others:
                if any(o.name not in here for o in others):
                    continue
            with looking:
                (root / old).rename(root / new)
                for entry in group:
                    entry.place = f"{new}/{entry.file}"
        except OSError:
            continue


def _may_become(old: Path, new: Path) -> bool:
    return not new.exists() or new.samefile(old)  # the same: only upper and lower case differ


def _folders_in(folder: Path) -> list[str]:
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        return sorted(
            e.name for e in entries if not e.name.startswith(".") and e.is_dir(follow_symlinks=False)
        )
    return []


def _same_place(one: str, other: str) -> bool:
    # macOS may give names back in decomposed form
    return one == other or unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other)
