"""What is none of a model's classes is called unknown: in the card, the result, the records and the picture."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from tests import tiny_models
from vision_app.cards.card import card_as_json, parse_card, parse_card_text
from vision_app.cards.lookup import find_model
from vision_app.engine.predictors import LoadedModel
from vision_app.errors import ModelError
from vision_app.overlay import render
from vision_app.results.values import Classification, Detections

LABELS = ("cup", "pen", "none of these")


def classes(*probabilities: float, **rule) -> Classification:
    return Classification("mine", np.array(probabilities, np.float32), LABELS, **rule)


@pytest.mark.parametrize(
    ("probabilities", "rule", "unknown"),
    [
        ((0.9, 0.05, 0.05), {}, False),
        ((0.4, 0.3, 0.3), {}, False),
        ((0.4, 0.3, 0.3), {"reject_below": 0.5}, True),
        ((0.6, 0.2, 0.2), {"reject_below": 0.5}, False),
        ((0.1, 0.1, 0.8), {"background": 2}, True),
        ((0.8, 0.1, 0.1), {"background": 2}, False),
        ((0.1, 0.1, 0.8), {"background": 2, "reject_below": 0.5}, True),
    ],
)
def test_when_a_picture_is_unknown(probabilities, rule, unknown):
    result = classes(*probabilities, **rule)
    assert result.unknown is unknown
    assert result.can_reject is bool(rule)
    assert result.as_record().get("unknown", False) is unknown
    assert ("unknown" in result.as_record()) is bool(rule)


def test_records_of_boxes_say_it_too():
    boxes = np.array([[0, 0, 9, 9]], np.float32)
    one = (np.ones(1, np.float32), np.zeros(1, np.int64))
    for rule, expected in (({}, None), ({"reject_below": 0.5}, True)):
        found = Detections("d", boxes, *one, ("thing",), attached=((classes(0.4, 0.3, 0.3, **rule),),))
        assert found.as_record()["detections"][0].get("unknown") is expected


def test_the_card_carries_the_rule():
    data = tiny_models.card("mine", labels=list(LABELS))
    data["output"] |= {"reject_below": 0.6, "background": "none of these", "temperature": 1.5}
    card = parse_card(data, "here")
    assert (card.output.reject_below, card.output.background, card.output.temperature) == (
        0.6,
        "none of these",
        1.5,
    )
    assert parse_card_text(card_as_json(card), "again") == card


@pytest.mark.parametrize(
    ("field", "value"),
    [("reject_below", 1.5), ("background", "nobody"), ("background", 2), ("temperature", 0)],
)
def test_a_wrong_rule_is_refused_with_the_field_named(field, value):
    data = tiny_models.card("mine", labels=list(LABELS))
    data["output"][field] = value
    with pytest.raises(ModelError, match=f"output.{field}"):
        parse_card(data, "here")


def test_the_model_says_it_of_a_picture(tmp_path):
    path = tiny_models.colour_model(tmp_path, output__reject_below=0.9, output__background="blue")
    model = LoadedModel(find_model(str(path)), provider="cpu")
    seen = {
        name: model.predict(tiny_models.solid(bgr))[0]
        for name, bgr in (("red", (0, 0, 255)), ("grey", (128, 128, 128)), ("blue", (255, 0, 0)))
    }
    assert {name: result.unknown for name, result in seen.items()} == {
        "red": False,
        "grey": True,
        "blue": True,
    }
    assert json.loads(json.dumps(seen["grey"].as_record()))["unknown"] is True


def test_an_unknown_picture_looks_different_from_the_same_scores_of_a_known_one():
    frame = np.full((480, 640, 3), 128, np.uint8)
    sure = classes(0.45, 0.3, 0.25)
    known, unknown = (render(frame, [c]) for c in (sure, dataclasses.replace(sure, reject_below=0.5)))
    assert (known != unknown).any()
    boxes = np.array([[100, 100, 300, 300]], np.float32)
    drawn = []
    for one in (sure, dataclasses.replace(sure, reject_below=0.5)):
        found = Detections(
            "d", boxes, np.ones(1, np.float32), np.zeros(1, np.int64), ("thing",), attached=((one,),)
        )
        drawn.append(render(frame, [found]))
    assert (drawn[0] != drawn[1]).any()
