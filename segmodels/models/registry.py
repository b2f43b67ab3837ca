"""From a model's name to its network."""

from __future__ import annotations

from typing import Any

from segmodels.models.base import SegModel


def build(
    name: str, *, weights: str | None = None, config: dict[str, Any] | None = None
) -> SegModel:
    """Build the network called `name`; raises ValueError for a name that is none.

    `starter` is untrained here (`load_starter` gives the one that ships).
    """
    if name == "starter":
        from segmodels.models.starter import StarterModel
        from segmodels.starter.network import StarterConfig

        return StarterModel(StarterConfig.from_dict(config) if config else StarterConfig())
    raise ValueError(f"there is no model called {name!r}")
