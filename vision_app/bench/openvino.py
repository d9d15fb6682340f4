"""What `auto` would gain from OpenVINO on this machine: measured in both orders, said in one line."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vision_app import runtime
from vision_app.bench.measuring import Job
from vision_app.bench.rows import Row
from vision_app.messages import Message

PROVIDER = "OpenVINOExecutionProvider"
NO_GAIN = 1.05
"""What is less than this is as fast."""


@dataclass(frozen=True, slots=True)
class Gain:
    """One model on both providers.

    Attributes:
        model: its name.
        ratios: frames a second with OpenVINO over those with the CPU provider, the CPU first and then last.
    """

    model: str
    ratios: tuple[float, float]

    @property
    def ratio(self) -> float:
        """The mean of both orders, in which the warming of the machine weighs on each once."""
        return statistics.fmean(self.ratios)


def is_here() -> bool:
    """Whether the installed ONNX Runtime has OpenVINO, and `auto` could take it."""
    return PROVIDER in runtime.available_providers()


def gains(
    models: Sequence[str], source: str, frames: int, measured: Callable[[Job], Row]
) -> tuple[Gain, ...]:
    """Measure models under the file policy: CPU, OpenVINO, OpenVINO, CPU; what one of them cannot run is left out.

    Args:
        models: names or files.
        source: whatever `open_source` understands.
        frames: of each run.
        measured: measures a job, in a process of its own.
    """
    found = []
    for model in models:
        rates = []
        for provider in ("cpu", "openvino", "openvino", "cpu"):
            row = measured(Job(model, provider, source, frames))
            if row.error or not row.fps_file:
                break
            rates.append(row.fps_file)
        if len(rates) == 4:
            found.append(Gain(model, (rates[1] / rates[0], rates[2] / rates[3])))
    return tuple(found)


def line(found: Sequence[Gain]) -> Message:
    """What they say of `auto`, which takes the CPU provider where there is no GPU."""
    if not found:
        return Message("auto and OpenVINO: none of the models could be measured on both")
    each = ", ".join(
        f"{one.model} {one.ratio:.2f} ({one.ratios[0]:.2f}, {one.ratios[1]:.2f})" for one in found
    )
    best = sum(one.ratio >= NO_GAIN for one in found)
    return Message(
        "auto takes the CPU provider; with OpenVINO, frames a second would be so many times as many (CPU first, then "
        "last): {each}; {best} of {count} would gain",
        each=each,
        best=best,
        count=len(found),
    )


def not_here() -> Message:
    """How it can be measured where it is not."""
    return Message(
        "auto and OpenVINO: not measured, this ONNX Runtime has no OpenVINO; in an environment of its own, "
        "pip install 'vision-app[openvino]' brings it"
    )
