"""Rows that other packages add to the program's tables: tasks, layouts, kinds of results, sources, logs, explainers.

A package declares them as entry points of the group that belongs to the table; the name of the entry is the name of
the row, what it points to is the row:

    [project.entry-points."vision_app.tasks"]
    count = "my_package.counting:CountTask"

A plug-in that cannot be imported, or takes a name that is there already, is left out and told by `vision-app doctor`;
the program goes on without it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import Any, TypeVar

from vision_app.messages import Message

_log = logging.getLogger(__name__)

GROUPS = (
    "vision_app.tasks",
    "vision_app.layouts",
    "vision_app.kinds",
    "vision_app.sources",
    "vision_app.logs",
    "vision_app.explainers",
    "vision_app.regions",
    "vision_app.memories",
    "vision_app.outputs",
)
"""The groups of entry points."""

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class PluginProblem:
    """A plug-in that was left out.

    Attributes:
        group: group of its entry point.
        name: name of the entry.
        package: the package that brings it.
        reason: what is wrong, one line.
    """

    group: str
    name: str
    package: str
    reason: str


_problems: list[PluginProblem] = []


class OpenTable(Mapping[str, Row]):
    """A table with the program's own rows, and those of other packages.

    The packages are looked at when a name is asked for that is not one of the program's, or when all are listed: who
    uses the program's own rows alone waits for nobody.

    Args:
        group: group of the entry points.
        rows: the program's own.
        check: raises `TypeError` or `ValueError` for what cannot be a row.
    """

    def __init__(
        self, group: str, rows: Mapping[str, Row], check: Callable[[Any], None] = lambda row: None
    ) -> None:
        self._group, self._check = group, check
        self._rows: dict[str, Row] = dict(rows)
        self._loaded = False
        self._loading = threading.RLock()

    def __getitem__(self, name: str) -> Row:
        if name not in self._rows:
            self._load()
        return self._rows[name]

    def __contains__(self, name: object) -> bool:
        if name not in self._rows:
            self._load()
        return name in self._rows

    def __iter__(self) -> Iterator[str]:
        self._load()
        return iter(tuple(self._rows))

    def __len__(self) -> int:
        self._load()
        return len(self._rows)

    def _load(self) -> None:
        with self._loading:
            if self._loaded:
                return
            self._loaded = True  # first, for a plug-in may ask the table while it is imported
            for name, row in plugins(self._group, self._check):
                if name in self._rows:
                    _leave_out(self._group, name, "", "the name is taken")
                else:
                    self._rows[name] = row


def plugins(group: str, check: Callable[[Any], None] = lambda row: None) -> Iterator[tuple[str, Any]]:
    """Name and row of each plug-in of a group that can be used.

    Args:
        group: one of `GROUPS`.
        check: raises `TypeError` or `ValueError` for what cannot be a row.
    """
    for entry in sorted(metadata.entry_points(group=group), key=lambda e: e.name):
        package = entry.dist.name if entry.dist is not None else ""
        try:
            row = entry.load()
            check(row)
        except Exception as error:  # noqa: BLE001  # a stranger's code: whatever is wrong with it is told
            _leave_out(group, entry.name, package, f"{type(error).__name__}: {error}")
            continue
        yield entry.name, row


def _leave_out(group: str, name: str, package: str, reason: str) -> None:
    problem = PluginProblem(group, name, package, " ".join(reason.split()))
    if problem not in _problems:
        _problems.append(problem)
        _log.warning(
            Message(
                "plug-in {name} of {package} was left out: {reason}",
                name=name,
                package=package or group,
                reason=problem.reason,
            )
        )


def names_of_plugins() -> tuple[str, ...]:
    """`name (group, package)` of everything that other packages declare."""
    return tuple(
        f"{entry.name} ({group.removeprefix('vision_app.')}, {entry.dist.name if entry.dist else 'unknown'})"
        for group in GROUPS
        for entry in sorted(metadata.entry_points(group=group), key=lambda e: e.name)
    )


def problems() -> tuple[PluginProblem, ...]:
    """What was left out until now."""
    return tuple(_problems)


def has_attributes(*names: str) -> Callable[[Any], None]:
    """A check that a row has all of these."""

    def check(row: Any) -> None:
        missing = [name for name in names if not hasattr(row, name)]
        if missing:
            raise TypeError(f"{row!r} has no {', '.join(missing)}")

    return check
