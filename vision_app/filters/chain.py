"""Operations one after the other: as a text, as a value, and running over the pictures of a stream.

The text of a chain is `clahe:2.0,8|canny:80,160`: steps with a bar between, after the name a colon and the values
with commas between, in the order of the table or by name (`canny:high=200`). What holds a comma, a bar or a quote
is written in double quotes, in which a quote or a backslash has a backslash before it. A step with a `!` before
its name is switched off: it stays in the chain and does nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import cv2

from vision_app.errors import ConfigError
from vision_app.filters.operation import Apply, Mat, Operation, Values
from vision_app.filters.parameters import BadValueError, Value
from vision_app.filters.table import find_operation
from vision_app.messages import Message
from vision_app.results.values import ImageU8

LONGEST = 32
"""Steps of a chain, at most."""
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_SPECIAL = set('|,"\\=')


@dataclass(frozen=True, slots=True)
class Step:
    """An operation with its values.

    Attributes:
        operation: the row of the table.
        values: a value for each of its parameters.
        on: whether it does anything.
    """

    operation: Operation
    values: Values = field(default_factory=dict)
    on: bool = True

    def __post_init__(self) -> None:
        checked: dict[str, Value] = {}
        for name in self.values:
            _parameter(self.operation, name)
        for parameter in self.operation.parameters:
            given = self.values.get(parameter.name, parameter.default)
            try:
                checked[parameter.name] = parameter.parse(given)
            except BadValueError as error:
                raise ConfigError(
                    "{name}: {parameter_name} must be {error}, got {given!r}",
                    name=self.operation.name,
                    parameter_name=parameter.name,
                    error=error,
                    given=given,
                ) from error
        object.__setattr__(self, "values", MappingProxyType(checked))

    def with_value(self, name: str, value: Any) -> Step:
        """The same with another value.

        Raises:
            ConfigError: there is no such parameter, or it does not take that.
        """
        return replace(self, values={**self.values, name: value})

    def __str__(self) -> str:
        """The shortest text that stands for it: values up to the last one that is not the default."""
        texts = [_quoted(p.format(self.values[p.name])) for p in self.operation.parameters]
        usual = [_quoted(p.format(p.default)) for p in self.operation.parameters]
        while texts and texts[-1] == usual[len(texts) - 1]:
            texts.pop()
        off = "" if self.on else "!"
        return off + self.operation.name + (":" + ",".join(texts) if texts else "")


@dataclass(frozen=True, slots=True)
class FilterChain:
    """Steps, first to last.

    Attributes:
        steps: at most `LONGEST`.
    """

    steps: tuple[Step, ...] = ()

    def __post_init__(self) -> None:
        if len(self.steps) > LONGEST:
            raise ConfigError(
                "a chain of filters must have at most {longest} steps, got {count}",
                longest=LONGEST,
                count=len(self.steps),
            )

    @property
    def active(self) -> tuple[Step, ...]:
        """The steps that are switched on."""
        return tuple(step for step in self.steps if step.on)

    @property
    def remembers(self) -> bool:
        """Whether a picture depends on those before it."""
        return any(step.operation.remembers for step in self.active)

    @property
    def moves(self) -> bool:
        """Whether things lie elsewhere afterwards."""
        return any(step.operation.moves for step in self.active)

    def start(self) -> Stream:
        """Make it ready for the pictures of one stream.

        Raises:
            ConfigError: a picture that a step needs cannot be read.
        """
        return Stream(self)

    def __bool__(self) -> bool:
        return bool(self.active)

    def __str__(self) -> str:
        return "|".join(str(step) for step in self.steps)


class Stream:
    """A chain at work on the pictures of one source, in their order. For one thread at a time.

    Args:
        chain: what to do.
        before: what was at work until now: steps that are in both go on where they are.

    Raises:
        ConfigError: a picture that a step needs cannot be read.
    """

    def __init__(self, chain: FilterChain, before: Stream | None = None) -> None:
        self.chain = chain
        self._size: tuple[int, ...] | None = before._size if before else None
        self._fresh = before is None
        self._applies: list[tuple[Step, Apply]] = self._made(list(before._applies) if before else [])

    def reset(self) -> None:
        """Forget the pictures before: after a jump, or when another source begins."""
        if not self._fresh and self.chain.remembers:
            self._applies = self._made([])
        self._fresh = True

    def process(self, image: Mat) -> Mat:
        """The picture behind the last step.

        Args:
            image: (H, W) grey or (H, W, 3) BGR, uint8; it is not written. A picture of another size than the
                one before begins anew.

        Returns:
            (H, W) or (H, W, 3) uint8; may be the same array.

        Raises:
            ConfigError: OpenCV refuses these values for this picture; the line names the step.
        """
        return self.stages(image)[-1]

    def stages(self, image: Mat) -> list[Mat]:
        """The picture itself, then that behind each step that is switched on."""
        if self._size != image.shape[:2]:
            self.reset()
            self._size = image.shape[:2]
        self._fresh = False
        stages = [image]
        for step, apply in self._applies:
            stages.append(_applied(step, apply, stages[-1]))
        return stages

    def bgr(self, image: ImageU8) -> ImageU8:
        """The picture behind the last step as (H, W, 3) BGR, as models and screens take it."""
        return as_bgr(self.process(image))

    def _made(self, ready: list[tuple[Step, Apply]]) -> list[tuple[Step, Apply]]:
        made = []
        for step in self.chain.active:
            known = next((i for i, (other, _) in enumerate(ready) if other == step), None)
            made.append(ready.pop(known) if known is not None else (step, _make(step)))
        return made


def _make(step: Step) -> Apply:
    try:
        return step.operation.make(**step.values)
    except cv2.error as error:
        raise _refused(step, error) from error
    except ConfigError as error:
        raise ConfigError("{name}: {error}", name=step.operation.name, error=error) from error


def _applied(step: Step, apply: Apply, image: Mat) -> Mat:
    operation = step.operation
    if operation.takes == "grey" and image.ndim == 3:
        image = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    elif operation.takes == "colour" and image.ndim == 2:
        image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    if min(image.shape[:2]) < operation.least_px:
        return as_bgr(image) if operation.gives == "colour" else image
    try:
        return apply(image)
    except cv2.error as error:
        raise _refused(step, error) from error


def _refused(step: Step, error: cv2.error) -> ConfigError:
    reason = (error.err or str(error)).strip().splitlines()[0]
    return ConfigError(
        "filter {step} cannot be done on this picture: OpenCV says {reason}", step=step, reason=reason
    )


def as_bgr(image: Mat) -> ImageU8:
    """Grey as BGR; BGR as it is."""
    if image.ndim == 2:
        image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    return image  # type: ignore[return-value]


def parse_chain(text: str) -> FilterChain:
    """The chain of a text.

    >>> str(parse_chain("clahe:2.0,8 | canny:high=200"))
    'clahe|canny:80,200'

    Raises:
        ConfigError: a name or a value is wrong; the line says what would be right.
    """
    parts = _split(text, "|")
    if [part.strip() for part in parts] == [""]:
        return FilterChain()
    return FilterChain(tuple(_step(part.strip(), text) for part in parts))


def chain_of(rows: Iterable[str]) -> FilterChain:
    """The chain of a list of texts, each one step or several."""
    steps: list[Step] = []
    for row in rows:
        steps += parse_chain(row).steps
    return FilterChain(tuple(steps))


def _step(text: str, whole: str) -> Step:
    if not text:
        raise ConfigError(
            "filter {whole!r}: there is nothing between two bars; write NAME or NAME:VALUE,VALUE", whole=whole
        )
    name, colon, rest = text.removeprefix("!").partition(":")
    operation = find_operation(name.strip())
    values: dict[str, Any] = {}
    if colon:
        for place, part in enumerate(_split(rest, ",")):
            key, value = _key_and_value(part, operation, place)
            if key in values:
                raise ConfigError("{name}: {key} is given twice", name=operation.name, key=key)
            values[key] = value
    return Step(operation, values, on=not text.startswith("!"))


def _key_and_value(part: str, operation: Operation, place: int) -> tuple[str, str]:
    pieces = _split(part, "=")
    if len(pieces) > 1 and _NAME.fullmatch(pieces[0].strip()):
        key = pieces[0].strip()
        _parameter(operation, key)
        return key, _unquoted(part[part.index("=") + 1 :])
    if place >= len(operation.parameters):
        count = len(operation.parameters)
        takes = (
            Message("no value") if not count else f"{count} value{'s' * (count > 1)} ({_names(operation)})"
        )
        raise ConfigError(
            "{name} takes {takes}, got {unquoted!r} as well",
            name=operation.name,
            takes=takes,
            unquoted=_unquoted(part),
        )
    return operation.parameters[place].name, _unquoted(part)


def _parameter(operation: Operation, name: str) -> None:
    if name not in operation.defaults:
        known = _names(operation) or "none"
        raise ConfigError(
            "{operation_name} has no parameter {name!r}; it has: {known}",
            operation_name=operation.name,
            name=name,
            known=known,
        )


def _names(operation: Operation) -> str:
    return ", ".join(parameter.name for parameter in operation.parameters)


def _split(text: str, separator: str) -> Sequence[str]:
    """Parts of a text; separators inside double quotes do not count, and quotes stay."""
    parts, quoted, start, i = [], False, 0, 0
    while i < len(text):
        if quoted and text[i] == "\\":
            i += 1
        elif text[i] == '"':
            quoted = not quoted
        elif text[i] == separator and not quoted:
            parts.append(text[start:i])
            start = i + 1
        i += 1
    if quoted:
        raise ConfigError("filter {text!r}: a double quote is opened and not closed", text=text)
    return [*parts, text[start:]]


def _unquoted(text: str) -> str:
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text


def _quoted(text: str) -> str:
    if text and text == text.strip() and not _SPECIAL & set(text):
        return text
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'
