"""Embeddings of all families against torch's own last layer; AdamW against torch's. Needs the extra `export`."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from vision_app.graph import Backbone, DenseLayer
from vision_app.runtime import Session

pytestmark = [pytest.mark.parity, pytest.mark.usefixtures("ultralytics")]

# an architecture of each family, the smallest that there is; input size where it is not 224
FAMILIES = {
    **{f"torchvision:{name}": 224 for name in ("resnet18", "vgg11", "alexnet", "squeezenet1_1", "googlenet")},
    "torchvision:inception_v3": 299,
    **{
        f"timm:{name}": 224
        for name in ("vit_tiny_patch16_224", "deit_tiny_distilled_patch16_224", "levit_128s")
    },
    **{f"timm:{name}": 224 for name in ("convit_tiny", "coat_lite_tiny", "mobilenetv3_small_050")},
    "timm:mobilevit_xxs": 256,
    "timm:coatnet_nano_rw_224": 224,
    "timm:swin_tiny_patch4_window7_224": 224,
}


# the same head on fewer layers
SMALLER = {
    "swin_tiny_patch4_window7_224": {"depths": (1, 1, 1, 1), "embed_dim": 24, "num_heads": (1, 2, 4, 8)}
}


def built(reference: str):
    library, _, name = reference.partition(":")
    if library == "timm":
        import timm

        return timm.create_model(name, pretrained=False, **SMALLER.get(name, {})).eval()
    import torchvision

    more = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    return torchvision.models.get_model(name, weights=None, **more).eval()


def last_layers(network, classes: int = 1000) -> list:
    import torch

    return [
        m
        for name, m in network.named_modules()
        if "aux" not in name.lower()
        and (
            (isinstance(m, torch.nn.Linear) and m.out_features == classes)
            or (isinstance(m, torch.nn.Conv2d) and m.out_channels == classes)
        )
    ]


@pytest.mark.parametrize("reference", FAMILIES, ids=str)
def test_the_embedding_is_what_torchs_last_layer_reads(reference, tmp_path):
    import torch

    from vision_app.exporting.network import seeded, wake_up, write_onnx

    size = FAMILIES[reference]
    pictures = np.random.default_rng(0).normal(0, 1, (2, 3, size, size)).astype(np.float32)
    path = tmp_path / "model.onnx"
    with warnings.catch_warnings(), seeded(0):
        warnings.simplefilter("ignore")
        network = built(reference)
        wake_up(network, pictures)
        write_onnx(network, (size, size), path)
    read: list[np.ndarray] = []
    for layer in last_layers(network):
        layer.register_forward_pre_hook(lambda _, given: read.append(given[0].numpy()))
    with torch.no_grad():
        network(torch.from_numpy(pictures))
    pooled = [value.mean((2, 3)) if value.ndim == 4 else value for value in read]
    got = Session(path, "cpu", content=Backbone(path).content()).run_single(pictures)
    if reference == "timm:deit_tiny_distilled_patch16_224":
        wanted = np.concatenate(pooled, axis=1)  # two heads of two tokens
    elif reference == "timm:levit_128s":
        # two heads with a normalisation each: what both read is in front of them
        hooked: list[np.ndarray] = []
        network.head.bn.register_forward_pre_hook(lambda _, given: hooked.append(given[0].numpy()))
        with torch.no_grad():
            network(torch.from_numpy(pictures))
        wanted = hooked[0]
    else:
        wanted = pooled[0]
    assert got.shape == wanted.shape
    assert wanted.std() > 1e-6
    assert np.abs(got - wanted).max() <= 1e-3 * max(1.0, np.abs(wanted).max())


def test_the_old_head_put_on_again_is_the_old_model(tmp_path):
    import torch

    from vision_app.exporting.network import seeded, wake_up, write_onnx

    pictures = np.random.default_rng(0).normal(0, 1, (2, 3, 224, 224)).astype(np.float32)
    path = tmp_path / "model.onnx"
    with warnings.catch_warnings(), seeded(0):
        warnings.simplefilter("ignore")
        network = built("torchvision:resnet18")
        wake_up(network, pictures)
        write_onnx(network, (224, 224), path)
    weight, bias = (p.detach().numpy() for p in network.fc.parameters())
    content = Backbone(path).with_head([DenseLayer(weight.T.copy(), bias)], {})
    got = Session(path, "cpu", content=content).run_single(pictures)
    with torch.no_grad():
        wanted = torch.softmax(network(torch.from_numpy(pictures)), 1).numpy()
    assert got == pytest.approx(wanted, abs=1e-5)


@pytest.mark.parametrize("head", ["linear", "mlp"])
def test_steps_are_those_of_torch(head):
    import torch

    from vision_app.learn.head import initial_parameters
    from vision_app.learn.network import AdamW, Objective
    from vision_app.learn.options import TrainingOptions

    random = np.random.default_rng(0)
    x, y = random.normal(size=(40, 7)), random.integers(0, 3, 40)
    weights = np.array([0.5, 1.0, 2.0])[y]
    options = TrainingOptions(head=head, width=5, activation="relu")
    ours = tuple(
        p + random.normal(0, 0.1, p.shape) for p in initial_parameters(7, 3, options, random, np.float64)
    )
    theirs = [torch.tensor(p.copy(), requires_grad=True) for p in ours]
    decayed = [{"params": theirs[::2], "weight_decay": 0.3}, {"params": theirs[1::2], "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(decayed, lr=0.01)
    objective, own = Objective("relu", 0.1), AdamW(ours, 0.3)
    loss_of = torch.nn.CrossEntropyLoss(weight=torch.tensor([0.5, 1.0, 2.0]).double())
    losses = []
    for _ in range(25):
        loss, gradients = objective.loss_and_gradients(ours, x, y, weights)
        own.step(ours, gradients, 0.01)
        optimiser.zero_grad()
        value = torch.tensor(x)
        if head == "mlp":
            value = torch.relu(value @ theirs[0] + theirs[1])
        logits = value @ theirs[-2] + theirs[-1]
        # torch weighs smoothed targets by class; ours weighs samples: the same where it is put like this
        log_p = torch.log_softmax(logits, 1)
        targets = torch.full_like(log_p, 0.1 / 3)
        targets[torch.arange(40), torch.tensor(y)] += 0.9
        share = torch.tensor(weights / weights.sum())[:, None]
        their_loss = -(share * targets * log_p).sum()
        their_loss.backward()
        optimiser.step()
        losses.append((loss, float(their_loss.detach())))
    assert np.array(losses)[:, 0] == pytest.approx(np.array(losses)[:, 1], rel=1e-9)
    for a, b in zip(ours, theirs, strict=True):
        assert a == pytest.approx(b.detach().numpy(), abs=1e-9)
    plain = loss_of(torch.tensor(x[:, :3]), torch.tensor(y))
    mine, _ = Objective().loss_and_gradients((np.eye(7, 3), np.zeros(3)), x, y, weights)
    assert mine == pytest.approx(float(plain), rel=1e-9)
