"""From the features of pixels to their class: the head applied to whole tiles."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from segmodels.beside import beside
from segmodels.device import fast_dtype
from segmodels.errors import ModelBroken
from segmodels.fusion import FusedHead, fused
from segmodels.head import PixelHead

Scored = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]


_PIXELS_PER_SLICE = 100_000


def score_steps(head: FusedHead, features: Tensor) -> Generator[None, None, Scored]:
    """Same as `score_pixels`, yielding after each part of the pixels: a tile is a long slice."""
    parts: list[Scored] = []
    for start in range(0, features.shape[1], _PIXELS_PER_SLICE):
        pixels = features[:, start : start + _PIXELS_PER_SLICE]
        # With more than one thread torch shares the work out itself.
        if torch.get_num_threads() > 1 or features.device.type != "cpu":
            parts.append(score_pixels(head, pixels))
        else:
            half = pixels.shape[1] // 2
            other = beside(score_pixels, head, pixels[:, half:])
            parts.append(score_pixels(head, pixels[:, :half]))
            parts.append(other.result())
        yield
    labels, confidence, runner_up = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return labels, confidence, runner_up


@torch.inference_mode()
def score_pixels(head: FusedHead, features: Tensor) -> Scored:
    """Give labels, confidence and runner-up (pixels,) uint8 for features (D, pixels)."""
    scores = [class_scores(part, features[group]) for group, part in head.parts()]
    top, classes = fused(scores, dim=0).topk(min(2, head.classes), dim=0)
    if bool(top[0].isnan().any()):
        raise ModelBroken("The model gives no numbers any more.")
    confidence = (top[0].exp() * 255).round().clamp(0, 255)
    return (
        classes[0].to(torch.uint8).cpu().numpy(),
        confidence.to(torch.uint8).cpu().numpy(),
        classes[-1].to(torch.uint8).cpu().numpy(),
    )


@torch.inference_mode()
def class_scores(head: PixelHead, features: Tensor) -> Tensor:
    """Give scores (C, pixels) float32: the head, with its standardisation folded into it."""
    dtype = fast_dtype(features.device.type)
    weight, bias = head.folded()
    x = weight.to(dtype) @ features.to(dtype)
    if head.hidden:
        x = functional.silu(x.add_(bias.to(dtype)[:, None]), inplace=True)
        weight, bias = head.last.weight, head.last.bias
        x = weight.to(dtype) @ x
    scores = x.float() + bias[:, None]
    if head.base is not None:
        scores += (head.base.weight.to(dtype) @ features.to(dtype)).float()
        scores += head.base.bias[:, None]
    return scores.masked_fill(~head.seen[:, None], float("-inf"))
