"""From a result down to a number: follow what a score is made of, operator by operator, to pixels.

At each step the number is computed here from what it is made of, and compared with what ONNX Runtime has there.
Then the way goes on to the part that adds most, down to a sum of products over pixels of the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vision_app.engine.predictors import Answer
from vision_app.errors import ModelError
from vision_app.explaining.base import Choice, Target, target_of
from vision_app.explaining.cam import number_of_class
from vision_app.explaining.lessons.operators import OPERATORS, Index, Made, Part, Place, Values
from vision_app.explaining.probe import Probe
from vision_app.graph.layers import readable_name
from vision_app.graph.receptive import number_array
from vision_app.graph.wiring import Wiring
from vision_app.messages import Message
from vision_app.results.values import BoxResult, Classification, FloatArray, ImageU8

_LONGEST = 1200
_TRIED = 3
_SHOWN_RULES = frozenset({"sum", "softmax", "mean", "max", "normalised"})


@dataclass(frozen=True, slots=True)
class Step:
    """One number on the way.

    Attributes:
        operator: what made it, as ONNX calls it; `result` for the score itself.
        layer: a readable name of that operator.
        tensor: where the number lies.
        index: where in it.
        value: as ONNX Runtime has it.
        made: how it is made, with the value computed here.
    """

    operator: str
    layer: str
    tensor: str
    index: Index
    value: float
    made: Made

    @property
    def difference(self) -> float:
        """How far the two are apart."""
        return abs(self.value - self.made.value)

    @property
    def matters(self) -> bool:
        """Whether a person wants to see it: not a mere change of place."""
        return self.made.rule in _SHOWN_RULES or self.operator == "result"


@dataclass(frozen=True, slots=True)
class Walk:
    """A way from a score to pixels.

    Attributes:
        target: what was explained.
        steps: from the score down.
        end: why it ends: "" where it has reached the picture.
        pixel: row and column in the network's input of the number at its end; None where it did not reach it.
    """

    target: Target
    steps: tuple[Step, ...]
    end: str
    pixel: tuple[int, int] | None

    @property
    def worst(self) -> float:
        """The largest difference of all steps, relative to the size of the number."""
        return max((s.difference / max(1.0, abs(s.value)) for s in self.steps), default=0.0)


def walk(probe: Probe, image: ImageU8, choice: Choice | None = None) -> Walk:
    """The way of one result.

    Args:
        probe: the model.
        image: (H, W, 3) uint8 BGR.
        choice: its class or box; what the model is surest of without one.

    Raises:
        ModelError: the model failed to run, or has said nothing that could be followed.
    """
    inside = probe.inside
    wiring = Wiring(inside.model)
    names = _all_numbers(wiring)
    answer = probe.answer(image, names)
    values = _Numbers(wiring, {**answer.outputs, wiring.inputs[0]: _input_of(probe, image)})
    target = target_of(answer.result, choice or Choice())
    first, tensor, index = _start(probe, answer, values, target)
    way = _Way(probe, wiring, values)
    way.go(tensor, index)
    pixel = _pixel(way.place, probe) if way.place is not None else None
    return Walk(target, (first, *way.steps), way.end, pixel)


class _Way:
    """The way down. Where it ends in a learnt number, it turns back and takes the next best part."""

    def __init__(self, probe: Probe, wiring: Wiring, values: Values) -> None:
        self._wiring, self._values = wiring, values
        self._names = {la.node: la.name for la in probe.inside.layers}
        self._open: list[list[Part]] = []
        self._been: set[tuple[str, Index]] = set()
        self.steps: list[Step] = []
        self.end = ""
        self.place: Index | None = None

    def go(self, tensor: str, index: Index) -> None:
        """Go down from a number."""
        at: tuple[str, Index] | None = (tensor, index)
        for _ in range(_LONGEST):
            if at is None:
                return
            if at[0] == self._wiring.inputs[0]:
                self.end, self.place = "", at[1]
                return
            at = self._down(*at) or self._back()

    def _down(self, tensor: str, index: Index) -> tuple[str, Index] | None:
        if (tensor, index) in self._been:  # from here it has turned back before
            return None
        self._been.add((tensor, index))
        node = self._wiring.producer.get(tensor)
        if node is None or tensor in self._wiring.constants:
            self.end = Message("it ends in a number that the network has learnt")
            return None
        made = _made(Place(self._wiring, node, tensor, index, self._values))
        if made is None:
            self.end = Message("how '{op_type}' makes its numbers is not shown here", op_type=node.op_type)
            return None
        layer = self._names.get(node.output[0]) or readable_name(node)
        self.steps.append(Step(node.op_type, layer, tensor, index, float(self._values[tensor][index]), made))
        parts = _by_strength(self._wiring, made)
        if parts and (weighted := self._weighted(parts[0])) is not None:
            # a value that a token's softmax weighs: the softmax is shown, and the way goes on to the value
            self.steps.append(weighted)
            self._open.append([])
            parts = [Part(p.other, p.other_index, p.weight, p.value) for p in parts]
        self._open.append(parts[1:_TRIED])
        if not parts:
            self.end = Message("nothing of the picture adds to it")
            return None
        return parts[0].tensor, parts[0].index

    def _weighted(self, part: Part) -> Step | None:
        """The softmax that a part is the weight of; None where it is not one."""
        node = self._wiring.producer.get(part.tensor)
        if not part.other or node is None or node.op_type != "Softmax":
            return None
        made = _made(Place(self._wiring, node, part.tensor, part.index, self._values))
        layer = self._names.get(part.tensor) or readable_name(node)
        value = float(self._values[part.tensor][part.index])
        return None if made is None else Step("Softmax", layer, part.tensor, part.index, value, made)

    def _back(self) -> tuple[str, Index] | None:
        kept = list(self.steps)
        while self._open:
            others = self._open[-1]
            if others:
                chosen = others.pop(0)
                return chosen.tensor, chosen.index
            self._open.pop()
            self.steps.pop()
        self.steps = kept
        return None


def _all_numbers(wiring: Wiring) -> list[str]:
    return [
        name
        for node in wiring.model.graph.node
        for name in node.output
        if name and name not in wiring.constants and node.op_type not in ("Constant",)
    ]


class _Numbers(dict[str, "np.ndarray[tuple[int, ...], np.dtype[np.float32]]"]):
    """Values of tensors; constants are read out of the file when they are wanted."""

    def __init__(self, wiring: Wiring, values: Values) -> None:
        super().__init__(values)
        self._wiring = wiring

    def __missing__(self, name: str) -> FloatArray:
        value = number_array(self._wiring, name)
        if value is None:
            raise ModelError("the number of '{name}' cannot be read", name=name)
        self[name] = value
        return self[name]


def _made(place: Place) -> Made | None:
    maker = OPERATORS.get(place.node.op_type)
    try:
        return None if maker is None else maker(place)
    except (ModelError, IndexError, OverflowError):
        return None


def _by_strength(wiring: Wiring, made: Made) -> list[Part]:
    """The parts that depend on the picture, that which adds most first."""
    parts = [p for p in made.parts if p.tensor and p.tensor not in wiring.constants]
    if made.rule in ("softmax", "max"):
        return parts[:1]
    moving = [p for p in parts if p.product != 0.0]
    return sorted(moving, key=lambda p: -p.product if made.rule in ("sum", "mean") else -abs(p.value))


def _input_of(probe: Probe, image: ImageU8) -> FloatArray:
    tensor, _ = probe.model.prepare(image)
    return tensor.copy()


def _pixel(index: Index, probe: Probe) -> tuple[int, int] | None:
    if len(index) != 4:
        return None
    return (index[2], index[3]) if probe.model.card.input.layout == "NCHW" else (index[1], index[2])


def _start(probe: Probe, answer: Answer, values: Values, target: Target) -> tuple[Step, str, Index]:
    """The score of the result, and the number of the network that it is made of."""
    if isinstance(answer.result, Classification) and target.class_id is not None:
        return _start_of_class(probe, answer, target.class_id)
    if isinstance(answer.result, BoxResult) and len(answer.result.detections):
        return _start_of_box(probe, answer, target)
    raise ModelError("{name}: has found nothing in this picture whose way could be followed", name=probe.name)


def _start_of_class(probe: Probe, answer: Answer, class_id: int) -> tuple[Step, str, Index]:
    assert isinstance(answer.result, Classification)
    card = probe.model.card
    name = next(iter(probe.model.output_names.values()))
    scores = np.asarray(answer.outputs[name], np.float64)
    flat = scores.reshape(-1)
    number, sign = number_of_class(len(flat), class_id)
    index = tuple(int(v) for v in np.unravel_index(number, scores.shape))
    own = Part(name, index, float(flat[number]), sign)
    order = np.argsort(-flat)[:8]
    others = [
        Part(name, tuple(int(v) for v in np.unravel_index(int(i), scores.shape)), float(flat[i]))
        for i in order
        if i != number
    ]
    value = float(answer.result.probabilities[class_id])
    if len(flat) == 1 or card.output.activation in ("sigmoid", "independent"):
        logits = card.output.activation == "sigmoid" or (
            len(flat) == 1 and card.output.activation == "softmax"
        )
        score = 1 / (1 + float(np.exp(-own.product))) if logits else own.value if sign > 0 else 1 - own.value
        return (
            Step("result", probe.name, "", (class_id,), value, Made(score, "function", (own,), 0.0, 1)),
            name,
            index,
        )
    if card.output.activation == "softmax":
        powers = np.exp(flat - flat.max())
        made = Made(float(powers[class_id] / powers.sum()), "softmax", (own, *others), 0.0, len(flat))
    else:
        positive = np.clip(flat, 0, None)
        made = Made(float(positive[class_id] / positive.sum()), "together", (own, *others), 0.0, len(flat))
    return Step("result", probe.name, "", (class_id,), value, made), name, index


def _start_of_box(probe: Probe, answer: Answer, target: Target) -> tuple[Step, str, Index]:
    """The place of a detector's class scores that made a box: the one whose score is that of the box."""
    assert isinstance(answer.result, BoxResult)
    found = answer.result.detections
    best = int(np.argmax(found.scores * (found.class_ids == target.class_id)))
    if target.box is not None:
        wanted = np.abs(found.xyxy - np.array(target.box, np.float32)).sum(axis=1)
        best = int(np.argmin(wanted + 1e6 * (found.class_ids != target.class_id)))
    score, class_id = float(found.scores[best]), int(found.class_ids[best])
    nearest: tuple[float, str, Index, float] | None = None
    for name in probe.inside.class_maps:
        logits = np.asarray(answer.outputs[name], np.float64)[0, class_id]
        shares = 1 / (1 + np.exp(-np.clip(logits, -60, 60)))
        row, column = (int(v) for v in np.unravel_index(int(np.argmin(np.abs(shares - score))), shares.shape))
        gap = float(abs(shares[row, column] - score))
        if nearest is None or gap < nearest[0]:
            nearest = (gap, name, (0, class_id, row, column), float(logits[row, column]))
    if nearest is None:
        raise ModelError("{name}: its class scores for each place cannot be told apart", name=probe.name)
    _, name, index, logit = nearest
    part = Part(name, index, logit)
    made = Made(1 / (1 + float(np.exp(-logit))), "function", (part,), 0.0, 1)
    if nearest[0] > 1e-3:  # an objectness is multiplied with it
        product = score / max(made.value, 1e-9)
        made = Made(made.value * product, "together", (part, Part("", (), product)), 0.0, 2)
    return Step("result", probe.name, "", (best,), score, made), name, index


def shown(steps: Sequence[Step]) -> list[Step]:
    """The steps that a person wants to see."""
    return [step for step in steps if step.matters]
