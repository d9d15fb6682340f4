"""Classifiers of torchvision, with its best weights and their own transforms."""

from __future__ import annotations

from typing import Any

import numpy as np

from vision_app.cards.card import InputSpec, ModelCard, OutputSpec
from vision_app.exporting.base import BuildOrder, Built, ExportRequest, Library
from vision_app.exporting.libraries import require, unknown_model
from vision_app.exporting.network import class_layers, forward, seeded, spread_outputs, wake_up, write_onnx
from vision_app.exporting.pictures import batch_of
from vision_app.messages import Message

ORIGIN = "https://docs.pytorch.org/vision/stable/models.html"
LICENCE = "BSD-3-Clause"

# the pretrained networks are built like this: ImageNet's normalisation is turned into their own inside the graph
_LIKE_PRETRAINED = {"transform_input": True, "aux_logits": False, "init_weights": False}
_BUILD_OPTIONS: dict[str, dict[str, Any]] = {
    "googlenet": _LIKE_PRETRAINED,
    "inception_v3": _LIKE_PRETRAINED,
}


def resolve(model: str, request: ExportRequest) -> str:
    """Torchvision's own spelling.

    Raises:
        ModelError: there is no such classifier.
    """
    models = require("torchvision.models")
    name = model.lower().replace("-", "_")
    known = models.list_models(module=models)
    if name not in known:
        raise unknown_model("torchvision", name, known)
    return name


def input_spec(recipe: Any) -> InputSpec:
    """The card's input of a preset of `torchvision.transforms`.

    Args:
        recipe: an `ImageClassification` preset, as `weights.transforms()` gives it.
    """
    size, resized = recipe.crop_size[0], recipe.resize_size[0]
    return InputSpec(
        size_hw=(size, size),
        mean=tuple(recipe.mean),
        std=tuple(recipe.std),
        resize="crop",
        interpolation=recipe.interpolation.value,
        antialias=bool(recipe.antialias),
        crop_pct=size / resized,
    )


def build(order: BuildOrder) -> Built:
    """The network with the weights that torchvision calls its default, hash checked by it; or random ones."""
    models = require("torchvision.models")
    weights = models.get_model_weights(order.model).DEFAULT
    spec = input_spec(weights.transforms())
    labels = tuple(weights.meta["categories"])
    if order.random_weights:
        with seeded(order.seed):
            options = _BUILD_OPTIONS.get(order.model, {})
            network = models.get_model(order.model, weights=None, **options).eval()
            batch = batch_of(order.pictures, spec)
            wake_up(network, batch)
            spread_outputs(network, batch, class_layers(network, len(labels)))
    else:
        network = models.get_model(order.model, weights=weights, progress=True).eval()
    card = ModelCard(
        name="export",
        title=order.model,
        task="classify",
        family="",
        licence=weights.meta.get("license", LICENCE),
        input=spec,
        output=OutputSpec("classes", activation="softmax"),
        labels=labels,
        origin_url=ORIGIN,
    )
    top1 = weights.meta["_metrics"]["ImageNet-1K"]["acc@1"]
    return Built(
        write=lambda path: write_onnx(network, spec.size_hw, path),
        forward=forward(network),
        card=lambda _: card,
        weights="random" if order.random_weights else weights.name,
        network=network,
        origin=ORIGIN,
        top1=None if order.random_weights else float(np.round(top1, 3)),
    )


def _how_to_bring(model: str) -> str:
    models, hub = require("torchvision.models"), require("torch.hub")
    url = models.get_model_weights(model).DEFAULT.url
    return Message("put {url} into {get_dir}/checkpoints/", url=url, get_dir=hub.get_dir())


TORCHVISION = Library("torchvision", "resnet50", resolve, build, _how_to_bring)
