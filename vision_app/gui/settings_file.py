"""What the desktop remembers, as plain values, and how they are read from a file that may be damaged."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vision_app.documents import DocumentError, finite, read_json
from vision_app.engine.options import OPTIONS
from vision_app.engine.request import ModelRequest
from vision_app.errors import ConfigError
from vision_app.filters.chain import parse_chain
from vision_app.messages import Message
from vision_app.sinks.formats import LOG_FORMATS
from vision_app.sources.urls import REDACTED, source_id

VERSION = 1
MOST_RECENT = 10
_MOST_MODELS = 16
_LONGEST_TEXT = 4096
_LARGEST_FILE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceChoice:
    """The source that is opened at the next start.

    Attributes:
        spec: what opens it. A password in it is never written to the disk.
        device_path: the system's name of a camera, which stays when its number changes; "" for anything else.
        size_wh: picture size asked of a camera; None for its own choice.
        fps: rate asked of a camera; None for its own choice.
        mirror: show it as a mirror does.
        rotate_deg: turned clockwise by 0, 90, 180 or 270 degrees.
        loop: a file starts again at its end.
    """

    spec: str
    device_path: str = ""
    size_wh: tuple[int, int] | None = None
    fps: float | None = None
    mirror: bool = False
    rotate_deg: int = 0
    loop: bool = False

    @property
    def lacks_password(self) -> bool:
        """Whether it was read from the file, where its password is not kept."""
        return REDACTED in self.spec and source_id(self.spec) == self.spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """All that is remembered.

    Attributes:
        language: `system`, `en` or `ko`.
        scheme: `system`, `light` or `dark`.
        geometry: size and place of the window, Qt's own text.
        layout: where its panels are, Qt's own text.
        source: what to open at the start; None for what there is.
        recent: files, folders and streams that were opened, newest first.
        models: what runs on the pictures, in order.
        draw: results are drawn.
        text_scale: factor on the text that is drawn.
        welcome: the card for the first steps is shown.
        picture_folder: folder of snapshots; "" for the system's.
        video_folder: folder of recordings and logs; "" for the system's.
        picture_format: `png` or `jpg`.
        filters: chain of filters before the models, as its text.
        filters_other: chain to compare it with.
        filter_view: how they are seen: `after`, `before`, `split` or `beside`.
        log_format: name of a format of logs: `jsonl`, `csv`, or that of another package.
        snapshot_drawn: results are drawn on snapshots.
        record_drawn: results are drawn on recordings.
        timeline: what was seen when is shown below the controls of a clip.
        gate: models are spared pictures of a camera or stream in which nothing has changed.
    """

    language: str = "system"
    scheme: str = "system"
    geometry: str = ""
    layout: str = ""
    source: SourceChoice | None = None
    recent: tuple[str, ...] = ()
    models: tuple[ModelRequest, ...] = ()
    draw: bool = True
    text_scale: float = 1.0
    welcome: bool = True
    picture_folder: str = ""
    video_folder: str = ""
    picture_format: str = "png"
    log_format: str = "jsonl"
    filters: str = ""
    filters_other: str = ""
    filter_view: str = "after"
    snapshot_drawn: bool = True
    record_drawn: bool = True
    timeline: bool = False
    gate: bool = False


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT or "\0" in value:
        raise ValueError("a text")
    return value


def _long_text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 16 * _LONGEST_TEXT:
        raise ValueError("a text")
    return value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")  # noqa: TRY004 - every reader says what it wanted in one way
    return value


def _number(low: float, high: float) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        number = finite(value)
        if number is None or not low <= number <= high:
            raise ValueError(f"a number from {low:g} to {high:g}")
        return number

    return read


def _whole(low: int, high: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return value

    return read


def _one_of(*choices: Any) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if isinstance(value, bool) or value not in choices:
            raise ValueError("one of " + ", ".join(map(str, choices)))
        return value

    return read


def _log_format(value: Any) -> str:
    if not isinstance(value, str) or value not in LOG_FORMATS:
        raise ValueError("one of " + ", ".join(LOG_FORMATS))
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > 1000:
        raise ValueError("a list of texts")
    return tuple(_text(item) for item in value)


def _size(value: Any) -> tuple[int, int]:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError("width and height")
    read = _whole(1, 32768)
    return read(value[0]), read(value[1])


def _or_none(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else read(value)


_SOURCE: Mapping[str, Callable[[Any], Any]] = {
    "spec": _text,
    "device_path": _text,
    "size_wh": _or_none(_size),
    "fps": _or_none(_number(0.1, 1000)),
    "mirror": _truth,
    "rotate_deg": _one_of(0, 90, 180, 270),
    "loop": _truth,
}
_MODEL: Mapping[str, Callable[[Any], Any]] = {
    option.name: _or_none(option.from_value) if option.default is None else option.from_value
    for option in OPTIONS  # also those without a control: they can come from the command line
}


def _read_fields(value: Any, readers: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("an object")  # noqa: TRY004 - every reader says what it wanted in one way
    return {name: readers[name](item) for name, item in value.items() if name in readers}


def _source(value: Any) -> SourceChoice:
    fields = _read_fields(value, _SOURCE)
    if not fields.get("spec"):
        raise ValueError("a source with its spec")
    return SourceChoice(**fields)


def _models(value: Any) -> tuple[ModelRequest, ...]:
    if not isinstance(value, list) or len(value) > _MOST_MODELS:
        raise ValueError("a list of models")
    return tuple(_model(item) for item in value)


def _model(value: Any) -> ModelRequest:
    if not isinstance(value, dict) or not value.get("reference"):
        raise ValueError("models with their reference")
    asked = value.get("options", {})
    return ModelRequest.of(
        _text(value["reference"]), {**_read_fields(value, _MODEL), **_read_fields(asked, _MODEL)}
    )


def _filters(value: Any) -> str:
    try:
        return str(parse_chain(_long_text(value)))
    except ConfigError as error:
        raise ValueError(Message("a chain of filters ({error})", error=error)) from None


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "language": _one_of("system", "en", "ko"),
    "scheme": _one_of("system", "light", "dark"),
    "geometry": _long_text,
    "layout": _long_text,
    "source": _or_none(_source),
    "recent": lambda value: _texts(value)[:MOST_RECENT],
    "models": _models,
    "draw": _truth,
    "text_scale": _number(0.5, 3.0),
    "welcome": _truth,
    "picture_folder": _text,
    "video_folder": _text,
    "picture_format": _one_of("png", "jpg"),
    "filters": _filters,
    "filters_other": _filters,
    "filter_view": _one_of("after", "before", "split", "beside"),
    "log_format": _log_format,
    "snapshot_drawn": _truth,
    "record_drawn": _truth,
    "timeline": _truth,
    "gate": _truth,
}


def read_values(path: Path) -> tuple[Values, str]:
    """Read the file; what is wrong in it takes its default.

    Returns:
        The values, and what was wrong in one line: "" when all is well, or when there is no file.
    """
    try:
        data = read_json(path, _LARGEST_FILE_BYTES)
    except FileNotFoundError:
        return Values(), ""
    except DocumentError as error:
        problem: str = error.problem
        return Values(), Message(
            "line {line}: {problem}", line=error.line, problem=problem
        ) if error.line else problem
    if not isinstance(data, dict):
        return Values(), Message("it is not a JSON object")
    if data.get("version") != VERSION:
        return Values(), Message(
            "its version is {version}, not {wanted}", version=str(data.get("version"))[:20], wanted=VERSION
        )
    read: dict[str, Any] = {}
    wrong = ""
    for name, item in data.items():
        if name in _READERS:
            try:
                read[name] = _READERS[name](item)
            except ValueError as error:
                wrong = wrong or Message("{name} must be {error}", name=name, error=error)
    return Values(**read), wrong


def as_json(values: Values) -> str:
    """The file's text. Passwords and tokens in addresses are left out: anybody may read a settings file."""
    data = dataclasses.asdict(values)
    if values.source is not None:
        data["source"]["spec"] = source_id(values.source.spec)
    data["recent"] = list(dict.fromkeys(source_id(spec) for spec in values.recent))
    return json.dumps({"version": VERSION, **data}, ensure_ascii=False, indent=1) + "\n"


def keep_aside(path: Path) -> Path | None:
    """Move a damaged file to `NAME.broken`; None when even that cannot be done."""
    aside = path.with_name(path.name + ".broken")
    try:
        path.replace(aside)
    except OSError:
        return None
    return aside
