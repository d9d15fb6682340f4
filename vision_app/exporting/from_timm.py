"""Classifiers of timm, with its own weights and the preprocessing that it states for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vision_app.cards.card import InputSpec, Interpolation, ModelCard, OutputSpec, Resize, named_labels
from vision_app.errors import ModelError
from vision_app.exporting.base import BuildOrder, Built, ExportRequest, Library
from vision_app.exporting.libraries import require, unknown_model
from vision_app.exporting.network import class_layers, forward, seeded, spread_outputs, wake_up, write_onnx
from vision_app.exporting.pictures import batch_of
from vision_app.messages import Message

ORIGIN = (
    "https://github.com/huggingface/pytorch-image-models/blob/"
    "0173a139a2c66db3a41ebfe1d8ac4fb02483642e/results/results-imagenet.csv"
)
LICENCES = {"apache-2.0": "Apache-2.0", "mit": "MIT", "cvnets-license": Message("Apple ml-cvnets licence")}
_IMAGENET_CLASSES = 1000

# the variant that a short name means: 224 pixels, and the patch size of the papers' first table
_SHORT = {
    "vit_tiny": "vit_tiny_patch16_224",
    "vit_small": "vit_small_patch16_224",
    "vit_base": "vit_base_patch16_224",
    "vit_large": "vit_large_patch16_224",
    "deit_tiny": "deit_tiny_patch16_224",
    "deit_small": "deit_small_patch16_224",
    "deit_base": "deit_base_patch16_224",
    "swin_tiny": "swin_tiny_patch4_window7_224",
    "swin_small": "swin_small_patch4_window7_224",
    "swin_base": "swin_base_patch4_window7_224",
    "coatnet_0": "coatnet_0_rw_224",
    "coatnet_1": "coatnet_1_rw_224",
    "maxvit_tiny": "maxvit_tiny_tf_224",
    "mobilevit": "mobilevit_s",
    "levit": "levit_128s",
    "convit": "convit_tiny",
}

_RESIZE: dict[str, Resize] = {"center": "crop", "squash": "squash"}
_INTERPOLATION: dict[str, Interpolation] = {
    "bilinear": "bilinear",
    "bicubic": "bicubic",
    "nearest": "nearest",
}


def resolve(model: str, request: ExportRequest) -> str:
    """Timm's own spelling, with or without the tag of its weights; a short name means its usual variant.

    Raises:
        ModelError: there is no such model.
    """
    timm = require("timm")
    name = model.lower().replace("-", "_")
    name = _SHORT.get(name, name)
    architecture, _, tag = name.partition(".")
    if not timm.is_model(architecture):
        raise unknown_model("timm", name, [*timm.list_models(), *_SHORT])
    tags = [full.partition(".")[2] for full in timm.list_pretrained(f"{architecture}.*")]
    if tag and tag not in tags:
        raise ModelError(
            "timm has no weights '{tag}' for {architecture}; it has {tags}",
            tag=tag,
            architecture=architecture,
            tags=", ".join(tags) or Message("none at all"),
        )
    if not tags and not request.random_weights:
        raise ModelError(
            "timm has no weights for {architecture}; --random-weights exports the architecture",
            architecture=architecture,
        )
    return name


def input_spec(model: str, config: dict[str, Any]) -> InputSpec:
    """The card's input of timm's resolved data configuration.

    Raises:
        ModelError: it is prepared in a way that no card can say.
    """
    crop_mode, interpolation = config["crop_mode"], config["interpolation"]
    if crop_mode not in _RESIZE or interpolation not in _INTERPOLATION or config["input_size"][0] != 3:
        raise ModelError(
            "timm prepares pictures for {model} in a way that a card cannot say: crop_mode "
            "{crop_mode}, interpolation {interpolation}, input {input_size}",
            model=model,
            crop_mode=crop_mode,
            interpolation=interpolation,
            input_size=config["input_size"],
        )
    return InputSpec(
        size_hw=tuple(config["input_size"][1:]),
        mean=_triple(config["mean"]),
        std=_triple(config["std"]),
        resize=_RESIZE[crop_mode],
        interpolation=_INTERPOLATION[interpolation],
        antialias=True,
        crop_pct=float(config["crop_pct"]),
    )


def _triple(values: Sequence[float]) -> tuple[float, float, float]:
    red, green, blue = (float(v) for v in values)
    return red, green, blue


def build(order: BuildOrder) -> Built:
    """The network with timm's own weights, or random ones."""
    timm = require("timm")
    timm.layers.set_fused_attn(False)  # fused attention would hide the attention maps
    with seeded(order.seed):
        network = timm.create_model(order.model, pretrained=not order.random_weights, exportable=True).eval()
    config = network.pretrained_cfg
    spec = input_spec(order.model, timm.data.resolve_data_config(model=network))
    labels = _labels(timm, order.model, config, network.num_classes)
    if order.random_weights:
        batch = batch_of(order.pictures, spec)
        with seeded(order.seed):
            wake_up(network, batch)
            spread_outputs(network, batch, class_layers(network, len(labels)))
    licence = config.get("license") or Message("not stated")
    card = ModelCard(
        name="export",
        title=order.model.partition(".")[0],
        task="classify",
        family="",
        licence=LICENCES.get(licence, licence),
        input=spec,
        output=OutputSpec("classes", activation="softmax"),
        labels=labels,
        origin_url=f"https://huggingface.co/{config['hf_hub_id']}" if config.get("hf_hub_id") else ORIGIN,
    )
    return Built(
        write=lambda path: write_onnx(network, spec.size_hw, path),
        forward=forward(network),
        card=lambda _: card,
        weights="random" if order.random_weights else (config.get("tag") or "default"),
        network=network,
        origin=ORIGIN,
    )


def _labels(timm: Any, model: str, config: dict[str, Any], classes: int) -> tuple[str, ...]:
    if classes == _IMAGENET_CLASSES:
        return named_labels("imagenet-1k")
    if not classes:
        raise ModelError(
            "timm's {model} gives features, no classes; choose weights with a classifier", model=model
        )
    subset = timm.data.infer_imagenet_subset(config)
    if subset is None:
        return tuple(f"class {i}" for i in range(classes))
    info = timm.data.ImageNetInfo(subset)
    return tuple(info.index_to_description(i) for i in range(info.num_classes()))


def _how_to_bring(model: str) -> str:
    config = require("timm").get_pretrained_cfg(model)
    hub = getattr(config, "hf_hub_id", "") or Message("its page")
    return Message(
        "on a connected machine run: hf download {hub}, and copy ~/.cache/huggingface over", hub=hub
    )


TIMM = Library("timm", "vit_tiny_patch16_224", resolve, build, _how_to_bring)
