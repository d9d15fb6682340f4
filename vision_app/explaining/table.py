"""The explainers: one row each. A new one is one class and one row."""

from __future__ import annotations

from collections.abc import Iterator

from vision_app.errors import ConfigError
from vision_app.explaining.attention import Attention, Rollout
from vision_app.explaining.base import Choice, Explainer, View
from vision_app.explaining.cam import EIGEN, Cam, ReciproCam
from vision_app.explaining.capsules import Routing
from vision_app.explaining.features import Features, Similarity
from vision_app.explaining.heatmap import Heatmap
from vision_app.explaining.occlusion import Occlusion, Rise
from vision_app.explaining.probe import Probe
from vision_app.graph.inside import Inside
from vision_app.plugins import OpenTable, has_attributes
from vision_app.results.values import ImageU8

EXPLAINERS: OpenTable[Explainer] = OpenTable(
    "vision_app.explainers",
    {
        explainer.name: explainer
        for explainer in (
            Cam(),
            EIGEN,
            ReciproCam(),
            Rollout(),
            Attention(),
            Features(),
            Occlusion(),
            Rise(),
            Similarity(),
            Routing(),
        )
    },
    has_attributes("name", "by_class", "live", "looks_inside", "needs", "maps"),
)
"""Name to explainer."""


def explainer_for(method: str) -> Explainer:
    """The explainer of a method.

    Raises:
        ConfigError: there is none of that name.
    """
    if method not in EXPLAINERS:
        raise ConfigError(
            "method '{method}' is none of {explainers}", method=method, explainers=", ".join(EXPLAINERS)
        )
    return EXPLAINERS[method]


def maps_of(probe: Probe, image: ImageU8, method: str, choice: Choice | None = None) -> Iterator[Heatmap]:
    """The maps of one picture: one, or for a method that goes on one better after the other.

    Args:
        probe: the model.
        image: (H, W, 3) uint8 BGR.
        method: key of `EXPLAINERS`.
        choice: layer, block, head, class, box, place.

    Raises:
        ModelError: the model failed to run, or has nothing of the kind inside.
        ConfigError: the method or the choice is wrong.
    """
    explainer, choice = explainer_for(method), choice or Choice()
    yield from explainer.maps(probe, view_of(probe, image, explainer, choice), choice)


def view_of(probe: Probe, image: ImageU8, explainer: Explainer, choice: Choice) -> View:
    """One picture as the network saw it, with the tensors that an explainer reads."""
    names = needs_of(explainer, probe.inside, choice) if explainer.looks_inside else ()
    answer = probe.answer(image, names)
    return View(image, answer.geometry, answer.result, answer.outputs)


def needs_of(explainer: Explainer, inside: Inside, choice: Choice) -> tuple[str, ...]:
    """The tensors that an explainer reads, each once.

    Raises:
        VisionError: the network has nothing of the kind, or the choice is wrong.
    """
    return tuple(dict.fromkeys(explainer.needs(inside, choice)))


def usual_method(probe: Probe) -> str:
    """The method that suits a model best; see `usual_for`."""
    return usual_for(probe.inside)


def usual_for(inside: Inside) -> str:
    """The method that suits a network best: exact maps, else routing, rollout, Eigen-CAM, and occlusion at last."""
    if inside.head is not None or inside.class_maps:
        return "cam"
    if inside.capsules is not None:
        return "routing"
    if inside.attention:
        shape = inside.shapes.get(inside.attention[-1].matrix, ())
        if len(shape) == 4 and shape[0] == 1 and shape[-1] == shape[-2]:
            return "rollout"
    return "eigen" if inside.maps else "occlusion"
