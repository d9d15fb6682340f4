"""What the events of a manifest add up to: classes, samples, and which edits can be undone.

Events name classes by the label that they had at that time. An edit is a patch: what it changed, before and
after, so that undoing and doing again are the same operation with the sides exchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from sys import intern
from typing import Any

from vision_app.errors import SampleError
from vision_app.messages import Message
from vision_app.samples.hashing import FINGERPRINT_DIGITS
from vision_app.samples.labels import clean_label, folder_name, is_safe_name
from vision_app.samples.manifest import Event
from vision_app.samples.sample import ORIGINS, CropRecord, MovementFacts, Origin, Split

Before = tuple[Any, ...]
_SPLITS: dict[str, Split] = {"train": "train", "val": "val"}
_ORIGINS: dict[str, Origin] = {origin: origin for origin in ORIGINS}


@dataclass(slots=True, eq=False)
class ClassState:
    """A class, also one that was merged away or deleted."""

    label: str
    folder: str
    background: bool = False
    alive: bool = True
    movement: bool = False
    members: dict[str, None] = field(default_factory=dict)
    """Ids of its samples that are not deleted, in the order of coming."""

    def snapshot(self) -> Before:
        """What an edit can change of it."""
        return self.label, self.folder, self.background, self.alive


@dataclass(slots=True, eq=False)
class StoredSample:
    """A sample, also a deleted one."""

    id: str
    file: str
    sha256: str
    of: ClassState
    first_label: str
    session: str
    time: str
    source_id: str
    size_wh: tuple[int, int]
    crop: CropRecord | None
    origin: Origin
    original: str
    fingerprint: int | None
    split: Split | None
    movement: MovementFacts | None = None
    deleted: bool = False
    place: str | None = None
    """Where its file is now, relative to the store; None when it was not found."""


@dataclass(slots=True)
class Edit:
    """A change that can be undone."""

    number: int
    text: str
    entries: list[tuple[StoredSample, tuple[ClassState, bool], tuple[ClassState, bool]]] = field(
        default_factory=list
    )
    classes: list[tuple[ClassState, Before, Before]] = field(default_factory=list)


class StoreState:
    """The events of a store, applied."""

    def __init__(self) -> None:
        self.classes: list[ClassState] = []
        self.entries: dict[str, StoredSample] = {}
        self.undoable: list[Edit] = []
        self.redoable: list[Edit] = []
        self.edit_count = 0
        self.known: dict[tuple[str, str], str] = {}
        """(SHA-256, label at the time of coming) of the samples that are not deleted, to their ids."""
        self.forgotten: set[str] = set()
        """Ids of deleted samples whose files are gone for good."""
        self._folders: dict[str, ClassState] = {}
        """Every folder's name that was ever used, to its class: an undone rename finds its folder free."""
        self._labels: dict[str, ClassState] = {}
        """Every label that a class ever had, to the class that had it last: models may know it by that one."""

    def takes(self, event: Event) -> bool:
        """Apply an event that was read from a manifest; False when it makes no sense and was left out."""
        try:
            self.apply(event)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, SampleError):
            return False
        return True

    def apply(self, event: Event) -> None:
        """Apply one event.

        Raises:
            SampleError: it cannot be done in this state. Nothing has changed then.
            KeyError, TypeError, ValueError: the event is malformed.
        """
        _APPLY[event["op"]](self, event)

    def earlier_labels(self) -> dict[str, tuple[str, ...]]:
        """Labels that each class had before the one it has now; none that a class has now."""
        live = {of.label: of for of in self.classes if of.alive}
        return {
            label: tuple(old for old, had in self._labels.items() if had is of and old not in live)
            for label, of in live.items()
        }

    def live_class(self, label: str) -> ClassState | None:
        """The class of that label."""
        return next((c for c in self.classes if c.alive and c.label == label), None)

    def need_class(self, label: str) -> ClassState:
        """The class of that label.

        Raises:
            SampleError: there is none.
        """
        found = self.live_class(label)
        if found is None:
            there = ", ".join(repr(c.label) for c in self.classes if c.alive) or "none"
            raise SampleError(
                "there is no class {label!r}; the classes are: {there}", label=label, there=there
            )
        return found

    def free_folder(self, label: str, own: ClassState | None = None) -> str:
        """A folder's name for a label that no other class uses or can get back.

        Args:
            label: a clean label.
            own: the class that is to have it; None for a new one.
        """
        return folder_name(label, [name for name, of in self._folders.items() if of is not own])

    # -- events ------------------------------------------------------------------------------------------

    def _class(self, event: Event) -> None:
        label, folder = clean_label(event["label"]), str(event["folder"])
        if not is_safe_name(folder):
            raise ValueError(folder)
        self.redoable.clear()
        movement = event.get("movement") is True
        live = self.live_class(label)
        if live is not None:
            return
        dead = next((c for c in self.classes if c.label == label and c.movement == movement), None)
        if dead is not None:
            dead.alive = True
            return
        self.classes.append(ClassState(label, folder, bool(event.get("background")), movement=movement))
        self._folders[folder] = self._labels[label] = self.classes[-1]

    def _add(self, event: Event) -> None:
        of = self.need_class(event["class"])
        sample_id, file, sha256 = str(event["id"]), str(event["file"]), str(event["sha256"])
        if not (is_safe_name(sample_id) and is_safe_name(file)) or sample_id in self.entries:
            raise ValueError(sample_id)
        crop, fingerprint = event.get("crop"), event.get("fingerprint")
        movement = _movement(event.get("movement"))
        if (movement is not None) != of.movement:
            raise ValueError(of.label)
        entry = StoredSample(
            id=sample_id,
            file=file,
            sha256=sha256,
            of=of,
            first_label=intern(of.label),
            session=intern(str(event["session"])),
            time=str(event["time"]),
            source_id=intern(str(event.get("source", ""))),
            size_wh=(0, 0) if movement else (int(event["width"]), int(event["height"])),
            crop=None
            if crop is None
            else CropRecord(intern(str(crop["kind"])), _box(crop["xyxy"]), _size(crop.get("of"))),
            origin=_ORIGINS[event["origin"]],
            original=str(event.get("original", "")),
            fingerprint=None if fingerprint is None else _fingerprint(fingerprint),
            split=_SPLITS.get(event.get("split", "")),
            movement=movement,
        )
        self.entries[sample_id] = entry
        of.members[sample_id] = None
        self.known[sha256, entry.first_label] = sample_id
        self.redoable.clear()

    def _rename(self, event: Event) -> None:
        of, new = self.need_class(event["from"]), clean_label(event["to"])
        other = self.live_class(new)
        if other is not None:
            raise SampleError(
                "there is a class {new!r} already; merge the two, or choose another name", new=new
            )
        folder = str(event["folder"])
        if not is_safe_name(folder):
            raise ValueError(folder)
        self._folders[folder] = self._labels[new] = of
        edit = self._edit(Message("rename {label!r} to {new!r}", label=of.label, new=new))
        edit.classes.append((of, of.snapshot(), (new, folder, of.background, True)))
        self._done(edit)

    def _merge(self, event: Event) -> None:
        of, into = self.need_class(event["from"]), self.need_class(event["into"])
        if of is into:
            raise SampleError("a class cannot be merged with itself")
        _check_same_kind(of, into)
        edit = self._edit(
            Message("merge {label!r} into {into_label!r}", label=of.label, into_label=into.label)
        )
        edit.entries += [(self.entries[i], (of, False), (into, False)) for i in of.members]
        edit.classes.append((of, of.snapshot(), (of.label, of.folder, of.background, False)))
        self._done(edit)

    def _delete_class(self, event: Event) -> None:
        of = self.need_class(event["class"])
        edit = self._edit(Message("delete the class {label!r}", label=of.label))
        edit.entries += [(self.entries[i], (of, False), (of, True)) for i in of.members]
        edit.classes.append((of, of.snapshot(), (of.label, of.folder, of.background, False)))
        self._done(edit)

    def _delete(self, event: Event) -> None:
        entries = [e for e in self._entries(event["ids"]) if not e.deleted]
        edit = self._edit(Message("delete {samples}", samples=_samples(len(entries))))
        edit.entries += [(e, (e.of, False), (e.of, True)) for e in entries]
        self._done(edit)

    def _restore(self, event: Event) -> None:
        entries = [e for e in self._entries(event["ids"]) if e.deleted]
        edit = self._edit(Message("restore {samples}", samples=_samples(len(entries))))
        for entry in entries:
            if not entry.of.alive and (entry.of, entry.of.snapshot()) not in [
                (c, b) for c, b, _ in edit.classes
            ]:
                live = self.live_class(entry.of.label)
                if live is not None:
                    raise SampleError(
                        "there is another class {label!r} now; rename it first", label=live.label
                    )
                edit.classes.append((entry.of, entry.of.snapshot(), (*entry.of.snapshot()[:3], True)))
            edit.entries.append((entry, (entry.of, True), (entry.of, False)))
        self._done(edit)

    def _relabel(self, event: Event) -> None:
        to = self.need_class(event["to"])
        entries = [e for e in self._entries(event["ids"]) if e.of is not to and not e.deleted]
        for entry in entries:
            _check_same_kind(entry.of, to)
        edit = self._edit(
            Message("move {samples} to {label!r}", samples=_samples(len(entries)), label=to.label)
        )
        edit.entries += [(e, (e.of, False), (to, False)) for e in entries]
        self._done(edit)

    def _background(self, event: Event) -> None:
        label = event["class"]
        chosen = None if label is None else self.need_class(label)
        text = (
            Message("no background class")
            if chosen is None
            else Message("{label!r} is the background class", label=chosen.label)
        )
        edit = self._edit(text)
        movement = event.get("movement") is True if chosen is None else chosen.movement
        for of in self.classes:  # pictures and movements have one each
            if of.movement == movement and of.background != (of is chosen):
                edit.classes.append((of, of.snapshot(), (of.label, of.folder, of is chosen, of.alive)))
        self._done(edit)

    def _forget(self, event: Event) -> None:
        """Deleted samples whose files are gone for good: nothing before can be undone."""
        for entry in self._entries(event["ids"]):
            if entry.deleted:
                del self.entries[entry.id]
                self.forgotten.add(entry.id)
        self.undoable.clear()
        self.redoable.clear()

    def _undo(self, event: Event) -> None:
        edit = self._last(self.undoable, event, "undo")
        self._check_labels([(c, before) for c, before, _ in edit.classes])
        self._patch([(c, b) for c, b, _ in edit.classes], [(e, b) for e, b, _ in edit.entries])
        self.redoable.append(self.undoable.pop())

    def _redo(self, event: Event) -> None:
        edit = self._last(self.redoable, event, Message("do again"))
        self._check_labels([(c, after) for c, _, after in edit.classes])
        self._patch([(c, a) for c, _, a in edit.classes], [(e, a) for e, _, a in edit.entries])
        self.undoable.append(self.redoable.pop())

    # -- parts -------------------------------------------------------------------------------------------

    def _edit(self, text: str) -> Edit:
        return Edit(self.edit_count + 1, text)

    def _done(self, edit: Edit) -> None:
        self._patch([(c, a) for c, _, a in edit.classes], [(e, a) for e, _, a in edit.entries])
        self.edit_count = edit.number
        self.undoable.append(edit)
        self.redoable.clear()

    def _patch(
        self,
        classes: Sequence[tuple[ClassState, Before]],
        entries: Sequence[tuple[StoredSample, tuple[ClassState, bool]]],
    ) -> None:
        for of, values in classes:
            of.label, of.folder, of.background, of.alive = values
        touched: set[int] = set()
        for entry, (of, deleted) in entries:
            entry.of.members.pop(entry.id, None)
            key = entry.sha256, entry.first_label
            if deleted:
                if self.known.get(key) == entry.id:
                    del self.known[key]
            else:
                of.members[entry.id] = None
                self.known[key] = entry.id
                touched.add(id(of))
            entry.of, entry.deleted = of, deleted
        for of in self.classes:  # what comes back takes its old place
            if id(of) in touched:
                of.members = dict.fromkeys(sorted(of.members))

    def _check_labels(self, wanted: Sequence[tuple[ClassState, Before]]) -> None:
        """Two living classes must not get one label.

        Raises:
            SampleError: they would.
        """
        changed = {id(of) for of, _ in wanted}
        for _, (label, _, _, alive) in wanted:
            if alive and any(c.alive and c.label == label for c in self.classes if id(c) not in changed):
                raise SampleError("there is another class {label!r} now; rename it first", label=label)

    def _last(self, edits: list[Edit], event: Event, what: str) -> Edit:
        if not edits or edits[-1].number != event["n"]:
            raise SampleError("there is nothing to {what}", what=what)
        return edits[-1]

    def _entries(self, ids: Iterable[str]) -> list[StoredSample]:
        found = []
        for sample_id in dict.fromkeys(ids):
            if sample_id not in self.entries:
                raise SampleError("there is no sample {sample_id!r}", sample_id=sample_id)
            found.append(self.entries[sample_id])
        return found


_APPLY: dict[str, Callable[[StoreState, Event], None]] = {
    "class": StoreState._class,
    "add": StoreState._add,
    "rename": StoreState._rename,
    "merge": StoreState._merge,
    "delete": StoreState._delete,
    "delete-class": StoreState._delete_class,
    "restore": StoreState._restore,
    "relabel": StoreState._relabel,
    "background": StoreState._background,
    "forget": StoreState._forget,
    "undo": StoreState._undo,
    "redo": StoreState._redo,
}


def _fingerprint(text: Any) -> int:
    if not isinstance(text, str) or len(text) > FINGERPRINT_DIGITS:
        raise ValueError(text)
    return int(text, 16)


def _size(value: Any) -> tuple[int, int] | None:
    if value is None:
        return None
    width, height = (int(side) for side in value)
    if min(width, height) < 1:
        raise ValueError(value)
    return width, height


def _box(values: Sequence[Any]) -> tuple[int, int, int, int]:
    left, top, right, bottom = (int(v) for v in values)
    return left, top, right, bottom


def _movement(value: Any) -> MovementFacts | None:
    if value is None:
        return None
    return MovementFacts(
        int(value["rows"]),
        float(value["seconds"]),
        tuple(intern(str(track)) for track in value["tracks"]),
        float(value["seen"]),
        value["pictures"] is True,
    )


def _check_same_kind(one: ClassState, other: ClassState) -> None:
    """Pictures and movements stay apart.

    Raises:
        SampleError: the classes are of both kinds.
    """
    if one.movement != other.movement:
        picture, movement = (other, one) if one.movement else (one, other)
        raise SampleError(
            "{movement!r} is a class of movements and {picture!r} one of pictures; they cannot be mixed",
            movement=movement.label,
            picture=picture.label,
        )


def _samples(count: int) -> str:
    return Message("{count} sample{s}", count=count, s="s" * (count != 1))
