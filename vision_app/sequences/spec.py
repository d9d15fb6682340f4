"""What a model over time takes: the part of its card that says so, and the names of its tensors.

The file has these inputs and outputs, all float32 of batch 1:

`values`  (1, T, F)  rows of features, the newest last; T is `window` rows, or 1 for a model with a state
`present` (1, T)     1 where a row was seen, else 0
`real`    (1, T)     of a window: 0 for rows before the stream began, else 1; a file may lack it
other inputs         what a recurrent model remembers, zeros at first; the output `next_<name>` is its next value
`probabilities` (1, C)  an output: one for each label, for the newest row

The card has it in `extra.sequence`; the class for what lies between movements is its `output.background`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vision_app.errors import ModelError
from vision_app.sequences.features import FEATURE_SETS
from vision_app.sequences.resampling import RATE_HZ

SEQUENCE = "sequence"
"""Key of a card's `extra`: what a model over time takes, as `SequenceSpec.as_data` writes it."""

VALUES, PRESENT, REAL, PROBABILITIES, NEXT = "values", "present", "real", "probabilities", "next_"

_EMBEDDING = re.compile(r"[^@]+@[0-9a-f]{64}")
_MOST_ROWS, _MOST_WIDTH, _MOST_RATE_HZ = 3600, 65536, 240.0


@dataclass(frozen=True, slots=True)
class SequenceSpec:
    """What a model over time takes.

    Attributes:
        features: a name of `FEATURE_SETS`, `MODEL@SHA256` of an embedding, or `table:F` (of a file, never live).
        width: how many numbers a row has.
        rate_hz: rows a second.
        window: rows that it sees at once; 0 for a model with a state, which sees one row at a time.
    """

    features: str
    width: int
    rate_hz: float = RATE_HZ
    window: int = 0

    @property
    def landmarks(self) -> bool:
        """Whether it stands on landmarks; else on the embedding of a classifier, or on a table."""
        return self.features in FEATURE_SETS

    @property
    def embedded_by(self) -> str | None:
        """Name of the classifier whose embedding it takes; None for landmarks and tables."""
        return self.features.partition("@")[0] if _EMBEDDING.fullmatch(self.features) else None

    def as_data(self) -> dict[str, Any]:
        """As the card has it."""
        return {
            "features": self.features,
            "width": self.width,
            "rate_hz": self.rate_hz,
            "window": self.window,
        }


def sequence_spec(extra: Mapping[str, Any], name: str) -> SequenceSpec | None:
    """What a card says of its sequence input; None for a model of single pictures.

    Args:
        extra: the card's.
        name: of the model, for messages.

    Raises:
        ModelError: it is not what it must be.
    """
    data = extra.get(SEQUENCE)
    if data is None:
        return None
    if not isinstance(data, Mapping):
        raise _wrong(name, "", "an object", data)
    features = data.get("features")
    if not isinstance(features, str) or not (
        features in FEATURE_SETS
        or _EMBEDDING.fullmatch(features) is not None
        or re.fullmatch(r"table:\d{1,5}", features) is not None
    ):
        raise _wrong(name, ".features", f"{', '.join(FEATURE_SETS)}, MODEL@SHA256 or table:WIDTH", features)
    width, window, rate_hz = data.get("width"), data.get("window", 0), data.get("rate_hz", RATE_HZ)
    if type(width) is not int or not 1 <= width <= _MOST_WIDTH:
        raise _wrong(name, ".width", f"a whole number from 1 to {_MOST_WIDTH}", width)
    if features in FEATURE_SETS and width != FEATURE_SETS[features].width:
        raise _wrong(
            name, ".width", f"{FEATURE_SETS[features].width}, as many numbers as '{features}' has", width
        )
    if type(window) is not int or not 0 <= window <= _MOST_ROWS:
        raise _wrong(name, ".window", f"a whole number from 0 to {_MOST_ROWS}", window)
    if type(rate_hz) not in (int, float) or not 1 <= rate_hz <= _MOST_RATE_HZ:
        raise _wrong(name, ".rate_hz", f"a number from 1 to {_MOST_RATE_HZ:g}", rate_hz)
    return SequenceSpec(features, width, float(rate_hz), window)


def _wrong(name: str, field: str, wanted: str, got: object) -> ModelError:
    return ModelError(
        "{name}: extra.sequence{field} must be {wanted}, got {got!r}",
        name=name,
        field=field,
        wanted=wanted,
        got=got,
    )
