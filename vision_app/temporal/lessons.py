"""The lesson of vanishing gradients: how far back can a network over time look? And all heads side by side.

No window is needed: `memory_lesson` trains small networks on a task of pure memory and gives the numbers for its plots,
`compare` trains every head on the same movements and gives the rows of its table. Both run for seconds to a minute in
the thread that calls them, tell of their progress, and can be cancelled.

The task: in the first frame one of two things is shown, then nothing but noise comes; at the end the network is asked
which of the two it was. A gradient that has vanished on the way back cannot teach the network to remember.

Source: Hochreiter, Untersuchungen zu dynamischen neuronalen Netzen, 1991; Bengio, Simard and Frasconi, Learning
long-term dependencies with gradient descent is difficult, 1994.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from collections.abc import Sequence as ListOf
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np

from vision_app.cancelling import CancelledError
from vision_app.learn.network import AdamW, log_softmax
from vision_app.learn.options import EpochRecord
from vision_app.results.values import IntArray
from vision_app.runtime import Session, ThreadPolicy
from vision_app.sequences.model import NEXT_STATE, PRESENT, PROBABILITIES, STATE, VALUES
from vision_app.temporal.attention import Encoder, Positions
from vision_app.temporal.exporting import file_of, form_of, state_size
from vision_app.temporal.fitting import clip, fit
from vision_app.temporal.heads import HeadKind, TemporalHead
from vision_app.temporal.layers import (
    Array,
    Dense,
    LastRow,
    Layer,
    LayerNorm,
    MeanOverTime,
    Pass,
    Stack,
    Weights,
    as_type,
    stack,
)
from vision_app.temporal.materials import Materials
from vision_app.temporal.options import TemporalOptions
from vision_app.temporal.recurrent import Gru, Lstm, Rnn, gates_of

LessonKind = Literal["rnn", "gru", "lstm", "transformer"]
LESSON_KINDS: tuple[LessonKind, ...] = ("rnn", "gru", "lstm", "transformer")
COMPARED: tuple[HeadKind, ...] = ("mlp", "cnn", "gru", "lstm", "transformer")
"""Heads of the comparison, in the order of the notes."""

_CELLS: dict[str, Callable[[str, int, int], Layer]] = {"rnn": Rnn, "gru": Gru, "lstm": Lstm}
_INPUTS = 2
_WIDTH = 24
_BATCH = 64
_NOISE = 0.3
_ASKED = 256
_SMALLEST = 1e-12
_TIMED_ROUNDS = 50


# the memory task ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """How far back one network looks.

    Attributes:
        kind: which network.
        gradients: (T,) float64, the length of the gradient of the answer by each frame, the newest last, divided by
            that of the frame that counts most. For a plot with a logarithmic axis: none is below 1e-12.
        before: the same before training.
        accuracy: share of new sequences of the task whose first frame it remembers; 0.5 is chance.
        losses: of each step of training.
        gates: (T,) how far each gate of a GRU or LSTM is open at each frame after training, by its name; see
            `recurrent.gates_of`.
    """

    kind: LessonKind
    gradients: Array
    before: Array
    accuracy: float
    losses: tuple[float, ...]
    gates: Mapping[str, Array] = field(default_factory=dict)

    @property
    def frames(self) -> int:
        """How many frames back the gradient is at least a thousandth of the largest, counted from the newest frame."""
        seen = np.flatnonzero(self.gradients >= 1e-3)
        return len(self.gradients) - int(seen[0]) if len(seen) else 0


def memory_lesson(
    rows: int = 40,
    *,
    kinds: ListOf[LessonKind] = LESSON_KINDS,
    steps: int = 300,
    seed: int = 0,
    on_progress: Callable[[LessonKind, int, int], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[Reach, ...]:
    """Train each network on the memory task and measure how far back it looks.

    Args:
        rows: frames of a sequence: what has to be remembered lies in the first.
        kinds: which networks.
        steps: of training; 64 new sequences each.
        seed: of everything that is drawn at random.
        on_progress: told of the network, the step and the number of steps, from this thread.
        cancelled: asked between steps.

    Returns:
        One a network, in the order of `kinds`.

    Raises:
        CancelledError: it was cancelled.
    """
    return tuple(
        _learnt(kind, rows=rows, steps=steps, seed=seed, on_progress=on_progress, cancelled=cancelled)
        for kind in kinds
    )


def memory_task(rows: int, count: int, random: np.random.Generator) -> tuple[Array, IntArray]:
    """Sequences whose class is shown in the first frame alone.

    Returns:
        (N, T, 2) float32: 1 or -1 in the first number of the first frame, and noise in the second number of all;
        (N,) int64 which of the two it was.
    """
    y = random.integers(0, 2, count)
    x = np.zeros((count, rows, _INPUTS), np.float32)
    x[:, 0, 0] = 2 * y - 1
    x[:, :, 1] = _NOISE * random.standard_normal((count, rows))
    return x, np.asarray(y, np.int64)


def lesson_network(kind: LessonKind) -> Stack:
    """The network of the lesson: one recurrent layer or one Transformer block, and a last layer.

    The recurrent ones answer from their last state alone; the Transformer from the mean of its rows.
    """
    out = Dense("out", _WIDTH, 2)
    if kind == "transformer":
        return stack(
            Dense("embed", _INPUTS, _WIDTH),
            Positions(_WIDTH),
            Encoder("block1", _WIDTH, 4, 2 * _WIDTH),
            LayerNorm("norm", _WIDTH),
            MeanOverTime(),
            out,
        )
    return stack(_CELLS[kind]("recurrent", _INPUTS, _WIDTH), LastRow(), out)


def gradient_reach(network: Stack, weights: Weights, x: Array, y: IntArray) -> Array:
    """How much the answer depends on each frame: the length of its gradient.

    Args:
        network: from (N, T, F) rows to (N, C) scores.
        weights: of it.
        x: (N, T, F) sequences.
        y: (N,) the class whose score is looked at.

    Returns:
        (T,) float64, the mean over the sequences, the newest frame last.
    """
    made, back = network.forward(weights, x, Pass(np.ones(x.shape[:2], bool)))
    wanted = np.zeros_like(made)
    wanted[np.arange(len(y)), y] = 1
    gradient = back(wanted, {})
    lengths: Array = np.linalg.norm(gradient.astype(np.float64), axis=2).mean(0)
    return lengths


def _learnt(
    kind: LessonKind,
    *,
    rows: int,
    steps: int,
    seed: int,
    on_progress: Callable[[LessonKind, int, int], None] | None,
    cancelled: Callable[[], bool],
) -> Reach:
    random = np.random.default_rng(seed)
    network = lesson_network(kind)
    weights = as_type(_usual_start(kind, network.initial(random), random), np.float32)
    names = tuple(weights)
    asked, answers = memory_task(rows, _ASKED, np.random.default_rng(seed + 1))
    before = _relative(gradient_reach(network, weights, asked, answers))
    optimiser = AdamW([weights[n] for n in names], 0.0)
    losses = []
    for step in range(steps):
        if cancelled():
            raise CancelledError("the lesson was cancelled")
        x, y = memory_task(rows, _BATCH, random)
        made, back = network.forward(weights, x, Pass(np.ones(x.shape[:2], bool)))
        log_p = log_softmax(made)
        losses.append(-float(log_p[np.arange(len(y)), y].mean()))
        gradients: Weights = {}
        back((np.exp(log_p) - np.eye(2, dtype=np.float32)[y]) / np.float32(len(y)), gradients)
        clip(gradients)
        optimiser.step([weights[n] for n in names], [gradients[n] for n in names], 3e-3)
        if on_progress is not None:
            on_progress(kind, step + 1, steps)
    made, _ = network.forward(weights, asked, Pass(np.ones(asked.shape[:2], bool)))
    right = float((made.argmax(1) == answers).mean())
    after = _relative(gradient_reach(network, weights, asked, answers))
    layer = network.layers[0]
    gates = gates_of(layer, weights, asked) if isinstance(layer, Gru | Lstm) else {}
    return Reach(kind, after, before, right, tuple(losses), gates)


def _usual_start(kind: LessonKind, weights: Weights, random: np.random.Generator) -> Weights:
    """Recurrent weights as networks had them when the vanishing was found: small random numbers.

    With the orthogonal ones that the heads begin with, it would show less.
    """
    if kind == "transformer":
        return weights
    shape = weights["recurrent.recurrent"].shape
    return weights | {"recurrent.recurrent": random.uniform(-1, 1, shape) / np.sqrt(shape[0])}


def _relative(lengths: Array) -> Array:
    result: Array = np.maximum(lengths / max(float(lengths.max()), _SMALLEST), _SMALLEST)
    return result


# the comparison -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """One row of the comparison.

    Attributes:
        kind: which head.
        accuracy: share of the held-out movements that is right; None where none are held out.
        parameters: how many numbers were learnt.
        train_s: seconds of training.
        frame_ms: milliseconds that a new frame costs live: a step of a recurrent head, a whole window of the others.
        epochs: how many were trained.
        head: what was trained.
    """

    kind: HeadKind
    accuracy: float | None
    parameters: int
    train_s: float
    frame_ms: float
    epochs: int
    head: TemporalHead


def compare(
    materials: Materials,
    options: TemporalOptions | None = None,
    *,
    kinds: ListOf[HeadKind] = COMPARED,
    idle: int | None = None,
    on_progress: Callable[[HeadKind, int, int], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[Compared, ...]:
    """Train every head on the same movements, the same ones held out. No model is registered.

    Args:
        materials: of `materials.gather`.
        options: how; its head is passed over.
        kinds: which heads.
        idle: id of the class for what lies between movements.
        on_progress: told of the head, the epoch and the most epochs, from this thread.
        cancelled: asked between epochs.

    Returns:
        One a head, in the order of `kinds`.

    Raises:
        CancelledError: it was cancelled.
        TrainingError: the numbers became infinite.
    """
    asked = options or TemporalOptions()
    rows = []
    for kind in kinds:
        chosen = replace(asked, head=kind)

        def told(record: EpochRecord, _: int, kind: HeadKind = kind) -> bool:
            if cancelled():
                raise CancelledError("the comparison was cancelled")
            if on_progress is not None:
                on_progress(kind, record.epoch, asked.training.epochs)
            return True

        started = time.perf_counter()
        made = fit(
            materials.train, materials.validation, len(materials.usable.labels), chosen, told, idle=idle
        )
        spent = time.perf_counter() - started
        accuracy = made.best.val_accuracy if len(materials.validation) else None
        cost = frame_ms(made.head)
        rows.append(Compared(kind, accuracy, made.head.parameters, spent, cost, len(made.history), made.head))
    return tuple(rows)


def frame_ms(head: TemporalHead) -> float:
    """What a new frame costs with the file of a head, milliseconds: the middle of many, on one thread."""
    session = Session(Path(f"{head.shape.kind}.onnx"), "cpu", ThreadPolicy(1), content=file_of(head, {}))
    inputs, rows = head.shape.inputs, head.shape.rows
    if form_of(head) == "step":
        feeds: dict[str, tuple[int, ...]] = {
            VALUES: (1, inputs),
            PRESENT: (1, 1),
            STATE: (1, state_size(head)),
        }
        wanted: tuple[str, ...] = (PROBABILITIES, NEXT_STATE)
    else:
        feeds, wanted = {VALUES: (1, rows, inputs), PRESENT: (1, rows)}, (PROBABILITIES,)
    arrays = {name: np.zeros(shape, np.float32) for name, shape in feeds.items()}
    spent = []
    for _ in range(_TIMED_ROUNDS):
        started = time.perf_counter()
        session.run(arrays, wanted)
        spent.append(time.perf_counter() - started)
    return 1e3 * float(np.median(spent))
