"""Cards with fields that a user sets: `input.mean=0.485,0.456,0.406` on top of what a file says of itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from vision_app.cards.card import SCHEMA_VERSION, ModelCard, card_as_json, parse_card
from vision_app.cards.describe import describe, main_output
from vision_app.cards.guessing import OpenFieldsError, UndecidedError
from vision_app.cards.inputs import picture_input
from vision_app.cards.recipes import RECIPE_FIELDS, RECIPES, unsaid
from vision_app.documents import NOT_JSON, DocumentError, parse_json, read_text
from vision_app.errors import ConfigError, ModelError
from vision_app.messages import Message, message_of
from vision_app.paths import path_of
from vision_app.runtime import Session

Settings = Mapping[str, Any]
"""Card fields with their values; `a.b` is field b of section a."""


class UnsaidError(OpenFieldsError):
    """Something about a model has to be said by the user."""

    def _sentence(self) -> str:
        flags = dict.fromkeys(_flag(f, self.choices.get(f, ())) for f in self.fields)
        return Message(
            "{finding}; say it: {flags}; --try PHOTO shows what each choice sees",
            finding=self.finding,
            flags=" ".join(flags),
        )


_MISSING = re.compile(r"([a-z_.0-9]+) is missing; it must be (.*)")
_CLASSIFIER_RANK = 2


def parse_settings(texts: Iterable[str]) -> dict[str, Any]:
    """Read `field=value` texts; a value is JSON, or numbers with commas, or plain text.

    >>> parse_settings(["output.layout=yolox", "input.mean=0.5,0.5,0.5", "input.antialias=false"])
    {'output.layout': 'yolox', 'input.mean': [0.5, 0.5, 0.5], 'input.antialias': False}

    Raises:
        ConfigError: a text is not of that form, or a field is set twice.
    """
    settings: dict[str, Any] = {}
    for text in texts:
        field, equals, value = text.partition("=")
        field = field.strip()
        if not equals or not field or field.count(".") > 1:
            raise ConfigError(
                "--set wants a card's field and its value, as output.layout=yolox, got '{text}'", text=text
            )
        if field in settings:
            raise ConfigError("--set {field} is given twice", field=field)
        settings[field] = _value(field, value.strip())
    return settings


def _value(field: str, text: str) -> Any:
    for candidate in (text, f"[{text}]"):
        try:
            return parse_json(candidate, "--set")
        except DocumentError as error:
            if not error.problem.startswith(NOT_JSON):
                raise ConfigError("--set {field}: {problem}", field=field, problem=error.problem) from None
    return text


def read_labels(reference: str) -> str | list[str]:
    """The labels that `--labels` names: a file with one name a line or a JSON list, else a shipped list's name.

    Raises:
        ConfigError: the file cannot be read or holds no names.
    """
    path = path_of(reference)
    if not path.is_file():
        if path.suffix or len(path.parts) > 1:
            raise ConfigError("--labels: no such file: {path}", path=path)
        return reference
    try:
        text = read_text(path)
        names = (
            parse_json(text, str(path))
            if text.lstrip().startswith("[")
            else [line.strip() for line in text.splitlines()]
        )
    except (FileNotFoundError, DocumentError) as error:
        raise ConfigError("--labels: no list of names: {error}", error=error) from error
    while names and names[-1] == "":
        names.pop()
    if not names or not all(isinstance(name, str) and name for name in names):
        raise ConfigError(
            "--labels {path}: expected one name a line, in the order of the classes, none empty", path=path
        )
    return list(names)


def with_settings(card: ModelCard, settings: Settings, where: str) -> ModelCard:
    """A copy of a card with some fields set.

    Raises:
        ModelError: a field is unknown, or its value is not one that it can have.
    """
    if not settings:
        return card
    return parse_card(_merged(json.loads(card_as_json(card)), settings, where), where)


def complete(session: Session, name: str, settings: Settings) -> ModelCard:
    """A card for a file without one: what it says of itself, with the fields that the user sets.

    Raises:
        UnsaidError: a field that decides is not set; the message says how to set it.
        ModelError: a field is wrong.
    """
    where = str(session.path)
    try:
        card = describe(session, name, settings)
    except UndecidedError as error:
        still = unsaid(error.fields, settings)
        if not settings or (error.classes and any(f in still for f in _MUST_BE_SAID)):
            raise UnsaidError(error.finding, *still, choices=error.choices, classes=error.classes) from None
        if not error.classes:
            raise UnsaidError(error.finding, *error.fields, choices=error.choices) from None
        base = _what_the_shapes_say(session, name, settings)
    else:
        return with_settings(card, settings, where)
    try:
        return parse_card(_merged(base, settings, where), where)
    except ModelError as error:
        missing = _MISSING.search(str(error))
        if missing is None:
            raise
        raise UnsaidError(message_of(error), missing[1]) from None


_MUST_BE_SAID = ("input.scale", "input.resize", "labels")
"""What a classifier cannot do without."""


def _flag(field: str, choices: Sequence[str]) -> str:
    if field == "labels":
        return Message("--labels FILE|NAME")
    if field in RECIPE_FIELDS:
        return f"--recipe {'|'.join(RECIPES)}"
    return f"--set {field}={'|'.join(choices) or 'VALUE'}"


def _picture_name(settings: Settings) -> str:
    """The input that the user says is the picture, "" where nothing is said."""
    rows = settings.get("inputs")
    rows = rows if isinstance(rows, list) else []
    names = [r.get("name") for r in rows if isinstance(r, dict) and r.get("kind") == "picture"]
    return str(names[0]) if names else ""


def _what_the_shapes_say(session: Session, name: str, settings: Settings) -> dict[str, Any]:
    picture = picture_input(session, _picture_name(settings))
    main = main_output(session)
    data: dict[str, Any] = {
        "schema": SCHEMA_VERSION,
        "name": name,
        "licence": Message("not stated in the file"),
        "input": {"layout": picture.layout, "colour": picture.colour},
        "output": {},
    }
    if None not in picture.size_hw:
        data["input"]["size_hw"] = list(picture.size_hw)
    rank = len([d for d in main.shape[1:] if d != 1]) + 1
    if rank == _CLASSIFIER_RANK:
        data["task"] = "classify"
        data["output"]["layout"] = "classes"
    elif len(main.shape) == 3:
        data["task"] = "detect"
    return data


def _merged(data: dict[str, Any], settings: Settings, where: str) -> dict[str, Any]:
    for field, value in settings.items():
        section, dot, key = field.rpartition(".")
        if not dot:
            data[field] = value
            continue
        if not isinstance(data.setdefault(section, {}), dict):
            raise ModelError(
                "{where}: {section} is not a section of a card, so {field} cannot be set",
                where=where,
                section=section,
                field=field,
            )
        data[section][key] = value
    return data
