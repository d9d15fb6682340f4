"""Five ways to name one sign: without any idea of a picture, by convolution, by attention, by both, by capsules.

Each takes (N, 3, 48, 48) RGB from 0 to 1, has at most a million parameters, and gives (N, 10). All but the capsules
give logits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor, nn

from sketches.crops import SIDE


class Mlp(nn.Sequential):  # type: ignore[misc]
    """Layers that see 6912 numbers, not a picture: the neighbour of a pixel is as far as any other."""

    def __init__(self, classes: int) -> None:
        super().__init__(
            nn.Flatten(),
            nn.Linear(3 * SIDE * SIDE, 128),
            nn.BatchNorm1d(128),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Linear(128, 128),
            nn.BatchNorm1d(128),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Linear(128, classes),
        )


def _conv(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )


class Residual(nn.Module):  # type: ignore[misc]
    """Two convolutions beside a way past them.

    Source: He et al., "Deep Residual Learning for Image Recognition", 2015.
    """

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.through = nn.Sequential(
            _conv(inputs, outputs, stride),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        same = inputs == outputs and stride == 1
        self.past = nn.Identity() if same else nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, H / stride, W / stride)."""
        return torch.relu(self.through(x) + self.past(x))


class Cnn(nn.Sequential):  # type: ignore[misc]
    """A residual network of four stages."""

    def __init__(self, classes: int) -> None:
        super().__init__(
            _conv(3, 24, 2),
            Residual(24, 24, 1),
            Residual(24, 48, 2),
            Residual(48, 96, 2),
            Residual(96, 160, 2),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Dropout(0.2),
            nn.Linear(160, classes),
        )


class Attention(nn.Module):  # type: ignore[misc]
    """Self-attention with several heads, spelled out so that one Softmax a block stays in the graph.

    Source: Vaswani et al., "Attention Is All You Need", 2017.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads, self.each = heads, width // heads
        self.three, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(N, tokens, width) to the same shape."""
        count, tokens = x.shape[0], x.shape[1]
        q, k, v = self.three(x).reshape(count, tokens, 3, self.heads, self.each).permute(2, 0, 3, 1, 4)
        weights = torch.softmax(q @ k.transpose(-2, -1) * self.each**-0.5, dim=-1)
        mixed = (weights @ v).transpose(1, 2).reshape(count, tokens, self.heads * self.each)
        return cast("Tensor", self.out(mixed))


class Block(nn.Module):  # type: ignore[misc]
    """Attention, then two layers for each token, both beside a way past them."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.layers = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x: Tensor) -> Tensor:
        """(N, tokens, width) to the same shape."""
        x = x + self.attention(self.norm1(x))
        return cast("Tensor", x + self.layers(self.norm2(x)))


class Vit(nn.Module):  # type: ignore[misc]
    """A vision transformer: patches of 6 x 6 pixels, a class token, six blocks.

    Source: Dosovitskiy et al., "An Image is Worth 16x16 Words", 2020.
    """

    def __init__(self, classes: int, stem: nn.Module | None = None, depth: int = 6) -> None:
        super().__init__()
        width, tokens = 96, 64
        self.stem = stem or nn.Conv2d(3, width, 6, 6)
        self.class_token = nn.Parameter(torch.zeros(1, 1, width))
        self.places = nn.Parameter(torch.randn(1, tokens + 1, width) * 0.02)
        self.blocks = nn.Sequential(*(Block(width, 4) for _ in range(depth)))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, 48, 48) to (N, classes)."""
        tokens = self.stem((x - 0.5) * 2).flatten(2).transpose(1, 2)
        first = self.class_token.expand(tokens.shape[0], -1, -1)
        seen = self.blocks(torch.cat([first, tokens], 1) + self.places)
        return cast("Tensor", self.head(self.norm(seen)[:, 0]))


class Hybrid(Vit):
    """The same attention, but its tokens come from a stem of convolutions.

    Source: Xiao et al., "Early Convolutions Help Transformers See Better", 2021.
    """

    def __init__(self, classes: int) -> None:
        stem = nn.Sequential(_conv(3, 24, 2), _conv(24, 48, 2), _conv(48, 96, 2), nn.Conv2d(96, 96, 1))
        # three halvings leave 6 x 6 places; the picture is widened so that there are 8 x 8 as in the ViT
        super().__init__(classes, nn.Sequential(nn.ZeroPad2d(8), stem), depth=4)


def squash(x: Tensor) -> Tensor:
    """Shorten vectors to a length below 1, their direction kept."""
    square = x.pow(2).sum(-1, keepdim=True)
    return x * (square / (1 + square) / (square + 1e-8).sqrt())


def lengths(capsules: Tensor) -> Tensor:
    """Lengths of vectors, from 0 to just below 1."""
    return (capsules.pow(2).sum(-1) + 1e-8).sqrt().clamp(max=1 - 1e-4)


class CapsNet(nn.Module):  # type: ignore[misc]
    """Capsules: groups of neurons whose length says whether something is there, and whose direction how it lies.

    The votes of 288 small capsules are routed by agreement to one capsule a class, three times over, unrolled. A
    decoder draws the sign again from the winning capsule.

    Source: Sabour, Frosst, Hinton, "Dynamic Routing Between Capsules", 2017.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.classes, self.small, self.large = classes, 8, 12
        self.stem = nn.Sequential(_conv(3, 32), _conv(32, 48, 2), _conv(48, 64, 2))
        self.primary = nn.Conv2d(64, 8 * self.small, 3, 2, 1)
        places = 8 * 6 * 6
        self.votes = nn.Parameter(torch.randn(places, self.small, classes * self.large) * 0.05)
        self.decoder = nn.Sequential(
            nn.Linear(classes * self.large, 128), nn.ReLU(), nn.Linear(128, 24 * 24), nn.Sigmoid()
        )

    def capsules(self, x: Tensor) -> Tensor:
        """(N, 3, 48, 48) to (N, classes, 12)."""
        maps = self.primary(self.stem(x))
        count = maps.shape[0]
        small = squash(maps.reshape(count, 8, self.small, 36).transpose(2, 3).reshape(count, 288, self.small))
        votes = (small.transpose(0, 1) @ self.votes).reshape(288, count, self.classes, self.large).float()
        large = squash(votes.sum(0) / self.classes)  # all routes are alike at first
        logits = torch.zeros_like(votes[..., 0])
        for _ in range(2):
            logits = logits + (votes * large).sum(-1)
            large = squash((torch.softmax(logits, dim=2)[..., None] * votes).sum(0))
        return large

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Probabilities (N, classes) that sum to 1; the sign drawn again by the longest capsule (N, 24, 24).

        A capsule's length is the probability that its sign is there, whatever the others say. Given that exactly
        one is there, the probability of each is proportional to its odds, length / (1 - length).
        """
        large = self.capsules(x)
        length = lengths(large)
        odds = length / (1 - length)
        return odds / odds.sum(1, keepdim=True), self.drawn(large, length.argmax(1))

    def drawn(self, large: Tensor, chosen: Tensor) -> Tensor:
        """The picture that the capsule of a class stands for, (N, 24, 24) grey from 0 to 1."""
        mask = nn.functional.one_hot(chosen, self.classes).to(large.dtype)[..., None]
        return cast("Tensor", self.decoder((large * mask).flatten(1))).reshape(-1, 24, 24)


CLASSIFIERS: dict[str, Callable[[int], nn.Module]] = {
    "sketch-mlp": Mlp,
    "sketch-cnn": Cnn,
    "sketch-vit": Vit,
    "sketch-hybrid": Hybrid,
    "sketch-capsnet": CapsNet,
}
