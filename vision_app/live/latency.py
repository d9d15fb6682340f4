"""How fast each model ran on this machine, kept for the list from which the next one is chosen.

A cache: it can be deleted at any time, and a damaged one is begun anew.
"""

from __future__ import annotations

import json
import math
import os
import platform
import threading
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import platformdirs

from vision_app.documents import DocumentError, finite, read_json
from vision_app.live.status import ModelState, ModelStatus
from vision_app.replacing import replace_text

VERSION = 1
MAX_MODELS = 2000
_LARGEST_BYTES = 1 << 20
_FIELDS = ("p50_ms", "p95_ms", "day")


@dataclass(frozen=True, slots=True)
class Latency:
    """Time of one inference, measured while the model ran on live pictures.

    Attributes:
        p50_ms: median, milliseconds.
        p95_ms: 95th percentile, milliseconds.
        day: when it was measured, as 2026-01-31.
    """

    p50_ms: float
    p95_ms: float
    day: str


def default_path() -> Path:
    """Where it is kept: in the user's folder for caches."""
    return platformdirs.user_cache_path("vision-app") / "latency.json"


def machine_name() -> str:
    """What tells this machine from another one that uses the same home folder.

    The number of cores belongs to it: a virtual machine can be given more of them.
    """
    return f"{platform.node()} {platform.machine()} {os.cpu_count() or 1}"


class LatencyStore:
    """Measured latencies by model and provider. May be used from several threads.

    Nothing is read or written before `load` and `save`: those touch the disk.

    Args:
        path: its file; the default place when None.
        machine: name of this machine; found out when None.
    """

    def __init__(self, path: Path | None = None, machine: str | None = None) -> None:
        self._path = path or default_path()
        self._machine = machine or machine_name()
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], Latency] = {}
        self._others: dict[str, Any] = {}
        self._changed = False

    def load(self) -> None:
        """Read what was kept. A file that is missing or damaged counts as empty; what is newer here stays."""
        machines = _read(self._path)
        here = machines.pop(self._machine, {})
        found = dict(_latencies(here)) if isinstance(here, dict) else {}
        with self._lock:
            self._others = machines
            self._known = found | self._known

    def of(self, model: str) -> dict[str, Latency]:
        """Provider to latency of one model; empty when it never ran here."""
        with self._lock:
            return {provider: kept for (name, provider), kept in self._known.items() if name == model}

    def best(self, model: str) -> tuple[str, Latency] | None:
        """The fastest provider of one model, and its latency."""
        return min(self.of(model).items(), key=lambda item: item[1].p50_ms, default=None)

    def record(self, model: str, provider: str, p50_ms: float, p95_ms: float, day: str | None = None) -> bool:
        """Keep a latency in the place of an older one.

        Returns:
            Whether it differs from the kept one by so much that a list would show it.
        """
        if not (
            model and provider and math.isfinite(p50_ms) and math.isfinite(p95_ms) and 0 < p50_ms <= p95_ms
        ):
            return False
        new = Latency(_three_digits(p50_ms), _three_digits(p95_ms), day or date.today().isoformat())
        with self._lock:
            old = self._known.get((model, provider))
            if old is None and len(self._known) >= MAX_MODELS:
                return False
            self._known[model, provider] = new
            self._changed = self._changed or new != old
        return old is None or abs(new.p50_ms - old.p50_ms) > 0.05 * old.p50_ms

    def record_status(self, status: ModelStatus) -> bool:
        """Keep what a running model shows, if it says something about the model of that name alone.

        A detector over windows, with a classifier behind it, or that does not look at each frame, and a file that
        merely has the name of a model, do not.

        Returns:
            As `record` does.
        """
        request = status.request
        if (
            status.state is not ModelState.READY
            or status.infer_p50_ms is None
            or status.infer_p95_ms is None
            or request.sliced
            or request.classify_boxes is not None
            or request.detect_every != 1
            or request.reference != status.name
        ):
            return False
        return self.record(status.name, status.provider, status.infer_p50_ms, status.infer_p95_ms)

    def save(self) -> None:
        """Write it, if there is anything new. A disk that takes nothing costs the figures, nothing else."""
        with self._lock:
            if not self._changed:
                return
            here: dict[str, dict[str, Any]] = {}
            for (model, provider), kept in sorted(self._known.items()):
                here.setdefault(model, {})[provider] = {name: getattr(kept, name) for name in _FIELDS}
            text = json.dumps(
                {"version": VERSION, "machines": {**self._others, self._machine: here}}, indent=1
            )
            self._changed = False
        try:
            replace_text(self._path, text)
        except OSError:
            with self._lock:
                self._changed = True  # perhaps next time


def _three_digits(value: float) -> float:
    return float(f"{value:.3g}")


def _read(path: Path) -> dict[str, Any]:
    try:
        data = read_json(path, _LARGEST_BYTES)
    except (FileNotFoundError, DocumentError):
        return {}
    if (
        not isinstance(data, dict)
        or data.get("version") != VERSION
        or not isinstance(data.get("machines"), dict)
    ):
        return {}
    return dict(data["machines"])


def _latencies(models: dict[str, Any]) -> list[tuple[tuple[str, str], Latency]]:
    """What is well formed of one machine's part; the rest is left out."""
    found: list[tuple[tuple[str, str], Latency]] = []
    for model, providers in models.items():
        for provider, kept in providers.items() if isinstance(providers, dict) else ():
            latency = _latency(kept)
            if latency is not None and len(found) < MAX_MODELS:
                found.append(((model, provider), latency))
    return found


def _latency(kept: object) -> Latency | None:
    if not isinstance(kept, dict):
        return None
    p50_ms, p95_ms, day = (kept.get(name) for name in _FIELDS)
    p50_ms, p95_ms = finite(p50_ms), finite(p95_ms)
    if p50_ms is None or p95_ms is None or min(p50_ms, p95_ms) <= 0 or not isinstance(day, str):
        return None
    return Latency(p50_ms, p95_ms, day)
