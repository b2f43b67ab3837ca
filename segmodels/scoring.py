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
from segmodels.normal import FeatureNormal

Scored = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]

_PIXELS_PER_SLICE = 100_000


def probability_steps(
    head: FusedHead, features: Tensor, normal: FeatureNormal
) -> Generator[None, None, Tensor]:
    """Same as `probabilities`, yielding after each part of the pixels: a tile is a long slice."""
    parts: list[Tensor] = []
    for start in range(0, features.shape[1], _PIXELS_PER_SLICE):
        pixels = features[:, start : start + _PIXELS_PER_SLICE]
        # With more than one thread torch shares the work out itself.
        if torch.get_num_threads() > 1 or features.device.type != "cpu":
            parts.append(probabilities(head, pixels, normal))
        else:
            half = pixels.shape[1] // 2
            other = beside(probabilities, head, pixels[:, half:], normal)
            parts.append(probabilities(head, pixels[:, :half], normal))
            parts.append(other.result())
        yield
    return torch.cat(parts, dim=1)


@torch.inference_mode()
def probabilities(head: FusedHead, features: Tensor, normal: FeatureNormal) -> Tensor:
    """Give (C, pixels) float32 for features (D, pixels) of the image that `normal` is of.

    Raises ModelBroken when they are no numbers.
    """
    scores = [class_scores(part, features, group, normal) for group, part in head.parts()]
    found = fused(scores, dim=0).exp()
    if bool(found.isnan().any()):
        raise ModelBroken("The model gives no numbers any more.")
    return found


@torch.inference_mode()
def ranked(found: Tensor) -> Scored:
    """Give labels, confidence and runner-up, each (...) uint8, for probabilities (C, ...)."""
    top, classes = found.topk(min(2, found.shape[0]), dim=0)
    confidence = (top[0] * 255).round().clamp(0, 255)
    return (
        classes[0].to(torch.uint8).cpu().numpy(),
        confidence.to(torch.uint8).cpu().numpy(),
        classes[-1].to(torch.uint8).cpu().numpy(),
    )


@torch.inference_mode()
def class_scores(head: PixelHead, features: Tensor, group: Tensor, normal: FeatureNormal) -> Tensor:
    """Give scores (C, pixels) float32 of the head on the features `group`.

    What it does to them first (its standardisation, and that of the image) is folded into it.
    """
    dtype = fast_dtype(features.device.type)
    weight, bias, columns = normal.folded(*head.folded(), group, features.shape[0])
    # A head on all features needs no copy of them.
    is_all = len(columns) == len(features) and bool((columns.diff() == 1).all())
    own = (features if is_all else features[columns]).to(dtype)
    x = weight.to(dtype) @ own
    if head.hidden:
        x = functional.silu(x.add_(bias.to(dtype)[:, None]), inplace=True)
        weight, bias = head.last.weight, head.last.bias
        x = weight.to(dtype) @ x
    scores = x.float() + bias[:, None]
    if head.base is not None:
        scores += (head.base.weight.to(dtype) @ own).float()
        scores += head.base.bias[:, None]
    return scores.masked_fill(~head.seen[:, None], float("-inf"))
