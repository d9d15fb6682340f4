"""Puts a chain together from its card: one row a kind of step."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vision_app.cards.chain import ChainCard
from vision_app.cards.parts import WHOLE
from vision_app.cards.reader import Reader
from vision_app.engine.chain import Chain, Step
from vision_app.engine.finding import FINDERS, Part
from vision_app.engine.memory import Followed, Memory, Recurrent, Steady, Track
from vision_app.engine.predictors import LoadedModel
from vision_app.engine.region_rules import REGION_RULES
from vision_app.engine.stages import JOINS, ModelStage, RegionStage, Stage
from vision_app.errors import ModelError
from vision_app.messages import Message
from vision_app.plugins import OpenTable
from vision_app.tasks import TaskOptions

GetModel = Callable[[str, TaskOptions], LoadedModel]
"""Gives a model by name, asked with these options."""

GetPart = Callable[[str], Part]
"""Gives a network by its name under the folders of models."""

_STEPS = ("regions", "model", "memory", "find")


@dataclass(frozen=True, slots=True)
class Making:
    """What the steps of a card have to know.

    Attributes:
        where: file of the card, for messages.
        get: gives models.
        asked: what the user asks of the chain; None for the card's own.
        fps: frames a second of the source; None where it is unknown.
        main: name of the model that the user's options are for.
        part: gives the networks of steps that find something by themselves.
        name: of the chain.
    """

    where: str
    get: GetModel
    asked: TaskOptions
    fps: float | None
    main: str
    part: GetPart
    name: str


def chain_of(
    card: ChainCard,
    get: GetModel,
    asked: TaskOptions | None = None,
    fps: float | None = None,
    part: GetPart = Part,
) -> Chain:
    """The chain that a card describes.

    Args:
        card: the card.
        get: gives its models.
        asked: what the user asks: thresholds and classes of its first model; the card's own count where he does not.
        fps: frames a second of the source; None where it is unknown.
        part: gives the networks of steps that find something by themselves.

    Raises:
        ModelError: a step is not what it must be, or a model cannot be found or used.
        ConfigError: an option does not fit the model.
    """
    making = Making(card.where, get, asked or TaskOptions(), fps, card.models[0], part, card.name)
    chain = Chain(_steps(making, card.steps, "steps", (0, 0)), card.name)
    if chain.task != card.task:
        raise ModelError(
            "{where}: task is '{task}', what its steps give is of the task '{chain_task}'",
            where=card.where,
            task=card.task,
            chain_task=chain.task,
        )
    return chain


def _steps(
    making: Making, rows: Sequence[Mapping[str, Any]], path: str, last_wh: tuple[int, int]
) -> list[Step]:
    """The steps of a list, made from its end, for a part of a picture is drawn at the size of the model after it."""
    made: list[Step] = []
    next_wh = last_wh
    for i in reversed(range(len(rows))):
        r = Reader(rows[i], making.where, f"{path}[{i}].")
        kinds = [kind for kind in _STEPS if kind in rows[i]]
        if len(kinds) != 1:
            raise r.error(
                "", Message("an object with one of {steps}", steps=", ".join(_STEPS)), dict(rows[i])
            )
        step = _MAKERS[kinds[0]](making, r, next_wh)
        if isinstance(step, ModelStage | Recurrent):
            height, width = step.model.card.input.size_hw
            next_wh = (width, height)
        made.insert(0, step)
    return made


def _regions(making: Making, r: Reader, next_wh: tuple[int, int]) -> Step:
    rule = REGION_RULES[r.choice("regions", tuple(REGION_RULES))](r, next_wh)
    r.finish()
    return RegionStage(rule)


def _model(making: Making, r: Reader, next_wh: tuple[int, int]) -> Step:
    name, gives = r.text("model"), r.choice("gives", tuple(JOINS), "result")
    options = TaskOptions(
        conf=r.number("conf", 0.0, 1.0, None),
        iou=r.number("iou", 0.0, 1.0, None),
        max_det=r.whole("max_det", 1, 100_000, 300),
        classes=tuple(r.take("classes", Message("a list of names"), _are_texts, [])),
        top_k=r.whole("top_k", 1, 100_000, 5),
        # what is cut out for a later model is what it is to see, wherever in a frame it was taught to look
        region=None if name == making.main else WHOLE,
    )
    r.finish()
    if name == making.main:
        options = _asked(making.asked, options)
    model = making.get(name, options)
    if model.remembers:
        return Recurrent(model)
    return ModelStage(model, gives, options.max_det)


def _find(making: Making, r: Reader, next_wh: tuple[int, int]) -> Step:
    kind = FINDERS[r.choice("find", tuple(FINDERS))]
    networks = r.required_section("networks")
    parts = {role: making.part(networks.text(role)) for role in kind.roles}
    networks.finish(kind.roles)
    most, least = r.whole("most", 1, 100, 100), r.number("least", 0.0, 1.0, 0.5)
    r.finish()
    return kind(making.name, parts, making.asked, most, least)


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def _asked(asked: TaskOptions, card: TaskOptions) -> TaskOptions:
    """What the user asks, and where he does not, what the card says."""
    default = TaskOptions()
    said = {
        f.name: getattr(card, f.name)
        for f in dataclasses.fields(TaskOptions)
        if getattr(asked, f.name) == getattr(default, f.name)
    }
    return dataclasses.replace(asked, **said)


def _memory(making: Making, r: Reader, next_wh: tuple[int, int]) -> Step:
    return MEMORIES[r.choice("memory", tuple(MEMORIES))](making, r, next_wh)


def _track(making: Making, r: Reader, next_wh: tuple[int, int]) -> Memory:
    r.finish()
    return Track(making.fps)


def _steady(making: Making, r: Reader, next_wh: tuple[int, int]) -> Memory:
    over_s = r.number("over_s", 0.001, 60.0, 0.5)
    r.finish()
    return Steady(over_s)


def _followed(making: Making, r: Reader, next_wh: tuple[int, int]) -> Memory:
    def rows(v: object) -> bool:
        return isinstance(v, list) and bool(v) and all(isinstance(row, dict) for row in v)

    search = _steps(making, r.take("search", Message("a list of steps"), rows), "search", next_wh)
    for step in search:
        if isinstance(step, Memory):
            raise r.error("search", Message("steps without a memory"), step.name)
    inner = r.required_section("following")
    rule = REGION_RULES[inner.choice("regions", tuple(REGION_RULES))](inner, next_wh)
    places = getattr(rule, "places", None)
    if places is None:
        raise inner.error(
            "regions", Message("a rule that says where something lies"), type(rule).__name__.lower()
        )
    most, overlap = r.whole("most", 1, 1000, 1), r.number("overlap", 0.0, 1.0, 0.5)
    inner.finish()
    r.finish()
    free: list[Stage] = [step for step in search if not isinstance(step, Memory)]
    return Followed(free, places, most, overlap)


MEMORIES: OpenTable[Callable[[Making, Reader, tuple[int, int]], Memory]] = OpenTable(
    "vision_app.memories",
    {
        "track": _track,
        "steady": _steady,
        "followed": _followed,
    },
)
"""What `memory` can be in the card of a chain. A new one is a class in `memory.py` and a row."""

_MAKERS: dict[str, Callable[[Making, Reader, tuple[int, int]], Step]] = {
    "regions": _regions,
    "model": _model,
    "memory": _memory,
    "find": _find,
}
