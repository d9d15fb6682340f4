"""Clips of an archive, and the spans that one clip can be cut into."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vision_app.errors import ConfigError
from vision_app.headless.output_plan import file_stem
from vision_app.sources.images import IMAGE_SUFFIXES

_SUFFIXES = "3gp avi flv m2ts m4v mjpeg mkv mov mp4 mpeg mpg mts ogv ts vob webm wmv"
CLIP_SUFFIXES = frozenset(f".{suffix}" for suffix in _SUFFIXES.split())


@dataclass(frozen=True, slots=True)
class Clip:
    """One source of an archive.

    Attributes:
        source: what opens it: a path, a folder of pictures, or an address of object storage.
        name: file name of its results, without suffix; no two clips of an archive have the same.
        key: changes when the file does.
    """

    source: str
    name: str
    key: str

    @property
    def stored(self) -> bool:
        """Whether it is in object storage: a worker fetches it first."""
        return is_stored(self.source)


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a clip that can be worked on by itself.

    Attributes:
        start_s: where it begins, seconds; 0 for the beginning of the clip.
        end_s: where it ends; None for the end of the clip.
        first_frame: index in the clip of its first frame.
        frames: how many frames it has; None where only the worker will know.
    """

    start_s: float = 0.0
    end_s: float | None = None
    first_frame: int = 0
    frames: int | None = None


WHOLE = Span()
"""A clip that is not cut."""


def is_stored(source: str) -> bool:
    """Whether a source is in object storage.

    >>> is_stored("s3://shop/a.mp4"), is_stored("C:/a.mp4"), is_stored("rtsp://cam/")
    (True, False, False)
    """
    scheme, mark, _ = source.partition("://")
    return bool(mark) and scheme.lower() not in ("http", "https", "rtsp", "rtsps", "udp", "tcp", "file")


def find_clips(sources: Sequence[str]) -> list[Clip]:
    """The clips of files, folders and addresses, each once, in a fixed order.

    A folder gives every clip below it; one that has pictures and no clip is a source by itself.

    Raises:
        ConfigError: a source is not there, or has nothing to look at.
    """
    found: dict[str, str] = {}
    for source in sources:
        for one in _stored(source) if is_stored(source) else _local(source):
            found.setdefault(*one)
    if not found:
        raise ConfigError("no source was given: vision-app batch CLIP_OR_FOLDER ... --out DIR")
    taken: set[str] = set()
    clips = []
    for source, key in found.items():
        stem, number = file_stem(source), 1
        name = stem
        while name.casefold() in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name.casefold())
        clips.append(Clip(source, name, key))
    return clips


def _local(source: str) -> Iterator[tuple[str, str]]:
    path = Path(source)
    if path.is_file():
        yield source, _key_of([path])
        return
    if not path.is_dir():
        raise ConfigError("{source}: no such file or folder", source=source)
    files = sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith("."))
    clips = [p for p in files if p.suffix.lower() in CLIP_SUFFIXES]
    pictures = [p for p in files if p.suffix.lower() in IMAGE_SUFFIXES]
    if not clips and not pictures:
        raise ConfigError("{source}: neither a clip nor a picture is in this folder", source=source)
    for clip in clips:
        yield str(clip), _key_of([clip])
    if not clips:
        yield source, _key_of(pictures)


def _key_of(files: Sequence[Path]) -> str:
    said = hashlib.sha256()
    for file in files:
        facts = file.stat()
        said.update(f"{file.name}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode("utf-8", "surrogateescape"))
    return said.hexdigest()[:32]


def _stored(source: str) -> Iterator[tuple[str, str]]:
    """The clips behind an address: the file itself, or all that lie below it."""
    try:
        import fsspec
    except ImportError as error:
        raise ConfigError(
            "{source}: object storage needs the package fsspec, and that of the storage, such as s3fs",
            source=source,
        ) from error
    scheme = source.partition("://")[0]
    try:
        system, place = fsspec.core.url_to_fs(source)
        names = [place] if system.isfile(place) else sorted(system.find(place))
        facts = {name: system.info(name) for name in names}
    except (OSError, ValueError, ImportError) as error:
        raise ConfigError("{source}: {error}", source=source, error=error) from error
    for name, info in facts.items():
        if Path(name).suffix.lower() in CLIP_SUFFIXES:
            marks = [
                str(info.get(k, "")) for k in ("size", "ETag", "etag", "mtime", "created", "LastModified")
            ]
            key = hashlib.sha256("\0".join([name, *marks]).encode()).hexdigest()[:32]
            yield f"{scheme}://{name.removeprefix('/') if scheme != 'file' else name}", key
    if not any(Path(name).suffix.lower() in CLIP_SUFFIXES for name in names):
        raise ConfigError("{source}: no clip is there", source=source)


def cut(clip: Clip, span_s: float) -> list[Span]:
    """Cut a clip at key frames into spans of about so long; one span where that is not possible.

    Packets are counted, nothing is decoded. What the count says is checked when the spans are joined.

    Args:
        clip: a file.
        span_s: length that a span is to have, seconds.
    """
    import av

    times: list[tuple[int, bool]] = []
    try:
        with av.open(clip.source) as container:
            stream = container.streams.video[0]
            base = stream.time_base
            for packet in container.demux(stream):
                if packet.size and not packet.is_discard:
                    if packet.pts is None:
                        return [WHOLE]
                    times.append((packet.pts, packet.is_keyframe))
    except (av.FFmpegError, IndexError, ValueError):  # whoever decodes it says what is wrong
        return [WHOLE]
    if not times or base is None:
        return [WHOLE]
    times.sort()
    ticks = [pts for pts, _ in times]
    if len(set(ticks)) != len(ticks):
        return [WHOLE]
    seconds = [float((pts - ticks[0]) * base) for pts in ticks]
    starts = [0]
    for i, (_, key) in enumerate(times):
        if (
            key
            and i
            and seconds[i] - seconds[starts[-1]] >= span_s
            and seconds[-1] - seconds[i] >= span_s / 2
        ):
            starts.append(i)
    if len(starts) == 1:
        return [WHOLE]
    # between two frames, so that no rounding puts a frame into the other span
    edges = [0.0, *((seconds[i - 1] + seconds[i]) / 2 for i in starts[1:])]
    ends = [*starts[1:], len(times)]
    return [
        Span(edges[n], edges[n + 1] if n + 1 < len(edges) else None, start, ends[n] - start)
        for n, start in enumerate(starts)
    ]
