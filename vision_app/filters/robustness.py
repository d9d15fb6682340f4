"""How sure a classifier stays while one value of a filter goes from end to end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from vision_app.errors import ConfigError
from vision_app.filters.chain import FilterChain
from vision_app.filters.parameters import Choice, Real, Value, Whole
from vision_app.results.values import Classification, ImageU8

STEPS = 21
"""Values along a range, at most."""


@dataclass(frozen=True, slots=True)
class Point:
    """What the classifier says at one value.

    Attributes:
        value: of the parameter.
        probability: of the class that is followed.
        best: the most probable class.
        best_probability: its probability.
    """

    value: Value
    probability: float
    best: str
    best_probability: float


@dataclass(frozen=True, slots=True)
class Robustness:
    """The probability of one class along one parameter.

    Attributes:
        step: number of the step in the chain, from 0.
        parameter: name of the parameter.
        label: the class that is followed.
        points: in the order of the values.
    """

    step: int
    parameter: str
    label: str
    points: tuple[Point, ...]


def values_along(chain: FilterChain, step: int, name: str, count: int = STEPS) -> tuple[Value, ...]:
    """The values of a parameter from end to end, evenly, at most `count`.

    Args:
        chain: the filters.
        step: number of a step, from 0.
        name: one of its parameters: a number or a choice.
        count: how many values of a range, at least 2.

    Raises:
        ConfigError: there is no such step or parameter, or it is neither a number nor a choice.
    """
    if not 0 <= step < len(chain.steps):
        raise ConfigError(
            "the step must be from 1 to {count}, got {step}", count=len(chain.steps), step=step + 1
        )
    operation = chain.steps[step].operation
    if name not in operation.defaults:
        known = ", ".join(operation.defaults) or "none"
        raise ConfigError(
            "{operation_name} has no parameter {name!r}; it has: {known}",
            operation_name=operation.name,
            name=name,
            known=known,
        )
    parameter = operation.parameter(name)
    if isinstance(parameter, Choice):
        return tuple(option for option, _ in parameter.options)
    if isinstance(parameter, Real):
        gap = (parameter.high - parameter.low) / (count - 1)
        return tuple(round(parameter.low + i * gap, 6) for i in range(count))
    if isinstance(parameter, Whole):
        stride = 2 if parameter.odd else 1
        places = (parameter.high - parameter.low) // stride
        if places < count:
            return tuple(range(parameter.low, parameter.high + 1, stride))
        return tuple(parameter.low + stride * round(i * places / (count - 1)) for i in range(count))
    raise ConfigError(
        "{operation_name}: {name} is neither a number nor a choice; nothing can be followed along it",
        operation_name=operation.name,
        name=name,
    )


def robustness(
    chain: FilterChain,
    step: int,
    name: str,
    image: ImageU8,
    classify: Callable[[ImageU8], Classification],
    *,
    label: str | None = None,
    count: int = STEPS,
) -> Iterator[tuple[str, Point]]:
    """Classify one picture behind a chain, for each value of one parameter; gives points as they are measured.

    Args:
        chain: the filters; the step is switched on for it.
        step: number of the step, from 0.
        name: its parameter.
        image: (H, W, 3) uint8 BGR.
        classify: the classifier.
        label: the class to follow; None for the one that is best in the picture without that step.
        count: how many values.

    Yields:
        The label that is followed, and the next point.

    Raises:
        ConfigError: the parameter cannot be followed, or the model has no such class.
    """
    values = values_along(chain, step, name, count)
    steps = list(chain.steps)
    without = FilterChain(tuple(s for i, s in enumerate(steps) if i != step))
    plain = classify(without.start().bgr(image))
    label = label or plain.top(1)[0][1]
    if label not in plain.labels:
        raise ConfigError("{model} has no class {label!r}", model=plain.model, label=label)
    number = plain.labels.index(label)
    for value in values:
        steps[step] = chain.steps[step].with_value(name, value)
        tried = FilterChain(
            tuple(s if i != step else type(s)(s.operation, s.values) for i, s in enumerate(steps))
        )
        said = classify(tried.start().bgr(image))
        _, best, probability = said.top(1)[0]
        yield label, Point(value, float(said.probabilities[number]), best, probability)
