"""The numbers of one attention head: queries, keys, scores, softmax, weighted sum."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from vision_app.errors import ConfigError, ModelError
from vision_app.explaining.attention import entropy_bits, matrix_of
from vision_app.explaining.base import View
from vision_app.graph.attention import AttentionPoint
from vision_app.graph.inside import Inside, Tokens
from vision_app.results.values import FloatArray


def tensors_of(point: AttentionPoint) -> tuple[str, ...]:
    """The tensors that the lesson reads."""
    named = (point.matrix, point.query, point.key, point.value, point.result, point.scores)
    return tuple(name for name in named if name)


@dataclass(frozen=True, eq=False)
class HeadNumbers:
    """One head, computed here from its queries, keys and values, beside what ONNX Runtime has computed.

    Attributes:
        tokens: how the tokens lie in the picture.
        query: (T, d).
        key: (T, d).
        value: (T, d).
        matrix: (T, T) as ONNX Runtime has it.
        result: (T, d) as ONNX Runtime has it.
        scale: what the products of queries and keys are multiplied by.
        shift: (T, T), what is added before the softmax, such as a bias of positions; 0 where there is none.
        entropies: (heads,), how widely each head of this block looks, in bits.
    """

    tokens: Tokens
    query: FloatArray
    key: FloatArray
    value: FloatArray
    matrix: FloatArray
    result: FloatArray
    scale: float
    shift: FloatArray
    entropies: FloatArray

    @cached_property
    def products(self) -> FloatArray:
        """(T, T): each query times each key, summed."""
        made: FloatArray = self.query @ self.key.T
        return made

    @cached_property
    def scores(self) -> FloatArray:
        """(T, T): the products, scaled and shifted."""
        made: FloatArray = self.products * np.float32(self.scale) + self.shift
        return made

    @cached_property
    def weights(self) -> FloatArray:
        """(T, T): the softmax of the scores; each row sums to 1."""
        high = self.scores.max(axis=1, keepdims=True)
        powers = np.exp(self.scores - high)
        made: FloatArray = powers / powers.sum(axis=1, keepdims=True)
        return made

    @cached_property
    def sums(self) -> FloatArray:
        """(T, d): the values, weighted."""
        made: FloatArray = self.weights @ self.value
        return made

    @property
    def difference(self) -> float:
        """How far the numbers here are from those of ONNX Runtime, at most."""
        by_matrix = float(np.abs(self.weights - self.matrix).max())
        return max(by_matrix, float(np.abs(self.sums - self.result).max()))

    def looks_at(self, token: int) -> FloatArray:
        """(rows, columns): where a token looks, over the picture."""
        rows, columns = self.tokens.grid_hw
        made: FloatArray = self.weights[token, self.tokens.before :].reshape(rows, columns)
        return made


def head_numbers(inside: Inside, view: View, point: AttentionPoint, head: int) -> HeadNumbers:
    """The numbers of one head.

    Args:
        inside: the network.
        view: has the tensors of `tensors_of`.
        point: which attention.
        head: which head of it, from 1.

    Raises:
        ModelError: queries and keys cannot be had.
        ConfigError: there is no such head.
    """
    matrix = matrix_of(inside, point, view)
    if not 1 <= head <= len(matrix):
        raise ConfigError("head {head}: it has {count} heads", head=head, count=len(matrix))
    if not all((point.query, point.key, point.value, point.result)):
        raise ModelError(
            "{where}: the queries and keys of '{name}' cannot be told apart",
            where=inside.where,
            name=point.name,
        )
    count = matrix.shape[-1]
    parts = {
        name: _of_head(np.asarray(view.tensors[name], np.float32), head - 1, len(matrix))
        for name in (point.query, point.key, point.value, point.result, point.scores)
    }
    query, key = parts[point.query], parts[point.key]
    if point.key_transposed:
        key = key.T
    if query.shape[0] != count or key.shape != query.shape:
        raise ModelError(
            "{where}: the queries of '{name}' are {shape}, its keys {key_shape}: no head of {count} tokens",
            where=inside.where,
            name=point.name,
            shape=query.shape,
            key_shape=key.shape,
            count=count,
        )
    scores = parts[point.scores]
    scale, shift = _scale_of(query @ key.T, scores, query.shape[1])
    return HeadNumbers(
        inside.laid_out(count),
        query,
        key,
        parts[point.value],
        matrix[head - 1],
        parts[point.result],
        scale,
        shift,
        entropy_bits(matrix),
    )


def _of_head(values: FloatArray, head: int, heads: int) -> FloatArray:
    """One head of (1, heads, a, b) or (heads, a, b)."""
    if values.ndim == 4:
        values = values[0]
    if values.ndim != 3:
        raise ModelError("an attention head has two axes, its tensor has {ndim}", ndim=values.ndim)
    picked: FloatArray = values[head if values.shape[0] == heads else 0]
    return picked


def _scale_of(products: FloatArray, scores: FloatArray, width: int) -> tuple[float, FloatArray]:
    """The number that makes scores of products; with a bias of positions the usual one, and the bias."""
    flat, wanted = products.ravel().astype(np.float64), scores.ravel().astype(np.float64)
    scale = float(np.dot(flat, wanted) / max(float(np.dot(flat, flat)), 1e-30))
    left = scores - products * np.float32(scale)
    if np.abs(left).max() <= 1e-3 * max(1.0, float(np.abs(scores).max())):
        return scale, np.zeros_like(scores)
    scale = width**-0.5
    return scale, scores - products * np.float32(scale)
