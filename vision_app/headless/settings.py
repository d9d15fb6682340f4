"""Settings of a run: one validated object from a TOML file, the environment and the command line.

The later of them wins: defaults, then the file, then `VISION_APP_*` variables, then flags.
"""

from __future__ import annotations

import difflib
import math
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

from vision_app import limits
from vision_app.documents import DocumentError, read_toml
from vision_app.engine.option_kinds import Switch, split_quoted
from vision_app.engine.options import RUN, of_front_end
from vision_app.engine.request import AskedModel, lacking, read_model
from vision_app.errors import ConfigError
from vision_app.messages import Message, message_of
from vision_app.sources.trust import parse_fingerprint

if TYPE_CHECKING:
    from vision_app.filters.chain import FilterChain

ENVIRONMENT_PREFIX = "VISION_APP_"
# variables of the program that are not settings of a run
_OTHER_VARIABLES = {
    "VISION_APP_LANGUAGE",
    "VISION_APP_MODELS",
    "VISION_APP_CACHE",
    "VISION_APP_CONFIG",
    "VISION_APP_TEST_DATA",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """Everything that `vision-app run` can be told. Each is a flag, a key and a variable.

    Paths stay texts here: `-` and special files have a meaning of their own.

    Attributes:
        model: the models, each with what is asked of it alone.
        options: what is asked of all models, by the names of `engine.options`.
        filter: what is done to each picture before the models see it; None for nothing.
        show_original: the filtered picture is for the models alone; drawn, saved and measured is the original.
        gate: the models look only at frames in which something has changed.
        flags: which of them stood on the command line, and how they are called there: a model has to have them.
    """

    source: tuple[str, ...] = ()
    model: tuple[AskedModel, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    flags: Mapping[str, str] = field(default_factory=dict)
    start: float = 0.0
    end: float | None = None
    every: int = 1
    max_frames: int | None = None
    size: tuple[int, int] | None = None
    fps: float | None = None
    give_up_after: float | None = None
    every_s: float | None = None
    insecure: bool = False
    fingerprint: str = ""
    policy: str = "auto"
    workers: int = 0
    threads: int = 0
    save: str | None = None
    no_save: bool = False
    json: str | None = None
    csv: str | None = None
    log: tuple[str, ...] = ()
    summary: str | None = None
    overwrite: bool = False
    panel: str = "auto"
    quiet: bool = False
    limit: tuple[str, ...] = ()
    filter: FilterChain | None = None
    show_original: bool = False
    gate: bool = False


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(Message("a text"))
    return value


def _texts(value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, list | tuple) else str(value).split(",")
    names = tuple(str(item).strip() for item in items)
    if not names or not all(names):
        raise ValueError(Message("one or more names, separated by commas"))
    return names


def _limits(value: Any) -> tuple[str, ...]:
    texts = _texts(value)
    try:
        limits.parse(texts)
    except ConfigError as error:
        raise ValueError(Message("{form} ({error})", form=limits.FORM, error=error)) from None
    return texts


def _truth(value: Any) -> bool:
    return value if isinstance(value, bool) else Switch().parse(str(value))


def _number(low: float, high: float, wanted: str) -> Callable[[Any], float]:
    def parse(value: Any) -> float:
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            raise ValueError(wanted) from None
        if isinstance(value, bool) or not low <= number <= high:
            raise ValueError(wanted)
        return number

    return parse


def _whole(low: int, wanted: str) -> Callable[[Any], int]:
    def parse(value: Any) -> int:
        text = str(value)
        if isinstance(value, bool | float) or not re.fullmatch(r"\+?\d{1,12}", text) or int(text) < low:
            raise ValueError(wanted)
        return int(text)

    return parse


PANEL = {"auto": None, "on": True, "off": False}
"""Words of `--panel`; auto draws it into clips, and leaves photos alone."""


def _choice(*options: str) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if value not in options:
            raise ValueError(Message("one of {options}", options=", ".join(options)))
        return str(value)

    return parse


def parse_time(value: Any) -> float:
    """Seconds from a number, `MM:SS` or `HH:MM:SS`.

    >>> parse_time("1:30"), parse_time("2.5")
    (90.0, 2.5)

    Raises:
        ValueError: it is not a time of 0 or more.
    """
    wanted = Message("seconds or HH:MM:SS")
    parts = str(value).split(":")
    if isinstance(value, bool) or len(parts) > 3 or not all(re.fullmatch(r"\d+(\.\d+)?", p) for p in parts):
        raise ValueError(wanted)
    if any("." in p for p in parts[:-1]):
        raise ValueError(wanted)
    seconds = 0.0
    for part in parts:
        seconds = seconds * 60 + float(part)
    if not math.isfinite(seconds):
        raise ValueError(wanted)
    return seconds


def _size(value: Any) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{2,5})\s*[xX×]\s*(\d{2,5})", str(value))
    if found is None:
        raise ValueError(Message("WIDTHxHEIGHT, such as 1280x720"))
    return int(found.group(1)), int(found.group(2))


def _sources(value: Any) -> tuple[str, ...]:
    """One source, or a list of them. A text is one whatever is in it: addresses and names have commas, too."""
    items = tuple(value) if isinstance(value, list | tuple) else (value,)
    if not items or not all(isinstance(item, str) and item.strip() for item in items):
        raise ValueError(Message("a text, or a list of texts"))
    return items


def _models(value: Any) -> tuple[AskedModel, ...]:
    """Models from a list, or from a text in which semicolons stand between them (commas do if it has no colon)."""
    if isinstance(value, list | tuple):
        items = list(value)
    elif isinstance(value, str):
        separator = ";" if ";" in value or ":" in value else ","
        items = [item.strip() for item in split_quoted(value, separator)]
    else:
        items = [value]
    if not items or not all(items):
        raise ValueError(Message("one or more names or files"))
    return tuple(read_model(item) for item in items)


def _filter(value: Any) -> FilterChain:
    """A chain from a text, or from a list with a step or several in each."""
    if not isinstance(value, str | list) or not all(isinstance(item, str) for item in value):
        raise ValueError(Message("filters such as clahe:2.0,8|canny:80,160"))
    from vision_app.filters.chain import chain_of  # late: a run without filters starts sooner

    try:
        return chain_of([value] if isinstance(value, str) else value)
    except ConfigError as error:
        raise ConfigError("is wrong: {error}", error=error) from None


_OPTIONS = {option.name: option for option in of_front_end(RUN)}
_PARSERS: dict[str, Callable[[Any], Any]] = {
    "source": _sources,
    "model": _models,
    **{name: option.from_either for name, option in _OPTIONS.items()},
    "start": parse_time,
    "end": parse_time,
    "every": _whole(1, Message("a whole number of at least 1")),
    "max_frames": _whole(1, Message("a whole number of at least 1")),
    "size": _size,
    "fps": _number(0.1, 1000, Message("a number from 0.1 to 1000")),
    "give_up_after": _number(0.1, 1e6, Message("a number of seconds of at least 0.1")),
    "every_s": _number(0.1, 1e6, Message("a number of seconds of at least 0.1")),
    "insecure": _truth,
    "fingerprint": parse_fingerprint,
    "policy": _choice("auto", "every", "latest"),
    "filter": _filter,
    "show_original": _truth,
    "gate": _truth,
    "workers": _whole(0, Message("a whole number; 0 chooses")),
    "threads": _whole(0, Message("a whole number; 0 chooses")),
    "save": _text,
    "no_save": _truth,
    "json": _text,
    "csv": _text,
    "log": _texts,
    "summary": _text,
    "overwrite": _truth,
    "panel": _choice(*PANEL),
    "quiet": _truth,
    "limit": _limits,
}


def load_settings(
    flags: Mapping[str, Any], config_file: Path | None = None, environment: Mapping[str, str] | None = None
) -> RunSettings:
    """Merge and check all settings.

    Args:
        flags: what the command line gave, by field name; what it did not give is absent.
        config_file: TOML file; None for the user's own, which need not exist.
        environment: variables; None for those of the process.

    Raises:
        ConfigError: a key is unknown or a value is wrong; says where it stands and what it must be.
    """
    variables = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    moved: tuple[str, ...] = ()
    by_flag = {key: _checked(key, value, "--" + key.replace("_", "-")) for key, value in flags.items()}
    for given in (_from_file(config_file, variables), _from_environment(variables), by_flag):
        moved += given.pop("limit", ())  # each names one limit of several, so they add up
        values.update(given)
    options = {name: values.pop(name) for name in _OPTIONS if name in values}
    asked = {name: _OPTIONS[name].flag for name in flags if name in _OPTIONS}
    settings = RunSettings(**values, limit=moved, options=options, flags=asked)
    _check_together(settings)
    return settings


def user_config_path(environment: Mapping[str, str]) -> Path:
    """The user's own settings file."""
    override = environment.get("VISION_APP_CONFIG")
    return Path(override) if override else platformdirs.user_config_path("vision-app") / "config.toml"


def _from_file(path: Path | None, environment: Mapping[str, str]) -> dict[str, Any]:
    required = path is not None or "VISION_APP_CONFIG" in environment
    path = path or user_config_path(environment)
    try:
        data, _ = read_toml(path)
    except FileNotFoundError:
        if required:
            raise ConfigError("no such settings file: {path}", path=path) from None
        return {}
    except DocumentError as error:
        raise ConfigError(message_of(error)) from None
    return {key: _checked(key, value, f"{path}: {key}") for key, value in data.items()}


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    values = {}
    for name, value in environment.items():
        if name.startswith(ENVIRONMENT_PREFIX) and name not in _OTHER_VARIABLES:
            key = name.removeprefix(ENVIRONMENT_PREFIX).lower()
            values[key] = _checked(key, value, name)
    return values


def _checked(key: str, value: Any, where: str) -> Any:
    if key not in _PARSERS:
        near = difflib.get_close_matches(key, _PARSERS, n=1)
        hint = Message("; did you mean {near}?", near=near[0]) if near else ""
        raise ConfigError("{where} is not a setting{hint}", where=where, hint=hint)
    try:
        return _PARSERS[key](value)
    except ValueError as error:
        shown = repr(value)
        shown = shown if len(shown) <= 80 else f"{shown[:77]}..."
        raise ConfigError(
            "{where} must be {error}, got {shown}", where=where, error=error, shown=shown
        ) from None
    except ConfigError as error:
        raise ConfigError("{where} {error}", where=where, error=error) from None


def _check_together(s: RunSettings) -> None:
    if s.end is not None and s.end <= s.start:
        raise ConfigError(
            "--end must be after --start, got {end:g} s and {start:g} s", end=s.end, start=s.start
        )
    if s.no_save and s.save:
        raise ConfigError("--save and --no-save contradict each other; give one of them")
    for asked in s.model or (AskedModel(""),):
        if found := lacking({**s.options, **asked.own}):
            option, needed = found
            whose = f"--model {asked.reference}: {option.name}" if option.name in asked.own else option.flag
            raise ConfigError("{whose} needs {flag}", whose=whose, flag=_OPTIONS[needed].flag)
    stdout_users = [name for name in ("json", "csv", "summary") if getattr(s, name) == "-"]
    if len(stdout_users) > 1:
        raise ConfigError(
            "only one output can be '-', got {stdout_users}",
            stdout_users=", ".join("--" + n for n in stdout_users),
        )
