"""Which sinks a run has, from its settings and its source."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vision_app.errors import ConfigError, SinkError
from vision_app.headless.settings import RunSettings
from vision_app.messages import Message, reason_of
from vision_app.paths import path_of
from vision_app.sinks.base import Sink
from vision_app.sinks.formats import format_of
from vision_app.sinks.images import IMAGE_SUFFIXES, ImagesSink
from vision_app.sinks.jsonl import JsonlSink
from vision_app.sinks.lines import SharedLines
from vision_app.sinks.null import NullSink
from vision_app.sinks.table import CsvSink
from vision_app.sinks.video import VIDEO_SUFFIXES, VideoSink
from vision_app.sources import Report, SourceInfo
from vision_app.sources.opening import local_path

RUNS = Path("runs")


@dataclass(frozen=True, slots=True)
class OutputPlan:
    """The outputs of a run.

    Attributes:
        sinks: of each source, not opened yet.
        summary: where the summary is to be written; None for nowhere, `-` for standard output.
        folder: folder that was made for this run; None when the user named the outputs.
    """

    sinks: Sequence[Sequence[Sink]]
    summary: str | None
    folder: Path | None


@dataclass(frozen=True, slots=True)
class Named:
    """A source with the name that tells it from the others.

    Attributes:
        name: its id; a number follows where two have the same.
        info: what is known about it.
    """

    name: str
    info: SourceInfo


def named_sources(infos: Sequence[SourceInfo]) -> tuple[Named, ...]:
    """Sources with names of which no two are the same: `a.mp4`, `a.mp4 (2)`."""
    return tuple(map(Named, _numbered([info.source_id for info in infos], " ({})"), infos))


def plan_outputs(
    settings: RunSettings, sources: Sequence[Named], report: Report = lambda _: None
) -> OutputPlan:
    """Make the sinks of a run.

    What is pictures has a file or folder for each source; what is lines is one file, whose lines say their source.

    Args:
        settings: what was asked for.
        sources: what is open.
        report: told of what a source has and its saved video has not.

    Raises:
        ConfigError: an output does not fit the source, or would overwrite a source or another output.
        SinkError: the folder of the run cannot be made.
    """
    named = {
        "--save": settings.save,
        "--json": settings.json,
        "--csv": settings.csv,
        "--summary": settings.summary,
    }
    logs = {f"--log {text}": text for text in settings.log}
    _refuse_clashes(settings.source, {flag: text for flag, text in {**named, **logs}.items() if text})
    if not any(named.values()) and not logs:
        if settings.no_save:
            return OutputPlan([[NullSink()] for _ in sources], None, None)
        folder = _new_run_folder(sources)
        summary = str(folder / "summary.json")
        lines: list[Sequence[Sink]] = _line_sinks(
            JsonlSink, str(folder / "results.jsonl"), sources, overwrite=False
        )
        pictures = _picture_sinks(folder, sources, report, overwrite=False)
        return OutputPlan(_together(pictures, lines), summary, folder)
    kinds: list[list[Sequence[Sink]]] = []
    if settings.save:
        kinds.append(_saved(path_of(settings.save), sources, report, overwrite=settings.overwrite))
    for kind, target in ((JsonlSink, settings.json), (CsvSink, settings.csv)):
        if target:
            kinds.append(_line_sinks(kind, target, sources, overwrite=settings.overwrite))
    kinds += [
        _log_sinks(Path(text).expanduser(), sources, overwrite=settings.overwrite) for text in settings.log
    ]
    return OutputPlan(_together(*kinds) or [[NullSink()] for _ in sources], settings.summary, None)


def _together(*kinds: Sequence[Sequence[Sink]]) -> list[Sequence[Sink]]:
    """Of several outputs, the sinks of each source."""
    return [[sink for sinks in of_source for sink in sinks] for of_source in zip(*kinds, strict=True)]


def _line_sinks(
    kind: type[JsonlSink | CsvSink], target: str, sources: Sequence[Named], *, overwrite: bool
) -> list[Sequence[Sink]]:
    place = "-" if target == "-" else path_of(target)
    if len(sources) == 1:
        return [[kind(place, overwrite=overwrite)]]
    shared = SharedLines(place, overwrite=overwrite)
    return [[kind(shared, source=source.name)] for source in sources]


def _log_sinks(path: Path, sources: Sequence[Named], *, overwrite: bool) -> list[Sequence[Sink]]:
    """One file; of several sources one each, `NAME-SOURCE.SUFFIX`."""
    _, form = format_of(path)
    if len(sources) == 1:
        return [[form.make(path, overwrite)]]
    return [[form.make(path.with_stem(f"{path.stem}-{stem}"), overwrite)] for stem in _stems(sources)]


def _saved(path: Path, sources: Sequence[Named], report: Report, *, overwrite: bool) -> list[Sequence[Sink]]:
    if len(sources) == 1:
        return [[_picture_sink(path, sources[0].info, report, overwrite=overwrite)]]
    if path.suffix.lower() in VIDEO_SUFFIXES | IMAGE_SUFFIXES and not path.is_dir():
        raise ConfigError(
            "--save: {count} sources do not fit into {path}; give a folder", count=len(sources), path=path
        )
    return _picture_sinks(path, sources, report, overwrite=overwrite)


def _picture_sinks(
    folder: Path, sources: Sequence[Named], report: Report, *, overwrite: bool
) -> list[Sequence[Sink]]:
    """`annotated.mp4` or the folder `annotated`; of several sources `annotated-NAME.mp4` and so on."""
    stems = _stems(sources) if len(sources) > 1 else [""]
    sinks: list[Sequence[Sink]] = []
    for source, stem in zip(sources, stems, strict=True):
        path = folder / (f"annotated-{stem}" if stem else "annotated")
        if source.info.kind == "images":
            sinks.append([ImagesSink(path, overwrite=overwrite)])
        else:
            sinks.append([VideoSink(path.with_name(path.name + ".mp4"), overwrite=overwrite, report=report)])
    return sinks


def _stems(sources: Sequence[Named]) -> list[str]:
    """Names for the files of each source, no two the same."""
    return _numbered([file_stem(source.info.source_id) for source in sources], "-{}")


def file_stem(source_id: str) -> str:
    """What the files of a source are called, of several sources."""
    stem = Path(source_id).stem or "source"
    return re.sub(r"[^\w.-]+", "-", stem).strip("-.")[:60] or "source"


def _numbered(names: Sequence[str], form: str) -> list[str]:
    """The names, those that were there before with a number behind; upper and lower case count as the same."""
    taken: set[str] = set()
    numbered = []
    for name in names:
        number, fresh = 1, name
        while fresh.casefold() in taken:
            number += 1
            fresh = name + form.format(number)
        taken.add(fresh.casefold())
        numbered.append(fresh)
    return numbered


def _picture_sink(path: Path, info: SourceInfo, report: Report, *, overwrite: bool) -> Sink:
    suffix = path.suffix.lower()
    if info.kind == "images":
        if suffix in VIDEO_SUFFIXES:
            raise ConfigError("--save: images are saved as images, got {path}; give a folder", path=path)
        if suffix in IMAGE_SUFFIXES and not path.is_dir() and info.frame_count != 1:
            raise ConfigError(
                "--save: {frame_count} images do not fit into {path}; give a folder",
                frame_count=info.frame_count,
                path=path,
            )
        return ImagesSink(path, overwrite=overwrite)
    if suffix in IMAGE_SUFFIXES and not path.is_dir():
        allowed = ", ".join(sorted(VIDEO_SUFFIXES))
        raise ConfigError(
            "--save: a video is saved as {allowed} or into a folder, got {path}", allowed=allowed, path=path
        )
    if path.is_dir() or not suffix:
        path = path / "annotated.mp4"
    return VideoSink(path, overwrite=overwrite, report=report)


def _refuse_clashes(sources: Sequence[str], outputs: dict[str, str]) -> None:
    """No output may be a source or another output, under whatever name."""
    seen: dict[Path, str] = {}
    for source in sources:
        source_path = local_path(source)
        if os.path.lexists(source_path):
            seen[source_path.resolve()] = Message("the source")
    for flag, text in outputs.items():
        if text == "-":
            continue
        try:
            path = path_of(text).resolve()
        except (OSError, RuntimeError, ValueError) as error:
            raise ConfigError(
                "{flag}: {text!r} cannot be a path here: {error}", flag=flag, text=text[:60], error=error
            ) from None
        if path in seen and not path.is_char_device():
            raise ConfigError(
                "{flag}: {text} is {seen} as well; give it another name",
                flag=flag,
                text=text,
                seen=seen[path],
            )
        seen[path] = Message("the output of {flag}", flag=flag)


def _new_run_folder(sources: Sequence[Named]) -> Path:
    """Make `runs/<source>-<n>` with the first number that is free; of several sources `<source>-and-2-more-<n>`."""
    name = file_stem(sources[0].info.source_id)
    if len(sources) > 1:
        name += f"-and-{len(sources) - 1}-more"
    try:
        RUNS.mkdir(exist_ok=True)
        number = 1
        while True:
            folder = RUNS / f"{name}-{number}"
            try:
                folder.mkdir()
            except FileExistsError:
                number += 1
            else:
                return folder
    except OSError as error:
        raise SinkError(
            "cannot make a folder for the results in {runs}: {reason}; use --save, --json or --csv "
            "to name a place, or --no-save",
            runs=RUNS.absolute(),
            reason=reason_of(error),
        ) from error
