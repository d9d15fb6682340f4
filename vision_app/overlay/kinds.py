"""The kinds of results: one row each, and nothing that shows or writes results knows more than the row says.

A new kind is a frozen value with `model`, `task`, `as_record` and `mapped`, a painter, and a row:
those of the program stand in `overlay/built_in.py`; `tests/contract/test_kinds.py` holds every row to all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from vision_app.errors import ModelError
from vision_app.overlay.canvas import Canvas
from vision_app.plugins import plugins
from vision_app.results.saying import COLUMNS, Lines, Row
from vision_app.results.values import BoxResult, Result

Painter = Callable[[Canvas, Any], None]
"""Hands drawings of one result to the canvas. Its second argument is the result."""


@dataclass(frozen=True, slots=True)
class ResultKind:
    """One row of the table. Its functions take a result of its type.

    Attributes:
        name: a short name, unique.
        type: the class of the results; its `as_record` is what `results.jsonl` holds.
        words: what such a result is called on a screen, by language code: `en` and `ko` at least.
        painter: draws it.
        rows: its rows in a table.
        lines: what it says in large type.
        columns: columns of a table that it fills beside `COLUMNS`.
    """

    name: str
    type: type
    words: Mapping[str, str]
    painter: Painter
    rows: Callable[[Any], Iterable[Row]]
    lines: Callable[[Any], Lines]
    columns: tuple[str, ...] = ()


_KINDS: dict[type, ResultKind] = {}


def register_kind(kind: ResultKind) -> None:
    """Add a kind of results.

    Raises:
        ValueError: there is one of that name or type, or it lacks a word in English or Korean.
    """
    if kind.type in _KINDS or kind.name in {k.name for k in _KINDS.values()}:
        raise ValueError(
            f"there is a kind of results '{kind.name}' or of the type {kind.type.__name__} already"
        )
    missing = [language for language in ("en", "ko") if not kind.words.get(language)]
    if missing:
        raise ValueError(f"the kind of results '{kind.name}' needs a word in {' and '.join(missing)}")
    _KINDS[kind.type] = kind


def known_kinds() -> tuple[ResultKind, ...]:
    """All kinds, those of other packages too."""
    _load_plugins()
    return tuple(_KINDS.values())


@lru_cache(maxsize=1)
def _load_plugins() -> None:
    for _ in plugins("vision_app.kinds", register_kind):
        pass


def kind_of(result: Result) -> ResultKind:
    """The row of a result.

    Raises:
        ModelError: its kind was not registered.
    """
    kind = _KINDS.get(type(result))
    if kind is None:
        _load_plugins()
        kind = _KINDS.get(type(result))
    if kind is None:
        known = ", ".join(sorted(k.type.__name__ for k in known_kinds()))
        raise ModelError(
            "{model}: results of the type {name} cannot be drawn or written down: no kind of results "
            "is registered for it; known: {known}",
            model=result.model,
            name=type(result).__name__,
            known=known,
        )
    return kind


def table_columns() -> tuple[str, ...]:
    """The columns that results can fill, those that all kinds share first."""
    more = dict.fromkeys(column for kind in known_kinds() for column in kind.columns)
    return (*COLUMNS, *(column for column in more if column not in COLUMNS))


_PLACE = ("x1", "y1", "x2", "y2", "track_id")


def table_rows(result: Result) -> Iterator[Mapping[str, Any]]:
    """The rows of a result; what is attached to an object follows it, with the object's place.

    Raises:
        ModelError: the kind of the result, or of one that is attached, was not registered.
    """
    attached = result.detections.attached if isinstance(result, BoxResult) else None
    told: set[int] = set()
    for row in kind_of(result).rows(result):
        yield row.cells
        if attached is not None and row.of is not None and row.of not in told:
            told.add(row.of)
            place = {column: row.cells[column] for column in _PLACE if column in row.cells}
            for one in attached[row.of]:
                for cells in table_rows(one):
                    yield {**place, **cells}
