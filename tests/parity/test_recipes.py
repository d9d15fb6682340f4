"""Classifier recipes against the transforms of torchvision and timm: the tensor that the network sees."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest

from vision_app.cards.card import InputSpec, ModelCard, load_card
from vision_app.cards.lookup import card_paths
from vision_app.engine.predictors import load_model
from vision_app.resources import models_dir
from vision_app.results.values import Classification, ImageU8
from vision_app.tasks.preprocess import Preprocessor

pytestmark = pytest.mark.parity

MOST_MEAN = 0.05
"""Mean difference in grey levels."""
MOST = 2
"""Largest difference of a single value in grey levels: rounding, once an axis."""

TORCHVISION = [
    ("alexnet", "IMAGENET1K_V1"),
    ("resnet50", "IMAGENET1K_V1"),
    ("resnet50", "IMAGENET1K_V2"),
    ("inception_v3", "IMAGENET1K_V1"),
    ("efficientnet_b0", "IMAGENET1K_V1"),
    ("efficientnet_b1", "IMAGENET1K_V2"),
    ("efficientnet_v2_s", "IMAGENET1K_V1"),
    ("convnext_tiny", "IMAGENET1K_V1"),
    ("vit_b_16", "IMAGENET1K_V1"),
    ("swin_t", "IMAGENET1K_V1"),
    ("maxvit_t", "IMAGENET1K_V1"),
]
TIMM = [
    "vit_tiny_patch16_224",
    "deit_small_patch16_224",
    "mobilevit_s",
    "levit_128s",
    "coatnet_0_rw_224",
    "convit_tiny",
    "efficientnet_lite0",
    "efficientnet_b4",
]

Peer = Callable[[ImageU8], np.ndarray]


def as_peer(transform: Any) -> Peer:
    image_module = pytest.importorskip("PIL.Image")

    def prepare(image: ImageU8) -> np.ndarray:
        rgb = image_module.fromarray(np.ascontiguousarray(image[..., ::-1]))
        return np.asarray(transform(rgb).numpy())

    return prepare


def torchvision_peer(name: str, tag: str) -> tuple[InputSpec, Peer]:
    models = pytest.importorskip("torchvision.models", reason="parity needs the extra `export`")
    transform = models.get_model_weights(name)[tag].transforms()
    (crop,), (resize,) = transform.crop_size, transform.resize_size
    spec = InputSpec(
        (crop, crop),
        mean=tuple(transform.mean),
        std=tuple(transform.std),
        interpolation=transform.interpolation.value,
        crop_pct=crop / resize,
    )
    return spec, as_peer(transform)


def timm_peer(name: str) -> tuple[InputSpec, Peer]:
    timm = pytest.importorskip("timm", reason="parity needs the extra `export`")
    config = timm.data.resolve_data_config(pretrained_cfg=timm.get_pretrained_cfg(name).to_dict())
    spec = InputSpec(
        config["input_size"][1:],
        mean=config["mean"],
        std=config["std"],
        interpolation=config["interpolation"],
        crop_pct=config["crop_pct"],
    )
    return spec, as_peer(timm.data.create_transform(**config, is_training=False))


def check(spec: InputSpec, peer: Peer, images: Iterable[tuple[str, ImageU8]]) -> None:
    preprocessor = Preprocessor(spec)
    to_grey = 255 * np.array(spec.std, np.float32)[:, None, None]
    for name, image in images:
        ours = preprocessor.prepare(image, spec.size_hw)[0][0]
        theirs = peer(image)
        assert ours.shape == theirs.shape, name
        difference = np.abs(ours - theirs) * to_grey
        assert difference.mean() <= MOST_MEAN, name
        assert difference.max() <= MOST + 0.01, name


@pytest.fixture(scope="module")
def images(photos, odd_images):
    return {**photos, **odd_images}.items()


@pytest.mark.parametrize(("name", "tag"), TORCHVISION)
def test_torchvision(name, tag, images):
    check(*torchvision_peer(name, tag), images)


@pytest.mark.parametrize("name", TIMM)
def test_timm(name, images):
    check(*timm_peer(name), images)


def _exported(card: ModelCard) -> tuple[str, str] | None:
    """Library and tag of the weights that a card says its file was exported from."""
    found = re.search(r"\((timm|torchvision) weights: ([^)]+)\)", card.notes)
    return (found[1], found[2]) if found else None


def exported_cards() -> list[Any]:
    """Cards of files that were exported from timm or torchvision."""
    cards = [load_card(path) for path in card_paths().values() if path.parent == models_dir()]
    return [pytest.param(card, id=card.name) for card in cards if _exported(card)]


@pytest.mark.parametrize("card", exported_cards())
def test_the_cards_say_what_the_library_does(card, images):
    exported = _exported(card)
    assert exported is not None
    library, tag = exported
    name = card.name.removesuffix("-timm").replace("-", "_")
    _, peer = torchvision_peer(name, tag) if library == "torchvision" else timm_peer(f"{name}.{tag}")
    check(card.input, peer, images)


def test_the_shipped_model_sees_the_same(images):
    transforms = pytest.importorskip("torchvision.transforms", reason="parity needs the extra `export`")
    model = load_model("efficientnet-lite0")
    peer = as_peer(
        transforms.Compose(
            [
                transforms.Resize(256, transforms.InterpolationMode.BICUBIC),
                transforms.CenterCrop(224),
                transforms.PILToTensor(),
                transforms.Lambda(lambda pixels: (pixels.float() - 127) / 128),
            ]
        )
    )
    for name, image in images:
        ours, _ = model.predict(image)
        geometry = model._task.prepare(image)[1]
        theirs = model._task.decode({"scores": model.session.run_single(peer(image)[None])}, geometry)
        assert isinstance(ours, Classification)
        assert isinstance(theirs, Classification)
        assert ours.top(1)[0][0] == theirs.top(1)[0][0], name
        assert np.abs(ours.probabilities - theirs.probabilities).max() <= 0.01, name
