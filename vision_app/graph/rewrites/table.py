"""The rewrites, in the order in which they are tried. Each has its proof in tests/unit/test_rewrites.py.

Whoever adds or changes one raises `vision_app.engine.rewritten.VERSION`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from vision_app.graph.rewrites.editing import Draft
from vision_app.graph.rewrites.folding import fold_constants
from vision_app.graph.rewrites.hard import join_hard_sigmoids
from vision_app.graph.rewrites.layout import cancel_transposes
from vision_app.graph.rewrites.outputs import cut_unread_outputs
from vision_app.graph.rewrites.pooling import fold_pool_edges
from vision_app.graph.rewrites.prelu import spell_out_prelu
from vision_app.graph.rewrites.products import multiply_by_a_column
from vision_app.graph.rewrites.softmax import spell_out_softmax
from vision_app.graph.rewrites.stem import fold_dealt_stems
from vision_app.messages import Message


@dataclass(frozen=True, slots=True)
class Rewrite:
    """One way to make a graph faster.

    Attributes:
        name: for files and `models info`.
        title: what it does, in words.
        apply: does it, in place; the outputs that somebody reads are known to it.
        exact: the values at the places that it changes stay the same bit for bit; otherwise within 1e-6.
        in_8_bits: it is tried on files that compute in 8 bits too, of which it changes what is in float.
    """

    name: str
    title: str
    apply: Callable[[Draft, Collection[str]], None]
    exact: bool = True
    in_8_bits: bool = False


REWRITES: tuple[Rewrite, ...] = (
    Rewrite("outputs", Message("outputs that nobody reads cut off"), cut_unread_outputs),
    Rewrite("constants", Message("constants computed once"), lambda draft, _: fold_constants(draft)),
    Rewrite(
        "prelu", Message("PRelu as LeakyRelu, Max or Relu and Min"), lambda draft, _: spell_out_prelu(draft)
    ),
    Rewrite(
        "pools", Message("borders put around by the MaxPool itself"), lambda draft, _: fold_pool_edges(draft)
    ),
    Rewrite(
        "hard",
        Message("hard sigmoids and swishes as one operator"),
        lambda draft, _: join_hard_sigmoids(draft),
        exact=False,
    ),
    Rewrite(
        "softmax",
        Message("softmax across planes by whole planes"),
        lambda draft, _: spell_out_softmax(draft),
        exact=False,
        in_8_bits=True,
    ),
    Rewrite(
        "products",
        Message("many small products with a vector as one with a column"),
        lambda draft, _: multiply_by_a_column(draft),
        exact=False,
    ),
    Rewrite(
        "stem",
        Message("the dealing of pixels folded into the first convolution"),
        lambda draft, _: fold_dealt_stems(draft),
        exact=False,
    ),
    Rewrite(
        "transposes",
        Message("transposes that undo each other taken out"),
        lambda draft, _: cancel_transposes(draft),
    ),
)
