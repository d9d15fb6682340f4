"""Where a transformer looks: one head, one block, or all blocks rolled into one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from vision_app.errors import ConfigError, ModelError
from vision_app.explaining.base import Choice, View, heatmap
from vision_app.explaining.heatmap import Heatmap
from vision_app.explaining.probe import Probe
from vision_app.graph.attention import AttentionPoint
from vision_app.graph.inside import Inside
from vision_app.messages import Message
from vision_app.results.values import FloatArray


def no_attention(inside: Inside) -> ModelError:
    """A network without attention matrices, or one whose matrices are hidden."""
    if inside.closed_attention:
        return ModelError(
            "{where}: {closed_attention}; export it with attention written out, or take cam",
            where=inside.where,
            closed_attention=inside.closed_attention[0],
        )
    return ModelError("{where}: has no attention inside; take the method cam or features", where=inside.where)


def chosen_point(inside: Inside, choice: Choice) -> tuple[int, AttentionPoint]:
    """The attention that was chosen, with its number from 1.

    A layer chosen by name or number counts before `block`.

    Raises:
        ModelError: there is no attention.
        ConfigError: there is no such block.
    """
    points = inside.attention
    if not points:
        raise no_attention(inside)
    if choice.layer:
        names = {layer.node: layer for layer in inside.layers if layer.kind == "attention"}
        layer = inside.layer(choice.layer)
        for number, point in enumerate(points, start=1):
            if names.get(point.matrix) is layer:
                return number, point
        raise ConfigError(
            "layer '{name}' is no attention; blocks of attention are counted from 1 to {count}",
            name=layer.name,
            count=len(points),
        )
    if choice.block > len(points):
        raise ConfigError(
            "block {block}: {where} has {count} blocks of attention",
            block=choice.block,
            where=inside.where,
            count=len(points),
        )
    number = choice.block or len(points)
    return number, points[number - 1]


def matrix_of(inside: Inside, point: AttentionPoint, view: View) -> FloatArray:
    """(heads, T, T) of one attention.

    Raises:
        ModelError: it looks inside windows, or from some tokens to others.
    """
    values = np.asarray(view.tensors[point.matrix], np.float32)
    if values.ndim == 3:
        values = values[:, None]
    if values.ndim != 4 or values.shape[-1] != values.shape[-2]:
        raise ModelError(
            "{where}: the attention '{name}' goes from {shape} tokens to {shape_2} others, which is "
            "no map of the picture; take another block",
            where=inside.where,
            name=point.name,
            shape=values.shape[-2],
            shape_2=values.shape[-1],
        )
    if values.shape[0] > 1:
        raise ModelError(
            "{where}: its attention looks inside {shape} separate parts of the picture, so no matrix "
            "covers all of it; take the method cam",
            where=inside.where,
            shape=values.shape[0],
        )
    first: FloatArray = values[0]
    return first


class Attention:
    """Where one token looks in one block: the class token, or the place that was pointed at.

    Without a class token: where all places look on average.

    Source: Dosovitskiy et al., "An Image is Worth 16x16 Words", 2021, https://arxiv.org/abs/2010.11929,
    appendix D.7.
    """

    name = "attention"
    paper = "Dosovitskiy et al. 2021, arXiv:2010.11929"
    by_class = False
    live = True
    looks_inside = True

    def needs(self, inside: Inside, choice: Choice) -> tuple[str, ...]:
        """The matrix of the chosen block."""
        return (chosen_point(inside, choice)[1].matrix,)

    def maps(self, probe: Probe, view: View, choice: Choice) -> Iterator[Heatmap]:
        """One map."""
        inside = probe.inside
        number, point = chosen_point(inside, choice)
        matrix = matrix_of(inside, point, view)
        if choice.head > len(matrix):
            raise ConfigError(
                "head {head}: block {number} of {where} has {count} heads",
                head=choice.head,
                number=number,
                where=inside.where,
                count=len(matrix),
            )
        chosen = matrix[choice.head - 1] if choice.head else matrix.mean(axis=0)
        which = (
            Message("head {head}", head=choice.head)
            if choice.head
            else Message("mean of {count} heads", count=len(matrix))
        )
        raw = _row(inside, view, chosen, choice)
        note = Message(
            "block {number} of {count}, {which}", number=number, count=len(inside.attention), which=which
        )
        yield heatmap(
            raw, view, self.name, layer=choice.layer or Message("block {number}", number=number), note=note
        )


def _row(inside: Inside, view: View, matrix: FloatArray, choice: Choice) -> FloatArray:
    """Where the class token, or the token of a place, looks: (rows, columns)."""
    laid = inside.laid_out(matrix.shape[-1])
    rows, columns = laid.grid_hw
    if choice.at is not None:
        cell = heatmap(np.zeros(laid.grid_hw, np.float32), view, "attention").cell_at(*choice.at)
        if cell is None:
            raise ConfigError("the place that was pointed at is outside what the network sees of the picture")
        row = matrix[laid.before + cell[0] * columns + cell[1]]
    elif laid.before:
        row = matrix[0]
    else:
        row = matrix.mean(axis=0)
    places: FloatArray = row[laid.before :].reshape(rows, columns)
    return places


class Rollout:
    """Where the result comes from when the blocks are followed back: attention, with the way around it, multiplied.

    Source: Abnar and Zuidema, "Quantifying Attention Flow in Transformers", 2020,
    https://arxiv.org/abs/2005.00928, equation 1.
    """

    name = "rollout"
    paper = "Abnar and Zuidema 2020, arXiv:2005.00928"
    by_class = False
    live = True
    looks_inside = True

    def needs(self, inside: Inside, choice: Choice) -> tuple[str, ...]:
        """The matrices of all blocks that have as many tokens as the last one."""
        return tuple(point.matrix for point in _chain(inside))

    def maps(self, probe: Probe, view: View, choice: Choice) -> Iterator[Heatmap]:
        """One map."""
        inside = probe.inside
        points = _chain(inside)
        rolled = roll([matrix_of(inside, point, view) for point in points])
        raw = _row(inside, view, rolled, choice)
        yield heatmap(raw, view, self.name, note=f"{len(points)} blocks")


def _chain(inside: Inside) -> Sequence[AttentionPoint]:
    if not inside.attention:
        raise no_attention(inside)
    last = inside.shapes.get(inside.attention[-1].matrix, ())
    return [p for p in inside.attention if inside.shapes.get(p.matrix, ())[-2:] == last[-2:]]


def roll(matrices: Sequence[FloatArray]) -> FloatArray:
    """(T, T): how much of each first token is in each last one.

    Args:
        matrices: (heads, T, T) of each block, the first block first.
    """
    tokens = matrices[0].shape[-1]
    rolled = np.eye(tokens, dtype=np.float32)
    for matrix in matrices:
        mixed = (matrix.mean(axis=0) + np.eye(tokens, dtype=np.float32)) / 2
        rolled = (mixed / mixed.sum(axis=-1, keepdims=True)) @ rolled
    return rolled


def entropy_bits(matrix: FloatArray) -> FloatArray:
    """How widely each head looks, (heads,): the mean entropy of its rows in bits; 0 for one token only.

    Args:
        matrix: (heads, T, T).
    """
    safe = np.maximum(matrix, 1e-12)
    bits: FloatArray = -(matrix * np.log2(safe)).sum(axis=-1).mean(axis=-1)
    return bits
