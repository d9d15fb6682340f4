"""The kiosk file: what a stand shows, for how long, and in which languages.

A mistake in it is named with its line. Nothing here looks at models or cameras: `checking` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vision_app.documents import DocumentError, read_toml
from vision_app.engine.options import KIOSK, of_front_end
from vision_app.engine.request import ModelRequest, lacking, parse_model
from vision_app.errors import ConfigError
from vision_app.kiosk import reading
from vision_app.kiosk.lines import KeyPath, key_lines
from vision_app.kiosk.monitors import Wanted, parse_screen
from vision_app.kiosk.reading import LANGUAGES, Parser, Table, Words, one_of, optional, switch, words
from vision_app.messages import Message, message_of

if TYPE_CHECKING:
    from vision_app.filters.chain import FilterChain

DEMO = "demo"
"""As a source: the shipped clip."""
_LARGEST_FILE_BYTES = 1 << 20
_MOST_STATIONS = 100


def _no_filters() -> FilterChain:
    from vision_app.filters.chain import FilterChain  # late: the watchdog needs no OpenCV

    return FilterChain()


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """One stop of the programme.

    Attributes:
        title: the big line, by language.
        subtitle: the line below it, by language; may be empty.
        seconds: how long it stays.
        models: what runs.
        filters: what is done to the pictures before anybody sees them, the models too.
        overlay: whether results are drawn on the picture.
        text_scale: factor on the text and lines that are drawn on the picture.
        shade: how dark the ground below that text is, 0 to 1.
        results: whether the results stand in large type beside the picture.
        explain: the method of the map of where the first model looks, over the picture; "" for none.
        skip_on: the movement that takes visitors to the next station; "" for none.
        lesson: the lesson that plays in the place of the results: `sliding`, `attention`, `depth` or
            `memory`; "" for none.
        line: where it stands in the file.
    """

    title: Words
    subtitle: Words = field(default_factory=dict)
    seconds: float = 45.0
    models: tuple[ModelRequest, ...] = ()
    filters: FilterChain = field(default_factory=_no_filters)
    overlay: bool = True
    text_scale: float = 1.4
    shade: float = 0.66
    results: bool = True
    explain: str = ""
    lesson: str = ""
    skip_on: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Attract:
    """What is shown when nobody is there.

    Attributes:
        title: the inviting line, by language; empty for the program's own.
        subtitle: the line below it, by language; empty for the program's own.
        picture: `live`, dimmed, or `clip`, the shipped one.
    """

    title: Words = field(default_factory=dict)
    subtitle: Words = field(default_factory=dict)
    picture: str = "live"


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """A whole kiosk file.

    Attributes:
        path: the file.
        languages: shown at the same time, the first one larger.
        source: where the pictures come from, as for `--source`; `demo` is the shipped clip.
        size_wh: picture size to ask of a camera; None for its own choice.
        fps: rate to ask of a camera; None for its own choice.
        insecure: take any certificate from an encrypted source.
        fingerprint: SHA-256 of the certificate to take from it, and to remember; "" for none.
        fallback: `demo` to play the shipped clip while the source cannot be had; `none` for a placeholder screen.
        mirror: show the camera's picture as a mirror does.
        rotate_deg: turn the picture clockwise.
        idle_s: nobody is there after so long without a motion, a person or a touch.
        blur: `off`; `others`, all persons but the front one; `surroundings`, all but the front person; `all`.
        pin: hash of the PIN; "" when there is none.
        screen: number of the monitor, from 1, in the order of the system, or its name; 0 for the main one.
        gate: the models are spared pictures in which nothing has changed.
        max_memory_mb: the process of the pictures starts afresh above it.
        attract: what is shown when nobody is there.
        stations: the stops, in order.
        lines: where each key stands in the file.
    """

    path: Path
    languages: tuple[str, ...] = LANGUAGES
    source: str = "0"
    size_wh: tuple[int, int] | None = None
    fps: float | None = None
    insecure: bool = False
    fingerprint: str = ""
    fallback: str = DEMO
    mirror: bool = True
    rotate_deg: int = 0
    idle_s: float = 30.0
    blur: str = "off"
    pin: str = ""
    screen: Wanted = 0
    gate: bool = False
    max_memory_mb: int = 1500
    attract: Attract = field(default_factory=Attract)
    stations: tuple[Station, ...] = ()
    lines: Mapping[KeyPath, int] = field(default_factory=dict)

    def at(self, *path: str | int) -> str:
        """How an error about a key begins: the file and the line."""
        return reading.place(self.path, self.lines, path)


EXPLAIN_METHODS = ("cam", "eigen", "rollout", "attention", "features", "routing")
"""What can be shown on every frame."""
LESSONS = ("sliding", "attention", "depth", "memory")
BLURS = ("off", "others", "surroundings", "all")

_MODEL: dict[str, Parser] = {
    "name": reading.text,
    **{option.name: option.from_value for option in of_front_end(KIOSK)},
}
_STATION: dict[str, Parser] = {
    "title": words,
    "subtitle": words,
    "seconds": reading.number(1, 86_400),
    "models": reading.anything,  # a table of its own: see `_models`
    "filters": reading.filters,
    "overlay": switch,
    "text_scale": reading.number(0.3, 10),
    "shade": reading.share,
    "results": switch,
    "explain": one_of(*EXPLAIN_METHODS),
    "lesson": one_of(*LESSONS),
    "skip_on": reading.text,
}
_ATTRACT: dict[str, Parser] = {"title": words, "subtitle": words, "picture": one_of("live", "clip")}
_PRIVACY: dict[str, Parser] = {"blur": one_of(*BLURS)}
_PROGRAMME: dict[str, Parser] = {
    "languages": reading.languages,
    "source": reading.text,
    "size": optional(reading.size),
    "fps": reading.number(0.1, 1000),
    "insecure": switch,
    "fingerprint": reading.fingerprint,
    "fallback": one_of(DEMO, "none"),
    "mirror": switch,
    "rotate": one_of(0, 90, 180, 270),
    "idle_s": reading.number(2, 86_400),
    "pin": reading.pin_hash,
    "screen": parse_screen,
    "gate": switch,
    "max_memory_mb": reading.whole(200, 1_000_000),
    "filters": reading.filters,
    "privacy": reading.anything,
    "attract": reading.anything,
    "station": reading.anything,
}


def load_programme(path: Path, screen: Wanted | None = None) -> Programme:
    """Read and check a kiosk file.

    Args:
        path: the file.
        screen: the monitor to take; None for the one that the file names.

    Raises:
        ConfigError: it cannot be read, or something in it is wrong: with file, line and what to write instead.
    """
    data, text = _read(path)
    lines = key_lines(text)
    top = Table(Message("a kiosk file"), path, (), lines)
    values = top.values(data, _PROGRAMME)
    filters = values.pop("filters", None)
    privacy = top.inner("privacy", "[privacy]").values(_table(top, data, "privacy"), _PRIVACY)
    attract = top.inner("attract", "[attract]").values(_table(top, data, "attract"), _ATTRACT)
    for name in ("privacy", "attract", "station"):
        values.pop(name, None)
    renamed = {"size": "size_wh", "rotate": "rotate_deg"}
    values = {renamed.get(name, name): value for name, value in values.items()}
    values["source"] = _beside(path, values.get("source", "0"))
    if screen is not None:
        values["screen"] = screen
    return Programme(
        path=path,
        attract=Attract(**attract),
        stations=_with_filters(_stations(top, data, values.get("languages", LANGUAGES)), data, path, filters),
        lines=lines,
        **privacy,
        **values,
    )


def _read(path: Path) -> tuple[dict[str, Any], str]:
    try:
        return read_toml(path, _LARGEST_FILE_BYTES)
    except FileNotFoundError:
        raise ConfigError(
            "no such kiosk file: {path}; vision-app kiosk init {path} makes one", path=path
        ) from None
    except DocumentError as error:
        raise ConfigError(message_of(error)) from None


def _table(top: Table, data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = data.get(name, {})
    if not isinstance(value, dict):
        raise top.wrong(name, Message("a section [{name}]", name=name), value)
    return value


def _stations(top: Table, data: Mapping[str, Any], spoken: tuple[str, ...]) -> tuple[Station, ...]:
    listed = data.get("station", [])
    if isinstance(listed, dict):
        raise ConfigError(
            "{where}: write [[station]] with two brackets: there can be several", where=top.at("station")
        )
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        raise top.wrong("station", Message("sections [[station]]"), listed)
    if not 1 <= len(listed) <= _MOST_STATIONS:
        raise ConfigError(
            "{path}: a kiosk file has from 1 to {most_stations} sections [[station]], got {count}",
            path=top.path,
            most_stations=_MOST_STATIONS,
            count=len(listed),
        )
    return tuple(_station(top, number, item, spoken) for number, item in enumerate(listed))


def _with_filters(
    stations: tuple[Station, ...], data: Mapping[str, Any], path: Path, filters: FilterChain | None
) -> tuple[Station, ...]:
    """The stations; those that say nothing of filters have those of the whole file."""
    if filters is None:
        return stations
    everywhere = _pictures_beside(path, filters)
    return tuple(
        station if "filters" in said else replace(station, filters=everywhere)
        for station, said in zip(stations, data["station"], strict=True)
    )


def _station(top: Table, number: int, data: Mapping[str, Any], spoken: tuple[str, ...]) -> Station:
    table = top.inner("station", Message("a station"), number)
    values = table.values(data, _STATION, required=("title", "models"))
    for name in ("title", "subtitle"):
        _check_spoken(table, name, values.get(name, {}), spoken)
    values["models"] = _models(table, data["models"])
    if "filters" in values:
        values["filters"] = _pictures_beside(table.path, values["filters"])
    return Station(**values, line=table.line)


def _check_spoken(table: Table, name: str, value: Words, spoken: tuple[str, ...]) -> None:
    missing = [language for language in spoken if value and language not in value]
    if missing:
        raise ConfigError(
            "{where}: {name} is not there in '{missing}', one of the languages of this file; write "
            '{name} = {{ {missing} = "..." }} with the others, or leave {missing} out of languages',
            where=table.at(name),
            name=name,
            missing=missing[0],
        )


def _models(station: Table, value: Any) -> tuple[ModelRequest, ...]:
    listed = value if isinstance(value, list) else [value]
    if not listed:
        raise station.wrong(
            "models", Message('at least one model, such as models = ["efficientnet-lite0"]'), value
        )
    return tuple(_model(station, number, item) for number, item in enumerate(listed))


def _model(station: Table, number: int, item: Any) -> ModelRequest:
    table = station.inner("models", Message("a model"), number)
    if isinstance(item, str) and item.strip():
        try:
            asked = parse_model(item)
        except ConfigError as error:
            raise ConfigError("{where}: {error}", where=table.at(), error=error) from None
        name, values = asked.reference, dict(asked.own)
    elif isinstance(item, dict):
        values = table.values(item, _MODEL, required=("name",))
        name = values.pop("name")
    else:
        raise station.wrong(
            "models", Message('names, or tables such as { name = "yolox-nano", conf = 0.4 }'), item
        )
    if found := lacking(values):
        option, needed = found
        raise ConfigError(
            "{where}: {name} needs {needed} = true",
            where=table.at(option.name),
            name=option.name,
            needed=needed,
        )
    if "classify_boxes" in values:
        values["classify_boxes"] = _beside(table.path, values["classify_boxes"], only=".onnx")
    return ModelRequest.of(_beside(table.path, name, only=".onnx"), values)


def _pictures_beside(file: Path, chain: FilterChain) -> FilterChain:
    """The filters, with pictures looked for beside the kiosk file first."""
    from vision_app.filters.chain import FilterChain
    from vision_app.filters.parameters import PictureFile

    steps = []
    for step in chain.steps:
        for parameter in step.operation.parameters:
            name = step.values[parameter.name]
            if isinstance(parameter, PictureFile) and name:
                step = step.with_value(parameter.name, _beside(file, str(name)))  # noqa: PLW2901
        steps.append(step)
    return FilterChain(tuple(steps))


def _beside(file: Path, name: str, only: str = "") -> str:
    """A relative path as seen from the kiosk file, if there is such a file; else the name as it is."""
    if only and not name.endswith(only):
        return name
    try:
        path = file.absolute().parent / Path(name).expanduser()
        exists = "://" not in name and path.exists()
    except (OSError, RuntimeError, ValueError):
        return name
    return str(path) if exists else name
