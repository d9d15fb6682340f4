"""Cards of chains: models one after the other, as data. `docs/model-cards.md` describes every field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vision_app.cards.card import CARD_NAME, SCHEMA_VERSION
from vision_app.cards.reader import Reader
from vision_app.documents import DocumentError, read_json
from vision_app.errors import ModelError
from vision_app.messages import Message, message_of

CHAIN_SUFFIX = ".chain.json"
"""How the file of such a card ends; what stands before it is the chain's name."""


@dataclass(frozen=True, slots=True)
class ChainCard:
    """One chain: what it is, and its steps.

    Attributes:
        name: what `--model` is given.
        title: for people.
        task: what it answers, a name of a task.
        licence: of the chain with its models.
        steps: as they stand in the file; they are checked where the chain is put together.
        family: kind, for grouping.
        year: of the newest of its networks.
        origin_url: page of the authors.
        notes: what else a user should know.
        extra: anything else.
        where: the file, for messages.
    """

    name: str
    title: str
    task: str
    licence: str
    steps: tuple[Mapping[str, Any], ...]
    family: str = "chain"
    year: int | None = None
    origin_url: str = ""
    notes: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
    where: str = ""

    @property
    def models(self) -> tuple[str, ...]:
        """Names of its models, in the order in which they are asked."""
        return tuple(dict.fromkeys(_models(self.steps)))


def _models(steps: Any) -> Iterator[str]:
    for step in steps if isinstance(steps, list | tuple) else ():
        if isinstance(step, Mapping):
            if isinstance(step.get("model"), str):
                yield step["model"]
            networks = step.get("networks")
            if isinstance(networks, Mapping):
                yield from (name for name in networks.values() if isinstance(name, str))
            yield from _models(step.get("search"))


def parse_chain(data: object, where: str) -> ChainCard:
    """Make the card of a chain from parsed JSON.

    Raises:
        ModelError: naming the field, what it must be, and what it is.
    """
    r = Reader(data, where)
    r.whole("schema", SCHEMA_VERSION, SCHEMA_VERSION)
    name = r.take(
        "name",
        Message("lower-case letters, digits, dots, dashes and underscores"),
        lambda v: isinstance(v, str) and CARD_NAME.fullmatch(v) is not None,
    )
    steps = r.take(
        "steps",
        Message("a list of objects, not empty"),
        lambda v: isinstance(v, list) and bool(v) and all(isinstance(s, dict) for s in v),
    )
    card = ChainCard(
        name=name,
        title=r.text("title", name),
        task=r.text("task"),
        licence=r.text("licence"),
        steps=tuple(steps),
        family=r.text("family", "chain"),
        year=r.whole("year", 1950, 2100, None),
        origin_url=r.text("origin_url", ""),
        notes=r.text("notes", ""),
        extra=r.take("extra", Message("an object"), lambda v: isinstance(v, dict), {}),
        where=where,
    )
    known = ("name", "title", "task", "licence", "steps", "family", "year", "origin_url", "notes", "extra")
    r.finish(("schema", *known))
    if not card.models:
        raise r.error("steps", Message("steps of which one has a model"), list(card.steps))
    return card


def load_chain(path: Path) -> ChainCard:
    """Read and check the card of a chain.

    Raises:
        ModelError: the file cannot be read, is not JSON, has a wrong field, or another name than its file.
    """
    try:
        card = parse_chain(read_json(path), str(path))
    except FileNotFoundError as error:
        raise ModelError("no such file: {path}", path=path) from error
    except DocumentError as error:
        raise ModelError(message_of(error)) from error
    wanted = path.name.removesuffix(CHAIN_SUFFIX)
    if path.name.endswith(CHAIN_SUFFIX) and card.name != wanted:
        raise ModelError(
            "{path}: name must be '{wanted}' as the file is called, got '{name}'",
            path=path,
            wanted=wanted,
            name=card.name,
        )
    return card
