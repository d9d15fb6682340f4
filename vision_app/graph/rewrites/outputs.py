"""Outputs that nobody reads are cut off, with all that only they need: ONNX Runtime computes what nobody asks for."""

from __future__ import annotations

from collections.abc import Collection

from vision_app.graph.rewrites.editing import Draft


def cut_unread_outputs(draft: Draft, read: Collection[str]) -> None:
    """Keep the outputs that are read, and what they depend on.

    Args:
        draft: the model.
        read: names of the outputs that somebody reads; none for all.
    """
    graph = draft.graph
    kept = [output for output in graph.output if not read or output.name in read]
    if not kept or len(kept) == len(graph.output):
        return
    del graph.output[:]
    graph.output.extend(kept)
    draft.drop_unread()
    draft.places.append(kept[0].name)
