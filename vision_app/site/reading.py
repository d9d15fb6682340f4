"""The site file: which streams there are, what looks at them, what their events are, and who is told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from vision_app.cards.lookup import DEFAULT_MODEL
from vision_app.documents import DocumentError, read_toml
from vision_app.engine.request import AskedModel, lacking, read_model
from vision_app.errors import ConfigError
from vision_app.kiosk.lines import key_lines
from vision_app.kiosk.reading import (
    Parser,
    Table,
    anything,
    number,
    one_of,
    optional,
    size,
    switch,
    text,
    whole,
)
from vision_app.messages import Message
from vision_app.site.confine import Confinement
from vision_app.site.plan import GATES, KeepPlan, MediaPlan, OutputPlan, SitePlan, StreamPlan
from vision_app.site.rules.table import read_rule
from vision_app.site.sinks import SITE_SINKS
from vision_app.sources.trust import parse_fingerprint

MOST_STREAMS = 64
MOST_RULES = 100
_LARGEST_FILE_BYTES = 1 << 20
_NAME = re.compile(r"\w[\w .-]{0,62}")


def name(value: Any) -> str:
    """A name that can also be that of a folder."""
    if not isinstance(value, str) or not _NAME.fullmatch(value) or value.endswith((".", " ")):
        raise ValueError(Message("a name of at most 63 letters, digits, spaces and _ - ."))
    return value


def _hosts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(host, str) and host for host in value):
        raise ValueError(Message('a list of hosts such as ["10.0.0.7", "camera.lan"]'))
    return tuple(value)


def _fingerprint(value: Any) -> str:
    return parse_fingerprint(value) if value else ""


_SITE: dict[str, Parser] = {
    "name": name,
    "models": anything,
    "workers": whole(0, 256),
    "hosts": _hosts,
    "media": anything,
    "keep": anything,
    "stream": anything,
    "output": anything,
}
_STREAM: dict[str, Parser] = {
    "name": name,
    "source": text,
    "models": anything,
    "gate": one_of(*GATES),
    "weight": number(0.01, 100),
    "fps": number(0.01, 1000),
    "size": optional(size),
    "insecure": switch,
    "fingerprint": _fingerprint,
    "rule": anything,
}
_MEDIA: dict[str, Parser] = {
    "before_s": number(0, 120),
    "after_s": number(0, 120),
    "megabytes": whole(1, 4096),
    "width": whole(64, 7680),
}
_KEEP: dict[str, Parser] = {
    "days": optional(number(0.01, 36_500)),
    "gigabytes": optional(number(0.001, 1_000_000)),
}


def load_site(path: Path, *, trusted: bool = False) -> SitePlan:
    """Read and check a site file. Nothing is opened and no model is loaded.

    Args:
        path: the file. Its folder is the site's.
        trusted: whether it may name files outside of the folder and lead to any host.

    Raises:
        ConfigError: it cannot be read, or something in it is wrong: with file, line and what to write instead.
    """
    try:
        data, text_of_file = read_toml(path, _LARGEST_FILE_BYTES)
    except FileNotFoundError:
        raise ConfigError(
            "no such site file: {path}; vision-app site init {path} makes one", path=path
        ) from None
    except DocumentError as error:
        raise ConfigError(error.message) from None
    return parse_site(data, key_lines(text_of_file), path, trusted=trusted)


def parse_site(
    data: Mapping[str, Any], lines: Mapping[tuple[str | int, ...], int], path: Path, *, trusted: bool = False
) -> SitePlan:
    """The site of the content of its file.

    Raises:
        ConfigError: something in it is wrong.
    """
    top = Table("a site file", path, (), lines)
    values = top.values(data, _SITE)
    fence = Confinement(path.absolute().parent, trusted=trusted)
    usual = _models(top, values["models"], fence) if "models" in values else (AskedModel(DEFAULT_MODEL),)
    streams = tuple(
        _stream(table, item, usual, fence) for table, item in _tables(top, data, "stream", "a stream")
    )
    if not 1 <= len(streams) <= MOST_STREAMS:
        raise ConfigError(
            "{path}: a site has from 1 to {most} sections [[stream]], got {count}",
            path=path,
            most=MOST_STREAMS,
            count=len(streams),
        )
    _check_names(top, "stream", [stream.name for stream in streams])
    outputs = tuple(_output(table, item) for table, item in _tables(top, data, "output", "an output"))
    if not any(output.kind == "events" for output in outputs):
        outputs = (OutputPlan("events", SITE_SINKS["events"](), {}), *outputs)
    return SitePlan(
        name=values.get("name", name_of(path)),
        path=path,
        folder=path.absolute().parent,
        streams=streams,
        outputs=outputs,
        media=MediaPlan(**_section(top, data, "media", _MEDIA)),
        keep=KeepPlan(**_section(top, data, "keep", _KEEP)),
        workers=values.get("workers", 0),
        hosts=values.get("hosts", ()),
        trusted=trusted,
    )


def site_of_sources(sources: Sequence[str], models: Sequence[AskedModel], folder: Path) -> SitePlan:
    """The site of repeated `--source`: the same streams as in a file, without rules. It is the user's own.

    Raises:
        ConfigError: there are none, or too many.
    """
    if not 1 <= len(sources) <= MOST_STREAMS:
        raise ConfigError(
            "a site has from 1 to {most} streams, got {count}", most=MOST_STREAMS, count=len(sources)
        )
    asked = tuple(models) or (AskedModel(DEFAULT_MODEL),)
    streams = tuple(
        StreamPlan(name=f"stream {i}", source=source, models=asked) for i, source in enumerate(sources, 1)
    )
    events = OutputPlan("events", SITE_SINKS["events"](), {})
    return SitePlan(name="site", path=None, folder=folder, streams=streams, outputs=(events,), trusted=True)


def name_of(path: Path) -> str:
    """The name that a site has where its file gives it none."""
    cleaned = re.sub(r"[^\w .-]", "_", path.stem).strip(" .")[:63]
    return cleaned if cleaned and _NAME.fullmatch(cleaned) else "site"


def _tables(
    top: Table, data: Mapping[str, Any], key: str, what: str
) -> Iterable[tuple[Table, Mapping[str, Any]]]:
    """The tables of a list, each with where it stands."""
    listed = data.get(key, [])
    if isinstance(listed, dict):
        raise ConfigError(
            "{where}: write [[{key}]] with two brackets: there can be several", where=top.at(key), key=key
        )
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        raise top.wrong(key, f"sections [[{key}]]", listed)
    return [(top.inner(key, what, i), item) for i, item in enumerate(listed)]


def _section(top: Table, data: Mapping[str, Any], key: str, parsers: Mapping[str, Parser]) -> dict[str, Any]:
    value = data.get(key, {})
    if not isinstance(value, dict):
        raise top.wrong(key, f"a section [{key}]", value)
    return top.inner(key, f"[{key}]").values(value, parsers)


def _stream(
    table: Table, data: Mapping[str, Any], usual: tuple[AskedModel, ...], fence: Confinement
) -> StreamPlan:
    values = table.values(data, _STREAM, required=("name", "source"))
    if "models" in values:
        values["models"] = _models(table, values["models"], fence)
    rules = tuple(
        read_rule(inner, item)
        for inner, item in _tables(table, {"rule": values.pop("rule", [])}, "rule", "a rule")
    )
    if len(rules) > MOST_RULES:
        raise ConfigError(
            "{where}: a stream has at most {most} rules, got {count}",
            where=table.at(),
            most=MOST_RULES,
            count=len(rules),
        )
    _check_names(table, "rule", [told.rule.name for told in rules])
    if "size" in values:
        values["size_wh"] = values.pop("size")
    return StreamPlan(**{"models": usual, **values}, rules=rules, line=table.line)


def _models(table: Table, value: Any, fence: Confinement) -> tuple[AskedModel, ...]:
    listed = value if isinstance(value, list) else [value]
    if not listed:
        raise table.wrong("models", 'at least one model, such as models = ["nanodet-g-int8"]', value)
    models = []
    for item in listed:
        try:
            asked = fence.model(read_model(item))
        except ConfigError as error:
            raise ConfigError("{where}: {error}", where=table.at("models"), error=error) from None
        if found := lacking(asked.own):
            option, needed = found
            raise ConfigError(
                "{where}: {option} needs {needed} = true",
                where=table.at("models"),
                option=option.name,
                needed=needed,
            )
        models.append(asked)
    return tuple(models)


def _output(table: Table, data: Mapping[str, Any]) -> OutputPlan:
    kind = data.get("kind")
    if not isinstance(kind, str) or kind not in SITE_SINKS:
        raise table.wrong("kind", "one of " + ", ".join(f'"{k}"' for k in SITE_SINKS), kind)
    row = SITE_SINKS[kind]()
    values = table.values(data, {"kind": text, **row.keys}, required=row.required)
    del values["kind"]
    return OutputPlan(kind, row, values)


def _check_names(table: Table, key: str, names: Sequence[str]) -> None:
    """Refuse a name that stands twice.

    Raises:
        ConfigError: there is one.
    """
    known: set[str] = set()
    for place, one in enumerate(names):
        if one.casefold() in known:
            raise ConfigError(
                "{where}: the name '{name}' stands twice",
                where=table.inner(key, key, place).at("name"),
                name=one,
            )
        known.add(one.casefold())
