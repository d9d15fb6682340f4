"""A search for an INT8 version as a window has it: watched, called off, and with another version taken."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests import tiny_models
from tests.unit.test_quantise import small_network
from vision_app.cancelling import Cancellation, CancelledError
from vision_app.cards.lookup import MODELS_VARIABLE, find_card
from vision_app.catalogue.place import NameTakenError
from vision_app.errors import SourceError
from vision_app.quantise.frames import PackedFrames, Samples, dealt, over_time
from vision_app.quantise.ranges import RULES
from vision_app.quantise.searching import quantise_model, searched
from vision_app.quantise.watching import Version, Watch
from vision_app.quantise.writing import Request
from vision_app.results.values import Frame
from vision_app.runtime import Session


def noise(count: int) -> Iterator[np.ndarray]:
    rng = np.random.default_rng(7)
    return (rng.integers(0, 256, (32, 32, 3)).astype(np.uint8) for _ in range(count))


@pytest.fixture
def samples() -> Samples:
    taken = PackedFrames()
    for image in noise(12):
        taken.append(image)
    return dealt("noise", taken)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of models with one network, and a folder of its own for files in between."""
    models, scratch = tmp_path / "models", tmp_path / "scratch"
    models.mkdir()
    scratch.mkdir()
    tiny_models.write_card(small_network(models / "small.onnx"))
    monkeypatch.setenv(MODELS_VARIABLE, str(models))
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    return tmp_path


def names(place: Path) -> list[str]:
    return sorted(p.name for p in (place / "models").glob("*.onnx"))


class Heard:
    """Keeps what it is told, and calls the work off at one of the lines."""

    def __init__(self, stop_at: str = "\n", cancellation: Cancellation | None = None) -> None:
        self.lines: list[str] = []
        self.steps: list[tuple[int, int]] = []
        self.versions: list[Version] = []
        self._stop_at, self._cancellation = stop_at, cancellation or Cancellation()
        self.watch = Watch(self._say, lambda *step: self.steps.append(step), self.versions.append)

    def _say(self, text: str) -> None:
        self.lines.append(text)
        if text.startswith(self._stop_at):
            self._cancellation.cancel()


def test_each_version_is_told_of_as_soon_as_it_is_compared(place: Path, samples: Samples) -> None:
    heard = Heard()
    with searched(Request("small", samples, min_agreement=0.0), heard.watch) as search:
        assert tuple(heard.versions) == search.versions
        assert len(search.versions) == 2
        assert search.best in search.versions
        assert all(v.path.is_file() for v in search.versions)
        assert names(place) == ["small.onnx"]
    assert (6, 6) in heard.steps
    assert not any(v.path.exists() for v in heard.versions)


def test_another_version_takes_the_place_of_the_one_that_was_registered(
    place: Path, samples: Samples
) -> None:
    with searched(Request("small", samples, min_agreement=0.0), Watch()) as search:
        first, second = search.versions
        for version in (first, second):
            made = search.register(version)
            assert made.path.read_bytes() == version.path.read_bytes()
            assert [t.in_float for t in made.tried if t.taken] == [len(version.in_float)]
    card = find_card("small-int8")
    assert card.extra["measured"]["left_in_float"] == list(second.in_float) != list(first.in_float)


def test_a_version_has_the_ranges_that_it_says(
    place: Path, samples: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RULES, "percentile", lambda seen: (seen.low / 2, seen.high / 2))
    heard = Heard()
    with searched(Request("small", samples, min_agreement=0.0), heard.watch) as search:
        usual = search.versions[0]
        other = search._attempts.make(usual.in_float, "percentile")
        assert (usual.ranges, other.ranges) == ("extremes", "percentile")
        assert usual.path.read_bytes() != other.path.read_bytes()
        assert search._attempts.make(usual.in_float, "percentile") is other
        assert {t.ranges for t in search.register(other).tried if t.taken} == {"percentile"}
    assert heard.lines[-1].endswith("ranges: without the rarest")


def test_versions_of_which_none_will_do_can_still_be_taken(place: Path, samples: Samples) -> None:
    with searched(Request("small", samples, min_speed=99.0), Watch()) as search:
        assert search.best is None
        assert "99 times as fast" in str(search.problem)
        search.register(search.versions[0])
    assert names(place) == ["small-int8.onnx", "small.onnx"]


def test_a_name_that_is_taken_is_refused_before_any_work(place: Path, samples: Samples) -> None:
    heard = Heard()
    with (
        pytest.raises(NameTakenError, match=r"a model 'small' already") as refused,
        searched(Request("small", samples, name="small"), heard.watch),
    ):
        pass
    assert heard.lines == []
    assert "--" not in refused.value.message.without("flags")


@pytest.mark.parametrize(
    "stop_at", ["calibrating", "making a version with 0", "same top-1 on", "looking for"]
)
def test_called_off_it_ends_at_once_and_leaves_nothing(place: Path, samples: Samples, stop_at: str) -> None:
    cancellation = Cancellation()
    heard = Heard(stop_at, cancellation)
    with cancellation.scope(), pytest.raises(CancelledError):
        quantise_model(Request("small", samples, min_speed=0.01), heard.watch)
    assert heard.lines[-1].startswith(stop_at)
    assert names(place) == ["small.onnx"]
    assert list((place / "scratch").iterdir()) == []


def test_calibration_is_called_off_from_one_picture_to_the_next(place: Path, samples: Samples) -> None:
    """The session of the calibration is ONNX Runtime's own and obeys nobody."""
    cancellation = Cancellation()
    steps: list[int] = []

    def step(done: int, total: int) -> None:
        steps.append(done)
        if done == 2:
            cancellation.cancel()

    with cancellation.scope(), pytest.raises(CancelledError):
        quantise_model(Request("small", samples), Watch(step=step))
    assert steps == [0, 1, 2]


def test_called_off_while_it_is_registered_what_was_there_stays(place: Path, samples: Samples) -> None:
    cancellation = Cancellation()
    with cancellation.scope(), searched(Request("small", samples, min_agreement=0.0), Watch()) as search:
        first, second = search.versions
        search.register(first)
        before = (place / "models" / "small-int8.onnx").read_bytes()
        cancellation.cancel()
        with pytest.raises(CancelledError):
            search.register(second)
    assert (place / "models" / "small-int8.onnx").read_bytes() == before
    Session(place / "models" / "small-int8.onnx", "cpu")


def test_frames_of_a_live_source_are_called_off_too() -> None:
    cancellation = Cancellation()
    frames = (Frame(image, i, 0.0) for i, image in enumerate(noise(1000)))
    steps: list[tuple[int, int]] = []

    def step(done: int, total: int) -> None:
        steps.append((done, total))
        cancellation.cancel()

    with cancellation.scope(), pytest.raises(CancelledError):
        over_time(lambda: next(frames, None), 1000, 1e-9, step)
    assert steps == [(1, 1000)]


def test_too_few_pictures_are_told_by_the_name_of_what_gave_them() -> None:
    taken = PackedFrames()
    for image in noise(7):
        taken.append(image)
    with pytest.raises(SourceError, match=r"^samples: 7 frames are too few"):
        dealt("samples", taken)
