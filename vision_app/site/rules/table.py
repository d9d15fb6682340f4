"""How a rule stands in a site file: one row a kind. A new kind is a file here and a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from vision_app.errors import ConfigError
from vision_app.kiosk.reading import Parser, Table, number, one_of, share, switch, text, texts, whole
from vision_app.site.geometry import Point, area, crosses_itself
from vision_app.site.rules.base import Rule, Wanted
from vision_app.site.rules.line import Line
from vision_app.site.rules.movement import Moves
from vision_app.site.rules.presence import Presence
from vision_app.site.rules.zone import Zone
from vision_app.site.scene import ANCHORS

_MOST_CORNERS = 64
_LEAST_AREA = 1e-4
_seconds = number(0, 86_400)


@dataclass(frozen=True, slots=True)
class RuleKind:
    """A row of the table.

    Attributes:
        keys: what it can be told, and how that is read.
        required: which of them must be there.
        tracks: whether it needs objects with numbers.
        make: makes it of its name and its keys.
    """

    keys: Mapping[str, Parser]
    required: tuple[str, ...]
    tracks: bool
    make: Callable[[str, Mapping[str, Any]], Rule]


@dataclass(frozen=True, slots=True)
class Told:
    """A rule of a stream, and what is kept of its events.

    Attributes:
        rule: the rule.
        kind: a key of `RULES`.
        snapshot: whether a picture is kept of each event.
        clip: whether the seconds before and after are kept.
        line: where it stands in the file; 0 if that is unknown.
    """

    rule: Rule
    kind: str
    snapshot: bool
    clip: bool
    line: int = 0


def points(least: int, most: int) -> Parser:
    """A list of points, each with two shares of the picture."""

    def parse(value: Any) -> tuple[Point, ...]:
        wanted = "two points" if most == 2 else f"from {least} to {most} points"
        wanted += ", each two shares of the picture from 0 to 1, such as [[0.1, 0.5], [0.9, 0.5]]"
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise ValueError(wanted)
        found = []
        for one in value:
            if not isinstance(one, list) or len(one) != 2:
                raise ValueError(wanted)
            try:
                found.append((share(one[0]), share(one[1])))
            except ValueError:
                raise ValueError(wanted) from None
        if len(set(found)) != len(found):
            raise ValueError("different points")
        return tuple(found)

    return parse


def polygon(value: Any) -> tuple[Point, ...]:
    """The corners of a zone."""
    corners: tuple[Point, ...] = points(3, _MOST_CORNERS)(value)
    if crosses_itself(corners):
        raise ValueError(
            "corners in the order in which one walks around the zone: its edges cross each other"
        )
    if area(corners) < _LEAST_AREA:
        raise ValueError("the corners of a zone that has some area")
    return corners


_WANTED: dict[str, Parser] = {
    "classes": texts,
    "score": share,
    "model": text,
    "anchor": one_of(*ANCHORS),
}
_COMMON: dict[str, Parser] = {"kind": text, "name": text, "snapshot": switch, "clip": switch}


def _wanted(values: Mapping[str, Any]) -> Wanted:
    return Wanted(
        values.get("classes", ()),
        values.get("score", 0.0),
        values.get("model", ""),
        values.get("anchor", "feet"),
    )


def _others(values: Mapping[str, Any], *used: str) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key not in (*_WANTED, *_COMMON, *used)}


def _line(name: str, values: Mapping[str, Any]) -> Rule:
    begins, ends = values["points"]
    return Line(name=name, begins=begins, ends=ends, wanted=_wanted(values), **_others(values, "points"))


def _zone(name: str, values: Mapping[str, Any]) -> Rule:
    return Zone(name=name, polygon=values["points"], wanted=_wanted(values), **_others(values, "points"))


def _presence(name: str, values: Mapping[str, Any]) -> Rule:
    others = _others(values, "points")
    return Presence(name=name, polygon=values.get("points", ()), wanted=_wanted(values), **others)


def _movement(name: str, values: Mapping[str, Any]) -> Rule:
    return Moves(
        name=name, labels=values.get("classes", ()), score=values.get("score", 0.0), **_others(values)
    )


RULES: dict[str, RuleKind] = {
    "line": RuleKind({"points": points(2, 2), **_WANTED, "margin": number(0, 0.5)}, ("points",), True, _line),
    "zone": RuleKind(
        {"points": polygon, **_WANTED, "settle_s": _seconds, "dwell_s": _seconds, "forget_s": _seconds},
        ("points",),
        True,
        _zone,
    ),
    "presence": RuleKind(
        {
            "points": polygon,
            **_WANTED,
            "at_least": whole(1, 1000),
            "appears_s": _seconds,
            "stays_s": _seconds,
            "leaves_s": _seconds,
            "gap_s": _seconds,
        },
        ("classes",),
        False,
        _presence,
    ),
    "movement": RuleKind({"classes": texts, "score": share, "pause_s": _seconds}, (), False, _movement),
}
"""The kinds of rules, by the name that they have in a site file."""


def read_rule(table: Table, data: Mapping[str, Any]) -> Told:
    """A rule as it stands in a site file.

    Raises:
        ConfigError: something in it is wrong; says where, and what it must be.
    """
    kind = data.get("kind")
    if not isinstance(kind, str) or kind not in RULES:
        raise table.wrong("kind", "one of " + ", ".join(f'"{k}"' for k in RULES), kind)
    row = RULES[kind]
    values = table.values(data, {**_COMMON, **row.keys}, required=("name", *row.required))
    if values.get("stays_s") is not None and values["stays_s"] < values.get("appears_s", 0.5):
        raise ConfigError("{where}: stays_s must be at least appears_s", where=table.at("stays_s"))
    rule = row.make(values["name"], values)
    return Told(rule, kind, values.get("snapshot", False), values.get("clip", False), table.line)
