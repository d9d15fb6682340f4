"""Pictures that look alike where they should not: in two classes, or in two sessions."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from vision_app.results.values import IntArray
from vision_app.samples.hashing import COLOUR_BITS, HASH_BITS, fingerprint
from vision_app.samples.pictures import read_picture
from vision_app.samples.sample import Sample

MOST_BITS = 30
"""Bits of 256 in which two pictures of one moment may differ.

Another JPEG quality, brightness, a pixel cut off or noise change up to 26; hands that make different signs before one
wall differ in 66 or more (measured on 300 photos, 36 000 pairs).
"""
MOST_COLOUR = 12
"""Grey levels by which the mean of a colour may differ."""
_BLOCK = 64
_PART_BITS = 16
_FEW = 1000
_COST_OF_A_LOOK = 16
"""How many times as long a pair takes that was looked up as one of all pairs."""
_TOO_FAR = 32_000

Kind = Literal["conflict", "leak"]
Alike = tuple[IntArray, IntArray, NDArray[np.int16]]
"""Samples, others, and in how many bits they differ."""


@dataclass(frozen=True, slots=True)
class Lookalike:
    """Two samples that look alike.

    Attributes:
        kind: `conflict`: in two classes, so that one of them is wrong; `leak`: of one class in two sessions, so that
            a split by session would put one on each side.
        first: id of a sample.
        second: id of the one that is most like it.
        bits: in how many of 256 bits they differ.
        identical: whether the files are the same.
    """

    kind: Kind
    first: str
    second: str
    bits: int
    identical: bool


def find_lookalikes(samples: Sequence[Sample], most_bits: int = MOST_BITS) -> list[Lookalike]:
    """For each sample the one most like it in another class, and in another session of its class.

    Two hashes that differ little have a sixteenth in which they differ in one bit at most: of many samples only those
    are compared that share one. Where very many do, and of few, all are. Pictures of one session and class are not
    compared: they are meant to look alike. Memory stays small.

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
    nearest = {kind: _Nearest(len(samples)) for kind in get_args(Kind)}
    for some, others in table.candidates(most_bits):
        for kind, alike in table.alike(some, others, most_bits):
            nearest[kind].see(*alike)
    best: dict[tuple[Kind, frozenset[int]], int] = {
        (kind, frozenset((i, j))): bits for kind, one in nearest.items() for i, j, bits in one.pairs()
    }
    found = []
    for (kind, pair), bits in best.items():
        i, j = sorted(pair)
        same = samples[i].sha256 == samples[j].sha256
        found.append(Lookalike(kind, samples[i].id, samples[j].id, bits, same))
    return sorted(found, key=lambda f: (f.kind, f.bits, f.first, f.second))


def distance_bits(one: int, other: int) -> int:
    """In how many bits the hashes of two fingerprints differ.

    >>> distance_bits(0b1011 << 24, 0b0010 << 24)
    2
    """
    return ((one ^ other) >> COLOUR_BITS).bit_count()


class _Table:
    """The fingerprints of samples as arrays: hashes (N, 4) uint64, colours (N, 3), and what belongs together."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        prints = [s.fingerprint if s.fingerprint is not None else _fingerprint_of(s) for s in samples]
        raw = b"".join(p.to_bytes((HASH_BITS + COLOUR_BITS) // 8, "big") for p in prints)
        rows = np.frombuffer(raw, np.uint8).reshape(len(samples), -1)
        self.hashes = np.ascontiguousarray(rows[:, : HASH_BITS // 8]).view(np.uint64)
        self.colours = rows[:, HASH_BITS // 8 :].astype(np.int16)
        self.classes = _numbers([s.label for s in samples])
        self.groups = _numbers([(s.label, s.session) for s in samples])

    def alike(self, i: IntArray, j: IntArray, most_bits: int) -> Iterator[tuple[Kind, Alike]]:
        """Of some pairs those that look alike though they should not."""
        bits = np.bitwise_count(self.hashes[i] ^ self.hashes[j]).sum(axis=1, dtype=np.int16)
        near = bits <= most_bits
        i, j, bits = i[near], j[near], bits[near]
        alike = (np.abs(self.colours[i] - self.colours[j]) <= MOST_COLOUR).all(axis=1)
        i, j, bits = i[alike], j[alike], bits[alike]
        conflict = self.classes[i] != self.classes[j]
        yield "conflict", (i[conflict], j[conflict], bits[conflict])
        yield "leak", (i[~conflict], j[~conflict], bits[~conflict])

    def candidates(self, most_bits: int) -> Iterator[tuple[IntArray, IntArray]]:
        """Pairs, each once at least, among which are all that differ in so few bits; some at a time."""
        count = len(self.classes)
        parts = self.hashes.view(np.uint16).T.astype(np.int64)
        if count <= _FEW or most_bits >= 2 * len(parts):
            return self._by_half(most_bits)
        flips = np.array([0, *(1 << bit for bit in range(_PART_BITS))])
        shares = [np.bincount(part, minlength=1 << _PART_BITS) for part in parts]
        looks = sum(
            int(share[part ^ flip].sum())
            for part, share in zip(parts, shares, strict=True)
            for flip in flips.tolist()
        )
        if looks * _COST_OF_A_LOOK > count * count:
            return self._by_half(most_bits)
        return self._by_parts(parts, shares, flips)

    def _by_parts(
        self, parts: IntArray, shares: Sequence[IntArray], flips: IntArray
    ) -> Iterator[tuple[IntArray, IntArray]]:
        """Pairs that have a part in which they differ in one bit at most."""
        for part, share in zip(parts, shares, strict=True):
            order, ends = np.argsort(part, kind="stable"), np.cumsum(share)
            for flip in flips:
                wanted = part ^ flip
                counts = share[wanted]
                i = np.repeat(np.arange(len(part)), counts)
                within = np.arange(len(i)) - np.repeat(np.cumsum(counts) - counts, counts)
                j = order[(ends - share)[wanted[i]] + within]
                apart = (i < j) & (self.groups[i] != self.groups[j])
                i, j = i[apart], j[apart]
                yield i, j

    def _by_half(self, most_bits: int) -> Iterator[tuple[IntArray, IntArray]]:
        """Pairs that half of the bits do not exclude, of all that there are."""
        words = self.hashes.T.copy()
        for start in range(0, len(self.classes), _BLOCK):
            rows = slice(start, start + _BLOCK)
            half = np.bitwise_count(words[0, rows, None] ^ words[0])
            half += np.bitwise_count(words[1, rows, None] ^ words[1])
            i, j = np.nonzero((half <= most_bits) & (self.groups[rows, None] != self.groups))
            later = i + start < j
            yield i[later] + start, j[later]


class _Nearest:
    """For each sample the one that differs least, and of several the first."""

    def __init__(self, count: int) -> None:
        self._bits = np.full(count, _TOO_FAR, np.int16)
        self._other = np.full(count, -1, np.int64)

    def see(self, i: IntArray, j: IntArray, bits: NDArray[np.int16]) -> None:
        """Look at more pairs, whose order does not matter."""
        i, j, bits = np.concatenate([i, j]), np.concatenate([j, i]), np.tile(bits, 2)
        order = np.lexsort((j, bits, i))
        i, j, bits = i[order], j[order], bits[order]
        first = np.flatnonzero(np.diff(i, prepend=-1))
        i, j, bits = i[first], j[first], bits[first]
        nearer = (bits < self._bits[i]) | ((bits == self._bits[i]) & (j < self._other[i]))
        self._bits[i[nearer]], self._other[i[nearer]] = bits[nearer], j[nearer]

    def pairs(self) -> Iterator[tuple[int, int, int]]:
        """Sample, other and bits of all that have one."""
        found = np.flatnonzero(self._other >= 0)
        return zip(found.tolist(), self._other[found].tolist(), self._bits[found].tolist(), strict=True)


def _numbers(names: Sequence[Hashable]) -> NDArray[np.int32]:
    known: dict[Hashable, int] = {}
    return np.array([known.setdefault(name, len(known)) for name in names], np.int32)


def _fingerprint_of(sample: Sample) -> int:
    return fingerprint(read_picture(sample.path))
