"""The Transformer encoder: each row asks all others what they have to say."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from vision_app.temporal.layers import (
    Array,
    Back,
    Dense,
    Dropout,
    Layer,
    LayerNorm,
    Pass,
    Relu,
    Stack,
    Weights,
    stack,
)

_NEVER = -1e9


def positions(rows: int, width: int) -> Array:
    """(rows, width) float64: waves that tell rows apart, the newest row last and at 0.

    Counted from the newest row back, so that a row has the same mark whatever came before it.

    Source: Vaswani et al., https://arxiv.org/abs/1706.03762, section 3.5.
    """
    at = np.arange(rows - 1, -1, -1)[:, None]
    rate = np.exp(-math.log(10_000.0) * (np.arange(width) // 2 * 2) / width)
    angle = at * rate
    return np.where(np.arange(width) % 2 == 0, np.sin(angle), np.cos(angle))


@dataclass(frozen=True, slots=True)
class Positions:
    """Adds to each row the mark of its place in time."""

    width: int

    def initial(self, random: np.random.Generator) -> Weights:
        """It has none."""
        return {}

    def forward(self, weights: Weights, x: Array, at: Pass) -> tuple[Array, Back]:
        """See the class."""
        marks = positions(x.shape[1], self.width).astype(x.dtype)
        return (x + marks) * at.real[:, :, None], lambda gradient, _: gradient * at.real[:, :, None]


@dataclass(frozen=True, slots=True)
class Attention:
    """Scaled dot-product attention of several heads, every row to every real one.

    Source: Vaswani et al., https://arxiv.org/abs/1706.03762, section 3.2.
    """

    name: str
    width: int
    heads: int

    def _dense(self) -> tuple[Dense, Dense]:
        return (
            Dense(f"{self.name}.query_key_value", self.width, 3 * self.width),
            Dense(f"{self.name}.out", self.width, self.width),
        )

    def initial(self, random: np.random.Generator) -> Weights:
        """Query, key and value in one array, and the layer behind them."""
        into, out = self._dense()
        return into.initial(random) | out.initial(random)

    def forward(self, weights: Weights, x: Array, at: Pass) -> tuple[Array, Back]:
        """See the class."""
        into_heads, out_of_heads = self._dense()
        made, back_in = into_heads.forward(weights, x, at)
        q, k, v = self._split(made)
        scale = x.dtype.type(1 / math.sqrt(self.width // self.heads))
        share = self._shares(q, k, scale, at.real)
        joined = self._joined(share @ v)
        answer, back_out = out_of_heads.forward(weights, joined, at)

        def back(gradient: Array, into: Weights) -> Array:
            of_heads = self._by_head(back_out(gradient, into))
            of_share = of_heads @ v.swapaxes(2, 3)
            of_score = share * (of_share - (of_share * share).sum(3, keepdims=True)) * scale
            parts = (of_score @ k, of_score.swapaxes(2, 3) @ q, share.swapaxes(2, 3) @ of_heads)
            return back_in(np.concatenate([self._joined(p) for p in parts], axis=2), into)

        return answer, back

    def shares(self, weights: Weights, x: Array, at: Pass) -> Array:
        """(N, heads, T, T): how much each row looks at each other one; rows sum to 1."""
        made, _ = self._dense()[0].forward(weights, x, at)
        q, k, _ = self._split(made)
        return self._shares(q, k, x.dtype.type(1 / math.sqrt(self.width // self.heads)), at.real)

    def _shares(self, q: Array, k: Array, scale: Array, real: Array) -> Array:
        score = (q @ k.swapaxes(2, 3)) * scale
        score += np.where(real, 0, _NEVER).astype(score.dtype)[:, None, None, :]
        score -= score.max(3, keepdims=True)
        np.exp(score, out=score)
        score /= score.sum(3, keepdims=True)
        return score

    def _by_head(self, x: Array) -> Array:
        count, rows, _ = x.shape
        return x.reshape(count, rows, self.heads, -1).swapaxes(1, 2)

    def _split(self, x: Array) -> tuple[Array, Array, Array]:
        q, k, v = (self._by_head(part) for part in np.split(x, 3, axis=2))
        return q, k, v

    def _joined(self, x: Array) -> Array:
        count, _, rows, _ = x.shape
        return x.swapaxes(1, 2).reshape(count, rows, self.width)


@dataclass(frozen=True, slots=True)
class Residual:
    """What was given, and what a layer makes of it, added."""

    layer: Layer

    def initial(self, random: np.random.Generator) -> Weights:
        """Those of the layer."""
        return self.layer.initial(random)

    def forward(self, weights: Weights, x: Array, at: Pass) -> tuple[Array, Back]:
        """See the class."""
        made, back_layer = self.layer.forward(weights, x, at)
        return x + made, lambda gradient, into: gradient + back_layer(gradient, into)


@dataclass(frozen=True, slots=True)
class Encoder:
    """One block: attention, then two dense layers at each row, both added to what was given, normalised before.

    Source: Vaswani et al., https://arxiv.org/abs/1706.03762; Xiong et al., https://arxiv.org/abs/2002.04745, for the
    norm that comes first.
    """

    name: str
    width: int
    heads: int
    inner: int
    dropout: float = 0.0
    _stack: Stack = field(init=False, repr=False)

    def __post_init__(self) -> None:
        attention = Attention(f"{self.name}.attention", self.width, self.heads)
        attending = stack(self.norm, attention, Dropout(self.dropout))
        made = stack(Residual(attending), Residual(stack(*self.dense)))
        object.__setattr__(self, "_stack", made)

    @property
    def norm(self) -> LayerNorm:
        """What comes before the attention."""
        return LayerNorm(f"{self.name}.norm1", self.width)

    @property
    def dense(self) -> tuple[Layer, ...]:
        """What comes behind it, at each row."""
        return (
            LayerNorm(f"{self.name}.norm2", self.width),
            Dense(f"{self.name}.dense1", self.width, self.inner, math.sqrt(2)),
            Relu(),
            Dense(f"{self.name}.dense2", self.inner, self.width),
            Dropout(self.dropout),
        )

    def initial(self, random: np.random.Generator) -> Weights:
        """Those of its layers."""
        return self._stack.initial(random)

    def forward(self, weights: Weights, x: Array, at: Pass) -> tuple[Array, Back]:
        """See the class."""
        return self._stack.forward(weights, x, at)
