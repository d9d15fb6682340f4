"""What the opening of a store puts right after a crash, a kill, or a hand that put files into it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from vision_app.errors import SampleError
from vision_app.messages import Message, listed
from vision_app.samples import clock, layout
from vision_app.samples.labels import clean_label, folder_key
from vision_app.samples.manifest import Event
from vision_app.samples.movements import read_movement
from vision_app.samples.pictures import decode_picture, read_bytes
from vision_app.samples.records import add_event
from vision_app.samples.sample import NewMovement, NewSample, movement_facts
from vision_app.samples.state import ClassState, StoreState
from vision_app.sequences.files import SUFFIX
from vision_app.sources.images import is_image_name

_SAME_BURST_MS = 60_000
_NOT_OURS = frozenset({"thumbs.db", "desktop.ini"})

Log = Callable[[Sequence[Event]], None]


@dataclass(slots=True)
class Repaired:
    """What was found, and what was done about it."""

    wrong_lines: int = 0
    adopted: int = 0
    movements: int = 0
    aside: int = 0
    missing: int = 0
    unlisted: int = 0
    misplaced: int = 0

    def notices(self) -> tuple[str, ...]:
        """In words; none when all was well."""
        lines = []
        if self.adopted:
            lines.append(
                Message(
                    "{pictures} that no line of the manifest named {was} taken in",
                    pictures=_pictures(self.adopted),
                    was=_was(self.adopted),
                )
            )
        if self.movements:
            lines.append(
                Message(
                    "{count} movement{s} that no line of the manifest named {was} taken in",
                    count=self.movements,
                    s="s" * (self.movements != 1),
                    was=_was(self.movements),
                )
            )
        if self.aside:
            lines.append(
                Message(
                    "{files} that {was} no readable picture moved to {aside}/",
                    files=_files(self.aside),
                    was=_was(self.aside),
                    aside=layout.ASIDE,
                )
            )
        if self.missing:
            lines.append(
                Message(
                    "{files} of samples {was} not found: put back what was moved away, or run vision-app "
                    "samples check",
                    files=_files(self.missing),
                    was=_was(self.missing),
                )
            )
        if self.wrong_lines:
            lines.append(
                Message(
                    "{wrong_lines} lines of the manifest make no sense and were passed over",
                    wrong_lines=self.wrong_lines,
                )
            )
        if self.unlisted:
            lines.append(
                Message("{files} that no line of the manifest names left out", files=_files(self.unlisted))
            )
        if self.misplaced:
            lines.append(
                Message(
                    "{files} could not be moved and will be later; other programs use them",
                    files=_files(self.misplaced),
                )
            )
        return (listed(lines, "; "),) if lines else ()


def repair(root: Path, state: StoreState, log: Log) -> Repaired:
    """Bring the files of a store and its state together. Changes nothing that was counted.

    Raises:
        OSError: the store cannot be read or written.
    """
    done = Repaired()
    _clear(root / layout.INCOMING)
    files = layout.find_files(root)
    strays = layout.locate(state, files)
    for name, places in files.items():
        if name.rpartition(".")[0] in state.forgotten:
            for place in places:
                if place.startswith(f"{layout.TRASH}/"):
                    (root / place).unlink(missing_ok=True)
    if strays:
        _adopt(root, state, strays, log, done)
    done.misplaced = layout.bring_home(root, state, nullcontext())
    return done


def _clear(folder: Path) -> None:
    """Remove what was being written: it was never counted."""
    for path in folder.iterdir():
        with suppress(OSError):
            path.unlink()


def _adopt(root: Path, state: StoreState, strays: list[str], log: Log, done: Repaired) -> None:
    folders = layout.folders_of(state)
    for place in strays:
        path = root / place
        if path.name.lower() in _NOT_OURS:
            continue
        movement = place.startswith(f"{layout.MOVEMENTS}/")
        stray = _read_movement(path) if movement else _read_picture(path)
        of = None if stray is None else _class_of(state, folders, place, log, movement=movement)
        if stray is None or of is None:
            _set_aside(root, path, done)
            continue
        sample_id = _id_for(path, state)
        new = replace(
            stray,
            label=of.label,
            session=_session_of(sample_id, path, of, state),
            original="" if path.stem == sample_id else path.name,
            time=clock.as_iso(clock.id_ms(sample_id) or 0),
        )
        event = add_event(new, sample_id, of.label)
        target = path.with_name(event["file"])
        if target != path:
            path.rename(target)
        log([event])
        state.apply(event)
        state.entries[sample_id].place = f"{PurePosixPath(place).parent}/{target.name}"
        done.adopted += not movement
        done.movements += movement


def _read_picture(path: Path) -> NewSample | None:
    """A picture that can be taken in; None for what cannot."""
    if not is_image_name(path):
        return None
    try:
        data = read_bytes(path)
        picture = decode_picture(data, path.name)
    except SampleError:
        return None
    return NewSample("", "", data, path.suffix.lower(), picture.image, origin="adopted")


def _read_movement(path: Path) -> NewMovement | None:
    """A movement that can be taken in; None for what cannot."""
    if path.suffix.lower() != SUFFIX:
        return None
    try:
        facts = movement_facts(read_movement(path))
        return NewMovement("", "", path.read_bytes(), facts, origin="adopted")
    except (SampleError, OSError):
        return None


def _class_of(
    state: StoreState, folders: dict[str, ClassState], place: str, log: Log, *, movement: bool
) -> ClassState | None:
    """The class of the folder that a file was found in; None where that is one of the other kind."""
    folder = PurePosixPath(place).parent.name
    of = folders.get(folder_key(folder))
    if of is None:
        of = folders[folder_key(folder)] = _class_of_folder(state, folder, log, movement=movement)
    return of if of.movement == movement else None


def _class_of_folder(state: StoreState, folder: str, log: Log, *, movement: bool) -> ClassState:
    label = clean_label(folder)
    live = state.live_class(label)
    if live is not None:
        return live
    event: Event = {"op": "class", "label": label, "folder": state.free_folder(label)}
    if movement:
        event["movement"] = True
    log([event])
    state.apply(event)
    return state.need_class(label)


def _id_for(path: Path, state: StoreState) -> str:
    if clock.id_ms(path.stem) is not None and path.stem not in state.entries:
        return path.stem
    ms = clock.now_ms()
    while clock.as_id(ms) in state.entries:
        ms += 1
    return clock.as_id(ms)


def _session_of(sample_id: str, path: Path, of: ClassState, state: StoreState) -> str:
    """A picture of a burst that a crash cut off belongs to that burst; one that was put here by hand is its own."""
    own = clock.id_ms(sample_id)
    if path.stem == sample_id and own is not None:
        near = [
            (abs(ms - own), state.entries[i].session)
            for i in of.members
            if (ms := clock.id_ms(i)) is not None and abs(ms - own) <= _SAME_BURST_MS
        ]
        if near:
            return min(near)[1]
    return f"adopted-{sample_id}"


def _set_aside(root: Path, path: Path, done: Repaired) -> None:
    folder = root / layout.ASIDE
    folder.mkdir(exist_ok=True)
    target, number = folder / path.name, 1
    while target.exists():
        number += 1
        target = folder / f"{path.stem}-{number}{path.suffix}"
    path.rename(target)
    done.aside += 1


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


def _files(count: int) -> str:
    return Message("{count} file{s}", count=count, s="s" * (count != 1))


def _pictures(count: int) -> str:
    return Message("{count} picture{s}", count=count, s="s" * (count != 1))
