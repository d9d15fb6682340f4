"""Versions of a network with more and more layers in float, and the one of them that a user wants."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from vision_app.cancelling import check
from vision_app.cards.lookup import ModelFile
from vision_app.engine.build import Pool
from vision_app.engine.predictors import LoadedModel
from vision_app.errors import ModelError
from vision_app.graph.timing import seconds_a_run
from vision_app.messages import Message
from vision_app.quantise.agreement import measure_of, results_of
from vision_app.quantise.frames import PackedFrames, Samples
from vision_app.quantise.network import Network, placement_for
from vision_app.quantise.watching import EXTREMES, RANGE_WORDS, Version, Watch
from vision_app.results.values import FloatArray
from vision_app.tasks import TaskOptions

LEAST_AGREEMENT = 0.9
# the first layers see large pictures with few channels: 8 bits lose most there and win least
_FIRST_IN_FLOAT = 3
# how many of the most fragile layers stay in float, attempt by attempt
_IN_FLOAT = (1, 2, 4, 8, 16, 32)
_MOST_IN_FLOAT = 0.5
_ATTEMPT_TIMED_S = 1.5


class DisagreementError(ModelError):
    """No version agreed with the original as much, or was as fast, as was wanted; nothing was registered."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One attempt as it is reported.

    Attributes:
        in_float: how many layers stayed in float.
        speed_ratio: how many times as fast as the original.
        agreement: with the original on the held-out frames, from 0 to 1.
        taken: it is the one that was registered.
        ranges: how wide the ranges of its activations are.
    """

    in_float: int
    speed_ratio: float
    agreement: float
    taken: bool
    ranges: str = EXTREMES


class Attempts:
    """Versions of one network, each compared with the original on the held-out frames."""

    def __init__(
        self, original: LoadedModel, samples: Samples, provider: str, folder: Path, watch: Watch
    ) -> None:
        self._original, self._held_out, self._folder, self._watch = original, samples.held_out, folder, watch
        self._provider = provider
        self.measure = measure_of(original.task, original.name)
        tensors = samples.calibration
        watch.say(Message("calibrating on {count} frames", count=len(tensors)))
        self.tensor = next(_tensors(original, tensors))
        self.network = Network(
            original.session.path,
            lambda: _tensors(original, tensors),
            folder,
            placement_for(provider),
            lambda done: watch.step(done, len(tensors)),
        )
        self._wanted = results_of(original, samples.held_out, watch.step)
        self.made: list[Version] = []
        self.ranges = EXTREMES
        """What is usual now for the ranges of activations."""

    @property
    def one_frame(self) -> float:
        """What one of the held-out frames more or less is of the agreement."""
        return 1 / len(self._held_out)

    @property
    def name(self) -> str:
        """Name of the original."""
        return self._original.name

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers with weights, in order."""
        return tuple(self.network.layers)

    def make(self, in_float: Sequence[str], ranges: str | None = None) -> Version:
        """Write a version and compare it; one that is there already is not made again.

        Args:
            in_float: the layers that stay in float.
            ranges: how wide the ranges of the activations are; None for what is usual now.
        """
        ranges = ranges or self.ranges
        known = next((v for v in self.made if set(v.in_float) == set(in_float) and v.ranges == ranges), None)
        if known is not None:
            return known
        check()
        self._watch.say(
            Message(
                "making a version with {in_float} of {layers} layers in float",
                in_float=len(in_float),
                layers=len(self.network.layers),
            )
        )
        path = self._folder / f"version-{len(self.made)}.onnx"
        self.network.write(path, in_float, ranges)
        file = ModelFile(self._original.name, path, self._original.card)
        model = Pool().get(file, self._provider, TaskOptions(conf=self.measure.conf))
        agreement = self.measure.compare(self._wanted, results_of(model, self._held_out, self._watch.step))
        pair = (self._original.session.path, path)
        fp32_s, int8_s = seconds_a_run(pair, self.tensor, self._provider, for_s=_ATTEMPT_TIMED_S)
        self._watch.say(
            Message(
                "{title} on {count} held-out frames: {agreement:.3f}, {fp32_s:.2f} x as fast, "
                "{in_float_count} of {layers_count} layers in float, ranges: {ranges}",
                title=self.measure.title,
                count=len(self._held_out),
                agreement=agreement,
                fp32_s=fp32_s / int8_s,
                in_float_count=len(in_float),
                layers_count=len(self.network.layers),
                ranges=RANGE_WORDS[ranges],
            )
        )
        self.made.append(Version(path, tuple(in_float), agreement, fp32_s / int8_s, ranges))
        self._watch.tried(self.made[-1])
        return self.made[-1]

    @cached_property
    def fragile(self) -> tuple[str, ...]:
        """The layers, those first that do most harm when they alone are in 8 bits."""
        count = len(self.network.layers)
        self._watch.say(Message("looking for the fragile ones among {count} layers", count=count))
        harms: dict[str, float] = {}
        for layer, harm in self.network.harms():
            harms[layer] = harm
            self._watch.step(len(harms), count)
        return tuple(sorted(harms, key=lambda layer: -harms[layer]))

    def tried(self, taken: Version) -> tuple[Tried, ...]:
        """All that were made, as they are reported."""
        ordered = sorted(self.made, key=lambda v: (len(v.in_float), -v.speed_ratio))
        return tuple(
            Tried(len(v.in_float), round(v.speed_ratio, 3), round(v.agreement, 4), v is taken, v.ranges)
            for v in ordered
        )

    def note(self, text: str) -> None:
        """Tell the user."""
        self._watch.say(text)


def _tensors(model: LoadedModel, images: PackedFrames) -> Iterator[FloatArray]:
    """The input tensors of pictures, as the model is given them when it runs."""
    for image in images:
        check()
        yield model.prepare(image)[0].copy()


def best_version(attempts: Attempts, agreement: float | None, speed: float | None = None) -> Version:
    """The version to take.

    All layers in 8 bits are tried, and all but the first ones. If none agrees enough, the better of them is tried with
    other ranges, which cost no time when it runs. If that is not enough either, ever more of the layers that are most
    fragile stay in float; where one of twice as many agrees, a number between is tried as well. With a least speed,
    layers stay in float as long as the version is so fast, and the one that agrees best is taken.

    Args:
        attempts: makes the versions.
        agreement: least agreement; None to aim at what is usual for the task, and to accept 0.9.
        speed: least speed; None for any.

    Raises:
        DisagreementError: there is no such version.
    """
    aim, least = (attempts.measure.aim, LEAST_AGREEMENT) if agreement is None else (agreement, agreement)
    layers = attempts.layers
    most = int(len(layers) * _MOST_IN_FLOAT)
    first = [attempts.make(layers[:n]) for n in sorted({0, min(_FIRST_IN_FLOAT, most)})]
    if speed is not None or all(v.agreement < aim for v in first):
        best = max(first, key=lambda v: (v.agreement, v.speed_ratio))
        _other_ranges(attempts, best, aim if speed is None else 1.0)
    if speed is not None:
        _as_fast_as(attempts, speed, most)
        return _best_of_the_fast(attempts, 0.0 if agreement is None else agreement, speed)
    if all(v.agreement < aim for v in attempts.made):
        _keep_more_in_float(attempts, aim, most, stop_when_slow=agreement is None)
    return _chosen(attempts, aim, least, len(layers))


def _other_ranges(attempts: Attempts, best: Version, aim: float) -> None:
    """Try the other rules for ranges until one is enough; what is better by more than a frame holds from now on."""
    least = best.agreement + attempts.one_frame
    for ranges in RANGE_WORDS:
        if best.agreement >= aim:
            break
        best = max(best, attempts.make(best.in_float, ranges), key=lambda v: v.agreement)
    if best.agreement > least:
        attempts.ranges = best.ranges


def _as_fast_as(attempts: Attempts, speed: float, most: int) -> None:
    """Keep more in float until that costs too much speed."""
    if attempts.make(()).speed_ratio < speed:
        return
    for count in _counts(most):
        if attempts.make(attempts.fragile[:count]).speed_ratio < speed:
            return


def _counts(most: int) -> list[int]:
    return sorted({min(n, most) for n in _IN_FLOAT} - {0})


def _keep_more_in_float(attempts: Attempts, aim: float, most: int, *, stop_when_slow: bool) -> None:
    before = 0
    for count in _counts(most):
        version = attempts.make(attempts.fragile[:count])
        if version.agreement >= aim:
            if count - before > 1:
                attempts.make(attempts.fragile[: (before + count) // 2])
            return
        if stop_when_slow and version.speed_ratio < 1:
            return
        before = count


def _best_of_the_fast(attempts: Attempts, least: float, speed: float) -> Version:
    fast = [v for v in attempts.made if v.speed_ratio >= speed]
    if not fast:
        best = max(attempts.made, key=lambda v: v.speed_ratio)
        raise DisagreementError(
            "no INT8 version of {name} is {speed:g} times as fast as it on this processor: {best:.2f} times at "
            "best; nothing was registered{flags}",
            name=attempts.name,
            speed=speed,
            best=best.speed_ratio,
            flags=Message("; ask for a lower --speed, or keep the original"),
        )
    best = max(fast, key=lambda v: (v.agreement, v.speed_ratio))
    if best.agreement < least:
        raise DisagreementError(
            "no INT8 version of {name} that is {speed:g} times as fast agrees with it as wanted: {agreement:.3f} "
            "at best, {least:g} was wanted; nothing was registered{flags}",
            name=attempts.name,
            speed=speed,
            agreement=best.agreement,
            least=least,
            flags=Message("; lower --speed or --agreement"),
        )
    return best


def _chosen(attempts: Attempts, aim: float, least: float, layers: int) -> Version:
    """The fastest of those that agree as was aimed at; else, of the faster ones first, what agrees best."""
    quick = [v for v in attempts.made if v.speed_ratio >= 1]
    for versions in (quick, attempts.made):
        if good := [v for v in versions if v.agreement >= aim]:
            return max(good, key=lambda v: v.speed_ratio)
        if bearable := [v for v in versions if v.agreement >= least]:
            attempts.note(Message("taking the one that agrees best; {aim:g} was aimed at", aim=aim))
            return max(bearable, key=lambda v: v.agreement)
    best = max(attempts.made, key=lambda v: v.agreement)
    raise DisagreementError(
        "no INT8 version of {name} agrees with it enough: {agreement:.3f} at best, with {count} "
        "of {layers} layers in float; {least:g} was wanted. More and more varied frames may "
        "help; nothing was registered{flags}",
        name=attempts.name,
        agreement=best.agreement,
        count=len(best.in_float),
        layers=layers,
        least=least,
        flags=Message("; a lower --agreement is another way"),
    )
