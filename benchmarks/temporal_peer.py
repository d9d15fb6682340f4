"""The heads over time once more in PyTorch: the same shapes, its own layers, gradients and optimiser."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from vision_app.learn.options import TrainingOptions
from vision_app.temporal.attention import positions
from vision_app.temporal.augmenting import Changes, changed
from vision_app.temporal.batches import Batch, scale_of
from vision_app.temporal.fitting import RATE_OF, room_of
from vision_app.temporal.heads import RECURRENT, Shape, TemporalHead


class Peer(nn.Module):  # type: ignore[misc]  # torch has no types here
    """One head. Takes (N, T, inputs + 1) standardised rows and (N, T) what of them is real."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        width, row = shape.width, shape.row
        if shape.kind in RECURRENT:
            kind = {"gru": nn.GRU, "lstm": nn.LSTM, "rnn": nn.RNN}[shape.kind]
            self.recurrent = kind(row, width, batch_first=True)
        elif shape.kind == "cnn":
            self.convolutions = nn.ModuleList(
                nn.Conv1d(row if d == 1 else width, width, 5, dilation=d, padding=2 * d) for d in (1, 2, 4)
            )
        elif shape.kind == "transformer":
            self.convolutions = nn.ModuleList(
                nn.Conv1d(row if n == 0 else width, width, 5, padding=2) for n in range(2)
            )
            self.blocks = nn.ModuleList(
                nn.TransformerEncoderLayer(
                    width, 4, 2 * width, shape.dropout / 2, batch_first=True, norm_first=True
                )
                for _ in range(2)
            )
            self.norm = nn.LayerNorm(width)
        else:
            self.hidden = nn.Linear(shape.inputs + 1, width)
        self.dropout = nn.Dropout(shape.dropout)
        self.out = nn.Linear(2 * width if shape.kind == "cnn" else width, shape.classes)

    def forward(self, rows: torch.Tensor, real: torch.Tensor) -> torch.Tensor:
        """(N, classes) scores."""
        share = real.float() / real.sum(1, keepdim=True)
        if self.shape.kind == "mlp":
            mean = (rows * share[:, :, None]).sum(1)
            return self.out(self.dropout(functional.relu(self.hidden(mean))))
        values, flags = rows[:, :, :-1], rows[:, :, -1:]
        both = (real[:, 1:] & real[:, :-1])[:, :, None]
        change = functional.pad((values[:, 1:] - values[:, :-1]) * both * 3.0, (0, 0, 1, 0))
        x = torch.cat([values, change, flags], 2)
        if self.shape.kind in RECURRENT:
            return self.out(self.dropout(self._recurrent(x, real)))
        x = self._convolved(x, real)
        if self.shape.kind == "cnn":
            return self.out(self.dropout(torch.cat([(x * share[:, :, None]).sum(1), x.amax(1)], 1)))
        marks = torch.as_tensor(positions(x.shape[1], self.shape.width), dtype=x.dtype)
        x = x + marks
        for block in self.blocks:
            x = block(x, src_key_padding_mask=~real)
        return self.out(self.dropout((self.norm(x) * share[:, :, None]).sum(1)))

    def _convolved(self, x: torch.Tensor, real: torch.Tensor) -> torch.Tensor:
        for convolution in self.convolutions:
            x = functional.relu(convolution(x.transpose(1, 2))).transpose(1, 2) * real[:, :, None]
        return x

    def _recurrent(self, x: torch.Tensor, real: torch.Tensor) -> torch.Tensor:
        """The fading mean of the states; a packed sequence begins at its first real row."""
        lengths = real.sum(1)
        rows = x.shape[1]
        at = (torch.arange(rows) + (rows - lengths)[:, None]).clamp(max=rows - 1)
        x = torch.gather(x, 1, at[:, :, None].expand(-1, -1, x.shape[2]))
        packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        states, _ = nn.utils.rnn.pad_packed_sequence(self.recurrent(packed)[0], batch_first=True)
        age = lengths[:, None] - 1 - torch.arange(states.shape[1])
        weight = torch.where(age >= 0, self.shape.keep ** age.clamp(min=0), 0.0)
        weight = (weight / weight.sum(1, keepdim=True)).to(states.dtype)
        return (states * weight[:, :, None]).sum(1)


@dataclass(frozen=True, slots=True)
class PeerFit:
    """A trained peer, and what standardises its rows."""

    model: Peer
    mean: np.ndarray
    std: np.ndarray

    def right(self, batch: Batch) -> float:
        """Share of the sequences that it knows."""
        self.model.eval()
        values = (batch.values - self.mean) / self.std * batch.real[:, :, None]
        rows = np.concatenate([values, batch.present[:, :, None]], 2).astype(np.float32)
        with torch.no_grad():
            made = self.model(torch.from_numpy(rows), torch.from_numpy(batch.real))
        return float((made.argmax(1).numpy() == batch.y).mean())


def train(
    batch: Batch, shape: Shape, options: TrainingOptions, changes: Changes, about: int = 160
) -> PeerFit:
    """Train a peer as the product does: the same changes, optimiser, schedule and number of steps."""
    torch.set_num_threads(1)  # as ours; more of them are slower here
    torch.manual_seed(options.seed)
    random = np.random.default_rng(options.seed)
    scale = scale_of(batch)
    data = scale.applied(batch)
    model = Peer(shape)
    decayed = [p for p in model.parameters() if p.ndim > 1]
    plain = [p for p in model.parameters() if p.ndim <= 1]
    optimiser = torch.optim.AdamW(
        [
            {"params": decayed, "weight_decay": options.weight_decay},
            {"params": plain, "weight_decay": 0.0},
        ],
        lr=options.learning_rate,
    )
    rounds = max(1, round(about / len(data)))
    batches = math.ceil(rounds * len(data) / options.batch_size)
    step = 0
    for _ in range(options.epochs):
        order = np.concatenate([random.permutation(len(data)) for _ in range(rounds)])
        for start in range(0, len(order), options.batch_size):
            part = changed(
                data.part(order[start : start + options.batch_size]),
                changes,
                random,
                room_of(shape),
            )
            share = step / (options.epochs * batches)
            up = min(1.0, (step + 1) / (3 * batches))
            for group in optimiser.param_groups:
                group["lr"] = (
                    options.learning_rate
                    * RATE_OF.get(shape.kind, 1.0)
                    * up
                    * (1 + math.cos(math.pi * share))
                    / 2
                )
            model.train()
            made = model(torch.from_numpy(part.rows), torch.from_numpy(part.real))
            loss = functional.cross_entropy(
                made, torch.from_numpy(part.y), label_smoothing=options.label_smoothing
            )
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            step += 1
    return PeerFit(model, scale.mean, scale.std)


def with_weights(head: TemporalHead) -> Peer:
    """A peer with the weights of a head of ours."""
    peer = Peer(head.shape)
    w = {name: torch.from_numpy(np.ascontiguousarray(a)) for name, a in head.weights.items()}
    with torch.no_grad():
        _dense(peer.out, w, "out")
        if head.shape.kind in RECURRENT:
            layer = peer.recurrent
            layer.weight_ih_l0.copy_(w["recurrent.input"].T)
            layer.weight_hh_l0.copy_(w["recurrent.recurrent"].T)
            layer.bias_ih_l0.copy_(w["recurrent.bias"])
            layer.bias_hh_l0.zero_()
            if head.shape.kind == "gru":
                layer.bias_hh_l0[-head.shape.width :] = w["recurrent.candidate"]
        elif head.shape.kind == "mlp":
            _dense(peer.hidden, w, "hidden")
        else:
            name = "convolution" if head.shape.kind == "cnn" else "embed"
            for n, layer in enumerate(peer.convolutions, 1):
                layer.weight.copy_(w[f"{name}{n}.weight"].permute(2, 1, 0))
                layer.bias.copy_(w[f"{name}{n}.bias"])
        if head.shape.kind == "transformer":
            _norm(peer.norm, w, "norm")
            for n, block in enumerate(peer.blocks, 1):
                attention = block.self_attn
                attention.in_proj_weight.copy_(w[f"block{n}.attention.query_key_value.weight"].T)
                attention.in_proj_bias.copy_(w[f"block{n}.attention.query_key_value.bias"])
                _dense(attention.out_proj, w, f"block{n}.attention.out")
                _dense(block.linear1, w, f"block{n}.dense1")
                _dense(block.linear2, w, f"block{n}.dense2")
                _norm(block.norm1, w, f"block{n}.norm1")
                _norm(block.norm2, w, f"block{n}.norm2")
    return peer


def _dense(layer: nn.Linear, w: dict[str, torch.Tensor], name: str) -> None:
    layer.weight.copy_(w[f"{name}.weight"].T)
    layer.bias.copy_(w[f"{name}.bias"])


def _norm(layer: nn.LayerNorm, w: dict[str, torch.Tensor], name: str) -> None:
    layer.weight.copy_(w[f"{name}.scale"])
    layer.bias.copy_(w[f"{name}.shift"])
