"""Messages that were kept as English text alone: found again by the templates that have a translation.

Since templates are kept beside texts (`messages.as_record`) this is needed only for what earlier versions wrote, such
as the advice inside of a model that was taught.
"""

from __future__ import annotations

import string
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Final

from vision_app.messages import LONGEST, PLAIN_SPEC, Message, catalogue

_FEWEST_LETTERS: Final = 8
"""A template with fewer letters of its own says too little to be known by them."""
_MOST_WAYS: Final = 32
"""In how many ways a text is divided at most: "validation accuracy 87.5 %" are two fields, in three ways."""
_Part = tuple[str, str, str]
"""What stands before a field, the name of the field, and how it is formatted."""


def recognised(text: str, deep: int = 2) -> str:
    """The message that an English text was; the text itself where no template fits.

    Of several templates that fit, that with the most letters of its own counts; it has to make this very text again.

    Args:
        text: what was kept.
        deep: how many levels of messages in messages are looked for; a value of one word is a name or a number.

    >>> found = recognised("The best was epoch 9 (validation loss 0.25); the model has its weights.")
    >>> found.values["metric"].template, found.values["shown"]
    ('validation loss', '0.25')
    """
    if isinstance(text, Message) or len(text) > LONGEST or not deep:
        return text
    for template, parts, end in _templates():
        made = [_made_of(template, values, deep) for values in _fitting(text, parts, end)]
        if fitting := [one for one in made if one == text]:
            return max(fitting, key=lambda one: sum(isinstance(v, Message) for v in one.values.values()))
    for template, parts, _ in _templates():  # a sentence that was added to another one
        if not parts and template.startswith(" ") and text.endswith(template):
            head = recognised(text.removesuffix(template), deep)
            return Message("{first}{second}", first=head, second=Message(template))
    return text


def _made_of(template: str, values: dict[str, object], deep: int) -> Message:
    within = {
        name: recognised(value, deep - 1) if isinstance(value, str) and " " in value else value
        for name, value in values.items()
    }
    return Message(template, **within)


@lru_cache(maxsize=1)
def _templates() -> tuple[tuple[str, tuple[_Part, ...], str], ...]:
    """Those that can be recognised, with their parts and what stands behind the last one; most letters first."""
    found = []
    for template in catalogue("ko"):
        parts, end, plain = [], "", True
        for before, name, spec, conversion in string.Formatter().parse(template):
            if name is None:
                end = before
            else:
                plain &= bool(name.isidentifier() and PLAIN_SPEC.fullmatch(spec or "") and not conversion)
                parts.append((before, name, spec or ""))
        own = end + "".join(before for before, _, _ in parts)
        letters = sum(sign.isalpha() for sign in own)
        if plain and letters >= _FEWEST_LETTERS:
            found.append((letters, template, tuple(parts), end))
    return tuple(one[1:] for one in sorted(found, key=lambda one: -one[0]))


def _fitting(text: str, parts: tuple[_Part, ...], end: str) -> Iterator[dict[str, object]]:
    """The values that the fields may have: one row of them, or a few where the text can be divided in several ways."""
    if not parts:
        yield from [{}] if text == end else []
        return
    first = parts[0][0]
    if not text.startswith(first) or not text.endswith(end) or len(text) <= len(first + end):
        return
    between = tuple(before for before, _, _ in parts[1:])
    for pieces in islice(_divided(text, len(first), len(text) - len(end), between), _MOST_WAYS):
        try:
            yield {name: _read(piece, spec) for (_, name, spec), piece in zip(parts, pieces, strict=True)}
        except ValueError:
            continue  # no number where one belongs


def _divided(text: str, low: int, high: int, between: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """All ways to divide a part of a text at literals, none of the pieces empty."""
    if not between:
        if low < high:
            yield (text[low:high],)
        return
    literal = between[0]
    at = text.find(literal, low + 1, high) if literal else -1
    while at >= 0:
        came = False
        for rest in _divided(text, at + len(literal), high, between[1:]):
            came = True
            yield (text[low:at], *rest)
        if not came:
            return  # what is not found behind this place is not found behind a later one
        at = text.find(literal, at + 1, high)


def _read(piece: str, spec: str) -> object:
    """A value as it was before it was formatted."""
    if not spec:
        return piece
    plain = piece.replace(",", "")
    if spec.endswith("%"):
        return float(plain.removesuffix("%")) / 100
    return int(plain) if spec.endswith(("d", ",")) or ("." not in spec and plain.isdigit()) else float(plain)
