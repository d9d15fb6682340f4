"""The routing of a capsule network, over the picture."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from vision_app.errors import ModelError
from vision_app.explaining.base import Choice, View, heatmap, target_of
from vision_app.explaining.heatmap import Heatmap
from vision_app.explaining.probe import Probe
from vision_app.graph.inside import Inside


class Routing:
    """What the lower capsules of each place send to the capsule of a class, after the last round of routing.

    Source: Sabour et al., "Dynamic Routing Between Capsules", 2017, https://arxiv.org/abs/1710.09829, procedure 1.
    """

    name = "routing"
    paper = "Sabour et al. 2017, arXiv:1710.09829"
    by_class = True
    live = True
    looks_inside = True

    def needs(self, inside: Inside, choice: Choice) -> tuple[str, ...]:
        """What is sent to each class."""
        if inside.capsules is None:
            raise ModelError("{where}: is no capsule network; take the method cam", where=inside.where)
        return (inside.capsules.contributions,)

    def maps(self, probe: Probe, view: View, choice: Choice) -> Iterator[Heatmap]:
        """One map."""
        point = probe.inside.capsules
        assert point is not None
        target = target_of(view.result, choice)
        sent = np.asarray(view.tensors[point.contributions], np.float32)
        count = point.types * point.grid_hw[0] * point.grid_hw[1]
        lengths = np.linalg.norm(sent.reshape(count, -1, sent.shape[-1])[:, target.class_id or 0], axis=-1)
        raw = lengths.reshape(point.types, *point.grid_hw).sum(axis=0)
        yield heatmap(raw, view, self.name, target)
