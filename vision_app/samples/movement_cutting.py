"""Which parts of a clip are movements: all of it, the spans that are asked for, and what lies between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from vision_app.errors import SampleError
from vision_app.samples.labels import clean_label
from vision_app.sequences.recorded import Recorded

LONGEST_S = 30.0
"""A clip that is longer is no single movement."""
IDLE_PIECE_S = 3.0
"""What lies between movements is cut into pieces of this length."""
LEAST_FRAMES = 3

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class MovementRequest:
    """What to bring in.

    Attributes:
        source: a folder, a clip, a table, a movement, or another store.
        label: the class of all of it; None where folders or a table name the classes.
        base: what is looked at in clips: `hands`, `body`, `hands+body`, or the name of a classifier.
        spans: parts of a clip that are movements, seconds; empty for the whole clip.
        idle: the class for what lies between movements: its clips are cut into pieces, and what lies between spans
            becomes one of it; None for none.
        session: the recording of all of it; None for one a clip, or one a folder inside that of a class.
        rate_hz: frames a second of a table that counts frames.
        pictures: keep the pictures of clips too.
    """

    source: Path
    label: str | None = None
    base: str = "hands"
    spans: tuple[Span, ...] = ()
    idle: str | None = None
    session: str | None = None
    rate_hz: float | None = None
    pictures: bool = False


@dataclass(frozen=True, slots=True)
class Cut:
    """One movement of a clip.

    Attributes:
        label: its class.
        span: its part of the clip, seconds; None for the whole clip.
        recorded: what was seen.
    """

    label: str
    span: Span | None
    recorded: Recorded


def original_of(name: str, span: Span | None) -> str:
    """What a movement was made of: a file, and a span of it."""
    return name if span is None else f"{name}@{span[0]:.3f}-{span[1]:.3f}"


def cut_clip(whole: Recorded, label: str, name: str, request: MovementRequest) -> list[Cut]:
    """The movements of a clip that was looked at.

    Args:
        whole: what was seen in it.
        label: the class of the clip.
        name: what to call it in messages.
        request: spans and the idle class.

    Raises:
        SampleError: a part is none of the clip, is too short or too long, or nothing is seen in it.
    """
    idle, first_s = request.idle, float(whole.times_s[0])
    if idle is not None and clean_label(label) == clean_label(idle):
        return list(idle_pieces(whole, idle, (0.0, whole.duration_s)))
    if not request.spans:
        check_length(whole, name)
        _check_seen(whole, name, request.base)
        return [Cut(label, None, whole)]
    made = []
    for span in request.spans:
        part = whole.part(first_s + span[0], first_s + span[1])
        where = f"{name}, {span[0]:g}-{span[1]:g} s"
        if part is None:
            raise SampleError(
                "clip {name} lasts {seconds:.1f} s: there is nothing from {from_s:g} to {to_s:g} s",
                name=name,
                seconds=whole.duration_s,
                from_s=span[0],
                to_s=span[1],
            )
        check_length(part, where)
        _check_seen(part, where, request.base)
        made.append(Cut(label, span, part))
    if idle is not None:
        for between in between_spans(request.spans, whole.duration_s):
            made += idle_pieces(whole, idle, between)
    return made


def between_spans(spans: tuple[Span, ...], duration_s: float) -> Iterator[Span]:
    """What is left of a clip, in order.

    >>> list(between_spans(((2.0, 3.0), (1.0, 2.5)), 5.0))
    [(0.0, 1.0), (3.0, 5.0)]
    """
    at_s = 0.0
    for from_s, to_s in sorted(spans):
        if from_s > at_s:
            yield at_s, from_s
        at_s = max(at_s, to_s)
    if at_s < duration_s:
        yield at_s, duration_s


def idle_pieces(whole: Recorded, idle: str, span: Span) -> Iterator[Cut]:
    """What lies between movements, in pieces in which something was seen."""
    first_s, (from_s, to_s) = float(whole.times_s[0]), span
    count = max(1, round((to_s - from_s) / IDLE_PIECE_S))
    for a, b in pairwise(np.linspace(from_s, to_s, count + 1).tolist()):
        part = whole.part(first_s + a, first_s + b - (1e-6 if b < whole.duration_s else 0.0))
        if part is not None and len(part) >= LEAST_FRAMES and part.seen > 0:
            yield Cut(idle, (a, b), part)


def check_length(found: Recorded, name: str) -> None:
    """Refuse what is too short or too long for a movement.

    Raises:
        SampleError: it is.
    """
    if len(found) < LEAST_FRAMES:
        raise SampleError(
            "{name} has {count} frames; a movement needs at least {least}",
            name=name,
            count=len(found),
            least=LEAST_FRAMES,
        )
    if found.duration_s > LONGEST_S:
        raise SampleError(
            "{name} lasts {seconds:.0f} s, which is no single movement; one lasts at most {longest:g} s",
            name=name,
            seconds=found.duration_s,
            longest=LONGEST_S,
        )


def _check_seen(found: Recorded, name: str, base: str) -> None:
    if found.seen == 0:
        raise SampleError(
            "{name}: nothing of {base} is seen in any of its {count} frames; film it nearer or in more light, or "
            "choose another --base",
            name=name,
            base=base,
            count=len(found),
        )
