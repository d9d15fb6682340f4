"""The head's mathematics: gradients, the optimum, the folding into plain layers, and the loop's promises."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision_app.errors import ConfigError, TrainingError
from vision_app.learn.head import (
    Head,
    LabelledEmbeddings,
    class_weights,
    fit_head,
    initial_parameters,
    of_views,
    standardisation,
)
from vision_app.learn.network import AdamW, Objective, activate, log_softmax, scores, slope
from vision_app.learn.options import TrainingOptions

NONE = LabelledEmbeddings(np.empty((0, 6)), np.empty(0, np.int64))


def blobs(
    count: int = 90, width: int = 6, classes: int = 3, seed: int = 0, spread: float = 1.0, dtype=np.float64
) -> LabelledEmbeddings:
    random = np.random.default_rng(seed)
    y = np.arange(count) % classes
    centres = np.random.default_rng(99).normal(0, 1.5, (classes, width))
    return LabelledEmbeddings((centres[y] + random.normal(0, spread, (count, width))).astype(dtype), y)


@pytest.mark.parametrize("head", ["linear", "mlp"])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("dropout", [False, True])
def test_gradients_are_those_of_finite_differences(head, activation, smoothing, dropout):
    random = np.random.default_rng(3)
    options = TrainingOptions(head=head, width=5, activation=activation)
    x, y = random.normal(size=(11, 6)), random.integers(0, 3, 11)
    weights = random.uniform(0.2, 2.0, 11)
    parameters = tuple(
        p + random.normal(0, 0.3, p.shape) for p in initial_parameters(6, 3, options, random, np.float64)
    )
    kept = None
    if dropout:
        kept = (random.random((11, len(parameters[-2]))) > 0.4) / 0.6
    objective = Objective(activation, smoothing, l2=0.3)
    _, gradients = objective.loss_and_gradients(parameters, x, y, weights, kept)
    step = 1e-5
    for parameter, gradient in zip(parameters, gradients, strict=True):
        for place in np.ndindex(parameter.shape):
            value = parameter[place]
            losses = []
            for other in (value + step, value - step):
                parameter[place] = other
                losses.append(objective.loss_and_gradients(parameters, x, y, weights, kept)[0])
            parameter[place] = value
            assert gradient[place] == pytest.approx((losses[0] - losses[1]) / (2 * step), abs=2e-6, rel=1e-4)


def test_gelu_is_the_exact_one():
    x = np.linspace(-6, 6, 241)
    exact = np.array([v * (1 + math.erf(v / math.sqrt(2))) / 2 for v in x])
    assert np.abs(activate(x, "gelu") - exact).max() < 1e-6
    numeric = (activate(x + 1e-4, "gelu") - activate(x - 1e-4, "gelu")) / 2e-4
    assert np.abs(slope(x, "gelu") - numeric).max() < 1e-3


@given(st.integers(0, 1000), st.floats(1, 1e4))
@settings(max_examples=30, deadline=None)
def test_probabilities_sum_to_one_however_large_the_scores(seed, size):
    logits = np.random.default_rng(seed).normal(0, size, (7, 4))
    assert np.exp(log_softmax(logits)).sum(1) == pytest.approx(np.ones(7))


@pytest.mark.parametrize("weighting", ["none", "balanced"])
def test_the_convex_case_has_the_optimum_of_scikit_learn(weighting):
    linear_model = pytest.importorskip("sklearn.linear_model")
    data = blobs(120, spread=1.5)
    keep = np.flatnonzero((data.y != 2) | (np.arange(120) % 4 == 2))  # classes of different sizes
    data = LabelledEmbeddings(data.x[keep], data.y[keep])
    l2 = 0.05
    options = TrainingOptions(
        label_smoothing=0.0,
        weight_decay=0.0,
        batch_size=1000,
        epochs=1000,
        learning_rate=0.05,
        patience=1000,
        min_delta=0.0,
        class_weights=weighting,
    )
    fit = fit_head(data, NONE, 3, options, l2=l2)
    x = (data.x - fit.head.mean) / fit.head.std
    their = linear_model.LogisticRegression(
        C=1 / (l2 * len(data)),
        max_iter=5000,
        tol=1e-10,
        class_weight="balanced" if weighting == "balanced" else None,
    )
    their.fit(x, data.y)
    assert fit.head.parameters[0] == pytest.approx(their.coef_.T, abs=2e-3)
    assert fit.head.probabilities(data.x) == pytest.approx(their.predict_proba(x), abs=1e-3)


@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("head", ["linear", "mlp"])
def test_folded_layers_say_the_same(head, activation):
    train = blobs(dtype=np.float32)
    options = TrainingOptions(head=head, width=7, activation=activation, epochs=5)
    trained = dataclasses.replace(fit_head(train, train, 3, options).head, temperature=1.7)
    value = train.x
    for layer in trained.layers():
        value = value @ layer.weight + layer.bias
        if layer.activation != "none":
            value = activate(value, layer.activation)
    assert value == pytest.approx(trained.logits(train.x), abs=1e-4)


@pytest.mark.parametrize("head", ["linear", "mlp"])
def test_it_learns_and_the_model_has_the_weights_of_the_best_epoch(head):
    train, held_out = blobs(150, seed=1), blobs(60, seed=2)
    options = TrainingOptions(
        head=head, learning_rate=0.05, epochs=40, patience=5, batch_size=16, dropout=0.3
    )
    fit = fit_head(train, held_out, 3, options)
    assert fit.best.val_accuracy > 0.8
    losses = [r.val_loss for r in fit.history]
    assert fit.best_epoch == losses.index(min(losses)) + 1
    log_p = log_softmax(fit.head.logits(held_out.x))
    assert -log_p[np.arange(60), held_out.y].mean() == pytest.approx(fit.best.val_loss)
    assert (log_p.argmax(1) == held_out.y).mean() == fit.best.val_accuracy


def test_the_same_seed_gives_the_same_head_and_another_one_another():
    options = TrainingOptions(head="mlp", epochs=3, dropout=0.2)
    data = blobs()
    one, two = (fit_head(data, data, 3, options).head for _ in range(2))
    other = fit_head(data, data, 3, dataclasses.replace(options, seed=1)).head
    assert all(np.array_equal(a, b) for a, b in zip(one.parameters, two.parameters, strict=True))
    assert not np.array_equal(one.parameters[0], other.parameters[0])


def test_patience_is_counted_in_epochs_and_accuracy_can_be_watched():
    data = blobs(spread=0.1)
    options = TrainingOptions(monitor="val_accuracy", patience=4, learning_rate=0.1, epochs=50)
    fit = fit_head(data, data, 3, options)
    assert fit.best.val_accuracy == 1.0
    assert fit.stopped_because == "early-stopping"
    assert len(fit.history) == fit.best_epoch + 4


def test_without_held_out_samples_those_that_are_learnt_from_decide():
    fit = fit_head(blobs(), NONE, 3, TrainingOptions(epochs=4))
    assert fit.best_epoch == 4
    assert math.isnan(fit.best.val_loss)
    assert fit.stopped_because == "epochs"


def test_stopping_keeps_the_best_so_far():
    fit = fit_head(blobs(), blobs(seed=5), 3, TrainingOptions(), lambda record, _: record.epoch < 3)
    assert (len(fit.history), fit.stopped_because) == (3, "stopped")


def test_a_training_that_comes_apart_says_so():
    data = blobs(dtype=np.float32)
    wild = LabelledEmbeddings(data.x * np.float32(np.nan), data.y)
    with pytest.raises(TrainingError, match="--lr"):
        fit_head(wild, NONE, 3, TrainingOptions(patience=2))


def test_class_weights_make_a_rare_class_count():
    rare = blobs(300, classes=2, spread=2.0)
    keep = np.concatenate([np.flatnonzero(rare.y == 0), np.flatnonzero(rare.y == 1)[:10]])
    data = LabelledEmbeddings(rare.x[keep], rare.y[keep])
    recall = {}
    for kind in ("balanced", "none"):
        options = TrainingOptions(class_weights=kind, epochs=40, learning_rate=0.02, patience=40)
        predicted = fit_head(data, NONE, 2, options).head.logits(rare.x).argmax(1)
        recall[kind] = (predicted[rare.y == 1] == 1).mean()
    assert recall["balanced"] > recall["none"]
    assert class_weights(data.y, 2, "none").tolist() == [1, 1]


def test_the_learning_rate_follows_its_schedule():
    data = blobs(64)
    rates = {
        kind: [
            r.learning_rate
            for r in fit_head(
                data, data, 3, TrainingOptions(schedule=kind, epochs=10, patience=99, learning_rate=0.01)
            ).history
        ]
        for kind in ("cosine", "constant")
    }
    assert rates["constant"] == [0.01] * 10
    assert rates["cosine"] == sorted(rates["cosine"], reverse=True)
    assert rates["cosine"][-1] < 0.001


def test_weight_decay_is_decoupled_and_spares_biases():
    parameters = (np.ones((2, 2)), np.ones(2))
    optimiser = AdamW(parameters, weight_decay=0.5)
    optimiser.step(parameters, [np.zeros((2, 2)), np.zeros(2)], 0.1)
    assert parameters[0].tolist() == [[0.95, 0.95], [0.95, 0.95]]
    assert parameters[1].tolist() == [1.0, 1.0]


def test_numbers_that_hardly_vary_are_not_blown_up():
    x = np.random.default_rng(0).normal(0, 1, (50, 8))
    x[:, 3] = 5.0
    mean, std = standardisation(x)
    assert np.isfinite((x - mean) / std).all()
    assert std[3] > 0.05
    _, constant = standardisation(np.ones((4, 3), np.float32))
    assert (constant > 0).all()


def test_views_become_samples_with_the_label_of_their_sample():
    vectors = np.arange(24, dtype=np.float32).reshape(3, 2, 4)
    flat = of_views(vectors, np.array([0, 1, 0]))
    assert flat.y.tolist() == [0, 0, 1, 1, 0, 0]
    assert flat.x[3].tolist() == vectors[1, 1].tolist()


def test_a_head_knows_its_classes_and_temperature():
    head = Head(np.zeros(2), np.ones(2), (np.eye(2), np.zeros(2)), temperature=2.0)
    assert head.classes == 2
    assert head.logits(np.array([[4.0, 2.0]])).tolist() == [[2.0, 1.0]]
    assert scores(head.parameters, np.array([[4.0, 2.0]]), "relu").tolist() == [[4.0, 2.0]]


@pytest.mark.parametrize(
    ("wrong", "flag"),
    [
        ({"head": "tree"}, "--head"),
        ({"learning_rate": 0.0}, "--lr"),
        ({"learning_rate": math.nan}, "--lr"),
        ({"dropout": 1.0}, "--dropout"),
        ({"batch_size": 0}, "--batch-size"),
        ({"views": 0}, "--views"),
        ({"patience": 0}, "--patience"),
        ({"min_delta": -0.1}, "--min-delta"),
        ({"epochs": True}, "--epochs"),
        ({"validation_share": 1.0}, "--validation-share"),
        ({"monitor": "loss"}, "--monitor"),
    ],
)
def test_options_that_make_no_sense_are_refused_with_their_flag(wrong, flag):
    with pytest.raises(ConfigError, match=flag):
        TrainingOptions(**wrong)


@pytest.mark.parametrize("one_rate", [False, True])
def test_one_rate_moves_weights_in_proportion_to_their_gradients(one_rate: bool) -> None:
    weights = [np.zeros((2, 2), np.float32)]
    gradient = np.float32([[1, 0.1], [0.01, 0]])
    AdamW(weights, 0.0, one_rate=one_rate).step(weights, [gradient], 0.1)
    moved = -weights[0] / -weights[0][0, 0]
    np.testing.assert_allclose(moved, gradient if one_rate else [[1, 1], [1, 0]], rtol=1e-3)


def test_inputs_of_one_unit_are_learnt_from_by_how_much_they_vary() -> None:
    """Two classes apart in one wide number among many that hardly vary."""
    x = np.random.default_rng(5).normal(0, 0.3, (6, 60)).astype(np.float32)
    x[:, 0] = [-3, -3, -3, 3, 3, 3]
    samples = LabelledEmbeddings(x, np.array([0, 0, 0, 1, 1, 1]))
    nothing = LabelledEmbeddings(x[:0], samples.y[:0])
    shares = []
    for one_unit in (False, True):
        fit = fit_head(samples, nothing, 2, TrainingOptions(), one_unit=one_unit)
        weights = np.abs(fit.head.parameters[0][:, 1])
        shares.append(weights[0] / weights.sum())
    assert shares[1] > 2 * shares[0]
