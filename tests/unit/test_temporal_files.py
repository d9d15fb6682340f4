"""The file of a head gives what the head gives, row by row and at once."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vision_app.cards.card import InputSpec, ModelCard, OutputSpec
from vision_app.errors import ModelError
from vision_app.runtime import Session
from vision_app.sequences.model import SEQUENCE, SequenceInput, SequenceModel
from vision_app.sequences.resampling import Row
from vision_app.sequences.sequence import Sequence
from vision_app.temporal.batches import Scale, batch_of
from vision_app.temporal.exporting import file_of, form_of, state_size
from vision_app.temporal.heads import HEADS, HeadKind, Shape, TemporalHead, network_of
from vision_app.temporal.layers import as_type

WIDTH, CLASSES, ROWS, RATE_HZ = 5, 3, 12, 15.0


def head_of(kind: HeadKind) -> TemporalHead:
    random = np.random.default_rng(5)
    shape = Shape(kind, WIDTH, CLASSES, ROWS, width=8)
    weights = network_of(shape).initial(random)
    weights = {k: v + random.normal(0, 0.3, v.shape) for k, v in weights.items()}
    mean, std = random.normal(size=WIDTH), random.uniform(0.5, 2, WIDTH)
    scale = Scale(mean.astype(np.float32), std.astype(np.float32))
    return TemporalHead(shape, as_type(weights, np.float32), scale, temperature=0.7)


def model_of(head: TemporalHead) -> SequenceModel:
    spec = SequenceInput("table:5", WIDTH, RATE_HZ, ROWS, form_of(head), state_size(head))
    card = ModelCard(
        "moves",
        "Moves",
        "classify",
        "temporal",
        "CC0-1.0",
        InputSpec((1, 1)),
        OutputSpec("classes"),
        ("a", "b", "c"),
        extra={SEQUENCE: spec.to_json()},
    )
    content = file_of(head, {"told": json.dumps("x")})
    return SequenceModel(Session(Path("moves.onnx"), "cpu", content=content), card)


def sequence_of(rows: int) -> Sequence:
    random = np.random.default_rng(rows)
    values = random.normal(size=(rows, WIDTH)).astype(np.float32)
    return Sequence(values, np.arange(rows) / RATE_HZ, random.random(rows) < 0.8)


@pytest.mark.parametrize("rows", [1, 2, 7, ROWS])
@pytest.mark.parametrize("kind", HEADS)
def test_a_file_says_what_its_head_says(kind: HeadKind, rows: int) -> None:
    head, one = head_of(kind), sequence_of(rows)
    model = model_of(head)
    batch = batch_of([sequence_of(ROWS), one], [0, 0], ROWS)
    expected = head.probabilities(batch)[1]
    answer = model.whole(one)
    np.testing.assert_allclose(answer.probabilities, expected, atol=1e-5)
    if kind == "transformer":
        attention = head.attention(batch)
        assert attention is not None and answer.attention is not None
        np.testing.assert_allclose(answer.attention, attention[1, -rows:], atol=1e-5)
        assert answer.attention.sum() == pytest.approx(1, abs=1e-5)
    else:
        assert answer.attention is None


@pytest.mark.parametrize("kind", HEADS)
def test_a_stream_gives_at_each_row_what_the_rows_so_far_give_at_once(kind: HeadKind) -> None:
    head, one = head_of(kind), sequence_of(30)
    model = model_of(head)
    state = model.start()
    for i in range(len(one)):
        state, answer = model.step(state, Row(float(one.times_s[i]), one.values[i], bool(one.present[i])))
        seen = min(i + 1, ROWS) if form_of(head) == "window" else i + 1
        part = Sequence(*(a[i + 1 - seen : i + 1] for a in (one.values, one.times_s, one.present)))
        expected = head.probabilities(batch_of([part], [0], seen))[0]
        np.testing.assert_allclose(answer.probabilities, expected, atol=1e-4)


def test_what_a_strangers_file_may_give_is_refused() -> None:
    model = model_of(head_of("gru"))
    row = Row(0.0, np.zeros(WIDTH, np.float32), True)
    broken = np.full(model.input.state, np.nan, np.float32)
    with pytest.raises(ModelError, match=r"moves: expected \(1, 3\) finite probabilities, one a class"):
        model.step(broken, row)
    fewer = replace(model.card, labels=("a", "b"))
    with pytest.raises(
        ModelError, match=r"expected \(1, 2\) finite probabilities, one a class, got \(1, 3\)"
    ):
        SequenceModel(model.session, fewer).step(model.start(), row)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"rows": 0}, "extra.sequence.rows must be a whole number from 1 to 100000, got 0"),
        ({"form": "stream"}, "extra.sequence.form must be one of step, window"),
        ({"width": 4}, "a step of rows of 4 numbers takes present, state, values"),
        ({"form": "window", "rows": 90000, "width": 1000}, "is too large; at most 16777216 numbers are kept"),
        ({"colour": 1}, "extra.sequence.colour is not a field of a card"),
    ],
)
def test_a_card_that_says_it_wrongly_is_refused(wrong: dict[str, object], said: str) -> None:
    model = model_of(head_of("gru"))
    card = replace(model.card, extra={SEQUENCE: {**model.input.to_json(), **wrong}})
    with pytest.raises(ModelError, match=re.escape(said)):
        SequenceModel(model.session, card)


def test_a_row_of_another_width_is_said() -> None:
    model = model_of(head_of("gru"))
    with pytest.raises(ModelError, match=r"moves takes rows of 5 numbers \(table:5\), got 4"):
        model.step(model.start(), Row(0.0, np.zeros(4, np.float32), True))
