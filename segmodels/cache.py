"""The features of the images used last, as many as memory is given for."""

from __future__ import annotations

from collections import OrderedDict

from torch import Tensor

from segmodels.prediction import Image
from segmodels.tiles import Tile

FeatureTiles = dict[Tile, Tensor]


class FeatureCache:
    """Features by the image's key and tile; the image that was used longest ago goes first.

    An entry counts only for the very image it was made of: another array under the same key
    replaces it.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._entries: OrderedDict[str, tuple[Image, FeatureTiles]] = OrderedDict()
        self._bytes = 0

    @property
    def bytes(self) -> int:
        """Bytes of all features that are kept."""
        return self._bytes

    def get(self, key: str, image: Image, tile: Tile) -> Tensor | None:
        """Give what was kept, or None."""
        entry = self._entries.get(key)
        if entry is None or not _is_same(entry[0], image):
            return None
        self._entries.move_to_end(key)
        return entry[1].get(tile)

    def put(self, key: str, image: Image, tile: Tile, features: Tensor) -> None:
        """Keep the features of a tile; other images may have to go for it."""
        entry = self._entries.get(key)
        if entry is not None and not _is_same(entry[0], image):
            self.drop(key)
            entry = None
        if entry is None:
            entry = (image, {})
            self._entries[key] = entry
        self._entries.move_to_end(key)
        entry[1][tile] = features
        self._bytes += features.nbytes
        while self._bytes > self.capacity and len(self._entries) > 1:
            self.drop(next(iter(self._entries)))

    def drop(self, key: str) -> None:
        """Forget one image."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= sum(features.nbytes for features in entry[1].values())

    def clear(self) -> None:
        """Forget everything, as when the memory is needed for something else."""
        self._entries.clear()
        self._bytes = 0


def _is_same(kept: Image, image: Image) -> bool:
    return kept is image or (kept.shape == image.shape and bool((kept == image).all()))
