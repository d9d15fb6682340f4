"""A kiosk whose only station is one model: a folder that `vision-app kiosk run` starts as it is."""

from __future__ import annotations

import json

from vision_app.cards.card import ModelCard

_INVITES = {
    "classify": ("Hold something up to the camera", "카메라 앞에 물건을 들어 보세요"),
}
_OTHERS = ("Come closer", "가까이 와 보세요")


def kiosk_text(card: ModelCard, model: str) -> str:
    """The kiosk file.

    Args:
        card: of the model.
        model: name of its file beside the kiosk file.
    """
    english, korean = _INVITES.get(card.task, _OTHERS)
    title = _quoted(card.title or card.name)
    classes = ", ".join(_one_line(label) for label in card.labels[:20])
    return f"""# A kiosk with one station: {_one_line(card.title or card.name)}
#
#   vision-app kiosk check kiosk.toml     is all well?
#   vision-app kiosk pin kiosk.toml       give it a PIN, without which only Ctrl-C in its terminal ends it
#   vision-app kiosk run kiosk.toml       start it
#
# All keys are explained in the file that `vision-app kiosk init FILE` writes.

languages = ["en", "ko"]
source = "0"
fallback = "demo"
idle_s = 30
pin = ""

# It knows: {classes}{" ..." if len(card.labels) > 20 else ""}
[[station]]
title = {{ en = {title}, ko = {title} }}
subtitle = {{ en = {_quoted(english)}, ko = {_quoted(korean)} }}
models = [{_quoted(model)}]
seconds = 60
overlay = {"false" if card.task == "classify" else "true"}
"""


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _quoted(text: str) -> str:
    """A basic string of TOML, whose escapes are those of JSON."""
    return json.dumps(_one_line(text), ensure_ascii=False)
