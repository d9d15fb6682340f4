"""What the window computes from each run of a watched model, besides a plain map."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from vision_app.explaining.attention import chosen_point, matrix_of
from vision_app.explaining.base import Choice, View, heatmap
from vision_app.explaining.features import FeatureMaps, feature_maps, layer_map, usual_layer
from vision_app.explaining.heatmap import Heatmap
from vision_app.explaining.lessons.heads import HeadNumbers, head_numbers, tensors_of
from vision_app.explaining.painting import feature_grid, paint, words_for
from vision_app.explaining.probe import Probe
from vision_app.explaining.table import explainer_for, needs_of, usual_for
from vision_app.graph.inside import Inside
from vision_app.graph.receptive import number_array
from vision_app.graph.wiring import Wiring
from vision_app.messages import Message
from vision_app.results.values import FloatArray, ImageU8


@dataclass(frozen=True, slots=True, eq=False)
class GridSeen:
    """The channels of a layer.

    Attributes:
        channels: which ones, the most active first, with their maps.
        picture: all of them side by side, (h, w, 3) uint8 BGR.
        map: the chosen channel over the picture, or the mean of all.
    """

    channels: FeatureMaps
    picture: ImageU8
    map: Heatmap


@dataclass(frozen=True, slots=True)
class GridOf:
    """The most active channels of a layer.

    Attributes:
        layer: name or number; "" for the usual one.
        size_wh: of the picture of all channels, pixels.
        channel: the one that is laid over the picture, from 0; None for the mean of all.
        count: how many channels.
        every_s: see `Watching`.
    """

    layer: str
    size_wh: tuple[int, int]
    channel: int | None = None
    count: int = 64
    every_s: float = 0.1

    def needs(self, inside: Inside) -> tuple[str, ...]:
        """The layer's tensor."""
        return (layer_map(inside, self.layer or str(usual_layer(inside).number)).tensor,)

    def steps(self, probe: Probe, view: View) -> Iterator[GridSeen]:
        """One grid."""
        found = feature_maps(probe.inside, view, Choice(layer=self.layer), self.count)
        if self.channel is None:
            raw, note = np.abs(found.maps).mean(axis=0), ""
        else:
            everything = feature_maps(probe.inside, view, Choice(layer=self.layer), 0)
            raw, note = everything.maps[self.channel], Message("channel {channel}", channel=self.channel + 1)
        over = heatmap(raw, view, "features", layer=found.layer.name, note=note)
        yield GridSeen(found, feature_grid(found, self.size_wh), over)


@dataclass(frozen=True, slots=True, eq=False)
class HeadSeen:
    """One attention head, and where every head of its block looks from one token.

    Attributes:
        numbers: of the chosen head.
        token: which token is asked.
        looks: (heads, rows, columns).
        map: that of the chosen head over the picture.
        block: which attention, from 1.
        blocks: how many there are.
    """

    numbers: HeadNumbers
    token: int
    looks: FloatArray
    map: Heatmap
    block: int
    blocks: int


@dataclass(frozen=True, slots=True)
class HeadOf:
    """The attention lesson.

    Attributes:
        block: which attention, from 1; 0 for the last.
        head: which head, from 1.
        at: the place that was pointed at, in pixels of the frame; None for the class token or the middle.
        every_s: see `Watching`.
    """

    block: int = 0
    head: int = 1
    at: tuple[float, float] | None = None
    every_s: float = 0.1

    def needs(self, inside: Inside) -> tuple[str, ...]:
        """All that the head is computed from."""
        return tensors_of(chosen_point(inside, Choice(block=self.block))[1])

    def steps(self, probe: Probe, view: View) -> Iterator[HeadSeen]:
        """The numbers of the head."""
        inside = probe.inside
        number, point = chosen_point(inside, Choice(block=self.block))
        numbers = head_numbers(inside, view, point, self.head)
        rows, columns = numbers.tokens.grid_hw
        before = numbers.tokens.before
        cell = None
        if self.at is not None:
            cell = heatmap(np.zeros((rows, columns), np.float32), view, "attention").cell_at(*self.at)
        if cell is not None:
            token = before + cell[0] * columns + cell[1]
        else:
            token = 0 if before else (rows // 2) * columns + columns // 2
        matrix = matrix_of(inside, point, view)
        looks = matrix[:, token, before:].reshape(len(matrix), rows, columns)
        over = heatmap(
            looks[self.head - 1], view, "attention", layer=Message("block {number}", number=number)
        )
        yield HeadSeen(numbers, token, looks, over, number, len(inside.attention))


@dataclass(frozen=True, slots=True, eq=False)
class PaintedSeen:
    """A small picture with the map over it."""

    map: Heatmap
    picture: ImageU8


@dataclass(frozen=True, slots=True)
class PaintedOf:
    """The map that suits a model, painted over a small picture: for two models side by side.

    Attributes:
        width_px: of the picture.
        legend: what is written over the scale of colours; called by the thread that looks.
        every_s: see `Watching`.
    """

    width_px: int
    legend: Callable[[Heatmap], str] = words_for
    every_s: float = 0.05

    def needs(self, inside: Inside) -> tuple[str, ...]:
        """What the usual method reads."""
        return needs_of(explainer_for(usual_for(inside)), inside, Choice())

    def steps(self, probe: Probe, view: View) -> Iterator[PaintedSeen]:
        """One picture."""
        for found in explainer_for(usual_for(probe.inside)).maps(probe, view, Choice()):
            factor = self.width_px / view.image.shape[1]
            size = (self.width_px, max(1, round(view.image.shape[0] * factor)))
            small = np.asarray(cv2.resize(view.image, size, interpolation=cv2.INTER_AREA), np.uint8)
            factor_xy = (size[0] / view.image.shape[1], size[1] / view.image.shape[0])
            fitting = replace(found.scaled(factor_xy), frame_wh=size)
            yield PaintedSeen(found, paint(small, fitting, legend=self.legend(found)))


def first_kernels(inside: Inside) -> FloatArray | None:
    """The kernels of the first convolution, (K, colours, h, w) float32; None where there is none."""
    wiring = Wiring(inside.model)
    for layer in inside.convolutions:
        weight = number_array(wiring, layer.weight) if layer.weight else None
        if weight is not None and weight.ndim == 4:
            return np.asarray(weight, np.float32)
    return None
