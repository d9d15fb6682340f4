"""Feature maps: what the channels of a layer respond to, and which places look alike to the network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from vision_app.errors import ConfigError, ModelError
from vision_app.explaining.base import Choice, View, heatmap
from vision_app.explaining.heatmap import Heatmap
from vision_app.explaining.probe import Probe
from vision_app.graph.inside import Inside, MapPoint
from vision_app.graph.layers import Layer
from vision_app.messages import Message
from vision_app.results.values import FloatArray


def layer_map(inside: Inside, wanted: str) -> MapPoint:
    """The map of a layer that was chosen by name or number.

    Raises:
        ModelError: there is none of that name, or it has no places.
    """
    layer = inside.layer(wanted)
    point = as_point(inside, layer)
    if point is None:
        with_places = [la.name for la in inside.layers if as_point(inside, la) is not None]
        example = Message(", such as {with_places}", with_places=with_places[-1]) if with_places else ""
        raise ModelError(
            "{where}: layer '{name}' ({kind}) has no map of places; take one that has{example}",
            where=inside.where,
            name=layer.name,
            kind=layer.kind,
            example=example,
        )
    return point


def as_point(inside: Inside, layer: Layer) -> MapPoint | None:
    """A layer as features for each place; None where it has no places."""
    if layer.is_map and layer.kind != "attention":
        shape = layer.shape
        last = "normalisation" in layer.kind and shape[3] > shape[1] == shape[2]
        return MapPoint(layer.activated, "NHWC" if last else "NCHW")
    if len(layer.shape) == 3 and layer.shape[0] == 1 and layer.shape[1] > 1:
        try:
            inside.laid_out(layer.shape[1])
        except ModelError:
            return None
        return MapPoint(layer.activated, "tokens")
    return None


def usual_layer(inside: Inside) -> Layer:
    """The layer that shows most when none was chosen: the last convolution with places, else the last tokens.

    Raises:
        ModelError: no layer has places.
    """
    maps = [la for la in inside.convolutions if as_point(inside, la) is not None and la.shape[1] > 3]
    maps = maps or [la for la in inside.layers if as_point(inside, la) is not None]
    if not maps:
        raise ModelError(
            "{where}: none of its layers is a map of places; vision-app explain --list shows them",
            where=inside.where,
        )
    return maps[-1]


@dataclass(frozen=True, slots=True, eq=False)
class FeatureMaps:
    """The channels of one layer, the most active first.

    Attributes:
        layer: the layer.
        channels: (K,) int64, their numbers.
        maps: (K, h, w) float32.
    """

    layer: Layer
    channels: np.ndarray[tuple[int], np.dtype[np.int64]]
    maps: FloatArray


def most_active(places: FloatArray, count: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The channels with the largest mean response, best first; equal ones in their order.

    Args:
        places: (C, h, w) float32.
        count: how many.
    """
    strength = np.abs(places).mean(axis=(1, 2))
    return np.argsort(-strength, kind="stable")[:count].astype(np.int64)


class Features:
    """How strongly a layer responds at each place: the mean of its channels' absolute responses, or one channel.

    A channel is chosen as `head`, counted from 1.

    Source: Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", 2014,
    https://arxiv.org/abs/1311.2901, shows single maps; the mean is the plain summary of them.
    """

    name = "features"
    paper = "Zeiler and Fergus 2014, arXiv:1311.2901"
    by_class = False
    live = True
    looks_inside = True

    def needs(self, inside: Inside, choice: Choice) -> tuple[str, ...]:
        """The chosen layer, else the last one with places."""
        return (layer_map(inside, choice.layer or str(usual_layer(inside).number)).tensor,)

    def maps(self, probe: Probe, view: View, choice: Choice) -> Iterator[Heatmap]:
        """One map."""
        found = feature_maps(probe.inside, view, choice, 0)
        if choice.head:
            total = len(found.maps)
            if choice.head > total:
                raise ConfigError(
                    "channel {head}: layer '{name}' has {total} channels",
                    head=choice.head,
                    name=found.layer.name,
                    total=total,
                )
            raw, note = (
                found.maps[choice.head - 1],
                Message("channel {head} of {total}", head=choice.head, total=total),
            )
        else:
            raw, note = (
                np.abs(found.maps).mean(axis=0),
                Message("mean of {count} channels", count=len(found.maps)),
            )
        yield heatmap(raw, view, self.name, layer=found.layer.name, note=note)


def feature_maps(inside: Inside, view: View, choice: Choice, count: int) -> FeatureMaps:
    """The channels of the chosen layer.

    Args:
        inside: the network.
        view: has the layer's tensor.
        choice: names the layer.
        count: how many, the most active first; 0 for all in their own order.
    """
    from vision_app.explaining.cam import as_places

    wanted = choice.layer or str(usual_layer(inside).number)
    point = layer_map(inside, wanted)
    places = as_places(inside, point, np.asarray(view.tensors[point.tensor], np.float32))
    channels = most_active(places, count) if count else np.arange(len(places), dtype=np.int64)
    return FeatureMaps(inside.layer(wanted), channels, places[channels])


class Similarity:
    """How alike the network finds each place to the one that was pointed at: cosine of their features.

    Source: Amir et al., "Deep ViT Features as Dense Visual Descriptors", 2022, https://arxiv.org/abs/2112.05814,
    section 3; the same measure serves the maps of convolutions.
    """

    name = "similarity"
    paper = "Amir et al. 2022, arXiv:2112.05814"
    by_class = False
    live = True
    looks_inside = True

    def needs(self, inside: Inside, choice: Choice) -> tuple[str, ...]:
        """The last map, or the chosen layer."""
        if choice.layer:
            return (layer_map(inside, choice.layer).tensor,)
        if not inside.maps:
            from vision_app.explaining.cam import no_map

            raise no_map(inside)
        return (inside.maps[0].tensor,)

    def maps(self, probe: Probe, view: View, choice: Choice) -> Iterator[Heatmap]:
        """One map; without a place, that of the middle of the picture."""
        from vision_app.explaining.cam import as_places

        inside = probe.inside
        point = layer_map(inside, choice.layer) if choice.layer else inside.maps[0]
        places = as_places(inside, point, np.asarray(view.tensors[point.tensor], np.float32))
        channels, rows, columns = places.shape
        blank = heatmap(np.zeros((rows, columns), np.float32), view, self.name)
        width, height = view.geometry.frame_wh
        cell = blank.cell_at(*(choice.at or (width / 2, height / 2)))
        if cell is None:
            raise ConfigError("the place that was pointed at is outside what the network sees of the picture")
        features = places.reshape(channels, -1)
        lengths = np.maximum(np.linalg.norm(features, axis=0), 1e-12)
        chosen = cell[0] * columns + cell[1]
        cosine = (features[:, chosen] @ features) / (lengths * lengths[chosen])
        yield heatmap(cosine.reshape(rows, columns), view, self.name, from_zero=True, layer=choice.layer)
