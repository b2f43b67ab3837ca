"""torch is imported without disturbing the collector."""

import gc
import sys

from app.engine.torch_loading import load_torch


def test_loading_brings_torch_and_leaves_the_collector_as_it_was() -> None:
    before = gc.isenabled(), gc.get_threshold()
    load_torch()
    assert "torch" in sys.modules
    assert (gc.isenabled(), gc.get_threshold()) == before
