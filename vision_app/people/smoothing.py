"""Smoothing over time that holds still what rests and follows what moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vision_app.results.values import FloatArray

_FIRST_RATE = 30.0


@dataclass(frozen=True, slots=True)
class OneEuroSpec:
    """How strongly a one-euro filter smooths.

    Attributes:
        slowest: cut-off frequency of what rests, hertz.
        beta: by how much it grows with the speed.
        of_speed: cut-off frequency of the speed itself, hertz.
    """

    slowest: float
    beta: float
    of_speed: float = 1.0


class OneEuro:
    """A one-euro filter of an array of coordinates.

    Source: Casiez et al., "1 € Filter: A Simple Speed-based Low-pass Filter for Noisy Input", 2012; as MediaPipe's
    LandmarksSmoothingCalculator applies it: the speed is taken from the values as they came.
    """

    def __init__(self, spec: OneEuroSpec) -> None:
        self.spec = spec
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._raw: FloatArray | None = None
        self._smooth: FloatArray | None = None
        self._speed: FloatArray | None = None
        self._time_s = 0.0

    def __call__(self, values: FloatArray, time_s: float, scale: float = 1.0) -> FloatArray:
        """The next values, smoothed.

        Args:
            values: coordinates of the next frame.
            time_s: when that was, seconds.
            scale: one over the size of the object: speeds count in its own sizes a second.
        """
        if self._raw is None or self._smooth is None or self._speed is None:
            self._raw = self._smooth = values
            self._speed = np.zeros_like(values)
            self._time_s = time_s
            return values
        passed = time_s - self._time_s
        if passed <= 0:
            return self._smooth
        rate = 1 / passed
        speed = (values - self._raw) * np.float32(scale * rate)
        share = _share(self.spec.of_speed, rate)
        self._speed = (share * speed + (1 - share) * self._speed).astype(np.float32)
        cut_off = self.spec.slowest + self.spec.beta * np.abs(self._speed)
        share_now = 1 / (1 + rate / (2 * np.pi * cut_off))
        self._smooth = (share_now * values + (1 - share_now) * self._smooth).astype(np.float32)
        self._raw, self._time_s = values, time_s
        return self._smooth


def _share(cut_off: float, rate: float) -> float:
    """Weight of the new value in a low pass of that cut-off frequency."""
    return float(1 / (1 + rate / (2 * np.pi * cut_off)))


class LowPass:
    """A plain low pass: so much of the new value, the rest of the old one."""

    def __init__(self, share: float) -> None:
        self.share = np.float32(share)
        self._last: FloatArray | None = None

    def reset(self) -> None:
        """Forget everything."""
        self._last = None

    def __call__(self, values: FloatArray) -> FloatArray:
        """The next values, smoothed."""
        self._last = values if self._last is None else self.share * values + (1 - self.share) * self._last
        return self._last
