"""Pictures that look alike where they should not: in two classes, or in two sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

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

Kind = Literal["conflict", "leak"]


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
    """In how many bits the hashes of two fingerprints differ.

    >>> distance_bits(0b1011 << 24, 0b0010 << 24)
    2
    """
    return ((one ^ other) >> COLOUR_BITS).bit_count()


class _Table:
    """The fingerprints of samples as arrays: hashes (4, N) uint64, colours (N, 3)."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        prints = [s.fingerprint if s.fingerprint is not None else _fingerprint_of(s) for s in samples]
        raw = b"".join(p.to_bytes((HASH_BITS + COLOUR_BITS) // 8, "big") for p in prints)
        rows = np.frombuffer(raw, np.uint8).reshape(len(samples), -1)
        self.hashes = np.ascontiguousarray(rows[:, : HASH_BITS // 8]).view(np.uint64).T.copy()
        self.colours = rows[:, HASH_BITS // 8 :].astype(np.int16)
        self.classes = _numbers([s.label for s in samples])
        self.sessions = _numbers([s.session for s in samples])

    def nearest(self, start: int, stop: int, most_bits: int) -> list[tuple[Kind, int, int, int]]:
        """For the samples from `start` to `stop` the nearest of each kind: (kind, sample, other, bits)."""
        i, j = self._candidates(start, stop, most_bits)
        bits = np.bitwise_count(self.hashes[:, start + i] ^ self.hashes[:, j]).sum(axis=0, dtype=np.int16)
        alike = bits <= most_bits
        alike &= (np.abs(self.colours[start + i] - self.colours[j]) <= MOST_COLOUR).all(axis=1)
        i, j, bits = i[alike], j[alike], bits[alike]
        other_class = self.classes[start + i] != self.classes[j]
        return [
            *_first_of_each("conflict", start + i[other_class], j[other_class], bits[other_class]),
            *_first_of_each("leak", start + i[~other_class], j[~other_class], bits[~other_class]),
        ]

    def _candidates(self, start: int, stop: int, most_bits: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Pairs that half of the bits do not exclude, of other classes or sessions; rows count from `start`."""
        rows = slice(start, stop)
        half = np.bitwise_count(self.hashes[0, rows, None] ^ self.hashes[0])
        half += np.bitwise_count(self.hashes[1, rows, None] ^ self.hashes[1])
        near = half <= most_bits
        near &= (self.classes[rows, None] != self.classes) | (self.sessions[rows, None] != self.sessions)
        i, j = np.nonzero(near)
        return i, j


def _first_of_each(
    kind: Kind, i: NDArray[np.intp], j: NDArray[np.intp], bits: NDArray[np.int16]
) -> list[tuple[Kind, int, int, int]]:
    order = np.lexsort((j, bits, i))
    _, firsts = np.unique(i[order], return_index=True)
    return [(kind, int(i[k]), int(j[k]), int(bits[k])) for k in order[firsts]]


def _numbers(names: Sequence[str]) -> NDArray[np.int32]:
    known: dict[str, int] = {}
    return np.array([known.setdefault(name, len(known)) for name in names], np.int32)


def _fingerprint_of(sample: Sample) -> int:
    return fingerprint(read_picture(sample.path))
