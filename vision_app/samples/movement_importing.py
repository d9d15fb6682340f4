"""Bringing movements in: folders of clips, single clips with spans, tables of landmarks, other stores.

Doing it again adds nothing twice: a movement is known by the file and the span that it was made of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from vision_app.engine.rows import Looker, recorded, tracks_of
from vision_app.errors import SampleError, SourceError
from vision_app.messages import Message
from vision_app.paths import path_of
from vision_app.results.values import Frame
from vision_app.samples.arranging import arrange
from vision_app.samples.dataset import file_sha256, read_classes_file
from vision_app.samples.importing import Imported
from vision_app.samples.labels import clean_label
from vision_app.samples.landmark_tables import read_table
from vision_app.samples.movement_cutting import (
    LONGEST_S,
    MovementRequest,
    Span,
    check_length,
    cut_clip,
    original_of,
)
from vision_app.samples.movements import open_movements, read_movement
from vision_app.samples.pictures import encode_jpeg
from vision_app.samples.sample import NewMovement, Sample, new_movement
from vision_app.samples.store import SampleStore, is_store
from vision_app.sequences.files import SUFFIX
from vision_app.sequences.recorded import Recorded
from vision_app.sources import Source, SourceOptions, open_source
from vision_app.sources.images import in_natural_order, is_image_name
from vision_app.sources.opening import find_opener

TABLE_SUFFIXES = frozenset({".csv"})
_JPEG_QUALITY = 85


def import_movements(
    store: SampleStore,
    request: MovementRequest,
    *,
    into: Imported | None = None,
    looker: Looker | None = None,
    progress: Callable[[Imported], None] | None = None,
    on_saved: Callable[[Sequence[Sample]], None] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Imported:
    """Bring movements into a store. Each is on the disk before the next is looked at.

    Args:
        store: a writable store.
        request: what to bring in.
        into: figures of imports before, to go on counting in.
        looker: looks at the frames; loaded for the base when None.
        progress: told after each movement.
        on_saved: given the movements that have just been counted.
        stop: asked between movements whether to end here.

    Raises:
        SampleError: there is nothing that could be brought in, or the store cannot be written.
        ModelError: what is to look at clips cannot be used.
    """
    source = path_of(request.source)
    if not source.exists():
        raise SampleError("no such file or folder: {source}", source=source)
    request = replace(request, source=source)
    done = Imported() if into is None else into
    if request.idle is not None:
        store.add_class(request.idle, background=True, movement=True)
    for make in _Reader(store, request, done, looker).incoming():
        if stop():
            done.stopped = True
            break
        try:
            news = make()
        except (SampleError, SourceError) as error:
            done.refused += 1
            done.say(error.message)
            continue
        fresh = [new for new in news if not _is_known(store, new)]
        done.known += len(news) - len(fresh)
        if fresh:
            saved = store.add_many(fresh)
            done.added += len(saved)
            for sample in saved:
                done.by_label[sample.label] = done.by_label.get(sample.label, 0) + 1
            if on_saved is not None:
                on_saved(saved)
        if progress is not None:
            progress(done)
    return done


def _is_known(store: SampleStore, new: NewMovement) -> bool:
    return store.has_original(new.original, clean_label(new.label))


Make = Callable[[], list[NewMovement]]
"""Makes the movements of one file or row."""


class _Reader:
    """Gives what an import wants, one file after the other, each looked at only when it is its turn."""

    def __init__(
        self, store: SampleStore, request: MovementRequest, done: Imported, looker: Looker | None
    ) -> None:
        self._store, self._request, self._done, self._looker = store, request, done, looker

    def incoming(self) -> Iterator[Make]:
        source, request = self._request.source, self._request
        if source.is_dir():
            yield from self._from_store() if is_store(source) else self._from_folder()
        elif source.suffix.lower() in TABLE_SUFFIXES:
            yield from self._from_table(source, request.label, request.session)
        else:
            label = self._need_label(source)
            yield lambda: self._from_file(source, label, request.session or source.name, source.name)

    def _from_folder(self) -> Iterator[Make]:
        root = self._request.source
        said = read_classes_file(root)
        paths = [p.relative_to(root).as_posix() for p in _files_under(root)]
        found, stray = arrange(paths, self._request.label, said.labels)
        if not found:
            raise SampleError(
                "folder {root}: no clips, tables or movements in folders of a class, such as wave/1.mp4; name the "
                "class of all of it with --class",
                root=root,
            )
        if stray:
            self._done.refused += len(stray)
            self._done.say(
                Message(
                    "{count} files lie in no folder of a class and were left out, such as {first}",
                    count=len(stray),
                    first=stray[0],
                )
            )
        for item in found:
            path = root / item.path
            session = self._request.session or f"{root.name}/{item.session}"
            if path.suffix.lower() in TABLE_SUFFIXES:
                yield from self._from_table(path, item.label, session)
            else:
                yield lambda path=path, item=item, session=session: [  # type: ignore[misc]
                    replace(new, split=item.split)
                    for new in self._from_file(path, item.label, session, item.path)
                ]

    def _from_store(self) -> Iterator[Make]:
        found = open_movements(self._request.source)
        if found.idle is not None and self._store.idle is None and self._request.label is None:
            self._store.add_class(found.idle, background=True, movement=True)
        for sample in found.samples:
            label = self._request.label or sample.label
            session = self._request.session or sample.session
            yield (
                lambda sample=sample, label=label, session=session: [  # type: ignore[misc]
                    new_movement(
                        label,
                        session,
                        read_movement(sample.path),
                        origin="import",
                        original=f"{sample.id}#{sample.sha256[:16]}",
                        split=sample.split,
                    )
                ]
            )

    def _from_table(self, path: Path, label: str | None, session: str | None) -> Iterator[Make]:
        tables = read_table(path, self._request.rate_hz)
        digest = file_sha256(path)[:16]
        while True:
            try:
                one = next(tables, None)
                if one is None:
                    return
                if not (one.label or label):
                    raise SampleError(
                        "table {path}, line {line}: which class is it? Give the table a column 'class', or name it "
                        "with --class",
                        path=path,
                        line=one.line,
                    )
                check_length(one.recorded, f"{path.name}, line {one.line}")
            except SampleError as error:
                yield _raising(error)
                return
            new = new_movement(
                one.label or label or "",
                one.recording or session or path.name,
                one.recorded,
                source_id=path.name,
                origin="import",
                original=f"{path.name}:{one.line}#{digest}",
            )
            yield lambda new=new: [new]  # type: ignore[misc]

    def _from_file(self, path: Path, label: str, session: str, name: str) -> list[NewMovement]:
        if path.suffix.lower() == SUFFIX:
            whole = read_movement(path)
            return [
                new_movement(
                    label, session, whole, origin="import", original=f"{name}#{file_sha256(path)[:16]}"
                )
            ]
        if is_image_name(path) and find_opener(str(path)).name != "animation":
            raise SampleError("{path} is a picture; a movement needs a clip", path=path)
        original = f"{name}#{file_sha256(path)[:16]}"
        spans: tuple[Span | None, ...] = self._request.spans or (None,)
        if all(self._store.has_original(original_of(original, span), clean_label(label)) for span in spans):
            self._done.known += len(spans)
            return []
        whole = self._looked_at(path)
        made = cut_clip(whole, label, name, self._request)
        return [
            new_movement(
                cut.label,
                session,
                cut.recorded,
                source_id=path.name,
                origin="import",
                original=original_of(original, cut.span),
            )
            for cut in made
        ]

    def _looked_at(self, path: Path) -> Recorded:
        if self._looker is None:
            self._looker = Looker(tracks_of(self._request.base))
        keep = (lambda image: encode_jpeg(image, _JPEG_QUALITY)) if self._request.pictures else None
        with open_source(str(path), SourceOptions(), self._done.say) as clip:
            limit_s = None if self._request.spans or self._request.idle else LONGEST_S
            found = recorded(self._looker, _frames(clip, path, limit_s), keep=keep)
        if found is None:
            raise SampleError("clip {path} has no frame", path=path)
        return found

    def _need_label(self, source: Path) -> str:
        if self._request.label is None:
            raise SampleError("{source}: which class is it? Name it with --class", source=source)
        return self._request.label


def _frames(clip: Source, path: Path, limit_s: float | None) -> Iterator[Frame]:
    begun_s: float | None = None
    while (frame := clip.read()) is not None:
        at_s = frame.captured_s if frame.position_s is None else frame.position_s
        begun_s = at_s if begun_s is None else begun_s
        if limit_s is not None and at_s - begun_s > limit_s:
            raise SampleError(
                "clip {path} is longer than {limit:g} s, which is no single movement: give its parts with --span, mark "
                "them in the window, or name its class the idle one",
                path=path,
                limit=limit_s,
            )
        yield frame


def _raising(error: SampleError) -> Make:
    def make() -> list[NewMovement]:
        raise error

    return make


def _files_under(root: Path) -> list[Path]:
    """Everything that may be a movement, in natural order."""
    found = [
        p
        for p in root.rglob("*")
        if p.is_file()
        and not any(part.startswith(".") or part == "__MACOSX" for part in p.relative_to(root).parts)
        and (p.suffix.lower() in TABLE_SUFFIXES | {SUFFIX} or _is_clip(p))
    ]
    return [Path(name) for name in in_natural_order([str(p) for p in found])]


_CLIP_SUFFIXES = frozenset(
    (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".m2ts", ".mts", ".wmv", ".flv")
)


def _is_clip(path: Path) -> bool:
    return path.suffix.lower() in _CLIP_SUFFIXES
