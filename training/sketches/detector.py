"""sketch-yolo: a small one-stage detector without anchors, in the manner of the YOLO family.

Plain 3 x 3 convolutions and ReLU throughout: they fuse into 8-bit convolutions without a table of their own, which
SiLU does not. Three scales, a top-down and a bottom-up path, a head with separate branches for class and box.

Sources: Redmon et al., "You Only Look Once", 2016; Ge et al., "YOLOX", 2021 (decoupled head, no anchors);
Wang et al., "CSPNet", 2020 (split blocks); Liu et al., "Path Aggregation Network", 2018.
"""

from __future__ import annotations

import math
from typing import cast

import torch
from torch import Tensor, nn

STRIDES = (8, 16, 32)


class Conv(nn.Sequential):  # type: ignore[misc]
    """Convolution, batch normalisation, ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
            nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.03),
            nn.ReLU(inplace=True),
        )


class Split(nn.Module):  # type: ignore[misc]
    """Half of the channels go through residual 3 x 3 convolutions, the other half goes past them."""

    def __init__(self, inputs: int, outputs: int, depth: int, *, residual: bool = True) -> None:
        super().__init__()
        half = outputs // 2
        self.through, self.past = Conv(inputs, half, 1), Conv(inputs, half, 1)
        self.blocks = nn.ModuleList(nn.Sequential(Conv(half, half), Conv(half, half)) for _ in range(depth))
        self.join = Conv(outputs, outputs, 1)
        self.residual = residual

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, H, W)."""
        y = self.through(x)
        for block in self.blocks:
            y = y + block(y) if self.residual else block(y)
        return cast("Tensor", self.join(torch.cat([y, self.past(x)], 1)))


class Pool(nn.Module):  # type: ignore[misc]
    """Sees far: three poolings in a row, their results side by side."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        half = channels // 2
        self.narrow, self.join = Conv(channels, half, 1), Conv(4 * half, channels, 1)
        self.pool = nn.MaxPool2d(5, 1, 2)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to the same shape."""
        parts = [self.narrow(x)]
        for _ in range(3):
            parts.append(self.pool(parts[-1]))
        return cast("Tensor", self.join(torch.cat(parts, 1)))


class SketchYolo(nn.Module):  # type: ignore[misc]
    """The network.

    Args:
        classes: how many kinds of sign.

    Its input is (N, 3, H, W) BGR from 0 to 255, height and width multiples of 32; its output
    (N, 4 + classes, A): centre x and y, width and height in pixels of the input, then a score from 0 to 1 a class,
    for each of the A places of the three scales.
    """

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        self.classes = classes
        self.stem = nn.Sequential(Conv(3, 16, 3, 2), Conv(16, 24, 3, 2))
        self.stage8 = nn.Sequential(Conv(24, 56, 3, 2), Split(56, 56, 2))
        self.stage16 = nn.Sequential(Conv(56, 112, 3, 2), Split(112, 112, 2))
        self.stage32 = nn.Sequential(Conv(112, 184, 3, 2), Split(184, 184, 1), Pool(184))
        width, narrow = 56, 40
        self.lateral = nn.ModuleList(Conv(c, width, 1) for c in (56, 112, 184))
        self.up = nn.Upsample(scale_factor=2, mode="nearest")
        self.down_fuse = nn.ModuleList(Split(2 * width, width, 1, residual=False) for _ in range(2))
        self.down = nn.ModuleList(Conv(width, width, 3, 2) for _ in range(2))
        self.up_fuse = nn.ModuleList(Split(2 * width, width, 1, residual=False) for _ in range(2))
        self.class_branch = nn.ModuleList(
            nn.Sequential(Conv(width, narrow), Conv(narrow, narrow, 1)) for _ in STRIDES
        )
        self.box_branch = nn.ModuleList(Conv(width, narrow) for _ in STRIDES)
        self.class_out = nn.ModuleList(nn.Conv2d(narrow, classes, 1) for _ in STRIDES)
        self.box_out = nn.ModuleList(nn.Conv2d(narrow, 4, 1) for _ in STRIDES)
        for out, stride in zip(self.class_out, STRIDES, strict=True):
            bias = cast("nn.Conv2d", out).bias
            assert bias is not None
            nn.init.constant_(bias, math.log(5 / classes / (320 / stride) ** 2))

    def raw(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """What the loss needs.

        Returns:
            Class logits (N, A, classes); distances to left, top, right, bottom in pixels (N, A, 4); centres of the
            places (A, 2) and their strides (A, 1), pixels.
        """
        maps = self._maps(images * (1 / 255))
        logits, sides, centres, strides = [], [], [], []
        for i, (x, stride) in enumerate(zip(maps, STRIDES, strict=True)):
            logits.append(self.class_out[i](self.class_branch[i](x)).flatten(2))
            distance = nn.functional.softplus(self.box_out[i](self.box_branch[i](x)).float()) * stride
            sides.append(distance.flatten(2))
            rows, columns = x.shape[2], x.shape[3]
            y = (torch.arange(rows, device=x.device, dtype=torch.float32) + 0.5) * stride
            x0 = (torch.arange(columns, device=x.device, dtype=torch.float32) + 0.5) * stride
            grid_y, grid_x = torch.meshgrid(y, x0, indexing="ij")
            centre = torch.stack([grid_x.flatten(), grid_y.flatten()], 1)
            centres.append(centre)
            strides.append(torch.full_like(centre[:, :1], float(stride)))
        return (
            torch.cat(logits, 2).transpose(1, 2).float(),
            torch.cat(sides, 2).transpose(1, 2),
            torch.cat(centres),
            torch.cat(strides),
        )

    def forward(self, images: Tensor) -> Tensor:
        """(N, 3, H, W) BGR from 0 to 255 to (N, 4 + classes, A)."""
        logits, sides, centres, _ = self.raw(images)
        left_top, right_bottom = centres - sides[..., :2], centres + sides[..., 2:]
        boxes = torch.cat([(left_top + right_bottom) / 2, right_bottom - left_top], 2)
        return torch.cat([boxes, logits.sigmoid()], 2).transpose(1, 2)

    def _maps(self, x: Tensor) -> list[Tensor]:
        at8 = self.stage8(self.stem(x))
        at16 = self.stage16(at8)
        at32 = self.stage32(at16)
        p8, p16, p32 = (layer(m) for layer, m in zip(self.lateral, (at8, at16, at32), strict=True))
        p16 = self.down_fuse[0](torch.cat([self.up(p32), p16], 1))
        p8 = self.down_fuse[1](torch.cat([self.up(p16), p8], 1))
        p16 = self.up_fuse[0](torch.cat([self.down[0](p8), p16], 1))
        p32 = self.up_fuse[1](torch.cat([self.down[1](p16), p32], 1))
        return [p8, p16, p32]


def xyxy_of(sides: Tensor, centres: Tensor) -> Tensor:
    """Boxes from distances to the four sides."""
    return torch.cat([centres - sides[..., :2], centres + sides[..., 2:]], -1)
