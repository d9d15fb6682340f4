"""A card for a file that says nothing of itself: from what it gives for one picture.

What is guessed is listed in the card's `extra.guessed`, so that every front end can say it; what cannot be known is
asked.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from vision_app.cards.boxes import ANCHORS
from vision_app.cards.card import SCHEMA_VERSION, ModelCard, named_labels, parse_card
from vision_app.cards.inputs import PictureInput, inputs_for_card
from vision_app.cards.looking import look, runs_at
from vision_app.cards.readings import Reading, Seen
from vision_app.cards.recipes import unsaid
from vision_app.cards.recognise import readings
from vision_app.errors import ModelError
from vision_app.messages import Message, listed
from vision_app.results.skeletons import named_skeleton, skeleton_as_data
from vision_app.runtime import Session

GUESSED = "guessed"
"""Key of `extra`: the fields of the card that are guesses."""
_HOW = Message("; vision-app models add FILE keeps what is said, its --try PHOTO shows what each choice sees")
_CLASSIFIER_FIELDS = (
    "input.scale",
    "input.mean",
    "input.std",
    "input.resize",
    "output.activation",
    "labels",
)
_OTHER_SIDES = (640, 416, 320)
_MOST_NAMED = 4


class OpenFieldsError(ModelError):
    """Fields of a card are not decided; how that is said depends on who is asked.

    Attributes:
        finding: what the file says, without advice.
        fields: the fields of a card that decide.
        choices: the values that are possible, of those fields that have a few.
        classes: how many classes there are, where that is known.
    """

    def __init__(
        self,
        finding: str,
        *card_fields: str,
        choices: Mapping[str, Sequence[str]] | None = None,
        classes: int = 0,
    ) -> None:
        self.finding, self.fields, self.classes = finding, card_fields, classes
        self.choices = {k: tuple(v) for k, v in (choices or {}).items()}
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        raise NotImplementedError


class UndecidedError(OpenFieldsError):
    """A file does not say all that has to be known about it."""

    def _sentence(self) -> str:
        *first, last = self.fields
        deciding = (
            Message("{first} and {last} decide", first=", ".join(first), last=last)
            if first
            else Message("{last} decides", last=last)
        )
        possible = listed(
            (
                Message("{field} is one of {values}", field=k, values=", ".join(v))
                for k, v in self.choices.items()
            ),
            "; ",
        )
        return Message(
            "{finding}; the card's {deciding}{more}{how}",
            finding=self.finding,
            deciding=deciding,
            more=Message(" ({possible})", possible=possible) if possible else "",
            how=_HOW,
        )


def card_of_what_it_gives(
    session: Session, picture: PictureInput, name: str, settings: Mapping[str, Any]
) -> ModelCard:
    """The card of a file by its shapes and values; what the user has said counts before both.

    Args:
        session: the loaded model.
        picture: its input.
        name: its name in the catalogue.
        settings: fields of the card that are known.

    Raises:
        UndecidedError: something has to be said.
        ModelError: it is no model for pictures, or does not run.
    """
    said = settings.get("input.size_hw")
    wanted = (int(said[0]), int(said[1])) if isinstance(said, list) and len(said) == 2 else None
    if wanted and any(f not in (None, w) for f, w in zip(picture.size_hw, wanted, strict=True)):
        wanted = None
    seen = look(session, picture, wanted)
    found = [r for r in readings(seen) if _agrees(r, settings)]
    if not found:
        found = _told(seen, settings)
    if len(found) > 1:
        raise _several(session, found, settings)
    if not found:
        raise nothing_known(session, seen, settings)
    reading = found[0]
    asked = unsaid(reading.open, settings)
    if asked:
        choices = {f: _CHOICES[f] for f in asked if f in _CHOICES}
        raise UndecidedError(
            Message(
                "{path}: looks like {kind} of {classes} class{es}, but the file does not say all of it",
                path=session.path,
                kind=_article(reading.family),
                classes=reading.classes,
                es="es" * (reading.classes != 1),
            ),
            *asked,
            choices=choices,
        )
    return _card(session, picture, name, reading, seen)


_CHOICES: Mapping[str, Sequence[str]] = {
    "output.boxes.priors": [n for n in ANCHORS if n != "faces"],
    "output.activation": ("sigmoid", "softmax"),
}
_NAMES_OF_ONE = {"face detector": "face", "semantic segmentation": "object"}


def _article(noun: str) -> str:
    article = "an" if noun[:1].lower() in "aeiou" else "a"
    return Message("{article} {noun}", article=article, noun=noun)


def _agrees(reading: Reading, settings: Mapping[str, Any]) -> bool:
    """Whether a reading is what the user has said."""
    if settings.get("task", reading.task) != reading.task:
        return False
    if settings.get("output.layout", reading.layout) != reading.layout:
        return False
    columns = settings.get("output.boxes.columns", reading.boxes.get("columns"))
    if columns != reading.boxes.get("columns"):
        return False
    labels = settings.get("labels")
    known = len(labels) if isinstance(labels, list) else None
    return (
        known is None or reading.classes in (known, 0) or reading.layout.startswith(("final", "yolo-end2end"))
    )


def _several(session: Session, found: Sequence[Reading], settings: Mapping[str, Any]) -> UndecidedError:
    said = [
        Message("{layout} of {classes} classes", layout=r.layout, classes=r.classes)
        + (f" ({r.boxes['columns']})" if "columns" in r.boxes else "")
        for r in found
    ]
    decides = {
        "task": [r.task for r in found],
        "output.layout": [r.layout for r in found],
        "output.boxes.columns": [str(r.boxes.get("columns", "")) for r in found],
    }
    field = next((f for f, values in decides.items() if len(set(values)) > 1), "labels")
    choices = {field: list(dict.fromkeys(decides.get(field, [])))} if field in decides else {}
    also = unsaid(dict.fromkeys(f for r in found for f in r.open), settings)
    return UndecidedError(
        Message(
            "{path}: what it gives, {outputs}, can be read as {said}",
            path=session.path,
            outputs=_outputs(session),
            said=listed(said, " or "),
        ),
        field,
        *also,
        choices={**choices, **{f: _CHOICES[f] for f in also if f in _CHOICES}},
    )


def _outputs(session: Session) -> str:
    named = ", ".join(str(o) for o in session.outputs[:_MOST_NAMED])
    return named + (", ..." if len(session.outputs) > _MOST_NAMED else "")


def _card(session: Session, picture: PictureInput, name: str, reading: Reading, seen: Seen) -> ModelCard:
    shipped = "coco-80" if reading.classes == len(named_labels("coco-80")) else None
    names: Any = shipped or [f"class {i}" for i in range(reading.classes)]
    if reading.classes == 1:
        names = [_NAMES_OF_ONE.get(reading.family, "object")]
    how = {"colour": picture.colour, "scale": 1 / 255, "resize": "letterbox-centre", **reading.input}
    if picture.channels != 3:
        how = {**how, "colour": picture.colour, "mean": [0.0] * 3, "std": [1.0] * 3}
    if picture.whole_numbers:
        how |= {"scale": 1.0, "mean": [0.0] * 3, "std": [1.0] * 3}
    guessed = [f"input.{k}" for k in ("colour", "scale", "mean", "std", "resize") if k in how]
    data: dict[str, Any] = {
        "schema": SCHEMA_VERSION,
        "name": name,
        "title": name,
        "task": reading.task,
        "family": reading.family,
        "licence": "not stated in the file",
        "input": {"size_hw": list(seen.size_hw), "layout": picture.layout, "antialias": False, **how},
        "output": {"layout": reading.layout, **reading.output},
        "labels": names,
        "outputs": dict(reading.outputs),
        "notes": Message("Described from what it gives for one picture."),
        "extra": {GUESSED: [*guessed, "labels"]},
    }
    if reading.boxes:
        data["output"]["boxes"] = dict(reading.boxes)
    if reading.keypoints:
        data["keypoints"] = skeleton_as_data(named_skeleton("face-5"))
    further = inputs_for_card(session, picture)
    if further:
        from vision_app.cards.tensors import inputs_as_data

        data["inputs"] = inputs_as_data(further)
    if _runs_at_one_size_only(session, picture, seen):
        data["extra"]["fixed_size"] = True
    return parse_card(data, str(session.path))


def _runs_at_one_size_only(session: Session, picture: PictureInput, seen: Seen) -> bool:
    """Whether a file whose sides are free by its own words runs at the size that was tried and at no other."""
    if None not in picture.size_hw:
        return False
    others = [(s, s) for s in _OTHER_SIDES if (s, s) != seen.size_hw]
    return not any(runs_at(session, picture, size) for size in others[:2])


# layout: axis of the one table that grows with the classes, and its length without any
_CLASS_AXIS = {
    "yolo-v8": (1, 4),
    "yolo-v8-rows": (2, 4),
    "yolo-v5": (2, 5),
    "yolox": (2, 5),
    "rtdetr": (2, 4),
    "yolo-end2end": (2, 6),
    "rtdetr-topk": (2, 6),
}


def _table_of(seen: Seen) -> tuple[int, ...] | None:
    shape = seen.only[1].shape if seen.only is not None else ()
    return shape if len(shape) == 3 else None


def _told(seen: Seen, settings: Mapping[str, Any]) -> list[Reading]:
    """What the user says it is, where its shape allows that."""
    layout, shape = settings.get("output.layout"), _table_of(seen)
    if layout not in _CLASS_AXIS or shape is None:
        return []
    axis, others = _CLASS_AXIS[layout]
    grows = "end2end" not in layout and "topk" not in layout
    if (shape[axis] <= others) if grows else (shape[axis] != others):
        return []
    how = {"resize": "squash"} if layout.startswith("rtdetr") else {"resize": "letterbox-centre"}
    if layout == "yolox":
        how = {"resize": "letterbox-topleft", "colour": "BGR"}
    scale = {"scale": 1.0} if layout == "yolox" else {}
    return [Reading("detect", layout, shape[axis] - others if grows else 80, input={**how, **scale})]


def nothing_known(session: Session, seen: Seen, settings: Mapping[str, Any]) -> ModelError:
    """What can be said of a file whose outputs are those of no known kind."""
    gave = {n: a.shape for n, a in seen.outputs.items()}
    given = ", ".join(f"{n} {s}" for n, s in list(gave.items())[:_MOST_NAMED])
    only = seen.only
    asked = settings.get("output.layout")
    if isinstance(asked, str) and asked not in ("classes",):
        return ModelError(
            "{path}: what it gives, {given}, cannot be output.layout {asked}{near}; vision-app "
            "models add --help lists the layouts with their shapes",
            path=session.path,
            given=given,
            asked=asked,
            near=_near(asked),
        )
    vector = only is not None and len([d for d in only[1].shape[1:] if d != 1]) <= 1 and only[1].ndim >= 2
    if vector:
        assert only is not None
        count = max(only[1].shape[1:])
        return UndecidedError(
            Message(
                "{path}: looks like a classifier of {count} classes, but the file does not say how its "
                "input is made",
                path=session.path,
                count=count,
            ),
            *_CLASSIFIER_FIELDS,
            classes=count,
            choices={
                "input.resize": ("crop", "squash", "letterbox-centre"),
                "output.activation": ("softmax", "none", "sigmoid"),
            },
        )
    table = _table_of(seen)
    if table is not None:
        fitting = [n for n, (axis, others) in _CLASS_AXIS.items() if table[axis] > others or table[axis] == 6]
        return UndecidedError(
            Message(
                "{path}: gives {given}, which is the output of no known detector at {width} x {height} "
                "pixels",
                path=session.path,
                given=given,
                width=seen.size_hw[1],
                height=seen.size_hw[0],
            ),
            "output.layout",
            choices={"output.layout": fitting} if fitting else None,
        )
    return UndecidedError(
        Message(
            "{path}: takes {taken} and gives {given}: of no kind that is known",
            path=session.path,
            taken=", ".join(str(i) for i in session.inputs[:_MOST_NAMED]),
            given=given,
        ),
        "task",
        "output.layout",
    )


def _near(layout: str) -> str:
    known = ("yolo-v8", "yolo-v5", "yolox", "yolo-end2end", "rtdetr", "boxes-scores", "gfl", "ssd", "scrfd")
    near = difflib.get_close_matches(layout, known, n=1)
    return Message(" (did you mean {near}?)", near=near[0]) if near and near[0] != layout else ""


def guessed_fields(card: ModelCard, said: Mapping[str, Any] | None = None) -> str:
    """The fields of a card that are guesses, with their values; "" for a card without any."""
    fields = card.extra.get(GUESSED, [])
    shown = []
    for field in fields if isinstance(fields, list) else []:
        section, _, key = str(field).rpartition(".")
        holder = getattr(card, section, None) if section else card
        if field in (said or {}) or holder is None or not hasattr(holder, key):
            continue
        value = getattr(holder, key)
        if field == "labels":
            value = (
                f"{len(card.labels)} ({', '.join(card.labels[:3])}{', ...' if len(card.labels) > 3 else ''})"
            )
        elif isinstance(value, tuple):
            value = ",".join(f"{v:.4g}" for v in value)
        elif isinstance(value, float):
            value = f"{value:.4g}"
        shown.append(f"{field}={value}" if field != "labels" else f"labels {value}")
    return ", ".join(shown)
