"""Training sequences slightly changed: faster or slower, elsewhere, larger, noisy, with rows missing."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from vision_app.results.values import IntArray
from vision_app.temporal.batches import Batch
from vision_app.temporal.layers import Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """How much sequences are changed. All in units of standardised values, or shares.

    Attributes:
        speed: the whole sequence up to so much faster or slower.
        warp: parts of it faster and others slower: how far a row may move, as a share of the sequence.
        shift: deviation of a number that is added to a column for the whole sequence.
        scale: deviation of the factor on all values of a sequence.
        jitter: deviation of the noise on each value.
        drop: share of the rows that are missing: they hold what was seen last.
        context: share of the sequences that have the end of another one before them, as in a stream.
    """

    speed: float = 0.3
    warp: float = 0.1
    shift: float = 0.5
    scale: float = 0.2
    jitter: float = 0.03
    drop: float = 0.05
    context: float = 0.3


@dataclass(frozen=True, slots=True)
class Room:
    """How many rows sequences may have after they were changed.

    Attributes:
        alone: of a sequence that has become slower.
        in_stream: of one with another one before it.
    """

    alone: int
    in_stream: int


def changed(
    batch: Batch, changes: Changes, random: np.random.Generator, room: Room, idle: int | None = None
) -> Batch:
    """A batch with each sequence changed at random.

    Args:
        batch: standardised.
        changes: how much.
        random: what is drawn from.
        room: the most rows that one may have.
        idle: id of the class for what lies between movements. With context it is often just a few rows of rest behind
            a movement: that the movement is over has to be known before the last of it has left the window.
    """
    made = _warped(batch, changes, random, room.alone)
    if changes.context:
        resting = made.y == (-1 if idle is None else idle)
        made = _shortened(made, resting, random)
        share = np.where(resting, max(changes.context, _CONTEXT_OF_REST), changes.context)
        made = with_context(made, share, random, room.in_stream)
    made = _dropped(made, changes.drop, random)
    count, _, width = made.values.shape
    values = made.values
    if changes.scale:
        values = values * (1 + changes.scale * random.standard_normal((count, 1, 1), np.float32))
    if changes.shift:
        values = values + changes.shift * random.standard_normal((count, 1, width), np.float32)
    if changes.jitter:
        values = values + changes.jitter * random.standard_normal(values.shape, np.float32)
    return replace(made, values=values * made.real[:, :, None])


def _warped(batch: Batch, changes: Changes, random: np.random.Generator, longest: int) -> Batch:
    """Rows at other times, on lines between those that there are."""
    if not (changes.speed or changes.warp):
        return batch
    count, rows = batch.real.shape
    lengths = batch.lengths
    speed = np.exp(random.uniform(-1, 1, count) * np.log1p(changes.speed))
    span = lengths - 1
    wanted = np.clip(np.round((span + 1) / speed), 1, longest).astype(np.int64)
    most = int(wanted.max())
    back = np.arange(most - 1, -1, -1)  # rows back from the newest
    real = back < wanted[:, None]
    share = 1 - back / np.maximum(wanted - 1, 1)[:, None]  # 0 at the first row, 1 at the last
    share = np.clip(share, 0, 1)
    bend = changes.warp * random.uniform(-1, 1, (count, 2))
    share = share + bend[:, :1] * np.sin(np.pi * share) + bend[:, 1:] * np.sin(2 * np.pi * share)
    at = rows - lengths[:, None] + np.clip(share, 0, 1) * span[:, None]
    low = np.floor(at).astype(np.int64)
    high = np.minimum(low + 1, rows - 1)
    weight = (at - low).astype(batch.values.dtype)[:, :, None]
    which = np.arange(count)[:, None]
    values = batch.values[which, low] * (1 - weight) + batch.values[which, high] * weight
    nearest = np.where(weight[:, :, 0] < 0.5, low, high)
    present = batch.present[which, nearest] & real
    return Batch(values * real[:, :, None], present, real, batch.y)


def _dropped(batch: Batch, share: float, random: np.random.Generator) -> Batch:
    """Some rows hold what was seen last; the first row stays."""
    if not share:
        return batch
    count, rows = batch.real.shape
    gone = (random.random((count, rows)) < share) & batch.real
    gone[np.arange(count), batch.real.argmax(1)] = False
    source = _held(gone)
    values = batch.values[np.arange(count)[:, None], source]
    return replace(batch, values=values, present=batch.present & ~gone)


def _held(gone: Array) -> Array:
    """(N, T) of each row, the row whose values it holds: the last one before it that is not gone."""
    at = np.where(gone, 0, np.arange(gone.shape[1]))
    result: Array = np.maximum.accumulate(at, axis=1)
    return result


_CONTEXT_OF_REST = 0.7
_LEAST_REST = 0.3
_SEAM = (2, 7)
"""Between so many rows the end of one sequence goes over into the beginning of the next."""


def _shortened(batch: Batch, which: Array, random: np.random.Generator) -> Batch:
    """Only the last rows of some of the sequences, at random at least three tenths."""
    share = np.where(which, random.uniform(_LEAST_REST, 1, len(batch)), 1.0)
    back = np.arange(batch.real.shape[1] - 1, -1, -1)
    real = batch.real & (back < np.ceil(share * batch.lengths)[:, None])
    return Batch(batch.values * real[:, :, None], batch.present & real, real, batch.y)


def with_context(batch: Batch, share: float | Array, random: np.random.Generator, longest: int) -> Batch:
    """Some of the sequences with the end of another one before them, and a way from there to their beginning.

    In a stream a movement does not begin with nothing: what a head has seen before must not matter.

    Args:
        batch: of sequences; each may come before another one.
        share: of the sequences that get something before them; one for all, or (N,) of each.
        random: what is drawn from.
        longest: the most rows that a sequence may have afterwards.
    """
    count, rows = batch.real.shape
    own = batch.lengths
    other = random.permutation(np.arange(count))
    seam = np.asarray(random.integers(*_SEAM, size=count), np.int64)
    most: IntArray = np.minimum(own[other], longest - own - seam)
    wanted = np.where(random.random(count) < share, np.ceil(most * random.random(count)), 0)
    before: IntArray = np.maximum(wanted, 0).astype(np.int64)
    seam = np.asarray(np.where(before > 0, seam, 0), np.int64)
    back = np.arange(int((own + seam + before).max()) - 1, -1, -1)  # rows back from the newest
    over = back - own[:, None]  # how far into the seam, 0 at its newest row
    mine = np.clip(rows - 1 - back, rows - own[:, None], rows - 1)
    theirs = np.clip(rows - 1 - (over - seam[:, None]), rows - own[other][:, None], rows - 1)
    weight = np.clip((over + 1) / (seam + 1)[:, None], 0, 1)  # of the other one
    real = over < (seam + before)[:, None]
    of = other[:, None]
    which = np.arange(count)[:, None]
    w = weight[:, :, None].astype(batch.values.dtype)
    values = batch.values[which, mine] * (1 - w) + batch.values[of, theirs] * w
    present = np.where(weight < 0.5, batch.present[which, mine], batch.present[of, theirs])
    return Batch(values * real[:, :, None], present & real, real, batch.y)
