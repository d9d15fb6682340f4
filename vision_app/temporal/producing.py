"""From a trained head over time to a model of the catalogue: its card, its file, and whether both say the same."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence as ListOf
from pathlib import Path
from typing import Any

import numpy as np

from vision_app.cards.card import InputSpec, ModelCard, OutputSpec
from vision_app.cards.lookup import find_chain, find_model
from vision_app.errors import TrainingError
from vision_app.learn.producing import LARGEST_DIFFERENCE
from vision_app.messages import Message
from vision_app.runtime import Session
from vision_app.sequences.features import FEATURE_SETS
from vision_app.sequences.model import SEQUENCE, SequenceInput, SequenceModel
from vision_app.sequences.sequence import Sequence
from vision_app.temporal.batches import batch_of
from vision_app.temporal.exporting import form_of, state_size
from vision_app.temporal.heads import TemporalHead

TASK = "movement"


def card_of(
    *,
    name: str,
    title: str,
    labels: ListOf[str],
    head: TemporalHead,
    features: str,
    rate_hz: float,
    background: str | None,
    training: Mapping[str, Any],
) -> ModelCard:
    """The card of a model over time that was trained here.

    Args:
        name: of the new model.
        title: for people; the name when empty.
        labels: its classes.
        head: what was trained.
        features: what a row is; see `Sequence`.
        rate_hz: rows a second.
        background: the class of what lies between movements.
        training: what the card says of the training.
    """
    spec = SequenceInput(
        features, head.shape.inputs, rate_hz, head.shape.rows, form_of(head), state_size(head)
    )
    return ModelCard(
        name=name,
        title=title or name,
        task=TASK,
        family=head.shape.kind,
        licence=_licence(features),
        input=InputSpec((1, 1), resize="squash"),
        output=OutputSpec(
            "classes",
            "none",
            background=background,
            temperature=None if head.temperature == 1.0 else round(head.temperature, 6),
        ),
        labels=tuple(labels),
        notes=Message(
            "Trained here on {samples} movements of {count} classes: a {kind} head over {features}, {rate:g} rows a "
            "second. The labels are yours.",
            samples=training["samples"],
            count=len(labels),
            kind=head.shape.kind,
            features=features.partition("@")[0],
            rate=rate_hz,
        ),
        extra={SEQUENCE: spec.to_json(), "training": dict(training)},
    )


def _licence(features: str) -> str:
    """That of what the features come from; of unnamed columns nobody knows."""
    chains = FEATURE_SETS[features].tracks if features in FEATURE_SETS else ()
    for chain in chains:
        card = find_chain(chain)
        if card is not None:
            return card.licence
    if "@" in features:
        file = find_model(features.partition("@")[0])
        if file.card is not None:
            return file.card.licence
    return "unknown"


def check_content(content: bytes, card: ModelCard, head: TemporalHead, sequences: ListOf[Sequence]) -> float:
    """Run a new file on sequences and compare it with what was trained.

    Args:
        content: the ONNX file.
        card: its card.
        head: what was trained.
        sequences: at the rate of the model, none longer than its window.

    Returns:
        The largest difference of a probability.

    Raises:
        TrainingError: it is not the same model.
    """
    model = SequenceModel(Session(Path(f"{card.name}.onnx"), "cpu", content=content), card)
    largest = 0.0
    for one in sequences:
        wanted = head.probabilities(batch_of([one], [0], head.shape.rows))[0]
        got = model.whole(one).probabilities
        if got.shape != wanted.shape or not np.isfinite(got).all():
            raise TrainingError(
                "the finished model gives {shape}, expected (1, {count}) finite numbers",
                shape=got.shape,
                count=len(wanted),
            )
        largest = max(largest, float(np.abs(got - wanted).max()))
    if largest > LARGEST_DIFFERENCE:
        raise TrainingError(
            "the finished model differs from what was trained by {largest:.1e} in a probability; at "
            "most {largest_difference:g} is allowed: nothing was registered",
            largest=largest,
            largest_difference=LARGEST_DIFFERENCE,
        )
    return largest
