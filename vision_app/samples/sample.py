"""What a sample is: one labelled picture or movement, and where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from vision_app.results.values import ImageU8
from vision_app.sequences.files import SUFFIX, as_bytes
from vision_app.sequences.recorded import Recorded

Origin = Literal["capture", "import", "adopted"]
ORIGINS: tuple[Origin, ...] = ("capture", "import", "adopted")
Split = Literal["train", "val"]


@dataclass(frozen=True, slots=True)
class Sample:
    """One labelled picture or movement on the disk. What a training needs of it.

    Attributes:
        id: its name, unique in its store or folder.
        path: the picture, or the file of the movement.
        label: its class.
        session: samples of one session were taken together and may look alike: they belong on one side of a split.
        sha256: hash of the file, 64 hexadecimal digits.
        split: the side it was given by its folder (`train/` or `val/`); None when nobody has decided.
        fingerprint: what it looks like (`hashing.fingerprint`); None when that is not known yet.
        movement: it is a movement: `sequences.files` reads it.
    """

    id: str
    path: Path
    label: str
    session: str
    sha256: str
    split: Split | None = None
    fingerprint: int | None = None
    movement: bool = False


@dataclass(frozen=True, slots=True)
class CropRecord:
    """Which part of a frame became the sample.

    Attributes:
        kind: `whole`, `centre`, `box` or `region`.
        xyxy: the part, pixels of the frame.
        of_wh: width and height of the frame; None where an older store did not note it.
    """

    kind: str
    xyxy: tuple[int, int, int, int]
    of_wh: tuple[int, int] | None = None

    def as_record(self) -> dict[str, Any]:
        """As an object of the manifest."""
        record: dict[str, Any] = {"kind": self.kind, "xyxy": list(self.xyxy)}
        return record if self.of_wh is None else {**record, "of": list(self.of_wh)}


@dataclass(frozen=True, slots=True)
class MovementFacts:
    """What the manifest says of a movement.

    Attributes:
        rows: how many frames.
        seconds: from the first to the last.
        tracks: what was recorded: `hands`, `body`, `embedding:MODEL@SHA256`, `table`.
        seen: share of the frames in which anything was seen, from 0 to 1.
        pictures: whether the pictures were kept too.
    """

    rows: int
    seconds: float
    tracks: tuple[str, ...]
    seen: float
    pictures: bool

    def as_record(self) -> dict[str, Any]:
        """As an object of the manifest."""
        return {
            "rows": self.rows,
            "seconds": round(self.seconds, 3),
            "tracks": list(self.tracks),
            "seen": round(self.seen, 3),
            "pictures": self.pictures,
        }


@dataclass(frozen=True, slots=True)
class Facts:
    """What the manifest says of a sample beside what a training needs.

    Attributes:
        time: when it was taken, ISO 8601, UTC.
        source_id: where it came from, credentials removed.
        size_wh: width and height, pixels; (0, 0) for a movement.
        crop: the part of the frame that it is; None for a picture that was brought in.
        origin: how it came into the store.
        original: name of the file it was made from, "" for a captured one.
        movement: what is known of a movement; None for a picture.
    """

    time: str
    source_id: str
    size_wh: tuple[int, int]
    crop: CropRecord | None
    origin: Origin
    original: str
    movement: MovementFacts | None = None


@dataclass(frozen=True, slots=True)
class NewSample:
    """A picture that is to be kept.

    Attributes:
        label: its class.
        session: see `Sample`.
        data: the encoded file, kept as it is.
        suffix: its suffix, such as `.jpg`.
        image: (H, W, 3) uint8 BGR, what the file shows.
        source_id: credentials removed.
        crop: the part of the frame that it is.
        origin: how it comes.
        original: name of the file it was made from.
        time: ISO 8601, UTC; None for now.
        split: the side that its folder put it on; None when nobody has decided.
    """

    label: str
    session: str
    data: bytes
    suffix: str
    image: ImageU8
    source_id: str = ""
    crop: CropRecord | None = None
    origin: Origin = "capture"
    original: str = ""
    time: str | None = None
    split: Split | None = None


@dataclass(frozen=True, slots=True)
class NewMovement:
    """A movement that is to be kept.

    Attributes:
        label: its class.
        session: see `Sample`.
        data: the file, as `sequences.files` writes it.
        facts: what the manifest says of it.
        source_id: credentials removed.
        origin: how it comes.
        original: name of the file it was made from, with the span of time.
        time: ISO 8601, UTC; None for now.
        split: the side that its folder put it on; None when nobody has decided.
    """

    label: str
    session: str
    data: bytes
    facts: MovementFacts
    source_id: str = ""
    origin: Origin = "capture"
    original: str = ""
    time: str | None = None
    split: Split | None = None

    suffix = SUFFIX


def movement_facts(recorded: Recorded) -> MovementFacts:
    """What the manifest says of it."""
    return MovementFacts(
        len(recorded),
        recorded.duration_s,
        tuple(sorted(recorded.tracks)),
        recorded.seen,
        bool(recorded.jpegs),
    )


def new_movement(label: str, session: str, recorded: Recorded, **more: Any) -> NewMovement:
    """A movement to keep, of what was recorded.

    Args:
        label: its class.
        session: see `Sample`.
        recorded: what was recorded.
        more: further fields of `NewMovement`.
    """
    return NewMovement(label, session, as_bytes(recorded), movement_facts(recorded), **more)


@dataclass(frozen=True, slots=True)
class SampleClass:
    """A class of a store.

    Attributes:
        label: its name, any text.
        folder: name of its folder.
        count: how many samples it has.
        background: it stands for "none of these"; of movements, for what lies between them.
        movement: its samples are movements.
    """

    label: str
    folder: str
    count: int
    background: bool
    movement: bool = False
