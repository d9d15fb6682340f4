"""Whether the samples of a class differ: a hundred pictures of one moment teach no more than one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vision_app.samples.duplicates import MOST_BITS, MOST_COLOUR, distance_bits
from vision_app.samples.hashing import COLOUR_BITS

ENOUGH_LOOKS = 20
"""More different looks than that are not counted: they are enough."""
JUDGED_FROM = 10
"""Of fewer samples there is only to say that they are few."""
_LEAST_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Variety:
    """How much the samples of a class differ.

    Attributes:
        count: how many samples there are.
        looks: how many of them look different from each other, counted up to `ENOUGH_LOOKS`.
    """

    count: int
    looks: int

    @property
    def too_alike(self) -> bool:
        """Whether fewer than half of at least ten samples look different, and those are fewer than twenty.

        >>> Variety(60, 9).too_alike, Variety(60, 20).too_alike, Variety(16, 8).too_alike, Variety(9, 1).too_alike
        (True, False, False, False)
        """
        few = self.looks < ENOUGH_LOOKS and self.looks < _LEAST_SHARE * self.count
        return few and self.count >= JUDGED_FROM


class Looks:
    """The different looks among samples that come and go. Each sample is looked at once, and then known by its name."""

    def __init__(self) -> None:
        self._prints: dict[str, int | None] = {}
        self._seen: set[str] = set()
        self._looks: list[int] = []

    def of(self, ids: Sequence[str], fingerprint_of: Callable[[str], int | None]) -> Variety:
        """How much these samples differ.

        Args:
            ids: names of all samples that there are now.
            fingerprint_of: gives what a sample looks like (`hashing.fingerprint`); None when it cannot be read.
                It is asked for samples that were never seen only.
        """
        there = set(ids)
        if not self._seen <= there:  # one has gone: what looked like it may be the only one of its kind now
            self._seen, self._looks = set(), []
        for sample_id in ids:
            if sample_id not in self._seen:
                self._take(sample_id, fingerprint_of)
        self._seen = there
        return Variety(len(ids), len(self._looks))

    def _take(self, sample_id: str, fingerprint_of: Callable[[str], int | None]) -> None:
        if len(self._looks) >= ENOUGH_LOOKS:
            return
        if sample_id not in self._prints:
            self._prints[sample_id] = fingerprint_of(sample_id)
        found = self._prints[sample_id]
        if found is not None and not any(alike(found, other) for other in self._looks):
            self._looks.append(found)


def alike(one: int, other: int) -> bool:
    """Whether two fingerprints are of pictures of one moment: the limits of `duplicates`.

    >>> alike(0b111 << 24, 0), alike((1 << 60) - (1 << 24), 0), alike(200 << 16, 20 << 16)
    (True, False, False)
    """
    if distance_bits(one, other) > MOST_BITS:
        return False
    return all(
        abs((one >> shift & 0xFF) - (other >> shift & 0xFF)) <= MOST_COLOUR
        for shift in range(0, COLOUR_BITS, 8)
    )
