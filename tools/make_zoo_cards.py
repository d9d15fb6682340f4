"""Write the cards of the classifiers in the ONNX Model Zoo (exports of torchvision and timm at opset 17).

    pip install -e '.[export]'
    python tools/make_zoo_cards.py

`onnx_zoo.tsv` holds what cannot be computed: year, size, hash and place of the file, and timm's measured top-1.
Preprocessing and licence come from the libraries' own descriptions of the weights; parameters, multiply-adds and
depth are counted on the network, built without weights.
"""

from __future__ import annotations

import csv
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vision_app.cards.card import (
    Download,
    InputSpec,
    ModelCard,
    OutputSpec,
    Published,
    card_as_json,
    named_labels,
)
from vision_app.exporting.counting import count
from vision_app.exporting.from_timm import LICENCES
from vision_app.exporting.from_timm import input_spec as timm_input
from vision_app.exporting.from_torchvision import input_spec as torchvision_input
from vision_app.resources import models_dir

TABLE = Path(__file__).with_name("onnx_zoo.tsv")
# where the zoo moved in 2025; sizes and hashes are those of the Git LFS pointers in github.com/onnx/models,
# commit b1eeaa1ac722dcc1cd1a8284bde34393dab61c3d, Computer_Vision/
FILES = "https://huggingface.co/onnxmodelzoo/legacy_models/resolve/main/Computer_Vision/"
ORIGINS = {
    "torchvision": "https://docs.pytorch.org/vision/stable/models.html",
    "timm": "https://github.com/huggingface/pytorch-image-models/blob/"
    "0173a139a2c66db3a41ebfe1d8ac4fb02483642e/results/results-imagenet.csv",
}
NAMES = {"efficientnet_lite0": "efficientnet-lite0-timm"}  # efficientnet-lite0 is the shipped network
NOTES = {
    "alexnet": "The variant of 'One weird trick', arXiv 1404.5997, without the two towers of 2012.",
    "googlenet": "torchvision's pretrained network turns ImageNet's normalisation into its own inside the graph "
    "(transform_input=True), so its input is normalised like that of the others.",
    "resnet50": "Which of torchvision's two sets of weights was exported is not stated; the figure is that of the "
    "first, which pretrained=True loads (the second: 80.858 at resize 232).",
    "resnet101": "Which of torchvision's two sets of weights was exported is not stated; the figure is that of the "
    "first, which pretrained=True loads (the second: 81.886 at resize 232).",
    "efficientnet_b4": "Top-1 at this size is not published; timm measures 83.4 at 384 pixels without a crop.",
    "mobilevit_xxs": "Licence: https://github.com/apple/ml-cvnets/blob/main/LICENSE",
    "mobilevit_xs": "Licence: https://github.com/apple/ml-cvnets/blob/main/LICENSE",
}


@dataclass(frozen=True)
class Weights:
    """What a library says about one of its models."""

    network: Any
    input: InputSpec
    licence: str
    top1: float | None


def from_torchvision(model: str, tag: str) -> Weights:
    from torchvision import models

    weights = models.get_model_weights(model)[tag]
    options = {"init_weights": False, "aux_logits": False} if model == "googlenet" else {}
    top1 = weights.meta["_metrics"]["ImageNet-1K"]["acc@1"]
    spec = torchvision_input(weights.transforms())
    return Weights(models.get_model(model, weights=None, **options), spec, "BSD-3-Clause", top1)


def from_timm(model: str, tag: str) -> Weights:
    import timm

    timm.layers.set_fused_attn(False)  # the counter does not see into fused attention
    network = timm.create_model(f"{model}.{tag}", pretrained=False)
    config = network.pretrained_cfg
    spec = timm_input(model, timm.data.resolve_data_config(model=network))
    return Weights(network, spec, LICENCES[config["license"]], None)


LIBRARIES = {"torchvision": from_torchvision, "timm": from_timm}


def make_card(row: dict[str, str]) -> ModelCard:
    """The card of one line of the table."""
    model, library = row["model"], row["library"]
    weights = LIBRARIES[library](model, row["tag"])
    counted = count(weights.network.eval(), weights.input.size_hw)
    top1 = float(row["top1"]) if row["top1"] else weights.top1
    figures = "top-1; " if top1 is not None else ""
    export = f"ONNX Model Zoo, exported from {library} at opset 17 ({library} weights: {row['tag']}). "
    return ModelCard(
        name=NAMES.get(model, model.replace("_", "-")),
        title=row["title"],
        task="classify",
        family=row["family"],
        licence=weights.licence,
        input=weights.input,
        output=OutputSpec(layout="classes", activation="softmax"),
        labels=named_labels("imagenet-1k"),
        year=int(row["year"]),
        origin_url="https://github.com/onnx/models/tree/main/Computer_Vision",
        download=Download(FILES + row["file"], int(row["bytes"]), row["sha256"]),
        published=Published(
            source=f"{ORIGINS[library]} ({figures}parameters, multiply-adds and layers with weights on the "
            "longest path are counted)",
            top1=top1,
            params=counted.params,
            macs=counted.macs,
            depth=counted.depth,
        ),
        notes=(export + NOTES.get(model, "")).strip(),
    )


def main() -> None:
    warnings.simplefilter("ignore")  # of the libraries, on deprecated options
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            card = make_card(row)
            (models_dir() / f"{card.name}.json").write_text(card_as_json(card), encoding="utf-8")
            facts = card.published
            assert facts is not None and facts.macs is not None
            print(f"{card.name:32} top-1 {facts.top1} params {facts.params} MACs {facts.macs / 1e9:.3f}e9 "
                  f"depth {facts.depth} {card.input.size_hw} {card.input.interpolation} {card.licence}")  # fmt: skip


if __name__ == "__main__":
    main()
