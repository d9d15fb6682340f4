"""Heads over time beside PyTorch: the same answers and the same gradients from the same weights."""

from __future__ import annotations

import numpy as np
import pytest

from vision_app.temporal.batches import Batch, Scale
from vision_app.temporal.heads import HEADS, HeadKind, Shape, TemporalHead, network_of
from vision_app.temporal.layers import Pass, as_type

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("kind", HEADS)
def test_answers_and_gradients_are_those_of_torch(kind: HeadKind) -> None:
    from benchmarks.temporal_peer import with_weights

    random = np.random.default_rng(7)
    shape = Shape(kind, 3, 4, 12, width=8, dropout=0.0)
    weights = as_type(network_of(shape).initial(random), np.float64)
    weights = {k: v + random.normal(0, 0.3, v.shape) for k, v in weights.items()}
    head = TemporalHead(shape, weights, Scale(np.zeros(3), np.ones(3)))
    real = np.ones((3, 12), bool)
    real[1, :5] = False
    values = random.normal(size=(3, 12, 3)) * real[:, :, None]
    batch = Batch(values, real & (random.random(real.shape) < 0.8), real, np.array([0, 1, 3]))
    made, back = head.network.forward(weights, batch.rows, Pass(real))
    gradients: dict[str, np.ndarray] = {}
    back(np.ones_like(made) * [1.0, -2.0, 0.5, 1.5], gradients)

    peer = with_weights(head).double().train()
    theirs = peer(torch.from_numpy(batch.rows), torch.from_numpy(real))
    (theirs * torch.tensor([1.0, -2.0, 0.5, 1.5], dtype=torch.float64)).sum().backward()
    np.testing.assert_allclose(made, theirs.detach().numpy(), atol=1e-6)
    lengths = {name: np.linalg.norm(gradient) for name, gradient in gradients.items()}
    of_torch = {
        name: float(np.linalg.norm(p.grad.numpy()))
        for name, p in peer.named_parameters()
        if p.grad is not None
    }
    np.testing.assert_allclose(gradients["out.weight"], peer.out.weight.grad.numpy().T, atol=1e-6)
    if "recurrent.input" in gradients:
        of_torch.pop("recurrent.bias_hh_l0")
        np.testing.assert_allclose(
            gradients["recurrent.recurrent"], peer.recurrent.weight_hh_l0.grad.numpy().T, atol=1e-6
        )
        lengths.pop("recurrent.candidate", None)
    assert sorted(lengths.values()) == pytest.approx(sorted(of_torch.values()), rel=1e-4, abs=1e-6)
