"""All networks by name, each giving features for every pixel."""

from segmodels.models.base import SegModel
from segmodels.models.registry import build

__all__ = ["SegModel", "build"]
