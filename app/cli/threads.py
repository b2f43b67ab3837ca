"""How many threads torch may use in a command."""

from __future__ import annotations

import os


def leave_a_core() -> None:
    """Let torch use all cores but one, and fewer if the environment says so.

    Its threads wait for each other: where another program takes a core, as many threads as cores
    were seen to run several times slower than one less.
    """
    import torch

    torch.set_num_threads(min(torch.get_num_threads(), max(1, (os.cpu_count() or 2) - 1)))
