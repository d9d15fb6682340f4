"""What a classifier's scores become, by the activation of its card."""

import numpy as np
import pytest

from tests import tiny_models as tiny
from vision_app.cards.card import parse_card
from vision_app.errors import ModelError
from vision_app.tasks import TaskOptions, make_task
from vision_app.tasks.classify import SCORES


def said(scores, labels, activation):
    card = parse_card(
        tiny.card("c", labels=list(labels), output={"layout": "classes", "activation": activation}), "c"
    )
    task = make_task(card, TaskOptions())
    _, geometry = task.prepare(tiny.solid((1, 2, 3), (40, 30)))
    return task.decode({SCORES: np.array([scores], np.float32)}, geometry).probabilities.tolist()


@pytest.mark.parametrize(
    ("scores", "labels", "activation", "wanted"),
    [
        ([0.0, 0.0], "ab", "softmax", [0.5, 0.5]),
        ([0.25, 0.75], "ab", "none", [0.25, 0.75]),
        ([0.0, 30.0, -30.0], "abc", "sigmoid", [0.5, 1.0, 0.0]),
        ([0.9, 0.8, 0.1], "abc", "independent", [0.9, 0.8, 0.1]),
        ([0.9], "a", "independent", [0.9]),
        ([0.75], "ab", "none", [0.25, 0.75]),
        ([0.75], "ab", "independent", [0.25, 0.75]),
        ([0.0], "ab", "sigmoid", [0.5, 0.5]),
    ],
)
def test_scores_become_probabilities(scores, labels, activation, wanted):
    assert said(scores, labels, activation) == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize(
    ("scores", "labels", "activation", "advice"),
    [
        ([2.0, -3.0, 1.0], "abc", "none", "softmax is probably right"),
        ([0.9, 0.8, 0.1], "abc", "none", "independent is probably right"),
        ([2.0, -3.0, 1.0], "abc", "independent", "sigmoid is probably right"),
        ([4.0], "ab", "none", "sigmoid is probably right"),
        ([float("nan")], "ab", "sigmoid", "sigmoid"),
        ([float("nan"), 1.0], "ab", "softmax", "NaN"),
        ([1.0, 2.0], "abc", "softmax", "labels"),
    ],
)
def test_scores_that_are_not_what_the_card_says(scores, labels, activation, advice):
    with pytest.raises(ModelError, match=advice):
        said(scores, labels, activation)
