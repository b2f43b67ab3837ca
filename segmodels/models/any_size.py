"""Networks of timm that look through windows, or know places: for images of any size."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Made = TypeVar("Made")


def made_for_any_size(make: Callable[..., Made]) -> Made:
    """Call `make` with timm's option for it, or without where a network does not have that.

    Those without mostly need none; of the others `build` finds out on an image.
    """
    try:
        return make(dynamic_img_size=True)
    except TypeError:  # the network's own `__init__`, before any weights are looked for
        return make()
