"""Samples of one moment are called alike, samples that differ are not, and none is looked at twice."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from vision_app.samples.duplicates import find_lookalikes
from vision_app.samples.hashing import fingerprint
from vision_app.samples.sample import Sample
from vision_app.samples.variety import ENOUGH_LOOKS, Looks, alike


def scene(number: int) -> np.ndarray:
    """Blocks of grey at random: each number another thing."""
    coarse = np.random.default_rng(number).integers(0, 256, (24, 24, 3), np.uint8)
    return cv2.resize(coarse, (96, 96), interpolation=cv2.INTER_CUBIC)


def moment(number: int, noise: int) -> np.ndarray:
    """The same scene a moment later: noise, and a little brighter."""
    grain = np.random.default_rng(1000 + noise).normal(noise % 4, 4, (96, 96, 3))
    return np.clip(scene(number) + grain, 0, 255).astype(np.uint8)


class Asked:
    """Fingerprints by name, and who was asked for."""

    def __init__(self, **pictures: np.ndarray) -> None:
        self.prints = {name: fingerprint(picture) for name, picture in pictures.items()}
        self.names: list[str] = []

    def __call__(self, name: str) -> int | None:
        self.names.append(name)
        return self.prints.get(name)


def test_a_burst_of_one_moment_is_too_alike() -> None:
    asked = Asked(**{f"s{i}": moment(1, i) for i in range(40)})
    found = Looks().of(list(asked.prints), asked)
    assert (found.count, found.looks, found.too_alike) == (40, 1, True)


def test_samples_that_differ_are_not_and_no_more_than_needed_are_looked_at() -> None:
    asked = Asked(**{f"s{i}": scene(i) for i in range(60)})
    found = Looks().of(list(asked.prints), asked)
    assert (found.looks, found.too_alike) == (ENOUGH_LOOKS, False)
    assert len(asked.names) == ENOUGH_LOOKS


def test_each_is_asked_for_once_also_when_others_come_and_go() -> None:
    asked = Asked(**{f"s{i}": moment(i % 3, i) for i in range(12)})
    names, looks = list(asked.prints), Looks()
    assert looks.of(names[:9], asked).looks == 3
    assert looks.of(names[:9], asked).looks == 3
    assert asked.names == names[:9]
    assert looks.of(names, asked).looks == 3
    assert asked.names == names
    only_one = [name for i, name in enumerate(names) if i % 3 == 1]
    assert looks.of(only_one, asked).looks == 1, "those that went took their looks with them"
    assert asked.names == names


def test_what_cannot_be_read_has_no_look() -> None:
    assert Looks().of(["gone"] * 1, Asked()).looks == 0


@pytest.mark.parametrize("pair", [(moment(1, 1), moment(1, 2)), (scene(1), scene(2))], ids=["alike", "not"])
def test_alike_is_what_the_search_for_lookalikes_calls_so(pair: tuple[np.ndarray, np.ndarray]) -> None:
    one, other = map(fingerprint, pair)
    samples = [
        Sample(name, None, name, "s", name, fingerprint=of)  # type: ignore[arg-type]
        for name, of in (("a", one), ("b", other))
    ]
    assert alike(one, other) == bool(find_lookalikes(samples))


def test_plain_surfaces_of_two_colours_differ() -> None:
    red, blue = (fingerprint(np.full((64, 64, 3), colour, np.uint8)) for colour in ((0, 0, 200), (200, 0, 0)))
    assert not alike(red, blue)
