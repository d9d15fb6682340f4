"""Which of a file's outputs is which: by the card's names, else by the file's own; never by their order.

An output that somebody adds to a file, such as a feature map or an attention matrix, so disturbs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from vision_app.cards.card import ModelCard
from vision_app.errors import ModelError
from vision_app.messages import Message
from vision_app.runtime import TensorSpec

Shape = tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class OutputRole:
    """One output that a task reads.

    Attributes:
        name: what the task calls it: a key of the card's `outputs`.
        form: its shape in words, for messages.
        fits: whether an output of that declared shape can be it; a free side is None.
        usual: names that exporters give it, the surest first.
        optional: the task can do without it.
    """

    name: str
    form: str
    fits: Callable[[Shape], bool]
    usual: tuple[str, ...] = ()
    optional: bool = False


def bind_outputs(
    card: ModelCard, roles: Iterable[OutputRole], outputs: Sequence[TensorSpec]
) -> dict[str, str]:
    """The name in the file of each output that a task reads.

    The card's name counts; else the one output that there is; else those whose declared shape fits: the one, or
    the one that has a usual name.

    Args:
        card: the card of the model.
        roles: what the task reads.
        outputs: what the file has.

    Returns:
        Role name to name in the file; an optional role that is not there is left out.

    Raises:
        ModelError: the card names what the file or the task has not, or several outputs can be the one; the card's
            `outputs` decides.
    """
    roles = tuple(roles)
    known = {o.name for o in outputs}
    unknown = sorted(set(card.outputs) - {r.name for r in roles})
    if unknown:
        listed = ", ".join(r.name for r in roles)
        raise ModelError(
            "{name}: outputs.{unknown} is none that its task reads: {listed}",
            name=card.name,
            unknown=unknown[0],
            listed=listed,
        )
    for said, name in card.outputs.items():
        if name not in known:
            raise ModelError(
                "{card_name}: outputs.{said} is '{name}' in the card, the file has {listed}",
                card_name=card.name,
                said=said,
                name=name,
                listed=_listed(outputs),
            )
    bound: dict[str, str] = dict(card.outputs)
    for role in roles:
        if role.name not in bound:
            free = [o for o in outputs if o.name not in bound.values()]
            found = _find(card, role, free, alone=len(outputs) == 1)
            if found is not None:
                bound[role.name] = found.name
    return {role.name: bound[role.name] for role in roles if role.name in bound}


def _find(card: ModelCard, role: OutputRole, free: Sequence[TensorSpec], *, alone: bool) -> TensorSpec | None:
    if alone and len(free) == 1 and not role.optional:
        return free[0]  # what it holds says more of what is wrong than its declared shape
    fitting = [o for o in free if role.fits(o.shape)]
    if len(fitting) == 1:
        return fitting[0]
    for name in role.usual:
        for output in fitting or ([] if role.optional else free):
            if output.name.lower() == name:
                return output
    if role.optional:
        return None
    finding = Message("several outputs can be") if fitting else Message("no output can be")
    raise ModelError(
        "{name}: {finding} its {role_name}, {form}: the file has {listed}; say which one it is "
        "with outputs.{role_name} in the card",
        name=card.name,
        finding=finding,
        role_name=role.name,
        form=role.form,
        listed=_listed(fitting or free),
    )


def _listed(outputs: Sequence[TensorSpec]) -> str:
    return ", ".join(str(o) for o in outputs[:6]) + (", ..." if len(outputs) > 6 else "") or Message(
        "none left"
    )
