"""Maps beside those of torch hooks, of grad-cam and of timm, on the same network and the same numbers."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests import tiny_models as tiny
from vision_app.cards.card import parse_card
from vision_app.cards.lookup import ModelFile
from vision_app.engine.predictors import LoadedModel
from vision_app.explaining.base import Choice, Target
from vision_app.explaining.cam import class_map, projection
from vision_app.explaining.probe import Probe
from vision_app.explaining.table import EXPLAINERS, maps_of, view_of

pytestmark = [pytest.mark.parity, pytest.mark.slow]
torch = pytest.importorskip("torch", reason="parity with torch needs the extra `export`")

SIDE = 96
CLASSES = 10
IMAGE = np.random.default_rng(5).integers(0, 255, (SIDE, SIDE, 3), np.uint8)


def exported(network: Any, folder: Path, name: str, side: int = SIDE) -> Probe:
    """A network as an ONNX file with a card, looked into."""
    path = folder / f"{name}.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            torch.zeros(1, 3, side, side),
            str(path),
            dynamo=False,
            opset_version=17,
            input_names=["image"],
            output_names=["scores"],
        )
    labels = [f"class {i}" for i in range(CLASSES)]
    card = parse_card(tiny.card(name, labels=labels, input__size_hw=[side, side]), name)
    return Probe(LoadedModel(ModelFile(name, path, card), provider="cpu"))


FULL = 224
"""Side of the input of networks whose pooling cannot be exported for a smaller one."""


def seeded(make: Any, *arguments: Any, **more: Any) -> Any:
    torch.manual_seed(0)
    network = make(*arguments, **more).eval()
    if not any(isinstance(m, torch.nn.BatchNorm2d) for m in network.modules()):
        return network
    with torch.no_grad():  # statistics as of a network that has seen pictures
        network.train()
        for _ in range(3):
            network(torch.rand(4, 3, more.get("img_size", SIDE), more.get("img_size", SIDE)))
        network.eval()
    return network


def tensor_of(probe: Probe, image: np.ndarray) -> Any:
    return torch.from_numpy(probe.model.prepare(image)[0].copy())


def alike(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.corrcoef(np.ravel(a), np.ravel(b))[0, 1])


def _torchvision(name: str) -> Any:
    torchvision = pytest.importorskip("torchvision")
    more = {"aux_logits": False, "init_weights": True} if name == "googlenet" else {}
    return seeded(getattr(torchvision.models, name), num_classes=CLASSES, **more)


LAST = {
    "resnet18": lambda n: (n.layer4, n.fc),
    "mobilenet_v2": lambda n: (n.features, n.classifier[1]),
    "googlenet": lambda n: (n.inception5b, n.fc),
    "efficientnet_b0": lambda n: (n.features, n.classifier[1]),
}


@pytest.mark.parametrize("name", LAST)
def test_exact_maps_are_those_of_torch_hooks(tmp_path, name):
    network = _torchvision(name)
    probe = exported(network, tmp_path, name)
    view = view_of(probe, IMAGE, EXPLAINERS["cam"], Choice())
    layer, dense = LAST[name](network)
    seen: list[Any] = []
    hook = layer.register_forward_hook(lambda _, __, output: seen.append(output.detach()))
    with torch.no_grad():
        network(tensor_of(probe, IMAGE))
    hook.remove()
    for class_id in range(CLASSES):
        theirs = np.tensordot(dense.weight[class_id].detach().numpy(), seen[0][0].numpy(), axes=1)
        ours = class_map(probe.inside, view, Target(class_id, ""))
        assert alike(ours, theirs) >= 0.999
        np.testing.assert_allclose(ours, theirs, rtol=1e-2, atol=1e-3 * np.abs(theirs).max())


def _side(name: str) -> int:
    return FULL if name in ("alexnet", "vgg11") else SIDE


FAMILIES = {
    "alexnet": lambda n: n.features[10],
    "vgg11": lambda n: n.features[18],
    "resnet18": lambda n: n.layer4[-1],
}


@pytest.mark.parametrize("name", FAMILIES)
def test_eigen_cam_is_that_of_grad_cam(tmp_path, name):
    peer = pytest.importorskip("pytorch_grad_cam", reason="parity with grad-cam needs pip install grad-cam")
    network = _torchvision(name)
    probe = exported(network, tmp_path, name, _side(name))
    target = FAMILIES[name](network)
    seen: list[Any] = []
    hook = target.register_forward_hook(lambda _, __, output: seen.append(output.detach().numpy()))
    with peer.EigenCAM(model=network, target_layers=[target]) as cam:
        cam(input_tensor=tensor_of(probe, IMAGE), targets=None)
    hook.remove()
    theirs = peer.utils.svd_on_activations.get_2d_projection(np.maximum(seen[0], 0).copy())[0]
    point = probe.inside.maps[0]
    ours = projection(np.maximum(probe.answer(IMAGE, (point.tensor,)).outputs[point.tensor][0], 0))
    assert abs(alike(ours, theirs)) >= 0.999


def _timm(**more: Any) -> Any:
    timm = pytest.importorskip("timm")
    return seeded(
        timm.create_model,
        "vit_tiny_patch16_224",
        pretrained=False,
        num_classes=CLASSES,
        img_size=SIDE,
        **more,
    )


def _their_attention(network: Any, tensor: Any) -> list[np.ndarray]:
    """The matrices of each block, by hooks, with fused attention off."""
    found: list[np.ndarray] = []
    hooks = []
    for block in network.blocks:
        block.attn.fused_attn = False
        hooks.append(
            block.attn.attn_drop.register_forward_hook(lambda _, __, o: found.append(o[0].detach().numpy()))
        )
    with torch.no_grad():
        network(tensor)
    for hook in hooks:
        hook.remove()
    return found


def test_attention_and_rollout_are_those_of_timm(tmp_path):
    network = _timm()
    probe = exported(network, tmp_path, "vit", SIDE)  # exported with its fused attention, as it comes
    theirs = _their_attention(network, tensor_of(probe, IMAGE))
    points = probe.inside.attention
    assert len(points) == len(theirs) == 12
    outputs = probe.answer(IMAGE, [p.matrix for p in points]).outputs
    for point, matrix in zip(points, theirs, strict=True):
        assert alike(outputs[point.matrix][0], matrix) >= 0.999
    rolled = np.eye(37)
    for matrix in theirs:  # Abnar and Zuidema, equation 1, written down once more
        mixed = 0.5 * matrix.mean(axis=0) + 0.5 * np.eye(37)
        rolled = mixed @ rolled
    *_, found = maps_of(probe, IMAGE, "rollout")
    assert alike(found.values, rolled[0, 1:].reshape(6, 6)) >= 0.999


def test_recipro_of_tokens_is_what_the_paper_says_in_torch(tmp_path):
    network = _timm()
    probe = exported(network, tmp_path, "vit", SIDE)
    tokens: list[Any] = []
    hook = network.blocks[-1].register_forward_pre_hook(lambda _, inputs: tokens.append(inputs[0].detach()))
    with torch.no_grad():
        network(tensor_of(probe, IMAGE))
    hook.remove()
    last, soft = network.blocks[-1], np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]], np.float32) / 16
    theirs = np.zeros((6, 6))
    for row in range(6):
        for column in range(6):
            mask = np.zeros((8, 8), np.float32)
            mask[row : row + 3, column : column + 3] = soft
            kept = torch.from_numpy(np.concatenate([[1.0], mask[1:-1, 1:-1].ravel()]).astype(np.float32))[
                None, :, None
            ]
            with torch.no_grad():  # in front of and behind the normalisation, as openvino_xai masks it
                x = tokens[0] * kept + last.attn(last.norm1(tokens[0]) * kept)
                x = x + last.mlp(last.norm2(x))
                theirs[row, column] = float(network.forward_head(network.norm(x))[0, 3])
    *_, found = maps_of(probe, IMAGE, "recipro", Choice(class_id=3))
    assert alike(found.values, theirs) >= 0.999


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("vgg11", {"eigen"}),
        ("alexnet", {"eigen"}),
        ("squeezenet1_1", {"cam"}),
    ],
)
def test_families_without_averages_before_a_dense_layer(tmp_path, name, words):
    probe = exported(_torchvision(name), tmp_path, name, _side(name))
    assert {m.method for m in maps_of(probe, IMAGE, "cam")} == words


def test_a_network_of_400_layers(tmp_path):
    torchvision = pytest.importorskip("torchvision")
    network = seeded(
        torchvision.models.ResNet, torchvision.models.resnet.Bottleneck, [3, 8, 100, 20], num_classes=CLASSES
    )
    probe = exported(network, tmp_path, "deep")
    assert len(probe.inside.convolutions) > 390
    *_, found = maps_of(probe, IMAGE, "cam")
    assert found.method == "cam"
