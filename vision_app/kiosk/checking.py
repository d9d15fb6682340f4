"""Whether a kiosk file can be shown on this machine: what forbids it, and what a stand will have to do without."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vision_app.cards.card import ModelCard
from vision_app.cards.describe import describe
from vision_app.cards.lookup import card_paths, find_card, find_chain, find_model, how_to_get, weights_path
from vision_app.engine.build import Pool
from vision_app.engine.chain import Chain
from vision_app.engine.loading import card_within, session_of
from vision_app.engine.points import landmarks_of
from vision_app.engine.request import ModelRequest
from vision_app.errors import ConfigError, ModelError, SourceError, VisionError
from vision_app.kiosk.monitors import attached_monitors, find_monitor, missing
from vision_app.kiosk.privacy import tells_persons
from vision_app.kiosk.programme import Programme
from vision_app.kiosk.stations import source_options, source_spec
from vision_app.messages import Message
from vision_app.runtime import ThreadPolicy, resolve_provider
from vision_app.sequences.model import SEQUENCE, sequence_input
from vision_app.sources import open_source, source_id
from vision_app.tasks import TASKS, make_task


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it might be.

    Attributes:
        text: one line; begins with file and line.
        forbids: the kiosk is not started with this; otherwise it makes do.
    """

    text: str
    forbids: bool


def check_programme(programme: Programme) -> list[Finding]:
    """Look at every model of the programme, and whether the blur can be kept."""
    findings: list[Finding] = []
    for number, station in enumerate(programme.stations):
        sees_persons = False
        for index, model in enumerate(station.models):
            place = programme.at("station", number, "models", index)
            try:
                chain = _chain(model)
                if chain is not None:
                    sees_persons = sees_persons or (
                        chain.finds_boxes and tells_persons(chain.labels, model.options.classes)
                    )
                    findings += _chain_fits(chain, model, place)
                    continue
                card = _card(model, place)
                if card is not None:
                    sees_persons = sees_persons or _sees_persons(card, model)
                    findings += _fits(card, model, place)
            except (ConfigError, ModelError) as error:
                findings.append(Finding(Message("{place}: {error}", place=place, error=error), forbids=True))
            except _MissingError as missing:
                findings.append(Finding(str(missing), forbids=False))
                sees_persons = sees_persons or (
                    missing.card is not None and _sees_persons(missing.card, model)
                )
        findings += _filters(programme, number)
        findings += _explains(programme, number)
        findings += _skips(programme, number)
        if programme.blur in ("others", "surroundings") and not sees_persons:
            findings.append(Finding(_no_persons(programme, number), forbids=True))
    if not programme.pin:
        text = Message(
            "there is no PIN, so nobody can end the kiosk at its screen; vision-app kiosk pin FILE sets one"
        )
        findings.append(Finding(Message("{path}: {text}", path=programme.path, text=text), forbids=False))
    return findings


def check_monitor(programme: Programme, where: str) -> list[Finding]:
    """Whether there is the monitor that is asked for at that place; a machine without a screen cannot tell."""
    if programme.screen == 0:
        return []
    try:
        monitors = attached_monitors()
    except ConfigError as error:
        return [Finding(Message("{place}: {error}", place=where, error=error), forbids=False)]
    if find_monitor(monitors, programme.screen) is None:
        return [Finding(missing(monitors, programme.screen, where), forbids=True)]
    return []


def _explains(programme: Programme, number: int) -> Iterator[Finding]:
    """Whether the first model of a station has inside what is to be shown."""
    from vision_app.explaining.api import probe_of
    from vision_app.explaining.base import Choice
    from vision_app.explaining.table import explainer_for, needs_of

    station = programme.stations[number]
    for key, method in (("explain", station.explain), ("lesson", station.lesson)):
        wanted = (
            "attention" if (key, method) == ("lesson", "attention") else method if key == "explain" else ""
        )
        if not wanted:
            continue
        place = programme.at("station", number, key)
        try:
            probe = probe_of(station.models[0].reference)
            needs_of(explainer_for(wanted), probe.inside, Choice())
        except VisionError as error:
            yield Finding(Message("{place}: {error}", place=place, error=error), forbids=True)


def _skips(programme: Programme, number: int) -> Iterator[Finding]:
    """Whether a model of a station knows the movement that is to end it."""
    station = programme.stations[number]
    if not station.skip_on:
        return
    known: list[str] = []
    for model in station.models:
        card = _over_time(model.reference)
        if card is not None:
            known += [label for label in card.labels if label != card.output.background]
    if station.skip_on not in known:
        yield Finding(
            Message(
                "{place}: no model of this station knows the movement '{movement}'; {known}",
                place=programme.at("station", number, "skip_on"),
                movement=station.skip_on,
                known=Message("they know {labels}", labels=", ".join(known))
                if known
                else Message("none of them was taught on movements"),
            ),
            forbids=True,
        )


def _filters(programme: Programme, number: int) -> Iterator[Finding]:
    """Whether a station's filters can be done, and leave the blur what it needs."""
    chain = programme.stations[number].filters
    place = programme.at("station", number, "filters")
    try:
        chain.start()
    except ConfigError as error:
        yield Finding(Message("{place}: {error}", place=place, error=error), forbids=True)
    if chain and programme.blur in ("others", "surroundings"):
        yield Finding(
            Message(
                '{place}: filters cannot be had with privacy.blur = "{blur}": in a filtered picture '
                'persons may not be found, and would not be blurred; set blur to "all" or "off", or '
                "leave the filters out",
                place=place,
                blur=programme.blur,
            ),
            forbids=True,
        )


def check_source(programme: Programme) -> str:
    """Open the source once; says in one line what it is.

    Raises:
        SourceError: it cannot be opened at the moment.
    """
    spec = source_spec(programme.source)
    try:
        with open_source(spec, source_options(programme)) as source:
            if source.read() is None:
                raise SourceError("{source}: opened, but no picture came", source=source_id(spec))
            info = source.info
    except VisionError as error:
        raise SourceError("{where}: {error}", where=programme.at("source"), error=error) from error
    return Message(
        "{source}: {kind}, {width} x {height}{rate}",
        source=info.source_id,
        kind=info.kind,
        width=info.size_wh[0],
        height=info.size_wh[1],
        rate=Message(" at {fps:g} fps", fps=info.fps) if info.fps else "",
    )


class _MissingError(Exception):
    """The weights of a model are not on this disk: it may come back."""

    def __init__(self, text: str, card: ModelCard | None) -> None:
        super().__init__(text)
        self.card = card


def _card(model: ModelRequest, place: str) -> ModelCard | None:
    """The card of a model; None when only loading it shows what it is."""
    if model.reference in card_paths() and weights_path(model.reference) is None:
        card = find_card(model.reference)
        raise _MissingError(
            Message(
                "{place}: model '{reference}' is not on this disk, its station will take a break; {advice}",
                place=place,
                reference=model.reference,
                advice=how_to_get(card),
            ),
            card,
        )
    if model.reference.endswith(".onnx"):
        try:
            found = find_model(model.reference)
        except ModelError as error:
            raise _MissingError(
                Message("{place}: {error}; its station will take a break", place=place, error=error), None
            ) from error
    else:
        found = find_model(model.reference)
    return found.card or describe(session_of(found.path, "cpu"), found.name)


def _over_time(reference: str) -> ModelCard | None:
    """The card of a model over time; None for every other one, and for one that is not there."""
    try:
        file = find_model(reference)
        card = file.card or card_within(file.path, SEQUENCE)
        return card if sequence_input(card) is not None else None
    except ModelError:  # it is said elsewhere
        return None


def _chain(model: ModelRequest) -> Chain | None:
    """A chain of models, put together; None for a single model."""
    if find_chain(model.reference) is None:
        known = card_paths().get(model.reference)
        landmarks = known is not None and landmarks_of(find_card(model.reference)) is not None
        if not landmarks and _over_time(model.reference) is None:
            return None
    chain = Pool(ThreadPolicy()).get_any(model.reference, model.provider, model.options)
    return chain if isinstance(chain, Chain) else None


def _chain_fits(chain: Chain, model: ModelRequest, place: str) -> Iterator[Finding]:
    for option in model.misfits(chain.task):
        yield Finding(
            Message(
                "{place}: {name} is a model to {task}: it has no {option_name}",
                place=place,
                name=chain.name,
                task=chain.task,
                option_name=option.name,
            ),
            False,
        )
    if model.sliced:
        yield Finding(
            Message(
                "{place}: {name} is a chain of models: it cannot look into windows",
                place=place,
                name=chain.name,
            ),
            True,
        )
    if model.classify_boxes is not None and not chain.finds_boxes:
        yield Finding(
            Message(
                "{place}: classify_boxes needs boxes, {name} is a model to {task}",
                place=place,
                name=chain.name,
                task=chain.task,
            ),
            True,
        )


def _sees_persons(card: ModelCard, model: ModelRequest) -> bool:
    finds_boxes = card.task in TASKS and TASKS[card.task].finds_boxes
    return finds_boxes and tells_persons(card.labels, model.options.classes)


def _fits(card: ModelCard, model: ModelRequest, place: str) -> Iterator[Finding]:
    make_task(card, model.options)
    boxes = TASKS[card.task].finds_boxes
    if model.track and not boxes:
        yield Finding(
            Message(
                "{place}: track needs a model that finds boxes, {name} is one to {task}",
                place=place,
                name=card.name,
                task=card.task,
            ),
            True,
        )
    if model.sliced and not boxes:
        yield Finding(
            Message(
                "{place}: sliced needs a model that finds boxes, {name} is one to {task}",
                place=place,
                name=card.name,
                task=card.task,
            ),
            True,
        )
    for option in model.misfits(card.task):
        if option.name not in ("track", "sliced", "classify_boxes"):
            yield Finding(
                Message(
                    "{place}: {name} is a model to {task}: it has no {option_name}",
                    place=place,
                    name=card.name,
                    task=card.task,
                    option_name=option.name,
                ),
                False,
            )
    if model.classify_boxes is not None:
        yield from _classifies(model.classify_boxes, boxes, card, place)
    try:
        resolve_provider(model.provider)
    except ModelError as error:
        yield Finding(Message("{place}: {error}", place=place, error=error), forbids=True)


def _classifies(name: str, boxes: bool, card: ModelCard, place: str) -> Iterator[Finding]:
    if not boxes:
        yield Finding(
            Message(
                "{place}: classify_boxes needs boxes, {name} is a model to {task}",
                place=place,
                name=card.name,
                task=card.task,
            ),
            True,
        )
        return
    try:
        second = _card(ModelRequest(name), place)
    except _MissingError as missing:
        yield Finding(str(missing), forbids=False)
        return
    if second is not None and second.task != "classify":
        yield Finding(
            Message(
                "{place}: classify_boxes needs a classifier, {name} is a model to {task}",
                place=place,
                name=name,
                task=second.task,
            ),
            True,
        )


def _no_persons(programme: Programme, number: int) -> str:
    return Message(
        '{where}: privacy.blur = "{blur}" needs a model that finds persons in every station, and '
        'station {number} has none: add one, such as yolox-nano, or set blur to "all" or "off"',
        where=programme.at("station", number),
        blur=programme.blur,
        number=number + 1,
    )
