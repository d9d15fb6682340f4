"""Pictures that look alike where they should not: in two classes, or in two sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vision_app.samples.hashing import fingerprint
from vision_app.samples.pictures import read_picture
from vision_app.samples.sample import Sample

MOST_BITS = 4
"""Bits of the difference hash in which two pictures of one thing may differ."""
MOST_COLOUR = 12
"""Grey levels by which the mean of a colour may differ."""
_BLOCK = 256

Kind = Literal["conflict", "leak"]


@dataclass(frozen=True, slots=True)
class Lookalike:
    """Two samples that look alike.

    Attributes:
        kind: `conflict`: in two classes, so that one of them is wrong; `leak`: of one class in two sessions, so that
            a split by session would put one on each side.
        first: id of a sample.
        second: id of the one that is most like it.
        bits: in how many of 64 bits they differ.
        identical: whether the files are the same.
    """

    kind: Kind
    first: str
    second: str
    bits: int
    identical: bool


def find_lookalikes(samples: Sequence[Sample], most_bits: int = MOST_BITS) -> list[Lookalike]:
    """For each sample the one most like it in another class, and in another session of its class.

    Every pair is compared, in blocks: 20 000 samples take some seconds and little memory. Pictures of one
    session and class are not compared: they are meant to look alike.

    Args:
        samples: those without a fingerprint are read from the disk.
        most_bits: how far two hashes may be apart.

    Returns:
        Conflicts first, nearest first; each pair once.

    Raises:
        SampleError: a picture without a fingerprint cannot be read.
    """
    if len(samples) < 2:
        return []
    table = _Table(samples)
    best: dict[tuple[Kind, frozenset[int]], int] = {}
    for start in range(0, len(samples), _BLOCK):
        for kind, i, j, bits in table.nearest(start, min(start + _BLOCK, len(samples)), most_bits):
            best[kind, frozenset((i, j))] = bits
    found = []
    for (kind, pair), bits in best.items():
        i, j = sorted(pair)
        same = samples[i].sha256 == samples[j].sha256
        found.append(Lookalike(kind, samples[i].id, samples[j].id, bits, same))
    return sorted(found, key=lambda f: (f.kind, f.bits, f.first, f.second))


def distance_bits(one: int, other: int) -> int:
    """In how many bits the difference hashes of two fingerprints differ.

    >>> distance_bits(0b1011 << 24, 0b0010 << 24)
    2
    """
    return ((one ^ other) >> 24).bit_count()


class _Table:
    """The fingerprints of samples as arrays."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        prints = [s.fingerprint if s.fingerprint is not None else _fingerprint_of(s) for s in samples]
        self.hashes = np.array([p >> 24 for p in prints], np.uint64)
        self.colours = np.array([[p >> 16 & 255, p >> 8 & 255, p & 255] for p in prints], np.int16)
        self.classes = _numbers([s.label for s in samples])
        self.sessions = _numbers([s.session for s in samples])

    def nearest(self, start: int, stop: int, most_bits: int) -> list[tuple[Kind, int, int, int]]:
        """For the samples from `start` to `stop` the nearest of each kind: (kind, sample, other, bits)."""
        rows = slice(start, stop)
        bits = np.bitwise_count(self.hashes[rows, None] ^ self.hashes[None, :])
        other_class = self.classes[rows, None] != self.classes[None, :]
        other_session = self.sessions[rows, None] != self.sessions[None, :]
        i, j = np.nonzero((bits <= most_bits) & (other_class | other_session))
        alike = (np.abs(self.colours[start + i] - self.colours[j]) <= MOST_COLOUR).all(axis=1)
        i, j = i[alike], j[alike]
        found: list[tuple[Kind, int, int, int]] = []
        for kind, chosen in (("conflict", other_class[i, j]), ("leak", ~other_class[i, j])):
            found += _first_of_each(kind, i[chosen], j[chosen], bits, start)  # type: ignore[arg-type]
        return found


def _first_of_each(
    kind: Kind, i: NDArray[np.intp], j: NDArray[np.intp], bits: NDArray[np.uint8], start: int
) -> list[tuple[Kind, int, int, int]]:
    distances = bits[i, j]
    order = np.lexsort((j, distances, i))
    _, firsts = np.unique(i[order], return_index=True)
    return [(kind, start + int(i[k]), int(j[k]), int(distances[k])) for k in (int(order[f]) for f in firsts)]


def _numbers(names: Sequence[str]) -> NDArray[np.int32]:
    known: dict[str, int] = {}
    return np.array([known.setdefault(name, len(known)) for name in names], np.int32)


def _fingerprint_of(sample: Sample) -> int:
    return fingerprint(read_picture(sample.path))
