"""What is asked for, what comes of it, and the card that says so."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vision_app.cards.card import ModelCard, card_as_json, parse_card_text
from vision_app.errors import ConfigError
from vision_app.messages import Message
from vision_app.quantise.choosing import Tried
from vision_app.quantise.frames import FEWEST, Samples
from vision_app.quantise.network import placement_for

DEFAULT_FRAMES = 64
DEFAULT_SECONDS = 20.0
WORTH_IT = 1.2
"""How many times as fast as the float model an INT8 one has to be for anybody to notice."""

SUFFIX = "-int8"
FASTEST = 100.0
"""No ratio of speeds above it is meant."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to quantise, and how.

    Attributes:
        model: name or file of the float32 model.
        source: whatever `open_source` understands, or frames that were taken before.
        frames: frames to calibrate on; up to as many others are held out to compare on.
        seconds: over how long the frames of a live source are spread.
        name: name of the new model; None for the old one's with `-int8`.
        min_agreement: least share of agreement with the float model on the held-out frames; None to aim at
            what is usual for the task and to accept 0.9.
        min_speed: how many times as fast as the float model it has to be at least; of those that are, the one
            that agrees best is taken. None to take the fastest of those that agree.
        overwrite: replace a model of that name in the user's folder.
        provider: the one that the new model is for, `cpu` or `openvino`.
    """

    model: str
    source: str | Samples
    frames: int = DEFAULT_FRAMES
    seconds: float = DEFAULT_SECONDS
    name: str | None = None
    min_agreement: float | None = None
    min_speed: float | None = None
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
        if self.min_speed is not None and not 0.0 < self.min_speed <= FASTEST:
            raise ConfigError(
                "the least speed is a ratio above 0 and up to {most:g}, got {min_speed:g}",
                most=FASTEST,
                min_speed=self.min_speed,
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
        tried: all versions that were made, in the order of the layers in float.
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
    tried: tuple[Tried, ...] = ()

    @property
    def worth_it(self) -> bool:
        """Whether it is fast enough to be used in place of the float model on this machine."""
        return self.speed_ratio >= WORTH_IT

    def as_record(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        record = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {
            **record,
            "path": str(self.path),
            "in_float": list(self.in_float),
            "tried": [dataclasses.asdict(one) for one in self.tried],
            "worth_it": self.worth_it,
        }


def checked_name(card: ModelCard, name: str) -> ModelCard:
    """The card under a new name.

    Raises:
        ConfigError: a card cannot have that name.
    """
    renamed = dataclasses.replace(card, name=name, title=f"{card.title} INT8")
    parse_card_text(card_as_json(renamed), Message("the new model"))
    return renamed


def card_of(card: ModelCard, original: ModelCard, made: Made, source_id: str) -> ModelCard:
    """The card of what was made.

    Args:
        card: the original's under the new name.
        original: of the float model.
        made: what was made, and what was measured on it.
        source_id: where the frames came from.
    """
    figures = {
        "agreement": made.agreement,
        "measure": made.measure,
        "held_out_frames": made.held_out_frames,
        "calibration_frames": made.calibration_frames,
        "size_ratio": made.size_ratio,
        "speed_ratio_one_thread": made.speed_ratio,
        "provider": made.provider,
        "left_in_float": list(made.in_float),
        "tried": [dataclasses.asdict(one) for one in made.tried],
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
