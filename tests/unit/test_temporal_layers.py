"""Gradients of the layers over time against finite differences."""

from __future__ import annotations

import numpy as np
import pytest

from vision_app.temporal.attention import Attention, Encoder, Positions
from vision_app.temporal.layers import (
    Convolution,
    Dense,
    Differences,
    Dropout,
    FadingMean,
    LastRow,
    Layer,
    LayerNorm,
    MeanAndLargest,
    MeanOverTime,
    Pass,
    Relu,
    stack,
)
from vision_app.temporal.recurrent import Gru, Lstm, Rnn

ROWS, WIDTH = 5, 4
LAYERS: dict[str, Layer] = {
    "dense": Dense("a", WIDTH, 3),
    "relu": Relu(),
    "norm": LayerNorm("a", WIDTH),
    "differences": Differences(WIDTH - 1, 2.0),
    "convolution": Convolution("a", WIDTH, 3, 3),
    "dilated": Convolution("a", WIDTH, 3, 3, 2),
    "mean": MeanOverTime(),
    "mean and largest": stack(Convolution("a", WIDTH, 3, 3), Relu(), MeanAndLargest()),
    "fading mean": FadingMean(0.8),
    "last": LastRow(),
    "rnn": Rnn("a", WIDTH, 3),
    "gru": Gru("a", WIDTH, 3),
    "lstm": Lstm("a", WIDTH, 3),
    "positions": Positions(WIDTH),
    "attention": Attention("a", WIDTH, 2),
    "encoder": Encoder("a", WIDTH, 2, 6),
    "two": stack(Gru("a", WIDTH, 3), Lstm("b", 3, 3), LastRow(), Dense("c", 3, 2)),
}


def _case(layer: Layer) -> tuple[dict[str, np.ndarray], np.ndarray, Pass]:
    random = np.random.default_rng(3)
    weights = {k: v + random.normal(0, 0.3, v.shape) for k, v in layer.initial(random).items()}
    real = np.ones((2, ROWS), bool)
    real[1, :2] = False  # the second sequence is shorter: it begins later
    x = random.normal(size=(2, ROWS, WIDTH)) * real[:, :, None]
    return weights, x, Pass(real)


@pytest.mark.parametrize("name", LAYERS)
def test_gradients_are_those_of_finite_differences(name: str) -> None:
    layer = LAYERS[name]
    weights, x, at = _case(layer)
    made, back = layer.forward(weights, x, at)
    pull = np.random.default_rng(4).normal(size=made.shape)
    gradients: dict[str, np.ndarray] = {}
    of_x = back(pull, gradients)

    def loss() -> float:
        return float((layer.forward(weights, x, at)[0] * pull).sum())

    assert set(gradients) == set(weights)
    for array, gradient in [(x, of_x), *((weights[k], gradients[k]) for k in weights)]:
        assert gradient.shape == array.shape
        for index in np.ndindex(array.shape):
            if array is x and not at.real[index[:2]]:
                continue  # padding is zeros and stays so
            before = array[index]
            array[index] = before + 1e-6
            up = loss()
            array[index] = before - 1e-6
            down = loss()
            array[index] = before
            assert gradient[index] == pytest.approx((up - down) / 2e-6, rel=1e-4, abs=1e-7)


@pytest.mark.parametrize("name", LAYERS)
def test_padding_changes_nothing(name: str) -> None:
    layer = LAYERS[name]
    weights, x, at = _case(layer)
    padded = layer.forward(weights, x, at)[0][1]
    alone = layer.forward(weights, x[1:, 2:], Pass(at.real[1:, 2:]))[0][0]
    if padded.ndim == 2:
        np.testing.assert_allclose(padded[2:], alone, atol=1e-12)
        if name != "relu":
            assert not padded[:2].any()
    else:
        np.testing.assert_allclose(padded, alone, atol=1e-12)


def test_dropout_keeps_the_sum_on_average_and_does_nothing_in_use() -> None:
    layer, x = Dropout(0.25), np.ones((4, 50, 50))
    real = np.ones((4, 50), bool)
    made, back = layer.forward({}, x, Pass(real, np.random.default_rng(0)))
    assert made.mean() == pytest.approx(1, abs=0.02)
    assert set(np.unique(made).round(6)) == {0.0, 1.333333}
    np.testing.assert_array_equal(back(x, {}), made)
    assert layer.forward({}, x, Pass(real))[0] is x
