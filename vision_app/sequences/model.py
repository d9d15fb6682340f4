"""A model over time: what its card says of the sequence it takes, and how it is run row by row.

Its file is one of two forms. A `step` takes one row and the state that the row before has left, so that a row costs the
same however long a movement is. A `window` takes the last rows at once. Both are run here alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from vision_app.cards.card import ModelCard
from vision_app.cards.reader import Reader
from vision_app.errors import ModelError
from vision_app.results.frames import FloatArray
from vision_app.runtime import Session
from vision_app.sequences.resampling import Row, resampled
from vision_app.sequences.sequence import Flags, Sequence

SEQUENCE = "sequence"
"""Key of a card's `extra`: the sequence that the model takes."""

VALUES, PRESENT, STATE = "values", "present", "state"
"""Inputs of a file: (1, T, F) and (1, T) of a window; (1, F), (1, 1) and (1, S) of a step."""
PROBABILITIES, NEXT_STATE, ATTENTION = "probabilities", "next_state", "attention"
"""Outputs of a file: (1, C); (1, S) of a step; (1, T) of a window that attends."""

Form = Literal["step", "window"]
State = FloatArray | tuple[Row, ...]
"""What a step has left, (S,) float32, or the rows that a window still sees."""

_MOST_ROWS, _MOST_WIDTH, _MOST_NUMBERS = 100_000, 1 << 20, 1 << 24


@dataclass(frozen=True, slots=True)
class SequenceInput:
    """The sequence that a model takes.

    Attributes:
        features: what a row is; see `Sequence`.
        width: how many numbers a row has.
        rate_hz: rows a second.
        rows: the longest stretch of rows that was learnt from; the most that a window sees.
        form: whether the file takes one row and a state, or a window.
        state: how many numbers the state of a step has; 0 for a window.
    """

    features: str
    width: int
    rate_hz: float
    rows: int
    form: Form
    state: int = 0

    def to_json(self) -> dict[str, Any]:
        """As `extra.sequence` of a card says it."""
        return {
            "features": self.features,
            "width": self.width,
            "rate_hz": self.rate_hz,
            "rows": self.rows,
            "form": self.form,
            "state": self.state,
        }


def sequence_input(card: ModelCard | None) -> SequenceInput | None:
    """The sequence that a model takes; None for one that takes pictures.

    Raises:
        ModelError: its card says it wrongly.
    """
    said = None if card is None else card.extra.get(SEQUENCE)
    if card is None or said is None:
        return None
    r = Reader(said, card.name, f"extra.{SEQUENCE}.")
    spec = SequenceInput(
        features=r.text("features"),
        width=r.whole("width", 1, _MOST_WIDTH),
        rate_hz=r.number("rate_hz", 1.0, 240.0),
        rows=r.whole("rows", 1, _MOST_ROWS),
        form=r.choice("form", get_args(Form)),
        state=r.whole("state", 0, _MOST_WIDTH, 0),
    )
    r.finish()
    if spec.form == "window" and spec.rows * spec.width > _MOST_NUMBERS:
        raise ModelError(
            "{name}: a window of {rows} rows of {width} numbers is too large; at most {most} numbers are kept",
            name=card.name,
            rows=spec.rows,
            width=spec.width,
            most=_MOST_NUMBERS,
        )
    return spec


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model says after a row.

    Attributes:
        probabilities: (C,) float32.
        attention: (T,) float32, how much each row of the window counted, the newest last, sum 1; None without.
    """

    probabilities: FloatArray
    attention: FloatArray | None = None


class SequenceModel:
    """A model over time, loaded. It keeps no state of its own: that is handed in and given back.

    Args:
        session: the file.
        card: its card.

    Raises:
        ModelError: the card has no sequence, or the file is not what it says.
    """

    def __init__(self, session: Session, card: ModelCard) -> None:
        spec = sequence_input(card)
        if spec is None:
            raise ModelError("{name} takes pictures, not movements", name=card.name)
        self.session, self.card, self.input = session, card, spec
        self.labels = card.labels
        wanted = {VALUES, PRESENT} | ({STATE} if spec.form == "step" else set())
        inputs = {i.name: i for i in session.inputs}
        outputs = {o.name for o in session.outputs}
        needed = {PROBABILITIES} | ({NEXT_STATE} if spec.form == "step" else set())
        if set(inputs) != wanted or not needed <= outputs or inputs[VALUES].shape[-1] != spec.width:
            raise ModelError(
                "{path}: a {form} of rows of {width} numbers takes {wanted} and gives {needed}; the file takes {found}",
                path=session.path,
                form=spec.form,
                width=spec.width,
                wanted=", ".join(sorted(wanted)),
                needed=", ".join(sorted(needed)),
                found=", ".join(str(i) for i in session.inputs),
            )
        self._outputs = tuple(sorted(needed | (outputs & {ATTENTION})))

    def start(self) -> State:
        """The state before the first row, and after a jump."""
        return np.zeros(self.input.state, np.float32) if self.input.form == "step" else ()

    def step(self, state: State, row: Row) -> tuple[State, Answer]:
        """Take the next row at the rate of the model; see `resampling.Resampler`.

        Args:
            state: as given back for the row before.
            row: the row; its time is not looked at.

        Returns:
            The state for the next row, and what is said after this one.

        Raises:
            ModelError: the row has another width, or ONNX Runtime failed.
        """
        self._check_width(len(row.values))
        if isinstance(state, tuple):
            window = (*state, row)[-self.input.rows :]
            values = np.stack([r.values for r in window])
            return window, self._window(values, np.array([r.present for r in window]))
        made = self.session.run(
            {
                VALUES: row.values[None],
                PRESENT: np.array([[row.present]], np.float32),
                STATE: state[None],
            },
            self._outputs,
        )
        return made[NEXT_STATE][0], Answer(self._checked(made[PROBABILITIES]))

    def whole(self, sequence: Sequence) -> Answer:
        """What is said at the end of a sequence of any rate.

        Raises:
            ModelError: its rows have another width, or ONNX Runtime failed.
        """
        self._check_width(sequence.width)
        rows = resampled(sequence, self.input.rate_hz)
        if self.input.form == "window":
            return self._window(rows.values[-self.input.rows :], rows.present[-self.input.rows :])
        state, answer = self.start(), None
        for time_s, values, present in zip(rows.times_s, rows.values, rows.present, strict=True):
            state, answer = self.step(state, Row(float(time_s), values, bool(present)))
        assert answer is not None  # a sequence has a row
        return answer

    def _window(self, values: FloatArray, present: Flags) -> Answer:
        feeds = {VALUES: values[None], PRESENT: present[None].astype(np.float32)}
        made = self.session.run(feeds, self._outputs)
        attention = made[ATTENTION][0] if ATTENTION in made else None
        return Answer(self._checked(made[PROBABILITIES]), attention)

    def _checked(self, probabilities: FloatArray) -> FloatArray:
        """(C,) of what the file gives; a file that others have made may give anything."""
        if probabilities.shape != (1, len(self.labels)) or not np.isfinite(probabilities).all():
            raise ModelError(
                "{name}: expected (1, {count}) finite probabilities, one a class, got {shape}",
                name=self.card.name,
                count=len(self.labels),
                shape=probabilities.shape,
            )
        found: FloatArray = probabilities[0]
        return found

    def _check_width(self, width: int) -> None:
        if width != self.input.width:
            raise ModelError(
                "{name} takes rows of {wanted} numbers ({features}), got {width}",
                name=self.card.name,
                wanted=self.input.width,
                features=self.input.features,
                width=width,
            )
