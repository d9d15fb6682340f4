"""Trying the rewrites on one model on this machine: what is the same and faster is kept, all else is as if never done.

Two limits hold. Where a rewrite changed the graph, its values are those of before: bit for bit, or within 1e-6 of
the largest. On the way to the outputs such a last digit grows, as it does between any two processors: there, the
root of the mean square of the difference is at most 1e-5 of that of the values.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import helper

from vision_app.errors import ModelError
from vision_app.graph.rewrites.editing import Draft
from vision_app.graph.rewrites.suiting import IN_8_BITS, computes_in_8_bits, why_left_alone
from vision_app.graph.rewrites.table import REWRITES, Rewrite
from vision_app.graph.timing import seconds_in_turn
from vision_app.messages import Message
from vision_app.runtime import Session, ThreadPolicy, first_line

AT_PLACES, AT_OUTPUTS = 1e-6, 1e-5
"""The largest differences that are the same number, relative: see the module."""
FASTER, NO_SLOWER, LOADS_SOONER = 1.02, 0.98, 1.1
"""A rewrite is kept that makes a run so many times as fast, or loading, and then the run no slower."""
_TIMED_S = 2.0

Feeds = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Step:
    """One rewrite that was tried.

    Attributes:
        name: of the rewrite.
        title: what it does.
        places: how many tensors are computed another way.
        kept: whether it is in what came out.
        why: of one that is not kept, the reason.
        speed: how many times as fast a run is with it.
        load: how many times as fast loading is with it.
        difference: largest difference at the outputs, as `difference` has it.
    """

    name: str
    title: str
    places: int
    kept: bool
    why: str = ""
    speed: float = 1.0
    load: float = 1.0
    difference: float = 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a model.

    Attributes:
        steps: the rewrites that found something, in order.
        content: the rewritten model; None when nothing was kept.
        speed: how many times as fast a run of it is.
        load: how many times as fast it loads.
        difference: largest difference at the outputs.
        left_alone: why nothing was tried; "" when it was.
    """

    steps: tuple[Step, ...] = ()
    content: bytes | None = None
    speed: float = 1.0
    load: float = 1.0
    difference: float = 0.0
    left_alone: str = ""


def improved(
    model: Any,
    pictures: Sequence[Feeds],
    read: Collection[str] = (),
    rewrites: Sequence[Rewrite] = REWRITES,
) -> Outcome:
    """Try each rewrite on a model.

    Args:
        model: an onnx ModelProto; not changed.
        pictures: the inputs of some runs, on which all is compared; the first is for measuring.
        read: names of the outputs that somebody reads; none for all.
        rewrites: what to try.

    Raises:
        ModelError: the model itself does not run.
    """
    if reason := why_left_alone(model, even_in_8_bits=True):
        return Outcome(left_alone=reason)
    if in_8_bits := computes_in_8_bits(model):
        rewrites = [rewrite for rewrite in rewrites if rewrite.in_8_bits]
    now, steps = model, []
    original = _Side(model)
    for rewrite in rewrites:
        draft = Draft(copy.deepcopy(now))
        try:
            rewrite.apply(draft, read)
        except Exception as error:  # noqa: BLE001  # files come from anywhere; one that is odd is run as it is
            why = Message("it cannot be done: {reason}", reason=first_line(error))
            steps.append(Step(rewrite.name, rewrite.title, 0, kept=False, why=why))
            continue
        if draft.model.SerializeToString() == now.SerializeToString():
            continue
        step = _judged(rewrite, _Side(now), draft, original, pictures)
        steps.append(step)
        if step.kept:
            now = draft.model
    if now is model:
        return Outcome(tuple(steps), left_alone=IN_8_BITS if in_8_bits and not steps else "")
    kept = [step for step in steps if step.kept]
    if len(kept) == 1:  # compared with the original already
        (only,) = kept
        return Outcome(tuple(steps), now.SerializeToString(), only.speed, only.load, only.difference)
    last = _Side(now)
    speed, load = _gain(original, last, pictures)
    difference = _largest(original, last, pictures)
    if not _is_worth_it(speed, load) or difference > AT_OUTPUTS:
        return Outcome(tuple(steps), speed=speed, load=load, difference=difference)
    return Outcome(tuple(steps), last.content, speed, load, difference)


class _Side:
    """A model in one of its forms, with its session."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.content: bytes = model.SerializeToString()
        self.session = _session(self.content)


def _session(content: bytes) -> Session:
    return Session(Path("model.onnx"), "cpu", ThreadPolicy(intra_op=1), content=content)


def _judged(
    rewrite: Rewrite, before: _Side, draft: Draft, original: _Side, pictures: Sequence[Feeds]
) -> Step:
    """Whether to keep what a rewrite made."""

    def refused(why: str, **figures: Any) -> Step:
        return Step(rewrite.name, rewrite.title, len(draft.places), kept=False, why=why, **figures)

    try:
        after = _Side(draft.model)
        if why := _another_model(before.session, after.session):
            return refused(why)
        apart = _apart_at_places(before.model, draft, pictures, exact=rewrite.exact)
        if apart:
            return refused(apart)
        difference = _largest(original, after, pictures)
        if difference > AT_OUTPUTS:
            return refused(
                Message("its outputs differ by {difference:.1e}", difference=difference),
                difference=difference,
            )
        speed, load = _gain(before, after, pictures)
    except ModelError as error:
        return refused(Message("it does not run: {error}", error=error))
    figures: dict[str, Any] = {"speed": round(speed, 3), "load": round(load, 3), "difference": difference}
    if not _is_worth_it(speed, load):
        return refused(Message("it is no faster"), **figures)
    return Step(rewrite.name, rewrite.title, len(draft.places), kept=True, **figures)


def _is_worth_it(speed: float, load: float) -> bool:
    return speed >= FASTER or (load >= LOADS_SOONER and speed >= NO_SLOWER)


def _gain(before: _Side, after: _Side, pictures: Sequence[Feeds]) -> tuple[float, float]:
    """How many times as fast a run and loading are."""
    old_s, new_s = seconds_in_turn([(one.session, pictures[0]) for one in (before, after)], _TIMED_S)
    old_load_s, new_load_s = _load_times(before.content, after.content)
    return old_s / max(new_s, 1e-9), old_load_s / max(new_load_s, 1e-9)


def _load_times(*contents: bytes) -> list[float]:
    """Shortest processor time to load each, of three."""
    times: list[list[float]] = [[] for _ in contents]
    for _ in range(3):
        for content, taken in zip(contents, times, strict=True):
            started = time.process_time()
            _session(content)
            taken.append(time.process_time() - started)
    return [min(taken) for taken in times]


def _another_model(before: Session, after: Session) -> str:
    """What is not as it was seen from outside; outputs may be gone."""
    if before.inputs != after.inputs:
        return Message("its inputs would be others")
    if any(output not in before.outputs for output in after.outputs):
        return Message("its outputs would be others")
    return "" if dict(before.metadata) == dict(after.metadata) else Message("its metadata would be others")


def _apart_at_places(before: Any, draft: Draft, pictures: Sequence[Feeds], *, exact: bool) -> str:
    """What is wrong where the graph was changed; "" when the values are those of before."""
    made = {name for node in before.graph.node for name in node.output}
    made &= {name for node in draft.graph.node for name in node.output}
    names = [name for name in dict.fromkeys(draft.places) if name in made]
    if not names:
        return ""
    sessions = [_session(_tapped(model, names)) for model in (before, draft.model)]
    for feeds in pictures:
        old, new = (session.run(feeds, names) for session in sessions)
        for name in names:
            if exact and not np.array_equal(old[name], new[name], equal_nan=_is_float(old[name])):
                return Message("it is not the same at {name}", name=name)
            if not exact and not _within(old[name], new[name], AT_PLACES):
                return Message("it differs by more than {most:g} at {name}", most=AT_PLACES, name=name)
    return ""


def _tapped(model: Any, names: Sequence[str]) -> bytes:
    tapped = copy.deepcopy(model)
    there = {output.name for output in tapped.graph.output}
    tapped.graph.output.extend(helper.make_empty_tensor_value_info(n) for n in names if n not in there)
    return bytes(tapped.SerializeToString())


def _is_float(values: NDArray[Any]) -> bool:
    return bool(np.issubdtype(values.dtype, np.floating))


def _within(old: NDArray[Any], new: NDArray[Any], limit: float) -> bool:
    if old.shape != new.shape:
        return False
    if not _is_float(old) or not np.isfinite(old).all():
        return np.array_equal(old, new, equal_nan=_is_float(old))
    return bool(np.abs(old - new).max(initial=0) <= limit * np.abs(old).max(initial=0))


def _largest(original: _Side, other: _Side, pictures: Sequence[Feeds]) -> float:
    """The largest difference of an output that both have; infinite where shapes or whole numbers differ."""
    names = tuple(o.name for o in other.session.outputs)
    worst = 0.0
    for feeds in pictures:
        old, new = original.session.run(feeds, names), other.session.run(feeds, names)
        worst = max([worst, *(difference(old[name], new[name]) for name in names)])
    return worst


def difference(old: NDArray[Any], new: NDArray[Any]) -> float:
    """Root mean square of the difference over that of the values.

    >>> difference(np.array([3.0, 4.0]), np.array([3.0, 4.5]))
    0.1
    >>> difference(np.array([1, 2]), np.array([1, 3]))
    inf
    """
    if old.shape != new.shape:
        return float("inf")
    if not _is_float(old) or not np.isfinite(old).all():
        return 0.0 if np.array_equal(old, new, equal_nan=_is_float(old)) else float("inf")
    apart = float(np.linalg.norm((old.astype(np.float64) - new).ravel()))
    size = float(np.linalg.norm(old.astype(np.float64).ravel()))
    return 0.0 if apart == 0 else apart / max(size, 1e-300)
