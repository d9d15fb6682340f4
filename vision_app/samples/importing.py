"""Bringing pictures in: folders, zips, clips and single pictures. Doing it again adds nothing twice.

Whatever was cut off, by a crash or the user, is resumed by the same import: what is in the store already is
counted as known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from vision_app.errors import SampleError
from vision_app.messages import Message, message_of
from vision_app.paths import path_of
from vision_app.samples.archives import PictureArchive, is_zip
from vision_app.samples.arranging import Arranged, arrange
from vision_app.samples.crops import Crop, WholeFrame, cut
from vision_app.samples.dataset import (
    CLASSES_FILE,
    ClassesFile,
    parse_classes_file,
    pictures_under,
    read_classes_file,
)
from vision_app.samples.labels import clean_label
from vision_app.samples.pacing import Pace
from vision_app.samples.pictures import check_size, decode_picture, encode_jpeg, read_bytes
from vision_app.samples.sample import Facts, NewSample, Sample
from vision_app.samples.store import SampleStore, is_store
from vision_app.sources import SourceOptions, open_source
from vision_app.sources.images import IMAGE_SUFFIXES, passed_over
from vision_app.sources.opening import find_opener

CLIP_RATE_HZ = 2.0
_BATCH = 32
_BATCH_BYTES = 32_000_000
_MOST_MESSAGES = 100


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What to bring in.

    Attributes:
        source: a folder, a zip, a clip, a picture, or another store.
        label: the class of all of it; None where folders name the classes.
        every: take each N-th frame of a clip; None to go by the rate.
        rate_hz: take so many frames a second of a clip.
        session: the session of all of it; None for one a clip, one a folder inside that of a class, else one a file.
        crop: which part of a clip's frames becomes the sample.
    """

    source: Path
    label: str | None = None
    every: int | None = None
    rate_hz: float | None = None
    session: str | None = None
    crop: Crop = field(default_factory=WholeFrame)


@dataclass(slots=True)
class Imported:
    """What came of an import, so far.

    Attributes:
        added: samples that are on the disk now and were not before.
        known: pictures that were there already.
        refused: pictures that could not be taken.
        by_label: how many were added to each class.
        messages: why pictures were refused and what else the user should know; at most a hundred.
        stopped: it was ended before its end; the same import goes on from there.
    """

    added: int = 0
    known: int = 0
    refused: int = 0
    by_label: dict[str, int] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    stopped: bool = False

    def say(self, message: str) -> None:
        """Keep a message, unless there are too many."""
        if len(self.messages) < _MOST_MESSAGES:
            self.messages.append(message)

    def as_record(self) -> dict[str, Any]:
        """As an object of `samples import --json`."""
        return {
            "added": self.added,
            "known": self.known,
            "refused": self.refused,
            "by_class": self.by_label,
            "messages": self.messages,
            "stopped": self.stopped,
        }


Progress = Callable[[Imported], None]
Make = Callable[[], NewSample | None]
"""Makes a sample; None when it is known already."""


def import_samples(
    store: SampleStore,
    request: ImportRequest,
    *,
    into: Imported | None = None,
    progress: Progress | None = None,
    on_saved: Callable[[Sequence[Sample]], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Imported:
    """Bring pictures into a store.

    Args:
        store: a writable store.
        request: what to bring in.
        into: figures of imports before, to go on counting in.
        progress: told after each batch that is on the disk.
        on_saved: given the samples that have just been counted.
        stop: asked between pictures whether to end here.

    Returns:
        What came of it. Pictures that cannot be read are refused one by one and do not end it.

    Raises:
        SampleError: there is nothing that could be brought in, or the store cannot be written.
        SourceError: the clip cannot be read.
    """
    source = path_of(request.source)
    if request.label is not None:
        clean_label(request.label)
    if not source.exists():
        raise SampleError("no such file or folder: {source}", source=source)
    done = Imported() if into is None else into
    writer = _Batches(store, done, progress, on_saved)
    incoming = _Reader(source, request, store, done).incoming()
    try:
        for make in incoming:
            if stop is not None and stop():
                done.stopped = True
                break
            writer.take(make)
    finally:
        incoming.close()  # closes an archive or a clip
        writer.flush()  # what was read is kept, also when the source failed or the user had enough
    return done


class _Batches:
    """Keeps samples some at a time, and says what came of them."""

    def __init__(
        self,
        store: SampleStore,
        done: Imported,
        progress: Progress | None,
        on_saved: Callable[[Sequence[Sample]], None] | None,
    ) -> None:
        self._store = store
        self._on_saved = on_saved
        self._done = done
        self._progress = progress
        self._waiting: list[NewSample] = []
        self._keys: set[tuple[str, str]] = set()

    def take(self, make: Make) -> None:
        """Take one in, or say why not."""
        try:
            new = make()
        except SampleError as error:
            self._done.refused += 1
            self._done.say(message_of(error))
            return
        if new is None:
            self._done.known += 1
            return
        key = hashlib.sha256(new.data).hexdigest(), clean_label(new.label)
        if key in self._keys:
            self._done.known += 1
            return
        self._keys.add(key)
        self._waiting.append(new)
        if len(self._waiting) >= _BATCH or sum(len(n.data) for n in self._waiting) > _BATCH_BYTES:
            self.flush()

    def flush(self) -> None:
        """Keep what waits."""
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            samples = self._store.add_many(waiting)
            for sample in samples:
                self._done.added += 1
                self._done.by_label[sample.label] = self._done.by_label.get(sample.label, 0) + 1
            self._keys.clear()
            if self._on_saved is not None:
                self._on_saved(samples)
        if self._progress is not None:
            self._progress(self._done)


class _Reader:
    """Gives what an import wants, one picture after the other, each made only when it is its turn."""

    def __init__(self, source: Path, request: ImportRequest, store: SampleStore, done: Imported) -> None:
        self._source = source
        self._request = request
        self._store = store
        self._done = done

    def incoming(self) -> Generator[Make, None, None]:
        """What makes each sample.

        Raises:
            SampleError: there is nothing to bring in.
            SourceError: the clip cannot be read.
        """
        source = self._source
        if source.is_dir():
            return self._from_store() if is_store(source) else self._from_folder()
        if is_zip(source):
            return self._from_zip()
        if source.suffix.lower() in IMAGE_SUFFIXES and find_opener(str(source)).name != "animation":
            return self._from_picture()
        return self._from_clip()

    def _from_folder(self) -> Generator[Make, None, None]:
        root = self._source
        others: list[Path] = []
        paths = [p.relative_to(root).as_posix() for p in pictures_under(root, others)]
        self._say_passed_over(Message("folder {root}", root=root), others)
        said = read_classes_file(root)
        if said.problem:
            self._done.say(Message("folder {root}: {problem}", root=root, problem=said.problem))
        for item in self._arranged(paths, said, Message("folder {root}", root=root)):
            path = root / item.path
            yield partial(self._picture, item, partial(read_bytes, path), str(path))

    def _from_zip(self) -> Generator[Make, None, None]:
        with PictureArchive(self._source) as archive:
            names = [n for n in archive.names if Path(n).name == CLASSES_FILE]
            said = parse_classes_file(archive.text(names[0]) if names else None)
            if said.problem:
                self._done.say(Message("zip {source}: {problem}", source=self._source, problem=said.problem))
            for note in archive.notes:
                self._done.say(note)
            taken = {*archive.pictures, *names}
            self._say_passed_over(
                Message("zip {source}", source=self._source),
                [Path(n) for n in archive.names if n not in taken],
            )
            for item in self._arranged(archive.pictures, said, Message("zip {source}", source=self._source)):
                yield partial(self._picture, item, partial(archive.read, item.path), item.path)

    def _say_passed_over(self, where: str, others: list[Path]) -> None:
        """What is not read is counted and named."""
        left = passed_over([path for path in others if path.name != CLASSES_FILE])
        if left:
            self._done.say(f"{where}: {left}")

    def _from_picture(self) -> Generator[Make, None, None]:
        source = self._source
        item = Arranged(source.name, self._need_label("picture"), None, source.name)
        yield partial(self._picture, item, partial(read_bytes, source), str(source))

    def _from_store(self) -> Generator[Make, None, None]:
        root, store = self._source, self._store
        if store.folder == root.absolute():
            raise SampleError("samples {root}: a store cannot be imported into itself", root=root)
        with SampleStore.open(root, writable=False) as other:
            self._keep_background(other.background)
            for sample in other.samples():
                yield partial(self._from_other_store, sample, other.facts(sample.id))

    def _from_clip(self) -> Generator[Make, None, None]:
        path, request = self._source, self._request
        label = clean_label(self._need_label("clip"))
        pace = Pace(request.rate_hz or (None if request.every else CLIP_RATE_HZ))
        with open_source(str(path), SourceOptions(every=request.every or 1), self._done.say) as clip:
            check_size(clip.info.size_wh, str(path))
            while (frame := clip.read()) is not None:
                at_s = frame.position_s if frame.position_s is not None else 0.0
                if not pace.is_due(at_s):
                    continue
                part = cut(frame.image, request.crop)
                if part is None:
                    raise SampleError(
                        "clip {path}: the part to crop to is too small, or needs a detector", path=path
                    )
                pace.took(at_s)
                image, crop = part
                new = NewSample(
                    label,
                    request.session or path.name,
                    encode_jpeg(image),
                    ".jpg",
                    image,
                    clip.info.source_id,
                    crop,
                    "import",
                    f"{path.name}@{at_s:.3f}s",
                )
                yield partial(self._unless_known, new)

    # -- making samples; None for what is known already --------------------------------------------------

    def _picture(self, item: Arranged, read: Callable[[], bytes], name: str) -> NewSample | None:
        data, label = read(), clean_label(item.label)
        if self._is_known(data, label):
            return None
        picture = decode_picture(data, name)
        for note in picture.notes:
            self._done.say(note)
        return NewSample(
            label,
            self._request.session or f"{self._source.name}/{item.session}",
            data,
            picture.suffix,
            picture.image,
            source_id=self._source.name,
            origin="import",
            original=item.path,
            split=item.split,
        )

    def _from_other_store(self, sample: Sample, facts: Facts) -> NewSample | None:
        label = clean_label(self._request.label or sample.label)
        if self._store.known(sample.sha256, label) is not None:
            return None
        data = read_bytes(sample.path)
        return NewSample(
            label,
            self._request.session or sample.session,
            data,
            sample.path.suffix,
            decode_picture(data, str(sample.path)).image,
            source_id=facts.source_id,
            crop=facts.crop,
            origin=facts.origin,
            original=facts.original,
            time=facts.time,
            split=sample.split,
        )

    def _unless_known(self, new: NewSample) -> NewSample | None:
        return None if self._is_known(new.data, new.label) else new

    def _is_known(self, data: bytes, label: str) -> bool:
        return self._store.known(hashlib.sha256(data).hexdigest(), label) is not None

    # -- parts -------------------------------------------------------------------------------------------

    def _arranged(self, paths: list[str], said: ClassesFile, what: str) -> list[Arranged]:
        found, stray = arrange(paths, self._request.label, said.labels)
        if not found:
            if stray:
                raise SampleError(
                    "{what}: its {count} pictures lie in no folder of a class; name their class with --class",
                    what=what,
                    count=len(stray),
                )
            raise SampleError("{what}: no pictures in it", what=what)
        if stray:
            self._done.refused += len(stray)
            self._done.say(
                Message(
                    "{count} pictures lie in no folder of a class and were left out, such as {stray}",
                    count=len(stray),
                    stray=stray[0],
                )
            )
        if said.background in {item.label for item in found}:
            self._keep_background(said.background)
        return found

    def _keep_background(self, label: str | None) -> None:
        """The background class of what is imported becomes that of a store without one."""
        if label is not None and self._store.background is None and self._request.label is None:
            self._store.add_class(label, background=True)

    def _need_label(self, what: str) -> str:
        if self._request.label is None:
            raise SampleError(
                "{what} {source}: which class is it? Name it with --class", what=what, source=self._source
            )
        return self._request.label
