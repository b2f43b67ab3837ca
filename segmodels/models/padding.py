"""Images of any size for networks that want multiples of a stride, and not too few pixels."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor
from torch.nn import functional


def with_padding(
    network: Callable[[Tensor], Tensor], x: Tensor, *, stride: int, least: int = 0
) -> Tensor:
    """Apply `network` to x (N, C, H, W), enlarged at its right and bottom; cut the rest off again.

    The result of the network is enlarged to its input's size first, where it is smaller.
    """
    height, width = x.shape[-2:]
    down = _padding(height, stride, least)
    right = _padding(width, stride, least)
    if down or right:
        # Replication, as reflection fails where the image is smaller than the padding.
        x = functional.pad(x, (0, right, 0, down), mode="replicate")
    return enlarged(network(x), x.shape[-2:])[..., :height, :width]


def enlarged(x: Tensor, size: tuple[int, ...]) -> Tensor:
    """Enlarge (N, C, h, w) to `size`, bilinearly."""
    if x.shape[-2:] == size:
        return x
    return functional.interpolate(x, size=size, mode="bilinear", align_corners=False)


def _padding(length: int, stride: int, least: int) -> int:
    length_wanted = max(length, least)
    return length_wanted + -length_wanted % stride - length
