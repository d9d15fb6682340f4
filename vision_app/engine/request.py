"""How a model is asked for, in one form for all front ends: a name or file, and its options.

On the command line one model with options of its own is written

    NAME:OPTION=VALUE,OPTION=VALUE,...

where NAME is a name of the catalogue, `name@version` or an .onnx file, a switch may stand alone, and values of a list
go on until the next option: `yolox-nano:conf=0.4,classes=person,dog,track`. A value with a comma, or a class that is
called like a switch, stands in double quotes.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from vision_app.cards.asking import TaskOptions
from vision_app.engine.option_kinds import Names, PartOfFrame, Switch, split_quoted, unquoted
from vision_app.engine.options import BY_NAME, CLASSIFY, OPTIONS, RUN, Option, nearest, of_front_end
from vision_app.errors import ConfigError

_TASK_FIELDS = frozenset(f.name for f in dataclasses.fields(TaskOptions))
_DRIVE = re.compile(r"[A-Za-z]:(?=[\\/]|[^:=,]*[.\\/:])")
_COLON = re.compile(r":(?=\s*[A-Za-z][\w-]*\s*(?:=|,|$))")


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One model as it is wanted.

    Attributes:
        reference: a name of the catalogue, `name@version`, or a path of an .onnx file.
        options: thresholds, classes, and how many classes a classifier lists.
        provider: `auto`, a short name, or ONNX Runtime's own name.
        sliced: detect in overlapping windows too.
        slice_size: side of the windows, pixels; 0 for the size of the model's input.
        slice_stride: step between the windows, pixels; 0 for four fifths of their side.
        track: give each object an id that it keeps.
        detect_every: with ids, look at every so many frames only; 0 for as seldom as the movement allows.
        classify_boxes: classifier that names what is in each box; None for none.
        shown: whether its results are drawn; a hidden model does not run.
    """

    reference: str
    options: TaskOptions = field(default_factory=TaskOptions)
    provider: str = "auto"
    sliced: bool = False
    slice_size: int = 0
    slice_stride: int = 0
    track: bool = False
    detect_every: int = 1
    classify_boxes: str | None = None
    shown: bool = True

    @classmethod
    def of(cls, reference: str, values: Mapping[str, Any]) -> Self:
        """A request from values by name, checked before; what is not said has its default.

        >>> ModelRequest.of("m", {"conf": 0.4, "track": True}).options.conf
        0.4
        """
        return cls(reference).changed(values)

    def changed(self, values: Mapping[str, Any]) -> Self:
        """The same with other values of some options."""
        asked = {name: value for name, value in values.items() if name in _TASK_FIELDS}
        about = {name: value for name, value in values.items() if name not in _TASK_FIELDS}
        options = dataclasses.replace(self.options, **asked) if asked else self.options
        return dataclasses.replace(self, options=options, **about)

    def value(self, name: str) -> Any:
        """The value of an option."""
        return getattr(self.options if name in _TASK_FIELDS else self, name)

    @property
    def said(self) -> dict[str, Any]:
        """The options that differ from their defaults."""
        return {o.name: self.value(o.name) for o in OPTIONS if self.value(o.name) != o.default}

    def misfits(self, task: str) -> tuple[Option, ...]:
        """Options that were asked for, which models of that task do not have."""
        return tuple(BY_NAME[name] for name in self.said if not has_option(BY_NAME[name], task, self))

    def fitted(self, task: str) -> Self:
        """The same without the options that models of that task do not have."""
        return self.changed({option.name: option.default for option in self.misfits(task)})


def has_option(option: Option, task: str, request: ModelRequest) -> bool:
    """Whether an option means something for a model of that task, asked so."""
    by_classifier = option.scope == CLASSIFY and request.classify_boxes is not None
    return option.suits(task) or by_classifier


@dataclass(frozen=True, slots=True)
class AskedModel:
    """One model with what was asked of it alone; what is asked of all is not in it yet.

    Attributes:
        reference: name or file.
        own: options by name, checked.
    """

    reference: str
    own: Mapping[str, Any] = field(default_factory=dict)

    def request(self, plain: Mapping[str, Any], task: str) -> ModelRequest:
        """The request: of what is asked of all models, what this one has, and what is asked of it alone.

        Raises:
            ConfigError: it has no option that was asked of it alone.
        """
        asked = ModelRequest.of(self.reference, dict(plain) | dict(self.own))
        misfits = asked.misfits(task)
        for option in misfits:
            if option.name in self.own:
                raise ConfigError(
                    "{reference} is a model to {task}: it has no {name}",
                    reference=self.reference,
                    task=task,
                    name=option.name,
                )
        return asked.fitted(task)


def parse_model(text: str) -> AskedModel:
    r"""A model as it is written on the command line: `NAME` or `NAME:OPTION=VALUE,...`.

    >>> parse_model("yolox-nano:conf=0.4,classes=person,dog,track")
    AskedModel(reference='yolox-nano', own={'conf': 0.4, 'classes': ('person', 'dog'), 'track': True})
    >>> parse_model(r"C:\nets\x.onnx:iou=0.5").reference
    'C:\\nets\\x.onnx'

    Raises:
        ConfigError: an option is unknown, or a value is wrong; says what it must be.
    """
    reference, rest = _split(text)
    if rest is not None and not rest.strip():
        raise ConfigError("'{text}': nothing stands after the colon; write NAME:OPTION=VALUE,...", text=text)
    if not reference.strip():
        raise ConfigError("'{text}' has no name; write NAME:OPTION=VALUE,...", text=text)
    own: dict[str, Any] = {}
    for name, value in () if rest is None else _items(text, rest):
        option = _option(text, name)
        if name in own:
            raise ConfigError("'{text}': {name} is given twice", text=text, name=name)
        try:
            own[name] = True if value is None else option.from_text(value)
        except ValueError as error:
            raise ConfigError(
                "'{text}': {name} must be {error}, got '{value}'",
                text=text,
                name=name,
                error=error,
                value=value,
            ) from None
    return AskedModel(reference.strip(), own)


def requested(text: str) -> ModelRequest:
    """The request of a model as it is written on the command line, with nothing asked of all models.

    Raises:
        ConfigError: as `parse_model` does.
    """
    asked = parse_model(text)
    if found := lacking(asked.own):
        raise ConfigError("'{text}': {name} needs {found_1}", text=text, name=found[0].name, found_1=found[1])
    return ModelRequest.of(asked.reference, asked.own)


def read_model(item: Any) -> AskedModel:
    """A model as it stands in a file: a text, or a table such as `{ name = "yolox-nano", conf = 0.4 }`.

    Raises:
        ConfigError: it is neither, or something in it is wrong.
    """
    if isinstance(item, str) and item.strip():
        return parse_model(item)
    if not isinstance(item, Mapping) or not isinstance(item.get("name"), str) or not item["name"].strip():
        raise ConfigError('a model must be a text, or a table such as { name = "yolox-nano", conf = 0.4 }')
    name, own = item["name"].strip(), {}
    for key, value in item.items():
        if key != "name":
            option = _option(name, key)
            try:
                own[key] = option.from_value(value)
            except ValueError as error:
                raise ConfigError(
                    "'{name}': {key} must be {error}, got {value!r}",
                    name=name,
                    key=key,
                    error=error,
                    value=value,
                ) from None
    return AskedModel(name, own)


def lacking(values: Mapping[str, Any]) -> tuple[Option, str] | None:
    """The first option that is given without the one that it needs, and what that is called; None when all is well.

    >>> option, needed = lacking({"slice_size": 320})
    >>> option.name, needed
    ('slice_size', 'sliced')
    """
    for name, value in values.items():
        option = BY_NAME[name]
        if option.needs and value != option.default and not values.get(option.needs):
            return option, option.needs
    return None


def _split(text: str) -> tuple[str, str | None]:
    """Reference and options: at the first colon after which a name stands, but for that of a drive."""
    if os.path.isfile(text):  # noqa: PTH113  # it may be any text, also one that Path refuses
        return text, None
    drive = _DRIVE.match(text)
    start = drive.end() if drive else 0
    found = _COLON.search(text, start)
    if found:
        return text[: found.start()], text[found.end() :]
    head, colon, tail = text[start:].partition(":")
    if colon and not re.search(r"[\\/]", tail):
        return text[:start] + head, tail
    return text, None


def _items(text: str, rest: str) -> Iterator[tuple[str, str | None]]:
    """Name and value of each option; None for a switch that stands alone."""
    pending: tuple[str, list[str]] | None = None
    for item in split_quoted(rest, ","):
        name, equals, value = item.partition("=")
        key = name.strip().replace("-", "_")
        switch = not equals and key in BY_NAME and isinstance(BY_NAME[key].kind, Switch)
        if not equals and not switch and pending is not None:
            pending[1].append(item)
            continue
        if pending is not None:
            yield pending[0], ",".join(pending[1])
            pending = None
        if not equals and not switch:
            _option(text, name.strip() if key not in BY_NAME else key)
            wanted = BY_NAME[key].kind.wanted
            raise ConfigError(
                "'{text}': {key} needs a value: {key}= and {wanted}", text=text, key=key, wanted=wanted
            )
        if switch:
            yield key, None
        elif key in BY_NAME and isinstance(BY_NAME[key].kind, Names | PartOfFrame):
            pending = key, [value]
        else:
            yield key, unquoted(value)
    if pending is not None:
        yield pending[0], ",".join(pending[1])


def _option(text: str, name: str) -> Option:
    known = {option.name: option for option in of_front_end(RUN)}
    if name in BY_NAME and name not in known:
        raise ConfigError(
            "'{text}': {name} cannot be given here: {absent}",
            text=text,
            name=name,
            absent=BY_NAME[name].absent[RUN],
        )
    if name not in known:
        raise ConfigError(
            "'{text}': '{name}' is not an option of a model; {hint}",
            text=text,
            name=name,
            hint=nearest(name, known),
        )
    return known[name]


def knows_class(labels: Sequence[str], name: str) -> bool:
    """Whether a class, by name or number, is one of those of these names."""
    key = name.strip().lower()
    by_number = key.isdecimal() and int(key) < len(labels)
    return by_number or key in (label.lower() for label in labels)
