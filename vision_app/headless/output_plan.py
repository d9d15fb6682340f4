"""Which sinks a run has, from its settings and its source."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vision_app.errors import ConfigError, SinkError
from vision_app.headless.settings import RunSettings
from vision_app.sinks.base import Sink
from vision_app.sinks.images import IMAGE_SUFFIXES, ImagesSink
from vision_app.sinks.jsonl import JsonlSink
from vision_app.sinks.null import NullSink
from vision_app.sinks.table import CsvSink
from vision_app.sinks.video import VIDEO_SUFFIXES, VideoSink
from vision_app.sources import SourceInfo

RUNS = Path("runs")


@dataclass(frozen=True, slots=True)
class OutputPlan:
    """The outputs of a run.

    Attributes:
        sinks: not opened yet.
        summary: where the summary is to be written; None for nowhere, `-` for standard output.
        folder: folder that was made for this run; None when the user named the outputs.
    """

    sinks: Sequence[Sink]
    summary: str | None
    folder: Path | None


def plan_outputs(settings: RunSettings, info: SourceInfo) -> OutputPlan:
    """Make the sinks of a run.

    Raises:
        ConfigError: an output does not fit the source, or would overwrite the source or another output.
        SinkError: the folder of the run cannot be made.
    """
    named = {
        "--save": settings.save,
        "--json": settings.json,
        "--csv": settings.csv,
        "--summary": settings.summary,
    }
    _refuse_clashes(settings.source, {flag: text for flag, text in named.items() if text})
    if any(named.values()):
        sinks = _named_sinks(settings, info)
        return OutputPlan(sinks or [NullSink()], settings.summary, None)
    if settings.no_save:
        return OutputPlan([NullSink()], None, None)
    folder = _new_run_folder(info.source_id)
    picture: Sink = (
        ImagesSink(folder / "annotated") if info.kind == "images" else VideoSink(folder / "annotated.mp4")
    )
    return OutputPlan([picture, JsonlSink(folder / "results.jsonl")], str(folder / "summary.json"), folder)


def _named_sinks(settings: RunSettings, info: SourceInfo) -> list[Sink]:
    sinks: list[Sink] = []
    if settings.save:
        sinks.append(_picture_sink(Path(settings.save).expanduser(), settings, info))
    if settings.json:
        target = "-" if settings.json == "-" else Path(settings.json).expanduser()
        sinks.append(JsonlSink(target, overwrite=settings.overwrite))
    if settings.csv:
        target = "-" if settings.csv == "-" else Path(settings.csv).expanduser()
        sinks.append(CsvSink(target, overwrite=settings.overwrite))
    return sinks


def _picture_sink(path: Path, settings: RunSettings, info: SourceInfo) -> Sink:
    suffix = path.suffix.lower()
    if info.kind == "images":
        if suffix in VIDEO_SUFFIXES:
            raise ConfigError(f"--save: images are saved as images, got {path}; give a folder")
        if suffix in IMAGE_SUFFIXES and not path.is_dir() and info.frame_count != 1:
            raise ConfigError(f"--save: {info.frame_count} images do not fit into {path}; give a folder")
        return ImagesSink(path, overwrite=settings.overwrite)
    if suffix in IMAGE_SUFFIXES and not path.is_dir():
        allowed = ", ".join(sorted(VIDEO_SUFFIXES))
        raise ConfigError(f"--save: a video is saved as {allowed} or into a folder, got {path}")
    if path.is_dir() or not suffix:
        path = path / "annotated.mp4"
    return VideoSink(path, overwrite=settings.overwrite)


def _refuse_clashes(source: str, outputs: dict[str, str]) -> None:
    """No output may be the source or another output, under whatever name."""
    seen: dict[Path, str] = {}
    source_path = Path(source).expanduser()
    if source_path.exists():
        seen[source_path.resolve()] = "the source"
    for flag, text in outputs.items():
        if text == "-":
            continue
        path = Path(text).expanduser().resolve()
        if path in seen and not path.is_char_device():
            raise ConfigError(f"{flag}: {text} is {seen[path]} as well; give it another name")
        seen[path] = f"the output of {flag}"


def _new_run_folder(source_id: str) -> Path:
    """Make `runs/<source>-<n>` with the first number that is free."""
    stem = Path(source_id).stem or "source"
    name = re.sub(r"[^\w.-]+", "-", stem).strip("-.")[:60] or "source"
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
            f"cannot make a folder for the results in {RUNS.absolute()}: {error.strerror}; "
            "use --save, --json or --csv to name a place, or --no-save"
        ) from error
