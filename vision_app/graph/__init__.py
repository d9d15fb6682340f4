"""Surgery on ONNX files. The only package that imports onnx, and never on the way to a first result."""

from __future__ import annotations

from vision_app.graph.backbone import Backbone, DenseLayer, LayerActivation, with_embedding_output
from vision_app.graph.embedding import EMBEDDING_KEY, EmbeddingPoint, find_embedding
from vision_app.graph.files import (
    FREE_HEIGHT,
    FREE_WIDTH,
    GraphFacts,
    embed_card,
    free_input_size,
    inspect,
    load_model,
    metadata_of,
    save_bytes,
    save_model,
    set_metadata,
)
from vision_app.graph.wiring import Wiring, cut

__all__ = [
    "EMBEDDING_KEY",
    "FREE_HEIGHT",
    "FREE_WIDTH",
    "Backbone",
    "DenseLayer",
    "EmbeddingPoint",
    "GraphFacts",
    "LayerActivation",
    "Wiring",
    "cut",
    "embed_card",
    "find_embedding",
    "free_input_size",
    "inspect",
    "load_model",
    "metadata_of",
    "save_bytes",
    "save_model",
    "set_metadata",
    "with_embedding_output",
]
