"""From a float model and a source to an INT8 model in the user's folder, with all that was measured."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vision_app.cards.card import ModelCard, card_as_json, parse_card_text
from vision_app.cards.lookup import ModelFile, find_model, user_models_dir
from vision_app.catalogue.place import install
from vision_app.engine.build import Pool
from vision_app.engine.predictors import LoadedModel
from vision_app.errors import ConfigError, ModelError
from vision_app.graph.timing import seconds_a_run
from vision_app.messages import Message
from vision_app.quantise.agreement import measure_of, results_of
from vision_app.quantise.frames import FEWEST, PackedFrames, Samples, collect
from vision_app.quantise.network import Network, placement_for
from vision_app.quantise.preparing import check_quantisable
from vision_app.results.values import FloatArray
from vision_app.scratch import scratch_folder
from vision_app.sources.urls import source_id
from vision_app.tasks import TaskOptions

DEFAULT_FRAMES = 64
LEAST_AGREEMENT = 0.9
DEFAULT_SECONDS = 20.0
WORTH_IT = 1.2
"""How many times as fast as the float model an INT8 one has to be for anybody to notice."""

_SUFFIX = "-int8"
# the first layers see large pictures with few channels: 8 bits lose most there and win least
_FIRST_IN_FLOAT = 3
# how many of the most fragile layers stay in float, attempt by attempt
_IN_FLOAT = (4, 8, 16, 32)
_MOST_IN_FLOAT = 0.5
_ATTEMPT_TIMED_S = 1.5

Say = Callable[[str], None]


class DisagreementError(ModelError):
    """No version agreed with the original as much as was wanted; nothing was registered."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to quantise, and how.

    Attributes:
        model: name or file of the float32 model.
        source: whatever `open_source` understands.
        frames: frames to calibrate on; up to as many others are held out to compare on.
        seconds: over how long the frames of a live source are spread.
        name: name of the new model; None for the old one's with `-int8`.
        min_agreement: least share of agreement with the float model on the held-out frames; None to aim at
            what is usual for the task and to accept 0.9.
        overwrite: replace a model of that name in the user's folder.
        provider: the one that the new model is for, `cpu` or `openvino`.
    """

    model: str
    source: str
    frames: int = DEFAULT_FRAMES
    seconds: float = DEFAULT_SECONDS
    name: str | None = None
    min_agreement: float | None = None
    overwrite: bool = False
    provider: str = "cpu"

    def __post_init__(self) -> None:
        if self.frames < FEWEST:
            raise ConfigError(
                "at least {fewest} frames are needed to calibrate on, got {frames}",
                fewest=FEWEST,
                frames=self.frames,
            )
        if self.min_agreement is not None and not 0.0 <= self.min_agreement <= 1.0:
            raise ConfigError(
                "the least agreement is a share from 0 to 1, got {min_agreement:g}",
                min_agreement=self.min_agreement,
            )
        if not 0.0 < self.seconds < float("inf"):
            raise ConfigError(
                "the time to spread live frames over must be above 0 seconds, got {seconds:g}",
                seconds=self.seconds,
            )


@dataclass(frozen=True, slots=True)
class Made:
    """A registered INT8 model and what was measured on it.

    Attributes:
        name: its name.
        path: its weights.
        made_from: name of the float model.
        size_ratio: bytes of the float file over bytes of this one.
        provider: the one that it is for, and on which all was measured.
        speed_ratio: median time of the float model over that of this one, one thread, taken in turns.
        agreement: agreement with the float model on the held-out frames, from 0 to 1.
        measure: what the agreement is.
        layers: layers with weights.
        in_float: those that stayed in float.
        calibration_frames: frames from which the ranges were taken.
        held_out_frames: frames on which the two were compared.
        bytes: size of the file.
        fp32_ms: median milliseconds of the float model.
        int8_ms: median milliseconds of this one.
    """

    name: str
    path: Path
    made_from: str
    provider: str
    size_ratio: float
    speed_ratio: float
    agreement: float
    measure: str
    layers: int
    in_float: tuple[str, ...]
    calibration_frames: int
    held_out_frames: int
    bytes: int
    fp32_ms: float
    int8_ms: float

    @property
    def worth_it(self) -> bool:
        """Whether it is fast enough to be used in place of the float model on this machine."""
        return self.speed_ratio >= WORTH_IT

    def as_record(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        record = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {**record, "path": str(self.path), "in_float": list(self.in_float), "worth_it": self.worth_it}


@dataclass(frozen=True, slots=True)
class _Version:
    """One attempt."""

    path: Path
    in_float: tuple[str, ...]
    agreement: float
    speed_ratio: float


def quantise_model(request: Request, say: Say) -> Made:
    """Make the INT8 version, compare it with the original and register it as a model of the user's.

    Nothing is registered unless all is done.

    Args:
        request: what to do.
        say: told what is going on, a line each.

    Raises:
        ModelError: the model cannot be quantised, or the new one cannot be registered.
        DisagreementError: no version agreed as much as was wanted.
        SourceError: the source cannot be read, or has too few frames.
    """
    file = find_model(request.model)
    placement_for(request.provider)
    check_quantisable(file.path)
    original = Pool().get(file, request.provider)
    measure = measure_of(original.task, original.name)
    card = _checked_name(original.card, request.name or original.name + _SUFFIX)
    target = user_models_dir() / f"{card.name}.onnx"
    hides_shipped = not target.exists()
    if target.exists() and not request.overwrite:
        raise ModelError(
            "there is a model '{name}' already: {target}; give the new one another name with --name, "
            "or replace it with --overwrite",
            name=card.name,
            target=target,
        )
    say(Message("taking frames from {source}", source=source_id(request.source)))
    samples = collect(request.source, request.frames, request.seconds, say)
    with scratch_folder(Path(tempfile.gettempdir()), "int8") as folder:
        attempts = _Attempts(original, samples, request.provider, folder, say)
        best = _best(attempts, request.min_agreement)
        fp32_s, int8_s = seconds_a_run((file.path, best.path), attempts.tensor, request.provider)
        made = Made(
            name=card.name,
            path=target,
            made_from=original.name,
            provider=request.provider,
            size_ratio=round(file.path.stat().st_size / best.path.stat().st_size, 3),
            speed_ratio=round(fp32_s / int8_s, 3),
            agreement=round(best.agreement, 4),
            measure=measure.title,
            layers=len(attempts.network.layers),
            in_float=best.in_float,
            calibration_frames=len(samples.calibration),
            held_out_frames=len(samples.held_out),
            bytes=best.path.stat().st_size,
            fp32_ms=round(fp32_s * 1e3, 3),
            int8_ms=round(int8_s * 1e3, 3),
        )
        done = _card_of(card, original.card, made, samples.source_id)
        install(best.path, done, overwrite=request.overwrite or hides_shipped)
    return made


def _checked_name(card: ModelCard, name: str) -> ModelCard:
    """The card under a new name; refuses a name that a card cannot have."""
    renamed = dataclasses.replace(card, name=name, title=f"{card.title} INT8")
    parse_card_text(card_as_json(renamed), Message("the new model"))
    return renamed


def _tensors(model: LoadedModel, images: PackedFrames) -> Iterator[FloatArray]:
    """The input tensors of pictures, as the model is given them when it runs."""
    return (model.prepare(image)[0].copy() for image in images)


class _Attempts:
    """Versions of one network, each compared with the original on the held-out frames."""

    def __init__(
        self, original: LoadedModel, samples: Samples, provider: str, folder: Path, say: Say
    ) -> None:
        self._original, self._held_out, self._folder, self._say = original, samples.held_out, folder, say
        self._provider = provider
        self.measure = measure_of(original.task, original.name)
        say(Message("calibrating on {count} frames", count=len(samples.calibration)))
        tensors = samples.calibration
        self.tensor = next(_tensors(original, tensors))
        self.network = Network(
            original.session.path, lambda: _tensors(original, tensors), folder, placement_for(provider)
        )
        self._wanted = results_of(original, samples.held_out)
        self.made: list[_Version] = []

    name = property(lambda self: self._original.name)

    def make(self, in_float: Sequence[str]) -> _Version:
        """Write the version with these layers in float, and compare it."""
        path = self._folder / f"version-{len(self.made)}.onnx"
        self.network.write(path, in_float)
        file = ModelFile(self._original.name, path, self._original.card)
        model = Pool().get(file, self._provider, TaskOptions(conf=self.measure.conf))
        agreement = self.measure.compare(self._wanted, results_of(model, self._held_out))
        pair = (self._original.session.path, path)
        fp32_s, int8_s = seconds_a_run(pair, self.tensor, self._provider, for_s=_ATTEMPT_TIMED_S)
        self._say(
            Message(
                "{title} on {count} held-out frames: {agreement:.3f}, {fp32_s:.2f} x as fast, "
                "{in_float_count} of {layers_count} layers in float",
                title=self.measure.title,
                count=len(self._held_out),
                agreement=agreement,
                fp32_s=fp32_s / int8_s,
                in_float_count=len(in_float),
                layers_count=len(self.network.layers),
            )
        )
        self.made.append(_Version(path, tuple(in_float), agreement, fp32_s / int8_s))
        return self.made[-1]

    def fragile(self) -> list[str]:
        """The layers, those first that do most harm when they alone are in 8 bits."""
        self._say(
            Message("looking for the fragile ones among {count} layers", count=len(self.network.layers))
        )
        harms = dict(self.network.harms())
        return sorted(harms, key=lambda layer: -harms[layer])

    def note(self, text: str) -> None:
        """Tell the user."""
        self._say(text)


def _best(attempts: _Attempts, given: float | None) -> _Version:
    """The version to take.

    All layers in 8 bits are tried, and all but the first ones. If none agrees enough, ever more of the layers that
    are most fragile stay in float, as long as that is faster than the original.
    """
    aim, least = (attempts.measure.aim, LEAST_AGREEMENT) if given is None else (given, given)
    layers = list(attempts.network.layers)
    most = int(len(layers) * _MOST_IN_FLOAT)
    good = [
        v
        for n in sorted({0, min(_FIRST_IN_FLOAT, most)})
        if (v := attempts.make(layers[:n])).agreement >= aim
    ]
    if not good:
        _keep_more_in_float(attempts, aim, most, stop_when_slow=given is None)
    return _chosen(attempts, aim, least, len(layers))


def _keep_more_in_float(attempts: _Attempts, aim: float, most: int, *, stop_when_slow: bool) -> None:
    fragile = attempts.fragile()
    for count in sorted({min(n, most) for n in _IN_FLOAT} - {0}):
        version = attempts.make(fragile[:count])
        if version.agreement >= aim or (stop_when_slow and version.speed_ratio < 1):
            return


def _chosen(attempts: _Attempts, aim: float, least: float, layers: int) -> _Version:
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
        "help, or a lower --min-agreement; nothing was registered",
        name=attempts.name,
        agreement=best.agreement,
        count=len(best.in_float),
        layers=layers,
        least=least,
    )


def _card_of(card: ModelCard, original: ModelCard, made: Made, source_id: str) -> ModelCard:
    figures = {
        "agreement": made.agreement,
        "measure": made.measure,
        "held_out_frames": made.held_out_frames,
        "calibration_frames": made.calibration_frames,
        "size_ratio": made.size_ratio,
        "speed_ratio_one_thread": made.speed_ratio,
        "provider": made.provider,
        "left_in_float": list(made.in_float),
    }
    notes = Message(
        "INT8 version of {name} for provider {provider} (static QDQ, {title}, a weight scale for "
        "each channel, biases corrected, {count} of {layers} layers in float), calibrated on "
        "{calibration_frames} frames of {source_id}. Agreement ({measure}): {agreement:.3f} on "
        "{held_out_frames} other frames of it. Published figures are those of the float network.",
        name=original.name,
        provider=made.provider,
        title=placement_for(made.provider).title,
        count=len(made.in_float),
        layers=made.layers,
        calibration_frames=made.calibration_frames,
        source_id=source_id,
        measure=made.measure,
        agreement=made.agreement,
        held_out_frames=made.held_out_frames,
    )
    extra = {
        **original.extra,
        "made_from": original.name,
        "measured": figures,
    }
    return dataclasses.replace(card, download=None, notes=notes, extra=extra)
