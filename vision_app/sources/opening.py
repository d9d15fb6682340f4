"""From what the user typed to an open source: an explicit table, first match wins."""

from __future__ import annotations

import difflib
import glob
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from vision_app.errors import SourceError
from vision_app.messages import Message
from vision_app.plugins import has_attributes, plugins
from vision_app.resources import demo_clip
from vision_app.sources.base import Report, Source, SourceOptions
from vision_app.sources.cameras import (
    HIGHEST_INDEX,
    CameraDescription,
    camera_index,
    list_cameras,
    match_camera,
)
from vision_app.sources.synthetic import PREFIX
from vision_app.sources.urls import PERCENT_HINT, STREAM_SCHEMES, is_unclear, scheme_of, source_id

if TYPE_CHECKING:
    from vision_app.sources.live import LiveDevice

# The classes are imported by their openers, because OpenCV takes a tenth of a second to load.

Opener = Callable[[str, SourceOptions, Report], Source]

DEMO = "demo"
"""As a source: the shipped clip."""
FORMS = Message(
    "a camera number or name, a video, image, folder or pattern, http:// or rtsp://, synthetic:1280x720@30, demo"
)


@dataclass(frozen=True, slots=True)
class SourceOpener:
    """A row of the table: whether a spec is of this sort, and how it is opened."""

    name: str
    matches: Callable[[str], bool]
    open: Opener


def _no_report(_: str) -> None:
    """Keep the message to oneself."""


def open_source(spec: str, options: SourceOptions | None = None, report: Report = _no_report) -> Source:
    """Open whatever the user named.

    Args:
        spec: camera index, name or `/dev/videoN`; path of a video, image or folder; glob pattern; address of
            a stream; `synthetic:WIDTHxHEIGHT[@FPS]`; `demo` for the shipped clip. `~` stands for the home folder.
        options: how to read it.
        report: told of what the user should know while it is read, in one line each, from any thread.

    Raises:
        SourceError: it cannot be opened; the message shows no credentials.
    """
    spec, options = tidied(spec), options or SourceOptions()
    row = find_opener(spec)
    if row.name != "address":
        refuse_every_s(spec, options, Message("no address"))
    return row.open(spec, options, report)


def tidied(spec: str) -> str:
    """What the user named, without the white space around it; the shipped clip for `demo`. Files count first.

    >>> tidied(" rtsp://host/live "), Path(tidied("demo")).name
    ('rtsp://host/live', 'demo.mp4')
    """
    if _exists(spec, Path.exists):
        return spec
    return str(demo_clip()) if spec.strip() == DEMO else spec.strip()


def find_opener(spec: str) -> SourceOpener:
    """The row of the table for what the user named.

    Raises:
        SourceError: there is none, because there is no such thing.
    """
    if not spec:
        raise SourceError("no source was given; a source is {forms}", forms=FORMS)
    if "\0" in spec:
        raise SourceError("a source cannot contain a null character")
    for row in (*plugin_openers(), *SOURCES):
        if row.matches(spec):
            return row
    raise _not_found(spec)


def local_path(spec: str) -> Path:
    """What the user named as a path of this computer; `~` stands for the home folder, unless a file is called so."""
    path = Path(spec)
    if not spec.startswith("~"):
        return path
    try:
        return path if os.path.lexists(path) else path.expanduser()
    except (OSError, RuntimeError, ValueError):
        return path


def _exists(spec: str, test: Callable[[Path], bool]) -> bool:
    try:
        return test(local_path(spec))
    except (OSError, ValueError):  # a name that is too long for the file system, say
        return False


def _is_pattern(spec: str) -> bool:
    return glob.has_magic(spec) and not _exists(spec, Path.exists)


def _is_image(spec: str) -> bool:
    from vision_app.sources.images import IMAGE_SUFFIXES

    return local_path(spec).suffix.lower() in IMAGE_SUFFIXES and _exists(spec, Path.is_file)


def _is_animation(spec: str) -> bool:
    if not _is_image(spec):
        return False
    from vision_app.pictures.animation import is_animated
    from vision_app.pictures.reading import UnreadableError, read_file

    try:
        return is_animated(read_file(local_path(spec)))
    except UnreadableError:
        return False


def refuse_times(spec: str, options: SourceOptions, kind: str) -> None:
    """Refuse a start or end time for what has no time line.

    Raises:
        SourceError: one was given.
    """
    if options.start_s > 0 or options.end_s is not None:
        raise SourceError(
            "{source} is {kind}: a start or end time needs a video file", source=source_id(spec), kind=kind
        )


def refuse_every_s(spec: str, options: SourceOptions, kind: str) -> None:
    """Refuse to fetch again what is not a still picture behind an address.

    Raises:
        SourceError: that was asked for.
    """
    if options.every_s is not None:
        raise SourceError(
            "{source} is {kind}: only a still picture behind http:// or https:// can be fetched "
            "again every N seconds",
            source=source_id(spec),
            kind=kind,
        )


def _open_synthetic(spec: str, options: SourceOptions, report: Report) -> Source:
    from vision_app.sources.synthetic import SyntheticSource, parse_synthetic

    if parse_synthetic(spec)[1] is not None:
        refuse_times(spec, options, Message("paced like a camera"))
    return SyntheticSource(spec, options)


def _open_address(spec: str, options: SourceOptions, report: Report) -> Source:
    scheme = scheme_of(spec)
    if scheme not in STREAM_SCHEMES:
        known = ", ".join(f"{s}://" for s in STREAM_SCHEMES)
        raise SourceError(
            "{source}: addresses must begin with one of {known}", source=source_id(spec), known=known
        )
    try:
        return _opened_address(spec, options, report)
    except SourceError:
        if not is_unclear(spec):
            raise
    # What was taken for host and port may be a part of the password: nothing of it is repeated.
    raise SourceError(
        "{source} cannot be opened: its user and password cannot be told apart; {percent_hint}",
        source=source_id(spec),
        percent_hint=PERCENT_HINT,
    )


def _opened_address(spec: str, options: SourceOptions, report: Report) -> Source:
    from vision_app.sources.address import READ_TIMEOUT_S, Address, opened_in_time
    from vision_app.sources.live import LiveSource
    from vision_app.sources.snapshot import PictureSource, SnapshotDevice
    from vision_app.sources.stream import StreamDevice
    from vision_app.sources.video import VideoFileSource

    address, name = Address(spec, options), source_id(spec)
    served = opened_in_time(address, 2 * (options.open_timeout_s + READ_TIMEOUT_S))
    device: LiveDevice
    try:
        if served.picture is not None:
            refuse_times(spec, options, Message("a picture"))
            if options.every_s is None:
                return PictureSource(address, served.picture)
            device = SnapshotDevice(address, served.picture, options.every_s)
        else:
            refuse_every_s(spec, options, Message("a video") if served.is_file else Message("a live stream"))
            if served.is_file:
                return VideoFileSource(spec, options, report, served)
            refuse_times(spec, options, Message("a live stream"))
            device = StreamDevice(address, served, report)
    except BaseException:
        served.close()
        raise
    return LiveSource(device, source_id=name, kind="stream", report=report, options=options)


def _open_camera(spec: str, options: SourceOptions, report: Report) -> Source:
    from vision_app.sources.camera import CameraDevice, at_index
    from vision_app.sources.live import LiveSource

    refuse_times(spec, options, Message("a camera"))
    index = camera_index(spec)
    if index is not None and index > HIGHEST_INDEX:
        raise SourceError(
            "no camera has a number as high as {spec}; vision-app cameras lists them", spec=spec[:20]
        )
    locate = _by_name(spec) if index is None else at_index(index)
    device = CameraDevice(locate, options, report)
    return LiveSource(device, source_id=source_id(spec), kind="camera", report=report, options=options)


def _by_name(name: str) -> Callable[[], tuple[int, tuple[str, ...]]]:
    def locate() -> tuple[int, tuple[str, ...]]:
        camera = _named_camera(name)
        if camera is None:
            raise SourceError("no camera is called {name!r}", name=name)
        return camera.index, (camera.backend,)

    return locate


def _named_camera(spec: str) -> CameraDescription | None:
    return match_camera(spec, list_cameras())


def _open_folder(spec: str, options: SourceOptions, report: Report) -> Source:
    from vision_app.sources.images import ImagesSource, files_in_folder

    refuse_times(spec, options, Message("a folder of images"))
    return ImagesSource(spec, files_in_folder(str(local_path(spec)), report), options, report=report)


def _open_pattern(spec: str, options: SourceOptions, report: Report) -> Source:
    from vision_app.sources.images import ImagesSource, files_of_pattern

    refuse_times(spec, options, Message("a pattern for images"))
    return ImagesSource(spec, files_of_pattern(str(local_path(spec)), report), options, report=report)


def _open_image(spec: str, options: SourceOptions, report: Report) -> Source:
    from vision_app.sources.images import ImagesSource

    refuse_times(spec, options, Message("an image"))
    return ImagesSource(spec, [str(local_path(spec))], options, report=report)


def _open_animation(spec: str, options: SourceOptions, report: Report) -> Source:
    from vision_app.sources.animation import AnimationSource

    return AnimationSource(str(local_path(spec)), options, report)


def _open_video(spec: str, options: SourceOptions, report: Report) -> Source:
    from vision_app.sources.video import VideoFileSource

    return VideoFileSource(str(local_path(spec)), options, report)


SOURCES = (
    SourceOpener("synthetic", lambda s: s.startswith(PREFIX), _open_synthetic),
    SourceOpener("address", lambda s: scheme_of(s) is not None, _open_address),
    SourceOpener("camera by index", lambda s: camera_index(s) is not None, _open_camera),
    SourceOpener("folder", lambda s: _exists(s, Path.is_dir), _open_folder),
    SourceOpener("pattern", _is_pattern, _open_pattern),
    SourceOpener("animation", _is_animation, _open_animation),
    SourceOpener("image", _is_image, _open_image),
    SourceOpener("video", lambda s: _exists(s, Path.is_file), _open_video),
    SourceOpener("camera by name", lambda s: _named_camera(s) is not None, _open_camera),
)


@lru_cache(maxsize=1)
def plugin_openers() -> tuple[SourceOpener, ...]:
    """The rows of other packages; they are asked first, for the program's own take every address."""
    return tuple(row for _, row in plugins("vision_app.sources", has_attributes("name", "matches", "open")))


def _not_found(spec: str) -> SourceError:
    path, shown = local_path(spec), source_id(spec)
    if _exists(spec, Path.exists):
        return SourceError("{shown} is neither a file nor a folder", shown=shown)
    try:
        names = {p.name.casefold(): p.name for p in path.parent.iterdir()}
    except OSError:
        return SourceError(
            "no such file {shown}: folder {source} does not exist",
            shown=shown,
            source=source_id(str(path.parent)),
        )
    near = difflib.get_close_matches(path.name.casefold(), names, n=3, cutoff=0.6)
    if near:
        wanted = " or ".join(str(path.parent / names[n]) for n in near)
        return SourceError(
            "no such file or camera: {shown}; did you mean {wanted}?", shown=shown, wanted=wanted
        )
    return SourceError("no such file or camera: {shown}; a source is {forms}", shown=shown, forms=FORMS)
