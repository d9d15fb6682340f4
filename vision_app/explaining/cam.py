"""Class activation maps: exact where they can be, Eigen-CAM elsewhere; ReciproCAM by forward passes only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from vision_app.errors import ModelError
from vision_app.explaining.base import Choice, Target, View, heatmap, target_of
from vision_app.explaining.features import layer_map
from vision_app.explaining.heatmap import Heatmap, grown, region_of
from vision_app.explaining.probe import Probe
from vision_app.graph.inside import Inside, MapPoint
from vision_app.graph.taps import normalised_after
from vision_app.messages import Message
from vision_app.results.values import Classification, FloatArray


def as_places(inside: Inside, point: MapPoint, values: FloatArray) -> FloatArray:
    """A tensor with features for each place as (C, h, w), class and register tokens left out.

    Raises:
        ModelError: its tokens are no grid of places.
    """
    if point.layout == "NCHW":
        first: FloatArray = values[0]
        return first
    if point.layout == "NHWC":
        return np.ascontiguousarray(values[0].transpose(2, 0, 1))
    laid = inside.laid_out(values.shape[1])
    rows, columns = laid.grid_hw
    return np.ascontiguousarray(values[0, laid.before :].T).reshape(-1, rows, columns)


def no_map(inside: Inside) -> ModelError:
    """A network without places: what was wanted, and what can be asked of it instead."""
    return ModelError(
        "{where}: has no map of places inside (no convolution and no tokens); take the method occlusion",
        where=inside.where,
    )


class Cam:
    """The class activation map.

    Where a dense layer reads averages over places, the score of a class is the average of its map: exact. A
    detector's own class scores for each place are as exact. Other networks get their Eigen-CAM, and say so.

    Source: Zhou et al., "Learning Deep Features for Discriminative Localization", 2016,
    https://arxiv.org/abs/1512.04150, equation 2.
    """

    name = "cam"
    paper = "Zhou et al. 2016, arXiv:1512.04150"
    by_class = True
    live = True
    looks_inside = True

    def needs(self, inside: Inside, choice: Choice) -> tuple[str, ...]:
        """The map that the class head reads, or the class scores for each place."""
        if choice.layer:
            return EIGEN.needs(inside, choice)
        if inside.head is not None:
            return (inside.head.tensor,)
        return inside.class_maps or EIGEN.needs(inside, choice)

    def maps(self, probe: Probe, view: View, choice: Choice) -> Iterator[Heatmap]:
        """One map."""
        inside, target = probe.inside, target_of(view.result, choice)
        if choice.layer or (inside.head is None and not inside.class_maps):
            yield from EIGEN.maps(probe, view, choice)
        elif inside.head is not None and isinstance(view.result, Classification):
            yield heatmap(class_map(inside, view, target), view, self.name, target, from_zero=True)
        else:
            raw = _detector_map(inside, view, target)
            if choice.box is not None:
                raw = _around_box(raw, view, choice.box)
            yield heatmap(raw, view, self.name, target, from_zero=True)


def class_map(inside: Inside, view: View, target: Target) -> FloatArray:
    """What each place adds to the score of a class, (h, w): its average and the bias make the score itself."""
    head = inside.head
    if head is None or target.class_id is None:
        raise ModelError("{where}: no dense layer reads averages over places", where=inside.where)
    values = np.asarray(view.tensors[head.tensor], np.float32)
    row, sign = number_of_class(len(head.bias), target.class_id)
    if head.per_place:
        scores: FloatArray = values[0, row] * np.float32(sign)
        return scores
    layout = "NCHW" if not head.channels_last else ("tokens" if values.ndim == 3 else "NHWC")
    places = as_places(inside, MapPoint(head.tensor, layout), values)  # type: ignore[arg-type]
    weights = head.weight[row] * np.float32(sign)
    summed: FloatArray = np.tensordot(weights, places, axes=1)
    return summed


def number_of_class(scores: int, class_id: int) -> tuple[int, float]:
    """Which score is that of a class, and its sign: one neuron speaks for the second of two classes.

    >>> number_of_class(10, 3), number_of_class(1, 1), number_of_class(1, 0)
    ((3, 1.0), (0, 1.0), (0, -1.0))
    """
    if scores == 1:
        return 0, 1.0 if class_id == 1 else -1.0
    return class_id, 1.0


def _detector_map(inside: Inside, view: View, target: Target) -> FloatArray:
    """The score of the class at each place, the best of all scales; with no class, of the best class there."""
    scores = []
    for name in inside.class_maps:
        logits = np.asarray(view.tensors[name], np.float32)[0]
        chosen = logits.max(axis=0) if target.class_id is None else logits[target.class_id]
        scores.append(1.0 / (1.0 + np.exp(-np.clip(chosen, -60, 60))))
    rows, columns = max(s.shape[0] for s in scores), max(s.shape[1] for s in scores)
    scaled = [grown(s, (columns, rows)) for s in scores]
    best: FloatArray = np.max(scaled, axis=0).astype(np.float32)
    return best


def _around_box(raw: FloatArray, view: View, box: tuple[float, float, float, float]) -> FloatArray:
    """Only the places whose middle lies in the box or within a tenth of its size around it."""
    left, top, right, bottom = box
    margin_x, margin_y = (right - left) / 10, (bottom - top) / 10
    x0, y0, x1, y1 = region_of(view.geometry)
    rows, columns = raw.shape
    x = x0 + (np.arange(columns) + 0.5) * (x1 - x0) / columns
    y = y0 + (np.arange(rows) + 0.5) * (y1 - y0) / rows
    near_x = (x >= left - margin_x) & (x <= right + margin_x)
    near_y = (y >= top - margin_y) & (y <= bottom + margin_y)
    return np.where(near_y[:, None] & near_x[None, :], raw, np.float32(0))


class EigenCam:
    """The first principal component of a map: where the network responds most, whatever the class.

    Its sign is chosen so that strong responses count as yes: the method itself leaves it open.

    Source: Muhammad and Yeasin, "Eigen-CAM", 2020, https://arxiv.org/abs/2008.00299, section III.
    """

    name = "eigen"
    paper = "Muhammad and Yeasin 2020, arXiv:2008.00299"
    by_class = False
    live = True
    looks_inside = True

    def needs(self, inside: Inside, choice: Choice) -> tuple[str, ...]:
        """The last maps, or the layer that was chosen."""
        if choice.layer:
            return (layer_map(inside, choice.layer).tensor,)
        if not inside.maps:
            raise no_map(inside)
        return tuple(point.tensor for point in inside.maps)

    def maps(self, probe: Probe, view: View, choice: Choice) -> Iterator[Heatmap]:
        """One map."""
        inside = probe.inside
        points: Sequence[MapPoint] = (layer_map(inside, choice.layer),) if choice.layer else inside.maps
        parts = []
        for point in points:
            values = np.asarray(view.tensors[point.tensor], np.float32)
            parts.append(np.maximum(projection(as_places(inside, point, values)), 0))
        rows, columns = max(p.shape[0] for p in parts), max(p.shape[1] for p in parts)
        scaled = [grown(_to_one(p), (columns, rows)) for p in parts]
        mean = parts[0] if len(parts) == 1 else np.mean(scaled, axis=0)
        note = "" if choice.layer else Message("the same for every class")
        yield heatmap(np.asarray(mean, np.float32), view, self.name, layer=choice.layer, note=note)


def projection(places: FloatArray) -> FloatArray:
    """Places on the first principal component of their features, (h, w), strong responses positive.

    Args:
        places: (C, h, w) float32.
    """
    channels, rows, columns = places.shape
    features = places.reshape(channels, rows * columns).T.astype(np.float64)
    strength = np.abs(features).sum(axis=1)
    features = features - features.mean(axis=0)
    if channels <= rows * columns:
        _, vectors = np.linalg.eigh(features.T @ features)
        along = features @ vectors[:, -1]
    else:
        values, vectors = np.linalg.eigh(features @ features.T)
        along = vectors[:, -1] * np.sqrt(max(values[-1], 0.0))
    if np.dot(along, strength - strength.mean()) < 0:
        along = -along
    projected: FloatArray = along.reshape(rows, columns).astype(np.float32)
    return projected


def _to_one(values: FloatArray) -> FloatArray:
    high = float(values.max())
    return values / high if high > 0 else values


class ReciproCam:
    """The score of a class when only one place of the last map is left: forward passes only.

    As in the authors' OpenVINO XAI, a map is left with one place, and tokens with a soft 3 x 3 of them, in front of
    and behind the layer normalisation of the block that reads them; class and register tokens stay. The score is the
    number that the network itself gives.

    Source: Byun and Lee, "ReciproCAM: Lightweight Gradient-free Class Activation Map for Post-hoc
    Explanations", 2024, https://arxiv.org/abs/2209.14074, equations 3 to 5; for tokens "ViT-ReciproCAM", 2023,
    https://arxiv.org/abs/2310.02588.
    """

    name = "recipro"
    paper = "Byun and Lee 2024, arXiv:2209.14074"
    by_class = True
    live = False
    looks_inside = True

    def needs(self, inside: Inside, choice: Choice) -> tuple[str, ...]:
        """The last map, or the layer that was chosen."""
        if not choice.layer and not inside.maps:
            raise no_map(inside)
        return _masked_tensors(inside, _recipro_point(inside, choice))

    def maps(self, probe: Probe, view: View, choice: Choice) -> Iterator[Heatmap]:
        """One map: as many short runs as the map has places."""
        target = target_of(view.result, choice)
        if not isinstance(view.result, Classification):
            raise ModelError(
                "{name}: ReciproCAM needs one map that everything passes through; for a detector take "
                "cam, eigen or occlusion",
                name=probe.name,
            )
        raw = _kept_places(probe, view, _recipro_point(probe.inside, choice), target)
        yield heatmap(raw, view, self.name, target, layer=choice.layer)


def _recipro_point(inside: Inside, choice: Choice) -> MapPoint:
    return layer_map(inside, choice.layer) if choice.layer else inside.maps[0]


def _masked_tensors(inside: Inside, point: MapPoint) -> tuple[str, ...]:
    """The map, and for tokens what the normalisation of the next block makes of it."""
    after = normalised_after(inside.model, point.tensor) if point.layout == "tokens" else ""
    return (point.tensor, after) if after else (point.tensor,)


_ONE = np.ones((1, 1), np.float32)
# Source: openvino_xai.methods.white_box.recipro_cam.ViTReciproCAM, its Gaussian
_SOFT = np.asarray(np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]], np.float32) / 16, np.float32)


def _kept_places(probe: Probe, view: View, point: MapPoint, target: Target) -> FloatArray:
    inside = probe.inside
    names = _masked_tensors(inside, point)
    values = {name: np.asarray(view.tensors[name], np.float32) for name in names}
    _, rows, columns = as_places(inside, point, values[point.tensor]).shape
    scores = np.zeros((rows, columns), np.float32)
    output = next(iter(probe.model.output_names.values()))
    kept = _SOFT if point.layout == "tokens" else _ONE
    for row in range(rows):
        for column in range(columns):
            mask = _mask_at(kept, (rows, columns), row, column)
            outputs = probe.from_tensors({n: _masked(inside, point, v, mask) for n, v in values.items()})
            given = outputs[output].reshape(-1)
            number, sign = number_of_class(len(given), target.class_id or 0)
            scores[row, column] = sign * given[number]
    return scores


def _mask_at(kept: FloatArray, size: tuple[int, int], row: int, column: int) -> FloatArray:
    reach = kept.shape[0] // 2
    mask = np.zeros((size[0] + 2 * reach, size[1] + 2 * reach), np.float32)
    mask[row : row + kept.shape[0], column : column + kept.shape[1]] = kept
    return mask[reach : reach + size[0], reach : reach + size[1]]


def _masked(inside: Inside, point: MapPoint, values: FloatArray, mask: FloatArray) -> FloatArray:
    if point.layout == "NCHW":
        return values * mask[None, None]
    if point.layout == "NHWC":
        return values * mask[None, :, :, None]
    before = inside.laid_out(values.shape[1]).before
    masked = values.copy()
    masked[:, before:] *= mask.reshape(1, -1, 1)
    return masked


EIGEN = EigenCam()
