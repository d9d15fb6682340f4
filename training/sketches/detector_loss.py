"""Which places are responsible for which sign, decided anew at each step, and the loss that follows.

Sources: Feng et al., "TOOD: Task-aligned One-stage Object Detection", 2021 (assignment by score^a * IoU^b, and the
alignment as the score to learn); Zheng et al., "Distance-IoU Loss", 2020 (complete IoU).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from sketches.detector import xyxy_of

_ALPHA, _BETA, _TOP = 0.5, 6.0, 10
_BOX_WEIGHT, _CLASS_WEIGHT = 5.0, 1.0
_EPS = 1e-7


def iou(a: Tensor, b: Tensor, *, complete: bool = False) -> Tensor:
    """Overlap of boxes xyxy that broadcast against each other; the complete one goes down to -2."""
    left_top = torch.maximum(a[..., :2], b[..., :2])
    right_bottom = torch.minimum(a[..., 2:], b[..., 2:])
    inner = (right_bottom - left_top).clamp(min=0).prod(-1)
    size_a, size_b = a[..., 2:] - a[..., :2], b[..., 2:] - b[..., :2]
    overlap = inner / (size_a.prod(-1) + size_b.prod(-1) - inner + _EPS)
    if not complete:
        return overlap
    hull = torch.maximum(a[..., 2:], b[..., 2:]) - torch.minimum(a[..., :2], b[..., :2])
    apart = (a[..., :2] + a[..., 2:] - b[..., :2] - b[..., 2:]) / 2
    distance = apart.pow(2).sum(-1) / (hull.pow(2).sum(-1) + _EPS)
    ratio_a = torch.atan(size_a[..., 0] / (size_a[..., 1] + _EPS))
    ratio_b = torch.atan(size_b[..., 0] / (size_b[..., 1] + _EPS))
    shape = 4 / math.pi**2 * (ratio_a - ratio_b).pow(2)
    with torch.no_grad():
        weight = shape / (1 - overlap + shape + _EPS)
    return overlap - distance - weight * shape


@dataclass(frozen=True, slots=True)
class Assignment:
    """For each place of each picture: the sign it is responsible for.

    Attributes:
        boxes: (N, A, 4) xyxy, pixels; meaningless where no place is responsible.
        scores: (N, A, C) what the class scores should be.
        responsible: (N, A) bool.
    """

    boxes: Tensor
    scores: Tensor
    responsible: Tensor


@torch.no_grad()  # type: ignore[untyped-decorator]
def assign(
    scores: Tensor, boxes: Tensor, *, centres: Tensor, strides: Tensor, truth: Tensor, classes: Tensor
) -> Assignment:
    """Choose the places that agree best with each sign.

    Args:
        scores: (N, A, C) from 0 to 1.
        boxes: (N, A, 4) xyxy, pixels.
        centres: (A, 2) pixels.
        strides: (A, 1) pixels.
        truth: (N, M, 4) xyxy, pixels; rows of absent signs are zero.
        classes: (N, M) int64; -1 for absent signs.
    """
    count, places, kinds = scores.shape
    there = classes >= 0
    # a small sign may lie between all centres: its box counts as at least a stride wide
    middle = (truth[..., :2] + truth[..., 2:]) / 2
    half = ((truth[..., 2:] - truth[..., :2]) / 2)[:, :, None].clamp(min=0)
    half = torch.maximum(half, strides[None, None] * 0.75)
    inside = ((centres[None, None] - middle[:, :, None]).abs() < half).all(-1) & there[..., None]
    overlap = iou(truth[:, :, None], boxes[:, None]).clamp(min=0)
    own = scores.gather(2, classes.clamp(min=0)[:, None].expand(count, places, -1)).transpose(1, 2)
    metric = own.pow(_ALPHA) * overlap.pow(_BETA) * inside
    kept = torch.zeros_like(metric, dtype=torch.bool)
    best = metric.topk(min(_TOP, places), dim=2)
    kept.scatter_(2, best.indices, best.values > 1e-12)
    # a sign that nothing agrees with yet gets the nearest centre
    lonely = there & ~kept.any(2)
    if lonely.any():
        far = (centres[None, None] - middle[:, :, None]).pow(2).sum(-1) + strides[:, 0] * 1e-3
        nearest = torch.zeros_like(kept).scatter_(2, far.argmin(2, keepdim=True), True)
        kept |= nearest & lonely[..., None]
    # a place that several signs want takes the one it overlaps most
    contested = kept.sum(1, keepdim=True) > 1
    winner = torch.zeros_like(kept).scatter_(1, overlap.masked_fill(~kept, -1).argmax(1, keepdim=True), True)
    kept = torch.where(contested, winner & kept, kept)
    responsible = kept.any(1)
    which = kept.float().argmax(1)
    metric = metric * kept
    most = metric.amax(2, keepdim=True)
    most_overlap = (overlap * kept).amax(2, keepdim=True)
    aligned = torch.where(most > 0, metric / (most + _EPS) * most_overlap, kept.float() * 0.1).amax(1)
    target_boxes = truth.gather(1, which[..., None].expand(-1, -1, 4))
    target_classes = classes.clamp(min=0).gather(1, which)
    target = functional.one_hot(target_classes, kinds).float() * (aligned * responsible)[..., None]
    return Assignment(target_boxes, target, responsible)


def detector_loss(
    raw: tuple[Tensor, Tensor, Tensor, Tensor], truth: Tensor, classes: Tensor, unclear: Tensor
) -> tuple[Tensor, dict[str, float]]:
    """Loss of a batch, and its parts.

    Args:
        raw: from `SketchYolo.raw`.
        truth: (N, M, 4) xyxy, pixels; rows of absent signs are zero.
        classes: (N, M) int64; -1 for absent signs.
        unclear: (N, K, 4) xyxy, pixels: places in there that no sign wants learn nothing about classes.
    """
    logits, sides, centres, strides = raw
    boxes = xyxy_of(sides, centres)
    wanted = assign(
        logits.detach().sigmoid(),
        boxes.detach(),
        centres=centres,
        strides=strides,
        truth=truth,
        classes=classes,
    )
    weight = wanted.scores.sum(-1)
    total = weight.sum().clamp(min=1)
    chosen = wanted.responsible
    from_edges = torch.cat([centres - unclear[:, :, None, :2], unclear[:, :, None, 2:] - centres], -1)
    counts = chosen | ~(from_edges > 0).all(-1).any(1)
    entropy = functional.binary_cross_entropy_with_logits(logits, wanted.scores, reduction="none")
    class_loss = (entropy.sum(-1) * counts).sum() / total
    if chosen.any():
        overlap = iou(boxes[chosen], wanted.boxes[chosen], complete=True)
        box_loss = ((1 - overlap) * weight[chosen]).sum() / total
    else:
        box_loss = sides.sum() * 0
    loss = _BOX_WEIGHT * box_loss + _CLASS_WEIGHT * class_loss
    return loss, {"box": float(box_loss.detach()), "class": float(class_loss.detach())}
